//! What is taken unasked, where it goes, and what isn't sent because it's there already.

use std::fs;
use std::time::Duration;

use crate::host::{Host, hosts};
use crate::sharing::{
    SOON, accept, hash, last_state, meet, names_in, nodes, offer, offered, share, transfer, wait_for_state, write_file,
};
use crate::support::{sandbox, within};

const LIMIT: Duration = Duration::from_secs(120);

const SIZE: usize = 10_000_000;

/// A folder with a few files in it.
fn folder(host: &Host, name: &str) {
    for (number, size) in [0, 1, 4_096, 600_000].into_iter().enumerate() {
        write_file(host, &format!("{name}/dentro/{number}"), size, number as u64);
    }
}

#[test]
fn known_people_are_those_who_were_written_to() {
    sandbox::run(LIMIT, || {
        let [ana, luis] = hosts(["ana", "luis"]);
        let (mut ana_node, mut luis_node) = (ana.node(), luis.node_with(&["--accept", "known"]));
        meet(&mut ana_node, "luis");
        meet(&mut luis_node, "ana");
        let first = offer(&ana, "luis", &write_file(&ana, "foto.jpg", 1_000, 1));
        wait_for_state(&mut luis_node, &first, "offered", SOON);
        luis.run(&["send", "ana", "hola"]).expect(0);
        folder(&ana, "viaje");
        let second = offer(&ana, "luis", &ana.home.join("viaje"));
        wait_for_state(&mut luis_node, &second, "done", SOON);
        assert_eq!(names_in(&luis.downloads()), ["viaje"]);
        assert_eq!(transfer(&luis, &first)["state"], "offered", "what was offered before still waits");
    });
}

#[test]
fn everything_is_taken_from_everybody_where_a_person_wants_that() {
    sandbox::run(LIMIT, || {
        let [ana, luis] = hosts(["ana", "luis"]);
        let (mut ana_node, mut luis_node) = (ana.node(), luis.node_with(&["--accept", "all"]));
        meet(&mut ana_node, "luis");
        meet(&mut luis_node, "ana");
        folder(&ana, "viaje");
        folder(&ana, "otro");
        let file = write_file(&ana, "foto.jpg", 1_000, 1);
        let paths = ["viaje", "foto.jpg", "otro"].map(|name| ana.home.join(name).to_str().unwrap().to_owned());
        let args = ["share", "luis", &paths[0], &paths[1], &paths[2]];
        ana.run(&args).expect(0);
        assert_eq!(names_in(&luis.downloads()), ["foto.jpg", "otro", "viaje"]);
        assert_eq!(names_in(&luis.downloads().join("otro/dentro")), ["0", "1", "2", "3"]);
        assert_eq!(hash(&luis.downloads().join("foto.jpg")), hash(&file));
        assert_eq!(hash(&luis.downloads().join("otro/dentro/3")), hash(&ana.home.join("otro/dentro/3")));
    });
}

#[test]
fn a_person_says_where_to_and_where_there_is_no_room_an_offer_waits() {
    sandbox::run(LIMIT, || {
        let [ana, luis] = hosts(["ana", "luis"]);
        let (_ana_node, mut luis_node) = nodes(&ana, &luis);
        let path = write_file(&ana, "película.mkv", SIZE, 1);
        let sharing = share(&ana, "luis", &path);
        let id = offered(&mut luis_node);
        let small = luis.home.join("small");
        fs::create_dir(&small).unwrap();
        sandbox::script(&format!("mount -t tmpfs -o size=8m tmpfs {}", small.display()));
        let refused = luis.run(&["accept", &id, "--to", small.to_str().unwrap()]);
        refused.expect_words(1, &["not enough room", "small"]);
        assert_eq!(transfer(&luis, &id)["state"], "offered");

        let large = luis.home.join("nueva/carpeta");
        luis.run(&["accept", &id, "--to", large.to_str().unwrap()]).expect(0);
        assert_eq!(last_state(&sharing.output(within(SOON)).expect(0).stdout), "done");
        assert_eq!(hash(&large.join("película.mkv")), hash(&path));
        assert_eq!(transfer(&luis, &id)["saved_to"], large.join("película.mkv").to_str().unwrap());
        assert_eq!((names_in(&luis.downloads()), names_in(&small)), (Vec::new(), Vec::new()));
    });
}

#[test]
fn what_is_there_already_is_not_sent_again() {
    sandbox::run(LIMIT, || {
        let [ana, luis] = hosts(["ana", "luis"]);
        let (_ana_node, mut luis_node) = nodes(&ana, &luis);
        write_file(&ana, "fotos/playa.jpg", SIZE, 1);
        write_file(&ana, "fotos/monte.jpg", SIZE, 2);
        let mut sent = Vec::new();
        for round in 0..3 {
            if round == 2 {
                // One byte of one of them has changed here since.
                let path = luis.downloads().join("fotos/monte.jpg");
                let mut content = fs::read(&path).unwrap();
                content[SIZE / 2] ^= 1;
                fs::write(&path, content).unwrap();
            }
            let before = ana.sent_bytes();
            let sharing = share(&ana, "luis", &ana.home.join("fotos"));
            accept(&luis, &mut luis_node);
            assert_eq!(last_state(&sharing.output(within(SOON)).expect(0).stdout), "done");
            sent.push(ana.sent_bytes() - before);
        }
        println!("sent {sent:?}");
        assert!(sent[0] > 2 * SIZE as u64);
        assert!(sent[1] < 200_000, "{} bytes for nothing new", sent[1]);
        assert!(sent[2] < 1_000_000, "{} bytes for one unit", sent[2]);
        assert_eq!(names_in(&luis.downloads()), ["fotos", "fotos (2)"], "nothing is replaced");
        for (there, name) in [("fotos", "playa.jpg"), ("fotos (2)", "playa.jpg"), ("fotos (2)", "monte.jpg")] {
            assert_eq!(hash(&luis.downloads().join(there).join(name)), hash(&ana.home.join("fotos").join(name)));
        }
    });
}
