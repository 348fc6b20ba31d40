//! The pages as clients see them, bad ones included.

use std::net::Ipv4Addr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::*;
use crate::relay::Phase;
use crate::relay::status::tests::about;

/// What no test waits for in vain.
const SOON: Duration = Duration::from_secs(20);

struct Site {
    address: SocketAddr,
    pages: Pages,
    stop: oneshot::Sender<()>,
    served: JoinHandle<()>,
    _about: watch::Sender<About>,
}

impl Site {
    async fn open(bounds: Bounds) -> Self {
        let listener = listen((Ipv4Addr::LOCALHOST, 0).into()).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, about) = watch::channel(about("library"));
        let health = Health::new(Instant::now());
        health.enter(Phase::Serving);
        let pages = Pages { about, health, metrics: Metrics::new() };
        let (stop, stopped) = oneshot::channel();
        let end = async { drop(stopped.await) };
        let served = tokio::spawn(serve_within(bounds, listener, pages.clone(), end));
        Self { address, pages, stop, served, _about: sender }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// All that is answered to these bytes.
    async fn answer(&self, sent: &[u8]) -> String {
        let mut client = self.connect().await;
        client.write_all(sent).await.unwrap();
        rest(&mut client).await
    }

    async fn get(&self, path: &str) -> String {
        self.answer(format!("GET {path} HTTP/1.1\r\nhost: x\r\n\r\n").as_bytes()).await
    }
}

/// What comes until the connection ends, in whichever way.
async fn rest(client: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    let _ = timeout(SOON, client.read_to_end(&mut answer)).await.expect("the connection ends");
    String::from_utf8(answer).unwrap()
}

#[tokio::test]
async fn each_page_is_served() {
    let site = Site::open(BOUNDS).await;
    site.pages.metrics.members.set(42);
    for (path, kind, words) in [
        ("/", "text/html", "<h1>library</h1>"),
        ("/?from=bookmark", "text/html", "42 of 4096"),
        ("/metrics", "application/openmetrics-text", "\nvecino_relay_members 42\n"),
        ("/health", "text/plain", "at work"),
    ] {
        let answer = site.get(path).await;
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{path}: {answer}");
        assert!(answer.contains(&format!("content-type: {kind}")) && answer.contains(words), "{path}: {answer}");
        assert!(answer.contains("connection: close\r\n"), "{path}: {answer}");
    }
}

#[tokio::test]
async fn a_relay_that_is_not_at_work_is_not_well() {
    let site = Site::open(BOUNDS).await;
    site.pages.health.enter(Phase::Draining);
    let answer = site.get("/health").await;
    assert!(answer.starts_with("HTTP/1.1 503 ") && answer.ends_with("\r\n\r\nstopping\n"), "{answer}");
}

#[tokio::test]
async fn what_there_is_not_is_refused() {
    let site = Site::open(BOUNDS).await;
    assert!(site.get("/etc/passwd").await.starts_with("HTTP/1.1 404 "));
    let answer = site.answer(b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\n\r\nabc").await;
    assert!(answer.starts_with("HTTP/1.1 405 ") && answer.contains("allow: GET, HEAD\r\n"), "{answer}");
    let answer = site.answer(b"HEAD / HTTP/1.1\r\nhost: x\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.ends_with("\r\n\r\n"), "{answer}");
}

#[tokio::test]
async fn nonsense_ends_its_own_connection_alone() {
    let site = Site::open(BOUNDS).await;
    let long = format!("GET / HTTP/1.1\r\nhost: x\r\nlong: {}\r\n\r\n", "x".repeat(BOUNDS.buffer));
    for nonsense in [b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\r\n\r\n".as_slice(), b"GET\r\n\r\n", long.as_bytes()] {
        let answer = site.answer(nonsense).await;
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{answer}");
    }
    assert!(site.get("/health").await.starts_with("HTTP/1.1 200 "));
}

#[tokio::test]
async fn whoever_is_slow_is_let_go() {
    let short = Duration::from_millis(50);
    let site = Site::open(Bounds { head_time: short, ..BOUNDS }).await;
    let mut client = site.connect().await;
    client.write_all(b"GET / HTTP/1.1\r\nhost").await.unwrap();
    rest(&mut client).await;

    let site = Site::open(Bounds { whole_time: short, ..BOUNDS }).await;
    rest(&mut site.connect().await).await;
}

#[tokio::test]
async fn more_than_a_few_at_a_time_are_told_so() {
    let site = Site::open(Bounds { connections: 2, ..BOUNDS }).await;
    let mut first = site.connect().await;
    let second = site.connect().await;
    let mut third = site.connect().await;
    assert!(rest(&mut third).await.starts_with("HTTP/1.1 503 "));
    first.write_all(b"GET /health HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    assert!(rest(&mut first).await.starts_with("HTTP/1.1 200 "));
    drop(second);
    // The server hears of the end of both in its own time.
    let again = async {
        while !site.get("/health").await.starts_with("HTTP/1.1 200 ") {
            tokio::task::yield_now().await;
        }
    };
    timeout(SOON, again).await.expect("the places are free again");
}

#[tokio::test]
async fn it_ends_when_it_is_told_to() {
    let site = Site::open(BOUNDS).await;
    let mut client = site.connect().await;
    client.write_all(b"GET").await.unwrap();
    site.stop.send(()).unwrap();
    timeout(SOON, site.served).await.expect("it ends").unwrap();
    assert_eq!(rest(&mut client).await, "");
}
