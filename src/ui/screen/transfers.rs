//! All transfers: what runs or waits, and what is over.

use iced::widget::{Id, column, container, row, rule, scrollable, text};
use iced::{Center, Element, Fill};
use lucide_icons::Icon;

use crate::model::{Direction, PeerId, Transfer, TransferId, TransferState};
use crate::ui::locale::Locale;
use crate::ui::people::{Name, People};
use crate::ui::transfer::{Asking, Press, Subject, Wish};
use crate::ui::widget::{icon, icon_button, line, press, quiet, thin_scrollbar};
use crate::ui::{font, style};

/// The list.
pub const LIST: Id = Id::new("transfers");

/// How many that are over are shown at first, and added at each press: all rows are laid out, in view or not.
const PAST: usize = 50;

/// The widest row, in pixels.
const MAX_WIDTH: f32 = 720.0;

/// What is shown, and where one came from.
#[derive(Debug)]
pub struct State {
    back_to: Option<PeerId>,
    past: usize,
    asking: Asking,
}

/// What the person did.
#[derive(Debug, Clone, PartialEq)]
pub enum Message {
    /// Pressed something on the transfer with this peer.
    FilePressed(PeerId, TransferId, Press),
    /// Wants the conversation with this peer.
    PeerPressed(PeerId),
    /// Wants to see more of what is over.
    MoreWanted,
    /// Wants back to what was there before.
    BackPressed,
}

/// What the owner has to do.
#[derive(Debug, PartialEq)]
pub enum Action {
    /// Nothing.
    None,
    /// Do this with the transfer with this peer.
    Fulfil(PeerId, TransferId, Wish),
    /// Show this conversation.
    Open(PeerId),
    /// Leave the screen.
    Back,
}

impl State {
    /// The screen, from which one goes back to the conversation with `back_to`.
    pub fn new(back_to: Option<PeerId>) -> Self {
        Self { back_to, past: PAST, asking: Asking::default() }
    }

    /// The conversation that was there before.
    pub const fn back_to(&self) -> Option<PeerId> {
        self.back_to
    }

    /// Takes in what the person did.
    pub fn update(&mut self, message: Message) -> Action {
        match message {
            Message::FilePressed(peer, id, press) => {
                self.asking.pressed(id, press).map_or(Action::None, |wish| Action::Fulfil(peer, id, wish))
            }
            Message::PeerPressed(peer) => Action::Open(peer),
            Message::MoreWanted => {
                self.past = self.past.saturating_add(PAST);
                Action::None
            }
            Message::BackPressed => Action::Back,
        }
    }

    /// The screen.
    pub fn view<'a>(&'a self, people: &'a People, locale: &'a Locale) -> Element<'a, Message> {
        let (past, now): (Vec<&Transfer>, Vec<&Transfer>) =
            people.transfers().partition(|transfer| transfer.state.is_over());
        let list =
            if past.is_empty() && now.is_empty() { nothing(locale) } else { self.list(&now, &past, people, locale) };
        let header = header(totals(&now, |peer| people.is_here(peer), locale), locale);
        column![header, rule::horizontal(1).style(style::line), list].into()
    }

    fn list<'a>(
        &'a self,
        now: &[&'a Transfer],
        past: &[&'a Transfer],
        people: &'a People,
        locale: &'a Locale,
    ) -> Element<'a, Message> {
        let head = |key: &str, of: &[&Transfer]| (!of.is_empty()).then(|| section(locale.tr(key)));
        let row = |transfer: &&'a Transfer| self.row(transfer, people, locale);
        let more = (past.len() > self.past).then(|| quiet(locale.tr("transfers-more"), Message::MoreWanted));
        let list = column![head("transfers-now", now)]
            .extend(now.iter().map(row))
            .push(head("transfers-past", past))
            .extend(past.iter().take(self.past).map(row))
            .push(more)
            .spacing(8)
            .max_width(MAX_WIDTH)
            .padding(iced::padding::horizontal(20).top(4).bottom(20));
        scrollable(container(list).center_x(Fill))
            .id(LIST)
            .direction(thin_scrollbar())
            .width(Fill)
            .height(Fill)
            .style(style::scroller)
            .into()
    }

    fn row<'a>(&'a self, transfer: &'a Transfer, people: &'a People, locale: &'a Locale) -> Element<'a, Message> {
        let (peer, id) = (transfer.peer_id, transfer.id);
        let name = people.name(&peer);
        let asking = self.asking.is_about(id);
        let subject = Subject { asking, named: true, ..Subject::of(transfer, &name.nickname, people.is_here(&peer)) };
        let whose = press(line(whose(transfer.direction, &name, locale)).size(font::SECONDARY))
            .padding([2, 0])
            .style(style::link)
            .on_press(Message::PeerPressed(peer));
        let content =
            subject.view(None, Some(whose.into()), locale, move |press| Message::FilePressed(peer, id, press));
        let ground = if transfer.direction == Direction::Out { style::mine } else { style::theirs };
        container(content).padding(12).width(Fill).style(ground).into()
    }
}

