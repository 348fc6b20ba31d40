//! A sandbox of Linux namespaces for one test: a network, mounts and processes of its own, all of which vanish with it.
//!
//! The test's body is run by a second run of the same test binary, inside `unshare`. That run is the first process of its
//! process namespace: when it ends, by whatever cause, the kernel kills all that it started and takes the network and the
//! mounts away. As root that needs nothing; without root a user namespace gives the same.

use std::any::type_name;
use std::io::{self, Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{OnceLock, PoisonError, RwLock, mpsc};
use std::thread;
use std::time::Duration;

/// Set for the run inside.
const INSIDE: &str = "VECINO_TEST_SANDBOX";

/// Held by each test that runs: shared, or by one that needs the machine for itself.
static MACHINE: RwLock<()> = RwLock::new(());

/// What the tests call inside, with the Debian package of each.
const TOOLS: [(&str, &str); 7] = [
    ("unshare", "util-linux"),
    ("nsenter", "util-linux"),
    ("setpriv", "util-linux"),
    ("ip", "iproute2"),
    ("tc", "iproute2"),
    ("iptables", "iptables"),
    ("ping", "iputils-ping"),
];

/// What a sandbox has to be able to do, tried once before the first test.
const PROBE: &str = "mount -t tmpfs tmpfs /run && ip netns add probe && ip link add probe type bridge \
     && ip link add one type veth peer name two netns probe && nsenter --net=/run/netns/probe ip link set lo up \
     && ip link set one master probe && ip link set dev one type bridge_slave isolated on \
     && nsenter --net=/run/netns/probe sh -c 'echo 1 > /proc/sys/net/ipv4/ip_forward' \
     && iptables -w -A INPUT -m statistic --mode random --probability 0.5 -j DROP \
     && iptables -w -A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT \
     && iptables -w -t nat -A POSTROUTING -o one -j MASQUERADE";

/// Runs `body` in a sandbox, for at most `limit`. Its panic is the caller's.
///
/// `body` has to be written as a closure directly in the `#[test]` function, whose name is taken from it. `/run` is an
/// empty tmpfs inside. Where no sandbox can be had, the test says so aloud and passes; with `CI` set it fails.
pub fn run<F: FnOnce()>(limit: Duration, body: F) {
    run_with(&[], limit, body);
}

/// The same, for a body that calls more tools: each with its Debian package.
pub fn run_with<F: FnOnce()>(tools: &[(&str, &str)], limit: Duration, body: F) {
    let _shared = MACHINE.read().unwrap_or_else(PoisonError::into_inner);
    enter(tools, limit, body);
}

/// The same, with no other sandbox beside it: for what is measured against a clock with many programs at work.
pub fn run_alone<F: FnOnce()>(limit: Duration, body: F) {
    let _alone = MACHINE.write().unwrap_or_else(PoisonError::into_inner);
    enter(&[], limit, body);
}

/// Whether this run is one inside a sandbox; then its `/run` is an empty tmpfs from now on.
pub fn is_inside() -> bool {
    let inside = std::env::var_os(INSIDE).is_some();
    if inside {
        script("mount -t tmpfs tmpfs /run");
    }
    inside
}

/// A command that runs this program again, in a sandbox, or why there can't be one. For a program that isn't a test.
pub fn again() -> Result<Command, String> {
    let mut again = inside(namespaces()?, &std::env::current_exe().unwrap());
    again.env(INSIDE, "1").stdin(Stdio::null());
    Ok(again)
}

fn enter<F: FnOnce()>(tools: &[(&str, &str)], limit: Duration, body: F) {
    if is_inside() {
        return body();
    }
    let test = test_name(type_name::<F>());
    let flags = match installed(tools).and_then(|()| namespaces().map_err(str::to_owned)) {
        Ok(flags) => flags,
        Err(cause) => return skip(test, &cause),
    };
    let mut again = inside(flags, &std::env::current_exe().unwrap());
    again.args(["--exact", test, "--nocapture", "--test-threads=1"]).env(INSIDE, "1");
    let output = output_of(again, limit);
    println!("{}", output.text);
    assert!(!output.timed_out, "{test} was ended after {limit:?}");
    assert!(output.success && output.text.contains("test result: ok. 1 passed"), "{test} failed inside its sandbox");
}

/// Runs a shell script of setup, which has to succeed.
pub fn script(text: &str) {
    let output = Command::new("sh").args(["-ec", text]).output().unwrap();
    assert!(output.status.success(), "{text}\nfailed: {}", String::from_utf8_lossy(&output.stderr));
}

/// Says aloud that a test can't run here; with `CI` set it fails.
pub fn skip(test: &str, cause: &str) {
    assert!(std::env::var_os("CI").is_none(), "{test} can't run, and with CI set that is a failure: {cause}");
    // Not by `eprintln!`, which the test runner keeps to itself where a test passes.
    let _ = writeln!(io::stderr(), "SKIPPED: {test}: {cause}");
}

/// The path of the test function in which a closure of this type's name was written, as the test runner knows it.
fn test_name(closure: &str) -> &str {
    let path = closure.trim_end_matches("::{{closure}}");
    path.split_once("::").map_or(path, |(_, within_crate)| within_crate)
}

/// The flags with which `unshare` makes a sandbox here, or why there can't be one.
fn namespaces() -> Result<&'static [&'static str], &'static str> {
    static FOUND: OnceLock<Result<&[&str], String>> = OnceLock::new();
    FOUND.get_or_init(find_namespaces).as_ref().copied().map_err(String::as_str)
}

