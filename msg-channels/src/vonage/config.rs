//! What a sender is configured with, and what is checked before it is used.

use crate::wire::phone::is_sender;
use msg_core::Error;
use msg_core::id::AccountId;
use msg_core::message::ChannelKind;
use secrecy::SecretString;
use serde::Deserialize;
use std::ops::RangeInclusive;

/// Vonage's API (<https://developer.vonage.com/en/api/messages>).
pub const CLOUD: &str = "https://api.nexmo.com";

/// What a sender speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum VonageChannel {
    /// SMS.
    #[default]
    Sms,
    /// MMS, in the US.
    Mms,
    /// RCS.
    Rcs,
    /// WhatsApp.
    #[serde(rename = "whatsapp")]
    WhatsApp,
    /// Facebook Messenger.
    Messenger,
    /// Viber Business Messages.
    ViberService,
}

impl VonageChannel {
    pub(super) const ALL: [Self; 6] = [
        Self::Sms,
        Self::Mms,
        Self::Rcs,
        Self::WhatsApp,
        Self::Messenger,
        Self::ViberService,
    ];

    /// Vonage's word for it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Sms => "sms",
            Self::Mms => "mms",
            Self::Rcs => "rcs",
            Self::WhatsApp => "whatsapp",
            Self::Messenger => "messenger",
            Self::ViberService => "viber_service",
        }
    }

    /// The channel that people know.
    #[must_use]
    pub const fn kind(self) -> ChannelKind {
        match self {
            Self::Sms => ChannelKind::Sms,
            Self::Mms => ChannelKind::Mms,
            Self::Rcs => ChannelKind::Rcs,
            Self::WhatsApp => ChannelKind::WhatsApp,
            Self::Messenger => ChannelKind::Messenger,
            Self::ViberService => ChannelKind::ViberBusiness,
        }
    }

    /// How long a message may wait, in seconds (models of vonage-messages 1.8.1).
    const fn ttl(self) -> Option<RangeInclusive<u32>> {
        match self {
            Self::Sms => Some(20..=604_800),
            Self::Mms => Some(300..=259_200),
            Self::Rcs => Some(20..=259_200),
            Self::ViberService => Some(30..=259_200),
            Self::WhatsApp | Self::Messenger => None,
        }
    }
}

/// One sender. It reads from a file or the environment; it cannot be written, and `Debug` hides its secrets.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct VonageConfig {
    /// The account's key.
    pub api_key: String,
    /// The account's secret.
    pub api_secret: SecretString,
    /// The sender: a phone number, a name, an agent of RCS, a page's id, a service's id of Viber.
    pub from: String,
    /// What the sender speaks.
    #[serde(default)]
    pub channel: VonageChannel,
    /// How long a message may wait, in seconds; WhatsApp and Messenger have no such bound.
    #[serde(default)]
    pub ttl_seconds: Option<u32>,
    /// Where Vonage reports how far a message got, where it is not the account's or application's own URL.
    #[serde(default)]
    pub webhook_url: Option<String>,
    /// The signature secrets that webhooks may be signed with. Several, so that one can be replaced without losing a call;
    /// with none every webhook is refused.
    #[serde(default)]
    pub signature_secrets: Vec<SecretString>,
    /// The API. Vonage's own unless set; https, or http to this machine.
    #[serde(default = "cloud")]
    pub base_url: String,
    /// The host's name for the sender, put into every event.
    #[serde(default)]
    pub account: Option<AccountId>,
}

impl VonageConfig {
    /// An SMS sender that takes no webhooks yet.
    pub fn new(
        api_key: impl Into<String>,
        api_secret: impl Into<SecretString>,
        from: impl Into<String>,
    ) -> Self {
        Self {
            api_key: api_key.into(),
            api_secret: api_secret.into(),
            from: from.into(),
            channel: VonageChannel::Sms,
            ttl_seconds: None,
            webhook_url: None,
            signature_secrets: Vec::new(),
            base_url: cloud(),
            account: None,
        }
    }

    /// Sets what the sender speaks.
    #[must_use]
    pub const fn with_channel(mut self, channel: VonageChannel) -> Self {
        self.channel = channel;
        self
    }

