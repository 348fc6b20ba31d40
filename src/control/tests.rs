//! The socket from both ends, with a fake engine behind it.

use std::time::Duration;

use interprocess::local_socket::tokio::Stream;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

use super::wire::{MAX_CHANGES_WAITING, MAX_CONNECTIONS, MAX_REQUEST_BYTES, MAX_UNDER_WAY};
use super::*;
use crate::engine::fake::{Fake, Teller, message, peer};
use crate::engine::{Event, Handle, Profile};
use crate::model::{Me, MessageState, Path, Text};

/// A served profile, and its folder.
struct Served {
    dir: TempDir,
    handle: Handle,
    teller: Teller,
    stop: Option<oneshot::Sender<()>>,
}

impl Served {
    fn new(fake: Fake) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let (handle, teller) = fake.start();
        let (stop, stopped) = oneshot::channel::<()>();
        let server = Server::bind(&Profile::at(dir.path())).unwrap();
        tokio::spawn(server.serve(handle.clone(), async move { drop(stopped.await) }));
        Self { dir, handle, teller, stop: Some(stop) }
    }

    fn with_people() -> Self {
        Self::new(Fake::new(vec![
            peer(1, "luis", Path::Direct),
            peer(2, "luis", Path::None),
            peer(3, "melani", Path::None),
        ]))
    }

    async fn client(&self) -> Client {
        Client::connect(&Profile::at(self.dir.path())).await.unwrap()
    }

    /// A connection that says what it likes.
    async fn raw(&self) -> BufReader<Stream> {
        BufReader::new(place::connect(self.dir.path()).await.unwrap())
    }

    /// A connection that has greeted.
    async fn greeted(&self) -> BufReader<Stream> {
        let mut raw = self.raw().await;
        say(&mut raw, r#"{"vecino":1}"#).await;
        assert_eq!(hear(&mut raw).await["vecino"], 1);
        raw
    }
}

async fn say(raw: &mut BufReader<Stream>, line: &str) {
    raw.write_all(format!("{line}\n").as_bytes()).await.unwrap();
}

/// The next line; null at the end of the connection.
async fn hear(raw: &mut BufReader<Stream>) -> Value {
    let mut line = String::new();
    timeout(Duration::from_secs(10), raw.read_line(&mut line)).await.expect("an answer").unwrap();
    if line.is_empty() { Value::Null } else { serde_json::from_str(&line).unwrap() }
}

fn text(text: &str) -> Text {
    Text::new(text).unwrap()
}

fn refused(result: Result<Value, Error>) -> RequestError {
    match result {
        Err(Error::Refused(error)) => error,
        other => panic!("not refused: {other:?}"),
    }
}

#[tokio::test]
async fn a_command_asks_the_running_node() {
    let served = Served::with_people();
    let client = served.client().await;
    let me: Me = serde_json::from_value(client.ask(&Request::Me).await.unwrap()).unwrap();
    assert_eq!(me.nickname.as_str(), "ana");
    let sent = client.ask(&Request::Send { peer: "melani".to_owned(), text: text("hola") }).await.unwrap();
    let sent: MessageRecord = serde_json::from_value(sent).unwrap();
    assert_eq!((sent.text.as_str(), sent.state), ("hola", MessageState::Queued));
    let wait = Request::WaitMessage { message: sent.id, state: MessageState::Delivered, timeout_ms: 20 };
    assert_eq!(refused(client.ask(&wait).await).kind, Kind::TimedOut);
    let history = Request::History { peer: Some("melani".to_owned()), search: None, before: None, limit: 5 };
    assert_eq!(client.ask(&history).await.unwrap()[0]["text"], "hola");
    let me = client.ask(&Request::SetNickname { nickname: crate::model::Nickname::new("eva").unwrap() }).await.unwrap();
    assert_eq!(me["nickname"], "eva");
}

#[tokio::test]
async fn a_refusal_keeps_its_kind_and_its_candidates() {
    let served = Served::with_people();
    let client = served.client().await;
    let send = |peer: &str| Request::Send { peer: peer.to_owned(), text: text("hola") };
    assert_eq!(refused(client.ask(&send("nobody")).await).kind, Kind::NoSuchPeer);
    let error = refused(client.ask(&send("luis")).await);
    assert_eq!((error.kind, error.candidates.len()), (Kind::Ambiguous, 2));
    let accept = Request::Accept { transfer: "12345678".to_owned(), to: None };
    assert_eq!(refused(client.ask(&accept).await).kind, Kind::NoSuchTransfer);
}

