//! The streams of circuits on a relay's connections, in the relay's own hands.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use libp2p::PeerId;
use libp2p::relay::{HOP_PROTOCOL_NAME, STOP_PROTOCOL_NAME};
use libp2p::swarm::Stream;
use tokio::sync::{mpsc, oneshot};

use crate::support::streams::{Opener, Streams, StreamsBehaviour};

/// Where streams to members are asked for.
#[derive(Clone, Default)]
pub struct Doors(Arc<Mutex<HashMap<PeerId, mpsc::UnboundedSender<Opener>>>>);

impl Doors {
    /// A new stream to a member on which it's called, if it's here.
    pub async fn open(&self, member: &PeerId) -> Option<Stream> {
        let (opener, opened) = oneshot::channel();
        self.0.lock().unwrap().get(member)?.send(opener).ok()?;
        opened.await.ok()
    }
}

/// Hands each stream on which a member asks something to `asked`, and opens others at `doors`.
pub fn behaviour(doors: Doors, asked: mpsc::UnboundedSender<(PeerId, Stream)>) -> StreamsBehaviour {
    StreamsBehaviour(Box::new(move |member| {
        let (door, opening) = mpsc::unbounded_channel();
        doors.0.lock().unwrap().insert(member, door);
        let asked = asked.clone();
        let came = Box::new(move |stream| _ = asked.send((member, stream)));
        Streams { heard: HOP_PROTOCOL_NAME, came, spoken: STOP_PROTOCOL_NAME, opening }
    }))
}
