//! Telegram as an adapter: over a scripted transport, from a cleared part to an outcome.

#![cfg(test)]
#![cfg(feature = "telegram")]

use http::StatusCode;
use msg_channels::telegram::{Telegram, TelegramConfig};
use msg_core::Timestamp;
use msg_core::channel::{ChannelAdapter as _, Clearance, FailureClass, HttpAdapter, SendOutcome};
use msg_core::http::HttpErrorKind;
use msg_core::id::{MessageId, PartId, TenantId, time_ordered};
use msg_core::message::part::{Styled, TextPart};
use msg_core::message::{Address, ChannelKind, Part, Purpose};
use msg_core::testkit::{ScriptedTransport, block_on};
use std::sync::Arc;

const TOKEN: &str = "7000001:AAExampleOnly";

fn adapter() -> (HttpAdapter<Telegram>, Arc<ScriptedTransport>) {
    let transport = Arc::new(ScriptedTransport::new());
    let wire = Telegram::new(TelegramConfig::new(TOKEN)).unwrap();
    let shared = Arc::clone(&transport);
    (HttpAdapter::new(wire, shared), transport)
}

fn send(adapter: &HttpAdapter<Telegram>, to: Address) -> SendOutcome {
    let id = time_ordered(Timestamp::UNIX_EPOCH, &[1; 16]);
    let part = Part::new(
        PartId::new(MessageId::from_uuid(id), 0),
        TenantId::new("acme").unwrap(),
        to,
        Purpose::Conversational,
        TextPart::new(Styled::plain("hi")),
    );
    block_on(adapter.send(&Clearance::unchecked("test").clear(part)))
}

#[test]
fn a_part_becomes_one_request_and_its_answer_a_receipt() {
    let (adapter, transport) = adapter();
    assert_eq!(
        (adapter.scheme(), adapter.channel()),
        ("telegram", &ChannelKind::Telegram)
    );
    transport.answer_with(
        StatusCode::OK,
        r#"{"ok":true,"result":{"message_id":42,"chat":{"id":1}}}"#,
    );
    let outcome = send(&adapter, Address::telegram(1));
    assert!(outcome.provider_id().unwrap().ends_with(".42"));
    let requests = transport.requests();
    assert_eq!(requests.len(), 1);
    assert_eq!(
        requests[0].uri().to_string(),
        format!("https://api.telegram.org/bot{TOKEN}/sendMessage")
    );
}

#[test]
fn what_may_have_left_is_ambiguous_and_what_surely_did_not_is_retried() {
    let (adapter, transport) = adapter();
    transport.fail(HttpErrorKind::HeaderTimeout);
    transport.fail(HttpErrorKind::Connect);
    assert!(matches!(
        send(&adapter, Address::telegram(1)),
        SendOutcome::Ambiguous(_)
    ));
    assert!(matches!(
        send(&adapter, Address::telegram(1)),
        SendOutcome::Rejected(failure) if failure.class == FailureClass::Transient && failure.is_retryable()
    ));
}

#[test]
fn a_part_of_another_channel_never_reaches_the_transport() {
    let (adapter, transport) = adapter();
    let outcome = send(&adapter, Address::in_app("1").unwrap());
    assert!(matches!(
        outcome,
        SendOutcome::Rejected(failure) if failure.class == FailureClass::InvalidRecipient
    ));
    assert!(transport.requests().is_empty());
}

#[test]
fn the_token_shows_nowhere() {
    let (adapter, transport) = adapter();
    let config = TelegramConfig::new(TOKEN);
    let mut printed = vec![format!("{config:?} {:?}", adapter.wire())];
    for kind in [HttpErrorKind::Interrupted, HttpErrorKind::Request] {
        transport.fail(kind);
        printed.push(format!("{:?}", send(&adapter, Address::telegram(1))));
    }
    transport.answer_with(StatusCode::UNAUTHORIZED, r#"{"ok":false,"error_code":401}"#);
    let outcome = send(&adapter, Address::telegram(1));
    printed.push(format!("{outcome:?}"));
    printed.push(serde_json::to_string(&outcome).unwrap());
    let printed = printed.join(" ");
    assert!(!printed.contains("AAExampleOnly"), "{printed}");
}
