//! Pictures that were received, as the conversations show them: which are wanted, which are being decoded, which are
//! there. One is decoded at a time, and no more are kept than fit [`MAX_BYTES`]. Pure; the app does the decoding.

use std::path::{Path, PathBuf};

use iced::widget::image::Handle;

use super::text::one_line;
use crate::model::{Direction, Transfer, TransferId, TransferState, split_extension};

/// Room for small pictures, in bytes of their pixels.
const MAX_BYTES: usize = 24 << 20;

/// Pictures that wait to be decoded; of more, the first to be wanted are forgotten until they're seen again.
const MAX_WAITING: usize = 32;

/// Names of pictures end so.
const EXTENSIONS: [&str; 6] = ["png", "jpg", "jpeg", "gif", "webp", "bmp"];

/// How large a picture is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// To be shown in a conversation.
    Small,
    /// To fill a window.
    Large,
}

/// A decoded picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Picture {
    /// Its pixels.
    pub handle: Handle,
    /// Its size in pixels, as decoded.
    pub size: (u32, u32),
}

impl Picture {
    const fn bytes(&self) -> usize {
        self.size.0 as usize * self.size.1 as usize * 4
    }
}

/// Something to decode.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// The transfer that brought it.
    pub id: TransferId,
    /// Where it is.
    pub path: PathBuf,
    /// How large it's wanted.
    pub scale: Scale,
}

/// See the module.
#[derive(Debug, Default)]
pub struct Pictures {
    /// The one seen last is the last. `None`: it can't be shown.
    known: Vec<(TransferId, Option<Picture>)>,
    waiting: Vec<(TransferId, PathBuf)>,
    decoding: Option<TransferId>,
    /// Whether a large one is being decoded, and the one that is wanted after it.
    decoding_large: bool,
    next_large: Option<Job>,
}

/// Where the picture that a transfer brought is, if it brought one.
pub fn path(transfer: &Transfer) -> Option<&Path> {
    let received = transfer.direction == Direction::In && transfer.state == TransferState::Done;
    let name = one_line(&transfer.name);
    let (_, extension) = split_extension(&name);
    let is_picture = EXTENSIONS.iter().any(|known| extension.eq_ignore_ascii_case(known));
    let saved = transfer.saved_to.as_deref().map(Path::new);
    saved.filter(|_| received && is_picture && transfer.files == 1)
}

impl Pictures {
    /// The picture that a transfer brought, once it's decoded.
    pub fn get(&self, id: TransferId) -> Option<&Picture> {
        self.known.iter().find(|(known, _)| *known == id)?.1.as_ref()
    }

    /// The picture at `path` has come into view. Returns what to decode now, if anything.
    pub fn seen(&mut self, id: TransferId, path: PathBuf) -> Option<Job> {
        if let Some(place) = self.known.iter().position(|(known, _)| *known == id) {
            let picture = self.known.remove(place);
            self.known.push(picture);
            return None;
        }
        if self.decoding == Some(id) {
            return None;
        }
        self.waiting.retain(|(waiting, _)| *waiting != id);
        self.waiting.push((id, path));
        if self.waiting.len() > MAX_WAITING {
            self.waiting.remove(0);
        }
        self.next()
    }

    /// The picture at `path` is to fill a window. Returns what to decode now, if anything.
    pub fn enlarge(&mut self, id: TransferId, path: PathBuf) -> Option<Job> {
        let job = Job { id, path, scale: Scale::Large };
        if std::mem::replace(&mut self.decoding_large, true) {
            // Decoding takes much memory: of those that are wanted meanwhile the last counts.
            self.next_large = Some(job);
            return None;
        }
        Some(job)
    }

    /// A large picture is decoded, or can't be. Returns what to decode now, if anything.
    pub fn large_decoded(&mut self) -> Option<Job> {
        let next = self.next_large.take();
        self.decoding_large = next.is_some();
        next
    }

