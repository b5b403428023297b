//! Leaves a provider alone that fails, and tries it again.

use super::{Layer, forward, not_now};
use async_trait::async_trait;
use msg_core::Timestamp;
use msg_core::channel::{
    Advice, ChannelAdapter, Cleared, Failure, FailureClass, FailureScope, RetryAfter, SendOutcome,
};
use msg_core::id::AccountId;
use msg_core::message::Part;
use msg_core::time::{Clock, after};
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// When a circuit opens, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BreakerSettings {
    /// After how many faults in a row it opens. At least one.
    pub faults: u32,
    /// How long it is open at first; it doubles with every trial that fails.
    pub first: Duration,
    /// How long it is open at most.
    pub longest: Duration,
}

impl Default for BreakerSettings {
    /// Five faults, ten seconds, five minutes.
    fn default() -> Self {
        Self {
            faults: 5,
            first: Duration::from_secs(10),
            longest: Duration::from_mins(5),
        }
    }
}

/// How a circuit stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BreakerState {
    /// Everything goes through.
    Closed,
    /// Nothing goes through until then.
    Open {
        /// Until when.
        until: Timestamp,
    },
    /// The time is over: the next part is the trial, or is on its way.
    HalfOpen,
}

/// One circuit that had faults lately. One without any is not kept.
#[derive(Clone, Copy, Debug)]
struct Circuit {
    /// Faults in a row.
    faults: u32,
    /// How long it was opened for; zero while it is closed.
    open_for: Duration,
    until: Timestamp,
    /// Whether a part is on trial.
    trial: bool,
    /// Grows with every opening: what was sent before it says nothing about now.
    epoch: u64,
}

type Key = (Arc<str>, Option<AccountId>);

/// Leaves a provider account alone that fails, and tries it again after a while with one message.
///
/// Only faults of the provider count: an unknown outcome, a passing fault or a contradiction of its whole account or of itself.
/// What it says about one person, one text or one rate is an answer, and an answer closes the circuit. While it is open,
/// parts are [held back](FailureClass::HeldBack) with the time when it is tried again: they wait in the outbox, and no
/// message fails because of it. Nor does the one that is the trial, however long the provider is down: a trial that surely
/// was not taken is held back too, and does not count as an attempt of its message.
///
/// Each account (`Part::from`) of each scheme has a circuit of its own. Cheap to clone: every clone is the same breaker.
#[derive(Clone)]
pub struct Breaker {
    settings: BreakerSettings,
    clock: Arc<dyn Clock>,
    circuits: Arc<Mutex<HashMap<Key, Circuit>>>,
}

impl fmt::Debug for Breaker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Breaker")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

impl Breaker {
    /// A breaker with the default [settings](BreakerSettings).
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            settings: BreakerSettings::default(),
            clock,
            circuits: Arc::default(),
        }
    }

    /// Sets when it opens.
    #[must_use]
    pub const fn with_settings(mut self, settings: BreakerSettings) -> Self {
        self.settings = settings;
        self
    }

    /// How the circuit of an account stands.
    #[must_use]
    pub fn state(&self, scheme: &str, account: Option<&AccountId>) -> BreakerState {
        let key = (Arc::from(scheme), account.cloned());
        let now = self.clock.now();
        match self.lock().get_mut(&key) {
            None => BreakerState::Closed,
            Some(circuit) => circuit.state(now),
        }
    }

    /// Closes every circuit: somebody knows that it works again.
    pub fn reset(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Key, Circuit>> {
        // Nothing is left half done under the lock.
        self.circuits.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets a part through or says for how long not.
    fn enter(&self, key: &Key) -> Result<Pass, Duration> {
        let now = self.clock.now();
        let mut circuits = self.lock();
        let Some(circuit) = circuits.get_mut(key) else {
            return Ok(Pass {
                epoch: 0,
                trial: false,
            });
        };
        match circuit.state(now) {
            BreakerState::Closed => Ok(Pass {
                epoch: circuit.epoch,
                trial: false,
            }),
            BreakerState::HalfOpen if !circuit.trial => {
                circuit.trial = true;
                Ok(Pass {
                    epoch: circuit.epoch,
                    trial: true,
                })
            }
            BreakerState::HalfOpen => Err(self.settings.first),
            BreakerState::Open { until } => Err(gap(now, until)),
        }
    }

    /// What an outcome says about the provider.
    fn leave(&self, key: &Key, pass: Pass, fault: bool) {
        let now = self.clock.now();
        let mut circuits = self.lock();
        if !fault {
            let known = circuits.get(key).is_some_and(|circuit| {
                // An old answer does not close what opened after it was asked.
                circuit.epoch == pass.epoch
            });
            if known {
                circuits.remove(key);
            }
            return;
        }
        let circuit = circuits.entry(key.clone()).or_insert(Circuit {
            faults: 0,
            open_for: Duration::ZERO,
            until: Timestamp::MIN,
            trial: false,
            epoch: pass.epoch,
        });
        if circuit.epoch != pass.epoch {
            return;
        }
        circuit.faults = circuit.faults.saturating_add(1);
        if pass.trial || circuit.faults >= self.settings.faults {
            let doubled = circuit.open_for.saturating_mul(2).max(self.settings.first);
            circuit.open_for = doubled.min(self.settings.longest.max(self.settings.first));
            circuit.until = after(now, circuit.open_for);
            circuit.trial = false;
            circuit.epoch += 1;
        }
    }

    /// What a trial that failed answers: its message did nothing wrong.
    fn held_trial(&self, key: &Key, failure: Failure) -> SendOutcome {
        let wait = match self.state(&key.0, key.1.as_ref()) {
            BreakerState::Open { until } => gap(self.clock.now(), until),
            BreakerState::Closed | BreakerState::HalfOpen => self.settings.first,
        };
        let scope = FailureScope::Provider;
        let held = Failure::new(FailureClass::HeldBack, scope.clone(), Advice::RetrySame);
        let detail = format!("the trial of the circuit failed: {}", failure.class);
        SendOutcome::Rejected(
            held.with_retry_after(RetryAfter::new(wait, scope))
                .with_code(failure.provider_code.0)
                .with_detail(detail),
        )
    }

    /// A trial that ended without an outcome, because nobody waited for it.
    fn abandon(&self, key: &Key, pass: Pass) {
        if let Some(circuit) = self.lock().get_mut(key)
            && pass.trial
            && circuit.epoch == pass.epoch
        {
            circuit.trial = false;
        }
    }
}

/// What was let through.
#[derive(Clone, Copy, Debug)]
struct Pass {
    epoch: u64,
    trial: bool,
}

/// A part that is under way: however its future ends, its trial does.
struct UnderWay<'a> {
    breaker: &'a Breaker,
    key: Key,
    pass: Option<Pass>,
}

