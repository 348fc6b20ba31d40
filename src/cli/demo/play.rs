//! What the two people do.

use std::io::IsTerminal;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, anyhow};
use tokio::time::{sleep, timeout};

use super::person::{Face, Happenings, Person};
use crate::cli::text::{one_line, size, span};
use crate::cli::{Failure, Output, millis};
use crate::control::{EventRecord, MessageRecord, Request};
use crate::model::{MessageState, Path as Way, Peer, PeerId, Text, Transfer, TransferState};

/// How long the two have to find each other by themselves.
const MEETING_TIME: Duration = Duration::from_secs(5);

/// How long a message may take.
const MESSAGE_TIME: Duration = Duration::from_secs(10);

/// Bytes of the file that is passed.
const FILE_BYTES: usize = 20_000_000;

const FILE_NAME: &str = "holiday pictures.bin";

/// What is said: whether the first of the two says it, and the words.
type Talk<'a> = &'a [(bool, &'a str)];

const TALK: Talk<'static> = &[
    (true, "¡Hola, luis! Can you read this? There is no server between us."),
    (false, "I can. It came straight from your vecino to mine."),
    (true, "And if I write while you are away?"),
    (false, "Then it waits on your disk, and I get it when I'm back. Once, and in order."),
    (true, "Good. Here are the pictures."),
];

const TALK_BEHIND_A_RELAY: Talk<'static> = &[
    (true, "¿Me lees, josé? From my network I can't get to yours."),
    (false, "Nor I to yours. We both get to the relay, and it passes this on."),
    (true, "So it reads what we say?"),
    (false, "It can't: only your vecino and mine have the keys. It sees that we talk, and how much."),
    (true, "Then it may carry the pictures, too."),
];

/// The two, and how fast they go.
pub(super) struct Play<'a> {
    first: &'a Person,
    second: &'a Person,
    out: &'a mut Output,
    /// Between two lines, so that a person can follow.
    pause: Duration,
    /// Whether the play reads for them; in front of a window a person does.
    reads: bool,
}

impl<'a> Play<'a> {
    /// A play of these two, told to `out`.
    pub fn new(first: &'a Person, second: &'a Person, face: Face, out: &'a mut Output) -> Self {
        let pause = match face {
            Face::Window => Duration::from_millis(1_500),
            Face::Terminal if std::io::stdout().is_terminal() => Duration::from_millis(600),
            Face::Terminal => Duration::ZERO,
        };
        Self { first, second, out, pause, reads: face == Face::Terminal }
    }

    /// They meet, talk, and pass a file that is made in `stage`.
    pub async fn perform(mut self, stage: &Path) -> Result<(), Failure> {
        for person in [self.first, self.second] {
            let address = person.me.addresses.first().map(String::as_str).unwrap_or("no address");
            self.out.line(format_args!("  {}#{}  listens on {address}", person.name(), person.me.tag))?;
        }
        self.meet().await?;
        self.talk(TALK).await?;
        self.pass_file(stage).await
    }

    /// The same for two who reach each other through a relay alone.
    pub async fn perform_behind_a_relay(mut self, stage: &Path) -> Result<(), Failure> {
        let start = Instant::now();
        if !timeout(MESSAGE_TIME, self.both_here()).await.unwrap_or(Ok(false))? {
            return Err(anyhow!("{} and {} don't appear at the relay", self.first.name(), self.second.name()).into());
        }
        let taken = span(start.elapsed());
        if path_to(self.first, self.second).await? != Way::Relayed {
            return Err(
                anyhow!("{} and {} reach each other without the relay", self.first.name(), self.second.name()).into()
            );
        }
        self.out.line(format_args!("  They see each other across the relay ({taken} after both had started).\n"))?;
        self.talk(TALK_BEHIND_A_RELAY).await?;
        self.pass_file(stage).await
    }

