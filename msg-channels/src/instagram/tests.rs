use super::golden::{self, ACCOUNT, TOKEN, part, person};
use super::response::ROWS;
use super::{FACEBOOK, Instagram, InstagramConfig};
use crate::graph::inbox::response::code_of;
use bytes::Bytes;
use http::{HeaderMap, Method};
use jiff::Timestamp;
use msg_core::channel::{
    ChannelWire as _, Failure, FailureClass, Inbound, InboundEvent, MediaWire as _, SendOutcome,
    WebhookRequest, WebhookWire as _,
};
use msg_core::message::content::{ProviderTemplate, Reaction, TemplateCategory};
use msg_core::message::interactive::ContactField;
use msg_core::message::part::{ContactRequestPart, MediaPart, Styled, TextPart};
use msg_core::message::state::Progress;
use msg_core::message::{Address, Media, MediaKind, PartBody};
use msg_core::testkit::webhook::assumed;
use serde_json::{Value, json};

fn wire() -> Instagram {
    Instagram::new(InstagramConfig::new(TOKEN).with_account_id(ACCOUNT)).unwrap()
}

fn body(request: &http::Request<Bytes>) -> Value {
    serde_json::from_slice(request.body()).unwrap()
}

fn refused(of: impl Into<PartBody>) -> Failure {
    *wire().encode(&part(of).unwrap()).unwrap_err()
}

#[test]
fn every_part_is_encoded_as_reviewed() {
    let wire = wire();
    for (name, part) in golden::parts().unwrap() {
        let request = wire.encode(&part).unwrap();
        assert_eq!(
            request.uri().to_string(),
            format!("https://graph.instagram.com/v23.0/{ACCOUNT}/messages")
        );
        assert_eq!(
            request.headers()["authorization"],
            format!("Bearer {TOKEN}")
        );
        insta::assert_json_snapshot!(name, body(&request));
    }
}

/// The examples of Meta's documents ("Send Messages" of the Instagram Platform), with our own names.
#[test]
fn requests_read_as_the_documents_show_them() {
    let parts = golden::parts().unwrap();
    let of = |name: &str| {
        let (_, part) = parts.iter().find(|(found, _)| *found == name).unwrap();
        body(&wire().encode(part).unwrap())
    };
    let to = json!({"id": "200000000000001"});
    assert_eq!(
        of("text"),
        json!({"recipient": to, "message": {"text": "hello, world!"}})
    );
    assert_eq!(
        of("images"),
        json!({"recipient": to, "message": {"attachments": [
            {"type": "image", "payload": {"url": "https://www.example.org/1.jpg"}},
            {"type": "image", "payload": {"url": "https://www.example.org/2.jpg"}},
            {"type": "image", "payload": {"attachment_id": "1857777774821032"}}
        ]}})
    );
    assert_eq!(
        of("audio"),
        json!({"recipient": to, "message": {"attachment": {
            "type": "audio", "payload": {"url": "https://www.example.org/sound.mp3"}
        }}})
    );
    assert_eq!(
        of("raw"),
        json!({"recipient": to, "message": {"attachment": {"type": "like_heart"}}})
    );
    assert_eq!(
        of("react"),
        json!({"recipient": to, "sender_action": "react",
            "payload": {"message_id": "m_41", "reaction": "🎉"}})
    );
    assert_eq!(
        of("unreact"),
        json!({"recipient": to, "sender_action": "unreact", "payload": {"message_id": "m_41"}})
    );
    assert_eq!(
        of("to-comment"),
        json!({"recipient": {"comment_id": "7_42"}, "message": {"text": "Thank you for your words"}})
    );
}

#[test]
fn what_instagram_does_not_carry_is_refused_before_it_is_sent() {
    let ask = ContactRequestPart::new(Styled::plain("?"), ContactField::Phone);
    assert_eq!(refused(ask).class, FailureClass::Unsupported);
    let id = msg_core::id::TemplateId::new("t").unwrap();
    let template = ProviderTemplate::new(id, "en", TemplateCategory::Utility);
    assert_eq!(refused(template).class, FailureClass::Unsupported);
    let at = |kind| Media::from_url(kind, "https://x.example/a", "");
    let films = MediaPart::new(vec![at(MediaKind::Video), at(MediaKind::Video)]);
    assert_eq!(refused(films).class, FailureClass::Unsupported);
    let mut elsewhere = part(TextPart::new(Styled::plain("hi"))).unwrap();
    elsewhere.to = Instagram::person("7", "200000000000001").unwrap();
    assert!(wire().encode(&elsewhere).is_err());
    elsewhere.to = Address::in_app("1").unwrap();
    assert!(wire().encode(&elsewhere).is_err());
}

