//! The glue: [`Telegram`] implements the wire traits and knows how the Bot API's ids are written in ours.

use super::config::TelegramConfig;
use super::request::{self, Endpoints};
use super::{response, webhook};
use crate::wire::call::{foreign_address, unsupported};
use crate::wire::endpoint::Endpoint;
use bytes::Bytes;
use jiff::Timestamp;
use msg_core::Error;
use msg_core::capability::{Capabilities, Combos, Field, Limit, Unit, profile};
use msg_core::channel::{
    Authenticity, ChannelWire, Failure, HttpReply, InboundEvent, Located, MediaWire, SendOutcome,
    Verified, WebhookRequest, WebhookWire,
};
use msg_core::id::{AccountId, ConversationId};
use msg_core::message::{
    ActionKind, Address, ChannelKind, ContentKind, Markup, Media, MediaSource, Part,
};
use secrecy::SecretString;
use std::cell::OnceCell;
use std::fmt;
use std::fmt::Write as _;

/// The scheme: also the feature and the folder.
pub const SCHEME: &str = "telegram";

/// A bot: the wire of Telegram's Bot API.
///
/// It builds requests and reads answers and webhooks; [`HttpAdapter`](msg_core::channel::HttpAdapter) sends. It does
/// not poll `getUpdates` and does not call `setWebhook`.
pub struct Telegram {
    pub(super) bot: i64,
    pub(super) account: Option<AccountId>,
    pub(super) secrets: Vec<SecretString>,
    endpoints: Endpoints,
    files: Endpoint,
    capabilities: Capabilities,
}

impl Telegram {
    /// A bot with this configuration.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`](msg_core::ErrorKind::Invalid) when the token, the base URL or a webhook secret breaks
    /// its rule; the value is not repeated.
    pub fn new(config: TelegramConfig) -> Result<Self, Error> {
        config.check_secrets()?;
        Ok(Self {
            bot: config.bot()?,
            endpoints: Endpoints::new(config.api()?)?,
            files: config.files()?,
            account: config.account,
            secrets: config.webhook_secrets,
            capabilities: capabilities(),
        })
    }

    /// The answer to a verified webhook call. To a tap on a button it stops the waiting sign on that button, by
    /// answering with a call of `answerCallbackQuery` as the Bot API allows; to everything else it is an empty 200.
    ///
    /// It says that the call was taken, so give it after the events are stored.
    #[must_use]
    pub fn reply(&self, call: &Verified<'_>) -> HttpReply {
        webhook::reply(call)
    }
}

impl fmt::Debug for Telegram {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Telegram")
            .field("bot", &self.bot)
            .field("account", &self.account)
            .field("webhook_secrets", &self.secrets.len())
            .finish_non_exhaustive()
    }
}

impl ChannelWire for Telegram {
    fn scheme(&self) -> &str {
        SCHEME
    }

    fn channel(&self) -> &ChannelKind {
        &ChannelKind::Telegram
    }

    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn encode(&self, part: &Part) -> Result<http::Request<Bytes>, Box<Failure>> {
        request::encode(&self.endpoints, &Chat::of(self.bot, part)?, part)
    }

    fn classify(&self, part: &Part, response: &http::Response<Bytes>) -> SendOutcome {
        response::classify(self.bot, part, response)
    }

    fn webhook(&self) -> Option<&dyn WebhookWire> {
        Some(self)
    }

    fn media(&self) -> Option<&dyn MediaWire> {
        Some(self)
    }
}

/// Files that people sent are fetched in two steps. Those that the bot sends go with their message.
impl MediaWire for Telegram {
    fn must_upload(&self, _media: &Media) -> bool {
        false
    }

    fn upload(&self, _part: &Part, _media: &Media) -> Result<http::Request<Bytes>, Box<Failure>> {
        Err(unsupported("a file goes with the message that shows it"))
    }

    fn uploaded(&self, _response: &http::Response<Bytes>) -> Result<String, Box<Failure>> {
        Err(unsupported("a file goes with the message that shows it"))
    }

    fn locate(&self, media: &Media) -> Result<http::Request<Bytes>, Error> {
        let MediaSource::ProviderId(id) = &media.source else {
            return Err(Error::invalid("the media have no file id of the bot api"));
        };
        request::locate(&self.endpoints, id).map_err(|failure| Error::invalid(failure.detail))
    }

    fn located(&self, media: &Media, response: http::Response<Bytes>) -> Result<Located, Error> {
        response::file::located(&self.files, media, response)
    }
}

