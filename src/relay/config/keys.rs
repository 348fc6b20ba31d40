//! The relay's settings: each key, what its value may be, and how it becomes part of the configuration.

use std::net::SocketAddr;
use std::time::Duration;

use libp2p::Multiaddr;
use libp2p::multiaddr::Protocol;

use super::raw::{Place, Raw, Value};
use super::{Access, Config, ConfigError, Loaded, LogFormat, Origin, Token, file};
use crate::model::{Nickname, PeerId};
use crate::relay::limits::MOST_CIRCUITS_PER_MEMBER;

/// How alike two keys have to be for one to be taken for a slip of the other, from 0 to 1.
const ALIKE: f64 = 0.8;

/// Least rate that can be set: a chat message of the greatest size a second.
const MIN_RATE: u64 = 64 * 1024;

/// Greatest rate that can be set: more than any network carries.
const MAX_RATE: u64 = 1 << 40;

type Take = fn(&mut Draft, &Raw<'_>) -> Result<(), ConfigError>;

/// Every setting, in the order of `packaging/relay.toml`.
pub(super) const KEYS: &[(&str, Take)] = &[
    ("listen", |draft, raw| set(&mut draft.config.listen, raw.list(listen_address))),
    ("port", |draft, raw| set(&mut draft.config.port, raw.number(0..=65_535))),
    ("data_dir", |draft, raw| set(&mut draft.config.data_dir, raw.path().map(Some))),
    ("nickname", |draft, raw| set(&mut draft.config.nickname, nickname(raw).map(Some))),
    ("mdns", |draft, raw| set(&mut draft.config.mdns, raw.truth())),
    ("advertise", |draft, raw| set(&mut draft.config.advertise, raw.list(reachable_address))),
    ("access", |draft, raw| set(&mut draft.access, part(raw, raw.choice(WORDS)).map(Some))),
    ("allow", |draft, raw| set(&mut draft.allow, part(raw, raw.list(Raw::read)).map(Some))),
    ("tokens", |draft, raw| set(&mut draft.tokens, part(raw, raw.list(Raw::read)).map(Some))),
    ("token_file", |draft, raw| {
        let tokens = raw.path().and_then(|path| file::tokens(&path, raw));
        set(&mut draft.token_file, part(raw, tokens).map(Some))
    }),
    ("members", |draft, raw| set(&mut draft.config.limits.members, raw.number(1..=100_000))),
    ("members_per_address", |draft, raw| set(&mut draft.config.limits.members_per_address, raw.number(1..=100_000))),
    ("circuits", |draft, raw| set(&mut draft.config.limits.circuits, raw.number(1..=1_000_000))),
    ("circuits_per_member", |draft, raw| {
        set(&mut draft.config.limits.circuits_per_member, raw.number(1..=MOST_CIRCUITS_PER_MEMBER as u64))
    }),
    ("circuit_rate", |draft, raw| set(&mut draft.config.limits.circuit_rate, raw.number(1..=100_000))),
    ("circuit_burst", |draft, raw| set(&mut draft.config.limits.circuit_burst, raw.number(1..=100_000))),
    ("announce_rate", |draft, raw| set(&mut draft.config.limits.announce_rate, raw.number(1..=1_000))),
    ("connect_rate", |draft, raw| set(&mut draft.config.limits.connect_rate, raw.number(1..=100_000))),
    ("member_rate", |draft, raw| set(&mut draft.config.limits.member_rate, rate(raw))),
    ("total_rate", |draft, raw| set(&mut draft.config.limits.total_rate, rate(raw))),
    // Both ends ping every 7 s: what is less than two of them would cut circuits that are well.
    ("circuit_idle", |draft, raw| set(&mut draft.config.limits.circuit_idle, seconds(raw, 15, 86_400))),
    ("drain", |draft, raw| set(&mut draft.config.drain, seconds(raw, 0, 600))),
    ("http", |draft, raw| set(&mut draft.config.http, http_address(raw))),
    ("log", |draft, raw| {
        set(&mut draft.config.log, raw.choice(&[("text", LogFormat::Text), ("json", LogFormat::Json)]))
    }),
];

/// The setting of this key.
pub(super) fn find(key: &str) -> Option<(&'static str, Take)> {
    KEYS.iter().find(|(name, _)| *name == key).copied()
}

fn nearest(key: &str) -> Option<&'static str> {
    let rated = KEYS.iter().map(|(name, _)| (*name, strsim::jaro_winkler(name, key)));
    let best = rated.max_by(|(_, one), (_, other)| one.total_cmp(other));
    best.filter(|(_, alike)| *alike >= ALIKE).map(|(name, _)| name)
}

/// What a person calls the ways to decide who may use a relay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum AccessWord {
    Local,
    Open,
    List,
    Token,
}

const WORDS: &[(&str, AccessWord)] = &[
    ("local", AccessWord::Local),
    ("open", AccessWord::Open),
    ("list", AccessWord::List),
    ("token", AccessWord::Token),
];

