//! A wire and a transport make an adapter.

use super::{
    Advice, Ambiguous, ChannelAdapter, ChannelWire, Cleared, Failure, FailureClass, FailureScope,
    Reconciler, SendOutcome, WebhookWire,
};
use crate::capability::Capabilities;
use crate::http::{HttpError, HttpLimits, HttpTransport};
use crate::message::{ChannelKind, Part};
use async_trait::async_trait;
use std::sync::Arc;

/// Sends what a [`ChannelWire`] encodes over an [`HttpTransport`].
#[derive(Debug)]
pub struct HttpAdapter<W> {
    wire: W,
    transport: Arc<dyn HttpTransport>,
    limits: HttpLimits,
}

impl<W: ChannelWire> HttpAdapter<W> {
    /// An adapter of this wire over this transport.
    pub fn new(wire: W, transport: Arc<dyn HttpTransport>) -> Self {
        Self {
            wire,
            transport,
            limits: HttpLimits::default(),
        }
    }

    /// Sets time and size limits.
    #[must_use]
    pub fn with_limits(mut self, limits: HttpLimits) -> Self {
        self.limits = limits;
        self
    }

    /// The wire.
    pub const fn wire(&self) -> &W {
        &self.wire
    }
}

#[async_trait]
impl<W: ChannelWire> ChannelAdapter for HttpAdapter<W> {
    fn scheme(&self) -> &str {
        self.wire.scheme()
    }

    fn channel(&self) -> &ChannelKind {
        self.wire.channel()
    }

    fn capabilities(&self) -> &Capabilities {
        self.wire.capabilities()
    }

    async fn send(&self, part: &Cleared<Part>) -> SendOutcome {
        let request = match self.wire.encode(part) {
            Ok(request) => request,
            Err(failure) => return SendOutcome::Rejected(*failure),
        };
        match self.transport.send(request, &self.limits).await {
            Ok(response) => self.wire.classify(part, &response),
            Err(error) => unanswered(&error),
        }
    }

    fn webhook(&self) -> Option<&dyn WebhookWire> {
        self.wire.webhook()
    }

    fn reconciler(&self) -> Option<&dyn Reconciler> {
        None
    }
}

/// A request that never left is safe to repeat; one that may have left is not.
fn unanswered(error: &HttpError) -> SendOutcome {
    if error.may_have_arrived() {
        return SendOutcome::Ambiguous(Ambiguous::new(error.to_string()));
    }
    let failure = Failure::new(
        FailureClass::Transient,
        FailureScope::Provider,
        Advice::RetrySame,
    );
    SendOutcome::Rejected(failure.with_detail(error.to_string()))
}
