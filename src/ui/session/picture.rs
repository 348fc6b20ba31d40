//! Pictures in conversations, small and filling a window.

use iced::window;

use super::{Effect, Enlarged, Session};
use crate::model::TransferId;
use crate::ui::pictures::{self, Job, Picture, Scale};

impl Session {
    /// Fills a window with the picture that a transfer brought.
    pub(super) fn enlarge(&mut self, window: window::Id, id: TransferId) -> Vec<Effect> {
        let Some(path) = self.people.transfer(&id).and_then(pictures::path) else { return Vec::new() };
        self.enlarged = Some(Enlarged { window, id, picture: None });
        self.pictures.enlarge(id, path.to_owned()).map(Effect::Decode).into_iter().collect()
    }

    /// A picture is decoded, or can't be.
    pub(super) fn decoded(&mut self, job: &Job, picture: Option<Picture>) -> Vec<Effect> {
        let next = match job.scale {
            Scale::Small => self.pictures.decoded(job.id, picture),
            Scale::Large => {
                if let Some(enlarged) = self.enlarged.as_mut().filter(|enlarged| enlarged.id == job.id) {
                    enlarged.picture = picture;
                }
                self.pictures.large_decoded()
            }
        };
        next.map(Effect::Decode).into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use iced::widget::image::Handle;

    use super::*;
    use crate::engine::Event;
    use crate::model::{Direction, Transfer, TransferState};
    use crate::ui::keys::Command;
    use crate::ui::sample::{self, LUIS, SIZE};
    use crate::ui::screen::conversation::Message as InConversation;
    use crate::ui::screen::main;
    use crate::ui::session::Message;

    #[test]
    fn a_picture_that_came_is_decoded_once_seen_and_fills_the_window_at_a_press() {
        let window = window::Id::unique();
        let mut session = Session::new(sample::snapshot(), window, SIZE);
        session.open(LUIS);
        let id = sample::message_id(107).transfer();
        let path = PathBuf::from("/home/ana/obra-norte.jpg");
        let received = Transfer {
            id,
            direction: Direction::In,
            state: TransferState::Done,
            name: "obra-norte.jpg".into(),
            saved_to: Some(path.display().to_string()),
            ..sample::sending()
        };
        session.update(Message::Happened(vec![Event::Transfer(received)].into()));
        let mut say = |message| session.update(Message::Main(main::Message::Conversation(message)));
        let small = Job { id, path: path.clone(), scale: Scale::Small };
        assert_eq!(say(InConversation::PictureSeen(id, path.clone())), [Effect::Decode(small.clone())]);
        assert!(say(InConversation::PictureSeen(id, path.clone())).is_empty(), "it's on its way");
        let large = Job { id, path, scale: Scale::Large };
        assert_eq!(say(InConversation::PicturePressed(id)), [Effect::Decode(large.clone())]);
        let picture = Picture { handle: Handle::from_rgba(1, 1, vec![0; 4]), size: (1, 1) };
        session.update(Message::Decoded(small, Some(picture.clone())));
        assert!(session.pictures.get(id).is_some());
        session.update(Message::Decoded(large, Some(picture)));
        assert!(session.enlarged.as_ref().is_some_and(|enlarged| enlarged.picture.is_some()));
        session.key(window, Command::Back);
        assert!(session.enlarged.is_none());
    }
}
