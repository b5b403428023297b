//! What a sender is configured with, and what is checked before it is used.

use crate::wire::phone::is_sender;
use msg_core::Error;
use msg_core::id::AccountId;
use secrecy::SecretString;
use serde::Deserialize;

/// Plivo's API (<https://www.plivo.com/docs/messaging/api/overview>).
pub const CLOUD: &str = "https://api.plivo.com";

/// What a sender speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum PlivoChannel {
    /// SMS.
    #[default]
    Sms,
    /// MMS, in the US and Canada.
    Mms,
}

/// A way in which Plivo signs its calls, the strongest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum PlivoSignature {
    /// `X-Plivo-Signature-V3`: HMAC-SHA256 over the URL, every field and a nonce.
    V3,
    /// `X-Plivo-Signature`: HMAC-SHA1 over the URL and every field.
    V1,
    /// `X-Plivo-Signature-V2`: HMAC-SHA256 over the URL and a nonce. It does not cover the fields, so whoever saw one such
    /// call can make others.
    V2,
}

/// One sender. It reads from a file or the environment; it cannot be written, and `Debug` hides its secrets.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct PlivoConfig {
    /// The account, `MA…`, or a subaccount, `SA…`.
    pub auth_id: String,
    /// The account's auth token.
    pub auth_token: SecretString,
    /// What the sender speaks.
    #[serde(default)]
    pub channel: PlivoChannel,
    /// The sender: a phone number, a short code or a name. Missing where a Powerpack chooses it.
    #[serde(default)]
    pub from: Option<String>,
    /// The Powerpack that chooses the sender; not beside a sender.
    #[serde(default)]
    pub powerpack_uuid: Option<String>,
    /// Where Plivo reports how far a message got: a URL of the host. The part's id is added to its query, so that a report
    /// that comes before the answer finds its part.
    #[serde(default)]
    pub status_callback: Option<String>,
    /// How long a message may wait, in seconds, 5 to 10,800.
    #[serde(default)]
    pub expiry_seconds: Option<u32>,
    /// Whether Plivo keeps the text and the number in its log.
    #[serde(default)]
    pub log: Option<bool>,
    /// The auth tokens that webhooks may be signed with. Several, so that one can be replaced without losing a call; with
    /// none every webhook is refused.
    #[serde(default)]
    pub webhook_tokens: Vec<SecretString>,
    /// The signatures that are believed. The strongest that a call has decides.
    #[serde(default = "all_signatures")]
    pub signatures: Vec<PlivoSignature>,
    /// Scheme, host and path prefix that Plivo calls, where a proxy changes them.
    #[serde(default)]
    pub public_url: Option<String>,
    /// The API. Plivo's own unless set; https, or http to this machine.
    #[serde(default = "cloud")]
    pub base_url: String,
    /// The host's name for the sender, put into every event.
    #[serde(default)]
    pub account: Option<AccountId>,
}

impl PlivoConfig {
    /// An SMS sender that takes no webhooks yet.
    pub fn new(
        auth_id: impl Into<String>,
        auth_token: impl Into<SecretString>,
        from: impl Into<String>,
    ) -> Self {
        Self {
            auth_id: auth_id.into(),
            auth_token: auth_token.into(),
            channel: PlivoChannel::Sms,
            from: Some(from.into()),
            powerpack_uuid: None,
            status_callback: None,
            expiry_seconds: None,
            log: None,
            webhook_tokens: Vec::new(),
            signatures: all_signatures(),
            public_url: None,
            base_url: cloud(),
            account: None,
        }
    }

    /// Sets what the sender speaks.
    #[must_use]
    pub const fn with_channel(mut self, channel: PlivoChannel) -> Self {
        self.channel = channel;
        self
    }

    /// Sets where Plivo reports how far a message got.
    #[must_use]
    pub fn with_status_callback(mut self, url: impl Into<String>) -> Self {
        self.status_callback = Some(url.into());
        self
    }

