//! A part as a mail: envelope, MIME, id.

use super::config::Sender;
use super::response::failure;
use crate::mail::header::{headers, message_id};
use crate::mail::letter::{Attachment, Letter, content_invalid};
use crate::mail::mime::{self, put};
use crate::mail::text::one_line;
use lettre::address::{Address, Envelope};
use msg_core::Timestamp;
use msg_core::channel::{Advice, Failure, FailureClass, FailureScope};
use msg_core::id::PartId;
use msg_core::message::{AddressScheme, Part};
use std::io::Write as _;

/// A mail that is ready to leave.
pub(super) struct Mail {
    pub(super) envelope: Envelope,
    pub(super) bytes: Vec<u8>,
    /// The `Message-ID` with its angle brackets.
    pub(super) id: String,
}

/// The mail of a part, written at `now`. The same part at the same time gives the same bytes.
pub(super) fn encode(part: &Part, sender: &Sender, now: Timestamp) -> Result<Mail, Box<Failure>> {
    let to = recipient(part)?;
    let letter = Letter::read(part, &sender.subject)?;
    letter.fits(sender.most_files)?;
    let id = message_id(part.id, &sender.domain);
    let mut out = Vec::with_capacity(size_of(&letter));
    out.extend_from_slice(&sender.head);
    mime::mailbox(&mut out, "To", None, to.as_ref());
    mime::date(&mut out, now);
    mime::token(&mut out, "Message-ID", &id);
    mime::text(&mut out, "Subject", &one_line(&letter.subject));
    for (name, value) in headers(part, letter.unsubscribe, sender.auto_submitted)? {
        mime::token(&mut out, name, &value);
    }
    body(&mut out, &letter, part.id)?;
    let envelope = Envelope::new(Some(sender.bounce_to.clone()), vec![to])
        .map_err(|_| content_invalid("the envelope is not valid"))?;
    Ok(Mail {
        envelope,
        bytes: out,
        id,
    })
}

/// About how many bytes the mail has, so that it is written into one piece of memory.
fn size_of(letter: &Letter<'_>) -> usize {
    let html = letter.html.as_ref().map_or(0, |html| html.len());
    let files = letter.bytes() * 7 / 5 + letter.files.len() * 512;
    1536 + (letter.text.len() + html) * 5 / 4 + files
}

fn recipient(part: &Part) -> Result<Address, Box<Failure>> {
    let invalid = || {
        let class = FailureClass::InvalidRecipient;
        Box::new(failure(
            class,
            FailureScope::Recipient,
            Advice::RetryOtherChannel,
        ))
    };
    if *part.to.scheme() != AddressScheme::Email {
        return Err(invalid());
    }
    part.to.expose().parse().map_err(|_| invalid())
}

/// Text alone, or with its HTML, or with files.
fn body(out: &mut Vec<u8>, letter: &Letter<'_>, id: PartId) -> Result<(), Box<Failure>> {
    if letter.files.is_empty() {
        words(out, letter, id);
        return Ok(());
    }
    let border = border(letter, id, "m");
    put!(
        out,
        "Content-Type: multipart/mixed;\r\n boundary=\"{border}\"\r\n\r\n--{border}\r\n"
    );
    words(out, letter, id);
    for (at, attachment) in letter.attachments().enumerate() {
        put!(out, "--{border}\r\n");
        file(out, &attachment?, at, id);
    }
    put!(out, "--{border}--\r\n");
    Ok(())
}

/// The text, and the HTML as its better alternative.
fn words(out: &mut Vec<u8>, letter: &Letter<'_>, id: PartId) {
    let Some(html) = &letter.html else {
        mime::words(out, "text/plain", &letter.text);
        return;
    };
    let border = border(letter, id, "a");
    put!(
        out,
        "Content-Type: multipart/alternative;\r\n boundary=\"{border}\"\r\n\r\n--{border}\r\n"
    );
    mime::words(out, "text/plain", &letter.text);
    put!(out, "--{border}\r\n");
    mime::words(out, "text/html", html);
    put!(out, "--{border}--\r\n");
}

/// The border between the pieces of a mail, the same in every attempt.
fn border(letter: &Letter<'_>, id: PartId, level: &str) -> String {
    let html = letter.html.as_deref().unwrap_or_default();
    // `=_` cannot stand in quoted-printable or base64; in text that is sent as it is, it is looked for.
    let mut border = format!("=_{}.{}.{level}", id.message, id.index);
    if letter.text.contains("=_") || html.contains("=_") {
        while letter.text.contains(&border) || html.contains(&border) {
            border.push_str(level);
        }
    }
    border
}

