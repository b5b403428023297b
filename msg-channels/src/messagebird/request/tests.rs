use super::super::golden::{self, part, text, wire};
use super::*;
use msg_core::channel::{ChannelWire as _, Failure, LookUpWire as _};
use msg_core::message::part::MediaPart;
use msg_core::message::{Address, Media, MediaKind};

fn shown(request: &http::Request<Bytes>) -> String {
    let body: serde_json::Value = serde_json::from_slice(request.body()).unwrap();
    let body = serde_json::to_string_pretty(&body).unwrap();
    format!("{} {}\n{body}", request.method(), request.uri())
}

#[test]
fn a_text_is_encoded_as_reviewed() {
    let request = wire().encode(&part(text("Hello \"you\" & 👋"))).unwrap();
    assert!(request.headers()[AUTHORIZATION].is_sensitive());
    assert_eq!(
        request.headers()[AUTHORIZATION],
        "AccessKey s3cret-access-key"
    );
    insta::assert_snapshot!("text", shown(&request));
    let mut config = golden::config();
    config.from = "Shop".into();
    (config.report_url, config.validity_seconds, config.gateway) = (None, Some(600), Some(11));
    let wire = MessageBird::new(config).unwrap();
    let request = wire.encode(&part(text("Hi"))).unwrap();
    insta::assert_snapshot!("configured", shown(&request));
}

#[test]
fn a_look_up_asks_for_the_number() {
    let request = wire().ask(&part(text("Hi"))).unwrap();
    assert_eq!(
        request.uri(),
        "https://rest.messagebird.com/messages?recipient=14155550132&direction=mt&limit=50"
    );
    assert!(request.headers()[AUTHORIZATION].is_sensitive());
}

fn refused(body: impl Into<PartBody>) -> Failure {
    *wire().encode(&part(body)).unwrap_err()
}

#[test]
fn what_messagebird_does_not_carry_is_refused_before_it_is_sent() {
    let media = Media::from_url(MediaKind::Image, "https://shop.example/a.jpg", "");
    assert_eq!(
        refused(MediaPart::new(vec![media])).class,
        FailureClass::Unsupported
    );
    assert_eq!(refused(text("")).class, FailureClass::ContentInvalid);
    let mut other = part(text("hi"));
    other.to = Address::phone(ChannelKind::Mms, golden::PERSON).unwrap();
    let failure = wire().encode(&other).unwrap_err();
    assert_eq!(failure.class, FailureClass::InvalidRecipient);
}

/// 1,377 characters, or 603 where it needs UCS-2.
#[test]
fn a_text_is_at_most_9_segments() {
    let fits = |body: String| wire().encode(&part(text(&body))).is_ok();
    assert!(fits("a".repeat(1377)) && !fits("a".repeat(1378)));
    assert!(fits("ж".repeat(603)) && !fits("ж".repeat(604)));
}
