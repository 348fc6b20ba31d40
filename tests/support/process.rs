//! One run of the program: what it prints, when it printed it, and how it ends.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

/// How long a program may take to end once it was told to.
const ENDS_WITHIN: Duration = Duration::from_secs(10);

/// A running program. One that still runs when this is dropped is killed; one that panicked fails the test.
pub struct Process {
    name: String,
    child: Child,
    printed: Arc<Printed>,
    readers: Vec<JoinHandle<()>>,
    /// Lines that [`Process::wait_for`] has looked at.
    seen: usize,
}

/// An object that the program printed on a line of its own.
#[derive(Debug, Clone)]
pub struct Event {
    /// When the line was read here.
    pub at: Instant,
    /// The object.
    pub json: Value,
}

/// How a program ended.
#[derive(Debug)]
pub struct Output {
    /// Its exit code; `None` where a signal ended it.
    pub code: Option<i32>,
    /// All its standard output.
    pub stdout: String,
    /// All its standard error.
    pub stderr: String,
}

impl Output {
    /// The one JSON document on standard output.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("not one JSON document ({error}): {self:#?}"))
    }

    /// The program ended with `code`, or the test fails and shows what it said.
    pub fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self:#?}");
        self
    }

    /// Besides ending with `code`, it told the person each of `words` on standard error, letter case aside.
    pub fn expect_words(self, code: i32, words: &[&str]) -> Self {
        let output = self.expect(code);
        let told = output.stderr.to_lowercase();
        for word in words {
            assert!(told.contains(&word.to_lowercase()), "nothing about “{word}” in {output:#?}");
        }
        output
    }
}

#[derive(Default)]
struct Printed {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    lines: Vec<(Instant, String)>,
    ended: bool,
    stderr: String,
}

impl Process {
    /// Starts `command` with its streams connected to here. `name` stands in this test's messages for it.
    pub fn start(name: impl Into<String>, mut command: Command) -> Self {
        let name = name.into();
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{name}: {command:?} does not start: {error}"));
        let printed = Arc::<Printed>::default();
        let readers = vec![
            keep_lines(child.stdout.take().unwrap(), Arc::clone(&printed)),
            keep_errors(child.stderr.take().unwrap(), Arc::clone(&printed)),
        ];
        Self { name, child, printed, readers, seen: 0 }
    }

    /// The process's number.
    pub fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// Writes all of `input` to its standard input and closes that. A program that reads no further is no failure.
    pub fn feed(&mut self, input: &[u8]) {
        if let Some(mut stdin) = self.child.stdin.take() {
            let _ = stdin.write_all(input);
        }
    }

    /// The next object that it prints for which `fits` says yes; those before it are passed over for good.
    /// Fails the test if none was printed by `deadline`, or it ended; `what` says then what was missing.
    pub fn wait_for(&mut self, what: &str, deadline: Instant, mut fits: impl FnMut(&Value) -> bool) -> Event {
        loop {
            let Some(event) = self.next_event(deadline) else {
                panic!("{}: no {what} in time; it printed:\n{}", self.name, self.last_lines());
            };
            if fits(&event.json) {
                return event;
            }
        }
    }

    /// Until `end`, it prints no object for which `fits` says yes.
    pub fn stays_without(&mut self, what: &str, end: Instant, fits: impl Fn(&Value) -> bool) {
        while let Some(event) = self.next_event(end) {
            assert!(!fits(&event.json), "{}: {what}: {}", self.name, event.json);
        }
    }

    fn next_event(&mut self, deadline: Instant) -> Option<Event> {
        let mut state = self.printed.state.lock().unwrap();
        loop {
            if let Some((at, line)) = state.lines.get(self.seen) {
                self.seen += 1;
                let json = serde_json::from_str(line)
                    .unwrap_or_else(|error| panic!("{}: not JSON ({error}): {line}", self.name));
                return (*at <= deadline).then_some(Event { at: *at, json });
            }
            let left = deadline.checked_duration_since(Instant::now()).filter(|_| !state.ended)?;
            state = self.printed.changed.wait_timeout(state, left).unwrap().0;
        }
    }

    fn last_lines(&self) -> String {
        const SHOWN: usize = 30;
        let state = self.printed.state();
        let skipped = state.lines.len().saturating_sub(SHOWN);
        state.lines.iter().skip(skipped).map(|(_, line)| format!("  {line}\n")).collect()
    }

    /// What it has written to standard error so far.
    pub fn stderr(&self) -> String {
        self.printed.state().stderr.clone()
    }

    /// Ends it as a power cut would: at once, with no chance to do anything (SIGKILL).
    pub fn kill9(mut self) {
        self.child.kill().unwrap();
        self.finish(Instant::now() + ENDS_WITHIN);
    }

    /// Asks it to end (SIGTERM), which it has to do with exit code 0.
    pub fn terminate(self) -> Output {
        self.signal(Signal::TERM);
        self.output(Instant::now() + ENDS_WITHIN).expect(0)
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).unwrap();
    }

    /// Waits for its end, which has to come by `deadline`.
    pub fn output(mut self, deadline: Instant) -> Output {
        let status = self.finish(deadline);
        let state = self.printed.state();
        let stdout = state.lines.iter().map(|(_, line)| format!("{line}\n")).collect();
        Output { code: status.code(), stdout, stderr: state.stderr.clone() }
    }

    fn finish(&mut self, deadline: Instant) -> ExitStatus {
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(Instant::now() < deadline, "{} does not end; it printed:\n{}", self.name, self.last_lines());
            thread::sleep(Duration::from_millis(2));
        };
        for reader in self.readers.drain(..) {
            reader.join().unwrap();
        }
        status
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        for reader in self.readers.drain(..) {
            let _ = reader.join();
        }
        let stderr = self.stderr();
        if thread::panicking() {
            eprintln!("--- {} printed last:\n{}--- and to standard error:\n{stderr}", self.name, self.last_lines());
        } else {
            assert!(!stderr.contains("panicked at"), "{} panicked:\n{stderr}", self.name);
        }
    }
}

impl Printed {
    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

fn keep_lines(stdout: impl Read + Send + 'static, printed: Arc<Printed>) -> JoinHandle<()> {
    thread::spawn(move || {
        for line in BufReader::new(stdout).lines() {
            let Ok(line) = line else { break };
            printed.state().lines.push((Instant::now(), line));
            printed.changed.notify_all();
        }
        printed.state().ended = true;
        printed.changed.notify_all();
    })
}

fn keep_errors(stderr: impl Read + Send + 'static, printed: Arc<Printed>) -> JoinHandle<()> {
    thread::spawn(move || {
        for line in BufReader::new(stderr).split(b'\n') {
            let Ok(line) = line else { break };
            let mut state = printed.state();
            state.stderr.push_str(&String::from_utf8_lossy(&line));
            state.stderr.push('\n');
        }
    })
}