/// A file, always in base64.
fn file(out: &mut Vec<u8>, file: &Attachment<'_>, at: usize, id: PartId) {
    mime::token(out, "Content-Type", file.mime);
    let disposition = if file.is_picture() {
        "Content-Disposition: inline"
    } else {
        "Content-Disposition: attachment"
    };
    mime::parameter(out, disposition, "filename", &file.name);
    // The name by which HTML may refer to it (RFC 2392).
    mime::token(out, "Content-ID", &message_id(id, &format!("{at}.file")));
    let alt = one_line(&file.media.alt);
    if !alt.is_empty() {
        // What it shows or says, for who cannot see or hear it (RFC 2045, 8).
        mime::text(out, "Content-Description", &alt);
    }
    mime::bytes(out, file.bytes);
}

#[cfg(test)]
mod tests {
    use super::super::config::SmtpConfig;
    use super::*;
    use crate::mail::header::part_of;
    use mail_parser::MessageParser;
    use msg_core::id::{MessageId, TenantId, time_ordered};
    use msg_core::message::part::EmailPart;
    use msg_core::message::{Address as To, Media, MediaKind, PartBody, Purpose};
    use proptest::prelude::*;

    fn sender() -> Sender {
        SmtpConfig::folder("/tmp", "Shop <shop@example.org>")
            .sender()
            .unwrap()
    }

    fn part(body: impl Into<PartBody>) -> Part {
        let message = MessageId::from_uuid(time_ordered(Timestamp::UNIX_EPOCH, &[1; 16]));
        let to = To::email("jo@example.net").unwrap();
        let tenant = TenantId::new("t").unwrap();
        Part::new(PartId::new(message, 3), tenant, to, Purpose::Service, body)
    }

    fn mail(part: &Part) -> Result<String, Box<Failure>> {
        let now = Timestamp::from_second(1_700_000_000).unwrap();
        let mail = encode(part, &sender(), now)?;
        Ok(String::from_utf8(mail.bytes).unwrap())
    }

    #[test]
    fn a_mail_as_it_is_written() {
        let mut email = EmailPart::new("Your order", "Hello Jo\n");
        email.html = Some("<p>Hello Jo</p>".to_owned());
        email.attachments = vec![Media::from_bytes(
            MediaKind::File,
            "text/csv",
            &b"a,b"[..],
            "Prices",
        )];
        email.unsubscribe_url = Some("https://example.org/u".to_owned());
        let mut part = part(email);
        part.reply_to = Some("q@example.net".to_owned());
        insta::assert_snapshot!(mail(&part).unwrap().replace("\r\n", "\n"));
    }

    #[test]
    fn the_id_of_a_mail_leads_back_to_its_part() {
        let id = part(EmailPart::new("a", "b")).id;
        let message_id = message_id(id, "example.org");
        assert_eq!(part_of(&message_id), Some(id));
        assert_eq!(part_of(message_id.trim_matches(['<', '>'])), Some(id));
        for other in [
            "",
            "<a@b>",
            "<a.1@b>",
            "1.2",
            "<00000000-0000-0000-0000-000000000000.x@b>",
        ] {
            assert_eq!(part_of(other), None, "{other}");
        }
    }

    #[test]
    fn what_no_header_can_carry_is_refused_or_left_out() {
        for url in [
            "http://example.org",
            "https://",
            "https://a\r\nBcc: x@y",
            "https://a>",
            "https://ä",
            "mailto:a@b",
        ] {
            let mut email = EmailPart::new("a", "b");
            email.unsubscribe_url = Some(url.to_owned());
            let failure = mail(&part(email)).unwrap_err();
            assert_eq!(failure.class, FailureClass::ContentInvalid, "{url}");
        }
        for kind in ["", "text", "text/", "a/b\r\nX: y", "a/b; c", "ä/b"] {
            let mut email = EmailPart::new("a", "b");
            email.attachments = vec![Media::from_bytes(MediaKind::File, kind, &b""[..], "")];
            let failure = mail(&part(email)).unwrap_err();
            assert_eq!(failure.class, FailureClass::ContentInvalid, "{kind}");
        }
        for id in ["", "<>", "a b@c", "a\r\nBcc: x@y", "ä@b"] {
            let mut part = part(EmailPart::new("a", "b"));
            part.reply_to = Some(id.to_owned());
            let mail = mail(&part).unwrap();
            assert!(
                !mail.contains("In-Reply-To") && mail.contains("auto-generated"),
                "{id}"
            );
        }
    }

