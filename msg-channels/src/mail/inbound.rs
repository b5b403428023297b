//! A mail that came in: read from MIME or from a provider's fields, and told as a message of the core.
//!
//! | piece of the mail | where it goes |
//! |---|---|
//! | `From` | who wrote; a `Reply-To` stays in the report |
//! | subject, text, HTML, files | [`Content::Email`] |
//! | `Message-ID` | the provider's id of the message, in angle brackets |
//! | `In-Reply-To`, else the last of `References` | what it answers; [`part_of`](super::header::part_of) finds our part |
//! | signs of a program (RFC 3834 and what is usual) | [`InboundMessage::automatic`] |
//! | everything else | the message's [`Report`] |
//!
//! A conversation is a person: `email:` and the key of the address, whichever provider the mail came through. Threads are
//! told by ids, because a mail program forgets the beginning of a thread and a person does not.

use super::event::address_of;
use super::header::threading_id;
use super::text::from_html;
use crate::wire::arrival::Arrival;
use jiff::Timestamp;
use mail_parser::{Address as Mailboxes, HeaderValue, MessageParser, MimeHeaders as _, PartType};
use msg_core::channel::{ChannelNotice, InboundEvent, InboundMessage, NoticeKind, Report};
use msg_core::id::ConversationId;
use msg_core::message::media::{Email, MediaBytes};
use msg_core::message::{Address, Content, Media, MediaKind, MediaSource, RichText};
use serde_json::{Map, Value, json};
use std::fmt;

/// The name of a mail's [`Report`], and of the notice about a mail that names no sender.
pub const REPORT: &str = "inbound";

/// The most bytes of a webhook call with a mail in it: SendGrid posts 30 MB, Postmark 35 MB of base64 and as much text.
pub const MAX_CALL: usize = 64 << 20;

/// A file of a mail that came in.
#[derive(Clone)]
#[non_exhaustive]
pub struct InboundFile {
    /// Its bytes, its type, its name; or where the provider keeps them.
    pub media: Media,
    /// The name by which the HTML shows it, without `cid:` and angle brackets.
    pub content_id: Option<String>,
}

impl InboundFile {
    /// A file with its bytes.
    #[must_use]
    pub fn new(
        name: Option<&str>,
        mime: Option<&str>,
        bytes: Vec<u8>,
        content_id: Option<&str>,
    ) -> Self {
        let source = MediaSource::Bytes(MediaBytes(bytes.into()));
        Self::at(source, name, mime, content_id)
    }

    /// A file that the provider keeps.
    #[must_use]
    pub fn at(
        source: MediaSource,
        name: Option<&str>,
        mime: Option<&str>,
        content_id: Option<&str>,
    ) -> Self {
        let mime = mime.map(|it| it.split(';').next().unwrap_or_default().trim());
        let mime = mime
            .filter(|it| !it.is_empty())
            .map(str::to_ascii_lowercase);
        let mut media = Media::from_url(kind_of(mime.as_deref()), "", "");
        media.source = source;
        media.mime = mime;
        // A name may come with the folders of another machine.
        let name = name.and_then(|name| name.rsplit(['/', '\\']).next());
        media.filename = name.filter(|it| !it.is_empty()).map(str::to_owned);
        let content_id = content_id.map(|id| id.trim().trim_matches(['<', '>']));
        Self {
            media,
            content_id: content_id.filter(|id| !id.is_empty()).map(str::to_owned),
        }
    }
}

impl fmt::Debug for InboundFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "InboundFile({})", self.media.kind)
    }
}

fn kind_of(mime: Option<&str>) -> MediaKind {
    match mime.and_then(|mime| mime.split('/').next()) {
        Some("image") => MediaKind::Image,
        Some("video") => MediaKind::Video,
        Some("audio") => MediaKind::Audio,
        _ => MediaKind::File,
    }
}

