//! Webhooks of email providers: whatever comes is read as something or is invalid, no item is told twice, the same call gives
//! the same events, and they can be stored and read back. The proof is not looked at here.

use std::collections::HashSet;

use msg_channels::brevo::{Brevo, BrevoConfig};
use msg_channels::mail::sender::SenderConfig;
use msg_channels::mailgun::{Mailgun, MailgunConfig};
use msg_channels::postmark::{Postmark, PostmarkConfig};
use msg_channels::resend::{Resend, ResendConfig};
use msg_channels::sendgrid::{SendGrid, SendGridConfig};
use msg_core::channel::{InboundEvent, WebhookRequest, WebhookWire};
use msg_core::testkit::webhook::assumed;
use msg_core::{ErrorKind, Timestamp};

use crate::trial;

pub(super) const DICTIONARY: &[&[u8]] = &[
    b"\"event\":\"bounce\"",
    b"\"event\":\"failed\"",
    b"\"RecordType\":\"Bounce\"",
    b"\"type\":\"email.received\"",
    b"\"event-data\":{",
    b"\"items\":[{",
    b"\"timestamp\":1e18",
    b"\"delivery-status\":{\"code\":550}",
    b"\"Headers\":[{\"Name\":\"From\",\"Value\":\"a@b.c\"}]",
    b"\"email\":\"a@example.org\"",
    b"--b\r\n",
    b"--b--",
    b"Content-Disposition: form-data; name=\"headers\"",
    b"name=\"attachment-1\"; filename=\"",
    b"multipart/mixed; boundary=",
    b"=?utf-8?q?",
    b"In-Reply-To: <",
    b"\\ud800",
    b"null",
    b"[[[[",
];

pub(super) const SEEDS: &[&[u8]] = &[
    b"\0[{\"event\":\"bounce\",\"email\":\"a@example.org\",\"reason\":\"550 5.1.1 no\",\"smtp-id\":\"<a@b>\"},{\"event\":\"open\"}]",
    b"\x01--b\r\nContent-Disposition: form-data; name=\"headers\"\r\n\r\nFrom: a@example.org\r\n--b\r\nContent-Disposition: \
      form-data; name=\"attachment1\"; filename=\"x\"\r\nContent-Type: text/plain\r\n\r\nx\r\n--b--\r\n",
    b"\x02{\"RecordType\":\"Bounce\",\"Type\":\"HardBounce\",\"MessageID\":\"m\",\"Email\":\"a@example.org\",\"Details\":\"smtp;550 5.1.1\"}",
    b"\x02{\"FromFull\":{\"Email\":\"a@example.org\"},\"Headers\":[],\"Attachments\":[{\"Content\":\"eA==\",\"Name\":\"x\"}]}",
    b"\x03{\"signature\":{\"token\":\"t\"},\"event-data\":{\"event\":\"failed\",\"timestamp\":1.5,\"message\":{\"headers\":\
      {\"message-id\":\"a@b\"}}}}",
    b"\x04--b\r\nContent-Disposition: form-data; name=\"body-mime\"\r\n\r\nFrom: a@example.org\r\nContent-Type: \
      multipart/mixed; boundary=c\r\n\r\n--c\r\n\r\nx\r\n--c--\r\n--b--\r\n",
    b"\x05{\"type\":\"email.received\",\"created_at\":\"2024-02-22T23:41:12Z\",\"data\":{\"email_id\":\"e\",\"from\":\"a@example.org\"}}",
    b"\x06[{\"event\":\"spam\",\"email\":\"a@example.org\",\"message-id\":\"<a@b>\",\"ts_epoch\":1520363423000}]",
];

const JSON: &str = "application/json";
const FORM: &str = "multipart/form-data; boundary=b";

/// The first byte chooses who posts what.
fn chosen(choice: u8) -> Option<(Box<dyn WebhookWire>, &'static str)> {
    let sender = SenderConfig::new("shop@example.org");
    Some(match choice % 7 {
        0 => (
            Box::new(SendGrid::new(SendGridConfig::new("k", sender)).ok()?),
            JSON,
        ),
        1 => (
            Box::new(SendGrid::new(SendGridConfig::new("k", sender)).ok()?),
            FORM,
        ),
        2 => (
            Box::new(Postmark::new(PostmarkConfig::new("k", sender)).ok()?),
            JSON,
        ),
        3 => (
            Box::new(Mailgun::new(MailgunConfig::new("k", "example.org", sender)).ok()?),
            JSON,
        ),
        4 => (
            Box::new(Mailgun::new(MailgunConfig::new("k", "example.org", sender)).ok()?),
            FORM,
        ),
        5 => (
            Box::new(Resend::new(ResendConfig::new("k", sender)).ok()?),
            JSON,
        ),
        _ => (
            Box::new(Brevo::new(BrevoConfig::new("k", sender)).ok()?),
            JSON,
        ),
    })
}

pub(super) fn run(input: &[u8]) {
    let Some((choice, body)) = input.split_first() else {
        return;
    };
    let Some((wire, kind)) = chosen(*choice) else {
        return;
    };
    let mut headers = http::HeaderMap::new();
    headers.insert("content-type", http::HeaderValue::from_static(kind));
    let request = WebhookRequest::new(http::Method::POST, "", headers, body.to_vec());
    let call = assumed(&request, Timestamp::UNIX_EPOCH);
    let parsed = wire.parse(&call);
    trial::note_all(&(parsed.is_ok(), parsed.as_ref().map_or(0, Vec::len).min(4)));
    let events = match parsed {
        Ok(events) => events,
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::Invalid, "a body that is no event");
            return;
        }
    };
    for event in &events {
        trial::note_all(&event.kind.tag());
    }
    let keys: HashSet<_> = events.iter().map(|event| &event.dedupe).collect();
    assert_eq!(keys.len(), events.len(), "each event has a key of its own");
    assert_eq!(
        Some(&events),
        wire.parse(&call).ok().as_ref(),
        "the same call gives the same events"
    );
    let written = serde_json::to_vec(&events).ok();
    let read: Option<Vec<InboundEvent>> =
        written.and_then(|json| serde_json::from_slice(&json).ok());
    assert_eq!(Some(events), read, "events can be stored and read back");
}
