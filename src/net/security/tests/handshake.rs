//! TLS by itself: what is negotiated, and certificates that are refused.

use std::sync::Arc;

use libp2p::tcp::tokio::TcpStream;
use libp2p_tls::certificate;
use rcgen::{CertificateParams, CustomExtension, KeyPair, PKCS_ECDSA_P256_SHA256};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{CipherSuite, NamedGroup, ProtocolVersion};
use tokio::net::TcpListener;

use super::*;
use crate::net::security::tls::Tls;

/// The extension of libp2p, and what the peer's key signs together with the certificate's.
const EXTENSION: [u64; 9] = [1, 3, 6, 1, 4, 1, 53594, 1, 1];
const SIGNED: &[u8] = b"libp2p-tls-handshake:";

type Met = Result<(PeerId, TlsStream<TcpStream>), TlsError>;

/// Both ends of a handshake: what the dialer came to, what the listener did.
async fn shake(dialling: Tls, answering: Tls) -> (Met, Met) {
    let (one, other) = sockets().await;
    tokio::join!(dialling.connect(one), answering.accept(other))
}

async fn sockets() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (one, other) = tokio::join!(tokio::net::TcpStream::connect(address), listener.accept());
    (TcpStream(one.unwrap()), TcpStream(other.unwrap().0))
}

fn tls(keypair: &Keypair, aes: bool) -> Tls {
    Tls::new(keypair, aes).unwrap()
}

#[tokio::test]
async fn aes_where_both_have_it_and_chacha_otherwise() {
    use CipherSuite::{TLS13_AES_128_GCM_SHA256 as AES, TLS13_CHACHA20_POLY1305_SHA256 as CHACHA};
    for (dialer_aes, listener_aes, expected) in
        [(true, true, AES), (true, false, CHACHA), (false, true, CHACHA), (false, false, CHACHA)]
    {
        for end in both(tls(&dialer(), dialer_aes), tls(&listener(), listener_aes)).await {
            let session = end.get_ref().1;
            assert_eq!(session.negotiated_cipher_suite().unwrap().suite(), expected, "{dialer_aes} {listener_aes}");
        }
    }
}

#[tokio::test]
async fn this_processor_gets_its_cipher() {
    let aes = cipher::has_aes();
    let expected =
        if aes { CipherSuite::TLS13_AES_128_GCM_SHA256 } else { CipherSuite::TLS13_CHACHA20_POLY1305_SHA256 };
    let ends = both(Security::new(&dialer()).unwrap().tls, Security::new(&listener()).unwrap().tls).await;
    for end in ends {
        assert_eq!(end.get_ref().1.negotiated_cipher_suite().unwrap().suite(), expected);
    }
}

#[tokio::test]
async fn tls_is_as_the_spec_wants_it() {
    let ends = both(tls(&dialer(), true), tls(&listener(), true)).await;
    for end in &ends {
        let session = end.get_ref().1;
        assert_eq!(session.protocol_version(), Some(ProtocolVersion::TLSv1_3));
        assert_eq!(session.alpn_protocol(), Some(b"libp2p".as_slice()));
        assert_eq!(session.negotiated_key_exchange_group().unwrap().name(), NamedGroup::X25519MLKEM768);
    }
    let futures_rustls::TlsStream::Server(server) = &ends[1] else { panic!("the second end has answered") };
    assert_eq!(server.get_ref().1.server_name(), None);
}

async fn both(dialling: Tls, answering: Tls) -> [TlsStream<TcpStream>; 2] {
    let (dialled, answered) = shake(dialling, answering).await;
    [dialled.unwrap().1, answered.unwrap().1]
}

/// A certificate of the peer's, which the closure may damage before it's signed.
fn made(extension_key: &Keypair, damage: impl FnOnce(&mut CertificateParams)) -> (CertificateDer<'static>, KeyPair) {
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
    let mut params = CertificateParams::default();
    params.custom_extensions.push(extension(&listener(), extension_key, &key));
    damage(&mut params);
    (params.self_signed(&key).unwrap().into(), key)
}

