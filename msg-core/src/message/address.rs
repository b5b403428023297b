//! Where a person can be reached: validated per scheme, printed redacted.

use crate::error::Error;
use crate::open::open_names;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::fmt;

open_names! {
    /// The medium that carries a message.
    ChannelKind {
        /// SMS.
        Sms = "sms",
        /// MMS.
        Mms = "mms",
        /// Email.
        Email = "email",
        /// RCS Business Messaging.
        Rcs = "rcs",
        /// WhatsApp.
        WhatsApp = "whatsapp",
        /// Facebook Messenger.
        Messenger = "messenger",
        /// Instagram direct messages.
        Instagram = "instagram",
        /// Telegram.
        Telegram = "telegram",
        /// Viber bots.
        Viber = "viber",
        /// Viber Business Messages.
        ViberBusiness = "viber-business",
        /// LINE.
        Line = "line",
        /// KakaoTalk Alimtalk: approved templates.
        KakaoAlimtalk = "kakao-alimtalk",
        /// KakaoTalk chat.
        KakaoChat = "kakao-chat",
        /// WeChat official accounts.
        WeChat = "wechat",
        /// Apple Messages for Business.
        AppleMessages = "apple-messages",
        /// Slack.
        Slack = "slack",
        /// Microsoft Teams.
        Teams = "teams",
        /// Discord.
        Discord = "discord",
        /// Push notifications of an app.
        Push = "push",
        /// Web push.
        WebPush = "web-push",
        /// A phone call.
        Voice = "voice",
        /// The host's own chat.
        InApp = "in-app",
    }
}

open_names! {
    /// What kind of name an address is.
    AddressScheme {
        /// A phone number: `+` and 8 to 15 digits (ITU-T E.164).
        E164 = "e164",
        /// An email address.
        Email = "email",
        /// WhatsApp business-scoped user id.
        WhatsAppUser = "whatsapp-user",
        /// Messenger page-scoped id.
        MessengerUser = "messenger-user",
        /// Instagram-scoped id.
        InstagramUser = "instagram-user",
        /// Telegram chat id, a signed 64-bit number.
        TelegramChat = "telegram-chat",
        /// Viber user id, scoped to a bot.
        ViberUser = "viber-user",
        /// LINE user id, scoped to a provider.
        LineUser = "line-user",
        /// KakaoTalk user key.
        KakaoUser = "kakao-user",
        /// WeChat open id, scoped to an account.
        WeChatUser = "wechat-user",
        /// Apple Messages opaque id.
        AppleUser = "apple-user",
        /// Slack user or channel id.
        SlackChannel = "slack-channel",
        /// Teams conversation id.
        TeamsConversation = "teams-conversation",
        /// Discord channel id.
        DiscordChannel = "discord-channel",
        /// Push token of a device.
        PushToken = "push-token",
        /// Web push endpoint URL.
        WebPushEndpoint = "web-push-endpoint",
        /// A user of the host's own chat.
        InApp = "in-app",
    }
}

/// The longest address value, in bytes. Web push endpoints are the longest real ones.
pub const MAX_ADDRESS: usize = 2048;

/// Where a person can be reached on one channel.
///
/// `Display` and `Debug` show the scheme only; [`Address::expose`] gives the value to whoever sends.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct Address {
    channel: ChannelKind,
    scheme: AddressScheme,
    value: Box<str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<Box<str>>,
}

impl Address {
    /// An address, checked by its scheme.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) says what the scheme wants; the value is not repeated.
    pub fn new(
        channel: ChannelKind,
        scheme: AddressScheme,
        value: impl Into<String>,
    ) -> Result<Self, Error> {
        let value = normalize(&scheme, value.into());
        check(&scheme, &value).map_err(|want| {
            Error::invalid(want)
                .with_context("scheme", scheme.as_str())
                .with_context("channel", channel.as_str())
        })?;
        Ok(Self {
            channel,
            scheme,
            value: value.into(),
            scope: None,
        })
    }

