//! The switch that stops sending, and the check that reads it.

use crate::id::{CheckId, TenantId};
use crate::message::ChannelKind;
use crate::policy::{Need, Phase, PolicyCheck, PolicyInput, Reason, StopFact, Verdict};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

/// What is stopped. The narrower one is asked first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Stops {
    everything: Option<StopFact>,
    channels: Vec<(ChannelKind, StopFact)>,
    tenants: Vec<(TenantId, StopFact)>,
}

/// Stops sending: everything, a channel or a tenant. What is queued stays queued and leaves when the switch is off.
#[derive(Clone, Debug, Default)]
pub struct StopSwitch(Arc<RwLock<Stops>>);

impl StopSwitch {
    fn change(&self, change: impl FnOnce(&mut Stops)) {
        change(&mut self.0.write().unwrap_or_else(PoisonError::into_inner));
    }

    /// Stops everything.
    pub fn stop_everything(&self, reason: impl Into<String>) {
        let fact = StopFact::new(reason);
        self.change(|stops| stops.everything = Some(fact));
    }

    /// Stops a channel.
    pub fn stop_channel(&self, channel: ChannelKind, reason: impl Into<String>) {
        let fact = StopFact::new(reason);
        self.change(|stops| stops.channels.push((channel, fact)));
    }

    /// Stops a tenant.
    pub fn stop_tenant(&self, tenant: TenantId, reason: impl Into<String>) {
        let fact = StopFact::new(reason);
        self.change(|stops| stops.tenants.push((tenant, fact)));
    }

    /// Ends every stop.
    pub fn resume(&self) {
        self.change(|stops| *stops = Stops::default());
    }

    /// What stops a message of this tenant on this channel.
    pub(super) fn read(&self, tenant: &TenantId, channel: &ChannelKind) -> Option<StopFact> {
        let stops = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let tenants = stops
            .tenants
            .iter()
            .filter(|(name, _)| name == tenant)
            .map(|(_, fact)| fact);
        let channels = stops
            .channels
            .iter()
            .filter(|(name, _)| name == channel)
            .map(|(_, fact)| fact);
        tenants
            .chain(channels)
            .chain(&stops.everything)
            .next()
            .cloned()
    }
}

/// How long a stopped message waits before it is checked again.
const RECHECK: Duration = Duration::from_secs(30);

/// The engine's own check: holds what is stopped.
#[derive(Debug)]
pub(super) struct StopCheck(CheckId);

impl StopCheck {
    pub(super) fn new() -> Self {
        Self(CheckId::fixed("stop"))
    }
}

impl PolicyCheck for StopCheck {
    fn id(&self) -> &CheckId {
        &self.0
    }

    fn phases(&self) -> &[Phase] {
        &[Phase::Dispatch]
    }

    fn needs(&self) -> &[Need] {
        &[]
    }

    fn revision(&self) -> &'static str {
        "1"
    }

    fn evaluate(&self, input: &PolicyInput<'_>) -> Verdict {
        match &input.facts.stop {
            None => Verdict::allow(),
            Some(stop) => Verdict::hold(
                crate::time::after(input.now, RECHECK),
                Reason::new("stopped", "sending is stopped").because(stop.reason.clone()),
            ),
        }
    }
}
