//! A peer whose streams to the relay are in a test's own hands.

use futures::{AsyncWriteExt, StreamExt};
use libp2p::ping;
use libp2p::relay::{HOP_PROTOCOL_NAME, STOP_PROTOCOL_NAME};
use libp2p::request_response::{Event as Exchange, Message};
use libp2p::swarm::{NetworkBehaviour, Stream, Swarm, SwarmEvent};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::roster::{self, Questions, RosterBehaviour};
use super::streams::{Opener, Streams, StreamsBehaviour};
use super::{PATIENCE, Relay, secret};
use crate::model::{Nickname, PeerId, Presence};
use crate::net::behaviour::{HelloBehaviour, hello, keypair};
use crate::net::security::Security;
use crate::net::{address, transport};
use crate::protocol::wire::hello::{Hello, HelloAnswer, Introduction};
use crate::protocol::wire::roster::Changes;
use crate::relay::circuit::by_hand::{self, Request, Status};

/// A peer with one connection to a relay.
pub struct Peer {
    pub id: PeerId,
    opens: mpsc::UnboundedSender<Opener>,
    calls: mpsc::UnboundedReceiver<Stream>,
    /// What the relay said of itself.
    pub hellos: mpsc::UnboundedReceiver<Hello>,
    pub(super) secret: [u8; 32],
    pub(super) relay: PeerId,
    pub(super) questions: mpsc::UnboundedSender<roster::Question>,
    /// What the relay told of changes of its list.
    pub changes: mpsc::UnboundedReceiver<Changes>,
    task: JoinHandle<()>,
}