fn find_namespaces() -> Result<&'static [&'static str], String> {
    const AS_ROOT: &[&str] = &["--net", "--mount", "--pid"];
    const AS_USER: &[&str] = &["--user", "--map-root-user", "--net", "--mount", "--pid"];
    installed(&TOOLS)?;
    let mut causes = String::new();
    for flags in [AS_ROOT, AS_USER] {
        let mut probe = inside(flags, Path::new("sh"));
        probe.args(["-ec", PROBE]);
        let output = output_of(probe, Duration::from_secs(10));
        if output.success {
            return Ok(flags);
        }
        causes.push_str(&format!("\nunshare {}: {}", flags.join(" "), output.text.trim()));
    }
    Err(format!("it needs root, or user namespaces for everybody:{causes}"))
}

/// Whether all of `tools` are there, or which isn't.
fn installed(tools: &[(&str, &str)]) -> Result<(), String> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let is_there = |tool: &str| std::env::split_paths(&path).any(|folder| folder.join(tool).exists());
    match tools.iter().find(|(tool, _)| !is_there(tool)) {
        Some((tool, package)) => Err(format!("“{tool}” is missing; install {package}")),
        None => Ok(()),
    }
}

/// A command that runs `program` in new namespaces, and doesn't outlive this thread.
fn inside(flags: &[&str], program: &Path) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL", "unshare", "--fork", "--kill-child"]).args(flags).arg("--").arg(program);
    command
}

struct Inside {
    success: bool,
    timed_out: bool,
    text: String,
}

/// All that `command` prints until its end, which comes at `limit` at the latest.
fn output_of(mut command: Command, limit: Duration) -> Inside {
    let (mut reader, writer) = io::pipe().unwrap();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(writer.try_clone().unwrap())
        .stderr(writer)
        .spawn()
        .unwrap_or_else(|error| panic!("{command:?} does not start: {error}"));
    // The command holds the writing end of the pipe too, and the reader would wait for it.
    drop(command);
    let (finished, printed) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = reader.read_to_end(&mut bytes);
        let _ = finished.send(bytes);
    });
    let in_time = printed.recv_timeout(limit);
    let timed_out = in_time.is_err();
    if timed_out {
        child.kill().unwrap();
    }
    let bytes = in_time.unwrap_or_else(|_| printed.recv().unwrap());
    let success = child.wait().unwrap().success();
    Inside { success, timed_out, text: String::from_utf8_lossy(&bytes).into_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sandboxed(script: &str, limit: Duration) -> Option<Inside> {
        let flags = namespaces().inspect_err(|cause| skip("a test of the sandbox", cause)).ok()?;
        let mut command = inside(flags, Path::new("sh"));
        command.args(["-c", script]);
        Some(output_of(command, limit))
    }

    #[test]
    fn a_test_is_found_by_the_name_of_its_closure() {
        assert_eq!(test_name("lan::presence::five::{{closure}}"), "presence::five");
        assert_eq!(test_name("program::five::{{closure}}::{{closure}}"), "five");
    }

    #[test]
    fn its_network_is_its_own() {
        let Some(output) = sandboxed("ip -o link | wc -l", Duration::from_secs(10)) else { return };
        assert_eq!(output.text.trim(), "1", "only an unused loopback");
    }

    #[test]
    fn a_failure_inside_is_seen_outside() {
        let Some(output) = sandboxed("echo told; exit 3", Duration::from_secs(10)) else { return };
        assert!(!output.success && !output.timed_out);
        assert_eq!(output.text, "told\n");
    }

    #[test]
    fn nothing_outlives_it() {
        // Both would hold the pipe open for longer than any test may take, were they not killed.
        let forever = "(trap '' HUP TERM; sleep 86399) & echo started; sleep 86399";
        let Some(output) = sandboxed(forever, Duration::from_secs(1)) else { return };
        assert!(output.timed_out && !output.success);
        assert_eq!(output.text, "started\n");
    }
}
