//! What a receiver that was restored from a backup lacks of epochs that are over.

use super::*;
use crate::model::{LaneOut, Watermark};

fn mark(number: u64, next: u64, last: Option<u64>) -> Watermark {
    Watermark { epoch: epoch(number), next, last: last.map(id), read: 0 }
}

/// Five messages, of which the first three were acknowledged in epoch 100 and the others wait in epoch 200.
async fn two_epochs() -> Scene {
    let scene = Scene::with_sent(5).await;
    scene.settle(3, 0, &[]).await;
    scene.store.start_epoch(ANA, epoch(200)).await.unwrap();
    scene
}

fn current(last: u64) -> Option<LaneOut> {
    Some(LaneOut { epoch: epoch(200), last, acked: 0, read: 0 })
}

#[tokio::test]
async fn a_receiver_that_has_all_gets_nothing_again() {
    let scene = two_epochs().await;
    assert_eq!(scene.store.requeue(ANA, vec![mark(100, 4, Some(3)), mark(200, 1, None)]).await.unwrap(), None);
    assert_eq!(scene.lane_entries(200).await, [(1, id(4)), (2, id(5))]);
}

#[tokio::test]
async fn what_it_lacks_moves_behind_the_current_epoch() {
    let scene = two_epochs().await;
    assert_eq!(scene.store.requeue(ANA, vec![mark(100, 2, Some(1))]).await.unwrap(), current(4));
    assert_eq!(scene.lane_entries(100).await, [(1, id(1))]);
    assert_eq!(scene.lane_entries(200).await, [(1, id(4)), (2, id(5)), (3, id(2)), (4, id(3))]);
    // Once: the old epoch ends now where the receiver is.
    assert_eq!(scene.store.requeue(ANA, vec![mark(100, 2, Some(1))]).await.unwrap(), None);
    let (_, lane) = scene.store.append(outgoing(ANA, 6, text("six"))).await.unwrap();
    assert_eq!(lane.last, 5);
}

#[tokio::test]
async fn an_epoch_that_it_has_never_heard_of_moves_whole_and_so_does_one_that_it_knows_otherwise() {
    for marks in [vec![], vec![mark(100, 3, Some(77))]] {
        let scene = two_epochs().await;
        assert_eq!(scene.store.requeue(ANA, marks).await.unwrap(), current(5));
        assert_eq!(scene.lane_entries(100).await, []);
        assert_eq!(scene.lane_entries(200).await, [(1, id(4)), (2, id(5)), (3, id(1)), (4, id(2)), (5, id(3))]);
    }
}

#[tokio::test]
async fn a_peer_that_was_never_written_to_lacks_nothing() {
    let scene = Scene::with_sent(1).await;
    assert_eq!(scene.store.requeue(BOB, vec![mark(100, 2, Some(1))]).await.unwrap(), None);
}
