//! The roster protocol over request-response: a member's side and a relay's.
//!
//! What is sent comes encoded, since a relay sends the same to many. What comes is read within the limits of who sent it,
//! and a member opens the cards of a page as it reads it, on the connection's task: that is work.

use std::io;
use std::marker::PhantomData;
use std::sync::Arc;

use futures::{AsyncRead, AsyncWrite, AsyncWriteExt};
use libp2p::StreamProtocol;
use libp2p::request_response::Codec;

use super::card::is_signed;
use super::codec::{Received, read_all};
use crate::protocol::wire;
use crate::protocol::wire::roster::{
    Ask, Changes, Heard, MAX_MEMBER_BYTES, MAX_RELAY_BYTES, Page, Reply, RosterAnswer, RosterRequest, WirePage,
};

/// Cards that are opened without a pause, so that nothing else on the connection waits for more than a few milliseconds.
const AT_A_TIME: usize = 16;

/// A message, as its sender has it and as it comes.
#[derive(Debug)]
pub enum Said<T> {
    /// To be sent: its bytes.
    Outgoing(Arc<[u8]>),
    /// That came, or why it can't be read.
    Incoming(Received<T>),
}

/// What one side of the protocol takes from the other.
pub trait Side: Send + 'static {
    /// What it's asked or told.
    type Request: Send;
    /// What it's answered.
    type Answer: Send;
    /// Most bytes of either.
    const LIMIT: usize;

    /// Reads what it's asked or told.
    fn request(bytes: &[u8]) -> impl Future<Output = Received<Self::Request>> + Send;

    /// Reads what it's answered.
    fn answer(bytes: &[u8]) -> impl Future<Output = Received<Self::Answer>> + Send;
}

/// A member, which is told of changes and answered.
#[derive(Debug)]
pub enum Member {}

/// A relay, which is asked.
#[derive(Debug)]
pub enum Relay {}

impl Side for Member {
    type Request = Changes;
    type Answer = Reply;
    const LIMIT: usize = MAX_RELAY_BYTES;

    async fn request(bytes: &[u8]) -> Received<Changes> {
        let Changes { from, page } = wire::decode::<RosterRequest>(bytes, Self::LIMIT)?.check_changes()?;
        Ok(Changes { from, page: open(page).await? })
    }

    async fn answer(bytes: &[u8]) -> Received<Reply> {
        Ok(match wire::decode::<RosterAnswer>(bytes, Self::LIMIT)?.check_reply()? {
            Reply::Taken => Reply::Taken,
            Reply::Page(page) => Reply::Page(open(page).await?),
            Reply::Denied(denied) => Reply::Denied(denied),
        })
    }
}

impl Side for Relay {
    type Request = Ask;
    type Answer = Heard;
    const LIMIT: usize = MAX_MEMBER_BYTES;

    async fn request(bytes: &[u8]) -> Received<Ask> {
        wire::decode::<RosterRequest>(bytes, Self::LIMIT)?.check_ask()
    }

    async fn answer(bytes: &[u8]) -> Received<Heard> {
        wire::decode::<RosterAnswer>(bytes, Self::LIMIT)?.check_heard()
    }
}

async fn open(page: WirePage) -> Received<Page> {
    let (mut page, listings) = page.check()?;
    for (n, listing) in listings.into_iter().enumerate() {
        if n % AT_A_TIME == AT_A_TIME - 1 {
            tokio::task::yield_now().await;
        }
        page.take(listing, is_signed);
    }
    Ok(page)
}

/// The codec of one side.
#[derive(Debug)]
pub struct RosterCodec<S> {
    side: PhantomData<fn() -> S>,
}

impl<S> Default for RosterCodec<S> {
    fn default() -> Self {
        Self { side: PhantomData }
    }
}

impl<S> Clone for RosterCodec<S> {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl<S: Side> Codec for RosterCodec<S> {
    type Protocol = StreamProtocol;
    type Request = Said<S::Request>;
    type Response = Said<S::Answer>;

