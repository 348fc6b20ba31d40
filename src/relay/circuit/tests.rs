mod fairness;

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::future::join_all;
use futures::{AsyncReadExt, AsyncWriteExt};
use libp2p::swarm::Stream;
use tokio::time::timeout;

use super::super::config::Access;
use super::super::harness::{PATIENCE, Peer, Relay, secret};
use super::super::limits::Limits;
use super::super::metrics::Direction;
use super::super::refusal::Refusal;
use super::super::server::{self, Refused};
use super::Event;
use super::by_hand::{Request, Status, taken};
use crate::model::PeerId;

const OK: i32 = Status::Ok as i32;
const LIMIT: i32 = Status::ResourceLimitExceeded as i32;
const FAILED: i32 = Status::ConnectionFailed as i32;

/// Somebody with a reservation.
async fn member(relay: &Relay) -> Peer {
    let member = Peer::connect(relay).await;
    assert_eq!(member.reserve().await, OK);
    member
}

/// A circuit, at both its ends.
async fn circuit(caller: &Peer, called: &mut Peer) -> (Stream, Stream) {
    let id = called.id;
    let ((status, there), (from, here)) = tokio::join!(caller.connect_to(&id), called.take_call());
    assert_eq!((status, from), (OK, caller.id));
    (there, here)
}

async fn read(stream: &mut Stream, bytes: usize) -> Vec<u8> {
    let mut read = vec![0; bytes];
    timeout(PATIENCE, stream.read_exact(&mut read)).await.expect("nothing comes").unwrap();
    read
}

async fn say(stream: &mut Stream, what: &[u8]) {
    stream.write_all(what).await.unwrap();
    stream.flush().await.unwrap();
}

/// Waits until nothing more comes; however it ends.
async fn ended(stream: &mut Stream) -> bool {
    let end = async { while stream.read(&mut [0; 64]).await.is_ok_and(|read| read > 0) {} };
    timeout(PATIENCE, end).await.is_ok()
}

#[tokio::test]
async fn a_circuit_carries_both_ways_and_says_what_it_carried() {
    const BYTES: usize = 3_000_000;
    let mut relay = Relay::start(Limits::default()).await;
    let (ana, mut luis) = (Peer::connect(&relay).await, member(&relay).await);
    let (mut at_ana, mut at_luis) = circuit(&ana, &mut luis).await;
    let sent: Vec<u8> = (0..BYTES).map(|n| (n % 251) as u8).collect();
    let sending = async {
        say(&mut at_ana, &sent).await;
        at_ana.close().await.unwrap();
        let mut answer = String::new();
        at_ana.read_to_string(&mut answer).await.unwrap();
        answer
    };
    let answering = async {
        let mut came = Vec::new();
        at_luis.read_to_end(&mut came).await.unwrap();
        assert!(came == sent);
        // One way is closed, the other isn't.
        say(&mut at_luis, b"gracias").await;
        at_luis.close().await.unwrap();
    };
    let (answer, ()) = timeout(PATIENCE, async { tokio::join!(sending, answering) }).await.unwrap();
    assert_eq!(answer, "gracias");
    let (caller, called) = (ana.id, luis.id);
    let closed = Event::Closed { caller, called, to_called: BYTES as u64, to_caller: 7 };
    relay.until(|event| (event == server::Event::Circuit(closed)).then_some(())).await;
    let counted = [Direction::ToCalled, Direction::ToCaller].map(|way| relay.metrics.carried(way).get());
    assert_eq!((relay.counts().await.1, counted), (0, [BYTES as u64, 7]));
    assert_eq!(relay.metrics.circuits_opened.get(), 1);
    assert!(relay.metrics.circuit_setup.quantile(1.0).is_some() && relay.metrics.routing.quantile(0.5).is_some());
}

#[tokio::test]
async fn what_is_said_right_behind_the_request_and_the_answer_arrives() {
    let relay = Relay::start(Limits::default()).await;
    let (ana, mut luis) = (Peer::connect(&relay).await, member(&relay).await);
    let id = luis.id;
    let taking = async {
        let (_, mut stream) = luis.called().await;
        say(&mut stream, &[taken(Status::Ok).as_slice(), b"hola ana"].concat()).await;
        stream
    };
    let ((status, mut at_ana), mut at_luis) = tokio::join!(ana.ask(Request::Connect(id), b"hola luis"), taking);
    assert_eq!(status, OK);
    assert_eq!(read(&mut at_luis, 9).await, b"hola luis");
    assert_eq!(read(&mut at_ana, 8).await, b"hola ana");
}