/// `SEQUENCE { OCTET STRING public key, OCTET STRING signature }`
fn extension(claimed: &Keypair, signer: &Keypair, key: &KeyPair) -> CustomExtension {
    let public = claimed.public().encode_protobuf();
    let signature = signer.sign(&[SIGNED, &key.public_key_der()].concat()).unwrap();
    let content = [octets(&public), octets(&signature)].concat();
    CustomExtension::from_oid_content(&EXTENSION, [&[0x30, u8::try_from(content.len()).unwrap()], &*content].concat())
}

fn octets(bytes: &[u8]) -> Vec<u8> {
    [&[0x04, u8::try_from(bytes.len()).unwrap()], bytes].concat()
}

fn private(key: &KeyPair) -> PrivateKeyDer<'static> {
    PrivatePkcs8KeyDer::from(key.serialize_der()).into()
}

/// Shown by a dialer and by a listener.
async fn shown(certificates: Vec<CertificateDer<'static>>, key: &KeyPair) -> (Met, Met) {
    let stranger = Tls::showing(certificates, private(key), true).unwrap();
    let (seen_by_dialer, _) = shake(tls(&dialer(), true), stranger.clone()).await;
    let (_, seen_by_listener) = shake(stranger, tls(&dialer(), true)).await;
    (seen_by_dialer, seen_by_listener)
}

async fn assert_refused(what: &str, certificates: Vec<CertificateDer<'static>>, key: &KeyPair) {
    let (by_dialer, by_listener) = shown(certificates, key).await;
    assert!(matches!(by_dialer, Err(TlsError::Handshake(_))), "{what}, dialled");
    assert!(matches!(by_listener, Err(TlsError::Handshake(_))), "{what}, dialling");
}

#[tokio::test]
async fn a_sound_certificate_made_by_hand_is_taken() {
    let (certificate, key) = made(&listener(), |_| {});
    let (by_dialer, by_listener) = shown(vec![certificate], &key).await;
    assert_eq!(by_dialer.unwrap().0, listener().public().to_peer_id());
    assert_eq!(by_listener.unwrap().0, listener().public().to_peer_id());
}

#[tokio::test]
async fn a_certificate_without_the_extension_is_refused() {
    let (certificate, key) = made(&listener(), |params| params.custom_extensions.clear());
    assert_refused("no extension", vec![certificate], &key).await;
}

#[tokio::test]
async fn a_certificate_out_of_its_time_is_refused() {
    let (certificate, key) = made(&listener(), |params| params.not_after = rcgen::date_time_ymd(2020, 1, 1));
    assert_refused("expired", vec![certificate], &key).await;
    let (certificate, key) = made(&listener(), |params| params.not_before = rcgen::date_time_ymd(3000, 1, 1));
    assert_refused("not valid yet", vec![certificate], &key).await;
}

#[tokio::test]
async fn an_extension_signed_by_another_key_is_refused() {
    let (certificate, key) = made(&dialer(), |_| {});
    assert_refused("another's signature", vec![certificate], &key).await;
}

#[tokio::test]
async fn a_certificate_changed_after_it_was_signed_is_refused() {
    let (certificate, key) = made(&listener(), |_| {});
    let mut bytes = certificate.to_vec();
    // The last bytes are the self-signature's.
    *bytes.last_mut().unwrap() ^= 1;
    assert_refused("changed", vec![bytes.into()], &key).await;
}

#[tokio::test]
async fn a_certificate_without_its_key_is_refused() {
    let (certificate, _) = certificate::generate(&listener()).unwrap();
    let (_, key) = made(&listener(), |_| {});
    assert_refused("copied", vec![certificate], &key).await;
}

#[tokio::test]
async fn more_than_one_certificate_is_refused() {
    let (certificate, key) = made(&listener(), |_| {});
    assert_refused("two", vec![certificate.clone(), certificate], &key).await;
}

#[tokio::test]
async fn who_shows_no_certificate_is_refused() {
    let config = rustls::ClientConfig::builder_with_provider(Arc::new(cipher::provider(true)))
        .with_protocol_versions(&[&rustls::version::TLS13])
        .unwrap()
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier::Verifier))
        .with_no_client_auth();
    let (one, other) = sockets().await;
    let anonymous = futures_rustls::TlsConnector::from(Arc::new(config));
    let name = rustls::pki_types::ServerName::try_from("vecino").unwrap();
    let (_, answered) = tokio::join!(anonymous.connect(name, one), tls(&listener(), true).accept(other));
    assert!(matches!(answered, Err(TlsError::Handshake(_))));
}
