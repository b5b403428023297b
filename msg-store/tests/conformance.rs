//! The public suites of msg-core, on SQLite.
#![cfg(test)]
#![cfg(feature = "sqlite")]

use async_trait::async_trait;
use msg_core::Error;
use msg_core::store::{Answer, ClaimRequest, Claimed, Op, OpResult, Query, Store, StoreCaps};
use msg_core::testkit::store::Reopen;
use msg_store::sqlite::SqliteStore;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use tempfile::TempDir;

/// A store with the folder that it is in.
#[derive(Debug)]
struct Housed {
    store: SqliteStore,
    _folder: TempDir,
}

impl Housed {
    fn new() -> Arc<Self> {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(folder.path().join("store.db")).unwrap();
        Arc::new(Self {
            store,
            _folder: folder,
        })
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl Store for Housed {
    async fn commit(&self, batch: Vec<Op>) -> Result<Vec<OpResult>, Error> {
        self.store.commit(batch).await
    }

    async fn claim(&self, request: ClaimRequest) -> Result<Vec<Claimed>, Error> {
        self.store.claim(request).await
    }

    async fn query(&self, query: Query) -> Result<Answer, Error> {
        self.store.query(query).await
    }

    fn ledger_seq(&self) -> u64 {
        self.store.ledger_seq()
    }

    fn caps(&self) -> StoreCaps {
        self.store.caps()
    }
}

/// A place whose store is never closed: each time it is opened from a copy of the files as they are, as after a crash.
#[derive(Debug)]
struct Crashing {
    folder: TempDir,
    opened: Mutex<Vec<Arc<SqliteStore>>>,
}

impl Crashing {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            opened: Mutex::default(),
        }
    }

    fn file(&self, number: usize) -> PathBuf {
        self.folder.path().join(format!("store{number}.db"))
    }
}

#[async_trait]
impl Reopen for Crashing {
    async fn open(&self) -> Arc<dyn Store> {
        let mut opened = self.opened.lock().unwrap();
        let file = self.file(opened.len());
        if let Some(last) = opened.len().checked_sub(1) {
            for end in ["", "-wal"] {
                let name = |file: PathBuf| format!("{}{end}", file.display());
                std::fs::copy(name(self.file(last)), name(file.clone())).unwrap();
            }
        }
        let store = Arc::new(SqliteStore::open(file).unwrap());
        opened.push(Arc::clone(&store));
        store
    }
}

mod store {
    msg_core::store_conformance!(super::Housed::new);
}

mod reopen {
    msg_core::reopen_conformance!(super::Crashing::new);
}

mod model {
    use super::Crashing;
    use msg_core::testkit::block_on;
    use msg_core::testkit::store::model::compare_reopened;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn sqlite_does_what_the_model_does_after_every_crash(input in prop::collection::vec(any::<u8>(), 1..500)) {
            let outcome = block_on(compare_reopened(&input, &Crashing::new()));
            prop_assert_eq!(outcome, Ok(()));
        }
    }
}
