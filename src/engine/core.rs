//! The engine's task: its state and its loop.

use std::future::Future;
use std::time::Duration;

use futures::StreamExt;
use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::files::Files;
use super::handle::{Command, Reply};
use super::lanes::Lanes;
use super::people::People;
use super::profile::Profile;
use super::relays::Relays;
use super::seeking::Seeking;
use super::start::Options;
use super::teller::Teller;
use super::typing::Typing;
use super::{Error, Event, Warning};
use crate::model::{Me, Network, Nickname, PeerId, Presence, Reason, Settings, Timestamp};
use crate::net::{self, Node, Place};
use crate::store::{ProfileLock, Store};

/// How long peers have to take our goodbye.
const FAREWELL: Duration = Duration::from_millis(400);

/// How long the network has to close after that.
const CLOSING: Duration = Duration::from_millis(600);

/// Time before the same warning is given again.
const WARN_AGAIN: Duration = Duration::from_secs(30);

/// What is done in the task when something that ran beside it has ended.
pub(super) type Continuation = Box<dyn FnOnce(&mut Core) + Send>;

/// What the task is woken by.
enum Input {
    Net(net::Event),
    /// `None`: nobody is left who could ask.
    Asked(Option<Command>),
    Ended(Continuation),
    /// Nothing is to be done this moment.
    Nothing,
}

type Jobs = FuturesUnordered<BoxFuture<'static, Continuation>>;

/// Waits for the next of them, none before the others. Safe to drop.
async fn next_input(node: &mut Node, asked: &mut mpsc::Receiver<Command>, jobs: &mut Jobs) -> Input {
    tokio::select! {
        event = node.next() => Input::Net(event),
        command = asked.recv() => Input::Asked(command),
        Some(then) = jobs.next(), if !jobs.is_empty() => Input::Ended(then),
    }
}

/// What a node is made of.
pub(super) struct Parts {
    pub(super) me: PeerId,
    pub(super) profile: Profile,
    pub(super) lock: ProfileLock,
    pub(super) settings: Settings,
    pub(super) options: Options,
    pub(super) node: Node,
    pub(super) store: Store,
    pub(super) teller: Teller,
    pub(super) asked: mpsc::Receiver<Command>,
}

/// A node's state.
pub(super) struct Core {
    pub(super) me: PeerId,
    pub(super) presence: Presence,
    pub(super) settings: Settings,
    pub(super) options: Options,
    pub(super) node: Node,
    pub(super) store: Store,
    pub(super) teller: Teller,
    pub(super) people: People,
    pub(super) lanes: Lanes,
    pub(super) files: Files,
    pub(super) seeking: Seeking,
    pub(super) relays: Relays,
    pub(super) typing: Typing,
    pub(super) started: Instant,
    told_addresses: Vec<String>,
    /// As it was told last.
    network: Network,
    warned: Option<(Warning, Instant)>,
    pub(super) profile: Profile,
    asked: mpsc::Receiver<Command>,
    /// What runs beside the task: store jobs, timers. Each belongs to a command, a machine or a transfer, whose numbers
    /// are bounded.
    jobs: Jobs,
    stopping: Option<Reply<()>>,
    _lock: ProfileLock,
}

impl Core {
    /// A node that knows what its store knows.
    pub(super) async fn load(parts: Parts) -> Result<Self, Error> {
        let Parts { me, profile, lock, settings, options, node, store, teller, asked } = parts;
        let people = People::load(&store).await?;
        let lanes = Lanes::load(&store).await?;
        let files = Files::load(&store, profile.dir()).await?;
        let relays = Relays::load(&store).await?;
        let addresses = store.addresses().await?;
        let told_addresses = node.addresses();
        let network = known_network(&node, &Network::default());
        let mut core = Self {
            me,
            presence: Presence::Online,
            settings,
            options,
            node,
            store,
            teller,
            people,
            lanes,
            files,
            seeking: Seeking::default(),
            relays,
            typing: Typing::default(),
            started: Instant::now(),
            told_addresses,
            network,
            warned: None,
            profile,
            asked,
            jobs: FuturesUnordered::new(),
            stopping: None,
            _lock: lock,
        };
        core.node.present(&core.nickname(), core.presence);
        core.node.find_relays(core.settings.relays_found);
        core.use_relays();
        if !core.options.offline {
            core.seek_all(addresses);
        }
        core.files_begin();
        Ok(core)
    }

