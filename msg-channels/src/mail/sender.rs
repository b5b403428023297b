//! What every mail of an account takes from its configuration, and the mail that a part becomes with it.

use super::header::{Header, Mailbox, headers, message_id, recipient};
use super::letter::{Attachment, Letter};
use super::text::one_line;
use crate::wire::call::token_of;
use base64::display::Base64Display;
use base64::prelude::BASE64_STANDARD;
use msg_core::Error;
use msg_core::channel::Failure;
use msg_core::message::Part;
use serde::{Deserialize, Serialize, Serializer};
use std::fmt;

/// Who mail comes from. It reads from a file or the environment; `Debug` shows no address.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct SenderConfig {
    /// The sender: `shop@example.org` or `Shop <shop@example.org>`.
    pub from: String,
    /// Where answers go, if not to the sender.
    #[serde(default)]
    pub reply_to: Option<String>,
    /// The right-hand side of message ids; the sender's domain if none.
    #[serde(default)]
    pub domain: Option<String>,
    /// The subject of an email that has none of its own.
    #[serde(default = "default_subject")]
    pub subject: String,
    /// Whether mails say that no person wrote them (`Auto-Submitted`, RFC 3834), which keeps vacation notices away.
    #[serde(default = "yes")]
    pub auto_submitted: bool,
}

impl SenderConfig {
    /// Mail from `from`.
    pub fn new(from: impl Into<String>) -> Self {
        Self {
            from: from.into(),
            reply_to: None,
            domain: None,
            subject: default_subject(),
            auto_submitted: true,
        }
    }

    /// Sets where answers go.
    #[must_use]
    pub fn with_reply_to(mut self, reply_to: impl Into<String>) -> Self {
        self.reply_to = Some(reply_to.into());
        self
    }
}

impl fmt::Debug for SenderConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SenderConfig")
            .field("auto_submitted", &self.auto_submitted)
            .finish_non_exhaustive()
    }
}

fn default_subject() -> String {
    "Message".to_owned()
}

const fn yes() -> bool {
    true
}

/// Who mail comes from, checked once.
#[derive(Clone)]
#[non_exhaustive]
pub struct Sender {
    /// The sender.
    pub from: Mailbox,
    /// The sender as [`Mailbox::to_text`] writes it.
    pub from_text: String,
    /// Where answers go, if not to the sender.
    pub reply_to: Option<Mailbox>,
    /// The right-hand side of message ids.
    pub domain: String,
    /// The subject of an email that has none of its own.
    pub subject: String,
    /// Whether mails say that no person wrote them.
    pub auto_submitted: bool,
}

impl Sender {
    /// A sender of this configuration.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`](msg_core::ErrorKind::Invalid) names the key that is wrong; its value is not repeated.
    pub fn new(config: &SenderConfig) -> Result<Self, Error> {
        let mailbox = |key, text: &str| {
            Mailbox::parse(text).map_err(|error: Error| error.with_context("key", key))
        };
        let from = mailbox("from", &config.from)?;
        let reply_to = config.reply_to.as_deref();
        let domain = config.domain.as_deref().unwrap_or(from.domain());
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        if domain.is_empty() || domain.len() > 255 || !domain.chars().all(fits) {
            return Err(Error::invalid("want a domain name").with_context("key", "domain"));
        }
        let subject = one_line(&config.subject);
        if subject.is_empty() {
            return Err(Error::invalid("is empty").with_context("key", "subject"));
        }
        Ok(Self {
            domain: domain.to_owned(),
            from_text: from.to_text(),
            from,
            reply_to: reply_to.map(|text| mailbox("reply_to", text)).transpose()?,
            subject,
            auto_submitted: config.auto_submitted,
        })
    }

    /// The mail that a part becomes, with files of at most `most_files` bytes together.
    ///
    /// # Errors
    /// A failure when the part is no email, goes elsewhere, or breaks a rule of mail.
    pub fn mail<'a>(&'a self, part: &'a Part, most_files: usize) -> Result<Mail<'a>, Box<Failure>> {
        let to = recipient(part)?;
        let letter = Letter::read(part, &self.subject)?;
        letter.fits(most_files)?;
        Ok(Mail {
            to,
            subject: one_line(&letter.subject),
            files: letter.attachments().collect::<Result<_, _>>()?,
            headers: headers(part, letter.unsubscribe, self.auto_submitted)?,
            message_id: message_id(part.id, &self.domain),
            token: token_of(part),
            letter,
        })
    }
}

impl fmt::Debug for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sender")
    }
}

/// A mail, ready for a provider to be told of.
#[non_exhaustive]
pub struct Mail<'a> {
    /// The recipient's address.
    pub to: &'a str,
    /// The subject on one line.
    pub subject: String,
    /// The text and the HTML.
    pub letter: Letter<'a>,
    /// The files.
    pub files: Vec<Attachment<'a>>,
    /// The headers beside sender, recipient, subject and id.
    pub headers: Vec<Header>,
    /// The id of the mail, in angle brackets.
    pub message_id: String,
    /// The part's id as one word, for what a provider echoes.
    pub token: String,
}

impl Mail<'_> {
    /// The HTML, or nothing.
    #[must_use]
    pub fn html(&self) -> &str {
        self.letter.html.as_deref().unwrap_or_default()
    }
}

impl fmt::Debug for Mail<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Mail({} files)", self.files.len())
    }
}

/// Bytes that are written as base64 (RFC 4648, 4), without a copy.
#[derive(Clone, Copy)]
pub struct Base64<'a>(pub &'a [u8]);

impl Serialize for Base64<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&Base64Display::new(self.0, &BASE64_STANDARD))
    }
}

impl fmt::Debug for Base64<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Base64({} bytes)", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sender_is_checked_and_never_shown() {
        let sender = |config: SenderConfig| Sender::new(&config);
        let good = sender(SenderConfig::new("Shop <hidden@example.org>")).unwrap();
        assert_eq!((&*good.domain, &*good.subject), ("example.org", "Message"));
        let shown = format!("{good:?} {:?}", SenderConfig::new("hidden@example.org"));
        assert!(!shown.contains("hidden"), "{shown}");
        let mut config = SenderConfig::new("hidden");
        assert_eq!(
            sender(config.clone()).unwrap_err().to_string(),
            "invalid: want `name@domain` or `Name <name@domain>` (key: from)"
        );
        config.from = "a@example.org".into();
        config.domain = Some("a\r\nb".into());
        assert!(sender(config.clone()).is_err());
        config.domain = None;
        config.subject = " \n".into();
        assert!(sender(config).is_err());
        let config = SenderConfig::new("a@example.org").with_reply_to("x");
        assert!(sender(config).unwrap_err().to_string().contains("reply_to"));
    }

    #[test]
    fn a_config_names_a_misspelt_field() {
        let config: SenderConfig = serde_json::from_str(r#"{"from":"a@example.org"}"#).unwrap();
        assert!(config.auto_submitted);
        let error = serde_json::from_str::<SenderConfig>(r#"{"form":"a@example.org"}"#);
        assert!(error.unwrap_err().to_string().contains("`form`"));
    }

    #[test]
    fn bytes_are_written_as_base64() {
        let written = serde_json::to_string(&Base64(b"foob")).unwrap();
        assert_eq!(written, "\"Zm9vYg==\"");
    }
}
