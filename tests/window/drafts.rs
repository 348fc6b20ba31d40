//! What is being written outlives the window.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use crate::chat::wait_for_peer;
use crate::person::Person;
use crate::screen::{self, TOOLS, until};
use crate::support::profile::Profile;
use crate::support::{sandbox, within};

/// Milliseconds for all of it.
const STORY: u64 = 30_000;
const LIMIT: Duration = Duration::from_secs(60);

const WORDS: &str = "and the roof?";

/// What is being written, as the profile in this folder keeps it.
fn drafts(data: &Path) -> Vec<String> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let history = Connection::open_with_flags(data.join("history.db"), flags).unwrap();
    let mut drafts = history.prepare("SELECT text FROM drafts").unwrap();
    drafts.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
}

#[test]
fn what_is_being_written_outlives_the_program_until_it_is_sent() {
    sandbox::run_with(&TOOLS, LIMIT, || {
        let folder = screen::stage();
        let deadline = within(STORY);
        let luis = Profile::new("luis", folder.path().join("luis"));
        let (mut luis_node, _) = luis.ready_node();
        let mut ana = Person::start("ana", folder.path(), deadline);
        ana.introduce_themself();
        wait_for_peer(&mut ana.control(), "luis", true, deadline);
        ana.open_first_conversation();
        ana.screen.write(WORDS);
        let kept = || drafts(&ana.profile.data());
        until("draft on the disk", deadline, || kept().iter().any(|draft| draft == WORDS).then_some(()));

        ana.crash();
        ana.screen.wait_for_window();
        wait_for_peer(&mut ana.control(), "luis", true, deadline);
        ana.open_first_conversation();
        ana.screen.press("Return");
        luis_node.wait_for("what was being written", deadline, |event| event["text"] == WORDS);
        let kept = || drafts(&ana.profile.data());
        until("end of the draft", deadline, || kept().is_empty().then_some(()));
        // The end of the program doesn't wait for a pause in writing.
        let data = ana.profile.data();
        ana.screen.write(WORDS);
        ana.quit();
        assert_eq!(drafts(&data), [WORDS]);
    });
}