#[tokio::test]
async fn a_follower_hears_what_happens_until_the_node_stops() {
    let mut served = Served::with_people();
    let client = served.client().await;
    let mut follow = client.follow().await.unwrap();
    let event = Event::Warning { text: crate::engine::Error::Offer("the disk is nearly full".into()).into() };
    served.teller.send([event.clone(), event.clone()].into()).unwrap();
    for _ in 0..2 {
        assert_eq!(follow.next().await.unwrap(), Some(EventRecord::from(&event)));
    }
    drop(served.stop.take());
    assert_eq!(follow.next().await.unwrap(), None);
    assert!(matches!(client.ask(&Request::Me).await, Err(Error::Closed | Error::Io(_))));
}

#[tokio::test]
async fn a_window_is_asked_to_show_itself() {
    let windowless = Served::with_people().client().await.show(None).await;
    assert_eq!(refused(windowless.map(|()| Value::Null)).kind, Kind::NoWindow);

    let dir = tempfile::tempdir().unwrap();
    let profile = Profile::at(dir.path());
    let (handle, _teller) = Fake::new(Vec::new()).start();
    let (window, mut asked) = mpsc::channel(1);
    let served = tokio::spawn({
        let profile = profile.clone();
        async move { serve(handle, &profile, window).await }
    });
    while !dir.path().join("control.sock").exists() {
        tokio::task::yield_now().await;
    }
    let client = Client::connect(&profile).await.unwrap();
    client.show(Some("vecino:abc")).await.unwrap();
    assert_eq!(refused(client.show(None).await.map(|()| Value::Null)).kind, Kind::Busy, "one waits already");
    assert_eq!(asked.recv().await, Some(Some("vecino:abc".to_owned())));
    client.show(None).await.unwrap();
    assert_eq!(asked.recv().await, Some(None));
    drop(asked);
    assert_eq!(refused(client.show(None).await.map(|()| Value::Null)).kind, Kind::Stopped);
    served.abort();
}

