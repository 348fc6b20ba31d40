use std::collections::VecDeque;

use futures::future::poll_fn;
use futures::task::noop_waker_ref;

use super::*;

/// A stream that gives what it was told to, a piece at a time, and takes everything.
#[derive(Default)]
struct Script {
    gives: VecDeque<Vec<u8>>,
    /// Whether it ends after that.
    ends: bool,
    /// Whether it has anything to give at all times.
    endless: bool,
    taken: Vec<u8>,
    closed: bool,
}

impl AsyncRead for Script {
    fn poll_read(mut self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &mut [u8]) -> Poll<io::Result<usize>> {
        if self.endless {
            return Poll::Ready(Ok(bytes.len()));
        }
        let ends = self.ends;
        let Some(next) = self.gives.front_mut() else { return if ends { Poll::Ready(Ok(0)) } else { Poll::Pending } };
        let length = next.len().min(bytes.len());
        bytes[..length].copy_from_slice(&next[..length]);
        next.drain(..length);
        if next.is_empty() {
            self.gives.pop_front();
        }
        Poll::Ready(Ok(length))
    }
}

impl AsyncWrite for Script {
    fn poll_write(mut self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        // Never all of it at once.
        let length = bytes.len().div_ceil(2);
        self.taken.extend(&bytes[..length]);
        Poll::Ready(Ok(length))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.closed = true;
        Poll::Ready(Ok(()))
    }
}

fn circuit(caller: Script, called: Script) -> Circuit<Script> {
    let (_, limits) = watch::channel(Arc::default());
    let purse = || Arc::new(Purse::new(Instant::now()));
    let common = Common { limits, metrics: Arc::default(), buffers: Buffers::default(), total: purse() };
    Circuit::new((caller, purse()), (called, purse()), common)
}

#[tokio::test]
async fn all_bytes_go_over_in_order_and_ends_are_told() {
    let pieces: VecDeque<Vec<u8>> = [1, 16_384, 16_385, 65_524, 200_000, 3]
        .into_iter()
        .zip(1..)
        .map(|(length, n): (usize, u8)| vec![n; length])
        .collect();
    let caller = Script { gives: pieces.clone(), ends: true, ..Script::default() };
    let called = Script { gives: [b"hola".to_vec()].into(), ends: true, ..Script::default() };
    let mut circuit = circuit(caller, called);
    let carried = poll_fn(|cx| Pin::new(&mut circuit).poll(cx)).await;
    assert_eq!(carried, Carried { to_called: 298_297, to_caller: 4 });
    assert!(circuit.called.taken == pieces.into_iter().flatten().collect::<Vec<_>>());
    assert_eq!(circuit.caller.taken, b"hola");
    assert!(circuit.caller.closed && circuit.called.closed);
}

#[tokio::test]
async fn a_circuit_where_nothing_is_under_way_has_no_buffer() {
    let mut circuit = circuit(Script { gives: [vec![7; 100_000]].into(), ..Script::default() }, Script::default());
    let mut cx = Context::from_waker(noop_waker_ref());
    assert!(Pin::new(&mut circuit).poll(&mut cx).is_pending());
    assert_eq!(circuit.called.taken.len(), 100_000);
    assert_eq!((circuit.to_called.buffer.capacity(), circuit.to_caller.buffer.capacity()), (0, 0));
    assert_eq!(circuit.to_called.size, LARGE);
}

#[tokio::test]
async fn after_its_turn_a_circuit_lets_others_have_theirs() {
    let mut circuit = circuit(Script { endless: true, ..Script::default() }, Script::default());
    let mut cx = Context::from_waker(noop_waker_ref());
    for turn in 1..5_u64 {
        assert!(Pin::new(&mut circuit).poll(&mut cx).is_pending());
        let carried = circuit.to_called.carried;
        let most = turn * (TURN + LARGE) as u64;
        assert!((turn * TURN as u64..most).contains(&carried), "{carried}");
    }
}
