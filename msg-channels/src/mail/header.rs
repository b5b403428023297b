//! Header lines that every mail has the same way, whoever carries it: ids, threads, unsubscribing, mailboxes.
//!
//! Nothing that comes from outside can end its line: what has control characters is refused or left out.

use super::letter::content_invalid;
use super::text::one_line;
use msg_core::Error;
use msg_core::channel::{Advice, Failure, FailureClass, FailureScope};
use msg_core::id::{MessageId, PartId};
use msg_core::message::{Address, AddressScheme, Part};
use std::borrow::Cow;
use std::fmt;

/// The longest id or address that goes into one header line: 998 bytes (RFC 5322, 2.1.1) less the header's name.
pub const MAX_TOKEN: usize = 900;

/// A header line: its name and its value, printable ASCII.
pub type Header = (&'static str, Cow<'static, str>);

/// A name, perhaps, and an address. `Debug` shows neither.
#[derive(Clone, PartialEq, Eq)]
pub struct Mailbox {
    name: Option<String>,
    address: String,
}

impl Mailbox {
    /// `address` or `Name <address>`, without control characters.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`](msg_core::ErrorKind::Invalid) when it is neither; it is not repeated.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let wrong = || Error::invalid("want `name@domain` or `Name <name@domain>`");
        if text.chars().any(char::is_control) {
            return Err(wrong());
        }
        let (name, address) = match text.trim().strip_suffix('>') {
            Some(rest) => rest.rsplit_once('<').ok_or_else(wrong)?,
            None => ("", text.trim()),
        };
        let address = Address::email(address.trim()).map_err(|_| wrong())?;
        let name = one_line(name.trim().trim_matches('"'));
        Ok(Self {
            name: Some(name).filter(|name| !name.is_empty()),
            address: address.expose().to_owned(),
        })
    }

    /// The name that is shown.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The address in clear.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The right-hand side of the address.
    #[must_use]
    pub fn domain(&self) -> &str {
        self.address
            .rsplit_once('@')
            .map_or("", |(_, domain)| domain)
    }

    /// `"Name" <address>` in Unicode, for providers that encode it themselves. Quotes and backslashes of the name are
    /// escaped (RFC 5322, 3.2.4), so that it names one mailbox, whatever it says.
    #[must_use]
    pub fn to_text(&self) -> String {
        let Some(name) = &self.name else {
            return self.address.clone();
        };
        let mut text = String::with_capacity(name.len() + self.address.len() + 8);
        let word = |c: char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_' | '\'');
        if name.chars().all(word) {
            text.push_str(name);
        } else {
            text.push('"');
            for c in name.chars() {
                if matches!(c, '"' | '\\') {
                    text.push('\\');
                }
                text.push(c);
            }
            text.push('"');
        }
        text.push_str(" <");
        text.push_str(&self.address);
        text.push('>');
        text
    }
}

impl fmt::Debug for Mailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Mailbox")
    }
}

/// Where a part goes: an email address.
///
/// # Errors
/// A failure when it goes elsewhere; the address is not repeated.
pub fn recipient(part: &Part) -> Result<&str, Box<Failure>> {
    if *part.to.scheme() == AddressScheme::Email {
        return Ok(part.to.expose());
    }
    let (class, scope) = (FailureClass::InvalidRecipient, FailureScope::Recipient);
    Err(Box::new(Failure::new(
        class,
        scope,
        Advice::RetryOtherChannel,
    )))
}

/// The id of a part's mail, in angle brackets: made from the part's id, so that it is the same in every attempt.
#[must_use]
pub fn message_id(part: PartId, domain: &str) -> String {
    format!("<{}.{}@{domain}>", part.message, part.index)
}

/// The part that a `Message-ID` made by [`message_id`] stands for, with or without its angle brackets.
///
/// Bounces and answers name it (`References`, `Original-Message-ID`). None for the id of another program.
#[must_use]
pub fn part_of(message_id: &str) -> Option<PartId> {
    let id = message_id
        .trim()
        .trim_start_matches('<')
        .trim_end_matches('>');
    let (local, _) = id.split_once('@')?;
    let (message, index) = local.split_once('.')?;
    let message: MessageId = message.parse().ok()?;
    Some(PartId::new(message, index.parse().ok()?))
}

