//! Vonage: <https://developer.vonage.com/en/api/messages>.

use super::{Backend, Made, Subject, Wire};
use crate::webhooks::Call;
use msg_channels::vonage::{Vonage, VonageChannel, VonageConfig};
use msg_core::channel::WebhookWire;
use msg_core::message::{Address, AddressScheme};

const SPECS: &[&str] = &["vonage/messages.v1.derived.json"];

pub(super) const BACKEND: Backend = Backend {
    providers: &["vonage"],
    wires: &[
        wire("vonage, sms", |base| subject(base, VonageChannel::Sms)),
        wire("vonage, mms", |base| subject(base, VonageChannel::Mms)),
        wire("vonage, rcs", |base| subject(base, VonageChannel::Rcs)),
        wire("vonage, whatsapp", |base| {
            subject(base, VonageChannel::WhatsApp)
        }),
        wire("vonage, messenger", |base| {
            subject(base, VonageChannel::Messenger)
        }),
        wire("vonage, viber", |base| {
            subject(base, VonageChannel::ViberService)
        }),
    ],
    webhook: Some(webhook),
};

/// The specification comes from the models of Vonage's SDK, which call `type` of a suggestion or of one of several media
/// `type_` and send it as `type` (`serialization_alias`).
const fn wire(name: &'static str, subject: fn(&str) -> Made<Subject>) -> Wire {
    Wire {
        gaps: &["type"],
        ..Wire::new(name, SPECS, subject)
    }
}

fn config() -> VonageConfig {
    VonageConfig::new("abcd1234", "example-secret", "15550100")
}

fn subject(base: &str, channel: VonageChannel) -> Made<Subject> {
    let config = config()
        .with_channel(channel)
        .with_base_url(base)
        .with_webhook_url("https://example.org/vonage");
    let wire = Vonage::new(config).map_err(|error| error.to_string())?;
    let to = match channel {
        VonageChannel::Messenger => Address::new(
            channel.kind(),
            AddressScheme::MessengerUser,
            "200000000000001",
        ),
        _ => Address::phone(channel.kind(), "+14155550132"),
    };
    let mut subject = Subject::new(wire, to.map_err(|error| error.to_string())?);
    subject.target = "aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab";
    Ok(subject)
}

fn webhook(call: &Call<'_>) -> Made<Box<dyn WebhookWire>> {
    let mut config = config();
    config.signature_secrets = call.secrets();
    let wire = Vonage::new(config).map_err(|error| error.to_string())?;
    Ok(Box::new(wire))
}
