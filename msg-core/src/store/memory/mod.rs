//! The store in memory: the reference model of the contract.

mod batch;
mod index;
mod lease;
mod ledger;
mod log;
mod names;
mod outbox;
mod query;
mod ready;
mod select;

use super::{Answer, ClaimRequest, Claimed, Op, OpResult, Query, Store, StoreCaps};
use crate::error::Error;
use async_trait::async_trait;
use batch::State;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A store in memory: the reference model that other stores are compared with, and the fastest one.
///
/// Every sentence of the [contract](super) holds but durability. It keeps everything until it is dropped, finished
/// parts, bodies, keys and parked statuses included: not for a process that runs for months. Enqueue, claim and settle
/// are O(log n) in the number of parts; [`Selector::Tenant`](super::Selector::Tenant) and a
/// [`Query::Parts`] of queued or accepted parts walk over all.
///
/// ```
/// use msg_core::store::{MemoryStore, Store};
/// let store = MemoryStore::new();
/// assert_eq!(store.ledger_seq(), 0);
/// ```
#[derive(Default)]
pub struct MemoryStore {
    state: Mutex<State>,
    /// A copy of the count in the state, readable without the lock.
    ledger_seq: AtomicU64,
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Ends every lease as a durable store does when it is opened after a crash: a new epoch begins, what was leased is
    /// ambiguous. Nothing is lost.
    pub fn restart(&self) {
        self.lock().restart();
    }

    /// Every change is checked before the first one is made, so that a panic of another thread left nothing half done.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore")
            .field("ledger_seq", &self.ledger_seq)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn commit(&self, batch: Vec<Op>) -> Result<Vec<OpResult>, Error> {
        let mut state = self.lock();
        let results = state.commit(batch, self.caps().max_body)?;
        self.ledger_seq.store(state.ledger_seq(), Ordering::Release);
        Ok(results)
    }

    async fn claim(&self, request: ClaimRequest) -> Result<Vec<Claimed>, Error> {
        Ok(self.lock().claim(&request))
    }

    async fn query(&self, query: Query) -> Result<Answer, Error> {
        Ok(self.lock().query(query))
    }

    fn ledger_seq(&self) -> u64 {
        self.ledger_seq.load(Ordering::Acquire)
    }

    fn caps(&self) -> StoreCaps {
        StoreCaps::MEMORY
    }
}

#[cfg(test)]
mod tests;
