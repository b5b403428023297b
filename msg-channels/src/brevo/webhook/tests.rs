//! Events as Brevo's documents show them, and what must not be believed.

use super::super::{Brevo, BrevoConfig};
use crate::mail::seen::{self, believes, call, events};
use crate::mail::sender::SenderConfig;
use msg_core::channel::{Inbound, InboundEvent};
use msg_core::message::Content;
use proptest::prelude::*;
use serde_json::{Value, json};

fn wire() -> Brevo {
    let config = BrevoConfig::new("key", SenderConfig::new("shop@example.org"));
    let config = config
        .with_webhook_password("me:right")
        .with_webhook_token("tok");
    Brevo::new(config).unwrap()
}

fn of(item: &Value) -> Vec<InboundEvent> {
    events(&wire(), "application/json", item.to_string())
}

#[test]
fn a_password_or_a_token_is_believed_and_no_other() {
    let with =
        |headers: &[(&'static str, &str)]| believes(&wire(), &call(headers, "{}"), seen::now());
    assert!(
        with(&[("authorization", "Basic bWU6cmlnaHQ=")])
            && with(&[("authorization", "bearer tok")])
    );
    for value in [
        "Basic bWU6d3Jvbmc=",
        "Bearer x",
        "Bearer me:right",
        "Basic dG9r",
        "tok",
    ] {
        assert!(!with(&[("authorization", value)]), "{value}");
    }
    assert!(!with(&[]));
}

fn samples() -> Vec<Value> {
    let names = [
        "request",
        "delivered",
        "deferred",
        "hard_bounce",
        "soft_bounce",
        "invalid_email",
        "blocked",
        "error",
        "opened",
        "unique_opened",
        "proxy_open",
        "unique_proxy_open",
        "click",
        "spam",
        "complaint",
        "unsubscribe",
        "list_addition",
        "contact_updated",
        "levitated",
    ];
    let mut all: Vec<Value> = names
        .iter()
        .map(|name| {
            json!({"event": name, "email": "recipient@example.com", "id": 9_999_999, "ts": 1_520_331_023, "ts_event": 1_520_331_023,
                "ts_epoch": 1_520_363_423_000_i64, "date": "2018-03-06 11:10:23", "tags": ["tag1"],
                "message-id": "<201803062010.27287306012@smtp-relay.mailin.fr>", "reason": "550 5.7.1 refused",
                "X-Mailin-custom": "{\"meta\": \"data\"}"})
        })
        .collect();
    all.push(json!({"event": "delivered", "email": "a@example.org", "X-Mailin-custom": "00000000000071018101010101010101-0", "ts_epoch": 1_604_933_623, "message-id": "1@x"}));
    all.push(json!({}));
    all
}

#[test]
fn every_event_reads_as_reviewed() {
    let told: Vec<_> = samples().iter().flat_map(of).collect();
    insta::assert_json_snapshot!(told);
    assert_eq!(
        events(&wire(), "application/json", json!(samples()).to_string()),
        told
    );
}

#[test]
fn mail_that_came_in_reads_as_reviewed() {
    let mail = json!({"items": [{
        "Uuid": ["aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"], "MessageId": "<ABCDE12345@mail.example.com>", "InReplyTo": null,
        "From": {"Name": "Sender Name", "Address": "from@example.com"}, "To": [{"Name": null, "Address": "test@anymail.dev"}],
        "Cc": [{"Name": null, "Address": "test+cc@anymail.dev"}], "Subject": "Testing Brevo inbound",
        "Headers": {"Received": ["by a", "by b"], "From": "Sender Name <from@example.com>", "Delivered-To": "<test@anymail.dev>",
            "Message-ID": "<ABCDE12345@mail.example.com>", "To": "test@anymail.dev", "Content-Type": "multipart/alternative"},
        "SpamScore": 2.9, "ExtractedMarkdownMessage": "This is a test message.", "RawHtmlBody": "<p>x</p>", "RawTextBody": "x",
        "Attachments": [{"Name": "test.txt", "ContentType": "text/plain", "ContentID": null, "DownloadToken": "t1"},
            {"Name": "i.png", "ContentType": "image/png", "ContentID": "abc123", "DownloadToken": "t2"}]
    }]});
    insta::assert_json_snapshot!(of(&mail));
}

#[test]
fn one_bad_mail_of_a_batch_does_not_lose_the_others() {
    let mails =
        json!({"items": [7, {"From": {"Address": "a@example.org"}, "RawTextBody": "hi"}, {}]});
    let told = of(&mails);
    assert_eq!(told.len(), 3);
    let Inbound::Message(message) = &told[1].kind else {
        panic!()
    };
    assert!(matches!(&message.content, Content::Email(_)));
}

proptest! {
    #[test]
    fn any_body_is_read(pick in any::<prop::sample::Index>(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        use msg_core::channel::WebhookWire as _;
        let samples = samples();
        let mut body = samples[pick.index(samples.len())].to_string().into_bytes();
        let at = at.index(body.len());
        body[at] = byte;
        for body in [body.clone(), body[..at].to_vec()] {
            let _ = wire().parse(&msg_core::testkit::webhook::assumed(&call(&[], body), seen::now()));
        }
    }
}
