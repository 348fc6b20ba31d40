//! Invites: one line that tells how to reach somebody, or a relay, to be passed on by mail or on paper.
//!
//! ```text
//! vecino:BASE58          of CBOR, and the first 4 bytes of its BLAKE3
//! CBOR                   {v: 1, i: key, n: nickname, a: [address, …], r: [{i: key, a: [address, …], t: token}, …]}
//! address                4 or 16 bytes of IP address in network order, and 2 of TCP port
//! ```
//!
//! As a link on a page or in a mail it may also begin with `vecino://`, and end with the `/` that browsers put there.
//!
//! An invite of a person has `i` and `n`; one of a relay has only `r`. It proves nothing: who answers at an address has to
//! show that they have the key.

// The addresses alone: there is no network in core.
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;
use thiserror::Error;

use super::{Nickname, PeerId, Token};

/// What an invite begins with.
const SCHEME: &str = "vecino:";

/// The version that is written and read.
const VERSION: u64 = 1;

/// Most bytes of an invite's CBOR.
const MAX_BYTES: usize = 1024;

/// Most characters of an invite: base 58 takes 138 for 100 bytes.
const MAX_CHARS: usize = SCHEME.len() + "///".len() + (MAX_BYTES + CHECK_BYTES) * 138 / 100 + 1;

/// Bytes of the hash at the end, by which a link that was not copied whole is told.
const CHECK_BYTES: usize = 4;

/// Most addresses of the person.
pub const MAX_INVITE_ADDRESSES: usize = 6;

/// Most relays.
pub const MAX_INVITE_RELAYS: usize = 3;

/// Most addresses of each relay.
pub const MAX_RELAY_ADDRESSES: usize = 4;

/// Why a text isn't an invite.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum InviteError {
    /// Something is missing, or was changed on the way.
    #[error("the invite is damaged; copy all of it, from “vecino:” to its end")]
    Damaged,
    /// A version that isn't known here.
    #[error("the invite is of a newer vecino than this one")]
    Newer,
}

/// How to reach a person, a relay, or a person and the relays that they use.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Invite {
    /// The person; `None` in a relay's invite.
    pub person: Option<Invited>,
    /// Relays to use. There is one at least where there's no person.
    pub relays: Vec<InvitedRelay>,
}

/// A person that an invite leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invited {
    /// Who.
    pub peer: PeerId,
    /// What they called themself when they made the invite.
    pub nickname: Nickname,
    /// Where they listened then; none where they are reached through a relay alone.
    pub addresses: Vec<SocketAddr>,
}

/// A relay that an invite names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvitedRelay {
    /// Which.
    pub peer: PeerId,
    /// Where it listens: one address at least.
    pub addresses: Vec<SocketAddr>,
    /// What it asks of those who want to use it, if it does.
    pub token: Option<Token>,
}

#[derive(Serialize, Deserialize)]
struct Wire {
    v: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    i: Option<ByteBuf>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    n: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    a: Vec<ByteBuf>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    r: Vec<WireRelay>,
}

#[derive(Serialize, Deserialize)]
struct WireRelay {
    i: ByteBuf,
    a: Vec<ByteBuf>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    t: Option<String>,
}

/// The version alone: nothing else may be as it is here.
#[derive(Deserialize)]
struct Version {
    v: u64,
}

impl Invite {
    /// Whether a text is meant as an invite, though it may be damaged.
    pub fn is_meant_by(text: &str) -> bool {
        let start = text.trim_start().get(..SCHEME.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(SCHEME))
    }

    /// An invite of a relay.
    pub fn of_relay(relay: InvitedRelay) -> Self {
        Self { person: None, relays: vec![relay] }
    }
}

impl fmt::Display for Invite {
    /// The link. What is more than an invite may hold is left out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = cbor4ii::serde::to_vec(Vec::new(), &Wire::from(self)).map_err(|_| fmt::Error)?;
        let check = check(&bytes);
        bytes.extend(check);
        write!(f, "{SCHEME}{}", bs58::encode(bytes).into_string())
    }
}

