//! Names of received files: a stranger's text that becomes a name on this disk.

use std::fmt;

use unicode_segmentation::UnicodeSegmentation;

/// Most bytes of a name. File systems take 255; the rest is room for ` (2)` and `.part`.
pub const MAX_FILE_NAME_BYTES: usize = 200;

/// Longest ending that is kept whole when a name has to be shortened.
const MAX_EXTENSION_BYTES: usize = 20;

/// A name for one file that is safe on every platform: one component, nothing reserved, nothing hidden.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileName(String);

impl FileName {
    /// The safe name nearest to `name`. Separators, controls, direction overrides and the characters that Windows
    /// reserves become `_`; leading and trailing dots and spaces go; device names get a `_` before them.
    pub fn safe(name: &str) -> Self {
        let mut safe: String = name.chars().take(4 * MAX_FILE_NAME_BYTES).map(replace).collect();
        safe = safe.trim_end_matches(['.', ' ']).trim_start().to_owned();
        if safe.is_empty() || safe.chars().all(|c| matches!(c, '.' | '_' | ' ')) {
            "file".clone_into(&mut safe);
        }
        if is_device(&safe) {
            safe.insert(0, '_');
        }
        Self(shorten(&safe))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The same name told apart by a number: `report (2).pdf`.
    pub fn numbered(&self, number: u32) -> Self {
        let (stem, extension) = split_extension(&self.0);
        if extension.is_empty() {
            Self(format!("{stem} ({number})"))
        } else {
            Self(format!("{stem} ({number}).{extension}"))
        }
    }
}

/// Stem and extension (without its dot; empty where there's none) of a file's name, so that both can be shown apart.
pub fn split_extension(name: &str) -> (&str, &str) {
    match name.rsplit_once('.') {
        Some((stem, extension))
            if !stem.is_empty() && !extension.is_empty() && extension.len() <= MAX_EXTENSION_BYTES =>
        {
            (stem, extension)
        }
        _ => (name, ""),
    }
}

fn replace(c: char) -> char {
    let reserved = matches!(c, '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|');
    let hidden = matches!(c,
        '\u{00AD}' | '\u{061C}' | '\u{180E}' | '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF0}'..='\u{FFFB}' | '\u{E0000}'..='\u{E0FFF}');
    if c.is_control() || reserved || hidden { '_' } else { c }
}

/// Whether Windows takes the name for a device, whatever follows its first dot.
/// [Naming files](https://learn.microsoft.com/windows/win32/fileio/naming-a-file)
fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end().to_uppercase();
    let numbered = |prefix: &str| {
        stem.strip_prefix(prefix).is_some_and(|rest| {
            let mut chars = rest.chars();
            matches!((chars.next(), chars.next()), (Some('0'..='9' | '¹' | '²' | '³'), None))
        })
    };
    matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$" | "CLOCK$")
        || numbered("COM")
        || numbered("LPT")
}

fn shorten(name: &str) -> String {
    if name.len() <= MAX_FILE_NAME_BYTES {
        return name.to_owned();
    }
    let (stem, extension) = split_extension(name);
    let room = MAX_FILE_NAME_BYTES - if extension.is_empty() { 0 } else { extension.len() + 1 };
    let mut short = String::new();
    for grapheme in stem.graphemes(true) {
        if short.len() + grapheme.len() > room {
            break;
        }
        short.push_str(grapheme);
    }
    // One grapheme can be longer than any name: then cut between its characters.
    if short.is_empty() {
        short = stem
            .chars()
            .scan(0, |used, c| {
                *used += c.len_utf8();
                (*used <= room).then_some(c)
            })
            .collect();
    }
    let short = short.trim_end_matches(['.', ' ']);
    if extension.is_empty() { short.to_owned() } else { format!("{short}.{extension}") }
}

impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for FileName {
    /// The length alone: no names of files in logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FileName({} bytes)", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn good_names_stay_and_bad_ones_are_mended() {
        for (name, safe) in [
            ("report.pdf", "report.pdf"),
            ("año nuevo 🌮.tar.gz", "año nuevo 🌮.tar.gz"),
            (".profile", ".profile"),
            ("../../etc/passwd", ".._.._etc_passwd"),
            ("/etc/passwd", "_etc_passwd"),
            ("C:\\Windows\\x", "C__Windows_x"),
            ("..", "file"),
            (".", "file"),
            ("", "file"),
            ("...", "file"),
            ("a. . .", "a"),
            ("CON", "_CON"),
            ("con.txt", "_con.txt"),
            ("COM¹.log", "_COM¹.log"),
            ("lpt9", "_lpt9"),
            ("COM10", "COM10"),
            ("console", "console"),
            ("file.txt:stream", "file.txt_stream"),
            ("cod\u{202e}gpj.exe", "cod_gpj.exe"),
            ("a\nb\0c", "a_b_c"),
            ("nul .txt", "_nul .txt"),
        ] {
            assert_eq!(FileName::safe(name).as_str(), safe, "{name:?}");
        }
    }

    #[test]
    fn long_names_keep_their_ending() {
        let name = FileName::safe(&format!("{}.pdf", "ñ".repeat(300)));
        assert!(name.as_str().len() <= MAX_FILE_NAME_BYTES);
        assert!(name.as_str().ends_with("ñ.pdf"));
        assert_eq!(name.numbered(2).as_str().rsplit_once(' ').unwrap().1, "(2).pdf");
        assert_eq!(FileName::safe("notes").numbered(3).as_str(), "notes (3)");
    }

    proptest! {
        #[test]
        fn any_name_becomes_one_safe_component(name in "[\u{0}-\u{10ffff}]{0,300}|[./\\\\: a-zCONPRNUL0-9\u{202e}]{0,20}") {
            let safe = FileName::safe(&name);
            let text = safe.as_str();
            prop_assert!(!text.is_empty() && text.len() <= MAX_FILE_NAME_BYTES);
            prop_assert!(!text.contains(['/', '\\', ':', '\0']) && text != "." && text != "..");
            prop_assert!(!text.ends_with(['.', ' ']) && !is_device(text));
            prop_assert_eq!(std::path::Path::new(text).components().count(), 1);
            prop_assert_eq!(FileName::safe(text), safe.clone());
        }
    }
}
