//! `vecino node`: a peer without a window.

mod printer;
mod story;

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout_at};

use super::session::{Serving, stop};
use super::{Context, Failure, Interrupt, absolute};
use crate::control::{EventRecord, Records};
use crate::engine::{self, Handle, Options};
use crate::model::{AcceptOffers, Me, Nickname, NicknameError};
use printer::Printer;

/// How long to wait for the first address before saying that there's none.
const ADDRESS_TIME: Duration = Duration::from_secs(3);

#[derive(Debug, Args)]
pub(super) struct NodeArgs {
    /// Be called this from now on
    #[arg(long, value_parser = nickname)]
    nickname: Option<Nickname>,
    /// Listen here, and nowhere else
    #[arg(long, value_name = "MULTIADDR")]
    listen: Vec<String>,
    /// Use this relay: an address or an invite
    #[arg(long, value_name = "ADDRESS")]
    relay: Vec<String>,
    /// What to do with offered files [default: as it is set, ask at first]
    #[arg(long, value_enum)]
    accept: Option<Accept>,
    /// Where received files go
    #[arg(long, value_name = "DIR")]
    download_dir: Option<PathBuf>,
    /// Neither find nor be found by multicast DNS
    #[arg(long)]
    no_mdns: bool,
    /// Listen nowhere, and connect to relays alone
    #[arg(long, hide = true)]
    only_relayed: bool,
    /// End when standard input does, and so with the program that started this
    #[arg(long, hide = true)]
    end_with_stdin: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Accept {
    /// Wait for vecino accept
    Ask,
    /// Take those of people you have written to
    Known,
    /// Take all
    All,
}

impl From<Accept> for AcceptOffers {
    fn from(accept: Accept) -> Self {
        match accept {
            Accept::Ask => Self::Ask,
            Accept::Known => Self::Known,
            Accept::All => Self::All,
        }
    }
}

fn nickname(text: &str) -> Result<Nickname, NicknameError> {
    Nickname::new(text)
}

impl NodeArgs {
    fn options(self) -> Result<Options, Failure> {
        Ok(Options {
            nickname: self.nickname,
            listen: self.listen,
            relays: self.relay,
            accept: self.accept.map(Into::into),
            download_dir: self.download_dir.as_deref().map(absolute).transpose()?,
            no_mdns: self.no_mdns,
            only_relayed: self.only_relayed,
            offline: false,
        })
    }
}

pub(super) async fn run(args: NodeArgs, context: Context) -> Result<(), Failure> {
    let mut interrupt = Interrupt::listen()?;
    let stdin_end = args.end_with_stdin.then(end_of_stdin);
    let profile = context.profile()?;
    let patience = if args.only_relayed { Duration::ZERO } else { ADDRESS_TIME };
    let handle = engine::start(&profile, args.options()?).await?;
    let result = match Serving::start(&handle, &profile) {
        Ok(serving) => {
            let result = tokio::select! {
                result = tell(&handle, Printer::new(context.json), patience) => result,
                () = interrupt.wait() => Ok(()),
                () = wait_for(stdin_end) => Ok(()),
            };
            serving.stop().await;
            result
        }
        Err(error) => Err(error.into()),
    };
    stop(&handle).await;
    result
}

/// Prints what happens until the engine stops: first where the node listens, for which it's given some time.
async fn tell(handle: &Handle, mut printer: Printer, patience: Duration) -> Result<(), Failure> {
    let mut records = Records::new(handle.subscribe()?);
    let (me, meanwhile) = listening(handle, &mut records, patience).await?;
    printer.ready(&me, &handle.peers().await?).await;
    for record in meanwhile {
        printer.tell(&record).await;
    }
    while let Some(record) = records.next().await {
        printer.tell(&record).await;
    }
    Err(engine::Error::Stopped.into())
}

/// Oneself, once there's an address to be reached at, and what else happened meanwhile.
async fn listening(
    handle: &Handle,
    records: &mut Records,
    patience: Duration,
) -> Result<(Me, Vec<EventRecord>), Failure> {
    let deadline = Instant::now() + patience;
    let mut meanwhile = Vec::new();
    loop {
        let me = handle.me().await?;
        if !me.addresses.is_empty() {
            return Ok((me, meanwhile));
        }
        loop {
            match timeout_at(deadline, records.next()).await {
                Ok(Some(EventRecord::Me(_))) => break,
                Ok(Some(record)) => meanwhile.push(record),
                Ok(None) => return Err(engine::Error::Stopped.into()),
                Err(_) => return Ok((me, meanwhile)),
            }
        }
    }
}

/// Tells when standard input ends. A thread of its own reads it, which holds nothing up when the program ends.
pub(super) fn end_of_stdin() -> oneshot::Receiver<()> {
    let (ended, end) = oneshot::channel();
    std::thread::spawn(move || {
        let _ = std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink());
        let _ = ended.send(());
    });
    end
}

/// Waits for that end, or for ever where it isn't to be waited for.
pub(super) async fn wait_for(end: Option<oneshot::Receiver<()>>) {
    match end {
        Some(end) => drop(end.await),
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Event;
    use crate::engine::fake::{Fake, peer};
    use crate::model::Path;

    #[tokio::test]
    async fn ready_comes_with_the_first_address() {
        let (handle, _teller) = Fake::new(Vec::new()).start();
        let mut records = Records::new(handle.subscribe().unwrap());
        let (me, meanwhile) = listening(&handle, &mut records, ADDRESS_TIME).await.unwrap();
        assert_eq!((me.addresses.len(), meanwhile.len()), (1, 0));
    }

    #[tokio::test]
    async fn without_an_address_ready_comes_too_and_nothing_is_lost_meanwhile() {
        let mut fake = Fake::new(vec![peer(1, "luis", Path::Direct)]);
        fake.me.addresses.clear();
        let luis = fake.peers[0].clone();
        let (handle, teller) = fake.start();
        let mut records = Records::new(handle.subscribe().unwrap());
        teller.send([Event::Peer(luis.clone())].into()).unwrap();
        let (me, meanwhile) = listening(&handle, &mut records, Duration::from_millis(20)).await.unwrap();
        assert_eq!((me.addresses.len(), meanwhile), (0, vec![EventRecord::Peer(luis)]));
    }
}