#[tokio::test]
async fn twenty_calls_at_once_to_one_member_are_all_taken() {
    let relay = Relay::start(Limits::default()).await;
    let (callers, mut luis) = (join_all((0..10).map(|_| Peer::connect(&relay))).await, member(&relay).await);
    let id = luis.id;
    let calling = join_all((0..20_u8).map(|n| {
        let caller = &callers[usize::from(n) / 2];
        async move {
            let (status, mut stream) = caller.connect_to(&id).await;
            say(&mut stream, &[n]).await;
            let echo = read(&mut stream, 1).await;
            (status, echo == [n])
        }
    }));
    let taking = async {
        let mut streams = Vec::new();
        for _ in 0..20 {
            let (_, mut stream) = luis.take_call().await;
            streams.push(tokio::spawn(async move {
                let said = read(&mut stream, 1).await;
                say(&mut stream, &said).await;
                stream
            }));
        }
        streams
    };
    let (answers, _streams) = tokio::join!(calling, taking);
    assert_eq!(answers, [(OK, true); 20]);
}

#[tokio::test]
async fn calls_that_nobody_takes_are_all_answered() {
    let relay = Relay::start(Limits::default()).await;
    let (callers, luis) = (join_all((0..20).map(|_| Peer::connect(&relay))).await, member(&relay).await);
    let start = Instant::now();
    let answers = join_all(callers.iter().map(|caller| caller.connect_to(&luis.id))).await;
    assert!(answers.iter().all(|(status, _)| *status == FAILED));
    assert!(start.elapsed() < Duration::from_secs(10));
    assert_eq!(relay.counts().await.1, 0);
    // And the next one isn't harmed.
    assert_eq!(luis.reserve().await, OK);
}

#[tokio::test]
async fn one_caller_has_few_circuits_to_the_same_member() {
    let mut relay = Relay::start(Limits::default()).await;
    let (ana, mut luis, mut eva) = (Peer::connect(&relay).await, member(&relay).await, member(&relay).await);
    let mut circuits = Vec::new();
    for _ in 0..4 {
        circuits.push(circuit(&ana, &mut luis).await);
    }
    assert_eq!(ana.connect_to(&luis.id).await.0, LIMIT);
    circuit(&ana, &mut eva).await;
    drop(circuits.pop());
    let is_over = |event| matches!(event, server::Event::Circuit(Event::Closed { .. }));
    relay.until(|event| is_over(event).then_some(())).await;
    circuit(&ana, &mut luis).await;
}

#[tokio::test]
async fn one_address_has_half_of_all_circuits() {
    let relay = Relay::start(Limits { circuits: 2, ..Limits::default() }).await;
    let (ana, eva, mut luis) = (Peer::connect(&relay).await, Peer::connect(&relay).await, member(&relay).await);
    let _circuit = circuit(&ana, &mut luis).await;
    assert_eq!(eva.connect_to(&luis.id).await.0, LIMIT);
}

#[tokio::test]
async fn a_call_is_answered_at_once_when_the_member_goes() {
    let relay = Relay::start(Limits::default()).await;
    let (ana, mut luis) = (Peer::connect(&relay).await, member(&relay).await);
    let id = luis.id;
    let start = Instant::now();
    let going = async {
        let _ = luis.called().await;
        drop(luis);
    };
    let ((status, _), ()) = tokio::join!(ana.connect_to(&id), going);
    assert!([FAILED, Status::NoReservation as i32].contains(&status), "{status}");
    assert!(start.elapsed() < Duration::from_secs(4));
}

#[tokio::test]
async fn refusals_have_their_codes() {
    let limits = Limits { members: 2, circuits_per_member: 1, ..Limits::default() };
    let relay = Relay::start(limits).await;
    let (ana, mut luis, eva) = (member(&relay).await, member(&relay).await, Peer::connect(&relay).await);
    assert_eq!(eva.reserve().await, LIMIT, "it's full");
    assert_eq!(ana.reserve().await, OK, "but not for those who are in");
    assert_eq!(ana.connect_to(&eva.id).await.0, Status::NoReservation as i32);
    assert_eq!(ana.connect_to(&ana.id).await.0, Status::PermissionDenied as i32);
    let _circuit = circuit(&ana, &mut luis).await;
    assert_eq!(eva.connect_to(&luis.id).await.0, LIMIT);
    let mut stream = eva.hop().await;
    say(&mut stream, &[2, 0x08, 9]).await;
    let code = super::by_hand::status(&mut stream).await.unwrap();
    assert_eq!(code, Status::Unexpected as i32);
    assert!(ended(&mut stream).await);
}

