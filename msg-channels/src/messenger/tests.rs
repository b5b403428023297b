use super::golden::{self, PAGE, TOKEN, part, person};
use super::response::ROWS;
use super::{Messenger, MessengerConfig};
use crate::graph::inbox::response::code_of;
use bytes::Bytes;
use http::{HeaderMap, Method};
use jiff::Timestamp;
use msg_core::channel::{
    Advice, ChannelWire as _, Failure, FailureClass, Inbound, InboundEvent, Located,
    MediaWire as _, SendOutcome, WebhookRequest, WebhookWire as _,
};
use msg_core::message::content::{Reaction, Typing};
use msg_core::message::part::{
    Button, CardPart, CarouselPart, Keyboard, MediaPart, RawPart, Styled, TextPart, VoicePart,
};
use msg_core::message::{Action, Address, Markup, Media, MediaKind, MediaSource, Part, PartBody};
use msg_core::testkit::webhook::assumed;
use msg_core::{ErrorKind, capability::Unit};
use proptest::prelude::*;
use serde_json::{Value, json};

fn wire() -> Messenger {
    Messenger::new(MessengerConfig::new(TOKEN).with_page(PAGE)).unwrap()
}

fn body(request: &http::Request<Bytes>) -> Value {
    serde_json::from_slice(request.body()).unwrap()
}

fn encoded(of: impl Into<PartBody>) -> Value {
    body(&wire().encode(&part(of).unwrap()).unwrap())
}

fn refused(of: impl Into<PartBody>) -> Failure {
    *wire().encode(&part(of).unwrap()).unwrap_err()
}

#[test]
fn every_part_is_encoded_as_reviewed() {
    let wire = wire();
    for (name, part) in golden::parts().unwrap() {
        let request = wire.encode(&part).unwrap();
        assert_eq!(request.uri().path(), format!("/v23.0/{PAGE}/messages"));
        assert_eq!(request.method(), Method::POST);
        assert_eq!(
            request.headers()["authorization"],
            format!("Bearer {TOKEN}")
        );
        insta::assert_json_snapshot!(name, body(&request));
    }
}

/// The examples of Meta's documents, with our own names and the fields that we add taken away.
#[test]
fn requests_read_as_the_documents_show_them() {
    let parts = golden::parts().unwrap();
    let of = |name: &str| {
        let (_, part) = parts.iter().find(|(found, _)| *found == name).unwrap();
        let mut body = body(&wire().encode(part).unwrap());
        body["message"]
            .as_object_mut()
            .unwrap()
            .remove("metadata")
            .unwrap();
        body
    };
    let to = json!({"id": "1254477777772919"});
    // "Send API", sample request
    assert_eq!(
        of("text"),
        json!({"recipient": to, "messaging_type": "RESPONSE", "message": {"text": "hello, world!"}})
    );
    // "Quick replies"
    assert_eq!(
        of("quick-replies"),
        json!({"recipient": to, "messaging_type": "RESPONSE", "message": {
            "text": "Pick a color:",
            "quick_replies": [
                {"content_type": "text", "title": "Red", "payload": "red"},
                {"content_type": "text", "title": "Green", "payload": "green"}
            ]
        }})
    );
    // "Button template", "Postback button", "Call button"
    assert_eq!(
        of("buttons")["message"],
        json!({"attachment": {"type": "template", "payload": {
            "template_type": "button",
            "text": "What do you want to do next?",
            "buttons": [
                {"type": "web_url", "url": "https://www.messenger.com", "title": "Visit Messenger"},
                {"type": "postback", "title": "Start chatting", "payload": "start"},
                {"type": "phone_number", "title": "Call us", "payload": "+15105551234"}
            ]
        }}})
    );
    // "Saving assets"
    assert_eq!(
        of("media-saved")["message"],
        json!({"attachment": {"type": "image", "payload": {"attachment_id": "1857777774821032"}}})
    );
    // "Send a utility message"
    let template = of("template");
    assert_eq!(template["messaging_type"], "UTILITY");
    assert_eq!(
        template["message"]["template"],
        json!({"name": "order_update", "language": {"code": "en_US"}, "components": [
            {"type": "header", "parameters": [
                {"type": "text", "parameter_name": "order_type", "text": "Order"}
            ]},
            {"type": "body", "parameters": [
                {"type": "text", "text": "confirmed"}, {"type": "text", "text": "566701"}
            ]},
            {"type": "buttons", "parameters": [
                {"type": "POSTBACK", "payload": "12345"}, {"type": "URL", "url": "1234"}
            ]}
        ]})
    );
}

