//! In which ways the operating system refuses.

use std::io::{self, ErrorKind};

/// The ways, each with the kinds of error that come to the same for a person.
macro_rules! faults {
    ($($(#[$said:meta])* $fault:ident = $($kind:ident)|+,)+) => {
        /// In what way the operating system refuses something, as far as vecino says it in its own words.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Fault {
            $($(#[$said])* $fault,)+
        }

        impl Fault {
            /// Each with the kinds of error that mean it.
            const KINDS: &[(Self, &[ErrorKind])] = &[$((Self::$fault, &[$(ErrorKind::$kind),+])),+];
        }
    };
}

faults! {
    /// It isn't there.
    NotFound = NotFound,
    /// This user may not.
    NoPermission = PermissionDenied,
    /// The disk is full, or what this user may have of it.
    NoSpace = StorageFull | QuotaExceeded,
    /// The file system can't be written.
    ReadOnly = ReadOnlyFilesystem,
    /// Something is there already.
    Exists = AlreadyExists,
    /// A file is where a folder should be.
    NotAFolder = NotADirectory,
    /// A folder is where a file should be.
    IsAFolder = IsADirectory,
    /// The name is too long, or none that the file system has.
    BadName = InvalidFilename,
    /// Larger than a file may be there.
    FileTooLarge = FileTooLarge,
    /// In use by another program.
    Busy = ResourceBusy | ExecutableFileBusy,
    /// What is there doesn't make sense.
    DamagedData = InvalidData,
    /// A network drive lost what it had.
    Stale = StaleNetworkFileHandle,
    /// No memory is left.
    NoMemory = OutOfMemory,
    /// The system doesn't know such a thing.
    Unsupported = Unsupported,
    /// Nobody listens there.
    Refused = ConnectionRefused,
    /// The connection broke.
    Broken = ConnectionReset | ConnectionAborted | NotConnected | BrokenPipe | UnexpectedEof,
    /// No way leads to that computer.
    HostUnreachable = HostUnreachable,
    /// No way leads to that network.
    NetworkUnreachable = NetworkUnreachable,
    /// The network is switched off.
    NetworkDown = NetworkDown,
    /// Another program has the address.
    AddressTaken = AddrInUse,
    /// It's no address of this computer.
    NotOurAddress = AddrNotAvailable,
    /// It took too long.
    TimedOut = TimedOut,
}

impl Fault {
    /// What a kind of error means; `None` for the rarer ones, which the system's own words tell better.
    pub(super) fn of(kind: ErrorKind) -> Option<Self> {
        Self::KINDS.iter().find(|(_, kinds)| kinds.contains(&kind)).map(|(fault, _)| *fault)
    }

    /// What the system's own words mean: a text that ends with its number, which may be followed by where; or one that
    /// stands for a kind.
    pub(super) fn said(words: &str) -> Option<Self> {
        if let Some((_, rest)) = words.split_once(NUMBER) {
            let (number, place) = rest.split_once(')')?;
            let error = io::Error::from_raw_os_error(number.parse().ok()?);
            let is_its = words.strip_suffix(place)? == error.to_string();
            return Self::of(error.kind()).filter(|_| is_its && (place.is_empty() || place.starts_with(PLACE)));
        }
        Self::KINDS
            .iter()
            .find(|(_, kinds)| kinds.iter().any(|kind| kind.to_string() == words))
            .map(|(fault, _)| *fault)
    }

    /// Every one.
    #[cfg(test)]
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        Self::KINDS.iter().map(|(fault, _)| *fault)
    }

    /// The kinds that mean it.
    #[cfg(test)]
    pub(super) fn kinds(self) -> &'static [ErrorKind] {
        Self::KINDS.iter().find(|(fault, _)| *fault == self).map_or(&[], |(_, kinds)| kinds)
    }
}

/// What stands before the number of an error of the system.
const NUMBER: &str = " (os error ";

/// What stands before the path in the errors of temporary files.
const PLACE: &str = " at path ";
