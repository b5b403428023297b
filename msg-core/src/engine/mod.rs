//! The engine: the composition of traits that a host calls, in bounded steps, from any runtime.

/// The composed handle.
#[derive(Debug)]
pub struct Engine(());

impl Engine {
    /// Sends without any check. Written soon.
    pub fn send_unchecked(&self) {}
}
