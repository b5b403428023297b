//! Webhooks of Messenger and Instagram: nothing is believed without the signature, an envelope never fails and never loses an
//! item, and the same call gives the same events, which can be stored and read back.

use msg_channels::graph::SIGNATURE_HEADER;
use msg_channels::instagram::{Instagram, InstagramConfig};
use msg_channels::messenger::{Messenger, MessengerConfig};
use msg_channels::wire::proof::{Hash, Mac, to_hex};
use msg_core::Timestamp;
use msg_core::channel::{
    InboundEvent, Verification, WebhookRequest, WebhookWire, WebhookWireExt as _,
};

use crate::trial;

const SECRET: &str = "secret-of-the-app";

pub(super) const DICTIONARY: &[&[u8]] = &[
    b"\"object\":\"page\",",
    b"\"object\":\"instagram\",",
    b"\"entry\":[{\"id\":\"7\",\"time\":1772998024000,",
    b"\"messaging\":[",
    b"\"standby\":[",
    b"\"changes\":[{\"field\":\"feed\",\"value\":",
    b"\"sender\":{\"id\":\"9\"},\"recipient\":{\"id\":\"7\"},",
    b"\"message\":{\"mid\":\"m\",\"text\":\"x\"}",
    b"\"attachments\":[{\"type\":\"image\",\"payload\":{\"url\":\"https://x\"}}]",
    b"\"quick_reply\":{\"payload\":\"p\"}",
    b"\"is_echo\":true",
    b"\"is_deleted\":true",
    b"\"reply_to\":{\"story\":{}}",
    b"\"postback\":{\"payload\":\"p\"}",
    b"\"delivery\":{\"mids\":[\"m\"],\"watermark\":1}",
    b"\"read\":{\"watermark\":1}",
    b"\"reaction\":{\"mid\":\"m\",\"action\":\"react\",\"emoji\":\"x\"}",
    b"\"optin\":{\"type\":\"notification_messages\"}",
    b"\"coordinates\":{\"lat\":1e400,\"long\":-1}",
    b"null",
    b"[[[[",
];

pub(super) const SEEDS: &[&[u8]] = &[
    b"\0{\"object\":\"page\",\"entry\":[{\"id\":\"7\",\"time\":1772998024000,\"messaging\":[{\"sender\":{\"id\":\"9\"},\
      \"recipient\":{\"id\":\"7\"},\"timestamp\":1772998024000,\"message\":{\"mid\":\"m\",\"text\":\"x\",\"attachments\":\
      [{\"type\":\"location\",\"payload\":{\"coordinates\":{\"lat\":1e-3,\"long\":-1}}}]}}]}]}",
    b"\0{\"object\":\"page\",\"entry\":[{\"id\":\"7\",\"changes\":[{\"field\":\"feed\",\"value\":{\"item\":\"x\"}}]}]}",
    b"\x02{\"object\":\"instagram\",\"entry\":[{\"id\":\"7\",\"time\":1,\"field\":\"comments\",\"value\":{\"from\":\
      {\"id\":\"9\"}}},{\"id\":\"7\",\"standby\":[{\"message\":{}}]}]}",
    b"\x02{\"object\":\"instagram\",\"entry\":[{\"id\":\"7\",\"messaging\":[{\"sender\":{\"id\":9},\"recipient\":\
      {\"id\":\"7\"},\"read\":{\"mid\":\"m\"}},{\"sender\":{\"id\":\"9\"},\"telepathy\":1}]}]}",
    b"\x01{\"object\":\"page\",\"entry\":[]}",
];

/// The first bit of the first byte chooses whether the signature is right, the second one the wire.
pub(super) fn run(input: &[u8]) {
    let Some((choice, body)) = input.split_first() else {
        return;
    };
    let right = choice & 1 == 0;
    let wire: Option<Box<dyn WebhookWire>> = if choice & 2 == 0 {
        let config = MessengerConfig::new("EAAExampleOnly").with_app_secret(SECRET);
        Messenger::new(config).ok().map(|page| Box::new(page) as _)
    } else {
        let config = InstagramConfig::new("IGAAExampleOnly").with_app_secret(SECRET);
        Instagram::new(config)
            .ok()
            .map(|account| Box::new(account) as _)
    };
    let Some(wire) = wire else {
        return;
    };
    let key: &[u8] = if right { SECRET.as_bytes() } else { b"another" };
    let proof = format!(
        "sha256={}",
        to_hex(&Mac::new(Hash::Sha256, key).sign(&[body]))
    );
    let mut headers = http::HeaderMap::new();
    if let Ok(proof) = proof.parse() {
        headers.insert(SIGNATURE_HEADER, proof);
    }
    let request = WebhookRequest::new(http::Method::POST, "", headers, body.to_vec());
    let call = match wire.verify(&request, Timestamp::UNIX_EPOCH) {
        Verification::Verified(call) => call,
        other => {
            assert!(!right, "a right signature is believed: {other:?}");
            return;
        }
    };
    assert!(right, "a wrong signature is not believed");

    let parsed = wire.parse(&call);
    trial::note_all(&(parsed.is_ok(), parsed.as_ref().map_or(0, Vec::len).min(4)));
    let Ok(events) = parsed else {
        return;
    };
    for event in &events {
        trial::note_all(&event.kind.tag());
    }
    let ours = |event: &InboundEvent| event.dedupe.starts_with(&format!("{}:", event.scheme));
    assert!(
        events.iter().all(ours),
        "each event has a key of its scheme"
    );
    assert_eq!(
        Some(&events),
        wire.parse(&call).ok().as_ref(),
        "the same call gives the same events"
    );
    let written = serde_json::to_vec(&events).ok();
    let read: Option<Vec<InboundEvent>> =
        written.and_then(|json| serde_json::from_slice(&json).ok());
    assert_eq!(Some(events), read, "events can be stored and read back");
}
