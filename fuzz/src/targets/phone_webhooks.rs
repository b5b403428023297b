//! Webhooks of the providers of phone channels: nothing is believed without the right key, a genuine call never panics,
//! and the same call gives the same events, which can be stored and read back.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use http::{HeaderMap, HeaderValue, Method};
use msg_channels::messagebird::{MessageBird, MessageBirdConfig};
use msg_channels::plivo::{Plivo, PlivoConfig};
use msg_channels::twilio::{Twilio, TwilioChannel, TwilioConfig};
use msg_channels::vonage::{Vonage, VonageChannel, VonageConfig};
use msg_channels::wire::fields::Fields;
use msg_channels::wire::proof::{Hash, Mac, to_base64};
use msg_core::Timestamp;
use msg_core::channel::{
    InboundEvent, Verification, WebhookRequest, WebhookWire, WebhookWireExt as _,
};

use crate::trial;

const KEY: &str = "a-long-random-word";
const URL: &str = "https://example.org/hook";

pub(super) const DICTIONARY: &[&[u8]] = &[
    b"&From=%2B14155550132",
    b"&From=whatsapp%3AUS.13491",
    b"&To=15550100",
    b"&MessageSid=SM1",
    b"&MessageStatus=delivered",
    b"&SmsStatus=received",
    b"&ErrorCode=30007",
    b"&NumMedia=1&MediaUrl0=https%3A%2F%2Fx&MediaContentType0=image%2Fpng",
    b"&ButtonPayload=yes&ButtonText=Yes",
    b"&Latitude=1.5&Longitude=-2",
    b"&OptOutType=STOP",
    b"&ReferralBody=x",
    b"[{\"type\":\"com.twilio.messaging.message.sent\",\"data\":{\"messageSid\":\"SM1\"}}]",
    b"\"type\":\"com.twilio.messaging.inbound-message.received\"",
    b"&MessageUUID=u1&Status=sent&PartInfo=1",
    b"&Text=hi&Type=sms",
    b"&id=a1&status=delivery_failed&statusErrorCode=1&statusDatetime=2019-01-11T09:17:11+00:00",
    b"&originator=14155550132&recipient=1&body=x",
    b"{\"message_uuid\":\"u\",\"message_type\":\"text\",\"text\":\"\"}",
    b",\"status\":\"rejected\",\"error\":{\"type\":\"x#1240\"}",
    b",\"from\":{\"type\":\"messenger\",\"id\":\"1\"}",
    b",\"image\":{\"url\":\"https://x\"},\"context\":{\"message_uuid\":\"u\"}",
    b"&messageId=1&msisdn=14155550132&err-code=1",
    b"%",
    b"%ff%c3%28",
    b"=&=&",
];

pub(super) const SEEDS: &[&[u8]] = &[
    b"\0From=%2B14155550132&To=%2B15550100&Body=hi&MessageSid=SM1&NumMedia=0&SmsStatus=received",
    b"\0MessageSid=SM1&MessageStatus=undelivered&ErrorCode=30007&To=%2B14155550132",
    b"\0[{\"specversion\":\"1.0\",\"type\":\"com.twilio.messaging.inbound-message.received\",\"id\":\"N\",\"data\":\
      {\"messageSid\":\"SM1\",\"from\":\"+14155550132\",\"to\":\"+15550100\",\"body\":\"x\"}}]",
    b"\0From=14155550132&To=15550100&Text=hi&Type=sms&MessageUUID=u1",
    b"\0MessageUUID=u1&Status=delivered&ErrorCode=000",
    b"\0id=a1&status=delivered&recipient=14155550132&reference=00000000000070008000000000000000-0",
    b"\0{\"id\":\"a1\",\"originator\":14155550132,\"recipient\":\"1\",\"body\":\"x\"}",
    b"\x01From=%2B14155550132&Body=hi",
    b"\0{\"channel\":\"whatsapp\",\"message_uuid\":\"u\",\"to\":\"1\",\"from\":\"14155550132\",\"message_type\":\"text\",\"text\":\"x\"}",
    b"\0{\"message_uuid\":\"u\",\"status\":\"delivered\",\"to\":\"14155550132\",\"error\":{\"title\":1000}}",
    b"\0msisdn=14155550132&to=1&messageId=1&text=x&message-timestamp=2020-01-01+12:00:00",
];

