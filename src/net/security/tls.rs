//! libp2p's `/tls/1.0.0`: TLS 1.3, both sides with a self-signed certificate, ALPN `libp2p`, no server name
//! (<https://github.com/libp2p/specs/blob/master/tls/tls.md>).
//!
//! The certificates are made and read by `libp2p-tls`. Sessions aren't resumed: rustls would look for them by the name of
//! the server, which nobody has, and a handshake costs nothing beside what a connection is kept for.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use futures::{AsyncRead, AsyncWrite};
use futures_rustls::{TlsAcceptor, TlsConnector};
use libp2p::PeerId;
use libp2p::identity::Keypair;
use libp2p_tls::certificate::{self, GenError, ParseError};
use rustls::client::Resumption;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::server::NoServerSessionStorage;
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::version::TLS13;
use rustls::{ClientConfig, CommonState, ServerConfig};

use super::super::lazy::Reader;
use super::cipher;
use super::verifier::Verifier;

/// The application protocol, for both sides.
const ALPN: &[u8] = b"libp2p";

/// What is read from the socket at a time: rustls by itself reads 4 KiB, a quarter of a record.
const READ_BUFFER: usize = 64 * 1024;

/// TLS couldn't be set up, or a handshake failed.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The certificate couldn't be made.
    #[error("no certificate: {0}")]
    Generate(#[from] GenError),
    /// rustls doesn't take key, ciphers or version.
    #[error("TLS can't be set up: {0}")]
    Config(#[from] rustls::Error),
    /// The connection broke, or one side refused what the other had shown.
    #[error("TLS handshake: {0}")]
    Handshake(#[from] std::io::Error),
    /// The other side has shown none, or more than one.
    #[error("not exactly one certificate")]
    Certificates,
    /// It isn't what libp2p demands.
    #[error("certificate: {0}")]
    Parse(#[from] ParseError),
}

/// A connection under TLS.
pub type TlsStream<C> = futures_rustls::TlsStream<Reader<C>>;

/// How this node answers and dials.
#[derive(Clone)]
pub(super) struct Tls {
    acceptor: TlsAcceptor,
    connector: TlsConnector,
}

impl Tls {
    /// For the identity of `keypair`, with ciphers for a processor with or without AES instructions.
    pub(super) fn new(keypair: &Keypair, aes: bool) -> Result<Self, TlsError> {
        let (certificate, key) = certificate::generate(keypair)?;
        Self::showing(vec![certificate], key, aes)
    }

    /// With certificates that are made already.
    pub(super) fn showing(
        certificates: Vec<CertificateDer<'static>>,
        key: PrivateKeyDer<'static>,
        aes: bool,
    ) -> Result<Self, TlsError> {
        let provider = Arc::new(cipher::provider(aes));
        let key = provider.key_provider.load_private_key(key)?;
        let shown = Arc::new(SingleCertAndKey::from(CertifiedKey::new(certificates, key)));
        let mut server = server(Arc::clone(&provider), Arc::clone(&shown))?;
        // The dialer's order counts, since AES may be slow there; but not where it's slow here.
        server.ignore_client_order = !aes;
        Ok(Self { acceptor: Arc::new(server).into(), connector: Arc::new(client(provider, shown)?).into() })
    }

    /// Answers; gives who dialled.
    pub(super) async fn accept<C>(self, socket: C) -> Result<(PeerId, TlsStream<C>), TlsError>
    where
        C: AsyncRead + AsyncWrite + Unpin,
    {
        let stream = self.acceptor.accept(Reader::new(socket, READ_BUFFER)).await?;
        finish(stream.into())
    }

    /// Dials; gives who answered. That it took this side's certificate is known when it has sent something.
    pub(super) async fn connect<C>(self, socket: C) -> Result<(PeerId, TlsStream<C>), TlsError>
    where
        C: AsyncRead + AsyncWrite + Unpin,
    {
        // An address in the place of the name keeps the extension out, as the spec wants it.
        let nobody = ServerName::from(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
        let stream = self.connector.connect(nobody, Reader::new(socket, READ_BUFFER)).await?;
        finish(stream.into())
    }
}

fn server(provider: Arc<CryptoProvider>, shown: Arc<SingleCertAndKey>) -> Result<ServerConfig, rustls::Error> {
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&TLS13])?
        .with_client_cert_verifier(Arc::new(Verifier))
        .with_cert_resolver(shown);
    config.alpn_protocols = vec![ALPN.to_vec()];
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    Ok(config)
}

fn client(provider: Arc<CryptoProvider>, shown: Arc<SingleCertAndKey>) -> Result<ClientConfig, rustls::Error> {
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&TLS13])?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Verifier))
        .with_client_cert_resolver(shown);
    config.alpn_protocols = vec![ALPN.to_vec()];
    config.resumption = Resumption::disabled();
    Ok(config)
}

/// Whom the handshake has proven, and the connection.
fn finish<C>(stream: TlsStream<C>) -> Result<(PeerId, TlsStream<C>), TlsError>
where
    C: AsyncRead + AsyncWrite + Unpin,
{
    let peer = peer_id(stream.get_ref().1)?;
    Ok((peer, stream))
}

fn peer_id(session: &CommonState) -> Result<PeerId, TlsError> {
    let Some([certificate]) = session.peer_certificates() else { return Err(TlsError::Certificates) };
    Ok(certificate::parse(certificate)?.peer_id())
}
