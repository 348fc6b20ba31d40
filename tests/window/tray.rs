//! The desktop's tray, with a watcher of our own on a session bus of its own.

use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::json;
use zbus::blocking::{Connection, Proxy};
use zbus::interface;
use zbus::object_server::SignalEmitter;
use zbus::proxy::CacheProperties;
use zbus::zvariant::{OwnedValue, Structure, Value};

use crate::bus;
use crate::person::Person;
use crate::screen::{self, until};
use crate::support::process::Process;
use crate::support::profile::Profile;
use crate::support::{sandbox, within};

const STORY: u64 = 25_000;
const LIMIT: Duration = Duration::from_secs(60);

const NAME: &str = "org.kde.StatusNotifierWatcher";
const PATH: &str = "/StatusNotifierWatcher";

/// Tells which items there are, and when it was asked for a host and said that one is there.
#[derive(Clone)]
struct Watcher {
    items: Sender<String>,
    asked: Sender<()>,
    has_host: Arc<AtomicBool>,
    /// Whether it never answers.
    hangs: bool,
}

#[interface(name = "org.kde.StatusNotifierWatcher")]
impl Watcher {
    async fn register_status_notifier_item(&self, item: String) {
        self.items.send(item).unwrap();
        if self.hangs {
            std::future::pending().await
        }
    }

    #[zbus(property)]
    fn is_status_notifier_host_registered(&self) -> bool {
        let has_host = self.has_host.load(Ordering::Relaxed);
        if has_host {
            self.asked.send(()).unwrap();
        }
        has_host
    }

    #[zbus(signal)]
    async fn status_notifier_host_registered(emitter: &SignalEmitter<'_>) -> zbus::Result<()>;
}

/// A session bus with a tray.
struct Tray {
    address: String,
    connection: Connection,
    has_host: Arc<AtomicBool>,
    items: Receiver<String>,
    asked: Receiver<()>,
    deadline: Instant,
    _bus: Process,
}

impl Tray {
    /// One that shows nothing yet: it's no host.
    fn start(folder: &Path, deadline: Instant) -> Self {
        Self::start_with(folder, deadline, false)
    }

    fn start_with(folder: &Path, deadline: Instant, hangs: bool) -> Self {
        let address = format!("unix:path={}", folder.join("bus").display());
        let (items, registered) = channel();
        let (asked, was_asked) = channel();
        let has_host = Arc::<AtomicBool>::default();
        // What is served has to be shared, which a channel's end isn't.
        let watcher = Mutex::new(Watcher { items, asked, has_host: Arc::clone(&has_host), hangs });
        let (bus, connection) = bus::start(&address, deadline, |builder| {
            builder.serve_at(PATH, watcher.lock().unwrap().clone())?.name(NAME)
        });
        Self { address, connection, has_host, items: registered, asked: was_asked, deadline, _bus: bus }
    }

    /// Shows its items from now on, and waits until vecino has been told so.
    fn show(&self) {
        self.has_host.store(true, Ordering::Relaxed);
        // It asks again when it has dealt with the answer before.
        for _ in 0..2 {
            let watcher = self.connection.object_server().interface::<_, Watcher>(PATH).unwrap();
            zbus::block_on(Watcher::status_notifier_host_registered(watcher.signal_emitter())).unwrap();
            self.asked.recv_timeout(self.deadline - Instant::now()).unwrap();
        }
    }

    /// What is next shown in it.
    fn item(&self) -> Item<'_> {
        let name = self.items.recv_timeout(self.deadline - Instant::now()).unwrap();
        Item { connection: &self.connection, name }
    }
}

/// Something in the tray.
struct Item<'a> {
    connection: &'a Connection,
    name: String,
}

type Layout = (u32, (i32, HashMap<String, OwnedValue>, Vec<OwnedValue>));

impl Item<'_> {
    fn proxy(&self, path: &'static str, interface: &'static str) -> Proxy<'static> {
        let proxy = zbus::blocking::proxy::Builder::new(self.connection).destination(self.name.clone()).unwrap();
        let proxy = proxy.path(path).unwrap().interface(interface).unwrap();
        proxy.cache_properties(CacheProperties::No).build().unwrap()
    }

    fn title(&self) -> String {
        self.proxy("/StatusNotifierItem", "org.kde.StatusNotifierItem").get_property("Title").unwrap()
    }

    fn press(&self) {
        self.proxy("/StatusNotifierItem", "org.kde.StatusNotifierItem").call::<_, _, ()>("Activate", &(0, 0)).unwrap();
    }

    /// Chooses a line of its menu.
    fn choose(&self, words: &str) {
        let menu = self.proxy("/MenuBar", "com.canonical.dbusmenu");
        let (_, (_, _, lines)): Layout = menu.call("GetLayout", &(0, -1, ["label"].as_slice())).unwrap();
        let line = lines.into_iter().find_map(|line| {
            let line = Structure::try_from(Value::from(line)).unwrap();
            let label = HashMap::<String, Value<'_>>::try_from(line.fields()[1].try_clone().unwrap()).unwrap();
            let is_it = label.get("label") == Some(&Value::from(words));
            is_it.then(|| i32::try_from(&line.fields()[0]).unwrap())
        });
        let line = line.unwrap_or_else(|| panic!("{words} isn't in the menu"));
        menu.call::<_, _, ()>("Event", &(line, "clicked", Value::from(0), 0_u32)).unwrap();
    }
}

