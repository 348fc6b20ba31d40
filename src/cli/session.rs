//! A command's node: the one that runs on the profile, or one of its own for as long as the command takes.

use std::cell::RefCell;
use std::time::Duration;

use serde::de::DeserializeOwned;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};
use tracing::{debug, warn};

use super::{Failure, Interrupt};
use crate::control::{self, Client, Connections, EventRecord, Follow, Records, Request, Server, dispatch};
use crate::engine::{self, Handle, Options, Profile};

/// How long to try while another node on the profile is starting or ending.
const CHANGE_TIME: Duration = Duration::from_secs(15);

/// Pause between two such tries.
const TRY_PAUSE: Duration = Duration::from_millis(50);

/// How long other commands may go on using a node of one's own when its command is done.
const OTHERS_TIME: Duration = Duration::from_secs(10);

/// How long a node of one's own may take to stop.
const STOP_TIME: Duration = Duration::from_secs(5);

/// What a command needs a node for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// Other people.
    People,
    /// Only what is kept on disk: a node of one's own stays off the network.
    Records,
}

impl Need {
    /// Whether other commands may use the node: not one that is off the network. They wait until it's gone.
    fn serves(self) -> bool {
        self == Self::People
    }

    fn options(self) -> Options {
        match self {
            Self::People => Options::default(),
            Self::Records => Options { offline: true, ..Options::default() },
        }
    }
}

/// A node to ask.
#[derive(Debug)]
pub struct Session {
    node: Node,
    when_interrupted: RefCell<String>,
}

#[derive(Debug)]
enum Node {
    Running(Client),
    Own { handle: Handle, serving: Option<Serving> },
}

/// The control socket of a node that this command started, by which other commands reach it meanwhile.
#[derive(Debug)]
pub struct Serving {
    stop: oneshot::Sender<()>,
    task: JoinHandle<Connections>,
}

/// Does `work` with a node; ends it where it's one's own, also when a person interrupts.
pub async fn with<T>(
    profile: &Profile,
    need: Need,
    work: impl AsyncFnOnce(&Session) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let session = Session::open(profile, need).await?;
    let mut interrupt = Interrupt::listen()?;
    let result = tokio::select! {
        result = work(&session) => result,
        () = interrupt.wait() => Err(Failure::Interrupted(session.when_interrupted.borrow().clone())),
    };
    session.close().await;
    result
}

impl Session {
    /// Connects to the node that runs on `profile`, or starts one.
    async fn open(profile: &Profile, need: Need) -> Result<Self, Failure> {
        let deadline = Instant::now() + CHANGE_TIME;
        loop {
            match Client::connect(profile).await {
                Ok(client) => return Ok(Self::new(Node::Running(client))),
                Err(control::Error::NotRunning) => {}
                // It is ending: soon one can be started.
                Err(control::Error::Closed | control::Error::Io(_)) if Instant::now() < deadline => {}
                Err(error) => return Err(error.into()),
            }
            match engine::start(profile, need.options()).await {
                Ok(handle) => {
                    let serving = need.serves().then(|| Serving::start(&handle, profile)).transpose();
                    if let Err(error) = &serving {
                        warn!(%error, "other commands can't reach this node");
                    }
                    return Ok(Self::new(Node::Own { handle, serving: serving.ok().flatten() }));
                }
                // It is starting, or ending: its socket is opened after the profile and closed before it.
                Err(engine::Error::AlreadyRunning(_)) if Instant::now() < deadline => sleep(TRY_PAUSE).await,
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn new(node: Node) -> Self {
        Self { node, when_interrupted: RefCell::new("interrupted".to_owned()) }
    }

    /// A node of one's own behind `handle`.
    #[cfg(test)]
    pub(super) fn of(handle: Handle) -> Self {
        Self::new(Node::Own { handle, serving: None })
    }

    /// Whether the node is the command's own and ends with it.
    pub fn is_own(&self) -> bool {
        matches!(self.node, Node::Own { .. })
    }

    /// What to say from now on if a person interrupts.
    pub fn if_interrupted(&self, words: impl Into<String>) {
        *self.when_interrupted.borrow_mut() = words.into();
    }

    /// Asks the node; [`Request`] says what each is answered with.
    pub async fn ask<T: DeserializeOwned>(&self, request: Request) -> Result<T, Failure> {
        let answer = match &self.node {
            Node::Running(client) => client.ask(&request).await?,
            Node::Own { handle, .. } => dispatch(handle, request).await?,
        };
        Ok(serde_json::from_value(answer).map_err(|error| control::Error::Garbled(error.to_string()))?)
    }

    /// What happens from now on.
    pub async fn follow(&self) -> Result<Following, Failure> {
        Ok(match &self.node {
            Node::Running(client) => Following::Running(client.follow().await?),
            Node::Own { handle, .. } => Following::Own(Records::new(handle.subscribe()?)),
        })
    }

    async fn close(self) {
        let Node::Own { handle, serving } = self.node else { return };
        if let Some(serving) = serving {
            serving.finish().await;
        }
        stop(&handle).await;
    }
}

impl Serving {
    /// Opens the socket of `profile`, on which the node behind `handle` runs.
    pub fn start(handle: &Handle, profile: &Profile) -> Result<Self, control::Error> {
        let server = Server::bind(profile)?;
        let (stop, stopped) = oneshot::channel::<()>();
        let task = tokio::spawn(server.serve(handle.clone(), async { drop(stopped.await) }));
        Ok(Self { stop, task })
    }

    /// Closes the socket, before the node is stopped: so nobody asks a node that is ending.
    pub async fn stop(self) {
        drop(self.close().await);
    }

    /// Closes the socket when other commands are done with the node, or have had the time to be.
    async fn finish(self) {
        if let Some(connections) = self.close().await {
            connections.finish(OTHERS_TIME).await;
        }
    }

    async fn close(self) -> Option<Connections> {
        drop(self.stop);
        self.task.await.inspect_err(|error| warn!(%error, "the control socket ended badly")).ok()
    }
}

/// Stops the engine, and says so where it doesn't.
pub async fn stop(handle: &Handle) {
    match timeout(STOP_TIME, handle.shutdown()).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => debug!(%error, "the node had stopped already"),
        Err(_) => warn!("the node didn't stop within {STOP_TIME:?}"),
    }
}

/// The events of a session's node.
#[derive(Debug)]
pub enum Following {
    /// Over the socket.
    Running(Follow),
    /// From one's own engine.
    Own(Records),
}

impl Following {
    /// The next event. A node that stops is an error. Safe to cancel.
    pub async fn next(&mut self) -> Result<EventRecord, Failure> {
        let record = match self {
            Self::Running(follow) => follow.next().await?,
            Self::Own(records) => records.next().await,
        };
        Ok(record.ok_or(engine::Error::Stopped)?)
    }
}