impl WebhookWire for Telegram {
    fn authenticate(&self, request: &WebhookRequest, _now: Timestamp) -> Authenticity {
        webhook::authenticate(&self.secrets, request)
    }

    fn parse(&self, call: &Verified<'_>) -> Result<Vec<InboundEvent>, Error> {
        webhook::parse(self, call)
    }
}

/// What Telegram carries, as far as this wire says it.
fn capabilities() -> Capabilities {
    profile::of(&ChannelKind::Telegram).meet(&carried())
}

/// What this wire can say. A table is text; the limits are those that it checks itself, and all others are the
/// channel's.
fn carried() -> Capabilities {
    const API: &str = "Bot API 10.1";
    let mut combos = Combos::default();
    combos.mixed_buttons = true;
    combos.buttons_with_media = true;
    Capabilities::text_only()
        .with_markup(Markup::TelegramHtml)
        .with_combos(combos)
        .with_content(&[
            ContentKind::Media,
            ContentKind::Choice,
            ContentKind::Location,
            ContentKind::LocationRequest,
            ContentKind::Contact,
            ContentKind::ContactRequest,
            ContentKind::Poll,
            ContentKind::Table,
            ContentKind::Reaction,
            ContentKind::Edit,
            ContentKind::Delete,
            ContentKind::Typing,
        ])
        .with_actions(&[
            ActionKind::Reply,
            ActionKind::Url,
            ActionKind::CopyCode,
            ActionKind::Catalog,
            ActionKind::Form,
            ActionKind::Pay,
            ActionKind::Login,
        ])
        .with_limit(Field::Handle, Limit::new(64, Unit::Bytes, API))
        .with_limit(Field::Album, Limit::new(10, Unit::Items, API))
        .with_limit(Field::Contacts, Limit::new(1, Unit::Items, API))
}

/// A chat as one bot sees it, with the place in it: a topic, a business account behind it.
///
/// The Bot API counts messages per chat, so its number alone names nothing. Our id of a message is
/// `<bot>.<address key>.<number>`, of a conversation `telegram:<bot>.<address key>`, with `/t<topic>`,
/// `/d<direct messages topic>` or `/b<business connection>` where they apply. The address key stands for the chat, so
/// that no id repeats an address; the number after the last point is Telegram's `message_id`.
#[derive(Clone)]
pub(super) struct Chat<'a> {
    bot: i64,
    /// The address key, once it was needed: it takes a hash.
    key: OnceCell<u128>,
    pub(super) id: i64,
    pub(super) topic: Option<i64>,
    pub(super) direct_topic: Option<i64>,
    pub(super) business: Option<&'a str>,
}

impl<'a> Chat<'a> {
    pub(super) const fn new(bot: i64, id: i64) -> Self {
        Self {
            bot,
            key: OnceCell::new(),
            id,
            topic: None,
            direct_topic: None,
            business: None,
        }
    }

    /// Where a part goes.
    pub(super) fn of(bot: i64, part: &'a Part) -> Result<Self, Box<Failure>> {
        let id = part.to.expose().parse();
        let (ChannelKind::Telegram, Ok(id)) = (part.to.channel(), id) else {
            return Err(foreign_address("want the address of a telegram chat"));
        };
        let mut chat = Self::new(bot, id);
        let places = part.conversation.as_ref().map(ConversationId::as_str);
        if let Some((base, places)) = places.and_then(|text| text.split_once('/'))
            && base == chat.base()
        {
            for place in places.split('/') {
                let number = |rest: &str| rest.parse().ok();
                match place.split_at_checked(1) {
                    Some(("t", rest)) => chat.topic = number(rest),
                    Some(("d", rest)) => chat.direct_topic = number(rest),
                    Some(("b", rest)) => chat.business = Some(rest),
                    _ => {}
                }
            }
        }
        Ok(chat)
    }

    pub(super) fn address(&self) -> Address {
        Address::telegram(self.id)
    }

    /// `<prefix><bot>.<address key>`, with room for what comes behind it.
    fn named(&self, prefix: &str) -> String {
        let hash = || u128::from_be_bytes(*self.address().key().as_bytes());
        let key = self.key.get_or_init(hash);
        let mut name = String::with_capacity(128);
        // Writing to a string cannot fail.
        let _ = write!(name, "{prefix}{}.{key:032x}", self.bot);
        name
    }

    fn base(&self) -> String {
        self.named("telegram:")
    }

