//! The trace: the record of one message from intent to receipt. Append-only, hash-chained, replayable.
//!
//! # What a crash can lose
//! An event is in the trace when the commit that has it returned, and what happened is committed with what follows from
//! it: a submission with its parts, a settlement with its checks and its attempt, an inbound event with what it said.
//! Between two commits things can happen that no commit has yet:
//!
//! - A process that ends, or a future that is dropped, after a part was given to its adapter and before it is settled
//!   loses the `checked` and `attempted` events of that attempt. The trace says that there was one and which: `lost`
//!   with its number, or `poisoned` after too many of them. The part is ambiguous, and `reconciled` says what was found.
//! - A draft whose submission did not return may have been checked, and a model asked, without any record.
//! - Whoever settles after somebody else did (`fenced`) loses nothing: its events follow in a commit of their own, with
//!   a `noted` event of that code. They stand where they were written down, not where they happened.

pub mod canonical;
mod chain;
mod event;
mod export;
mod replay;

pub use chain::{Chain, Head, Line, RECORD, TraceRecord, verify};
pub use event::{
    Attempted, Cancelled, Checked, Composed, DuplicateReach, Enqueued, Expired, FallbackReason,
    FellBack, Held, Lost, Masked, Noted, Planned, Poisoned, Reached, Received, Reconciled,
    Released, StatusSeen, SubmittedDraft, TraceEvent, Unchecked,
};
pub use export::export;
pub use replay::{Backtest, Change, DecisionKind, Move, Replay, ReplayedCheck, backtest, replay};
