//! Carries out what the session wants: asks the engine, opens dialogs, moves focus.

use std::ffi::OsStr;
use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use futures::channel::oneshot;
use futures::{Stream, StreamExt, stream};
use iced::advanced::widget::operate;
use iced::advanced::widget::operation::scope;
use iced::widget::operation;
use iced::{Task, clipboard, window};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, timeout};

use super::{App, Message, Stage, Started, background, clip, export, now, picture, windows};
use crate::engine::{self, Batch, Error, Events, Handle, HistoryQuery, Options, Profile};
use crate::model::{Draft, FileName, Form, PeerId, Reason, Settings};
use crate::ui::HandOver;
use crate::ui::focus::{scroll, step};
use crate::ui::history::PAGE;
use crate::ui::people::Snapshot;
use crate::ui::pictures::Job;
use crate::ui::search::{self, Query};
use crate::ui::session::{self, Effect, Request};

/// How long somebody at an address has to answer.
const ADD_TIMEOUT: Duration = Duration::from_secs(10);

/// The time of one frame at 60 Hz.
const FRAME: Duration = Duration::from_millis(16);

/// How far apart what keeps coming is shown: the window is drawn by the processor, and whoever types shouldn't wait for it.
const BEAT: Duration = Duration::from_millis(100);

/// What a crash loses of what is being written.
const DRAFT_PAUSE: Duration = Duration::from_secs(1);

/// Files that are dropped together come within this of each other.
const DROP_PAUSE: Duration = Duration::from_millis(100);

/// What takes longer to look through is said to.
const LONG_LOOK: Duration = Duration::from_millis(500);

/// How long the program that has the clipboard, and making a file of a large picture, may take.
const PASTE_TIMEOUT: Duration = Duration::from_secs(20);

/// How long goodbyes may take.
const GOODBYE_TIMEOUT: Duration = Duration::from_secs(2);

/// How long to try while another node on the profile is ending: a command may have one of its own for a moment.
const CHANGE_TIME: Duration = Duration::from_secs(5);

/// Pause between two such tries.
const TRY_PAUSE: Duration = Duration::from_millis(50);

/// Starts a node, and takes everything that it knows. Where one runs already that has a window, that is shown instead.
pub(super) async fn start(
    profile: Profile,
    options: Options,
    (hand_over, link): (HandOver, Option<String>),
) -> Result<Option<Started>, Error> {
    let deadline = Instant::now() + CHANGE_TIME;
    let handle = loop {
        match engine::start(&profile, options.clone()).await {
            Err(Error::AlreadyRunning(_)) if hand_over(profile.clone(), link.clone()).await => return Ok(None),
            Err(Error::AlreadyRunning(_)) if Instant::now() < deadline => sleep(TRY_PAUSE).await,
            started => break started?,
        }
    };
    // Listen first, so that nothing falls between what is loaded and what is told.
    let events = handle.subscribe()?;
    let snapshot = load(&handle).await?;
    Ok(Some(Started { handle, events, snapshot }))
}

async fn load(handle: &Handle) -> Result<Snapshot, Error> {
    Ok(Snapshot {
        me: handle.me().await?,
        peers: handle.peers().await?,
        conversations: handle.conversations().await?,
        transfers: handle.transfers().await?,
        settings: handle.settings().await?,
        drafts: handle.drafts().await?,
    })
}

/// What the node tells; `None` at its end. Each batch has every window drawn anew: what comes within a frame goes together,
/// and where much comes, what comes within a beat.
pub(super) fn told(events: Events) -> impl Stream<Item = Option<Batch>> {
    let batches = stream::unfold((events, Instant::now()), async |(mut events, mut next): (Events, Instant)| {
        let first = events.next().await?;
        let end = next.max(Instant::now() + FRAME);
        let batch = events.with_next_until(first, end).await;
        next = Instant::now() + BEAT;
        Some((Some(batch), (events, next)))
    });
    batches.chain(stream::iter([None]))
}

/// What comes through a channel, as a stream.
pub(super) fn received<T>(channel: mpsc::Receiver<T>) -> impl Stream<Item = T> {
    stream::unfold(channel, async |mut channel| channel.recv().await.map(|item| (item, channel)))
}