#[tokio::test]
async fn admission_is_asked_about_each_request() {
    let key = secret();
    let known = crate::net::peer_id(&key).unwrap();
    let mut relay = Relay::with(Limits::default(), Access::List([known].into())).await;
    let (ana, eva) = (Peer::connect_as(&relay, &key).await, Peer::connect(&relay).await);
    assert_eq!(ana.reserve().await, OK);
    assert_eq!(eva.reserve().await, Status::ReservationRefused as i32);
    assert_eq!(eva.connect_to(&ana.id).await.0, Status::PermissionDenied as i32);
    let refused = Refused { peer: Some(eva.id), seen: Some([127, 0, 0, 1].into()), refusal: Refusal::NotAllowed };
    relay.until(|event| (event == server::Event::Refused(refused)).then_some(())).await;
}

#[tokio::test]
async fn who_asks_too_often_waits_and_others_do_not() {
    let limits = Limits { circuit_rate: 1, circuit_burst: 5, ..Limits::default() };
    let relay = Relay::start(limits).await;
    let (ana, eva) = (Peer::connect(&relay).await, Peer::connect(&relay).await);
    let nobody = PeerId::from_public_key([9; 32]);
    let mut codes = Vec::new();
    for _ in 0..7 {
        codes.push(ana.connect_to(&nobody).await.0);
    }
    assert_eq!(codes.first(), Some(&(Status::NoReservation as i32)));
    assert_eq!(codes.last(), Some(&LIMIT));
    assert_eq!(eva.connect_to(&nobody).await.0, Status::NoReservation as i32);
    relay.ask(|server| server.set_limits(&Arc::default())).await;
    assert_eq!(ana.connect_to(&nobody).await.0, Status::NoReservation as i32, "limits can be changed");
}

#[tokio::test]
async fn who_talks_nonsense_without_end_is_sent_away_and_others_are_not() {
    let relay = Relay::start(Limits::default()).await;
    let (eva, ana, mut luis) = (Peer::connect(&relay).await, Peer::connect(&relay).await, member(&relay).await);
    let (mut at_ana, mut at_luis) = circuit(&ana, &mut luis).await;
    assert_eq!(relay.counts().await, (1, 1));
    let nonsense = async {
        loop {
            let Some(mut stream) = eva.try_hop().await else { return };
            let _ = stream.write_all(&[2, 0x08, 9]).await;
            let _ = stream.read(&mut [0; 8]).await;
        }
    };
    timeout(PATIENCE, nonsense).await.unwrap();
    relay.connections_fall_to(2).await;
    say(&mut at_ana, b"still here").await;
    assert_eq!(read(&mut at_luis, 10).await, b"still here");
}

#[tokio::test]
async fn streams_on_which_nothing_is_asked_are_few() {
    let relay = Relay::start(Limits::default()).await;
    let (eva, ana) = (Peer::connect(&relay).await, Peer::connect(&relay).await);
    let mut silent = join_all((0..40).map(|_| eva.try_hop())).await;
    // Long before the time to ask is over; those that are left wait for it.
    let resets = join_all(silent.iter_mut().flatten().map(|stream| async {
        let mut byte = [0];
        timeout(Duration::from_secs(3), stream.read(&mut byte)).await.is_ok()
    }));
    let left = resets.await.into_iter().filter(|reset| !reset).count();
    assert!((1..=32).contains(&left), "{left}");
    assert_eq!(ana.reserve().await, OK);
    drop(silent);
    let heard_again =
        async { while timeout(Duration::from_secs(1), eva.try_ask(Request::Reserve)).await != Ok(Some(OK)) {} };
    timeout(PATIENCE, heard_again).await.unwrap();
}

#[tokio::test]
async fn the_newest_reservation_of_a_member_is_the_one_that_is_called() {
    let relay = Relay::start(Limits::default()).await;
    let key = secret();
    let ana = Peer::connect(&relay).await;
    let mut old = Peer::connect_as(&relay, &key).await;
    assert_eq!(old.reserve().await, OK);
    let mut new = Peer::connect_as(&relay, &key).await;
    assert_eq!(new.reserve().await, OK);
    let _circuit = circuit(&ana, &mut new).await;
    relay.counts().await;
    assert_eq!((relay.metrics.reservations.get(), relay.metrics.connections.get()), (1, 3));
    drop(new);
    relay.connections_fall_to(2).await;
    let _circuit = circuit(&ana, &mut old).await;
}