    /// Adds an auth token that webhooks may be signed with.
    #[must_use]
    pub fn with_webhook_token(mut self, token: impl Into<SecretString>) -> Self {
        self.webhook_tokens.push(token.into());
        self
    }

    /// Sets the signatures that are believed.
    #[must_use]
    pub fn with_signatures(mut self, signatures: impl Into<Vec<PlivoSignature>>) -> Self {
        self.signatures = signatures.into();
        self
    }

    /// Sets what Plivo calls where a proxy changes it.
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

    /// Refuses what Plivo would refuse for every message.
    pub(super) fn check(&self) -> Result<(), Error> {
        let refuse = |problem| Err(Error::invalid(problem));
        let id = self.auth_id.as_bytes();
        let known = self.auth_id.starts_with("MA") || self.auth_id.starts_with("SA");
        if !known || id.len() > 64 || !id.iter().all(u8::is_ascii_alphanumeric) {
            return refuse("an auth id is `MA` or `SA` and letters and digits");
        }
        match (&self.from, &self.powerpack_uuid) {
            (Some(from), None) if !is_sender(from) => {
                return refuse("the sender is no number, short code or name");
            }
            (Some(_), None) | (None, Some(_)) => {}
            _ => return refuse("want a sender or a powerpack, and not both"),
        }
        // Plivo SDKs' `message_expiry`; the range is that of the documents of the Message API.
        if self
            .expiry_seconds
            .is_some_and(|it| !(5..=10_800).contains(&it))
        {
            return refuse("an expiry is 5 to 10800 seconds");
        }
        match &self.status_callback {
            Some(url) if !is_callback(url) => {
                refuse("the status callback is an http or https url without a fragment")
            }
            _ => Ok(()),
        }
    }
}

fn is_callback(url: &str) -> bool {
    let uri: Option<http::Uri> = url.parse().ok();
    let scheme = uri.as_ref().and_then(http::Uri::scheme_str);
    matches!(scheme, Some("http" | "https")) && !url.contains('#')
}

fn all_signatures() -> Vec<PlivoSignature> {
    vec![PlivoSignature::V3, PlivoSignature::V1, PlivoSignature::V2]
}

fn cloud() -> String {
    CLOUD.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> PlivoConfig {
        PlivoConfig::new("MA000000000000000001", "s3cret-token", "+15550100")
    }

    #[test]
    fn secrets_are_never_printed() {
        let text = format!("{:?}", config().with_webhook_token("h00k-token"));
        assert!(!text.contains("s3cret") && !text.contains("h00k"), "{text}");
    }

    #[test]
    fn a_config_reads_from_json_and_names_a_misspelt_field() {
        let json = r#"{"auth_id":"MA1","auth_token":"x","from":"Shop","channel":"mms","signatures":["v3"]}"#;
        let config: PlivoConfig = serde_json::from_str(json).unwrap();
        assert_eq!(
            (config.channel, &*config.signatures),
            (PlivoChannel::Mms, &[PlivoSignature::V3][..])
        );
        assert!(config.check().is_ok() && config.base_url == CLOUD);
        let error = serde_json::from_str::<PlivoConfig>(r#"{"auth_id":"x","token":"y"}"#);
        assert!(error.unwrap_err().to_string().contains("`token`"));
    }

    #[test]
    fn what_plivo_would_refuse_is_refused() {
        assert!(config().check().is_ok());
        let changes: [fn(&mut PlivoConfig); 6] = [
            |it| it.auth_id = "../x".into(),
            |it| it.from = None,
            |it| it.powerpack_uuid = Some("86bbb125-97bb-4d72-89fd-81d5c515b015".into()),
            |it| it.from = Some("a@b".into()),
            |it| it.expiry_seconds = Some(10_801),
            |it| it.status_callback = Some("example.org".into()),
        ];
        for (at, change) in changes.into_iter().enumerate() {
            let mut bad = config();
            change(&mut bad);
            assert!(bad.check().is_err(), "change {at}");
        }
    }
}
