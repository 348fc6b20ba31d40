//! The menu of a conversation by the keyboard, and what it saves.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use crate::chat::wait_for_peer;
use crate::person::{Person, others_bubble};
use crate::screen::{self, TOOLS, until};
use crate::support::profile::Profile;
use crate::support::{sandbox, within};

/// Milliseconds for all of it.
const STORY: u64 = 30_000;
const LIMIT: Duration = Duration::from_secs(60);

/// What asks for a file's name where no desktop has a dialog: this one answers at once, and says what it was asked.
fn answer_dialogs(folder: &Path, chosen: &Path) {
    fs::create_dir(folder).unwrap();
    let (asked, dialog) = (folder.join("asked"), folder.join("zenity"));
    let script = format!("#!/bin/sh\necho \"$@\" > '{}'\necho '{}'\n", asked.display(), chosen.display());
    fs::write(&dialog, script).unwrap();
    fs::set_permissions(dialog, fs::Permissions::from_mode(0o700)).unwrap();
}

#[test]
fn a_conversation_is_saved_by_the_keyboard_alone() {
    sandbox::run_with(&TOOLS, LIMIT, || {
        let folder = screen::stage();
        let deadline = within(STORY);
        let luis = Profile::new("luis", folder.path().join("luis"));
        let _luis_node = luis.ready_node();
        let (dialogs, saved) = (folder.path().join("dialogs"), folder.path().join("kept.txt"));
        answer_dialogs(&dialogs, &saved);
        let path = format!("{}:{}", dialogs.display(), std::env::var("PATH").unwrap());
        let ana = Person::start_with("ana", folder.path(), deadline, &[], &[("PATH", &path)]);
        ana.introduce_themself();
        wait_for_peer(&mut ana.control(), "luis", true, deadline);
        ana.open_first_conversation();
        luis.run(&["send", "ana", "the patio stays"]).expect(0);
        ana.screen.wait_for("what luis wrote", others_bubble);

        ana.screen.press("ctrl+m");
        // Up from the first entry is the last.
        for key in ["Down", "Up", "Up", "Return"] {
            ana.screen.press(key);
        }
        let text = until("saved conversation", deadline, || fs::read_to_string(&saved).ok());
        assert!(text.starts_with("Conversation with luis\n"), "{text}");
        assert!(text.ends_with(" luis\n    the patio stays\n"), "{text}");
        let asked = fs::read_to_string(dialogs.join("asked")).unwrap();
        assert!(asked.contains("--save") && asked.contains("Conversation with luis.txt"), "{asked}");
        ana.quit();
    });
}
