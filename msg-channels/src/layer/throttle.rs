//! Keeps to a rate, and learns from the provider when to wait.

mod pace;

use super::{Layer, forward, not_now};
use async_trait::async_trait;
use msg_core::channel::{ChannelAdapter, Cleared, FailureClass, FailureScope, SendOutcome};
use msg_core::message::Part;
use msg_core::time::Clock;
use pace::{Now, Paces};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

/// How many in how much time, and how many of them at once.
///
/// ```
/// use msg_channels::layer::Rate;
/// use std::time::Duration;
///
/// // Telegram: 20 a minute in a group, one a second elsewhere.
/// let group = Rate::new(20, Duration::from_mins(1)).with_burst(1);
/// assert_eq!(group.gap(), Duration::from_secs(3));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    gap: Duration,
    burst: u32,
}

impl Rate {
    /// `count` in `time`, all of them at once if need be. A count of zero is one.
    #[must_use]
    pub fn new(count: u32, time: Duration) -> Self {
        let count = count.max(1);
        Self {
            gap: time / count,
            burst: count,
        }
    }

    /// Sets how many may go at once. Zero is one.
    #[must_use]
    pub fn with_burst(mut self, burst: u32) -> Self {
        self.burst = burst.max(1);
        self
    }

    /// The time between two in the long run.
    #[must_use]
    pub const fn gap(self) -> Duration {
        self.gap
    }

    /// How far ahead of time a key may be.
    fn lead(self) -> Duration {
        self.gap.saturating_mul(self.burst.saturating_sub(1))
    }
}

/// The rates of one provider account. What has none is not limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Of the adapter: the whole account at the provider.
    pub account: Option<Rate>,
    /// Of each sender (`Part::from`).
    pub sender: Option<Rate>,
    /// Of each recipient, from each sender.
    pub recipient: Option<Rate>,
    /// The longest that a provider's wait is believed.
    pub longest_wait: Duration,
    /// How long a rate limit lasts of which the provider says no time.
    pub unsaid_wait: Duration,
    /// How many senders and recipients are remembered. When all of them are busy, others wait: no limit is forgotten.
    pub remembered: usize,
}

impl Limits {
    /// No rate: only what the provider says is kept to.
    #[must_use]
    pub const fn none() -> Self {
        Self {
            account: None,
            sender: None,
            recipient: None,
            // As the engine believes at most: the longest windows of the channels count over a day.
            longest_wait: Duration::from_hours(24),
            unsaid_wait: Duration::from_secs(1),
            remembered: 1 << 16,
        }
    }

    /// Sets the rate of the whole account.
    #[must_use]
    pub const fn for_account(mut self, rate: Rate) -> Self {
        self.account = Some(rate);
        self
    }

    /// Sets the rate of each sender.
    #[must_use]
    pub const fn for_sender(mut self, rate: Rate) -> Self {
        self.sender = Some(rate);
        self
    }

    /// Sets the rate of each recipient.
    #[must_use]
    pub const fn for_recipient(mut self, rate: Rate) -> Self {
        self.recipient = Some(rate);
        self
    }
}

/// Keeps each adapter that it wraps to [`Limits`], and to the waits that the provider asks for.
///
/// What cannot go now is given back as [`RateLimited`](FailureClass::RateLimited) with the time when it can, in the scope of
/// what is in the way: it waits in the outbox, and the engine closes the gate of an account instead of claiming what
/// would be given back. There is no queue and no pause here. A rate limit that comes from the provider stops what it is about:
/// the recipient, the sender, or the account.
///
/// Each wrapped adapter has counters of its own, in bounded memory; they are gone with the process, so after a restart a
/// burst may come early. Cheap to clone: every clone is the same layer, and [`Throttle::set_limits`] holds at once.
#[derive(Clone)]
pub struct Throttle {
    limits: Arc<RwLock<Limits>>,
    clock: Arc<dyn Clock>,
}

impl fmt::Debug for Throttle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Throttle")
            .field("limits", &self.limits())
            .finish_non_exhaustive()
    }
}

impl Throttle {
    /// Keeps to these limits.
    #[must_use]
    pub fn new(limits: Limits, clock: Arc<dyn Clock>) -> Self {
        Self {
            limits: Arc::new(RwLock::new(limits)),
            clock,
        }
    }

    /// The limits now.
    #[must_use]
    pub fn limits(&self) -> Limits {
        *self.limits.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets the limits. They hold from the next message on; what was sent before still counts.
    pub fn set_limits(&self, limits: Limits) {
        *self.limits.write().unwrap_or_else(PoisonError::into_inner) = limits;
    }
}

impl Layer for Throttle {
    fn layer(&self, inner: Arc<dyn ChannelAdapter>) -> Arc<dyn ChannelAdapter> {
        Arc::new(Throttled {
            inner,
            throttle: self.clone(),
            paces: Mutex::default(),
        })
    }
}

#[derive(Debug)]
struct Throttled {
    inner: Arc<dyn ChannelAdapter>,
    throttle: Throttle,
    paces: Mutex<Paces>,
}

impl Throttled {
    fn with_paces<T>(&self, part: &Part, work: impl FnOnce(&mut Paces, &Now<'_>) -> T) -> T {
        let now = Now {
            at: self.throttle.clock.now(),
            limits: self.throttle.limits(),
            part,
        };
        // A pace is one number, so that nothing is left half done under the lock.
        let mut paces = self.paces.lock().unwrap_or_else(PoisonError::into_inner);
        work(&mut paces, &now)
    }

    /// The provider says that it is too much: what it is about waits.
    fn learn(&self, part: &Part, outcome: &SendOutcome) {
        let SendOutcome::Rejected(failure) = outcome else {
            return;
        };
        let wait = match (&failure.retry_after, &failure.class) {
            // Not the provider's word but another layer's, who may change its mind.
            (_, FailureClass::HeldBack) => None,
            (Some(wait), _) => Some((wait.scope.clone(), Some(wait.delay))),
            (None, FailureClass::RateLimited) => Some((failure.scope.clone(), None)),
            (None, _) => None,
        };
        if let Some((scope, delay)) = wait {
            self.with_paces(part, |paces, now| {
                let delay = delay.unwrap_or(now.limits.unsaid_wait);
                paces.block(now, &scope, delay.min(now.limits.longest_wait));
            });
        }
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl ChannelAdapter for Throttled {
    forward!();

    async fn send(&self, part: &Cleared<Part>) -> SendOutcome {
        if let Err((scope, wait)) = self.with_paces(part, Paces::take) {
            let detail = format!("the rate of the {scope} is used up");
            return not_now(FailureClass::RateLimited, scope, wait, detail);
        }
        let outcome = self.inner.send(part).await;
        self.learn(part, &outcome);
        outcome
    }
}

/// What a scope of the limits is called in a failure.
const SCOPES: [FailureScope; 3] = [
    FailureScope::Account,
    FailureScope::Sender,
    FailureScope::Recipient,
];
