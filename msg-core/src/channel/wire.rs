//! The pure half of an HTTP channel.

use super::{Failure, LookUpWire, MediaWire, SendOutcome, TokenWire};
use crate::capability::Capabilities;
use crate::id::AccountId;
use crate::message::{Address, ChannelKind, Part};
use bytes::Bytes;
use std::fmt;

/// Encodes parts and reads answers; does no I/O, so that golden tests and replay need no network.
///
/// [`HttpAdapter`](super::HttpAdapter) adds the transport and is the [`ChannelAdapter`](super::ChannelAdapter).
pub trait ChannelWire: fmt::Debug + Send + Sync + 'static {
    /// The stable lowercase name: scheme = feature = folder.
    fn scheme(&self) -> &str;

    /// The channel.
    fn channel(&self) -> &ChannelKind;

    /// What the channel and the provider can carry together, with any sender to any recipient.
    fn capabilities(&self) -> &Capabilities;

    /// As [`ChannelAdapter::capabilities_for`](super::ChannelAdapter::capabilities_for).
    fn capabilities_for(&self, _to: &Address, _from: Option<&AccountId>) -> Option<Capabilities> {
        None
    }

    /// The request that sends `part`. The same part gives the same bytes.
    ///
    /// # Errors
    /// A [`Failure`] when the part cannot be said on this wire, such as a body that the capabilities exclude.
    fn encode(&self, part: &Part) -> Result<http::Request<Bytes>, Box<Failure>>;

    /// What an answer to that request means. Total: any status and any body give an outcome.
    fn classify(&self, part: &Part, response: &http::Response<Bytes>) -> SendOutcome;

    /// The wire that verifies and parses webhooks, if the provider has them.
    fn webhook(&self) -> Option<&dyn super::WebhookWire>;

    /// The look-up that settles ambiguous sends, if the provider has one.
    fn look_up(&self) -> Option<&dyn LookUpWire> {
        None
    }

    /// The wire that uploads and fetches media, if the provider wants them on their own.
    fn media(&self) -> Option<&dyn MediaWire> {
        None
    }

    /// The wire that fetches tokens, if a key alone may not send.
    fn token(&self) -> Option<&dyn TokenWire> {
        None
    }
}

const fn _dyn_compatible(_: &dyn ChannelWire) {}
