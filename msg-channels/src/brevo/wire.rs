//! The glue: [`Brevo`] implements the wire traits.

use super::config::BrevoConfig;
use super::{request, response, webhook};
use crate::mail::fetch;
use crate::mail::inbound::MAX_CALL;
use crate::mail::sender::Sender;
use crate::wire::call::secret_value;
use crate::wire::endpoint::Endpoint;
use crate::wire::proof::authenticity;
use bytes::Bytes;
use http::HeaderValue;
use http::Uri;
use jiff::Timestamp;
use msg_core::Error;
use msg_core::capability::{Capabilities, Field, Limit, Unit, profile};
use msg_core::channel::{
    Authenticity, ChannelWire, Failure, InboundEvent, SendOutcome, Verified, WebhookRequest,
    WebhookWire,
};
use msg_core::channel::{Located, MediaWire};
use msg_core::id::AccountId;
use msg_core::message::Media;
use msg_core::message::{ChannelKind, Markup, Part};
use secrecy::ExposeSecret as _;
use secrecy::SecretString;
use std::fmt;

/// The scheme: also the feature and the folder.
pub const SCHEME: &str = "brevo";

/// The most bytes that the files of a mail have together. Brevo's documents name no number; 10 MB is what its users report
/// to work (from knowledge, the smaller of two numbers).
pub const MAX_FILES: usize = 10_000_000;

/// An account: the wire of the provider's API.
///
/// It builds requests and reads answers and webhooks; [`HttpAdapter`](msg_core::channel::HttpAdapter) sends.
pub struct Brevo {
    pub(super) account: Option<AccountId>,
    pub(super) sender: Sender,
    pub(super) endpoint: Endpoint,
    pub(super) key: HeaderValue,
    pub(super) uri: Uri,
    pub(super) passwords: Vec<SecretString>,
    pub(super) tokens: Vec<SecretString>,
    capabilities: Capabilities,
}

impl Brevo {
    /// An account with this configuration.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`](msg_core::ErrorKind::Invalid) when the key, the sender, the base URL or a secret breaks its
    /// rule; the value is not repeated.
    pub fn new(config: BrevoConfig) -> Result<Self, Error> {
        let endpoint = Endpoint::new(&config.base_url)?;
        Ok(Self {
            sender: Sender::new(&config.sender)?,
            key: secret_value(config.api_key.expose_secret())?,
            uri: endpoint.fixed("/v3/smtp/email")?,
            passwords: config.webhook_passwords,
            tokens: config.webhook_tokens,
            endpoint,
            account: config.account,
            capabilities: capabilities(),
        })
    }
}

impl fmt::Debug for Brevo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Brevo")
            .field("account", &self.account)
            .field("webhook_passwords", &self.passwords.len())
            .field("webhook_tokens", &self.tokens.len())
            .finish_non_exhaustive()
    }
}

impl ChannelWire for Brevo {
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

    fn media(&self) -> Option<&dyn MediaWire> {
        Some(self)
    }
}

impl WebhookWire for Brevo {
    fn authenticate(&self, request: &WebhookRequest, _now: Timestamp) -> Authenticity {
        authenticity(webhook::prove(self, request))
    }

    fn parse(&self, call: &Verified<'_>) -> Result<Vec<InboundEvent>, Error> {
        webhook::parse(self.account.as_ref(), call)
    }

    fn most_bytes(&self) -> usize {
        MAX_CALL
    }
}

impl MediaWire for Brevo {
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
        request::received(self, media)
    }

    fn located(&self, media: &Media, response: http::Response<Bytes>) -> Result<Located, Error> {
        fetch::located(media, response)
    }
}

/// What mail can carry through this provider: its files are smaller than mail servers take.
fn capabilities() -> Capabilities {
    let most = Limit::new(
        10_000_000,
        Unit::Bytes,
        "Brevo names no number; 10 MB works [K]",
    );
    let own = Capabilities::everything(Markup::Html).with_limit(Field::Attachments, most);
    profile::of(&ChannelKind::Email).meet(&own)
}