    async fn talk(&mut self, talk: Talk<'_>) -> Result<(), Failure> {
        for (first_speaks, words) in talk {
            sleep(self.pause).await;
            let (from, to) = if *first_speaks { (self.first, self.second) } else { (self.second, self.first) };
            self.say(from, to, words).await?;
        }
        sleep(self.pause).await;
        Ok(())
    }

    async fn meet(&mut self) -> Result<(), Failure> {
        let start = Instant::now();
        if timeout(MEETING_TIME, self.both_here()).await.unwrap_or(Ok(false))? {
            let taken = span(start.elapsed());
            return self
                .out
                .line(format_args!("\n  They found each other by themselves ({taken} after both listened).\n"));
        }
        let (first, second) = (self.first, self.second);
        let Some(address) = second.me.addresses.first() else {
            return Err(anyhow!("{} has no address to be reached at", second.name()).into());
        };
        let add = Request::Add { address: address.clone(), timeout_ms: millis(MESSAGE_TIME) };
        let _: Peer = first.ask(add).await?;
        let (first, second) = (first.name(), second.name());
        if !timeout(MESSAGE_TIME, self.both_here()).await.unwrap_or(Ok(false))? {
            return Err(anyhow!("{first} and {second} can't reach each other on this computer").into());
        }
        self.out.line(format_args!(
            "\n  Multicast DNS isn't heard on this computer, so {first} was given {second}'s address: they are connected.\n"
        ))
    }

    /// Waits until each has the other here.
    async fn both_here(&self) -> Result<bool, Failure> {
        let (first, second) = (self.first, self.second);
        tokio::try_join!(here(first, second.me.peer_id), here(second, first.me.peer_id))?;
        Ok(true)
    }

    async fn say(&mut self, from: &Person, to: &Person, words: &str) -> Result<(), Failure> {
        let text = Text::new(words).context("the play has an impossible line")?;
        let start = Instant::now();
        let sent: MessageRecord = from.ask(Request::Send { peer: to.id(), text }).await?;
        reaches(from, &sent, MessageState::Delivered).await?;
        let mut fate = format!("✓ delivered in {}", span(start.elapsed()));
        if self.reads {
            let () = to.ask(Request::MarkRead { peer: from.id() }).await?;
            reaches(from, &sent, MessageState::Read).await?;
            fate += ", ✓✓ read";
        }
        self.out.line(format_args!("  {:>4}: {words}\n        {fate}", from.name()))
    }

    async fn pass_file(&mut self, stage: &Path) -> Result<(), Failure> {
        let (from, to) = (self.first, self.second);
        let path = stage.join(FILE_NAME);
        let made = make_file(&path).with_context(|| format!("{} can't be written", path.display()))?;
        let (mut at_from, mut at_to) = (from.follow().await?, to.follow().await?);
        let offer: Transfer = from.ask(Request::Share { peer: to.id(), paths: vec![path], caption: None }).await?;
        let in_state = |state: TransferState| {
            move |record| match record {
                EventRecord::Transfer(moved) if moved.id == offer.id && moved.state == state => Some(moved),
                _ => None,
            }
        };
        at_to.wait("the offer arrives", in_state(TransferState::Offered)).await?;
        let (sender, receiver) = (from.name(), to.name());
        self.out.line(format_args!("\n  {sender} offers “{FILE_NAME}” ({}), {receiver} accepts.", size(offer.size)))?;
        let start = Instant::now();
        let _: Transfer = to.ask(Request::Accept { transfer: offer.id.to_string(), to: None }).await?;
        let end = at_to.wait("the file arrives", over(&offer)).await?;
        let taken = start.elapsed();
        at_from.wait("its sender hears that it's there", in_state(TransferState::Done)).await?;
        self.check(&end, made, taken)
    }

