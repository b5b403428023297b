//! The durable heart: one atomic commit of typed operations, leases with tokens, and queries.
//!
//! A store stores and leases; it decides nothing. The semantics below are the contract, and
//! `msg_core::testkit` has the suites that prove it for memory, SQLite and any other engine.
//!
//! # Contract
//! 1. **Commit** is atomic and, when [`StoreCaps::durable_on_ack`], durable when it returns. A failed batch changed
//!    nothing. Operations are applied in their order, and each answers at its place.
//! 2. **Enqueue** with an idempotency key: the same `(tenant, key)` with the same payload digest is the message that
//!    is there, and then the rest of the batch is not applied ([`OpResult::Skipped`]); with another digest the batch
//!    fails with [`ErrorKind::Conflict`](crate::ErrorKind::Conflict). Keys are looked up before anything else of the
//!    batch is looked at. A part that is there already is a conflict too. No part, a part of another message, a body
//!    above [`StoreCaps::max_body`] and a key twice in one batch are
//!    [`ErrorKind::Invalid`](crate::ErrorKind::Invalid).
//! 3. **Order**: of the parts of one lane only the earliest unfinished one can be claimed, earliest by enqueueing. A
//!    finished, dead or cancelled part frees its lane; what is tried again keeps its place.
//! 4. **Claim** leases parts that are due, most urgent first, earliest due first within a priority (of one instant, in
//!    the order of enqueueing), and counts the attempt durably. So that no class starves, every
//!    [`LONGEST_DUE_EVERY`]th lease of an epoch, by its number, goes to the part that is due the longest, whatever its
//!    class. In the same transaction it cancels every candidate that the state of its address and person
//!    [refuses](crate::consent::ConsentState::refusing) at the time of the claim, and ends every other candidate whose
//!    time is over: after `expires`, not at it. A claim goes on until it has its limit or finds no candidate.
//! 5. **Settle**, **extend** and release work only with the token of the claim; another token is
//!    [`ErrorKind::Fenced`](crate::ErrorKind::Fenced) and changes nothing. A settlement ends the claim. A settlement
//!    without a token is for an ambiguous part, and fenced on any other; of a part that is not there it is
//!    [`ErrorKind::NotFound`](crate::ErrorKind::NotFound).
//! 6. A lease that ended without a settle (a crash, or its time was over: `until` reached) leaves the part
//!    **ambiguous**: it is not claimed again until [`Settlement::Requeue`] or another settlement says so. The next claim
//!    finds such leases, one with a limit of 0 too; so does opening the store after a crash. Until somebody settled the
//!    part its last token still can, because who has it knows what became of the part. After [`POISON`] attempts in a
//!    row that ended so, it is dead ([`reason::poisoned`]); a settlement without a token does not end the row.
//! 7. **Cancel** takes queued and parked parts back; leased, ambiguous and accepted ones are too late. **Release** and
//!    **redrive** have no too late. A redriven part begins anew: no attempts, no note, an empty delivery state.
//! 8. **Consent** appends the event, updates the state and, for an opt-out, cancels every queued and parked part that
//!    it covers, in one commit: of the address, and for [`OptOutScope::Everything`](crate::consent::OptOutScope) of the
//!    person on every address. Leased parts stay leased. [`Store::ledger_seq`] grows with every consent event. Events
//!    may come in any order: the state is [`ConsentState::fold`](crate::consent::ConsentState::fold) of all of them.
//! 9. **Status** joins the part's delivery state. A status of an unknown provider id is parked and joined when the
//!    part that has this id is settled; that it was is in the trace of the part's message ([`early_status`]), in the same
//!    transaction. A settlement joins too: accepted, cancelled, expired or failed
//!    ([`reason::stopped_by`]).
//! 10. **Inbound** keys are leased and committed: `Fresh` for the first, `Busy` while somebody holds the lease, `Done`
//!     afterwards. A lease that ran out is `Fresh` again. What is done stays done.
//! 11. **Turns** are kept by their time, of one instant in the order of recording. **Identity**: the last operation on
//!     an address and person counts.
//! 12. **Traces** are chains. What a store does to a part by itself (by 4, 6, 7 and 8: an [`Ending`]) it says in
//!     the trace of the part's message, in the same transaction, at the time of the operation but [not
//!     before](not_before) the record before it. What a settlement does says whoever settles. The **feed** gives the
//!     records of all traces in the order of appending, to each reader from where it [has read](Op::TraceFed) on.

mod claim;
mod ending;
mod facade;
pub mod memory;
mod op;
mod query;
pub mod reason;
mod record;
mod split;

pub use claim::{ClaimRequest, Claimed, LeaseToken};
pub use ending::{Ending, early_status, not_before};
pub use facade::{Changed, Identities, Ledger, Outbox, Traces, Transcript};
pub use memory::MemoryStore;
pub use op::{
    Cancel, ConversationUpdate, Enqueue, InboundLease, InboundOp, NewPart, Op, OpResult, Selector,
    Settle, Settlement, StatusOp, TraceAppend,
};
pub use query::{Answer, Deciding, Query};
pub use record::{
    ConversationRecord, FedRecord, IdentityLink, LinkStrength, PartRecord, PartState, Speaker,
    TurnRecord,
};
pub use split::SplitStore;

use crate::error::Error;
use async_trait::async_trait;
use std::fmt;

/// How many attempts without any settlement make a part dead: what crashes the process must not do so for ever.
pub const POISON: u32 = 3;

/// Of so many leases one goes to the part that is due the longest, so that no class waits for ever behind a more urgent
/// one. The rule needs no state but the number of the lease, which every engine has.
pub const LONGEST_DUE_EVERY: u64 = 8;

/// Stores and leases. See the [module](self) for the contract.
#[async_trait]
pub trait Store: fmt::Debug + Send + Sync + 'static {
    /// Applies a batch: all of it or nothing.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid), [`ErrorKind::Conflict`](crate::ErrorKind::Conflict),
    /// [`ErrorKind::Fenced`](crate::ErrorKind::Fenced), [`ErrorKind::NotFound`](crate::ErrorKind::NotFound) for logical
    /// failures; [`ErrorKind::Busy`](crate::ErrorKind::Busy), [`ErrorKind::Storage`](crate::ErrorKind::Storage) for
    /// others. Nothing was changed.
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
