//! The desktop's notifications, with a daemon of our own on a session bus of its own.

use std::collections::{BTreeSet, HashMap};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::json;
use zbus::interface;
use zbus::object_server::SignalEmitter;
use zbus::zvariant::Value;

use crate::bus;
use crate::person::Person;
use crate::screen::{self, until};
use crate::support::profile::Profile;
use crate::support::{sandbox, within};

const STORY: u64 = 30_000;
const LIMIT: Duration = Duration::from_secs(60);

const PATH: &str = "/org/freedesktop/Notifications";
const NAME: &str = "org.freedesktop.Notifications";

/// The number that was given last to another program.
const ANOTHERS: u32 = 41;

/// What was to be shown.
#[derive(Debug, PartialEq)]
struct Shown {
    /// What it was to take the place of, and the number that it was given.
    replaces: u32,
    number: u32,
    summary: String,
    body: String,
}

/// Tells what it was to show, and the numbers of what no longer. As GNOME Shell does it gives numbers itself, and keeps
/// those alone by which it shows something.
struct Daemon {
    shown: Sender<Shown>,
    closed: Sender<u32>,
    /// By which numbers it shows something of vecino's, and the last that it gave.
    numbers: BTreeSet<u32>,
    last: u32,
    /// Held while it's not to answer.
    answers: Arc<Mutex<()>>,
}

#[interface(name = "org.freedesktop.Notifications")]
impl Daemon {
    #[allow(clippy::too_many_arguments, reason = "the specification's")]
    fn notify(
        &mut self,
        _app_name: String,
        replaces: u32,
        _icon: String,
        summary: String,
        body: String,
        actions: Vec<String>,
        _hints: HashMap<String, Value<'_>>,
        _expires: i32,
    ) -> u32 {
        assert_eq!(actions[0], "default");
        let number = self.numbers.get(&replaces).copied().unwrap_or(self.last + 1);
        self.last = self.last.max(number);
        self.numbers.insert(number);
        self.shown.send(Shown { replaces, number, summary, body }).unwrap();
        let _answers = self.answers.lock();
        number
    }

    async fn close_notification(&mut self, number: u32, #[zbus(signal_emitter)] emitter: SignalEmitter<'_>) {
        self.closed.send(number).unwrap();
        if self.numbers.remove(&number) {
            Self::notification_closed(&emitter, number, 3).await.unwrap();
        }
    }

    fn get_capabilities(&self) -> Vec<String> {
        ["actions", "body", "body-markup"].map(str::to_owned).into()
    }

    fn get_server_information(&self) -> (String, String, String, String) {
        ("test".to_owned(), "vecino".to_owned(), "1".to_owned(), "1.2".to_owned())
    }

    #[zbus(signal)]
    async fn action_invoked(emitter: &SignalEmitter<'_>, number: u32, action: &str) -> zbus::Result<()>;

    #[zbus(signal)]
    async fn notification_closed(emitter: &SignalEmitter<'_>, number: u32, reason: u32) -> zbus::Result<()>;
}

#[test]
fn what_comes_is_told_by_the_desktop_and_a_press_opens_it() {
    sandbox::run_with(&bus::TOOLS, LIMIT, || {
        let folder = screen::stage();
        let deadline = within(STORY);
        let address = format!("unix:path={}", folder.path().join("bus").display());
        let (shown, told) = channel();
        let (closed, withdrawn) = channel();
        let answers = Arc::<Mutex<()>>::default();
        let (_bus, daemon) = bus::start(&address, deadline, |builder| {
            let (shown, closed, answers) = (shown.clone(), closed.clone(), Arc::clone(&answers));
            let daemon = Daemon { shown, closed, numbers: BTreeSet::new(), last: ANOTHERS, answers };
            builder.serve_at(PATH, daemon)?.name(NAME)
        });

        let ana = Person::start_with("ana", folder.path(), deadline, &[], &[("DBUS_SESSION_BUS_ADDRESS", &address)]);
        ana.introduce_themself();
        let mut at_ana = ana.control();
        let mut luis = Profile::new("luis", folder.path().join("luis"));
        luis.node_args = ["--listen", "/ip4/127.0.0.1/tcp/0"].map(str::to_owned).into();
        let _node = luis.ready_node();
        until("luis", deadline, || {
            let peers = at_ana.call("peers", json!({}));
            peers.as_array().unwrap().iter().any(|peer| peer["path"] == "direct").then_some(())
        });

        let send = |words: &str| luis.run(&["send", "ana", words, "--json"]).expect(0).json()["id"].clone();
        send("<b>hola</b> & adiós");
        let first = told.recv_timeout(deadline - Instant::now()).unwrap();
        assert_eq!((first.summary.as_str(), first.body.as_str()), ("luis", "&lt;b&gt;hola&lt;/b&gt; &amp; adiós"));
        assert_eq!((first.replaces, first.number), (0, ANOTHERS + 1), "a number that nobody gave is another's");
        let second_id = send("are you there?");
        let second = told.recv_timeout(deadline - Instant::now()).unwrap();
        assert_eq!((second.replaces, second.number), (first.number, first.number));
        assert_eq!((second.summary.as_str(), second.body.as_str()), ("luis", "2 new messages"));

        assert_eq!(luis.history("ana").pop().unwrap()["state"], "delivered", "nobody has seen it yet");
        let daemon = daemon.object_server().interface::<_, Daemon>(PATH).unwrap();
        zbus::block_on(Daemon::action_invoked(daemon.signal_emitter(), first.number, "default")).unwrap();
        let read = |id| {
            let read = json!({ "message": id, "state": "read", "timeout_ms": 10_000 });
            assert_eq!(luis.control().call("wait_message", read)["state"], "read");
        };
        read(second_id);
        read(send("what is in front isn't told of"));
        assert_eq!(told.try_recv().ok(), None);

        // What was read is no longer told of.
        ana.screen.press("ctrl+j");
        let third = send("one more");
        let last = told.recv_timeout(deadline - Instant::now()).unwrap();
        assert_eq!((last.replaces, last.body.as_str()), (0, "one more"), "what was pressed is gone");
        ana.screen.press("ctrl+j");
        read(third);
        assert_eq!(withdrawn.recv_timeout(deadline - Instant::now()).unwrap(), last.number);

        // Neither is what was read before the desktop said that it's shown.
        let silence = answers.lock().unwrap();
        ana.screen.press("ctrl+j");
        let fourth = send("read at once");
        let last = told.recv_timeout(deadline - Instant::now()).unwrap();
        assert_eq!((last.replaces, last.body.as_str()), (0, "read at once"));
        ana.screen.press("ctrl+j");
        read(fourth);
        assert_eq!(withdrawn.try_recv().ok(), None, "nothing has a number yet");
        drop(silence);
        assert_eq!(withdrawn.recv_timeout(deadline - Instant::now()).unwrap(), last.number);

        // What the desktop still shows keeps nobody from leaving.
        ana.screen.press("ctrl+j");
        send("and another");
        let last = told.recv_timeout(deadline - Instant::now()).unwrap();
        assert_eq!((last.replaces, last.body.as_str()), (0, "and another"));
        ana.quit();
    });
}
