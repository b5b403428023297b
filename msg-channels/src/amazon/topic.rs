//! What a topic of Amazon SNS posts (<https://docs.aws.amazon.com/sns/latest/dg/http-notification-json.html>,
//! <https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html>).

use super::certificate::{Certificates, Version};
use crate::wire::arrival::{Arrival, digest_of};
use crate::wire::proof::{Proof, authenticity, base64, basic, header};
use jiff::Timestamp;
use msg_core::Error;
use msg_core::channel::{
    Authenticity, ChannelNotice, InboundEvent, NoticeKind, Rejection, WebhookRequest,
};
use msg_core::http::HttpTransport;
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::Value;
use std::borrow::Cow;
use std::fmt;

/// Which topics may post, and how they prove it. It reads from a file or the environment; `Debug` hides its secrets.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct TopicConfig {
    /// The ARNs of the topics. With none every webhook is refused: anybody can make a topic that Amazon signs for.
    #[serde(default)]
    pub topics: Vec<String>,
    /// What stands before the host in the URL that the topic posts to, as `user:password`. Several, so that one can be
    /// replaced. When there is one, a call must have it.
    #[serde(default)]
    pub passwords: Vec<SecretString>,
    /// Whether a call must be signed. Only with passwords it need not be: for raw delivery, which nobody signs.
    #[serde(default = "yes")]
    pub signed: bool,
}

impl Default for TopicConfig {
    fn default() -> Self {
        Self {
            topics: Vec::new(),
            passwords: Vec::new(),
            signed: true,
        }
    }
}

impl TopicConfig {
    /// Adds the ARN of a topic.
    #[must_use]
    pub fn with_topic(mut self, arn: impl Into<String>) -> Self {
        self.topics.push(arn.into());
        self
    }

    /// Adds a `user:password` of the webhook's URL.
    #[must_use]
    pub fn with_password(mut self, secret: impl Into<SecretString>) -> Self {
        self.passwords.push(secret.into());
        self
    }

    /// Takes a password as proof enough.
    #[must_use]
    pub const fn unsigned(mut self) -> Self {
        self.signed = false;
        self
    }
}

const fn yes() -> bool {
    true
}

/// Topics that may post, and the certificates that they sign with.
pub struct Topic {
    config: TopicConfig,
    certificates: Certificates,
}

impl Topic {
    /// The topics of this configuration.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`](msg_core::ErrorKind::Invalid) for what is no ARN of a topic, and for calls that nothing would
    /// prove.
    pub fn new(config: TopicConfig, certificates: Certificates) -> Result<Self, Error> {
        let is_topic = |arn: &String| {
            let fields: Vec<&str> = arn.split(':').collect();
            matches!(&*fields, ["arn", _, "sns", _, _, name] if !name.is_empty())
        };
        if !config.topics.iter().all(is_topic) {
            return Err(Error::invalid("want the arn of a topic").with_context("key", "topics"));
        }
        if !config.signed && config.passwords.is_empty() {
            return Err(Error::invalid(
                "want a password for calls without a signature",
            ));
        }
        Ok(Self {
            config,
            certificates,
        })
    }

    /// Whether a configured topic posted it.
    pub fn authenticate(&self, request: &WebhookRequest, now: Timestamp) -> Authenticity {
        authenticity(self.prove(request, now))
    }

