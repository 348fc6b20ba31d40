//! The main job, by hand: two people meet, write, read, and pass a file.

use std::fs;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::person::{Person, accept_button, badge, others_bubble, own_bubble, words_are_the_others};
use crate::screen::{self, TOOLS, until};
use crate::support::control::Control;
use crate::support::{sandbox, within};

/// Milliseconds for the whole story; the sandbox's own limit leaves time to say what was missing.
const STORY: u64 = 25_000;
const LIMIT: Duration = Duration::from_secs(60);

/// What a wait for a state asks the node for at most, in milliseconds.
const STATE: u64 = 10_000;

const WORDS: &str = "Hola luis, did the drawings arrive?";

#[test]
fn what_is_typed_in_one_window_is_seen_in_the_other() {
    sandbox::run_with(&TOOLS, LIMIT, || {
        let folder = screen::stage();
        let deadline = within(STORY);
        let [ana, luis] = ["ana", "luis"].map(|nickname| Person::start(nickname, folder.path(), deadline));
        for person in [&ana, &luis] {
            person.introduce_themself();
        }
        let [mut at_ana, mut at_luis] = [&ana, &luis].map(Person::control);
        wait_for_peer(&mut at_ana, "luis", true, deadline);
        wait_for_peer(&mut at_luis, "ana", true, deadline);

        write(&ana, &luis, &mut at_luis, deadline);
        read(&luis, &mut at_ana);
        answer(&ana, &luis);
        pass_file(&ana, &luis, deadline);

        ana.quit();
        wait_for_peer(&mut at_luis, "ana", false, deadline);
        luis.quit();
    });
}

/// Waits until somebody of this nickname is here, or isn't.
pub fn wait_for_peer(control: &mut Control, nickname: &str, here: bool, deadline: Instant) {
    until(nickname, deadline, || {
        let peers = control.call("peers", json!({}));
        let is_it = |peer: &&Value| peer["nickname"] == nickname && (peer["path"] != "none") == here;
        peers.as_array().unwrap().iter().find(is_it).map(drop)
    });
}

fn history(control: &mut Control) -> Vec<Value> {
    control.call("history", json!({})).as_array().unwrap().clone()
}

/// Ana types and sends. Luis has it, unread.
fn write(ana: &Person, luis: &Person, at_luis: &mut Control, deadline: Instant) {
    assert!(badge(&luis.screen.picture()).is_none());
    ana.open_first_conversation();
    ana.screen.write(WORDS);
    ana.screen.press("Return");
    ana.screen.wait_for("own bubble at ana", own_bubble);
    let kept = until("message at luis", deadline, || history(at_luis).pop());
    assert_eq!((&kept["text"], &kept["from"]), (&json!(WORDS), &json!("peer")));
    luis.screen.wait_for("count of what is unread", badge);
}

/// Luis opens the conversation: there it stands, and Ana hears of it.
fn read(luis: &Person, at_ana: &mut Control) {
    let sent = history(at_ana).pop().unwrap();
    // Luis has shown it, which says nothing of his answer to Ana.
    let delivered = json!({ "message": sent["id"], "state": "delivered", "timeout_ms": STATE });
    assert_eq!(at_ana.call("wait_message", delivered)["state"], "delivered", "nobody has seen it yet");
    assert!(others_bubble(&luis.screen.picture()).is_none());
    luis.open_first_conversation();
    luis.screen.wait_for("bubble at luis", others_bubble);
    luis.screen.wait_for("end of the count", |picture| badge(picture).is_none().then_some(()));
    let read = json!({ "message": sent["id"], "state": "read", "timeout_ms": STATE });
    assert_eq!(at_ana.call("wait_message", read)["state"], "read");
}

/// Luis types the same, so that his window shows both: what came has to look as what is typed. He sends it back.
fn answer(ana: &Person, luis: &Person) {
    luis.screen.write(WORDS);
    luis.screen.wait_for("same words above as in the composer", words_are_the_others);
    assert!(others_bubble(&ana.screen.picture()).is_none());
    luis.screen.press("Return");
    ana.screen.wait_for("bubble of luis at ana", others_bubble);
}

/// Ana offers a file, Luis presses Accept, and has it.
fn pass_file(ana: &Person, luis: &Person, deadline: Instant) {
    let bytes: Vec<u8> = (0..3_000_000_u32).map(|number| (number / 7) as u8).collect();
    let path = ana.profile.home.join("drawings.zip");
    fs::write(&path, &bytes).unwrap();
    let share = ana.profile.start(&["share", "luis", path.to_str().unwrap()]);
    let accept = luis.screen.wait_for("button to accept", accept_button);
    luis.screen.click(accept);
    share.output(deadline).expect(0);

    let mut at_luis = luis.control();
    let received = until("file at luis", deadline, || {
        Some(at_luis.call("transfers", json!({}))[0].take()).filter(|transfer| transfer["state"] == "done")
    });
    assert!(fs::read(received["saved_to"].as_str().unwrap()).unwrap() == bytes, "another file than ana's");
    luis.screen.wait_for("end of the offer", |picture| accept_button(picture).is_none().then_some(()));
}
