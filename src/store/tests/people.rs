//! Peers, addresses and transfers.

use super::*;
use crate::model::{InvitedRelay, Nickname, Path as Way, PausedBy, Peer, Presence};

/// Somebody who is here, and was seen then.
fn peer(id: PeerId, nickname: &str, seen: i64) -> Peer {
    Peer {
        id,
        nickname: Nickname::new(nickname).unwrap(),
        tag: id.tag(),
        presence: Presence::Online,
        path: Way::Direct,
        addresses: (0..10).map(|host| format!("/ip4/192.168.1.{host}/tcp/48237")).collect(),
        last_seen: Some(at(seen)),
        relay: false,
    }
}

#[tokio::test]
async fn a_peer_is_remembered_as_absent() {
    let mut scene = Scene::new();
    scene.store.remember_peers(vec![peer(ANA, "ana", 1)]).await.unwrap();
    scene.store.remember_peers(vec![peer(BOB, "josé 🌮", 2)]).await.unwrap();
    scene.store.remember_peers(vec![Peer { addresses: Vec::new(), ..peer(ANA, "Ana María", 3) }]).await.unwrap();
    scene.reopen().await;
    let absent = |peer: Peer, addresses| Peer { presence: Presence::Offline, path: Way::None, addresses, ..peer };
    let first_eight = peer(BOB, "bob", 2).addresses[..8].to_vec();
    assert_eq!(
        scene.store.peers().await.unwrap(),
        [absent(peer(ANA, "Ana María", 3), Vec::new()), absent(peer(BOB, "josé 🌮", 2), first_eight)]
    );
}

#[tokio::test]
async fn somebody_of_whom_an_invite_told_was_never_seen() {
    let mut scene = Scene::new();
    let invited = Peer { presence: Presence::Offline, path: Way::None, last_seen: None, ..peer(ANA, "ana", 0) };
    scene.store.remember_peers(vec![invited.clone()]).await.unwrap();
    scene.reopen().await;
    let never = &scene.store.peers().await.unwrap()[0];
    assert_eq!(never.last_seen, None);
    scene.store.remember_peers(vec![Peer { last_seen: Some(at(2)), ..invited }]).await.unwrap();
    assert_eq!(scene.store.peers().await.unwrap()[0].last_seen, Some(at(2)));
}

#[tokio::test]
async fn strangers_seen_longest_ago_are_forgotten() {
    let scene = Scene::new();
    // Seen first of all, but written to.
    scene.store.remember_peers(vec![peer(ANA, "ana", 0)]).await.unwrap();
    scene.send(ANA, 1, "hola").await;
    let stranger = |number: usize| {
        let mut key = [0xcc; 32];
        key[..8].copy_from_slice(&number.to_be_bytes());
        PeerId::from_public_key(key)
    };
    let fill = move |tx: &rusqlite::Transaction<'_>| {
        for number in 0..MAX_PEERS {
            let seen = at(1 + i64::try_from(number).unwrap());
            tx.execute(
                "INSERT INTO peers (id, nickname, addresses, last_seen) VALUES (?1, 'x', '[]', ?2)",
                rusqlite::params![stranger(number), seen],
            )?;
        }
        Ok(())
    };
    scene.store.writer.write(fill).await.unwrap();
    scene.store.remember_peers(vec![peer(stranger(MAX_PEERS), "new", 1_000_000)]).await.unwrap();
    let peers: Vec<_> = scene.store.peers().await.unwrap().into_iter().map(|peer| peer.id).collect();
    assert_eq!(peers.len(), MAX_PEERS + 1);
    assert!(peers.contains(&ANA) && peers.contains(&stranger(MAX_PEERS)) && peers.contains(&stranger(1)));
    assert!(!peers.contains(&stranger(0)));
}

