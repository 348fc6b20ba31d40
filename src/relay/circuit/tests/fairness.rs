//! How long a short word waits where the relay carries no more than so much: counted in bytes of the others.

use super::*;

/// Bytes a second in all: a moment's worth is a few pieces.
const RATE: u64 = 1_000_000;

/// Bytes of a chat's word.
const WORD: usize = 100;

/// Words that are said, one after the other.
const WORDS: usize = 20;

/// Bytes that a circuit takes up at once, at most.
const PIECE: u64 = 64 * 1024;

/// Sends as much as goes through to somebody who reads it all, as long as both are there.
async fn bulk(from: &Peer, to: &mut Peer) {
    let (mut there, mut here) = circuit(from, to).await;
    let block = vec![7; 64 * 1024];
    tokio::spawn(async move { while there.write_all(&block).await.is_ok() {} });
    tokio::spawn(async move {
        let mut room = vec![0; 64 * 1024];
        while here.read(&mut room).await.is_ok_and(|read| read > 0) {}
    });
}

/// The most bytes that were carried while a word of Ana's was on its way, beside so many circuits that carry a lot, her
/// own or others'.
async fn longest_wait(limits: Limits, circuits: usize, own: bool) -> u64 {
    let relay = Relay::start(limits).await;
    let (ana, mut luis) = (Peer::connect(&relay).await, member(&relay).await);
    let (mut at_ana, mut at_luis) = circuit(&ana, &mut luis).await;
    let mut others = Vec::new();
    for _ in 0..circuits {
        let (from, mut to) = (Peer::connect(&relay).await, member(&relay).await);
        bulk(if own { &ana } else { &from }, &mut to).await;
        others.push((from, to));
    }
    let carried = || relay.metrics.carried(Direction::ToCalled).get();
    // What was saved up is spent, and all of them take as much at once as they ever do.
    let spent = async {
        while carried() < RATE {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(PATIENCE, spent).await.unwrap();
    let mut longest = 0;
    for _ in 0..WORDS {
        let before = carried();
        say(&mut at_ana, &[1; WORD]).await;
        read(&mut at_luis, WORD).await;
        longest = longest.max(carried() - before);
    }
    println!("{longest} bytes beside {circuits} circuits");
    longest
}

/// A word waits for the piece that is on its way, the one that is next, and for the same of each further circuit.
fn bound(circuits: usize) -> u64 {
    2 * PIECE * circuits as u64 + PIECE
}

#[tokio::test]
async fn beside_a_circuit_that_carries_a_lot_a_word_waits_for_a_piece_or_two() {
    let limits = Limits { total_rate: RATE, ..Limits::default() };
    let longest = longest_wait(limits, 1, false).await;
    assert!(longest <= bound(1), "{longest}");
}

#[tokio::test]
async fn beside_many_such_circuits_a_word_waits_for_a_piece_or_two_of_each() {
    const CIRCUITS: usize = 8;
    let limits = Limits { total_rate: RATE, ..Limits::default() };
    let longest = longest_wait(limits, CIRCUITS, false).await;
    assert!(longest <= bound(CIRCUITS), "{longest}");
}

#[tokio::test]
async fn what_a_member_sends_elsewhere_does_not_hold_up_its_words() {
    let limits = Limits { member_rate: RATE, ..Limits::default() };
    let longest = longest_wait(limits, 3, true).await;
    assert!(longest <= bound(3), "{longest}");
}
