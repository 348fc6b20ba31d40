//! At most one node runs on a profile.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::Write;
use std::path::Path;

use super::StoreError;

/// The file that a running node holds locked.
const LOCK_FILE: &str = "lock";

/// The right to run on a profile, held until it's dropped. The system takes it back from a process that dies, so that no
/// crash leaves a profile locked; the file itself stays.
#[derive(Debug)]
pub struct ProfileLock {
    _file: File,
}

impl ProfileLock {
    /// Takes the lock of the profile in `dir`, or says [`StoreError::AlreadyRunning`].
    pub fn acquire(dir: &Path) -> Result<Self, StoreError> {
        let path = dir.join(LOCK_FILE);
        let failed = |cause| StoreError::io(&path, cause);
        let mut file = open(&path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(StoreError::AlreadyRunning(dir.to_owned())),
            Err(TryLockError::Error(cause)) => return Err(failed(cause)),
        }
        // For people who wonder which process it is; nothing here reads it.
        file.set_len(0).and_then(|()| writeln!(file, "{}", std::process::id())).map_err(failed)?;
        Ok(Self { _file: file })
    }
}

fn open(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
