//! WhatsApp: <https://developers.facebook.com/documentation/business-messaging/whatsapp/>.

use super::{Backend, Made, Subject, Wire};
use crate::webhooks::Call;
use msg_channels::whatsapp::{Flow, PaymentLink, WhatsApp, WhatsAppConfig};
use msg_core::channel::WebhookWire;
use msg_core::id::ActionId;
use msg_core::message::{Address, ChannelKind, Part};

#[path = "../../../../msg-channels/src/whatsapp/golden.rs"]
mod golden;

pub(super) const BACKEND: Backend = Backend {
    providers: &["whatsapp"],
    wires: &[Wire {
        // Meta's documents have fields and kinds that its published specification leaves out.
        corrections: include_str!("whatsapp.corrections.json"),
        more,
        ..Wire::new(
            "whatsapp",
            &["whatsapp/business-messaging-api_v23.0.patched.json"],
            subject,
        )
    }],
    webhook: Some(webhook),
};

fn number(config: WhatsAppConfig) -> Made<WhatsApp> {
    WhatsApp::new(config).map_err(|error| error.to_string())
}

fn config() -> WhatsAppConfig {
    WhatsAppConfig::new(golden::TOKEN, golden::PHONE_NUMBER_ID)
}

/// A number for which everything is configured that may be.
fn subject(base: &str) -> Made<Subject> {
    let form = ActionId::new(golden::FORM).map_err(|error| error.to_string())?;
    let config = config()
        .with_base_url(base)
        .with_catalog("194836987003835")
        .with_flow(form, Flow::new("9").with_screen("FIRST"))
        .with_payment_link(PaymentLink::brazil());
    let to = Address::phone(ChannelKind::WhatsApp, golden::NUMBER);
    let to = to.map_err(|error| error.to_string())?;
    let mut subject = Subject::new(number(config)?, to);
    subject.target = "wamid.HBgLMTY1MDM4Nzk0MzkVAgASGBQzQTRBNjU5OUFFRTAzODEwMTQ0RgA=";
    subject.media = "4490709327384033";
    Ok(subject)
}

fn more() -> Made<Vec<(String, Part)>> {
    let parts = golden::parts().map_err(|error| error.to_string())?;
    let named = |(name, part): (&str, Part)| (name.to_owned(), part);
    Ok(parts.into_iter().map(named).collect())
}

fn webhook(call: &Call<'_>) -> Made<Box<dyn WebhookWire>> {
    let mut config = config();
    config.app_secrets = call.secrets();
    config.verify_tokens = call.secrets();
    Ok(Box::new(number(config)?))
}
