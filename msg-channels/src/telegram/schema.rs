//! The Bot API's types, as far as they are used (Bot API 10.1). Private: nothing of them leaves the folder.
//!
//! What is sent is one sparse [`Call`], because the methods share their fields. What is read is tolerant: unknown fields
//! are skipped, and a malformed field that is not needed counts as missing.

use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;

// ---- what is sent

macro_rules! sparse {
    ($(#[$meta:meta])* $name:ident { $($field:ident: $type:ty),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Default, Serialize)]
        pub(super) struct $name<'a> {
            $(#[serde(skip_serializing_if = "Option::is_none")] pub(super) $field: Option<$type>,)+
        }
    };
}

sparse! {
    /// The fields of every method that is called. Who fills it makes sure that they belong to the method.
    Call {
        business_connection_id: &'a str,
        chat_id: i64,
        message_thread_id: i64,
        direct_messages_topic_id: i64,
        message_id: i64,
        message_ids: [i64; 1],
        text: &'a str,
        photo: Cow<'a, str>,
        video: Cow<'a, str>,
        audio: Cow<'a, str>,
        voice: Cow<'a, str>,
        animation: Cow<'a, str>,
        sticker: Cow<'a, str>,
        document: Cow<'a, str>,
        media: Album<'a>,
        caption: &'a str,
        parse_mode: &'static str,
        latitude: f64,
        longitude: f64,
        title: &'a str,
        address: Cow<'a, str>,
        phone_number: &'a str,
        first_name: &'a str,
        vcard: String,
        question: &'a str,
        options: Vec<PollChoice<'a>>,
        is_anonymous: bool,
        allows_multiple_answers: bool,
        reaction: Vec<Emoji<'a>>,
        action: &'static str,
        reply_parameters: ReplyTo,
        reply_markup: Markup<'a>,
    }
}

/// The `media` of `sendMediaGroup` is a list, that of `editMessageMedia` one item.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Album<'a> {
    One(InputMedia<'a>),
    Many(Vec<InputMedia<'a>>),
}

#[derive(Serialize)]
pub(super) struct InputMedia<'a> {
    pub(super) r#type: &'static str,
    pub(super) media: Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) caption: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) parse_mode: Option<&'static str>,
}

#[derive(Serialize)]
pub(super) struct PollChoice<'a> {
    pub(super) text: &'a str,
}

#[derive(Serialize)]
pub(super) struct Emoji<'a> {
    pub(super) r#type: &'static str,
    pub(super) emoji: &'a str,
}

#[derive(Serialize)]
pub(super) struct ReplyTo {
    pub(super) message_id: i64,
    pub(super) allow_sending_without_reply: bool,
}

#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Markup<'a> {
    Inline {
        inline_keyboard: Vec<[InlineButton<'a>; 1]>,
    },
    Reply {
        keyboard: Vec<[KeyButton<'a>; 1]>,
        resize_keyboard: bool,
        one_time_keyboard: bool,
    },
    Force {
        force_reply: bool,
    },
}

sparse! {
    /// A button under a message: exactly one field beside the text.
    InlineButton {
        text: &'a str,
        callback_data: &'a str,
        url: &'a str,
        copy_text: CopyText<'a>,
    }
}

#[derive(Serialize)]
pub(super) struct CopyText<'a> {
    pub(super) text: &'a str,
}

sparse! {
    /// A key of a reply keyboard.
    KeyButton {
        text: &'a str,
        request_contact: bool,
        request_location: bool,
    }
}

// ---- what is answered

/// The envelope of every answer. What says more about a refusal may be missing or malformed: it stays a refusal.
#[derive(Deserialize)]
#[serde(bound(deserialize = "T: Deserialize<'de> + Default"))]
pub(super) struct Answer<T = Sent> {
    pub(super) ok: bool,
    #[serde(default)]
    pub(super) result: T,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) error_code: Option<u16>,
    #[serde(default, deserialize_with = "lenient")]
    description: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    parameters: Option<Parameters>,
}

impl<T> Answer<T> {
    /// What went wrong, in the server's words; empty when it did not say.
    pub(super) fn description(&self) -> &str {
        self.description.as_deref().unwrap_or_default()
    }

    /// What may be done about it.
    pub(super) fn parameters(&self) -> Parameters {
        self.parameters.unwrap_or_default()
    }
}

/// The result of `getFile`.
#[derive(Default, Deserialize)]
pub(super) struct Stored {
    #[serde(default)]
    pub(super) file_path: String,
}

/// The question of `getFile`.
#[derive(Serialize)]
pub(super) struct GetFile<'a> {
    pub(super) file_id: &'a str,
}

