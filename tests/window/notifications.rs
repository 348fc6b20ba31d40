//! The desktop's notifications, with a daemon of our own on a session bus of its own.

use std::collections::HashMap;
use std::sync::mpsc::{Sender, channel};
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

const STORY: u64 = 25_000;
const LIMIT: Duration = Duration::from_secs(60);

const LOOPBACK: &str = "ip link set lo up multicast on && ip route add 224.0.0.0/4 dev lo";

const PATH: &str = "/org/freedesktop/Notifications";
const NAME: &str = "org.freedesktop.Notifications";

/// What was to be shown.
#[derive(Debug, PartialEq)]
struct Shown {
    number: u32,
    summary: String,
    body: String,
}

/// Tells what it was to show.
struct Daemon {
    shown: Sender<Shown>,
}

#[interface(name = "org.freedesktop.Notifications")]
impl Daemon {
    #[allow(clippy::too_many_arguments, reason = "the specification's")]
    fn notify(
        &self,
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
        self.shown.send(Shown { number: replaces, summary, body }).unwrap();
        replaces
    }

    fn close_notification(&self, _number: u32) {}

    fn get_capabilities(&self) -> Vec<String> {
        ["actions", "body", "body-markup"].map(str::to_owned).into()
    }

    fn get_server_information(&self) -> (String, String, String, String) {
        ("test".to_owned(), "vecino".to_owned(), "1".to_owned(), "1.2".to_owned())
    }

    #[zbus(signal)]
    async fn action_invoked(emitter: &SignalEmitter<'_>, number: u32, action: &str) -> zbus::Result<()>;
}

#[test]
fn what_comes_is_told_by_the_desktop_and_a_press_opens_it() {
    sandbox::run_with(&bus::TOOLS, LIMIT, || {
        sandbox::script(LOOPBACK);
        screen::set_up();
        let folder = tempfile::tempdir().unwrap();
        let deadline = within(STORY);
        let address = format!("unix:path={}", folder.path().join("bus").display());
        let (shown, told) = channel();
        let (_bus, daemon) = bus::start(&address, deadline, |builder| {
            builder.serve_at(PATH, Daemon { shown: shown.clone() })?.name(NAME)
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
        let second_id = send("are you there?");
        let second = told.recv_timeout(deadline - Instant::now()).unwrap();
        assert_eq!(second, Shown { number: first.number, summary: "luis".into(), body: "2 new messages".into() });

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

        // What the desktop still shows keeps nobody from leaving.
        ana.screen.press("ctrl+j");
        send("one more");
        let last = told.recv_timeout(deadline - Instant::now()).unwrap();
        assert_eq!((last.number, last.body.as_str()), (first.number, "one more"));
        ana.quit();
    });
}
