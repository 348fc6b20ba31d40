//! Moves that replace nothing.

use std::io;

use cap_fs_ext::MetadataExt;
use cap_std::fs::{Dir, OpenOptions};

use crate::model::FileName;

/// Moves `name` in the folder `from` to `new` in the folder `to`, both of one file system.
///
/// # Errors
/// `AlreadyExists` where something has that name already, which then stays as it is.
pub(super) fn move_new(from: &Dir, name: &FileName, to: &Dir, new: &FileName) -> io::Result<()> {
    match move_at_once(from, name, to, new) {
        Err(error) if error.kind() == io::ErrorKind::Unsupported => move_in_steps(from, name, to, new),
        moved => moved,
    }
}

/// `renameat2` with `RENAME_NOREPLACE`, `renameatx_np` with `RENAME_EXCL`.
#[cfg(any(target_os = "linux", target_os = "macos"))]
fn move_at_once(from: &Dir, name: &FileName, to: &Dir, new: &FileName) -> io::Result<()> {
    use rustix::fs::{RenameFlags, renameat_with};
    use rustix::io::Errno;
    renameat_with(from, name.as_str(), to, new.as_str(), RenameFlags::NOREPLACE).map_err(|error| {
        // Kernels and file systems that don't know the flag have several words for that.
        let unsupported = [Errno::INVAL, Errno::NOSYS, Errno::NOTSUP, Errno::OPNOTSUPP].contains(&error);
        if unsupported { io::ErrorKind::Unsupported.into() } else { error.into() }
    })
}

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
fn move_at_once(_: &Dir, _: &FileName, _: &Dir, _: &FileName) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// For systems and file systems without such a move. Files never replace. A folder that somebody else makes just then
/// may be replaced where it's empty: systems don't rename a folder over anything else.
fn move_in_steps(from: &Dir, name: &FileName, to: &Dir, new: &FileName) -> io::Result<()> {
    if from.symlink_metadata(name.as_str())?.is_dir() {
        return move_folder(from, name, to, new);
    }
    match from.hard_link(name.as_str(), to, new.as_str()) {
        Ok(()) => {}
        // A crash came before the next step: the file has both names.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && is_same(from, name, to, new) => {}
        Err(error) if is_without_links(&error) => return move_onto_placeholder(from, name, to, new),
        Err(error) => return Err(error),
    }
    from.remove_file(name.as_str())
}

fn move_folder(from: &Dir, name: &FileName, to: &Dir, new: &FileName) -> io::Result<()> {
    if to.symlink_metadata(new.as_str()).is_ok() {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    from.rename(name.as_str(), to, new.as_str()).map_err(|error| match error.kind() {
        io::ErrorKind::DirectoryNotEmpty | io::ErrorKind::NotADirectory => io::ErrorKind::AlreadyExists.into(),
        _ => error,
    })
}

/// For a file system without links: an empty file of the name is made first, which nobody else can then have.
fn move_onto_placeholder(from: &Dir, name: &FileName, to: &Dir, new: &FileName) -> io::Result<()> {
    to.open_with(new.as_str(), OpenOptions::new().write(true).create_new(true))?;
    from.rename(name.as_str(), to, new.as_str()).inspect_err(|_| {
        let _ = to.remove_file(new.as_str());
    })
}

fn is_without_links(error: &io::Error) -> bool {
    use io::ErrorKind::{PermissionDenied, TooManyLinks, Unsupported};
    matches!(error.kind(), PermissionDenied | TooManyLinks | Unsupported)
}

/// Whether two names are one file's.
fn is_same(from: &Dir, name: &FileName, to: &Dir, new: &FileName) -> bool {
    let of = |folder: &Dir, name: &FileName| {
        folder.symlink_metadata(name.as_str()).map(|metadata| (metadata.dev(), metadata.ino()))
    };
    matches!((of(from, name), of(to, new)), (Ok(one), Ok(other)) if one == other)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use cap_std::ambient_authority;

    use super::*;

    type Move = fn(&Dir, &FileName, &Dir, &FileName) -> io::Result<()>;

    /// A folder with `from/file`, `from/folder/inside` and an empty `to`.
    fn folders() -> (tempfile::TempDir, Dir, Dir) {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir_all(dir.path().join("from/folder")).unwrap();
        fs::create_dir(dir.path().join("to")).unwrap();
        fs::write(dir.path().join("from/file"), "theirs").unwrap();
        fs::write(dir.path().join("from/folder/inside"), "theirs").unwrap();
        let open = |name| Dir::open_ambient_dir(dir.path().join(name), ambient_authority()).unwrap();
        let (from, to) = (open("from"), open("to"));
        (dir, from, to)
    }

    #[test]
    fn each_way_to_move_replaces_nothing() {
        let (file, folder, new) = (FileName::safe("file"), FileName::safe("folder"), FileName::safe("new"));
        let ways: [(Move, &FileName, &str); 6] = [
            (move_new, &file, "new"),
            (move_in_steps, &file, "new"),
            (move_onto_placeholder, &file, "new"),
            (move_new, &folder, "new/inside"),
            (move_in_steps, &folder, "new/inside"),
            (move_folder, &folder, "new/inside"),
        ];
        for (way, name, moved) in ways {
            let (_dir, from, to) = folders();
            to.write("new", "mine").unwrap();
            assert_eq!(way(&from, name, &to, &new).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
            assert_eq!(to.read_to_string("new").unwrap(), "mine");
            to.remove_file("new").unwrap();
            to.create_dir("new").unwrap();
            to.write("new/mine", "").unwrap();
            assert_eq!(way(&from, name, &to, &new).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
            to.remove_dir_all("new").unwrap();
            way(&from, name, &to, &new).unwrap();
            assert_eq!(to.read_to_string(moved).unwrap(), "theirs");
            assert!(!from.exists(name.as_str()));
        }
    }

    #[test]
    fn a_file_that_a_crash_left_with_two_names_keeps_the_new_one() {
        let (_dir, from, to) = folders();
        let (file, new) = (FileName::safe("file"), FileName::safe("new"));
        from.hard_link("file", &to, "new").unwrap();
        move_in_steps(&from, &file, &to, &new).unwrap();
        assert_eq!(to.read_to_string("new").unwrap(), "theirs");
        assert!(!from.exists("file"));
    }

    #[test]
    fn a_placeholder_goes_where_the_move_fails() {
        let (_dir, from, to) = folders();
        let (gone, new) = (FileName::safe("gone"), FileName::safe("new"));
        assert_eq!(move_onto_placeholder(&from, &gone, &to, &new).unwrap_err().kind(), io::ErrorKind::NotFound);
        assert!(!to.exists("new"));
    }
}
