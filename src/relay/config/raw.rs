//! A setting's value as it was written, before it's known to be right.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use toml::Spanned;
use toml::de::DeValue;

use super::{ConfigError, Origin};
use crate::store::settings::line_at;

/// What holds settings.
#[derive(Debug, Clone, Copy)]
pub(super) enum Place<'a> {
    File { path: &'a Path, text: &'a str },
    Variable(&'a str),
    Flag(&'a str),
}

impl Place<'_> {
    /// What stands at byte `offset` of it.
    pub(super) fn at(self, offset: usize) -> Origin {
        match self {
            Self::File { path, text } => Origin::File { path: path.to_owned(), line: line_at(text, offset) },
            Self::Variable(name) => Origin::Variable(name.to_owned()),
            Self::Flag(name) => Origin::Flag(name.to_owned()),
        }
    }
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Value<'a> {
    /// Of a file.
    Toml(&'a Spanned<DeValue<'a>>),
    /// Of a variable or flag.
    Text(&'a str),
}

/// One value, its key, and where it stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Raw<'a> {
    pub(super) key: &'static str,
    pub(super) value: Value<'a>,
    pub(super) place: Place<'a>,
}

impl<'a> Raw<'a> {
    pub(super) fn origin(&self) -> Origin {
        let offset = match self.value {
            Value::Toml(value) => value.span().start,
            Value::Text(_) => 0,
        };
        self.place.at(offset)
    }

    pub(super) fn fault(&self, cause: impl Into<String>) -> ConfigError {
        ConfigError::Value { origin: self.origin(), key: self.key, cause: cause.into() }
    }

    pub(super) fn text(&self) -> Result<&'a str, ConfigError> {
        let text = match self.value {
            Value::Toml(value) => value.get_ref().as_str(),
            Value::Text(text) => Some(text),
        };
        text.ok_or_else(|| self.fault("it has to be a text in quotes"))
    }

    pub(super) fn truth(&self) -> Result<bool, ConfigError> {
        let truth = match self.value {
            Value::Toml(value) => value.get_ref().as_bool(),
            Value::Text(text) => text.parse().ok(),
        };
        truth.ok_or_else(|| self.fault("it has to be true or false"))
    }

    pub(super) fn number<T: TryFrom<u64>>(&self, range: RangeInclusive<u64>) -> Result<T, ConfigError> {
        let number: Option<u64> = match self.value {
            Value::Toml(value) => {
                let integer = value.get_ref().as_integer();
                integer.and_then(|integer| u64::from_str_radix(integer.as_str(), integer.radix()).ok())
            }
            Value::Text(text) => text.replace('_', "").parse().ok(),
        };
        let number = number.filter(|number| range.contains(number));
        number
            .and_then(|number| T::try_from(number).ok())
            .ok_or_else(|| self.fault(format!("it has to be a whole number from {} to {}", range.start(), range.end())))
    }

    /// What a text says.
    pub(super) fn read<T: FromStr<Err: Display>>(&self) -> Result<T, ConfigError> {
        self.text()?.parse().map_err(|cause: T::Err| self.fault(cause.to_string()))
    }

    /// One of several words.
    pub(super) fn choice<T: Copy>(&self, choices: &[(&str, T)]) -> Result<T, ConfigError> {
        let text = self.text()?;
        let chosen = choices.iter().find(|(word, _)| *word == text);
        chosen.map(|(_, chosen)| *chosen).ok_or_else(|| {
            let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
            self.fault(format!("it has to be one of: {}", words.join(", ")))
        })
    }

    /// Everything in an array, or in a variable's or flag's text with commas between.
    pub(super) fn list<T>(&self, read: impl Fn(&Self) -> Result<T, ConfigError>) -> Result<Vec<T>, ConfigError> {
        let read = |value| read(&Self { value, ..*self });
        match self.value {
            Value::Toml(value) => {
                let items = value.get_ref().as_array();
                let items = items.ok_or_else(|| self.fault("it has to be a list of texts in quotes"))?;
                items.iter().map(|item| read(Value::Toml(item))).collect()
            }
            Value::Text(text) => {
                let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
                items.map(|item| read(Value::Text(item))).collect()
            }
        }
    }

    /// A path; in a file it's relative to the file's folder.
    pub(super) fn path(&self) -> Result<PathBuf, ConfigError> {
        let text = self.text()?;
        if text.is_empty() {
            return Err(self.fault("it has to be a path"));
        }
        Ok(match self.place {
            Place::File { path, .. } => path.parent().unwrap_or(Path::new("")).join(text),
            Place::Variable(_) | Place::Flag(_) => PathBuf::from(text),
        })
    }
}
