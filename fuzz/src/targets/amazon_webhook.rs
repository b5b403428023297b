//! Topics of Amazon SNS, with what SES and End User Messaging publish: whatever comes is read as something or is invalid, each
//! event has a key of its own, the same call gives the same events, and they can be stored and read back. What is not signed is
//! never believed, and a certificate is read without panic.

use std::collections::HashSet;
use std::sync::Arc;

use msg_channels::amazon::{AwsConfig, Certificates, TopicConfig};
use msg_channels::mail::sender::SenderConfig;
use msg_channels::ses::{Ses, SesConfig};
use msg_channels::sns::{Sns, SnsConfig};
use msg_core::channel::{
    InboundEvent, Verification, WebhookRequest, WebhookWire, WebhookWireExt as _,
};
use msg_core::testkit::ManualClock;
use msg_core::testkit::webhook::assumed;
use msg_core::{ErrorKind, Timestamp};

use crate::trial;

const URL: &str = "https://sns.us-east-1.amazonaws.com/a.pem";

pub(super) const DICTIONARY: &[&[u8]] = &[
    b"\"Type\":\"Notification\"",
    b"\"Type\":\"SubscriptionConfirmation\"",
    b"\"TopicArn\":\"arn:aws:sns:us-east-1:1:t\"",
    b"\"MessageId\":\"m\"",
    b"\"Timestamp\":\"2026-06-09T10:15:00.000Z\"",
    b"\"SignatureVersion\":\"1\"",
    b"\"Signature\":\"AAAA\"",
    b"\"SigningCertURL\":\"https://sns.us-east-1.amazonaws.com/a.pem\"",
    b"\"SubscribeURL\":\"https://sns.us-east-1.amazonaws.com/?\"",
    b"\"Token\":\"t\"",
    b"\"Message\":\"{}\"",
    b"\"eventType\":\"Bounce\"",
    b"\"notificationType\":\"Received\"",
    b"\"bounceType\":\"Permanent\"",
    b"\"bouncedRecipients\":[{\"emailAddress\":\"a@example.org\"}]",
    b"\"eventType\":\"TEXT_SENT\"",
    b"\"inboundMessageId\":\"m\"",
    b"\"originationNumber\":\"+14255550182\"",
    b"\\ud800",
    b"null",
    b"-----BEGIN CERTIFICATE-----",
    b"-----END CERTIFICATE-----",
];

pub(super) const SEEDS: &[&[u8]] = &[
    b"\0{\"Type\":\"Notification\",\"MessageId\":\"m\",\"TopicArn\":\"arn:aws:sns:us-east-1:1:t\",\"Message\":\"{\\\"eventType\\\":\\\"Bounce\\\"}\",\
      \"Timestamp\":\"2026-06-09T10:15:00.000Z\",\"SignatureVersion\":\"1\",\"Signature\":\"AAAA\",\"SigningCertURL\":\
      \"https://sns.us-east-1.amazonaws.com/a.pem\"}",
    b"\0{\"eventType\":\"Bounce\",\"bounce\":{\"bounceType\":\"Permanent\",\"bouncedRecipients\":[{\"emailAddress\":\"a@example.org\",\
      \"diagnosticCode\":\"smtp; 550 5.1.1\"},{}]},\"mail\":{\"messageId\":\"m\",\"destination\":[\"a@example.org\"]}}",
    b"\0{\"notificationType\":\"Received\",\"receipt\":{\"action\":{\"encoding\":\"BASE64\"}},\"content\":\"RnJvbTogYUBiLmM=\"}",
    b"\x01{\"inboundMessageId\":\"m\",\"originationNumber\":\"+14255550182\",\"messageBody\":\"hi\"}",
    b"\x01{\"eventType\":\"TEXT_BLOCKED\",\"messageId\":\"m\",\"eventTimestamp\":1686975103470}",
    b"\x01{\"notification\":{\"messageId\":\"m\",\"timestamp\":\"2026-06-09 10:14:10.000\"},\"status\":\"FAILURE\"}",
    b"\x02-----BEGIN CERTIFICATE-----\nMAMCAQE=\n-----END CERTIFICATE-----\n",
];

/// The first byte chooses who reads it: SES, SNS, or the certificates.
pub(super) fn run(input: &[u8]) {
    let Some((choice, body)) = input.split_first() else {
        return;
    };
    let aws = AwsConfig::new("us-east-1", "AKIDEXAMPLE", "k");
    let topics = TopicConfig::default().with_topic("arn:aws:sns:us-east-1:1:t");
    let clock = Arc::new(ManualClock::default());
    let wire: Box<dyn WebhookWire> = match choice % 3 {
        0 => {
            let sender = SenderConfig::new("shop@example.org");
            let config = SesConfig::new(aws, sender).with_webhooks(topics);
            match Ses::new(config, clock) {
                Ok(wire) => Box::new(wire),
                Err(_) => return,
            }
        }
        1 => match Sns::new(SnsConfig::new(aws).with_webhooks(topics), clock) {
            Ok(wire) => Box::new(wire),
            Err(_) => return,
        },
        _ => {
            let known = Certificates::new().learn(URL, body, Timestamp::UNIX_EPOCH);
            trial::note_all(&known.is_ok());
            return;
        }
    };
    let request = WebhookRequest::new(
        http::Method::POST,
        "",
        http::HeaderMap::new(),
        body.to_vec(),
    );
    assert!(
        matches!(
            wire.verify(&request, Timestamp::UNIX_EPOCH),
            Verification::Rejected(_)
        ),
        "what nobody signed is believed"
    );
    let call = assumed(&request, Timestamp::UNIX_EPOCH);
    let parsed = wire.parse(&call);
    trial::note_all(&(parsed.is_ok(), parsed.as_ref().map_or(0, Vec::len).min(4)));
    let events = match parsed {
        Ok(events) => events,
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::Invalid, "a body that is no event");
            return;
        }
    };
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