    /// An address of a channel that names people by phone number.
    ///
    /// # Errors
    /// As [`Address::new`].
    pub fn phone(channel: ChannelKind, number: impl Into<String>) -> Result<Self, Error> {
        Self::new(channel, AddressScheme::E164, number)
    }

    /// An email address.
    ///
    /// # Errors
    /// As [`Address::new`].
    pub fn email(value: impl Into<String>) -> Result<Self, Error> {
        Self::new(ChannelKind::Email, AddressScheme::Email, value)
    }

    /// A Telegram chat.
    #[must_use]
    pub fn telegram(chat: i64) -> Self {
        let value = chat.to_string().into();
        Self {
            channel: ChannelKind::Telegram,
            scheme: AddressScheme::TelegramChat,
            value,
            scope: None,
        }
    }

    /// A user of the host's own chat.
    ///
    /// # Errors
    /// As [`Address::new`].
    pub fn in_app(user: impl Into<String>) -> Result<Self, Error> {
        Self::new(ChannelKind::InApp, AddressScheme::InApp, user)
    }

    /// Names what the value is scoped to: a page, a bot, a business portfolio.
    #[must_use]
    pub fn with_scope(mut self, scope: impl Into<Box<str>>) -> Self {
        self.scope = Some(scope.into());
        self
    }

    /// The channel.
    #[must_use]
    pub fn channel(&self) -> &ChannelKind {
        &self.channel
    }

    /// What kind of name the value is.
    #[must_use]
    pub fn scheme(&self) -> &AddressScheme {
        &self.scheme
    }

    /// What the value is scoped to.
    #[must_use]
    pub fn scope(&self) -> Option<&str> {
        self.scope.as_deref()
    }

    /// The value in clear, for whoever sends to it. Personal data: never log it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.value
    }

    /// A key that stands for the address in ledgers and lanes. The same address on two channels has two keys.
    #[must_use]
    pub fn key(&self) -> AddressKey {
        let mut hash = Sha256::new();
        for field in [
            self.channel.as_str(),
            self.scheme.as_str(),
            &self.value,
            self.scope.as_deref().unwrap_or(""),
        ] {
            hash.update(field.as_bytes());
            hash.update([0]);
        }
        let mut key = [0; 16];
        for (to, from) in key.iter_mut().zip(hash.finalize()) {
            *to = from;
        }
        AddressKey(key)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:***", self.scheme)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({}, {self})", self.channel)
    }
}

impl<'de> Deserialize<'de> for Address {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Fields {
            channel: ChannelKind,
            scheme: AddressScheme,
            value: String,
            #[serde(default)]
            scope: Option<Box<str>>,
        }
        let fields = Fields::deserialize(deserializer)?;
        let address = Self::new(fields.channel, fields.scheme, fields.value)
            .map_err(serde::de::Error::custom)?;
        Ok(Self {
            scope: fields.scope,
            ..address
        })
    }
}

/// Stands for an address: 128 bits of its SHA-256. Still personal data in the law's sense: it can be matched.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AddressKey([u8; 16]);

impl AddressKey {
    /// The key with these bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for AddressKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for AddressKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AddressKey({self})")
    }
}

impl Serialize for AddressKey {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for AddressKey {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        u128::from_str_radix(&text, 16)
            .ok()
            .filter(|_| text.len() == 32)
            .map(|key| Self(key.to_be_bytes()))
            .ok_or_else(|| serde::de::Error::custom("an address key is 32 hexadecimal digits"))
    }
}

/// Phone numbers lose the marks that people type; the domain of an email address is lowercased (RFC 5321, 2.4).
fn normalize(scheme: &AddressScheme, value: String) -> String {
    match scheme {
        AddressScheme::E164 => value
            .chars()
            .filter(|c| !matches!(c, ' ' | '-' | '(' | ')' | '.'))
            .collect(),
        AddressScheme::Email => match value.trim().rsplit_once('@') {
            Some((local, domain)) => format!("{local}@{}", domain.to_ascii_lowercase()),
            None => value,
        },
        _ => value,
    }
}

