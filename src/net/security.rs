//! Who is at the other end, and that nobody in between reads or changes what is said: libp2p's TLS and Noise, both on
//! offer, agreed on by multistream-select.
//!
//! - **TLS first** where this processor has AES instructions: AES-128-GCM then costs a third of ChaCha20-Poly1305, which
//!   is the only cipher of libp2p's Noise and the first one of libp2p's own TLS. Without them **Noise first**.
//! - Whoever dials has the choice; whoever is dialled takes either. A peer that has only one of the two is reached in
//!   that one.
//! - Certificates are valid from 1975 on, so with a clock before that (a computer whose clock has no battery) there is
//!   Noise alone: its keys don't expire.
//! - An upgrade gives the [`PeerId`] that was proven. That it's the one who was dialled is checked by the swarm, which
//!   ends the connection otherwise.
//!
//! **`Version::V1Lazy`** saves a round trip by writing before the other side has agreed to the protocol, and does so for the
//! last protocol that a dialer has left: with two on offer the first is waited for, the second isn't. That's safe as
//! both handshakes begin with the dialer, whose opening holds no secret, and end where the answer isn't theirs.
//!
//! This module and [`transport`](super::transport) are public for `benches/wire.rs`.

mod cipher;
mod tls;
mod verifier;

#[cfg(test)]
mod tests;

use std::time::{Duration, SystemTime};

use futures::future::{BoxFuture, Either, FutureExt};
use futures::{AsyncRead, AsyncWrite};
use libp2p::core::UpgradeInfo;
use libp2p::core::upgrade::{InboundConnectionUpgrade, OutboundConnectionUpgrade};
use libp2p::identity::Keypair;
use libp2p::{PeerId, noise};

pub use tls::TlsError;
use tls::{Tls, TlsStream};

/// From when on certificates made by `libp2p-tls` are valid: 1975-01-01, counted from 1970-01-01.
const CERTIFICATES_BEGIN: Duration = Duration::from_secs(157_766_400);

/// The protocol id of TLS.
const TLS: &str = "/tls/1.0.0";

/// The protocol id of Noise.
const NOISE: &str = "/noise";

/// A connection couldn't be secured.
#[derive(Debug, thiserror::Error)]
pub enum SecurityError {
    /// TLS: keys that can't be made, a handshake that failed, a certificate that isn't one of libp2p's.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// Noise: the same.
    #[error(transparent)]
    Noise(#[from] noise::Error),
}

/// A secured connection.
pub type Secured<C> = Either<TlsStream<C>, noise::Output<C>>;

/// A way to secure a connection; as text, its protocol id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// TLS 1.3: <https://github.com/libp2p/specs/blob/master/tls/tls.md>.
    Tls,
    /// Noise: <https://github.com/libp2p/specs/blob/master/noise/README.md>.
    Noise,
}

impl AsRef<str> for Protocol {
    fn as_ref(&self) -> &str {
        match self {
            Self::Tls => TLS,
            Self::Noise => NOISE,
        }
    }
}

/// The upgrade that secures a connection.
#[derive(Clone)]
pub struct Security {
    tls: Tls,
    noise: noise::Config,
    /// Whether this processor has AES instructions.
    aes: bool,
}

impl Security {
    /// What proves the identity of `keypair`. The certificate and the static key of Noise are made here, for all
    /// connections.
    ///
    /// # Errors
    ///
    /// [`SecurityError`] where a key can't be made, or can't be signed.
    pub fn new(keypair: &Keypair) -> Result<Self, SecurityError> {
        Self::on(keypair, cipher::has_aes())
    }

    /// The same for a processor with or without AES instructions.
    fn on(keypair: &Keypair, aes: bool) -> Result<Self, SecurityError> {
        Ok(Self { tls: Tls::new(keypair, aes)?, noise: noise::Config::new(keypair)?, aes })
    }
}

/// What is on offer at a time, best first.
fn offered(aes: bool, now: SystemTime) -> Vec<Protocol> {
    if now < SystemTime::UNIX_EPOCH + CERTIFICATES_BEGIN {
        vec![Protocol::Noise]
    } else if aes {
        vec![Protocol::Tls, Protocol::Noise]
    } else {
        vec![Protocol::Noise, Protocol::Tls]
    }
}

impl UpgradeInfo for Security {
    type Info = Protocol;
    type InfoIter = Vec<Protocol>;

    fn protocol_info(&self) -> Vec<Protocol> {
        offered(self.aes, SystemTime::now())
    }
}

impl<C> InboundConnectionUpgrade<C> for Security
where
    C: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    type Output = (PeerId, Secured<C>);
    type Error = SecurityError;
    type Future = BoxFuture<'static, Result<Self::Output, SecurityError>>;

    fn upgrade_inbound(self, socket: C, protocol: Protocol) -> Self::Future {
        async move {
            match protocol {
                Protocol::Tls => {
                    let (peer, stream) = self.tls.accept(socket).await?;
                    Ok((peer, Either::Left(stream)))
                }
                Protocol::Noise => {
                    let (peer, stream) = self.noise.upgrade_inbound(socket, NOISE).await?;
                    Ok((peer, Either::Right(stream)))
                }
            }
        }
        .boxed()
    }
}

impl<C> OutboundConnectionUpgrade<C> for Security
where
    C: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    type Output = (PeerId, Secured<C>);
    type Error = SecurityError;
    type Future = BoxFuture<'static, Result<Self::Output, SecurityError>>;

    fn upgrade_outbound(self, socket: C, protocol: Protocol) -> Self::Future {
        async move {
            match protocol {
                Protocol::Tls => {
                    let (peer, stream) = self.tls.connect(socket).await?;
                    Ok((peer, Either::Left(stream)))
                }
                Protocol::Noise => {
                    let (peer, stream) = self.noise.upgrade_outbound(socket, NOISE).await?;
                    Ok((peer, Either::Right(stream)))
                }
            }
        }
        .boxed()
    }
}
