//! The settings and the sheet of keys.

use std::path::PathBuf;

use iced::window;

use super::{Effect, Request, Session};
use crate::engine::Error;
use crate::model::{Drawing, Me, Reason, Settings, SidebarWidth, WindowSize};
use crate::ui::notice::Notice;
use crate::ui::screen::main::{self, Pane};
use crate::ui::screen::{add, settings};
use crate::ui::widget::Move;

impl Session {
    pub(super) fn show_settings(&mut self) -> Vec<Effect> {
        let nickname = &self.people.me().nickname;
        let Some(main) = &mut self.main else { return Vec::new() };
        let raise = Effect::Raise(main.window);
        if let Pane::Settings(_) = main.pane {
            return [raise].into_iter().chain(self.leave_pane()).collect();
        }
        main.pane = Pane::Settings(settings::State::new(nickname, &self.settings, main.back_to()));
        vec![raise, Effect::SeeAutostart, Effect::SeeInterfaces]
    }

    pub(super) fn update_settings(&mut self, message: settings::Message) -> Vec<Effect> {
        let Some(main::State { pane: Pane::Settings(state), .. }) = &mut self.main else { return Vec::new() };
        match state.update(message, &self.settings) {
            settings::Action::None => Vec::new(),
            settings::Action::Change(settings) => self.set(*settings),
            settings::Action::ChooseFolder => vec![Effect::ChooseFolder],
            settings::Action::SetAutostart(on) => vec![Effect::SetAutostart(on)],
            settings::Action::ForgetRelay(relay) => vec![Request::ForgetRelay(relay).into()],
            settings::Action::Add(message) => self.update_form(message),
            settings::Action::Copy(text) => vec![Effect::Copy(text)],
            settings::Action::CopyInvite => vec![Request::Invite.into()],
            settings::Action::Back => self.leave_pane(),
        }
    }

    /// The desktop has a tray that shows vecino, or none.
    pub const fn tray_found(&mut self, is_there: bool) {
        self.desktop.tray = is_there;
    }

    /// The app was told at its start where to listen, or not.
    pub const fn listens_elsewhere(&mut self, is_so: bool) {
        self.desktop.listens_elsewhere = is_so;
    }

    /// What is shown of the network may have changed.
    pub(super) fn look_at_interfaces(&self) -> Option<Effect> {
        let is_shown = self.main.as_ref().is_some_and(|main| matches!(main.pane, Pane::Settings(_)));
        is_shown.then_some(Effect::SeeInterfaces)
    }

    pub(super) fn autostart_seen(&mut self, seen: Result<bool, Reason>) -> Vec<Effect> {
        match seen {
            Ok(on) => self.desktop.autostart = Some(on),
            Err(cause) => self.notice = Some(Notice::Autostart(cause)),
        }
        Vec::new()
    }

    /// Whether vecino runs on when the last window is closed, if there's a tray.
    pub const fn closes_to_tray(&self) -> bool {
        self.settings.close_to_tray
    }

    pub(super) fn folder_chosen(&mut self, folder: PathBuf) -> Vec<Effect> {
        self.set(Settings { download_dir: Some(folder), ..self.settings.clone() })
    }

    fn set(&mut self, settings: Settings) -> Vec<Effect> {
        self.settings = settings.clone();
        self.people.show_receipts(settings.receipts);
        let show = Effect::Show(Box::new(settings));
        [show].into_iter().chain(self.keep_settings()).collect()
    }

    /// The list is as wide as its edge is dragged, and kept so once that is let go.
    pub(super) fn divider_moved(&mut self, moved: Move) -> Vec<Effect> {
        let (width, is_done) = match moved {
            Move::To(width) => (wide(width), false),
            Move::Done(width) => (wide(width), true),
            Move::Reset => (SidebarWidth::default(), true),
        };
        self.settings.sidebar_width = width;
        if is_done { self.keep_settings().into_iter().collect() } else { Vec::new() }
    }

    /// How things are set, where the main window was left with another size than is kept. That of the first start need not be.
    pub fn with_window(&self, size: WindowSize, is_first: bool) -> Option<Settings> {
        let window_size = Some(size).filter(|_| !is_first);
        let settings = Settings { window_size, ..self.settings.clone() };
        (settings != self.settings).then_some(settings)
    }

    /// Has the processor draw, since the graphics card ended the program the last time.
    pub fn graphics_failed(&mut self) -> Vec<Effect> {
        self.notice = Some(Notice::GraphicsFailed);
        self.set(Settings { drawing: Drawing::Processor, ..self.settings.clone() })
    }

    /// Another nickname may have been set elsewhere, as through the control socket. It isn't set back when something else is
    /// kept; one that was set here and waits comes after it.
    pub(super) fn named(&mut self, me: &Me) {
        let waits = self.keeping.as_ref().is_some_and(|keeping| keeping.nickname != self.settings.nickname);
        if waits || self.people.me().nickname == me.nickname {
            return;
        }
        self.settings.nickname = Some(me.nickname.clone());
        if let Some(keeping) = &mut self.keeping {
            keeping.nickname.clone_from(&self.settings.nickname);
        }
    }

    fn keep_settings(&mut self) -> Option<Effect> {
        if self.keeping.is_some() {
            return None;
        }
        self.keeping = Some(self.settings.clone());
        Some(Request::ChangeSettings(Box::new(self.settings.clone())).into())
    }

    /// What couldn't be kept isn't so.
    pub(super) fn settings_kept(&mut self, result: Result<(), Error>) -> Vec<Effect> {
        let kept = self.keeping.take();
        match result {
            Ok(()) if kept.as_ref() == Some(&self.settings) => Vec::new(),
            Ok(()) => self.keep_settings().into_iter().collect(),
            Err(error) => {
                let told = self.failed(None, error);
                [Request::Reload.into()].into_iter().chain(told).collect()
            }
        }
    }

    pub(super) fn update_form(&mut self, message: add::Message) -> Vec<Effect> {
        let address = self.main.as_mut().and_then(|main| main.form.update(message));
        address.map(|address| Request::Add(address).into()).into_iter().collect()
    }

    /// Shows what each key does, above this window, or no longer.
    pub(super) fn show_shortcuts(&mut self, window: window::Id) -> Vec<Effect> {
        self.sheet = if self.sheet == Some(window) { None } else { Some(window) };
        Vec::new()
    }
}

/// As near to so many pixels as the list may be.
fn wide(pixels: f32) -> SidebarWidth {
    // What is beyond the bounds is at them, on either side.
    SidebarWidth::from(pixels.round() as u16)
}
