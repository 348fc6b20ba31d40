//! `vecino share`: offers files and folders, and stays until the receiver has verified them.

use std::path::{Path, PathBuf};
use std::pin::pin;
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use tokio::time::timeout;

use super::progress::Progress;
use super::text::one_line;
use super::watch::Watch;
use super::{Context, Failure, Need, Output, Session, absolute, note, session};
use crate::control::Request;
use crate::model::{MAX_CAPTION_BYTES, Shared, Text};

/// Time after which a command without an answer says what it waits for.
const SILENCE: Duration = Duration::from_secs(1);

#[derive(Debug, Args)]
pub(super) struct ShareArgs {
    /// To whom
    peer: String,
    /// What: files and folders
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Say this about them
    #[arg(short, long, value_name = "TEXT", allow_hyphen_values = true)]
    message: Option<String>,
}

pub(super) async fn run(args: ShareArgs, mut context: Context) -> Result<(), Failure> {
    // What can't be offered is said before anybody is looked for.
    let paths = args.paths.iter().map(|path| offerable(path)).collect::<Result<_, _>>()?;
    let caption = args.message.map(caption).transpose()?;
    let request = Request::Share { peer: args.peer, paths, caption };
    let profile = context.profile()?;
    session::with(&profile, Need::People, async |session| share(session, request, context.json, &mut context.out).await)
        .await
}

async fn share(session: &Session, request: Request, json: bool, out: &mut Output) -> Result<(), Failure> {
    session.if_interrupted("interrupted; the offer may have been made: see vecino transfers");
    // Followed from before the offer, so that nothing of it is missed.
    let mut watch = Watch::begin(session, |names| Progress::of_one(json, names)).await?;
    let mut asked = pin!(session.ask(request));
    let offer: Shared = match timeout(SILENCE, asked.as_mut()).await {
        Ok(offer) => offer?,
        Err(_) => {
            note("looking through all that is to be offered");
            asked.await?
        }
    };
    session.if_interrupted(if session.is_own() {
        "interrupted; the offer remains, and goes on when vecino runs again"
    } else {
        "interrupted; the offer remains, and the running vecino serves it (see vecino transfers)"
    });
    left_out(&offer).iter().for_each(note);
    if json {
        // The first line alone tells what was left out.
        out.json(&offer)?;
        watch.progress().shown(&offer.transfer);
    }
    let end = watch.until_over(offer.transfer, out).await?;
    let words = watch.ending(&end)?;
    if json { Ok(()) } else { out.line(words) }
}

/// What was left out of an offer, in lines.
fn left_out(offer: &Shared) -> Vec<String> {
    let mut lines: Vec<String> =
        offer.skipped_names.iter().map(|name| format!("left out: {}", one_line(&name.to_string()))).collect();
    let named = u64::try_from(lines.len()).unwrap_or(u64::MAX);
    match offer.skipped.saturating_sub(named) {
        0 => {}
        more => lines.push(format!("left out: {more} more")),
    }
    lines
}

/// `path` as a node takes it, if there is something that it can be told of.
fn offerable(path: &Path) -> Result<PathBuf, Failure> {
    std::fs::symlink_metadata(path).with_context(|| format!("{} can't be shared", path.display()))?;
    let path = absolute(path)?;
    if path.to_str().is_none() {
        let why = "the name is not text (UTF-8); rename it, or share the folder that it's in";
        return Err(anyhow::anyhow!("{}: {why}", path.display()).into());
    }
    Ok(path)
}

fn caption(words: String) -> Result<Text, Failure> {
    if words.len() > MAX_CAPTION_BYTES {
        let why = "can go with files (use vecino send for more)";
        return Err(anyhow::anyhow!("the message has {} bytes; at most {MAX_CAPTION_BYTES} {why}", words.len()).into());
    }
    Ok(Text::new(words).map_err(crate::engine::Error::from)?)
}

