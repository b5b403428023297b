//! A clock that stands still until it is told.

use crate::time::{Clock, Timer, Timestamp, after};
use async_trait::async_trait;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// A clock for tests: it moves only when it is told to, forwards, backwards, as far as one likes. As a [`Timer`] it does not
/// wait either: it moves on by as much, and the wait is over.
///
/// ```
/// use msg_core::testkit::ManualClock;
/// use msg_core::Clock;
/// use std::time::Duration;
///
/// let clock = ManualClock::default();
/// let before = clock.now();
/// clock.advance(Duration::from_secs(60));
/// assert_eq!(clock.now().duration_since(before).as_secs(), 60);
/// clock.set(before);
/// assert_eq!(clock.now(), before);
/// ```
#[derive(Debug)]
pub struct ManualClock(Mutex<Timestamp>);

impl ManualClock {
    /// A clock that shows `now`.
    #[must_use]
    pub const fn new(now: Timestamp) -> Self {
        Self(Mutex::new(now))
    }

    /// Jumps to `now`.
    pub fn set(&self, now: Timestamp) {
        *self.lock() = now;
    }

    /// Moves forwards.
    pub fn advance(&self, by: Duration) {
        let mut now = self.lock();
        *now = after(*now, by);
    }

    /// Jumps backwards, as a clock does that is corrected.
    pub fn go_back(&self, by: Duration) {
        let mut now = self.lock();
        let back = jiff::SignedDuration::try_from(by).unwrap_or(jiff::SignedDuration::MAX);
        *now = now.checked_sub(back).unwrap_or(Timestamp::MIN);
    }

    fn lock(&self) -> MutexGuard<'_, Timestamp> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for ManualClock {
    /// Shows noon of a Monday in summer, in UTC: 2026-06-15T12:00:00Z.
    fn default() -> Self {
        // Seconds since 1970, checked by a test.
        Self::new(Timestamp::from_second(1_781_524_800).unwrap_or(Timestamp::UNIX_EPOCH))
    }
}

/// Nobody waits: the clock moves on by as much.
#[async_trait]
impl Timer for ManualClock {
    async fn sleep(&self, time: Duration) {
        self.advance(time);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        *self.lock()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testkit::block_on;

    #[test]
    fn as_a_timer_it_waits_by_moving_on() {
        let clock = ManualClock::default();
        let before = clock.now();
        block_on(clock.sleep(Duration::from_secs(90)));
        assert_eq!(clock.now(), after(before, Duration::from_secs(90)));
    }

    #[test]
    fn it_starts_at_the_documented_time_and_jumps_both_ways() {
        let clock = ManualClock::default();
        assert_eq!(clock.now().to_string(), "2026-06-15T12:00:00Z");
        clock.advance(Duration::from_hours(1));
        clock.go_back(Duration::from_hours(720));
        assert_eq!(clock.now().to_string(), "2026-05-16T13:00:00Z");
        clock.go_back(Duration::MAX);
        assert_eq!(clock.now(), Timestamp::MIN);
        clock.advance(Duration::MAX);
        assert_eq!(clock.now(), Timestamp::MAX);
    }
}
