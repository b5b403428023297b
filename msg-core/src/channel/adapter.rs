//! The contract of a channel adapter.

use super::{Cleared, MediaFetch, SendOutcome, WebhookWire};
use crate::capability::Capabilities;
use crate::id::AccountId;
use crate::message::{Address, ChannelKind, Part};
use async_trait::async_trait;
use std::fmt;

/// Sends parts on one channel through one provider account.
///
/// # Contract
/// - `send` makes at most one attempt. Retry, pacing and failover are layers or the engine's work.
/// - What cannot be known is said: when the request may have left and no answer proves the result, the outcome is
///   [`SendOutcome::Ambiguous`], never a rejection that invites a second send.
/// - The part keeps every limit of [`ChannelAdapter::capabilities`]; an adapter does not shorten or drop anything.
/// - Neither errors nor `Debug` show bodies, addresses or secrets.
///
/// # Cancellation
/// Dropping the future of `send` may leave the outcome unknown; the engine then treats the attempt as ambiguous.
///
/// # Idempotency
/// [`Part::id`] is stable over attempts. Where the provider takes an idempotency key it is made from it, and a
/// repeated send answers [`SendOutcome::AlreadyAccepted`].
///
/// # Wrappers
/// A layer forwards every method; `#[deny(clippy::missing_trait_methods)]` on its `impl` proves it.
#[async_trait]
pub trait ChannelAdapter: fmt::Debug + Send + Sync + 'static {
    /// The stable lowercase name: scheme = feature = folder.
    fn scheme(&self) -> &str;

    /// The channel.
    fn channel(&self) -> &ChannelKind;

    /// What the channel and the provider can carry together, with any sender to any recipient.
    fn capabilities(&self) -> &Capabilities;

    /// What this recipient's client, or this sender, can carry, when the adapter knows it: the phone that has no RCS cards,
    /// the sender whose name takes no replies. None when it knows nothing about them, as it is without an implementation.
    ///
    /// The engine plans with what both this and [`ChannelAdapter::capabilities`] allow, so it can only take away. It is
    /// asked on the way of every message: it answers from memory and does no I/O.
    fn capabilities_for(&self, _to: &Address, _from: Option<&AccountId>) -> Option<Capabilities> {
        None
    }

    /// Sends one cleared part.
    async fn send(&self, part: &Cleared<Part>) -> SendOutcome;

    /// The wire that verifies and parses webhooks, if the provider has them.
    fn webhook(&self) -> Option<&dyn WebhookWire>;

    /// The look-up that settles ambiguous sends, if the provider has one.
    fn reconciler(&self) -> Option<&dyn Reconciler>;

    /// What fetches the media that events name, if the provider wants its own credentials for that.
    fn media(&self) -> Option<&dyn MediaFetch> {
        None
    }

    /// The adapter with this scheme that stands behind this one, where one stands for several: webhooks come to the provider
    /// that sent, under its own scheme. None when there is none, as it is without an implementation.
    fn behind(&self, _scheme: &str) -> Option<&dyn ChannelAdapter> {
        None
    }
}

/// Finds out what became of a send whose outcome is unknown.
#[async_trait]
pub trait Reconciler: fmt::Debug + Send + Sync {
    /// What the provider says about the part: [`SendOutcome::Accepted`] when it has it, a rejection with
    /// [`FailureClass::Transient`](super::FailureClass::Transient) when it surely has not, and
    /// [`SendOutcome::Ambiguous`] when it cannot tell yet.
    async fn look_up(&self, part: &Part) -> SendOutcome;
}

const fn _dyn_compatible(_: &dyn ChannelAdapter, _: &dyn Reconciler) {}
