//! What members say to each other is nowhere at the relay: not in what it holds in memory, keeps, logs or tells.

use std::fs;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use memchr::memmem;
use rustix::process::Signal;

use crate::support::process::Process;
use crate::support::profile::{Profile, is_reached};
use crate::support::within;

/// Milliseconds in which something that needs no waiting comes.
const SOON: u64 = 20_000;

/// Milliseconds in which the file has to be through.
const TRANSFERRED: u64 = 60_000;

/// Bytes of the file, which is nothing but a canary over and over.
const FILE: usize = 30_000_000;

/// Bytes a second that the relay carries for a member: so that the file is on its way for several looks.
const RATE: usize = 5_000_000;

/// Between two looks into the relay's memory while the file is on its way.
const LOOK: Duration = Duration::from_millis(200);

/// Words that nobody else can have thought of.
fn canary(what: &str) -> String {
    format!("{what}-{:016x}", fastrand::u64(..))
}

/// A process that stands still as long as this lives, so that what it holds is as its maps say.
struct Still<'a>(&'a Process);

impl<'a> Still<'a> {
    fn of(process: &'a Process) -> Self {
        process.signal(Signal::STOP);
        let deadline = within(SOON);
        let stat = format!("/proc/{}/stat", pid(process));
        // The state comes after the name, which stands in brackets.
        while !fs::read_to_string(&stat).unwrap().rsplit(')').next().unwrap().starts_with(" T") {
            assert!(Instant::now() < deadline, "it doesn't stand still");
            thread::sleep(Duration::from_millis(1));
        }
        Self(process)
    }
}

impl Drop for Still<'_> {
    fn drop(&mut self) {
        self.0.signal(Signal::CONT);
    }
}

/// Which of these are anywhere in what a process may write to. All of that has to be readable.
fn held<'a>(process: &Process, secrets: &[&'a str]) -> Vec<&'a str> {
    let _still = Still::of(process);
    let maps = fs::read_to_string(format!("/proc/{}/maps", pid(process))).unwrap();
    let memory = fs::File::open(format!("/proc/{}/mem", pid(process))).unwrap();
    let mut found = Vec::new();
    for line in maps.lines() {
        let (range, rest) = line.split_once(' ').unwrap();
        if !rest.starts_with("rw") {
            continue;
        }
        let (start, end) = range.split_once('-').unwrap();
        let [start, end] = [start, end].map(|number| u64::from_str_radix(number, 16).unwrap());
        let mut bytes = vec![0; usize::try_from(end - start).unwrap()];
        memory.read_exact_at(&mut bytes, start).unwrap_or_else(|error| panic!("{line}: {error}"));
        found.extend(secrets.iter().filter(|secret| memmem::find(&bytes, secret.as_bytes()).is_some()));
    }
    found
}

/// The same of one.
fn holds(process: &Process, what: &str) -> bool {
    !held(process, &[what]).is_empty()
}

fn pid(process: &Process) -> i32 {
    process.pid().as_raw_nonzero().get()
}

/// Whether this is in a file of the folder, or is the name of one.
fn is_kept(folder: &Path, what: &str) -> bool {
    fs::read_dir(folder).unwrap().map(Result::unwrap).any(|entry| {
        let path = entry.path();
        let within = if path.is_dir() {
            is_kept(&path, what)
        } else {
            memmem::find(&fs::read(&path).unwrap_or_default(), what.as_bytes()).is_some()
        };
        within || entry.file_name().to_string_lossy().contains(what)
    })
}

#[test]
fn nothing_that_members_say_is_anywhere_at_the_relay() {
    let folder = tempfile::tempdir().unwrap();
    let reception = Profile::new("reception", folder.path().join("reception"));
    let rate = format!("member_rate={RATE}");
    let relay = reception.relay(&["--listen", "/ip4/127.0.0.1/tcp/0", "--no-mdns", "--verbose", "--set", &rate]);
    let [ana, luis] = ["ana", "luis"].map(|name| {
        let nickname = canary(name);
        let home = folder.path().join(&nickname);
        Profile::behind_relay(nickname, home, relay.address_at("127.0.0.1"))
    });
    let (mut ana_node, mut luis_node) = (ana.node(), luis.node());
    for (node, other) in [(&mut ana_node, &luis), (&mut luis_node, &ana)] {
        node.wait_for("the other", within(SOON), |event| is_reached(event, &other.nickname, "relayed"));
    }

    let [there, back, name, content] = ["hola", "¿qué tal?", "película", "imagen"].map(canary);
    ana.run(&["send", &luis.nickname, &there]).expect(0);
    luis.run(&["send", &ana.nickname, &back]).expect(0);
    let path = ana.home.join(&name);
    fs::write(&path, content.repeat(FILE / content.len())).unwrap();
    let mut sharing = ana.start(&["share", &luis.nickname, path.to_str().unwrap(), "--json"]);
    sharing.wait_for("the file on its way", within(SOON), |line| line["done"].as_u64() > Some(0));
    let secrets = [&there, &back, &name, &content].map(String::as_str);
    let nothing = Vec::<&str>::new();
    let (mut looks, deadline) = (0, within(TRANSFERRED));
    loop {
        assert_eq!(held(&relay.process, &secrets), nothing, "while the file is on its way");
        if luis.downloads().join(&name).exists() {
            break;
        }
        assert!(Instant::now() < deadline, "the file isn't there after {looks} looks");
        looks += 1;
        thread::sleep(LOOK);
    }
    assert!(looks > 0, "nobody has looked while the file was on its way");
    sharing.output(within(TRANSFERRED)).expect(0);

    // Were it not for these, finding nothing would mean nothing.
    assert!(holds(&ana_node, &content) || holds(&ana_node, &there), "what is there is found");
    assert!(holds(&relay.process, &ana.nickname), "nicknames are what the relay is told");
    let told = ["/", "/metrics", "/health"].map(|page| relay.get(page)).concat();
    assert!(told.contains("vecino_relay_carried_bytes_total"));
    assert_eq!(held(&relay.process, &secrets), nothing, "in the relay's memory");
    for secret in secrets {
        assert!(!told.contains(secret), "{secret} is told by the relay");
    }
    for nickname in [&ana.nickname, &luis.nickname] {
        assert!(!told.contains(nickname.as_str()), "pages and metrics name nobody");
    }
    assert!(relay.metric("carried_bytes_total{direction=\"to_called\"}") > 0.0);
    // It waits for circuits.
    for node in [ana_node, luis_node] {
        node.terminate();
    }
    let output = relay.process.terminate();
    for secret in secrets {
        assert!(!output.stdout.contains(secret) && !output.stderr.contains(secret), "{secret} is logged");
        assert!(!is_kept(&reception.home, secret), "{secret} is kept by the relay");
    }
}
