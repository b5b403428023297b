//! The glue: [`Plivo`] implements the wire traits.

use super::config::{PlivoChannel, PlivoConfig};
use super::webhook::signature::Signatures;
use super::{request, response, webhook};
use crate::wire::call;
use crate::wire::endpoint::Endpoint;
use bytes::Bytes;
use http::{HeaderValue, Uri};
use jiff::Timestamp;
use msg_core::Error;
use msg_core::capability::{Capabilities, Combos, Field, Limit, Unit, profile};
use msg_core::channel::{
    Authenticity, ChannelWire, Failure, InboundEvent, SendOutcome, Verified, WebhookRequest,
    WebhookWire,
};
use msg_core::id::AccountId;
use msg_core::message::{ChannelKind, ContentKind, Part};
use std::fmt;

/// The scheme: also the feature and the folder.
pub const SCHEME: &str = "plivo";

/// A sender: the wire of Plivo's Message API.
///
/// It builds requests and reads answers and webhooks; [`HttpAdapter`](msg_core::channel::HttpAdapter) sends.
pub struct Plivo {
    pub(super) channel: PlivoChannel,
    pub(super) kind: ChannelKind,
    pub(super) from: Option<String>,
    pub(super) powerpack: Option<String>,
    pub(super) callback: Option<String>,
    pub(super) expiry: Option<u32>,
    pub(super) log: Option<bool>,
    pub(super) account: Option<AccountId>,
    pub(super) messages: Uri,
    pub(super) authorization: HeaderValue,
    signatures: Signatures,
    capabilities: Capabilities,
}

impl Plivo {
    /// A sender with this configuration.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`](msg_core::ErrorKind::Invalid) when a value breaks its rule; it is not repeated.
    pub fn new(config: PlivoConfig) -> Result<Self, Error> {
        config.check()?;
        let path = format!("/v1/Account/{}/Message/", config.auth_id);
        let kind = match config.channel {
            PlivoChannel::Sms => ChannelKind::Sms,
            PlivoChannel::Mms => ChannelKind::Mms,
        };
        Ok(Self {
            messages: Endpoint::new(&config.base_url)?.fixed(&path)?,
            authorization: call::basic(&config.auth_id, &config.auth_token)?,
            capabilities: profile::of(&kind).meet(&carried(config.channel)),
            signatures: Signatures::new(&config),
            channel: config.channel,
            kind,
            from: config.from,
            powerpack: config.powerpack_uuid,
            callback: config.status_callback.as_deref().map(request::callback),
            expiry: config.expiry_seconds,
            log: config.log,
            account: config.account,
        })
    }
}

impl fmt::Debug for Plivo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Plivo")
            .field("channel", &self.channel)
            .field("account", &self.account)
            .field("signatures", &self.signatures)
            .finish_non_exhaustive()
    }
}

impl ChannelWire for Plivo {
    fn scheme(&self) -> &str {
        SCHEME
    }

    fn channel(&self) -> &ChannelKind {
        &self.kind
    }

    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn encode(&self, part: &Part) -> Result<http::Request<Bytes>, Box<Failure>> {
        request::encode(self, part)
    }

    fn classify(&self, part: &Part, response: &http::Response<Bytes>) -> SendOutcome {
        response::classify(self.callback.is_some(), part, response)
    }

    fn webhook(&self) -> Option<&dyn WebhookWire> {
        Some(self)
    }
}

impl WebhookWire for Plivo {
    fn authenticate(&self, request: &WebhookRequest, _now: Timestamp) -> Authenticity {
        self.signatures.authenticate(request)
    }

    fn parse(&self, call: &Verified<'_>) -> Result<Vec<InboundEvent>, Error> {
        webhook::parse(self, call)
    }
}

/// The longest text: 1,600 characters, or 737 where it needs UCS-2, which is 11 segments of either (Plivo, error 110:
/// <https://www.plivo.com/blog/sms-error-codes/>).
pub(super) const MAX_TEXT: usize = 1600;
/// See [`MAX_TEXT`].
pub(super) const MAX_SEGMENTS: usize = 11;
/// The most media of an MMS (<https://www.plivo.com/docs/messaging/api/messages>, `media_urls`).
pub(super) const MAX_MEDIA: usize = 10;

fn carried(channel: PlivoChannel) -> Capabilities {
    const LONG: &str = "Plivo error 110: 1600 characters, 737 in UCS-2 [V]";
    let text = || Limit::new(1600, Unit::Utf16, LONG);
    let mut combos = Combos::default();
    combos.mixed_album = true;
    let mut caps = Capabilities::text_only()
        .with_combos(combos)
        .with_limit(Field::Text, text())
        .with_limit(Field::Caption, text());
    caps.receipts = true;
    match channel {
        PlivoChannel::Sms => caps.with_limit(Field::Text, Limit::new(11, Unit::Segments, LONG)),
        PlivoChannel::Mms => caps.with_content(&[ContentKind::Media]).with_limit(
            Field::Album,
            Limit::new(10, Unit::Items, "Plivo Message API, `media_urls` [K]"),
        ),
    }
}
