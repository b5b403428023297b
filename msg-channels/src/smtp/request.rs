//! A part as a mail: envelope, MIME, id.

use super::config::{Sender, one_line};
use super::letter::Letter;
use super::response::failure;
use super::text::odd_words;
use lettre::Message;
use lettre::address::{Address, Envelope};
use lettre::message::header::{
    ContentDisposition, ContentId, ContentTransferEncoding, ContentType, Header, HeaderName,
    HeaderValue,
};
use lettre::message::{Body, Mailbox, MessageBuilder, MultiPart, MultiPartKind, SinglePart};
use msg_core::Timestamp;
use msg_core::channel::{Advice, Failure, FailureClass, FailureScope};
use msg_core::id::{MessageId, PartId};
use msg_core::message::{AddressScheme, Media, MediaKind, MediaSource, Part};
use std::time::{Duration, SystemTime};

/// The longest id or address that goes into one header line: 998 bytes (RFC 5322, 2.1.1) less the header's name.
const MAX_TOKEN: usize = 900;

/// The last second that a mail's date can say: the end of the year 9999.
const LAST_SECOND: i64 = 253_402_300_799;

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
    let id = message_id(part.id, &sender.domain);
    let mut head = Message::builder()
        .from(sender.from.clone())
        .to(Mailbox::new(None, to.clone()))
        .date(date(now))
        .message_id(Some(id.clone()));
    head = text_header(head, SUBJECT, &letter.subject);
    if let Some(reply_to) = &sender.reply_to {
        head = head.reply_to(reply_to.clone());
    }
    let answers = part.reply_to.as_deref().and_then(threading_id);
    if let Some(answers) = &answers {
        head = head
            .raw_header(plain(IN_REPLY_TO, answers.clone()))
            .raw_header(plain(REFERENCES, answers.clone()));
    }
    if sender.auto_submitted {
        // RFC 3834, 5: an answer is `auto-replied`.
        let value = if answers.is_some() {
            "auto-replied"
        } else {
            "auto-generated"
        };
        head = head.raw_header(plain(AUTO_SUBMITTED, value.to_owned()));
    }
    if is_language(&part.language) {
        head = head.raw_header(plain(CONTENT_LANGUAGE, part.language.clone()));
    }
    if let Some(url) = letter.unsubscribe {
        // RFC 8058, 3.1: both headers, https, and the value of the second one as it is here.
        let url = unsubscribe_url(url)?;
        head = head
            .raw_header(plain(LIST_UNSUBSCRIBE, url))
            .raw_header(plain(
                LIST_UNSUBSCRIBE_POST,
                "List-Unsubscribe=One-Click".to_owned(),
            ));
    }
    let envelope = Envelope::new(Some(sender.bounce_to.clone()), vec![to.clone()])
        .map_err(|_| content_invalid("the envelope is not valid"))?;
    let message = body(head.envelope(envelope.clone()), &letter, part.id)?;
    Ok(Mail {
        envelope,
        bytes: message.formatted(),
        id,
    })
}

const SUBJECT: HeaderName = HeaderName::new_from_ascii_str("Subject");
const IN_REPLY_TO: HeaderName = HeaderName::new_from_ascii_str("In-Reply-To");
const REFERENCES: HeaderName = HeaderName::new_from_ascii_str("References");
const AUTO_SUBMITTED: HeaderName = HeaderName::new_from_ascii_str("Auto-Submitted");
const CONTENT_LANGUAGE: HeaderName = HeaderName::new_from_ascii_str("Content-Language");
const CONTENT_DESCRIPTION: HeaderName = HeaderName::new_from_ascii_str("Content-Description");
const LIST_UNSUBSCRIBE: HeaderName = HeaderName::new_from_ascii_str("List-Unsubscribe");
const LIST_UNSUBSCRIBE_POST: HeaderName = HeaderName::new_from_ascii_str("List-Unsubscribe-Post");

/// The id of a part's mail: made from the part's id, so that it is the same in every attempt.
pub(super) fn message_id(part: PartId, domain: &str) -> String {
    format!("<{}.{}@{domain}>", part.message, part.index)
}

/// The part that a `Message-ID` made by this adapter stands for, with or without its angle brackets.
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

pub(super) fn content_invalid(detail: &'static str) -> Box<Failure> {
    let (class, scope) = (FailureClass::ContentInvalid, FailureScope::Message);
    Box::new(failure(class, scope, Advice::FixContent).with_detail(detail))
}

/// A header whose value is known to be printable and short.
fn plain(name: HeaderName, value: String) -> HeaderValue {
    HeaderValue::dangerous_new_pre_encoded(name, String::new(), value)
}

fn text_header(head: MessageBuilder, name: HeaderName, text: &str) -> MessageBuilder {
    head.raw_header(text_value(name, text))
}

/// A header of free text on one line, encoded where it has to be.
fn text_value(name: HeaderName, text: &str) -> HeaderValue {
    let line = one_line(text);
    match odd_words(&line) {
        Some(encoded) => plain(name, encoded),
        None => HeaderValue::new(name, line),
    }
}

/// Clamped to what a date can say: a clock may jump.
fn date(now: Timestamp) -> SystemTime {
    let seconds = now.as_second().clamp(0, LAST_SECOND);
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds.unsigned_abs())
}

