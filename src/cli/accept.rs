//! `vecino accept`: takes an offered file.

use std::path::PathBuf;

use clap::Args;

use super::progress::{Progress, until_over};
use super::text::one_line;
use super::{Context, Failure, Names, Need, Output, Session, absolute, session};
use crate::control::Request;
use crate::model::{Transfer, TransferState};

#[derive(Debug, Args)]
pub(super) struct AcceptArgs {
    /// The transfer's id, or an end of it
    id: String,
    /// Into this folder instead of the one that is set
    #[arg(long, value_name = "DIR")]
    to: Option<PathBuf>,
}

pub(super) async fn run(args: AcceptArgs, mut context: Context) -> Result<(), Failure> {
    let to = args.to.as_deref().map(absolute).transpose()?;
    let profile = context.profile()?;
    session::with(&profile, Need::People, async |session| {
        accept(session, args.id, to, context.json, &mut context.out).await
    })
    .await
}

async fn accept(
    session: &Session,
    transfer: String,
    to: Option<PathBuf>,
    json: bool,
    out: &mut Output,
) -> Result<(), Failure> {
    let mut following = session.follow().await?;
    let mut transfer: Transfer = session.ask(Request::Accept { transfer, to }).await?;
    if session.is_own() {
        session.if_interrupted("interrupted; the transfer goes on when vecino runs again");
        let mut progress = if json { Progress::hidden() } else { Progress::for_person() };
        transfer = until_over(session, &mut following, transfer, &mut progress, out).await?;
    }
    let name = one_line(&Names::ask(session).await?.of(&transfer.peer_id));
    if json {
        out.json(&transfer)?;
    }
    match outcome(&transfer, &name) {
        Ok(words) if !json => out.line(words),
        outcome => outcome.map(drop),
    }
}

/// What became of it by the time that the command ends.
fn outcome(transfer: &Transfer, name: &str) -> Result<String, Failure> {
    let file = one_line(&transfer.name);
    match transfer.state {
        TransferState::Done => {
            let place = transfer.saved_to.as_deref().map(|place| format!(": {}", one_line(place))).unwrap_or_default();
            Ok(format!("{file} from {name} is here, verified{place}"))
        }
        TransferState::Offered | TransferState::Active | TransferState::Paused => {
            Ok(format!("Accepted {file} from {name}; the running vecino fetches it (see vecino transfers)."))
        }
        TransferState::Failed | TransferState::Declined | TransferState::Cancelled => {
            let why = transfer.error.as_deref().map_or_else(|| "it was withdrawn".to_owned(), one_line);
            Err(anyhow::anyhow!("{file} from {name} didn't get here: {why}").into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::output::tests::Kept;
    use super::*;
    use crate::engine::Event;
    use crate::engine::fake::{Fake, peer, transfer};
    use crate::model::{Direction, Path};

    #[tokio::test]
    async fn a_node_of_ones_own_stays_until_the_file_is_here() {
        for (state, result) in [(TransferState::Done, Ok(())), (TransferState::Cancelled, Err(1))] {
            let mut fake = Fake::new(vec![peer(1, "luis", Path::Direct)]);
            fake.transfers = vec![transfer(0x5a, fake.peers[0].id, Direction::In, TransferState::Offered)];
            let end =
                Transfer { state, saved_to: Some("/home/ana/report.pdf".to_owned()), ..fake.transfers[0].clone() };
            let (handle, teller) = fake.start();
            let session = Session::of(handle);
            let kept = Kept::default();
            let mut out = Output::to(kept.clone());
            let accept = accept(&session, "5a5a5a5a".to_owned(), Some("/tmp".into()), false, &mut out);
            let tell = async {
                while teller.receiver_count() == 0 {
                    tokio::task::yield_now().await;
                }
                teller.send([Event::Transfer(end)].into()).unwrap();
            };
            let (ended, ()) = tokio::join!(accept, tell);
            assert_eq!(ended.map_err(|failure| failure.code()), result);
            let says = "report.pdf from luis is here, verified: /home/ana/report.pdf\n";
            assert_eq!(kept.text(), if state == TransferState::Done { says } else { "" });
        }
    }
}
