//! Resend: <https://resend.com/docs>.

use super::mail::{more, sender, subject};
use super::{Backend, Made, Subject, Wire};
use crate::webhooks::Call;
use msg_channels::resend::{Resend, ResendConfig};
use msg_core::channel::WebhookWire;

pub(super) const BACKEND: Backend = Backend {
    providers: &["resend"],
    wires: &[Wire {
        more,
        ..Wire::new("resend", &["resend/resend.json"], wire)
    }],
    webhook: Some(webhook),
};

fn config() -> ResendConfig {
    ResendConfig::new("re_mock", sender())
}

fn wire(base: &str) -> Made<Subject> {
    subject(Resend::new(config().with_base_url(base)))
}

fn webhook(call: &Call<'_>) -> Made<Box<dyn WebhookWire>> {
    let mut config = config();
    config.webhook_secrets = call.secrets();
    config.webhook_passwords = call.basic_auth();
    let wire = Resend::new(config).map_err(|error| error.to_string())?;
    Ok(Box::new(wire))
}
