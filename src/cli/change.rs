//! What the commands that change one transfer have in common.

use clap::Args;

use super::progress::Progress;
use super::watch::Watch;
use super::{Context, Failure, Names, Need, Output, Session, session};
use crate::control::Request;
use crate::model::Transfer;

/// Which transfer.
#[derive(Debug, Args)]
pub(super) struct TransferArgs {
    /// The transfer's id, or an end of it
    pub id: String,
}

/// Whether to stay with a transfer.
#[derive(Debug, Args)]
pub(super) struct StayArgs {
    /// Stay until it is over, with everything verified [always where no vecino is running]
    #[arg(long)]
    pub wait: bool,
}

/// Has a transfer changed, and says so in `words`.
pub(super) async fn once(
    request: Request,
    mut context: Context,
    words: fn(&Transfer, &Names) -> String,
) -> Result<(), Failure> {
    let profile = context.profile()?;
    session::with(&profile, Need::People, async |session| {
        changed(session, request, context.json, &mut context.out, words).await
    })
    .await
}

/// Lets a transfer run. Stays until it's over where that is wanted, or where the node is the command's own and would end
/// with it; otherwise says so in `words`.
pub(super) async fn running(
    request: Request,
    stay: StayArgs,
    mut context: Context,
    words: fn(&Transfer, &Names) -> String,
) -> Result<(), Failure> {
    let profile = context.profile()?;
    session::with(&profile, Need::People, async |session| {
        if stay.wait || session.is_own() {
            until_over(session, request, context.json, &mut context.out).await
        } else {
            changed(session, request, context.json, &mut context.out, words).await
        }
    })
    .await
}

async fn changed(
    session: &Session,
    request: Request,
    json: bool,
    out: &mut Output,
    words: fn(&Transfer, &Names) -> String,
) -> Result<(), Failure> {
    let transfer: Transfer = session.ask(request).await?;
    if json {
        return out.json(&transfer);
    }
    let names = Names::ask(session).await?;
    out.line(words(&transfer, &names))
}

async fn until_over(session: &Session, request: Request, json: bool, out: &mut Output) -> Result<(), Failure> {
    // Followed from before the change, so that nothing after it is missed.
    let progress = |names| if json { Progress::hidden(names) } else { Progress::of_one(json, names) };
    let mut watch = Watch::begin(session, progress).await?;
    let transfer: Transfer = session.ask(request).await?;
    session.if_interrupted(if session.is_own() {
        "interrupted; the transfer goes on when vecino runs again"
    } else {
        "interrupted; the running vecino goes on with the transfer (see vecino transfers)"
    });
    let end = watch.until_over(transfer, out).await?;
    if json {
        out.json(&end)?;
    }
    let words = watch.ending(&end)?;
    if json { Ok(()) } else { out.line(words) }
}

#[cfg(test)]
mod tests {
    use super::super::output::tests::Kept;
    use super::super::text::transfer::{state, whose};
    use super::*;
    use crate::engine::Event;
    use crate::engine::fake::{Fake, peer, transfer};
    use crate::model::{Direction, Path, TransferState};

    /// A node that has an offer of luis, and what becomes of it.
    fn with_offer() -> (Fake, Transfer) {
        let mut fake = Fake::new(vec![peer(1, "luis", Path::Direct)]);
        let offer = transfer(0x5a, fake.peers[0].id, Direction::In, TransferState::Offered);
        fake.transfers = vec![offer.clone()];
        (fake, offer)
    }

    fn accept() -> Request {
        Request::Accept { transfer: "5a5a5a5a".to_owned(), to: Some("/tmp".into()) }
    }

    #[tokio::test]
    async fn one_who_stays_hears_the_end() {
        let says = "report.pdf (1.0 kB) from luis is here, verified: /home/ana/report.pdf\n";
        for (end, result, says) in [
            (TransferState::Done, Ok(()), says),
            (TransferState::Cancelled, Err(1), ""),
            (TransferState::Failed, Err(1), ""),
        ] {
            let (fake, offer) = with_offer();
            let saved_to = Some("/home/ana/report.pdf".to_owned());
            let moves = [
                Transfer { state: TransferState::Active, done: 500, ..offer.clone() },
                Transfer { state: TransferState::Paused, done: 500, ..offer.clone() },
                Transfer { state: end, saved_to, ..offer },
            ];
            let (handle, teller) = fake.start();
            let session = Session::of(handle);
            for json in [false, true] {
                let kept = Kept::default();
                let mut out = Output::to(kept.clone());
                let before = teller.receiver_count();
                let tell = async {
                    while teller.receiver_count() == before {
                        tokio::task::yield_now().await;
                    }
                    teller.send(moves.iter().cloned().map(Event::Transfer).collect()).unwrap();
                };
                let (ended, ()) = tokio::join!(until_over(&session, accept(), json, &mut out), tell);
                assert_eq!(ended.map_err(|failure| failure.code()), result);
                if json {
                    assert_eq!(serde_json::from_str::<Transfer>(&kept.text()).unwrap(), moves[2]);
                } else {
                    assert_eq!(kept.text(), says);
                }
            }
        }
    }

    #[tokio::test]
    async fn a_change_is_told_as_it_was_made() {
        let (fake, offer) = with_offer();
        let session = Session::of(fake.start().0);
        let words =
            |transfer: &Transfer, names: &Names| format!("{}: {}", whose(transfer, names), state(transfer, names));
        let transfer = "5a5a5a5a".to_owned();
        for (request, says) in [
            (Request::Pause { transfer: transfer.clone() }, "paused at 0 % of 1.0 kB"),
            (Request::Resume { transfer: transfer.clone() }, "0 % of 1.0 kB"),
            (Request::Cancel { transfer: transfer.clone() }, "cancelled"),
            (Request::Decline { transfer }, "declined"),
        ] {
            let (kept, json) = (Kept::default(), Kept::default());
            changed(&session, request.clone(), false, &mut Output::to(kept.clone()), words).await.unwrap();
            assert_eq!(kept.text(), format!("report.pdf (1.0 kB) from luis: {says}\n"));
            changed(&session, request, true, &mut Output::to(json.clone()), words).await.unwrap();
            assert_eq!(serde_json::from_str::<Transfer>(&json.text()).unwrap().id, offer.id);
        }
        let nobody = Request::Pause { transfer: "0000".to_owned() };
        let failure = changed(&session, nobody, false, &mut Output::to(Kept::default()), words).await.unwrap_err();
        assert_eq!(failure.code(), 3);
    }
}