impl Drop for Peer {
    /// Its connection ends with it.
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Peer {
    pub async fn connect(relay: &Relay) -> Self {
        Self::connect_as(relay, &secret()).await
    }

    /// A peer with a given key, and a connection that is its own.
    pub async fn connect_as(relay: &Relay, secret: &[u8; 32]) -> Self {
        Self::dial(relay, secret).await.expect("not let in")
    }

    /// The same, where it may not be let in.
    pub async fn dial(relay: &Relay, secret: &[u8; 32]) -> Option<Self> {
        let (opens, opening) = mpsc::unbounded_channel();
        let (calling, calls) = mpsc::unbounded_channel();
        let (greeting, hellos) = mpsc::unbounded_channel();
        let came = Box::new(move |stream| _ = calling.send(stream));
        let streams = Streams { heard: STOP_PROTOCOL_NAME, came, spoken: HOP_PROTOCOL_NAME, opening };
        let mut swarm = swarm(secret, streams);
        let id = address::from_libp2p(swarm.local_peer_id()).unwrap();
        swarm.dial(relay.address.clone()).unwrap();
        let connected = async {
            loop {
                match swarm.select_next_some().await {
                    SwarmEvent::ConnectionEstablished { .. } => return true,
                    SwarmEvent::OutgoingConnectionError { .. } => return false,
                    _ => {}
                }
            }
        };
        if !timeout(PATIENCE, connected).await.unwrap() {
            return None;
        }
        let introduction = Introduction::new(Nickname::new("ana").unwrap(), Presence::Online, Vec::new());
        let at = address::to_libp2p(&relay.id).unwrap();
        swarm.behaviour_mut().hello.send_request(&at, Ok(Hello::from(&introduction)));
        let (questions, asked) = mpsc::unbounded_channel();
        let (telling, changes) = mpsc::unbounded_channel();
        let task = tokio::spawn(run(swarm, at, greeting, Questions::new(asked, telling)));
        Some(Self { id, opens, calls, hellos, secret: *secret, relay: relay.id, questions, changes, task })
    }

    /// A stream to the relay on which nothing was said yet.
    pub async fn hop(&self) -> Stream {
        self.try_hop().await.unwrap()
    }

    /// The same, if the connection still stands.
    pub async fn try_hop(&self) -> Option<Stream> {
        let (opener, opened) = oneshot::channel();
        self.opens.send(opener).ok()?;
        timeout(PATIENCE, opened).await.unwrap().ok()
    }

    /// The code of the answer, if one comes.
    pub async fn try_ask(&self, request: Request) -> Option<i32> {
        let mut stream = self.try_hop().await?;
        stream.write_all(&by_hand::asked(request)).await.ok()?;
        by_hand::status(&mut stream).await.ok()
    }

    /// Asks something, with `more` right behind it, and gives the answer's code.
    pub async fn ask(&self, request: Request, more: &[u8]) -> (i32, Stream) {
        let mut stream = self.hop().await;
        let bytes = [&by_hand::asked(request), more].concat();
        stream.write_all(&bytes).await.unwrap();
        stream.flush().await.unwrap();
        let status = timeout(PATIENCE, by_hand::status(&mut stream)).await.unwrap().unwrap();
        (status, stream)
    }

    /// The code of the answer to the wish for a reservation.
    pub async fn reserve(&self) -> i32 {
        self.ask(Request::Reserve, &[]).await.0
    }

    /// The code of the answer to the wish for a circuit, and the circuit.
    pub async fn connect_to(&self, peer: &PeerId) -> (i32, Stream) {
        self.ask(Request::Connect(*peer), &[]).await
    }

    /// The next call, not taken yet, and who calls.
    pub async fn called(&mut self) -> (PeerId, Stream) {
        let mut stream = timeout(PATIENCE, self.calls.recv()).await.unwrap().unwrap();
        let caller = by_hand::called(&mut stream).await.unwrap();
        (caller, stream)
    }

    /// Takes the next call.
    pub async fn take_call(&mut self) -> (PeerId, Stream) {
        let (caller, mut stream) = self.called().await;
        answer_call(&mut stream, Status::Ok).await;
        (caller, stream)
    }
}

/// Answers a call.
async fn answer_call(stream: &mut Stream, status: Status) {
    stream.write_all(&by_hand::taken(status)).await.unwrap();
    stream.flush().await.unwrap();
}

#[derive(NetworkBehaviour)]
struct Behaviour {
    raw: StreamsBehaviour,
    hello: HelloBehaviour,
    ping: ping::Behaviour,
    roster: RosterBehaviour,
}

fn swarm(secret: &[u8; 32], handler: Streams) -> Swarm<Behaviour> {
    let keypair = keypair(secret).unwrap();
    let ping = ping::Behaviour::default();
    let mut handler = Some(handler);
    let raw = StreamsBehaviour(Box::new(move |_| handler.take().expect("one connection")));
    let behaviour = Behaviour { raw, hello: hello(), ping, roster: roster::behaviour() };
    let config = libp2p::swarm::Config::with_tokio_executor().with_idle_connection_timeout(PATIENCE);
    let transport = transport::for_relay(Security::new(&keypair).unwrap(), 256);
    Swarm::new(transport, behaviour, keypair.public().to_peer_id(), config)
}

async fn run(
    mut swarm: Swarm<Behaviour>,
    relay: libp2p::PeerId,
    hellos: mpsc::UnboundedSender<Hello>,
    mut questions: Questions,
) {
    loop {
        let event = tokio::select! {
            event = swarm.select_next_some() => event,
            question = questions.next() => {
                questions.ask(&mut swarm.behaviour_mut().roster, &relay, question);
                continue;
            }
        };
        match event {
            SwarmEvent::Behaviour(BehaviourEvent::Hello(Exchange::Message {
                message: Message::Request { request, channel, .. },
                ..
            })) => {
                let _ = swarm.behaviour_mut().hello.send_response(channel, Ok(HelloAnswer { c: 0 }));
                let _ = hellos.send(request.unwrap());
            }
            SwarmEvent::Behaviour(BehaviourEvent::Roster(event)) => {
                questions.happened(&mut swarm.behaviour_mut().roster, event);
            }
            _ => {}
        }
    }
}
