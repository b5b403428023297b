use super::*;
use crate::plivo::PlivoChannel::{Mms, Sms};
use crate::plivo::golden;
use crate::wire::call::token_of;
use crate::wire::proof::{Hash, Mac};
use http::{HeaderMap, Method};
use jiff::Timestamp;
use msg_core::channel::{
    FailureClass, Verification, WebhookRequest, WebhookWire as _, WebhookWireExt as _,
};
use proptest::prelude::*;

const URL: &str = "https://shop.example/plivo";

/// A call as Plivo signs it.
fn call(method: Method, url: &str, body: &str) -> WebhookRequest {
    let sorted = |mut fields: Vec<(std::borrow::Cow<'_, str>, std::borrow::Cow<'_, str>)>,
                  equals: &str,
                  between: &str| {
        fields.sort();
        let lines: Vec<_> = fields
            .iter()
            .map(|(name, value)| format!("{name}{equals}{value}"))
            .collect();
        lines.join(between)
    };
    let (bare, query) = url.split_once('?').unwrap_or((url, ""));
    let query = sorted(form_urlencoded::parse(query.as_bytes()).collect(), "=", "&");
    let form = sorted(form_urlencoded::parse(body.as_bytes()).collect(), "", "");
    let said = match (query.is_empty(), form.is_empty()) {
        (true, true) => bare.to_owned(),
        (false, false) => format!("{bare}?{query}.{form}"),
        _ => format!("{bare}?{query}{form}"),
    };
    let code = Mac::new(Hash::Sha256, golden::TOKEN.as_bytes()).sign(&[said.as_bytes(), b".17"]);
    let code = base64::Engine::encode(&base64::prelude::BASE64_STANDARD, code);
    let mut headers = HeaderMap::new();
    headers.insert(signature::V3, code.parse().unwrap());
    headers.insert("x-plivo-signature-v3-nonce", "17".parse().unwrap());
    WebhookRequest::new(method, url, headers, body.to_owned())
}

fn event_of(channel: PlivoChannel, request: &WebhookRequest) -> InboundEvent {
    let wire = golden::wire(channel);
    match wire.verify(request, Timestamp::UNIX_EPOCH) {
        Verification::Verified(call) => {
            let mut events = wire.parse(&call).unwrap();
            assert_eq!(events.len(), 1);
            events.remove(0)
        }
        other => panic!("{other:?}"),
    }
}

fn event(channel: PlivoChannel, body: &str) -> InboundEvent {
    event_of(channel, &call(Method::POST, URL, body))
}

const INBOUND: &str = "From=14155550132&To=15550100&Text=Where+is+it%3F&Type=sms&MessageUUID=5b40a428-bfc7-4daf-9d06-726c558bf3b8";

#[test]
fn a_message_that_came_in_by_post_or_get() {
    let get = call(Method::GET, &format!("{URL}?{INBOUND}"), "");
    for event in [event(Sms, INBOUND), event_of(Sms, &get)] {
        assert_eq!(event.dedupe, "plivo:5b40a428-bfc7-4daf-9d06-726c558bf3b8");
        let Inbound::Message(message) = event.kind else {
            panic!("no message");
        };
        assert_eq!(message.from.expose(), golden::PERSON);
        assert_eq!(message.content, Content::text("Where is it?"));
        assert!(!message.conversation.as_str().contains("555"));
    }
}

#[test]
fn media_come_with_their_text() {
    let body = "From=14155550132&To=15550100&Type=mms&Body=Look&MediaCount=2&Media0=https%3A%2F%2Fmedia.plivo.com%2F0&Media1=https%3A%2F%2Fmedia.plivo.com%2F1&MediaContentType0=image%2Fpng&MessageUUID=u1234567";
    let event = event(Mms, body);
    let Inbound::Message(message) = event.kind else {
        panic!("no message");
    };
    assert_eq!(*message.from.channel(), ChannelKind::Mms);
    let Content::Media(group) = message.content else {
        panic!("no media");
    };
    assert_eq!(group.items.len(), 2);
    assert_eq!(group.items[0].mime.as_deref(), Some("image/png"));
    assert!(group.caption.is_some());
}

