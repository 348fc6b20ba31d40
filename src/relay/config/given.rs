//! What a relay is given besides its file: variables of the environment, and flags.

use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;

use super::ConfigError;
use super::keys::{self, Draft};
use super::raw::{Place, Value};

/// What variables of the relay begin with; the key in capitals follows.
const PREFIX: &str = "VECINO_RELAY_";

/// The variable that names the file, which is none of the settings in it.
const FILE_VARIABLE: &str = "VECINO_RELAY_CONFIG";

/// Where a configuration comes from. It's kept, since a running relay reads it again when it's asked to.
#[derive(Clone, Default)]
pub struct Given {
    /// `relay.toml`, if there's one.
    pub file: Option<PathBuf>,
    /// Variables of the environment: [`variables`], or others, of which those that aren't the relay's don't matter.
    pub variables: Vec<(OsString, OsString)>,
    /// The folder that the command line names for the relay's identity: it rules over every other.
    pub data_dir: Option<PathBuf>,
    /// Settings on the command line.
    pub flags: Vec<Flag>,
}

/// A setting on the command line.
#[derive(Clone)]
pub struct Flag {
    /// As a person wrote it, for what is wrong with its value.
    pub name: String,
    /// The setting.
    pub key: String,
    /// Its value; of a list with commas between.
    pub value: String,
}

/// The variables of this process that are a relay's.
pub fn variables() -> Vec<(OsString, OsString)> {
    std::env::vars_os().filter(|(name, _)| name.as_encoded_bytes().starts_with(PREFIX.as_bytes())).collect()
}

impl fmt::Debug for Given {
    /// Without values, some of which are secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.variables.iter().map(|(name, _)| name).collect();
        let Self { file, data_dir, flags, .. } = self;
        let mut given = f.debug_struct("Given");
        given.field("file", file).field("variables", &names).field("data_dir", data_dir).field("flags", flags).finish()
    }
}

impl fmt::Debug for Flag {
    /// Without the value, which may be a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl Given {
    pub(super) fn read(&self, draft: &mut Draft) -> Result<(), ConfigError> {
        for (name, value) in &self.variables {
            // A name that isn't text is none of ours.
            let Some(name) = name.to_str() else { continue };
            let Some(key) = name.strip_prefix(PREFIX) else { continue };
            if name == FILE_VARIABLE || value.is_empty() {
                continue;
            }
            let key = key.to_ascii_lowercase();
            // Others may set variables that begin so (an orchestrator for a service of this name): no reason to stop.
            if keys::find(&key).is_none() {
                draft.warn(format!("{name}: the relay has no such setting; it's ignored"));
                continue;
            }
            draft.take(&key, Place::Variable(name), 0, Value::Text(&value.to_string_lossy()))?;
        }
        for Flag { name, key, value } in &self.flags {
            draft.take(key, Place::Flag(name), 0, Value::Text(value))?;
        }
        Ok(())
    }
}
