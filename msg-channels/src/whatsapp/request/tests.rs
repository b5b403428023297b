use super::super::golden;
use super::super::{Flow, PaymentLink, WhatsAppConfig};
use super::*;
use http::Method;
use msg_core::channel::{ChannelWire as _, Failure, FailureClass, MediaWire as _};
use msg_core::id::ActionId;
use msg_core::message::commerce::{Money, Payment, Product};
use msg_core::message::content::{Delete, ProviderTemplate, TemplateCategory};
use msg_core::message::interactive::Form;
use msg_core::message::media::MediaBytes;
use msg_core::message::part::{MediaPart, RequestPart};
use msg_core::message::{Address, ChannelKind, Media, MediaKind, MediaSource};

fn number() -> WhatsApp {
    let form = ActionId::new(golden::FORM).unwrap();
    let config = WhatsAppConfig::new(golden::TOKEN, golden::PHONE_NUMBER_ID)
        .with_catalog("194836987003835")
        .with_flow(form, Flow::new("9").with_screen("FIRST"))
        .with_payment_link(PaymentLink::brazil());
    WhatsApp::new(config).unwrap()
}

/// As the adapter does it: bytes are uploaded first.
fn uploaded(mut part: Part) -> Part {
    for media in part.body.media_mut() {
        if number().must_upload(media) {
            media.source = MediaSource::ProviderId("4490709327384033".into());
        }
    }
    part
}

fn like(body: impl Into<PartBody>) -> Part {
    let (_, mut part) = golden::parts().unwrap().remove(0);
    part.body = body.into();
    part
}

fn refused(part: &Part) -> Failure {
    *number().encode(part).unwrap_err()
}

#[test]
fn every_kind_of_part_becomes_the_request_that_was_reviewed() {
    for (name, part) in golden::parts().unwrap() {
        let request = number()
            .encode(&uploaded(part))
            .map_err(|it| it.detail)
            .unwrap();
        assert_eq!(request.method(), Method::POST);
        assert_eq!(
            request.uri().to_string(),
            "https://graph.facebook.com/v23.0/106540352242922/messages"
        );
        assert_eq!(request.headers()["authorization"], "Bearer EAAExampleOnly");
        let body: Value = serde_json::from_slice(request.body()).unwrap();
        insta::assert_json_snapshot!(name, body);
    }
}

#[test]
fn without_callback_data_no_token_goes_along() {
    let mut config = WhatsAppConfig::new(golden::TOKEN, golden::PHONE_NUMBER_ID);
    config.callback_data = false;
    let number = WhatsApp::new(config).unwrap();
    let (_, part) = golden::parts().unwrap().remove(0);
    let request = number.encode(&part).unwrap();
    assert!(!String::from_utf8_lossy(request.body()).contains(TRACKER));
}

#[test]
fn an_address_of_another_channel_is_refused() {
    let mut part = like(TextPart::new(Styled::plain("hi")));
    for to in [
        Address::phone(ChannelKind::Sms, golden::NUMBER).unwrap(),
        Address::in_app("1").unwrap(),
        Address::new(ChannelKind::WhatsApp, "email".into(), "a@example.org").unwrap(),
    ] {
        part.to = to;
        assert_eq!(refused(&part).class, FailureClass::InvalidRecipient);
    }
}

#[test]
fn a_raw_message_goes_to_its_recipient_only() {
    let encode = |raw: Value| number().encode(&like(RawPart(raw)));
    for own in ["16505551234", "+16505551234"] {
        let text = serde_json::json!({"to": own, "type": "text", "text": {"body": "hi"}});
        assert!(encode(text).is_ok(), "{own}");
    }
    for elsewhere in [
        serde_json::json!({"to": "16505550000"}),
        serde_json::json!({"to": 16_505_551_234_u64}),
        serde_json::json!({"recipient": "US.1"}),
        serde_json::json!({"to": null}),
        serde_json::json!(["text"]),
    ] {
        assert!(encode(elsewhere.clone()).is_err(), "{elsewhere}");
    }
}

