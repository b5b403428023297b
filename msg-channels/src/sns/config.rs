//! What a sender is configured with.

use crate::amazon::{AwsConfig, TopicConfig};
use msg_core::Error;
use msg_core::id::AccountId;
use serde::Deserialize;

/// One sender in one region. It reads from a file or the environment; it cannot be written, and `Debug` hides its secrets.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct SnsConfig {
    /// The account that signs, and its region.
    pub aws: AwsConfig,
    /// The name that is shown as the sender, where the country allows one.
    #[serde(default)]
    pub sender_id: Option<String>,
    /// The number of the account that messages come from. Without it Amazon chooses.
    #[serde(default)]
    pub origination_number: Option<String>,
    /// What a message may cost at most, in US dollars, such as `0.50`.
    #[serde(default)]
    pub max_price: Option<String>,
    /// The entity that is registered in India.
    #[serde(default)]
    pub entity_id: Option<String>,
    /// The template that is registered in India.
    #[serde(default)]
    pub template_id: Option<String>,
    /// The topics that answers and reports come from.
    #[serde(default)]
    pub webhooks: TopicConfig,
    /// The API. The region's own unless set; https, or http to this machine.
    #[serde(default)]
    pub base_url: Option<String>,
    /// The host's name for the sender, put into every event.
    #[serde(default)]
    pub account: Option<AccountId>,
}

impl SnsConfig {
    /// An account that chooses the sender itself and takes no webhooks yet.
    #[must_use]
    pub fn new(aws: AwsConfig) -> Self {
        Self {
            aws,
            sender_id: None,
            origination_number: None,
            max_price: None,
            entity_id: None,
            template_id: None,
            webhooks: TopicConfig::default(),
            base_url: None,
            account: None,
        }
    }

    /// Sets the name that is shown as the sender.
    #[must_use]
    pub fn with_sender_id(mut self, name: impl Into<String>) -> Self {
        self.sender_id = Some(name.into());
        self
    }

    /// Sets the number that messages come from.
    #[must_use]
    pub fn with_origination_number(mut self, number: impl Into<String>) -> Self {
        self.origination_number = Some(number.into());
        self
    }

    /// Adds the ARN of a topic that answers and reports come from.
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

    /// Sets the host's name for the sender.
    #[must_use]
    pub fn with_account(mut self, account: AccountId) -> Self {
        self.account = Some(account);
        self
    }

    /// Refuses what Amazon would refuse for every message
    /// (<https://docs.aws.amazon.com/sns/latest/dg/sms_publish-to-phone.html>): a name of 1 to 11 letters and digits with at
    /// least one letter, a number of 5 to 14 digits, a price.
    pub(super) fn check(&self) -> Result<(), Error> {
        let is_name = |name: &str| {
            let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
            (1..=11).contains(&name.len())
                && name.bytes().all(fits)
                && name.bytes().any(|byte| byte.is_ascii_alphabetic())
        };
        let is_number = |number: &str| {
            let digits = number.strip_prefix('+').unwrap_or(number);
            (5..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
        };
        let is_price = |price: &str| {
            let fits = |byte: u8| byte.is_ascii_digit() || byte == b'.';
            price.bytes().all(fits) && price.parse::<f64>().is_ok_and(|price| price > 0.0)
        };
        let is_id = |id: &str| !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_graphic());
        let told = [
            ("sender_id", self.sender_id.as_deref().map(is_name)),
            (
                "origination_number",
                self.origination_number.as_deref().map(is_number),
            ),
            ("max_price", self.max_price.as_deref().map(is_price)),
            ("entity_id", self.entity_id.as_deref().map(is_id)),
            ("template_id", self.template_id.as_deref().map(is_id)),
        ];
        match told.iter().find(|(_, good)| *good == Some(false)) {
            Some((key, _)) => {
                Err(Error::invalid("is not what amazon takes").with_context("key", *key))
            }
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::config;
    use super::*;

    #[test]
    fn a_config_reads_from_json_and_hides_its_secrets() {
        let json = r#"{"aws":{"region":"r","access_key_id":"hidden","secret_access_key":"hidden"},"sender_id":"Shop"}"#;
        let config: SnsConfig = serde_json::from_str(json).unwrap();
        assert!(config.check().is_ok() && !format!("{config:?}").contains("hidden"));
        let error = serde_json::from_str::<SnsConfig>(&json.replace("sender_id", "sender"));
        assert!(error.unwrap_err().to_string().contains("`sender`"));
    }

    #[test]
    fn what_amazon_would_refuse_is_refused() {
        let changes: [fn(&mut SnsConfig); 7] = [
            |it| it.sender_id = Some("a shop".into()),
            |it| it.sender_id = Some("12345".into()),
            |it| it.sender_id = Some("abcdefghijkl".into()),
            |it| it.origination_number = Some("+1 555".into()),
            |it| it.max_price = Some("-1".into()),
            |it| it.max_price = Some("NaN".into()),
            |it| it.entity_id = Some(String::new()),
        ];
        for (at, change) in changes.into_iter().enumerate() {
            let mut bad = config();
            change(&mut bad);
            assert!(bad.check().is_err(), "change {at}");
        }
    }
}