    /// Runs until it's asked to stop, or until nobody is left to ask.
    pub(super) async fn run(mut self, early: Vec<net::Event>) {
        for event in early {
            self.net_event(event);
        }
        while self.stopping.is_none() {
            self.teller.flush_overdue();
            let told = self.teller.has_pending();
            let input = tokio::select! {
                biased;
                input = next_input(&mut self.node, &mut self.asked, &mut self.jobs) => input,
                () = std::future::ready(()), if told => Input::Nothing,
            };
            match input {
                Input::Net(event) => self.net_event(event),
                Input::Asked(Some(command)) => self.command(command),
                Input::Asked(None) => break,
                Input::Ended(then) => then(&mut self),
                Input::Nothing => self.teller.flush(),
            }
        }
        self.stop().await;
    }

    /// Does `work` beside the task, and then `then` in it.
    pub(super) fn beside<T: Send + 'static>(
        &mut self,
        work: impl Future<Output = T> + Send + 'static,
        then: impl FnOnce(&mut Self, T) + Send + 'static,
    ) {
        self.jobs.push(Box::pin(async move {
            let result = work.await;
            let continuation: Continuation = Box::new(move |core| then(core, result));
            continuation
        }));
    }

    /// Does `then` in the task after some time.
    pub(super) fn later(&mut self, after: Duration, then: impl FnOnce(&mut Self) + Send + 'static) {
        self.beside(tokio::time::sleep(after), |core, ()| then(core));
    }

    /// Waits for the end of something beside the task, and does what follows.
    #[cfg(test)]
    pub(super) async fn next_job(&mut self) {
        if let Some(then) = self.jobs.next().await {
            then(self);
        }
    }

    /// Oneself.
    pub(super) fn myself(&self) -> Me {
        Me {
            peer_id: self.me,
            nickname: self.nickname(),
            tag: self.me.tag(),
            presence: self.presence,
            addresses: self.node.addresses(),
            relays: self.known_relays(),
            network: self.network,
        }
    }

    pub(super) fn nickname(&self) -> Nickname {
        self.settings.nickname.clone().unwrap_or_else(super::suggested_nickname)
    }

    /// Keeps other settings and puts them in force.
    pub(super) fn change_settings(&mut self, settings: Settings, reply: Reply<()>) {
        let profile = self.profile.clone();
        let (before, after) = (self.settings.clone(), settings.clone());
        let work = tokio::task::spawn_blocking(move || profile.save_settings(&before, &after));
        self.beside(work, move |core, saved| {
            let saved = saved.unwrap_or(Err(Error::Stopped));
            if saved.is_ok() {
                let renamed = core.settings.nickname != settings.nickname;
                let other_relays = core.settings.relays != settings.relays;
                core.node.find_relays(settings.relays_found);
                core.settings = settings;
                core.listen_as_set();
                if !core.settings.typing {
                    core.typing_off();
                }
                if other_relays {
                    core.use_relays();
                }
                if renamed {
                    core.introduce_to_all();
                    core.tell_myself();
                }
            }
            answer(reply, saved);
        });
    }

    /// Has the node listen and announce itself as it's set, as far as this run leaves that to the settings.
    fn listen_as_set(&mut self) {
        let Settings { port, interfaces, mdns, .. } = &self.settings;
        let place = Place { port: *port, interfaces: interfaces.clone() };
        self.node.listen(place, *mdns && !self.options.no_mdns);
    }

    /// The addresses may have changed, or what is known of the network.
    fn listening(&mut self) {
        let network = known_network(&self.node, &self.network);
        if self.told_addresses != self.node.addresses() || self.network != network {
            self.network = network;
            self.tell_myself();
        }
    }

    pub(super) fn tell_myself(&mut self) {
        let me = self.myself();
        self.told_addresses.clone_from(&me.addresses);
        self.teller.tell(Event::Me(me));
    }

    /// Something went wrong that nobody waits for.
    pub(super) fn warn(&mut self, warning: impl Into<Warning>) {
        let warning = warning.into();
        // The same again, as a full disk has it said, is said now and then.
        let now = Instant::now();
        if self.warned.as_ref().is_some_and(|(last, at)| *last == warning && now.duration_since(*at) < WARN_AGAIN) {
            return;
        }
        tracing::warn!("{warning}");
        self.warned = Some((warning.clone(), now));
        self.teller.tell(Event::Warning { text: warning });
    }

    pub(super) fn shutdown(&mut self, reply: Reply<()>) {
        self.stopping = Some(reply);
    }

    fn net_event(&mut self, event: net::Event) {
        match event {
            net::Event::Listening => self.listening(),
            net::Event::Connected(peer) => self.connected(peer),
            net::Event::Moved(peer) => self.moved_to(peer),
            net::Event::Disconnected(peer) => self.disconnected(peer),
            net::Event::Introduced(peer, introduction) => self.introduced(peer, introduction),
            net::Event::Acknowledged(peer, welcome) => self.acknowledged(peer, welcome),
            net::Event::Chat(peer, chat, reply) => self.chat(peer, chat, reply),
            net::Event::Typing(peer, typing) => self.typing_heard(peer, typing),
            net::Event::ChatAnswered(request, answer) => self.chat_answered(request, answer),
            net::Event::File(peer, transfer, ask, reply) => self.file_asked(peer, transfer, ask, reply),
            net::Event::FileAnswered(request, reply) => self.file_answered(request, reply),
            net::Event::Reached(request, result) => self.reached(request, result),
            net::Event::Listed(peer, listed) => self.listed(peer, listed),
            net::Event::Relays => self.relays_changed(),
            net::Event::Warning(error) => self.warn(error),
        }
    }

    /// Says goodbye, closes the network, finishes what is being written.
    async fn stop(mut self) {
        let farewell = async {
            let mut left = self.say_goodbye();
            while !left.is_empty() {
                match self.node.next().await {
                    net::Event::Acknowledged(peer, _) | net::Event::Disconnected(peer) => _ = left.remove(&peer),
                    _ => {}
                }
            }
        };
        let _ = tokio::time::timeout(FAREWELL, farewell).await;
        let _ = tokio::time::timeout(CLOSING, self.node.stop()).await;
        drop(self.files);
        if let Err(error) = self.store.close().await {
            tracing::warn!("{error}");
        }
        self.teller.flush();
        drop(self.teller);
        drop(self._lock);
        if let Some(reply) = self.stopping {
            answer(reply, Ok(()));
        }
    }
}

