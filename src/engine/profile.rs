//! A profile as it is before a node runs on it: where it is, its settings, its identity.

use std::path::{Path, PathBuf};

use directories::ProjectDirs;

use super::Error;
use crate::model::{Me, Network, Nickname, Plain, Presence, Settings};
use crate::net;
use crate::store::{StoreError, folder, identity, settings};

/// The settings' file.
const SETTINGS_FILE: &str = "settings.toml";

/// What somebody is called whose system tells nothing.
const NOBODY: &str = "neighbour";

/// One profile: a data directory with one identity and one history.
#[derive(Debug, Clone)]
pub struct Profile {
    dir: PathBuf,
    settings: PathBuf,
}

impl Profile {
    /// The profile in `data_dir`, with its settings beside it, or the platform's default, with its settings in the
    /// platform's configuration directory. Creates its folder, readable by its owner only.
    pub fn locate(data_dir: Option<PathBuf>) -> Result<Self, Error> {
        let (dir, config) = match data_dir {
            Some(dir) => (dir.clone(), dir),
            None => {
                let dirs = ProjectDirs::from("", "", "vecino").ok_or_else(|| Error::System(Plain::NoHome.into()))?;
                (dirs.data_local_dir().to_owned(), dirs.config_dir().to_owned())
            }
        };
        folder::create(&dir)?;
        let dir = std::path::absolute(&dir).unwrap_or(dir);
        Ok(Self { dir, settings: config.join(SETTINGS_FILE) })
    }

    /// The profile that has its data and its settings in `dir`, which there is.
    #[cfg(test)]
    pub(crate) fn at(dir: &Path) -> Self {
        Self { dir: dir.to_owned(), settings: dir.join(SETTINGS_FILE) }
    }

    /// Whether it's the one that is used where none is named.
    pub fn is_default(&self) -> bool {
        ProjectDirs::from("", "", "vecino").is_some_and(|dirs| dirs.data_local_dir() == self.dir)
    }

    /// The data directory.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The settings as they are on disk; the defaults where there are none yet. What they hold beyond what vecino knows
    /// is logged.
    pub fn settings(&self) -> Result<Settings, Error> {
        let (settings, warnings) = settings::load(&self.settings)?;
        for warning in warnings {
            tracing::warn!("{warning}");
        }
        Ok(settings)
    }

    /// Keeps on disk what `after` has otherwise than `before`, the settings as they were loaded or kept last. For a profile
    /// on which no node runs; else [`Handle::change_settings`](super::Handle::change_settings).
    pub fn save_settings(&self, before: &Settings, after: &Settings) -> Result<(), Error> {
        if let Some(dir) = self.settings.parent() {
            folder::create(dir)?;
        }
        Ok(settings::save(&self.settings, before, after)?)
    }

    /// Own id and nickname without running a node (`addresses` is empty, presence offline). Makes the identity if
    /// there's none.
    pub fn me(&self) -> Result<Me, Error> {
        let secret = identity::load_or_create(&self.dir)?;
        let peer_id = net::peer_id(&secret)?;
        let nickname = self.settings()?.nickname.unwrap_or_else(suggested_nickname);
        Ok(Me {
            peer_id,
            nickname,
            tag: peer_id.tag(),
            presence: Presence::Offline,
            addresses: Vec::new(),
            relays: Vec::new(),
            network: Network::default(),
        })
    }
}

/// A nickname to propose to somebody who has none: the system's name for its user, or "neighbour".
#[allow(clippy::expect_used, reason = "a constant that a test holds to the rules")]
pub fn suggested_nickname() -> Nickname {
    system_nickname().unwrap_or_else(|| Nickname::new(NOBODY).expect("a valid nickname"))
}

/// The system's name for its user, if it can be a nickname.
pub fn system_nickname() -> Option<Nickname> {
    let named = whoami::realname().ok().filter(|name| !name.trim().is_empty()).or_else(|| whoami::username().ok());
    let first = named.as_deref().map(|name| name.split([',', '\n']).next().unwrap_or_default());
    first.and_then(Nickname::nearest)
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::AlreadyRunning(dir) => Self::AlreadyRunning(dir),
            StoreError::MessageGone(state) => Self::MessageGone(state),
            StoreError::Closed => Self::Stopped,
            other => Self::Store(other),
        }
    }
}

impl From<net::NetError> for Error {
    fn from(error: net::NetError) -> Self {
        Self::Network(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn somebody_always_has_a_nickname() {
        assert!(Nickname::new(NOBODY).is_ok());
        assert!(!suggested_nickname().as_str().is_empty());
    }

    #[test]
    fn a_profile_keeps_its_identity_and_settings() {
        let dir = tempfile::tempdir().unwrap();
        let profile = Profile::locate(Some(dir.path().join("ana"))).unwrap();
        let me = profile.me().unwrap();
        let before = profile.settings().unwrap();
        let settings = Settings { nickname: Some(Nickname::new("ana").unwrap()), ..before.clone() };
        profile.save_settings(&before, &settings).unwrap();
        let again = Profile::locate(Some(dir.path().join("ana"))).unwrap();
        assert_eq!(again.settings().unwrap(), settings);
        assert_eq!(again.me().unwrap(), Me { nickname: Nickname::new("ana").unwrap(), ..me });
    }
}
