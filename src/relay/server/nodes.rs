//! Nodes as people run them, at this relay.

use std::time::Duration;

use tokio::time::{sleep, timeout};

use super::super::harness::{PATIENCE, Relay};
use crate::model::Path;
use crate::net::address::Target;
use crate::net::harness::Member;
use crate::relay::limits::Limits;

/// Time between two looks at something that nobody tells.
const LOOK_AGAIN: Duration = Duration::from_millis(5);

#[tokio::test]
async fn nodes_meet_at_a_relay_chat_and_find_a_direct_way() {
    let relay = Relay::start(Limits::default()).await;
    let (mut ana, mut luis) = (Member::start(1), Member::start(2));
    let (at, luis_id) = (relay.address.to_string(), luis.id);
    luis.joins(Target::resolve(&at).await.unwrap(), relay.id).await;
    let way = Target::resolve(&format!("{at}/p2p-circuit/p2p/{luis_id}")).await.unwrap();
    assert_eq!(ana.reach(way).await, (Ok(luis_id), Path::Relayed));
    ana.chats(luis_id).await;
    ana.until("a direct way", move |node| node.path(&luis_id) == Path::Direct).await;
    let unused = async {
        while relay.counts().await.1 > 0 {
            sleep(LOOK_AGAIN).await;
        }
    };
    timeout(PATIENCE, unused).await.unwrap();
}