    async fn read_request<T>(&mut self, _: &StreamProtocol, io: &mut T) -> io::Result<Said<S::Request>>
    where
        T: AsyncRead + Unpin + Send,
    {
        Ok(Said::Incoming(S::request(&read_all(io, S::LIMIT).await?).await))
    }

    async fn read_response<T>(&mut self, _: &StreamProtocol, io: &mut T) -> io::Result<Said<S::Answer>>
    where
        T: AsyncRead + Unpin + Send,
    {
        Ok(Said::Incoming(S::answer(&read_all(io, S::LIMIT).await?).await))
    }

    async fn write_request<T>(&mut self, _: &StreamProtocol, io: &mut T, request: Said<S::Request>) -> io::Result<()>
    where
        T: AsyncWrite + Unpin + Send,
    {
        write(io, request).await
    }

    async fn write_response<T>(&mut self, _: &StreamProtocol, io: &mut T, answer: Said<S::Answer>) -> io::Result<()>
    where
        T: AsyncWrite + Unpin + Send,
    {
        write(io, answer).await
    }
}

async fn write<T, M>(io: &mut T, message: Said<M>) -> io::Result<()>
where
    T: AsyncWrite + Unpin + Send,
{
    let Said::Outgoing(bytes) = message else {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a message to send"));
    };
    io.write_all(&bytes).await
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::model::{Nickname, PeerId, Presence};
    use crate::net::behaviour::keypair;
    use crate::net::{card, peer_id};
    use crate::protocol::roster::{Arrival, Encoded, Pages, Table};
    use crate::protocol::wire::WireError;
    use crate::protocol::wire::roster::{Announce, Card, Denial, Denied, SignedCard, Since, WireListing};

    const PROTOCOL: StreamProtocol = StreamProtocol::new("/test");
    const RELAY: [u8; 32] = [9; 32];

    fn signed(secret: [u8; 32]) -> (PeerId, SignedCard) {
        let card = Card {
            nickname: Nickname::new("josé 🌮").unwrap(),
            presence: Presence::Online,
            port: None,
            seq: 1,
            relay: peer_id(&RELAY).unwrap(),
        };
        (peer_id(&secret).unwrap(), card::sign(&keypair(&secret).unwrap(), &card).unwrap())
    }

    /// A list of so many members.
    fn table(members: u8) -> Table {
        let mut table = Table::new(1);
        for n in 1..=members {
            let (peer, card) = signed([n; 32]);
            table.announced(Arrival { peer, session: n.into(), card, seen: None, reachable: true }, Duration::ZERO);
        }
        table
    }

    fn bytes(message: &impl serde::Serialize) -> Arc<[u8]> {
        wire::encode(message, MAX_RELAY_BYTES).unwrap().into()
    }

    async fn ask<S: Side>(bytes: Arc<[u8]>) -> Received<S::Request> {
        let mut wire = Vec::new();
        let mut codec = RosterCodec::<S>::default();
        codec.write_request(&PROTOCOL, &mut wire, Said::Outgoing(bytes)).await.unwrap();
        match codec.read_request(&PROTOCOL, &mut wire.as_slice()).await.unwrap() {
            Said::Incoming(request) => request,
            Said::Outgoing(_) => panic!("what comes is incoming"),
        }
    }

    async fn answer<S: Side>(bytes: Arc<[u8]>) -> Received<S::Answer> {
        let mut wire = Vec::new();
        let mut codec = RosterCodec::<S>::default();
        codec.write_response(&PROTOCOL, &mut wire, Said::Outgoing(bytes)).await.unwrap();
        match codec.read_response(&PROTOCOL, &mut wire.as_slice()).await.unwrap() {
            Said::Incoming(answer) => answer,
            Said::Outgoing(_) => panic!("what comes is incoming"),
        }
    }

    #[tokio::test]
    async fn a_member_opens_what_a_relay_sends() {
        let table = table(40);
        let mut pages = Pages::new();
        let Encoded { bytes: changes, version, more } = pages.changes(&table, 0, 21).unwrap();
        let changes = ask::<Member>(changes).await.unwrap();
        assert_eq!((changes.from, changes.page.version, changes.page.more), (21, version, more));
        assert_eq!((changes.page.listings.len(), changes.page.forged), (20, 0));
        let page = pages.answer(&table, 0, Since::default()).unwrap().bytes;
        let Reply::Page(page) = answer::<Member>(page).await.unwrap() else { panic!("a page") };
        assert_eq!((page.listings.len(), page.over, page.forged), (40, 41, 0));
        assert_eq!(page.listings[0].peer, peer_id(&[1; 32]).unwrap());
    }

    #[tokio::test]
    async fn forged_listings_are_counted_and_the_others_taken() {
        let mut page = table(5).page(Since::default());
        let (other, card) = signed([77; 32]);
        page.e[0] = WireListing::new(&peer_id(&[1; 32]).unwrap(), &card, None);
        page.e[1].g[0] ^= 1;
        page.e[2].a.push(1);
        page.e[3] = WireListing::new(&other, &card, None);
        let Reply::Page(page) = answer::<Member>(bytes(&RosterAnswer::page(page))).await.unwrap() else {
            panic!("a page");
        };
        let listed: Vec<PeerId> = page.listings.iter().map(|listing| listing.peer).collect();
        assert_eq!((page.forged, listed), (3, vec![other, peer_id(&[5; 32]).unwrap()]));
    }

    #[tokio::test]
    async fn a_relay_reads_what_members_send() {
        let (_, card) = signed([1; 32]);
        let token = "t".repeat(64).parse().ok();
        let asked = ask::<Relay>(bytes(&RosterRequest::announce(&card, token.as_ref()))).await;
        assert_eq!(asked, Ok(Ask::Announce(Announce { card, token })));
        let since = Since { boot: u64::MAX, version: u64::MAX, over: u64::MAX };
        assert_eq!(ask::<Relay>(bytes(&RosterRequest::since(since))).await, Ok(Ask::Since(since)));
        for heard in [Heard::Taken, Heard::WillAsk] {
            assert_eq!(answer::<Relay>(bytes(&RosterAnswer::from(heard))).await, Ok(heard));
        }
    }

    #[tokio::test]
    async fn a_refusal_comes_with_its_words() {
        let words = "á".repeat(200);
        let denied = Denied { cause: Denial::TooQuick, words, wait: Duration::from_millis(2_500) };
        let Reply::Denied(came) =
            answer::<Member>(bytes(&RosterAnswer::from(Reply::Denied(denied.clone())))).await.unwrap()
        else {
            panic!("a refusal");
        };
        assert_eq!((came.cause, came.wait), (denied.cause, denied.wait));
        assert_eq!(came.words, "á".repeat(128), "as much of them as there's room for");
    }

    #[tokio::test]
    async fn each_side_keeps_the_other_to_its_limit() {
        let long = |length| -> Arc<[u8]> { vec![0; length].into() };
        let oversize = WireError::Oversize { limit: MAX_MEMBER_BYTES };
        assert_eq!(ask::<Relay>(long(MAX_MEMBER_BYTES + 1)).await, Err(oversize.clone()));
        assert_eq!(answer::<Relay>(long(MAX_MEMBER_BYTES + 1)).await, Err(oversize));
        let oversize = WireError::Oversize { limit: MAX_RELAY_BYTES };
        assert_eq!(ask::<Member>(long(MAX_RELAY_BYTES + 1)).await, Err(oversize.clone()));
        assert_eq!(answer::<Member>(long(MAX_RELAY_BYTES + 1)).await, Err(oversize));
        assert!(matches!(ask::<Member>(long(MAX_RELAY_BYTES)).await, Err(WireError::Decode(_))));
    }

    #[tokio::test]
    async fn nobody_sends_what_is_the_other_sides() {
        let since = bytes(&RosterRequest::since(Since::default()));
        assert_eq!(ask::<Member>(since).await, Err(WireError::Field("k")));
        let changes = bytes(&RosterRequest::changes(1, table(0).page(Since::default())));
        assert_eq!(ask::<Relay>(changes).await, Err(WireError::Field("k")));
    }
}