    fn prove(&self, request: &WebhookRequest, now: Timestamp) -> Proof {
        if !self.config.passwords.is_empty() {
            basic(&self.config.passwords, request)?;
        }
        let posted: Posted<'_> = match serde_json::from_slice(&request.body) {
            Ok(posted) => posted,
            // Raw delivery: the topic stands in a header.
            Err(_) if !self.config.signed => {
                return self.is_mine(header(request, "x-amz-sns-topic-arn")?);
            }
            Err(_) => return Err(Rejection::MalformedProof),
        };
        self.is_mine(&posted.topic_arn)?;
        if !self.config.signed {
            return Ok(());
        }
        let version = match posted.signature_version.as_deref() {
            Some("1") => Version::Sha1,
            Some("2") => Version::Sha256,
            None => return Err(Rejection::MissingProof),
            Some(_) => return Err(Rejection::MalformedProof),
        };
        let proof = posted.signature.as_deref().ok_or(Rejection::MissingProof)?;
        let proof = base64(proof)?;
        let url = posted.certificate.as_deref();
        let url = url.ok_or(Rejection::MissingProof)?;
        if !super::certificate::is_certificate_url(url) {
            return Err(Rejection::WrongProof);
        }
        let text = posted.text().ok_or(Rejection::MalformedProof)?;
        let key = self.certificates.find(url, now);
        let key = key.ok_or(Rejection::UnknownKey)?;
        if key.signed(version, text.as_bytes(), &proof) {
            Ok(())
        } else {
            Err(Rejection::WrongProof)
        }
    }

    fn is_mine(&self, arn: &str) -> Proof {
        if self.config.topics.iter().any(|known| known == arn) {
            Ok(())
        } else {
            Err(Rejection::WrongProof)
        }
    }

    /// The certificates that calls are checked with.
    #[must_use]
    pub const fn certificates(&self) -> &Certificates {
        &self.certificates
    }

    /// The address of the certificate that a call names and nobody gave yet, to be fetched over https; none when the call is
    /// refused anyway, or its certificate is known.
    #[must_use]
    pub fn missing(&self, call: &WebhookRequest, now: Timestamp) -> Option<String> {
        if self.prove(call, now) != Err(Rejection::UnknownKey) {
            return None;
        }
        let posted: Posted<'_> = serde_json::from_slice(&call.body).ok()?;
        Some(posted.certificate?.into_owned())
    }

    /// Fetches the certificate that a call names, if it is [missing](Self::missing). Whoever knows a topic's ARN can make this
    /// ask Amazon's host for a file; where that matters, give the topic a password.
    ///
    /// # Errors
    /// As [`Certificates::fetch`].
    pub async fn fetch_for(
        &self,
        call: &WebhookRequest,
        transport: &dyn HttpTransport,
        now: Timestamp,
    ) -> Result<(), Error> {
        match self.missing(call, now) {
            Some(url) => self.certificates.fetch(&url, transport, now).await,
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Topic")
            .field("topics", &self.config.topics.len())
            .field("passwords", &self.config.passwords.len())
            .field("certificates", &self.certificates)
            .finish_non_exhaustive()
    }
}

/// A message of a topic, as far as it is signed.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Posted<'a> {
    #[serde(borrow)]
    r#type: Cow<'a, str>,
    #[serde(borrow)]
    message: Cow<'a, str>,
    #[serde(borrow)]
    message_id: Cow<'a, str>,
    #[serde(borrow)]
    timestamp: Cow<'a, str>,
    #[serde(borrow)]
    topic_arn: Cow<'a, str>,
    #[serde(borrow, default)]
    subject: Option<Cow<'a, str>>,
    #[serde(borrow, default, rename = "SubscribeURL")]
    subscribe: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    token: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    signature_version: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    signature: Option<Cow<'a, str>>,
    #[serde(borrow, default, rename = "SigningCertURL")]
    certificate: Option<Cow<'a, str>>,
}

