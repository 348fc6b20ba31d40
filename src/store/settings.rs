//! The settings file: TOML that people edit, so what they wrote in it stays.

use std::fs;
use std::io;
use std::path::Path;

use toml_edit::{DocumentMut, Item, Table, Value};

use super::{StoreError, folder};
use crate::model::{Plain, Settings};

/// The keys of [`Settings`].
const KEYS: [&str; 18] = [
    "nickname",
    "accept",
    "receipts",
    "typing",
    "download_dir",
    "port",
    "interfaces",
    "mdns",
    "relays",
    "relays_found",
    "notifications",
    "theme",
    "language",
    "text_size",
    "sidebar_width",
    "window_size",
    "drawing",
    "close_to_tray",
];

/// Longest settings file that is read: far more than anybody writes.
const MAX_BYTES: u64 = 1024 * 1024;

/// The settings in the file at `path` and warnings for the person, each naming a key that means nothing to vecino.
/// Where there's no file, the defaults.
pub fn load(path: &Path) -> Result<(Settings, Vec<String>), StoreError> {
    let Some(text) = read(path)? else { return Ok((Settings::default(), Vec::new())) };
    let settings = toml::from_str(&text).map_err(|error| faulty(path, &text, error.span(), error.message()))?;
    let warnings = parse(path, &text)?
        .iter()
        .filter(|(key, _)| !KEYS.contains(key))
        .map(|(key, _)| format!("{}: “{key}” is no setting of vecino and is ignored", path.display()))
        .collect();
    Ok((settings, warnings))
}

/// Writes to the file at `path` what `after` has otherwise than `before`, which is what was loaded or saved last; everything
/// where there's no file. Whatever else is in it stays: what was written there meanwhile, comments, order, unknown keys.
pub fn save(path: &Path, before: &Settings, after: &Settings) -> Result<(), StoreError> {
    // The file behind a link is the one to replace: people keep such files elsewhere and link to them.
    let path = &fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let (text, before) = match read(path)? {
        Some(text) => (text, document(path, before)?),
        None => (String::new(), DocumentMut::new()),
    };
    let (mut kept, after) = (parse(path, &text)?, document(path, after)?);
    merge(&mut kept, &before, &after);
    folder::write_private(path, kept.to_string().as_bytes())
}

/// Gives `kept` the values of those of our keys that `after` has otherwise than `before`, and takes those away that it lacks.
fn merge(kept: &mut Table, before: &Table, after: &Table) {
    for key in KEYS {
        let (old, new) = (before.get(key).and_then(Item::as_value), after.get(key).and_then(Item::as_value));
        let is_unchanged = match (old, new) {
            (Some(old), Some(new)) => same(old, new),
            (old, new) => old.is_none() && new.is_none(),
        };
        if is_unchanged {
            continue;
        }
        let Some(new) = new else {
            kept.remove(key);
            continue;
        };
        match kept.get_mut(key) {
            Some(Item::Value(old)) if same(old, new) => {}
            Some(Item::Value(old)) => {
                let decor = old.decor().clone();
                *old = new.clone();
                *old.decor_mut() = decor;
            }
            _ => {
                kept.insert(key, Item::Value(new.clone()));
            }
        }
    }
}

/// Whether two values say the same, however they are written. Ours are strings, numbers, truth values, and lists of such.
fn same(one: &Value, other: &Value) -> bool {
    if let (Some(one), Some(other)) = (one.as_array(), other.as_array()) {
        return one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other));
    }
    let plain = |value: &Value| (value.as_str().map(str::to_owned), value.as_integer(), value.as_bool());
    one.is_array() == other.is_array() && plain(one) == plain(other)
}

fn read(path: &Path) -> Result<Option<String>, StoreError> {
    let failed = |cause| StoreError::io(path, cause);
    let bytes = match fs::metadata(path) {
        Ok(about) if about.len() > MAX_BYTES => return Err(faulty(path, "", None, Plain::LongSettings.words())),
        Ok(_) => fs::read(path).map_err(failed)?,
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(cause) => return Err(failed(cause)),
    };
    String::from_utf8(bytes).map(Some).map_err(|_| faulty(path, "", None, Plain::NotText.words()))
}

fn document(path: &Path, settings: &Settings) -> Result<DocumentMut, StoreError> {
    let text = toml::to_string(settings).map_err(|error| faulty(path, "", None, &error.to_string()))?;
    parse(path, &text)
}

fn parse(path: &Path, text: &str) -> Result<DocumentMut, StoreError> {
    text.parse().map_err(|error: toml_edit::TomlError| faulty(path, text, error.span(), error.message()))
}

fn faulty(path: &Path, text: &str, span: Option<std::ops::Range<usize>>, cause: &str) -> StoreError {
    let line = span.map(|span| line_at(text, span.start));
    StoreError::Settings { path: path.to_owned(), line, cause: cause.trim().replace('\n', "; ").into() }
}

/// The line, counted from 1, on which byte `offset` of a text stands.
pub fn line_at(text: &str, offset: usize) -> usize {
    1 + text.bytes().take(offset).filter(|byte| *byte == b'\n').count()
}
