//! The desktop's notifications (<https://specifications.freedesktop.org/notification-spec/latest/>, and what other systems
//! have for it). One for each conversation, replaced by what comes later; a press opens the conversation.

use std::collections::BTreeSet;
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

/// Notifications that the desktop is asked to show at a time, besides: it may take long to answer.
const MAX_SHOWING: usize = 4;

/// What a press on the notification itself is called.
const DEFAULT_ACTION: &str = "default";

/// What is being gathered, the conversations for whose notification a press is waited for (`None`: for that of all), and how
/// many others the desktop is being asked to show.
#[derive(Debug, Default)]
pub(super) struct Popups {
    gathered: BTreeSet<PeerId>,
    waiting: BTreeSet<Option<PeerId>>,
    showing: usize,
}

/// How a notification ended.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ended {
    of: Option<PeerId>,
    /// Whether a press was waited for.
    waited: bool,
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
        let Some(popup) = session.popup(of.as_ref(), &self.locale) else { return Task::none() };
        let waits = self.popups.waiting.len() < MAX_WAITS && self.popups.waiting.insert(of);
        if !waits {
            if self.popups.showing >= MAX_SHOWING {
                return Task::none();
            }
            self.popups.showing += 1;
        }
        // A thread of its own, which the end of the program doesn't wait for.
        let (tell, told) = oneshot::channel();
        thread::spawn(move || tell.send(show(&popup, of.as_ref(), waits)));
        Task::perform(told, move |pressed| {
            Message::PopupEnded(Ended { of, waited: waits, pressed: pressed.unwrap_or(false) })
        })
    }

    /// A notification was pressed, or is gone, or stays where nobody waits for it.
    pub(super) fn popup_ended(&mut self, Ended { of, waited, pressed }: Ended) -> Task<Message> {
        if waited {
            self.popups.waiting.remove(&of);
        } else {
            self.popups.showing -= 1;
        }
        if !pressed {
            return Task::none();
        }
        self.with_session(|session| session.update(session::Message::PopupPressed(of)))
    }
}

/// Shows it; waits until it's pressed or gone, if so wished. Returns whether it was pressed.
fn show(popup: &Popup, of: Option<&PeerId>, waits: bool) -> bool {
    let mut notification = Notification::new();
    notification.appname("vecino").summary(&popup.title).body(&popup.body);
    #[cfg(all(unix, not(target_os = "macos")))]
    {
        use notify_rust::Hint;
        notification
            .id(number(of))
            .icon("vecino")
            .body(&escaped(&popup.body))
            .hint(Hint::DesktopEntry("vecino".to_owned()))
            .hint(Hint::Category("im.received".to_owned()))
            .action(DEFAULT_ACTION, &popup.open);
    }
    #[cfg(not(all(unix, not(target_os = "macos"))))]
    let _ = of;
    match notification.show() {
        Ok(handle) => waits && pressed(handle),
        Err(error) => {
            // There's no such service: the window's title and the sidebar tell of it as well.
            tracing::debug!(%error, "the desktop shows no notification");
            false
        }
    }
}

#[cfg(all(unix, not(target_os = "macos")))]
fn pressed(handle: notify_rust::NotificationHandle) -> bool {
    let mut pressed = false;
    handle.wait_for_action(|action| pressed = action == DEFAULT_ACTION);
    pressed
}

#[cfg(not(all(unix, not(target_os = "macos"))))]
fn pressed(_: notify_rust::NotificationHandle) -> bool {
    false
}

/// The number by which a conversation's notification is replaced; 0 would mean a new one.
#[cfg(all(unix, not(target_os = "macos")))]
fn number(of: Option<&PeerId>) -> u32 {
    let [a, b, c, d, ..] = of.map_or([0; 32], |peer| *peer.public_key());
    u32::from_be_bytes([a, b, c, d]).max(1)
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
