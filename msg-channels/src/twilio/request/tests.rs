use super::super::golden::{self, part, picture, text, wire};
use super::*;
use TwilioChannel::{Mms, Rcs, Sms, WhatsApp};
use msg_core::channel::{ChannelWire as _, Failure, FailureScope};
use msg_core::id::ActionId;
use msg_core::message::part::{Button, Keyboard};
use msg_core::message::{Action, Address, ChannelKind, MediaKind};
use serde_json::json;

/// The request as lines, its fields decoded.
fn shown(request: &http::Request<Bytes>) -> String {
    let mut lines = vec![format!("{} {}", request.method(), request.uri())];
    let names = request.headers().keys().map(|name| format!("{name}: …"));
    lines.extend(names);
    let fields = form_urlencoded::parse(request.body());
    lines.extend(fields.map(|(name, value)| format!("{name}={value}")));
    lines.join("\n")
}

#[test]
fn every_part_is_encoded_as_reviewed() {
    for (name, channel, part) in golden::parts() {
        let wire = wire(channel);
        let request = wire.encode(&part).unwrap();
        insta::assert_snapshot!(name, shown(&request));
        assert_eq!(shown(&request), shown(&wire.encode(&part).unwrap()));
    }
}

#[test]
fn a_sender_says_what_it_is_configured_to_say() {
    let mut config =
        golden::config(Sms).with_messaging_service("MG00000000000000000000000000000002");
    config.from = None;
    config.validity_seconds = Some(600);
    config.smart_encoding = Some(true);
    config.status_callback = None;
    config.key_sid = Some("SK00000000000000000000000000000003".into());
    let wire = Twilio::new(config).unwrap();
    let request = wire.encode(&part(Sms, text("Hi"))).unwrap();
    insta::assert_snapshot!(shown(&request));
    let key = request.headers()[http::header::AUTHORIZATION]
        .to_str()
        .unwrap();
    let pair = crate::wire::proof::base64(key.strip_prefix("Basic ").unwrap()).unwrap();
    assert!(pair.starts_with(b"SK00000000000000000000000000000003:"));
}

fn refused(channel: TwilioChannel, body: impl Into<PartBody>) -> Failure {
    *wire(channel).encode(&part(channel, body)).unwrap_err()
}

#[test]
fn what_twilio_does_not_carry_is_refused_before_it_is_sent() {
    let buttons = vec![Button::new(
        Action::reply(ActionId::new("yes").unwrap(), "Yes"),
        "yes",
    )];
    let choice = text("Well?").with_buttons(buttons, Keyboard::Buttons);
    assert_eq!(refused(WhatsApp, choice).class, FailureClass::Unsupported);
    let media = || MediaPart::new(vec![picture()]);
    assert_eq!(refused(Sms, media()).class, FailureClass::Unsupported);
    let two = MediaPart::new(vec![picture(), picture()]);
    assert_eq!(refused(WhatsApp, two).class, FailureClass::Unsupported);
    let eleven = MediaPart::new(vec![picture(); 11]);
    assert_eq!(refused(Mms, eleven).class, FailureClass::Unsupported);
    assert_eq!(
        refused(Rcs, golden::place()).class,
        FailureClass::Unsupported
    );
    let bytes = Media::from_bytes(MediaKind::Image, "image/png", &b"png"[..], "");
    let failure = refused(Mms, MediaPart::new(vec![bytes]));
    assert_eq!(failure.class, FailureClass::MediaRejected);
    let file = Media::from_url(MediaKind::File, "file:///etc/passwd", "");
    let failure = refused(Mms, MediaPart::new(vec![file]));
    assert_eq!(failure.class, FailureClass::MediaRejected);
}

#[test]
fn a_body_is_at_most_1600_utf16_units() {
    let fits = |body: &str| wire(Sms).encode(&part(Sms, text(body))).is_ok();
    assert!(fits(&"a".repeat(1600)) && fits(&"ä".repeat(1600)) && fits(&"👋".repeat(800)));
    let failure = refused(Sms, text(&"👋".repeat(801)));
    assert_eq!(
        (failure.class, failure.advice),
        (FailureClass::ContentTooLarge, Advice::Degrade)
    );
    assert_eq!(refused(Sms, text("")).class, FailureClass::ContentInvalid);
}

