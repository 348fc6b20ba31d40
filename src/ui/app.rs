//! The program around the session: its windows, its node, and the way from first start to goodbye. Everything that
//! touches the world is here and in [`world`].

mod autostart;
mod background;
mod clip;
mod export;
mod picture;
mod popup;
mod tray;
mod windows;
mod world;

use std::sync::Arc;
use std::time::{Duration, Instant};

use iced::theme::Mode;
use iced::widget::container;
use iced::widget::operation::{focus, select_all};
use iced::{Element, Size, Subscription, Task, Theme, event, keyboard, mouse, task, window};
use tokio::sync::mpsc;

use super::focus::Way;
use super::locale::{Language, Locale};
use super::notice::Notice;
use super::people::Snapshot;
use super::screen::{failure, first_start};
use super::session::{self, Effect, Session};
use super::widget::calm;
use super::{HandOver, Serve, Start, drawing, font, keys, theme};
use crate::engine::{self, Batch, Error, Events, Handle, Options, Profile};
use crate::model::{Nickname, Reason, Settings, TextSize, ThemeChoice, Timestamp};

/// After so long with nobody here, reasons are given.
const LISTENING: Duration = Duration::from_secs(4);

/// What the words for today and yesterday may be late by, and when input is looked for again.
const TICK: Duration = Duration::from_secs(60);

/// Starts that ask this one to show its window and wait for it.
const MAX_ASKS: usize = 8;

/// The whole app.
struct App {
    profile: Profile,
    options: Options,
    serve: Serve,
    hand_over: HandOver,
    /// A link to ask about once the node runs.
    link: Option<String>,
    /// Ends the listening to later starts.
    asks: Option<task::Handle>,
    locale: Locale,
    choice: ThemeChoice,
    scale: f32,
    system: Mode,
    theme: Theme,
    stage: Stage,
    handle: Option<Handle>,
    /// The main window, while there's one.
    main: Option<window::Id>,
    size: Size,
    focused: Option<window::Id>,
    leaving: bool,
    popups: popup::Popups,
    tray: Option<tray::Tray>,
    trial: drawing::Trial,
}

/// How far the app has come.
enum Stage {
    FirstStart(first_start::State),
    Starting,
    Running(Box<Session>),
    Failed(Error),
}

/// A node that runs, what it knows, and what it will tell.
struct Started {
    handle: Handle,
    events: Events,
    snapshot: Snapshot,
}

/// What happened.
enum Message {
    FirstStart(first_start::Message),
    /// The node runs; `None` where one ran already, whose window is shown instead.
    Started(Result<Option<Box<Started>>, Error>),
    /// There was input in a window, the first for some time.
    InputHeard,
    /// Something happened in the tray.
    Tray(tray::Event),
    /// A start without a window has waited for one.
    TrayAwaited,
    /// A later start wants this one's window shown, and this link that the person has opened.
    ShowAsked(Option<String>),
    Session(session::Message),
    Key(window::Id, keys::Command),
    Window(window::Id, window::Event),
    SystemTheme(Mode),
    Ticked,
    /// A window is drawn anew.
    Drawn,
    /// The node has ended, by itself or on a command.
    EngineStopped,
    ControlFailed(Reason),
    /// What came a moment ago is to be told of.
    PopupsDue,
    /// The desktop was asked to show it.
    PopupShown(popup::Shown),
    /// It was pressed, or is gone.
    PopupEnded(popup::Ended),
    OpenFailed(Reason),
    /// A link couldn't be opened.
    OpenLinkFailed(Reason),
    QuitAsked,
    /// Goodbye has been said.
    Finished,
    Nothing,
}

/// Runs the app.
pub fn run(start: Start) -> iced::Result {
    let boot = move || App::boot(start.clone());
    iced::daemon(boot, App::update, App::view)
        .executor::<background::Background>()
        .title(App::title)
        .theme(|app: &App, _| app.theme.clone())
        .scale_factor(|app, _| app.scale)
        .subscription(|app| app.subscription())
        .settings(iced::Settings {
            id: Some("vecino".to_owned()),
            fonts: font::bundled(),
            default_font: font::TEXT,
            default_text_size: font::BODY.text.into(),
            antialiasing: true,
            ..iced::Settings::default()
        })
        .run()
}

/// How much larger everything is drawn.
fn scale(size: TextSize) -> f32 {
    f32::from(size.percent()) / 100.0
}

fn now() -> Timestamp {
    Timestamp::from_millis(jiff::Timestamp::now().as_millisecond())
}

