//! Messenger: <https://developers.facebook.com/docs/messenger-platform>. Meta publishes no specification of it: requests are only made here, and
//! compared with the documents' examples in the tests of the folder.

use super::{Backend, Made, Subject, Wire};
use crate::webhooks::Call;
use msg_channels::messenger::{Messenger, MessengerConfig};
use msg_core::channel::WebhookWire;
use msg_core::message::Part;

#[path = "../../../../msg-channels/src/messenger/golden.rs"]
mod golden;

pub(super) const BACKEND: Backend = Backend {
    providers: &["messenger"],
    wires: &[Wire {
        more,
        ..Wire::new("messenger", &[], subject)
    }],
    webhook: Some(webhook),
};

fn subject(base: &str) -> Made<Subject> {
    let config = MessengerConfig::new(golden::TOKEN).with_page(golden::PAGE);
    let wire = Messenger::new(config.with_base_url(base)).map_err(|error| error.to_string())?;
    let to = golden::person().map_err(|error| error.to_string())?;
    Ok(Subject::new(wire, to))
}

fn more() -> Made<Vec<(String, Part)>> {
    let parts = golden::parts().map_err(|error| error.to_string())?;
    let named = |(name, part): (&str, Part)| (name.to_owned(), part);
    Ok(parts.into_iter().map(named).collect())
}

/// The verify token of a handshake is the secret of the case.
fn webhook(call: &Call<'_>) -> Made<Box<dyn WebhookWire>> {
    let mut config = MessengerConfig::new(golden::TOKEN);
    config.app_secrets = call.secrets();
    config.verify_tokens = call.secrets();
    let wire = Messenger::new(config).map_err(|error| error.to_string())?;
    Ok(Box::new(wire))
}
