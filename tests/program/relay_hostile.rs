//! A relay under attack from one address: its members notice nothing, and it holds no more than it may.

use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

use libp2p::identity::Keypair;
use libp2p::relay::HOP_PROTOCOL_NAME;
use libp2p::{Multiaddr, StreamProtocol};
use tempfile::TempDir;
use tokio::net::TcpSocket;
use tokio::runtime::Runtime;
use vecino::model::{Nickname, Presence};
use vecino::net::address::{self, Target};
use vecino::net::{Config, Event, Node};
use vecino::protocol::wire::hello::{self, Hello, Introduction};
use vecino::protocol::wire::{encode, roster};

use crate::support::profile::Profile;
use crate::support::relay::Relay;
use crate::support::stranger::{announcement, talk_nonsense};

/// Where the attacker is seen. Everybody else is at 127.0.0.1.
const ATTACKER: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 66);

const ATTEMPTS: usize = 10_000;

/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long a newcomer may have to wait meanwhile.
const FOUND: Duration = Duration::from_secs(5);

/// Bytes that an attack may add to the relay's memory: buffers of what is let in, and what the allocator keeps.
const MAX_GROWTH: u64 = 64 * 1024 * 1024;

/// A relay with these settings.
fn relay(settings: &[&str]) -> (Relay, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let profile = Profile::new("library", folder.path().join("library"));
    let mut args = vec!["--listen", "/ip4/127.0.0.1/tcp/0", "--no-mdns"];
    args.extend(settings.iter().flat_map(|setting| ["--set", setting]));
    (profile.relay(&args), folder)
}

/// A connection that comes from the attacker's address.
async fn attack(to: SocketAddr) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind((ATTACKER, 0).into()).unwrap();
    let stream = socket.connect(to).await.unwrap().into_std().unwrap();
    stream.set_nonblocking(false).unwrap();
    stream
}

fn refusals(relay: &Relay, cause: &str) -> u64 {
    relay.metric(&format!("refusals_total{{cause=\"{cause}\"}}")) as u64
}

/// Somebody who finds the relay: it still takes people in.
fn is_found(runtime: &Runtime, relay: &Relay) {
    let mut secret = [0; 32];
    fastrand::fill(&mut secret);
    let find = async {
        let listen = ["/ip4/127.0.0.1/tcp/0".to_owned()];
        let mut node = Node::start(&Config {
            secret: &secret,
            listen: &listen,
            port: 0,
            interfaces: &[],
            mdns: false,
            only_relayed: false,
        })
        .unwrap();
        let name = node.reach(&Target::resolve(&relay.listen[0]).await.unwrap());
        loop {
            if let Event::Reached(of, reached) = node.next().await
                && of == name
            {
                return reached.unwrap().to_string();
            }
        }
    };
    let found = runtime.block_on(async { tokio::time::timeout(FOUND, find).await });
    assert_eq!(found.expect("the relay doesn't answer in time"), relay.id);
}

#[test]
fn ten_thousand_attempts_of_one_address_keep_nobody_else_out() {
    let runtime = Runtime::new().unwrap();
    let (relay, _folder) = relay(&[]);
    is_found(&runtime, &relay);
    let before = relay.resident();
    let to = address::socket_of(&relay.listen[0]).unwrap();
    let mut half = Vec::new();
    for n in 0..ATTEMPTS {
        let mut stream = runtime.block_on(attack(to));
        if n % 50 == 0 {
            // The beginning of a handshake, which never goes on.
            let _ = stream.write_all(b"\x13/multistream/1.0.0\n\x0b/tls/");
            half.push(stream);
        }
        if n % 2_500 == 0 {
            is_found(&runtime, &relay);
        }
    }
    is_found(&runtime, &relay);
    assert!(refusals(&relay, "flood") as usize > ATTEMPTS / 2, "{}", refusals(&relay, "flood"));
    let growth = relay.resident().saturating_sub(before);
    assert!(growth < MAX_GROWTH, "{growth} bytes more");
    // What never goes on is ended.
    for mut stream in half {
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let end = stream.read_to_end(&mut Vec::new());
        assert!(end.is_ok() || end.is_err_and(|error| error.kind() == ErrorKind::ConnectionReset));
    }
    assert!(relay.get("/health").starts_with("HTTP/1.1 200 "));
    relay.process.terminate();
}

#[test]
fn random_and_truncated_frames_on_each_protocol_of_a_relay_hurt_nobody() {
    let runtime = Runtime::new().unwrap();
    let (relay, _folder) = relay(&["connect_rate=100000"]);
    let to: Multiaddr = relay.listen[0].parse().unwrap();
    let seed = fastrand::u64(..);
    println!("seed {seed}");
    let mut rng = fastrand::Rng::with_seed(seed);
    let hello = Hello::from(&Introduction::new(Nickname::new("mallory").unwrap(), Presence::Online, Vec::new()));
    is_found(&runtime, &relay);
    let before = relay.resident();
    for (protocol, valid) in [
        (StreamProtocol::new(hello::PROTOCOL), encode(&hello, 1 << 20).unwrap()),
        // Well signed, but not by whoever sends it.
        (StreamProtocol::new(roster::PROTOCOL), announcement(&Keypair::generate_ed25519(), &relay.id.parse().unwrap())),
        // A wish for a reservation: its length, and the field that says so.
        (HOP_PROTOCOL_NAME, vec![2, 8, 0]),
    ] {
        let answered = runtime.block_on(talk_nonsense(&to, &protocol, &valid, &mut rng));
        assert!(answered > ATTEMPTS / 2, "{protocol}: only {answered} frames got an answer: were they heard at all?");
        is_found(&runtime, &relay);
        let growth = relay.resident().saturating_sub(before);
        assert!(growth < MAX_GROWTH, "{protocol}: {growth} bytes more");
    }
    assert!(refusals(&relay, "invalid") as usize > ATTEMPTS / 2);
    assert_eq!(relay.metric("members") as u64, 0);
    relay.process.terminate();
}
