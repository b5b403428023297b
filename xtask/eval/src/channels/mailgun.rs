//! Mailgun: <https://documentation.mailgun.com>.

use super::mail::{more, sender, subject};
use super::{Backend, Made, Subject, Wire};
use crate::webhooks::Call;
use msg_channels::mailgun::{Mailgun, MailgunConfig};
use msg_core::channel::WebhookWire;

pub(super) const BACKEND: Backend = Backend {
    providers: &["mailgun"],
    wires: &[Wire {
        more,
        ..Wire::new("mailgun", &["mailgun/openapi.trim.json"], wire)
    }],
    webhook: Some(webhook),
};

fn config() -> MailgunConfig {
    MailgunConfig::new("mock", "example.org", sender())
}

fn wire(base: &str) -> Made<Subject> {
    subject(Mailgun::new(config().with_base_url(base)))
}

fn webhook(call: &Call<'_>) -> Made<Box<dyn WebhookWire>> {
    let mut config = config();
    config.webhook_keys = call.secrets();
    let wire = Mailgun::new(config).map_err(|error| error.to_string())?;
    Ok(Box::new(wire))
}
