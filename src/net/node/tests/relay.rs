//! A relay to test members with: libp2p's own circuits, and a list of members that may lie.

use std::collections::HashMap;
use std::time::Duration;

use futures::StreamExt;
use libp2p::request_response::{self, Event as Exchange, Message, ProtocolSupport};
use libp2p::swarm::behaviour::toggle::Toggle;
use libp2p::swarm::{NetworkBehaviour, SwarmEvent};
use libp2p::{Multiaddr, StreamProtocol, Swarm, SwarmBuilder, ping, relay};
use tokio::task::JoinHandle;

use super::introduction;
use crate::model::{PeerId, Presence};
use crate::net::address::{self, Target};
use crate::net::behaviour::{self, HelloBehaviour};
use crate::net::codec::CborCodec;
use crate::net::roster_codec::{self, RosterCodec, Said};
use crate::net::security::Security;
use crate::net::transport::transport;
use crate::net::{card, peer_id};
use crate::protocol::roster::{Arrival, Table};
use crate::protocol::wire;
use crate::protocol::wire::hello::{self, Hello, HelloAnswer, Introduction};
use crate::protocol::wire::roster::{
    self, Announce, Ask, Card, Denial, Denied, Heard, MAX_RELAY_BYTES, Reply, RosterAnswer, RosterRequest, SignedCard,
    WireListing, WirePage,
};

/// The list of a relay's members.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum List {
    /// It keeps none.
    None,
    Honest,
    /// With somebody on it who isn't there: [`ghost`].
    Haunted,
    /// With cards that nobody signed.
    Forged,
    /// Told again and again.
    Endless,
    /// For others.
    Closed,
}

/// Somebody who isn't there.
pub(super) fn ghost() -> PeerId {
    peer_id(&GHOST).unwrap()
}

const GHOST: [u8; 32] = [66; 32];

#[derive(NetworkBehaviour)]
struct Behaviour {
    relay: relay::Behaviour,
    ping: ping::Behaviour,
    hello: HelloBehaviour,
    roster: Toggle<request_response::Behaviour<RosterCodec<roster_codec::Relay>>>,
}

/// A relay on a task. It ends with this.
pub(super) struct Relay {
    secret: [u8; 32],
    list: List,
    pub(super) at: Multiaddr,
    task: JoinHandle<()>,
}

impl Relay {
    pub(super) async fn start(list: List) -> Self {
        Self::with_key(100, list).await
    }

    /// One beside another.
    pub(super) async fn with_key(key: u8, list: List) -> Self {
        Self::start_at([key; 32], list, "/ip4/127.0.0.1/tcp/0".parse().unwrap()).await
    }

    async fn start_at(secret: [u8; 32], list: List, at: Multiaddr) -> Self {
        let mut swarm = swarm(&secret, list);
        swarm.listen_on(at).unwrap();
        let at = loop {
            if let SwarmEvent::NewListenAddr { address, .. } = swarm.select_next_some().await {
                swarm.add_external_address(address.clone());
                break address;
            }
        };
        let server = Server { swarm, list, table: table(&secret, list), told: HashMap::new() };
        Self { secret, list, at, task: tokio::spawn(server.run()) }
    }

    pub(super) async fn again(self) -> Self {
        let (secret, list) = (self.secret, self.list);
        let at = self.stop().await;
        Self::start_at(secret, list, at).await
    }

    /// Ends it without a word. Where it was.
    pub(super) async fn stop(mut self) -> Multiaddr {
        self.task.abort();
        assert!((&mut self.task).await.unwrap_err().is_cancelled());
        self.at.clone()
    }

    pub(super) fn id(&self) -> PeerId {
        peer_id(&self.secret).unwrap()
    }

    pub(super) async fn target(&self) -> Target {
        Target::resolve(&self.at.to_string()).await.unwrap()
    }

