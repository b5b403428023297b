//! Adapters with a name, parts, and failures.

use async_trait::async_trait;
use msg_core::capability::Capabilities;
use msg_core::channel::*;
use msg_core::id::{AccountId, MessageId, PartId, TenantId, time_ordered};
use msg_core::message::part::{Styled, TextPart};
use msg_core::message::{Address, ChannelKind, Media, Part, Purpose};
use msg_core::testkit::{ScriptedAdapter, block_on};
use msg_core::{Error, Timestamp};
use std::sync::Arc;
use std::time::Duration;

/// A scripted adapter with a scheme of its own, and a webhook that takes everything.
#[derive(Debug)]
pub(crate) struct Named {
    pub(crate) scheme: String,
    pub(crate) inner: ScriptedAdapter,
}

impl Named {
    pub(crate) fn sms(scheme: &str) -> Arc<Self> {
        Self::over(scheme, ScriptedAdapter::new(ChannelKind::Sms))
    }

    pub(crate) fn over(scheme: &str, inner: ScriptedAdapter) -> Arc<Self> {
        Arc::new(Self {
            scheme: scheme.into(),
            inner,
        })
    }

    pub(crate) fn count(&self) -> usize {
        self.inner.sent().len()
    }
}

#[async_trait]
impl ChannelAdapter for Named {
    fn scheme(&self) -> &str {
        &self.scheme
    }
    fn channel(&self) -> &ChannelKind {
        self.inner.channel()
    }
    fn capabilities(&self) -> &Capabilities {
        self.inner.capabilities()
    }
    fn capabilities_for(&self, to: &Address, from: Option<&AccountId>) -> Option<Capabilities> {
        self.inner.capabilities_for(to, from)
    }
    async fn send(&self, part: &Cleared<Part>) -> SendOutcome {
        self.inner.send(part).await
    }
    fn webhook(&self) -> Option<&dyn WebhookWire> {
        Some(self)
    }
    fn reconciler(&self) -> Option<&dyn Reconciler> {
        self.inner.reconciler()
    }
    fn media(&self) -> Option<&dyn MediaFetch> {
        Some(self)
    }
    fn behind(&self, scheme: &str) -> Option<&dyn ChannelAdapter> {
        (scheme == "behind").then_some(self)
    }
}

#[async_trait]
impl MediaFetch for Named {
    async fn fetch(&self, media: &Media) -> Result<Media, Error> {
        Ok(media.clone())
    }
}

impl WebhookWire for Named {
    fn authenticate(&self, _: &WebhookRequest, _: Timestamp) -> Authenticity {
        Authenticity::Genuine
    }
    fn parse(&self, call: &Verified<'_>) -> Result<Vec<InboundEvent>, Error> {
        let id = String::from_utf8_lossy(&call.request().body).into_owned();
        let state =
            msg_core::message::DeliveryState::reached(msg_core::message::Progress::Delivered);
        let status = StatusEvent::new(Receipt::new(&id), state);
        let now = call.received_at();
        let event = InboundEvent::new(&*self.scheme, id, now, Inbound::Status(status));
        Ok(vec![event])
    }
}

pub(crate) fn phone(number: u32) -> Address {
    Address::phone(ChannelKind::Sms, format!("+1415555{:04}", number % 10_000)).unwrap()
}

pub(crate) fn part_to(number: u32, to: Address) -> Part {
    let mut random = [3; 16];
    random[4..8].copy_from_slice(&number.to_be_bytes());
    let message = MessageId::from_uuid(time_ordered(Timestamp::UNIX_EPOCH, &random));
    Part::new(
        PartId::new(message, 0),
        TenantId::from_static("shop"),
        to,
        Purpose::Service,
        TextPart::new(Styled::plain("hello")),
    )
}

/// A part of its own to a person of its own.
pub(crate) fn part(number: u32) -> Part {
    part_to(number, phone(number))
}

pub(crate) fn send(adapter: &dyn ChannelAdapter, part: &Part) -> SendOutcome {
    block_on(adapter.send(&Clearance::unchecked("a test").clear(part.clone())))
}

pub(crate) fn rejected(class: FailureClass, scope: FailureScope, advice: Advice) -> SendOutcome {
    SendOutcome::Rejected(Failure::new(class, scope, advice))
}

/// A fault of the provider that surely left nothing behind.
pub(crate) fn fault() -> SendOutcome {
    let (class, scope) = (FailureClass::Transient, FailureScope::Provider);
    rejected(class, scope, Advice::RetrySame)
}

pub(crate) fn busy(scope: FailureScope, seconds: u64) -> SendOutcome {
    let failure = Failure::new(FailureClass::RateLimited, scope.clone(), Advice::RetrySame);
    let wait = RetryAfter::new(Duration::from_secs(seconds), scope);
    SendOutcome::Rejected(failure.with_retry_after(wait))
}

pub(crate) fn unknown() -> SendOutcome {
    SendOutcome::Ambiguous(Ambiguous::new("timeout"))
}

#[track_caller]
pub(crate) fn failure(outcome: SendOutcome) -> Failure {
    match outcome {
        SendOutcome::Rejected(failure) => failure,
        other => panic!("not rejected: {other:?}"),
    }
}
