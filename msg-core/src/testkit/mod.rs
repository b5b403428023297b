//! Conformance suites and fakes.
//!
//! A suite is a list of checks, one for each sentence of a contract. A check is an `async fn` that takes the thing under
//! test and returns a [`Violation`] when a sentence is broken. Whoever writes an implementation runs the same suite as
//! the ones in this family.

pub mod adapter;
pub mod channel_wire;
pub mod check;
mod clock;
mod common;
pub(crate) mod ids;
pub mod llm_wire;
mod model;
pub mod provider;
mod scripted;
pub mod store;
mod transport;
mod violation;
mod wait;
pub mod webhook;
pub mod whole_wire;

pub use clock::ManualClock;
pub use ids::SeededIds;
pub use model::ScriptedModel;
pub use scripted::ScriptedAdapter;
pub use transport::ScriptedTransport;
pub use violation::{Outcome, Violation};
pub use wait::block_on;

pub(crate) use violation::{ensure, ensure_eq};

pub use crate::plan::matrix::{cell, column, degradation_page, sample};
