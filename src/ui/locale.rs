//! The person's language and manner of writing times and sizes. Every word that the window shows comes from here.

mod format;
mod reasons;
mod trouble;
mod words;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use jiff::tz::TimeZone;
use unic_langid::LanguageIdentifier;

use crate::model::Timestamp;
use crate::ui::text::{in_sentence, turns};

const ENGLISH: &str = include_str!("../../assets/i18n/en/vecino.ftl");
const SPANISH: &str = include_str!("../../assets/i18n/es/vecino.ftl");

/// A language with a complete translation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// English.
    English,
    /// Spanish.
    Spanish,
}

impl Language {
    /// The language of the first tag (BCP 47) that has a translation; else English.
    pub fn of<'a>(tags: impl IntoIterator<Item = &'a str>) -> Self {
        let known = |tag: &str| {
            let primary = tag.split(['-', '_', '.']).next().unwrap_or_default().to_lowercase();
            match primary.as_str() {
                "en" => Some(Self::English),
                "es" => Some(Self::Spanish),
                _ => None,
            }
        };
        tags.into_iter().find_map(known).unwrap_or(Self::English)
    }

    /// What `setting` says, or else the system.
    pub fn chosen(setting: Option<&str>) -> Self {
        let system: Vec<String> = sys_locale::get_locales().collect();
        Self::of(setting.into_iter().chain(system.iter().map(String::as_str)))
    }

    /// All of them.
    pub const ALL: [Self; 2] = [Self::English, Self::Spanish];

    /// What it calls itself.
    pub const fn own_name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::Spanish => "Español",
        }
    }

    /// Its tag (BCP 47).
    pub const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Spanish => "es",
        }
    }

    const fn source(self) -> &'static str {
        match self {
            Self::English => ENGLISH,
            Self::Spanish => SPANISH,
        }
    }

    fn id(self) -> LanguageIdentifier {
        self.tag().parse().unwrap_or_default()
    }

    const fn decimal_mark(self) -> char {
        match self {
            Self::English => '.',
            Self::Spanish => ',',
        }
    }

    /// What stands between groups of three digits, and the first number that has any (Unicode's CLDR).
    const fn grouping(self) -> (&'static str, u64) {
        match self {
            Self::English => (",", 1_000),
            Self::Spanish => (".", 10_000),
        }
    }
}

/// A language, a time zone, and what time it is.
pub struct Locale {
    language: Language,
    words: FluentBundle<FluentResource>,
    zone: TimeZone,
    now: Timestamp,
}

impl Locale {
    /// Words in `language`, times in `zone`. What is “today” goes by `now` until [`Locale::tick`].
    pub fn new(language: Language, zone: TimeZone, now: Timestamp) -> Self {
        let mut words = FluentBundle::new_concurrent(vec![language.id()]);
        // Marks around what is put into a sentence would be drawn as boxes by fonts that lack them.
        words.set_use_isolating(false);
        words.add_resource_overriding(resource(language));
        Self { language, words, zone, now }
    }

    /// Goes on in this language.
    pub fn speak(&mut self, language: Language) {
        if language != self.language {
            *self = Self::new(language, self.zone.clone(), self.now);
        }
    }

    /// The language.
    pub const fn language(&self) -> Language {
        self.language
    }

    /// It's later now.
    pub fn tick(&mut self, now: Timestamp) {
        self.now = now;
    }

    /// The words for `key`.
    pub fn tr(&self, key: &str) -> String {
        self.format(key, None)
    }

