//! Strangers' text made safe to lay out: what would break lines, turn directions or hide is left out of what is shown.

use std::borrow::Cow;

use unicode_segmentation::UnicodeSegmentation;

use crate::model::split_extension;

/// The longest line that a list shows; beyond it nobody reads, and shaping costs time.
const MAX_LINE_GRAPHEMES: usize = 200;

/// `text` as one line: white space of any kind becomes single spaces, controls go.
pub fn one_line(text: &str) -> String {
    let mut line = String::new();
    let words = text.split_whitespace().map(clean).filter(|word| !word.is_empty());
    for (place, word) in words.enumerate().take(MAX_LINE_GRAPHEMES) {
        if place > 0 {
            line.push(' ');
        }
        line.push_str(&word);
        if line.len() > 4 * MAX_LINE_GRAPHEMES {
            break;
        }
    }
    match line.grapheme_indices(true).nth(MAX_LINE_GRAPHEMES) {
        Some((end, _)) => line.split_at(end).0.to_owned() + "…",
        None => line,
    }
}

/// `text` as a bubble shows it: line breaks and tabs stay, other controls and direction overrides go.
pub fn paragraph(text: &str) -> Cow<'_, str> {
    clean(text.trim_end())
}

fn clean(text: &str) -> Cow<'_, str> {
    if text.chars().any(is_unwanted) {
        Cow::Owned(text.chars().filter(|c| !is_unwanted(*c)).collect())
    } else {
        Cow::Borrowed(text)
    }
}

/// Holds what follows and what is before it apart where one of them runs from right to left.
const MARK: char = '\u{200E}';

/// Graphemes of a file's name, its extension aside, that are shown in a sentence.
const MAX_STEM: usize = 24;

/// Whether some of it runs from right to left.
pub fn turns(text: &str) -> bool {
    text.chars().any(|c| {
        matches!(c, '\u{0590}'..='\u{08FF}' | '\u{FB1D}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFC}'
            | '\u{10800}'..='\u{10FFF}' | '\u{1E800}'..='\u{1EFFF}')
    })
}

/// A name as part of a sentence, which keeps its own direction.
pub fn in_sentence(name: &str) -> Cow<'_, str> {
    if turns(name) { Cow::Owned(format!("{MARK}{name}{MARK}")) } else { Cow::Borrowed(name) }
}

/// A file's name as part of a sentence: cut where it's long, and with its extension at its right.
pub fn file_name(name: &str) -> String {
    let name = one_line(name);
    let (stem, extension) = split_extension(&name);
    let mut short: String = stem.graphemes(true).take(MAX_STEM).collect();
    if short.len() < stem.len() {
        short.push('…');
    }
    let dot = if extension.is_empty() { "" } else { "." };
    format!("{}{dot}{extension}", in_sentence(&short))
}

fn is_unwanted(c: char) -> bool {
    let steers = matches!(c, '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    (c.is_control() && !matches!(c, '\n' | '\t')) || steers || c == '\u{FEFF}'
}

/// A piece of text that one font draws.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run<'a> {
    /// The piece.
    pub text: &'a str,
    /// Whether it's emoji.
    pub emoji: bool,
}

/// `text` cut where emoji begin and end.
pub fn runs(text: &str) -> Vec<Run<'_>> {
    let mut runs = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.graphemes(true).next() {
        let emoji = is_emoji(first);
        let end = rest
            .grapheme_indices(true)
            .find(|(_, grapheme)| is_emoji(grapheme) != emoji)
            .map_or(rest.len(), |(place, _)| place);
        let (run, after) = rest.split_at(end);
        runs.push(Run { text: run, emoji });
        rest = after;
    }
    runs
}

/// Whether a grapheme is shown as a picture: it asks for it with U+FE0F, or its character is a picture by default
/// (`Emoji_Presentation` of [UTS 51](https://www.unicode.org/reports/tr51/)).
fn is_emoji(grapheme: &str) -> bool {
    grapheme.contains('\u{FE0F}') || grapheme.chars().next().is_some_and(is_picture)
}

