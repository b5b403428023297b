//! What an account is configured with, and what is checked before it is used.

use crate::mail::sender::SenderConfig;
use crate::wire::proof::{PublicKey, PublicKeys};
use msg_core::Error;
use msg_core::id::AccountId;
use secrecy::SecretString;
use serde::Deserialize;

/// The API of SendGrid; `https://api.eu.sendgrid.com` is that of its European accounts
/// (<https://www.twilio.com/docs/sendgrid/api-reference/mail-send>).
pub const CLOUD: &str = "https://api.sendgrid.com";

/// One account. It reads from a file or the environment; it cannot be written, and `Debug` hides its secrets.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct SendGridConfig {
    /// The API key: it begins with `SG.`.
    pub api_key: SecretString,
    /// Who mail comes from.
    pub sender: SenderConfig,
    /// The API. SendGrid's own unless set; https, or http to this machine.
    #[serde(default = "cloud")]
    pub base_url: String,
    /// The public keys of the signed event webhook, as SendGrid shows them. Several, so that one can be replaced.
    #[serde(default)]
    pub webhook_keys: Vec<String>,
    /// What stands before the host in the webhook's URL, as `user:password`: for calls without a signature, such as those of
    /// an inbound parse without a security policy. With neither keys nor passwords every webhook is refused.
    #[serde(default)]
    pub webhook_passwords: Vec<SecretString>,
    /// The host's name for the account, put into every event.
    #[serde(default)]
    pub account: Option<AccountId>,
}

impl SendGridConfig {
    /// An account that takes no webhooks yet.
    pub fn new(api_key: impl Into<SecretString>, sender: SenderConfig) -> Self {
        Self {
            api_key: api_key.into(),
            sender,
            base_url: cloud(),
            webhook_keys: Vec::new(),
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

    /// Adds a public key that events may be signed with.
    #[must_use]
    pub fn with_webhook_key(mut self, key: impl Into<String>) -> Self {
        self.webhook_keys.push(key.into());
        self
    }

    /// Adds a `user:password` of the webhook's URL.
    #[must_use]
    pub fn with_webhook_password(mut self, pair: impl Into<SecretString>) -> Self {
        self.webhook_passwords.push(pair.into());
        self
    }

    /// Sets the host's name for the account.
    #[must_use]
    pub fn with_account(mut self, account: AccountId) -> Self {
        self.account = Some(account);
        self
    }

    /// The keys, read.
    pub(super) fn keys(&self) -> Result<PublicKeys, Error> {
        let key = |key: &String| {
            PublicKey::p256(key)
                .map_err(|_| Error::invalid("a webhook key is a P-256 public key in base64"))
        };
        let keys = self.webhook_keys.iter().map(key);
        keys.collect::<Result<_, _>>().map(PublicKeys)
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
        let json = r#"{"api_key":"SG.hidden","sender":{"from":"hidden@example.org"},"webhook_passwords":["u:hidden"]}"#;
        let config: SendGridConfig = serde_json::from_str(json).unwrap();
        assert_eq!(config.base_url, CLOUD);
        assert!(!format!("{config:?}").contains("hidden"));
        let error = serde_json::from_str::<SendGridConfig>(
            r#"{"api_key":"x","sender":{"from":"a@b.c"},"webhook_key":"x"}"#,
        );
        assert!(error.unwrap_err().to_string().contains("`webhook_key`"));
    }

    #[test]
    fn keys_are_checked() {
        let config = SendGridConfig::new("SG.x", SenderConfig::new("a@example.org"));
        let bad = config.clone().with_webhook_key("nonsense");
        assert!(!format!("{:?}", bad.keys().unwrap_err()).contains("nonsense"));
        assert_eq!(config.keys().unwrap().0.len(), 0);
    }
}
