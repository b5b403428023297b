//! The contract of a channel adapter.

use super::{Cleared, SendOutcome, WebhookWire};
use crate::capability::Capabilities;
use crate::message::{ChannelKind, Part};
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

    /// What the channel, the provider and the sender can carry together.
    fn capabilities(&self) -> &Capabilities;

    /// Sends one cleared part.
    async fn send(&self, part: &Cleared<Part>) -> SendOutcome;

    /// The wire that verifies and parses webhooks, if the provider has them.
    fn webhook(&self) -> Option<&dyn WebhookWire>;

    /// The look-up that settles ambiguous sends, if the provider has one.
    fn reconciler(&self) -> Option<&dyn Reconciler>;
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
