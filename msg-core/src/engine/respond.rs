//! Who answers what came in.

use crate::channel::{InboundEvent, InboundMessage};
use crate::consent::Signal;
use crate::error::Error;
use crate::id::{ActionId, InboundId, TenantId};
use crate::message::Draft;
use async_trait::async_trait;
use std::fmt;

/// What a responder may know of an inbound message.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Respond<'a> {
    /// Whose.
    pub tenant: &'a TenantId,
    /// The id of the event, and of its trace.
    pub inbound: InboundId,
    /// The event.
    pub event: &'a InboundEvent,
    /// The message. A tap arrives as a message that says the label.
    pub message: &'a InboundMessage,
    /// What it means, when it answers the last message.
    pub action: Option<&'a ActionId>,
    /// What it says about consent.
    pub signal: Option<&'a Signal>,
}

/// Answers inbound messages: with a template, with a model, or by handing over to a person.
///
/// Never called while a person owns the conversation, nor for an opt-out.
#[async_trait]
pub trait Responder: fmt::Debug + Send + Sync + 'static {
    /// The answer, or none. The engine submits it; the draft goes through every check like any other.
    ///
    /// # Errors
    /// Any. The event is then given back, and the next delivery of it is answered.
    async fn respond(&self, inbound: Respond<'_>) -> Result<Option<Draft>, Error>;
}

const fn _dyn_compatible(_: &dyn Responder) {}
