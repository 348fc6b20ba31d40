//! Standard output of a node. When nobody reads it any more the node goes on.

use serde::Serialize;
use tokio::io::{AsyncWriteExt, Stdout, stdout};
use tracing::debug;

use super::story::Story;
use crate::control::EventRecord;
use crate::model::{Me, Nickname, Peer, PeerId};

/// Prints what happens, as sentences or as JSON.
pub(super) struct Printer {
    out: Option<Stdout>,
    json: bool,
    story: Option<Story>,
    /// The last line about oneself: what isn't in it changes too.
    me: Option<String>,
}

/// The first line of `node --json`.
#[derive(Serialize)]
#[serde(tag = "event", rename = "ready")]
struct Ready<'a> {
    peer_id: PeerId,
    nickname: &'a Nickname,
    listen: &'a [String],
}

impl Printer {
    /// To standard output.
    pub fn new(json: bool) -> Self {
        Self { out: Some(stdout()), json, story: None, me: None }
    }

    /// The node listens; these peers are known.
    pub async fn ready(&mut self, me: &Me, peers: &[Peer]) {
        let story = Story::new(me, peers);
        let line = if self.json { ready_json(me) } else { Some(story.beginning(me)) };
        self.story = Some(story);
        self.print(line).await;
    }

    /// Something happened.
    pub async fn tell(&mut self, record: &EventRecord) {
        let line = if self.json { json(record) } else { self.story.as_mut().and_then(|story| story.tell(record)) };
        if matches!(record, EventRecord::Me(_)) && line.is_some() {
            if self.me == line {
                return;
            }
            self.me.clone_from(&line);
        }
        self.print(line).await;
    }

    async fn print(&mut self, line: Option<String>) {
        let (Some(out), Some(line)) = (&mut self.out, line) else { return };
        let written = async {
            out.write_all(format!("{line}\n").as_bytes()).await?;
            out.flush().await
        };
        if let Err(error) = written.await {
            debug!(%error, "standard output is gone; the node goes on without");
            self.out = None;
        }
    }
}

fn ready_json(me: &Me) -> Option<String> {
    json(&Ready { peer_id: me.peer_id, nickname: &me.nickname, listen: &me.addresses })
}

fn json(document: &impl Serialize) -> Option<String> {
    serde_json::to_string(document).inspect_err(|error| debug!(%error, "an event can't be written as JSON")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Network, Presence};

    #[test]
    fn the_first_line_says_where_the_node_listens() {
        let peer_id = PeerId::from_public_key([1; 32]);
        let me = Me {
            peer_id,
            nickname: Nickname::new("josé 🌮").unwrap(),
            tag: peer_id.tag(),
            presence: Presence::Online,
            addresses: vec!["/ip4/127.0.0.1/tcp/1".to_owned()],
            relays: Vec::new(),
            network: Network::default(),
        };
        assert_eq!(
            ready_json(&me).unwrap(),
            format!(
                r#"{{"event":"ready","peer_id":"{peer_id}","nickname":"josé 🌮","listen":["/ip4/127.0.0.1/tcp/1"]}}"#
            )
        );
    }
}