#[test]
fn with_a_tray_vecino_runs_on_without_a_window() {
    sandbox::run_with(&bus::TOOLS, LIMIT, || {
        let folder = screen::stage();
        let deadline = within(STORY);
        let tray = Tray::start(folder.path(), deadline);
        let environment = [("DBUS_SESSION_BUS_ADDRESS", tray.address.as_str())];
        let ana = Person::start_with("ana", folder.path(), deadline, &[], &environment);
        ana.introduce_themself();
        let mut at_ana = ana.control();
        let mut luis = Profile::new("luis", folder.path().join("luis"));
        luis.node_args = ["--listen", "/ip4/127.0.0.1/tcp/0"].map(str::to_owned).into();
        let _node = luis.ready_node();
        ana.wait_for_peer("luis");

        let item = tray.item();
        tray.show();
        until("choice of a presence", deadline, || (item.title() == "vecino").then_some(()));
        item.choose("Away");
        // What the tray tells comes in order: by now vecino knows that there's one.
        until("presence", deadline, || (at_ana.call("me", json!({}))["presence"] == "away").then_some(()));

        ana.screen.press("ctrl+w");
        ana.screen.wait_for_windows(0);
        luis.run(&["send", "ana", "hola"]).expect(0);
        until("count of what is unread", deadline, || (item.title() == "(1) vecino").then_some(()));
        item.press();
        let [window] = ana.screen.wait_for_windows(1)[..] else { unreachable!() };
        ana.screen.focus(window);
        ana.screen.press("ctrl+w");
        ana.screen.wait_for_windows(0);
        item.choose("Quit");
        ana.see_the_end();
    });
}

#[test]
fn without_a_tray_the_last_window_is_the_end() {
    sandbox::run_with(&bus::TOOLS, LIMIT, || {
        let folder = screen::stage();
        let deadline = within(STORY);
        // Somebody watches for items, and shows none.
        let tray = Tray::start(folder.path(), deadline);
        let environment = [("DBUS_SESSION_BUS_ADDRESS", tray.address.as_str())];
        let ana = Person::start_with("ana", folder.path(), deadline, &[], &environment);
        ana.introduce_themself();
        ana.control();
        tray.item();
        ana.screen.press("ctrl+w");
        ana.see_the_end();
    });
}

#[test]
fn a_tray_that_does_not_answer_holds_nobody_up() {
    sandbox::run_with(&bus::TOOLS, LIMIT, || {
        let folder = screen::stage();
        let deadline = within(STORY);
        let tray = Tray::start_with(folder.path(), deadline, true);
        let environment = [("DBUS_SESSION_BUS_ADDRESS", tray.address.as_str())];
        let ana = Person::start_with("ana", folder.path(), deadline, &[], &environment);
        tray.item();
        ana.introduce_themself();
        ana.control();
        ana.screen.press("ctrl+w");
        ana.see_the_end();
    });
}

#[test]
fn a_start_without_a_window_has_one_where_there_is_no_tray() {
    sandbox::run_with(&bus::TOOLS, LIMIT, || {
        let folder = screen::stage();
        let deadline = within(STORY);
        let tray = Tray::start(folder.path(), deadline);
        for nickname in ["ana", "luis"] {
            let data = Profile::new(nickname, folder.path().join(nickname)).data();
            fs::create_dir_all(&data).unwrap();
            fs::write(data.join("settings.toml"), format!("nickname = '{nickname}'\n")).unwrap();
        }
        let hidden = |nickname, environment: &[(&str, &str)]| {
            Person::start_with(nickname, folder.path(), deadline, &["--hidden"], environment)
        };
        let luis = hidden("luis", &[]);
        luis.screen.wait_for_window();
        luis.quit();

        let ana = hidden("ana", &[("DBUS_SESSION_BUS_ADDRESS", &tray.address)]);
        ana.control();
        let item = tray.item();
        tray.show();
        assert!(ana.screen.windows().is_empty());
        item.press();
        ana.screen.wait_for_window();
        ana.quit();
    });
}