impl FromStr for Invite {
    type Err = InviteError;

    fn from_str(text: &str) -> Result<Self, InviteError> {
        let text = text.trim();
        if !Self::is_meant_by(text) || text.len() > MAX_CHARS {
            return Err(InviteError::Damaged);
        }
        let link = text.get(SCHEME.len()..).unwrap_or_default();
        let link = link.strip_prefix("//").map_or(link, |link| link.strip_suffix('/').unwrap_or(link));
        let bytes = bs58::decode(link).into_vec().map_err(|_| InviteError::Damaged)?;
        let split = bytes.len().checked_sub(CHECK_BYTES).ok_or(InviteError::Damaged)?;
        let (bytes, sum) = bytes.split_at(split);
        if bytes.len() > MAX_BYTES || sum != check(bytes) {
            return Err(InviteError::Damaged);
        }
        let Version { v } = cbor4ii::serde::from_slice(bytes).map_err(|_| InviteError::Damaged)?;
        if v != VERSION {
            return Err(InviteError::Newer);
        }
        cbor4ii::serde::from_slice::<Wire>(bytes).ok().and_then(read).ok_or(InviteError::Damaged)
    }
}

fn check(bytes: &[u8]) -> [u8; CHECK_BYTES] {
    let mut check = [0; CHECK_BYTES];
    blake3::Hasher::new().update(bytes).finalize_xof().fill(&mut check);
    check
}

impl From<&Invite> for Wire {
    fn from(invite: &Invite) -> Self {
        let key = |peer: &PeerId| ByteBuf::from(peer.public_key().as_slice());
        let relay = |relay: &InvitedRelay| WireRelay {
            i: key(&relay.peer),
            a: relay.addresses.iter().take(MAX_RELAY_ADDRESSES).map(to_bytes).collect(),
            t: relay.token.as_ref().map(|token| token.as_str().to_owned()),
        };
        let person = invite.person.as_ref();
        let addresses = person.map(|person| person.addresses.as_slice()).unwrap_or_default();
        Self {
            v: VERSION,
            i: person.map(|person| key(&person.peer)),
            n: person.map(|person| person.nickname.as_str().to_owned()),
            a: addresses.iter().take(MAX_INVITE_ADDRESSES).map(to_bytes).collect(),
            r: invite.relays.iter().take(MAX_INVITE_RELAYS).map(relay).collect(),
        }
    }
}

/// What an invite says. `None`: it breaks a rule.
fn read(wire: Wire) -> Option<Invite> {
    let person = match (&wire.i, &wire.n) {
        (Some(key), Some(nickname)) => Some(Invited {
            peer: peer(key)?,
            nickname: Nickname::new(nickname).ok()?,
            addresses: addresses(&wire.a, MAX_INVITE_ADDRESSES)?,
        }),
        (None, None) => None,
        _ => return None,
    };
    let relays: Vec<InvitedRelay> = wire.r.into_iter().map(read_relay).collect::<Option<_>>()?;
    let leads_somewhere = person.is_some() || !relays.is_empty();
    (leads_somewhere && relays.len() <= MAX_INVITE_RELAYS).then_some(Invite { person, relays })
}

fn read_relay(wire: WireRelay) -> Option<InvitedRelay> {
    let addresses = addresses(&wire.a, MAX_RELAY_ADDRESSES).filter(|addresses| !addresses.is_empty())?;
    let token = wire.t.map(|text| text.parse()).transpose().ok()?;
    Some(InvitedRelay { peer: peer(&wire.i)?, addresses, token })
}

fn peer(key: &ByteBuf) -> Option<PeerId> {
    key.as_slice().try_into().ok().map(PeerId::from_public_key)
}

fn to_bytes(address: &SocketAddr) -> ByteBuf {
    let mut bytes = match address.ip() {
        IpAddr::V4(ip) => ip.octets().to_vec(),
        IpAddr::V6(ip) => ip.octets().to_vec(),
    };
    bytes.extend(address.port().to_be_bytes());
    ByteBuf::from(bytes)
}

