use super::*;
use crate::vonage::golden;
use crate::wire::call::token_of;
use VonageChannel::{Messenger, Sms, WhatsApp};
use http::{HeaderMap, Method};
use msg_core::channel::{FailureClass, WebhookRequest, WebhookWire as _};
use msg_core::testkit::webhook::assumed;
use proptest::prelude::*;
use serde_json::json;

fn call(body: &str) -> WebhookRequest {
    let url = "https://shop.example/vonage";
    WebhookRequest::new(Method::POST, url, HeaderMap::new(), body.to_owned())
}

fn event_of(channel: VonageChannel, body: &str) -> InboundEvent {
    let request = call(body);
    let verified = assumed(&request, Timestamp::UNIX_EPOCH);
    let mut events = golden::wire(channel).parse(&verified).unwrap();
    assert_eq!(events.len(), 1);
    events.remove(0)
}

fn message_of(channel: VonageChannel, body: &Value) -> InboundMessage {
    match event_of(channel, &body.to_string()).kind {
        Inbound::Message(message) => message,
        _ => panic!("no message: {body}"),
    }
}

const UUID: &str = "aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab";

fn inbound(kind: &str, said: &Value) -> Value {
    let mut body = json!({"channel": "whatsapp", "message_uuid": UUID, "to": "15550100",
        "from": "14155550132", "timestamp": "2026-01-02T03:04:05.123Z", "message_type": kind});
    body[kind] = said.clone();
    body
}

#[test]
fn messages_of_every_type_are_read() {
    let mut text = inbound("text", &json!("Hello"));
    text["profile"] = json!({"name": "Ada"});
    text["context"] = json!({"message_uuid": "bbbb"});
    let message = message_of(WhatsApp, &text);
    assert_eq!(message.from.expose(), "+14155550132");
    assert_eq!(message.reply_to.as_deref(), Some("bbbb"));
    assert_eq!(
        message.report.unwrap().raw,
        json!({"profile": {"name": "Ada"}})
    );
    assert!(matches!(&message.content, Content::Text(_)));
    for (kind, shown) in [
        ("image", MediaKind::Image),
        ("audio", MediaKind::Audio),
        ("video", MediaKind::Video),
        ("file", MediaKind::File),
        ("vcard", MediaKind::File),
        ("sticker", MediaKind::Sticker),
    ] {
        let said = json!({"url": "https://example.com/a", "caption": "Look", "name": "a.bin"});
        let message = message_of(WhatsApp, &inbound(kind, &said));
        let Content::Media(group) = &message.content else {
            panic!("{kind}");
        };
        assert_eq!(
            (&group.items[0].kind, group.items[0].url()),
            (&shown, Some("https://example.com/a"))
        );
        assert!(message.report.is_none(), "{kind}");
    }
    let place =
        json!({"lat": 40.34772, "long": -74.18847, "name": "Vonage", "address": "23 Main St"});
    let message = message_of(WhatsApp, &inbound("location", &place));
    let Content::Location(place) = &message.content else {
        panic!("no place");
    };
    assert_eq!(
        (place.latitude.as_str(), place.name.as_deref()),
        ("40.34772", Some("Vonage"))
    );
}

#[test]
fn taps_and_reactions_are_answers() {
    let reply = json!({"id": "row1", "title": "9am", "description": "x"});
    let button = json!({"payload": "No", "text": "No, thanks"});
    for (kind, said, handle, label) in [
        ("reply", reply, "row1", "9am"),
        ("button", button, "No", "No, thanks"),
    ] {
        let mut body = inbound(kind, &said);
        body["context"] = json!({"message_uuid": "bbbb", "message_from": "15550100"});
        let Inbound::Answer(answer) = event_of(WhatsApp, &body.to_string()).kind else {
            panic!("{kind}");
        };
        assert_eq!((&*answer.message, &*answer.handle), ("bbbb", handle));
        assert_eq!(answer.label.as_deref(), Some(label));
    }
    let mut body = inbound("reaction", &json!({"action": "react", "emoji": "👍"}));
    body["context"] = json!({"message_uuid": "bbbb"});
    let Inbound::Reaction(reaction) = event_of(WhatsApp, &body.to_string()).kind else {
        panic!("no reaction");
    };
    assert_eq!(
        (&*reaction.provider_id, reaction.emoji.as_deref()),
        ("bbbb", Some("👍"))
    );
}

#[test]
fn the_older_shape_is_read() {
    let body = json!({"message_uuid": UUID, "timestamp": "2020-01-01T14:00:00.000Z",
        "to": {"type": "messenger", "id": "102030405060708"}, "from": {"type": "messenger", "id": "900"},
        "message": {"content": {"type": "text", "text": "Hi"}}});
    let message = message_of(Sms, &body);
    assert_eq!(*message.from.scheme(), AddressScheme::MessengerUser);
    let body = json!({"message_uuid": UUID, "to": {"type": "sms", "number": "14155550132"},
        "from": {"type": "sms", "number": "1"}, "timestamp": "2020-01-01T14:00:00.000Z",
        "status": "rejected", "error": {"code": 1300, "reason": "Not part of the provider network"}});
    let status = status_of(&body);
    assert_eq!(status.failure.unwrap().provider_code.0, "1300");
    assert_eq!(status.to.unwrap().expose(), "+14155550132");
}