/// What the node knows of the network now.
fn known_network(node: &Node, before: &Network) -> Network {
    let (network, listens) = (node.network(), !node.addresses().is_empty());
    Network { since: listens.then(|| listening_since(before, network.up).unwrap_or_else(now)), ..network }
}

/// Since when a node listens that still does, or did `before`. `None`: since now, as it's on a network for the first time, or
/// again.
fn listening_since(before: &Network, up: bool) -> Option<Timestamp> {
    before.since.filter(|_| before.up || !up)
}

/// Answers a command. Whoever asked may have gone.
pub(super) fn answer<T>(reply: Reply<T>, result: Result<T, Error>) {
    let _ = reply.send(result);
}

/// The time by this computer's clock.
pub(super) fn now() -> Timestamp {
    Timestamp::from_millis(jiff::Timestamp::now().as_millisecond())
}

/// Random bytes from the system. Without them nothing unique can be made.
pub(super) fn random<const N: usize>() -> Result<[u8; N], Error> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)
        .map_err(|error| Error::System(Reason::NoRandomness(Box::new(error.to_string().into()))))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_listens_since_the_network_is_there() {
        let since = Some(Timestamp::from_millis(1));
        for (up_before, up, goes_on) in
            [(true, true, true), (true, false, true), (false, false, true), (false, true, false)]
        {
            let before = Network { since, up: up_before, ..Network::default() };
            assert_eq!(listening_since(&before, up), since.filter(|_| goes_on), "{up_before} {up}");
        }
        assert_eq!(listening_since(&Network::default(), true), None);
    }
}
