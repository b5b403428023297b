use super::*;
use crate::whatsapp::WhatsAppConfig;
use crate::wire::proof::{Hash, Mac, to_hex};
use http::{HeaderMap, Method};
use msg_core::channel::{
    Authenticity, Rejection, Verification, WebhookRequest, WebhookWireExt as _,
};
use msg_core::id::AccountId;
use proptest::prelude::*;
use std::collections::BTreeSet;

const SECRET: &str = "new-secret";

fn number() -> WhatsApp {
    let mut config = WhatsAppConfig::new("EAAExampleOnly", "106540352242922")
        .with_app_secret("old-secret")
        .with_app_secret(SECRET)
        .with_verify_token("t0ken")
        .with_account(AccountId::new("shop-number").unwrap());
    config.portfolio = Some("portfolio-1".into());
    WhatsApp::new(config).unwrap()
}

fn call(body: impl Into<bytes::Bytes>, secret: &str) -> WebhookRequest {
    let body = body.into();
    let code = Mac::new(Hash::Sha256, secret.as_bytes()).sign(&[&body]);
    let mut headers = HeaderMap::new();
    let proof = format!("sha256={}", to_hex(&code));
    headers.insert("x-hub-signature-256", proof.parse().unwrap());
    WebhookRequest::new(Method::POST, "https://example.org/hook", headers, body)
}

fn at() -> Timestamp {
    Timestamp::from_second(1_781_001_000).unwrap()
}

fn parsed(body: impl Into<bytes::Bytes>) -> Result<Vec<InboundEvent>, Error> {
    let (number, request) = (number(), call(body, SECRET));
    let Verification::Verified(verified) = number.verify(&request, at()) else {
        panic!("not verified")
    };
    parse(&number, &verified)
}

fn fixtures() -> Vec<(String, String)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/whatsapp/fixtures");
    let mut all: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            (name, std::fs::read_to_string(path).unwrap())
        })
        .collect();
    all.sort();
    all
}

#[test]
fn every_fixture_reads_as_reviewed() {
    for (name, body) in fixtures() {
        let events = parsed(body).unwrap();
        assert!(!events.is_empty(), "{name}");
        insta::assert_json_snapshot!(name, events);
    }
}

#[test]
fn every_event_has_a_key_of_its_own_and_the_same_one_again() {
    let mut keys = BTreeSet::new();
    for (name, body) in fixtures() {
        let first = parsed(body.clone()).unwrap();
        for (event, again) in first.iter().zip(parsed(body).unwrap()) {
            assert_eq!(event.dedupe, again.dedupe);
            assert!(event.dedupe.starts_with("whatsapp:"), "{name}");
            assert!(
                keys.insert(event.dedupe.clone()),
                "{name}: {}",
                event.dedupe
            );
        }
    }
}

#[test]
fn a_call_proves_itself_with_any_secret_and_the_handshake_is_answered() {
    let number = number();
    for secret in ["old-secret", SECRET] {
        let request = call("{}", secret);
        let verified = number.verify(&request, at());
        assert!(matches!(verified, Verification::Verified(_)));
    }
    let request = call("{}", "other");
    let verdict = number.verify(&request, at());
    assert!(matches!(
        verdict,
        Verification::Rejected(Rejection::WrongProof)
    ));
    let url = "/hook?hub.mode=subscribe&hub.challenge=77&hub.verify_token=t0ken";
    let get = WebhookRequest::new(Method::GET, url, HeaderMap::new(), bytes::Bytes::new());
    let Authenticity::Challenge(reply) =
        msg_core::channel::WebhookWire::authenticate(&number, &get, at())
    else {
        panic!("no challenge")
    };
    assert_eq!(&reply.body[..], b"77");
}

#[test]
fn what_is_no_webhook_is_an_error_that_repeats_nothing() {
    for body in [
        "",
        "hunter2",
        "[]",
        "{\"entry\":[]}",
        "{\"object\":\"hunter2\"}",
    ] {
        let error = parsed(body).unwrap_err();
        assert_eq!(error.kind(), msg_core::ErrorKind::Invalid, "{body}");
        assert!(!format!("{error:?}").contains("hunter2"));
    }
}

#[test]
fn one_bad_item_does_not_lose_the_others() {
    let body = fixtures()
        .into_iter()
        .find(|(name, _)| name == "batch-with-one-bad");
    let events = parsed(body.unwrap().1).unwrap();
    let tags: Vec<_> = events.iter().map(|event| event.kind.tag()).collect();
    let kept = "unsupported";
    assert_eq!(
        tags,
        ["message", kept, kept, "message", kept, kept, kept],
        "{events:#?}"
    );
}

#[test]
fn a_redelivered_status_is_the_same_and_another_one_is_not() {
    let body = |word: &str, time: u32| {
        format!(
            r#"{{"object":"whatsapp_business_account","entry":[{{"id":"1","changes":[{{"field":"messages","value":{{"statuses":[{{"id":"wamid.1","status":"{word}","timestamp":"{time}","recipient_id":"16505551234"}}]}}}}]}}]}}"#
        )
    };
    let key = |word, time| parsed(body(word, time)).unwrap()[0].dedupe.clone();
    assert_eq!(key("sent", 5), key("sent", 5));
    assert_ne!(key("sent", 5), key("delivered", 5));
    assert_ne!(key("sent", 5), key("sent", 6));
}

