//! Files arrive whole, under their own names, and over nobody else's.

mod cancel;
mod disk;
mod kills;
mod policy;
mod resume;
mod wire;

use std::fs;
use std::time::Duration;

use serde_json::Value;

use crate::host::hosts;
use crate::sharing::{
    SOON, TRANSFERRED, accept, hash, last_state, meet, names_in, nodes, offered, share, wait_for_transfer, write_file,
};
use crate::support::{sandbox, within};

const LIMIT: Duration = Duration::from_secs(180);

/// Bytes of a large file.
const LARGE: usize = 100_000_000;

#[test]
fn a_large_file_arrives_under_its_own_name_and_replaces_nothing() {
    sandbox::run(LIMIT, || {
        let [ana, luis] = hosts(["ana", "luis"]);
        let (_ana_node, mut luis_node) = nodes(&ana, &luis);
        let first = write_file(&ana, "informe ñ.bin", LARGE, 1);
        let second_folder = ana.home.join("otra");
        fs::create_dir(&second_folder).unwrap();
        let second = second_folder.join("informe ñ.bin");
        fs::rename(write_file(&ana, "segundo", 1_000_001, 2), &second).unwrap();

        for (path, kept_as) in [(&first, "informe ñ.bin"), (&second, "informe ñ (2).bin")] {
            let sharing = share(&ana, "luis", path);
            accept(&luis, &mut luis_node);
            let done = wait_for_transfer(&mut luis_node, "done", TRANSFERRED).json;
            let saved = luis.downloads().join(kept_as);
            assert_eq!(done["saved_to"], saved.to_str().unwrap());
            assert_eq!(hash(&saved), hash(path));
            let shared = sharing.output(within(SOON)).expect(0);
            assert_eq!(last_state(&shared.stdout), "done");
        }
        assert_eq!(hash(&luis.downloads().join("informe ñ.bin")), hash(&first));
        assert_eq!(names_in(&luis.downloads()), ["informe ñ (2).bin", "informe ñ.bin"], "and nothing unfinished");
    });
}

#[test]
fn a_transfer_goes_on_after_either_side_was_killed_in_its_midst() {
    sandbox::run(LIMIT, || {
        let [ana, luis] = hosts(["ana", "luis"]);
        // Two seconds for the file, so that there is a midst to be killed in.
        ana.limit_rate(400);
        let (ana_node, mut luis_node) = nodes(&ana, &luis);
        let path = write_file(&ana, "película.mkv", LARGE, 3);
        let sharing = share(&ana, "luis", &path);
        let id = accept(&luis, &mut luis_node);
        let past =
            |share: f64| move |event: &Value| event["done"].as_f64().is_some_and(|done| done > share * LARGE as f64);

        luis_node.wait_for("a quarter", within(TRANSFERRED), past(0.25));
        luis_node.kill9();
        assert_eq!(names_in(&luis.downloads()).iter().filter(|name| *name == "película.mkv").count(), 0);
        let mut luis_node = luis.node();
        luis_node.wait_for("the half", within(TRANSFERRED), past(0.5));
        ana_node.kill9();
        drop(sharing);
        let (_ana_node, _) = ana.ready_node();

        let done = wait_for_transfer(&mut luis_node, "done", TRANSFERRED).json;
        assert_eq!(done["id"], id);
        assert_eq!(names_in(&luis.downloads()), ["película.mkv"]);
        assert_eq!(hash(&luis.downloads().join("película.mkv")), hash(&path));
    });
}

#[test]
fn a_declined_offer_is_exit_code_5() {
    sandbox::run(LIMIT, || {
        let [ana, luis] = hosts(["ana", "luis"]);
        let (_ana_node, mut luis_node) = nodes(&ana, &luis);
        let sharing = share(&ana, "luis", &write_file(&ana, "foto.jpg", 1_000, 4));
        let id = offered(&mut luis_node);
        let declined = luis.run(&["decline", &id, "--json"]).expect(0).json();
        assert_eq!(declined["state"], "declined");
        let shared = sharing.output(within(SOON)).expect(5);
        assert_eq!(last_state(&shared.stdout), "declined");
        assert_eq!(names_in(&luis.downloads()), [""; 0]);
    });
}

