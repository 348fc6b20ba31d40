//! The settings and the sheet of keys.

use std::path::PathBuf;

use iced::window;

use super::{Effect, Request, Session};
use crate::engine::Error;
use crate::model::Settings;
use crate::ui::notice::Notice;
use crate::ui::screen::main::{self, Pane};
use crate::ui::screen::{add, settings};

impl Session {
    pub(super) fn show_settings(&mut self) -> Vec<Effect> {
        let nickname = &self.people.me().nickname;
        let Some(main) = &mut self.main else { return Vec::new() };
        let raise = Effect::Raise(main.window);
        if let Pane::Settings(_) = main.pane {
            return [raise].into_iter().chain(self.leave_pane()).collect();
        }
        main.pane = Pane::Settings(settings::State::new(nickname, main.back_to()));
        vec![raise, Effect::SeeAutostart]
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

    pub(super) fn autostart_seen(&mut self, seen: Result<bool, String>) -> Vec<Effect> {
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
