//! What a sender is configured with, and what is checked before it is used.

use crate::wire::phone::is_sender;
use msg_core::Error;
use msg_core::id::AccountId;
use secrecy::SecretString;
use serde::Deserialize;

/// MessageBird's REST API (<https://developers.messagebird.com/api/>).
pub const CLOUD: &str = "https://rest.messagebird.com";

/// One sender. It reads from a file or the environment; it cannot be written, and `Debug` hides its secrets.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct MessageBirdConfig {
    /// The access key.
    pub access_key: SecretString,
    /// The originator: a phone number or a name of at most 11 letters and digits.
    pub from: String,
    /// Where MessageBird reports how far a message got: a URL of the host. Without it the account's own is called.
    #[serde(default)]
    pub report_url: Option<String>,
    /// How long a message may wait, in seconds.
    #[serde(default)]
    pub validity_seconds: Option<u32>,
    /// The route, for who has been given one.
    #[serde(default)]
    pub gateway: Option<u32>,
    /// The signing keys of webhooks. Several, so that one can be replaced without losing a call; with none every webhook is
    /// refused. They are not access keys.
    #[serde(default)]
    pub signing_keys: Vec<SecretString>,
    /// Scheme, host and path prefix that MessageBird calls, where a proxy changes them.
    #[serde(default)]
    pub public_url: Option<String>,
    /// The API. MessageBird's own unless set; https, or http to this machine.
    #[serde(default = "cloud")]
    pub base_url: String,
    /// The host's name for the sender, put into every event.
    #[serde(default)]
    pub account: Option<AccountId>,
}

impl MessageBirdConfig {
    /// A sender that takes no webhooks yet.
    pub fn new(access_key: impl Into<SecretString>, from: impl Into<String>) -> Self {
        Self {
            access_key: access_key.into(),
            from: from.into(),
            report_url: None,
            validity_seconds: None,
            gateway: None,
            signing_keys: Vec::new(),
            public_url: None,
            base_url: cloud(),
            account: None,
        }
    }

    /// Sets where MessageBird reports how far a message got.
    #[must_use]
    pub fn with_report_url(mut self, url: impl Into<String>) -> Self {
        self.report_url = Some(url.into());
        self
    }

    /// Adds a signing key of webhooks.
    #[must_use]
    pub fn with_signing_key(mut self, key: impl Into<SecretString>) -> Self {
        self.signing_keys.push(key.into());
        self
    }

    /// Sets what MessageBird calls where a proxy changes it.
    #[must_use]
    pub fn with_public_url(mut self, url: impl Into<String>) -> Self {
        self.public_url = Some(url.into());
        self
    }

    /// Sets the API.
    #[must_use]
    pub fn with_base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = url.into();
        self
    }

    /// Sets the host's name for the sender.
    #[must_use]
    pub fn with_account(mut self, account: AccountId) -> Self {
        self.account = Some(account);
        self
    }

    /// Refuses what MessageBird would refuse for every message.
    pub(super) fn check(&self) -> Result<(), Error> {
        let refuse = |problem| Err(Error::invalid(problem));
        if !is_sender(&self.from) {
            return refuse("the originator is a number or at most 11 letters and digits");
        }
        if self.validity_seconds == Some(0) {
            return refuse("a validity is at least a second");
        }
        let scheme = |url: &String| {
            let uri: Option<http::Uri> = url.parse().ok();
            uri.and_then(|it| it.scheme().cloned())
        };
        match self.report_url.as_ref().map(scheme) {
            Some(None) => refuse("the report url is an http or https url"),
            _ => Ok(()),
        }
    }
}

fn cloud() -> String {
    CLOUD.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_never_printed() {
        let config = MessageBirdConfig::new("s3cret-key", "Shop").with_signing_key("h00k-key");
        let text = format!("{config:?}");
        assert!(!text.contains("s3cret") && !text.contains("h00k"), "{text}");
    }

    #[test]
    fn a_config_reads_from_json_and_names_a_misspelt_field() {
        let json = r#"{"access_key":"x","from":"Shop","signing_keys":["a","b"]}"#;
        let config: MessageBirdConfig = serde_json::from_str(json).unwrap();
        assert!(config.check().is_ok() && config.base_url == CLOUD);
        let json = r#"{"access_key":"x","from":"Shop","key":"y"}"#;
        let error = serde_json::from_str::<MessageBirdConfig>(json);
        assert!(error.unwrap_err().to_string().contains("`key`"));
    }

    #[test]
    fn what_messagebird_would_refuse_is_refused() {
        let config = |from: &str| MessageBirdConfig::new("x", from);
        assert!(config("+15550100").check().is_ok());
        assert!(config("twelve letters").check().is_err());
        assert!(config("Shop").with_report_url("no url").check().is_err());
        let mut no_time = config("Shop");
        no_time.validity_seconds = Some(0);
        assert!(no_time.check().is_err());
    }
}
