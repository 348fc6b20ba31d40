//! Files and pictures that Ctrl+V brings: they're offered at once, as those that are dropped.

use std::path::PathBuf;
use std::sync::Arc;

use iced::widget::text_editor::{Action, Edit};

use super::{Effect, Request, Session};
use crate::model::{Made, PeerId};
use crate::ui::notice::{Notice, Unfit};

/// What the clipboard has besides words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Clip {
    /// Files that were copied.
    Files(Vec<PathBuf>),
    /// A picture, as the file that it's to be sent as.
    Picture(Made),
    /// A picture that can't be sent.
    Unfit(Unfit),
    /// Neither.
    Nothing,
}

impl Session {
    /// Has files and pictures looked for on the clipboard; where there's nothing, `words` are what is pasted. One paste at
    /// a time, as a picture may be large.
    pub(super) fn seek_paste(&mut self, peer: PeerId, words: Option<Arc<String>>) -> Vec<Effect> {
        if std::mem::replace(&mut self.pasting, true) {
            return self.paste_words(peer, words);
        }
        vec![Effect::SeekPaste(peer, words)]
    }

    pub(super) fn pasted(&mut self, peer: PeerId, words: Option<Arc<String>>, clip: Clip) -> Vec<Effect> {
        self.pasting = false;
        match clip {
            Clip::Files(paths) => self.share(peer, paths),
            Clip::Picture(made) => self.offer(peer, |caption| Request::ShareMade(peer, made, caption)),
            Clip::Unfit(unfit) => {
                self.tell(Some(peer), Notice::NotPasted(unfit));
                Vec::new()
            }
            Clip::Nothing => self.paste_words(peer, words),
        }
    }

    fn paste_words(&mut self, peer: PeerId, words: Option<Arc<String>>) -> Vec<Effect> {
        let Some(words) = words else { return Vec::new() };
        self.chat(peer).draft.perform(Action::Edit(Edit::Paste(words)));
        self.wrote(peer)
    }
}