#[tokio::test]
async fn addresses_are_kept_with_who_was_found_there() {
    let mut scene = Scene::new();
    scene.store.add_address("192.168.1.2:48237", None).await.unwrap();
    scene.store.add_address("192.168.1.1:48237", Some(ANA)).await.unwrap();
    scene.store.add_address("192.168.1.1:48237", None).await.unwrap();
    scene.reopen().await;
    let kept = [("192.168.1.1:48237".to_owned(), Some(ANA)), ("192.168.1.2:48237".to_owned(), None)];
    assert_eq!(scene.store.addresses().await.unwrap(), kept);
}

#[tokio::test]
async fn a_relay_is_kept_as_it_was_added_last() {
    let mut scene = Scene::new();
    let relay = |peer, host: u8, token: Option<&str>| InvitedRelay {
        peer,
        addresses: vec![([10, 0, 0, host], 48_237).into()],
        token: token.map(|text| text.parse().unwrap()),
    };
    let bobs = KeptRelay { relay: relay(BOB, 1, None), invited: true };
    let anas = KeptRelay { relay: relay(ANA, 2, None), invited: false };
    scene.store.put_relay(bobs).await.unwrap();
    scene.store.put_relay(anas.clone()).await.unwrap();
    let bobs = KeptRelay { relay: relay(BOB, 3, Some("secret")), invited: false };
    scene.store.put_relay(bobs.clone()).await.unwrap();
    scene.reopen().await;
    assert_eq!(scene.store.relays().await.unwrap(), [bobs, anas]);
}

#[tokio::test]
async fn a_transfer_is_kept_as_it_is_but_for_what_passes() {
    let mut scene = Scene::new();
    let mut row = transfer(1, Direction::In);
    scene.store.put_transfer(row.clone()).await.unwrap();
    scene.store.put_transfer(transfer(2, Direction::Out)).await.unwrap();
    row.transfer = Transfer {
        state: TransferState::Done,
        done: 10,
        paused_by: Some(PausedBy::Disk),
        current: Some("plan.pdf".into()),
        bytes_per_second: 5,
        saved_to: Some("/tmp/plan (2).pdf".into()),
        error: Some("why".into()),
        ..row.transfer
    };
    row.folder = Some("relative".into());
    #[cfg(unix)]
    {
        let name: std::ffi::OsString = std::os::unix::ffi::OsStringExt::from_vec(b"/not \xff unicode".to_vec());
        row.staging = Some(name.into());
    }
    scene.store.put_transfer(row.clone()).await.unwrap();
    scene.reopen().await;
    row.transfer = Transfer { bytes_per_second: 0, current: None, ..row.transfer };
    assert_eq!(scene.store.transfer(row.transfer.id).await.unwrap(), Some(row.clone()));
    assert_eq!(scene.store.transfer(id(3).transfer()).await.unwrap(), None);
    assert_eq!(scene.store.transfers().await.unwrap(), [transfer(2, Direction::Out), row]);
}

#[tokio::test]
async fn a_size_that_no_disk_has_is_an_error() {
    let scene = Scene::new();
    let mut row = transfer(1, Direction::In);
    row.transfer.size = 1 << 63;
    assert!(matches!(scene.store.put_transfer(row).await, Err(StoreError::Database { .. })));
    assert_eq!(scene.store.transfers().await.unwrap(), []);
}

#[tokio::test]
async fn a_relay_that_is_forgotten_leaves_nothing() {
    let mut scene = Scene::new();
    let relay = |peer| {
        let relay = InvitedRelay { peer, addresses: vec!["10.0.0.9:48237".parse().unwrap()], token: None };
        KeptRelay { relay, invited: false }
    };
    for peer in [ANA, BOB] {
        scene.store.put_relay(relay(peer)).await.unwrap();
        scene.store.add_address(format!("{peer}:1"), Some(peer)).await.unwrap();
    }
    scene.store.add_address("10.0.0.9:48237", None).await.unwrap();
    scene.store.forget_relay(ANA).await.unwrap();
    scene.reopen().await;
    assert_eq!(scene.store.relays().await.unwrap(), [relay(BOB)]);
    let addresses = scene.store.addresses().await.unwrap();
    assert_eq!(addresses, [("10.0.0.9:48237".to_owned(), None), (format!("{BOB}:1"), Some(BOB))]);
}
