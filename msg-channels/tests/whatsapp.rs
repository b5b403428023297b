//! WhatsApp as an adapter: over a scripted transport, from a cleared part to an outcome.

#![cfg(test)]
#![cfg(feature = "whatsapp")]

use http::StatusCode;
use msg_channels::whatsapp::{Flow, PaymentLink, WhatsApp, WhatsAppConfig};
use msg_core::Timestamp;
use msg_core::capability::Capabilities;
use msg_core::channel::{
    ChannelAdapter as _, ChannelWire as _, Clearance, FailureClass, HttpAdapter, SendOutcome,
};
use msg_core::http::HttpErrorKind;
use msg_core::id::{ActionId, MessageId, PartId, TenantId, time_ordered};
use msg_core::message::part::{MediaPart, Styled, TextPart};
use msg_core::message::{
    Address, ChannelKind, Content, ContentKind, Media, MediaKind, MediaSource, Part, PartBody,
    Purpose,
};
use msg_core::plan::{PlanInput, plan};
use msg_core::testkit::{ScriptedTransport, block_on, sample};
use std::sync::Arc;

const TOKEN: &str = "EAAExampleOnly";
const TAKEN: &str = r#"{"messaging_product":"whatsapp","messages":[{"id":"wamid.1"}]}"#;

fn config() -> WhatsAppConfig {
    WhatsAppConfig::new(TOKEN, "106540352242922").with_app_secret("app-hunter2")
}

fn adapter(config: WhatsAppConfig) -> (HttpAdapter<WhatsApp>, Arc<ScriptedTransport>) {
    let transport = Arc::new(ScriptedTransport::new());
    let shared = Arc::clone(&transport);
    (
        HttpAdapter::new(WhatsApp::new(config).unwrap(), shared),
        transport,
    )
}

fn part(body: impl Into<PartBody>) -> Part {
    let id = time_ordered(Timestamp::UNIX_EPOCH, &[1; 16]);
    Part::new(
        PartId::new(MessageId::from_uuid(id), 0),
        TenantId::new("acme").unwrap(),
        Address::phone(ChannelKind::WhatsApp, "+16505551234").unwrap(),
        Purpose::Conversational,
        body,
    )
}

fn send(adapter: &HttpAdapter<WhatsApp>, part: Part) -> SendOutcome {
    block_on(adapter.send(&Clearance::unchecked("test").clear(part)))
}

fn text() -> Part {
    part(TextPart::new(Styled::plain("hi")))
}

#[test]
fn a_picture_is_uploaded_and_then_sent_by_its_id() {
    let (adapter, transport) = adapter(config());
    transport.answer_with(StatusCode::OK, r#"{"id":"4490709327384033"}"#);
    transport.answer_with(StatusCode::OK, TAKEN);
    let picture = Media::from_bytes(MediaKind::Image, "image/png", &b"pixels"[..], "a thing");
    let outcome = send(&adapter, part(MediaPart::new(vec![picture])));
    assert_eq!(outcome.provider_id(), Some("wamid.1"));
    let requests = transport.requests();
    let paths: Vec<_> = requests.iter().map(|it| it.uri().path()).collect();
    assert_eq!(
        paths,
        [
            "/v23.0/106540352242922/media",
            "/v23.0/106540352242922/messages"
        ]
    );
    let body = String::from_utf8_lossy(requests[1].body());
    assert!(
        body.contains(r#""image":{"id":"4490709327384033"}"#),
        "{body}"
    );
}

#[test]
fn media_that_an_event_named_are_fetched() {
    let (adapter, transport) = adapter(config());
    let place =
        r#"{"url":"https://lookaside.fbsbx.com/a?mid=77","id":"77","mime_type":"image/jpeg"}"#;
    transport.answer_with(StatusCode::OK, place);
    transport.answer_with(StatusCode::OK, "pixels");
    let mut media = Media::from_url(MediaKind::Image, "", "");
    media.source = MediaSource::ProviderId("77".into());
    let found = block_on(adapter.media().unwrap().fetch(&media)).unwrap();
    assert!(matches!(found.source, MediaSource::Bytes(bytes) if &bytes.0[..] == b"pixels"));
    let requests = transport.requests();
    assert_eq!(requests[0].uri().path(), "/v23.0/77");
    assert_eq!(requests[1].uri().host(), Some("lookaside.fbsbx.com"));
}

#[test]
fn what_may_have_left_is_ambiguous_and_what_surely_did_not_is_retried() {
    let (adapter, transport) = adapter(config());
    transport.fail(HttpErrorKind::HeaderTimeout);
    transport.fail(HttpErrorKind::Connect);
    assert!(matches!(send(&adapter, text()), SendOutcome::Ambiguous(_)));
    assert!(matches!(
        send(&adapter, text()),
        SendOutcome::Rejected(failure) if failure.class == FailureClass::Transient && failure.is_retryable()
    ));
}

#[test]
fn the_token_shows_nowhere() {
    let (adapter, transport) = adapter(config());
    let mut printed = vec![format!("{:?} {:?}", config(), adapter.wire())];
    for kind in [HttpErrorKind::Interrupted, HttpErrorKind::Request] {
        transport.fail(kind);
        printed.push(format!("{:?}", send(&adapter, text())));
    }
    let refused = r#"{"error":{"message":"Error validating access token EAAExampleOnly +16505551234","code":190}}"#;
    transport.answer_with(StatusCode::UNAUTHORIZED, refused);
    let outcome = send(&adapter, text());
    printed.push(format!("{outcome:?}"));
    printed.push(serde_json::to_string(&outcome).unwrap());
    let printed = printed.join(" ");
    for secret in [TOKEN, "hunter2", "16505551234"] {
        assert!(!printed.contains(secret), "{printed}");
    }
}

/// Whatever the planner makes of any content for this number, the wire can say, whatever is configured.
#[test]
fn every_plan_for_this_number_can_be_encoded() {
    let form = ActionId::new("return").unwrap();
    let whole = config()
        .with_catalog("7")
        .with_flow(form, Flow::new("9"))
        .with_payment_link(PaymentLink::brazil());
    for config in [config(), whole] {
        let (adapter, _) = adapter(config);
        let mut encoded = 0;
        for kind in ContentKind::ALL {
            encoded += plan_and_encode(&adapter, &sample(kind).unwrap(), adapter.capabilities());
        }
        assert!(encoded > 25, "{encoded} parts");
    }
}

fn plan_and_encode(
    adapter: &HttpAdapter<WhatsApp>,
    content: &Content,
    capabilities: &Capabilities,
) -> usize {
    let parts = plan(&PlanInput::new(content), capabilities).parts;
    for body in &parts {
        let mut part = part(body.clone());
        part.reply_to = Some("wamid.0".into());
        let request = adapter.wire().encode(&part);
        assert!(
            request.is_ok(),
            "{}: {:?}",
            body.tag(),
            request.unwrap_err()
        );
    }
    parts.len()
}

/// Outside of the reply window a template goes through, and nothing else is made of words.
#[test]
fn outside_the_window_only_a_template_is_planned() {
    let (adapter, _) = adapter(config());
    let window = adapter.capabilities().window.clone().unwrap();
    let closed = window.state(None, 0, Timestamp::UNIX_EPOCH);
    let closed = closed.narrow(adapter.capabilities().clone());
    assert!(
        plan(&PlanInput::new(&Content::text("hi")), &closed)
            .parts
            .is_empty()
    );
    let template = sample(ContentKind::Template).unwrap();
    assert_eq!(plan_and_encode(&adapter, &template, &closed), 1);
}
