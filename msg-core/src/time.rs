//! Time is injected: nothing in the family reads the machine's clock by itself.

use std::fmt;

/// An instant, to the nanosecond, in UTC.
pub use jiff::Timestamp;

/// Where the time comes from.
///
/// A clock may jump, forwards or backwards; whoever uses it must stay right when it does.
pub trait Clock: fmt::Debug + Send + Sync + 'static {
    /// The time now.
    fn now(&self) -> Timestamp;
}

/// The machine's clock.
#[cfg(feature = "system")]
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

#[cfg(feature = "system")]
impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place where the machine's clock is read"
    )]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// `at` moved by `by`, held within what a timestamp can express.
#[must_use]
pub fn after(at: Timestamp, by: std::time::Duration) -> Timestamp {
    jiff::SignedDuration::try_from(by)
        .ok()
        .and_then(|by| at.checked_add(by).ok())
        .unwrap_or(Timestamp::MAX)
}
