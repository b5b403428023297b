//! Storage that is full: a typed error, nothing acknowledged lost, and work goes on when there is room again.
#![cfg(test)]
#![cfg(feature = "sqlite")]

mod support;

use msg_core::store::{ClaimRequest, Op, Settle, Settlement, Store};
use msg_core::{ErrorKind, Retry};
use msg_store::sqlite::{SqliteConfig, SqliteStore};
use support::{at, block_on, enqueue, rows};

/// Enqueues until it fails. Gives how many were acknowledged.
fn fill(store: &SqliteStore) -> u64 {
    for number in 0..100_000 {
        if let Err(error) = block_on(store.commit(vec![enqueue(number, 1)])) {
            assert_eq!(
                (error.kind(), error.retry()),
                (ErrorKind::Storage, Retry::Later)
            );
            assert!(error.to_string().contains("(file: full.db)"), "{error}");
            return number;
        }
    }
    panic!("the bound of the file has no effect");
}

#[test]
fn a_full_file_is_an_error_and_nothing_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let config = SqliteConfig::new(folder.path().join("full.db"));
    let store = SqliteStore::open_with(config.clone().with_max_pages(120)).unwrap();
    let acknowledged = fill(&store);
    assert!(acknowledged > 50, "{acknowledged}");
    let all = |store: &SqliteStore, count| (0..count).all(|number| rows(store, number) == 1);
    assert!(all(&store, acknowledged));
    assert_eq!(rows(&store, acknowledged), 0);
    // What needs no room goes on.
    let claimed = block_on(store.claim(ClaimRequest::new(at(1), at(60), 1))).unwrap();
    let settle = Settle::new(
        claimed[0].part,
        Some(claimed[0].token),
        Settlement::Released,
        at(2),
    );
    block_on(store.commit(vec![Op::Settle(Box::new(settle))])).unwrap();
    drop(store);
    // It opens while it is full, and goes on with more room.
    let store = SqliteStore::open_with(config.clone().with_max_pages(120)).unwrap();
    assert!(all(&store, acknowledged));
    drop(store);
    let store = SqliteStore::open_with(config.with_max_pages(10_000)).unwrap();
    block_on(store.commit(vec![enqueue(acknowledged, 1)])).unwrap();
    assert!(all(&store, acknowledged + 1));
}

/// In a process of its own, whose files may not grow past a bound: the log cannot be written any more.
#[cfg(unix)]
mod limited {
    use super::{fill, rows};
    use msg_store::sqlite::SqliteStore;
    use std::process::Command;

    const FILE: &str = "MSG_STORE_FULL_FILE";

    /// The process whose files are bounded. As a test of its own it does nothing.
    #[test]
    fn writes_until_its_files_may_not_grow() {
        let Ok(file) = std::env::var(FILE) else {
            return;
        };
        let store = SqliteStore::open(&file).unwrap();
        let acknowledged = fill(&store);
        assert!((0..acknowledged).all(|number| rows(&store, number) == 1));
        std::fs::write(format!("{file}.count"), acknowledged.to_string()).unwrap();
    }

    #[test]
    fn a_log_that_cannot_grow_is_an_error_and_nothing_is_lost() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("full.db");
        // The signal is ignored so that the write fails instead. The unit of the limit is 512 or 1,024 bytes, by shell.
        let child = Command::new("sh")
            .args(["-c", "trap '' XFSZ; ulimit -f 1500; exec \"$0\" \"$@\""])
            .arg(std::env::current_exe().unwrap())
            .args(["--exact", "limited::writes_until_its_files_may_not_grow"])
            .env(FILE, &file)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&child.stdout);
        assert!(child.status.success(), "{said}");
        let count = std::fs::read_to_string(format!("{}.count", file.display())).unwrap();
        let acknowledged: u64 = count.parse().unwrap();
        assert!(acknowledged > 10, "{acknowledged}");
        let store = SqliteStore::open(&file).unwrap();
        assert!((0..acknowledged).all(|number| rows(&store, number) == 1));
    }
}
