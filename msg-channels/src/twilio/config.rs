//! What a sender is configured with, and what is checked before it is used.

use crate::wire::phone::is_sender;
use msg_core::Error;
use msg_core::id::AccountId;
use msg_core::message::ChannelKind;
use secrecy::SecretString;
use serde::Deserialize;
use std::collections::BTreeMap;

/// Twilio's API (<https://www.twilio.com/docs/usage/api>).
pub const CLOUD: &str = "https://api.twilio.com";

/// Twilio's messaging API, for signs of typing (<https://www.twilio.com/docs/whatsapp/api/typing-indicators-resource>).
pub const MESSAGING_CLOUD: &str = "https://messaging.twilio.com";

/// The longest that a message may wait in Twilio's queue, in seconds (error 90007; OpenAPI description of `ValidityPeriod`).
pub const MAX_VALIDITY: u32 = 36_000;

/// What a sender speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum TwilioChannel {
    /// SMS.
    #[default]
    Sms,
    /// MMS.
    Mms,
    /// WhatsApp.
    WhatsApp,
    /// RCS.
    Rcs,
}

impl TwilioChannel {
    /// What stands before an address of this channel (<https://www.twilio.com/docs/messaging/channels>).
    pub(super) const fn prefix(self) -> &'static str {
        match self {
            Self::Sms | Self::Mms => "",
            Self::WhatsApp => "whatsapp:",
            Self::Rcs => "rcs:",
        }
    }

    pub(super) const fn kind(self) -> ChannelKind {
        match self {
            Self::Sms => ChannelKind::Sms,
            Self::Mms => ChannelKind::Mms,
            Self::WhatsApp => ChannelKind::WhatsApp,
            Self::Rcs => ChannelKind::Rcs,
        }
    }
}

/// One sender. It reads from a file or the environment; it cannot be written, and `Debug` hides its secrets.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct TwilioConfig {
    /// The account: `AC` and 32 hexadecimal digits.
    pub account_sid: String,
    /// The API key (`SK…`) that `secret` belongs to; without it `secret` is the account's auth token.
    #[serde(default)]
    pub key_sid: Option<String>,
    /// The secret of the API key, or the account's auth token.
    pub secret: SecretString,
    /// What the sender speaks.
    #[serde(default)]
    pub channel: TwilioChannel,
    /// The sender: a phone number, a short code, a name; of RCS the agent's id. May be missing beside a Messaging Service.
    #[serde(default)]
    pub from: Option<String>,
    /// The Messaging Service that chooses the sender: `MG` and 32 hexadecimal digits.
    #[serde(default)]
    pub messaging_service_sid: Option<String>,
    /// Where Twilio reports how far a message got: a URL of the host. The part's id is added to its query, so that a report
    /// that comes before the answer finds its part.
    #[serde(default)]
    pub status_callback: Option<String>,
    /// How long a message may wait in Twilio's queue, in seconds, 1 to 36,000.
    #[serde(default)]
    pub validity_seconds: Option<u32>,
    /// Whether Twilio replaces characters that would make an SMS longer (`SmartEncoded`).
    #[serde(default)]
    pub smart_encoding: Option<bool>,
    /// The Content SID (`HX…`) of each template, by the host's own name of it. A template whose id is a Content SID needs none.
    #[serde(default)]
    pub templates: BTreeMap<String, String>,
    /// The auth tokens that webhooks may be signed with. Several, so that one can be replaced without losing a call; with
    /// none every webhook is refused. Twilio signs with the auth token, never with an API key.
    #[serde(default)]
    pub webhook_tokens: Vec<SecretString>,
    /// Scheme, host and path prefix that Twilio calls, where a proxy changes them.
    #[serde(default)]
    pub public_url: Option<String>,
    /// The API. Twilio's own unless set; https, or http to this machine.
    #[serde(default = "cloud")]
    pub base_url: String,
    /// The messaging API. Twilio's own unless set; https, or http to this machine.
    #[serde(default = "messaging_cloud")]
    pub messaging_url: String,
    /// The host's name for the sender, put into every event.
    #[serde(default)]
    pub account: Option<AccountId>,
}

