//! Opening: the lock that makes one process the owner, the connections and their pragmas.

use super::config::{Durability, SqliteConfig};
use super::fault::{file, storage};
use super::schema;
use msg_core::{Error, ErrorKind, Retry};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

/// The oldest SQLite that is safe: 3.7.0 to 3.51.2 can corrupt a file when the WAL is reset (durability.md 0).
const OLDEST_SQLITE: i32 = 3_051_003;

/// Statements that a connection keeps prepared; more than there are.
const STATEMENTS: usize = 160;

/// Takes the lock that says that this process owns the database. It is let go when the file is dropped.
pub(super) fn lock(config: &SqliteConfig) -> Result<File, Error> {
    let name = config.file_name();
    let mut path = config.path.clone().into_os_string();
    // Beside the database, not on it: closing any descriptor of the database ends SQLite's own locks (sqlite.org/howtocorrupt.html, 2.2).
    path.push("-lock");
    let lock = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(PathBuf::from(path))
        .map_err(|error| {
            file(
                "the database's folder is missing or not writable",
                &name,
                error,
            )
        })?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(Error::new(
            ErrorKind::Storage,
            "another process has the database open",
        )
        .with_context("file", name)),
        Err(TryLockError::Error(error)) => Err(file("the database cannot be locked", &name, error)),
    }
}

/// The only connection that writes, with the schema up to date.
pub(super) fn writer(config: &SqliteConfig) -> Result<Connection, Error> {
    check_library(rusqlite::version_number())?;
    let name = config.file_name();
    let open = || -> Result<Connection, Error> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut connection = Connection::open_with_flags(&config.path, flags).map_err(storage)?;
        if connection.is_readonly("main").map_err(storage)? {
            return Err(Error::new(ErrorKind::Storage, "the database is read-only")
                .with_retry(Retry::Never));
        }
        connection
            .busy_timeout(config.busy_timeout)
            .map_err(storage)?;
        // Before the pragmas: they would change a file that is not ours.
        schema::check(&connection)?;
        set_writer_pragmas(&connection, config).map_err(storage)?;
        schema::migrate(&mut connection)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        Ok(connection)
    };
    open().map_err(|error| error.with_context("file", name))
}

/// Keeps a statement's plan whatever is bound to it. Without this a build with `SQLITE_ENABLE_STAT4`, as the bundled one
/// is, prepares a statement anew each time another value is bound where the planner looked: a seventh of the writer's time.
fn keep_plans(connection: &Connection) -> rusqlite::Result<()> {
    connection
        .set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)
        .map(drop)
}

fn set_writer_pragmas(connection: &Connection, config: &SqliteConfig) -> rusqlite::Result<()> {
    keep_plans(connection)?;
    let set = |pragma: &str, value: &dyn rusqlite::ToSql| {
        connection.pragma_update_and_check(None, pragma, value, |_| Ok(()))
    };
    connection.pragma_update(None, "page_size", 4096)?;
    set("journal_mode", &"WAL")?;
    let synchronous = match config.durability {
        Durability::Full => "FULL",
        Durability::Normal => "NORMAL",
    };
    connection.pragma_update(None, "synchronous", synchronous)?;
    // On the writer: a checkpointer of its own never finds a busy writer's log at rest (durability.md 2.2: 1,441 MiB in 6 s).
    set("wal_autocheckpoint", &1000)?;
    connection.pragma_update(None, "cache_size", -i64::from(config.cache_kib))?;
    connection.pragma_update(None, "foreign_keys", true)?;
    set("mmap_size", &0)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.pragma_update(None, "trusted_schema", false)?;
    if cfg!(target_vendor = "apple") {
        // fsync does not reach the disk there (sqlite.org/pragma.html#pragma_fullfsync).
        connection.pragma_update(None, "fullfsync", true)?;
        connection.pragma_update(None, "checkpoint_fullfsync", true)?;
    }
    if let Some(pages) = config.max_pages {
        set("max_page_count", &pages)?;
    }
    Ok(())
}

/// A connection that only reads.
pub(super) fn reader(config: &SqliteConfig) -> Result<Connection, Error> {
    let open = || -> rusqlite::Result<Connection> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&config.path, flags)?;
        connection.busy_timeout(config.busy_timeout)?;
        keep_plans(&connection)?;
        connection.pragma_update(None, "query_only", true)?;
        connection.pragma_update_and_check(None, "wal_autocheckpoint", 0, |_| Ok(()))?;
        connection.pragma_update_and_check(None, "mmap_size", 0, |_| Ok(()))?;
        connection.pragma_update(None, "trusted_schema", false)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        Ok(connection)
    };
    open().map_err(|error| storage(error).with_context("file", config.file_name()))
}

fn check_library(version: i32) -> Result<(), Error> {
    if version >= OLDEST_SQLITE {
        return Ok(());
    }
    let text = |version: i32| {
        format!(
            "{}.{}.{}",
            version / 1_000_000,
            version / 1000 % 1000,
            version % 1000
        )
    };
    Err(Error::new(
        ErrorKind::Unsupported,
        "the SQLite library is too old and can damage the file",
    )
    .with_context("version", text(version))
    .with_context("oldest", text(OLDEST_SQLITE)))
}

/// Writes a copy of the database to a new file.
pub(super) fn backup(config: &SqliteConfig, to: &Path) -> Result<(), Error> {
    let name = to.file_name().unwrap_or(to.as_os_str());
    let name = name.to_string_lossy().into_owned();
    if to.exists() {
        return Err(Error::new(ErrorKind::Storage, "the copy's file exists")
            .with_context("file", name)
            .with_retry(Retry::Never));
    }
    let Some(path) = to.to_str() else {
        return Err(Error::invalid("the copy's path is not UTF-8").with_context("file", name));
    };
    let copy = || -> rusqlite::Result<()> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&config.path, flags)?;
        connection.busy_timeout(config.busy_timeout)?;
        connection.execute("VACUUM INTO ?1", [path]).map(|_| ())
    };
    copy().map_err(|error| storage(error).with_context("file", name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_library_is_refused() {
        assert!(check_library(OLDEST_SQLITE).is_ok());
        assert!(check_library(rusqlite::version_number()).is_ok());
        let error = check_library(3_051_002).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        assert_eq!(
            error.to_string(),
            "unsupported: the SQLite library is too old and can damage the file (version: 3.51.2, oldest: 3.51.3)"
        );
    }
}
