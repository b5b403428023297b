//! What a bot is configured with, and what is checked before it is used.

use crate::wire::endpoint::Endpoint;
use msg_core::Error;
use msg_core::id::AccountId;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;

/// The Bot API server that Telegram runs (<https://core.telegram.org/bots/api#making-requests>).
pub const CLOUD: &str = "https://api.telegram.org";

/// The longest webhook secret, in characters (Bot API 10.1, `setWebhook.secret_token`).
pub const MAX_SECRET: usize = 256;

/// One bot. It reads from a file or the environment; it cannot be written, and `Debug` hides its secrets.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct TelegramConfig {
    /// The bot's token, as `@BotFather` gave it: `digits:letters`.
    pub token: SecretString,
    /// The Bot API server. Telegram's own unless set; https, or http to this machine.
    #[serde(default = "cloud")]
    pub base_url: String,
    /// The secrets that a webhook may prove itself with, each 1 to 256 of `A-Z a-z 0-9 _ -`. Several, so that one can
    /// be replaced without losing a call; with none every webhook is refused.
    #[serde(default)]
    pub webhook_secrets: Vec<SecretString>,
    /// The host's name for the bot, put into every event.
    #[serde(default)]
    pub account: Option<AccountId>,
}

impl TelegramConfig {
    /// A bot on Telegram's own server that takes no webhooks yet.
    pub fn new(token: impl Into<SecretString>) -> Self {
        Self {
            token: token.into(),
            base_url: cloud(),
            webhook_secrets: Vec::new(),
            account: None,
        }
    }

    /// Sets the Bot API server.
    #[must_use]
    pub fn with_base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = url.into();
        self
    }

    /// Adds a secret that webhooks may prove themselves with.
    #[must_use]
    pub fn with_webhook_secret(mut self, secret: impl Into<SecretString>) -> Self {
        self.webhook_secrets.push(secret.into());
        self
    }

    /// Sets the host's name for the bot.
    #[must_use]
    pub fn with_account(mut self, account: AccountId) -> Self {
        self.account = Some(account);
        self
    }

    /// The bot's number, which is not secret: what stands before the colon of the token.
    pub(super) fn bot(&self) -> Result<i64, Error> {
        let malformed = || Error::invalid("a bot token is digits, a colon, and `A-Z a-z 0-9 _ -`");
        let token = self.token.expose_secret();
        let (bot, secret) = token.split_once(':').ok_or_else(malformed)?;
        if secret.is_empty() || !secret.bytes().all(is_word) {
            return Err(malformed());
        }
        if !bot.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(malformed());
        }
        bot.parse().map_err(|_| malformed())
    }

    /// Where the methods are: `<base>/bot<token>`. Carries the token: for the transport only.
    pub(super) fn api(&self) -> Result<Endpoint, Error> {
        self.below("bot")
    }

    /// Where the files of people are: `<base>/file/bot<token>`. Carries the token too.
    pub(super) fn files(&self) -> Result<Endpoint, Error> {
        self.below("file/bot")
    }

    fn below(&self, path: &str) -> Result<Endpoint, Error> {
        let (base, token) = (&self.base_url, self.token.expose_secret());
        Endpoint::new(&format!("{}/{path}{token}", base.trim_end_matches('/')))
    }

    /// Refuses secrets that Telegram would not take.
    pub(super) fn check_secrets(&self) -> Result<(), Error> {
        let fits = |secret: &SecretString| {
            let text = secret.expose_secret();
            (1..=MAX_SECRET).contains(&text.len()) && text.bytes().all(is_word)
        };
        if self.webhook_secrets.iter().all(fits) {
            Ok(())
        } else {
            Err(Error::invalid(
                "a webhook secret is 1 to 256 of `A-Z a-z 0-9 _ -`",
            ))
        }
    }
}

fn cloud() -> String {
    CLOUD.to_owned()
}

const fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "7000001:AAF-secret_part";

    #[test]
    fn the_token_is_never_printed() {
        let config = TelegramConfig::new(TOKEN).with_webhook_secret("hook-secret");
        let text = format!("{config:?}");
        assert!(
            !text.contains("AAF") && !text.contains("hook-secret"),
            "{text}"
        );
        let bad = TelegramConfig::new("nonsense/AAF");
        let error = bad.bot().unwrap_err();
        assert!(!format!("{error} {error:?}").contains("AAF"));
    }

    #[test]
    fn a_config_reads_from_json_and_names_a_misspelt_field() {
        let json = r#"{"token":"1:a","webhook_secrets":["s1","s2"],"account":"shop-bot"}"#;
        let config: TelegramConfig = serde_json::from_str(json).unwrap();
        assert_eq!(config.base_url, CLOUD);
        assert_eq!(config.webhook_secrets.len(), 2);
        let error =
            serde_json::from_str::<TelegramConfig>(r#"{"token":"1:a","webhook_secret":"x"}"#);
        assert!(error.unwrap_err().to_string().contains("`webhook_secret`"));
    }

    #[test]
    fn tokens_are_checked() {
        assert_eq!(TelegramConfig::new(TOKEN).bot().unwrap(), 7_000_001);
        for bad in [
            "",
            "7000001",
            ":a",
            "1:",
            "-1:a",
            "1:a/../b",
            "1:a b",
            "99999999999999999999:a",
        ] {
            assert!(TelegramConfig::new(bad).bot().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_token_goes_over_http_only_to_this_machine() {
        let config = |url: &str| TelegramConfig::new(TOKEN).with_base_url(url).api();
        let api = config("https://bots.example.org/api/").unwrap();
        assert_eq!(
            api.fixed("/getMe").unwrap().to_string(),
            format!("https://bots.example.org/api/bot{TOKEN}/getMe")
        );
        assert!(config("http://127.0.0.1:8081").is_ok());
        for bad in [
            "http://bots.example.org",
            "ftp://x",
            "api.telegram.org",
            "https://a:b@x",
            "https://x/?a=b",
            "",
        ] {
            assert!(config(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn webhook_secrets_are_what_telegram_takes() {
        let check = |secret: &str| {
            TelegramConfig::new(TOKEN)
                .with_webhook_secret(secret)
                .check_secrets()
        };
        assert!(check("A-z_9").is_ok() && check(&"x".repeat(256)).is_ok());
        for bad in ["", "a b", "ä", &"x".repeat(257)] {
            assert!(check(bad).is_err(), "{bad}");
        }
    }
}