impl TwilioConfig {
    /// An SMS sender that takes no webhooks yet.
    pub fn new(
        account_sid: impl Into<String>,
        auth_token: impl Into<SecretString>,
        from: impl Into<String>,
    ) -> Self {
        Self {
            account_sid: account_sid.into(),
            key_sid: None,
            secret: auth_token.into(),
            channel: TwilioChannel::Sms,
            from: Some(from.into()),
            messaging_service_sid: None,
            status_callback: None,
            validity_seconds: None,
            smart_encoding: None,
            templates: BTreeMap::new(),
            webhook_tokens: Vec::new(),
            public_url: None,
            base_url: cloud(),
            messaging_url: messaging_cloud(),
            account: None,
        }
    }

    /// Sets what the sender speaks.
    #[must_use]
    pub const fn with_channel(mut self, channel: TwilioChannel) -> Self {
        self.channel = channel;
        self
    }

    /// Sends through a Messaging Service.
    #[must_use]
    pub fn with_messaging_service(mut self, sid: impl Into<String>) -> Self {
        self.messaging_service_sid = Some(sid.into());
        self
    }

    /// Sets where Twilio reports how far a message got.
    #[must_use]
    pub fn with_status_callback(mut self, url: impl Into<String>) -> Self {
        self.status_callback = Some(url.into());
        self
    }

    /// Names the Content SID of a template.
    #[must_use]
    pub fn with_template(mut self, name: impl Into<String>, sid: impl Into<String>) -> Self {
        self.templates.insert(name.into(), sid.into());
        self
    }

    /// Adds an auth token that webhooks may be signed with.
    #[must_use]
    pub fn with_webhook_token(mut self, token: impl Into<SecretString>) -> Self {
        self.webhook_tokens.push(token.into());
        self
    }

    /// Sets what Twilio calls where a proxy changes it.
    #[must_use]
    pub fn with_public_url(mut self, url: impl Into<String>) -> Self {
        self.public_url = Some(url.into());
        self
    }

    /// Sets the API and the messaging API, for a test server that is both.
    #[must_use]
    pub fn with_base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = url.into();
        self.messaging_url.clone_from(&self.base_url);
        self
    }

    /// Sets the host's name for the sender.
    #[must_use]
    pub fn with_account(mut self, account: AccountId) -> Self {
        self.account = Some(account);
        self
    }

    /// Refuses what Twilio would refuse for every message.
    pub(super) fn check(&self) -> Result<(), Error> {
        let refuse = |problem| Err(Error::invalid(problem));
        if !is_sid("AC", &self.account_sid) {
            return refuse("an account sid is `AC` and 32 hexadecimal digits");
        }
        if self
            .key_sid
            .as_deref()
            .is_some_and(|sid| !is_sid("SK", sid))
        {
            return refuse("the sid of an api key is `SK` and 32 hexadecimal digits");
        }
        let service = self.messaging_service_sid.as_deref();
        if service.is_some_and(|sid| !is_sid("MG", sid)) {
            return refuse("the sid of a messaging service is `MG` and 32 hexadecimal digits");
        }
        match &self.from {
            None if service.is_none() => {
                return refuse("want a sender, a messaging service, or both");
            }
            Some(from) if !self.fits(from) => {
                return refuse("the sender is not one of its channel");
            }
            _ => {}
        }
        if self
            .validity_seconds
            .is_some_and(|it| !(1..=MAX_VALIDITY).contains(&it))
        {
            return refuse("a validity is 1 to 36000 seconds");
        }
        if !self.templates.values().all(|sid| is_sid("HX", sid)) {
            return refuse("the sid of a template is `HX` and 32 hexadecimal digits");
        }
        match &self.status_callback {
            Some(url) if !is_callback(url) => {
                refuse("the status callback is an http or https url without a fragment")
            }
            _ => Ok(()),
        }
    }

    fn fits(&self, from: &str) -> bool {
        match self.channel {
            TwilioChannel::Sms | TwilioChannel::Mms => is_sender(from),
            TwilioChannel::WhatsApp => from.starts_with('+') && is_sender(from),
            TwilioChannel::Rcs => {
                let word = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
                (1..=128).contains(&from.len()) && from.bytes().all(word)
            }
        }
    }
}

