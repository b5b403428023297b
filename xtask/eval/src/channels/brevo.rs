//! Brevo: <https://developers.brevo.com>.

use super::mail::{more, sender, subject};
use super::{Backend, Made, Subject, Wire};
use crate::webhooks::Call;
use msg_channels::brevo::{Brevo, BrevoConfig};
use msg_core::channel::WebhookWire;

pub(super) const BACKEND: Backend = Backend {
    providers: &["brevo"],
    wires: &[Wire {
        // Files of mail that came in are in Brevo's documents and not in the specification.
        unspecified: &["/inbound/attachments"],
        more,
        ..Wire::new("brevo", &["brevo/transactional.derived.json"], wire)
    }],
    webhook: Some(webhook),
};

fn config() -> BrevoConfig {
    BrevoConfig::new("mock", sender())
}

fn wire(base: &str) -> Made<Subject> {
    subject(Brevo::new(config().with_base_url(base)))
}

fn webhook(call: &Call<'_>) -> Made<Box<dyn WebhookWire>> {
    let mut config = config();
    config.webhook_passwords = call.basic_auth();
    config.webhook_tokens = call.secrets();
    let wire = Brevo::new(config).map_err(|error| error.to_string())?;
    Ok(Box::new(wire))
}