/// The id of another mail, in angle brackets. One that no header can carry is left out: the mail arrives unthreaded.
fn threading_id(id: &str) -> Option<String> {
    let id = id.trim();
    let id = id.strip_prefix('<').unwrap_or(id);
    let id = id.strip_suffix('>').unwrap_or(id);
    let fits = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'<' | b'>');
    (!id.is_empty() && id.len() <= MAX_TOKEN && id.bytes().all(fits)).then(|| format!("<{id}>"))
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

/// Text alone, or with its HTML, or with files.
fn body(head: MessageBuilder, letter: &Letter<'_>, id: PartId) -> Result<Message, Box<Failure>> {
    let boundaries = Boundaries { letter, id };
    let text = words(ContentType::TEXT_PLAIN, &letter.text);
    let built = match (&letter.html, letter.files.is_empty()) {
        (None, true) => head.singlepart(text),
        (Some(html), true) => head.multipart(boundaries.both(text, html)),
        (html, false) => {
            let mut mixed = boundaries.open(MultiPartKind::Mixed, "m");
            mixed = match html {
                None => mixed.singlepart(text),
                Some(html) => mixed.multipart(boundaries.both(text, html)),
            };
            for (at, media) in letter.files.iter().enumerate() {
                mixed = mixed.singlepart(file(media, at, id)?);
            }
            head.multipart(mixed)
        }
    };
    built.map_err(|_| content_invalid("the mail cannot be built"))
}

/// Names the borders between the pieces of a mail.
struct Boundaries<'a> {
    letter: &'a Letter<'a>,
    id: PartId,
}

impl Boundaries<'_> {
    fn open(&self, kind: MultiPartKind, level: &str) -> MultiPart {
        let html = self.letter.html.as_deref().unwrap_or_default();
        // `=_` cannot stand in quoted-printable or base64; in text that is sent as it is, it is looked for.
        let mut boundary = format!("=_{}.{}.{level}", self.id.message, self.id.index);
        while self.letter.text.contains(&boundary) || html.contains(&boundary) {
            boundary.push('.');
            boundary.push_str(level);
        }
        MultiPart::builder().kind(kind).boundary(boundary).build()
    }

    fn both(&self, text: SinglePart, html: &str) -> MultiPart {
        self.open(MultiPartKind::Alternative, "a")
            .singlepart(text)
            .singlepart(words(ContentType::TEXT_HTML, html))
    }
}

/// A text piece. lettre encodes what is not ASCII and lines that are long; control characters have to be asked for.
fn words(kind: ContentType, text: &str) -> SinglePart {
    let text = super::text::line_feeds(text).into_owned();
    let builder = SinglePart::builder().header(kind);
    if text.contains(|c: char| c.is_control() && !matches!(c, '\n' | '\t')) {
        let encoding = ContentTransferEncoding::QuotedPrintable;
        return match Body::new_with_encoding(text, encoding) {
            Ok(body) => builder.body(body),
            Err(bytes) => builder.body(bytes),
        };
    }
    builder.body(text)
}

/// A file piece, always in base64.
fn file(media: &Media, at: usize, id: PartId) -> Result<SinglePart, Box<Failure>> {
    let MediaSource::Bytes(bytes) = &media.source else {
        let class = FailureClass::Unsupported;
        return Err(Box::new(
            failure(class, FailureScope::Part, Advice::Degrade)
                .with_detail("mail carries media as bytes or as a link"),
        ));
    };
    let kind = media.mime.as_deref().unwrap_or("application/octet-stream");
    let kind =
        ContentType::parse(kind).map_err(|_| content_invalid("a media type is not valid"))?;
    let name = file_name(media, at);
    let disposition = match media.kind {
        MediaKind::Image | MediaKind::Animation => ContentDisposition::inline_with_name(&name),
        _ => ContentDisposition::attachment(&name),
    };
    let mut builder = SinglePart::builder()
        .header(kind)
        .header(disposition)
        .header(ContentId::from(content_id(id, at)));
    if !media.alt.trim().is_empty() {
        builder = builder.header(Description(text_value(CONTENT_DESCRIPTION, &media.alt)));
    }
    Ok(builder.body(bytes.0.to_vec()))
}

/// The name of the file at a position, by which HTML refers to it (RFC 2392) with its angle brackets.
fn content_id(id: PartId, at: usize) -> String {
    message_id(id, &format!("{at}.file"))
}

/// What a file shows or says, for who cannot see or hear it (RFC 2045, 8).
#[derive(Clone)]
struct Description(HeaderValue);

impl Header for Description {
    fn name() -> HeaderName {
        CONTENT_DESCRIPTION
    }

    fn parse(text: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self(text_value(CONTENT_DESCRIPTION, text)))
    }

    fn display(&self) -> HeaderValue {
        self.0.clone()
    }
}

/// The file's own name without folders, or one by kind and number.
fn file_name(media: &Media, at: usize) -> String {
    let own = media.filename.as_deref().unwrap_or_default();
    let own = own.rsplit(['/', '\\']).next().unwrap_or_default();
    let own = one_line(own);
    if own.is_empty() {
        format!("{}-{}", media.kind.as_str(), at + 1)
    } else {
        own
    }
}
