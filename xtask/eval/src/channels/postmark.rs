//! Postmark: <https://postmarkapp.com/developer>.

use super::mail::{more, sender, subject};
use super::{Backend, Made, Subject, Wire};
use crate::webhooks::Call;
use msg_channels::postmark::{Postmark, PostmarkConfig};
use msg_core::channel::WebhookWire;

pub(super) const BACKEND: Backend = Backend {
    providers: &["postmark"],
    wires: &[Wire {
        // The search is in Postmark's documents and not in the specification, which was made of its library's models.
        unspecified: &["/messages/outbound"],
        more,
        ..Wire::new("postmark", &["postmark/sending.derived.json"], wire)
    }],
    webhook: Some(webhook),
};

fn config() -> PostmarkConfig {
    PostmarkConfig::new("mock", sender())
}

fn wire(base: &str) -> Made<Subject> {
    subject(Postmark::new(config().with_base_url(base)))
}

fn webhook(call: &Call<'_>) -> Made<Box<dyn WebhookWire>> {
    let mut config = config();
    config.webhook_passwords = call.basic_auth();
    let wire = Postmark::new(config).map_err(|error| error.to_string())?;
    Ok(Box::new(wire))
}
