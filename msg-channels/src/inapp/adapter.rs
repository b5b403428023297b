//! The sending side.

use super::SCHEME;
use super::inbox::{Full, InAppInbox, InAppMessage, Queue};
use async_trait::async_trait;
use msg_core::capability::Capabilities;
use msg_core::channel::{
    Advice, ChannelAdapter, Cleared, Failure, FailureClass, FailureScope, Receipt, Reconciler,
    SendOutcome, WebhookWire,
};
use msg_core::message::{ChannelKind, Markup, Part, PartBody};
use std::sync::Arc;

/// How many part ids an adapter remembers to know a part again: enough for every attempt that can still be under way.
pub const REMEMBERED: usize = 1 << 16;

/// Sends into an inbox of the same process. Cheap to clone through an [`Arc`]; the inbox ends when it is dropped.
#[derive(Debug)]
pub struct InApp {
    queue: Arc<Queue>,
    capabilities: Capabilities,
}

impl InApp {
    /// An adapter, and the inbox that holds at most `capacity` messages that nobody has read. At least one.
    #[must_use]
    pub fn new(capacity: usize) -> (Self, InAppInbox) {
        let queue = Arc::new(Queue::new(capacity.max(1)));
        let adapter = Self {
            queue: Arc::clone(&queue),
            capabilities: Capabilities::everything(Markup::Plain),
        };
        (adapter, InAppInbox::new(queue))
    }

    /// Says what the host's screen can show. Unless set it is everything, with text in no markup; for a screen that
    /// reads Markdown it is [`profile::of`](msg_core::capability::profile::of) the channel.
    #[must_use]
    pub fn with_capabilities(mut self, capabilities: Capabilities) -> Self {
        self.capabilities = capabilities;
        self
    }
}

impl Drop for InApp {
    fn drop(&mut self) {
        self.queue.close();
    }
}

#[async_trait]
impl ChannelAdapter for InApp {
    fn scheme(&self) -> &str {
        SCHEME
    }

    fn channel(&self) -> &ChannelKind {
        &ChannelKind::InApp
    }

    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    async fn send(&self, part: &Cleared<Part>) -> SendOutcome {
        let rejected =
            |class, scope, advice| SendOutcome::Rejected(Failure::new(class, scope, advice));
        if part.to.channel() != &ChannelKind::InApp {
            return rejected(
                FailureClass::InvalidRecipient,
                FailureScope::Recipient,
                Advice::FixConfig,
            );
        }
        if !carries(&self.capabilities, &part.body) {
            return rejected(
                FailureClass::Unsupported,
                FailureScope::Part,
                Advice::Degrade,
            );
        }
        let receipt = Receipt::new(part.id.to_string());
        match self
            .queue
            .push(part.id, || InAppMessage::new(Part::clone(part)))
        {
            Ok(true) => SendOutcome::Accepted(receipt),
            Ok(false) => SendOutcome::AlreadyAccepted(receipt),
            Err(Full::NoRoom) => rejected(
                FailureClass::RateLimited,
                FailureScope::Account,
                Advice::RetrySame,
            ),
            Err(Full::NobodyReads) => rejected(
                FailureClass::UnreachableOnChannel,
                FailureScope::Account,
                Advice::RetryOtherChannel,
            ),
        }
    }

    fn webhook(&self) -> Option<&dyn WebhookWire> {
        None
    }

    fn reconciler(&self) -> Option<&dyn Reconciler> {
        None
    }
}

/// Whether the host's screen shows such a body. What is raw is between the host and itself.
fn carries(capabilities: &Capabilities, body: &PartBody) -> bool {
    match body.kind() {
        Some(kind) => capabilities.carries(kind),
        None => matches!(body, PartBody::Raw(_)),
    }
}

#[cfg(test)]
mod tests;
