//! The desktop's notifications (<https://specifications.freedesktop.org/notification-spec/latest/>, and what other systems
//! have for it). One for each conversation, replaced by what comes later; a press opens the conversation.

use std::collections::{BTreeMap, BTreeSet};
use std::thread;
use std::time::Duration;

use futures::channel::oneshot;
use iced::Task;
use notify_rust::Notification;

use super::{App, Message, Stage};
use crate::model::PeerId;
use crate::ui::session::{self, Popup};

/// What comes within this is told together.
const GATHERED: Duration = Duration::from_millis(500);

/// More conversations than this are told of in one.
const MAX_APART: usize = 3;

/// Presses that are waited for at a time: each takes a thread, for as long as the desktop shows the notification.
const MAX_WAITS: usize = 16;

/// Notifications that the desktop is asked to show at a time: it may take long to answer.
const MAX_SHOWING: usize = 4;

/// What a press on the notification itself is called.
const DEFAULT_ACTION: &str = "default";

/// What is being gathered, and what the desktop shows and is asked to. `None` stands for the notification of all.
#[derive(Debug, Default)]
pub(super) struct Popups {
    gathered: BTreeSet<PeerId>,
    /// What the desktop is being asked to show: each once at a time, as its number is known only then.
    showing: BTreeSet<Option<PeerId>>,
    /// What is to be shown after that.
    later: BTreeSet<Option<PeerId>>,
    /// What may still be shown, by the numbers that the desktop gave. Any other may be another program's.
    shown: BTreeMap<Option<PeerId>, u32>,
    /// The numbers on which a press is waited for.
    waiting: BTreeSet<u32>,
}

/// What the desktop answered when it was asked to show one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shown {
    of: Option<PeerId>,
    /// None where it isn't shown, or this desktop gives none.
    number: Option<u32>,
    /// Whether a press is waited for, besides what was waited for already.
    waits: bool,
}

/// How one ended on which a press was waited for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ended {
    of: Option<PeerId>,
    number: u32,
    pressed: bool,
}

impl App {
    /// Tells of what came from a peer, with what else comes now.
    pub(super) fn notify(&mut self, peer: PeerId) -> Task<Message> {
        let is_first = self.popups.gathered.is_empty();
        self.popups.gathered.insert(peer);
        if is_first { Task::perform(tokio::time::sleep(GATHERED), |()| Message::PopupsDue) } else { Task::none() }
    }

    /// What was gathered is shown.
    pub(super) fn show_popups(&mut self) -> Task<Message> {
        let gathered = std::mem::take(&mut self.popups.gathered);
        if gathered.len() > MAX_APART {
            return self.show_popup(None);
        }
        Task::batch(gathered.into_iter().map(|peer| self.show_popup(Some(peer))).collect::<Vec<_>>())
    }

    fn show_popup(&mut self, of: Option<PeerId>) -> Task<Message> {
        let Stage::Running(session) = &self.stage else { return Task::none() };
        let popups = &mut self.popups;
        if popups.showing.contains(&of) || popups.showing.len() >= MAX_SHOWING {
            popups.later.insert(of);
            return Task::none();
        }
        let Some(popup) = session.popup(of.as_ref(), &self.locale) else { return Task::none() };
        let replaces = popups.shown.get(&of).copied();
        let awaited = replaces.filter(|number| popups.waiting.contains(number));
        // Each that is being shown may come to be waited for.
        let may_wait = popups.waiting.len() + popups.showing.len() < MAX_WAITS;
        popups.showing.insert(of);
        let (tell_shown, shown) = oneshot::channel();
        let (tell_ended, ended) = oneshot::channel();
        let answered = move |number| {
            let waits = may_wait && awaited != Some(number);
            let _ = tell_shown.send((number, waits));
            waits
        };
        // A thread of its own, which the end of the program doesn't wait for.
        thread::spawn(move || {
            let ended = show(&notification(&popup, replaces), answered).unwrap_or_else(|error| {
                // There's no such service: the window's title and the sidebar tell of it as well.
                tracing::debug!(%error, "the desktop shows no notification");
                None
            });
            tell_ended.send(ended)
        });
        let shown = Task::perform(shown, move |answer| {
            let (number, waits) = answer.map_or((None, false), |(number, waits)| (Some(number), waits));
            Message::PopupShown(Shown { of, number, waits })
        });
        shown.chain(Task::perform(ended, move |ended| match ended {
            Ok(Some((number, pressed))) => Message::PopupEnded(Ended { of, number, pressed }),
            _ => Message::Nothing,
        }))
    }

