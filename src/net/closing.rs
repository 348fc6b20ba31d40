//! A connection that ends when it's told to.
//!
//! yamux sends what it still has before it closes. On a dead link with a full send buffer that never ends, and until then
//! the swarm counts the connection among those of its peer and gives it requests, which nobody then answers.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use libp2p::core::StreamMuxer;
use libp2p::core::muxing::{StreamMuxerBox, StreamMuxerEvent};
use tokio::time::{Sleep, sleep};

/// How long a connection may take to close.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);

/// A multiplexed connection that closes in a time.
pub(super) struct Closing {
    muxer: StreamMuxerBox,
    deadline: Option<Pin<Box<Sleep>>>,
}

impl Closing {
    pub(super) fn new(muxer: StreamMuxerBox) -> Self {
        Self { muxer, deadline: None }
    }
}

impl StreamMuxer for Closing {
    type Substream = <StreamMuxerBox as StreamMuxer>::Substream;
    type Error = <StreamMuxerBox as StreamMuxer>::Error;

    fn poll_inbound(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<Self::Substream, Self::Error>> {
        Pin::new(&mut self.muxer).poll_inbound(cx)
    }

    fn poll_outbound(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<Self::Substream, Self::Error>> {
        Pin::new(&mut self.muxer).poll_outbound(cx)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        if let Poll::Ready(result) = Pin::new(&mut self.muxer).poll_close(cx) {
            return Poll::Ready(result);
        }
        // What is left is dropped with the connection.
        self.deadline.get_or_insert_with(|| Box::pin(sleep(CLOSE_TIMEOUT))).as_mut().poll(cx).map(Ok)
    }

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<StreamMuxerEvent, Self::Error>> {
        Pin::new(&mut self.muxer).poll(cx)
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::io;

    use libp2p::core::muxing::StreamMuxerExt;

    use super::*;

    /// Has something to send to somebody who doesn't take it.
    struct Stuck;

    impl StreamMuxer for Stuck {
        type Substream = futures::io::Cursor<Vec<u8>>;
        type Error = io::Error;

        fn poll_inbound(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<Self::Substream>> {
            Poll::Pending
        }

        fn poll_outbound(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<Self::Substream>> {
            Poll::Pending
        }

        fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Pending
        }

        fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<StreamMuxerEvent>> {
            Poll::Pending
        }
    }

    #[tokio::test]
    async fn a_connection_that_is_stuck_closes_in_a_second() {
        let mut closing = Closing::new(StreamMuxerBox::new(Stuck));
        let start = std::time::Instant::now();
        poll_fn(|cx| closing.poll_close_unpin(cx)).await.unwrap();
        assert!(start.elapsed() >= CLOSE_TIMEOUT);
    }
}