    /// Our id of the conversation.
    pub(super) fn conversation(&self) -> Result<ConversationId, Error> {
        let mut text = self.base();
        let mut place = |letter: char, value: &dyn fmt::Display| {
            text.push('/');
            text.push(letter);
            // Writing to a string cannot fail.
            let _ = write!(text, "{value}");
        };
        if let Some(topic) = self.topic {
            place('t', &topic);
        }
        if let Some(topic) = self.direct_topic {
            place('d', &topic);
        }
        if let Some(business) = self.business {
            place('b', &business);
        }
        ConversationId::new(text)
    }

    fn message_prefix(&self) -> String {
        let mut prefix = self.named("");
        if let Some(business) = self.business {
            prefix.push_str("/b");
            prefix.push_str(business);
        }
        prefix.push('.');
        prefix
    }

    /// Our id of a message.
    pub(super) fn message(&self, number: i64) -> String {
        let mut id = self.message_prefix();
        // Writing to a string cannot fail.
        let _ = write!(id, "{number}");
        id
    }

    /// Telegram's number of a message of this chat; a bare number is taken as it is.
    pub(super) fn number(&self, id: &str) -> Option<i64> {
        let number = if id.contains('.') {
            id.strip_prefix(self.message_prefix().as_str())?
        } else {
            id
        };
        number.parse().ok().filter(|number| *number > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use msg_core::id::{MessageId, PartId, TenantId};
    use msg_core::message::Purpose;
    use msg_core::message::part::{Styled, TextPart};
    use proptest::prelude::*;

    fn part(chat: i64, conversation: Option<ConversationId>) -> Part {
        let mut part = Part::new(
            PartId::new(
                MessageId::from_uuid(msg_core::id::time_ordered(Timestamp::UNIX_EPOCH, &[7; 16])),
                0,
            ),
            TenantId::new("acme").unwrap(),
            Address::telegram(chat),
            Purpose::Conversational,
            TextPart::new(Styled::plain("hi")),
        );
        part.conversation = conversation;
        part
    }

    fn place<'a>(chat: &Chat<'a>) -> (i64, Option<i64>, Option<i64>, Option<&'a str>) {
        (chat.id, chat.topic, chat.direct_topic, chat.business)
    }

    #[test]
    fn a_key_is_written_as_the_contract_writes_it() {
        let chat = Chat::new(7, -5);
        assert_eq!(
            chat.base(),
            format!("{SCHEME}:7.{}", Address::telegram(-5).key())
        );
    }

    #[test]
    fn debug_shows_neither_token_nor_secrets() {
        let config = TelegramConfig::new("7000001:AAF-secret").with_webhook_secret("hook-secret");
        let text = format!("{:?}", Telegram::new(config).unwrap());
        assert!(text.contains("7000001") && !text.contains("secret\"") && !text.contains("AAF"));
    }

    #[test]
    fn ids_repeat_no_address() {
        let chat = Chat::new(7, 123_456_789);
        assert!(!chat.message(5).contains("123456789"));
        assert!(!chat.conversation().unwrap().as_str().contains("123456789"));
    }

    #[test]
    fn a_message_of_another_chat_is_not_touched() {
        let (mine, other) = (Chat::new(7, 1), Chat::new(7, 2));
        assert_eq!(mine.number(&mine.message(42)), Some(42));
        assert_eq!(mine.number(&other.message(42)), None);
        assert_eq!(mine.number("42"), Some(42));
        for bad in ["", "x", "-1", "0", "7.abc.42", "."] {
            assert_eq!(mine.number(bad), None, "{bad}");
        }
    }

    #[test]
    fn an_address_of_another_channel_is_refused() {
        let mut part = part(1, None);
        part.to = Address::in_app("1").unwrap();
        assert!(Chat::of(7, &part).is_err());
    }

    #[test]
    fn a_conversation_of_the_host_names_no_place() {
        let part = part(1, Some(ConversationId::new("case/t7").unwrap()));
        assert_eq!(place(&Chat::of(7, &part).unwrap()), place(&Chat::new(7, 1)));
    }

    proptest! {
        #[test]
        fn a_conversation_leads_back_to_its_place(
            id in any::<i64>(), topic in any::<Option<i64>>(), direct in any::<Option<i64>>(),
            business in proptest::option::of("[A-Za-z0-9_-]{1,40}"),
        ) {
            let mut chat = Chat::new(7, id);
            (chat.topic, chat.direct_topic, chat.business) = (topic, direct, business.as_deref());
            let part = part(id, Some(chat.conversation().unwrap()));
            prop_assert_eq!(place(&Chat::of(7, &part).unwrap()), place(&chat));
            prop_assert_eq!(chat.number(&chat.message(42)), Some(42));
        }
    }
}
