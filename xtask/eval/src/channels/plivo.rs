//! Plivo: <https://www.plivo.com/docs/messaging/api/messages>. It publishes no specification.

use super::{Backend, Made, Subject, Wire};
use crate::webhooks::Call;
use msg_channels::plivo::{Plivo, PlivoChannel, PlivoConfig};
use msg_core::channel::{ChannelWire as _, WebhookWire};
use msg_core::message::Address;

pub(super) const BACKEND: Backend = Backend {
    providers: &["plivo"],
    wires: &[
        Wire::new("plivo, sms", &[], |base| subject(base, PlivoChannel::Sms)),
        Wire::new("plivo, mms", &[], |base| subject(base, PlivoChannel::Mms)),
    ],
    webhook: Some(webhook),
};

fn config() -> PlivoConfig {
    PlivoConfig::new("MA000000000000000001", "example-token", "+15550100")
}

fn subject(base: &str, channel: PlivoChannel) -> Made<Subject> {
    let config = config().with_channel(channel).with_base_url(base);
    let wire = Plivo::new(config).map_err(|error| error.to_string())?;
    let to = Address::phone(wire.channel().clone(), "+14155550132");
    Ok(Subject::new(wire, to.map_err(|error| error.to_string())?))
}

fn webhook(call: &Call<'_>) -> Made<Box<dyn WebhookWire>> {
    let mut config = config();
    config.webhook_tokens = call.secrets();
    let wire = Plivo::new(config).map_err(|error| error.to_string())?;
    Ok(Box::new(wire))
}