impl App {
    fn boot(start: Start) -> (Self, Task<Message>) {
        let Start { profile, options, serve, hand_over, link, hidden } = start;
        let (settings, broken) = match profile.settings() {
            Ok(settings) => (settings, None),
            Err(error) => (Settings::default(), Some(error)),
        };
        let language = Language::chosen(settings.language.as_deref());
        let known = settings.nickname.is_some() || options.nickname.is_some();
        let trial = drawing::Trial::new(profile.dir(), settings.drawing, &drawing::Environment::here());
        let mut app = Self {
            profile,
            options,
            serve,
            hand_over,
            link,
            asks: None,
            locale: Locale::new(language, jiff::tz::TimeZone::system(), now()),
            choice: settings.theme,
            scale: scale(settings.text_size),
            system: Mode::None,
            theme: theme::theme(settings.theme, Mode::None),
            stage: Stage::Starting,
            handle: None,
            main: None,
            size: windows::first_size(settings.window_size, scale(settings.text_size)),
            focused: None,
            leaving: false,
            popups: popup::Popups::default(),
            tray: None,
            trial,
        };
        let start = match broken {
            Some(error) => app.fail(error),
            None if known => app.start(),
            None => app.ask_name(),
        };
        let tray = app.find_tray();
        let open =
            if hidden && matches!(app.stage, Stage::Starting) { App::await_tray() } else { app.show_some_window() };
        let system = iced::system::theme().map(Message::SystemTheme);
        let signals = Task::perform(world::interrupted(), |()| Message::QuitAsked);
        (app, Task::batch([open, start, tray, system, signals]))
    }

    fn ask_name(&mut self) -> Task<Message> {
        let nobody =
            || Nickname::new(&self.locale.tr("welcome-nobody")).unwrap_or_else(|_| engine::suggested_nickname());
        let suggested = engine::system_nickname().unwrap_or_else(nobody);
        self.stage = Stage::FirstStart(first_start::State::new(&suggested));
        focus(first_start::FIELD).chain(select_all(first_start::FIELD))
    }

    fn start(&mut self) -> Task<Message> {
        self.stage = Stage::Starting;
        let start =
            world::start(self.profile.clone(), self.options.clone(), (Arc::clone(&self.hand_over), self.link.clone()));
        Task::perform(start, |started| Message::Started(started.map(|started| started.map(Box::new))))
    }

    fn fail(&mut self, error: Error) -> Task<Message> {
        // A terminal behind the window should hear of it too, in the words that scripts know.
        eprintln!("vecino: {error}");
        self.stage = Stage::Failed(error);
        self.show_some_window()
    }

    fn update(&mut self, message: Message) -> Task<Message> {
        let task = self.take_in(message);
        self.show_sign();
        self.withdraw_popups();
        task
    }

    fn take_in(&mut self, message: Message) -> Task<Message> {
        match message {
            Message::FirstStart(message) => self.update_first_start(message),
            Message::Started(Ok(Some(started))) => self.started(*started),
            Message::Started(Ok(None)) => {
                self.trial.stop();
                iced::exit()
            }
            Message::Started(Err(error)) => self.fail(error),
            Message::Session(message) => self.with_session(|session| session.update(message)),
            Message::Tray(event) => self.tray_event(event),
            Message::TrayAwaited => self.tray_awaited(),
            Message::ShowAsked(link) => self.show_asked(link),
            Message::Key(window, command) => self.key(window, command),
            Message::Window(window, event) => self.window_event(window, event),
            Message::SystemTheme(mode) => {
                self.system = mode;
                self.theme = theme::theme(self.choice, mode);
                Task::none()
            }
            Message::Ticked => {
                self.locale.tick(now());
                self.with_session(|session| session.ticked(Instant::now()))
            }
            Message::Drawn => {
                self.trial.frame();
                Task::none()
            }
            Message::InputHeard => self.with_session(|session| session.input_heard(Instant::now())),
            Message::EngineStopped if self.leaving => Task::none(),
            Message::EngineStopped => {
                self.handle = None;
                self.fail(Error::Stopped)
            }
            Message::PopupsDue => self.show_popups(),
            Message::PopupShown(shown) => self.popup_shown(shown),
            Message::PopupEnded(ended) => self.popup_ended(ended),
            Message::ControlFailed(cause) => self.warn(Notice::NoControl(cause)),
            Message::OpenFailed(cause) => self.warn(Notice::NotOpened(cause)),
            Message::OpenLinkFailed(cause) => self.warn(Notice::LinkNotOpened(cause)),
            Message::QuitAsked => self.quit(),
            Message::Finished => iced::exit(),
            Message::Nothing => Task::none(),
        }
    }

    fn update_first_start(&mut self, message: first_start::Message) -> Task<Message> {
        let Stage::FirstStart(screen) = &mut self.stage else { return Task::none() };
        match screen.update(message) {
            first_start::Action::None => Task::none(),
            first_start::Action::Start(nickname) => {
                self.options.nickname = Some(nickname);
                self.start()
            }
        }
    }