    /// The desktop shows it, or won't. What came meanwhile has its turn.
    pub(super) fn popup_shown(&mut self, Shown { of, number, waits }: Shown) -> Task<Message> {
        self.popups.showing.remove(&of);
        if let Some(number) = number {
            self.popups.shown.insert(of, number);
            if waits {
                self.popups.waiting.insert(number);
            }
        }
        let later = std::mem::take(&mut self.popups.later);
        Task::batch(later.into_iter().map(|of| self.show_popup(of)).collect::<Vec<_>>())
    }

    /// A notification was pressed, or is gone.
    pub(super) fn popup_ended(&mut self, Ended { of, number, pressed }: Ended) -> Task<Message> {
        self.popups.waiting.remove(&number);
        // By now there may be a later one.
        if self.popups.shown.get(&of) == Some(&number) {
            self.popups.shown.remove(&of);
        }
        if !pressed {
            return Task::none();
        }
        self.with_session(|session| session.update(session::Message::PopupPressed(of)))
    }
}

impl App {
    /// What was read meanwhile, wherever, is told no longer. What the desktop is just asked to show waits for its answer.
    pub(super) fn withdraw_popups(&mut self) {
        let Stage::Running(session) = &self.stage else { return };
        let Popups { shown, showing, .. } = &mut self.popups;
        let read = shown.extract_if(.., |of, _| !showing.contains(of) && !session.has_unread(of.as_ref()));
        for (_, number) in read {
            thread::spawn(move || withdraw(number));
        }
    }
}

/// Has the desktop show it no longer.
#[cfg(target_os = "linux")]
fn withdraw(number: u32) {
    const SERVICE: &str = "org.freedesktop.Notifications";
    const PATH: &str = "/org/freedesktop/Notifications";
    let closed = zbus::blocking::Connection::session()
        .and_then(|bus| bus.call_method(Some(SERVICE), PATH, Some(SERVICE), "CloseNotification", &number));
    if let Err(error) = closed {
        tracing::debug!(%error, "the desktop goes on showing a notification");
    }
}

#[cfg(not(target_os = "linux"))]
fn withdraw(_: u32) {}

/// What the desktop is asked to show, in place of what it shows by that number.
fn notification(popup: &Popup, replaces: Option<u32>) -> Notification {
    let mut notification = Notification::new();
    notification.appname("vecino").summary(&popup.title).body(&popup.body);
    #[cfg(all(unix, not(target_os = "macos")))]
    {
        use notify_rust::Hint;
        if let Some(number) = replaces {
            notification.id(number);
        }
        notification
            .icon("vecino")
            .body(&escaped(&popup.body))
            .hint(Hint::DesktopEntry("vecino".to_owned()))
            .hint(Hint::Category("im.received".to_owned()))
            .action(DEFAULT_ACTION, &popup.open);
    }
    #[cfg(not(all(unix, not(target_os = "macos"))))]
    let _ = replaces;
    notification
}

/// Shows it, tells by which number, and waits until it's pressed or gone if `answered` says so. Returns what was waited for,
/// and whether it was pressed.
#[cfg(all(unix, not(target_os = "macos")))]
fn show(
    notification: &Notification,
    answered: impl FnOnce(u32) -> bool,
) -> notify_rust::error::Result<Option<(u32, bool)>> {
    let handle = notification.show()?;
    let number = handle.id();
    if !answered(number) {
        return Ok(None);
    }
    let mut pressed = false;
    handle.wait_for_action(|action| pressed = action == DEFAULT_ACTION);
    Ok(Some((number, pressed)))
}

#[cfg(not(all(unix, not(target_os = "macos"))))]
fn show(notification: &Notification, _: impl FnOnce(u32) -> bool) -> notify_rust::error::Result<Option<(u32, bool)>> {
    notification.show().map(|_| None)
}

/// The body may have markup, and what strangers write isn't meant as such.
#[cfg(all(unix, not(target_os = "macos")))]
fn escaped(words: &str) -> String {
    words.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(all(test, unix, not(target_os = "macos")))]
mod tests {
    use super::*;

    #[test]
    fn markup_of_strangers_is_shown_as_they_wrote_it() {
        assert_eq!(escaped("<b>a</b> & <img src=x>"), "&lt;b&gt;a&lt;/b&gt; &amp; &lt;img src=x&gt;");
    }
}