    /// Tells how the file got there, having looked at it.
    fn check(&mut self, end: &Transfer, made: blake3::Hash, taken: Duration) -> Result<(), Failure> {
        let (TransferState::Done, Some(saved)) = (end.state, &end.saved_to) else {
            let why = end.error.as_ref().map(|error| one_line(&error.to_string())).unwrap_or_default();
            return Err(anyhow!("the file didn't get there: {why}").into());
        };
        let received = std::fs::read(saved).with_context(|| format!("{saved} can't be read"))?;
        if blake3::hash(&received) != made {
            return Err(anyhow!("the file that arrived isn't the one that was offered").into());
        }
        let speed = u128::from(end.size) * 1_000_000 / taken.as_micros().max(1);
        let speed = size(u64::try_from(speed).unwrap_or(u64::MAX));
        let hash: String = made.to_hex().chars().take(16).collect();
        self.out.line(format_args!(
            "        {} in {} ({speed}/s), verified; the demo read it again: the same (BLAKE3 {hash}…)",
            size(end.size),
            span(taken)
        ))
    }
}

/// luis leaves first, and ana sees it.
pub(super) async fn farewell(ana: &mut Person, luis: &mut Person, out: &mut Output) -> Result<(), Failure> {
    let mut at_ana = ana.follow().await?;
    let (start, id) = (Instant::now(), luis.me.peer_id);
    let leave = async {
        luis.end().await;
        Ok(())
    };
    let seen = async {
        at_ana.wait("ana sees luis leave", presence_of(id, false)).await?;
        Ok::<_, Failure>(start.elapsed())
    };
    let (seen, ()) = tokio::try_join!(seen, leave)?;
    ana.end().await;
    out.line(format_args!("\n  luis leaves, and ana sees it after {}. ana leaves too.", span(seen)))
}

/// Waits until `person` has the peer `id` here.
async fn here(person: &Person, id: PeerId) -> Result<(), Failure> {
    let mut happenings: Happenings = person.follow().await?;
    let known: Vec<Peer> = person.ask(Request::Peers).await?;
    if known.iter().any(|peer| peer.id == id && peer.is_here()) {
        return Ok(());
    }
    happenings.wait("somebody appears", presence_of(id, true)).await
}

/// How `person` reaches another.
async fn path_to(person: &Person, other: &Person) -> Result<Way, Failure> {
    let known: Vec<Peer> = person.ask(Request::Peers).await?;
    Ok(known.iter().find(|peer| peer.id == other.me.peer_id).map_or(Way::None, |peer| peer.path))
}

fn presence_of(id: PeerId, is_here: bool) -> impl FnMut(EventRecord) -> Option<()> {
    move |record| match record {
        EventRecord::Peer(peer) if peer.id == id && (peer.path != Way::None) == is_here => Some(()),
        _ => None,
    }
}

fn over(offer: &Transfer) -> impl FnMut(EventRecord) -> Option<Transfer> {
    let id = offer.id;
    move |record| match record {
        EventRecord::Transfer(moved) if moved.id == id && moved.state.is_over() => Some(moved),
        _ => None,
    }
}

async fn reaches(from: &Person, message: &MessageRecord, state: MessageState) -> Result<(), Failure> {
    let wait = Request::WaitMessage { message: message.id, state, timeout_ms: millis(MESSAGE_TIME) };
    let now: MessageRecord = from.ask(wait).await?;
    match now.state {
        MessageState::Failed => Err(anyhow!("a message failed: {}", now.error.unwrap_or_default()).into()),
        _ => Ok(()),
    }
}

/// Writes a file that no compression shortens; its hash.
fn make_file(path: &Path) -> anyhow::Result<blake3::Hash> {
    let mut bytes = vec![0; FILE_BYTES];
    getrandom::fill(&mut bytes).map_err(|error| anyhow!("no randomness: {error}"))?;
    std::fs::write(path, &bytes)?;
    Ok(blake3::hash(&bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_play_can_be_said() {
        for (_, words) in TALK.iter().chain(TALK_BEHIND_A_RELAY) {
            assert!(Text::new(*words).is_ok(), "{words}");
        }
    }
}
