//! Telegram: <https://core.telegram.org/bots/api>.

use super::{Backend, Made, Subject, Wire};
use crate::webhooks::Call;
use msg_channels::telegram::{Telegram, TelegramConfig};
use msg_core::channel::WebhookWire;
use msg_core::message::{Address, Part};

#[path = "../../../../msg-channels/src/telegram/golden.rs"]
mod golden;

pub(super) const BACKEND: Backend = Backend {
    providers: &["telegram"],
    wires: &[Wire {
        more,
        // Files are beside the methods.
        unspecified: &["/file/bot"],
        ..Wire::new("telegram", &["telegram/openapi.derived.json"], subject)
    }],
    webhook: Some(webhook),
};

fn subject(base: &str) -> Made<Subject> {
    let config = TelegramConfig::new(golden::TOKEN).with_base_url(base);
    let bot = Telegram::new(config).map_err(|error| error.to_string())?;
    Ok(Subject::new(bot, Address::telegram(golden::CHAT)))
}

fn more() -> Made<Vec<(String, Part)>> {
    let parts = golden::parts().map_err(|error| error.to_string())?;
    let named = |(name, part): (&str, Part)| (name.to_owned(), part);
    Ok(parts.into_iter().map(named).collect())
}

fn webhook(call: &Call<'_>) -> Made<Box<dyn WebhookWire>> {
    let mut config = TelegramConfig::new(golden::TOKEN);
    config.webhook_secrets = call.secrets();
    let bot = Telegram::new(config).map_err(|error| error.to_string())?;
    Ok(Box::new(bot))
}
