//! Everything that a person can set, in one list. Each change applies at once.

mod appearance;
mod closing;
pub mod network;
mod privacy;

use iced::widget::{Id, column, container, row, rule, scrollable, text, text_input};
use iced::{Center, Element, Fill};
use lucide_icons::Icon;

use super::{add, shortcuts};
use crate::model::{
    AcceptOffers, Drawing, Interface, Me, Nickname, NicknameError, Notifications, PeerId, Settings, TextSize,
    ThemeChoice,
};
use crate::ui::locale::{Language, Locale};
use crate::ui::text::one_line;
use crate::ui::widget::{choices, icon_button, line, paragraph, secondary, thin_scrollbar};
use crate::ui::{font, style};

/// The field for the nickname.
pub const NICKNAME: Id = Id::new("settings nickname");

/// What scrolls.
pub const LIST: Id = Id::new("settings");

/// The widest section, in pixels.
const MAX_WIDTH: f32 = 640.0;

/// What is being typed, and where one came from.
#[derive(Debug)]
pub struct State {
    back_to: Option<PeerId>,
    nickname: String,
    error: Option<NicknameError>,
    network: network::State,
}

/// What the person did.
#[derive(Debug, Clone, PartialEq)]
pub enum Message {
    /// Typed a nickname.
    NicknameEdited(String),
    /// Wants to be called so.
    NicknameSubmitted,
    /// Chose the window's colours.
    ThemeChosen(ThemeChoice),
    /// Chose a language, or the system's.
    LanguageChosen(Option<Language>),
    /// Chose a size of text.
    TextSizeChosen(TextSize),
    /// Chose what draws the window.
    DrawingChosen(Drawing),
    /// Chose what notifications tell.
    NotificationsChosen(Notifications),
    /// Wants others to be told what was read, or no longer.
    ReceiptsPressed,
    /// Wants others to be told who is writing to them, or no longer.
    TypingPressed,
    /// Chose what happens to offers.
    AcceptChosen(AcceptOffers),
    /// Wants another folder for what is received.
    FolderPressed,
    /// Wants the system's folder for it.
    FolderReset,
    /// In what concerns the network.
    Network(network::Message),
    /// Wants vecino to start when they sign in, or no longer.
    AutostartPressed(bool),
    /// Wants vecino to run on when its last window is closed, or no longer.
    CloseToTrayPressed,
    /// In the form for an address.
    Add(add::Message),
    /// Wants this on the clipboard.
    CopyPressed(String),
    /// Wants an invite to pass on.
    InvitePressed,
    /// Wants back to what was there before.
    BackPressed,
}

/// What the owner has to do.
#[derive(Debug, PartialEq)]
pub enum Action {
    /// Nothing.
    None,
    /// Set things so.
    Change(Box<Settings>),
    /// Have a folder chosen for what is received.
    ChooseFolder,
    /// Have vecino started when the person signs in, or no longer.
    SetAutostart(bool),
    /// Use this relay no longer.
    ForgetRelay(PeerId),
    /// Pass this on to the form.
    Add(add::Message),
    /// Put this on the clipboard.
    Copy(String),
    /// Put an invite there.
    CopyInvite,
    /// Leave the screen.
    Back,
}

/// What this computer has for vecino.
#[derive(Debug, Clone, Default)]
pub struct Desktop {
    /// A tray that shows it.
    pub tray: bool,
    /// Whether it starts vecino when the person signs in; `None` where that isn't known.
    pub autostart: Option<bool>,
    /// Its network interfaces.
    pub interfaces: Vec<Interface>,
    /// Whether vecino was told at its start where to listen, whatever is set.
    pub listens_elsewhere: bool,
}

/// What the screen shows besides its own state.
#[derive(Debug, Clone, Copy)]
pub struct Shown<'a> {
    /// How things are set.
    pub settings: &'a Settings,
    /// What this computer has for vecino.
    pub desktop: &'a Desktop,
    /// Oneself.
    pub me: &'a Me,
    /// The form for an address.
    pub form: &'a add::State,
}

