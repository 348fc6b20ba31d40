use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use futures::{AsyncReadExt, AsyncWriteExt, FutureExt};
use libp2p::core::muxing::StreamMuxerExt;
use libp2p::tcp::tokio::TcpStream;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream as Socket};
use tokio::task::JoinHandle;

use super::*;

/// Counts how often something is written to what it's around; takes nothing at all if it's stuck.
struct Counting<C> {
    inner: C,
    writes: Arc<AtomicUsize>,
    stuck: bool,
}

impl<C: AsyncRead + Unpin> AsyncRead for Counting<C> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &mut [u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_read(cx, bytes)
    }
}

impl<C: AsyncWrite + Unpin> AsyncWrite for Counting<C> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(cx, &[io::IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if self.stuck {
            return Poll::Pending;
        }
        self.writes.fetch_add(1, Ordering::Relaxed);
        Pin::new(&mut self.inner).poll_write_vectored(cx, pieces)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_close(cx)
    }
}

type End = Muxer<Counting<TcpStream>>;

async fn sockets() -> (Socket, Socket) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let dialled = Socket::connect(listener.local_addr().unwrap()).await.unwrap();
    (dialled, listener.accept().await.unwrap().0)
}

/// Both ends of a connection, and how often the first has written to it.
async fn both() -> (End, End, Arc<AtomicUsize>) {
    let (dialled, accepted) = sockets().await;
    let writes = Arc::<AtomicUsize>::default();
    let end = |socket, writes| Counting { inner: TcpStream(socket), writes, stuck: false };
    let dialler = Muxer::new(end(dialled, Arc::clone(&writes)), Mode::Client, Yamux::default());
    (dialler, Muxer::new(end(accepted, Arc::default()), Mode::Server, Yamux::default()), writes)
}

fn drive(mut end: End) -> JoinHandle<()> {
    tokio::spawn(async move { while poll_fn(|cx| end.poll_unpin(cx)).await.is_ok() {} })
}

#[tokio::test]
async fn streams_carry_both_ways_in_few_writes() {
    const BYTES: usize = 4 * 1024 * 1024;
    let (mut ana, mut luis, writes) = both().await;
    let mut from_ana = poll_fn(|cx| ana.poll_outbound_unpin(cx)).await.unwrap();
    let ana = drive(ana);
    let sent = tokio::spawn(async move {
        from_ana.write_all(&vec![7; BYTES]).await.unwrap();
        from_ana.close().await.unwrap();
        let mut answer = String::new();
        from_ana.read_to_string(&mut answer).await.unwrap();
        answer
    });
    let mut at_luis = poll_fn(|cx| luis.poll_inbound_unpin(cx)).await.unwrap();
    let luis = drive(luis);
    let mut came = Vec::new();
    at_luis.read_to_end(&mut came).await.unwrap();
    assert_eq!((came.len(), came.iter().all(|byte| *byte == 7)), (BYTES, true));
    at_luis.write_all(b"gracias").await.unwrap();
    at_luis.close().await.unwrap();
    assert_eq!(sent.await.unwrap(), "gracias");
    let writes = writes.load(Ordering::Relaxed);
    // A frame and its header together, besides those that the socket took in parts.
    assert!(writes < 3 * BYTES / FRAME_BYTES, "{writes} writes");
    ana.abort();
    luis.abort();
}

#[tokio::test]
async fn a_single_byte_is_sent_at_once() {
    let (mut ana, mut luis, _) = both().await;
    let mut stream = poll_fn(|cx| ana.poll_outbound_unpin(cx)).await.unwrap();
    let _ana = drive(ana);
    stream.write_all(b"!").await.unwrap();
    let mut stream = poll_fn(|cx| luis.poll_inbound_unpin(cx)).await.unwrap();
    let _luis = drive(luis);
    let mut byte = [0];
    stream.read_exact(&mut byte).await.unwrap();
    assert_eq!(&byte, b"!");
}

#[tokio::test]
async fn streams_that_are_opened_at_once_wait_until_they_are_taken() {
    let (mut ana, mut luis, _) = both().await;
    let mut streams = Vec::new();
    for _ in 0..MAX_STREAMS {
        let mut stream = poll_fn(|cx| ana.poll_outbound_unpin(cx)).await.unwrap();
        stream.write_all(b"?").now_or_never().unwrap().unwrap();
        streams.push(stream);
    }
    let _ana = drive(ana);
    // They come while nobody takes them.
    let all_wait = poll_fn(|cx| {
        assert!(luis.poll_unpin(cx).is_pending());
        if luis.waiting.len() == MAX_STREAMS { Poll::Ready(()) } else { Poll::Pending }
    });
    all_wait.await;
    for _ in 0..MAX_STREAMS {
        let mut stream = poll_fn(|cx| luis.poll_inbound_unpin(cx)).await.unwrap();
        stream.write_all(b".").now_or_never().unwrap().unwrap();
    }
}

#[tokio::test]
async fn a_connection_that_is_stuck_closes_in_a_second() {
    let (socket, _luis) = sockets().await;
    let stuck = Counting { inner: TcpStream(socket), writes: Arc::default(), stuck: true };
    let mut ana = Muxer::new(stuck, Mode::Client, Yamux::default());
    let mut stream = poll_fn(|cx| ana.poll_outbound_unpin(cx)).await.unwrap();
    stream.write_all(b"?").await.unwrap();
    let start = Instant::now();
    poll_fn(|cx| ana.poll_close_unpin(cx)).await.unwrap();
    assert!(start.elapsed() >= CLOSE_TIMEOUT);
}

#[tokio::test]
async fn whoever_breaks_the_protocol_is_told_and_heard_no_more() {
    let (mut mallory, socket) = sockets().await;
    let mut luis = Muxer::new(TcpStream(socket), Mode::Server, Yamux::default());
    // Streams with numbers that are the other side's to give.
    let frame = [0, DATA, 0, 1, 0, 0, 0, 2, 0, 0, 0, 0];
    mallory.write_all(&frame.repeat(10_000)).await.unwrap();
    let error = poll_fn(|cx| luis.poll_unpin(cx)).await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::ConnectionAborted);
    // The first frame is a ping.
    let mut told = [0; 2 * HEADER_BYTES];
    mallory.read_exact(&mut told).await.unwrap();
    assert_eq!(told[HEADER_BYTES + 1], GO_AWAY);
}

#[test]
fn what_a_stream_carries_is_no_farewell() {
    let farewell = [0, GO_AWAY, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
    let mut gathered = Gathered::new(futures::io::Cursor::new(Vec::new()));
    gathered.wrote(&[0, DATA, 0, 0, 0, 0, 0, 1, 0, 0, 0, 24]);
    gathered.wrote(&farewell);
    gathered.wrote(&farewell);
    assert!(!gathered.leaving);
    gathered.wrote(&farewell);
    assert!(gathered.leaving);
}
