//! Chooses the way: the first address whose checks, capabilities and losses allow the message.

use super::Inner;
use super::reach::Reach;
use super::recorder::Recorder;
use crate::capability::Capabilities;
use crate::channel::ChannelAdapter;
use crate::error::Error;
use crate::message::part::RawPart;
use crate::message::{Address, Content, Draft};
use crate::plan::{LossPolicy, Plan, PlanInput, plan, plan_raw};
use crate::trace::Planned;
use std::sync::Arc;

/// Whether a plan's losses are acceptable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Acceptance {
    /// They are.
    Accept,
    /// A person decides.
    Review,
    /// They are not: the next address is tried.
    Refuse,
}

impl Inner {
    /// The adapter that reaches an address: the first of its channel.
    pub(super) fn adapter_for(&self, to: &Address) -> Option<&Arc<dyn ChannelAdapter>> {
        self.adapters
            .iter()
            .find(|adapter| adapter.channel() == to.channel())
    }

    /// The adapter with this scheme.
    pub(super) fn adapter_named(&self, scheme: &str) -> Option<&Arc<dyn ChannelAdapter>> {
        self.adapters
            .iter()
            .find(|adapter| adapter.scheme() == scheme)
    }

    /// The adapter with this scheme, or the one that stands behind another.
    pub(super) fn adapter_called(&self, scheme: &str) -> Option<&dyn ChannelAdapter> {
        match self.adapter_named(scheme) {
            Some(adapter) => Some(adapter.as_ref()),
            None => self
                .adapters
                .iter()
                .find_map(|adapter| adapter.behind(scheme)),
        }
    }
}

/// Plans what a draft says with these capabilities. Pure.
pub(super) fn plan_with(
    draft: &Draft,
    content: &Content,
    fallback_text: Option<&str>,
    capabilities: &Capabilities,
) -> Plan {
    plan(
        &PlanInput {
            content,
            disclosure: draft.disclosure.as_deref(),
            footer: draft.footer.as_deref(),
            fallback_text,
            language: &draft.language,
        },
        capabilities,
    )
}

/// Plans what a draft says with these capabilities, and records it. Provider JSON for the channel replaces the content.
pub(super) fn plan_for(
    draft: &Draft,
    (raw, fallback_text): (Option<&serde_json::Value>, Option<&str>),
    content: &Content,
    (to, reach): (&Address, &Reach<'_>),
    recorder: &mut Recorder,
) -> Result<(Plan, Acceptance), Error> {
    let planned = match raw {
        Some(raw) => {
            let lines = draft.disclosure.is_some() || draft.footer.is_some();
            plan_raw(RawPart(raw.clone()), lines)
        }
        None => plan_with(draft, content, fallback_text, &reach.capabilities),
    };
    let acceptance = accept(&planned, draft.loss_policy);
    let parts = u16::try_from(planned.parts.len()).unwrap_or(u16::MAX);
    let mut record = Planned::new(
        to.channel().clone(),
        planned.digest,
        planned.losses.clone(),
        parts,
    );
    record.window = reach.window;
    recorder.add("planned", &record)?;
    Ok((planned, acceptance))
}

/// Whether the host accepts what a plan lost.
pub(super) fn accept(plan: &Plan, policy: LossPolicy) -> Acceptance {
    let worst = plan.severity();
    match policy {
        _ if plan.parts.is_empty() => Acceptance::Refuse,
        LossPolicy::AllowUpTo(limit) if worst > limit => Acceptance::Refuse,
        LossPolicy::ReviewAbove(limit) if worst > limit => Acceptance::Review,
        _ => Acceptance::Accept,
    }
}
