//! Where this node listens and announces itself, and changes of that while it runs.
//!
//! What is listened at is closed before anything is opened in its place, since the two may be one port. Who is connected
//! stays so.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};

use libp2p::Multiaddr;
use libp2p::core::transport::ListenerId;
use tokio::task::JoinHandle;

use super::{Event, NetError, Node};
use crate::net::address;
use crate::net::discovery::{Discovery, Reach};
use crate::net::interfaces::{self, Watch};
use crate::net::listen;

/// Where to listen where no addresses are given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The TCP port; 0 for any. Another is taken where it's in use.
    pub port: u16,
    /// The interfaces by name; empty: all.
    pub interfaces: Vec<String>,
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Listening {
    /// Where it's to be. `None`: at given addresses, or nowhere, whatever is set.
    place: Option<Place>,
    /// What to announce of given ones.
    given: Option<Reach>,
    mdns: bool,
    at: HashMap<ListenerId, Multiaddr>,
    /// What is being closed.
    closing: Vec<ListenerId>,
    /// Whether it's to be opened elsewhere once that is closed.
    is_moving: bool,
    /// The port that was found to be free, on chosen interfaces.
    port: Option<u16>,
    watch: Option<Watch>,
    /// Set while discovery waits for a port to announce.
    announce: Option<Reach>,
    /// The withdrawal of an announcement: a new one has to come after it.
    withdrawing: Option<JoinHandle<()>>,
}

/// Waits for what may change by itself.
pub(super) async fn next(listening: &mut Listening) {
    let Listening { watch, withdrawing, .. } = listening;
    tokio::select! {
        () = interfaces::changed(watch) => {}
        () = ended(withdrawing) => {}
    }
}

impl Listening {
    /// Whether every address of this computer is listened at.
    #[cfg(test)]
    pub(super) fn is_everywhere(&self) -> bool {
        self.at.values().filter_map(address::socket).any(|at| at.ip().is_unspecified())
    }

    /// Whether this node is to announce itself and look for others.
    pub(super) const fn is_announcing(&self) -> bool {
        self.mdns
    }

    /// Whether that begins as soon as something else is done.
    pub(super) const fn is_to_announce(&self) -> bool {
        self.announce.is_some() || self.is_moving && self.mdns
    }

    /// Waits until nothing is being withdrawn.
    pub(super) async fn ended(&mut self) {
        if self.withdrawing.is_some() {
            ended(&mut self.withdrawing).await;
        }
    }
}

async fn ended(withdrawing: &mut Option<JoinHandle<()>>) {
    match withdrawing {
        Some(withdrawal) => {
            let _ = withdrawal.await;
            *withdrawing = None;
        }
        None => std::future::pending().await,
    }
}

impl Node {
    /// Listens at addresses that were given; each has to work.
    pub(super) fn listen_given(&mut self, given: &[String], mdns: bool) -> Result<(), NetError> {
        let addresses = listen::addresses(given)?;
        listen::listen_at(&mut self.swarm, &addresses, false)?;
        self.listening.given = Some(listen::reach(&addresses));
        self.listening.mdns = mdns;
        self.listening.announce = self.announced().filter(|_| mdns);
        Ok(())
    }

    /// Listens where it's set, for the first time.
    pub(super) fn listen_first(&mut self, place: Place, mdns: bool) -> Result<(), NetError> {
        self.listening.place = Some(place);
        self.listening.mdns = mdns;
        self.open()
    }

    /// Listens and announces itself elsewhere from now on, where it was started without given addresses; announces itself or
    /// no longer. What can't be done comes as a warning.
    pub fn listen(&mut self, place: Place, mdns: bool) {
        let moves = self.listening.place.as_ref().is_some_and(|now| *now != place);
        if !moves && (self.listening.mdns == mdns || self.only_relayed) {
            return;
        }
        self.listening.mdns = mdns;
        self.listening.announce = None;
        if let Some(discovery) = self.discovery.take() {
            self.listening.withdrawing = Some(tokio::spawn(discovery.stop()));
        }
        if moves {
            self.listening.place = Some(place);
            self.close();
        } else if mdns {
            self.listening.announce = self.announced();
            self.discover();
        }
        self.events.push_back(Event::Listening);
    }