    fn started(&mut self, started: Started) -> Task<Message> {
        let Started { handle, events, snapshot } = started;
        self.locale.tick(now());
        let mut session = Box::new(Session::new(snapshot, self.main, self.size));
        session.tray_found(self.has_tray());
        session.listens_elsewhere(!self.options.listen.is_empty());
        let effects = self.focused.map(|window| session.window_focused(window)).unwrap_or_default();
        self.stage = Stage::Running(session);
        self.handle = Some(handle.clone());
        let fell_back = self.fell_back();
        let told = Task::run(world::told(events), |batch| match batch {
            Some(Batch::Events(events)) => Message::Session(session::Message::Happened(events)),
            Some(Batch::Lagged) => Message::Session(session::Message::Lagged),
            None => Message::EngineStopped,
        });
        let (ask, asked) = mpsc::channel(MAX_ASKS);
        let served = Task::perform((self.serve)(handle, self.profile.clone(), ask), |result| match result {
            Ok(()) => Message::Nothing,
            Err(cause) => Message::ControlFailed(cause),
        });
        let (shown, asks) = Task::run(world::received(asked), Message::ShowAsked).abortable();
        self.asks = Some(asks);
        let waited = Task::perform(tokio::time::sleep(LISTENING), |()| Message::Session(session::Message::Waited));
        let link = self.link.take().map_or_else(Task::none, |link| self.show_asked(Some(link)));
        Task::batch([told, served, shown, waited, self.perform_all(effects), fell_back, link])
    }

    /// Has the processor draw from now on, where the graphics card failed the last time.
    fn fell_back(&mut self) -> Task<Message> {
        if !self.trial.failed() {
            return Task::none();
        }
        self.trial.end();
        self.with_session(Session::graphics_failed)
    }

    fn with_session(&mut self, act: impl FnOnce(&mut Session) -> Vec<Effect>) -> Task<Message> {
        let Stage::Running(session) = &mut self.stage else { return Task::none() };
        let effects = act(session);
        self.perform_all(effects)
    }

    /// Has everything look and read as it's set.
    fn show(&mut self, settings: &Settings) -> Task<Message> {
        self.choice = settings.theme;
        self.theme = theme::theme(self.choice, self.system);
        self.locale.speak(Language::chosen(settings.language.as_deref()));
        let before = std::mem::replace(&mut self.scale, scale(settings.text_size));
        if before == self.scale { Task::none() } else { self.rescaled(before / self.scale) }
    }

    fn warn(&mut self, notice: Notice) -> Task<Message> {
        self.with_session(|session| session.update(session::Message::Warned(notice)))
    }

    fn key(&mut self, window: window::Id, command: keys::Command) -> Task<Message> {
        match (&self.stage, command) {
            (Stage::Running(_), _) => self.with_session(|session| session.key(window, command)),
            (_, keys::Command::FocusNext) => self.perform(Effect::Step(window, None, Way::Next)),
            (_, keys::Command::FocusPrevious) => self.perform(Effect::Step(window, None, Way::Previous)),
            (_, keys::Command::Quit | keys::Command::CloseWindow) => self.quit(),
            _ => Task::none(),
        }
    }

    fn perform_all(&mut self, effects: Vec<Effect>) -> Task<Message> {
        Task::batch(effects.into_iter().map(|effect| self.perform(effect)).collect::<Vec<_>>())
    }

    fn view(&self, window: window::Id) -> Element<'_, Message> {
        let shown = match &self.stage {
            Stage::FirstStart(screen) => screen.view(&self.locale).map(Message::FirstStart),
            Stage::Starting => windows::starting(&self.locale),
            Stage::Running(session) => session.view(window, &self.locale).map(Message::Session),
            Stage::Failed(error) => failure::view(error, &self.locale).map(|failure::QuitPressed| Message::QuitAsked),
        };
        calm(container(shown).id(windows::content(window)))
    }

    fn title(&self, window: window::Id) -> String {
        match &self.stage {
            Stage::Running(session) => session.title(window),
            _ => "vecino".to_owned(),
        }
    }

    fn subscription(&self) -> Subscription<Message> {
        let tick = match &self.stage {
            Stage::Running(_) => iced::time::every(TICK).map(|_| Message::Ticked),
            _ => Subscription::none(),
        };
        let input = match &self.stage {
            Stage::Running(session) if session.awaits_input() => event::listen_with(input_heard),
            _ => Subscription::none(),
        };
        let theme = iced::system::theme_changes().map(Message::SystemTheme);
        let frames = if self.trial.is_on() { window::frames().map(|_| Message::Drawn) } else { Subscription::none() };
        Subscription::batch([event::listen_with(heard), input, theme, tick, frames])
    }
}

/// That a person does something, whatever it is.
fn input_heard(event: iced::Event, _: event::Status, _: window::Id) -> Option<Message> {
    let is_input = match event {
        iced::Event::Keyboard(event) => matches!(event, keyboard::Event::KeyPressed { .. }),
        iced::Event::Mouse(event) => !matches!(event, mouse::Event::CursorEntered | mouse::Event::CursorLeft),
        iced::Event::Touch(_) => true,
        iced::Event::Window(event) => event == window::Event::Focused,
        _ => false,
    };
    is_input.then_some(Message::InputHeard)
}

/// The keys of the table and what happens to windows; all else is for widgets.
fn heard(event: iced::Event, _: event::Status, window: window::Id) -> Option<Message> {
    match event {
        iced::Event::Keyboard(keyboard::Event::KeyPressed { key, physical_key, modifiers, .. }) => {
            keys::command(&key, physical_key, modifiers).map(|command| Message::Key(window, command))
        }
        iced::Event::Window(event) => windows::matters(&event).then_some(Message::Window(window, event)),
        _ => None,
    }
}
