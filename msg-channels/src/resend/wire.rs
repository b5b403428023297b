//! The glue: [`Resend`] implements the wire traits.

use super::config::ResendConfig;
use super::{request, response, webhook};
use crate::mail::fetch;
use crate::mail::inbound::MAX_CALL;
use crate::mail::sender::Sender;
use crate::wire::call::bearer;
use crate::wire::endpoint::Endpoint;
use crate::wire::proof::{StandardSecrets, authenticity};
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
use msg_core::channel::{Located, MediaWire};
use msg_core::id::AccountId;
use msg_core::message::Media;
use msg_core::message::{ChannelKind, Part};
use secrecy::SecretString;
use std::fmt;

/// The scheme: also the feature and the folder.
pub const SCHEME: &str = "resend";

/// The most bytes that the files of a mail have together. Resend takes mails of 40 MB as base64
/// (<https://resend.com/docs/dashboard/emails/attachments>), which is more than mail servers take, so the medium's own limit
/// holds.
pub const MAX_FILES: usize = 18_000_000;

/// An account: the wire of the provider's API.
///
/// It builds requests and reads answers and webhooks; [`HttpAdapter`](msg_core::channel::HttpAdapter) sends.
pub struct Resend {
    pub(super) account: Option<AccountId>,
    pub(super) sender: Sender,
    pub(super) endpoint: Endpoint,
    pub(super) key: HeaderValue,
    pub(super) uri: Uri,
    pub(super) secrets: StandardSecrets,
    pub(super) passwords: Vec<SecretString>,
    capabilities: Capabilities,
}

impl Resend {
    /// An account with this configuration.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`](msg_core::ErrorKind::Invalid) when the key, the sender, the base URL or a secret breaks its
    /// rule; the value is not repeated.
    pub fn new(config: ResendConfig) -> Result<Self, Error> {
        let endpoint = Endpoint::new(&config.base_url)?;
        Ok(Self {
            sender: Sender::new(&config.sender)?,
            key: bearer(&config.api_key)?,
            uri: endpoint.fixed("/emails")?,
            secrets: StandardSecrets::new(&config.webhook_secrets)?,
            passwords: config.webhook_passwords,
            endpoint,
            account: config.account,
            capabilities: profile::of(&ChannelKind::Email),
        })
    }
}

impl fmt::Debug for Resend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Resend")
            .field("account", &self.account)
            .field("webhook_passwords", &self.passwords.len())
            .finish_non_exhaustive()
    }
}

impl ChannelWire for Resend {
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
        request::send(self, &self.sender.mail(part, MAX_FILES)?)
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

impl WebhookWire for Resend {
    fn authenticate(&self, request: &WebhookRequest, now: Timestamp) -> Authenticity {
        authenticity(webhook::prove(self, request, now))
    }

    fn parse(&self, call: &Verified<'_>) -> Result<Vec<InboundEvent>, Error> {
        webhook::parse(self.account.as_ref(), call)
    }

    fn most_bytes(&self) -> usize {
        MAX_CALL
    }
}

impl MediaWire for Resend {
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
        response::located(media, response)
    }
}
