//! `vecino transfers`: files offered, running and done.

use clap::Args;

use super::text::{one_line, progress, size, transfer_state};
use super::{Context, Failure, Names, Need, Session, note, session};
use crate::control::{EventRecord, Request};
use crate::model::{Direction, Transfer, TransferState};

#[derive(Debug, Args)]
pub(super) struct TransfersArgs {
    /// Go on showing each change until interrupted
    #[arg(long)]
    follow: bool,
}

pub(super) async fn run(args: TransfersArgs, context: Context) -> Result<(), Failure> {
    let profile = context.profile()?;
    let need = if args.follow { Need::People } else { Need::Records };
    session::with(&profile, need, async |session| {
        if args.follow { follow(context, session).await } else { list(context, session).await }
    })
    .await
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
    for transfer in transfers.iter().rev() {
        context.out.line(line(transfer, &names))?;
    }
    Ok(())
}

async fn follow(mut context: Context, session: &Session) -> Result<(), Failure> {
    let mut following = session.follow().await?;
    let mut names = Names::ask(session).await?;
    show_all(&mut context, session, &names).await?;
    loop {
        match following.next().await? {
            EventRecord::Transfer(transfer) => show(&mut context, &transfer, &names)?,
            EventRecord::Peer(peer) => names.learn(&peer),
            EventRecord::Lagged => show_all(&mut context, session, &names).await?,
            _ => {}
        }
    }
}

async fn show_all(context: &mut Context, session: &Session, names: &Names) -> Result<(), Failure> {
    let transfers: Vec<Transfer> = session.ask(Request::Transfers).await?;
    transfers.iter().rev().try_for_each(|transfer| show(context, transfer, names))
}

fn show(context: &mut Context, transfer: &Transfer, names: &Names) -> Result<(), Failure> {
    if context.json { context.out.json(transfer) } else { context.out.line(line(transfer, names)) }
}

fn line(transfer: &Transfer, names: &Names) -> String {
    let (name, file) = (one_line(&names.of(&transfer.peer_id)), one_line(&transfer.name));
    let way = match transfer.direction {
        Direction::In => "from",
        Direction::Out => "to",
    };
    let state = match transfer.state {
        TransferState::Active => progress(transfer),
        state => transfer_state(state).to_owned(),
    };
    let why = transfer.error.as_deref().map(|error| format!(" ({})", one_line(error))).unwrap_or_default();
    let place = transfer.saved_to.as_deref().map(|place| format!("  {}", one_line(place))).unwrap_or_default();
    format!("{}  {file} ({}) {way} {name}: {state}{why}{place}", transfer.id.short(), size(transfer.size))
}

#[cfg(test)]
mod tests {
    use super::super::Output;
    use super::super::output::tests::Kept;
    use super::*;
    use crate::engine::fake::{Fake, peer, transfer};
    use crate::model::Path;

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
        let context = Context { data_dir: None, json: false, out: Output::to(kept.clone()) };
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
        let context = Context { data_dir: None, json: true, out: Output::to(kept.clone()) };
        list(context, &session()).await.unwrap();
        let json: serde_json::Value = serde_json::from_str(&kept.text()).unwrap();
        assert_eq!((&json[0]["direction"], &json[1]["bytes_per_second"]), (&"in".into(), &10.into()));
    }
}
