use std::future::poll_fn;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use futures::{AsyncReadExt, AsyncWriteExt, FutureExt};
use libp2p::core::muxing::StreamMuxerExt;
use libp2p::tcp::tokio::TcpStream;
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
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if self.stuck {
            return Poll::Pending;
        }
        self.writes.fetch_add(1, Ordering::Relaxed);
        Pin::new(&mut self.inner).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_close(cx)
    }
}

type End = Muxer<Counting<TcpStream>>;

/// Both ends of a connection, and how often the first has written to it.
async fn both() -> (End, End, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let dialled = Socket::connect(listener.local_addr().unwrap()).await.unwrap();
    let accepted = listener.accept().await.unwrap().0;
    let writes = Arc::<AtomicUsize>::default();
    let end = |socket, writes| Counting { inner: TcpStream(socket), writes, stuck: false };
    let dialler = Muxer::new(end(dialled, Arc::clone(&writes)), Mode::Client);
    (dialler, Muxer::new(end(accepted, Arc::default()), Mode::Server), writes)
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
    let (mut ana, _luis, _) = both().await;
    ana.io.lock().get_mut().stuck = true;
    let mut stream = poll_fn(|cx| ana.poll_outbound_unpin(cx)).await.unwrap();
    stream.write_all(b"?").await.unwrap();
    let start = Instant::now();
    poll_fn(|cx| ana.poll_close_unpin(cx)).await.unwrap();
    assert!(start.elapsed() >= CLOSE_TIMEOUT);
}
