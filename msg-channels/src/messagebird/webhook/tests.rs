use super::*;
use crate::messagebird::golden;
use crate::wire::call::token_of;
use crate::wire::proof::{Hash, Mac};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use http::{HeaderMap, Method};
use msg_core::channel::{
    FailureClass, Verification, WebhookRequest, WebhookWire as _, WebhookWireExt as _,
};
use proptest::prelude::*;

const URL: &str = "https://shop.example/messagebird";

fn sha256(bytes: &[u8]) -> String {
    let hash = ring::digest::digest(&ring::digest::SHA256, bytes);
    crate::wire::proof::to_hex(hash.as_ref())
}

/// A call as MessageBird signs it.
fn call(method: Method, url: &str, body: &str) -> WebhookRequest {
    let mut claims = serde_json::json!({"iss": "MessageBird", "nbf": 0, "exp": 60, "url_hash": sha256(url.as_bytes())});
    if !body.is_empty() {
        claims["payload_hash"] = sha256(body.as_bytes()).into();
    }
    let encode = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
    let head = encode(br#"{"alg":"HS256","typ":"JWT"}"#);
    let signed = format!("{head}.{}", encode(claims.to_string().as_bytes()));
    let code = Mac::new(Hash::Sha256, golden::KEY.as_bytes()).sign(&[signed.as_bytes()]);
    let mut headers = HeaderMap::new();
    headers.insert(
        signature::JWT,
        format!("{signed}.{}", encode(&code)).parse().unwrap(),
    );
    WebhookRequest::new(method, url, headers, body.to_owned())
}

fn event_of(request: &WebhookRequest) -> InboundEvent {
    let wire = golden::wire();
    match wire.verify(request, Timestamp::UNIX_EPOCH) {
        Verification::Verified(call) => {
            let mut events = wire.parse(&call).unwrap();
            assert_eq!(events.len(), 1);
            events.remove(0)
        }
        other => panic!("{other:?}"),
    }
}

fn get(query: &str) -> InboundEvent {
    event_of(&call(Method::GET, &format!("{URL}?{query}"), ""))
}

fn status(query: &str) -> (InboundEvent, StatusEvent) {
    let event = get(query);
    match event.kind.clone() {
        Inbound::Status(status) => (event, status),
        other => panic!("{}", other.tag()),
    }
}

/// The query of the libraries' own tests, its `+` as it is sent and as it should be.
#[test]
fn a_report_says_how_far_and_when() {
    for time in [
        "2019-01-11T09:17:11+00:00",
        "2019-01-11T09%3A17%3A11%2B00%3A00",
    ] {
        let query = format!(
            "recipient=31612345678&reference=FOO&statusDatetime={time}&id=eef0ab57a9e049be946f3821568c2b2e&status=delivered&mccmnc=20408&ported=1"
        );
        let (event, status) = status(&query);
        assert_eq!(
            event.dedupe,
            "messagebird:eef0ab57a9e049be946f3821568c2b2e:delivered"
        );
        assert_eq!(event.occurred_at.as_second(), 1_547_198_231);
        assert_eq!(
            status.receipt.provider_id,
            "eef0ab57a9e049be946f3821568c2b2e"
        );
        assert_eq!(status.state, DeliveryState::reached(Progress::Delivered));
        assert_eq!(status.failure, None);
        assert_eq!(status.to.unwrap().expose(), "+31612345678");
        assert_eq!(status.report.unwrap().raw["mccmnc"], "20408");
    }
}

#[test]
fn reports_are_read_onto_the_lattice() {
    use Progress::{Accepted, Delivered, Pending, Sent};
    for (word, progress, stop) in [
        ("scheduled", Accepted, None),
        ("sent", Sent, None),
        ("buffered", Sent, None),
        ("delivered", Delivered, None),
        ("expired", Pending, Some(Stop::Expired)),
        ("delivery_failed", Sent, Some(Stop::Failed)),
    ] {
        let (_, status) = status(&format!(
            "id=a1234567&status={word}&recipient=1&statusErrorCode=27"
        ));
        assert_eq!(status.state, DeliveryState { progress, stop }, "{word}");
        assert_eq!(status.failure.is_some(), stop.is_some(), "{word}");
    }
    let (_, status) = status("id=a1234567&status=delivery_failed&statusReason=opted+out");
    assert_eq!(status.failure.unwrap().class, FailureClass::OptedOut);
}

#[test]
fn a_report_that_echoes_our_reference_finds_its_part() {
    let token = token_of(&golden::part(golden::text("hi")));
    let (_, status) = status(&format!(
        "id=a1234567&reference={token}&status=sent&recipient=1"
    ));
    assert_eq!(status.receipt.provider_id, token);
    assert_eq!(status.receipt.further_ids, ["a1234567"]);
}

#[test]
fn a_message_that_came_in_by_query_form_or_json() {
    let form = "id=e8077d803532c0b5937c639b60216938&recipient=15550100&originator=14155550132&body=Where+is+it%3F&createdDatetime=2016-05-03T14%3A26%3A57%2B00%3A00";
    let json = r#"{"id":"e8077d803532c0b5937c639b60216938","recipient":15550100,"originator":14155550132,"body":"Where is it?","createdDatetime":"2016-05-03T14:26:57+00:00"}"#;
    for event in [
        get(form),
        event_of(&call(Method::POST, URL, form)),
        event_of(&call(Method::POST, URL, json)),
    ] {
        assert_eq!(event.dedupe, "messagebird:e8077d803532c0b5937c639b60216938");
        assert_eq!(event.occurred_at.as_second(), 1_462_285_617);
        let Inbound::Message(message) = event.kind else {
            panic!("no message");
        };
        assert_eq!(message.from.expose(), golden::PERSON);
        assert_eq!(message.content, Content::text("Where is it?"));
        assert!(!message.conversation.as_str().contains("555"));
    }
}

#[test]
fn what_is_not_known_is_kept_as_it_came() {
    for query in [
        "id=a&status=teleported&recipient=1",
        "x=1",
        "originator=1415&z=2",
        "status=sent",
    ] {
        let Inbound::Unsupported(kept) = get(query).kind else {
            panic!("{query}");
        };
        assert_eq!(
            kept.raw.as_object().unwrap().len(),
            query.split('&').count()
        );
    }
    let json = event_of(&call(Method::POST, URL, r#"{"a":{"b":1}}"#));
    assert!(matches!(json.kind, Inbound::Unsupported(kept) if kept.raw["a"]["b"] == 1));
}

#[test]
fn what_messagebird_never_sends_is_an_error() {
    let wire = golden::wire();
    for (url, body) in [(URL, ""), (URL, "{")] {
        let request = call(Method::POST, url, body);
        let Verification::Verified(call) = wire.verify(&request, Timestamp::UNIX_EPOCH) else {
            panic!("not verified");
        };
        assert_eq!(
            wire.parse(&call).unwrap_err().kind(),
            msg_core::ErrorKind::Invalid
        );
    }
}

proptest! {
    #[test]
    fn any_query_gives_one_event(
        fields in proptest::collection::vec(
            (prop::sample::select(vec!["id", "status", "reference", "recipient", "originator", "body", "message",
                "statusDatetime", "createdDatetime", "statusErrorCode", "statusReason", "x"]),
             prop_oneof![".{0,20}", Just("delivered".to_owned()), Just("14155550132".to_owned())]),
            1..10),
    ) {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(&fields);
        let form = form.finish();
        prop_assert_eq!(get(&form), get(&form));
    }
}