fn status_at(url: &str, body: &str) -> (String, StatusEvent) {
    let event = event_of(Sms, &call(Method::POST, url, body));
    match event.kind {
        Inbound::Status(status) => (event.dedupe, status),
        other => panic!("{}", other.tag()),
    }
}

fn report(status: &str, code: &str) -> StatusEvent {
    let body = format!(
        "From=15550100&To=14155550132&Status={status}&MessageUUID=u1234567&ErrorCode={code}&Units=1"
    );
    status_at(URL, &body).1
}

#[test]
fn reports_are_read_onto_the_lattice() {
    use Progress::{Delivered, Pending, Queued, Read, Sent};
    for (word, progress, stop) in [
        ("queued", Queued, None),
        ("sent", Sent, None),
        ("delivered", Delivered, None),
        ("read", Read, None),
        ("undelivered", Sent, Some(Stop::Failed)),
        ("failed", Pending, Some(Stop::Failed)),
        ("rejected", Pending, Some(Stop::Failed)),
    ] {
        let status = report(word, "000");
        assert_eq!(status.state, DeliveryState { progress, stop }, "{word}");
        assert_eq!(status.failure.is_some(), stop.is_some());
    }
    let status = report("undelivered", "200");
    assert_eq!(status.failure.unwrap().class, FailureClass::OptedOut);
    assert_eq!(status.to.unwrap().expose(), golden::PERSON);
    assert_eq!(
        status.report.unwrap().raw,
        serde_json::json!({"Units": "1"})
    );
    assert_eq!(report("failed", "420").state.stop, Some(Stop::Expired));
}

#[test]
fn each_part_of_a_long_message_is_reported() {
    let body = |part: &str| format!("Status=delivered&MessageUUID=u1234567&To=1&PartInfo={part}");
    let (one, two) = (
        status_at(URL, &body("1+of+2")).0,
        status_at(URL, &body("2+of+2")).0,
    );
    assert_ne!(one, two);
}

#[test]
fn a_report_that_echoes_our_id_finds_its_part() {
    let token = token_of(&golden::part(Sms, golden::text("hi")));
    let body = "Status=delivered&MessageUUID=u1234567&To=14155550132";
    let (_, status) = status_at(&format!("{URL}?msg_part={token}"), body);
    assert_eq!(status.receipt.provider_id, token);
    assert_eq!(status.receipt.further_ids, ["u1234567"]);
    let (_, status) = status_at(&format!("{URL}?msg_part=x"), body);
    assert_eq!(status.receipt.provider_id, "u1234567");
}

#[test]
fn what_is_not_known_is_kept_as_it_came() {
    for (body, name) in [
        ("CallUUID=c&CallStatus=ringing&From=1&To=2", "ringing"),
        (
            "Status=teleported&MessageUUID=u1234567&From=1",
            "teleported",
        ),
        ("From=14155550132&To=2&Type=hologram&Wave=7", "hologram"),
    ] {
        let Inbound::Unsupported(kept) = event(Sms, body).kind else {
            panic!("{name}");
        };
        assert_eq!(kept.name, name);
        assert_eq!(kept.raw.as_object().unwrap().len(), body.split('&').count());
    }
}

#[test]
fn a_call_without_fields_is_an_error() {
    let wire = golden::wire(Sms);
    let request = call(Method::POST, URL, "");
    let Verification::Verified(call) = wire.verify(&request, Timestamp::UNIX_EPOCH) else {
        panic!("not verified");
    };
    assert_eq!(
        wire.parse(&call).unwrap_err().kind(),
        msg_core::ErrorKind::Invalid
    );
}

proptest! {
    #[test]
    fn any_form_gives_one_event(
        fields in proptest::collection::vec(
            (prop::sample::select(vec!["From", "To", "MessageUUID", "Status", "Text", "Type", "Media0", "Latitude",
                "Longitude", "ErrorCode", "PartInfo", "CallUUID", "x"]),
             prop_oneof![".{0,20}", Just("delivered".to_owned()), Just("14155550132".to_owned()), Just("1.5".to_owned())]),
            1..10),
    ) {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(&fields);
        let request = call(Method::POST, URL, &form.finish());
        prop_assert_eq!(event_of(Mms, &request), event_of(Mms, &request));
    }
}