#[derive(Clone, Copy, Default, Deserialize)]
pub(super) struct Parameters {
    #[serde(default, deserialize_with = "lenient")]
    pub(super) migrate_to_chat_id: Option<i64>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) retry_after: Option<u64>,
}

/// What a call made: the numbers of its messages and the id of its poll. A result of any other shape made none.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Sent {
    pub(super) messages: Vec<i64>,
    pub(super) poll: Option<String>,
}

impl<'de> Deserialize<'de> for Sent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AnyResult;
        impl<'de> Visitor<'de> for AnyResult {
            type Value = Sent;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the result of a call")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Sent, A::Error> {
                let mut sent = Sent::default();
                while let Some(key) = map.next_key::<Cow<'de, str>>()? {
                    match &*key {
                        "message_id" => sent.messages.push(map.next_value()?),
                        "poll" => sent.poll = map.next_value::<PollId>()?.id,
                        _ => _ = map.next_value::<IgnoredAny>()?,
                    }
                }
                Ok(sent)
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Sent, A::Error> {
                let mut all = Sent::default();
                while let Some(one) = seq.next_element::<Sent>()? {
                    all.messages.extend(one.messages);
                }
                Ok(all)
            }
            fn visit_bool<E>(self, _: bool) -> Result<Sent, E> {
                Ok(Sent::default())
            }
            fn visit_unit<E>(self) -> Result<Sent, E> {
                Ok(Sent::default())
            }
            fn visit_u64<E>(self, _: u64) -> Result<Sent, E> {
                Ok(Sent::default())
            }
            fn visit_i64<E>(self, _: i64) -> Result<Sent, E> {
                Ok(Sent::default())
            }
            fn visit_f64<E>(self, _: f64) -> Result<Sent, E> {
                Ok(Sent::default())
            }
            fn visit_str<E>(self, _: &str) -> Result<Sent, E> {
                Ok(Sent::default())
            }
        }
        deserializer.deserialize_any(AnyResult)
    }
}

#[derive(Deserialize)]
struct PollId {
    #[serde(default)]
    id: Option<String>,
}

// ---- what comes in

/// A field that is not needed: malformed is the same as missing.
fn lenient<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    let raw: &'de RawValue = Deserialize::deserialize(deserializer)?;
    Ok(serde_json::from_str::<Option<T>>(raw.get()).ok().flatten())
}

/// An update: its number, and its kinds in the order in which they came. The Bot API sends one kind.
#[derive(Default)]
pub(super) struct Update<'a> {
    pub(super) id: Option<i64>,
    pub(super) kinds: Vec<(Cow<'a, str>, &'a RawValue)>,
}

impl<'de: 'a, 'a> Deserialize<'de> for Update<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;
        impl<'de> Visitor<'de> for Fields {
            type Value = Update<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an update")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Update<'de>, A::Error> {
                let mut update = Update::default();
                while let Some(key) = map.next_key::<Cow<'de, str>>()? {
                    if key == "update_id" {
                        let id: &'de RawValue = map.next_value()?;
                        update.id = serde_json::from_str(id.get()).ok();
                    } else {
                        update.kinds.push((key, map.next_value()?));
                    }
                }
                Ok(update)
            }
        }
        deserializer.deserialize_map(Fields)
    }
}

