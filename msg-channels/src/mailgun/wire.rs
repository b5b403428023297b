//! The glue: [`Mailgun`] implements the wire traits.

use super::config::MailgunConfig;
use super::{request, response, webhook};
use crate::mail::fetch;
use crate::mail::inbound::MAX_CALL;
use crate::mail::sender::Sender;
use crate::wire::call::basic;
use crate::wire::endpoint::Endpoint;
use crate::wire::endpoint::path_segment;
use crate::wire::proof::{Hash, Macs, authenticity};
use bytes::Bytes;
use http::HeaderValue;
use http::Uri;
use jiff::Timestamp;
use msg_core::Error;
use msg_core::capability::{Capabilities, profile};
use msg_core::channel::{
    Authenticity, ChannelWire, Failure, InboundEvent, SendOutcome, Verified, WebhookRequest,
    WebhookWire,
};
use msg_core::channel::{Located, LookUpWire, MediaWire};
use msg_core::id::AccountId;
use msg_core::message::Media;
use msg_core::message::{ChannelKind, Part};
use std::fmt;

/// The scheme: also the feature and the folder.
pub const SCHEME: &str = "mailgun";

/// The most bytes that the files of a mail have together. Mailgun takes mails of 25 MB
/// (<https://documentation.mailgun.com/docs/mailgun/user-manual/sending-messages/send-http>), which is what mail servers take.
pub const MAX_FILES: usize = 18_000_000;

/// An account: the wire of the provider's API.
///
/// It builds requests and reads answers and webhooks; [`HttpAdapter`](msg_core::channel::HttpAdapter) sends.
pub struct Mailgun {
    pub(super) account: Option<AccountId>,
    pub(super) sender: Sender,
    pub(super) endpoint: Endpoint,
    pub(super) key: HeaderValue,
    pub(super) uri: Uri,
    pub(super) domain: String,
    pub(super) keys: Macs,
    capabilities: Capabilities,
}

impl Mailgun {
    /// An account with this configuration.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`](msg_core::ErrorKind::Invalid) when the key, the sender, the base URL or a secret breaks its
    /// rule; the value is not repeated.
    pub fn new(config: MailgunConfig) -> Result<Self, Error> {
        let endpoint = Endpoint::new(&config.base_url)?;
        Ok(Self {
            sender: Sender::new(&config.sender)?,
            key: basic("api", &config.api_key)?,
            uri: endpoint.fixed(&format!("/v3/{}/messages", path_segment(&config.domain)))?,
            domain: path_segment(&config.domain),
            keys: Macs::new(Hash::Sha256, &config.webhook_keys),
            endpoint,
            account: config.account,
            capabilities: profile::of(&ChannelKind::Email),
        })
    }
}

impl fmt::Debug for Mailgun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mailgun")
            .field("account", &self.account)
            .finish_non_exhaustive()
    }
}

impl ChannelWire for Mailgun {
    fn scheme(&self) -> &str {
        SCHEME
    }

    fn channel(&self) -> &ChannelKind {
        &ChannelKind::Email
    }

    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn encode(&self, part: &Part) -> Result<http::Request<Bytes>, Box<Failure>> {
        request::send(self, part, &self.sender.mail(part, MAX_FILES)?)
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

    fn media(&self) -> Option<&dyn MediaWire> {
        Some(self)
    }
}

impl WebhookWire for Mailgun {
    fn authenticate(&self, request: &WebhookRequest, _now: Timestamp) -> Authenticity {
        authenticity(webhook::prove(&self.keys, request))
    }

    fn parse(&self, call: &Verified<'_>) -> Result<Vec<InboundEvent>, Error> {
        webhook::parse(self.account.as_ref(), call)
    }

    fn most_bytes(&self) -> usize {
        MAX_CALL
    }
}

impl LookUpWire for Mailgun {
    fn ask(&self, part: &Part) -> Result<http::Request<Bytes>, Box<Failure>> {
        request::look_up(self, part)
    }

    fn found(&self, part: &Part, response: &http::Response<Bytes>) -> SendOutcome {
        response::found(part, response)
    }
}

impl MediaWire for Mailgun {
    /// Nothing: files go with the mail.
    fn must_upload(&self, _media: &Media) -> bool {
        false
    }

    fn upload(&self, _part: &Part, _media: &Media) -> Result<http::Request<Bytes>, Box<Failure>> {
        Err(fetch::no_upload())
    }

    fn uploaded(&self, _response: &http::Response<Bytes>) -> Result<String, Box<Failure>> {
        Err(fetch::no_upload())
    }

    fn locate(&self, media: &Media) -> Result<http::Request<Bytes>, Error> {
        request::stored(self, media)
    }

    fn located(&self, media: &Media, response: http::Response<Bytes>) -> Result<Located, Error> {
        fetch::located(media, response)
    }
}
