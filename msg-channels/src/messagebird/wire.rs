//! The glue: [`MessageBird`] implements the wire traits.

use super::config::MessageBirdConfig;
use super::webhook::signature::Signatures;
use super::{request, response, webhook};
use crate::wire::call;
use crate::wire::endpoint::Endpoint;
use bytes::Bytes;
use http::{HeaderValue, Uri};
use jiff::Timestamp;
use msg_core::Error;
use msg_core::capability::{Capabilities, Field, Limit, Unit, profile};
use msg_core::channel::{
    Authenticity, ChannelWire, Failure, InboundEvent, LookUpWire, SendOutcome, Verified,
    WebhookRequest, WebhookWire,
};
use msg_core::id::AccountId;
use msg_core::message::{ChannelKind, Part};
use secrecy::ExposeSecret as _;
use std::fmt;

/// The scheme: also the feature and the folder.
pub const SCHEME: &str = "messagebird";

/// A sender: the wire of MessageBird's SMS API.
///
/// It builds requests and reads answers and webhooks; [`HttpAdapter`](msg_core::channel::HttpAdapter) sends. It is the API
/// of `rest.messagebird.com`, not the one of Bird's own platform.
pub struct MessageBird {
    pub(super) from: String,
    pub(super) report_url: Option<String>,
    pub(super) validity: Option<u32>,
    pub(super) gateway: Option<u32>,
    pub(super) account: Option<AccountId>,
    pub(super) endpoint: Endpoint,
    pub(super) messages: Uri,
    pub(super) authorization: HeaderValue,
    signatures: Signatures,
    capabilities: Capabilities,
}

impl MessageBird {
    /// A sender with this configuration.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`](msg_core::ErrorKind::Invalid) when a value breaks its rule; it is not repeated.
    pub fn new(config: MessageBirdConfig) -> Result<Self, Error> {
        config.check()?;
        let endpoint = Endpoint::new(&config.base_url)?;
        let key = format!("AccessKey {}", config.access_key.expose_secret());
        Ok(Self {
            messages: endpoint.fixed("/messages")?,
            endpoint,
            authorization: call::secret_value(&key)?,
            signatures: Signatures::new(&config),
            capabilities: profile::of(&ChannelKind::Sms).meet(&carried()),
            from: config.from.trim_start_matches('+').to_owned(),
            report_url: config.report_url,
            validity: config.validity_seconds,
            gateway: config.gateway,
            account: config.account,
        })
    }
}

impl fmt::Debug for MessageBird {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MessageBird")
            .field("account", &self.account)
            .field("signatures", &self.signatures)
            .finish_non_exhaustive()
    }
}

impl ChannelWire for MessageBird {
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

    fn classify(&self, part: &Part, response: &http::Response<Bytes>) -> SendOutcome {
        response::classify(part, response)
    }

    fn webhook(&self) -> Option<&dyn WebhookWire> {
        Some(self)
    }

    fn look_up(&self) -> Option<&dyn LookUpWire> {
        Some(self)
    }
}

impl WebhookWire for MessageBird {
    fn authenticate(&self, request: &WebhookRequest, now: Timestamp) -> Authenticity {
        self.signatures.authenticate(request, now)
    }

    fn parse(&self, call: &Verified<'_>) -> Result<Vec<InboundEvent>, Error> {
        webhook::parse(self, call)
    }
}

/// Lists the newest messages to the number. One that carries the part's own reference is the part; that none does proves
/// nothing, because a list may be behind.
impl LookUpWire for MessageBird {
    fn ask(&self, part: &Part) -> Result<http::Request<Bytes>, Box<Failure>> {
        request::look_up(self, part)
    }

    fn found(&self, part: &Part, response: &http::Response<Bytes>) -> SendOutcome {
        response::found(part, response)
    }
}

/// The most segments of one text: MessageBird cuts into 9 at most, 1,377 characters or 603 in UCS-2
/// (<https://developers.messagebird.com/api/sms-messaging/>; `body` has at most 1,377 in its published schema).
pub(super) const MAX_SEGMENTS: usize = 9;

fn carried() -> Capabilities {
    const LONG: &str = "MessageBird SMS API, `body`: 1377 characters, 9 segments [V]";
    let mut caps =
        Capabilities::text_only().with_limit(Field::Text, Limit::new(9, Unit::Segments, LONG));
    caps.receipts = true;
    caps
}
