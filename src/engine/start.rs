//! Starting a node.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::Instant;

use super::core::{Core, Parts};
use super::handle::COMMANDS;
use super::profile::{Profile, suggested_nickname};
use super::teller::Teller;
use super::{Error, Handle, relays};
use crate::model::{AcceptOffers, Nickname};
use crate::net::{self, Config, Node};
use crate::store::{HISTORY_FILE, ProfileLock, Store, identity};

/// How long the first listening address may take before the node is handed over without one.
const FIRST_ADDRESS: Duration = Duration::from_secs(2);

/// How long another one may take after that.
const NEXT_ADDRESS: Duration = Duration::from_millis(30);

/// What a start may override of the settings.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Another nickname; kept.
    pub nickname: Option<Nickname>,
    /// Multiaddrs to listen on instead of every address at the set port.
    pub listen: Vec<String>,
    /// Relays to use in this run, by address or invite.
    pub relays: Vec<String>,
    /// What to do with offers, for this run.
    pub accept: Option<AcceptOffers>,
    /// Where received files go, for this run.
    pub download_dir: Option<PathBuf>,
    /// No multicast DNS, for this run.
    pub no_mdns: bool,
    /// Listen nowhere and connect to nobody but relays, for this run.
    pub only_relayed: bool,
    /// Stay off the network, for this run: nobody is here, and nobody sees this node.
    pub offline: bool,
}

/// Starts a node on `profile`, on the current tokio runtime. It runs until [`Handle::shutdown`].
pub async fn start(profile: &Profile, options: Options) -> Result<Handle, Error> {
    let lock = ProfileLock::acquire(profile.dir())?;
    let settings = settings(profile, &options)?;
    let secret = identity::load_or_create(profile.dir())?;
    let me = net::peer_id(&secret)?;
    relays::check(&options.relays)?;
    let store = open(profile).await?;
    let config = Config {
        secret: &secret,
        listen: &options.listen,
        port: settings.port,
        interfaces: &settings.interfaces,
        mdns: settings.mdns && !options.no_mdns,
        only_relayed: options.only_relayed || options.offline,
    };
    let mut node = Node::start(&config)?;
    let early = first_addresses(&mut node).await;
    let teller = Teller::new();
    let (commands, asked) = mpsc::channel(COMMANDS);
    let first = Arc::new(Mutex::new(Some(teller.subscribe())));
    let handle = Handle { commands, events: teller.sender(), first };
    let parts = Parts { me, profile: profile.clone(), lock, settings, options, node, store, teller, asked };
    let core = Core::load(parts).await?;
    tokio::spawn(core.run(early));
    Ok(handle)
}

/// Waits for the addresses at which the node listens, which come one by one: whoever has the handle may ask for them at
/// once. Returns what else happened meanwhile.
async fn first_addresses(node: &mut Node) -> Vec<net::Event> {
    let mut early = Vec::new();
    let mut end = Instant::now() + FIRST_ADDRESS;
    let latest = end;
    while let Ok(event) = tokio::time::timeout_at(end, node.next()).await {
        match event {
            net::Event::Listening => end = latest.min(Instant::now() + NEXT_ADDRESS),
            other => early.push(other),
        }
    }
    early
}

/// The settings in force. A nickname that is given, or chosen for want of one, is kept.
fn settings(profile: &Profile, options: &Options) -> Result<crate::model::Settings, Error> {
    let loaded = profile.settings()?;
    let mut settings = loaded.clone();
    let nickname = options.nickname.clone().or(settings.nickname.clone()).unwrap_or_else(suggested_nickname);
    if settings.nickname.as_ref() != Some(&nickname) {
        settings.nickname = Some(nickname);
        profile.save_settings(&loaded, &settings)?;
    }
    Ok(settings)
}

/// Opening may take seconds where a large history has to be checked: not on a task's thread.
async fn open(profile: &Profile) -> Result<Store, Error> {
    let path = profile.dir().join(HISTORY_FILE);
    let opened = tokio::task::spawn_blocking(move || Store::open(&path)).await;
    Ok(opened.map_err(|_| Error::Stopped)??)
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, TcpListener};

    use super::*;
    use crate::engine::{Batch, Event};
    use crate::model::{Multicast, Network, Settings};

    #[tokio::test]
    async fn another_port_is_in_force_as_soon_as_it_is_set() {
        let dir = tempfile::tempdir().unwrap();
        let profile = Profile::at(dir.path());
        let settings = Settings { port: 0, mdns: false, ..Settings::default() };
        profile.save_settings(&Settings::default(), &settings).unwrap();
        let handle = start(&profile, Options::default()).await.unwrap();
        let mut events = handle.subscribe().unwrap();

        let port = TcpListener::bind((Ipv4Addr::UNSPECIFIED, 0)).unwrap().local_addr().unwrap().port();
        let settings = Settings { port, ..handle.settings().await.unwrap() };
        handle.change_settings(settings).await.unwrap();
        let is_there = |addresses: &[String]| {
            !addresses.is_empty() && addresses.iter().all(|address| address.contains(&format!("/tcp/{port}/")))
        };
        let told = async {
            loop {
                let Some(Batch::Events(batch)) = events.next().await else { panic!("nothing is told any more") };
                if batch.iter().any(|event| matches!(event, Event::Me(me) if is_there(&me.addresses))) {
                    return;
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(20), told).await.unwrap();
        handle.shutdown().await.unwrap();
    }

    #[tokio::test]
    async fn what_is_known_of_the_network_is_there_at_once_and_told_when_it_changes() {
        let dir = tempfile::tempdir().unwrap();
        let profile = Profile::at(dir.path());
        let all = net::interfaces::list();
        let loopback = all.iter().find(|interface| interface.addresses.iter().any(|ip| ip == "127.0.0.1")).unwrap();
        let settings = Settings { port: 0, interfaces: vec![loopback.name.clone()], ..Settings::default() };
        profile.save_settings(&Settings::default(), &settings).unwrap();
        let handle = start(&profile, Options::default()).await.unwrap();
        let mut events = handle.subscribe().unwrap();
        let known = handle.me().await.unwrap().network;
        assert_eq!(known, Network { multicast: Multicast::Silent, since: known.since, ..Network::default() });
        assert!(known.since.is_some());

        handle.change_settings(Settings { mdns: false, ..handle.settings().await.unwrap() }).await.unwrap();
        let off = Network { multicast: Multicast::Off, ..known };
        let told = async {
            loop {
                let Some(Batch::Events(batch)) = events.next().await else { panic!("nothing is told any more") };
                if batch.iter().any(|event| matches!(event, Event::Me(me) if me.network == off)) {
                    return;
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(20), told).await.unwrap();
        handle.shutdown().await.unwrap();
    }
}
