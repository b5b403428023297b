//! SQLite in one file of one process: durable, atomic, no server and no runtime.
//!
//! One thread owns the only connection that writes. It takes what queued while its last commit ran, applies it in one
//! transaction and answers after the commit, so that many callers share one sync of the disk and one caller waits for
//! nobody. Reads run on the caller's thread, on one of a few connections that only read: some microseconds from the
//! cache, longer from a cold disk.
//!
//! [SQLite](https://sqlite.org) 3.51.3 or newer, bundled.

mod batch;
mod cancel;
mod check;
mod claim;
mod config;
mod consent;
mod enqueue;
mod fault;
mod identity;
mod inbound;
mod job;
mod lane;
mod names;
mod open;
mod part;
mod purge;
mod query;
mod queue;
mod recover;
mod reply;
mod row;
mod schema;
mod settle;
mod status;
mod trace;
mod transcript;
mod value;
mod writer;

pub use config::{Durability, Retention, SqliteConfig, WhenFull};
pub use purge::Purged;

use async_trait::async_trait;
use jiff::Timestamp;
use job::Job;
use msg_core::store::{Answer, ClaimRequest, Claimed, Op, OpResult, Query, Store, StoreCaps};
use msg_core::{Error, ErrorKind};
use query::Readers;
use queue::Queue;
use std::fmt;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;
use writer::Writer;

/// A [`Store`] in a SQLite file.
///
/// One process owns the file: a second one that opens it gets an error at once. When it is opened after a crash, what
/// was leased is ambiguous at once; nobody waits for leases to run out.
///
/// A commit whose future is dropped may still happen. A claim whose future is dropped leases nothing, or gives back what
/// it leased. Dropping the store finishes what is queued, then closes the file.
pub struct SqliteStore {
    config: SqliteConfig,
    queue: Arc<Queue>,
    ledger: Arc<AtomicU64>,
    readers: Option<Readers>,
    writer: Option<JoinHandle<()>>,
    /// Let go last.
    _lock: File,
}

impl SqliteStore {
    /// Opens the file, or makes it, with the defaults.
    ///
    /// # Errors
    /// As [`SqliteStore::open_with`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        Self::open_with(SqliteConfig::new(path))
    }

    /// Opens the file, or makes it. Blocks for some milliseconds.
    ///
    /// # Errors
    /// [`ErrorKind::Storage`] when the file is open in another process, locked, read-only, full or cannot be made;
    /// [`ErrorKind::Corrupt`] when it is damaged, no database, another application's or written by a newer version;
    /// [`ErrorKind::Unsupported`] when the SQLite library is older than 3.51.3.
    pub fn open_with(config: SqliteConfig) -> Result<Self, Error> {
        let lock = open::lock(&config)?;
        let queue = Arc::new(Queue::new(config.queue, config.when_full));
        let writer = Writer::open(config.clone(), Arc::clone(&queue))?;
        let readers = Readers::open(&config)?;
        let ledger = writer.ledger();
        let writer = std::thread::Builder::new()
            .name("msg-store".into())
            .spawn(move || writer.run())
            .map_err(|error| {
                Error::new(ErrorKind::Storage, "the writer thread cannot be started")
                    .with_source(error)
            })?;
        Ok(Self {
            config,
            queue,
            ledger,
            readers: Some(readers),
            writer: Some(writer),
            _lock: lock,
        })
    }

    /// Removes some of what was finished longer ago than the [`Retention`], as seen from `now`. Until
    /// [`Purged::done`] says that nothing old is left, call it again. The store does the same by itself, in small steps
    /// between other work, as time goes by in the claims that it sees.
    ///
    /// # Errors
    /// As [`Store::commit`].
    pub async fn purge(&self, now: Timestamp) -> Result<Purged, Error> {
        let (reply, answered) = reply::pair();
        self.queue.push(Job::Purge(now, reply)).await?;
        answered.await
    }

    /// Looks through the whole file: whether it is intact, and whether no event of the consent ledger was changed or taken
    /// out since it was recorded. The last events can be cut off unseen: compare [`Store::ledger_seq`] with what is known
    /// elsewhere. Blocks for as long as it takes to read the file; commits and reads go on meanwhile.
    ///
    /// # Errors
    /// [`ErrorKind::Corrupt`] says what is wrong; [`ErrorKind::Storage`] when the file cannot be read.
    pub fn check(&self) -> Result<(), Error> {
        open::reader(&self.config)
            .and_then(|connection| check::all(&connection).map_err(fault::Fault::into_error))
            .map_err(|error| error.with_context("file", self.config.file_name()))
    }

    /// Writes a copy of the database, as it is now and without free space, to `to`, which must not exist. Blocks until it
    /// is done; commits and reads go on meanwhile.
    ///
    /// # Errors
    /// [`ErrorKind::Storage`] when the copy cannot be written.
    pub fn backup(&self, to: impl AsRef<Path>) -> Result<(), Error> {
        open::backup(&self.config, to.as_ref())
    }
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteStore")
            .field("config", &self.config)
            .field("ledger_seq", &self.ledger.load(Ordering::Acquire))
            .finish_non_exhaustive()
    }
}

impl Drop for SqliteStore {
    fn drop(&mut self) {
        self.queue.close();
        // Before the writer: it closes the last connection, which folds the log into the file.
        self.readers = None;
        if let Some(writer) = self.writer.take() {
            let _ = writer.join();
        }
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn commit(&self, batch: Vec<Op>) -> Result<Vec<OpResult>, Error> {
        let (reply, answered) = reply::pair();
        self.queue.push(Job::commit(batch, reply)).await?;
        answered.await
    }

    async fn claim(&self, request: ClaimRequest) -> Result<Vec<Claimed>, Error> {
        let (reply, answered) = reply::pair();
        self.queue.push(Job::Claim(request, reply)).await?;
        answered.await
    }

    async fn query(&self, query: Query) -> Result<Answer, Error> {
        match &self.readers {
            Some(readers) => readers.query(&query),
            None => Err(Error::new(ErrorKind::Unavailable, "the store is closed")),
        }
    }

    fn ledger_seq(&self) -> u64 {
        self.ledger.load(Ordering::Acquire)
    }

    fn caps(&self) -> StoreCaps {
        let mut caps = StoreCaps::EMBEDDED;
        caps.survives_power_loss = self.config.durability == Durability::Full;
        caps
    }
}
