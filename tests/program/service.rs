//! A relay as a service manager runs it: it says when it's ready, reads its configuration again, and stops; and what is
//! wrong with a configuration is said with its place.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde_json::Value;
use tempfile::TempDir;

use crate::pair::{SOON, person};
use crate::support::process::Process;
use crate::support::profile::{Profile, is_reached};
use crate::support::relay::Relay;
use crate::support::{sandbox, within};

/// What is said on every start: nothing of this machine's is used.
const HERE: [&str; 5] = ["--listen", "/ip4/127.0.0.1/tcp/0", "--no-mdns", "--http", "127.0.0.1:0"];

/// A folder for a relay, with its configuration and systemd's end of a socket.
struct Place {
    profile: Profile,
    systemd: UnixDatagram,
    _folder: TempDir,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let systemd = UnixDatagram::bind(folder.path().join("notify")).unwrap();
        systemd.set_read_timeout(Some(Duration::from_millis(SOON))).unwrap();
        Self { profile: Profile::new("library", folder.path().join("library")), systemd, _folder: folder }
    }

    fn config(&self) -> PathBuf {
        self.profile.home.join("relay.toml")
    }

    fn configure(&self, config: &str) {
        fs::write(self.config(), config).unwrap();
    }

    /// Starts a relay as its unit does.
    fn start(&self, variables: &[(&str, &str)], more: &[&str]) -> Process {
        let (config, data) = (self.config(), self.profile.home.join("relay"));
        let mut args = vec!["relay", "--json", "--config", config.to_str().unwrap()];
        args.extend(["--data-dir", data.to_str().unwrap()]);
        args.extend(more);
        let mut command = self.profile.command(&args);
        command.env("NOTIFY_SOCKET", self.systemd.local_addr().unwrap().as_pathname().unwrap());
        command.envs(variables.iter().copied());
        Process::start("the relay", command)
    }

    /// What systemd is told next, but for that it's alive.
    fn told(&self) -> String {
        self.hears(|told| !is_alive(told))
    }

    /// The next of what systemd is told that is wanted.
    fn hears(&self, is_wanted: impl Fn(&str) -> bool) -> String {
        let deadline = within(SOON);
        loop {
            let mut bytes = [0; 1_024];
            let length = self.systemd.recv(&mut bytes).expect("systemd is told nothing");
            let told = String::from_utf8(bytes[..length].to_vec()).unwrap();
            if is_wanted(&told) {
                return told;
            }
            assert!(Instant::now() < deadline, "systemd is told nothing of what it should be, but {told}");
        }
    }
}

/// Whether systemd is told that the relay is alive.
fn is_alive(told: &str) -> bool {
    told.starts_with("WATCHDOG=1\n")
}

fn wait(process: &mut Process, event: &str) -> Value {
    process.wait_for(event, within(SOON), |json| json["event"] == event).json
}

#[test]
fn a_service_is_ready_reloads_and_stops() {
    let place = Place::new();
    place.configure("members = 50\n");
    let mut relay = Relay::of(place.start(&[], &HERE));
    assert!(place.told().starts_with("READY=1\nSTATUS=0 members"));
    place.hears(is_alive);
    assert!(relay.get("/health").starts_with("HTTP/1.1 200 "));
    assert!(relay.get("/").contains("0 of 50"), "{}", relay.get("/"));
    assert_eq!(relay.metric("connections") as u64, 0);

    place.configure("members = 7\nport = 1\n");
    relay.process.signal(Signal::HUP);
    assert!(place.told().starts_with("RELOADING=1\nMONOTONIC_USEC="));
    assert!(place.told().starts_with("READY=1\n"));
    assert_eq!(wait(&mut relay.process, "warning")["text"], "port: the new value is taken at the next start");
    wait(&mut relay.process, "reloaded");
    assert!(relay.get("/").contains("0 of 7"));

    place.configure("members = 8\ndrian = 1\n");
    relay.process.signal(Signal::HUP);
    assert!(place.told().starts_with("RELOADING=1\n"));
    assert!(place.told().starts_with("READY=1\n"));
    let warning = wait(&mut relay.process, "warning")["text"].as_str().unwrap().to_owned();
    assert!(warning.contains("relay.toml:2: drian: ") && warning.contains("“drain”"), "{warning}");
    assert!(relay.get("/").contains("0 of 7"), "all stays as it was");

    relay.process.signal(Signal::TERM);
    assert!(place.told().starts_with("STOPPING=1\n"));
    wait(&mut relay.process, "stopping");
    relay.process.output(within(SOON)).expect(0);
}

#[test]
fn a_relay_keeps_its_identity_and_its_folder_is_its_own() {
    let place = Place::new();
    place.configure("nickname = 'library'\n");
    let first = Relay::of(place.start(&[], &HERE));
    place.start(&[], &HERE).output(within(SOON)).expect_words(1, &["running"]);
    let id = first.id.clone();
    first.process.kill9();
    let second = Relay::of(place.start(&[], &HERE));
    assert_eq!(second.id, id);
    second.process.terminate();

    let (_node, _) = person("ana", &place.profile.home).ready_node();
    let persons = place.profile.home.join("ana").join("data");
    let relay = place.profile.command(&["relay", "--no-mdns", "--data-dir", persons.to_str().unwrap()]);
    Process::start("the relay", relay).output(within(SOON)).expect_words(1, &["person's profile"]);
}

