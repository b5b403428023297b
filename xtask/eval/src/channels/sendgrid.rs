//! SendGrid: <https://www.twilio.com/docs/sendgrid>.

use super::mail::{more, sender, subject};
use super::{Backend, Made, Subject, Wire};
use crate::webhooks::Call;
use msg_channels::sendgrid::{SendGrid, SendGridConfig};
use msg_core::channel::WebhookWire;
use secrecy::ExposeSecret as _;

pub(super) const BACKEND: Backend = Backend {
    providers: &["sendgrid"],
    wires: &[Wire {
        more,
        ..Wire::new("sendgrid", &["sendgrid/tsg_mail_v3.json"], wire)
    }],
    webhook: Some(webhook),
};

fn config() -> SendGridConfig {
    SendGridConfig::new("SG.mock", sender())
}

fn wire(base: &str) -> Made<Subject> {
    subject(SendGrid::new(config().with_base_url(base)))
}

fn webhook(call: &Call<'_>) -> Made<Box<dyn WebhookWire>> {
    let mut config = config();
    let keys = call.public_keys();
    config.webhook_keys = keys
        .iter()
        .map(|key| key.expose_secret().to_owned())
        .collect();
    config.webhook_passwords = call.basic_auth();
    let wire = SendGrid::new(config).map_err(|error| error.to_string())?;
    Ok(Box::new(wire))
}
