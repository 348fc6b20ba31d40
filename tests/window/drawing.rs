//! What draws the window: where the graphics card was chosen, and where it has failed.

use std::fs;
use std::os::unix::fs::symlink;
use std::time::Duration;

use crate::person::{Person, notice};
use crate::screen::{self, TOOLS, until};
use crate::support::{sandbox, within};

const STORY: u64 = 40_000;
const LIMIT: Duration = Duration::from_secs(80);

const LOG: (&str, &str) = ("RUST_LOG", "warn,vecino=info,wgpu_hal=error");

/// Where drivers would be looked for, and none are.
const NO_DRIVERS: [(&str, &str); 5] = [
    LOG,
    ("VK_DRIVER_FILES", "/nonexistent"),
    ("VK_ICD_FILENAMES", "/nonexistent"),
    ("LIBGL_DRIVERS_PATH", "/nonexistent"),
    ("__EGL_VENDOR_LIBRARY_FILENAMES", "/nonexistent"),
];

const CHOSEN: &str = "drawing = \"graphics-card\"\n";

/// How the log tells what is tried, in this order.
fn renderers(names: &str) -> String {
    format!("renderers=Some(\"{names}\")")
}

#[test]
fn the_window_is_there_without_the_graphics_card_that_was_chosen() {
    sandbox::run_with(&TOOLS, LIMIT, || {
        let folder = screen::stage();
        let data = folder.path().join("ana/data");
        fs::create_dir_all(&data).unwrap();
        // The note leads elsewhere: what is written there stays when the note is gone, however soon that is.
        let note = data.join("graphics-card-starts");
        let noted = folder.path().join("noted");
        symlink(&noted, &note).unwrap();
        let ana = Person::start_set("ana", folder.path(), within(STORY), CHOSEN, &NO_DRIVERS);
        ana.introduce_themself();
        ana.control();
        assert!(ana.log().contains(&renderers("wgpu,tiny-skia")), "it was tried");
        // What is drawn proves that the program can be started so.
        until("end of the trial", within(STORY), || (!note.is_symlink()).then_some(()));
        assert!(noted.exists(), "a driver that ends the program would be known by the note");
        let settings = ana.profile.data().join("settings.toml");
        assert!(fs::read_to_string(settings).unwrap().contains(CHOSEN.trim()), "it's still chosen");
        ana.quit();
    });
}

#[test]
fn after_a_driver_that_ended_the_program_the_processor_draws_and_says_so() {
    sandbox::run_with(&TOOLS, LIMIT, || {
        let folder = screen::stage();
        let deadline = within(STORY);
        let home = folder.path().join("ana");
        fs::create_dir_all(home.join("data")).unwrap();
        let note = home.join("data/graphics-card-starts");
        fs::write(&note, "").unwrap();
        let ana = Person::start_set("ana", folder.path(), deadline, CHOSEN, &[LOG]);
        ana.introduce_themself();
        ana.screen.wait_for("notice", notice);
        assert!(ana.log().contains(&renderers("tiny-skia")));
        let settings = ana.profile.data().join("settings.toml");
        until("other setting", deadline, || {
            fs::read_to_string(&settings).unwrap().contains("drawing = \"processor\"").then_some(())
        });
        assert!(!note.exists());
        ana.quit();
    });
}
