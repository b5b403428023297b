//! Sends again at once what surely was not taken.

use super::{Layer, forward};
use async_trait::async_trait;
use msg_core::channel::{Advice, ChannelAdapter, Cleared, Failure, FailureClass, SendOutcome};
use msg_core::id::IdSource;
use msg_core::message::Part;
use msg_core::time::{Clock, Timer, after};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// How often and how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RetrySettings {
    /// How many sends there are at most, the first one included.
    pub attempts: u32,
    /// The pause after the first one; it doubles. Of each pause a random part is taken, from nothing to all of it ("full
    /// jitter"), so that what failed together does not come back together.
    pub first: Duration,
    /// How long all pauses of a part are together at most. What the provider wants to wait longer for is the outbox's to
    /// keep. Far below the engine's lease.
    pub longest: Duration,
}

impl Default for RetrySettings {
    /// Three sends, 200 ms, five seconds in all: the outbox's own first pause is a second, so this is for faults that are
    /// over in less.
    fn default() -> Self {
        Self {
            attempts: 3,
            first: Duration::from_millis(200),
            longest: Duration::from_secs(5),
        }
    }
}

/// Sends a part again when the provider surely did not take it and said that the same may be sent again: a rejection with
/// [`Advice::RetrySame`] that is [transient](FailureClass::Transient) or a [rate limit](FailureClass::RateLimited).
///
/// An unknown outcome is never sent again; nor is what somebody [held back](FailureClass::HeldBack), because that answer
/// comes from this process. A wait that the provider asks for is kept when it fits into
/// [`RetrySettings::longest`]; else, and when the part would expire meanwhile, the rejection is given on as it is.
#[derive(Clone)]
pub struct Retry {
    settings: RetrySettings,
    clock: Arc<dyn Clock>,
    timer: Arc<dyn Timer>,
    chance: Arc<dyn IdSource>,
}

impl fmt::Debug for Retry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Retry")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

impl Retry {
    /// Retries with the default [settings](RetrySettings). The random bits of the ids are the chance.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>, timer: Arc<dyn Timer>, chance: Arc<dyn IdSource>) -> Self {
        Self {
            settings: RetrySettings::default(),
            clock,
            timer,
            chance,
        }
    }

    /// Sets how often and how long.
    #[must_use]
    pub const fn with_settings(mut self, settings: RetrySettings) -> Self {
        self.settings = settings;
        self
    }

    /// The pause before the next send, if there may be one.
    fn pause(
        &self,
        part: &Part,
        failure: &Failure,
        (sends, waited): (u32, Duration),
    ) -> Option<Duration> {
        let passing = matches!(
            failure.class,
            FailureClass::Transient | FailureClass::RateLimited
        );
        if !passing || failure.advice != Advice::RetrySame || sends >= self.settings.attempts {
            return None;
        }
        let asked = failure.retry_after.as_ref().map(|wait| wait.delay);
        let pause = asked.unwrap_or_else(|| self.jittered(sends));
        let now = self.clock.now();
        let in_time = part.expires.is_none_or(|end| after(now, pause) <= end);
        let fits = waited.saturating_add(pause) <= self.settings.longest;
        (in_time && fits).then_some(pause)
    }

    /// A random part of the pause after so many sends.
    fn jittered(&self, sends: u32) -> Duration {
        let doubled = 1_u32.checked_shl(sends.saturating_sub(1));
        let full = self
            .settings
            .first
            .saturating_mul(doubled.unwrap_or(u32::MAX));
        let full = full.min(self.settings.longest);
        let bits = spread(self.chance.next(self.clock.now()).as_u64_pair().1) >> 32;
        let nanos = full.as_nanos().saturating_mul(u128::from(bits)) >> 32;
        Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }
}

/// Spreads an id over all bits, so that ids which only count will do: one step of `SplitMix64` (Steele, Lea, Flood 2014).
const fn spread(seed: u64) -> u64 {
    let z = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

impl Layer for Retry {
    fn layer(&self, inner: Arc<dyn ChannelAdapter>) -> Arc<dyn ChannelAdapter> {
        let retry = self.clone();
        Arc::new(Retrying { inner, retry })
    }
}

#[derive(Debug)]
struct Retrying {
    inner: Arc<dyn ChannelAdapter>,
    retry: Retry,
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl ChannelAdapter for Retrying {
    forward!();

    async fn send(&self, part: &Cleared<Part>) -> SendOutcome {
        let (mut sends, mut waited) = (0, Duration::ZERO);
        loop {
            let outcome = self.inner.send(part).await;
            sends += 1;
            let SendOutcome::Rejected(failure) = &outcome else {
                return outcome;
            };
            let Some(pause) = self.retry.pause(part, failure, (sends, waited)) else {
                return outcome;
            };
            waited = waited.saturating_add(pause);
            self.retry.timer.sleep(pause).await;
        }
    }
}
