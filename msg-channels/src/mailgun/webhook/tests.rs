//! Events as Mailgun's documents and users show them, and what must not be believed.

use super::super::{Mailgun, MailgunConfig};
use crate::mail::bounce::BounceClass;
use crate::mail::seen::{self, believes, call, events};
use crate::mail::sender::SenderConfig;
use crate::wire::proof::{Hash, Mac};
use msg_core::channel::{Inbound, InboundEvent, MediaWire as _};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::fmt::Write as _;

const KEY: &str = "TEST_WEBHOOK_SIGNING_KEY";
const TOKEN: &str = "1234567890abcdef1234567890abcdef";
const FORM: &str = "application/x-www-form-urlencoded";

fn wire() -> Mailgun {
    let config = MailgunConfig::new(
        "key",
        "mg.example.org",
        SenderConfig::new("shop@example.org"),
    );
    Mailgun::new(config.with_webhook_key("old").with_webhook_key(KEY)).unwrap()
}

fn code(time: &str, token: &str) -> String {
    let code = Mac::new(Hash::Sha256, KEY.as_bytes()).sign(&[time.as_bytes(), token.as_bytes()]);
    code.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

/// The code of an event that Mailgun sent to the tests of django-anymail (BSD-3).
#[test]
fn the_code_of_time_and_token_is_believed_and_no_other() {
    let wire = wire();
    let good = "cce2123e565221e8cc467a58899765a7c800cda2501ee9153e13d58eb840e4f6";
    assert_eq!(code("1534111899", TOKEN), good);
    let json = |time: Value, token: &str, code: &str| {
        let body = json!({"signature": {"timestamp": time, "token": token, "signature": code}, "event-data": {}});
        believes(
            &wire,
            &call(&[("content-type", "application/json")], body.to_string()),
            seen::now(),
        )
    };
    assert!(json(json!("1534111899"), TOKEN, good) && json(json!(1_534_111_899), TOKEN, good));
    assert!(json(json!("1534111899"), TOKEN, &good.to_uppercase()));
    for (time, token, code) in [
        ("1534111898", TOKEN, good),
        ("1534111899", "x", good),
        ("1534111899", TOKEN, "00"),
        ("1534111899", TOKEN, "x"),
        ("", "", ""),
    ] {
        assert!(!json(json!(time), token, code));
    }
    let form = |body: String| believes(&wire, &call(&[("content-type", FORM)], body), seen::now());
    assert!(form(format!(
        "event=opened&timestamp=1534111899&token={TOKEN}&signature={good}"
    )));
    // A variable of the host's stands before the real field.
    assert!(form(format!(
        "token=mine&timestamp=1534111899&token={TOKEN}&signature={good}"
    )));
    assert!(!form(format!(
        "timestamp=1534111899&token={TOKEN}&signature={good}&token=mine"
    )));
    for body in ["", "{}", "[]", "null", "{\"signature\":{}}"] {
        assert!(!believes(
            &wire,
            &call(&[("content-type", "application/json")], body),
            seen::now()
        ));
    }
}

fn today(event: &Value) -> Vec<InboundEvent> {
    let time = "1534111899";
    let signature = json!({"timestamp": time, "token": TOKEN, "signature": code(time, TOKEN)});
    events(
        &wire(),
        "application/json",
        json!({"signature": signature, "event-data": event}).to_string(),
    )
}

fn samples() -> Vec<Value> {
    let common = json!({
        "timestamp": 1_534_111_899.659_519, "recipient": "jo@example.com", "tags": ["a"], "user-variables": {},
        "message": {"headers": {"to": "jo@example.com", "message-id": "20180812214638.1.4A7D468E9BC18C5D@example.org"}}
    });
    [
        json!({"event": "accepted"}),
        json!({"event": "delivered", "delivery-status": {"code": 250, "message": "OK"}}),
        json!({"event": "failed", "severity": "temporary", "reason": "generic", "delivery-status": {"code": 498, "message": "No MX for nomx.example.com", "retry-seconds": 1800}}),
        json!({"event": "failed", "severity": "permanent", "reason": "bounce", "delivery-status": {"code": 550, "message": "5.1.1 The email account that you tried to reach does not exist"}}),
        json!({"event": "failed", "severity": "permanent", "reason": "suppress-bounce", "delivery-status": {"code": 605, "message": "", "description": "Not delivering to previously bounced address"}}),
        json!({"event": "failed", "severity": "permanent", "reason": "suppress-unsubscribe", "delivery-status": null}),
        json!({"event": "rejected", "recipient": null, "reject": {"reason": "Sandbox subdomains are for test purposes only."}}),
        json!({"event": "opened", "client-info": {"user-agent": "Mozilla", "bot": ""}}),
        json!({"event": "opened", "client-info": {"bot": "apple"}}),
        json!({"event": "clicked", "url": "https://example.com/test", "user-variables": {"msg_part": "p-0"}}),
        json!({"event": "complained"}),
        json!({"event": "unsubscribed"}),
        json!({"event": "stored"}),
        json!({}),
    ]
    .into_iter()
    .map(|own| {
        let mut item = common.clone();
        item.as_object_mut().unwrap().extend(own.as_object().unwrap().clone());
        item
    })
    .collect()
}

#[test]
fn every_event_reads_as_reviewed() {
    let told: Vec<_> = samples().iter().flat_map(today).collect();
    insta::assert_json_snapshot!(told);
}

#[test]
fn a_failure_is_classed_by_what_mailgun_says_of_it() {
    use BounceClass::{Block, Hard, Soft, Unknown};
    for (own, class) in [
        (
            json!({"reason": "bounce", "delivery-status": {"code": 550}}),
            Hard,
        ),
        (
            json!({"reason": "bounce", "delivery-status": {"code": 550, "enhanced-code": "5.7.1", "bounce-type": "hard"}}),
            Block,
        ),
        (
            json!({"reason": "generic", "delivery-status": {"bounce-type": "soft", "code": 550}}),
            Soft,
        ),
        (
            json!({"reason": "old", "delivery-status": {"code": 602}}),
            Soft,
        ),
        (json!({"reason": "espblock"}), Block),
        (json!({"reason": "hardfail"}), Hard),
        (json!({"delivery-status": {"bounce-type": "hard"}}), Hard),
        (json!({"reason": "generic"}), Unknown),
    ] {
        let mut item = own.clone();
        let more = json!({"event": "failed", "severity": "permanent", "user-variables": {"msg_part": "p-0"}});
        item.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        let Inbound::Status(status) = &today(&item)[0].kind else {
            panic!()
        };
        assert_eq!(
            BounceClass::in_failure(status.failure.as_ref().unwrap()),
            Some(class),
            "{own}"
        );
    }
}

#[test]
fn an_event_of_before_2018_reads_as_reviewed() {
    let mut told = Vec::new();
    for (number, own) in [
        "event=delivered&Message-Id=%3Ca%40b%3E",
        "event=dropped&reason=hardfail&code=605&description=Not+delivering+to+previously+bounced+address&Message-Id=a%40b",
        "event=bounced&code=550&error=5.1.1+The+email+account+that+you+tried+to+reach+does+not+exist&message-id=a%40b",
        "event=bounced&code=5.2.2&message-id=a%40b",
        "event=opened&message-id=a%40b&city=Chicago",
        "event=clicked&message-id=a%40b&url=http%3A%2F%2Fexample.com&tag=1&tag=2&msg_part=p-0",
        "event=complained&message-id=a%40b",
        "event=unsubscribed",
        "event=levitated",
    ]
    .into_iter()
    .enumerate()
    {
        let body = format!("{own}&recipient=jo%40example.com&timestamp=1461095246&token=t{number}&signature=s");
        told.extend(events(&wire(), FORM, body));
    }
    insta::assert_json_snapshot!(told);
}

const MULTI: &str = "multipart/form-data; boundary=xYz";

fn multipart(fields: &[(&str, &str)]) -> Vec<u8> {
    let mut body = String::new();
    for (name, value) in fields {
        write!(
            body,
            "--xYz\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
        )
        .unwrap();
    }
    body.push_str("--xYz--\r\n");
    body.into_bytes()
}

#[test]
fn mail_of_a_route_reads_as_reviewed() {
    let headers = json!([
        ["X-Mailgun-Sflag", "No"],
        ["X-Mailgun-Sscore", "1.7"],
        ["From", "\"Displayed From\" <from+test@example.org>"],
        ["Message-Id", "<CAEPk3R+4Zr@mail.example.org>"],
        ["Subject", "Test subject"],
        ["To", "Test <test@inbound.example.com>"],
        ["Content-Type", "multipart/mixed; boundary=\"x\""]
    ]);
    let body = multipart(&[
        ("recipient", "test@inbound.example.com"),
        ("sender", "envelope-from@example.org"),
        ("message-headers", &headers.to_string()),
        ("body-plain", "Test body plain"),
        ("body-html", "<div>x</div>"),
        ("stripped-text", "stripped"),
        ("timestamp", "1461261330"),
        ("token", "t1"),
        ("signature", "s"),
        ("attachment-count", "2"),
        (
            "content-id-map",
            r#"{"": "attachment-1", "": "x", "<abc>": "attachment-2"}"#,
        ),
        ("attachment-1", "one"),
        ("attachment-2", "two"),
    ]);
    insta::assert_json_snapshot!(events(&wire(), MULTI, body));
}

#[test]
fn raw_and_stored_mail_is_read_and_its_files_can_be_fetched() {
    let raw = multipart(&[
        (
            "body-mime",
            "From: a@example.org\r\nSubject: Raw\r\n\r\nbody",
        ),
        ("recipient", "b@example.net"),
    ]);
    let stored = json!([{"url": "https://sw.api.mailgun.net/v3/domains/x/messages/y/attachments/0", "content-type": "image/png", "name": "a.png", "size": 4}]);
    let stored = multipart(&[
        ("from", "a@example.org"),
        ("body-plain", "x"),
        ("message-headers", "[]"),
        ("attachments", &stored.to_string()),
    ]);
    for (body, files) in [(raw, 0), (stored, 1)] {
        let told = events(&wire(), MULTI, body);
        let Inbound::Message(message) = &told[0].kind else {
            panic!()
        };
        assert_eq!(message.from.expose(), "a@example.org");
        let msg_core::message::Content::Email(email) = &message.content else {
            panic!()
        };
        assert_eq!(email.attachments.len(), files);
        for media in &email.attachments {
            assert!(wire().locate(media).is_ok());
        }
    }
}

proptest! {
    #[test]
    fn any_body_is_read(pick in any::<prop::sample::Index>(), at in any::<prop::sample::Index>(), byte in any::<u8>(), raw in "\\PC{0,60}") {
        use msg_core::channel::{WebhookWire as _, WebhookWireExt as _};
        let samples = samples();
        let mut body = json!({"signature": {"token": "t"}, "event-data": samples[pick.index(samples.len())]}).to_string().into_bytes();
        let at = at.index(body.len());
        body[at] = byte;
        let mail = multipart(&[("message-headers", &raw), ("content-id-map", &raw), ("attachment-1", &raw), ("timestamp", &raw)]);
        for (kind, body) in [("application/json", body.clone()), (FORM, body), (MULTI, mail), (FORM, raw.into_bytes())] {
            let call = call(&[("content-type", kind)], body);
            let wire = wire();
            let _ = wire.verify(&call, seen::now());
            let _ = wire.parse(&msg_core::testkit::webhook::assumed(&call, seen::now()));
        }
    }
}