#[test]
fn offers_are_taken_unasked_where_a_person_wants_that() {
    sandbox::run(LIMIT, || {
        let [ana, luis] = hosts(["ana", "luis"]);
        let (_ana_node, _) = ana.ready_node();
        let mut luis_node = luis.node_with(&["--accept", "all"]);
        meet(&mut luis_node, "ana");
        let empty = write_file(&ana, "vacío.txt", 0, 5);
        let small = write_file(&ana, "lista.txt", 4_097, 6);
        for path in [&empty, &small] {
            share(&ana, "luis", path).output(within(SOON)).expect(0);
            assert_eq!(hash(&luis.downloads().join(path.file_name().unwrap())), hash(path));
        }
    });
}

#[test]
fn files_and_folders_go_together_and_links_are_left_out_by_name() {
    sandbox::run(LIMIT, || {
        let [ana, luis] = hosts(["ana", "luis"]);
        let (_ana_node, mut luis_node) = nodes(&ana, &luis);
        let list = write_file(&ana, "lista.txt", 4_097, 7);
        let photos = ana.home.join("fotos");
        fs::create_dir_all(photos.join("vacía")).unwrap();
        fs::create_dir_all(photos.join("verano")).unwrap();
        let photo = photos.join("verano/playa.jpg");
        fs::rename(write_file(&ana, "playa.jpg", 300_000, 8), &photo).unwrap();
        std::os::unix::fs::symlink(&list, photos.join("enlace")).unwrap();

        let paths = [&list, &photos].map(|path| path.to_str().unwrap());
        let sharing = ana.start(&["share", "luis", paths[0], paths[1], "-m", "del viaje", "--json"]);
        let id = accept(&luis, &mut luis_node);
        assert_eq!(luis.history("ana")[0]["text"], "del viaje");
        let done = wait_for_transfer(&mut luis_node, "done", TRANSFERRED).json;
        assert_eq!((&done["id"], &done["files"], &done["size"]), (&id.into(), &2.into(), &304_097.into()));
        let shared = sharing.output(within(SOON)).expect(0);
        assert_eq!(last_state(&shared.stdout), "done");
        assert!(shared.stderr.contains("left out: ") && shared.stderr.contains("enlace"), "{shared:#?}");
        let first: Value = serde_json::from_str(shared.stdout.lines().next().unwrap()).unwrap();
        assert_eq!(first["skipped"], 1);

        let received = luis.downloads().join("fotos");
        assert_eq!(names_in(&luis.downloads()), ["fotos", "lista.txt"]);
        assert_eq!(names_in(&received), ["vacía", "verano"]);
        assert_eq!(hash(&luis.downloads().join("lista.txt")), hash(&list));
        assert_eq!(hash(&received.join("verano/playa.jpg")), hash(&photo));
    });
}

#[test]
fn either_side_holds_a_transfer_up_and_ends_it() {
    sandbox::run(LIMIT, || {
        let [ana, luis] = hosts(["ana", "luis"]);
        // Two seconds for the file, so that there is a midst to be held up in.
        ana.limit_rate(400);
        let (mut ana_node, mut luis_node) = nodes(&ana, &luis);
        let sharing = share(&ana, "luis", &write_file(&ana, "película.mkv", LARGE, 9));
        let id = accept(&luis, &mut luis_node);
        for (host, by_ana, by_luis) in [(&ana, "me", "peer"), (&luis, "peer", "me")] {
            host.run(&["pause", &id]).expect(0);
            for (node, by) in [(&mut ana_node, by_ana), (&mut luis_node, by_luis)] {
                assert_eq!(wait_for_transfer(node, "paused", SOON).json["paused_by"], by);
            }
            host.run(&["resume", &id]).expect(0);
            for node in [&mut ana_node, &mut luis_node] {
                wait_for_transfer(node, "active", SOON);
            }
        }
        assert_eq!(luis.run(&["cancel", &id, "--json"]).expect(0).json()["state"], "cancelled");
        wait_for_transfer(&mut ana_node, "cancelled", SOON);
        assert_eq!(last_state(&sharing.output(within(SOON)).expect(1).stdout), "cancelled");
        assert_eq!(names_in(&luis.downloads()), [""; 0], "nothing is left behind");
    });
}
