//! What a store refuses to open, and what it says.
#![cfg(test)]
#![cfg(feature = "sqlite")]

mod support;

use msg_core::store::{Answer, Query, Store};
use msg_core::{Error, ErrorKind, Retry};
use msg_store::sqlite::{SqliteConfig, SqliteStore};
use rusqlite::Connection;
use std::path::Path;
use std::time::Duration;
use support::{block_on, enqueue, rows};

fn refused(path: &Path) -> Error {
    let config = SqliteConfig::new(path).with_busy_timeout(Duration::from_millis(50));
    SqliteStore::open_with(config).unwrap_err()
}

#[test]
fn a_newer_database_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("newer.db");
    drop(SqliteStore::open(&path).unwrap());
    let connection = Connection::open(&path).unwrap();
    let known: i64 = connection
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .unwrap();
    drop(connection);
    let change = |version: i64| {
        let connection = Connection::open(&path).unwrap();
        connection
            .pragma_update(None, "user_version", version)
            .unwrap();
    };
    change(999);
    let error = refused(&path);
    assert_eq!(error.kind(), ErrorKind::Corrupt);
    assert_eq!(
        error.to_string(),
        format!(
            "corrupt: a newer version wrote the database (version: 999, known up to: {known}, file: newer.db)"
        )
    );
    change(known);
    assert!(SqliteStore::open(&path).is_ok());
}

#[test]
fn a_foreign_database_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("foreign.db");
    let connection = Connection::open(&path).unwrap();
    connection
        .execute_batch("CREATE TABLE mine (a); INSERT INTO mine VALUES (7)")
        .unwrap();
    drop(connection);
    let before = std::fs::read(&path).unwrap();
    let error = refused(&path);
    assert_eq!(error.kind(), ErrorKind::Corrupt);
    assert_eq!(
        error.to_string(),
        "corrupt: the database belongs to another application (application id: 0x00000000, file: foreign.db)"
    );
    assert_eq!(std::fs::read(&path).unwrap(), before);
    // An empty database that another application has marked is its own too.
    let marked = folder.path().join("marked.db");
    let connection = Connection::open(&marked).unwrap();
    connection
        .pragma_update(None, "application_id", 0x1234)
        .unwrap();
    drop(connection);
    assert_eq!(refused(&marked).kind(), ErrorKind::Corrupt);
}

#[test]
fn a_file_that_is_no_database_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("letter.txt");
    std::fs::write(&path, "Dear all, ".repeat(1000)).unwrap();
    let error = refused(&path);
    assert_eq!(
        error.to_string(),
        "corrupt: the file is not a database (file: letter.txt)"
    );
}

#[test]
fn a_damaged_database_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("damaged.db");
    let store = SqliteStore::open(&path).unwrap();
    block_on(store.commit(vec![enqueue(1, 1)])).unwrap();
    drop(store);
    let mut bytes = std::fs::read(&path).unwrap();
    bytes.truncate(4096 * 3);
    bytes[4096..].fill(0x55);
    std::fs::write(&path, bytes).unwrap();
    assert_eq!(refused(&path).kind(), ErrorKind::Corrupt);
}

#[test]
fn a_missing_folder_and_a_folder_in_place_of_the_file_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let error = refused(&folder.path().join("no").join("store.db"));
    assert_eq!(
        (error.kind(), error.retry()),
        (ErrorKind::Storage, Retry::Never)
    );
    assert_eq!(
        error.to_string(),
        "storage: the database's folder is missing or not writable (file: store.db, cause: entity not found)"
    );
    let error = refused(folder.path());
    assert_eq!(error.kind(), ErrorKind::Storage);
}

/// Root may write anywhere; then a place where even root may not make a file stands in for the read-only folder.
#[cfg(target_os = "linux")]
#[test]
fn a_read_only_folder_is_an_error() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o555)).unwrap();
    let place = if std::fs::write(folder.path().join("probe"), "").is_ok() {
        Path::new("/proc/self").to_path_buf()
    } else {
        folder.path().to_path_buf()
    };
    let error = refused(&place.join("store.db"));
    assert_eq!(error.kind(), ErrorKind::Storage);
    assert!(error.to_string().contains("file: store.db"), "{error}");
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn one_owner_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("owned.db");
    let owner = SqliteStore::open(&path).unwrap();
    let error = refused(&path);
    assert_eq!(
        (error.kind(), error.retry()),
        (ErrorKind::Storage, Retry::Later)
    );
    assert_eq!(
        error.to_string(),
        "storage: another process has the database open (file: owned.db)"
    );
    drop(owner);
    assert!(SqliteStore::open(&path).is_ok());
}

#[test]
fn a_file_locked_by_another_program_is_an_error_until_it_lets_go() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("locked.db");
    let config = SqliteConfig::new(&path).with_busy_timeout(Duration::from_millis(20));
    let store = SqliteStore::open_with(config).unwrap();
    block_on(store.commit(vec![enqueue(1, 1)])).unwrap();
    let other = Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let error = block_on(store.commit(vec![enqueue(2, 1)])).unwrap_err();
    assert_eq!(
        (error.kind(), error.retry()),
        (ErrorKind::Storage, Retry::Later)
    );
    assert_eq!(
        error.to_string(),
        "storage: the database is locked by another process (file: locked.db)"
    );
    // Reads go on.
    assert_eq!(rows(&store, 1), 1);
    other.execute_batch("ROLLBACK").unwrap();
    block_on(store.commit(vec![enqueue(3, 1)])).unwrap();
    assert_eq!((rows(&store, 2), rows(&store, 3)), (0, 1));
}

#[test]
fn a_store_opens_again_with_everything_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("again.db");
    for number in 0..5 {
        let store = SqliteStore::open(&path).unwrap();
        block_on(store.commit(vec![enqueue(number, 2)])).unwrap();
    }
    let store = SqliteStore::open(&path).unwrap();
    assert!((0..5).all(|number| rows(&store, number) == 2));
    assert!(matches!(
        block_on(store.query(Query::NextDue)).unwrap(),
        Answer::Due(Some(_))
    ));
}

#[test]
fn debug_shows_neither_bodies_nor_addresses() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path().join("debug.db")).unwrap();
    block_on(store.commit(vec![enqueue(1, 1)])).unwrap();
    let debug = format!("{store:?}");
    assert!(
        debug.contains("ledger_seq: 0") && !debug.contains("user"),
        "{debug}"
    );
}
