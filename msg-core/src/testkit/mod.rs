//! Conformance suites and fakes.

mod adapter;
mod clock;
mod ids;
mod model;
mod transport;
mod wait;

pub use adapter::ScriptedAdapter;
pub use clock::ManualClock;
pub use ids::SeededIds;
pub use model::ScriptedModel;
pub use transport::ScriptedTransport;
pub use wait::block_on;
