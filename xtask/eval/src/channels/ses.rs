//! Amazon SES: <https://docs.aws.amazon.com/ses/latest/APIReference-V2/>.

use super::amazon::{aws, clock, topic};
use super::mail::{more, sender, subject};
use super::{Backend, Made, Subject, Wire};
use crate::webhooks::Call;
use msg_channels::ses::{Ses, SesConfig};
use msg_core::channel::WebhookWire;

pub(super) const BACKEND: Backend = Backend {
    providers: &["ses", "amazon-ses", "amazon_ses", "aws-ses"],
    wires: &[Wire {
        more,
        ..Wire::new("ses", &["aws/sesv2_2019-09-27.service-2.json"], wire)
    }],
    webhook: Some(webhook),
};

fn config() -> SesConfig {
    SesConfig::new(aws(), sender())
        .with_configuration_set("events")
        .with_tag("team", "shop")
}

fn wire(base: &str) -> Made<Subject> {
    subject(Ses::new(config().with_base_url(base), clock()))
}

fn webhook(call: &Call<'_>) -> Made<Box<dyn WebhookWire>> {
    let (topic, certificates) = topic(call);
    let config = config().with_webhooks(topic);
    let wire = Ses::with_certificates(config, clock(), certificates);
    Ok(Box::new(wire.map_err(|error| error.to_string())?))
}
