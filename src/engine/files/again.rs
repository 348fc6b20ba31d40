//! What failed at its sender's is offered again: the same files and folders as they are now, without asking the person for
//! them. The other side has settled the old offer, so it's a new one that takes its place.

use std::fs;
use std::io;
use std::path::PathBuf;

use tokio::sync::oneshot;

use super::keep::Keep;
use super::offer::{load_items, look};
use super::scan::Scanned;
use crate::engine::Error;
use crate::engine::core::{Core, answer};
use crate::engine::handle::Reply;
use crate::model::{Body, FileName, Message, Reason, Text, Transfer, TransferId, TransferState};

impl Core {
    /// Offers again what is kept of an offer from here that failed, and says which transfer that is.
    pub(super) fn offer_again(&mut self, id: TransferId, reply: Reply<Transfer>) {
        let Some(peer) = self.files.rows.get(&id).map(|row| row.transfer.peer_id) else { return };
        if !self.files.again.insert(id) {
            let state = "being offered again";
            return answer(reply, Err(Error::TransferState { id, state, wish: "resumed" }));
        }
        let (store, old) = (self.store.clone(), self.keep_of(id));
        self.beside(async move { store.message(id.message()).await }, move |core, message| {
            let (shared, offered) = oneshot::channel();
            match message {
                Ok(message) => {
                    let caption = message.and_then(caption);
                    core.share_found(peer, move |keep| look_again(id, &old, keep), caption, shared);
                }
                Err(error) => answer(shared, Err(error.into())),
            }
            core.beside(offered, move |core, offered| {
                core.files.again.remove(&id);
                let offered = offered.unwrap_or(Err(Error::Stopped)).map(|shared| shared.transfer);
                let failed = core.files.rows.get(&id).is_some_and(|row| row.transfer.state == TransferState::Failed);
                if offered.is_ok() && failed {
                    core.end(id, TransferState::Cancelled, None, None);
                }
                answer(reply, offered);
            });
        });
    }
}

fn caption(message: Message) -> Option<Text> {
    match message.body {
        Body::Offer(offer) => offer.caption,
        _ => None,
    }
}

/// Looks at what was offered as it is now, and keeps what there is of it for the new offer.
fn look_again(id: TransferId, old: &Keep, keep: &Keep) -> Result<Scanned, Error> {
    let items = load_items(old).map_err(|_| Error::OfferLost(id))?;
    // What was made for the offer lies with what is kept of it, and goes with that.
    let made = fs::canonicalize(old.made()).ok();
    let paths = items.into_iter().map(|item| match (&made, item.source.file_name()) {
        (Some(made), Some(name)) if item.source.starts_with(made) => {
            let copied = keep.make_made(&FileName::safe(&name.to_string_lossy())).and_then(|copy| {
                fs::copy(&item.source, &copy)?;
                Ok(copy)
            });
            copied.map_err(|error: io::Error| Error::System(Reason::OfferNotKept(Box::new(error.into()))))
        }
        _ => Ok(item.source),
    });
    look(keep, &paths.collect::<Result<Vec<PathBuf>, Error>>()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::files::tests::{Offer, content};

    const OLD: TransferId = TransferId::from_bytes([1; 16]);

    fn new_keep(profile: &tempfile::TempDir) -> Keep {
        Keep::of(profile.path(), TransferId::from_bytes([9; 16]))
    }

    #[test]
    fn the_same_files_are_offered_as_they_are_now() {
        let offer = Offer::new(&[("trip/a.txt", Some(content(10, 1))), ("b.txt", Some(content(10, 2)))]);
        fs::write(offer.path("trip/a.txt"), content(30, 3)).unwrap();
        let profile = tempfile::tempdir().unwrap();
        let scanned = look_again(OLD, &offer.keep(), &new_keep(&profile)).unwrap();
        assert_eq!((scanned.summary.files, scanned.summary.size), (2, 40));
        let sources = |keep: &Keep| load_items(keep).unwrap();
        assert_eq!(sources(&new_keep(&profile)), sources(&offer.keep()));
    }

    #[test]
    fn what_is_gone_is_named() {
        let offer = Offer::new(&[("a.txt", Some(content(10, 1))), ("b.txt", Some(content(10, 2)))]);
        fs::remove_file(offer.path("b.txt")).unwrap();
        let profile = tempfile::tempdir().unwrap();
        let Err(Error::File { path, .. }) = look_again(OLD, &offer.keep(), &new_keep(&profile)) else { panic!() };
        assert_eq!(path, offer.path("b.txt"));

        fs::remove_file(offer.keep().items()).unwrap();
        assert!(matches!(look_again(OLD, &offer.keep(), &new_keep(&profile)), Err(Error::OfferLost(OLD))));
    }

    #[test]
    fn what_was_made_for_the_old_offer_outlives_it() {
        let profile = tempfile::tempdir().unwrap();
        let old = Keep::of(profile.path(), OLD);
        let path = old.make_made(&FileName::safe("a.png")).unwrap();
        fs::write(&path, content(300, 1)).unwrap();
        look(&old, &[path]).unwrap();
        let new = new_keep(&profile);
        look_again(OLD, &old, &new).unwrap();
        old.remove().unwrap();
        let [item] = load_items(&new).unwrap().try_into().unwrap();
        assert_eq!(fs::read(item.source).unwrap(), content(300, 1));
    }
}
