//! MessageBird: <https://developers.messagebird.com/api/sms-messaging/>.

use super::{Backend, Made, Subject, Wire};
use crate::webhooks::Call;
use msg_channels::messagebird::{MessageBird, MessageBirdConfig};
use msg_core::channel::WebhookWire;
use msg_core::message::{Address, ChannelKind};

pub(super) const BACKEND: Backend = Backend {
    providers: &["messagebird"],
    wires: &[Wire::new(
        "messagebird",
        &["messagebird/sms.2022.json"],
        subject,
    )],
    webhook: Some(webhook),
};

fn config() -> MessageBirdConfig {
    MessageBirdConfig::new("example-key", "Shop")
}

fn subject(base: &str) -> Made<Subject> {
    let mut config = config()
        .with_base_url(base)
        .with_report_url("https://example.org/messagebird");
    config.validity_seconds = Some(600);
    let wire = MessageBird::new(config).map_err(|error| error.to_string())?;
    let to = Address::phone(ChannelKind::Sms, "+14155550132");
    Ok(Subject::new(wire, to.map_err(|error| error.to_string())?))
}

fn webhook(call: &Call<'_>) -> Made<Box<dyn WebhookWire>> {
    let mut config = config();
    config.signing_keys = call.secrets();
    let wire = MessageBird::new(config).map_err(|error| error.to_string())?;
    Ok(Box::new(wire))
}
