//! What a test looks at.

use super::golden;
use bytes::Bytes;
use msg_core::channel::{
    ChannelWire, InboundEvent, Verification, WebhookRequest, WebhookWire, WebhookWireExt as _,
};
use msg_core::testkit::webhook::assumed;
use std::fmt::Write as _;

/// A request: its line, its headers but the key, its body.
pub(crate) fn request(request: &http::Request<Bytes>) -> String {
    let mut text = format!("{} {}\n", request.method(), request.uri());
    for (name, value) in request.headers() {
        let shown = if value.is_sensitive() {
            "(hidden)"
        } else {
            value.to_str().unwrap()
        };
        writeln!(text, "{name}: {shown}").unwrap();
    }
    let body = String::from_utf8_lossy(request.body());
    match serde_json::from_str::<serde_json::Value>(&body) {
        Ok(json) => write!(text, "\n{json:#}").unwrap(),
        Err(_) => write!(text, "\n{}", body.replace('\r', "␍")).unwrap(),
    }
    text
}

/// The requests of all golden parts, each with its name.
pub(crate) fn requests(wire: &dyn ChannelWire) -> String {
    let mut text = String::new();
    for (name, part) in golden::parts().unwrap() {
        let encoded = wire.encode(&part).unwrap();
        writeln!(text, "## {name}\n{}\n", request(&encoded)).unwrap();
    }
    text
}

/// What a call says, as if it were genuine.
pub(crate) fn events(
    wire: &dyn WebhookWire,
    kind: &str,
    body: impl Into<Bytes>,
) -> Vec<InboundEvent> {
    let call = call(&[("content-type", kind)], body);
    wire.parse(&assumed(&call, now())).unwrap()
}

/// Whether a call is believed.
pub(crate) fn believes(
    wire: &dyn WebhookWire,
    call: &WebhookRequest,
    now: jiff::Timestamp,
) -> bool {
    matches!(wire.verify(call, now), Verification::Verified(_))
}

pub(crate) fn call(headers: &[(&'static str, &str)], body: impl Into<Bytes>) -> WebhookRequest {
    let mut map = http::HeaderMap::new();
    for (name, value) in headers {
        map.append(*name, value.parse().unwrap());
    }
    WebhookRequest::new(http::Method::POST, "https://example.org/hook", map, body)
}

pub(crate) fn now() -> jiff::Timestamp {
    jiff::Timestamp::from_second(1_781_000_000).unwrap()
}