#[test]
fn what_the_api_does_not_offer_is_refused_before_anything_is_sent() {
    let styled = |text: &str| Styled::new(text, Markup::TelegramHtml);
    let animation = Media::from_url(MediaKind::Animation, "https://example.org/a.gif", "");
    let bytes = Media::from_bytes(MediaKind::Image, "image/png", &b"x"[..], "");
    let audio = Media::from_url(MediaKind::Audio, "https://example.org/a.mp3", "");
    let mut said = MediaPart::new(vec![audio]);
    said.caption = Some(Styled::plain("listen"));
    let mut stop = Typing::default();
    stop.stop = true;
    let money = || Money::new(1, "BRL");
    let other = ActionId::new("other").unwrap();
    let mut template = ProviderTemplate::new(
        msg_core::id::TemplateId::new("t").unwrap(),
        "en",
        TemplateCategory::Utility,
    );
    template.params.insert("1".into(), "two\nlines".into());
    let bodies: Vec<PartBody> = vec![
        TextPart::new(styled("<b>x</b>")).into(),
        PartBody::LocationRequest(RequestPart::new(styled("x"))),
        MediaPart::new(vec![animation]).into(),
        MediaPart::new(vec![bytes]).into(),
        MediaPart::new(vec![]).into(),
        said.into(),
        ContactCards(vec![]).into(),
        Typing::default().into(),
        stop.into(),
        Delete::new("x").into(),
        Form::new(other, "Return", vec![]).into(),
        Payment::new("a b", "x", money(), "https://example.org").into(),
        Payment::new("a".repeat(36), "x", money(), "https://example.org").into(),
        template.into(),
    ];
    for body in bodies {
        let what = body.tag().to_owned();
        assert!(number().encode(&like(body)).is_err(), "{what}");
    }
    let plain = WhatsApp::new(WhatsAppConfig::new("x", "1")).unwrap();
    let product = like(Product::new("sku-1", "Shoes"));
    let failure = plain.encode(&product).unwrap_err();
    assert_eq!(failure.class, FailureClass::Unsupported);
}

#[test]
fn media_are_uploaded_within_the_limits_of_their_kind() {
    let upload = |kind, mime: &str, size| {
        let media = Media::from_bytes(kind, mime, vec![7; size], "");
        let part = like(MediaPart::new(vec![media.clone()]));
        number().upload(&part, &media)
    };
    let request = upload(MediaKind::Image, "image/png", 3).unwrap();
    assert_eq!(request.uri().path(), "/v23.0/106540352242922/media");
    assert_eq!(request.headers()["authorization"], "Bearer EAAExampleOnly");
    let kind = request.headers()["content-type"]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(kind.starts_with("multipart/form-data; boundary="), "{kind}");
    insta::assert_snapshot!(
        "upload",
        String::from_utf8_lossy(request.body()).replace('\r', "")
    );
    let class = |kind, mime: &str, size| upload(kind, mime, size).map_err(|it| it.class).err();
    assert_eq!(class(MediaKind::Image, "image/png", 5_000_000), None);
    let too_large = Some(FailureClass::ContentTooLarge);
    assert_eq!(class(MediaKind::Image, "image/png", 5_000_001), too_large);
    assert_eq!(class(MediaKind::Video, "video/mp4", 16_000_001), too_large);
    assert_eq!(class(MediaKind::Sticker, "image/webp", 500_001), too_large);
    assert_eq!(class(MediaKind::File, "text/plain", 16_000_001), None);
    let wrong = Some(FailureClass::MediaRejected);
    assert_eq!(class(MediaKind::Image, "image/gif", 1), wrong);
    assert_eq!(class(MediaKind::Animation, "image/gif", 1), wrong);
    assert_eq!(class(MediaKind::VoiceNote, "audio/mpeg", 1), wrong);
    assert_eq!(
        class(MediaKind::VoiceNote, "audio/ogg; codecs=opus", 1),
        None
    );
}

#[test]
fn media_are_located_by_their_id() {
    let mut media = Media::from_url(MediaKind::Image, "https://example.org/a", "");
    assert!(number().locate(&media).is_err());
    media.source = MediaSource::ProviderId("../106/messages?x".into());
    let request = number().locate(&media).unwrap();
    assert_eq!(request.uri().path(), "/v23.0/..%2F106%2Fmessages%3Fx");
    media.source = MediaSource::Bytes(MediaBytes(Bytes::new()));
    assert!(number().locate(&media).is_err());
}