/// A mail that came in. `Debug` shows how much, not what.
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct InboundMail {
    /// Who wrote, as `Name <address>`.
    pub from: Option<String>,
    /// To whom.
    pub to: Vec<String>,
    /// Who got a copy.
    pub cc: Vec<String>,
    /// Where the writer wants answers.
    pub reply_to: Vec<String>,
    /// The subject.
    pub subject: Option<String>,
    /// The text.
    pub text: Option<String>,
    /// The HTML.
    pub html: Option<String>,
    /// The files.
    pub files: Vec<InboundFile>,
    /// The mail's id in angle brackets.
    pub message_id: Option<String>,
    /// What it answers, in angle brackets.
    pub answers: Option<String>,
    /// When it was written, by the writer's clock.
    pub date: Option<Timestamp>,
    /// Whether a program wrote it.
    pub automatic: bool,
    /// All header lines, decoded as far as they are text.
    pub headers: Vec<(String, String)>,
    /// Who sent it by the envelope (`MAIL FROM`).
    pub envelope_from: Option<String>,
    /// To whom by the envelope (`RCPT TO`).
    pub envelope_to: Option<String>,
    /// The text without what it quotes, where the provider finds that out.
    pub stripped_text: Option<String>,
    /// Whether the provider takes it for spam.
    pub spam: Option<bool>,
    /// The provider's score for spam.
    pub spam_score: Option<f64>,
}

impl InboundMail {
    /// Reads a whole mail. Any bytes are read as something; what they do not say stays empty.
    #[must_use]
    pub fn from_mime(bytes: &[u8]) -> Self {
        let Some(mail) = MessageParser::default().parse(bytes) else {
            return Self {
                text: Some(String::from_utf8_lossy(bytes).into_owned()),
                ..Self::default()
            };
        };
        let mut read = Self::from_headers_of(&mail);
        let bodies = |ids: &[u32], html: bool| {
            let mut text = String::new();
            for id in ids {
                match mail.part(*id).map(|part| &part.body) {
                    Some(PartType::Html(body)) if html => text.push_str(body),
                    Some(PartType::Text(body)) if !html => text.push_str(body),
                    _ => {}
                }
            }
            Some(text).filter(|text| !text.is_empty())
        };
        read.text = bodies(&mail.text_body, false);
        read.html = bodies(&mail.html_body, true);
        // A text that stands beside HTML without being another way to say it is read as both; it is one file less.
        read.files = mail
            .attachments()
            .filter(|part| !part.is_multipart())
            .map(|part| {
                let kind = part.content_type();
                let mime = kind.map(|it| match it.subtype() {
                    Some(subtype) => format!("{}/{subtype}", it.ctype()),
                    None => it.ctype().to_owned(),
                });
                let name = part.attachment_name();
                let mime = mime.as_deref();
                InboundFile::new(name, mime, part.contents().to_vec(), part.content_id())
            })
            .collect();
        read
    }

