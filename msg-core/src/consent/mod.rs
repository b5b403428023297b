//! Consent: an append-only ledger of events, folded into what a person allows now.
//!
//! State is kept per (subject or address, channel, purpose, topic). An opt-out always wins over an opt-in of the same
//! instant.

mod event;
mod keyword;
mod state;

pub use event::{Basis, ConsentAct, ConsentEvent, ConsentSource, Evidence, OptOutScope};
pub use keyword::{KeywordMatcher, Signal};
pub use state::{ConsentState, Refusal, Standing};