/// Keeps what is being written, and other settings if there are any, and says goodbye to everyone here, for as long as that
/// may take.
pub(super) async fn goodbye(handle: Handle, drafts: Vec<(PeerId, Option<Draft>)>, settings: Option<Settings>) {
    let end = async {
        if let Some(settings) = settings
            && let Err(error) = handle.change_settings(settings).await
        {
            tracing::warn!(%error, "the window's size can't be kept");
        }
        if let Err(error) = handle.keep_drafts(drafts).await {
            tracing::warn!(%error, "what is being written can't be kept");
        }
        handle.shutdown().await
    };
    match timeout(GOODBYE_TIMEOUT, end).await {
        Ok(Ok(())) | Ok(Err(Error::Stopped)) => {}
        Ok(Err(error)) => tracing::warn!(%error, "the node did not end well"),
        Err(_) => tracing::warn!("the node did not end in time"),
    }
}

/// Waits until the program is asked to end from outside.
pub(super) async fn interrupted() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminated) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = terminated.recv() => return,
                result = tokio::signal::ctrl_c() => if result.is_ok() { return },
            }
        }
    }
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

impl App {
    pub(super) fn perform(&mut self, effect: Effect) -> Task<Message> {
        match effect {
            Effect::Focus(id) => operation::focus(id),
            Effect::Step(window, None, way) => operate(scope(windows::content(window), step::<Message>(way))),
            Effect::Step(window, Some(within), way) => {
                operate(scope(windows::content(window), scope(within, step::<Message>(way))))
            }
            Effect::Scroll(window, id, times) => operate(scope(windows::content(window), scroll::<Message>(id, times))),
            Effect::OpenWindow(peer) => self.open_window(peer),
            Effect::OpenMain(peer) => self.open_main(peer),
            Effect::Raise(window) => windows::raise(window),
            Effect::CloseWindow(window) => window::close(window),
            Effect::Quit => self.quit(),
            Effect::SeekPaste(peer, words) => self.seek_paste(peer, words),
            Effect::ChooseExport(peer, name) => self.choose_export(peer, &name),
            Effect::Export(peer, name, path) => self.export(peer, &name, path),
            Effect::Copy(text) => clipboard::write(text),
            Effect::Decode(job) => decode(job),
            Effect::OpenPath(path) => open(path, Message::OpenFailed),
            Effect::OpenLink(address) => open(address, Message::OpenLinkFailed),
            Effect::ChooseFiles(peer) => chosen(peer, dialog(self.choosing("choose-files", &peer)).pick_files()),
            Effect::ChooseFolders(peer) => chosen(peer, dialog(self.choosing("choose-folders", &peer)).pick_folders()),
            Effect::ChooseTarget(peer, id) => {
                let target = dialog(self.locale.tr("choose-target")).pick_folder();
                Task::perform(target, move |folder| match folder {
                    Some(folder) => done(session::Message::TargetChosen(peer, id, folder.path().to_owned())),
                    None => Message::Nothing,
                })
            }
            Effect::ChooseFolder => {
                let folder = dialog(self.locale.tr("folder-title")).pick_folder();
                Task::perform(folder, |folder| match folder {
                    Some(folder) => done(session::Message::FolderChosen(folder.path().to_owned())),
                    None => Message::Nothing,
                })
            }
            Effect::Show(settings) => self.show(&settings),
            Effect::SeeAutostart => self.autostart(None),
            Effect::SetAutostart(on) => self.autostart(Some(on)),
            Effect::SeeInterfaces => {
                let seen = tokio::task::spawn_blocking(engine::interfaces);
                Task::perform(seen, |seen| done(session::Message::InterfacesSeen(seen.unwrap_or_default())))
            }
            Effect::Notify(peer) => self.notify(peer),
            Effect::AwaitLook(peer) => {
                Task::perform(sleep(LONG_LOOK), move |()| done(session::Message::LookAwaited(peer)))
            }
            Effect::AwaitDrafts => Task::perform(sleep(DRAFT_PAUSE), |()| done(session::Message::DraftsAwaited)),
            Effect::AwaitDrops => Task::perform(sleep(DROP_PAUSE), |()| done(session::Message::DropsAwaited)),
            Effect::Ask(request) => match self.handle.clone() {
                Some(handle) => ask(handle, request),
                None => Task::none(),
            },
        }
    }
}

