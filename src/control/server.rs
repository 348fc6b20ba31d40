//! The server's end: a task for each connection, and their bound.

use std::time::Duration;

use interprocess::local_socket::tokio::{Listener, Stream, prelude::*};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tracing::{debug, warn};

use super::connection::Connection;
use super::lines::write_line;
use super::wire::{MAX_CONNECTIONS, Welcome};
use super::{Error, Kind, RequestError, place};
use crate::engine::{Handle, Profile};

/// Pause after a connection couldn't be accepted (no file descriptors left), so that trying again costs nothing.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// How long the one connection too many may take to hear so.
const TURN_AWAY_TIME: Duration = Duration::from_millis(100);

/// The way to the window of the node that is served: what is sent here is to be shown, with the link that a person has
/// opened, if they have.
pub type Window = mpsc::Sender<Option<String>>;

/// The open socket of a profile.
#[derive(Debug)]
pub struct Server {
    listener: Listener,
    window: Option<Window>,
}

/// Connections of a server that takes no more. Dropping this closes them.
#[derive(Debug)]
pub struct Connections {
    open: JoinSet<()>,
}

impl Connections {
    /// Serves them for up to `time` more, until the last of them is closed by its client.
    pub async fn finish(mut self, time: Duration) {
        let rest = async { while self.open.join_next().await.is_some() {} };
        if tokio::time::timeout(time, rest).await.is_err() {
            debug!(connections = self.open.len(), "control connections are cut off");
        }
    }
}

/// Serves the control socket of `profile`, on which the node behind `handle` runs with this window, for as long as it's
/// polled.
pub async fn serve(handle: Handle, profile: &Profile, window: Window) -> Result<(), Error> {
    let server = Server { window: Some(window), ..Server::bind(profile)? };
    drop(server.serve(handle, std::future::pending()).await);
    Ok(())
}

impl Server {
    /// Opens the socket: from here on a command waits to be served instead of starting a node of its own. There's no window.
    pub fn bind(profile: &Profile) -> Result<Self, Error> {
        Ok(Self { listener: place::listen(profile.dir())?, window: None })
    }

    /// Serves until `shutdown`, and returns the connections that are open then.
    pub async fn serve(self, handle: Handle, shutdown: impl Future<Output = ()>) -> Connections {
        let mut shutdown = std::pin::pin!(shutdown);
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                () = &mut shutdown => return Connections { open: connections },
                Some(ended) = connections.join_next() => {
                    if let Err(error) = ended {
                        warn!(%error, "a control connection ended badly");
                    }
                }
                accepted = self.listener.accept() => match accepted {
                    Ok(stream) if connections.len() < MAX_CONNECTIONS => {
                        connections.spawn(Connection::serve(stream, handle.clone(), self.window.clone()));
                    }
                    Ok(stream) => turn_away(stream).await,
                    Err(error) => {
                        warn!(%error, "a control connection could not be accepted");
                        tokio::time::sleep(ACCEPT_PAUSE).await;
                    }
                },
            }
        }
    }
}

async fn turn_away(mut stream: Stream) {
    let error = RequestError::new(Kind::Busy, "too many commands are connected to this vecino already");
    let told = tokio::time::timeout(TURN_AWAY_TIME, write_line(&mut stream, &Welcome::new(Some(error)))).await;
    debug!(told = told.is_ok(), "one control connection too many");
}
