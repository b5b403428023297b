//! The durable heart: one atomic commit of typed operations, leases with tokens, and queries.
//!
//! A store stores and leases; it decides nothing. The semantics below are the contract, and
//! [`testkit`](crate::testkit) has the suites that prove it for memory, SQLite and any other engine.
//!
//! # Contract
//! 1. **Commit** is atomic and, when [`StoreCaps::durable_on_ack`], durable when it returns. A failed batch changed
//!    nothing.
//! 2. **Enqueue** with an idempotency key: the same `(tenant, key)` with the same payload digest is the message that
//!    is there, and then the rest of the batch is not applied; with another digest the batch fails with
//!    [`ErrorKind::Conflict`](crate::ErrorKind::Conflict).
//! 3. **Order**: of the parts of one lane only the earliest unfinished one can be claimed. A finished, dead or
//!    cancelled part frees its lane.
//! 4. **Claim** leases parts that are due, most urgent first, earliest due first within a priority, and counts the
//!    attempt durably. In the same transaction it cancels every candidate whose address has a refusal that covers it,
//!    and ends every candidate whose time is over.
//! 5. **Settle**, **extend** and release work only with the token of the claim; another token is
//!    [`ErrorKind::Fenced`](crate::ErrorKind::Fenced) and changes nothing.
//! 6. A lease that ended without a settle (a crash, or its time was over) leaves the part **ambiguous**: it is not
//!    claimed again until [`Settlement::Requeue`] or another settlement says so. After [`POISON`] attempts without any
//!    settlement it is dead.
//! 7. **Consent** appends the event, updates the state and, for an opt-out, cancels every queued part that it covers,
//!    in one commit. [`Store::ledger_seq`] grows with every consent event.
//! 8. **Status** joins the part's delivery state. A status of an unknown provider id is parked and joined when the
//!    part that has this id is settled.
//! 9. **Inbound** keys are leased and committed: `Fresh` for the first, `Busy` while somebody holds the lease, `Done`
//!    afterwards. A lease that ran out is `Fresh` again.

mod claim;
mod facade;
pub mod memory;
mod op;
mod query;
mod record;
mod split;

pub use claim::{ClaimRequest, Claimed, LeaseToken};

pub use op::{
    Cancel, ConversationUpdate, Enqueue, InboundLease, InboundOp, NewPart, Op, OpResult, Selector,
    Settle, Settlement, StatusOp, TraceAppend,
};
pub use query::{Answer, Query};
pub use record::{
    ConversationRecord, IdentityLink, LinkStrength, PartRecord, PartState, Speaker, TurnRecord,
};

use crate::error::Error;
use async_trait::async_trait;
use std::fmt;

/// How many attempts without any settlement make a part dead: what crashes the process must not do so for ever.
pub const POISON: u32 = 3;

/// Stores and leases. See the [module](self) for the contract.
#[async_trait]
pub trait Store: fmt::Debug + Send + Sync + 'static {
    /// Applies a batch: all of it or nothing.
    ///
    /// # Errors
    /// [`ErrorKind::Conflict`](crate::ErrorKind::Conflict), [`ErrorKind::Fenced`](crate::ErrorKind::Fenced),
    /// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound) for logical failures; [`ErrorKind::Busy`](crate::ErrorKind::Busy),
    /// [`ErrorKind::Storage`](crate::ErrorKind::Storage) for others. Nothing was changed.
    async fn commit(&self, batch: Vec<Op>) -> Result<Vec<OpResult>, Error>;

    /// Leases parts that are due.
    ///
    /// # Errors
    /// [`ErrorKind::Storage`](crate::ErrorKind::Storage); nothing was leased.
    async fn claim(&self, request: ClaimRequest) -> Result<Vec<Claimed>, Error>;

    /// Reads.
    ///
    /// # Errors
    /// [`ErrorKind::Storage`](crate::ErrorKind::Storage) or [`ErrorKind::Corrupt`](crate::ErrorKind::Corrupt).
    async fn query(&self, query: Query) -> Result<Answer, Error>;

    /// The number of consent events that this process knows of. Cheap: one atomic load where the store is embedded.
    fn ledger_seq(&self) -> u64;

    /// What the store promises.
    fn caps(&self) -> StoreCaps;
}

const fn _dyn_compatible(_: &dyn Store) {}

/// What a store promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent promises, not states"
)]
#[non_exhaustive]
pub struct StoreCaps {
    /// What was committed survives the end of the process.
    pub durable_on_ack: bool,
    /// What was committed survives a power cut.
    pub survives_power_loss: bool,
    /// A batch of several kinds of operation is one transaction.
    pub atomic_across_kinds: bool,
    /// Several processes may use it at once.
    pub shared_between_processes: bool,
    /// The largest body of a part, in bytes.
    pub max_body: usize,
}

impl StoreCaps {
    /// A store in memory: atomic, gone with the process, bodies up to 16 MiB.
    pub const MEMORY: Self = Self {
        durable_on_ack: false,
        survives_power_loss: false,
        atomic_across_kinds: true,
        shared_between_processes: false,
        max_body: 16 << 20,
    };

    /// A store in a file of this process: atomic and durable.
    pub const EMBEDDED: Self = Self {
        durable_on_ack: true,
        survives_power_loss: true,
        ..Self::MEMORY
    };
}
