//! The records of Postmark's documents, and what must not be believed.

use super::super::{Postmark, PostmarkConfig};
use crate::mail::seen::{self, believes, call, events};
use crate::mail::sender::SenderConfig;
use msg_core::channel::{Inbound, InboundEvent};
use proptest::prelude::*;
use serde_json::{Value, json};

fn wire() -> Postmark {
    let config = PostmarkConfig::new("token", SenderConfig::new("shop@example.org"));
    Postmark::new(
        config
            .with_webhook_password("old:1")
            .with_webhook_password("me:right"),
    )
    .unwrap()
}

fn of(item: &Value) -> Vec<InboundEvent> {
    events(&wire(), "application/json", item.to_string())
}

#[test]
fn a_password_of_the_url_is_believed_and_no_other() {
    let with =
        |headers: &[(&'static str, &str)]| believes(&wire(), &call(headers, "{}"), seen::now());
    assert!(
        with(&[("authorization", "Basic bWU6cmlnaHQ=")])
            && with(&[("authorization", "Basic b2xkOjE=")])
    );
    for headers in [
        &[][..],
        &[("authorization", "Basic bWU6d3Jvbmc=")],
        &[("authorization", "Bearer x")],
    ] {
        assert!(!with(headers));
    }
}

/// One record of every kind, after the examples of Postmark's documents.
fn records() -> Vec<Value> {
    let id = "883953f4-6105-42a2-a16a-77a8eac79483";
    let at = "2019-11-05T16:33:54.9070259Z";
    let mut all = vec![
        json!({"RecordType": "Delivery", "MessageID": id, "Recipient": "john@example.com", "DeliveredAt": at, "Details": "Test delivery webhook details", "Metadata": {"msg_part": "p-0"}}),
        json!({"RecordType": "Open", "MessageID": id, "Recipient": "john@example.com", "ReceivedAt": at, "FirstOpen": true, "UserAgent": "Mozilla"}),
        json!({"RecordType": "Click", "MessageID": id, "Recipient": "john@example.com", "ReceivedAt": at, "OriginalLink": "https://example.com"}),
        json!({"RecordType": "SpamComplaint", "ID": 42, "Type": "SpamComplaint", "TypeCode": 100_001, "MessageID": id, "Email": "john@example.com", "BouncedAt": at}),
        json!({"RecordType": "SubscriptionChange", "MessageID": id, "Recipient": "john@example.com", "ChangedAt": "2020-02-01T10:53:34.416071Z", "Origin": "Recipient", "SuppressSending": true, "SuppressionReason": "HardBounce"}),
        json!({"RecordType": "SubscriptionChange", "MessageID": "00000000-0000-0000-0000-000000000000", "Recipient": "john@example.com", "ChangedAt": at, "SuppressSending": true, "SuppressionReason": "ManualSuppression"}),
        json!({"RecordType": "SubscriptionChange", "MessageID": id, "Recipient": "john@example.com", "ChangedAt": at, "SuppressSending": false, "SuppressionReason": null}),
        json!({"RecordType": "Levitation", "MessageID": id}),
        json!({}),
    ];
    for (number, kind) in [
        "HardBounce",
        "Transient",
        "Unsubscribe",
        "Subscribe",
        "AutoResponder",
        "AddressChange",
        "DnsError",
        "SpamNotification",
        "OpenRelayTest",
        "Unknown",
        "SoftBounce",
        "VirusNotification",
        "ChallengeVerification",
        "BadEmailAddress",
        "SpamComplaint",
        "ManuallyDeactivated",
        "Unconfirmed",
        "Blocked",
        "SMTPApiError",
        "InboundError",
        "DMARCPolicy",
        "TemplateRenderingFailed",
        "Novelty",
    ]
    .into_iter()
    .enumerate()
    {
        all.push(json!({"RecordType": "Bounce", "ID": number, "Type": kind, "MessageID": id, "Email": "john@example.com",
            "BouncedAt": at, "Details": "smtp;550 5.1.1 The email account that you tried to reach does not exist"}));
    }
    all
}

#[test]
fn every_record_reads_as_reviewed() {
    let told: Vec<_> = records().iter().flat_map(of).collect();
    insta::assert_json_snapshot!(told);
    let listed = events(&wire(), "application/json", json!(records()).to_string());
    assert_eq!(listed, told);
}

#[test]
fn mail_that_was_taken_apart_reads_as_reviewed() {
    let mail = json!({
        "FromName": "Displayed From", "From": "from+test@example.org", "MessageID": "22c74902-a0c1-4511-804f2-341342852c90",
        "FromFull": {"Email": "from+test@example.org", "Name": "Displayed From", "MailboxHash": "test"},
        "To": "\"Test Inbound\" <test@inbound.example.com>",
        "ToFull": [{"Email": "test@inbound.example.com", "Name": "Test Inbound", "MailboxHash": ""}],
        "Cc": "cc@example.com", "CcFull": [{"Email": "cc@example.com", "Name": "", "MailboxHash": ""}],
        "OriginalRecipient": "test@inbound.example.com", "ReplyTo": "other@example.org", "Subject": "Test subject",
        "Date": "Wed, 11 Oct 2017 18:31:04 -0700", "TextBody": "Test body plain", "HtmlBody": "<div>Test body html</div>",
        "StrippedTextReply": "stripped plaintext body", "Tag": "",
        "Headers": [
            {"Name": "Return-Path", "Value": "<envelope-from@example.org>"}, {"Name": "X-Spam-Status", "Value": "No"},
            {"Name": "X-Spam-Score", "Value": "1.7"}, {"Name": "Message-ID", "Value": "<CAEPk3R+4Zr@mail.example.org>"},
            {"Name": "In-Reply-To", "Value": "<0190a0b0-0000-7000-8000-000000000000.0@example.org>"}
        ],
        "Attachments": [
            {"Name": "test.txt", "Content": "dGVzdCBhdHRhY2htZW50", "ContentType": "text/plain", "ContentLength": 15},
            {"Name": "image.png", "Data": "iVBORw==", "ContentType": "image/png", "ContentID": "abc123", "ContentLength": 4}
        ]
    });
    insta::assert_json_snapshot!(of(&mail));
}

#[test]
fn a_raw_mail_is_read() {
    let mail = json!({"RawEmail": "From: a@example.org\r\nSubject: Raw\r\n\r\nbody", "MessageID": "m1", "RecordType": "Inbound",
        "Headers": [{"Name": "Return-Path", "Value": "<>"}]});
    let Inbound::Message(message) = of(&mail).remove(0).kind else {
        panic!()
    };
    assert_eq!(message.from.expose(), "a@example.org");
    assert!(message.automatic);
}

proptest! {
    #[test]
    fn any_body_is_read(pick in any::<prop::sample::Index>(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        use msg_core::channel::WebhookWire as _;
        let records = records();
        let mut body = records[pick.index(records.len())].to_string().into_bytes();
        let at = at.index(body.len());
        body[at] = byte;
        for body in [body.clone(), body[..at].to_vec()] {
            let call = call(&[("content-type", "application/json")], body);
            let _ = wire().parse(&msg_core::testkit::webhook::assumed(&call, seen::now()));
        }
    }
}
