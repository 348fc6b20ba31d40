//! A relay in a task of its own, and peers that speak to it by hand.

mod peer;
mod roster;
#[path = "../../tests/support/streams.rs"]
mod streams;

use std::sync::Arc;
use std::time::Duration;

use libp2p::Multiaddr;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use super::config::Access;
use super::limits::Limits;
use super::metrics::Metrics;
use super::server::{Event, Server, Setup};
use crate::model::{Nickname, PeerId};
pub use peer::Peer;
pub use roster::denial;

/// How long anything may take that is waited for.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// Time between two looks at something that nobody tells.
const LOOK_AGAIN: Duration = Duration::from_millis(5);

type Order = Box<dyn FnOnce(&mut Server) + Send>;

/// A relay on loopback. Dropped, it says goodbye and stops.
pub struct Relay {
    pub id: PeerId,
    /// Its id included.
    pub address: Multiaddr,
    pub metrics: Metrics,
    orders: mpsc::UnboundedSender<Order>,
    events: mpsc::UnboundedReceiver<Event>,
    task: JoinHandle<()>,
}

impl Relay {
    pub async fn start(limits: Limits) -> Self {
        Self::with(limits, Access::Local).await
    }

    /// A relay that announces itself, on loopback alone.
    pub async fn announced() -> Self {
        Self::set_up(Limits::default(), Access::Local, true).await
    }

    pub async fn with(limits: Limits, access: Access) -> Self {
        Self::set_up(limits, access, false).await
    }

    async fn set_up(limits: Limits, access: Access, mdns: bool) -> Self {
        let nickname = Nickname::new("the relay").unwrap();
        let secret = secret();
        let listen = ["/ip4/127.0.0.1/tcp/0".parse().unwrap()];
        let metrics = Metrics::new();
        let setup = Setup {
            secret: &secret,
            nickname: &nickname,
            listen: &listen,
            port: 0,
            mdns,
            access,
            limits: Arc::new(limits),
            metrics: metrics.clone(),
        };
        let mut server = Server::start(&setup).unwrap();
        let id = server.id();
        assert_eq!(timeout(PATIENCE, server.next()).await.unwrap(), Event::Listening);
        let address = server.addresses().first().unwrap().parse().unwrap();
        let (orders, ordered) = mpsc::unbounded_channel();
        let (happened, events) = mpsc::unbounded_channel();
        let task = tokio::spawn(run(server, ordered, happened));
        Self { id, address, metrics, orders, events, task }
    }

    /// Ends it without a word.
    pub fn kill(self) {
        self.task.abort();
    }

    /// Does something with the server.
    pub async fn ask<T: Send + 'static>(&self, what: impl FnOnce(&mut Server) -> T + Send + 'static) -> T {
        let (answer, answered) = oneshot::channel();
        let order = move |server: &mut Server| {
            let _ = answer.send(what(server));
        };
        assert!(self.orders.send(Box::new(order)).is_ok());
        answered.await.unwrap()
    }

    /// Members with a reservation, and circuits: those included that are being opened.
    pub async fn counts(&self) -> (i64, i64) {
        // Whatever came before the question is counted by the time of its answer.
        self.ask(|_| ()).await;
        (self.metrics.reservations.get(), self.metrics.circuits.get())
    }

    /// Waits until no more connections than so many are left.
    pub async fn connections_fall_to(&self, most: i64) {
        let fall = async {
            while self.metrics.connections.get() > most {
                sleep(LOOK_AGAIN).await;
            }
        };
        timeout(PATIENCE, fall).await.expect("connections stay");
    }

    /// Waits for an event that `wanted` makes something of.
    pub async fn until<T>(&mut self, wanted: impl Fn(Event) -> Option<T>) -> T {
        let found = async {
            loop {
                if let Some(found) = wanted(self.events.recv().await.unwrap()) {
                    return found;
                }
            }
        };
        timeout(PATIENCE, found).await.expect("it didn't happen")
    }
}

/// A key's seed that nobody else has.
pub fn secret() -> [u8; 32] {
    let mut secret = [0; 32];
    getrandom::fill(&mut secret).unwrap();
    secret
}

async fn run(mut server: Server, mut orders: mpsc::UnboundedReceiver<Order>, events: mpsc::UnboundedSender<Event>) {
    loop {
        tokio::select! {
            event = server.next() => drop(events.send(event)),
            order = orders.recv() => match order {
                Some(order) => order(&mut server),
                None => return server.stop().await,
            },
        }
    }
}