fn addresses(wire: &[ByteBuf], most: usize) -> Option<Vec<SocketAddr>> {
    let read: Option<Vec<SocketAddr>> = wire.iter().map(|bytes| from_bytes(bytes)).collect();
    read.filter(|addresses| addresses.len() <= most)
}

fn from_bytes(bytes: &[u8]) -> Option<SocketAddr> {
    let (ip, port) = bytes.split_last_chunk::<2>()?;
    let ip = match ip.len() {
        4 => IpAddr::from(Ipv4Addr::from(<[u8; 4]>::try_from(ip).ok()?)),
        _ => IpAddr::from(Ipv6Addr::from(<[u8; 16]>::try_from(ip).ok()?)),
    };
    let port = u16::from_be_bytes(*port);
    (port != 0).then(|| SocketAddr::new(ip, port))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn id(key: u8) -> PeerId {
        PeerId::from_public_key([key; 32])
    }

    fn luis() -> Invited {
        let addresses = vec!["192.168.1.21:48237".parse().unwrap(), "[fd00::21]:48237".parse().unwrap()];
        Invited { peer: id(1), nickname: Nickname::new("luis").unwrap(), addresses }
    }

    fn relay(token: Option<&str>) -> InvitedRelay {
        let token = token.map(|text| text.parse().unwrap());
        InvitedRelay { peer: id(2), addresses: vec!["10.0.0.1:48237".parse().unwrap()], token }
    }

    #[test]
    fn what_is_written_is_read() {
        for invite in [
            Invite { person: Some(luis()), relays: vec![relay(None), relay(Some("0123456789abcdef"))] },
            Invite { person: Some(Invited { addresses: Vec::new(), ..luis() }), relays: Vec::new() },
            Invite::of_relay(relay(Some("0123456789abcdef"))),
        ] {
            let link = invite.to_string();
            assert!(Invite::is_meant_by(&link) && link.len() <= MAX_CHARS);
            assert_eq!(link.parse(), Ok(invite));
        }
    }

    #[test]
    fn a_link_stays_what_it_is() {
        let invite = Invite { person: Some(luis()), relays: Vec::new() };
        let link = GOLDEN;
        assert_eq!(invite.to_string(), link);
        for opened in ["vecino://", "Vecino://"].map(|scheme| link.replace("vecino:", scheme)) {
            assert_eq!(opened.parse().as_ref(), Ok(&invite), "as pages have it");
            assert_eq!(format!("{opened}/").parse().as_ref(), Ok(&invite), "and browsers");
        }
        assert_eq!(format!("{link}/").parse::<Invite>(), Err(InviteError::Damaged));
        assert_eq!(format!("\n {} \n", link.replace("vecino:", "VECINO:")).parse(), Ok(invite), "as mail leaves it");
    }

    const GOLDEN: &str = "vecino:2ntmrY8gMRE7DSBT1GmYhQ3CGzpMcjkU49d6abceESLmUDczSXiXd4yPkcqWUAdiNRRrhtvJhshfTwbdvSaXS8EKeDi7Uy6GszYXhXM8HeRJkt";

    #[test]
    fn what_was_not_copied_whole_is_damaged() {
        let link = Invite { person: Some(luis()), relays: vec![relay(None)] }.to_string();
        for end in [0, 3, 7, 8, 12, link.len() / 2, link.len() - 1] {
            assert_eq!(link[..end].parse::<Invite>(), Err(InviteError::Damaged), "{end}");
        }
        let changed = link.replacen(&link[20..21], if &link[20..21] == "x" { "y" } else { "x" }, 1);
        assert_eq!(changed.parse::<Invite>(), Err(InviteError::Damaged));
        assert_eq!(format!("vecino:{}", "1".repeat(1_000_000)).parse::<Invite>(), Err(InviteError::Damaged));
        for text in ["", "vecino", "192.168.1.21:48237", "veciño:abc"] {
            assert!(!Invite::is_meant_by(text), "{text}");
        }
    }

    fn link(wire: &impl Serialize) -> String {
        let mut bytes = cbor4ii::serde::to_vec(Vec::new(), wire).unwrap();
        let check = check(&bytes);
        bytes.extend(check);
        format!("vecino:{}", bs58::encode(bytes).into_string())
    }

    #[test]
    fn a_newer_one_says_so() {
        #[derive(Serialize)]
        struct Newer {
            v: u64,
            i: &'static str,
        }
        assert_eq!(link(&Newer { v: 2, i: "something else" }).parse::<Invite>(), Err(InviteError::Newer));
        assert_eq!(link(&Newer { v: 1, i: "something else" }).parse::<Invite>(), Err(InviteError::Damaged));
    }

    type Breach = fn(&mut Wire);

    #[test]
    fn what_breaks_a_rule_is_refused() {
        let sound = || Wire::from(&Invite { person: Some(luis()), relays: vec![relay(Some("abc"))] });
        let breaches: [(&str, Breach); 10] = [
            ("nobody", |wire| (wire.i, wire.n) = (None, None)),
            ("no name", |wire| wire.n = None),
            ("a name that is none", |wire| wire.n = Some("a\nb".to_owned())),
            ("half a key", |wire| wire.i = Some(ByteBuf::from([1; 16]))),
            ("too many addresses", |wire| wire.a = vec![ByteBuf::from([1; 6]); 7]),
            ("no port", |wire| wire.a = vec![ByteBuf::from([1, 1, 1, 1, 0, 0])]),
            ("an odd address", |wire| wire.a = vec![ByteBuf::from([1; 7])]),
            ("a relay nowhere", |wire| wire.r[0].a.clear()),
            ("a token with a space", |wire| wire.r[0].t = Some("a b".to_owned())),
            ("too many relays", |wire| {
                wire.r = (0..4).map(|_| Wire::from(&Invite::of_relay(relay(None))).r.remove(0)).collect();
            }),
        ];
        assert!(link(&sound()).parse::<Invite>().is_ok());
        for (what, breach) in breaches {
            let mut wire = sound();
            breach(&mut wire);
            if what == "nobody" {
                wire.r.clear();
            }
            assert_eq!(link(&wire).parse::<Invite>(), Err(InviteError::Damaged), "{what}");
        }
    }

    #[test]
    fn the_longest_can_be_read() {
        let many = |count| vec!["[fd00::1]:65535".parse().unwrap(); count];
        let token = "x".repeat(crate::model::MAX_TOKEN_CHARS);
        let relay = InvitedRelay { addresses: many(100), ..relay(Some(&token)) };
        let nickname = Nickname::nearest(&"e\u{301}\u{302}\u{303}".repeat(100)).unwrap();
        let person = Invited { addresses: many(100), nickname, ..luis() };
        let invite: Invite = Invite { person: Some(person), relays: vec![relay; 9] }.to_string().parse().unwrap();
        assert_eq!(invite.relays.len(), MAX_INVITE_RELAYS);
        assert_eq!(invite.relays[0].addresses.len(), MAX_RELAY_ADDRESSES);
        assert_eq!(invite.person.unwrap().addresses.len(), MAX_INVITE_ADDRESSES);
    }

    #[test]
    fn a_token_does_not_show_in_logs() {
        let shown = format!("{:?}", Invite::of_relay(relay(Some("0123456789abcdef"))));
        assert!(!shown.contains("0123456789abcdef"), "{shown}");
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,200}", bytes in prop::collection::vec(any::<u8>(), 0..100)) {
            let _ = format!("vecino:{text}").parse::<Invite>();
            let _ = Invite::is_meant_by(&text);
            let mut sealed = bytes;
            let check = check(&sealed);
            sealed.extend(check);
            let _ = format!("vecino:{}", bs58::encode(sealed).into_string()).parse::<Invite>();
        }
    }
}