fn is_picture(c: char) -> bool {
    matches!(c,
        '\u{231A}' | '\u{231B}' | '\u{23E9}'..='\u{23EC}' | '\u{23F0}' | '\u{23F3}' | '\u{25FD}' | '\u{25FE}'
        | '\u{2614}' | '\u{2615}' | '\u{2648}'..='\u{2653}' | '\u{267F}' | '\u{2693}' | '\u{26A1}' | '\u{26AA}'
        | '\u{26AB}' | '\u{26BD}' | '\u{26BE}' | '\u{26C4}' | '\u{26C5}' | '\u{26CE}' | '\u{26D4}' | '\u{26EA}'
        | '\u{26F2}' | '\u{26F3}' | '\u{26F5}' | '\u{26FA}' | '\u{26FD}' | '\u{2705}' | '\u{270A}' | '\u{270B}'
        | '\u{2728}' | '\u{274C}' | '\u{274E}' | '\u{2753}'..='\u{2755}' | '\u{2757}' | '\u{2795}'..='\u{2797}'
        | '\u{27B0}' | '\u{27BF}' | '\u{2B1B}' | '\u{2B1C}' | '\u{2B50}' | '\u{2B55}'
        | '\u{1F004}' | '\u{1F0CF}' | '\u{1F18E}' | '\u{1F191}'..='\u{1F19A}' | '\u{1F1E6}'..='\u{1F1FF}'
        | '\u{1F201}'..='\u{1F251}' | '\u{1F300}'..='\u{1F64F}' | '\u{1F680}'..='\u{1F6FF}'
        | '\u{1F7E0}'..='\u{1F7EB}' | '\u{1F90C}'..='\u{1FAFF}')
}

/// The letter of an avatar: the first grapheme of a nickname, in upper case.
pub fn initial(nickname: &str) -> String {
    nickname.graphemes(true).next().map(str::to_uppercase).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preview_is_one_harmless_line() {
        assert_eq!(one_line("  hola\r\n\n  vecino\t:) "), "hola vecino :)");
        assert_eq!(one_line("a\u{2028}b\u{85}c"), "a b c");
        assert_eq!(one_line("pay \u{202e}lap\u{202c} \u{1b}[31mnow"), "pay lap [31mnow");
        assert_eq!(one_line("\u{202e} \u{7}"), "");
    }

    #[test]
    fn a_preview_is_short() {
        let long = one_line(&"👨‍👩‍👧".repeat(1_000));
        assert_eq!(long.graphemes(true).count(), MAX_LINE_GRAPHEMES + 1);
        assert!(long.ends_with('…'));
        assert!(one_line(&"x ".repeat(100_000)).len() < 2_000);
    }

    #[test]
    fn names_keep_their_direction_and_files_their_extension() {
        assert_eq!(in_sentence("luis"), "luis");
        assert_eq!(in_sentence("ניצן"), "\u{200E}ניצן\u{200E}");
        assert_eq!(file_name("plan\n.pdf"), "plan .pdf");
        assert_eq!(file_name("README"), "README");
        assert_eq!(file_name("تقرير.exe"), "\u{200E}تقرير\u{200E}.exe");
        assert_eq!(file_name(&format!("{}.exe", "a".repeat(60))), format!("{}….exe", "a".repeat(24)));
    }

    #[test]
    fn a_paragraph_keeps_its_lines() {
        assert_eq!(paragraph("uno\n\n\tdos \n"), "uno\n\n\tdos");
        assert_eq!(paragraph("cod\u{202e}gpj.exe\0"), "codgpj.exe");
    }

    #[test]
    fn emoji_get_runs_of_their_own() {
        let cut = |text| runs(text).iter().map(|run| (run.text, run.emoji)).collect::<Vec<_>>();
        assert_eq!(cut("hola 🌮🙂 ¡ya!"), [("hola ", false), ("🌮🙂", true), (" ¡ya!", false)]);
        assert_eq!(cut("❤️"), [("❤️", true)]);
        assert_eq!(cut("1️⃣2"), [("1️⃣", true), ("2", false)]);
        assert_eq!(cut("👨‍👩‍👧 © ✓"), [("👨‍👩‍👧", true), (" © ✓", false)]);
        assert_eq!(cut("🇪🇸"), [("🇪🇸", true)]);
        assert!(cut("").is_empty());
    }

    #[test]
    fn an_initial_is_one_grapheme() {
        assert_eq!(initial("ñandú"), "Ñ");
        assert_eq!(initial("👩‍🚀 ana"), "👩‍🚀");
    }
}
