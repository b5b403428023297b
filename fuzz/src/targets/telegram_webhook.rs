//! Telegram webhooks: nothing is believed without the secret, an update never fails and never loses an item, and the
//! same call gives the same events, which can be stored and read back.

use std::collections::HashSet;

use msg_channels::telegram::{Telegram, TelegramConfig};
use msg_core::Timestamp;
use msg_core::channel::{
    InboundEvent, Verification, WebhookRequest, WebhookWire as _, WebhookWireExt as _,
};

use crate::trial;

const SECRET: &str = "a-long-random-word";

pub(super) const DICTIONARY: &[&[u8]] = &[
    b"\"update_id\":7,",
    b"\"message\":",
    b"\"edited_message\":",
    b"\"callback_query\":",
    b"\"message_reaction\":",
    b"\"poll_answer\":",
    b"\"my_chat_member\":",
    b"\"deleted_business_messages\":",
    b"\"message_id\":41",
    b"\"chat\":{\"id\":-1001234567890,\"type\":\"private\"}",
    b"\"from\":{\"id\":7000001}",
    b"\"entities\":[{\"type\":\"text_link\",\"offset\":1,\"length\":2,\"url\":\"x\"}]",
    b"\"business_connection_id\":\"b\"",
    b"9223372036854775807",
    b"1e400",
    b"\\ud800",
    b"null",
    b"[[[[",
    b"{\"a\":",
];

pub(super) const SEEDS: &[&[u8]] = &[
    b"\0{\"update_id\":1,\"message\":{\"message_id\":41,\"date\":1781000000,\"chat\":{\"id\":1},\"from\":{\"id\":1},\
      \"text\":\"a b c\",\"entities\":[{\"type\":\"bold\",\"offset\":0,\"length\":3},{\"type\":\"code\",\"offset\":2,\
      \"length\":1}]}}",
    b"\0{\"update_id\":2,\"callback_query\":{\"id\":\"c\",\"from\":{\"id\":1},\"data\":\"yes\",\"message\":\
      {\"message_id\":40,\"chat\":{\"id\":1}}}}",
    b"\0{\"update_id\":3,\"message_reaction\":{\"chat\":{\"id\":1},\"message_id\":4,\"date\":1,\"old_reaction\":[],\
      \"new_reaction\":[{\"type\":\"emoji\",\"emoji\":\"x\"}]}}",
    b"\0{\"update_id\":4,\"my_chat_member\":{\"chat\":{\"id\":1,\"type\":\"private\"},\"date\":1,\"old_chat_member\":\
      {\"status\":\"member\"},\"new_chat_member\":{\"status\":\"kicked\"}}}",
    b"\0{\"update_id\":5,\"message\":{\"message_id\":1,\"chat\":{\"id\":1},\"rich_message\":{\"blocks\":[{\"type\":\
      \"paragraph\",\"text\":[\"a\",{\"text\":\"b\"}]}]}}}",
    b"\0{\"update_id\":6,\"message\":{\"message_id\":1,\"chat\":{\"id\":1},\"venue\":{\"location\":{\"latitude\":5e-3,\
      \"longitude\":-1},\"title\":\"x\"}}}",
    b"\0{\"update_id\":7,\"message\":{\"message_id\":1,\"chat\":{\"id\":-4},\"migrate_to_chat_id\":-1004}}",
    b"\x01{\"update_id\":8,\"telepathy\":{}}",
];

/// The first byte chooses whether the secret is right.
pub(super) fn run(input: &[u8]) {
    let Some((choice, body)) = input.split_first() else {
        return;
    };
    let config = TelegramConfig::new("7000001:AAExampleOnly").with_webhook_secret(SECRET);
    let Ok(bot) = Telegram::new(config) else {
        return;
    };
    let right = choice % 2 == 0;
    let mut headers = http::HeaderMap::new();
    let secret = if right { SECRET } else { "a-long-random-wore" };
    headers.insert(
        "x-telegram-bot-api-secret-token",
        http::HeaderValue::from_static(secret),
    );
    let request = WebhookRequest::new(http::Method::POST, "", headers, body.to_vec());
    let call = match bot.verify(&request, Timestamp::UNIX_EPOCH) {
        Verification::Verified(call) => call,
        other => {
            assert!(!right, "a right secret is believed: {other:?}");
            return;
        }
    };
    assert!(right, "a wrong secret is not believed");

    let parsed = bot.parse(&call);
    let is_update = serde_json::from_slice::<serde_json::Value>(body).is_ok_and(|value| {
        value
            .get("update_id")
            .is_some_and(serde_json::Value::is_i64)
    });
    trial::note_all(&(parsed.is_ok(), parsed.as_ref().map_or(0, Vec::len).min(4)));
    let Ok(events) = parsed else {
        assert!(!is_update, "an update is never an error");
        return;
    };
    for event in &events {
        trial::note_all(&event.kind.tag());
    }
    let keys: HashSet<_> = events.iter().map(|event| &event.dedupe).collect();
    assert_eq!(keys.len(), events.len(), "each event has a key of its own");
    assert_eq!(
        Some(&events),
        bot.parse(&call).ok().as_ref(),
        "the same call gives the same events"
    );
    let written = serde_json::to_vec(&events).ok();
    let read: Option<Vec<InboundEvent>> =
        written.and_then(|json| serde_json::from_slice(&json).ok());
    assert_eq!(Some(events), read, "events can be stored and read back");
    assert_eq!(
        bot.reply(&call).status,
        200,
        "a call that was taken is answered"
    );
}
