//! Consent: an append-only ledger of events, folded into what a person allows now.
//!
//! State is kept per (subject or address, channel, purpose, topic). What follows from it:
//!
//! - An opt-out always wins over an opt-in of the same instant.
//! - An opt-in lifts no refusal that is wider than itself. It is an exception, while it is confirmed and in force, for
//!   its own address, purpose and topic from the refusals before it; everything else stays refused. One that names no
//!   topic is an exception for all topics of its purpose, but for those that were refused by name.
//! - [`OptOutScope::Everything`] reaches the other addresses of the person. What is said on one of them later is said for that
//!   one alone.
//! - [`ConsentAct::Resume`], the word START, restores what the word STOP stopped, and no more (CTIA Messaging Principles:
//!   START and UNSTOP bring back the programme of the number they are sent to): on its own address it takes back earlier
//!   refusals of the channel, and those that a keyword or a setting of the channel gave. A topic or purpose that was
//!   refused on a form or by the host's staff, and what was refused on another address, stays refused, and no opt-in
//!   that an opt-out ended comes back.

mod event;
mod keyword;
mod person;
mod state;

pub use event::{Basis, ConsentAct, ConsentEvent, ConsentSource, Evidence, OptOutScope};
pub use keyword::{KeywordMatcher, Signal};
pub use person::PersonState;
pub use state::{ConsentState, Refusal, Standing};
