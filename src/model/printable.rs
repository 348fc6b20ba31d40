//! Text of strangers as it's put where plain characters are read: a terminal, a file.

/// `text` with nothing in it that a terminal would act on or that hides or turns what stands around it: such
/// characters are shown as escapes (`\u{1b}`). Line breaks and tabs stay.
pub fn printable(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.replace("\r\n", "\n").chars() {
        if is_hostile(c) { shown.extend(c.escape_unicode()) } else { shown.push(c) }
    }
    shown
}

/// `text` made [`printable`] in one line: breaks and tabs become spaces.
pub fn printable_line(text: &str) -> String {
    printable(text).replace(['\n', '\t'], " ")
}

fn is_hostile(c: char) -> bool {
    (c.is_control() && !matches!(c, '\n' | '\t'))
        || matches!(c,
            '\u{00AD}' | '\u{061C}' | '\u{180E}' | '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF0}'..='\u{FFFB}' | '\u{E0000}'..='\u{E0FFF}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn hostile_text_is_shown_and_not_obeyed() {
        for (text, shown) in [
            ("hola, ¿qué tal? 🌮 👩‍👩‍👧 محمد", "hola, ¿qué tal? 🌮 👩‍👩‍👧 محمد"),
            ("two\nlines\tand a tab", "two\nlines\tand a tab"),
            ("dos\r\nlines", "dos\nlines"),
            ("\u{1b}[31mred\u{1b}[0m", "\\u{1b}[31mred\\u{1b}[0m"),
            ("\u{1b}]0;title\u{7}", "\\u{1b}]0;title\\u{7}"),
            ("\u{9b}2J", "\\u{9b}2J"),
            ("over\rwritten\u{8}", "over\\u{d}written\\u{8}"),
            ("cod\u{202e}gpj.exe", "cod\\u{202e}gpj.exe"),
            ("\u{2066}isolated\u{2069}", "\\u{2066}isolated\\u{2069}"),
            ("a\u{2028}b\u{feff}\u{e0041}", "a\\u{2028}b\\u{feff}\\u{e0041}"),
        ] {
            assert_eq!(printable(text), shown, "{text:?}");
        }
        assert_eq!(printable_line("a\nb\tc\r\nd"), "a b c d");
    }

    proptest! {
        #[test]
        fn nothing_printed_controls_a_terminal(text in "[\u{0}-\u{10ffff}]{0,100}") {
            prop_assert!(!printable(&text).chars().any(is_hostile));
            prop_assert!(!printable_line(&text).chars().any(char::is_control));
        }
    }
}
