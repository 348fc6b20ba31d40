//! What emoji are called. In English by the table that they come from; in Spanish by Unicode's CLDR, of which
//! `assets/emoji/es.tsv` is the part that is needed: emoji (without U+FE0F), name, other words for it.

use std::collections::HashMap;
use std::sync::LazyLock;

use emojis::Emoji;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::ui::locale::Language;

const SPANISH: &str = include_str!("../../../../../assets/emoji/es.tsv");

/// What one is called.
struct Called {
    name: &'static str,
    /// Name and other words, [folded](fold).
    words: String,
}

static IN_SPANISH: LazyLock<HashMap<&str, Called>> = LazyLock::new(|| {
    let called = |line: &'static str| {
        let mut parts = line.split('\t');
        let (emoji, name) = (parts.next()?, parts.next()?);
        let words = fold(&format!("{name} {}", parts.next().unwrap_or_default()));
        Some((emoji, Called { name, words }))
    };
    SPANISH.lines().filter_map(called).collect()
});

/// In lower case and without accents: so it's typed.
pub(super) fn fold(text: &str) -> String {
    text.nfd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase).collect()
}

fn in_spanish(emoji: &Emoji) -> Option<&'static Called> {
    let plain: String = emoji.as_str().chars().filter(|c| *c != '\u{FE0F}').collect();
    IN_SPANISH.get(plain.as_str())
}

/// Its name; in English where there's none in the person's language, which newer ones may lack.
pub(super) fn name(emoji: &'static Emoji, language: Language) -> &'static str {
    match language {
        Language::English => emoji.name(),
        Language::Spanish => in_spanish(emoji).map_or(emoji.name(), |called| called.name),
    }
}

/// Whether one of its words in Spanish begins with `query`, which is [folded](fold).
pub(super) fn begins_in_spanish(emoji: &Emoji, query: &str) -> bool {
    in_spanish(emoji).is_some_and(|called| called.words.starts_with(query))
}

/// Whether its words in Spanish have `query`, which is [folded](fold), at the beginning of one.
pub(super) fn has_in_spanish(emoji: &Emoji, query: &str) -> bool {
    let has = |called: &Called| {
        called.words.match_indices(query).any(|(place, _)| {
            called.words.get(..place).is_some_and(|before| before.is_empty() || before.ends_with(' '))
        })
    };
    in_spanish(emoji).is_some_and(has)
}

/// The emoji whose name in Spanish is this, with `_` for each space.
pub(super) fn by_spanish_name(code: &str) -> Option<&'static Emoji> {
    let wanted = fold(&code.replace('_', " "));
    emojis::iter().find(|emoji| in_spanish(emoji).is_some_and(|called| fold(called.name) == wanted))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearly_all_have_a_name_in_spanish() {
        let all = emojis::iter().count();
        let named = emojis::iter().filter(|emoji| in_spanish(emoji).is_some()).count();
        assert!(named * 100 > all * 95, "{named} of {all}");
        let taco = emojis::get_by_shortcode("grinning").unwrap();
        assert_eq!(name(taco, Language::Spanish), "cara sonriendo");
        assert_eq!(name(taco, Language::English), "grinning face");
    }

    #[test]
    fn words_are_found_with_and_without_accents() {
        let heart = emojis::get_by_shortcode("heart").unwrap();
        assert!(has_in_spanish(heart, &fold("Corazón")) && has_in_spanish(heart, "corazon"));
        assert!(!has_in_spanish(heart, "razon"), "within a word");
        assert_eq!(by_spanish_name("corazon_rojo").map(Emoji::as_str), Some(heart.as_str()));
    }
}
