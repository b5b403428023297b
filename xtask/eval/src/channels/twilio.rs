//! Twilio: <https://www.twilio.com/docs/messaging/api/message-resource>. One wire a channel.

use super::{Backend, Made, Subject, Wire};
use crate::webhooks::Call;
use msg_channels::twilio::{Twilio, TwilioChannel, TwilioConfig};
use msg_core::channel::{ChannelWire as _, WebhookWire};
use msg_core::message::Address;

const SPECS: &[&str] = &[
    "twilio/twilio_api_v2010.trim.json",
    "twilio/twilio_messaging_v2.json",
];

pub(super) const BACKEND: Backend = Backend {
    providers: &["twilio"],
    wires: &[
        Wire::new("twilio, sms", SPECS, |base| {
            subject(base, TwilioChannel::Sms)
        }),
        Wire::new("twilio, mms", SPECS, |base| {
            subject(base, TwilioChannel::Mms)
        }),
        Wire::new("twilio, whatsapp", SPECS, |base| {
            subject(base, TwilioChannel::WhatsApp)
        }),
        Wire::new("twilio, rcs", SPECS, |base| {
            subject(base, TwilioChannel::Rcs)
        }),
    ],
    webhook: Some(webhook),
};

fn config() -> TwilioConfig {
    TwilioConfig::new(
        "AC00000000000000000000000000000001",
        "example-token",
        "+15550100",
    )
}

fn subject(base: &str, channel: TwilioChannel) -> Made<Subject> {
    let mut config = config()
        .with_channel(channel)
        .with_base_url(base)
        .with_messaging_service("MG00000000000000000000000000000001")
        .with_status_callback("https://example.org/twilio/status")
        .with_template("order_shipped", "HX00000000000000000000000000000001");
    config.validity_seconds = Some(600);
    config.smart_encoding = Some(true);
    if channel == TwilioChannel::Rcs {
        config.from = Some("brand_xyz_agent".to_owned());
    }
    let wire = Twilio::new(config).map_err(|error| error.to_string())?;
    let to = Address::phone(wire.channel().clone(), "+14155550132");
    let to = to.map_err(|error| error.to_string())?;
    let mut subject = Subject::new(wire, to);
    subject.target = "SM00000000000000000000000000000007";
    Ok(subject)
}

fn webhook(call: &Call<'_>) -> Made<Box<dyn WebhookWire>> {
    let mut config = config();
    config.webhook_tokens = call.secrets();
    let wire = Twilio::new(config).map_err(|error| error.to_string())?;
    Ok(Box::new(wire))
}