    #[test]
    fn files_beyond_the_capabilities_are_refused_and_up_to_them_are_not() {
        let most = super::super::most_files();
        assert_eq!(most, 18_000_000);
        for (extra, fits) in [(0, true), (1, false)] {
            let half = bytes::Bytes::from(vec![0; most / 2]);
            let rest = bytes::Bytes::from(vec![0; most / 2 + extra]);
            let file = |bytes| Media::from_bytes(MediaKind::File, "a/b", bytes, "");
            let mut email = EmailPart::new("a", "b");
            email.attachments = vec![file(half), file(rest)];
            let class = mail(&part(email))
                .map(|_| ())
                .map_err(|failure| failure.class);
            let wanted = if fits {
                Ok(())
            } else {
                Err(FailureClass::ContentTooLarge)
            };
            assert_eq!(class, wanted);
        }
    }

    #[test]
    fn an_address_that_is_no_mail_address_is_refused_without_being_shown() {
        let mut part = part(EmailPart::new("a", "b"));
        part.to = To::in_app("hidden").unwrap();
        let failure = mail(&part).unwrap_err();
        assert_eq!(failure.class, FailureClass::InvalidRecipient);
        assert!(!format!("{failure:?}").contains("hidden"));
    }

    #[test]
    fn a_border_is_never_a_line_of_the_text() {
        let mut email = EmailPart::new("a", "b");
        email.html = Some("<p>c</p>".to_owned());
        let first = mail(&part(email.clone())).unwrap();
        let border = first
            .split("boundary=\"")
            .nth(1)
            .unwrap()
            .split('"')
            .next()
            .unwrap();
        email.text = format!("--{border}--\nsmuggled");
        let second = mail(&part(email.clone())).unwrap();
        let read = MessageParser::default().parse(&second).unwrap();
        assert_eq!(read.body_text(0).unwrap().replace("\r\n", "\n"), email.text);
        assert_eq!(read.body_html(0).unwrap(), "<p>c</p>");
    }

    /// The header lines that this file writes.
    const NAMES: &[&str] = &[
        "From",
        "MIME-Version",
        "To",
        "Date",
        "Message-ID",
        "Subject",
        "In-Reply-To",
        "References",
        "Auto-Submitted",
        "Content-Language",
        "List-Unsubscribe",
        "List-Unsubscribe-Post",
        "Content-Type",
        "Content-Transfer-Encoding",
    ];

    const HOSTILE: &str = "(a|ä| |\r|\n|\r\n|\r\n\r\n|\r\nBcc: x@example.org|\n.\n|\r\n.\r\n|\0|\u{85}|\u{2028}|=\\?utf-8\\?q\\?=0ABcc:\\?=|\"|<|>|:|;){0,12}";

    proptest! {
        #[test]
        fn no_field_of_a_part_can_add_a_header_or_end_the_mail(
            subject in HOSTILE, text in HOSTILE, html in HOSTILE, alt in HOSTILE, file in HOSTILE, reply in HOSTILE,
            language in HOSTILE,
        ) {
            let mut email = EmailPart::new(subject, text);
            email.html = Some(html);
            email.attachments = vec![
                Media::from_bytes(MediaKind::Image, "image/png", &b"x"[..], &*alt).with_filename(file),
                Media::from_url(MediaKind::Image, "https://example.org/a", alt),
            ];
            let mut part = part(email);
            part.reply_to = Some(reply);
            part.language = language;
            let mail = mail(&part).unwrap();
            prop_assert!(mail.is_ascii());
            prop_assert!(!mail.replace("\r\n", "").contains(['\r', '\n', '\0']));
            let (head, _) = mail.split_once("\r\n\r\n").unwrap();
            for line in head.split("\r\n").filter(|line| !line.starts_with(' ')) {
                let name = line.split(':').next().unwrap();
                prop_assert!(NAMES.contains(&name), "{}", line);
            }
            let read = MessageParser::default().parse(&mail).unwrap();
            prop_assert!(read.bcc().is_none());
            prop_assert_eq!(read.attachments().count(), 1);
        }
    }
}