impl App {
    /// The words for `key`, and whether what is being written to `peer` goes along.
    fn choosing(&self, key: &str, peer: &PeerId) -> String {
        let words = self.locale.tr(key);
        match &self.stage {
            Stage::Running(session) if session.is_captioned(peer) => {
                format!("{words} · {}", self.locale.tr("caption-goes-along"))
            }
            _ => words,
        }
    }
}

impl App {
    fn seek_paste(&self, peer: PeerId, words: Option<Arc<String>>) -> Task<Message> {
        let (has_words, name) = (words.is_some(), self.locale.picture_name(now()));
        // The clipboard's owner may never answer.
        let read = apart(move || clip::read(has_words, &name));
        Task::perform(timeout(PASTE_TIMEOUT, read), move |clip| {
            let clip = clip.ok().and_then(Result::ok).unwrap_or(session::Clip::Nothing);
            done(session::Message::Pasted(peer, words.clone(), clip))
        })
    }

    /// Asks where to save the conversation with `peer`, who is called `name`.
    fn choose_export(&self, peer: PeerId, name: &str) -> Task<Message> {
        let title = self.locale.tr_with("export-title", [("name", name)]);
        let chosen = dialog(self.locale.tr("choose-export"))
            .set_file_name(FileName::safe(&format!("{title}.txt")).as_str())
            .add_filter(self.locale.tr("export-text"), &["txt"])
            .add_filter(self.locale.tr("export-markdown"), &["md"])
            .add_filter(self.locale.tr("export-lines"), &["jsonl"])
            .save_file();
        Task::perform(chosen, move |file| match file {
            Some(file) => done(session::Message::ExportChosen(peer, file.path().to_owned())),
            None => Message::Nothing,
        })
    }

    /// Saves it.
    fn export(&self, peer: PeerId, name: &str, path: PathBuf) -> Task<Message> {
        let Some(handle) = self.handle.clone() else { return Task::none() };
        let transcript = self.locale.transcript(Form::of(&path), name);
        Task::perform(export::save(handle, peer, path, transcript), move |result| {
            done(session::Message::ExportFinished(peer, result))
        })
    }
}

fn dialog(title: String) -> rfd::AsyncFileDialog {
    rfd::AsyncFileDialog::new().set_title(title)
}

/// Offers to `peer` what a dialog gives.
fn chosen(peer: PeerId, dialog: impl Future<Output = Option<Vec<rfd::FileHandle>>> + Send + 'static) -> Task<Message> {
    Task::perform(dialog, move |chosen| match chosen {
        Some(chosen) => {
            let paths = chosen.iter().map(|chosen| chosen.path().to_owned()).collect();
            done(session::Message::PathsChosen(peer, paths))
        }
        None => Message::Nothing,
    })
}

/// Does `work` on a thread of its own, for which nobody has to wait, nor the end of the program. It's started from the window's
/// thread: neither it nor what it starts stands back.
fn apart<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> oneshot::Receiver<T> {
    let (tell, told) = oneshot::channel();
    thread::spawn(move || tell.send(work()));
    told
}

fn decode(job: Job) -> Task<Message> {
    let path = job.path.clone();
    let decoded = apart(move || {
        background::stand_back();
        picture::decode(&path, job.scale)
    });
    // What a decoder stumbles over is a picture that can't be shown.
    Task::perform(decoded, move |picture| done(session::Message::Decoded(job.clone(), picture.unwrap_or_default())))
}

/// Opens something with the program for it; `failed` is said if that can't be.
fn open(what: impl AsRef<OsStr> + Send + 'static, failed: fn(Reason) -> Message) -> Task<Message> {
    Task::perform(apart(move || open::that_detached(what)), move |result| match result {
        Ok(Ok(())) => Message::Nothing,
        Ok(Err(error)) => failed(error.into()),
        Err(error) => failed(Reason::Other(error.to_string())),
    })
}

