//! Opening the database: checked before it's touched, then set up and brought to the latest schema.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};
use rusqlite_migration::{M, Migrations};

use super::error::Abort;
use super::{StoreError, folder};
use crate::model::Reason;

/// What every SQLite database begins with. [Database file format](https://www.sqlite.org/fileformat.html)
const MAGIC: &[u8] = b"SQLite format 3\0";

/// Stands in the header of every vecino database: "vcno".
const APPLICATION_ID: i64 = 0x7663_6e6f;

/// One a schema, in order; those that were released never change.
static MIGRATIONS: [M<'static>; SCHEMA as usize] = [
    M::up(include_str!("schema/1.sql")),
    M::up(include_str!("schema/2.sql")),
    M::up(include_str!("schema/3.sql")),
    M::up(include_str!("schema/4.sql")),
    M::up(include_str!("schema/5.sql")),
];

/// The latest schema.
const SCHEMA: i64 = 5;

/// Bytes of a database that is checked page by page at every start, which takes some fifty milliseconds. A larger one is
/// checked so only after a run that didn't end well: seven milliseconds a megabyte.
const ALWAYS_CHECKED: u64 = 8 * 1024 * 1024;

/// How long to wait for a lock that somebody else holds on the database: another program that looks into it.
const BUSY: Duration = Duration::from_secs(5);

/// Statements that stay prepared: more than there are.
const STATEMENTS: usize = 128;

/// The two connections to one database.
#[derive(Debug)]
pub(super) struct Connections {
    pub(super) writer: Connection,
    pub(super) reader: Connection,
}

/// Opens the database at `path`, or makes one.
pub(super) fn open(path: &Path) -> Result<Connections, StoreError> {
    let thorough = prepare_files(path)?;
    let connect = || {
        let mut writer = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE | threading())?;
        set_up(&writer)?;
        examine(path, &writer, thorough)?;
        make_durable(&writer)?;
        migrate(path, &mut writer)?;
        let reader = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY | threading())?;
        set_up(&reader)?;
        Ok(Connections { writer, reader })
    };
    connect().map_err(|abort: Abort| abort.at(path))
}

/// Each connection belongs to one thread, so SQLite needn't lock it.
fn threading() -> OpenFlags {
    OpenFlags::SQLITE_OPEN_NO_MUTEX
}

/// Makes the files readable by their owner only (SQLite gives new ones beside the database its mode), and says whether the
/// database should be checked thoroughly.
fn prepare_files(path: &Path) -> Result<bool, StoreError> {
    let log = beside(path, "-wal");
    let (size, log_size) = (size(path)?, size(&log)?);
    if size == 0 && log_size > 0 {
        // SQLite would take it for a new database and delete the log, which may hold all that there is.
        let cause = Reason::MissingBeside(log.display().to_string());
        return Err(StoreError::Damaged { path: path.to_owned(), cause });
    }
    if !make_file(path).and_then(begins_well).map_err(|cause| StoreError::io(path, cause))? {
        return Err(StoreError::NotADatabase(path.to_owned()));
    }
    for file in [path.to_owned(), log, beside(path, "-shm")] {
        if size_of_existing(&file)?.is_some() {
            folder::tighten(&file)?;
        }
    }
    Ok(log_size > 0 || size <= ALWAYS_CHECKED)
}

fn make_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Whether the file is empty or begins as a database does. SQLite would take a file of one byte for an empty one.
fn begins_well(mut file: File) -> io::Result<bool> {
    let mut beginning = Vec::new();
    file.by_ref().take(MAGIC.len() as u64).read_to_end(&mut beginning)?;
    Ok(beginning.is_empty() || beginning == MAGIC)
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

fn size(path: &Path) -> Result<u64, StoreError> {
    Ok(size_of_existing(path)?.unwrap_or(0))
}

fn size_of_existing(path: &Path) -> Result<Option<u64>, StoreError> {
    match fs::metadata(path) {
        Ok(about) => Ok(Some(about.len())),
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(cause) => Err(StoreError::io(path, cause)),
    }
}

/// What holds for a connection only, and changes nothing in the file.
fn set_up(connection: &Connection) -> Result<(), Abort> {
    connection.busy_timeout(BUSY)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    Ok(())
}

/// Refuses what isn't ours, isn't whole, or is ahead of us, before anything is written.
fn examine(path: &Path, connection: &Connection, thorough: bool) -> Result<(), Abort> {
    if connection.is_readonly("main")? {
        return Err(StoreError::ReadOnly(path.to_owned()).into());
    }
    let number = |pragma: &str| connection.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0));
    let (application, version) = (number("application_id")?, number("user_version")?);
    let things: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if (application, version, things) == (0, 0, 0) {
        return Ok(());
    }
    if application != APPLICATION_ID {
        return Err(StoreError::NotADatabase(path.to_owned()).into());
    }
    if version > SCHEMA {
        return Err(StoreError::Newer { path: path.to_owned(), found: version, known: SCHEMA }.into());
    }
    if version < 1 {
        let cause = Reason::SchemaVersion(version);
        return Err(StoreError::Damaged { path: path.to_owned(), cause }.into());
    }
    if thorough { check(path, connection) } else { Ok(()) }
}

fn check(path: &Path, connection: &Connection) -> Result<(), Abort> {
    let found: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if found == "ok" {
        return Ok(());
    }
    let cause = found.replace('\n', "; ").into();
    Err(StoreError::Damaged { path: path.to_owned(), cause }.into())
}

/// A commit is on the disk when it returns, and readers don't wait for it.
fn make_durable(connection: &Connection) -> Result<(), Abort> {
    connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    Ok(())
}

fn migrate(path: &Path, connection: &mut Connection) -> Result<(), Abort> {
    Migrations::from_slice(&MIGRATIONS).to_latest(connection).map_err(|error| match error {
        rusqlite_migration::Error::RusqliteError { err, .. } => Abort::Sql(err),
        other => StoreError::Database { path: path.to_owned(), cause: other.to_string().into() }.into(),
    })
}
