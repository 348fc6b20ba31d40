//! Many members, and what they do together.

use std::sync::Arc;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::sleep;
use vecino::model::Nickname;
use vecino::net::address::Target;
use vecino::net::{Frame, GivenRelay, RelaySource};
use vecino::protocol::wire::manifest::UNIT;

use super::Outcome;
use super::member::Member;

/// Between two members who come: a relay takes 64 a second from one address in the long run.
const BETWEEN: Duration = Duration::from_millis(20);

/// How long it may take until everybody knows of everybody.
const PATIENCE: Duration = Duration::from_secs(600);

/// Between two messages of a pair.
const PAUSE: Duration = Duration::from_millis(200);

/// Units of a range, as large as the ranges that nodes ask for on a fast wire.
const UNITS: u64 = 128;

/// Frames that wait to be looked at.
const WAITING: usize = 4;

/// Nanoseconds that anything may take and still be counted.
const LONGEST: u64 = 60_000_000_000;

/// Members of one relay.
pub struct Crowd {
    members: Vec<Arc<Member>>,
}

impl Crowd {
    /// So many members come to the relay at `address`, and stay until each knows of all others.
    pub async fn gather(address: &str, count: usize) -> Outcome<Self> {
        let target = Target::resolve(address).await?;
        let mut members = Vec::new();
        for number in 0..count {
            let relay = GivenRelay { target: target.clone(), source: RelaySource::Option, token: None };
            members.push(Arc::new(Member::start(Nickname::new(&format!("vecino {number}"))?, relay)?));
            sleep(BETWEEN).await;
        }
        let (crowd, deadline) = (Self { members }, Instant::now() + PATIENCE);
        while crowd.members.iter().any(|member| member.listed() + 1 < count) {
            if Instant::now() > deadline {
                let fewest = crowd.members.iter().map(|member| member.listed()).min().unwrap_or(0);
                return Err(format!("somebody knows of {fewest} others alone").into());
            }
            sleep(BETWEEN).await;
        }
        Ok(crowd)
    }

    fn pairs(&self, count: usize) -> Vec<[Arc<Member>; 2]> {
        let pair = |two: &[Arc<Member>]| Some([Arc::clone(two.first()?), Arc::clone(two.get(1)?)]);
        self.members.chunks(2).filter_map(pair).take(count).collect()
    }

    /// So many pairs are connected with each other.
    pub async fn connect(&self, pairs: usize) -> Outcome<()> {
        for [caller, called] in self.pairs(pairs) {
            caller.call(called.id).await?;
            // Neither says anything before it has heard the other's hello.
            called.call(caller.id).await?;
        }
        Ok(())
    }

    /// They chat for some time: nanoseconds from saying something until it's known to be there, and how much was lost.
    pub async fn chat(&self, pairs: usize, time: Duration) -> Outcome<(Histogram<u64>, u64)> {
        let end = Instant::now() + time;
        let mut chatting = JoinSet::new();
        for [one, other] in self.pairs(pairs) {
            // Not all at the same moment.
            let wait = PAUSE.mul_f64(fastrand::f64());
            chatting.spawn(async move {
                sleep(wait).await;
                let mut times = Histogram::new_with_bounds(1, LONGEST, 3).map_err(|error| error.to_string())?;
                let mut lost = 0;
                while Instant::now() < end {
                    let start = Instant::now();
                    let taken = one.say(other.id).await.map_err(|error| error.to_string())?;
                    lost += u64::from(!taken);
                    times.saturating_record(u64::try_from(start.elapsed().as_nanos()).unwrap_or(LONGEST));
                    sleep(PAUSE).await;
                }
                Ok::<_, String>((times, lost))
            });
        }
        let mut all = (Histogram::new_with_bounds(1, LONGEST, 3)?, 0);
        while let Some(ended) = chatting.join_next().await {
            let (times, lost) = ended??;
            all.0.add(times)?;
            all.1 += lost;
        }
        Ok(all)
    }

    /// They pass files for some time, one at a time each; bytes that came to each pair.
    pub async fn pass_files(&self, pairs: usize, time: Duration) -> Outcome<Vec<u64>> {
        let end = Instant::now() + time;
        let mut passing = JoinSet::new();
        for [one, other] in self.pairs(pairs) {
            passing.spawn(async move {
                let mut bytes = 0;
                while Instant::now() < end {
                    bytes += fetch(&one, &other).await.map_err(|error| error.to_string())?;
                }
                Ok::<_, String>(bytes)
            });
        }
        let mut of_each = Vec::new();
        while let Some(ended) = passing.join_next().await {
            of_each.push(ended??);
        }
        Ok(of_each)
    }
}

async fn fetch(one: &Member, other: &Member) -> Outcome<u64> {
    let (sink, mut frames) = mpsc::channel(WAITING);
    let arrived = async {
        let mut units = 0;
        while let Some(frame) = frames.recv().await {
            units += u64::from(matches!(frame, Frame::Unit(..)));
        }
        units
    };
    let (came, units) = tokio::join!(one.fetch(other.id, UNITS, sink), arrived);
    if came? { Ok(units * UNIT) } else { Err("a range broke off".into()) }
}