    /// Sets how long a message may wait, in seconds.
    #[must_use]
    pub const fn with_ttl(mut self, seconds: u32) -> Self {
        self.ttl_seconds = Some(seconds);
        self
    }

    /// Sets where Vonage reports how far a message got.
    #[must_use]
    pub fn with_webhook_url(mut self, url: impl Into<String>) -> Self {
        self.webhook_url = Some(url.into());
        self
    }

    /// Adds a signature secret that webhooks may be signed with.
    #[must_use]
    pub fn with_signature_secret(mut self, secret: impl Into<SecretString>) -> Self {
        self.signature_secrets.push(secret.into());
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

    /// Refuses what Vonage would refuse for every message.
    pub(super) fn check(&self) -> Result<(), Error> {
        let refuse = |problem| Err(Error::invalid(problem));
        let from = self.from.as_str();
        let known = match self.channel {
            VonageChannel::Sms => is_sender(from),
            VonageChannel::Mms | VonageChannel::WhatsApp => is_number(from),
            // The model's pattern: `^[a-zA-Z0-9-_&]+$`.
            VonageChannel::Rcs => {
                let word = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'&');
                (1..=100).contains(&from.len()) && from.bytes().all(word)
            }
            VonageChannel::Messenger | VonageChannel::ViberService => {
                (1..=50).contains(&from.len()) && from.bytes().all(|b| b.is_ascii_graphic())
            }
        };
        if !known {
            return refuse("the sender is not one of this channel");
        }
        if let Some(seconds) = self.ttl_seconds {
            let range = self.channel.ttl();
            if !range.is_some_and(|range| range.contains(&seconds)) {
                return refuse("the channel has no such time to live");
            }
        }
        let uri: Option<http::Uri> = self.webhook_url.as_ref().and_then(|url| url.parse().ok());
        let scheme = uri.as_ref().and_then(http::Uri::scheme_str);
        if self.webhook_url.is_some() && !matches!(scheme, Some("http" | "https")) {
            return refuse("the webhook url is an http or https url");
        }
        Ok(())
    }
}

/// A phone number or a short code, with or without `+`.
fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('+').unwrap_or(text);
    is_sender(text) && digits.bytes().all(|b| b.is_ascii_digit())
}

fn cloud() -> String {
    CLOUD.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> VonageConfig {
        VonageConfig::new("abcd1234", "s3cret-api", "15550100")
    }

    #[test]
    fn secrets_are_never_printed() {
        let text = format!("{:?}", config().with_signature_secret("h00k-secret"));
        assert!(!text.contains("s3cret") && !text.contains("h00k"), "{text}");
    }

    #[test]
    fn a_config_reads_from_json_and_names_a_misspelt_field() {
        for channel in VonageChannel::ALL {
            let name = channel.name();
            let json = format!(
                r#"{{"api_key":"a","api_secret":"b","from":"15550100","channel":"{name}"}}"#
            );
            let config: VonageConfig = serde_json::from_str(&json).unwrap();
            assert_eq!(config.channel, channel);
            assert!(config.check().is_ok() && config.base_url == CLOUD);
        }
        let error = serde_json::from_str::<VonageConfig>(r#"{"api_key":"x","secret":"y"}"#);
        assert!(error.unwrap_err().to_string().contains("`secret`"));
    }

    #[test]
    fn what_vonage_would_refuse_is_refused() {
        assert!(config().check().is_ok());
        let changes: [fn(&mut VonageConfig); 6] = [
            |it| it.from = "a@b".into(),
            |it| (it.from, it.channel) = ("Shop".into(), VonageChannel::WhatsApp),
            |it| (it.from, it.channel) = ("My shop".into(), VonageChannel::Rcs),
            |it| it.ttl_seconds = Some(19),
            |it| (it.ttl_seconds, it.channel) = (Some(600), VonageChannel::WhatsApp),
            |it| it.webhook_url = Some("example.org".into()),
        ];
        for (at, change) in changes.into_iter().enumerate() {
            let mut bad = config();
            change(&mut bad);
            assert!(bad.check().is_err(), "change {at}");
        }
    }
}