#[test]
fn what_messenger_does_not_carry_is_refused_before_it_is_sent() {
    let failure = refused(VoicePart::new("hello"));
    assert_eq!(
        (failure.class, failure.advice),
        (FailureClass::Unsupported, Advice::Degrade)
    );
    let marked = TextPart::new(Styled::new("*x*", Markup::WhatsApp));
    assert_eq!(refused(marked).class, FailureClass::ContentInvalid);
    let mut captioned = MediaPart::new(vec![Media::from_url(
        MediaKind::Image,
        "https://x.example/a",
        "",
    )]);
    captioned.caption = Some(Styled::plain("look"));
    assert_eq!(refused(captioned.clone()).class, FailureClass::Unsupported);
    captioned.caption = None;
    captioned.items.push(captioned.items[0].clone());
    assert_eq!(refused(captioned).class, FailureClass::Unsupported);
    assert_eq!(
        refused(CarouselPart::new(vec![CardPart::default()])).class,
        FailureClass::ContentInvalid
    );
    let bytes = Media::from_bytes(MediaKind::Image, "image/png", &b"1"[..], "");
    assert_eq!(
        refused(MediaPart::new(vec![bytes])).class,
        FailureClass::ContentInvalid
    );
}

#[test]
fn a_part_goes_to_people_of_this_page_only() {
    let send = |to: Address, wire: &Messenger| {
        let mut part = part(TextPart::new(Styled::plain("hi"))).unwrap();
        part.to = to;
        wire.encode(&part)
            .map(|request| body(&request)["recipient"].clone())
    };
    let stranger = Messenger::person("7", "1254477777772919").unwrap();
    assert!(send(stranger.clone(), &wire()).is_err());
    // Without its id a page cannot know.
    let nameless = Messenger::new(MessengerConfig::new(TOKEN)).unwrap();
    assert!(send(stranger, &nameless).is_ok());
    assert!(send(Address::in_app("1").unwrap(), &wire()).is_err());
    assert!(send(Address::telegram(1), &wire()).is_err());
}

#[test]
fn a_person_answers_for_seven_days() {
    let config = MessengerConfig::new(TOKEN).with_human_agent();
    let wire = Messenger::new(config).unwrap();
    assert_eq!(wire.capabilities().window.as_ref().unwrap().hours, 168);
    let text = part(TextPart::new(Styled::plain("hi"))).unwrap();
    let sent = body(&wire.encode(&text).unwrap());
    assert_eq!(
        (&sent["messaging_type"], &sent["tag"]),
        (&json!("MESSAGE_TAG"), &json!("HUMAN_AGENT"))
    );
    assert_eq!(
        self::wire().capabilities().window.as_ref().unwrap().hours,
        24
    );
}

#[test]
fn a_raw_call_goes_to_its_part_and_nowhere_else() {
    let fine = json!({"recipient": {"id": "1254477777772919"}, "sender_action": "mark_seen"});
    assert_eq!(encoded(RawPart(fine.clone())), fine);
    for bad in [
        json!({"recipient": {"id": "1"}, "message": {"text": "x"}}),
        json!({"message": {"text": "x"}, "access_token": "y"}),
        json!({"messaging_type": "RESPONSE"}),
        json!([1]),
    ] {
        assert_eq!(refused(RawPart(bad)).class, FailureClass::ContentInvalid);
    }
}

#[test]
fn quick_replies_answer_and_everything_else_is_a_button() {
    let id = msg_core::id::ActionId::new("page").unwrap();
    let page = Button::new(Action::url(id, "Open", "https://x.example"), "page");
    let text =
        |tap| TextPart::new(Styled::plain("?")).with_buttons(vec![tap], Keyboard::QuickReplies);
    let sent = encoded(text(page));
    assert_eq!(
        sent["message"]["attachment"]["payload"]["template_type"],
        "button"
    );
    let sent = encoded(text(golden::reply("a", "A").unwrap()));
    assert_eq!(
        sent["message"]["quick_replies"].as_array().unwrap().len(),
        1
    );
}

