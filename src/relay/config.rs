//! How a relay is configured: `relay.toml`, variables of the environment over it, and the command line over both.
//!
//! What is wrong anywhere is an error that says where it stands and why; nothing is guessed and nothing left out.

mod access;
mod error;
mod file;
mod given;
mod keys;
mod raw;
mod token;

#[cfg(test)]
mod tests;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use libp2p::Multiaddr;

pub use access::Access;
pub use error::{ConfigError, Origin};
pub use given::{Flag, Given, variables};
pub use token::{MIN_TOKEN_CHARS, Token};

use super::Limits;
use crate::model::{DEFAULT_PORT, Nickname};
use keys::Draft;

/// The port of the metrics and the status page where nothing else is said.
pub const HTTP_PORT: u16 = DEFAULT_PORT + 1;

/// What a relay is called on a computer without a name.
const NAMELESS: &str = "relay";

/// How a relay is to be run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Where to listen; empty: at every address of the computer, at `port`.
    pub listen: Vec<Multiaddr>,
    /// TCP port to listen on where `listen` is empty.
    pub port: u16,
    /// The folder that holds the relay's identity; `None`: the platform's.
    pub data_dir: Option<PathBuf>,
    /// What the relay is called; `None`: as the computer.
    pub nickname: Option<Nickname>,
    /// Whether to be found by multicast DNS.
    pub mdns: bool,
    /// Where members reach the relay, if that's elsewhere than where it listens.
    pub advertise: Vec<SocketAddr>,
    /// Who may use it.
    pub access: Access,
    /// How much it gives.
    pub limits: Limits,
    /// Where metrics and the status page are served; `None`: nowhere.
    pub http: Option<SocketAddr>,
    /// How the log is written.
    pub log: LogFormat,
    /// How long to wait for circuits to end when the relay is stopped.
    pub drain: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: Vec::new(),
            port: DEFAULT_PORT,
            data_dir: None,
            nickname: None,
            mdns: true,
            advertise: Vec::new(),
            access: Access::Local,
            limits: Limits::default(),
            http: Some((Ipv4Addr::LOCALHOST, HTTP_PORT).into()),
            log: LogFormat::Text,
            drain: Duration::from_secs(10),
        }
    }
}

/// How a log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// Lines for people.
    Text,
    /// A JSON object a line.
    Json,
}

/// A configuration that was read.
#[derive(Debug)]
pub struct Loaded {
    /// What it says.
    pub config: Config,
    /// What the person should know of it, a sentence each.
    pub warnings: Vec<String>,
}

impl Config {
    /// Reads the file, then the variables, then the flags: what comes later rules. Blocks while it reads files.
    pub fn load(given: &Given) -> Result<Loaded, ConfigError> {
        let mut draft = Draft::default();
        if let Some(path) = &given.file {
            file::read(path, &mut draft)?;
        }
        given.read(&mut draft)?;
        let mut loaded = draft.finish()?;
        loaded.config.data_dir = given.data_dir.clone().or(loaded.config.data_dir);
        Ok(loaded)
    }

    /// What the relay is called: as it's set, else as the computer.
    #[allow(clippy::expect_used, reason = "a constant that a test holds to the rules")]
    pub fn name(&self) -> Nickname {
        let host = || whoami::hostname().ok().as_deref().and_then(Nickname::nearest);
        self.nickname.clone().or_else(host).unwrap_or_else(|| Nickname::new(NAMELESS).expect("a valid nickname"))
    }

    /// Reads it all again for a relay that runs with `self`: what it says now, as far as a running relay can change, and
    /// warnings of the rest. Blocks while it reads files.
    pub fn reload(&self, given: &Given) -> Result<Loaded, ConfigError> {
        let Loaded { config: new, mut warnings } = Self::load(given)?;
        let later = self.needs_restart(&new).into_iter();
        warnings.extend(later.map(|key| format!("{key}: the new value is taken at the next start")));
        let config = Self { access: new.access, limits: new.limits, drain: new.drain, ..self.clone() };
        Ok(Loaded { config, warnings })
    }

    /// The keys in which `new` differs from this in what a running relay doesn't change.
    fn needs_restart(&self, new: &Self) -> Vec<&'static str> {
        // Every field by name, so that a new one has to be either.
        let Self { listen, port, data_dir, nickname, mdns, advertise, http, log, access: _, limits: _, drain: _ } =
            self;
        let differs = [
            ("listen", *listen != new.listen),
            ("port", *port != new.port),
            ("data_dir", *data_dir != new.data_dir),
            ("nickname", *nickname != new.nickname),
            ("mdns", *mdns != new.mdns),
            ("advertise", *advertise != new.advertise),
            ("http", *http != new.http),
            ("log", *log != new.log),
        ];
        differs.into_iter().filter(|(_, differs)| *differs).map(|(key, _)| key).collect()
    }
}
