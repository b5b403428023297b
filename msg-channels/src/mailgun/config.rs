//! What an account is configured with.

use crate::mail::sender::SenderConfig;
use msg_core::id::AccountId;
use secrecy::SecretString;
use serde::Deserialize;

/// The API of Mailgun; `https://api.eu.mailgun.net` is that of domains in Europe
/// (<https://documentation.mailgun.com/docs/mailgun/api-reference/api-overview>).
pub const CLOUD: &str = "https://api.mailgun.net";

/// One domain of an account. It reads from a file or the environment; it cannot be written, and `Debug` hides its secrets.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct MailgunConfig {
    /// The API key, or a sending key of the domain.
    pub api_key: SecretString,
    /// The domain that sends.
    pub domain: String,
    /// Who mail comes from.
    pub sender: SenderConfig,
    /// The API. The provider's own unless set; https, or http to this machine.
    #[serde(default = "cloud")]
    pub base_url: String,
    /// The keys that webhooks are signed with, which are not the API key. Several, so that one can be replaced; with none
    /// every webhook is refused.
    #[serde(default)]
    pub webhook_keys: Vec<SecretString>,
    /// The host's name for the account, put into every event.
    #[serde(default)]
    pub account: Option<AccountId>,
}

impl MailgunConfig {
    /// An account that takes no webhooks yet.
    pub fn new(
        api_key: impl Into<SecretString>,
        domain: impl Into<String>,
        sender: SenderConfig,
    ) -> Self {
        Self {
            api_key: api_key.into(),
            domain: domain.into(),
            sender,
            base_url: cloud(),
            webhook_keys: Vec::new(),
            account: None,
        }
    }

    /// Sets the API.
    #[must_use]
    pub fn with_base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = url.into();
        self
    }

    /// Adds a key that webhooks may be signed with.
    #[must_use]
    pub fn with_webhook_key(mut self, secret: impl Into<SecretString>) -> Self {
        self.webhook_keys.push(secret.into());
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
        let json = r#"{"api_key":"hidden","domain":"mg.example.org","sender":{"from":"hidden@example.org"},"webhook_keys":["hidden"]}"#;
        let config: MailgunConfig = serde_json::from_str(json).unwrap();
        assert_eq!(config.base_url, CLOUD);
        assert!(!format!("{config:?}").contains("hidden"));
        let error = serde_json::from_str::<MailgunConfig>(
            &json
                .replace("account", "acount")
                .replace("\"sender\"", "\"sendr\""),
        );
        assert!(error.unwrap_err().to_string().contains("`sendr`"));
    }
}