    pub(super) async fn way_to(&self, peer: PeerId) -> Target {
        Target::resolve(&format!("{}/p2p/{}/p2p-circuit/p2p/{peer}", self.at, self.id())).await.unwrap()
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn swarm(secret: &[u8; 32], list: List) -> Swarm<Behaviour> {
    let keypair = behaviour::keypair(secret).unwrap();
    let security = Security::new(&keypair).unwrap();
    let config = relay::Config { max_circuit_bytes: 0, ..relay::Config::default() };
    let codec = CborCodec::new(hello::MAX_HELLO_BYTES, hello::MAX_HELLO_ANSWER_BYTES);
    let protocols = [(StreamProtocol::new(hello::PROTOCOL), ProtocolSupport::Full)];
    let roster = (list != List::None).then(|| {
        let protocols = [(StreamProtocol::new(roster::PROTOCOL), ProtocolSupport::Full)];
        request_response::Behaviour::with_codec(RosterCodec::default(), protocols, request_response::Config::default())
    });
    SwarmBuilder::with_existing_identity(keypair)
        .with_tokio()
        .with_other_transport(|_| transport(security))
        .unwrap()
        .with_behaviour(|keypair| Behaviour {
            relay: relay::Behaviour::new(keypair.public().to_peer_id(), config),
            ping: ping::Behaviour::default(),
            hello: request_response::Behaviour::with_codec(codec, protocols, request_response::Config::default()),
            roster: roster.into(),
        })
        .unwrap()
        .with_swarm_config(|config| config.with_idle_connection_timeout(Duration::from_secs(3600)))
        .build()
}

fn table(secret: &[u8; 32], list: List) -> Table {
    let mut table = Table::new(7);
    if list == List::Haunted {
        let card = ghosts_card(peer_id(secret).unwrap());
        table.announced(Arrival { peer: ghost(), session: 0, card, seen: None, reachable: true }, Duration::ZERO);
    }
    table
}

fn ghosts_card(relay: PeerId) -> SignedCard {
    let nickname = introduction("ghost").nickname;
    let card = Card { nickname, presence: Presence::Online, port: None, seq: 1, relay };
    card::sign(&behaviour::keypair(&GHOST).unwrap(), &card).unwrap()
}

struct Server {
    swarm: Swarm<Behaviour>,
    list: List,
    table: Table,
    /// The version that each member has that has asked.
    told: HashMap<libp2p::PeerId, u64>,
}

impl Server {
    async fn run(mut self) {
        let me = Introduction { relay: true, ..introduction("relay") };
        loop {
            match self.swarm.select_next_some().await {
                SwarmEvent::ConnectionEstablished { peer_id, .. } => {
                    self.swarm.behaviour_mut().hello.send_request(&peer_id, Ok(Hello::from(&me)));
                }
                SwarmEvent::ConnectionClosed { peer_id, num_established: 0, .. } => {
                    self.told.remove(&peer_id);
                    self.table.remove(&address::from_libp2p(&peer_id).unwrap());
                    self.tell();
                }
                SwarmEvent::Behaviour(BehaviourEvent::Hello(Exchange::Message {
                    message: Message::Request { channel, .. },
                    ..
                })) => {
                    self.swarm.behaviour_mut().hello.send_response(channel, Ok(HelloAnswer { c: 0 })).unwrap();
                }
                SwarmEvent::Behaviour(BehaviourEvent::Roster(event)) => self.roster_event(event),
                _ => {}
            }
        }
    }

    fn roster_event(&mut self, event: Exchange<Said<Ask>, Said<Heard>>) {
        let (peer, request, channel) = match event {
            Exchange::Message { peer, message: Message::Request { request, channel, .. }, .. } => {
                (peer, request, channel)
            }
            Exchange::Message { peer, message: Message::Response { .. }, .. } if self.list == List::Endless => {
                return self.tell_again(peer);
            }
            _ => return,
        };
        let Said::Incoming(Ok(ask)) = request else { panic!("not a question") };
        let answer = match ask {
            Ask::Announce(announce) => RosterAnswer::from(self.announced(&peer, announce)),
            Ask::Since(since) => {
                let page = self.lie(self.table.page(since));
                self.told.insert(peer, page.v);
                RosterAnswer::page(page)
            }
        };
        let bytes = wire::encode(&answer, MAX_RELAY_BYTES).unwrap();
        let answered = self.roster().send_response(channel, Said::Outgoing(bytes.into()));
        assert!(answered.is_ok());
        self.tell();
    }

    fn announced(&mut self, peer: &libp2p::PeerId, announce: Announce) -> Reply<WirePage> {
        if self.list == List::Closed {
            let words = "members\nonly".to_owned();
            return Reply::Denied(Denied { cause: Denial::NotAllowed, words, wait: Duration::ZERO });
        }
        let peer = address::from_libp2p(peer).unwrap();
        let card = announce.card;
        let said = card.open(&peer, card::is_signed).unwrap();
        assert_eq!(said.relay, address::from_libp2p(self.swarm.local_peer_id()).unwrap());
        let seen = Some([127, 0, 0, 1].into());
        self.table.announced(Arrival { peer, session: 1, card, seen, reachable: true }, Duration::ZERO);
        Reply::Taken
    }

    /// Tells all who have asked what has changed since.
    fn tell(&mut self) {
        let behind = self.told.iter().filter(|(_, version)| **version < self.table.version());
        let behind: Vec<_> = behind.map(|(peer, version)| (*peer, *version)).collect();
        for (peer, version) in behind {
            let page = self.lie(self.table.page(self.table.since(version)));
            self.told.insert(peer, page.v);
            self.push(&peer, version, page);
        }
    }

    /// Tells somebody what they know.
    fn tell_again(&mut self, peer: libp2p::PeerId) {
        let version = self.table.version();
        self.push(&peer, version, self.table.page(self.table.since(version)));
    }

    fn push(&mut self, peer: &libp2p::PeerId, from: u64, page: WirePage) {
        let bytes = wire::encode(&RosterRequest::changes(from, page), MAX_RELAY_BYTES).unwrap();
        self.roster().send_request(peer, Said::Outgoing(bytes.into()));
    }

    fn lie(&self, mut page: WirePage) -> WirePage {
        if self.list == List::Forged {
            let card = ghosts_card(address::from_libp2p(self.swarm.local_peer_id()).unwrap());
            for n in 0..100 {
                page.e.push(WireListing::new(&PeerId::from_public_key([n; 32]), &card, None));
            }
        }
        page
    }

    fn roster(&mut self) -> &mut request_response::Behaviour<RosterCodec<roster_codec::Relay>> {
        self.swarm.behaviour_mut().roster.as_mut().unwrap()
    }
}
