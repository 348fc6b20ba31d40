use std::time::Duration;

use futures::StreamExt;
use libp2p::core::muxing::StreamMuxerBox;
use libp2p::core::transport::{OrTransport, Transport};
use libp2p::core::upgrade::Version;
use libp2p::multiaddr::Protocol;
use libp2p::swarm::{NetworkBehaviour, Swarm, SwarmEvent};
use libp2p::{Multiaddr, identify, noise, ping, relay};
use tokio::time::timeout;

use super::super::harness::{PATIENCE, Peer, Relay, secret};
use super::*;
use crate::net::behaviour::{self, HelloBehaviour};
use crate::net::discovery::Hint;
use crate::net::security::Security;
use crate::net::transport;
use crate::protocol::wire::hello::RELAY;

/// What any libp2p program brings along.
#[derive(NetworkBehaviour)]
struct Member {
    client: relay::client::Behaviour,
    identify: identify::Behaviour,
    ping: ping::Behaviour,
    hello: HelloBehaviour,
}

/// A member by libp2p's own relay client; what is in its circuits is secured by libp2p's own Noise.
fn member() -> Swarm<Member> {
    let keypair = behaviour::keypair(&secret()).unwrap();
    let id = keypair.public().to_peer_id();
    let (circuits, client) = relay::client::new(id);
    let circuits = circuits
        .upgrade(Version::V1Lazy)
        .authenticate(noise::Config::new(&keypair).unwrap())
        .multiplex(libp2p_yamux::Config::default())
        .map(|(peer, muxer), _| (peer, StreamMuxerBox::new(muxer)));
    let direct = transport::for_relay(Security::new(&keypair).unwrap(), 128);
    let transport = OrTransport::new(circuits, direct).map(|either, _| either.into_inner()).boxed();
    let ping = ping::Config::new().with_interval(Duration::from_millis(50));
    let behaviour = Member {
        client,
        identify: behaviour::identify(&keypair),
        ping: ping::Behaviour::new(ping),
        hello: behaviour::hello(),
    };
    let config = libp2p::swarm::Config::with_tokio_executor().with_idle_connection_timeout(PATIENCE);
    Swarm::new(transport, behaviour, id, config)
}

/// Waits for an event that `wanted` makes something of.
async fn until<T>(member: &mut Swarm<Member>, wanted: impl Fn(SwarmEvent<MemberEvent>) -> Option<T>) -> T {
    let found = async {
        loop {
            if let Some(found) = wanted(member.select_next_some().await) {
                return found;
            }
        }
    };
    timeout(PATIENCE, found).await.expect("it didn't happen")
}

/// A member that can be called, and by which address.
async fn reserved(relay: &Relay) -> (Swarm<Member>, Multiaddr) {
    let mut member = member();
    member.listen_on(relay.address.clone().with(Protocol::P2pCircuit)).unwrap();
    let address = until(&mut member, |event| match event {
        SwarmEvent::NewListenAddr { address, .. } => Some(address),
        _ => None,
    })
    .await;
    (member, address)
}

#[tokio::test]
async fn libp2ps_own_client_reserves_calls_and_is_called() {
    let relay = Relay::start(Limits::default()).await;
    let (mut luis, address) = reserved(&relay).await;
    assert!(address.to_string().starts_with(&relay.address.to_string()), "{address}");
    tokio::spawn(async move {
        loop {
            luis.select_next_some().await;
        }
    });
    let mut ana = member();
    ana.dial(address).unwrap();
    let connection = until(&mut ana, |event| match event {
        SwarmEvent::ConnectionEstablished { endpoint, connection_id, .. } if endpoint.is_relayed() => {
            Some(connection_id)
        }
        _ => None,
    })
    .await;
    // Three answers to pings, each on a stream of its own within the circuit.
    for _ in 0..3 {
        until(&mut ana, |event| match event {
            SwarmEvent::Behaviour(MemberEvent::Ping(ping::Event { connection: on, result: Ok(_), .. })) => {
                (on == connection).then_some(())
            }
            _ => None,
        })
        .await;
    }
    assert_eq!(relay.counts().await, (1, 1));
}

#[tokio::test]
async fn libp2ps_own_client_hears_that_there_is_nobody() {
    let relay = Relay::start(Limits::default()).await;
    let nobody = address::to_libp2p(&PeerId::from_public_key([9; 32])).unwrap();
    let mut ana = member();
    ana.dial(relay.address.clone().with(Protocol::P2pCircuit).with(Protocol::P2p(nobody))).unwrap();
    let error = until(&mut ana, |event| match event {
        SwarmEvent::OutgoingConnectionError { peer_id, error, .. } if peer_id == Some(nobody) => Some(error),
        _ => None,
    })
    .await;
    assert!(format!("{error:?}").contains("NoReservation"), "{error:?}");
}

#[tokio::test]
async fn a_relay_says_that_it_is_one() {
    let relay = Relay::start(Limits::default()).await;
    let mut ana = Peer::connect(&relay).await;
    let hello = timeout(PATIENCE, ana.hellos.recv()).await.unwrap().unwrap();
    assert_eq!((hello.n.as_str(), hello.p, hello.f), ("the relay", 1, RELAY));
}

#[tokio::test]
async fn a_relay_is_found() {
    let relay = Relay::announced().await;
    let reach = Reach::At(vec![[127, 0, 0, 1].into()]);
    let mut discovery = Discovery::start(PeerId::from_public_key([9; 32]), 1, &reach).unwrap();
    let found = async {
        loop {
            let Some(Hint::Here(peer, addresses)) = discovery.next().await else { continue };
            if peer == relay.id {
                return addresses;
            }
        }
    };
    let addresses = timeout(PATIENCE, found).await.unwrap();
    assert!(addresses.iter().any(|address| relay.address.to_string().starts_with(&address.to_string())));
}

#[tokio::test]
async fn a_relay_that_stops_says_goodbye() {
    let relay = Relay::start(Limits::default()).await;
    let mut ana = Peer::connect(&relay).await;
    assert!(timeout(PATIENCE, ana.hellos.recv()).await.unwrap().is_some());
    drop(relay);
    let goodbye = async {
        loop {
            if ana.hellos.recv().await.unwrap().p == 0 {
                return;
            }
        }
    };
    timeout(PATIENCE, goodbye).await.unwrap();
}

#[tokio::test]
async fn who_connects_too_often_is_turned_away_at_the_gate() {
    let limits = Limits { connect_rate: 0, ..Limits::default() };
    let mut relay = Relay::start(limits).await;
    let _ana = Peer::connect(&relay).await;
    assert!(Peer::dial(&relay, &secret()).await.is_none());
    let unwanted = Refused { peer: None, seen: Some([127, 0, 0, 1].into()), refusal: Refusal::Flood };
    relay.until(|event| (event == Event::Refused(unwanted)).then_some(())).await;
    relay.ask(|server| server.set_limits(&Arc::default())).await;
    let let_in = async { while Peer::dial(&relay, &secret()).await.is_none() {} };
    timeout(PATIENCE, let_in).await.unwrap();
}
