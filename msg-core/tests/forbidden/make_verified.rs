//! A verified call cannot be put together by hand.

use msg_core::Timestamp;
use msg_core::channel::{Verified, WebhookRequest};

fn verified(request: &WebhookRequest) -> Verified<'_> {
    Verified { request, received_at: Timestamp::UNIX_EPOCH }
}

fn main() {}
