//! The manifest of an offer: the files and folders in it, one entry after another.
//!
//! ```text
//! entry:  length (u16, big endian) | CBOR {p: path, n: size, m: modification time, x: executable, d: folder}
//! ```
//!
//! The first component of a path names one of the offer's items. A folder comes before what is in it, and what is in an
//! item comes before the next item. Names are the sender's, as bytes: they hold no separator and don't lead upwards, but
//! whoever makes files of them has yet to make them safe for its own disk.

use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use super::WireError;

/// Most bytes of one entry's CBOR.
pub const MAX_ENTRY_BYTES: usize = 16 * 1024;

/// Most components of a path.
pub const MAX_COMPONENTS: usize = 100;

/// Most bytes of one component.
pub const MAX_COMPONENT_BYTES: usize = 255;

/// Most entries of a manifest.
pub const MAX_ENTRIES: u64 = 10_000_000;

/// Most items of an offer.
pub const MAX_ITEMS: usize = 10_000;

/// Most bytes of a manifest.
pub const MAX_MANIFEST_BYTES: u64 = 1024 * 1024 * 1024;

/// Most bytes of a file, and of all files of a manifest together.
pub const MAX_SIZE: u64 = i64::MAX as u64;

/// Bytes of a unit: what is hashed, verified and recorded at a time. A file's last unit is shorter; an empty file has one
/// empty unit.
pub const UNIT: u64 = 256 * 1024;

/// A file or folder of an offer. What [`Entry::decode`] gives was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The names that lead to it, from the offer's item on: 1 to [`MAX_COMPONENTS`], each of 1 to [`MAX_COMPONENT_BYTES`]
    /// bytes, none `.` or `..`, without `/` and NUL.
    pub path: Vec<Vec<u8>>,
    /// Which of both, and what belongs to it.
    pub kind: EntryKind,
}

/// What an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryKind {
    /// A folder.
    Folder {
        /// When it was modified, in nanoseconds since 1970.
        modified: i64,
    },
    /// A file.
    File {
        /// Its length in bytes, at most [`MAX_SIZE`].
        size: u64,
        /// When it was modified, in nanoseconds since 1970.
        modified: i64,
        /// Whether it can be run as a program.
        executable: bool,
    },
}

/// An entry's CBOR.
#[derive(Debug, Serialize, Deserialize)]
struct WireEntry {
    p: Vec<ByteBuf>,
    #[serde(default)]
    n: u64,
    #[serde(default)]
    m: i64,
    #[serde(default)]
    x: bool,
    #[serde(default)]
    d: bool,
}

impl Entry {
    /// The bytes of it, length included. Fails where [`Self::decode`] would refuse them.
    pub fn encode(&self) -> Result<Vec<u8>, WireError> {
        self.check()?;
        let body = super::encode(&WireEntry::from(self), MAX_ENTRY_BYTES)?;
        let length = u16::try_from(body.len()).map_err(|_| WireError::Oversize { limit: MAX_ENTRY_BYTES })?;
        Ok([&length.to_be_bytes(), body.as_slice()].concat())
    }

    /// The entry that `bytes` begin with, and how many of them it takes. `None`: it goes on after them.
    pub fn decode(bytes: &[u8]) -> Result<Option<(Self, usize)>, WireError> {
        let Some((length, rest)) = bytes.split_first_chunk() else { return Ok(None) };
        let taken = usize::from(u16::from_be_bytes(*length));
        if taken > MAX_ENTRY_BYTES {
            return Err(WireError::Oversize { limit: MAX_ENTRY_BYTES });
        }
        let Some(body) = rest.get(..taken) else { return Ok(None) };
        let entry = Self::try_from(super::decode::<WireEntry>(body, MAX_ENTRY_BYTES)?)?;
        Ok(Some((entry, length.len() + taken)))
    }

    /// Bytes of content: a folder has none.
    pub const fn size(&self) -> u64 {
        match self.kind {
            EntryKind::Folder { .. } => 0,
            EntryKind::File { size, .. } => size,
        }
    }

    /// How many units it has: a folder none, a file at least one.
    pub const fn units(&self) -> u64 {
        match self.kind {
            EntryKind::Folder { .. } => 0,
            EntryKind::File { size: 0, .. } => 1,
            EntryKind::File { size, .. } => size.div_ceil(UNIT),
        }
    }

