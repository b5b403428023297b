//! Amazon SNS: <https://docs.aws.amazon.com/sns/latest/api/API_Publish.html>.

use super::amazon::{aws, clock, topic};
use super::{Backend, Made, Subject, Wire};
use crate::webhooks::Call;
use msg_channels::sns::{Sns, SnsConfig};
use msg_core::channel::WebhookWire;
use msg_core::message::{Address, ChannelKind};

pub(super) const BACKEND: Backend = Backend {
    providers: &["sns", "aws-sns", "amazon-sns", "aws-eum", "aws"],
    wires: &[Wire::new(
        "sns",
        &["aws/sns_2010-03-31.service-2.json"],
        subject,
    )],
    webhook: Some(webhook),
};

fn config() -> SnsConfig {
    let mut config = SnsConfig::new(aws())
        .with_sender_id("Shop")
        .with_origination_number("+12065550152");
    config.max_price = Some("0.50".to_owned());
    config
}

fn subject(base: &str) -> Made<Subject> {
    let wire = Sns::new(config().with_base_url(base), clock());
    let wire = wire.map_err(|error| error.to_string())?;
    let to = Address::phone(ChannelKind::Sms, "+14155550132");
    Ok(Subject::new(wire, to.map_err(|error| error.to_string())?))
}

fn webhook(call: &Call<'_>) -> Made<Box<dyn WebhookWire>> {
    let (topic, certificates) = topic(call);
    let config = config().with_webhooks(topic);
    let wire = Sns::with_certificates(config, clock(), certificates);
    Ok(Box::new(wire.map_err(|error| error.to_string())?))
}
