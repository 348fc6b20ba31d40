//! A peer that connects as fast as it can from an address of its own, and a member that talks nonsense.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures::StreamExt;
use libp2p::identity::Keypair;
use libp2p::multiaddr::Protocol;
use libp2p::request_response;
use libp2p::swarm::SwarmEvent;
use libp2p::{Multiaddr, StreamProtocol};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpSocket;
use tokio::task::JoinSet;
use tokio::time::timeout;
use vecino::net::address;
use vecino::protocol::wire::roster;

use super::Outcome;
use super::support::stranger::{StrangerEvent, announcement, spoil, stranger};

/// Where it connects from.
const FROM: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);

/// Connections that it makes at a time.
const AT_A_TIME: usize = 64;

/// Bytes of nonsense on each.
const NONSENSE: usize = 4_096;

/// How long it waits for one to be made, and for an answer.
const HELD: Duration = Duration::from_millis(200);

/// Requests of the member that wait for an answer.
const OPEN: usize = 4;

/// So many attempts to connect, and nonsense from a member until they are over: how many attempts the relay answered or hung
/// up on, and how often it answered the member.
pub async fn flood(relay: Multiaddr, attempts: usize) -> Outcome<(usize, usize)> {
    let at = address::socket_of(&relay.to_string()).ok_or("the relay's address is none")?;
    let requests = Arc::new(AtomicUsize::new(0));
    let member = tokio::spawn(talk_nonsense(relay, Arc::clone(&requests)));
    let left = Arc::new(AtomicUsize::new(attempts));
    let mut connecting = JoinSet::new();
    for _ in 0..AT_A_TIME {
        let left = Arc::clone(&left);
        connecting.spawn(async move {
            let mut heard = 0;
            while left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok() {
                heard += usize::from(connect(at).await.is_some());
            }
            heard
        });
    }
    let mut heard = 0;
    while let Some(ended) = connecting.join_next().await {
        heard += ended?;
    }
    member.abort();
    Ok((heard, requests.load(Ordering::Relaxed)))
}

/// One attempt; `Some` if the relay answered or hung up.
async fn connect(relay: SocketAddr) -> Option<()> {
    let socket = TcpSocket::new_v4().ok()?;
    socket.bind((FROM, 0).into()).ok()?;
    let mut stream = timeout(HELD, socket.connect(relay)).await.ok()?.ok()?;
    let mut nonsense = [0; NONSENSE];
    fastrand::fill(&mut nonsense);
    // Some begin as is proper.
    if fastrand::bool() {
        let _ = stream.write_all(b"\x13/multistream/1.0.0\n\x0b/tls/1.0.0\n").await;
    }
    let _ = timeout(HELD, stream.write_all(&nonsense)).await;
    // The end or an error as well.
    timeout(HELD, stream.read(&mut nonsense)).await.ok().map(drop)
}

/// Becomes a member, and says what isn't right as fast as it's answered; when it's sent away, as another.
async fn talk_nonsense(relay: Multiaddr, requests: Arc<AtomicUsize>) {
    let mut rng = fastrand::Rng::new();
    let Some(Protocol::P2p(id)) = relay.iter().last() else { return };
    let Ok(named) = id.to_string().parse() else { return };
    loop {
        let keypair = Keypair::generate_ed25519();
        let valid = announcement(&keypair, &named);
        let mut swarm = stranger(keypair, StreamProtocol::new(roster::PROTOCOL));
        swarm.add_peer_address(id, relay.clone());
        swarm.behaviour_mut().raw.send_request(&id, valid.clone());
        let (mut open, mut failures) = (1, 0);
        while failures < OPEN {
            while open < OPEN {
                swarm.behaviour_mut().raw.send_request(&id, spoil(&valid, &mut rng));
                open += 1;
            }
            match swarm.select_next_some().await {
                SwarmEvent::Behaviour(StrangerEvent::Raw(request_response::Event::Message { .. })) => {
                    requests.fetch_add(1, Ordering::Relaxed);
                    (open, failures) = (open - 1, 0);
                }
                SwarmEvent::Behaviour(StrangerEvent::Raw(request_response::Event::OutboundFailure { .. })) => {
                    (open, failures) = (open - 1, failures + 1);
                }
                _ => {}
            }
        }
    }
}
