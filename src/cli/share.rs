//! `vecino share`: offers a file, and stays until the receiver has verified it.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;

use super::progress::{Progress, until_over};
use super::text::{one_line, size};
use super::{Context, Failure, Names, Need, Output, Session, absolute, session};
use crate::control::Request;
use crate::model::{Transfer, TransferState};

#[derive(Debug, Args)]
pub(super) struct ShareArgs {
    /// To whom
    peer: String,
    /// What: one file
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
}

pub(super) async fn run(args: ShareArgs, mut context: Context) -> Result<(), Failure> {
    let path = one_file(&args.paths)?;
    let profile = context.profile()?;
    session::with(&profile, Need::People, async |session| {
        share(session, args.peer, path, context.json, &mut context.out).await
    })
    .await
}

async fn share(session: &Session, peer: String, path: PathBuf, json: bool, out: &mut Output) -> Result<(), Failure> {
    // Followed from before the offer, so that nothing of it is missed.
    let mut following = session.follow().await?;
    let offer: Transfer = session.ask(Request::Share { peer, path, caption: None }).await?;
    session.if_interrupted(if session.is_own() {
        "interrupted; the offer remains, and goes on when vecino runs again"
    } else {
        "interrupted; the offer remains, and the running vecino serves it (see vecino transfers)"
    });
    let mut progress = if json { Progress::json() } else { Progress::for_person() };
    let end = until_over(session, &mut following, offer, &mut progress, out).await?;
    let name = one_line(&Names::ask(session).await?.of(&end.peer_id));
    if end.state == TransferState::Done && !json {
        out.line(format_args!("{name} has {} ({}), verified.", one_line(&end.name), size(end.size)))?;
    }
    outcome(&end, &name)
}

fn outcome(end: &Transfer, name: &str) -> Result<(), Failure> {
    let file = one_line(&end.name);
    let why = end.error.as_deref().map(|error| format!(": {}", one_line(error))).unwrap_or_default();
    match end.state {
        TransferState::Declined => Err(Failure::Declined(format!("{name} declined {file}{why}"))),
        TransferState::Cancelled => Err(anyhow::anyhow!("the transfer of {file} was cancelled{why}").into()),
        TransferState::Failed => Err(anyhow::anyhow!("the transfer of {file} failed{why}").into()),
        TransferState::Done | TransferState::Offered | TransferState::Active | TransferState::Paused => Ok(()),
    }
}

/// The absolute path of the one file to share.
fn one_file(paths: &[PathBuf]) -> Result<PathBuf, Failure> {
    let [path] = paths else {
        let count = paths.len();
        return Err(Failure::Usage(format!("{count} paths were given; one file at a time can be shared so far")));
    };
    let path = absolute(path)?;
    check(&path)?;
    Ok(path)
}

fn check(path: &Path) -> Result<(), Failure> {
    let metadata = std::fs::metadata(path).with_context(|| format!("{} can't be shared", path.display()))?;
    if metadata.is_dir() {
        let why = anyhow::anyhow!("{} is a folder; one file at a time can be shared so far", path.display());
        return Err(why.into());
    }
    if !metadata.is_file() {
        return Err(anyhow::anyhow!("{} is not a file", path.display()).into());
    }
    if path.to_str().is_none() {
        return Err(anyhow::anyhow!("{}: the name is not text (UTF-8); rename it first", path.display()).into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::output::tests::Kept;
    use super::*;
    use crate::engine::Event;
    use crate::engine::fake::{Fake, peer, transfer};
    use crate::model::{Direction, Path as Way};

    #[test]
    fn one_file_at_a_time() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("report.pdf");
        std::fs::write(&file, "x").unwrap();
        assert_eq!(one_file(std::slice::from_ref(&file)).unwrap(), file);
        for (paths, code, says) in [
            (vec![file.clone(), file.clone()], 2, "one file at a time"),
            (vec![dir.path().to_owned()], 1, "is a folder; one file at a time"),
            (vec![dir.path().join("nothing")], 1, "can't be shared"),
            #[cfg(unix)]
            (vec!["/dev/null".into()], 1, "not a file"),
        ] {
            let failure = one_file(&paths).unwrap_err();
            assert_eq!(failure.code(), code);
            assert!(failure.to_string().contains(says), "{failure}");
        }
    }

    #[tokio::test]
    async fn the_receiver_decides_how_it_ends() {
        for (state, result, says) in [
            (TransferState::Done, Ok(()), "luis has report.pdf (1.0 kB), verified.\n"),
            (TransferState::Declined, Err(5), ""),
            (TransferState::Failed, Err(1), ""),
            (TransferState::Cancelled, Err(1), ""),
        ] {
            let fake = Fake::new(vec![peer(1, "luis", Way::Direct)]);
            let end = Transfer { state, ..transfer(7, fake.peers[0].id, Direction::Out, state) };
            let (handle, teller) = fake.start();
            let session = Session::of(handle);
            let kept = Kept::default();
            let mut out = Output::to(kept.clone());
            let share = share(&session, "luis".to_owned(), PathBuf::from("/x"), false, &mut out);
            let tell = async {
                while teller.receiver_count() == 0 {
                    tokio::task::yield_now().await;
                }
                teller.send([Event::Transfer(end)].into()).unwrap();
            };
            let (ended, ()) = tokio::join!(share, tell);
            assert_eq!(ended.map_err(|failure| failure.code()), result);
            assert_eq!(kept.text(), says);
        }
    }
}