impl Posted<'_> {
    /// What is signed: names and values in order of their names, each on a line. None for a kind without a rule.
    fn text(&self) -> Option<String> {
        let lines: &[(&str, Option<&str>)] = match &*self.r#type {
            "Notification" => &[
                ("Message", Some(&self.message)),
                ("MessageId", Some(&self.message_id)),
                ("Subject", self.subject.as_deref()),
                ("Timestamp", Some(&self.timestamp)),
                ("TopicArn", Some(&self.topic_arn)),
                ("Type", Some(&self.r#type)),
            ],
            "SubscriptionConfirmation" | "UnsubscribeConfirmation" => &[
                ("Message", Some(&self.message)),
                ("MessageId", Some(&self.message_id)),
                ("SubscribeURL", Some(self.subscribe.as_deref()?)),
                ("Timestamp", Some(&self.timestamp)),
                ("Token", Some(self.token.as_deref()?)),
                ("TopicArn", Some(&self.topic_arn)),
                ("Type", Some(&self.r#type)),
            ],
            _ => return None,
        };
        let mut text = String::with_capacity(self.message.len() + 512);
        for (name, value) in lines {
            if let Some(value) = value {
                for piece in [name, "\n", value, "\n"] {
                    text.push_str(piece);
                }
            }
        }
        Some(text)
    }
}

/// An https address at the host of Amazon SNS: `sns.<region>.amazonaws.com`, in China with `.cn`; no port, no user.
#[must_use]
pub fn service_url(url: &str) -> Option<http::Uri> {
    let uri: http::Uri = url.parse().ok()?;
    let host = uri.authority()?.as_str();
    let host = host.strip_suffix(".cn").unwrap_or(host);
    let region = host.strip_prefix("sns.")?.strip_suffix(".amazonaws.com")?;
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    let good = uri.scheme_str() == Some("https") && region.len() >= 3 && region.bytes().all(word);
    good.then_some(uri)
}

/// What a verified call brings.
#[derive(Debug)]
pub enum Brought {
    /// What somebody published, for the wire to read.
    Record {
        /// The id of the message: the same when it is delivered again.
        id: String,
        /// When it was published; raw delivery does not say it.
        at: Option<Timestamp>,
        /// What was published, JSON.
        record: Value,
    },
    /// Something about the topic itself, which the host may want to see: a subscription that waits for its confirmation, the
    /// end of one, a text that is no record.
    Told(Box<InboundEvent>),
}

/// Opens a verified call.
///
/// A [`ChannelNotice`] named `subscription_confirmation` has the fields of the call; a GET of its `SubscribeURL` confirms. The
/// field is missing when it does not lead to Amazon.
///
/// # Errors
/// [`ErrorKind::Invalid`](msg_core::ErrorKind::Invalid) when the body is not JSON at all.
pub fn open(arrival: &Arrival<'_>, request: &WebhookRequest) -> Result<Brought, Error> {
    let malformed = |problem| Error::invalid(problem).with_context("scheme", arrival.scheme);
    let body: Value =
        serde_json::from_slice(&request.body).map_err(|_| malformed("the body is not json"))?;
    let Value::Object(mut map) = body else {
        return Err(malformed("the body is not a record"));
    };
    let text = |name: &str| map.get(name).and_then(Value::as_str);
    let digest = || digest_of(&request.body);
    let told = request.header("x-amz-sns-message-id").map(str::to_owned);
    let id = text("MessageId")
        .map(str::to_owned)
        .or(told)
        .unwrap_or_else(digest);
    let at = text("Timestamp").and_then(|it| it.parse().ok());
    let enveloped = text("TopicArn").is_some() && map.contains_key("Message");
    let Some(kind) = text("Type").filter(|_| enveloped).map(str::to_owned) else {
        return Ok(Brought::Record {
            id,
            at,
            record: Value::Object(map),
        });
    };
    let notice = |name: &str, map| {
        let raw = Value::Object(map);
        let notice = ChannelNotice::new(NoticeKind::from(name), None, raw);
        Ok(Brought::Told(Box::new(arrival.event(&id, at, notice))))
    };
    match &*kind {
        "Notification" => {
            let said = text("Message").unwrap_or_default();
            match serde_json::from_str(said) {
                Ok(record @ Value::Object(_)) => Ok(Brought::Record { id, at, record }),
                _ => notice("topic_message", map),
            }
        }
        "SubscriptionConfirmation" => {
            if text("SubscribeURL").and_then(service_url).is_none() {
                map.remove("SubscribeURL");
            }
            notice("subscription_confirmation", map)
        }
        "UnsubscribeConfirmation" => notice("unsubscribe_confirmation", map),
        kind => Ok(Brought::Told(Box::new(
            arrival.unsupported(kind, Value::Object(map)),
        ))),
    }
}

#[cfg(test)]
pub(crate) mod tests;
