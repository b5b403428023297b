//! The glue: [`Ses`] implements the wire traits.

use super::config::SesConfig;
use super::{request, response, webhook};
use crate::amazon::{Account, Certificates, Topic};
use crate::mail::header::Mailbox;
use crate::mail::mime;
use crate::mail::sender::Sender;
use crate::wire::endpoint::Endpoint;
use bytes::Bytes;
use http::Uri;
use jiff::Timestamp;
use msg_core::capability::{Capabilities, profile};
use msg_core::channel::{
    Authenticity, ChannelWire, Failure, InboundEvent, SendOutcome, Verified, WebhookRequest,
    WebhookWire,
};
use msg_core::id::AccountId;
use msg_core::message::{ChannelKind, Markup, Part};
use msg_core::{Clock, Error};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// The scheme: also the feature and the folder.
pub const SCHEME: &str = "ses";

/// The name of the service in signatures (`signingName` of the API's model).
const SERVICE: &str = "ses";

/// The most bytes that the files of a mail have together. Amazon takes mails of 40 MB
/// (<https://docs.aws.amazon.com/ses/latest/dg/attachments.html>), which is more than mail servers take, so the medium's own
/// limit holds.
pub const MAX_FILES: usize = 18_000_000;

/// An account: the wire of the provider's API.
///
/// It builds and signs requests and reads answers and webhooks; [`HttpAdapter`](msg_core::channel::HttpAdapter) sends.
pub struct Ses {
    pub(super) account: Option<AccountId>,
    pub(super) aws: Account,
    pub(super) sender: Sender,
    pub(super) from: String,
    /// The sender's bare address in small letters.
    pub(super) address: String,
    pub(super) reply_to: Option<String>,
    pub(super) identity: Option<String>,
    pub(super) configuration_set: Option<String>,
    pub(super) feedback_to: Option<String>,
    pub(super) tags: BTreeMap<String, String>,
    pub(super) tenant: Option<String>,
    pub(super) uri: Uri,
    /// The right-hand side of the ids that Amazon gives to mail.
    pub(super) id_domain: String,
    topic: Topic,
    capabilities: Capabilities,
}

impl Ses {
    /// An account with this configuration; `clock` dates the signatures.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`](msg_core::ErrorKind::Invalid) when a key, the sender, a tag, a topic or the base URL breaks its
    /// rule; the value is not repeated.
    pub fn new(config: SesConfig, clock: Arc<dyn Clock>) -> Result<Self, Error> {
        Self::with_certificates(config, clock, Certificates::new())
    }

    /// As [`Ses::new`], with certificates that several wires share.
    ///
    /// # Errors
    /// As [`Ses::new`].
    pub fn with_certificates(
        config: SesConfig,
        clock: Arc<dyn Clock>,
        certificates: Certificates,
    ) -> Result<Self, Error> {
        config.check()?;
        let base = config.base_url;
        let base = base.unwrap_or_else(|| config.aws.endpoint("email"));
        let sender = Sender::new(&config.sender)?;
        let reply_to = sender.reply_to.as_ref().map(in_ascii);
        let feedback_to = config.feedback_to.as_deref().map(Mailbox::parse);
        let feedback_to = feedback_to
            .transpose()
            .map_err(|error| error.with_context("key", "feedback_to"))?;
        Ok(Self {
            aws: Account::new(&config.aws, SERVICE, clock)?,
            from: in_ascii(&sender.from),
            address: sender.from.address().to_ascii_lowercase(),
            reply_to,
            sender,
            identity: config.identity_arn,
            configuration_set: config.configuration_set,
            feedback_to: feedback_to.map(|it| it.address().to_owned()),
            tags: config.tags,
            tenant: config.tenant,
            uri: Endpoint::new(&base)?.fixed("/v2/email/outbound-emails")?,
            id_domain: id_domain(&config.aws.region),
            topic: Topic::new(config.webhooks, certificates)?,
            account: config.account,
            capabilities: capabilities(),
        })
    }

    /// The topics that webhooks come from: what fetches the certificates that they are checked with.
    #[must_use]
    pub const fn topic(&self) -> &Topic {
        &self.topic
    }
}

/// `Name <address>` with the name in encoded words (RFC 2047), as Amazon wants one that is not ASCII
/// (<https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html>, `FromEmailAddress`).
fn in_ascii(mailbox: &Mailbox) -> String {
    let mut line = Vec::with_capacity(80);
    mime::mailbox(&mut line, "F", mailbox.name(), mailbox.address());
    let line = String::from_utf8_lossy(&line).replace("\r\n", "");
    line.strip_prefix("F:").unwrap_or(&line).trim().to_owned()
}

/// Ids of mail end in the region's name, but for the oldest region (seen in events and mail that Amazon shows; a mail whose id
/// ends otherwise is still known by the two other ids).
fn id_domain(region: &str) -> String {
    match region {
        "us-east-1" => "email.amazonses.com".to_owned(),
        region => format!("{region}.amazonses.com"),
    }
}

impl fmt::Debug for Ses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ses")
            .field("account", &self.account)
            .field("aws", &self.aws)
            .field("topic", &self.topic)
            .finish_non_exhaustive()
    }
}

impl ChannelWire for Ses {
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
        response::classify(self, part, response)
    }

    fn webhook(&self) -> Option<&dyn WebhookWire> {
        Some(self)
    }
}

impl WebhookWire for Ses {
    fn authenticate(&self, request: &WebhookRequest, now: Timestamp) -> Authenticity {
        self.topic.authenticate(request, now)
    }

    fn parse(&self, call: &Verified<'_>) -> Result<Vec<InboundEvent>, Error> {
        webhook::parse(self.account.as_ref(), call)
    }
}

/// What mail can carry: this provider takes all of it.
fn capabilities() -> Capabilities {
    profile::of(&ChannelKind::Email).meet(&Capabilities::everything(Markup::Html))
}