#[test]
fn a_template_is_known_by_its_sid_or_its_name() {
    let template = |name: &str| {
        let id = msg_core::id::TemplateId::new(name).unwrap();
        let category = msg_core::message::content::TemplateCategory::Utility;
        ProviderTemplate::new(id, "en", category)
    };
    let encode = |name: &str| wire(WhatsApp).encode(&part(WhatsApp, template(name)));
    assert!(encode("order_shipped").is_ok() && encode(golden::CONTENT).is_ok());
    let failure = encode("nobody_knows_it").unwrap_err();
    assert_eq!(failure.class, FailureClass::TemplateMissing);
}

#[test]
fn the_variables_of_a_text_are_numbered() {
    use msg_core::message::template::{TemplateHeader, TemplateText};
    let template = || {
        let id = msg_core::id::TemplateId::new(golden::CONTENT).unwrap();
        let category = msg_core::message::content::TemplateCategory::Utility;
        ProviderTemplate::new(id, "en", category)
    };
    let mut whole = template().with_component(TemplateBody::texts(["Ada", "12 May"]));
    whole
        .params
        .insert("3".into(), "https://shop.example/1".into());
    let request = wire(WhatsApp).encode(&part(WhatsApp, whole)).unwrap();
    let variables = r#"ContentVariables={"1":"Ada","2":"12 May","3":"https://shop.example/1"}"#;
    assert!(shown(&request).contains(variables));
    let header = TemplateHeader(TemplateParam::Text(TemplateText::new("Hi")));
    let failure = refused(WhatsApp, template().with_component(header));
    assert_eq!(failure.class, FailureClass::TemplateParams);
}

#[test]
fn a_sign_of_typing_names_the_message_that_is_answered() {
    use msg_core::message::content::Typing;
    let mut typing = part(WhatsApp, Typing::default());
    assert!(wire(WhatsApp).encode(&typing).is_err());
    typing.reply_to = Some("SM00000000000000000000000000000009".into());
    let request = wire(WhatsApp).encode(&typing).unwrap();
    assert_eq!(request.uri().path(), "/v2/Indicators/Typing.json");
    let mut stop = Typing::default();
    stop.stop = true;
    typing.body = stop.into();
    assert!(wire(WhatsApp).encode(&typing).is_err());
}

#[test]
fn a_raw_part_says_neither_who_it_is_from_nor_to() {
    for raw in [
        json!({"To": "+15550199"}),
        json!({"From": "+15550199"}),
        json!({"StatusCallback": "https://elsewhere.example"}),
        json!({}),
        json!([]),
        json!({"Body": {"a": 1}}),
        json!({"Body": null}),
    ] {
        let failure = refused(Sms, RawPart(raw.clone()));
        assert_eq!(failure.class, FailureClass::ContentInvalid, "{raw}");
    }
}

#[test]
fn only_people_of_the_channel_are_written_to() {
    for to in [
        Address::phone(ChannelKind::Sms, "+14155550132").unwrap(),
        Address::email("ada@example.org").unwrap(),
    ] {
        let mut other = part(WhatsApp, text("Hi"));
        other.to = to;
        let failure = wire(WhatsApp).encode(&other).unwrap_err();
        assert_eq!(
            (failure.class, failure.scope),
            (FailureClass::InvalidRecipient, FailureScope::Recipient)
        );
    }
    let hidden = AddressScheme::WhatsAppUser;
    let hidden = Address::new(ChannelKind::WhatsApp, hidden, "US.13491208655302741918").unwrap();
    let mut scoped = part(WhatsApp, text("Hi"));
    scoped.to = hidden;
    let request = wire(WhatsApp).encode(&scoped).unwrap();
    assert!(shown(&request).contains("To=whatsapp:US.13491208655302741918"));
}

#[test]
fn a_read_mark_names_a_message() {
    use msg_core::message::content::Read;
    assert_eq!(
        refused(WhatsApp, Read::new("41")).class,
        FailureClass::ContentInvalid
    );
    let sid = "SM00000000000000000000000000000009";
    assert_eq!(
        refused(Rcs, Read::new(sid)).class,
        FailureClass::Unsupported
    );
}