#[test]
fn what_is_taken_already_is_said() {
    let place = Place::new();
    place.configure("");
    let first = Relay::of(place.start(&[], &HERE));
    let taken = first.listen[0].split("/p2p/").next().unwrap().to_owned();
    let data = ["--data-dir", "other"];
    let other = |args: &[&str]| {
        let args = [["relay", "--no-mdns"].as_slice(), &data, args].concat();
        Process::start("the other relay", place.profile.command(&args)).output(within(SOON))
    };
    let port = taken.rsplit('/').next().unwrap();
    let elsewhere = "set another “port” or “listen” in relay.toml";
    other(&["--http", "off", "--listen", &taken]).expect_words(1, &["listen at", port, elsewhere]);
    other(&["--http", "off", "--set", &format!("port={port}")]).expect_words(1, &["listen at", port, elsewhere]);
    let http = first.http().to_string();
    other(&["--listen", "/ip4/127.0.0.1/tcp/0", "--http", &http]).expect_words(1, &["http: can't listen at", &http]);
}

#[test]
fn the_command_line_rules_over_the_environment_and_that_over_the_file() {
    let place = Place::new();
    place.configure("members = 10\n");
    let variables = [("VECINO_RELAY_MEMBERS", "20"), ("VECINO_RELAY_NICKNAME", "from the environment")];
    for (variables, more, members) in [
        (&[][..], &[][..], "0 of 10"),
        (&variables[..], &[][..], "0 of 20"),
        (&variables[..], &["--set", "members=30"][..], "0 of 30"),
    ] {
        let relay = Relay::of(place.start(variables, &[HERE.as_slice(), more].concat()));
        let page = relay.get("/");
        assert!(page.contains(members), "no {members} in {page}");
        assert_eq!(page.contains("from the environment"), !variables.is_empty(), "{page}");
        relay.process.terminate();
    }
}

#[test]
fn what_is_wrong_is_said_with_file_line_and_cause() {
    let place = Place::new();
    // One of each kind; the others are in the configuration's own tests.
    for (config, fault) in [
        ("port = = 1", "relay.toml:1: "),
        ("\nmembrs = 5", "relay.toml:2: membrs: the relay has no such setting; is it “members”?"),
        ("members = 0", "relay.toml:1: members: it has to be a whole number from 1 to 100000"),
        ("access = 'list'", "relay.toml:1: access: nobody could use the relay: “allow” names no peer"),
    ] {
        place.configure(config);
        place.start(&[], &HERE).output(within(SOON)).expect_words(2, &[fault]);
    }
    fs::remove_file(place.config()).unwrap();
    place.start(&[], &HERE).output(within(SOON)).expect_words(2, &["relay.toml: "]);
    assert!(!Path::new(&place.profile.home).join("relay").exists(), "nothing was begun");
}

#[test]
fn the_log_can_be_read_by_programs() {
    let place = Place::new();
    place.configure("log = 'json'\n");
    let relay = Relay::of(place.start(&[], &HERE));
    let output = relay.process.terminate();
    let lines: Vec<Value> = output.stderr.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    assert!(lines.iter().any(|line| line["message"] == "at work" && line["level"] == "INFO"), "{lines:?}");
}

#[test]
fn what_a_relay_keeps_is_its_owners_alone() {
    let mut place = Place::new();
    // Where a file is open to everybody unless somebody closes it.
    place.profile.enter = ["sh", "-c", "umask 000; exec \"$@\"", "sh"].map(str::to_owned).into();
    place.configure("");
    let relay = Relay::of(place.start(&[], &HERE));
    let folder = place.profile.home.join("relay");
    let rights = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(rights(&folder), 0o700, "{}", folder.display());
    let kept: Vec<PathBuf> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(kept.len() >= 2, "key and invite: {kept:?}");
    for file in kept {
        assert_eq!(rights(&file), 0o600, "{}", file.display());
    }
    relay.process.terminate();
}

#[test]
fn a_relay_with_few_files_says_so_and_works() {
    let mut place = Place::new();
    place.profile.enter = ["sh", "-c", "ulimit -n 256; exec \"$@\"", "sh"].map(str::to_owned).into();
    place.configure("");
    let mut process = place.start(&[], &HERE);
    let warning = wait(&mut process, "warning")["text"].as_str().unwrap().to_owned();
    assert!(warning.starts_with("room for 156 connections instead of 4096: "), "{warning}");
    let relay = Relay::of(process);
    let [ana, luis] = ["ana", "luis"].map(|name| person(name, &place.profile.home));
    let args = ["--only-relayed", "--relay", &relay.listen[0]];
    let (mut ana_node, _luis_node) = (ana.node_with(&args), luis.node_with(&args));
    ana_node.wait_for("luis", within(SOON), |event| is_reached(event, "luis", "relayed"));
    ana.run(&["send", "luis", "hola"]).expect(0);
}

#[test]
fn systemd_understands_the_unit() {
    const UNIT: &str = "vecino-relay.service";
    let folder = tempfile::tempdir().unwrap();
    let packaged = Path::new(env!("CARGO_MANIFEST_DIR")).join("packaging").join(UNIT);
    let text = fs::read_to_string(packaged).unwrap();
    // The program has to be there.
    let here = text.replace("/usr/bin/vecino ", &format!("{} ", env!("CARGO_BIN_EXE_vecino")));
    assert_ne!(here, text);
    let unit = folder.path().join(UNIT);
    let verify = |text: &str| {
        fs::write(&unit, text).unwrap();
        Command::new("systemd-analyze").arg("verify").arg(&unit).output()
    };
    let found = match verify(&here) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return sandbox::skip("systemd_understands_the_unit", "systemd-analyze (Debian: systemd) isn't installed");
        }
        found => found.unwrap(),
    };
    let said = String::from_utf8_lossy(&found.stderr).into_owned();
    // Other units of the computer may have faults of their own.
    assert!(found.status.success() && !said.contains(UNIT), "{said}");
    // Were it not for this, silence would mean nothing.
    let wrong = verify(&here.replace("TasksMax=", "TaskMax=")).unwrap();
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("TaskMax"), "{wrong:?}");
}
