//! Conversations that are saved in files.

use std::path::PathBuf;

use super::{Effect, Session};
use crate::engine::Error;
use crate::model::PeerId;
use crate::ui::notice::Notice;

impl Session {
    /// The nickname of a peer, with the tag where it's needed.
    pub(super) fn full_name(&self, peer: &PeerId) -> String {
        let name = self.people.name(peer);
        name.tag.map_or(name.nickname.clone(), |tag| format!("{}#{tag}", name.nickname))
    }

    /// Saves the conversation with a peer in a file.
    pub(super) fn export(&mut self, peer: PeerId, path: PathBuf) -> Vec<Effect> {
        self.tell(Some(peer), Notice::Saving);
        vec![Effect::Export(peer, self.full_name(&peer), path)]
    }

    pub(super) fn export_finished(&mut self, peer: PeerId, result: Result<PathBuf, Error>) -> Vec<Effect> {
        self.withdraw(&Notice::Saving);
        self.tell(Some(peer), result.map_or_else(Notice::NotSaved, Notice::Saved));
        Vec::new()
    }
}
