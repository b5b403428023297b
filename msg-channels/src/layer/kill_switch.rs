//! Stops what a person names, at once.

use super::{Layer, forward, not_now};
use async_trait::async_trait;
use msg_core::channel::{ChannelAdapter, Cleared, FailureClass, FailureScope, SendOutcome};
use msg_core::id::TenantId;
use msg_core::message::{ChannelKind, Part, Purpose};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

/// What is stopped: everything that has all the properties that are named.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stopped {
    /// Whose messages; none means everybody's.
    pub tenant: Option<TenantId>,
    /// On which channel.
    pub channel: Option<ChannelKind>,
    /// Through which adapter.
    pub scheme: Option<String>,
    /// For what.
    pub purpose: Option<Purpose>,
}

impl Stopped {
    /// Everything.
    #[must_use]
    pub fn everything() -> Self {
        Self::default()
    }

    /// Only messages of this tenant.
    #[must_use]
    pub fn of_tenant(mut self, tenant: TenantId) -> Self {
        self.tenant = Some(tenant);
        self
    }

    /// Only messages on this channel.
    #[must_use]
    pub fn on_channel(mut self, channel: ChannelKind) -> Self {
        self.channel = Some(channel);
        self
    }

    /// Only messages through the adapter with this scheme.
    #[must_use]
    pub fn through(mut self, scheme: impl Into<String>) -> Self {
        self.scheme = Some(scheme.into());
        self
    }

    /// Only messages for this purpose.
    #[must_use]
    pub fn for_purpose(mut self, purpose: Purpose) -> Self {
        self.purpose = Some(purpose);
        self
    }

    fn covers(&self, scheme: &str, part: &Part) -> bool {
        let tenant = self.tenant.as_ref().is_none_or(|it| *it == part.tenant);
        let channel = self
            .channel
            .as_ref()
            .is_none_or(|it| it == part.to.channel());
        let through = self.scheme.as_ref().is_none_or(|it| it == scheme);
        let purpose = self.purpose.as_ref().is_none_or(|it| *it == part.purpose);
        tenant && channel && through && purpose
    }

    /// What waits: the provider if nothing but it is named, so that another one may be taken; else this message.
    const fn scope(&self) -> FailureScope {
        let provider_only = self.scheme.is_some()
            && self.tenant.is_none()
            && self.purpose.is_none()
            && self.channel.is_none();
        if provider_only {
            FailureScope::Provider
        } else {
            FailureScope::Message
        }
    }
}

/// Stops what a person names, at once and without losing it: a message that is stopped is
/// [held back](FailureClass::HeldBack), waits in the outbox, and leaves when the stop is taken back. Why stands in its trace.
///
/// What is with a provider already is not called back. Cheap to clone: every clone is the same switch. The engine's own
/// [`StopSwitch`](msg_core::engine::StopSwitch) stops before the last checks and is what a policy sees; this one is for whoever
/// operates adapters, and knows scheme and purpose.
///
/// ```
/// use msg_channels::layer::{KillSwitch, Stopped};
/// use msg_core::message::Purpose;
///
/// let switch = KillSwitch::new();
/// let offers = Stopped::everything().for_purpose(Purpose::Marketing);
/// switch.stop(offers.clone(), "wrong prices");
/// assert_eq!(switch.stopped().len(), 1);
/// switch.resume(&offers);
/// assert!(switch.stopped().is_empty());
/// ```
#[derive(Clone, Debug)]
pub struct KillSwitch {
    state: Arc<State>,
    recheck: Duration,
}

#[derive(Debug, Default)]
struct State {
    stops: RwLock<Vec<(Stopped, Arc<str>)>>,
    /// How many there are, readable without the lock: nearly always none.
    count: AtomicUsize,
}

impl Default for KillSwitch {
    fn default() -> Self {
        Self::new()
    }
}

impl KillSwitch {
    /// A switch that stops nothing. What is stopped later is looked at again every 30 seconds.
    #[must_use]
    pub fn new() -> Self {
        Self {
            state: Arc::default(),
            recheck: Duration::from_secs(30),
        }
    }

    /// Sets when what is stopped is looked at again.
    #[must_use]
    pub const fn with_recheck(mut self, recheck: Duration) -> Self {
        self.recheck = recheck;
        self
    }

    fn change(&self, change: impl FnOnce(&mut Vec<(Stopped, Arc<str>)>)) {
        let mut stops = self
            .state
            .stops
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        change(&mut stops);
        self.state.count.store(stops.len(), Ordering::Release);
    }

    /// Stops what is named, for a reason that stands in the trace of every message that it holds back: no body, no address.
    /// The same stop again has the new reason.
    pub fn stop(&self, what: Stopped, reason: impl Into<Arc<str>>) {
        let reason = reason.into();
        self.change(|stops| {
            stops.retain(|(known, _)| *known != what);
            stops.push((what, reason));
        });
    }

    /// Takes a stop back. Another one may still hold the same messages.
    pub fn resume(&self, what: &Stopped) {
        self.change(|stops| stops.retain(|(known, _)| known != what));
    }

    /// Takes every stop back.
    pub fn resume_all(&self) {
        self.change(Vec::clear);
    }

    /// What is stopped, and why, oldest first.
    #[must_use]
    pub fn stopped(&self) -> Vec<(Stopped, Arc<str>)> {
        self.read().clone()
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, Vec<(Stopped, Arc<str>)>> {
        self.state
            .stops
            .read()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn stopping(&self, scheme: &str, part: &Part) -> Option<(FailureScope, Arc<str>)> {
        if self.state.count.load(Ordering::Acquire) == 0 {
            return None;
        }
        let stops = self.read();
        let mut covering = stops.iter().filter(|(what, _)| what.covers(scheme, part));
        // A stop of the message holds it whatever the provider: it counts more than one of the provider.
        let first = covering.next()?;
        let (what, reason) = std::iter::once(first)
            .chain(covering)
            .find(|(what, _)| what.scope() == FailureScope::Message)
            .unwrap_or(first);
        Some((what.scope(), Arc::clone(reason)))
    }
}

impl Layer for KillSwitch {
    fn layer(&self, inner: Arc<dyn ChannelAdapter>) -> Arc<dyn ChannelAdapter> {
        let switch = self.clone();
        Arc::new(Switched { inner, switch })
    }
}

#[derive(Debug)]
struct Switched {
    inner: Arc<dyn ChannelAdapter>,
    switch: KillSwitch,
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl ChannelAdapter for Switched {
    forward!();

    async fn send(&self, part: &Cleared<Part>) -> SendOutcome {
        match self.switch.stopping(self.inner.scheme(), part) {
            None => self.inner.send(part).await,
            Some((scope, reason)) => not_now(
                FailureClass::HeldBack,
                scope,
                self.switch.recheck,
                format!("stopped: {reason}"),
            ),
        }
    }
}
