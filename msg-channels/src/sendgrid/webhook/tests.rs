//! The events of SendGrid's documents and of its libraries' tests, and what must not be believed.

use super::super::{SendGrid, SendGridConfig};
use crate::mail::seen::{self, believes, call, events};
use crate::mail::sender::SenderConfig;
use msg_core::channel::{Inbound, InboundEvent, StatusEvent};
use proptest::prelude::*;
use serde_json::json;

/// The key, the signature and the body of the tests of SendGrid's own library (sendgrid-nodejs, MIT).
const KEY: &str = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE83T4O/n84iotIvIW4mdBgQ/7dAfSmpqIM8kF9mN1flpVKS3GRqe62gw+2fNNRaINXvVpiglSI8eNEc6wEA3F+g==";
const SIGNED: &str = "MEUCIGHQVtGj+Y3LkG9fLcxf3qfI10QysgDWmMOVmxG0u6ZUAiEAyBiXDWzM+uOe5W0JuG+luQAbPIqHh89M15TluLtEZtM=";
const AT: &str = "1600112502";
const BODY: &str = "[{\"email\":\"hello@world.com\",\"event\":\"dropped\",\"reason\":\"Bounced Address\",\"sg_event_id\":\"ZHJvcC0xMDk5NDkxOS1MUnpYbF9OSFN0T0doUTRrb2ZTbV9BLTA\",\"sg_message_id\":\"LRzXl_NHStOGhQ4kofSm_A.filterdrecv-p3mdw1-756b745b58-kmzbl-18-5F5FC76C-9.0\",\"smtp-id\":\"<LRzXl_NHStOGhQ4kofSm_A@ismtpd0039p1iad1.sendgrid.net>\",\"timestamp\":1600112492}]\r\n";

fn wire() -> SendGrid {
    let config = SendGridConfig::new("SG.x", SenderConfig::new("shop@example.org"));
    let config = config.with_webhook_key(OTHER).with_webhook_key(KEY);
    SendGrid::new(config.with_webhook_password("me:right")).unwrap()
}

/// Another key, as there is one while keys are changed (anymail's tests, BSD).
const OTHER: &str = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE0ObrPrfwL/37SbZ52HNp4Gq0j2j4Nu8LvcNuazePhgFJlNnuk20Efm67BHVVQVNUGyPDrchn8IvF24ccppLpbw==";

#[test]
fn the_signature_of_the_library_is_believed_and_no_other() {
    let wire = wire();
    let with = |signature: &str, time: &str, body: &str| {
        let headers = [(super::SIGNATURE, signature), (super::TIME, time)];
        believes(&wire, &call(&headers, body.to_owned()), seen::now())
    };
    assert!(with(SIGNED, AT, BODY));
    assert!(!with(SIGNED, "timestamp", BODY) && !with(SIGNED, AT, BODY.trim_end()));
    assert!(!with("", AT, BODY) && !with("AAAA", AT, BODY));
    // One of the two headers alone is no way around the signature.
    let basic = ("authorization", "Basic bWU6cmlnaHQ=");
    for header in [(super::SIGNATURE, SIGNED), (super::TIME, AT)] {
        assert!(!believes(&wire, &call(&[header, basic], BODY), seen::now()));
    }
    assert!(believes(&wire, &call(&[basic], BODY), seen::now()));
    assert!(!believes(
        &wire,
        &call(&[("authorization", "Basic bWU6d3Jvbmc=")], BODY),
        seen::now()
    ));
    assert!(!believes(&wire, &call(&[], BODY), seen::now()));
    let twice = [
        (super::SIGNATURE, SIGNED),
        (super::SIGNATURE, SIGNED),
        (super::TIME, AT),
    ];
    assert!(!believes(&wire, &call(&twice, BODY), seen::now()));
}

fn of(item: &serde_json::Value) -> Vec<InboundEvent> {
    events(&wire(), "application/json", json!([item]).to_string())
}

fn status(item: &serde_json::Value) -> StatusEvent {
    match of(item).remove(0).kind {
        Inbound::Status(status) => status,
        other => panic!("{other:?}"),
    }
}

