//! The identity key: who this profile is. It's made once and never replaced.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use tracing::warn;
use zeroize::Zeroizing;

use super::{HISTORY_FILE, StoreError, folder};
use crate::model::Reason;

/// The file in a profile's folder that holds its key and nothing else.
pub const IDENTITY_FILE: &str = "identity.key";

/// Bytes of an Ed25519 seed. [RFC 8032](https://www.rfc-editor.org/rfc/rfc8032#section-5.1.5)
pub const SEED_BYTES: usize = 32;

/// An Ed25519 seed, wiped from memory when it's dropped.
pub type Seed = Zeroizing<[u8; SEED_BYTES]>;

/// The identity of the profile in `dir`; a new one where there's none.
pub fn load_or_create(dir: &Path) -> Result<Seed, StoreError> {
    if let Some(seed) = load(dir)? {
        return Ok(seed);
    }
    if dir.join(HISTORY_FILE).exists() {
        warn!("the profile has a history but no identity key; it gets a new identity");
    }
    let path = dir.join(IDENTITY_FILE);
    let mut seed = Seed::default();
    getrandom::fill(seed.as_mut_slice()).map_err(|cause| StoreError::io(&path, cause.into()))?;
    if folder::create_private(&path, seed.as_slice())? {
        return Ok(seed);
    }
    // Another process has made one in the meantime: that one is the identity.
    load(dir)?.ok_or_else(|| StoreError::io(&path, io::ErrorKind::NotFound.into()))
}

/// The identity of the profile in `dir`; `None` where there's none yet.
pub fn load(dir: &Path) -> Result<Option<Seed>, StoreError> {
    let path = dir.join(IDENTITY_FILE);
    let unusable = |cause: Reason| StoreError::Identity { path: path.clone(), cause };
    match read(&path) {
        Ok(Ok(seed)) => {
            folder::tighten(&path)?;
            Ok(Some(seed))
        }
        Ok(Err(length)) => Err(unusable(Reason::KeyLength { expected: SEED_BYTES as u64, found: length })),
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(cause) => Err(unusable(cause.into())),
    }
}

/// The seed in the file at `path`, or the file's length where it can't be one.
fn read(path: &Path) -> io::Result<Result<Seed, u64>> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    let mut seed = Seed::default();
    match file.read_exact(seed.as_mut_slice()) {
        Ok(()) if length == SEED_BYTES as u64 => Ok(Ok(seed)),
        Ok(()) => Ok(Err(length)),
        Err(cause) if cause.kind() == io::ErrorKind::UnexpectedEof => Ok(Err(length)),
        Err(cause) => Err(cause),
    }
}
