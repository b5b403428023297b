//! Telegram as an adapter: over a scripted transport, from a cleared part to an outcome.

#![cfg(test)]
#![cfg(feature = "telegram")]

use http::StatusCode;
use msg_channels::telegram::{Telegram, TelegramConfig};
use msg_core::channel::{
    ChannelAdapter as _, ChannelWire as _, Clearance, FailureClass, HttpAdapter, SendOutcome,
};
use msg_core::http::HttpErrorKind;
use msg_core::id::{MessageId, PartId, TenantId, time_ordered};
use msg_core::message::content::{Delete, Reaction};
use msg_core::message::part::{EditPart, Styled, TextPart};
use msg_core::message::{
    Address, ChannelKind, ContentKind, Media, MediaKind, MediaSource, Part, PartBody, Purpose,
};
use msg_core::plan::{PlanInput, plan};
use msg_core::testkit::{ScriptedTransport, block_on, sample};
use msg_core::{ErrorKind, Timestamp};
use std::sync::Arc;

const TOKEN: &str = "7000001:AAExampleOnly";

fn adapter() -> (HttpAdapter<Telegram>, Arc<ScriptedTransport>) {
    let transport = Arc::new(ScriptedTransport::new());
    let wire = Telegram::new(TelegramConfig::new(TOKEN)).unwrap();
    let shared = Arc::clone(&transport);
    (HttpAdapter::new(wire, shared), transport)
}

fn part(to: Address) -> Part {
    let id = time_ordered(Timestamp::UNIX_EPOCH, &[1; 16]);
    Part::new(
        PartId::new(MessageId::from_uuid(id), 0),
        TenantId::new("acme").unwrap(),
        to,
        Purpose::Conversational,
        TextPart::new(Styled::plain("hi")),
    )
}

fn send(adapter: &HttpAdapter<Telegram>, to: Address) -> SendOutcome {
    block_on(adapter.send(&Clearance::unchecked("test").clear(part(to))))
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

/// Whatever the planner makes of any content for this bot, the wire can say.
#[test]
fn every_plan_for_this_bot_can_be_encoded() {
    let (adapter, _) = adapter();
    let mut encoded = 0;
    for kind in ContentKind::ALL {
        let content = sample(kind).unwrap();
        for body in plan(&PlanInput::new(&content), adapter.capabilities()).parts {
            let mut part = part(Address::telegram(1));
            part.body = numbered(body);
            let request = adapter.wire().encode(&part);
            assert!(request.is_ok(), "{kind:?}: {:?}", request.unwrap_err());
            encoded += 1;
        }
    }
    assert!(encoded > 25, "{encoded} parts");
}

/// The samples name messages that no Telegram chat has.
fn numbered(body: PartBody) -> PartBody {
    match body {
        PartBody::Edit(edit) => EditPart::new("42", *edit.with).into(),
        PartBody::Delete(_) => Delete::new("42").into(),
        PartBody::Reaction(reaction) => {
            Reaction::new("42", reaction.emoji.unwrap_or_default()).into()
        }
        other => other,
    }
}

#[test]
fn a_file_is_fetched_in_two_steps_and_believed_to_be_one() {
    let (adapter, transport) = adapter();
    let told = r#"{"ok":true,"result":{"file_id":"F","file_unique_id":"U","file_path":"documents/file_7.json"}}"#;
    // A file that reads like the answer before it.
    transport.answer_with(StatusCode::OK, told);
    transport.answer_with(StatusCode::OK, told);
    let mut media = Media::from_url(MediaKind::File, "", "");
    media.source = MediaSource::ProviderId("F".into());
    let found = block_on(adapter.media().unwrap().fetch(&media)).unwrap();
    assert!(matches!(&found.source, MediaSource::Bytes(bytes) if bytes.0 == told));
    assert_eq!(found.filename.as_deref(), Some("file_7.json"));
    let requests = transport.requests();
    let paths: Vec<_> = requests
        .iter()
        .map(|it| it.uri().path().to_owned())
        .collect();
    assert_eq!(
        paths,
        [
            format!("/bot{TOKEN}/getFile"),
            format!("/file/bot{TOKEN}/documents/file_7.json")
        ]
    );
    assert_eq!(requests[0].body(), r#"{"file_id":"F"}"#);
}

#[test]
fn why_a_file_cannot_be_fetched_is_told_without_the_token() {
    let (adapter, transport) = adapter();
    let mut media = Media::from_url(MediaKind::File, "", "");
    media.source = MediaSource::ProviderId("F".into());
    for (status, description, kind) in [
        (400, "Bad Request: file is too big", ErrorKind::Unsupported),
        (400, "Bad Request: invalid file_id", ErrorKind::NotFound),
        (401, "Unauthorized", ErrorKind::Invalid),
        (502, "Bad Gateway", ErrorKind::Unavailable),
    ] {
        let body = format!(r#"{{"ok":false,"error_code":{status},"description":"{description}"}}"#);
        transport.answer_with(StatusCode::from_u16(status).unwrap(), body);
        let error = block_on(adapter.media().unwrap().fetch(&media)).unwrap_err();
        assert_eq!(error.kind(), kind, "{description}");
        assert!(!format!("{error} {error:?}").contains("AAExampleOnly"));
    }
    let by_url = Media::from_url(MediaKind::File, "https://example.com/a", "");
    let error = block_on(adapter.media().unwrap().fetch(&by_url)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
}
