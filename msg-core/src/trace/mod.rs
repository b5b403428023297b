//! The trace: the record of one message from intent to receipt. Append-only, hash-chained, replayable.

pub mod canonical;
mod chain;
mod event;
mod export;
mod replay;

pub use chain::{Chain, Head, Line, RECORD, TraceRecord, verify};
pub use event::{
    Attempted, Cancelled, Checked, Composed, Enqueued, Expired, Held, Lost, Masked, Noted, Planned,
    Poisoned, Received, Reconciled, StatusSeen, SubmittedDraft, TraceEvent, Unchecked,
};
pub use export::export;
pub use replay::{Backtest, Change, DecisionKind, Move, Replay, ReplayedCheck, backtest, replay};
