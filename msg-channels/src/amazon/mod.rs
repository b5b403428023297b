//! What the channels of Amazon Web Services have in common: requests signed by an account, failures by their type, and topics
//! that post what happened.
//!
//! A topic of Amazon SNS signs what it posts with the key of a certificate, and names where that certificate is. The wire does
//! no I/O, so it knows the certificates that it was given ([`Certificates`]); a call whose certificate it does not know is
//! rejected as [`UnknownKey`](msg_core::channel::Rejection::UnknownKey) with status 503, after which the topic posts it again.
//! A host fetches it before it hands the call over:
//!
//! ```
//! use msg_channels::amazon::Topic;
//! use msg_core::channel::WebhookRequest;
//! use msg_core::http::HttpTransport;
//! use msg_core::{Error, Timestamp};
//!
//! /// Before `Engine::receive`; `topic` is `Ses::topic` or `Sns::topic`.
//! async fn prepare(
//!     topic: &Topic,
//!     transport: &dyn HttpTransport,
//!     call: &WebhookRequest,
//!     now: Timestamp,
//! ) -> Result<(), Error> {
//!     // One fetch a region and year; nothing to do when the certificate is known or the call is refused anyway.
//!     topic.fetch_for(call, transport, now).await
//! }
//! ```
//!
//! Neither does it confirm a subscription: that is a notice, `subscription_confirmation`, and a GET of its `SubscribeURL`, which
//! was checked to be Amazon's, confirms it.

mod account;
mod certificate;
mod fault;
mod topic;

pub use account::{Account, AwsConfig};
pub use certificate::Certificates;
pub use fault::{COMMON, code_of, refused, text_of};
pub use topic::{Brought, Topic, TopicConfig, open, service_url};

#[cfg(test)]
pub(crate) use topic::tests::NOW;
