//! Transfers followed while they run: one to its end, or all of them.

use super::progress::Progress;
use super::text::transfer::ending;
use super::{Failure, Following, Names, Output, Session};
use crate::control::{EventRecord, Request};
use crate::model::{Transfer, TransferId};

/// Hears what becomes of transfers, from when it was made, and shows it.
pub(super) struct Watch<'a> {
    session: &'a Session,
    following: Following,
    progress: Progress,
}

impl<'a> Watch<'a> {
    /// Begins to listen. `progress` makes what shows it, given what people are called.
    pub async fn begin(session: &'a Session, progress: impl FnOnce(Names) -> Progress) -> Result<Self, Failure> {
        let following = session.follow().await?;
        let progress = progress(Names::ask(session).await?);
        Ok(Self { session, following, progress })
    }

    /// What shows it.
    pub fn progress(&mut self) -> &mut Progress {
        &mut self.progress
    }

    /// Follows `transfer` until nothing more happens to it.
    pub async fn until_over(&mut self, mut transfer: Transfer, out: &mut Output) -> Result<Transfer, Failure> {
        self.progress.show(&transfer, out)?;
        while !transfer.state.is_over() {
            if let Some(now) = find(self.news().await?, transfer.id) {
                self.progress.show(&now, out)?;
                transfer = now;
            }
        }
        Ok(transfer)
    }

    /// Shows what isn't over yet, and then each change, without end.
    pub async fn for_ever(&mut self, out: &mut Output) -> Result<(), Failure> {
        for transfer in self.all().await? {
            if transfer.state.is_over() {
                self.progress.shown(&transfer);
            } else {
                self.progress.show(&transfer, out)?;
            }
        }
        loop {
            for transfer in self.news().await? {
                self.progress.show(&transfer, out)?;
            }
        }
    }

    /// What became of a transfer that is over.
    pub fn ending(&mut self, transfer: &Transfer) -> Result<String, Failure> {
        ending(transfer, self.progress.names())
    }

    /// The transfers that something happened to.
    async fn news(&mut self) -> Result<Vec<Transfer>, Failure> {
        loop {
            match self.following.next().await? {
                EventRecord::Transfer(transfer) => return Ok(vec![transfer]),
                EventRecord::Peer(peer) => self.progress.names().learn(&peer),
                EventRecord::Lagged => return self.all().await,
                _ => {}
            }
        }
    }

    /// All transfers, the latest last.
    async fn all(&self) -> Result<Vec<Transfer>, Failure> {
        let mut all: Vec<Transfer> = self.session.ask(Request::Transfers).await?;
        all.reverse();
        Ok(all)
    }
}

fn find(transfers: Vec<Transfer>, id: TransferId) -> Option<Transfer> {
    transfers.into_iter().find(|transfer| transfer.id == id)
}

#[cfg(test)]
mod tests {
    use super::super::output::tests::Kept;
    use super::*;
    use crate::engine::Event;
    use crate::engine::fake::{Fake, peer, transfer};
    use crate::model::{Direction, Path, PausedBy, TransferState};

    fn states(kept: &Kept) -> Vec<String> {
        let state = |line| serde_json::from_str::<Transfer>(line).map(|transfer| format!("{:?}", transfer.state));
        kept.text().lines().map(|line| state(line).unwrap()).collect()
    }

    #[tokio::test]
    async fn a_transfer_is_followed_until_over_across_a_gap() {
        let mut fake = Fake::new(vec![peer(1, "luis", Path::Direct)]);
        let offered = transfer(1, fake.peers[0].id, Direction::Out, TransferState::Offered);
        let other = transfer(2, fake.peers[0].id, Direction::In, TransferState::Failed);
        let half = Transfer { done: 500, state: TransferState::Active, ..offered.clone() };
        let done = Transfer { done: 1_000, state: TransferState::Done, ..offered.clone() };
        // What the node knows when it's asked again.
        fake.transfers = vec![other.clone(), half.clone()];
        let (handle, teller) = fake.start();
        let session = Session::of(handle);
        let mut watch = Watch::begin(&session, |names| Progress::of_one(true, names)).await.unwrap();
        for _ in 0..1_000 {
            teller.send([Event::Transfer(other.clone())].into()).unwrap();
        }
        let kept = Kept::default();
        let mut out = Output::to(kept.clone());
        let tell_end = async {
            while !kept.text().contains("active") {
                tokio::task::yield_now().await;
            }
            teller.send([Event::Transfer(done.clone()), Event::Transfer(done.clone())].into()).unwrap();
        };
        let (end, ()) = tokio::join!(watch.until_over(offered, &mut out), tell_end);
        assert_eq!(end.unwrap(), done);
        assert_eq!(states(&kept), ["Offered", "Active", "Done"]);
    }

    /// What is printed while `transfers` are followed, which then become `changes`, until the node stops.
    async fn printed(json: bool, transfers: &[Transfer], changes: &[Transfer]) -> Kept {
        let mut fake = Fake::new(vec![peer(1, "luis", Path::Direct)]);
        fake.transfers = transfers.to_vec();
        let (handle, teller) = fake.start();
        let session = Session::of(handle.clone());
        let kept = Kept::default();
        let mut out = Output::to(kept.clone());
        let mut watch = Watch::begin(&session, |names| Progress::of_all(json, &out, names)).await.unwrap();
        teller.send(changes.iter().cloned().map(Event::Transfer).collect()).unwrap();
        let stop = async {
            while kept.text().is_empty() {
                tokio::task::yield_now().await;
            }
            handle.shutdown().await.unwrap();
            drop(teller);
        };
        let (ended, ()) = tokio::join!(watch.for_ever(&mut out), stop);
        assert!(ended.is_err());
        kept
    }

    #[tokio::test]
    async fn all_are_followed_from_those_that_run() {
        let luis = crate::model::PeerId::from_public_key([1; 32]);
        let start = transfer(1, luis, Direction::In, TransferState::Active);
        let old = transfer(2, luis, Direction::Out, TransferState::Done);
        let at = |done| Transfer { done, ..start.clone() };
        let held = Transfer { state: TransferState::Paused, paused_by: Some(PausedBy::Me), ..at(140) };
        let all = [old.clone(), start.clone()];
        let changes = [at(50), at(50), at(120), held.clone(), old];

        let json = printed(true, &all, &changes).await;
        assert_eq!(states(&json), ["Active", "Active", "Active", "Paused"]);
        let lines = printed(false, &all, &changes).await;
        assert_eq!(
            lines.text(),
            "01010101  report.pdf (1.0 kB) from luis: 0 % of 1.0 kB\n\
             01010101  report.pdf (1.0 kB) from luis: 12 % of 1.0 kB\n\
             01010101  report.pdf (1.0 kB) from luis: paused by you at 14 % of 1.0 kB\n"
        );
    }
}
