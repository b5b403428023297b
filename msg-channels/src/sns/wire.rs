//! The glue: [`Sns`] implements the wire traits.

use super::config::SnsConfig;
use super::{request, response, webhook};
use crate::amazon::{Account, Certificates, Topic};
use crate::wire::endpoint::Endpoint;
use bytes::Bytes;
use http::Uri;
use jiff::Timestamp;
use msg_core::capability::{Capabilities, Field, Limit, Unit, profile};
use msg_core::channel::{
    Authenticity, ChannelWire, Failure, InboundEvent, SendOutcome, Verified, WebhookRequest,
    WebhookWire,
};
use msg_core::message::{ChannelKind, Part};
use msg_core::{Clock, Error};
use std::fmt;
use std::sync::Arc;

/// The scheme: also the feature and the folder.
pub const SCHEME: &str = "sns";

/// The name of the service in signatures and addresses.
const SERVICE: &str = "sns";

/// The longest text, in bytes of UTF-8. The guide says 1,600 bytes
/// (<https://docs.aws.amazon.com/sns/latest/dg/sms_publish-to-phone.html>), the API's model 1,600 characters.
pub const MAX_TEXT: usize = 1600;

/// A sender: the wire of the provider's API.
///
/// It builds and signs requests and reads answers and webhooks; [`HttpAdapter`](msg_core::channel::HttpAdapter) sends.
pub struct Sns {
    pub(super) config: SnsConfig,
    pub(super) aws: Account,
    pub(super) uri: Uri,
    topic: Topic,
    capabilities: Capabilities,
}

impl Sns {
    /// A sender with this configuration; `clock` dates the signatures.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`](msg_core::ErrorKind::Invalid) when a key, the sender, a topic or the base URL breaks its rule;
    /// the value is not repeated.
    pub fn new(config: SnsConfig, clock: Arc<dyn Clock>) -> Result<Self, Error> {
        Self::with_certificates(config, clock, Certificates::new())
    }

    /// As [`Sns::new`], with certificates that several wires share.
    ///
    /// # Errors
    /// As [`Sns::new`].
    pub fn with_certificates(
        config: SnsConfig,
        clock: Arc<dyn Clock>,
        certificates: Certificates,
    ) -> Result<Self, Error> {
        config.check()?;
        let own = || config.aws.endpoint(SERVICE);
        let base = config.base_url.clone().unwrap_or_else(own);
        Ok(Self {
            aws: Account::new(&config.aws, SERVICE, clock)?,
            uri: Endpoint::new(&base)?.fixed("/")?,
            topic: Topic::new(config.webhooks.clone(), certificates)?,
            config,
            capabilities: capabilities(),
        })
    }

    /// The topics that webhooks come from: what fetches the certificates that they are checked with.
    #[must_use]
    pub const fn topic(&self) -> &Topic {
        &self.topic
    }
}

impl fmt::Debug for Sns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sns")
            .field("account", &self.config.account)
            .field("aws", &self.aws)
            .field("topic", &self.topic)
            .finish_non_exhaustive()
    }
}

impl ChannelWire for Sns {
    fn scheme(&self) -> &str {
        SCHEME
    }

    fn channel(&self) -> &ChannelKind {
        &ChannelKind::Sms
    }

    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn encode(&self, part: &Part) -> Result<http::Request<Bytes>, Box<Failure>> {
        request::encode(self, part)
    }

    fn classify(&self, _part: &Part, response: &http::Response<Bytes>) -> SendOutcome {
        response::classify(response)
    }

    fn webhook(&self) -> Option<&dyn WebhookWire> {
        Some(self)
    }
}

impl WebhookWire for Sns {
    fn authenticate(&self, request: &WebhookRequest, now: Timestamp) -> Authenticity {
        self.topic.authenticate(request, now)
    }

    fn parse(&self, call: &Verified<'_>) -> Result<Vec<InboundEvent>, Error> {
        webhook::parse(self.config.account.as_ref(), call)
    }
}

/// What SMS can carry through this provider: no receipts, which it writes into a log.
fn capabilities() -> Capabilities {
    let most = Limit::new(
        1600,
        Unit::Bytes,
        "Amazon SNS, sms_publish-to-phone: 1600 bytes; the API's model: characters [V]",
    );
    let mut own = Capabilities::text_only().with_limit(Field::Text, most);
    own.receipts = false;
    profile::of(&ChannelKind::Sms).meet(&own)
}
