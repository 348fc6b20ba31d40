//! Strangers who break the rules by which a connection is split into streams: the node hangs up, and fills no log with it.

use std::net::SocketAddr;
use std::time::Duration;

use futures::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use libp2p::core::upgrade::OutboundConnectionUpgrade;
use libp2p::identity::Keypair;
use libp2p::noise;
use libp2p::tcp::tokio::TcpStream;
use serde_json::json;
use tokio::time::timeout;
use vecino::net::address::socket_of;

use crate::pair::Pair;

const STRANGERS: usize = 10;
const FRAMES_OF_ONE: usize = 1_000;

/// Opens a stream with a number that is the other side's to give.
const BAD_FRAME: [u8; 12] = [0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 0];

/// How long a node may take to hang up.
const PATIENCE: Duration = Duration::from_secs(10);

/// Agrees on a protocol (<https://github.com/multiformats/multistream-select>).
async fn agree(io: &mut (impl AsyncRead + AsyncWrite + Unpin), protocol: &str) {
    let line = |text: &str| [&[text.len() as u8 + 1], text.as_bytes(), b"\n"].concat();
    let wanted = [line("/multistream/1.0.0"), line(protocol)].concat();
    io.write_all(&wanted).await.unwrap();
    io.flush().await.unwrap();
    let mut agreed = vec![0; wanted.len()];
    io.read_exact(&mut agreed).await.unwrap();
    assert_eq!(agreed, wanted);
}

/// Breaks the rules again and again until the node hangs up.
async fn break_the_rules(at: SocketAddr) {
    let mut socket = TcpStream(tokio::net::TcpStream::connect(at).await.unwrap());
    agree(&mut socket, "/noise").await;
    let security = noise::Config::new(&Keypair::generate_ed25519()).unwrap();
    let (_, mut io) = security.upgrade_outbound(socket, "/noise").await.unwrap();
    agree(&mut io, "/yamux/1.0.0").await;
    // Either may fail: the node doesn't wait for the last of them.
    let _ = io.write_all(&BAD_FRAME.repeat(FRAMES_OF_ONE)).await;
    let _ = io.flush().await;
    let _ = timeout(PATIENCE, io.read_to_end(&mut Vec::new())).await.expect("the node doesn't hang up");
}

#[test]
fn ten_thousand_bad_frames_fill_no_log() {
    let pair = Pair::met();
    let me = pair.ana.control().call("me", json!({}));
    let at = socket_of(me["addresses"][0].as_str().unwrap()).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    for _ in 0..STRANGERS {
        runtime.block_on(break_the_rules(at));
    }
    pair.luis.run(&["send", "ana", "¿sigues ahí?"]).expect(0);
    let said = pair.ana_node.stderr();
    assert!(said.lines().count() < STRANGERS, "{said}");
}
