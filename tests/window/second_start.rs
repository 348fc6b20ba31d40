//! A vecino that is started once more shows the window of the one that runs.

use std::time::Duration;

use serde_json::json;

use crate::person::{Person, button_above};
use crate::screen::{self, TOOLS};
use crate::support::process::Process;
use crate::support::profile::Profile;
use crate::support::{sandbox, within};

const STORY: u64 = 25_000;
const LIMIT: Duration = Duration::from_secs(60);

#[test]
fn a_second_start_shows_the_window_of_the_first() {
    sandbox::run_with(&TOOLS, LIMIT, || {
        let folder = screen::stage();
        let deadline = within(STORY);
        let ana = Person::start("ana", folder.path(), deadline);
        ana.introduce_themself();
        let mut luis = Profile::new("luis", folder.path().join("luis"));
        luis.node_args = ["--listen", "/ip4/127.0.0.1/tcp/0"].map(str::to_owned).into();
        let _node = luis.ready_node();
        ana.wait_for_peer("luis");

        let start_again = || {
            let mut again = ana.profile.command(&[]);
            again.env("DISPLAY", ana.screen.display());
            let ended = Process::start("vecino once more", again).output(deadline).expect(0);
            assert_eq!((ended.stdout.as_str(), ended.stderr.as_str()), ("", ""));
        };
        start_again();
        let [main] = ana.screen.windows()[..] else { panic!("one window is there, and no second") };

        ana.open_first_conversation();
        ana.screen.press("ctrl+shift+n");
        ana.screen.wait_for_windows(2);
        ana.screen.focus(main);
        ana.screen.press("ctrl+w");
        let [conversation] = ana.screen.wait_for_windows(1)[..] else { unreachable!() };
        assert_ne!(conversation, main);
        start_again();
        let windows = ana.screen.wait_for_windows(2);
        let anew = windows.into_iter().find(|window| *window != conversation).unwrap();
        ana.screen.focus(anew);
        ana.quit();
    });
}

#[test]
fn a_link_adds_somebody_once_it_is_said_to() {
    sandbox::run_with(&TOOLS, LIMIT, || {
        let folder = screen::stage();
        let deadline = within(STORY);
        let luis = Profile::on_loopback("luis", folder.path().join("luis"));
        let _node = luis.ready_node();
        let link = luis.run(&["id", "--invite"]).expect(0).stdout.trim().replace("vecino:", "vecino://");

        let ana = Person::start("ana", folder.path(), deadline);
        ana.introduce_themself();
        let mut at_ana = ana.control();
        let mut open = ana.profile.command(&["--open", &link]);
        open.env("DISPLAY", ana.screen.display());
        Process::start("vecino --open", open).output(deadline).expect(0);
        let add = ana.screen.wait_for("button to add", button_above);
        assert_eq!(at_ana.call("peers", json!({})), json!([]), "nobody has said so yet");
        ana.screen.click(add);
        ana.wait_for_peer("luis");
        ana.screen.wait_for("end of the question", |picture| button_above(picture).is_none().then_some(()));
        ana.quit();
    });
}