/// Two letters and 32 hexadecimal digits (<https://www.twilio.com/docs/glossary/what-is-a-sid>).
pub(super) fn is_sid(letters: &str, text: &str) -> bool {
    text.strip_prefix(letters)
        .is_some_and(|rest| rest.len() == 32 && rest.bytes().all(|b| b.is_ascii_hexdigit()))
}

fn is_callback(url: &str) -> bool {
    let uri: Option<http::Uri> = url.parse().ok();
    let scheme = uri.as_ref().and_then(http::Uri::scheme_str);
    matches!(scheme, Some("http" | "https")) && !url.contains('#')
}

fn cloud() -> String {
    CLOUD.to_owned()
}

fn messaging_cloud() -> String {
    MESSAGING_CLOUD.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACCOUNT: &str = "AC00000000000000000000000000000001";

    fn config() -> TwilioConfig {
        TwilioConfig::new(ACCOUNT, "s3cret-token", "+15550100")
    }

    #[test]
    fn secrets_are_never_printed() {
        let text = format!("{:?}", config().with_webhook_token("h00k-token"));
        assert!(!text.contains("s3cret") && !text.contains("h00k"), "{text}");
    }

    #[test]
    fn a_config_reads_from_json_and_names_a_misspelt_field() {
        let json = format!(
            r#"{{"account_sid":"{ACCOUNT}","secret":"x","channel":"whatsapp","from":"+15550100","webhook_tokens":["a","b"]}}"#
        );
        let config: TwilioConfig = serde_json::from_str(&json).unwrap();
        assert_eq!(config.channel, TwilioChannel::WhatsApp);
        assert_eq!(
            (config.base_url.as_str(), config.webhook_tokens.len()),
            (CLOUD, 2)
        );
        assert!(config.check().is_ok());
        let error = serde_json::from_str::<TwilioConfig>(r#"{"account_sid":"x","secrets":"y"}"#);
        assert!(error.unwrap_err().to_string().contains("`secrets`"));
    }

    #[test]
    fn what_twilio_would_refuse_is_refused() {
        assert!(config().check().is_ok());
        let service = "MG00000000000000000000000000000001";
        let mut serviced = config().with_messaging_service(service);
        serviced.from = None;
        assert!(serviced.check().is_ok());
        assert!(config().with_channel(TwilioChannel::Rcs).check().is_err());
        let mut agent = config().with_channel(TwilioChannel::Rcs);
        agent.from = Some("brand_xyz_agent".into());
        assert!(agent.check().is_ok());
        let changes: [fn(&mut TwilioConfig); 9] = [
            |it| it.account_sid = "AC1".into(),
            |it| it.key_sid = Some("AC00000000000000000000000000000001".into()),
            |it| it.from = None,
            |it| it.from = Some("twelve letters".into()),
            |it| it.messaging_service_sid = Some("MG".into()),
            |it| it.validity_seconds = Some(0),
            |it| it.validity_seconds = Some(36_001),
            |it| it.status_callback = Some("ftp://example.org/".into()),
            |it| {
                it.templates.insert("a".into(), "b".into());
            },
        ];
        for (at, change) in changes.into_iter().enumerate() {
            let mut bad = config();
            change(&mut bad);
            assert!(bad.check().is_err(), "change {at}");
        }
    }
}
