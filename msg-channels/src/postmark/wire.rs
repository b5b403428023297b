//! The glue: [`Postmark`] implements the wire traits.

use super::config::PostmarkConfig;
use super::{request, response, webhook};
use crate::mail::inbound::MAX_CALL;
use crate::mail::sender::Sender;
use crate::wire::call::secret_value;
use crate::wire::endpoint::Endpoint;
use crate::wire::proof::{authenticity, basic};
use bytes::Bytes;
use http::HeaderValue;
use http::Uri;
use jiff::Timestamp;
use msg_core::Error;
use msg_core::capability::{Capabilities, Field, Limit, Unit, profile};
use msg_core::channel::LookUpWire;
use msg_core::channel::{
    Authenticity, ChannelWire, Failure, InboundEvent, SendOutcome, Verified, WebhookRequest,
    WebhookWire,
};
use msg_core::id::AccountId;
use msg_core::message::{ChannelKind, Markup, Part};
use secrecy::ExposeSecret as _;
use secrecy::SecretString;
use std::fmt;

/// The scheme: also the feature and the folder.
pub const SCHEME: &str = "postmark";

/// The most bytes that the files of a mail have together. Postmark takes mails of 10 MB, counted as base64
/// (<https://postmarkapp.com/support/article/1056-what-are-the-attachment-and-email-size-limits>): three quarters of that, less
/// half a megabyte for the words.
pub const MAX_FILES: usize = 7_000_000;

/// An account: the wire of the provider's API.
///
/// It builds requests and reads answers and webhooks; [`HttpAdapter`](msg_core::channel::HttpAdapter) sends.
pub struct Postmark {
    pub(super) account: Option<AccountId>,
    pub(super) sender: Sender,
    pub(super) endpoint: Endpoint,
    pub(super) key: HeaderValue,
    pub(super) uri: Uri,
    pub(super) passwords: Vec<SecretString>,
    pub(super) stream: Option<String>,
    pub(super) marketing_stream: Option<String>,
    capabilities: Capabilities,
}

impl Postmark {
    /// An account with this configuration.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`](msg_core::ErrorKind::Invalid) when the key, the sender, the base URL or a secret breaks its
    /// rule; the value is not repeated.
    pub fn new(config: PostmarkConfig) -> Result<Self, Error> {
        let endpoint = Endpoint::new(&config.base_url)?;
        Ok(Self {
            sender: Sender::new(&config.sender)?,
            key: secret_value(config.server_token.expose_secret())?,
            uri: endpoint.fixed("/email")?,
            passwords: config.webhook_passwords,
            stream: config.stream,
            marketing_stream: config.marketing_stream,
            endpoint,
            account: config.account,
            capabilities: capabilities(),
        })
    }
}

impl fmt::Debug for Postmark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Postmark")
            .field("account", &self.account)
            .field("webhook_passwords", &self.passwords.len())
            .finish_non_exhaustive()
    }
}

impl ChannelWire for Postmark {
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
}

impl WebhookWire for Postmark {
    fn authenticate(&self, request: &WebhookRequest, _now: Timestamp) -> Authenticity {
        authenticity(basic(&self.passwords, request))
    }

    fn parse(&self, call: &Verified<'_>) -> Result<Vec<InboundEvent>, Error> {
        webhook::parse(self.account.as_ref(), call)
    }

    fn most_bytes(&self) -> usize {
        MAX_CALL
    }
}

impl LookUpWire for Postmark {
    fn ask(&self, part: &Part) -> Result<http::Request<Bytes>, Box<Failure>> {
        request::look_up(self, part)
    }

    fn found(&self, part: &Part, response: &http::Response<Bytes>) -> SendOutcome {
        response::found(part, response)
    }
}

/// What mail can carry through this provider: its files are smaller than mail servers take.
fn capabilities() -> Capabilities {
    let most = Limit::new(
        7_000_000,
        Unit::Bytes,
        "Postmark support, article 1056: 10 MB as base64 [V]",
    );
    let own = Capabilities::everything(Markup::Html).with_limit(Field::Attachments, most);
    profile::of(&ChannelKind::Email).meet(&own)
}
