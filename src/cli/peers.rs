//! `vecino peers`: who is there.

use std::time::Duration;

use clap::Args;

use super::text::{one_line, padded, path, presence};
use super::{Context, Failure, Names, Need, Output, Session, note, seconds, session};
use crate::control::Request;
use crate::model::{Me, Peer};

/// How long people have to appear to a node that was started for this.
const APPEAR_TIME: Duration = Duration::from_secs(2);

/// Columns of the widest presence and path in words.
const PRESENCE_COLUMNS: usize = 9;
const PATH_COLUMNS: usize = 17;

#[derive(Debug, Args)]
pub(super) struct PeersArgs {
    /// Give people so many seconds to appear [default: 0, or 2 where no vecino is running]
    #[arg(long, value_name = "SECS", value_parser = seconds)]
    wait: Option<Duration>,
}

pub(super) async fn run(args: PeersArgs, context: Context) -> Result<(), Failure> {
    let profile = context.profile()?;
    session::with(&profile, Need::People, async |session| list(args, context, session).await).await
}

async fn list(args: PeersArgs, mut context: Context, session: &Session) -> Result<(), Failure> {
    let usual = if session.is_own() { APPEAR_TIME } else { Duration::ZERO };
    tokio::time::sleep(args.wait.unwrap_or(usual)).await;
    let peers: Vec<Peer> = session.ask(Request::Peers).await?;
    if context.json {
        return context.out.json(&peers);
    }
    let me: Me = session.ask(Request::Me).await?;
    print(&peers, &Names::new(&me, &peers), &mut context.out)
}

fn print(peers: &[Peer], names: &Names, out: &mut Output) -> Result<(), Failure> {
    if peers.is_empty() {
        note("nobody is here, and nobody was here before");
    }
    let shown: Vec<String> = peers.iter().map(|peer| one_line(&names.of(&peer.id))).collect();
    let columns = shown.iter().map(|name| unicode_width::UnicodeWidthStr::width(name.as_str())).max().unwrap_or(0);
    for (peer, name) in peers.iter().zip(&shown) {
        out.line(format_args!(
            "{}  {}{}{}",
            padded(name, columns),
            padded(presence(peer.presence), PRESENCE_COLUMNS),
            padded(path(peer.path), PATH_COLUMNS),
            peer.id
        ))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::output::tests::Kept;
    use super::*;
    use crate::engine::fake::{Fake, peer};
    use crate::model::Path;

    #[tokio::test]
    async fn people_are_listed_with_their_paths() {
        let (handle, _teller) = Fake::new(vec![
            peer(1, "josé 🌮", Path::Direct),
            peer(2, "luis", Path::None),
            peer(3, "ANA", Path::Relayed),
        ])
        .start();
        let session = Session::of(handle);
        for (json, expected) in [(false, "josé 🌮"), (true, "\"nickname\":\"josé 🌮\"")] {
            let kept = Kept::default();
            let context = Context { data_dir: None, json, verbose: false, out: Output::to(kept.clone()) };
            list(PeersArgs { wait: Some(Duration::ZERO) }, context, &session).await.unwrap();
            assert!(kept.text().contains(expected), "{}", kept.text());
            assert_eq!(kept.text().lines().count(), if json { 1 } else { 3 });
        }
        let kept = Kept::default();
        let peers: Vec<Peer> = session.ask(Request::Peers).await.unwrap();
        print(&peers, &Names::ask(&session).await.unwrap(), &mut Output::to(kept.clone())).unwrap();
        let text = kept.text();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], format!("josé 🌮     online   direct           {}", peers[0].id));
        assert_eq!(lines[1], format!("luis        offline                   {}", peers[1].id));
        assert_eq!(lines[2], format!("ANA#{}  online   through a relay  {}", peers[2].tag, peers[2].id));
    }
}