    /// Reads header lines alone: what a provider gives beside the bodies. A line that could not be one is left out.
    #[must_use]
    pub fn from_headers<'h>(lines: impl IntoIterator<Item = (&'h str, &'h str)>) -> Self {
        let mut head = Vec::with_capacity(1024);
        let mut form = Vec::new();
        for (name, value) in lines {
            if name.is_empty() || !name.bytes().all(|b| b.is_ascii_graphic() && b != b':') {
                continue;
            }
            // Folded lines stay one line.
            let value = value.trim().replace(|c: char| c.is_ascii_control(), " ");
            // The body of a mail is not here, so the parser must not hear of its form.
            let of_form = name.get(..8);
            if of_form.is_some_and(|it| it.eq_ignore_ascii_case("content-")) {
                form.push((name.to_owned(), value));
                continue;
            }
            for piece in [name, ": ", &value, "\r\n"] {
                head.extend_from_slice(piece.as_bytes());
            }
        }
        head.extend_from_slice(b"\r\n");
        let mail = MessageParser::default().parse(&head);
        let mut read = mail
            .map(|mail| Self::from_headers_of(&mail))
            .unwrap_or_default();
        read.headers.extend(form);
        read.recheck();
        read
    }

    fn from_headers_of(mail: &mail_parser::Message<'_>) -> Self {
        let mut read = Self {
            from: mail.from().and_then(|all| all.iter().next()).map(mailbox),
            to: mailboxes(mail.to()),
            cc: mailboxes(mail.cc()),
            reply_to: mailboxes(mail.reply_to()),
            subject: mail.subject().map(str::to_owned),
            message_id: mail.message_id().and_then(threading_id),
            answers: answered(mail.in_reply_to(), mail.references()),
            ..Self::default()
        };
        read.date = mail
            .date()
            .and_then(|date| Timestamp::from_second(date.to_timestamp()).ok());
        for header in mail.headers() {
            let value = match header.value() {
                HeaderValue::Text(text) => text.as_ref().to_owned(),
                _ => raw_value(mail, header),
            };
            read.headers.push((header.name().to_owned(), value));
        }
        read.envelope_from = read.header("return-path").map(bare);
        read.automatic = read.is_automatic();
        read
    }

    /// The first header line of this name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let line = self
            .headers
            .iter()
            .find(|(it, _)| it.eq_ignore_ascii_case(name));
        line.map(|(_, value)| value.trim())
    }

    /// Looks again who wrote it, after the sender or the headers were set by hand.
    pub fn recheck(&mut self) {
        self.automatic |= self.is_automatic();
    }

    /// The signs of a program, which no program may answer:
    ///
    /// - `Auto-Submitted` that is not `no` (RFC 3834, 5)
    /// - `Precedence` of `bulk`, `junk`, `list` or `auto_reply` (RFC 3834, 2; the last one is what vacation programs write)
    /// - `List-Id` and the like of mailing lists (RFC 2919, RFC 2369)
    /// - `X-Auto-Response-Suppress` with `All`, `OOF` or `AutoReply` (MS-OXCMAIL, 2.2.3.2.14)
    /// - `X-Autoreply`, `X-Autorespond`, `X-Autogenerated`, `X-Loop`, `Feedback-Type` reports
    /// - an empty `Return-Path` (RFC 3834, 2), or a sender that is `mailer-daemon` or `postmaster`
    fn is_automatic(&self) -> bool {
        let says = |name: &str, words: &[&str]| {
            self.header(name).is_some_and(|value| {
                let mut given = value.split([',', ';', ' ']).map(str::trim);
                given.any(|given| words.iter().any(|word| given.eq_ignore_ascii_case(word)))
            })
        };
        let has = |name: &str| self.header(name).is_some();
        let submitted = self.header("auto-submitted").map(|value| {
            value
                .split([';', ' '])
                .next()
                .unwrap_or_default()
                .trim()
                .to_owned()
        });
        let daemon = self
            .from
            .as_deref()
            .and_then(address_of)
            .is_some_and(|from| {
                let local = from.expose().split('@').next().unwrap_or_default();
                ["mailer-daemon", "postmaster"]
                    .iter()
                    .any(|it| local.eq_ignore_ascii_case(it))
            });
        let list = [
            "list-id",
            "list-post",
            "list-unsubscribe",
            "list-help",
            "list-owner",
        ];
        let own = [
            "x-autoreply",
            "x-autorespond",
            "x-autogenerated",
            "x-auto-reply-from",
            "x-loop",
        ];
        daemon
            || submitted.is_some_and(|it| !it.is_empty() && !it.eq_ignore_ascii_case("no"))
            || says("precedence", &["bulk", "junk", "list", "auto_reply"])
            || says("x-auto-response-suppress", &["all", "oof", "autoreply"])
            || list.into_iter().chain(own).any(has)
            || says("content-type", &["multipart/report"])
            || self
                .header("return-path")
                .is_some_and(|it| bare(it).is_empty())
    }

    /// The events that say this mail: a message, or, where it names no sender that could be answered, a notice with all of
    /// it. `id` makes it the same when it comes again, and stands for a mail that has no id of its own.
    pub fn tell(self, arrival: &Arrival<'_>, id: &str, at: Option<Timestamp>) -> InboundEvent {
        let from = self.from.as_deref().and_then(address_of);
        let talk = from.and_then(|from| {
            let talk = ConversationId::new(format!("email:{}", from.key())).ok()?;
            Some((from, talk))
        });
        if let Some((from, talk)) = talk {
            return arrival.event(id, at, self.into_message(from, talk, id));
        }
        let notice = ChannelNotice::new(NoticeKind::from(REPORT), None, self.to_json(true));
        arrival.event(id, at, notice)
    }

    fn into_message(mut self, from: Address, talk: ConversationId, id: &str) -> InboundMessage {
        let report = Report::new(REPORT, self.to_json(false));
        let text = match (self.text.take(), &self.html) {
            (Some(text), _) => text,
            // What has only HTML is understood by its text.
            (None, Some(html)) => from_html(html),
            (None, None) => String::new(),
        };
        let subject = self.subject.take().unwrap_or_default();
        let mut email = Email::new(subject, RichText::plain(text));
        email.html = self.html.take();
        email.attachments = self.files.into_iter().map(|file| file.media).collect();
        let own = self.message_id.unwrap_or_else(|| id.to_owned());
        let mut message = InboundMessage::new(from, talk, own, Content::Email(email));
        message.reply_to = self.answers;
        message.automatic = self.automatic;
        message.report = Some(Box::new(report));
        message
    }

    /// What has no place in a message; with `all` also what has one, but the bytes of files.
    fn to_json(&self, all: bool) -> Value {
        let mut map = Map::new();
        let mut put = |name: &str, value: Value| {
            let empty = match &value {
                Value::Null => true,
                Value::Array(items) => items.is_empty(),
                _ => false,
            };
            if !empty {
                map.insert(name.to_owned(), value);
            }
        };
        put("from", json!(self.from));
        put("to", json!(self.to));
        put("cc", json!(self.cc));
        put("reply_to", json!(self.reply_to));
        put("envelope_sender", json!(self.envelope_from));
        put("envelope_recipient", json!(self.envelope_to));
        put("stripped_text", json!(self.stripped_text));
        put("spam_detected", json!(self.spam));
        put("spam_score", json!(self.spam_score));
        put("headers", json!(self.headers));
        let shown = |(at, file): (usize, &InboundFile)| {
            let id = file.content_id.as_deref()?;
            Some(json!({"content_id": id, "attachment": at}))
        };
        let inlines: Vec<Value> = self.files.iter().enumerate().filter_map(shown).collect();
        put("inlines", Value::Array(inlines));
        if all {
            put("subject", json!(self.subject));
            put("text", json!(self.text));
            put("html", json!(self.html));
            put("message_id", json!(self.message_id));
            put("in_reply_to", json!(self.answers));
            put("automatic", json!(self.automatic));
            let files: Vec<Value> = self.files.iter().map(|file| json!(file.media)).collect();
            put("attachments", Value::Array(files));
        }
        Value::Object(map)
    }
}