    fn close(&mut self) {
        self.listening.watch = None;
        self.listening.port = None;
        self.listening.closing.extend(self.listening.at.drain().map(|(listener, _)| listener));
        let swarm = &mut self.swarm;
        self.listening.closing.retain(|listener| swarm.remove_listener(*listener));
        self.listening.is_moving = true;
    }

    /// One of our own listeners ended, or one at a relay.
    pub(super) fn listened(&mut self, listener: ListenerId) {
        self.listening.at.remove(&listener);
        self.listening.closing.retain(|each| *each != listener);
        self.listening();
    }

    /// Whether all is closed, and has to be opened elsewhere as soon as the swarm has nothing else to do: by then it has let
    /// the ports go.
    pub(super) const fn is_to_open(&self) -> bool {
        self.listening.is_moving && self.listening.closing.is_empty()
    }

    /// Opens it.
    pub(super) fn open_elsewhere(&mut self) {
        self.listening.is_moving = false;
        if let Err(error) = self.open() {
            self.events.push_back(Event::Warning(error));
            self.events.push_back(Event::Listening);
        }
    }

    fn open(&mut self) -> Result<(), NetError> {
        let Some(place) = self.listening.place.clone() else { return Ok(()) };
        if place.interfaces.is_empty() {
            let addresses = listen::everywhere(place.port).or_else(|_| listen::everywhere(0))?;
            self.listening.at = listen::listen_at(&mut self.swarm, &addresses, true)?;
        } else {
            self.listening.watch = Watch::start();
            self.follow_interfaces();
        }
        self.listening.announce = self.announced().filter(|_| self.listening.mdns);
        Ok(())
    }

    fn announced(&self) -> Option<Reach> {
        match &self.listening.place {
            Some(place) if !place.interfaces.is_empty() => Some(Reach::On(place.interfaces.clone())),
            Some(_) => Some(Reach::Everywhere),
            None => self.listening.given.clone(),
        }
    }

    /// What was waited for has happened.
    pub(super) fn listening_changed(&mut self) {
        if self.listening.watch.is_some() {
            self.follow_interfaces();
        }
        self.discover();
    }

    /// Listens at what addresses the chosen interfaces have now, and no longer at those that they had.
    fn follow_interfaces(&mut self) {
        let Some(Place { interfaces, .. }) = &self.listening.place else { return };
        let ips = interfaces::addresses(interfaces);
        let gone: Vec<ListenerId> = self
            .listening
            .at
            .iter()
            .filter(|(_, at)| address::socket(at).is_none_or(|at| !ips.contains(&at.ip())))
            .map(|(listener, _)| *listener)
            .collect();
        for listener in gone {
            self.listening.at.remove(&listener);
            self.swarm.remove_listener(listener);
        }
        let mut refused = None;
        for ip in ips {
            let is_there = self.listening.at.values().filter_map(address::socket).any(|at| at.ip() == ip);
            if !is_there && let Err(error) = self.listen_at(ip) {
                refused = Some(error);
            }
        }
        if let Some(error) = refused.filter(|_| self.listening.at.is_empty()) {
            self.events.push_back(Event::Warning(error));
        }
    }

    /// All have one port together, as there's one in an announcement: the first takes another where it's in use.
    fn listen_at(&mut self, ip: IpAddr) -> Result<(), NetError> {
        let set = self.listening.place.as_ref().map_or(0, |place| place.port);
        let free = listen::free(SocketAddr::new(ip, self.listening.port.unwrap_or(set)));
        let is_first = self.listening.at.is_empty();
        let port = if is_first { free.or_else(|_| listen::free(SocketAddr::new(ip, 0)))? } else { free? };
        self.listening.port = Some(port);
        let address = address::multiaddr(SocketAddr::new(ip, port));
        self.listening.at.extend(listen::listen_at(&mut self.swarm, &[address], false)?);
        Ok(())
    }

    /// Announces this node and looks for others, once there's a port and no announcement is being withdrawn.
    pub(super) fn discover(&mut self) {
        if self.listening.withdrawing.is_some() {
            return;
        }
        let Some(port) = self.port() else { return };
        let Some(reach) = self.listening.announce.take() else { return };
        match Discovery::start(self.own, port, &reach) {
            Ok(discovery) => self.discovery = Some(discovery),
            Err(error) => {
                let error = NetError::Discovery(error.to_string().into());
                self.events.push_back(Event::Warning(error));
                self.events.push_back(Event::Listening);
            }
        }
    }
}
