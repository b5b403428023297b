//! Files that a crash or a bad disk left behind: the log cut off or with a bit turned over. What opens is a prefix of what
//! was committed, or an error; never something else.
#![cfg(test)]
#![cfg(feature = "sqlite")]

mod support;

use msg_store::sqlite::SqliteStore;
use std::path::{Path, PathBuf};
use support::{block_on, enqueue, rows};

use msg_core::ErrorKind;
use msg_core::store::Store as _;

/// Few enough that the log is not folded into the file meanwhile.
const MESSAGES: u64 = 40;
const CASES: usize = 30;

fn log_of(file: &Path) -> PathBuf {
    PathBuf::from(format!("{}-wal", file.display()))
}

/// Opens a copy of the file with another log, and gives how many messages it has. They are the first ones, each whole.
fn prefix(file: &Path, copy: &Path, log: &[u8]) -> Option<u64> {
    std::fs::copy(file, copy).unwrap();
    std::fs::write(log_of(copy), log).unwrap();
    let store = match SqliteStore::open(copy) {
        Ok(store) => store,
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::Corrupt, "{error}");
            return None;
        }
    };
    store.check().unwrap();
    let there: Vec<usize> = (0..MESSAGES).map(|number| rows(&store, number)).collect();
    let count = there.iter().take_while(|rows| **rows == 2).count();
    assert!(there[count..].iter().all(|rows| *rows == 0), "{there:?}");
    // It goes on from there.
    let next = u64::try_from(count).unwrap();
    block_on(store.commit(vec![enqueue(next, 2)])).unwrap();
    assert_eq!(rows(&store, next), 2);
    Some(next)
}

#[test]
fn a_damaged_log_leaves_a_prefix_of_what_was_committed() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("whole.db");
    drop(SqliteStore::open(&file).unwrap());
    let store = SqliteStore::open(&file).unwrap();
    for number in 0..MESSAGES {
        block_on(store.commit(vec![enqueue(number, 2)])).unwrap();
    }
    let log = std::fs::read(log_of(&file)).unwrap();
    let mut random = fastrand::Rng::new();
    let mut copies = (0..).map(|number| folder.path().join(format!("copy{number}.db")));
    let mut open = |log: &[u8]| prefix(&file, &copies.next().unwrap(), log);
    assert_eq!(open(&log), Some(MESSAGES));
    let mut shortest = MESSAGES;
    for _ in 0..CASES / 2 {
        let cut = random.usize(..log.len());
        shortest = shortest.min(open(&log[..cut]).unwrap());
        let mut turned = log.clone();
        turned[random.usize(..log.len())] ^= 1 << random.u8(..8);
        shortest = shortest.min(open(&turned).unwrap_or(0));
    }
    assert!(shortest < MESSAGES, "no damage was done");
}
