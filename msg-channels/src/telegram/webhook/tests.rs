use super::*;
use crate::telegram::TelegramConfig;
use http::{HeaderMap, Method};
use msg_core::channel::Rejection;
use msg_core::channel::{Verification, WebhookWireExt as _};
use msg_core::id::AccountId;
use proptest::prelude::*;
use std::collections::BTreeSet;

/// Every kind of update of Bot API 10.1, in the order of its documents, and one that does not exist.
const KINDS: [&str; 26] = [
    "message",
    "edited_message",
    "channel_post",
    "edited_channel_post",
    "business_connection",
    "business_message",
    "edited_business_message",
    "deleted_business_messages",
    "guest_message",
    "message_reaction",
    "message_reaction_count",
    "inline_query",
    "chosen_inline_result",
    "callback_query",
    "shipping_query",
    "pre_checkout_query",
    "purchased_paid_media",
    "poll",
    "poll_answer",
    "my_chat_member",
    "chat_member",
    "chat_join_request",
    "chat_boost",
    "removed_chat_boost",
    "managed_bot",
    "telepathy",
];

fn bot() -> Telegram {
    let config = TelegramConfig::new("7000001:AAExampleOnly")
        .with_webhook_secret("old-secret")
        .with_webhook_secret("new-secret")
        .with_account(AccountId::new("shop-bot").unwrap());
    Telegram::new(config).unwrap()
}

fn call(body: impl Into<bytes::Bytes>, secrets: &[&str]) -> WebhookRequest {
    let mut headers = HeaderMap::new();
    for secret in secrets {
        headers.append(SECRET_HEADER, secret.parse().unwrap());
    }
    WebhookRequest::new(Method::POST, "https://example.org/hook", headers, body)
}

fn at() -> Timestamp {
    Timestamp::from_second(1_781_000_100).unwrap()
}

fn parsed(body: impl Into<bytes::Bytes>) -> Result<Vec<InboundEvent>, Error> {
    let (bot, request) = (bot(), call(body, &["new-secret"]));
    let Verification::Verified(verified) = bot.verify(&request, at()) else {
        panic!("not verified")
    };
    parse(&bot, &verified)
}

fn fixtures() -> Vec<(String, String)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/telegram/fixtures");
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
        insta::assert_json_snapshot!(name, events);
    }
}