/// A value of which it's still open whether it fits the others, with the error for when it doesn't.
#[derive(Debug)]
struct Part<T> {
    value: T,
    at: (Origin, &'static str),
}

impl<T> Part<T> {
    fn fault(&self, cause: &str) -> ConfigError {
        let (origin, key) = self.at.clone();
        ConfigError::Value { origin, key, cause: cause.to_owned() }
    }
}

fn part<T>(raw: &Raw<'_>, value: Result<T, ConfigError>) -> Result<Part<T>, ConfigError> {
    value.map(|value| Part { value, at: (raw.origin(), raw.key) })
}

/// A configuration that is being put together.
#[derive(Debug, Default)]
pub(super) struct Draft {
    config: Config,
    access: Option<Part<AccessWord>>,
    allow: Option<Part<Vec<PeerId>>>,
    tokens: Option<Part<Vec<Token>>>,
    token_file: Option<Part<Vec<Token>>>,
    warnings: Vec<String>,
}

impl Draft {
    /// Takes the value of `key`, which stands at byte `offset` of its place.
    pub(super) fn take(
        &mut self,
        key: &str,
        place: Place<'_>,
        offset: usize,
        value: Value<'_>,
    ) -> Result<(), ConfigError> {
        let Some((key, take)) = find(key) else {
            let origin = place.at(offset);
            return Err(ConfigError::UnknownKey { origin, key: key.to_owned(), nearest: nearest(key) });
        };
        take(self, &Raw { key, value, place })
    }

    pub(super) fn warn(&mut self, warning: String) {
        self.warnings.push(warning);
    }

    /// What all of it says together.
    pub(super) fn finish(mut self) -> Result<Loaded, ConfigError> {
        self.config.access = self.decide_access()?;
        Ok(Loaded { config: self.config, warnings: self.warnings })
    }

    fn decide_access(&self) -> Result<Access, ConfigError> {
        let word = self.access.as_ref().map_or(AccessWord::Local, |access| access.value);
        let allowed: Vec<PeerId> = self.allow.iter().flat_map(|part| part.value.clone()).collect();
        let given_tokens = || self.tokens.iter().chain(&self.token_file);
        let tokens: Vec<Token> = given_tokens().flat_map(|part| part.value.clone()).collect();
        // Whoever makes a list of people believes that it keeps the others out.
        if let Some(allow) = self.allow.as_ref().filter(|_| word != AccessWord::List && !allowed.is_empty()) {
            return Err(allow.fault("it keeps nobody out unless access is “list”"));
        }
        if let Some(part) = given_tokens().next().filter(|_| word != AccessWord::Token && !tokens.is_empty()) {
            return Err(part.fault("it keeps nobody out unless access is “token”"));
        }
        match (word, &self.access) {
            (AccessWord::List, Some(access)) if allowed.is_empty() => {
                Err(access.fault("nobody could use the relay: “allow” names no peer"))
            }
            (AccessWord::Token, Some(access)) if tokens.is_empty() => {
                Err(access.fault("nobody could use the relay: neither “tokens” nor “token_file” holds a token"))
            }
            (AccessWord::Local, _) => Ok(Access::Local),
            (AccessWord::Open, _) => Ok(Access::Open),
            (AccessWord::List, _) => Ok(Access::List(allowed.into_iter().collect())),
            (AccessWord::Token, _) => Ok(Access::Token(tokens)),
        }
    }
}

fn set<T>(place: &mut T, value: Result<T, ConfigError>) -> Result<(), ConfigError> {
    *place = value?;
    Ok(())
}

fn listen_address(raw: &Raw<'_>) -> Result<Multiaddr, ConfigError> {
    let address = raw.text()?.parse().ok().filter(is_tcp);
    address.ok_or_else(|| raw.fault("it has to be an IP address and a TCP port, as “/ip4/0.0.0.0/tcp/48237”"))
}

fn is_tcp(address: &Multiaddr) -> bool {
    let mut parts = address.iter();
    matches!(
        (parts.next(), parts.next(), parts.next()),
        (Some(Protocol::Ip4(_) | Protocol::Ip6(_)), Some(Protocol::Tcp(_)), None)
    )
}

fn reachable_address(raw: &Raw<'_>) -> Result<SocketAddr, ConfigError> {
    let address: Option<SocketAddr> = raw.text()?.parse().ok();
    let address = address.filter(|address| address.port() != 0 && !address.ip().is_unspecified());
    address.ok_or_else(|| {
        raw.fault("it has to be an IP address and a port, as “192.0.2.7:48237” or “[2001:db8::7]:48237”")
    })
}

fn http_address(raw: &Raw<'_>) -> Result<Option<SocketAddr>, ConfigError> {
    let text = raw.text()?;
    if text == "off" {
        return Ok(None);
    }
    text.parse()
        .map(Some)
        .map_err(|_| raw.fault("it has to be an IP address and a port, as “127.0.0.1:48238”, or “off”"))
}

fn nickname(raw: &Raw<'_>) -> Result<Nickname, ConfigError> {
    Nickname::new(raw.text()?).map_err(|cause| raw.fault(cause.to_string()))
}

fn rate(raw: &Raw<'_>) -> Result<u64, ConfigError> {
    let rate = raw.number(0..=MAX_RATE)?;
    if (1..MIN_RATE).contains(&rate) {
        return Err(raw.fault(format!("it has to be at least {MIN_RATE} bytes a second, or 0 for no limit")));
    }
    Ok(rate)
}

fn seconds(raw: &Raw<'_>, least: u64, most: u64) -> Result<Duration, ConfigError> {
    raw.number(least..=most).map(Duration::from_secs)
}