/// The example batch of SendGrid's documents, with one event of every kind, and some that are broken.
#[test]
fn every_event_reads_as_reviewed() {
    let common = json!({
        "email": "example@test.com", "timestamp": 1_513_299_569, "smtp-id": "<14c5d75ce93.dfd.64b469@ismtpd-555>",
        "category": ["cat facts"], "sg_event_id": "e", "sg_message_id": "14c5d75ce93.dfd.64b469.filter0001.16648.5515E0B88.0"
    });
    let mut batch = Vec::new();
    for (number, own) in [
        json!({"event": "processed"}),
        json!({"event": "deferred", "response": "400 try again later", "attempt": "5"}),
        json!({"event": "delivered", "response": "250 OK"}),
        json!({"event": "open", "useragent": "Mozilla", "ip": "255.255.255.255"}),
        json!({"event": "open", "sg_machine_open": true}),
        json!({"event": "click", "url": "http://www.sendgrid.com/", "msg_part": "p-0"}),
        json!({"event": "bounce", "reason": "500 unknown recipient", "status": "5.0.0", "type": "bounce"}),
        json!({"event": "bounce", "reason": "550 5.7.1 blocked", "type": "blocked", "bounce_classification": "Reputation"}),
        json!({"event": "dropped", "reason": "Bounced Address", "status": "5.0.0"}),
        json!({"event": "dropped", "reason": "Unsubscribed Address"}),
        json!({"event": "spamreport"}),
        json!({"event": "unsubscribe"}),
        json!({"event": "group_unsubscribe", "asm_group_id": 10}),
        json!({"event": "group_resubscribe", "asm_group_id": 10}),
        json!({"event": "account_status_change", "type": "compliance_suspend"}),
        json!({"event": "levitated"}),
        json!({"event": 7}),
    ]
    .into_iter()
    .enumerate()
    {
        let mut item = common.clone();
        let fields = item.as_object_mut().unwrap();
        fields.extend(own.as_object().unwrap().clone());
        fields.insert("sg_event_id".into(), format!("e{number}").into());
        batch.push(item);
    }
    batch.extend([
        json!({}),
        json!(null),
        json!("x"),
        json!({"event": "delivered"}),
    ]);
    let told = events(&wire(), "application/json", json!(batch).to_string());
    insta::assert_json_snapshot!(told);
}

#[test]
fn a_bounce_is_classed_by_what_sendgrid_says_of_it() {
    use crate::mail::bounce::BounceClass::{Block, Hard, Soft, Technical};
    for (own, class) in [
        (
            json!({"type": "bounce", "reason": "500 unknown recipient"}),
            Hard,
        ),
        (
            json!({"type": "bounce", "reason": "550 5.1.1 no", "bounce_classification": "Invalid Address"}),
            Hard,
        ),
        (
            json!({"type": "bounce", "bounce_classification": "Mailbox Unavailable"}),
            Soft,
        ),
        (
            json!({"type": "blocked", "bounce_classification": "Technical"}),
            Technical,
        ),
        (
            json!({"type": "blocked", "bounce_classification": "Content"}),
            Block,
        ),
        (
            json!({"type": "blocked", "bounce_classification": "Frequency or Volume Too High"}),
            Block,
        ),
        (
            json!({"type": "blocked", "bounce_classification": "Unclassified"}),
            Block,
        ),
        (json!({"type": "blocked"}), Block),
        (json!({"type": "bounce", "reason": "552 5.2.2 full"}), Soft),
        (json!({}), Hard),
    ] {
        let mut item = own.clone();
        item.as_object_mut().unwrap().extend(
            json!({"event": "bounce", "smtp-id": "<a@b>"})
                .as_object()
                .unwrap()
                .clone(),
        );
        let failure = status(&item).failure.unwrap();
        assert_eq!(
            crate::mail::bounce::BounceClass::in_failure(&failure),
            Some(class),
            "{own}"
        );
    }
}

