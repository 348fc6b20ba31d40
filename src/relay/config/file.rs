//! The files of a configuration: `relay.toml`, and a list of tokens beside it.

use std::fs;
use std::io;
use std::path::Path;

use toml::de::DeTable;

use super::keys::Draft;
use super::raw::{Place, Raw, Value};
use super::{ConfigError, Token};

/// Longest file that is read: room for an allow list of 50,000 peers.
const MAX_BYTES: u64 = 4 * 1024 * 1024;

/// Takes every setting in the file at `path` into `draft`.
pub(super) fn read(path: &Path, draft: &mut Draft) -> Result<(), ConfigError> {
    let text = text_of(path)?;
    let place = Place::File { path, text: &text };
    let table = DeTable::parse(&text).map_err(|error| {
        let offset = error.span().map_or(text.len(), |span| span.start);
        ConfigError::Syntax { origin: place.at(offset), cause: error.message().trim().replace('\n', "; ") }
    })?;
    let mut settings: Vec<_> = table.get_ref().iter().collect();
    settings.sort_by_key(|(key, _)| key.span().start);
    for (key, value) in settings {
        draft.take(key.get_ref(), place, key.span().start, Value::Toml(value))?;
    }
    if table.get_ref().contains_key("tokens") && is_open_to_all(path) {
        draft.warn(format!("{}: everybody on this computer can read the tokens in it", path.display()));
    }
    Ok(())
}

/// The tokens in the file at `path`, one a line, with comments after `#`. `named` is where its name was written.
pub(super) fn tokens(path: &Path, named: &Raw<'_>) -> Result<Vec<Token>, ConfigError> {
    if is_open_to_all(path) {
        return Err(named.fault(format!("{} is readable by everybody; close it (chmod 600)", path.display())));
    }
    let text = text_of(path)?;
    let place = Place::File { path, text: &text };
    let mut offset = 0;
    let mut tokens = Vec::new();
    for line in text.split_inclusive('\n') {
        let start = offset;
        offset += line.len();
        let token = line.trim();
        if !token.is_empty() && !token.starts_with('#') {
            tokens.push(token.parse().map_err(|cause| ConfigError::Value {
                origin: place.at(start),
                key: named.key,
                cause,
            })?);
        }
    }
    Ok(tokens)
}

fn text_of(path: &Path) -> Result<String, ConfigError> {
    let unreadable = |cause| ConfigError::Unreadable { path: path.to_owned(), cause };
    if fs::metadata(path).map_err(unreadable)?.len() > MAX_BYTES {
        return Err(unreadable(io::Error::other("it's too long for a configuration")));
    }
    fs::read_to_string(path).map_err(unreadable)
}

#[cfg(unix)]
fn is_open_to_all(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    const READABLE_BY_OTHERS: u32 = 0o004;
    fs::metadata(path).is_ok_and(|about| about.permissions().mode() & READABLE_BY_OTHERS != 0)
}

/// Elsewhere it's the folder's rights that count, which a person has set.
#[cfg(not(unix))]
fn is_open_to_all(_: &Path) -> bool {
    false
}
