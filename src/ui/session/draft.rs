//! What is being written, and telling others that it is.

use super::{Effect, Request, Session};
use crate::model::PeerId;

impl Session {
    /// The person has changed what they are writing to a peer.
    pub(super) fn wrote(&mut self, peer: PeerId) -> Vec<Effect> {
        let writes = self.chats.get(&peer).is_some_and(|chat| !chat.draft.text().trim().is_empty());
        vec![Request::Typing(peer, writes).into()]
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use iced::widget::text_editor::{Action, Edit};
    use iced::window;

    use crate::ui::sample::{self, LUIS, SIZE};
    use crate::ui::screen::{conversation, main, sidebar};
    use crate::ui::session::{Effect, Message, Request, Session};

    fn session() -> Session {
        let mut session = Session::new(sample::snapshot(), window::Id::unique(), SIZE);
        let pressed = sidebar::Message::RowPressed(LUIS, std::time::Instant::now());
        session.update(Message::Main(main::Message::Sidebar(pressed)));
        session
    }

    fn act(session: &mut Session, action: Action) -> Vec<Effect> {
        session.update(Message::Main(main::Message::Conversation(conversation::Message::Edited(action))))
    }

    fn write(session: &mut Session, text: &str) -> Vec<Effect> {
        act(session, Action::Edit(Edit::Paste(Arc::new(text.to_owned()))))
    }

    fn typing(writes: bool) -> Effect {
        Request::Typing(LUIS, writes).into()
    }

    #[test]
    fn whoever_writes_is_said_to_until_nothing_is_left() {
        let mut session = session();
        assert_eq!(write(&mut session, "h"), [typing(true)]);
        assert!(act(&mut session, Action::SelectAll).is_empty(), "the cursor isn't a word");
        assert_eq!(act(&mut session, Action::Edit(Edit::Delete)), [typing(false)]);
        assert!(act(&mut session, Action::Edit(Edit::Backspace)).is_empty(), "there was nothing");
        assert_eq!(write(&mut session, " "), [typing(false)], "nor is this anything");
    }
}