#[test]
fn a_person_answers_for_seven_days_and_says_so() {
    let config = InstagramConfig::new(TOKEN)
        .with_base_url(FACEBOOK)
        .with_human_agent();
    let wire = Instagram::new(config).unwrap();
    assert_eq!(wire.capabilities().window.as_ref().unwrap().hours, 168);
    let request = wire
        .encode(&part(TextPart::new(Styled::plain("hi"))).unwrap())
        .unwrap();
    assert_eq!(
        request.uri().to_string(),
        "https://graph.facebook.com/v23.0/me/messages"
    );
    let sent = body(&request);
    assert_eq!(
        (&sent["messaging_type"], &sent["tag"]),
        (&json!("MESSAGE_TAG"), &json!("HUMAN_AGENT"))
    );
}

fn outcome(of: impl Into<PartBody>, status: u16, body: &str) -> SendOutcome {
    let mut response = http::Response::new(Bytes::copy_from_slice(body.as_bytes()));
    *response.status_mut() = http::StatusCode::from_u16(status).unwrap();
    wire().classify(&part(of).unwrap(), &response)
}

fn text() -> TextPart {
    TextPart::new(Styled::plain("hi"))
}

#[test]
fn every_row_is_reached() {
    for row in ROWS {
        let code = code_of(row);
        let body = json!({"error": {
            "message": "secret words", "code": code.code, "error_subcode": code.subcode
        }});
        let SendOutcome::Rejected(failure) = outcome(text(), 400, &body.to_string()) else {
            panic!("{}", row.code)
        };
        let found = (&failure.class, &failure.scope, &failure.advice);
        assert_eq!(found, (&row.class, &row.scope, &row.advice), "{}", row.code);
        assert_eq!(failure.provider_code.0, row.code);
        assert!(!format!("{failure:?}").contains("secret"));
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
fn a_message_is_known_by_its_id_and_a_reaction_needs_none() {
    let taken = r#"{"recipient_id":"200000000000001","message_id":"aWdfout_1"}"#;
    assert_eq!(outcome(text(), 200, taken).provider_id(), Some("aWdfout_1"));
    let told = outcome(Reaction::new("aWdf", "❤"), 200, r#"{"recipient_id":"1"}"#);
    assert!(matches!(told, SendOutcome::Accepted(_)));
    assert!(matches!(
        outcome(text(), 200, "{}"),
        SendOutcome::Ambiguous(_)
    ));
}

#[test]
fn media_go_up_to_the_account() {
    let picture = Media::from_bytes(MediaKind::Image, "image/png", &b"xxx"[..], "");
    let message = part(MediaPart::new(vec![picture.clone()])).unwrap();
    let request = wire().upload(&message, &picture).unwrap();
    assert_eq!(
        request.uri().path(),
        format!("/v23.0/{ACCOUNT}/message_attachments")
    );
    assert_eq!(
        request.headers()["authorization"],
        format!("Bearer {TOKEN}")
    );
}

fn parse(body: &[u8]) -> Vec<InboundEvent> {
    let request = WebhookRequest::new(Method::POST, "/", HeaderMap::new(), body.to_vec());
    wire()
        .parse(&assumed(&request, Timestamp::UNIX_EPOCH))
        .unwrap()
}

#[test]
fn every_event_reads_as_reviewed() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/instagram/fixtures");
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let events = parse(&std::fs::read(&path).unwrap());
        insta::assert_json_snapshot!(format!("event-{name}"), events);
    }
}

#[test]
fn our_own_message_coming_back_is_the_sign_that_it_arrived() {
    let events = parse(include_bytes!("fixtures/echo-text.json"));
    let [event] = &events[..] else { panic!() };
    let Inbound::Status(status) = &event.kind else {
        panic!()
    };
    assert_eq!(status.state.progress, Progress::Delivered);
    assert_eq!(status.to, Some(person().unwrap()));
}

#[test]
fn a_message_is_read_by_its_id() {
    for body in [
        &include_bytes!("fixtures/seen.json")[..],
        include_bytes!("fixtures/seen-as-change.json"),
    ] {
        let events = parse(body);
        let [event] = &events[..] else { panic!() };
        let Inbound::Status(status) = &event.kind else {
            panic!()
        };
        assert_eq!(status.state.progress, Progress::Read);
    }
}

#[test]
fn who_comments_can_be_written_to_and_standby_is_not_answered() {
    let about = |body| match &parse(body)[..] {
        [event] => match &event.kind {
            Inbound::Notice(notice) => (notice.about.as_str().to_owned(), notice.from.clone()),
            other => panic!("{}", other.tag()),
        },
        _ => panic!(),
    };
    let commenter = Instagram::person(ACCOUNT, "200000000000002").unwrap();
    for body in [
        &include_bytes!("fixtures/comment.json")[..],
        include_bytes!("fixtures/comment-as-entry.json"),
    ] {
        assert_eq!(about(body), ("comments".into(), Some(commenter.clone())));
    }
    for body in [
        &include_bytes!("fixtures/standby.json")[..],
        include_bytes!("fixtures/standby-as-change.json"),
    ] {
        assert_eq!(about(body).0, "standby");
    }
}