    /// The words for `key`, with values put in.
    pub fn tr_with<'a, V: Into<FluentValue<'a>>>(
        &self,
        key: &str,
        values: impl IntoIterator<Item = (&'a str, V)>,
    ) -> String {
        let values = values.into_iter().map(|(name, value)| match value.into() {
            // Else a name from right to left turns the sentence around. Isolates would do, if the fonts had them.
            FluentValue::String(text) if turns(&text) => (name, in_sentence(&text).into_owned().into()),
            value => (name, value),
        });
        let args: FluentArgs<'_> = values.collect();
        self.format(key, Some(&args))
    }

    fn format(&self, key: &str, args: Option<&FluentArgs<'_>>) -> String {
        let Some(pattern) = self.words.get_message(key).and_then(|message| message.value()) else {
            tracing::error!(key, "no words for this key");
            return key.to_owned();
        };
        let mut errors = Vec::new();
        let words = self.words.format_pattern(pattern, args, &mut errors);
        for error in errors {
            tracing::error!(key, %error, "these words lack a value");
        }
        words.into_owned()
    }
}

fn resource(language: Language) -> FluentResource {
    match FluentResource::try_new(language.source().to_owned()) {
        Ok(resource) => resource,
        Err((resource, errors)) => {
            tracing::error!(count = errors.len(), "the translation has errors");
            resource
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    /// 2025-11-22, a Saturday, 14:40 UTC.
    pub(crate) const NOW: Timestamp = Timestamp::from_millis(1_763_822_400_000);

    pub(crate) fn locale(language: Language) -> Locale {
        Locale::new(language, TimeZone::UTC, NOW)
    }

    fn keys(source: &str) -> BTreeSet<&str> {
        source
            .lines()
            .filter(|line| line.starts_with(|c: char| c.is_ascii_lowercase()))
            .filter_map(|line| line.split_once(" =").map(|(key, _)| key))
            .collect()
    }

    fn variables(source: &str) -> BTreeSet<(String, String)> {
        let mut key = String::new();
        let mut found = BTreeSet::new();
        for line in source.lines() {
            if let Some((name, _)) = line.split_once(" =").filter(|_| !line.starts_with(' ')) {
                key = name.to_owned();
            }
            for part in line.split('$').skip(1) {
                let name: String = part.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
                found.insert((key.clone(), name));
            }
        }
        found
    }

    /// The window's sources, tests aside.
    fn code(folder: &Path) -> String {
        let mut code = String::new();
        for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let path = entry.path();
            if path.is_dir() {
                code += &self::code(&path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let source = std::fs::read_to_string(&path).unwrap();
                code += source.split("#[cfg(test)]").next().unwrap();
            }
        }
        code
    }

    /// The keys given to `tr` and `tr_with`.
    fn called(code: &str) -> BTreeSet<&str> {
        let calls = code.split(".tr").skip(1).map(|call| call.trim_start_matches("_with").trim_start_matches('('));
        calls.filter_map(|call| call.trim_start().strip_prefix('"')?.split('"').next()).collect()
    }

    #[test]
    fn both_languages_are_sound_and_complete() {
        for source in [ENGLISH, SPANISH] {
            assert!(FluentResource::try_new(source.to_owned()).is_ok());
        }
        assert_eq!(keys(ENGLISH), keys(SPANISH));
        assert_eq!(variables(ENGLISH), variables(SPANISH));
    }

    #[test]
    fn every_key_has_words_and_every_word_a_use() {
        let code = code(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/ui"));
        let (called, known) = (called(&code), keys(ENGLISH));
        assert!(called.len() > 50, "the search for keys finds too few: {called:?}");
        assert_eq!(called.difference(&known).collect::<Vec<_>>(), Vec::<&&str>::new());
        let unused: Vec<&&str> = known.iter().filter(|key| !code.contains(&format!("\"{key}\""))).collect();
        assert!(unused.is_empty(), "{unused:?}");
    }

    #[test]
    fn the_first_known_language_is_taken() {
        assert_eq!(Language::of(["de-DE", "es_MX.UTF-8", "en"]), Language::Spanish);
        assert_eq!(Language::of(["en-GB", "es"]), Language::English);
        assert_eq!(Language::of(["zh"]), Language::English);
        assert_eq!(Language::of([]), Language::English);
    }

    #[test]
    fn words_take_values() {
        let people = |language, count| locale(language).tr_with("people-here", [("count", count)]);
        assert_eq!(people(Language::English, 1), "1 person here");
        assert_eq!(people(Language::English, 14), "14 people here");
        assert_eq!(people(Language::Spanish, 14), "14 personas");
    }
}