fn done(message: session::Message) -> Message {
    Message::Session(message)
}

/// Asks the engine. Where nothing comes of the answer, what changes shows by itself, as events.
fn ask(handle: Handle, request: Request) -> Task<Message> {
    match request {
        Request::Send(peer, text) => {
            let kept = text.clone();
            let send = async move { handle.send(peer, text).await };
            Task::perform(send, move |result| done(session::Message::SendFinished(peer, kept.clone(), result)))
        }
        Request::LoadPage(page) => {
            let query = HistoryQuery { peer: Some(page.peer), search: None, span: page.span, limit: PAGE };
            let load = async move { handle.history(query).await };
            Task::perform(load, move |result| done(session::Message::PageLoaded(page, result)))
        }
        Request::Search(window, query) => {
            let Query { peer, words, before } = query.clone();
            let history = HistoryQuery { peer, search: Some(words), span: before.into(), limit: search::PAGE };
            let find = async move { handle.history(history).await };
            Task::perform(find, move |result| done(session::Message::Searched(window, query.clone(), result)))
        }
        Request::Reload => Task::perform(async move { load(&handle).await }, |loaded| {
            done(session::Message::Loaded(loaded.map(Box::new)))
        }),
        Request::MarkRead(peer) => attempt(Some(peer), async move { handle.mark_read(peer).await }),
        Request::Typing(peer, typing) => attempt(Some(peer), async move { handle.typing(peer, typing).await }),
        Request::KeepDrafts(drafts) => {
            let keep = async move { handle.keep_drafts(drafts).await };
            Task::perform(keep, |result| done(session::Message::DraftsKept(result)))
        }
        Request::Share(peer, paths, caption) => {
            let kept = caption.clone();
            let share = async move { handle.share(peer, paths, caption).await };
            Task::perform(share, move |result| {
                done(session::Message::ShareFinished(peer, kept.clone(), result.map(Box::new)))
            })
        }
        Request::ShareMade(peer, made, caption) => {
            let kept = caption.clone();
            let share = async move { handle.share_made(peer, made, caption).await };
            Task::perform(share, move |result| {
                done(session::Message::ShareFinished(peer, kept.clone(), result.map(Box::new)))
            })
        }
        Request::Pause(peer, id) => attempt(Some(peer), async move { handle.pause(id).await }),
        Request::Resume(peer, id) => attempt(Some(peer), async move { handle.resume(id).await }),
        Request::Cancel(peer, id) => attempt(Some(peer), async move { handle.cancel_transfer(id).await }),
        Request::Accept(peer, id, folder) => attempt(Some(peer), async move { handle.accept(id, folder).await }),
        Request::Decline(peer, id) => attempt(Some(peer), async move { handle.decline(id).await }),
        Request::Add(address) => {
            let add = async move { handle.add(address, ADD_TIMEOUT).await };
            Task::perform(add, |result| done(session::Message::AddFinished(result)))
        }
        Request::AddLink(link) => {
            let add = async move { handle.add(link, ADD_TIMEOUT).await };
            Task::perform(add, |result| done(session::Message::LinkFinished(result)))
        }
        Request::ForgetRelay(relay) => attempt(None, async move { handle.forget_relay(relay).await }),
        Request::Invite => Task::perform(async move { handle.invite().await }, |result| {
            done(session::Message::InviteMade(result.map(|invite| invite.to_string())))
        }),
        Request::ChangeSettings(settings) => {
            let change = async move { handle.change_settings(*settings).await };
            Task::perform(change, |result| done(session::Message::SettingsKept(result)))
        }
        Request::SetPresence(presence) => attempt(None, async move { handle.set_presence(presence).await }),
    }
}

fn attempt<T: Send + 'static>(
    peer: Option<PeerId>,
    question: impl Future<Output = Result<T, Error>> + Send + 'static,
) -> Task<Message> {
    Task::perform(question, move |result| match result {
        Ok(_) => Message::Nothing,
        Err(error) => done(session::Message::Failed(peer, error)),
    })
}