    fn check(&self) -> Result<(), WireError> {
        let valid = (1..=MAX_COMPONENTS).contains(&self.path.len()) && self.path.iter().all(|name| is_component(name));
        match (valid, self.size()) {
            (false, _) => Err(WireError::Field("p")),
            (true, 0..=MAX_SIZE) => Ok(()),
            (true, _) => Err(WireError::Field("n")),
        }
    }
}

fn is_component(name: &[u8]) -> bool {
    (1..=MAX_COMPONENT_BYTES).contains(&name.len())
        && !matches!(name, b"." | b"..")
        && !name.iter().any(|byte| matches!(byte, b'/' | 0))
}

impl From<&Entry> for WireEntry {
    fn from(entry: &Entry) -> Self {
        let p = entry.path.iter().cloned().map(ByteBuf::from).collect();
        match entry.kind {
            EntryKind::Folder { modified: m } => Self { p, n: 0, m, x: false, d: true },
            EntryKind::File { size: n, modified: m, executable: x } => Self { p, n, m, x, d: false },
        }
    }
}

impl TryFrom<WireEntry> for Entry {
    type Error = WireError;

    fn try_from(wire: WireEntry) -> Result<Self, WireError> {
        let kind = match wire {
            WireEntry { d: true, n: 1.., .. } => return Err(WireError::Field("n")),
            WireEntry { d: true, x: true, .. } => return Err(WireError::Field("x")),
            WireEntry { d: true, m: modified, .. } => EntryKind::Folder { modified },
            WireEntry { n: size, m: modified, x: executable, .. } => EntryKind::File { size, modified, executable },
        };
        let entry = Self { path: wire.p.into_iter().map(ByteBuf::into_vec).collect(), kind };
        entry.check().map(|()| entry)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn file(path: &[&[u8]], size: u64) -> Entry {
        let path = path.iter().map(|name| name.to_vec()).collect();
        Entry { path, kind: EntryKind::File { size, modified: 0, executable: false } }
    }

    /// `wire` as an entry's bytes, whether valid or not.
    fn bytes(wire: &WireEntry) -> Vec<u8> {
        let body = super::super::encode(wire, 1 << 20).unwrap();
        [u16::try_from(body.len()).unwrap().to_be_bytes().as_slice(), &body].concat()
    }

    #[test]
    fn a_path_that_breaks_a_rule_is_neither_written_nor_read() {
        let long = [b'x'; MAX_COMPONENT_BYTES + 1];
        let deep = [b"d".as_slice(); MAX_COMPONENTS + 1];
        let bad: [&[&[u8]]; 10] =
            [&[], &[b""], &[b"a", b""], &[b"."], &[b"a", b".."], &[b"a/b"], &[b"a", b"/"], &[b"a\0"], &[&long], &deep];
        for path in bad {
            let entry = file(path, 1);
            assert_eq!(entry.encode(), Err(WireError::Field("p")), "{path:?}");
            assert_eq!(Entry::decode(&bytes(&WireEntry::from(&entry))), Err(WireError::Field("p")), "{path:?}");
        }
        for path in [&deep[1..], &[&long[1..]], &[b"a\\b", b"...", b" ", b"\xff\n"]] {
            let entry = file(path, 1);
            let bytes = entry.encode().unwrap();
            assert_eq!(Entry::decode(&bytes), Ok(Some((entry, bytes.len()))));
        }
    }

    #[test]
    fn a_folder_has_neither_size_nor_executable_bit() {
        let folder = || WireEntry { p: vec![ByteBuf::from(b"a")], n: 0, m: -1, x: false, d: true };
        let (read, _) = Entry::decode(&bytes(&folder())).unwrap().unwrap();
        assert_eq!((read.kind, read.units()), (EntryKind::Folder { modified: -1 }, 0));
        assert_eq!(Entry::decode(&bytes(&WireEntry { n: 1, ..folder() })), Err(WireError::Field("n")));
        assert_eq!(Entry::decode(&bytes(&WireEntry { x: true, ..folder() })), Err(WireError::Field("x")));
    }

    #[test]
    fn sizes_end_at_63_bits() {
        assert!(file(&[b"a"], MAX_SIZE).encode().is_ok());
        let entry = file(&[b"a"], MAX_SIZE + 1);
        assert_eq!(entry.encode(), Err(WireError::Field("n")));
        assert_eq!(Entry::decode(&bytes(&WireEntry::from(&entry))), Err(WireError::Field("n")));
    }

    #[test]
    fn entries_end_at_their_limit() {
        let name = [b'x'; MAX_COMPONENT_BYTES];
        let mut path = vec![name.as_slice(); 63];
        let length = file(&path, 0).encode().unwrap().len();
        // One more component fills it: the entry's own length doesn't count, and the name has two bytes for its.
        let rest = 2 + MAX_ENTRY_BYTES - length - 2;
        path.push(&name[..rest]);
        assert_eq!(file(&path, 0).encode().unwrap().len(), 2 + MAX_ENTRY_BYTES);
        *path.last_mut().unwrap() = &name[..=rest];
        assert_eq!(file(&path, 0).encode(), Err(WireError::Oversize { limit: MAX_ENTRY_BYTES }));
        let length = u16::try_from(MAX_ENTRY_BYTES + 1).unwrap().to_be_bytes();
        assert_eq!(Entry::decode(&length), Err(WireError::Oversize { limit: MAX_ENTRY_BYTES }));
    }

    #[test]
    fn a_file_has_units_for_all_its_bytes_and_at_least_one() {
        for (size, units) in [(0, 1), (1, 1), (UNIT, 1), (UNIT + 1, 2), (10 * UNIT, 10), (MAX_SIZE, 1 << 45)] {
            assert_eq!(file(&[b"a"], size).units(), units, "{size}");
        }
    }

    #[test]
    fn only_the_path_is_needed_and_more_is_ignored() {
        assert_eq!(Entry::decode(&[0, 6, 0xa1, 0x61, b'p', 0x81, 0x41, b'a']), Ok(Some((file(&[b"a"], 0), 8))));
        let later = [0, 9, 0xa2, 0x61, b'p', 0x81, 0x41, b'a', 0x61, b'z', 1];
        assert_eq!(Entry::decode(&later), Ok(Some((file(&[b"a"], 0), 11))));
        assert!(matches!(Entry::decode(&[0, 1, 0xa0]), Err(WireError::Decode(_))));
        assert!(matches!(Entry::decode(&[0, 0]), Err(WireError::Decode(_))));
        assert_eq!(Entry::decode(&[0, 7, 0xa1, 0x61, b'p', 0x81, 0x41, b'a', 0]), Err(WireError::Trailing(1)));
    }

    fn any_entry() -> impl Strategy<Value = Entry> {
        let name = prop::collection::vec(any::<u8>(), 1..40).prop_filter("a component", |name| is_component(name));
        let kind = prop_oneof![
            any::<i64>().prop_map(|modified| EntryKind::Folder { modified }),
            (0..=MAX_SIZE, any::<i64>(), any::<bool>()).prop_map(|(size, modified, executable)| EntryKind::File {
                size,
                modified,
                executable
            }),
        ];
        (prop::collection::vec(name, 1..20), kind).prop_map(|(path, kind)| Entry { path, kind })
    }

    proptest! {
        #[test]
        fn entries_come_as_they_went(one in any_entry(), other in any_entry()) {
            let first = one.encode().unwrap();
            let both = [first.clone(), other.encode().unwrap()].concat();
            prop_assert_eq!(Entry::decode(&both).unwrap(), Some((one, first.len())));
            prop_assert_eq!(Entry::decode(&both[first.len()..]).unwrap().unwrap().0, other);
            for end in 0..first.len() {
                prop_assert_eq!(Entry::decode(&first[..end]), Ok(None));
            }
        }

        #[test]
        fn what_any_bytes_decode_to_is_valid(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let length = u16::try_from(bytes.len()).unwrap().to_be_bytes();
            for bytes in [bytes.clone(), [length.as_slice(), &bytes].concat()] {
                if let Ok(Some((entry, taken))) = Entry::decode(&bytes) {
                    prop_assert!(taken <= bytes.len());
                    prop_assert!(entry.encode().is_ok());
                }
            }
        }
    }
}