/// `To luis`, `From luis #k7q2`.
fn whose(direction: Direction, name: &Name, locale: &Locale) -> String {
    let name = match &name.tag {
        Some(tag) => format!("{} #{tag}", name.nickname),
        None => name.nickname.clone(),
    };
    match direction {
        Direction::Out => locale.tr_with("transfer-to", [("name", name)]),
        Direction::In => locale.tr_with("transfer-from", [("name", name)]),
    }
}

fn header<'a>(totals: String, locale: &Locale) -> Element<'a, Message> {
    let back = icon_button(Icon::ArrowLeft, locale.tr("tip-back"), Some(Message::BackPressed));
    let words = column![line(locale.tr("transfers")).strong(), line(totals).size(font::SECONDARY).style(style::muted)];
    container(row![back, words.width(Fill)].spacing(12).align_y(Center)).padding([0, 20]).center_y(64).into()
}

/// How many run, how far they all are together, and how fast; else how many would if the other side were here.
fn totals(now: &[&Transfer], is_here: impl Fn(&PeerId) -> bool, locale: &Locale) -> String {
    let active = now.iter().filter(|transfer| transfer.state == TransferState::Active);
    let (running, waiting): (Vec<&Transfer>, Vec<&Transfer>) = active.partition(|transfer| is_here(&transfer.peer_id));
    let sum = |of: fn(&Transfer) -> u64| running.iter().fold(0_u64, |sum, transfer| sum.saturating_add(of(transfer)));
    let count = running.len();
    if count == 0 {
        return match waiting.len() {
            0 => locale.tr("transfers-idle"),
            count => locale.tr_with("transfers-waiting", [("count", count)]),
        };
    }
    let values =
        [("done", locale.size(sum(|transfer| transfer.done))), ("size", locale.size(sum(|transfer| transfer.size)))];
    let running = locale.tr_with("transfers-running", [("count", count)]);
    let progress = locale.tr_with("file-progress", values);
    match sum(|transfer| transfer.bytes_per_second) {
        0 => format!("{running} · {progress}"),
        speed => format!("{running} · {progress} · {}", locale.speed(speed)),
    }
}

fn section<'a>(title: String) -> Element<'a, Message> {
    let title = text(title).size(font::LABEL.text).line_height(text::LineHeight::Absolute(22.into()));
    container(title.font(font::STRONG).style(style::muted)).padding(iced::padding::top(8)).into()
}