#[test]
fn every_kind_of_update_has_a_fixture() {
    let bodies = fixtures();
    let updates = bodies
        .iter()
        .map(|(_, body)| serde_json::from_str::<Update<'_>>(body).unwrap());
    let seen: BTreeSet<String> = updates
        .flat_map(|update| update.kinds.into_iter().map(|(kind, _)| kind.into_owned()))
        .collect();
    assert_eq!(seen, KINDS.into_iter().map(str::to_owned).collect());
}

#[test]
fn every_event_has_a_key_of_its_own_and_the_same_one_again() {
    let mut keys = BTreeSet::new();
    for (name, body) in fixtures() {
        let first = parsed(body.clone()).unwrap();
        for (event, again) in first.iter().zip(parsed(body).unwrap()) {
            assert_eq!(event.dedupe, again.dedupe);
            assert!(event.dedupe.starts_with("telegram:7000001:"), "{name}");
            assert!(
                keys.insert(event.dedupe.clone()),
                "{name}: {}",
                event.dedupe
            );
        }
    }
}

#[test]
fn a_call_proves_itself_with_any_configured_secret() {
    let authenticity = |secrets: &[&str]| {
        let bot = bot();
        authenticate(&bot.secrets, &call("{}", secrets))
    };
    assert_eq!(authenticity(&["old-secret"]), Authenticity::Genuine);
    assert_eq!(authenticity(&["new-secret"]), Authenticity::Genuine);
    let rejected = |secrets: &[&str], why| {
        assert_eq!(
            authenticity(secrets),
            Authenticity::Rejected(why),
            "{secrets:?}"
        );
    };
    rejected(&[], Rejection::MissingProof);
    rejected(&["new-secret", "new-secret"], Rejection::MalformedProof);
    for wrong in ["", "new-secre", "new-secret2", "NEW-SECRET", "new-secreu"] {
        rejected(&[wrong], Rejection::WrongProof);
    }
}

#[test]
fn without_a_secret_nothing_is_believed() {
    let bot = Telegram::new(TelegramConfig::new("7000001:AAExampleOnly")).unwrap();
    for secret in ["", "x"] {
        let verdict = authenticate(&bot.secrets, &call("{}", &[secret]));
        assert_eq!(verdict, Authenticity::Rejected(Rejection::WrongProof));
    }
}

#[test]
fn what_is_no_update_is_an_error_that_repeats_nothing() {
    for body in [
        "",
        "hunter2",
        "[]",
        "7",
        "{\"update_id\":\"hunter2\"}",
        "{\"message\":{}}",
        "{\"update_id\":1",
    ] {
        let error = parsed(body).unwrap_err();
        assert_eq!(error.kind(), msg_core::ErrorKind::Invalid, "{body}");
        assert!(!format!("{error:?}").contains("hunter2"));
    }
}

#[test]
fn what_the_bot_itself_wrote_is_no_event() {
    let body = |from: i64| {
        let message = serde_json::json!({"message_id": 1, "chat": {"id": 3}, "from": {"id": from}, "text": "hi"});
        serde_json::json!({"update_id": 5, "message": message}).to_string()
    };
    assert_eq!(parsed(body(7_000_001)).unwrap(), []);
    assert_eq!(parsed(body(7_000_002)).unwrap().len(), 1);
}

#[test]
fn two_kinds_in_one_update_are_two_events() {
    let body = r#"{"update_id":5,"inline_query":{"a":1},"message":{"message_id":1,"date":2,"chat":{"id":3},"text":"hi"}}"#;
    let events = parsed(body).unwrap();
    let keys: Vec<_> = events.iter().map(|event| event.dedupe.as_str()).collect();
    assert_eq!(keys, ["telegram:7000001:5", "telegram:7000001:5#1"]);
    assert!(matches!(events[0].kind, Inbound::Unsupported(_)));
    assert!(matches!(events[1].kind, Inbound::Message(_)));
}

#[test]
fn a_value_nested_deeper_than_can_be_read_is_kept_as_text() {
    let deep = format!("{}1{}", "[".repeat(5000), "]".repeat(5000));
    let events = parsed(format!(r#"{{"update_id":5,"message":{deep}}}"#)).unwrap();
    let Inbound::Unsupported(kept) = &events[0].kind else {
        panic!()
    };
    assert_eq!(kept.raw.as_str(), Some(deep.as_str()));
}

#[test]
fn only_a_tap_is_answered_with_a_call() {
    let bot = bot();
    for (name, body) in fixtures() {
        let request = call(body, &["new-secret"]);
        let Verification::Verified(verified) = bot.verify(&request, at()) else {
            panic!()
        };
        let reply = bot.reply(&verified);
        assert_eq!(reply.status, 200);
        let text = std::str::from_utf8(&reply.body).unwrap();
        if name.starts_with("callback-query") {
            assert!(
                text.contains(r#""method":"answerCallbackQuery""#) && text.contains("\"cq-"),
                "{name}"
            );
        } else {
            assert_eq!(text, "", "{name}");
        }
    }
}

#[test]
fn an_answer_leads_back_to_the_message_and_chat_that_were_sent() {
    let body = include_str!("../fixtures/callback-query.json");
    let events = parsed(body).unwrap();
    let Inbound::Answer(answer) = &events[0].kind else {
        panic!()
    };
    let chat = Chat::new(7_000_001, 123_456_789);
    assert_eq!(answer.message, chat.message(40));
    assert_eq!(answer.from, chat.address());
    assert_eq!(answer.label.as_deref(), Some("Yes, please"));
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
    ];
    let names = prop::sample::select(vec![
        "message_id",
        "chat",
        "id",
        "type",
        "from",
        "date",
        "text",
        "entities",
        "offset",
        "length",
        "url",
        "photo",
        "file_id",
        "width",
        "caption",
        "location",
        "latitude",
        "longitude",
        "venue",
        "contact",
        "poll",
        "options",
        "data",
        "message",
        "reply_markup",
        "inline_keyboard",
        "old_reaction",
        "new_reaction",
        "emoji",
        "option_ids",
        "poll_id",
        "user",
        "new_chat_member",
        "status",
        "message_ids",
        "rich_message",
        "blocks",
        "new_thing",
    ]);
    leaf.prop_recursive(4, 48, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(names.clone(), inner, 0..8).prop_map(|fields| {
                Value::Object(
                    fields
                        .into_iter()
                        .map(|(name, value)| (name.to_owned(), value))
                        .collect(),
                )
            }),
        ]
    })
}

proptest! {
    #[test]
    fn bytes_never_panic(body in any::<Vec<u8>>()) {
        let _ = parsed(body);
    }

    #[test]
    fn any_item_of_any_kind_is_an_event_and_never_an_error(
        kind in prop::sample::select(KINDS.to_vec()), item in any_json(), id in any::<i64>(),
    ) {
        let own = item["from"]["id"] == 7_000_001;
        let body = serde_json::json!({"update_id": id, kind: item});
        let events = parsed(body.to_string()).unwrap();
        prop_assert!(own || !events.is_empty());
    }

    #[test]
    fn a_changed_fixture_never_panics(index in any::<prop::sample::Index>(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let all = fixtures();
        let mut body = index.get(&all).1.clone().into_bytes();
        let at = at.index(body.len());
        body[at] = byte;
        let _ = parsed(body);
    }
}