macro_rules! tolerant {
    ($(#[$meta:meta])* $name:ident { $($need:ident: $needed:ty),* ; $($field:ident: $type:ty),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Deserialize)]
        pub(super) struct $name {
            $(pub(super) $need: $needed,)*
            $(#[serde(default, deserialize_with = "lenient")] pub(super) $field: Option<$type>,)*
        }
    };
}

tolerant! {
    #[expect(clippy::struct_field_names, reason = "the names are the provider's")]
    /// A message. Of the service messages only those are named that mean something here.
    Message { message_id: i64, chat: ChatId;
        date: i64,
        edit_date: i64,
        from: User,
        message_thread_id: i64,
        is_topic_message: bool,
        direct_messages_topic: DirectTopic,
        business_connection_id: String,
        reply_to_message: Numbered,
        text: String,
        entities: Vec<Entity>,
        rich_message: serde_json::Value,
        caption: String,
        caption_entities: Vec<Entity>,
        animation: File,
        audio: File,
        document: File,
        live_photo: File,
        photo: Vec<PhotoSize>,
        sticker: File,
        video: File,
        video_note: File,
        voice: File,
        contact: Contact,
        venue: Venue,
        location: Location,
        poll: Poll,
        reply_markup: Keyboard,
    }
}

#[derive(Deserialize)]
pub(super) struct ChatId {
    pub(super) id: i64,
    #[serde(default)]
    pub(super) r#type: String,
}

#[derive(Deserialize)]
pub(super) struct User {
    pub(super) id: i64,
    #[serde(default)]
    pub(super) language_code: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct DirectTopic {
    pub(super) topic_id: i64,
}

#[derive(Deserialize)]
pub(super) struct Numbered {
    pub(super) message_id: i64,
}

#[derive(Deserialize)]
pub(super) struct Entity {
    pub(super) r#type: String,
    pub(super) offset: usize,
    pub(super) length: usize,
    #[serde(default)]
    pub(super) url: Option<String>,
}

#[derive(Deserialize)]
#[expect(clippy::struct_field_names, reason = "the names are the provider's")]
pub(super) struct File {
    pub(super) file_id: String,
    #[serde(default)]
    pub(super) file_name: Option<String>,
    #[serde(default)]
    pub(super) mime_type: Option<String>,
    #[serde(default)]
    pub(super) emoji: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct PhotoSize {
    pub(super) file_id: String,
    #[serde(default)]
    pub(super) width: u32,
    #[serde(default)]
    pub(super) height: u32,
}

#[derive(Deserialize)]
pub(super) struct Contact {
    pub(super) phone_number: String,
    #[serde(default)]
    pub(super) first_name: String,
    #[serde(default)]
    pub(super) last_name: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Location {
    pub(super) latitude: Box<RawValue>,
    pub(super) longitude: Box<RawValue>,
}

#[derive(Deserialize)]
pub(super) struct Venue {
    pub(super) location: Location,
    #[serde(default)]
    pub(super) title: Option<String>,
    #[serde(default)]
    pub(super) address: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Poll {
    pub(super) question: String,
    pub(super) options: Vec<PollOption>,
    #[serde(default)]
    pub(super) allows_multiple_answers: bool,
}

#[derive(Deserialize)]
pub(super) struct PollOption {
    pub(super) text: String,
}

#[derive(Deserialize)]
pub(super) struct Keyboard {
    #[serde(default)]
    pub(super) inline_keyboard: Vec<Vec<Key>>,
}

#[derive(Deserialize)]
pub(super) struct Key {
    pub(super) text: String,
    #[serde(default)]
    pub(super) callback_data: Option<String>,
}

tolerant! {
    /// A tap on a button.
    CallbackQuery { from: User;
        id: String,
        message: Message,
        inline_message_id: String,
        data: String,
    }
}

tolerant! {
    /// A changed reaction.
    MessageReaction { chat: ChatId, message_id: i64;
        date: i64,
        old_reaction: Vec<ReactionType>,
        new_reaction: Vec<ReactionType>,
    }
}

#[derive(Deserialize, PartialEq, Eq)]
pub(super) struct ReactionType {
    pub(super) r#type: String,
    #[serde(default)]
    pub(super) emoji: Option<String>,
    #[serde(default)]
    pub(super) custom_emoji_id: Option<String>,
}

tolerant! {
    /// Somebody came, went, or changed rights.
    ChatMemberUpdated { chat: ChatId, new_chat_member: Member;
        date: i64,
        old_chat_member: Member,
    }
}

#[derive(Deserialize)]
pub(super) struct Member {
    pub(super) status: String,
    #[serde(default)]
    pub(super) is_member: Option<bool>,
}

tolerant! {
    /// Messages that were deleted in a business account.
    DeletedMessages { chat: ChatId, message_ids: Vec<i64>;
        business_connection_id: String,
    }
}

tolerant! {
    /// What kinds that are kept as notices have in common: who, where and when.
    Whereabouts { ;
        from: User,
        user: User,
        chat: ChatId,
        user_chat_id: i64,
        date: i64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_of_any_shape_is_read() {
        let sent = |json: &str| serde_json::from_str::<Sent>(json).unwrap();
        let one = sent(r#"{"message_id":5,"chat":{"id":1},"poll":{"id":"p"}}"#);
        assert_eq!((one.messages, one.poll), (vec![5], Some("p".into())));
        assert_eq!(
            sent(r#"[{"message_id":5},{"message_id":6}]"#).messages,
            [5, 6]
        );
        for other in ["true", "null", "7", "-7", "0.5", "\"x\"", "{}", "[]"] {
            assert_eq!(sent(other), Sent::default(), "{other}");
        }
    }

    #[test]
    fn a_malformed_field_counts_as_missing() {
        let json =
            r#"{"message_id":5,"chat":{"id":1},"text":"hi","entities":7,"photo":{},"date":"soon"}"#;
        let message: Message = serde_json::from_str(json).unwrap();
        assert_eq!(message.text.as_deref(), Some("hi"));
        assert!(message.entities.is_none() && message.photo.is_none() && message.date.is_none());
    }
}
