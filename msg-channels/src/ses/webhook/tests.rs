use super::super::tests::wire;
use super::*;
use http::{HeaderMap, Method};
use msg_core::channel::{Inbound, WebhookRequest, WebhookWire as _};
use msg_core::testkit::webhook::assumed;
use proptest::prelude::*;
use serde_json::json;

fn now() -> Timestamp {
    crate::amazon::NOW.parse().unwrap()
}

fn call(body: impl Into<bytes::Bytes>) -> WebhookRequest {
    WebhookRequest::new(Method::POST, "https://example.org/", HeaderMap::new(), body)
}

fn read(body: impl Into<bytes::Bytes>) -> Result<Vec<InboundEvent>, Error> {
    wire().parse(&assumed(&call(body), now()))
}

/// Every fixture reads as it was reviewed.
#[test]
fn events_read_as_reviewed() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/ses/fixtures");
    let mut names: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    names.sort();
    assert!(names.len() > 30, "the fixtures are not all there");
    for path in names {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let events = read(std::fs::read(&path).unwrap()).unwrap();
        insta::assert_json_snapshot!(name, events);
    }
}

fn kinds(record: &Value) -> Vec<String> {
    let events = read(record.to_string()).unwrap();
    let name = |event: InboundEvent| match event.kind {
        Inbound::Status(status) => status.report.map(|it| it.name).unwrap_or_default(),
        Inbound::Notice(notice) => notice.about.as_str().to_owned(),
        Inbound::Consent(signal) => signal.reason,
        Inbound::Unsupported(kind) => kind.name,
        other => panic!("{other:?}"),
    };
    events.into_iter().map(name).collect()
}

#[test]
fn raw_delivery_is_read_and_dated_by_itself() {
    let record = json!({"eventType": "Click", "click": {"timestamp": "2026-06-09T10:14:06.000Z"},
        "mail": {"messageId": "m1", "destination": ["jo@example.net"]}});
    let events = read(record.to_string()).unwrap();
    assert_eq!(
        events[0].occurred_at,
        "2026-06-09T10:14:06Z".parse().unwrap()
    );
    assert_eq!(kinds(&record), ["clicked"]);
    assert_eq!(kinds(&json!({"a": 1})), ["record"]);
    // Nothing names a mail or a person: kept all the same.
    assert_eq!(kinds(&json!({"eventType": "Send"})), ["queued"]);
    assert_eq!(
        kinds(&json!({"notificationType": "Bounce", "bounce": 7})),
        ["bounced"]
    );
}

#[test]
fn what_is_not_amazons_is_refused_without_its_words() {
    for body in ["", "hidden", "[]", "\"hidden\"", "7", "\u{0}"] {
        let error = read(body.to_owned()).unwrap_err();
        assert!(!error.to_string().contains("hidden"), "{error}");
    }
}

#[test]
fn an_undetermined_bounce_is_told_by_its_codes() {
    let bounce = |words: &str| {
        bounced(
            &json!({"bounce": {"bounceType": "Undetermined", "bounceSubType": "Undetermined",
            "bouncedRecipients": [{"emailAddress": "a@example.org", "diagnosticCode": words}]}}),
        )
    };
    for (words, class) in [
        ("smtp; 550 5.1.1 nobody", BounceClass::Hard),
        ("smtp; 550 5.7.1 blocked", BounceClass::Block),
        ("smtp; 452 4.2.2 full", BounceClass::Soft),
        ("words", BounceClass::Unknown),
    ] {
        assert_eq!(bounce(words), MailEvent::Bounced(class), "{words}");
    }
}

#[test]
fn a_record_names_no_more_people_than_a_mail_has() {
    let all = vec![json!({"emailAddress": "a@example.org"}); 5000];
    let record = json!({"eventType": "Bounce", "bounce": {"bounceType": "Permanent", "bouncedRecipients": all}});
    assert_eq!(kinds(&record).len(), MOST_PEOPLE);
}

proptest! {
    #[test]
    fn any_body_is_read_or_refused(text in "\\PC{0,60}", at in 0..2000_usize, byte: u8) {
        let mut body = include_bytes!("../fixtures/bounce-several.json").to_vec();
        if let Some(place) = body.get_mut(at) {
            *place = byte;
        }
        for body in [text.into_bytes(), body] {
            let _ = read(body);
        }
    }
}