/// The id of another mail, in angle brackets. None for one that no header can carry: the mail then arrives unthreaded.
#[must_use]
pub fn threading_id(id: &str) -> Option<String> {
    let id = id.trim();
    let id = id.strip_prefix('<').unwrap_or(id);
    let id = id.strip_suffix('>').unwrap_or(id);
    let fits = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'<' | b'>');
    (!id.is_empty() && id.len() <= MAX_TOKEN && id.bytes().all(fits)).then(|| format!("<{id}>"))
}

/// The headers that a part asks for beside subject, sender and recipient: its thread, that a program wrote it (RFC 3834),
/// its language, and one-click unsubscribing (RFC 8058).
///
/// # Errors
/// A failure when the address to unsubscribe is not https or cannot stand in a header.
pub fn headers(
    part: &Part,
    unsubscribe: Option<&str>,
    auto_submitted: bool,
) -> Result<Vec<Header>, Box<Failure>> {
    let mut all: Vec<Header> = Vec::with_capacity(6);
    let answers = part.reply_to.as_deref().and_then(threading_id);
    // RFC 3834, 5: an answer is `auto-replied`.
    let automatic = match answers {
        Some(_) => "auto-replied",
        None => "auto-generated",
    };
    if let Some(answers) = answers {
        all.push(("In-Reply-To", answers.clone().into()));
        all.push(("References", answers.into()));
    }
    if auto_submitted {
        all.push(("Auto-Submitted", automatic.into()));
    }
    if is_language(&part.language) {
        all.push(("Content-Language", part.language.clone().into()));
    }
    if let Some(url) = unsubscribe {
        // RFC 8058, 3.1: both headers, https, and the value of the second one as it is here.
        all.push(("List-Unsubscribe", unsubscribe_url(url)?.into()));
        all.push(("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".into()));
    }
    Ok(all)
}

fn unsubscribe_url(url: &str) -> Result<String, Box<Failure>> {
    let fits = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'<' | b'>' | b'"' | b',');
    let host = url.strip_prefix("https://").unwrap_or_default();
    if host.is_empty() || url.len() > MAX_TOKEN || !url.bytes().all(fits) {
        return Err(content_invalid("want an https URL to unsubscribe"));
    }
    Ok(format!("<{url}>"))
}

/// A language tag (RFC 5646): letters, digits and hyphens.
fn is_language(tag: &str) -> bool {
    !tag.is_empty()
        && tag.len() <= 35
        && tag
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_mailbox_is_checked_and_never_repeated() {
        let text = |text: &str| Mailbox::parse(text).map(|it| it.to_text());
        for (given, written) in [
            ("shop@Example.org", "shop@example.org"),
            (
                "Grüner Shop <shop@example.org>",
                "Grüner Shop <shop@example.org>",
            ),
            (
                "\"Shop, Inc.\" <shop@example.org>",
                "\"Shop, Inc.\" <shop@example.org>",
            ),
            (
                "A \"B\" \\ C <shop@example.org>",
                "\"A \\\"B\\\" \\\\ C\" <shop@example.org>",
            ),
            (
                "a@b.example <shop@example.org>",
                "\"a@b.example\" <shop@example.org>",
            ),
        ] {
            assert_eq!(text(given).unwrap(), written);
        }
        for bad in [
            "",
            "secret",
            "secret@",
            "a <secret>",
            "S <s@example.org>\r\nBcc: x@example.org",
        ] {
            let error = Mailbox::parse(bad).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("secret"), "{bad}");
        }
        let mailbox = Mailbox::parse("Hidden <hidden@example.org>").unwrap();
        assert_eq!(format!("{mailbox:?}"), "Mailbox");
    }

    proptest! {
        /// Whatever a name says, readers see it and one address.
        #[test]
        fn a_mailbox_reads_back(name in "[a-zä,;:<>\"\\\\@. ]{1,30}") {
            prop_assume!(!name.trim_matches(['"', ' ']).is_empty());
            let mailbox = Mailbox::parse(&format!("{name} <shop@example.org>"));
            prop_assume!(mailbox.is_ok());
            let mailbox = mailbox.unwrap();
            prop_assume!(mailbox.name().is_some());
            let mail = format!("From: {}\r\n\r\nx", mailbox.to_text());
            let mail = mail_parser::MessageParser::default().parse(mail.as_bytes()).unwrap();
            let from: Vec<_> = mail.from().unwrap().iter().collect();
            prop_assert_eq!(from.len(), 1);
            prop_assert_eq!(from[0].address(), Some("shop@example.org"));
            prop_assert_eq!(from[0].name().map(one_line), mailbox.name().map(one_line));
        }
    }
}
