//! The end of a download: everything gets its name, the store keeps that, the sender hears it.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use super::{Download, Stage, wanted};
use crate::engine::core::Core;
use crate::engine::files::KEEP_AGAIN;
use crate::engine::files::hold::forget;
use crate::engine::files::manifest::examine;
use crate::engine::files::pull::{Finished, Pull};
use crate::model::{TransferId, TransferState};
use crate::store::StoreError;

impl Core {
    /// Gives everything its name, if everything is there.
    pub(super) fn finish_if_whole(&mut self, id: TransferId) {
        let active = self.is_active(id);
        let Some(download) = self.files.downloads.get_mut(&id).filter(|_| active) else { return };
        let Some(pull) = download.at_rest().cloned() else { return };
        let attempt = download.attempt;
        download.stage = Stage::Finishing(Arc::clone(&pull));
        let work = tokio::task::spawn_blocking(move || pull.finish());
        self.beside(work, move |core, finished| {
            let Some(download) = core.files.downloads.get_mut(&id).filter(|download| download.attempt == attempt)
            else {
                return;
            };
            match finished.unwrap_or_else(|error| Err(io::Error::other(error))) {
                Ok(Some(finished)) => core.finished(id, finished),
                Ok(None) => {
                    if let Some(pull) = download.pull().cloned() {
                        download.stage = Stage::Pulling(pull);
                    }
                    core.pull(id);
                }
                Err(error) => core.not_finished(id, &error),
            }
        });
    }

    /// The disk refuses to let everything have its name.
    fn not_finished(&mut self, id: TransferId, error: &io::Error) {
        self.disk_refused(id, error);
        self.files.downloads.remove(&id);
        self.answer_too_late(id);
    }

    /// Has what came go where it belongs, as it was about to before a restart or a disk that refused. Its sender needn't be
    /// here for that.
    pub(in crate::engine::files) fn land(&mut self, id: TransferId) {
        let Some(row) = self.files.rows.get(&id) else { return };
        let (keep, wanted, done) = (self.keep_of(id), wanted(row), row.transfer.done);
        self.files.attempts += 1;
        let attempt = self.files.attempts;
        self.files.downloads.insert(id, Download::new(attempt, done));
        let work = tokio::task::spawn_blocking(move || {
            let summary = examine(&keep.manifest())?;
            let pull = Pull::open(keep, &wanted, summary)?;
            let finished = pull.finish()?;
            Ok((pull, finished))
        });
        self.beside(work, move |core, landed| {
            let Some(download) = core.files.downloads.get_mut(&id).filter(|download| download.attempt == attempt)
            else {
                return;
            };
            match landed.unwrap_or_else(|error| Err(io::Error::other(error))) {
                Ok((pull, Some(finished))) => {
                    download.stage = Stage::Finishing(Arc::new(pull));
                    core.finished(id, finished);
                }
                // What had come is gone: it's as if it hadn't.
                Ok((_, None)) => core.not_finished(id, &io::ErrorKind::NotFound.into()),
                Err(error) => core.not_finished(id, &error),
            }
        });
    }

    /// All that could be had is where it belongs.
    fn finished(&mut self, id: TransferId, finished: Finished) {
        let Finished { saved_to, lost } = finished;
        let shown = |path: PathBuf| path.to_string_lossy().into_owned();
        let pull = self.files.downloads.remove(&id).and_then(Download::into_pull);
        let Some(row) = self.files.rows.get_mut(&id) else { return };
        row.transfer.state = if lost.is_some() { TransferState::Failed } else { TransferState::Done };
        row.transfer.saved_to = saved_to.map(shown);
        row.transfer.error = lost;
        row.transfer.paused_by = None;
        row.transfer.current = None;
        row.told = false;
        if row.transfer.state == TransferState::Done {
            row.transfer.done = row.transfer.size;
        }
        self.keep_ending(id, pull);
        self.pull_next();
    }

    /// Has the store keep how a transfer ended, and only then removes what tells, after a crash, where everything went, and
    /// lets its sender know. Its row tells of the staging folder until that is removed.
    fn keep_ending(&mut self, id: TransferId, pull: Option<Arc<Pull>>) {
        let Some(row) = self.files.rows.get(&id) else { return };
        let (row, store, keep, kept) = (row.clone(), self.store.clone(), self.keep_of(id), pull.clone());
        let state = row.transfer.state;
        let work = async move {
            store.put_transfer(row).await?;
            let remove = move || kept.map_or(Ok(()), |pull| pull.remove()).and_then(|()| forget(&keep, state));
            Ok(tokio::task::spawn_blocking(remove).await)
        };
        self.beside(work, move |core, kept: Result<_, StoreError>| match kept {
            Ok(removed) => {
                core.removed(id, removed);
                core.inform(id);
                core.answer_too_late(id);
            }
            Err(error) => {
                core.warn(error);
                core.later(KEEP_AGAIN, move |core| core.keep_ending(id, pull));
            }
        });
    }
}