fn answer(status: u16, body: &str) -> http::Response<Bytes> {
    let mut response = http::Response::new(Bytes::copy_from_slice(body.as_bytes()));
    *response.status_mut() = http::StatusCode::from_u16(status).unwrap();
    response
}

fn outcome(of: impl Into<PartBody>, status: u16, body: &str) -> SendOutcome {
    wire().classify(&part(of).unwrap(), &answer(status, body))
}

fn text() -> TextPart {
    TextPart::new(Styled::plain("hi"))
}

#[test]
fn every_row_is_reached() {
    for row in ROWS {
        let code = code_of(row);
        let subcode = code.subcode.unwrap_or(0);
        let body = json!({"error": {
            "message": "(#1) secret words", "type": "OAuthException", "code": code.code,
            "error_subcode": subcode, "fbtrace_id": "BLBz/WZt8dN"
        }});
        let SendOutcome::Rejected(failure) = outcome(text(), 400, &body.to_string()) else {
            panic!("{}", row.code)
        };
        let found = (&failure.class, &failure.scope, &failure.advice);
        assert_eq!(found, (&row.class, &row.scope, &row.advice), "{}", row.code);
        assert_eq!(failure.provider_code.0, row.code);
        assert!(!format!("{failure:?}").contains("secret"));
        let waits = failure.retry_after.is_some();
        assert_eq!(
            waits,
            failure.class == FailureClass::RateLimited,
            "{}",
            row.code
        );
    }
}

/// The table itself, so that a change of meaning is seen.
#[test]
fn the_table_reads_as_reviewed() {
    let row = |row: &crate::wire::refusal::Row| {
        format!(
            "{} => {} / {} / {}",
            row.code, row.class, row.scope, row.advice
        )
    };
    let rows: Vec<String> = ROWS.iter().map(row).collect();
    insta::assert_snapshot!(rows.join("\n"));
}

#[test]
fn a_message_is_known_by_its_id() {
    let taken = r#"{"recipient_id":"1254477777772919","message_id":"m_AG5Hz2U"}"#;
    assert_eq!(outcome(text(), 200, taken).provider_id(), Some("m_AG5Hz2U"));
    // Somebody named by a `user_ref` has no id yet.
    let nameless = r#"{"message_id":"m_AG5Hz2U"}"#;
    assert_eq!(
        outcome(text(), 200, nameless).provider_id(),
        Some("m_AG5Hz2U")
    );
    for cut in [r#"{"recipient_id":"1"}"#, r#"{"message_id":""}"#, "{}", ""] {
        assert!(
            matches!(outcome(text(), 200, cut), SendOutcome::Ambiguous(_)),
            "{cut}"
        );
    }
}

#[test]
fn a_sign_is_taken_without_an_id_and_may_be_repeated() {
    let own = part(Typing::default()).unwrap().id.to_string();
    for body in [r#"{"recipient_id":"1"}"#, r#"{"success":true}"#] {
        for of in [
            PartBody::from(Typing::default()),
            Reaction::new("m_1", "❤").into(),
        ] {
            assert_eq!(outcome(of, 200, body).provider_id(), Some(&*own), "{body}");
        }
    }
    for status in [500, 502] {
        let SendOutcome::Rejected(failure) = outcome(Typing::default(), status, "") else {
            panic!("{status}")
        };
        assert!(failure.is_retryable());
    }
}

#[test]
fn what_may_have_been_sent_is_never_sent_again_by_guesswork() {
    let all_the_same =
        r#"{"error":{"code":1,"error_subcode":1357046,"message":"Received invalid JSON reply."}}"#;
    for status in [200, 400, 500] {
        let outcome = outcome(text(), status, all_the_same);
        assert!(matches!(outcome, SendOutcome::Ambiguous(_)), "{status}");
    }
    let unknown = r#"{"error":{"code":1,"message":"An unknown error occurred"}}"#;
    assert!(matches!(
        outcome(text(), 500, unknown),
        SendOutcome::Ambiguous(_)
    ));
    assert!(matches!(
        outcome(text(), 400, unknown),
        SendOutcome::Rejected(_)
    ));
    for (status, body) in [(502, "<html></html>"), (500, ""), (504, "{}")] {
        assert!(
            matches!(outcome(text(), status, body), SendOutcome::Ambiguous(_)),
            "{status}"
        );
    }
}

