//! Two people whose nodes run on the loopback and have met by address.

use std::path::Path;

use tempfile::TempDir;

use crate::support::process::{Event, Process};
use crate::support::profile::{Profile, is_here};
use crate::support::within;

/// Milliseconds in which something that needs no waiting comes.
pub const SOON: u64 = 10_000;

/// Ana and Luis.
pub struct Pair {
    pub ana: Profile,
    pub luis: Profile,
    pub ana_node: Process,
    pub luis_node: Process,
    pub ana_id: String,
    pub luis_id: String,
    // After the nodes, which write into it until they end.
    _folder: TempDir,
}

impl Pair {
    /// Starts both nodes and lets them meet.
    pub fn met() -> Self {
        Self::met_with(&[])
    }

    /// The same with more arguments for both nodes.
    pub fn met_with(node_args: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let [ana, luis] = ["ana", "luis"].map(|nickname| person(nickname, folder.path()));
        let (mut ana_node, mut luis_node) = (ana.node_with(node_args), luis.node_with(node_args));
        let [ana_id, luis_id] = introduce((&ana, &mut ana_node), (&luis, &mut luis_node));
        Self { ana, luis, ana_node, luis_node, ana_id, luis_id, _folder: folder }
    }
}

/// Somebody whose files are in a folder of this name within `folder`.
pub fn person(nickname: &str, folder: &Path) -> Profile {
    Profile::on_loopback(nickname, folder.join(nickname))
}

/// Waits until both nodes are ready, tells the first one the other's address, and waits until they have met. Their ids.
pub fn introduce(first: (&Profile, &mut Process), second: (&Profile, &mut Process)) -> [String; 2] {
    let ready = [first.1.ready(), second.1.ready()];
    first.0.run(&["add", &address(&ready[1])]).expect(0);
    let ids = ready.map(|ready| ready.json["peer_id"].as_str().unwrap().to_owned());
    second.1.wait_for("the one who came", within(SOON), |event| is_here(event, &ids[0]));
    ids
}

/// An address at which a node that has said that it is ready can be reached.
pub fn address(ready: &Event) -> String {
    ready.json["listen"][0].as_str().unwrap().to_owned()
}