impl State {
    /// The screen for somebody called so, where things are set so, from which one goes back to the conversation with
    /// `back_to`.
    pub fn new(nickname: &Nickname, settings: &Settings, back_to: Option<PeerId>) -> Self {
        let network = network::State::new(settings);
        Self { back_to, nickname: nickname.as_str().to_owned(), error: None, network }
    }

    /// The conversation that was there before.
    pub const fn back_to(&self) -> Option<PeerId> {
        self.back_to
    }

    /// Takes in what the person did, where things are set so.
    pub fn update(&mut self, message: Message, settings: &Settings) -> Action {
        let mut changed = settings.clone();
        match message {
            Message::NicknameEdited(nickname) => {
                self.nickname = nickname;
                self.error = None;
                return Action::None;
            }
            Message::NicknameSubmitted => match Nickname::new(&self.nickname) {
                Ok(nickname) => changed.nickname = Some(nickname),
                Err(error) => {
                    self.error = Some(error);
                    return Action::None;
                }
            },
            Message::ThemeChosen(theme) => changed.theme = theme,
            Message::LanguageChosen(language) => changed.language = language.map(|language| language.tag().to_owned()),
            Message::TextSizeChosen(size) => changed.text_size = size,
            Message::DrawingChosen(drawing) => changed.drawing = drawing,
            Message::NotificationsChosen(notifications) => changed.notifications = notifications,
            Message::ReceiptsPressed => changed.receipts = !changed.receipts,
            Message::TypingPressed => changed.typing = !changed.typing,
            Message::AcceptChosen(accept) => changed.accept = accept,
            Message::FolderPressed => return Action::ChooseFolder,
            Message::FolderReset => changed.download_dir = None,
            Message::Network(message) => {
                if let Some(relay) = self.network.update(message, &mut changed) {
                    return Action::ForgetRelay(relay);
                }
            }
            Message::AutostartPressed(on) => return Action::SetAutostart(on),
            Message::CloseToTrayPressed => changed.close_to_tray = !changed.close_to_tray,
            Message::Add(message) => return Action::Add(message),
            Message::CopyPressed(text) => return Action::Copy(text),
            Message::InvitePressed => return Action::CopyInvite,
            Message::BackPressed => return Action::Back,
        }
        if changed == *settings { Action::None } else { Action::Change(Box::new(changed)) }
    }

    /// The screen.
    pub fn view<'a>(&'a self, shown: Shown<'a>, locale: &'a Locale) -> Element<'a, Message> {
        let sections = column![
            section(locale.tr("settings-profile"), self.profile(shown.me, locale)),
            section(locale.tr("settings-appearance"), appearance::view(shown.settings, locale)),
            section(locale.tr("settings-notifications"), notifications(shown.settings, locale)),
            section(locale.tr("settings-privacy"), privacy::view(shown.settings, locale)),
            section(locale.tr("settings-files"), files(shown.settings, locale)),
            section(locale.tr("settings-closing"), closing::view(shown, locale)),
            section(locale.tr("settings-network"), self.network.view(shown, locale)),
            section(locale.tr("shortcuts"), shortcuts::list(locale)),
            section(locale.tr("settings-about"), about(locale)),
        ];
        let sections = container(sections.spacing(24)).max_width(MAX_WIDTH).padding([16, 20]);
        let sections =
            scrollable(container(sections).center_x(Fill)).id(LIST).direction(thin_scrollbar()).style(style::scroller);
        let back = icon_button(Icon::ArrowLeft, locale.tr("tip-back"), Some(Message::BackPressed));
        let head = row![back, line(locale.tr("settings")).strong().fill()].spacing(12).align_y(Center);
        let head = container(head).padding([0, 20]).center_y(64);
        column![head, rule::horizontal(1).style(style::line), sections].into()
    }

    fn profile<'a>(&'a self, me: &'a Me, locale: &Locale) -> Element<'a, Message> {
        let field = text_input("", &self.nickname)
            .id(NICKNAME)
            .on_input(Message::NicknameEdited)
            .on_submit(Message::NicknameSubmitted)
            .size(font::BODY.text)
            .padding([7, 12])
            .style(style::input);
        let other = self.nickname.trim() != me.nickname.as_str();
        let save = other.then(|| secondary(locale.tr("settings-save"), Message::NicknameSubmitted));
        let error =
            self.error.map(|error| paragraph(locale.nickname_error(error)).size(font::SECONDARY).style(style::danger));
        let id = me.peer_id.to_string();
        let copy = icon_button(Icon::Copy, locale.tr("copy"), Some(Message::CopyPressed(id.clone())));
        column![
            label(locale.tr("settings-nickname")),
            row![field].push(save).spacing(8).align_y(Center),
            error,
            label(locale.tr("settings-identity")),
            row![line(format!("#{} · {id}", me.tag)).size(font::SECONDARY).fill(), copy].spacing(8).align_y(Center),
            secondary(locale.tr("invite-copy"), Message::InvitePressed),
        ]
        .spacing(8)
        .into()
    }
}

