use super::*;
use crate::protocol::wire::manifest::{MAX_ENTRY_BYTES, UNIT};

fn entry(path: &str, kind: EntryKind) -> Entry {
    Entry { path: path.split('/').map(|name| name.as_bytes().to_vec()).collect(), kind }
}

fn folder(path: &str) -> Entry {
    entry(path, EntryKind::Folder { modified: 1 })
}

fn file(path: &str, size: u64) -> Entry {
    entry(path, EntryKind::File { size, modified: 1, executable: false })
}

/// A manifest of just these entries, whether they go together or not.
fn raw(dir: &Path, entries: &[Entry]) -> PathBuf {
    let path = dir.join("manifest");
    std::fs::write(&path, entries.iter().flat_map(|entry| entry.encode().unwrap()).collect::<Vec<u8>>()).unwrap();
    path
}

fn written(path: &Path, entries: &[Entry]) -> Summary {
    let mut writer = Writer::create(path).unwrap();
    for entry in entries {
        writer.add(entry).unwrap();
    }
    writer.finish().unwrap()
}

fn misfit(error: &io::Error) -> Option<Misfit> {
    error.get_ref().and_then(|error| error.downcast_ref()).copied()
}

#[test]
fn what_was_written_is_read_from_any_entry_on() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("manifest");
    let entries = [folder("a"), folder("a/b"), file("a/b/c", 2 * UNIT + 1), file("a/d", 0), file("e", 5), folder("f")];
    let summary = written(&path, &entries);
    let bytes = std::fs::read(&path).unwrap();
    let expected = Summary {
        entries: 6,
        items: 3,
        files: 3,
        folders: 3,
        size: 2 * UNIT + 6,
        units: 5,
        length: bytes.len() as u64,
    };
    assert_eq!(summary, expected);
    assert_eq!(examine(&path).unwrap(), expected);

    let mut at = 0;
    for (index, first) in entries.iter().enumerate() {
        let mut reader = Reader::open(&path, at).unwrap();
        assert_eq!(reader.next().unwrap(), Some((at, first.clone())));
        for entry in &entries[index + 1..] {
            assert_eq!(&reader.next().unwrap().unwrap().1, entry);
        }
        assert_eq!(reader.next().unwrap(), None);
        at += first.encode().unwrap().len() as u64;
    }
    assert_eq!(Reader::open(&path, at + 100).unwrap().next().unwrap(), None);
}

#[test]
fn a_manifest_has_its_name_once_it_is_whole() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("manifest");
    let mut writer = Writer::create(&path).unwrap();
    writer.add(&file("a", 1)).unwrap();
    assert!(!path.exists());
    drop(writer);
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
    written(&path, &[file("a", 1)]);
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn a_cut_manifest_is_damaged() {
    let dir = tempfile::tempdir().unwrap();
    let whole = std::fs::read(raw(dir.path(), &[folder("a"), file("a/b", 3)])).unwrap();
    let first = folder("a").encode().unwrap().len();
    let path = dir.path().join("cut");
    for end in 0..whole.len() {
        std::fs::write(&path, &whole[..end]).unwrap();
        match examine(&path) {
            Ok(summary) => assert!(end == 0 || end == first, "{end}: {summary:?}"),
            Err(error) => assert_eq!(error.kind(), io::ErrorKind::InvalidData, "{end}"),
        }
    }
}

#[test]
fn what_is_damaged_is_said_to_be() {
    let dir = tempfile::tempdir().unwrap();
    let path = raw(dir.path(), &[folder("a"), file("a/b", 3)]);
    let whole = std::fs::read(&path).unwrap();
    let mut errors = 0;
    for bit in 0..whole.len() * 8 {
        let mut flipped = whole.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        std::fs::write(&path, flipped).unwrap();
        if let Err(error) = examine(&path) {
            assert_eq!(error.kind(), io::ErrorKind::InvalidData, "{bit}");
            errors += 1;
        }
    }
    // The others make another list of it.
    assert!(errors > 0);
}

#[test]
fn entries_that_do_not_go_together_are_refused_by_writer_and_reader() {
    let dir = tempfile::tempdir().unwrap();
    for (entries, wrong) in [
        (vec![file("a/b", 1)], Misfit::Stray),
        (vec![folder("a"), file("b/c", 1)], Misfit::Stray),
        (vec![file("a", 1), file("a/b", 1)], Misfit::Stray),
        (vec![folder("a"), folder("b"), file("a/c", 1)], Misfit::Stray),
        (vec![folder("a"), file("b", 1), file("a", 1)], Misfit::Twin),
        (vec![file("a", MAX_SIZE), file("b", 1)], Misfit::Size),
    ] {
        let path = raw(dir.path(), &entries);
        assert_eq!(misfit(&examine(&path).unwrap_err()), Some(wrong), "{entries:?}");
        let mut writer = Writer::create(&path).unwrap();
        let (last, first) = entries.split_last().unwrap();
        first.iter().for_each(|entry| writer.add(entry).unwrap());
        assert!(matches!(writer.add(last), Err(WriteError::Misfit(misfit)) if misfit == wrong), "{entries:?}");
        // It left no trace.
        assert_eq!(writer.finish().unwrap(), written(&path, first));
    }
}

#[test]
fn an_offer_has_so_many_items_and_entries() {
    let mut tally = Tally::default();
    for number in 0..MAX_ITEMS {
        tally.add(&folder(&number.to_string()), 0).unwrap();
    }
    assert_eq!(tally.add(&folder("one more"), 0), Err(Misfit::Items));
    let last = format!("{}/a", MAX_ITEMS - 1);
    tally.add(&file(&last, 1), 0).unwrap();
    tally.summary.entries = MAX_ENTRIES;
    assert_eq!(tally.add(&file(&last, 1), 0), Err(Misfit::Entries));
    tally.summary.entries = 1;
    tally.summary.length = MAX_MANIFEST_BYTES - 3;
    assert_eq!(tally.add(&file(&last, 1), 4), Err(Misfit::Entries));
    assert_eq!(tally.add(&file(&last, 1), 3), Ok(()));
}

#[test]
fn a_long_manifest_is_read_piece_by_piece() {
    const FILES: u64 = 100_000;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("manifest");
    let mut writer = Writer::create(&path).unwrap();
    writer.add(&folder("a")).unwrap();
    for number in 0..FILES {
        writer.add(&file(&format!("a/{number}"), number)).unwrap();
    }
    assert_eq!(writer.tally.items.len(), 1);
    let summary = writer.finish().unwrap();
    assert_eq!((summary.files, summary.size), (FILES, FILES * (FILES - 1) / 2));
    assert_eq!(examine(&path).unwrap(), summary);

    let mut reader = Reader::open(&path, 0).unwrap();
    let mut largest = 0;
    while reader.next().unwrap().is_some() {
        largest = largest.max(reader.buffer.capacity());
    }
    assert!(largest <= 2 * (READ_BYTES as usize + MAX_ENTRY_BYTES), "{largest}");
}
