//! What an account is configured with.

use crate::mail::sender::SenderConfig;
use msg_core::id::AccountId;
use secrecy::SecretString;
use serde::Deserialize;

/// The API of Brevo (<https://developers.brevo.com/docs/how-it-works>).
pub const CLOUD: &str = "https://api.brevo.com";

/// One account. It reads from a file or the environment; it cannot be written, and `Debug` hides its secrets.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct BrevoConfig {
    /// The API key: it begins with `xkeysib-`.
    pub api_key: SecretString,
    /// Who mail comes from.
    pub sender: SenderConfig,
    /// The API. The provider's own unless set; https, or http to this machine.
    #[serde(default = "cloud")]
    pub base_url: String,
    /// What stands before the host in the webhook's URL, as `user:password`. Several, so that one can be replaced.
    #[serde(default)]
    pub webhook_passwords: Vec<SecretString>,
    /// The tokens that a webhook may carry as `Authorization: Bearer`. With neither passwords nor tokens every webhook is
    /// refused: Brevo signs nothing.
    #[serde(default)]
    pub webhook_tokens: Vec<SecretString>,
    /// The host's name for the account, put into every event.
    #[serde(default)]
    pub account: Option<AccountId>,
}

impl BrevoConfig {
    /// An account that takes no webhooks yet.
    pub fn new(api_key: impl Into<SecretString>, sender: SenderConfig) -> Self {
        Self {
            api_key: api_key.into(),
            sender,
            base_url: cloud(),
            webhook_passwords: Vec::new(),
            webhook_tokens: Vec::new(),
            account: None,
        }
    }

    /// Sets the API.
    #[must_use]
    pub fn with_base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = url.into();
        self
    }

    /// Adds a `user:password` of the webhook's URL.
    #[must_use]
    pub fn with_webhook_password(mut self, secret: impl Into<SecretString>) -> Self {
        self.webhook_passwords.push(secret.into());
        self
    }

    /// Adds a token that webhooks may carry.
    #[must_use]
    pub fn with_webhook_token(mut self, secret: impl Into<SecretString>) -> Self {
        self.webhook_tokens.push(secret.into());
        self
    }

    /// Sets the host's name for the account.
    #[must_use]
    pub fn with_account(mut self, account: AccountId) -> Self {
        self.account = Some(account);
        self
    }
}

fn cloud() -> String {
    CLOUD.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_config_reads_from_json_and_hides_its_secrets() {
        let json = r#"{"api_key":"hidden","sender":{"from":"hidden@example.org"},"webhook_passwords":["hidden"]}"#;
        let config: BrevoConfig = serde_json::from_str(json).unwrap();
        assert_eq!(config.base_url, CLOUD);
        assert!(!format!("{config:?}").contains("hidden"));
        let error = serde_json::from_str::<BrevoConfig>(
            &json
                .replace("account", "acount")
                .replace("\"sender\"", "\"sendr\""),
        );
        assert!(error.unwrap_err().to_string().contains("`sendr`"));
    }
}