fn check(scheme: &AddressScheme, value: &str) -> Result<(), &'static str> {
    let fits =
        !value.is_empty() && value.len() <= MAX_ADDRESS && !value.chars().any(char::is_control);
    if !fits {
        return Err("want 1 to 2048 bytes without control characters");
    }
    match scheme {
        AddressScheme::E164 if !is_e164(value) => {
            Err("want `+` and 8 to 15 digits that do not begin with 0")
        }
        AddressScheme::Email if !is_email(value) => Err("want `local@domain`"),
        AddressScheme::TelegramChat if value.parse::<i64>().is_err() => {
            Err("want a signed 64-bit number")
        }
        AddressScheme::WebPushEndpoint if !value.starts_with("https://") => {
            Err("want an https URL")
        }
        _ => Ok(()),
    }
}

fn is_e164(value: &str) -> bool {
    value.strip_prefix('+').is_some_and(|digits| {
        (8..=15).contains(&digits.len())
            && !digits.starts_with('0')
            && digits.bytes().all(|b| b.is_ascii_digit())
    })
}

/// What every mail server accepts (RFC 5321, 4.5.3.1: 64 bytes of local part, 255 of domain); quoted local parts are not.
fn is_email(value: &str) -> bool {
    let Some((local, domain)) = value.rsplit_once('@') else {
        return false;
    };
    let word = |part: &str| {
        !part.is_empty()
            && !part.starts_with('.')
            && !part.ends_with('.')
            && !part.contains("..")
            && !part.contains(|c: char| {
                c.is_whitespace()
                    || matches!(
                        c,
                        '<' | '>' | '(' | ')' | ',' | ';' | ':' | '"' | '@' | '[' | ']' | '\\'
                    )
            })
    };
    word(local)
        && local.len() <= 64
        && word(domain)
        && domain.len() <= 255
        && !domain.starts_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_checked_per_scheme() {
        let phone = Address::phone(ChannelKind::Sms, "+1 (415) 555-0132").unwrap();
        assert_eq!(phone.expose(), "+14155550132");
        for bad in [
            "",
            "415555",
            "+0123456789",
            "+1415555013a",
            "+1234567890123456",
        ] {
            assert!(Address::phone(ChannelKind::Sms, bad).is_err(), "{bad}");
        }
        assert_eq!(
            Address::email("Jo@EXAMPLE.org").unwrap().expose(),
            "Jo@example.org"
        );
        for bad in [
            "jo",
            "@example.org",
            "jo@",
            "a b@example.org",
            "a\r\nBcc: x@example.org",
            "a..b@example.org",
        ] {
            assert!(Address::email(bad).is_err(), "{bad}");
        }
        assert!(Address::new(ChannelKind::Telegram, AddressScheme::TelegramChat, "12x").is_err());
    }

    #[test]
    fn neither_display_nor_debug_nor_errors_show_the_value() {
        let address = Address::email("jo@example.org").unwrap();
        assert_eq!(
            format!("{address} {address:?}"),
            "email:*** Address(email, email:***)"
        );
        let error = Address::email("secret value").unwrap_err();
        assert!(!format!("{error} {error:?}").contains("secret"));
    }

    #[test]
    fn keys_differ_by_channel_and_scope_and_read_back() {
        let sms = Address::phone(ChannelKind::Sms, "+14155550132").unwrap();
        let rcs = Address::phone(ChannelKind::Rcs, "+14155550132").unwrap();
        assert_ne!(sms.key(), rcs.key());
        assert_ne!(sms.key(), sms.clone().with_scope("a").key());
        let json = serde_json::to_string(&sms.key()).unwrap();
        assert_eq!(
            serde_json::from_str::<AddressKey>(&json).unwrap(),
            sms.key()
        );
    }

    #[test]
    fn a_stored_address_is_checked_again() {
        let json = r#"{"channel":"sms","scheme":"e164","value":"12"}"#;
        assert!(serde_json::from_str::<Address>(json).is_err());
        let json = r#"{"channel":"carrier-pigeon","scheme":"loft","value":"7"}"#;
        let address: Address = serde_json::from_str(json).unwrap();
        assert_eq!(serde_json::to_string(&address).unwrap(), json);
    }
}
