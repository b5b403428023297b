//! Time is injected: nothing in the family reads the machine's clock by itself.

use async_trait::async_trait;
use std::fmt;
use std::time::Duration;

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

/// Waits. What must wait for a moment takes one, so that it runs on any runtime and in simulated time.
///
/// The engine never waits: what is to happen later is in its store. A timer is for the short pauses of layers.
#[async_trait]
pub trait Timer: fmt::Debug + Send + Sync + 'static {
    /// Returns when this much time has gone by. Dropping the future ends the wait.
    async fn sleep(&self, time: Duration);
}

/// The timers of tokio. Must be used within a tokio runtime that has its time driver enabled.
#[cfg(feature = "tokio")]
#[derive(Clone, Copy, Debug, Default)]
pub struct TokioTimer;

#[cfg(feature = "tokio")]
#[async_trait]
impl Timer for TokioTimer {
    async fn sleep(&self, time: Duration) {
        tokio::time::sleep(time).await;
    }
}

/// `at` moved by `by`, held within what a timestamp can express.
#[must_use]
pub fn after(at: Timestamp, by: Duration) -> Timestamp {
    jiff::SignedDuration::try_from(by)
        .ok()
        .and_then(|by| at.checked_add(by).ok())
        .unwrap_or(Timestamp::MAX)
}

#[cfg(all(test, feature = "tokio"))]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_timer_of_tokio_waits() {
        let (before, pause) = (tokio::time::Instant::now(), Duration::from_millis(20));
        TokioTimer.sleep(pause).await;
        assert!(before.elapsed() >= pause);
    }
}