impl fmt::Debug for InboundMail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InboundMail")
            .field("headers", &self.headers.len())
            .field("files", &self.files.len())
            .field("automatic", &self.automatic)
            .finish_non_exhaustive()
    }
}

/// Without the angle brackets.
fn bare(text: &str) -> String {
    text.trim().trim_matches(['<', '>']).trim().to_owned()
}

/// A header line that is no plain text, as it stands in the mail, its lines unfolded.
fn raw_value(mail: &mail_parser::Message<'_>, header: &mail_parser::Header<'_>) -> String {
    let at = |offset: u32| usize::try_from(offset).unwrap_or(usize::MAX);
    let range = at(header.offset_start())..at(header.offset_end());
    let raw = mail.raw_message.get(range).unwrap_or_default();
    let text = String::from_utf8_lossy(raw);
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The first id of `In-Reply-To`, else the last of `References`.
fn answered(direct: &HeaderValue<'_>, chain: &HeaderValue<'_>) -> Option<String> {
    let ids = |value: &HeaderValue<'_>| -> Vec<String> {
        match value {
            HeaderValue::Text(text) => threading_id(text).into_iter().collect(),
            HeaderValue::TextList(list) => {
                list.iter().filter_map(|text| threading_id(text)).collect()
            }
            _ => Vec::new(),
        }
    };
    let direct = ids(direct).into_iter().next();
    direct.or_else(|| ids(chain).into_iter().next_back())
}

