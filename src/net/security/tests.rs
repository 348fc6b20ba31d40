//! Ours with ours and with libp2p's own, over the real transport on loopback.

use std::future::poll_fn;
use std::sync::{Arc, Mutex};

use futures::{AsyncReadExt, AsyncWriteExt, StreamExt};
use libp2p::core::muxing::{StreamMuxerBox, StreamMuxerExt};
use libp2p::core::transport::{Boxed, DialOpts, ListenerId, PortUse, TransportEvent};
use libp2p::core::{Endpoint, Transport};
use libp2p::swarm::{DialError, SwarmEvent, dummy};
use libp2p::{Multiaddr, Swarm, SwarmBuilder};

use super::*;
use crate::net::transport::transport;

mod handshake;

type Wire = Boxed<(PeerId, StreamMuxerBox)>;

/// More than buffers, windows and a record hold.
const BYTES: usize = 1_000_003;

fn dialer() -> Keypair {
    Keypair::ed25519_from_bytes([1; 32]).unwrap()
}

fn listener() -> Keypair {
    Keypair::ed25519_from_bytes([2; 32]).unwrap()
}

/// Notes which protocol was agreed on.
#[derive(Clone)]
struct Noting {
    security: Security,
    agreed: Arc<Mutex<Vec<Protocol>>>,
}

impl UpgradeInfo for Noting {
    type Info = Protocol;
    type InfoIter = Vec<Protocol>;

    fn protocol_info(&self) -> Vec<Protocol> {
        self.security.protocol_info()
    }
}

impl<C: AsyncRead + AsyncWrite + Send + Unpin + 'static> InboundConnectionUpgrade<C> for Noting {
    type Output = (PeerId, Secured<C>);
    type Error = SecurityError;
    type Future = BoxFuture<'static, Result<Self::Output, SecurityError>>;

    fn upgrade_inbound(self, socket: C, protocol: Protocol) -> Self::Future {
        self.agreed.lock().unwrap().push(protocol);
        self.security.upgrade_inbound(socket, protocol)
    }
}

impl<C: AsyncRead + AsyncWrite + Send + Unpin + 'static> OutboundConnectionUpgrade<C> for Noting {
    type Output = (PeerId, Secured<C>);
    type Error = SecurityError;
    type Future = BoxFuture<'static, Result<Self::Output, SecurityError>>;

    fn upgrade_outbound(self, socket: C, protocol: Protocol) -> Self::Future {
        self.agreed.lock().unwrap().push(protocol);
        self.security.upgrade_outbound(socket, protocol)
    }
}

fn ours(keypair: &Keypair, aes: bool) -> Wire {
    transport(Security::on(keypair, aes).unwrap())
}

fn stock_tls(keypair: &Keypair) -> Wire {
    transport(libp2p_tls::Config::new(keypair).unwrap())
}

fn stock_noise(keypair: &Keypair) -> Wire {
    transport(noise::Config::new(keypair).unwrap())
}

/// Connects the two, has bytes go both ways at once, and checks whom each has met and what it got.
async fn exchange(mut dialling: Wire, mut answering: Wire) {
    let address = listen(&mut answering).await;
    let how = DialOpts { role: Endpoint::Dialer, port_use: PortUse::New };
    let dial = async { talk(dialling.dial(address, how).unwrap().await.unwrap(), true, 1).await };
    let answer = async { talk(accepted(&mut answering).await, false, 2).await };
    let ((listener_met, from_listener), (dialer_met, from_dialer)) = tokio::join!(dial, answer);
    assert_eq!(listener_met, listener().public().to_peer_id());
    assert_eq!(dialer_met, dialer().public().to_peer_id());
    assert!(from_listener == vec![2; BYTES] && from_dialer == vec![1; BYTES]);
}

async fn listen(wire: &mut Wire) -> Multiaddr {
    wire.listen_on(ListenerId::next(), "/ip4/127.0.0.1/tcp/0".parse().unwrap()).unwrap();
    loop {
        if let Some(TransportEvent::NewAddress { listen_addr, .. }) = wire.next().await {
            return listen_addr;
        }
    }
}

async fn accepted(wire: &mut Wire) -> (PeerId, StreamMuxerBox) {
    loop {
        if let Some(TransportEvent::Incoming { upgrade, .. }) = wire.next().await {
            return upgrade.await.unwrap();
        }
    }
}

