use super::super::golden::{self, album, part, text, wire};
use super::*;
use PlivoChannel::{Mms, Sms};
use msg_core::channel::{ChannelWire as _, Failure};
use msg_core::message::{Address, ChannelKind, MediaKind};

fn shown(request: &http::Request<Bytes>) -> String {
    let body: serde_json::Value = serde_json::from_slice(request.body()).unwrap();
    let body = serde_json::to_string_pretty(&body).unwrap();
    format!("{} {}\n{body}", request.method(), request.uri())
}

#[test]
fn every_part_is_encoded_as_reviewed() {
    let parts: [(&str, PlivoChannel, PartBody); 3] = [
        ("sms-text", Sms, text("Hello \"you\" & 👋").into()),
        ("mms-text", Mms, text("Hello").into()),
        ("mms-album", Mms, album(2).into()),
    ];
    for (name, channel, body) in parts {
        let part = part(channel, body);
        let request = wire(channel).encode(&part).unwrap();
        assert!(request.headers()[AUTHORIZATION].is_sensitive());
        insta::assert_snapshot!(name, shown(&request));
    }
}

#[test]
fn a_sender_says_what_it_is_configured_to_say() {
    let mut config = golden::config(Sms);
    (config.from, config.powerpack_uuid) =
        (None, Some("86bbb125-97bb-4d72-89fd-81d5c515b015".into()));
    (config.expiry_seconds, config.log, config.status_callback) = (Some(600), Some(false), None);
    let request = Plivo::new(config)
        .unwrap()
        .encode(&part(Sms, text("Hi")))
        .unwrap();
    insta::assert_snapshot!(shown(&request));
}

fn refused(channel: PlivoChannel, body: impl Into<PartBody>) -> Failure {
    *wire(channel).encode(&part(channel, body)).unwrap_err()
}

#[test]
fn what_plivo_does_not_carry_is_refused_before_it_is_sent() {
    assert_eq!(refused(Sms, album(1)).class, FailureClass::Unsupported);
    assert_eq!(refused(Mms, album(0)).class, FailureClass::Unsupported);
    assert_eq!(refused(Mms, album(11)).class, FailureClass::Unsupported);
    assert_eq!(refused(Sms, text("")).class, FailureClass::ContentInvalid);
    let mut bytes = album(1);
    bytes.items = vec![Media::from_bytes(
        MediaKind::Image,
        "image/png",
        &b"png"[..],
        "",
    )];
    assert_eq!(refused(Mms, bytes).class, FailureClass::MediaRejected);
    let mut other = part(Sms, text("hi"));
    other.to = Address::phone(ChannelKind::WhatsApp, golden::PERSON).unwrap();
    let failure = wire(Sms).encode(&other).unwrap_err();
    assert_eq!(failure.class, FailureClass::InvalidRecipient);
}

/// 1,600 characters, or 737 where it needs UCS-2.
#[test]
fn a_text_is_at_most_11_segments() {
    let fits = |body: String| wire(Sms).encode(&part(Sms, text(&body))).is_ok();
    assert!(fits("a".repeat(1600)) && !fits("a".repeat(1601)));
    assert!(fits("ж".repeat(737)) && !fits("ж".repeat(738)));
}
