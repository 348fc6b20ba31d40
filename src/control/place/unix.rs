//! A Unix domain socket in the profile's folder.
//!
//! A socket's path has little room ([unix(7)](https://man7.org/linux/man-pages/man7/unix.7.html): 108 bytes, 104 on macOS).
//! Where the profile's path takes more, the socket has a short path in a folder of its own, and a symbolic link in the
//! profile leads to it: so a command finds it whatever its environment says of temporary folders.

use std::fs::{self, DirBuilder, Permissions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use interprocess::local_socket::tokio::{Listener, Stream, prelude::*};
use interprocess::local_socket::{GenericFilePath, ListenerOptions};
use interprocess::os::unix::local_socket::ListenerOptionsExt;

use super::hashed_name;
use crate::control::Error;

const SOCKET: &str = "control.sock";

/// Longest path that every Unix takes, with some room to spare.
const MAX_PATH_BYTES: usize = 100;

/// Sixteen bits hold it on every platform, whatever its `mode_t`.
const SOCKET_MODE: u16 = 0o600;
const FOLDER_MODE: u32 = 0o700;
const OTHERS: u32 = 0o077;

/// Opens the socket of the profile in `dir`, in place of what a crash left there: the caller holds the profile's lock.
pub(in crate::control) fn listen(dir: &Path) -> Result<Listener, Error> {
    let path = dir.join(SOCKET);
    remove(&path)?;
    if fits(&path) {
        return bind(&path).map_err(at(&path));
    }
    let short = short_path(dir)?;
    remove(&short)?;
    let listener = bind(&short).map_err(at(&short))?;
    symlink(&short, &path).map_err(at(&path))?;
    Ok(listener)
}

/// Connects to the node that runs on the profile in `dir`.
pub(in crate::control) async fn connect(dir: &Path) -> Result<Stream, Error> {
    let path = dir.join(SOCKET);
    let path = match fs::symlink_metadata(&path) {
        Ok(metadata) if metadata.is_symlink() => fs::read_link(&path).map_err(at(&path))?,
        Ok(_) => path,
        Err(cause) if cause.kind() == ErrorKind::NotFound => return Err(Error::NotRunning),
        Err(cause) => return Err(at(&path)(cause)),
    };
    let name = path.as_path().to_fs_name::<GenericFilePath>().map_err(at(&path))?;
    Stream::connect(name).await.map_err(|cause| match cause.kind() {
        ErrorKind::NotFound | ErrorKind::ConnectionRefused => Error::NotRunning,
        _ => at(&path)(cause),
    })
}

fn fits(path: &Path) -> bool {
    path.as_os_str().len() <= MAX_PATH_BYTES
}

fn at(path: &Path) -> impl Fn(io::Error) -> Error {
    let path = path.to_owned();
    move |cause| Error::Socket { path: path.clone(), cause }
}

fn remove(path: &Path) -> Result<(), Error> {
    match fs::remove_file(path) {
        Err(cause) if cause.kind() != ErrorKind::NotFound => Err(at(path)(cause)),
        _ => Ok(()),
    }
}

fn bind(path: &Path) -> io::Result<Listener> {
    let options = || {
        let name = path.to_fs_name::<GenericFilePath>()?;
        // The file stays when this node ends: by then the next node's socket may be in its place.
        Ok::<_, io::Error>(ListenerOptions::new().name(name).reclaim_name(false))
    };
    match options()?.mode(SOCKET_MODE.into()).create_tokio() {
        // Not every system can set the mode before the socket appears; there its folder's mode keeps others out.
        Err(cause) if cause.kind() == ErrorKind::Unsupported => {
            let listener = options()?.create_tokio()?;
            fs::set_permissions(path, Permissions::from_mode(SOCKET_MODE.into()))?;
            Ok(listener)
        }
        made => made,
    }
}

fn short_path(dir: &Path) -> Result<PathBuf, Error> {
    let runtime = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from).filter(|base| base.is_absolute());
    let bases = [runtime, Some(std::env::temp_dir()), Some(PathBuf::from("/tmp"))];
    let folder = format!("vecino-{}", rustix::process::getuid().as_raw());
    let socket = format!("{}.sock", hashed_name(dir));
    let path = bases
        .into_iter()
        .flatten()
        .filter(|base| base.is_dir())
        .map(|base| base.join(&folder).join(&socket))
        .find(|path| fits(path))
        .ok_or_else(|| {
            at(dir)(io::Error::other("the path is too long for a socket, and so is every temporary folder's"))
        })?;
    if let Some(folder) = path.parent() {
        make_private(folder)?;
    }
    Ok(path)
}

/// Makes a folder that this user alone can open, or checks that the one there is.
fn make_private(folder: &Path) -> Result<(), Error> {
    match DirBuilder::new().mode(FOLDER_MODE).create(folder) {
        Err(cause) if cause.kind() != ErrorKind::AlreadyExists => return Err(at(folder)(cause)),
        _ => {}
    }
    let metadata = fs::symlink_metadata(folder).map_err(at(folder))?;
    let own = metadata.uid() == rustix::process::getuid().as_raw();
    if metadata.is_dir() && own && metadata.mode() & OTHERS == 0 {
        Ok(())
    } else {
        Err(Error::Exposed(folder.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[tokio::test]
    async fn the_socket_is_its_owners_alone_and_replaces_one_left_behind() {
        let dir = tempfile::tempdir().unwrap();
        assert!(matches!(connect(dir.path()).await, Err(Error::NotRunning)));
        let path = dir.path().join(SOCKET);
        drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
        assert!(matches!(connect(dir.path()).await, Err(Error::NotRunning)), "a socket that nobody serves");
        let _listener = listen(dir.path()).unwrap();
        assert_eq!(mode(&path), 0o600);
        connect(dir.path()).await.unwrap();
    }

    #[tokio::test]
    async fn a_long_path_gets_a_short_socket_in_a_folder_of_ones_own() {
        let root = tempfile::tempdir().unwrap();
        let dir = root.path().join("long".repeat(40));
        fs::create_dir(&dir).unwrap();
        assert!(matches!(connect(&dir).await, Err(Error::NotRunning)));
        let listener = listen(&dir).unwrap();
        let short = fs::read_link(dir.join(SOCKET)).unwrap();
        assert!(fits(&short));
        assert_eq!((mode(&short), mode(short.parent().unwrap())), (0o600, 0o700));
        connect(&dir).await.unwrap();
        drop(listener);
        assert!(matches!(connect(&dir).await, Err(Error::NotRunning)));
    }

    #[test]
    fn a_folder_that_others_can_open_is_refused() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("vecino-0");
        make_private(&folder).unwrap();
        make_private(&folder).unwrap();
        fs::set_permissions(&folder, Permissions::from_mode(0o755)).unwrap();
        assert!(matches!(make_private(&folder), Err(Error::Exposed(_))));
        let link = root.path().join("link");
        fs::set_permissions(&folder, Permissions::from_mode(FOLDER_MODE)).unwrap();
        symlink(&folder, &link).unwrap();
        assert!(matches!(make_private(&link), Err(Error::Exposed(_))));
    }
}