#[tokio::test]
async fn a_follower_that_does_not_read_learns_of_the_gap() {
    let served = Served::with_people();
    let mut follow = served.client().await.follow().await.unwrap();
    let burst: std::sync::Arc<[Event]> =
        vec![Event::Warning { text: crate::engine::Error::Offer("x".repeat(1_000).into()).into() }; 100].into();
    for _ in 0..1_000 {
        served.teller.send(burst.clone()).unwrap();
        tokio::task::yield_now().await;
    }
    let mut heard = 0;
    while follow.next().await.unwrap() != Some(EventRecord::Lagged) {
        heard += 1;
    }
    assert!(heard < 100_000);
    assert_eq!(served.client().await.ask(&Request::Peers).await.unwrap().as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn what_changes_something_is_done_in_the_order_written() {
    let served = Served::with_people();
    let mut raw = served.greeted().await;
    for number in 0..200 {
        say(&mut raw, &json!({"id": number, "op": "send", "peer": "melani", "text": number.to_string()}).to_string())
            .await;
    }
    for number in 0..200 {
        let answer = hear(&mut raw).await;
        assert_eq!((&answer["id"], &answer["ok"]["text"]), (&json!(number), &json!(number.to_string())));
    }
}

#[tokio::test]
async fn a_change_that_takes_long_holds_up_further_changes_alone() {
    let served = Served::with_people();
    let mut raw = served.greeted().await;
    say(&mut raw, r#"{"id":1,"op":"share","peer":"melani","paths":[]}"#).await;
    say(&mut raw, r#"{"id":2,"op":"send","peer":"melani","text":"hola"}"#).await;
    for id in [3, 4] {
        say(&mut raw, &json!({"id": id, "op": "history"}).to_string()).await;
        let answer = hear(&mut raw).await;
        assert_eq!((&answer["id"], &answer["ok"]), (&json!(id), &json!([])));
    }
}

#[tokio::test]
async fn what_changes_something_is_carried_out_after_the_end_of_input() {
    let served = Served::with_people();
    let stream = tokio::net::UnixStream::connect(served.dir.path().join("control.sock")).await.unwrap();
    let (mut reader, mut writer) = stream.into_split();
    let mut lines = "{\"vecino\":1}\n".to_owned();
    for id in 0..2 * MAX_CHANGES_WAITING {
        lines += &format!("{}\n", json!({"id": id, "op": "send", "peer": "melani", "text": "hola"}));
    }
    writer.write_all(lines.as_bytes()).await.unwrap();
    drop(writer);
    let mut all = String::new();
    timeout(Duration::from_secs(10), reader.read_to_string(&mut all)).await.expect("an end").unwrap();
    assert_eq!(all.matches("\"ok\"").count(), 2 * MAX_CHANGES_WAITING);
}

#[tokio::test]
async fn one_that_waits_does_not_hold_up_the_others_of_its_connection() {
    let mut fake = Fake::new(vec![peer(3, "melani", Path::None)]);
    let queued = message(1, fake.peers[0].id, "hola", MessageState::Queued);
    fake.messages.push(queued.clone());
    let served = Served::new(fake);
    let mut raw = served.greeted().await;
    let wait = json!({"id": 1, "op": "wait_message", "message": queued.id, "state": "read", "timeout_ms": 60_000});
    for _ in 1..MAX_UNDER_WAY {
        say(&mut raw, &wait.to_string()).await;
    }
    say(&mut raw, r#"{"id":2,"op":"me"}"#).await;
    assert_eq!(hear(&mut raw).await["id"], 2);
}

#[tokio::test]
async fn a_first_line_that_is_no_greeting_is_told_so() {
    let served = Served::with_people();
    for (line, kind) in
        [(r#"{"vecino":2}"#, "version"), ("GET / HTTP/1.1", "invalid"), ("", "invalid"), ("{}", "invalid")]
    {
        let mut raw = served.raw().await;
        say(&mut raw, line).await;
        let answer = hear(&mut raw).await;
        assert_eq!((&answer["vecino"], &answer["error"]["kind"]), (&json!(1), &json!(kind)), "{line}");
        assert_eq!(hear(&mut raw).await, Value::Null);
    }
}

#[tokio::test]
async fn garbage_is_answered_and_the_connection_goes_on() {
    let served = Served::with_people();
    let mut raw = served.greeted().await;
    let nested = "[".repeat(100_000);
    for (line, id) in [
        ("garbage", json!(null)),
        ("", json!(null)),
        (r#"{"op":"me"}"#, json!(null)),
        (r#"{"id":-1,"op":"me"}"#, json!(null)),
        (r#"{"id":7}"#, json!(7)),
        (r#"{"id":8,"op":"explode"}"#, json!(8)),
        (r#"{"id":9,"op":["me"]}"#, json!(9)),
        (nested.as_str(), json!(null)),
    ] {
        say(&mut raw, line).await;
        let answer = hear(&mut raw).await;
        assert_eq!((&answer["id"], &answer["error"]["kind"]), (&id, &json!("invalid")), "{line:.40}");
    }
    say(&mut raw, r#"{"id":10,"op":"me"}"#).await;
    assert_eq!(hear(&mut raw).await["ok"]["nickname"], "ana");
}

#[tokio::test]
async fn a_line_past_the_limit_ends_its_connection_alone() {
    let served = Served::with_people();
    let client = served.client().await;
    let mut raw = served.greeted().await;
    // The server stops reading within this, so that writing it may fail.
    let _ = raw.write_all(&vec![b'x'; MAX_REQUEST_BYTES + 1]).await;
    assert_eq!(hear(&mut raw).await["error"]["kind"], "invalid");
    assert!(raw.read_u8().await.is_err());
    assert_eq!(client.ask(&Request::Me).await.unwrap()["nickname"], "ana");
}

#[tokio::test]
async fn the_last_requests_before_the_end_of_input_are_answered() {
    let served = Served::with_people();
    let stream = tokio::net::UnixStream::connect(served.dir.path().join("control.sock")).await.unwrap();
    let (mut reader, mut writer) = stream.into_split();
    writer.write_all(b"{\"vecino\":1}\n{\"id\":1,\"op\":\"follow\"}\n{\"id\":2,\"op\":\"me\"}").await.unwrap();
    drop(writer);
    let mut all = String::new();
    timeout(Duration::from_secs(10), reader.read_to_string(&mut all)).await.expect("an end").unwrap();
    let ids: Vec<Value> = all.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["id"].clone()).collect();
    assert_eq!(ids, [json!(null), json!(1), json!(2)]);
}

#[tokio::test]
async fn one_connection_too_many_is_turned_away_until_another_ends() {
    let served = Served::with_people();
    let mut all = Vec::new();
    for _ in 0..MAX_CONNECTIONS {
        all.push(served.greeted().await);
    }
    let turned_away = Client::connect(&Profile::at(served.dir.path())).await.unwrap_err();
    assert!(matches!(turned_away, Error::Refused(RequestError { kind: Kind::Busy, .. })), "{turned_away}");
    drop(all);
    let again = async {
        while Client::connect(&Profile::at(served.dir.path())).await.is_err() {
            tokio::task::yield_now().await;
        }
    };
    timeout(Duration::from_secs(10), again).await.expect("room again");
}

#[tokio::test]
async fn connections_can_be_finished_when_no_more_are_taken() {
    let dir = tempfile::tempdir().unwrap();
    let profile = Profile::at(dir.path());
    let (handle, _teller) = Fake::new(Vec::new()).start();
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = tokio::spawn(Server::bind(&profile).unwrap().serve(handle, async move { drop(stopped.await) }));
    let client = Client::connect(&profile).await.unwrap();
    drop(stop);
    let connections = serving.await.unwrap();
    assert!(matches!(Client::connect(&profile).await, Err(Error::NotRunning)));
    assert_eq!(client.ask(&Request::Me).await.unwrap()["nickname"], "ana");
    drop(client);
    timeout(Duration::from_secs(10), connections.finish(Duration::MAX)).await.expect("the last one has gone");
}

#[tokio::test]
async fn an_engine_that_has_gone_is_an_error() {
    let served = Served::with_people();
    served.handle.shutdown().await.unwrap();
    assert_eq!(refused(served.client().await.ask(&Request::Me).await).kind, Kind::Stopped);
}

/// A frame that is random bytes, a truncated request, or a request with some bytes changed.
fn frame(random: &mut fastrand::Rng) -> Vec<u8> {
    const REQUESTS: [&str; 5] = [
        r#"{"vecino":1}"#,
        r#"{"id":1,"op":"send","peer":"melani","text":"hola"}"#,
        r#"{"id":18446744073709551615,"op":"history","limit":4294967295}"#,
        r#"{"id":3,"op":"accept","transfer":"70707070","to":"/tmp"}"#,
        r#"{"id":4,"op":"follow"}"#,
    ];
    let mut frame = REQUESTS[random.usize(..REQUESTS.len())].as_bytes().to_vec();
    match random.usize(..3) {
        0 => frame = (0..random.usize(..200)).map(|_| random.u8(..)).collect(),
        1 => frame.truncate(random.usize(..frame.len())),
        _ => (0..3).for_each(|_| {
            let place = random.usize(..frame.len());
            frame[place] = random.u8(..);
        }),
    }
    frame.push(b'\n');
    frame
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_random_frames_hurt_nobody() {
    const CONNECTIONS: usize = 100;
    const FRAMES: usize = 100;
    let served = Served::with_people();
    let beside = served.client().await;
    let mut random = fastrand::Rng::with_seed(2);
    for number in 0..CONNECTIONS {
        // Half of them greet first, so that their frames are taken for requests.
        let mut raw = if number % 2 == 0 { served.greeted().await } else { served.raw().await };
        for _ in 0..FRAMES {
            if raw.write_all(&frame(&mut random)).await.is_err() {
                break;
            }
        }
        assert_eq!(beside.ask(&Request::Me).await.unwrap()["nickname"], "ana", "after connection {number}");
    }
    assert_eq!(served.client().await.ask(&Request::Me).await.unwrap()["nickname"], "ana");
}