#[tokio::test]
async fn who_does_not_read_fills_nothing_and_holds_nobody_up() {
    let relay = Relay::start(Limits::default()).await;
    let (ana, mut luis, mut eva) = (Peer::connect(&relay).await, member(&relay).await, member(&relay).await);
    let (mut stuck, _unread) = circuit(&ana, &mut luis).await;
    let block = vec![7; 64 * 1024];
    let mut taken = 0;
    // What the windows and buffers on the way hold, and not a byte more.
    while let Ok(written) = timeout(Duration::from_millis(500), stuck.write(&block)).await {
        taken += written.unwrap();
        assert!(taken < 2_000_000, "{taken} bytes are somewhere");
    }
    let carried = relay.metrics.carried(Direction::ToCalled).get();
    assert!(carried <= 300_000, "{carried}");
    let (mut at_ana, mut at_eva) = circuit(&ana, &mut eva).await;
    say(&mut at_ana, &block).await;
    assert_eq!(read(&mut at_eva, block.len()).await, block);
}

#[tokio::test]
async fn fifty_circuits_that_nobody_reads_hold_no_more_than_their_windows() {
    const CIRCUITS: usize = 50;
    let relay = Relay::start(Limits::default()).await;
    let (eva, mut luis) = (member(&relay).await, member(&relay).await);
    let (mut callers, mut stuck, mut unread) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..CIRCUITS {
        let caller = Peer::connect(&relay).await;
        let (there, here) = circuit(&caller, &mut luis).await;
        callers.push(caller);
        stuck.push(there);
        unread.push(here);
    }
    let block = vec![7; 64 * 1024];
    let filling = stuck.iter_mut().map(|stuck| async {
        while timeout(Duration::from_millis(500), stuck.write(&block)).await.is_ok_and(|taken| taken.is_ok()) {}
    });
    join_all(filling).await;
    let carried = relay.metrics.carried(Direction::ToCalled).get();
    assert!(carried <= 300_000 * CIRCUITS as u64, "{carried}");
    assert_eq!(eva.connect_to(&callers[0].id).await.0, Status::NoReservation as i32, "others are answered");
}

#[tokio::test]
async fn a_circuit_in_which_nothing_is_said_ends() {
    let limits = Limits { circuit_idle: Duration::from_millis(300), ..Limits::default() };
    let mut relay = Relay::start(limits).await;
    let (ana, mut luis) = (Peer::connect(&relay).await, member(&relay).await);
    let (mut at_ana, mut at_luis) = circuit(&ana, &mut luis).await;
    let start = Instant::now();
    for _ in 0..4 {
        tokio::time::sleep(Duration::from_millis(150)).await;
        say(&mut at_ana, b".").await;
        read(&mut at_luis, 1).await;
    }
    assert!(ended(&mut at_luis).await && ended(&mut at_ana).await);
    assert!(start.elapsed() >= Duration::from_millis(900));
    let over = |event| match event {
        server::Event::Circuit(Event::Closed { to_called, to_caller, .. }) => Some((to_called, to_caller)),
        _ => None,
    };
    assert_eq!(relay.until(over).await, (4, 0));
}

#[tokio::test]
async fn a_member_sends_no_faster_than_it_may() {
    let limits = Limits { member_rate: 500_000, ..Limits::default() };
    let relay = Relay::start(limits).await;
    let (ana, mut luis) = (Peer::connect(&relay).await, member(&relay).await);
    let (mut at_ana, mut at_luis) = circuit(&ana, &mut luis).await;
    let start = Instant::now();
    let bytes = vec![7; 500_000];
    tokio::join!(say(&mut at_ana, &bytes), async { assert_eq!(read(&mut at_luis, bytes.len()).await, bytes) });
    assert!(start.elapsed() > Duration::from_millis(600), "{:?}", start.elapsed());
}

#[tokio::test]
async fn a_relay_that_drains_gives_out_nothing_more_and_says_when_it_is_empty() {
    let mut relay = Relay::start(Limits::default()).await;
    let (ana, mut luis) = (Peer::connect(&relay).await, member(&relay).await);
    let (mut at_ana, mut at_luis) = circuit(&ana, &mut luis).await;
    relay.ask(|server| server.drain()).await;
    assert_eq!(ana.reserve().await, Status::ReservationRefused as i32);
    assert_eq!(ana.connect_to(&luis.id).await.0, LIMIT);
    say(&mut at_ana, b"still here").await;
    assert_eq!(read(&mut at_luis, 10).await, b"still here");
    drop((at_ana, at_luis));
    relay.until(|event| (event == server::Event::Drained).then_some(())).await;
}
