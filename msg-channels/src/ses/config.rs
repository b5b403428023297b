//! What an account is configured with.

use crate::amazon::{AwsConfig, TopicConfig};
use crate::mail::sender::SenderConfig;
use msg_core::Error;
use msg_core::id::AccountId;
use serde::Deserialize;
use std::collections::BTreeMap;

/// One account in one region. It reads from a file or the environment; it cannot be written, and `Debug` hides its secrets.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct SesConfig {
    /// The account that signs, and its region.
    pub aws: AwsConfig,
    /// Who mail comes from.
    pub sender: SenderConfig,
    /// The ARN of the identity, where another account lets this one send for it.
    #[serde(default)]
    pub identity_arn: Option<String>,
    /// The configuration set; it says which events are published. Without one, mail repeats no part's id.
    #[serde(default)]
    pub configuration_set: Option<String>,
    /// Where bounces and complaints go as mail, if not to the sender.
    #[serde(default)]
    pub feedback_to: Option<String>,
    /// Tags of every mail beside the part's id: letters, digits, `-` and `_`.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
    /// The tenant of the account.
    #[serde(default)]
    pub tenant: Option<String>,
    /// The topics that events come from.
    #[serde(default)]
    pub webhooks: TopicConfig,
    /// The API. The region's own unless set; https, or http to this machine.
    #[serde(default)]
    pub base_url: Option<String>,
    /// The host's name for the account, put into every event.
    #[serde(default)]
    pub account: Option<AccountId>,
}

impl SesConfig {
    /// An account that takes no webhooks yet.
    #[must_use]
    pub fn new(aws: AwsConfig, sender: SenderConfig) -> Self {
        Self {
            aws,
            sender,
            identity_arn: None,
            configuration_set: None,
            feedback_to: None,
            tags: BTreeMap::new(),
            tenant: None,
            webhooks: TopicConfig::default(),
            base_url: None,
            account: None,
        }
    }

    /// Sets the configuration set.
    #[must_use]
    pub fn with_configuration_set(mut self, name: impl Into<String>) -> Self {
        self.configuration_set = Some(name.into());
        self
    }

    /// Adds a tag of every mail.
    #[must_use]
    pub fn with_tag(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.tags.insert(name.into(), value.into());
        self
    }

    /// Adds the ARN of a topic that events come from.
    #[must_use]
    pub fn with_topic(mut self, arn: impl Into<String>) -> Self {
        self.webhooks = self.webhooks.with_topic(arn);
        self
    }

    /// Sets how topics prove themselves.
    #[must_use]
    pub fn with_webhooks(mut self, webhooks: TopicConfig) -> Self {
        self.webhooks = webhooks;
        self
    }

    /// Sets the API.
    #[must_use]
    pub fn with_base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = Some(url.into());
        self
    }

    /// Sets the host's name for the account.
    #[must_use]
    pub fn with_account(mut self, account: AccountId) -> Self {
        self.account = Some(account);
        self
    }

    /// Refuses what Amazon would refuse for every mail: a tag has at most 256 letters, digits, `-` and `_`
    /// (<https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_MessageTag.html>).
    pub(super) fn check(&self) -> Result<(), Error> {
        let word = |text: &String| {
            let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
            (1..=256).contains(&text.len()) && text.bytes().all(fits)
        };
        if self
            .tags
            .iter()
            .all(|(name, value)| word(name) && word(value))
        {
            Ok(())
        } else {
            let problem = "a tag has letters, digits, `-` and `_`, 256 at most";
            Err(Error::invalid(problem).with_context("key", "tags"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_config_reads_from_json_and_hides_its_secrets() {
        let json = r#"{"aws":{"region":"r","access_key_id":"hidden","secret_access_key":"hidden"},"sender":{"from":"hidden@example.org"},"webhooks":{"topics":["arn:aws:sns:r:1:t"],"passwords":["hidden"]}}"#;
        let config: SesConfig = serde_json::from_str(json).unwrap();
        assert!(config.webhooks.signed && config.check().is_ok());
        assert!(!format!("{config:?}").contains("hidden"));
        let error = serde_json::from_str::<SesConfig>(&json.replace("webhooks", "hooks"));
        assert!(error.unwrap_err().to_string().contains("`hooks`"));
        for (name, value) in [("a b", "c"), ("a", ""), ("a", "jo@example.org")] {
            assert!(config.clone().with_tag(name, value).check().is_err());
        }
    }
}
