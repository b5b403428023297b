//! An adapter takes only what was cleared.

use msg_core::channel::{ChannelAdapter, SendOutcome};
use msg_core::message::Part;

async fn send(adapter: &dyn ChannelAdapter, part: &Part) -> SendOutcome {
    adapter.send(part).await
}

fn main() {}