#[test]
fn a_token_of_others_is_no_form_of_ours() {
    let body = |token: &str| {
        let json = serde_json::json!({"flow_token": token}).to_string();
        let reply = serde_json::json!({"type": "nfm_reply", "nfm_reply": {"response_json": json}});
        let message = serde_json::json!({"from": "16505551234", "id": "m", "type": "interactive", "interactive": reply});
        let change = serde_json::json!({"field": "messages", "value": {"messages": [message]}});
        serde_json::json!({"object": OBJECT, "entry": [{"id": "1", "changes": [change]}]})
            .to_string()
    };
    let handle = |token: &str| match &parsed(body(token)).unwrap()[0].kind {
        Inbound::Answer(answer) => answer.handle.clone(),
        other => panic!("{other:?}"),
    };
    let own = format!("{}-3.return.goods", "0".repeat(32));
    assert_eq!(handle(&own), "return.goods");
    for other in ["AQAAAAACS5FpgQ_cAAAAAD0QI3s.", "unused", "a.b", "-1.x"] {
        assert_eq!(handle(other), other);
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        "[A-Z]{2}\\.[0-9]{1,5}|[0-9]{5,15}".prop_map(Value::from),
    ];
    let names = prop::sample::select(vec![
        "messages",
        "statuses",
        "contacts",
        "metadata",
        "phone_number_id",
        "errors",
        "from",
        "from_user_id",
        "id",
        "type",
        "timestamp",
        "text",
        "body",
        "image",
        "audio",
        "voice",
        "order",
        "product_items",
        "quantity",
        "item_price",
        "currency",
        "location",
        "latitude",
        "longitude",
        "interactive",
        "nfm_reply",
        "response_json",
        "button",
        "payload",
        "context",
        "status",
        "recipient_id",
        "code",
        "edit",
        "message",
        "revoke",
        "original_message_id",
        "system",
        "reaction",
        "message_id",
        "user_preferences",
        "wa_id",
        "category",
        "value",
        "calls",
        "groups",
        "message_echoes",
        "user_id",
        "name",
        "phones",
        "phone",
    ]);
    leaf.prop_recursive(5, 48, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((names.clone(), inner), 0..6).prop_map(|fields| {
                Value::Object(fields.into_iter().map(|(k, v)| (k.to_owned(), v)).collect())
            }),
        ]
    })
}

fn any_kind() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "text",
        "image",
        "audio",
        "location",
        "contacts",
        "order",
        "reaction",
        "button",
        "interactive",
        "system",
        "edit",
        "revoke",
        "unsupported",
    ])
}

fn any_field() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "messages",
        "calls",
        "user_preferences",
        "user_id_update",
        "smb_message_echoes",
        "group_lifecycle_update",
        "account_update",
        "history",
        "telepathy",
    ])
}

proptest! {
    /// Whatever a change says, it gives events that can be stored and read back.
    #[test]
    fn any_change_is_read(field in any_field(), value in any_json()) {
        let change = serde_json::json!({"field": field, "value": value});
        let body = serde_json::json!({"object": OBJECT, "entry": [{"id": "1", "changes": [change]}]});
        let events = parsed(body.to_string()).unwrap();
        prop_assert!(!events.is_empty());
        let json = serde_json::to_string(&events).unwrap();
        prop_assert_eq!(serde_json::from_str::<Vec<InboundEvent>>(&json).unwrap(), events);
    }

    /// Whatever a message says beside what all have, it is not lost.
    #[test]
    fn any_message_is_read(kind in any_kind(), rest in any_json()) {
        let mut message = serde_json::json!({"from": "16505551234", "id": "m", "timestamp": "1781000000", "type": kind});
        if let (Some(message), Value::Object(rest)) = (message.as_object_mut(), rest) {
            for (name, value) in rest {
                message.entry(name).or_insert(value);
            }
        }
        let change = serde_json::json!({"field": "messages", "value": {"messages": [message]}});
        let body = serde_json::json!({"object": OBJECT, "entry": [{"id": "1", "changes": [change]}]});
        prop_assert_eq!(parsed(body.to_string()).unwrap().len(), 1);
    }

    #[test]
    fn any_bytes_are_read_or_invalid(body in prop::collection::vec(any::<u8>(), 0..256)) {
        if let Err(error) = parsed(body) {
            prop_assert_eq!(error.kind(), msg_core::ErrorKind::Invalid);
        }
    }

    /// A body that was cut or changed in one place never panics.
    #[test]
    fn a_damaged_body_is_read_or_invalid(
        which in any::<prop::sample::Index>(), place in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<bool>(),
    ) {
        let bodies = fixtures();
        let mut body = which.get(&bodies).1.clone().into_bytes();
        let at = place.index(body.len());
        if cut { body.truncate(at) } else { body[at] = byte }
        if let Err(error) = parsed(body) {
            prop_assert_eq!(error.kind(), msg_core::ErrorKind::Invalid);
        }
    }
}