#[cfg(test)]
mod tests {
    use super::super::output::tests::Kept;
    use super::*;
    use crate::engine::Event;
    use crate::engine::fake::{Fake, Teller, peer, transfer};
    use crate::model::{Direction, Path as Way, Transfer, TransferState};

    #[test]
    fn files_and_folders_that_are_there_can_be_shared() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("report.pdf");
        std::fs::write(&file, "x").unwrap();
        for path in [file.as_path(), dir.path()] {
            assert_eq!(offerable(path).unwrap(), path);
        }
        let failure = offerable(&dir.path().join("nothing")).unwrap_err();
        assert_eq!(failure.code(), 1);
        assert!(failure.to_string().contains("nothing can't be shared"), "{failure}");
    }

    #[test]
    fn a_message_with_files_is_short() {
        assert!(caption("x".repeat(MAX_CAPTION_BYTES)).is_ok());
        let failure = caption("x".repeat(MAX_CAPTION_BYTES + 1)).unwrap_err();
        assert!(failure.to_string().contains("4097 bytes; at most 4096"), "{failure}");
        assert!(caption(" ".to_owned()).unwrap_err().to_string().contains("empty"));
    }

    #[test]
    fn what_was_left_out_is_named_up_to_a_number() {
        let luis = crate::model::PeerId::from_public_key([1; 32]);
        let transfer = transfer(1, luis, Direction::Out, TransferState::Offered);
        let mut offer = Shared { transfer, skipped: 0, skipped_names: Vec::new() };
        assert_eq!(left_out(&offer), [""; 0]);
        offer.skipped_names = vec!["photos/a: link".into(), "photos/\u{1b}b: device".into()];
        offer.skipped = 12;
        let lines = ["left out: photos/a: link", "left out: photos/\\u{1b}b: device", "left out: 10 more"];
        assert_eq!(left_out(&offer), lines);
    }

    /// Shares with luis, and lets the transfer end as `end` makes of the offer. The result, and what was printed.
    async fn shared(json: bool, state: TransferState) -> (Result<(), u8>, String) {
        let fake = Fake::new(vec![peer(1, "luis", Way::Direct)]);
        let end = transfer(7, fake.peers[0].id, Direction::Out, state);
        let (handle, teller) = fake.start();
        let session = Session::of(handle);
        let kept = Kept::default();
        let mut out = Output::to(kept.clone());
        let paths = vec![PathBuf::from("/x"), PathBuf::from("/y")];
        let request = Request::Share { peer: "luis".to_owned(), paths, caption: None };
        let (ended, ()) = tokio::join!(share(&session, request, json, &mut out), tell(teller, end));
        (ended.map_err(|failure| failure.code()), kept.text())
    }

    /// Tells that a transfer has changed, as soon as anybody listens.
    async fn tell(teller: Teller, change: Transfer) {
        while teller.receiver_count() == 0 {
            tokio::task::yield_now().await;
        }
        teller.send([Event::Transfer(change)].into()).unwrap();
    }

    #[tokio::test]
    async fn the_receiver_decides_how_it_ends() {
        for (state, result, says) in [
            (TransferState::Done, Ok(()), "luis has report.pdf (1.0 kB), verified.\n"),
            (TransferState::Declined, Err(5), ""),
            (TransferState::Failed, Err(1), ""),
            (TransferState::Cancelled, Err(1), ""),
        ] {
            assert_eq!(shared(false, state).await, (result, says.to_owned()));
        }
    }

    #[tokio::test]
    async fn a_script_is_told_once_what_was_left_out() {
        let (ended, json) = shared(true, TransferState::Declined).await;
        assert_eq!(ended, Err(5));
        let lines: Vec<serde_json::Value> = json.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.len(), 2);
        assert_eq!((&lines[0]["state"], &lines[0]["skipped"]), (&"offered".into(), &0.into()));
        assert_eq!((&lines[1]["state"], lines[1].get("skipped")), (&"declined".into(), None));
    }
}
