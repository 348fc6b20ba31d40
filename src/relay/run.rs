//! A relay from its start to its end, with all that makes it a service.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::{JoinHandle, spawn_blocking};
use tokio::time::{Instant, sleep_until};

use super::config::{ConfigError, Given, Loaded};
use super::http::{self, Pages};
use super::report::{Report, Reports, Standing};
use super::server::{Event, Server, Setup};
use super::{About, Config, Health, Heartbeat, Metrics, Phase, Signal, Signals, invitation, notify};
use crate::model::Nickname;
use crate::net::{NetError, listen};
use crate::store::{HISTORY_FILE, ProfileLock, StoreError, folder, identity};

/// How long no address may be added before the relay says that it's ready, so that it names them all.
const SETTLED: Duration = Duration::from_millis(50);

/// How long the pages may take to end.
const PAGES_END: Duration = Duration::from_secs(1);

/// Why a relay can't run.
#[derive(Debug, Error)]
pub enum RunError {
    /// The folder is that of a person's profile, whose identity isn't the relay's.
    #[error("{} is a person's profile; a relay needs a folder of its own", .0.display())]
    Profile(PathBuf),
    /// The folder or the identity in it can't be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The network can't be used.
    #[error(transparent)]
    Net(NetError),
    /// Another program listens where the relay is to.
    #[error("{0}, maybe somebody's own vecino: end it, or set another “port” or “listen” in relay.toml")]
    Taken(#[source] NetError),
    /// Metrics and pages can't be served.
    #[error("http: can't listen at {address}: {cause}")]
    Http {
        /// Where.
        address: SocketAddr,
        /// Why.
        #[source]
        cause: io::Error,
    },
    /// The system doesn't let the program listen for signals.
    #[error("signals can't be listened for: {0}")]
    Signals(#[source] io::Error),
}

impl From<NetError> for RunError {
    fn from(error: NetError) -> Self {
        if listen::is_taken(&error) { Self::Taken(error) } else { Self::Net(error) }
    }
}

/// Runs a relay until it's told to stop. `config` was read from `given`, which is read again where it's asked for; the
/// identity is in the folder `dir`. What happens goes to `listener`, as far as there's room.
///
/// # Errors
///
/// `RunError` where it can't start; once it runs it doesn't fail.
pub async fn run(config: Config, given: Given, dir: &Path, listener: mpsc::Sender<Report>) -> Result<(), RunError> {
    folder::create(dir)?;
    if dir.join(HISTORY_FILE).exists() {
        return Err(RunError::Profile(dir.to_owned()));
    }
    let _lock = ProfileLock::acquire(dir)?;
    let signals = Signals::listen().map_err(RunError::Signals)?;
    let metrics = Metrics::new();
    let nickname = config.name();
    let server = Server::start(&Setup {
        secret: &*identity::load_or_create(dir)?,
        nickname: &nickname,
        listen: &config.listen,
        port: config.port,
        mdns: config.mdns,
        access: config.access.clone(),
        limits: Arc::new(config.limits.clone()),
        metrics: metrics.clone(),
    })?;
    let http = match config.http {
        Some(address) => Some(http::listen(address).await.map_err(|cause| RunError::Http { address, cause })?),
        None => None,
    };
    let service = Service::new(config, nickname, dir, &server, metrics, Reports::new(listener));
    let site = Site::open(http, &service);
    service.serve(server, signals, given, site.address).await;
    site.close().await;
    Ok(())
}

/// The task that serves the pages, if there are any.
struct Site {
    address: Option<SocketAddr>,
    served: Option<(oneshot::Sender<Infallible>, JoinHandle<()>)>,
}

impl Site {
    fn open(listener: Option<TcpListener>, service: &Service) -> Self {
        let Some(listener) = listener else { return Self { address: None, served: None } };
        let pages = Pages {
            about: service.about.subscribe(),
            health: service.health.clone(),
            metrics: service.metrics.clone(),
        };
        let address = listener.local_addr().ok();
        let (stop, stopped) = oneshot::channel();
        // Nothing is ever sent: the pages end when the sender is gone.
        let serve = http::serve(listener, pages, async { drop(stopped.await) });
        Self { address, served: Some((stop, tokio::spawn(serve))) }
    }

    async fn close(self) {
        if let Some((stop, served)) = self.served {
            drop(stop);
            let _ = tokio::time::timeout(PAGES_END, served).await;
        }
    }
}

/// A configuration that is being read again.
type Reading = JoinHandle<Result<Loaded, ConfigError>>;

/// What goes on around the server.
struct Service {
    config: Config,
    dir: PathBuf,
    about: watch::Sender<About>,
    health: Health,
    metrics: Metrics,
    reports: Reports,
}

impl Service {
    fn new(
        config: Config,
        nickname: Nickname,
        dir: &Path,
        server: &Server,
        metrics: Metrics,
        reports: Reports,
    ) -> Self {
        let about = About {
            peer_id: server.id(),
            nickname,
            addresses: Vec::new(),
            access: config.access.clone(),
            limits: config.limits.clone(),
        };
        let (dir, health) = (dir.to_owned(), Health::new(Instant::now()));
        Self { config, dir, about: watch::Sender::new(about), health, metrics, reports }
    }

    async fn serve(mut self, mut server: Server, mut signals: Signals, given: Given, http: Option<SocketAddr>) {
        let given = Arc::new(given);
        let mut heartbeat = Heartbeat::new(self.health.clone(), self.metrics.clone());
        let (mut ready, mut reading): (Option<Instant>, Option<Reading>) = (None, None);
        loop {
            tokio::select! {
                event = server.next() => {
                    let listening = event == Event::Listening;
                    self.happened(event, &server);
                    if listening && self.health.phase() == Phase::Starting {
                        ready = Some(Instant::now() + SETTLED);
                    }
                }
                () = heartbeat.next() => self.beat(),
                () = at(ready) => {
                    ready = None;
                    self.ready(http);
                }
                loaded = read(&mut reading) => self.reloaded(loaded, &mut server),
                signal = signals.next() => match signal {
                    Signal::Reload => reading = Some(self.reload(&given)),
                    Signal::Stop => break,
                },
            }
        }
        if self.drain(&mut server, &mut signals, &mut heartbeat).await {
            server.stop().await;
        }
    }

    fn happened(&mut self, event: Event, server: &Server) {
        match event {
            Event::Listening => {
                let addresses = self.addresses(server);
                self.about.send_modify(|about| about.addresses = addresses);
                self.keep_invite();
            }
            Event::Member(peer_id, nickname) => {
                self.reports.tell(Report::Member { peer_id, nickname: Some(nickname), state: Standing::Here });
            }
            Event::Left(peer_id) => {
                self.reports.tell(Report::Member { peer_id, nickname: None, state: Standing::Gone });
            }
            Event::Refused(refused) => self.reports.refused(refused),
            Event::Circuit(event) => tracing::debug!(?event, "circuit"),
            Event::Drained => {}
            Event::Warning(text) => self.reports.warn(text),
        }
    }

    /// Where members reach the relay.
    fn addresses(&self, server: &Server) -> Vec<String> {
        let mut addresses = server.addresses();
        addresses.extend(self.config.advertise.iter().map(|socket| server.address_at(*socket)));
        addresses
    }

    /// The invite in the relay's folder says what holds now. It's small, and changes seldom.
    fn keep_invite(&self) {
        invitation::keep(&self.dir, &self.about.borrow());
    }

    fn ready(&self, http: Option<SocketAddr>) {
        self.health.enter(Phase::Serving);
        notify::ready(&self.status());
        let About { peer_id, nickname, addresses: listen, .. } = self.about.borrow().clone();
        self.reports.tell(Report::Ready { peer_id, nickname, listen, http });
    }

    fn beat(&mut self) {
        self.reports.tick();
        let tell = if self.health.phase() == Phase::Draining { notify::leaving } else { notify::alive };
        tell(&self.status());
    }

    /// How it goes, in a line.
    fn status(&self) -> String {
        format!("{} members, {} circuits", self.metrics.members.get(), self.metrics.circuits.get())
    }

    fn reload(&self, given: &Arc<Given>) -> Reading {
        notify::reloading();
        let (config, given) = (self.config.clone(), Arc::clone(given));
        spawn_blocking(move || config.reload(&given))
    }

    /// The configuration was read again. What is wrong changes nothing.
    fn reloaded(&mut self, loaded: Result<Loaded, String>, server: &mut Server) {
        match loaded {
            Ok(Loaded { config, warnings }) => {
                server.set_limits(&Arc::new(config.limits.clone()));
                if config.access != self.config.access {
                    server.set_access(config.access.clone());
                }
                self.about.send_modify(|about| {
                    about.access = config.access.clone();
                    about.limits = config.limits.clone();
                });
                self.config = config;
                self.keep_invite();
                warnings.into_iter().for_each(|warning| self.reports.warn(warning));
                self.reports.tell(Report::Reloaded);
            }
            Err(error) => self.reports.warn(format!("{error}; all stays as it was")),
        }
        notify::ready(&self.status());
    }

    /// Waits until circuits have ended, not too long. `false`: not even that is to be waited for.
    async fn drain(&mut self, server: &mut Server, signals: &mut Signals, heartbeat: &mut Heartbeat) -> bool {
        self.health.enter(Phase::Draining);
        notify::stopping();
        self.reports.tell(Report::Stopping);
        server.drain();
        let end = Instant::now() + self.config.drain;
        loop {
            tokio::select! {
                event = server.next() => {
                    if event == Event::Drained {
                        return true;
                    }
                    self.happened(event, server);
                }
                () = heartbeat.next() => self.beat(),
                () = sleep_until(end) => return true,
                signal = signals.next() => if signal == Signal::Stop {
                    return false;
                },
            }
        }
    }
}

async fn at(moment: Option<Instant>) {
    match moment {
        Some(moment) => sleep_until(moment).await,
        None => std::future::pending().await,
    }
}

/// Waits for what is being read, if anything is. Safe to cancel.
async fn read(reading: &mut Option<Reading>) -> Result<Loaded, String> {
    let Some(task) = reading else { return std::future::pending().await };
    let read = task.await;
    *reading = None;
    read.map_err(|error| error.to_string()).and_then(|loaded| loaded.map_err(|error| error.to_string()))
}
