//! A relay with many members: `benches/relay` in small, within bounds that a busy machine keeps, too.

use std::error::Error;
use std::time::Duration;

use tokio::runtime::Runtime;

use crate::support;
use crate::support::profile::Profile;
use crowd::Crowd;

#[allow(dead_code, reason = "shared with the bench")]
#[path = "../../benches/relay/crowd.rs"]
mod crowd;
#[path = "../../benches/relay/flood.rs"]
mod flood;
#[path = "../../benches/relay/member.rs"]
mod member;

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

const MEMBERS: usize = 100;
const PAIRS: usize = 20;
const ATTEMPTS: usize = 1_000;

/// How long they chat each time.
const CHAT: Duration = Duration::from_secs(3);

/// Bytes of memory that a member may cost the relay: what is fixed is shared by few here.
const EACH: u64 = 200_000;

/// The longest that 99 of 100 messages may take, there and back.
const ANSWERED: Duration = Duration::from_secs(1);

/// They chat for some time. No message is lost, and none takes long.
async fn chat(crowd: &Crowd) {
    let (times, lost) = crowd.chat(PAIRS, CHAT).await.unwrap();
    let p99 = Duration::from_nanos(times.value_at_quantile(0.99));
    println!("{} messages, p99 {p99:?}", times.len());
    assert_eq!(lost, 0);
    assert!(p99 < ANSWERED, "{p99:?}");
}

#[test]
fn a_hundred_members_know_each_other_and_chat_while_one_floods_the_relay() {
    let folder = tempfile::tempdir().unwrap();
    let profile = Profile::new("reception", folder.path().join("reception"));
    let relay = profile.relay(&["--listen", "/ip4/127.0.0.1/tcp/0", "--no-mdns"]);
    let alone = relay.resident();
    Runtime::new().unwrap().block_on(async {
        let address = relay.address_at("127.0.0.1");
        let crowd = Crowd::gather(address, MEMBERS).await.unwrap();
        assert_eq!(relay.metric("members"), MEMBERS as f64);
        let each = relay.resident().saturating_sub(alone) / MEMBERS as u64;
        assert!(each < EACH, "{each} bytes for each member");

        crowd.connect(PAIRS).await.unwrap();
        chat(&crowd).await;
        let (_, flooded) = tokio::join!(chat(&crowd), flood::flood(address.parse().unwrap(), ATTEMPTS));
        let (heard, answers) = flooded.unwrap();
        assert!(heard > ATTEMPTS / 2 && answers > 10, "{heard} attempts came through, {answers} answers");
        chat(&crowd).await;
    });
}