fn media(kind: MediaKind, size: usize) -> Media {
    Media::from_bytes(kind, "image/png", vec![b'x'; size], "a shoe").with_filename("a \"shoe\".png")
}

#[test]
fn media_go_up_as_a_form_and_come_back_as_an_id() {
    let wire = wire();
    let picture = media(MediaKind::Image, 3);
    assert!(wire.must_upload(&picture));
    assert!(!wire.must_upload(&Media::from_url(
        MediaKind::Image,
        "https://x.example/a",
        ""
    )));
    let message = part(MediaPart::new(vec![picture.clone()])).unwrap();
    let request = wire.upload(&message, &picture).unwrap();
    assert_eq!(
        request.uri().path(),
        format!("/v23.0/{PAGE}/message_attachments")
    );
    insta::assert_snapshot!(
        "upload",
        std::str::from_utf8(request.body())
            .unwrap()
            .replace("\r\n", "\n")
    );
    let id = wire.uploaded(&answer(200, r#"{"attachment_id":"1857777774821032"}"#));
    assert_eq!(id.unwrap(), "1857777774821032");
    let failed = wire.uploaded(&answer(
        400,
        r#"{"error":{"code":100,"error_subcode":2018047}}"#,
    ));
    assert_eq!(failed.unwrap_err().class, FailureClass::MediaUnreachable);
    for (status, body) in [(200, "{}"), (200, r#"{"attachment_id":""}"#), (500, "")] {
        assert!(
            wire.uploaded(&answer(status, body))
                .unwrap_err()
                .is_retryable()
        );
    }
    let (most, more) = (8 << 20, (8 << 20) + 1);
    assert!(
        wire.upload(&message, &media(MediaKind::Image, most))
            .is_ok()
    );
    let failure = wire
        .upload(&message, &media(MediaKind::Image, more))
        .unwrap_err();
    assert_eq!(failure.class, FailureClass::ContentTooLarge);
    assert!(
        wire.upload(&message, &media(MediaKind::Video, more))
            .is_ok()
    );
    assert!(
        wire.upload(&message, &media(MediaKind::Sticker, 1))
            .is_err()
    );
}

#[test]
fn media_are_fetched_from_meta_only_and_without_the_key() {
    let wire = wire();
    let at = |url: &str| Media::from_url(MediaKind::Image, url, "");
    let here = at("https://scontent.xx.fbcdn.net/v/a.jpg?x=1");
    let request = wire.locate(&here).unwrap();
    assert!(request.headers().is_empty());
    for bad in [
        "http://scontent.xx.fbcdn.net/a",
        "https://evilfbcdn.net/a",
        "https://fbcdn.net.evil.example/a",
        "https://fbcdn.net@evil.example/a",
        "https://fbcdn.net:8443/a",
        "https://127.0.0.1/a",
        "/a",
        "",
    ] {
        assert_eq!(
            wire.locate(&at(bad)).unwrap_err().kind(),
            ErrorKind::Invalid,
            "{bad}"
        );
    }
    let mut response = answer(200, "bytes");
    response
        .headers_mut()
        .insert("content-type", "image/jpeg".parse().unwrap());
    let Located::Here(media) = wire.located(&here, response).unwrap() else {
        panic!("not here")
    };
    assert_eq!(media.mime.as_deref(), Some("image/jpeg"));
    assert!(matches!(media.source, MediaSource::Bytes(_)));
    for (status, kind) in [
        (404, ErrorKind::NotFound),
        (410, ErrorKind::NotFound),
        (400, ErrorKind::Invalid),
        (503, ErrorKind::Unavailable),
    ] {
        assert_eq!(
            wire.located(&here, answer(status, "")).unwrap_err().kind(),
            kind
        );
    }
}

fn parse(body: &[u8]) -> Result<Vec<InboundEvent>, msg_core::Error> {
    let request = WebhookRequest::new(Method::POST, "/", HeaderMap::new(), body.to_vec());
    wire().parse(&assumed(&request, Timestamp::UNIX_EPOCH))
}

#[test]
fn every_event_reads_as_reviewed() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/messenger/fixtures");
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let events = parse(&std::fs::read(&path).unwrap()).unwrap();
        insta::assert_json_snapshot!(format!("event-{name}"), events);
    }
}

#[test]
fn a_bad_item_does_not_lose_the_others() {
    let body = include_bytes!("fixtures/batch-with-bad-items.json");
    let events = parse(body).unwrap();
    let kinds: Vec<&str> = events.iter().map(|event| event.kind.tag()).collect();
    assert_eq!(
        kinds,
        [
            "message",
            "unsupported",
            "unsupported",
            "unsupported",
            "message"
        ]
    );
}

#[test]
fn what_another_app_answers_is_no_message() {
    for body in [
        &include_bytes!("fixtures/standby.json")[..],
        include_bytes!("fixtures/standby-echo.json"),
    ] {
        let events = parse(body).unwrap();
        assert!(matches!(&events[..], [event] if matches!(event.kind, Inbound::Notice(_))));
    }
}

#[test]
fn our_own_messages_come_back_as_a_state() {
    let events = parse(include_bytes!("fixtures/echo-text.json")).unwrap();
    let [event] = &events[..] else { panic!() };
    let Inbound::Status(status) = &event.kind else {
        panic!()
    };
    let report = status.report.as_ref().unwrap();
    assert_eq!(status.to, Some(person().unwrap()));
    assert_eq!(report.raw["text"], "Bot response");
}

#[test]
fn limits_are_those_of_the_documents() {
    use msg_core::capability::Field;
    let wire = wire();
    let max = |field, unit| wire.capabilities().limit(field).max(unit);
    assert_eq!(max(Field::Text, Unit::Chars), Some(2000));
    assert_eq!(max(Field::QuickReplies, Unit::Items), Some(13));
    assert_eq!(max(Field::Cards, Unit::Items), Some(10));
}

fn whatever() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[a-z❤\u{0}]{0,6}".prop_map(Value::from),
        Just(Value::from(1_772_998_024_000_i64)),
        Just(Value::from("1254477777772919")),
    ];
    let names = prop_oneof![
        Just("id"),
        Just("mid"),
        Just("text"),
        Just("payload"),
        Just("attachments"),
        Just("type"),
        Just("url"),
        Just("title"),
        Just("message"),
        Just("postback"),
        Just("reaction"),
        Just("read"),
        Just("delivery"),
        Just("mids"),
        Just("watermark"),
        Just("optin"),
        Just("sender"),
        Just("recipient"),
        Just("timestamp"),
        Just("quick_reply"),
        Just("is_echo"),
        Just("field"),
        Just("value"),
        Just("reply_to"),
        Just("sticker_id"),
        Just("coordinates"),
        Just("action"),
    ];
    leaf.prop_recursive(5, 48, 6, move |inner| {
        let map = prop::collection::vec((names.clone(), inner.clone()), 0..6);
        prop_oneof![
            prop::collection::vec(inner, 0..4).prop_map(Value::from),
            map.prop_map(|all| all
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect()),
        ]
    })
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_invalid(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Err(error) = parse(&bytes) {
            prop_assert_eq!(error.kind(), ErrorKind::Invalid);
        }
    }

    /// Whatever an event is, it is told, and told the same way again.
    #[test]
    fn no_event_is_lost(event in whatever(), list in "messaging|standby|changes|other") {
        let body = json!({"object": "page", "entry": [{"id": PAGE, "time": 1, list: [event]}]}).to_string();
        let events = parse(body.as_bytes()).unwrap();
        prop_assert!(!events.is_empty());
        prop_assert_eq!(&events, &parse(body.as_bytes()).unwrap());
        let mut keys: Vec<_> = events.iter().map(|event| &event.dedupe).collect();
        keys.sort_unstable();
        keys.dedup();
        prop_assert_eq!(keys.len(), events.len());
    }
}

/// An answer of Meta cut short anywhere is never taken under another id.
#[test]
fn a_cut_answer_is_not_taken() {
    let whole = r#"{"recipient_id":"1254477777772919","message_id":"m_AG5Hz2U"}"#;
    for end in 0..whole.len() {
        let cut = whole.get(..end).unwrap();
        assert!(
            matches!(outcome(text(), 200, cut), SendOutcome::Ambiguous(_)),
            "{cut}"
        );
    }
    let _: Part = part(text()).unwrap();
}