fn notifications<'a>(settings: &Settings, locale: &Locale) -> Element<'a, Message> {
    let all = [
        ("notifications-preview", Notifications::Preview),
        ("notifications-name", Notifications::Name),
        ("notifications-off", Notifications::Off),
    ];
    let all =
        all.map(|(key, each)| (locale.tr(key), settings.notifications == each, Message::NotificationsChosen(each)));
    let hint = paragraph(locale.tr("notifications-hint")).size(font::SECONDARY).style(style::muted);
    column![choices(all), hint].spacing(8).into()
}

fn files<'a>(settings: &Settings, locale: &Locale) -> Element<'a, Message> {
    let folder = match &settings.download_dir {
        Some(folder) => one_line(&folder.display().to_string()),
        None => locale.tr("folder-system"),
    };
    let reset = settings.download_dir.is_some().then(|| secondary(locale.tr("folder-reset"), Message::FolderReset));
    column![
        label(locale.tr("settings-folder")),
        paragraph(folder),
        row![secondary(locale.tr("folder-choose"), Message::FolderPressed)].push(reset).spacing(8),
    ]
    .spacing(8)
    .into()
}

fn about<'a>(locale: &Locale) -> Element<'a, Message> {
    let version = locale.tr_with("about-version", [("version", env!("CARGO_PKG_VERSION"))]);
    column![paragraph(version), paragraph(locale.tr("about-words")).size(font::SECONDARY).style(style::muted)]
        .spacing(4)
        .into()
}

fn section<'a>(title: String, content: Element<'a, Message>) -> Element<'a, Message> {
    let title = text(title).size(font::SECTION.text).line_height(text::LineHeight::Absolute(font::SECTION.line.into()));
    column![title.font(font::STRONG), content].spacing(8).into()
}

fn label<'a, M: 'a>(words: String) -> Element<'a, M> {
    container(paragraph(words).size(font::SECONDARY).style(style::muted)).padding(iced::padding::top(4)).into()
}

#[cfg(test)]
mod tests {
    use iced::Size;

    use super::*;
    use crate::ui::sample::{self, locale, simulator_of};
    use crate::ui::screen::relays;

    fn actions(settings: &Settings, press: &str) -> Vec<Action> {
        let me = sample::snapshot().me;
        let (form, locale) = (add::State::default(), locale(Language::English));
        let mut state = State::new(&me.nickname, &Settings::default(), None);
        // All of it is in view.
        let size = Size::new(1180.0, 2_000.0);
        let shown = Shown {
            settings,
            desktop: &Desktop { tray: true, autostart: Some(false), ..Desktop::default() },
            me: &me,
            form: &form,
        };
        let mut ui = simulator_of(size, state.view(shown, &locale));
        ui.click(press).unwrap();
        ui.into_messages().map(|message| state.update(message, settings)).collect()
    }

    fn changed(change: impl Fn(&mut Settings)) -> Vec<Action> {
        let mut settings = Settings::default();
        change(&mut settings);
        vec![Action::Change(Box::new(settings))]
    }