fn mailbox(one: &mail_parser::Addr<'_>) -> String {
    let address = one.address().unwrap_or_default();
    match one.name() {
        Some(name) if !name.is_empty() => format!("{name} <{address}>"),
        _ => address.to_owned(),
    }
}

fn mailboxes(all: Option<&Mailboxes<'_>>) -> Vec<String> {
    all.map(|all| all.iter().map(mailbox).collect())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use msg_core::channel::Inbound;
    use proptest::prelude::*;

    const MAIL: &str = "Return-Path: <jo@example.org>\r\n\
        From: =?utf-8?b?SsO2?= Doe <jo@Example.org>\r\n\
        To: Shop <shop@example.net>, b@example.net\r\n\
        Cc: c@example.net\r\n\
        Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n\
        Date: Tue, 3 Feb 2026 04:05:06 +0100\r\n\
        Message-ID: <m1@example.org>\r\n\
        References: <r0@example.net> <r1@example.net>\r\n\
        MIME-Version: 1.0\r\n\
        Content-Type: multipart/mixed; boundary=b\r\n\r\n\
        --b\r\nContent-Type: multipart/alternative; boundary=a\r\n\r\n\
        --a\r\nContent-Type: text/plain\r\n\r\nHello\r\n\
        --a\r\nContent-Type: text/html\r\n\r\n<p>Hello</p><img src=\"cid:p1\">\r\n--a--\r\n\
        --b\r\nContent-Type: image/png; name=p.png\r\nContent-ID: <p1>\r\nContent-Disposition: inline\r\n\
        Content-Transfer-Encoding: base64\r\n\r\niVBORw==\r\n\
        --b\r\nContent-Type: text/csv; name=\"..\\\\a/prices.csv\"\r\nContent-Disposition: attachment\r\n\r\na,b\r\n--b--\r\n";

    fn told(mail: InboundMail) -> InboundEvent {
        mail.tell(
            &Arrival::new("pigeon", None, Timestamp::UNIX_EPOCH),
            "e1",
            None,
        )
    }

    #[test]
    fn a_mail_reads_as_reviewed() {
        insta::assert_json_snapshot!(told(InboundMail::from_mime(MAIL.as_bytes())));
    }

    #[test]
    fn a_mail_of_fields_is_the_mail_of_bytes() {
        let head = MAIL.split("\r\n\r\n").next().unwrap();
        let lines = head
            .split("\r\n")
            .map(|line| line.split_once(": ").unwrap());
        let (of_fields, of_bytes) = (
            InboundMail::from_headers(lines),
            InboundMail::from_mime(MAIL.as_bytes()),
        );
        assert_eq!(of_fields.from, of_bytes.from);
        assert_eq!(of_fields.subject.as_deref(), Some("Grüße"));
        assert_eq!(of_fields.to, ["Shop <shop@example.net>", "b@example.net"]);
        assert_eq!(of_fields.answers.as_deref(), Some("<r1@example.net>"));
        assert_eq!(of_fields.date, of_bytes.date);
        assert_eq!(of_fields.envelope_from.as_deref(), Some("jo@example.org"));
        assert!(!of_fields.automatic && !of_bytes.automatic);
    }

    #[test]
    fn what_a_program_wrote_is_told_apart() {
        let automatic = |line: &str| {
            let (name, value) = line.split_once(": ").unwrap_or((line, ""));
            InboundMail::from_headers([("From", "jo@example.org"), (name, value)]).automatic
        };
        for line in [
            "Auto-Submitted: auto-replied",
            "Auto-Submitted: auto-generated; owner-email=\"x\"",
            "Precedence: bulk",
            "Precedence: Auto_Reply",
            "X-Auto-Response-Suppress: DR, OOF, AutoReply",
            "X-Auto-Response-Suppress: All",
            "List-Id: <list.example.org>",
            "List-Unsubscribe: <https://example.org>",
            "X-Autoreply: yes",
            "X-Loop: shop@example.org",
            "Return-Path: <>",
        ] {
            assert!(automatic(line), "{line}");
        }
        for line in [
            "Auto-Submitted: no",
            "Auto-Submitted: NO",
            "Precedence: normal",
            "X-Auto-Response-Suppress: DR",
            "Return-Path: <jo@example.org>",
            "X-Priority: 1",
        ] {
            assert!(!automatic(line), "{line}");
        }
        assert!(automatic("Content-Type: multipart/report; boundary=x"));
        let daemon = InboundMail::from_headers([("From", "MAILER-DAEMON@example.org")]);
        assert!(daemon.automatic);
        let report =
            b"From: a@b.example\r\nContent-Type: multipart/report; boundary=x\r\n\r\n--x--\r\n";
        assert!(InboundMail::from_mime(report).automatic);
    }

    #[test]
    fn a_mail_without_a_sender_is_a_notice_with_all_of_it() {
        let mut mail = InboundMail::from_headers([("Subject", "Hi")]);
        mail.text = Some("hello".into());
        mail.files = vec![InboundFile::new(
            Some("a.txt"),
            Some("text/plain"),
            b"x".to_vec(),
            None,
        )];
        let Inbound::Notice(notice) = told(mail).kind else {
            panic!()
        };
        assert_eq!(notice.about.as_str(), "inbound");
        assert_eq!(notice.raw["text"], "hello");
        assert_eq!(notice.raw["attachments"][0]["filename"], "a.txt");
    }

    #[test]
    fn html_alone_is_understood_by_its_text() {
        let mut mail = InboundMail::from_headers([("From", "jo@example.org")]);
        mail.html = Some("<p>Hi <b>there</b></p>".into());
        let Inbound::Message(message) = told(mail).kind else {
            panic!()
        };
        assert!(message.content.plain_text().contains("Hi there"));
        assert_eq!(message.provider_id, "e1");
    }

    #[test]
    fn debug_shows_nothing_of_a_mail() {
        let shown = format!("{0:?} {0:#?}", InboundMail::from_mime(MAIL.as_bytes()));
        assert!(!shown.contains("example") && !shown.contains("Hello"));
        let event = told(InboundMail::from_mime(MAIL.as_bytes()));
        assert!(!format!("{event:?}").contains("Hello"));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _ = told(InboundMail::from_mime(&bytes));
        }

        #[test]
        fn any_mail_that_was_changed_is_read(at in 0..MAIL.len(), byte in any::<u8>(), cut in 0..MAIL.len()) {
            let mut mail = MAIL.as_bytes().to_vec();
            mail[at] = byte;
            let _ = told(InboundMail::from_mime(&mail));
            let _ = told(InboundMail::from_mime(&mail[..cut]));
        }

        #[test]
        fn no_value_adds_a_header_line(name in "\\PC{0,12}|[a-z:\r\n -]{0,12}", value in "[a-z:\r\n ]{0,30}") {
            let read = InboundMail::from_headers([("From", "jo@example.org"), (&*name, &*value)]);
            prop_assert!(read.headers.len() <= 2, "{:?}", read.headers);
            prop_assert!(read.headers.iter().all(|(it, _)| it == "From" || it.eq_ignore_ascii_case(&name)));
        }
    }
}