fn status_of(body: &Value) -> StatusEvent {
    match event_of(Sms, &body.to_string()).kind {
        Inbound::Status(status) => status,
        _ => panic!("no status: {body}"),
    }
}

#[test]
fn statuses_are_ours_and_say_why() {
    let token = token_of(&golden::part(Sms, golden::text("hi")));
    let mut body = json!({"message_uuid": UUID, "to": "14155550132", "from": "15550100",
        "timestamp": "2026-01-02T03:04:05Z", "status": "delivered", "client_ref": token,
        "channel": "sms", "usage": {"currency": "EUR", "price": "0.0333"}});
    let status = status_of(&body);
    assert_eq!(status.state, DeliveryState::reached(Progress::Delivered));
    assert_eq!(
        (&*status.receipt.provider_id, &*status.receipt.further_ids),
        (&*token, &[UUID.to_owned()][..])
    );
    assert!(status.failure.is_none() && status.report.is_some());
    body["client_ref"] = json!("the host's own");
    assert_eq!(status_of(&body).receipt.provider_id, UUID);
    for (error, class) in [
        (
            json!({"type": "https://developer.vonage.com/api-errors/messages#1240"}),
            FailureClass::OptedOut,
        ),
        (json!({"title": 1170}), FailureClass::InvalidRecipient),
        (json!({"title": "1360"}), FailureClass::Expired),
        (json!({"title": "What?"}), FailureClass::Unknown),
    ] {
        (body["status"], body["error"]) = (json!("undeliverable"), error);
        let status = status_of(&body);
        assert_eq!(status.failure.unwrap().class, class);
        let expired = class == FailureClass::Expired;
        let stop = if expired { Stop::Expired } else { Stop::Failed };
        assert_eq!(status.state.stop, Some(stop));
    }
}

#[test]
fn the_sms_api_is_read() {
    let body = "msisdn=14843472194&to=13239877404&messageId=0B&text=Test+again&type=text&keyword=TEST&message-timestamp=2013-11-21+15%3A27%3A30";
    let event = event_of(Sms, body);
    assert_eq!(event.occurred_at.to_string(), "2013-11-21T15:27:30Z");
    let Inbound::Message(message) = event.kind else {
        panic!("no message");
    };
    assert_eq!(
        (message.from.expose(), &*message.provider_id),
        ("+14843472194", "0B")
    );
    assert_eq!(message.report.unwrap().raw, json!({"keyword": "TEST"}));
    for (status, code, stop) in [
        ("delivered", "0", None),
        ("expired", "7", Some(Stop::Expired)),
        ("failed", "99", Some(Stop::Failed)),
    ] {
        let body = json!({"msisdn": "14843472194", "to": "Shop", "messageId": "0A",
            "status": status, "err-code": code, "price": "0.03"});
        let found = status_of(&body);
        assert_eq!(
            (found.state.stop, found.failure.is_some()),
            (stop, stop.is_some())
        );
    }
}

#[test]
fn what_is_not_known_is_kept_as_it_came() {
    let order = inbound("order", &json!({"catalog_id": "1"}));
    let status = json!({"message_uuid": UUID, "status": "teleported"});
    let sms = json!({"messageId": "1", "msisdn": "14843472194", "type": "binary", "data": "00"});
    for (body, name) in [(order, "order"), (status, "teleported"), (sms, "binary")] {
        let Inbound::Unsupported(kept) = event_of(Messenger, &body.to_string()).kind else {
            panic!("{name}");
        };
        assert_eq!((&*kept.name, &kept.raw), (name, &body));
    }
    for body in ["", "[]", "{}", "1"] {
        let request = call(body);
        let verified = assumed(&request, Timestamp::UNIX_EPOCH);
        let parsed = golden::wire(Sms).parse(&verified);
        assert_eq!(
            parsed.unwrap_err().kind(),
            msg_core::ErrorKind::Invalid,
            "{body}"
        );
    }
}

proptest! {
    #[test]
    fn any_object_gives_one_event(
        fields in proptest::collection::hash_map(
            prop::sample::select(vec!["message_uuid", "from", "to", "channel", "message_type", "status", "text",
                "image", "location", "reply", "context", "error", "messageId", "msisdn", "timestamp", "message"]),
            prop_oneof![
                ".{0,12}".prop_map(Value::from),
                any::<u32>().prop_map(Value::from),
                prop::sample::select(vec!["text", "image", "location", "reply", "delivered", "14155550132", "messenger"])
                    .prop_map(Value::from),
                Just(json!({"url": "https://x.example/a", "id": "1", "number": "14155550132", "lat": 1, "long": "2"})),
                Just(json!({"content": {"type": "text", "text": "x"}})),
                Just(Value::Null),
            ],
            1..10),
    ) {
        let body = json!(fields).to_string();
        prop_assert_eq!(event_of(WhatsApp, &body), event_of(WhatsApp, &body));
    }
}
