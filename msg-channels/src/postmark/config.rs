//! What an account is configured with.

use crate::mail::sender::SenderConfig;
use msg_core::id::AccountId;
use secrecy::SecretString;
use serde::Deserialize;

/// The API of Postmark (<https://postmarkapp.com/developer/api/overview>).
pub const CLOUD: &str = "https://api.postmarkapp.com";

/// One server of an account. It reads from a file or the environment; it cannot be written, and `Debug` hides its secrets.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct PostmarkConfig {
    /// The token of the server.
    pub server_token: SecretString,
    /// The message stream of mail that the person waits for; Postmark's `outbound` unless set.
    #[serde(default)]
    pub stream: Option<String>,
    /// The broadcast stream, which Postmark wants for marketing; the other one unless set.
    #[serde(default)]
    pub marketing_stream: Option<String>,
    /// Who mail comes from.
    pub sender: SenderConfig,
    /// The API. The provider's own unless set; https, or http to this machine.
    #[serde(default = "cloud")]
    pub base_url: String,
    /// What stands before the host in the webhook's URL, as `user:password`. Several, so that one can be replaced. With
    /// none every webhook is refused: Postmark signs nothing.
    #[serde(default)]
    pub webhook_passwords: Vec<SecretString>,
    /// The host's name for the account, put into every event.
    #[serde(default)]
    pub account: Option<AccountId>,
}

impl PostmarkConfig {
    /// An account that takes no webhooks yet.
    pub fn new(server_token: impl Into<SecretString>, sender: SenderConfig) -> Self {
        Self {
            server_token: server_token.into(),
            stream: None,
            marketing_stream: None,
            sender,
            base_url: cloud(),
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

    /// Sets the message streams: of what the person waits for, and of marketing.
    #[must_use]
    pub fn with_streams(mut self, stream: impl Into<String>, marketing: impl Into<String>) -> Self {
        (self.stream, self.marketing_stream) = (Some(stream.into()), Some(marketing.into()));
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
        let json = r#"{"server_token":"hidden","sender":{"from":"hidden@example.org"},"webhook_passwords":["hidden"]}"#;
        let config: PostmarkConfig = serde_json::from_str(json).unwrap();
        assert_eq!(config.base_url, CLOUD);
        assert!(!format!("{config:?}").contains("hidden"));
        let error = serde_json::from_str::<PostmarkConfig>(
            &json
                .replace("account", "acount")
                .replace("\"sender\"", "\"sendr\""),
        );
        assert!(error.unwrap_err().to_string().contains("`sendr`"));
    }
}
