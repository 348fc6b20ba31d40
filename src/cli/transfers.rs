//! `vecino transfers`: what was offered, runs, and is done.

use clap::Args;

use super::progress::Progress;
use super::text::transfer::line;
use super::watch::Watch;
use super::{Context, Failure, Names, Need, Session, note, session};
use crate::control::Request;
use crate::model::Transfer;

#[derive(Debug, Args)]
pub(super) struct TransfersArgs {
    /// Show those that aren't over, and then each change, until interrupted
    #[arg(long)]
    follow: bool,
}

pub(super) async fn run(args: TransfersArgs, context: Context) -> Result<(), Failure> {
    let profile = context.profile()?;
    if !args.follow {
        return session::with(&profile, Need::Records, async |session| list(context, session).await).await;
    }
    match session::with(&profile, Need::People, async |session| follow(context, session).await).await {
        // It has no other end.
        Err(Failure::Interrupted(_)) => Ok(()),
        ended => ended,
    }
}

async fn list(mut context: Context, session: &Session) -> Result<(), Failure> {
    let transfers: Vec<Transfer> = session.ask(Request::Transfers).await?;
    if context.json {
        return context.out.json(&transfers);
    }
    if transfers.is_empty() {
        note("no transfers");
    }
    let names = Names::ask(session).await?;
    // The latest stands last, next to the prompt.
    transfers.iter().rev().try_for_each(|transfer| context.out.line(line(transfer, &names)))
}

async fn follow(mut context: Context, session: &Session) -> Result<(), Failure> {
    let mut watch = Watch::begin(session, |names| Progress::of_all(context.json, &context.out, names)).await?;
    watch.for_ever(&mut context.out).await
}

#[cfg(test)]
mod tests {
    use super::super::Output;
    use super::super::output::tests::Kept;
    use super::*;
    use crate::engine::fake::{Fake, peer, transfer};
    use crate::model::{Direction, Path, TransferState};

    fn session() -> Session {
        let mut fake = Fake::new(vec![peer(1, "luis", Path::Direct)]);
        let luis = fake.peers[0].id;
        fake.transfers = vec![
            transfer(2, luis, Direction::In, TransferState::Offered),
            Transfer {
                done: 430,
                bytes_per_second: 10,
                name: "a\u{202e}fdp.exe".to_owned(),
                ..transfer(1, luis, Direction::Out, TransferState::Active)
            },
        ];
        Session::of(fake.start().0)
    }

    #[tokio::test]
    async fn transfers_are_listed_with_the_latest_last() {
        let kept = Kept::default();
        let context = Context { data_dir: None, json: false, verbose: false, out: Output::to(kept.clone()) };
        list(context, &session()).await.unwrap();
        assert_eq!(
            kept.text(),
            "01010101  a\\u{202e}fdp.exe (1.0 kB) to luis: 43 % of 1.0 kB, 10 B/s, 0:57 left\n\
             02020202  report.pdf (1.0 kB) from luis: waits to be accepted\n"
        );
    }

    #[tokio::test]
    async fn a_script_gets_one_array() {
        let kept = Kept::default();
        let context = Context { data_dir: None, json: true, verbose: false, out: Output::to(kept.clone()) };
        list(context, &session()).await.unwrap();
        let json: serde_json::Value = serde_json::from_str(&kept.text()).unwrap();
        assert_eq!((&json[0]["direction"], &json[1]["bytes_per_second"]), (&"in".into(), &10.into()));
    }
}
