//! An adapter that answers from a script.

use crate::capability::Capabilities;
use crate::channel::{
    Advice, ChannelAdapter, Cleared, Failure, FailureClass, FailureScope, Receipt, Reconciler,
    SendOutcome, WebhookWire,
};
use crate::id::AccountId;
use crate::message::{Address, ChannelKind, Markup, Part, PartBody};
use async_trait::async_trait;
use std::collections::VecDeque;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A fake adapter for tests: it keeps what it was given and answers from a script, in order. When the script is over it
/// accepts everything under `fake-1`, `fake-2`, …
pub struct ScriptedAdapter {
    channel: ChannelKind,
    capabilities: Capabilities,
    recipients: Vec<(Address, Capabilities)>,
    reconciles: bool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    sent: Vec<Part>,
    outcomes: VecDeque<SendOutcome>,
    looked_up: VecDeque<SendOutcome>,
    accepted: u64,
}

impl fmt::Debug for ScriptedAdapter {
    /// Leaves the parts out: they are bodies.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScriptedAdapter")
            .field("channel", &self.channel)
            .field("sent", &self.state().sent.len())
            .finish_non_exhaustive()
    }
}

impl ScriptedAdapter {
    /// A fake of a channel that carries everything.
    #[must_use]
    pub fn new(channel: ChannelKind) -> Self {
        let capabilities = Capabilities::everything(Markup::Plain);
        Self {
            channel,
            capabilities,
            recipients: Vec::new(),
            reconciles: false,
            state: Mutex::default(),
        }
    }

    /// Sets what the channel carries.
    #[must_use]
    pub fn with_capabilities(mut self, capabilities: Capabilities) -> Self {
        self.capabilities = capabilities;
        self
    }

    /// Sets what the client of one recipient carries.
    #[must_use]
    pub fn with_recipient(mut self, to: Address, capabilities: Capabilities) -> Self {
        self.recipients.push((to, capabilities));
        self
    }

    /// Offers a look-up for ambiguous sends.
    #[must_use]
    pub const fn with_reconciler(mut self) -> Self {
        self.reconciles = true;
        self
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds what the next send answers.
    pub fn answer(&self, outcome: SendOutcome) {
        self.state().outcomes.push_back(outcome);
    }

    /// Adds what the next look-up answers.
    pub fn answer_look_up(&self, outcome: SendOutcome) {
        self.state().looked_up.push_back(outcome);
    }

    /// What was given to it, in order.
    #[must_use]
    pub fn sent(&self) -> Vec<Part> {
        self.state().sent.clone()
    }
}

#[async_trait]
impl ChannelAdapter for ScriptedAdapter {
    fn scheme(&self) -> &str {
        self.channel.as_str()
    }

    fn channel(&self) -> &ChannelKind {
        &self.channel
    }

    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn capabilities_for(&self, to: &Address, _: Option<&AccountId>) -> Option<Capabilities> {
        let known = self.recipients.iter().find(|(known, _)| known == to);
        known.map(|(_, capabilities)| capabilities.clone())
    }

    async fn send(&self, part: &Cleared<Part>) -> SendOutcome {
        if let PartBody::Unknown(_) = part.body {
            let failure = Failure::new(
                FailureClass::Unsupported,
                FailureScope::Part,
                Advice::Degrade,
            );
            return SendOutcome::Rejected(failure.with_detail("a body of a newer version"));
        }
        let mut state = self.state();
        state.sent.push(Part::clone(part));
        if let Some(outcome) = state.outcomes.pop_front() {
            return outcome;
        }
        state.accepted += 1;
        SendOutcome::Accepted(Receipt::new(format!("fake-{}", state.accepted)))
    }

    fn webhook(&self) -> Option<&dyn WebhookWire> {
        None
    }

    fn reconciler(&self) -> Option<&dyn Reconciler> {
        self.reconciles.then_some(self)
    }
}

#[async_trait]
impl Reconciler for ScriptedAdapter {
    async fn look_up(&self, _: &Part) -> SendOutcome {
        let unknown = SendOutcome::Ambiguous(crate::channel::Ambiguous::new("the script is over"));
        self.state().looked_up.pop_front().unwrap_or(unknown)
    }
}