    /// A picture is decoded, or can't be. Returns what to decode now, if anything.
    pub fn decoded(&mut self, id: TransferId, picture: Option<Picture>) -> Option<Job> {
        self.decoding.take_if(|decoding| *decoding == id);
        self.known.retain(|(known, _)| *known != id);
        self.known.push((id, picture));
        let mut bytes: usize = self.known.iter().filter_map(|(_, picture)| Some(picture.as_ref()?.bytes())).sum();
        while bytes > MAX_BYTES || self.known.len() > 10 * MAX_WAITING {
            let (_, gone) = self.known.remove(0);
            bytes -= gone.map_or(0, |gone| gone.bytes());
        }
        self.next()
    }

    /// What was seen last is decoded first: it's most likely still in view.
    fn next(&mut self) -> Option<Job> {
        if self.decoding.is_some() {
            return None;
        }
        let (id, path) = self.waiting.pop()?;
        self.decoding = Some(id);
        Some(Job { id, path, scale: Scale::Small })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::sample;

    fn id(number: u64) -> TransferId {
        sample::message_id(number).transfer()
    }

    fn picture(width: u32, height: u32) -> Picture {
        Picture { handle: Handle::from_rgba(1, 1, vec![0; 4]), size: (width, height) }
    }

    #[test]
    fn only_single_pictures_that_have_come_are_shown() {
        let received = Transfer {
            direction: Direction::In,
            state: TransferState::Done,
            name: "patio.JPG".into(),
            saved_to: Some("/home/ana/patio.JPG".into()),
            ..sample::sending()
        };
        assert_eq!(path(&received), Some(Path::new("/home/ana/patio.JPG")));
        for other in [
            Transfer { state: TransferState::Active, ..received.clone() },
            Transfer { direction: Direction::Out, ..received.clone() },
            Transfer { files: 2, ..received.clone() },
            Transfer { name: "patio.jpg.exe".into(), ..received.clone() },
            Transfer { name: "jpg".into(), ..received.clone() },
            Transfer { saved_to: None, ..received },
        ] {
            assert_eq!(path(&other), None, "{other:?}");
        }
    }

    #[test]
    fn one_is_decoded_at_a_time_and_the_last_seen_first() {
        let mut pictures = Pictures::default();
        let seen = |pictures: &mut Pictures, number| pictures.seen(id(number), "x.png".into()).map(|job| job.id);
        assert_eq!(seen(&mut pictures, 1), Some(id(1)));
        assert_eq!(seen(&mut pictures, 1), None, "it's on its way");
        assert_eq!(seen(&mut pictures, 2), None);
        assert_eq!(seen(&mut pictures, 3), None);
        assert_eq!(pictures.decoded(id(1), Some(picture(2, 2))).map(|job| job.id), Some(id(3)));
        assert_eq!(pictures.decoded(id(3), None).map(|job| job.id), Some(id(2)));
        assert_eq!(pictures.decoded(id(2), None), None);
        assert!(pictures.get(id(1)).is_some() && pictures.get(id(3)).is_none());
        assert_eq!(seen(&mut pictures, 3), None, "it can't be shown, which is known");
    }

    #[test]
    fn one_large_one_is_decoded_at_a_time_and_the_last_wanted_next() {
        let mut pictures = Pictures::default();
        let mut wanted = |number| pictures.enlarge(id(number), "x.png".into()).map(|job| job.id);
        assert_eq!((wanted(1), wanted(2), wanted(3)), (Some(id(1)), None, None));
        assert_eq!(pictures.large_decoded().map(|job| job.id), Some(id(3)));
        assert_eq!(pictures.large_decoded(), None);
        assert!(pictures.enlarge(id(4), "x.png".into()).is_some());
    }

    #[test]
    fn what_is_kept_has_a_bound() {
        let mut pictures = Pictures::default();
        for number in 0..100 {
            pictures.decoded(id(number), Some(picture(640, 640)));
        }
        let bytes: usize = pictures.known.iter().filter_map(|(_, picture)| Some(picture.as_ref()?.bytes())).sum();
        assert!(bytes <= MAX_BYTES);
        assert!(pictures.get(id(99)).is_some() && pictures.get(id(0)).is_none());
        assert!(pictures.seen(id(0), "x.png".into()).is_some(), "it's decoded again when it's seen again");
        for number in 200..9_000 {
            pictures.seen(id(number), "x.png".into());
            pictures.decoded(id(number), None);
        }
        assert!(pictures.known.len() <= 10 * MAX_WAITING && pictures.waiting.len() <= MAX_WAITING);
    }
}
