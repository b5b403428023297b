//! The glue: [`SendGrid`] implements the wire traits.

use super::config::SendGridConfig;
use super::{request, response, webhook};
use crate::mail::inbound::MAX_CALL;
use crate::mail::sender::Sender;
use crate::wire::call::{bearer, token_of};
use crate::wire::endpoint::Endpoint;
use crate::wire::proof::PublicKeys;
use bytes::Bytes;
use http::{HeaderValue, Uri};
use jiff::Timestamp;
use msg_core::Error;
use msg_core::capability::{Capabilities, profile};
use msg_core::channel::{
    Authenticity, ChannelWire, Failure, InboundEvent, SendOutcome, Verified, WebhookRequest,
    WebhookWire,
};
use msg_core::id::AccountId;
use msg_core::message::{ChannelKind, Part};
use secrecy::SecretString;
use std::fmt;

/// The scheme: also the feature and the folder.
pub const SCHEME: &str = "sendgrid";

/// The most bytes that the files of a mail have together. SendGrid takes mails of 30 MB
/// (<https://www.twilio.com/docs/sendgrid/api-reference/mail-send/limitations>), which is more than mail servers take, so
/// the medium's own limit holds.
pub const MAX_FILES: usize = 18_000_000;

/// An account: the wire of SendGrid's v3 API.
///
/// It builds requests and reads answers and webhooks; [`HttpAdapter`](msg_core::channel::HttpAdapter) sends.
pub struct SendGrid {
    pub(super) account: Option<AccountId>,
    pub(super) keys: PublicKeys,
    pub(super) passwords: Vec<SecretString>,
    sender: Sender,
    uri: Uri,
    key: HeaderValue,
    capabilities: Capabilities,
}

impl SendGrid {
    /// An account with this configuration.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`](msg_core::ErrorKind::Invalid) when the key, the sender, the base URL or a webhook key breaks
    /// its rule; the value is not repeated.
    pub fn new(config: SendGridConfig) -> Result<Self, Error> {
        Ok(Self {
            keys: config.keys()?,
            sender: Sender::new(&config.sender)?,
            uri: Endpoint::new(&config.base_url)?.fixed("/v3/mail/send")?,
            key: bearer(&config.api_key)?,
            account: config.account,
            passwords: config.webhook_passwords,
            capabilities: profile::of(&ChannelKind::Email),
        })
    }
}

impl fmt::Debug for SendGrid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SendGrid")
            .field("account", &self.account)
            .field("webhook_keys", &self.keys.0.len())
            .field("webhook_passwords", &self.passwords.len())
            .finish_non_exhaustive()
    }
}

impl ChannelWire for SendGrid {
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
        let mail = self.sender.mail(part, MAX_FILES)?;
        request::send(&self.uri, &self.key, &self.sender, &mail)
    }

    fn classify(&self, part: &Part, response: &http::Response<Bytes>) -> SendOutcome {
        response::classify(&token_of(part), response)
    }

    fn webhook(&self) -> Option<&dyn WebhookWire> {
        Some(self)
    }
}

impl WebhookWire for SendGrid {
    fn authenticate(&self, request: &WebhookRequest, _now: Timestamp) -> Authenticity {
        webhook::authenticate(&self.keys, &self.passwords, request)
    }

    fn parse(&self, call: &Verified<'_>) -> Result<Vec<InboundEvent>, Error> {
        webhook::parse(self.account.as_ref(), call)
    }

    fn most_bytes(&self) -> usize {
        MAX_CALL
    }
}
