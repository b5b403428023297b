//! A webhook is parsed only after it was verified.

use msg_core::channel::{WebhookRequest, WebhookWire};

fn parse(wire: &dyn WebhookWire, call: &WebhookRequest) {
    let _ = wire.parse(call);
}

fn main() {}