/// Sends bytes on a stream while it receives the other side's; gives whom it spoke to and what was said.
async fn talk((peer, mut muxer): (PeerId, StreamMuxerBox), opens: bool, byte: u8) -> (PeerId, Vec<u8>) {
    let stream = if opens {
        poll_fn(|cx| muxer.poll_outbound_unpin(cx)).await.unwrap()
    } else {
        poll_fn(|cx| muxer.poll_inbound_unpin(cx)).await.unwrap()
    };
    // As a swarm's task would, until the connection ends.
    tokio::spawn(async move { while poll_fn(|cx| muxer.poll_unpin(cx)).await.is_ok() {} });
    let (mut reader, mut writer) = stream.split();
    let send = async {
        writer.write_all(&vec![byte; BYTES]).await.unwrap();
        writer.close().await.unwrap();
    };
    let mut received = Vec::new();
    let receive = async { reader.read_to_end(&mut received).await.unwrap() };
    tokio::join!(send, receive);
    (peer, received)
}

#[tokio::test]
async fn the_dialers_processor_decides_between_tls_and_noise() {
    for (dialer_aes, listener_aes, expected) in [
        (true, true, Protocol::Tls),
        (true, false, Protocol::Tls),
        (false, true, Protocol::Noise),
        (false, false, Protocol::Noise),
    ] {
        let agreed = Arc::default();
        let side = |keypair: &Keypair, aes| {
            transport(Noting { security: Security::on(keypair, aes).unwrap(), agreed: Arc::clone(&agreed) })
        };
        exchange(side(&dialer(), dialer_aes), side(&listener(), listener_aes)).await;
        assert_eq!(*agreed.lock().unwrap(), [expected; 2], "{dialer_aes} {listener_aes}");
    }
}

#[tokio::test]
async fn libp2ps_own_tls_answers_and_dials() {
    for aes in [true, false] {
        exchange(ours(&dialer(), aes), stock_tls(&listener())).await;
        exchange(stock_tls(&dialer()), ours(&listener(), aes)).await;
    }
}

#[tokio::test]
async fn libp2ps_noise_answers_and_dials() {
    for aes in [true, false] {
        exchange(ours(&dialer(), aes), stock_noise(&listener())).await;
        exchange(stock_noise(&dialer()), ours(&listener(), aes)).await;
    }
}

#[tokio::test]
async fn who_isnt_the_one_dialled_is_refused() {
    for aes in [true, false] {
        let mut answering = swarm(listener(), aes);
        let mut dialling = swarm(dialer(), aes);
        answering.listen_on("/ip4/127.0.0.1/tcp/0".parse().unwrap()).unwrap();
        let address = loop {
            if let SwarmEvent::NewListenAddr { address, .. } = answering.select_next_some().await {
                break address;
            }
        };
        let expected = Keypair::ed25519_from_bytes([3; 32]).unwrap().public().to_peer_id();
        dialling.dial(address.with_p2p(expected).unwrap()).unwrap();
        tokio::spawn(answering.for_each(|_| async {}));
        let obtained = loop {
            match dialling.select_next_some().await {
                SwarmEvent::OutgoingConnectionError { error: DialError::WrongPeerId { obtained, .. }, .. } => {
                    break obtained;
                }
                SwarmEvent::Dialing { .. } => {}
                event => panic!("{event:?}"),
            }
        };
        assert_eq!(obtained, listener().public().to_peer_id(), "{aes}");
    }
}

fn swarm(keypair: Keypair, aes: bool) -> Swarm<dummy::Behaviour> {
    let transport = ours(&keypair, aes);
    SwarmBuilder::with_existing_identity(keypair)
        .with_tokio()
        .with_other_transport(|_| transport)
        .unwrap()
        .with_behaviour(|_| dummy::Behaviour)
        .unwrap()
        .build()
}

#[test]
fn what_is_on_offer_follows_processor_and_clock() {
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_750_000_000);
    assert_eq!(offered(true, now), [Protocol::Tls, Protocol::Noise]);
    assert_eq!(offered(false, now), [Protocol::Noise, Protocol::Tls]);
    assert_eq!(offered(true, SystemTime::UNIX_EPOCH), [Protocol::Noise]);
    assert_eq!(offered(true, SystemTime::UNIX_EPOCH + CERTIFICATES_BEGIN), [Protocol::Tls, Protocol::Noise]);
}

#[test]
fn this_processor_decides_what_a_node_offers() {
    let offers = Security::new(&dialer()).unwrap().protocol_info();
    let best = if cipher::has_aes() { Protocol::Tls } else { Protocol::Noise };
    assert_eq!((offers.len(), offers[0]), (2, best));
}
