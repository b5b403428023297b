//! What an account is configured with.

use crate::mail::sender::SenderConfig;
use msg_core::id::AccountId;
use secrecy::SecretString;
use serde::Deserialize;

/// The API of Resend (<https://resend.com/docs/api-reference/introduction>).
pub const CLOUD: &str = "https://api.resend.com";

/// One account. It reads from a file or the environment; it cannot be written, and `Debug` hides its secrets.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ResendConfig {
    /// The API key: it begins with `re_`.
    pub api_key: SecretString,
    /// Who mail comes from.
    pub sender: SenderConfig,
    /// The API. The provider's own unless set; https, or http to this machine.
    #[serde(default = "cloud")]
    pub base_url: String,
    /// The secrets of the webhooks, each `whsec_` and base64. Several, so that one can be replaced; with neither secrets nor
    /// passwords every webhook is refused.
    #[serde(default)]
    pub webhook_secrets: Vec<SecretString>,
    /// What stands before the host in the webhook's URL, as `user:password`, for calls that a proxy took the signature from.
    #[serde(default)]
    pub webhook_passwords: Vec<SecretString>,
    /// The host's name for the account, put into every event.
    #[serde(default)]
    pub account: Option<AccountId>,
}

impl ResendConfig {
    /// An account that takes no webhooks yet.
    pub fn new(api_key: impl Into<SecretString>, sender: SenderConfig) -> Self {
        Self {
            api_key: api_key.into(),
            sender,
            base_url: cloud(),
            webhook_secrets: Vec::new(),
            webhook_passwords: Vec::new(),
            account: None,
        }
    }

    /// Sets the API.
    #[must_use]
    pub fn with_base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = url.into();
        self
    }

    /// Adds a secret that webhooks may be signed with.
    #[must_use]
    pub fn with_webhook_secret(mut self, secret: impl Into<SecretString>) -> Self {
        self.webhook_secrets.push(secret.into());
        self
    }

    /// Adds a `user:password` of the webhook's URL.
    #[must_use]
    pub fn with_webhook_password(mut self, secret: impl Into<SecretString>) -> Self {
        self.webhook_passwords.push(secret.into());
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
        let json = r#"{"api_key":"hidden","sender":{"from":"hidden@example.org"},"webhook_secrets":["hidden"]}"#;
        let config: ResendConfig = serde_json::from_str(json).unwrap();
        assert_eq!(config.base_url, CLOUD);
        assert!(!format!("{config:?}").contains("hidden"));
        let error = serde_json::from_str::<ResendConfig>(
            &json
                .replace("account", "acount")
                .replace("\"sender\"", "\"sendr\""),
        );
        assert!(error.unwrap_err().to_string().contains("`sendr`"));
    }
}
