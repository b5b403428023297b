//! A wire and a transport make an adapter.

use super::{
    Advice, Ambiguous, ChannelAdapter, ChannelWire, Cleared, Failure, FailureClass, FailureScope,
    Reconciler, SendOutcome, WebhookWire,
};
use crate::capability::Capabilities;
use crate::http::{HttpError, HttpLimits, HttpTransport};
use crate::id::AccountId;
use crate::message::{Address, ChannelKind, Part};
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

#[deny(clippy::missing_trait_methods)]
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

    fn capabilities_for(&self, to: &Address, from: Option<&AccountId>) -> Option<Capabilities> {
        self.wire.capabilities_for(to, from)
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

#[cfg(all(test, feature = "testkit"))]
mod tests {
    use super::*;
    use crate::channel::{Clearance, Receipt};
    use crate::http::HttpErrorKind;
    use crate::id::{MessageId, PartId, TenantId, time_ordered};
    use crate::message::Purpose;
    use crate::message::part::{Styled, TextPart};
    use crate::testkit::{ScriptedTransport, block_on};
    use bytes::Bytes;

    #[derive(Debug)]
    struct Wire(Capabilities);

    impl ChannelWire for Wire {
        fn scheme(&self) -> &'static str {
            "wire"
        }
        fn channel(&self) -> &ChannelKind {
            &ChannelKind::Telegram
        }
        fn capabilities(&self) -> &Capabilities {
            &self.0
        }
        fn encode(&self, part: &Part) -> Result<http::Request<Bytes>, Box<Failure>> {
            Ok(http::Request::new(part.id.to_string().into()))
        }
        fn classify(&self, _: &Part, response: &http::Response<Bytes>) -> SendOutcome {
            SendOutcome::Accepted(Receipt::new(response.status().as_str()))
        }
        fn webhook(&self) -> Option<&dyn WebhookWire> {
            None
        }
    }

    fn send(transport: &Arc<ScriptedTransport>) -> SendOutcome {
        let transport = Arc::clone(transport) as Arc<dyn HttpTransport>;
        let adapter = HttpAdapter::new(Wire(Capabilities::text_only()), transport);
        let id = time_ordered(crate::Timestamp::UNIX_EPOCH, &[1; 16]);
        let part = Part::new(
            PartId::new(MessageId::from_uuid(id), 0),
            TenantId::from_static("acme"),
            Address::telegram(1),
            Purpose::Transactional,
            TextPart::new(Styled::plain("hi")),
        );
        block_on(adapter.send(&Clearance::unchecked("test").clear(part)))
    }

    #[test]
    fn what_never_left_may_be_sent_again() {
        use HttpErrorKind::{Connect, Forbidden, Request};
        for kind in [Connect, Forbidden, Request] {
            let transport = Arc::new(ScriptedTransport::new());
            transport.fail(kind);
            let SendOutcome::Rejected(failure) = send(&transport) else {
                panic!("{kind:?} is no rejection");
            };
            assert_eq!(failure.class, FailureClass::Transient, "{kind:?}");
            assert_eq!(failure.advice, Advice::RetrySame, "{kind:?}");
        }
    }

    #[test]
    fn what_may_have_arrived_is_ambiguous() {
        use HttpErrorKind::{HeaderTimeout, IdleTimeout, Interrupted, TooLarge, TotalTimeout};
        for kind in [
            HeaderTimeout,
            IdleTimeout,
            TotalTimeout,
            Interrupted,
            TooLarge,
        ] {
            let transport = Arc::new(ScriptedTransport::new());
            transport.fail(kind);
            let outcome = send(&transport);
            assert!(matches!(outcome, SendOutcome::Ambiguous(_)), "{kind:?}");
        }
    }

    #[test]
    fn an_answer_is_the_wires_to_read_and_one_send_is_one_request() {
        let transport = Arc::new(ScriptedTransport::new());
        transport.answer_with(http::StatusCode::ACCEPTED, "");
        assert_eq!(send(&transport).provider_id(), Some("202"));
        assert_eq!(transport.requests().len(), 1);
    }
}
