//! WhatsApp webhooks: nothing is believed without the signature, a webhook never fails and never loses an item, and the
//! same call gives the same events, which can be stored and read back.

use msg_channels::whatsapp::{WhatsApp, WhatsAppConfig};
use msg_channels::wire::proof::{Hash, Mac, to_hex};
use msg_core::Timestamp;
use msg_core::channel::{
    InboundEvent, Verification, WebhookRequest, WebhookWire as _, WebhookWireExt as _,
};

use crate::trial;

const SECRET: &[u8] = b"the-secret-of-the-app";

pub(super) const DICTIONARY: &[&[u8]] = &[
    b"{\"object\":\"whatsapp_business_account\",\"entry\":[",
    b"\"changes\":[",
    b"\"field\":\"messages\"",
    b"\"value\":{",
    b"\"messages\":[",
    b"\"statuses\":[",
    b"\"errors\":[{\"code\":131050}]",
    b"\"contacts\":[{\"wa_id\":\"1\",\"user_id\":\"US.1\"}]",
    b"\"from\":\"16505551234\"",
    b"\"from_user_id\":\"US.1\"",
    b"\"id\":\"m\"",
    b"\"type\":\"text\"",
    b"\"type\":\"interactive\"",
    b"\"nfm_reply\":{\"response_json\":\"{}\"}",
    b"\"timestamp\":\"1781000000\"",
    b"\"status\":\"failed\"",
    b"\"user_preferences\":[",
    b"\"quantity\":1e400",
    b"9223372036854775807",
    b"\\ud800",
    b"null",
    b"[[[[",
    b"{\"a\":",
];

pub(super) const SEEDS: &[&[u8]] = &[
    b"\0{\"object\":\"whatsapp_business_account\",\"entry\":[{\"id\":\"1\",\"changes\":[{\"field\":\"messages\",\"value\":\
      {\"contacts\":[{\"profile\":{\"name\":\"A\"},\"wa_id\":\"16505551234\"}],\"messages\":[{\"from\":\"16505551234\",\
      \"id\":\"m\",\"timestamp\":\"1781000000\",\"type\":\"text\",\"text\":{\"body\":\"a\"}}]}}]}]}",
    b"\0{\"object\":\"whatsapp_business_account\",\"entry\":[{\"id\":\"1\",\"changes\":[{\"field\":\"messages\",\"value\":\
      {\"statuses\":[{\"id\":\"m\",\"status\":\"failed\",\"timestamp\":\"1\",\"recipient_id\":\"16505551234\",\"errors\":\
      [{\"code\":131050}]}]}}]}]}",
    b"\0{\"object\":\"whatsapp_business_account\",\"entry\":[{\"id\":\"1\",\"changes\":[{\"field\":\"messages\",\"value\":\
      {\"messages\":[{\"from\":\"1\",\"id\":\"m\",\"type\":\"order\",\"order\":{\"product_items\":[{\"quantity\":2,\
      \"item_price\":1.5,\"currency\":\"USD\",\"product_retailer_id\":\"s\"}]}}]}}]}]}",
    b"\0{\"object\":\"whatsapp_business_account\",\"entry\":[{\"id\":\"1\",\"time\":1,\"changes\":[{\"field\":\
      \"account_update\",\"value\":{\"event\":\"x\"}}]},7]}",
    b"\0{\"field\":\"user_preferences\",\"value\":{\"user_preferences\":[{\"wa_id\":\"16505551234\",\"category\":\
      \"marketing_messages\",\"value\":\"stop\"}]}}",
    b"\x01{\"object\":\"page\",\"entry\":[]}",
];

/// The first byte chooses whether the signature is right.
pub(super) fn run(input: &[u8]) {
    let Some((choice, body)) = input.split_first() else {
        return;
    };
    let config = WhatsAppConfig::new("EAAExampleOnly", "106540352242922")
        .with_app_secret("the-secret-of-the-app");
    let Ok(number) = WhatsApp::new(config) else {
        return;
    };
    let right = choice % 2 == 0;
    let key = if right { SECRET } else { b"another-secret" };
    let code = Mac::new(Hash::Sha256, key).sign(&[body]);
    let mut headers = http::HeaderMap::new();
    if let Ok(proof) = http::HeaderValue::try_from(format!("sha256={}", to_hex(&code))) {
        headers.insert("x-hub-signature-256", proof);
    }
    let request = WebhookRequest::new(http::Method::POST, "", headers, body.to_vec());
    let call = match number.verify(&request, Timestamp::UNIX_EPOCH) {
        Verification::Verified(call) => call,
        other => {
            assert!(!right, "a right signature is believed: {other:?}");
            return;
        }
    };
    assert!(right, "a wrong signature is not believed");

    let parsed = number.parse(&call);
    trial::note_all(&(parsed.is_ok(), parsed.as_ref().map_or(0, Vec::len).min(4)));
    let Ok(events) = parsed else {
        let webhook = serde_json::from_slice::<serde_json::Value>(body).is_ok_and(|value| {
            let object = value
                .get("object")
                .is_some_and(serde_json::Value::is_string);
            object && value.get("entry").is_some_and(serde_json::Value::is_array)
        });
        assert!(!webhook, "a webhook is never an error");
        return;
    };
    for event in &events {
        trial::note_all(&event.kind.tag());
        assert!(
            event.dedupe.len() > "whatsapp:".len(),
            "each event has a key"
        );
    }
    assert_eq!(
        Some(&events),
        number.parse(&call).ok().as_ref(),
        "the same call gives the same events"
    );
    let written = serde_json::to_vec(&events).ok();
    let read: Option<Vec<InboundEvent>> =
        written.and_then(|json| serde_json::from_slice(&json).ok());
    assert_eq!(Some(events), read, "events can be stored and read back");
}