#[test]
fn a_message_is_known_by_the_id_of_its_receipt() {
    let id = |item: serde_json::Value| status(&item).receipt.provider_id;
    assert_eq!(
        id(json!({"event": "open", "msg_part": "p-0", "smtp-id": "<a@b>"})),
        "p-0"
    );
    assert_eq!(
        id(
            json!({"event": "open", "sg_message_id": "14c5d75ce93.dfd.64b469.filter0001.16648.5515E0B88.0"})
        ),
        "14c5d75ce93.dfd.64b469"
    );
    assert_eq!(
        id(json!({"event": "open", "sg_message_id": "aB_c-.recvd-5f5-8"})),
        "aB_c-"
    );
    assert_eq!(
        id(json!({"event": "open", "smtp-id": "<14c5d75ce93.dfd.64b469@ismtpd-555>"})),
        "14c5d75ce93.dfd.64b469"
    );
    let dropped = json!({"event": "dropped", "sg_message_id": "filter0093p1las1.9128.5717FB8127.0", "smtp-id": "<a.b@c>"});
    assert_eq!(id(dropped), "a.b");
}

const FORM: &str = "multipart/form-data; boundary=xYzZY";

fn form(fields: &[(&str, &[u8])]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, value) in fields {
        body.extend_from_slice(
            format!("--xYzZY\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n")
                .as_bytes(),
        );
        body.extend_from_slice(value);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"--xYzZY--\r\n");
    body
}

const HEADERS: &[u8] = b"From: \"Displayed From\" <from+test@example.org>\nMessage-ID: <CAEPk3R@mail.example.org>\n\
    Subject: =?cp850?q?Como_usted_pidi=A2?=\nTo: \"Test Inbound\" <test@inbound.example.com>,\n other@example.com\n\
    In-Reply-To: <0190a0b0-0000-7000-8000-000000000000.0@example.org>\n";

#[test]
fn a_mail_that_was_taken_apart_reads_as_reviewed() {
    let body = form(&[
        ("headers", HEADERS),
        ("subject", b"Como usted pidi\xa2"),
        ("text", b"\xbfEsto se ve?"),
        ("html", b"<p>x</p>"),
        ("charsets", br#"{"to":"UTF-8","html":"iso-8859-1","subject":"cp850","from":"UTF-8","text":"iso-8859-1"}"#),
        ("envelope", br#"{"to":["test@inbound.example.com"],"from":"envelope-from@example.org"}"#),
        ("spam_score", b"1.7"),
        ("attachments", b"2"),
        ("attachment-info", br#"{"attachment1":{"filename":"a/test.txt","type":"text/plain"},"attachment2":{"filename":"i.png","type":"image/png","content-id":"abc123"}}"#),
        ("attachment1", b"test"),
        ("attachment2", b"\x89PNG"),
    ]);
    insta::assert_json_snapshot!(events(&wire(), FORM, body));
}

#[test]
fn a_raw_mail_is_read() {
    let mail = b"From: a@example.org\r\nSubject: Raw\r\n\r\nbody";
    let told = events(&wire(), FORM, form(&[("email", mail), ("envelope", b"{}")]));
    let Inbound::Message(message) = &told[0].kind else {
        panic!()
    };
    assert_eq!(message.from.expose(), "a@example.org");
    assert!(message.content.plain_text().contains("body"));
}

proptest! {
    #[test]
    fn any_body_is_read(at in 0..BODY.len(), byte in any::<u8>(), raw in proptest::collection::vec(any::<u8>(), 0..200)) {
        use msg_core::channel::WebhookWire as _;
        let mut body = BODY.as_bytes().to_vec();
        body[at] = byte;
        let mail = form(&[("headers", &raw), ("text", &raw), ("attachment-info", &raw), ("attachments", b"9")]);
        for (kind, body) in [("application/json", body), ("application/json", raw), (FORM, mail)] {
            let call = call(&[("content-type", kind)], body);
            let _ = wire().parse(&msg_core::testkit::webhook::assumed(&call, seen::now()));
        }
    }
}