    #[test]
    fn each_choice_changes_its_setting() {
        let settings = Settings::default();
        assert_eq!(actions(&settings, "Dark"), changed(|settings| settings.theme = ThemeChoice::Dark));
        assert_eq!(actions(&settings, "Español"), changed(|settings| settings.language = Some("es".into())));
        assert_eq!(actions(&settings, "150 %"), changed(|settings| settings.text_size = 150.into()));
        assert_eq!(
            actions(&settings, "From people I have written to"),
            changed(|settings| {
                settings.accept = AcceptOffers::Known;
            })
        );
        let card = "Graphics card";
        assert_eq!(actions(&settings, card), changed(|settings| settings.drawing = Drawing::GraphicsCard));
        assert_eq!(actions(&settings, "Who writes"), changed(|settings| settings.notifications = Notifications::Name));
        assert_eq!(
            actions(&settings, "Keep running in the tray when the last window is closed"),
            changed(|settings| settings.close_to_tray = false)
        );
        assert_eq!(actions(&settings, "Start when I sign in"), [Action::SetAutostart(true)]);
        let told = "Tell others what I have read";
        assert_eq!(actions(&settings, told), changed(|settings| settings.receipts = false));
        let told = "Tell others that I am writing to them";
        assert_eq!(actions(&settings, told), changed(|settings| settings.typing = false));
        let off = Settings { typing: false, ..settings.clone() };
        assert_eq!(actions(&off, told), changed(|_| {}));
        assert_eq!(actions(&settings, "100 %"), [Action::None], "it's so already");
        let spanish = Settings { language: Some("es".into()), ..settings };
        assert_eq!(actions(&spanish, "The system's"), changed(|_| {}));
    }

    #[test]
    fn what_closing_does_is_said_before_it_is_done() {
        let (me, form, locale) = (sample::snapshot().me, add::State::default(), locale(Language::English));
        let state = State::new(&me.nickname, &Settings::default(), None);
        for (tray, close_to_tray, said) in [
            (true, true, "Closing the last window leaves vecino running in the tray."),
            (true, false, "Closing the last window quits vecino."),
            (false, true, "There is no tray here: closing the last window quits vecino."),
        ] {
            let settings = Settings { close_to_tray, ..Settings::default() };
            let shown =
                Shown { settings: &settings, desktop: &Desktop { tray, ..Desktop::default() }, me: &me, form: &form };
            simulator_of(Size::new(1180.0, 2_000.0), state.view(shown, &locale)).find(said).unwrap();
        }
    }

    #[test]
    fn the_folder_is_chosen_and_given_up() {
        let settings = Settings::default();
        assert_eq!(actions(&settings, "Choose…"), [Action::ChooseFolder]);
        let kept = Settings { download_dir: Some("/srv/files".into()), ..settings.clone() };
        assert_eq!(actions(&kept, "Use the system's folder"), changed(|_| {}));
    }

    #[test]
    fn a_relay_is_forgotten_after_a_question() {
        let (settings, me) = (Settings::default(), sample::snapshot().me);
        let mut state = State::new(&me.nickname, &settings, None);
        let mut update = |message| {
            let message = Message::Network(network::Message::Relay(message));
            (state.update(message, &settings), state.network.forgetting)
        };
        let id = PeerId::from_public_key([9; 32]);
        assert_eq!(update(relays::Message::ForgetPressed(id)), (Action::None, Some(id)));
        assert_eq!(update(relays::Message::Kept), (Action::None, None));
        assert_eq!(update(relays::Message::ForgetPressed(id)), (Action::None, Some(id)));
        assert_eq!(update(relays::Message::Forgotten(id)), (Action::ForgetRelay(id), None));
    }

    #[test]
    fn a_nickname_is_checked_before_it_is_taken() {
        let (settings, me) = (Settings::default(), sample::snapshot().me);
        let mut state = State::new(&me.nickname, &Settings::default(), None);
        state.update(Message::NicknameEdited(" ".into()), &settings);
        assert_eq!(state.update(Message::NicknameSubmitted, &settings), Action::None);
        assert!(state.error.is_some());
        state.update(Message::NicknameEdited("anita".into()), &settings);
        let nickname = Some(Nickname::new("anita").unwrap());
        assert_eq!(
            state.update(Message::NicknameSubmitted, &settings),
            changed(|settings| {
                settings.nickname.clone_from(&nickname);
            })[0]
        );
    }
}
