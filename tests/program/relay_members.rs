//! What members notice of a relay's being run: that its list has changed, and that it stops.

use std::fs;
#[cfg(target_os = "linux")]
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
#[cfg(target_os = "linux")]
use std::sync::mpsc;
#[cfg(target_os = "linux")]
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde_json::Value;
use tempfile::TempDir;

use crate::pair::{SOON, person};
use crate::support::process::Process;
use crate::support::profile::{Profile, is_relay};
use crate::support::relay::Relay;
use crate::support::within;

/// A relay, and two people who reach each other through it alone.
struct Carried {
    relay: Relay,
    config: PathBuf,
    ana: Profile,
    ana_node: Process,
    luis_node: Process,
    _folder: TempDir,
}

impl Carried {
    /// They have met, and a circuit between them is open.
    fn with(settings: &str) -> Self {
        Self::started(settings, &[])
    }

    /// The same, with variables of the environment for the relay.
    fn started(settings: &str, variables: &[(&str, &Path)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("relay.toml");
        fs::write(&config, settings).unwrap();
        let library = Profile::new("library", folder.path().join("library"));
        let args = ["--listen", "/ip4/127.0.0.1/tcp/0", "--no-mdns", "--config", config.to_str().unwrap()];
        let relay = library.relay_in(&args, variables);
        let [ana, luis] = ["ana", "luis"].map(|nickname| person(nickname, folder.path()));
        let args = ["--only-relayed", "--relay", &relay.listen[0]];
        let (mut ana_node, mut luis_node) = (ana.node_with(&args), luis.node_with(&args));
        for node in [&mut ana_node, &mut luis_node] {
            node.wait_for("a place", within(SOON), |event| is_relay(event, "ready"));
        }
        ana_node.wait_for("luis", within(SOON), |event| event["nickname"] == "luis" && event["path"] == "relayed");
        ana.run(&["send", "luis", "hola"]).expect(0);
        Self { relay, config, ana, ana_node, luis_node, _folder: folder }
    }

    fn circuits(&self) -> u64 {
        self.relay.metric("circuits") as u64
    }

    fn stop(&mut self) {
        self.relay.process.signal(Signal::TERM);
        self.relay.process.wait_for("the end", within(SOON), |event| event["event"] == "stopping");
    }
}

#[test]
fn who_is_not_on_the_new_list_is_told_why_and_the_others_stay() {
    let mut carried = Carried::with("");
    let members = |event: &Value, state: &str| event["event"] == "member" && event["state"] == state;
    fs::write(&carried.config, format!("access = 'list'\nallow = ['{}']\n", carried.ana.id())).unwrap();
    carried.relay.process.signal(Signal::HUP);
    let gone = carried.relay.process.wait_for("luis gone", within(SOON), |event| members(event, "gone")).json;
    let refused = carried.luis_node.wait_for("the reason", within(SOON), |event| is_relay(event, "refused")).json;
    assert!(refused["error"].as_str().unwrap().contains("a list of who may use it"), "{refused}");
    carried.ana_node.wait_for("luis off the list", within(SOON), |event| {
        event["peer_id"] == gone["peer_id"] && event["path"] == "none"
    });
    let cause = carried.relay.process.wait_for("a refusal", within(SOON), |event| event["event"] == "refused").json;
    assert_eq!((&cause["peer_id"], &cause["cause"]), (&gone["peer_id"], &"not_allowed".into()));
    assert_eq!((carried.relay.metric("members") as u64, carried.circuits()), (1, 0));
    let me = carried.ana.run(&["id", "--json"]).expect(0).json();
    assert_eq!(me["relays"][0]["state"], "ready", "{me}");

    fs::write(&carried.config, "").unwrap();
    carried.relay.process.signal(Signal::HUP);
    carried.relay.process.wait_for("the reload", within(SOON), |event| event["event"] == "reloaded");
}

#[test]
fn a_relay_that_stops_waits_for_circuits_but_not_for_ever() {
    const DRAIN: Duration = Duration::from_secs(2);
    let mut carried = Carried::with("drain = 2\n");
    assert_eq!(carried.circuits(), 1);
    let start = Instant::now();
    carried.stop();
    let health = carried.relay.get("/health");
    assert!(health.starts_with("HTTP/1.1 503 ") && health.ends_with("stopping\n"), "{health}");
    // What is under way still goes through.
    carried.ana.run(&["send", "luis", "still here"]).expect(0);
    carried.relay.process.output(within(SOON)).expect(0);
    assert!(start.elapsed() >= DRAIN, "{:?}", start.elapsed());
    carried.ana_node.wait_for("the end", within(SOON), |event| is_relay(event, "connecting"));
    carried.luis_node.terminate();
}

/// What systemd is told at this socket.
#[cfg(target_os = "linux")]
fn told_at(socket: &Path) -> mpsc::Receiver<String> {
    let systemd = UnixDatagram::bind(socket).unwrap();
    let (tell, told) = mpsc::channel();
    // Taken as it comes: whoever tells would wait where the socket is full.
    thread::spawn(move || {
        let mut bytes = [0; 1_024];
        while let Ok(length) = systemd.recv(&mut bytes) {
            if tell.send(String::from_utf8_lossy(&bytes[..length]).into_owned()).is_err() {
                return;
            }
        }
    });
    told
}

#[test]
#[cfg(target_os = "linux")]
fn systemd_is_asked_for_more_time_as_long_as_circuits_last() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("notify");
    let told = told_at(&socket);
    let mut carried = Carried::started("drain = 600\n", &[("NOTIFY_SOCKET", &socket)]);
    carried.stop();
    let next = || told.recv_timeout(Duration::from_millis(SOON)).expect("systemd is told nothing");
    const MORE_TIME: &str = "EXTEND_TIMEOUT_USEC=20000000\n";
    let deadline = within(SOON);
    while next() != format!("STOPPING=1\n{MORE_TIME}") {
        assert!(Instant::now() < deadline, "systemd isn't told that it stops");
    }
    let waiting = format!("WATCHDOG=1\n{MORE_TIME}STATUS=waiting for circuits to end: 2 members, 1 circuits\n");
    for _ in 0..3 {
        assert_eq!(next(), waiting);
    }
    carried.relay.process.signal(Signal::TERM);
    carried.relay.process.output(within(SOON)).expect(0);
}

#[test]
fn a_second_wish_to_stop_is_the_last_word() {
    let mut carried = Carried::with("drain = 600\n");
    carried.stop();
    carried.relay.process.signal(Signal::TERM);
    carried.relay.process.output(within(SOON)).expect(0);
}