/// Twilio: a form, or JSON by its hash in the URL.
pub(super) fn twilio(input: &[u8]) {
    let config = TwilioConfig::new("AC00000000000000000000000000000001", KEY, "+15550100")
        .with_channel(TwilioChannel::WhatsApp)
        .with_webhook_token(KEY);
    let Some(((choice, body), wire)) = input.split_first().zip(Twilio::new(config).ok()) else {
        return;
    };
    let mut sorted: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (name, value) in Fields::of_form(body).iter() {
        sorted
            .entry(name.to_owned())
            .or_default()
            .insert(value.to_owned());
    }
    let mut said = URL.to_owned();
    for (name, values) in sorted {
        for value in values {
            said.push_str(&name);
            said.push_str(&value);
        }
    }
    let headers = |code: Vec<u8>| [("x-twilio-signature", to_base64(&code))];
    let mac = Mac::new(Hash::Sha1, KEY.as_bytes());
    check(
        &wire,
        *choice,
        body,
        URL,
        &headers(mac.sign(&[said.as_bytes()])),
    );
}

/// Plivo, version 3 of its signature.
pub(super) fn plivo(input: &[u8]) {
    let config = PlivoConfig::new("MA000000000000000001", KEY, "+15550100").with_webhook_token(KEY);
    let Some(((choice, body), wire)) = input.split_first().zip(Plivo::new(config).ok()) else {
        return;
    };
    let mut sorted: Vec<_> = Fields::of_form(body)
        .iter()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    sorted.sort();
    let mut said = URL.to_owned();
    if !sorted.is_empty() {
        said.push('?');
    }
    for (name, value) in sorted {
        said.push_str(&name);
        said.push_str(&value);
    }
    let code = Mac::new(Hash::Sha256, KEY.as_bytes()).sign(&[said.as_bytes(), b".17"]);
    let headers = [
        ("x-plivo-signature-v3", to_base64(&code)),
        ("x-plivo-signature-v3-nonce", "17".to_owned()),
    ];
    check(&wire, *choice, body, URL, &headers);
}

/// MessageBird: the older signature, and the fields in the body or in the query.
pub(super) fn messagebird(input: &[u8]) {
    use msg_channels::wire::proof::sha256;
    let config = MessageBirdConfig::new(KEY, "Shop").with_signing_key(KEY);
    let Some(((choice, body), wire)) = input.split_first().zip(MessageBird::new(config).ok())
    else {
        return;
    };
    let key = Mac::new(Hash::Sha256, KEY.as_bytes());
    let code = key.sign(&[b"0\n\n", &sha256(body)]);
    let headers = [
        ("messagebird-signature", to_base64(&code)),
        ("messagebird-request-timestamp", "0".to_owned()),
    ];
    check(&wire, *choice, body, URL, &headers);
}

/// Vonage: a token that says the hash of the body.
pub(super) fn vonage(input: &[u8]) {
    use msg_channels::wire::proof::{sha256, to_hex};
    let config = VonageConfig::new("abcd1234", KEY, "15550100")
        .with_channel(VonageChannel::WhatsApp)
        .with_signature_secret(KEY);
    let Some(((choice, body), wire)) = input.split_first().zip(Vonage::new(config).ok()) else {
        return;
    };
    let encode = |bytes: &[u8]| {
        let text = to_base64(bytes).replace('+', "-").replace('/', "_");
        text.trim_end_matches('=').to_owned()
    };
    let hash = to_hex(&sha256(body));
    let claims = format!(r#"{{"iat":0,"payload_hash":"{hash}"}}"#);
    let head = encode(br#"{"alg":"HS256"}"#);
    let signed = format!("{head}.{}", encode(claims.as_bytes()));
    let code = Mac::new(Hash::Sha256, KEY.as_bytes()).sign(&[signed.as_bytes()]);
    let headers = [(
        "authorization",
        format!("Bearer {signed}.{}", encode(&code)),
    )];
    check(&wire, *choice, body, URL, &headers);
}

/// The first byte chooses whether the first header, which is the proof, is right.
fn check(
    wire: &dyn WebhookWire,
    choice: u8,
    body: &[u8],
    url: &str,
    proof: &[(&'static str, String)],
) {
    let right = choice.is_multiple_of(2);
    let mut headers = HeaderMap::new();
    for (at, (name, value)) in proof.iter().enumerate() {
        let mut value = value.clone();
        if at == 0 && !right {
            // Base64 of something else.
            value.insert_str(0, "AAAA");
        }
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(*name, value);
        }
    }
    let request = WebhookRequest::new(Method::POST, url, headers, body.to_vec());
    let call = match wire.verify(&request, Timestamp::UNIX_EPOCH) {
        Verification::Verified(call) => call,
        other => {
            assert!(!right, "a right proof is believed: {other:?}");
            return;
        }
    };
    assert!(right, "a wrong proof is not believed");
    let parsed = wire.parse(&call);
    trial::note_all(&(parsed.is_ok(), parsed.as_ref().map_or(0, Vec::len).min(4)));
    let Ok(events) = parsed else {
        return;
    };
    assert!(!events.is_empty(), "a call that is read says something");
    for event in &events {
        trial::note_all(&event.kind.tag());
    }
    let keys: HashSet<_> = events.iter().map(|event| &event.dedupe).collect();
    assert_eq!(keys.len(), events.len(), "each event has a key of its own");
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
