//! Messenger and Instagram as adapters: over a scripted transport, from a cleared part to an outcome.

#![cfg(test)]
#![cfg(all(feature = "instagram", feature = "messenger"))]

use http::{HeaderMap, Method, StatusCode};
use msg_channels::instagram::{Instagram, InstagramConfig};
use msg_channels::messenger::{Messenger, MessengerConfig};
use msg_core::Timestamp;
use msg_core::channel::{
    ChannelAdapter as _, ChannelWire, Clearance, HttpAdapter, SendOutcome, Verification,
    WebhookRequest, WebhookWire as _, WebhookWireExt as _,
};
use msg_core::http::HttpErrorKind;
use msg_core::id::{MessageId, PartId, TenantId, time_ordered};
use msg_core::message::part::{MediaPart, Styled, TextPart};
use msg_core::message::{Address, ContentKind, Media, MediaKind, Part, PartBody, Purpose};
use msg_core::plan::{PlanInput, plan};
use msg_core::testkit::{ScriptedTransport, block_on, sample};
use std::sync::Arc;

const TOKEN: &str = "EAAExampleOnly";
const SECRET: &str = "secret-of-the-app";

fn page() -> Messenger {
    Messenger::new(MessengerConfig::new(TOKEN).with_app_secret(SECRET)).unwrap()
}

fn account() -> Instagram {
    Instagram::new(InstagramConfig::new(TOKEN).with_app_secret(SECRET)).unwrap()
}

fn part(to: &Address, body: impl Into<PartBody>) -> Part {
    let id = time_ordered(Timestamp::UNIX_EPOCH, &[1; 16]);
    Part::new(
        PartId::new(MessageId::from_uuid(id), 0),
        TenantId::new("acme").unwrap(),
        to.clone(),
        Purpose::Conversational,
        body,
    )
}

fn person() -> Address {
    Messenger::person("7", "1254477777772919").unwrap()
}

fn send(adapter: &HttpAdapter<Messenger>, body: impl Into<PartBody>) -> SendOutcome {
    block_on(adapter.send(&Clearance::unchecked("test").clear(part(&person(), body))))
}

/// Whatever the planner makes of any content, the wires can say.
#[test]
fn every_plan_can_be_encoded() {
    let wires: [(Box<dyn ChannelWire>, Address); 2] = [
        (Box::new(page()), person()),
        (Box::new(account()), Instagram::person("7", "2").unwrap()),
    ];
    for (wire, to) in wires {
        let mut encoded = 0;
        for kind in ContentKind::ALL {
            let content = sample(kind).unwrap();
            for body in plan(&PlanInput::new(&content), wire.capabilities()).parts {
                let request = wire.encode(&part(&to, body));
                assert!(request.is_ok(), "{kind:?}: {:?}", request.unwrap_err());
                encoded += 1;
            }
        }
        assert!(encoded > 20, "{encoded} parts");
    }
}

#[test]
fn bytes_go_up_before_the_message_that_names_them() {
    let transport = Arc::new(ScriptedTransport::new());
    let shared = Arc::clone(&transport);
    let adapter = HttpAdapter::new(page(), shared);
    transport.answer_with(StatusCode::OK, r#"{"attachment_id":"1857777774821032"}"#);
    transport.answer_with(StatusCode::OK, r#"{"message_id":"m_1"}"#);
    let picture = Media::from_bytes(MediaKind::Image, "image/png", &b"xxx"[..], "a shoe");
    let outcome = send(&adapter, MediaPart::new(vec![picture]));
    assert_eq!(outcome.provider_id(), Some("m_1"));
    let requests = transport.requests();
    let paths: Vec<&str> = requests.iter().map(|it| it.uri().path()).collect();
    assert_eq!(
        paths,
        ["/v23.0/me/message_attachments", "/v23.0/me/messages"]
    );
    let named = std::str::from_utf8(requests[1].body()).unwrap();
    assert!(
        named.contains(r#""attachment_id":"1857777774821032""#),
        "{named}"
    );
}

#[test]
fn neither_key_nor_text_nor_address_shows_anywhere() {
    let transport = Arc::new(ScriptedTransport::new());
    let shared = Arc::clone(&transport);
    let adapter = HttpAdapter::new(page(), shared);
    let mut printed = vec![format!("{:?} {:?} {:?}", page(), account(), adapter)];
    let text = || TextPart::new(Styled::plain("a word in confidence"));
    for kind in [HttpErrorKind::Interrupted, HttpErrorKind::Request] {
        transport.fail(kind);
        printed.push(format!("{:?}", send(&adapter, text())));
    }
    let quoting = r#"{"error":{"code":7,"message":"a word in confidence 1254477777772919"}}"#;
    for status in [StatusCode::BAD_REQUEST, StatusCode::INTERNAL_SERVER_ERROR] {
        transport.answer_with(status, quoting);
        let outcome = send(&adapter, text());
        printed.push(format!(
            "{outcome:?} {}",
            serde_json::to_string(&outcome).unwrap()
        ));
    }
    let printed = printed.join(" ");
    for secret in [TOKEN, SECRET, "confidence", "1254477777772919"] {
        assert!(!printed.contains(secret), "{printed}");
    }
}

#[test]
fn the_handshake_and_a_call_without_proof() {
    let config = MessengerConfig::new(TOKEN).with_verify_token("w0rd");
    let page = Messenger::new(config).unwrap();
    let url = "https://example.org/hook?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=w0rd";
    let get = WebhookRequest::new(Method::GET, url, HeaderMap::new(), "");
    let Verification::Challenge(reply) = page.verify(&get, Timestamp::UNIX_EPOCH) else {
        panic!("no challenge")
    };
    assert_eq!(&reply.body[..], b"1158201444");
    let post = WebhookRequest::new(
        Method::POST,
        url,
        HeaderMap::new(),
        r#"{"object":"page","entry":[]}"#,
    );
    assert!(matches!(
        page.verify(&post, Timestamp::UNIX_EPOCH),
        Verification::Rejected(_)
    ));
    assert_eq!(page.most_bytes(), msg_core::channel::MAX_WEBHOOK);
}