fn nothing<'a>(locale: &Locale) -> Element<'a, Message> {
    let words = column![
        icon(Icon::Files, 36.0).style(style::accent),
        line(locale.tr("no-transfers")).strong(),
        line(locale.tr("no-transfers-hint")).size(font::SECONDARY).style(style::muted),
    ];
    container(words.spacing(8).align_x(Center)).center(Fill).padding(20).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::locale::Language;
    use crate::ui::people::Snapshot;
    use crate::ui::sample::{self, FERNANDA, LUIS, MELANI, locale, message_id, simulator};

    fn people(transfers: Vec<Transfer>) -> People {
        People::new(Snapshot { transfers, ..sample::snapshot() })
    }

    fn past(number: u64) -> Transfer {
        let id = message_id(number).transfer();
        let (name, state) = (format!("{number}.pdf"), TransferState::Done);
        Transfer { id, name, peer_id: MELANI, direction: Direction::In, state, ..sample::sending() }
    }

    fn shows(state: &State, people: &People, text: &str) -> bool {
        simulator(state.view(people, &locale(Language::English))).find(text).is_ok()
    }

    /// What pressing `label` comes to.
    fn press(state: &mut State, people: &People, label: &str) -> Vec<Action> {
        let locale = locale(Language::English);
        let mut ui = simulator(state.view(people, &locale));
        ui.click(label).unwrap();
        let messages: Vec<Message> = ui.into_messages().collect();
        messages.into_iter().map(|message| state.update(message)).collect()
    }

    #[test]
    fn what_runs_stands_before_what_is_over() {
        let people = people(vec![past(3), sample::sending(), past(2)]);
        let (state, locale) = (State::new(None), locale(Language::English));
        let mut ui = simulator(state.view(&people, &locale));
        let mut top = |text: &str| ui.find(text).unwrap().bounds().y;
        let tops = ["Now", "planos-casa.zip", "Earlier", "3.pdf", "2.pdf"].map(&mut top);
        assert!(tops.is_sorted(), "{tops:?}");
    }

    #[test]
    fn the_totals_are_those_of_what_runs() {
        let begins = Transfer { bytes_per_second: 0, done: 0, size: 60_000_000, ..sample::sending() };
        let away = Transfer { peer_id: FERNANDA, ..sample::sending() };
        let offered = Transfer { state: TransferState::Offered, ..sample::sending() };
        let (running, english, spanish) = (sample::sending(), locale(Language::English), locale(Language::Spanish));
        let totals = |now: &[&Transfer], locale: &Locale| totals(now, |peer| *peer == LUIS, locale);
        let all = [&running, &begins, &away, &offered];
        assert_eq!(totals(&all, &english), "2 running · 619 MB of 1.5 GB · 112 MB/s");
        assert_eq!(totals(&[&begins], &english), "1 running · 0 B of 60 MB");
        assert_eq!(totals(&[&away, &offered], &english), "1 waits for the other side to be here");
        assert_eq!(totals(&[&away, &away], &spanish), "2 esperan a que el otro lado esté aquí");
        assert_eq!(totals(&[&offered], &english), "Nothing is running");
    }

    #[test]
    fn a_transfer_is_acted_upon_and_its_peer_opened() {
        let offered = Transfer { direction: Direction::In, state: TransferState::Offered, ..sample::sending() };
        let (people, id) = (people(vec![offered]), sample::sending().id);
        let mut state = State::new(None);
        assert_eq!(press(&mut state, &people, "Accept"), [Action::Fulfil(LUIS, id, Wish::Accept)]);
        let luis = format!("From luis #{}", LUIS.tag());
        assert_eq!(press(&mut state, &people, &luis), [Action::Open(LUIS)]);
    }

    #[test]
    fn what_runs_is_cancelled_after_a_question() {
        let (people, id) = (people(vec![sample::sending()]), sample::sending().id);
        let mut state = State::new(None);
        assert_eq!(press(&mut state, &people, &char::from(Icon::X).to_string()), [Action::None]);
        assert_eq!(press(&mut state, &people, "Cancel it"), [Action::Fulfil(LUIS, id, Wish::Cancel)]);
    }

    #[test]
    fn what_failed_is_tried_again_whoever_sent_it() {
        for direction in [Direction::In, Direction::Out] {
            let failed = Transfer { direction, state: TransferState::Failed, ..sample::sending() };
            let mut state = State::new(None);
            let tried = press(&mut state, &people(vec![failed]), "Try again");
            assert_eq!(tried, [Action::Fulfil(LUIS, sample::sending().id, Wish::Resume)]);
        }
    }

    #[test]
    fn what_is_over_is_shown_in_parts() {
        let people = people((0..=PAST as u64).rev().map(past).collect());
        let mut state = State::new(None);
        assert!(shows(&state, &people, "1.pdf"));
        assert!(!shows(&state, &people, "0.pdf"));
        assert_eq!(state.update(Message::MoreWanted), Action::None);
        assert!(shows(&state, &people, "0.pdf"));
        assert!(!shows(&state, &people, "Show earlier ones"));
    }

    #[test]
    fn nothing_yet_is_said() {
        let people = people(Vec::new());
        let mut state = State::new(Some(LUIS));
        assert!(shows(&state, &people, "No files yet"));
        assert_eq!(press(&mut state, &people, &char::from(Icon::ArrowLeft).to_string()), [Action::Back]);
    }
}