impl UnderWay<'_> {
    fn end(mut self, fault: bool) {
        if let Some(pass) = self.pass.take() {
            self.breaker.leave(&self.key, pass, fault);
        }
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        if let Some(pass) = self.pass.take() {
            self.breaker.abandon(&self.key, pass);
        }
    }
}

impl Circuit {
    fn state(&mut self, now: Timestamp) -> BreakerState {
        if self.open_for.is_zero() {
            return BreakerState::Closed;
        }
        // A clock that jumps back must not keep it open for longer than it was opened for.
        self.until = self.until.min(after(now, self.open_for));
        if now < self.until {
            BreakerState::Open { until: self.until }
        } else {
            BreakerState::HalfOpen
        }
    }
}

/// The time between two instants, at least a millisecond: who waits for nothing comes back at once, again and again.
fn gap(now: Timestamp, until: Timestamp) -> Duration {
    let gap = Duration::try_from(until.duration_since(now)).unwrap_or_default();
    gap.max(Duration::from_millis(1))
}

/// Whether an outcome is the provider's own fault.
fn is_fault(outcome: &SendOutcome) -> bool {
    match outcome {
        SendOutcome::Ambiguous(_) => true,
        SendOutcome::Accepted(_) | SendOutcome::AlreadyAccepted(_) => false,
        SendOutcome::Rejected(failure) => {
            let class = matches!(
                failure.class,
                FailureClass::Transient | FailureClass::ProviderBug
            );
            class && is_wide(failure)
        }
    }
}

fn is_wide(failure: &Failure) -> bool {
    matches!(
        failure.scope,
        FailureScope::Account | FailureScope::Provider
    )
}

impl Layer for Breaker {
    fn layer(&self, inner: Arc<dyn ChannelAdapter>) -> Arc<dyn ChannelAdapter> {
        Arc::new(Broken {
            scheme: inner.scheme().into(),
            inner,
            breaker: self.clone(),
        })
    }
}

#[derive(Debug)]
struct Broken {
    inner: Arc<dyn ChannelAdapter>,
    scheme: Arc<str>,
    breaker: Breaker,
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl ChannelAdapter for Broken {
    forward!();

    async fn send(&self, part: &Cleared<Part>) -> SendOutcome {
        let key = (Arc::clone(&self.scheme), part.from.clone());
        let pass = match self.breaker.enter(&key) {
            Ok(pass) => pass,
            Err(wait) => {
                let detail = format!("the circuit of `{}` is open", self.scheme);
                return not_now(FailureClass::HeldBack, FailureScope::Provider, wait, detail);
            }
        };
        let under_way = UnderWay {
            breaker: &self.breaker,
            key: key.clone(),
            pass: Some(pass),
        };
        let outcome = self.inner.send(part).await;
        // Who held it back without trying says nothing about the provider.
        let tried = !matches!(&outcome, SendOutcome::Rejected(failure) if failure.class == FailureClass::HeldBack);
        let fault = is_fault(&outcome);
        if tried {
            under_way.end(fault);
        }
        match outcome {
            SendOutcome::Rejected(failure) if pass.trial && fault && failure.is_retryable() => {
                self.breaker.held_trial(&key, failure)
            }
            outcome => outcome,
        }
    }
}
