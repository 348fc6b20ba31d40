//! Which ciphers TLS offers, in which order, and whose they are.

use rustls::SupportedCipherSuite;
use rustls::crypto::aws_lc_rs::kx_group::X25519MLKEM768;
use rustls::crypto::ring::{self, cipher_suite, kx_group};
use rustls::crypto::{CryptoProvider, SupportedKxGroup};

/// With AES instructions: AES-128-GCM is about three times as fast as ChaCha20-Poly1305.
const AES_FIRST: [SupportedCipherSuite; 3] = [
    cipher_suite::TLS13_AES_128_GCM_SHA256,
    cipher_suite::TLS13_AES_256_GCM_SHA384,
    cipher_suite::TLS13_CHACHA20_POLY1305_SHA256,
];

/// Without: AES is slow then.
const CHACHA_FIRST: [SupportedCipherSuite; 3] = [
    cipher_suite::TLS13_CHACHA20_POLY1305_SHA256,
    cipher_suite::TLS13_AES_128_GCM_SHA256,
    cipher_suite::TLS13_AES_256_GCM_SHA384,
];

/// What is recorded today can't be read by a quantum computer of the future either: X25519 and ML-KEM-768 together come
/// first (draft-ietf-tls-ecdhe-mlkem, as libp2p's own TLS has it).
const KEY_EXCHANGE: [&dyn SupportedKxGroup; 4] =
    [X25519MLKEM768, kx_group::X25519, kx_group::SECP256R1, kx_group::SECP384R1];

/// Whether this processor computes AES-GCM by instructions of its own.
#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
pub(super) fn has_aes() -> bool {
    std::arch::is_x86_feature_detected!("aes") && std::arch::is_x86_feature_detected!("pclmulqdq")
}

/// Whether this processor computes AES-GCM by instructions of its own.
#[cfg(target_arch = "aarch64")]
pub(super) fn has_aes() -> bool {
    std::arch::is_aarch64_feature_detected!("aes")
}

/// Whether this processor computes AES-GCM by instructions of its own: others aren't known to.
#[cfg(not(any(target_arch = "x86", target_arch = "x86_64", target_arch = "aarch64")))]
pub(super) fn has_aes() -> bool {
    false
}

/// The ciphers for a processor with or without AES instructions. They are ring's, whose AES-128-GCM was measured at twice
/// the speed of aws-lc-rs's; the post-quantum key exchange, which ring doesn't have, is aws-lc-rs's.
pub(super) fn provider(aes: bool) -> CryptoProvider {
    CryptoProvider {
        cipher_suites: if aes { AES_FIRST } else { CHACHA_FIRST }.to_vec(),
        kx_groups: KEY_EXCHANGE.to_vec(),
        ..ring::default_provider()
    }
}
