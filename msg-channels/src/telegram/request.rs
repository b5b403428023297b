//! From a part to a request.

mod keyboard;
mod media;
mod multipart;

use super::schema::{Call, Emoji, GetFile, Markup, PollChoice, ReplyTo};
use super::wire::Chat;
use crate::wire::call::{self, Encoded, invalid, unsupported};
use crate::wire::endpoint::Endpoint;
use bytes::Bytes;
use http::Uri;
use msg_core::Error;
use msg_core::message::content::{ContactCards, Delete, Location, Reaction, Typing};
use msg_core::message::interactive::{ContactField, Poll};
use msg_core::message::part::{ContactRequestPart, EditPart, RawPart, Styled, TextPart};
use msg_core::message::{Markup as Dialect, Part, PartBody};
use serde::ser::{Serialize, SerializeMap as _, Serializer};
use std::fmt;
use std::fmt::Write as _;

macro_rules! methods {
    ($($variant:ident = $name:literal),+ $(,)?) => {
        /// The methods that parts are sent with, and the one that files are asked for with.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Method { $($variant),+ }

        impl Method {
            const ALL: &[Self] = &[$(Self::$variant),+];

            const fn path(self) -> &'static str {
                match self { $(Self::$variant => concat!("/", $name)),+ }
            }
        }
    };
}

methods! {
    Message = "sendMessage",
    Photo = "sendPhoto",
    Video = "sendVideo",
    Audio = "sendAudio",
    Voice = "sendVoice",
    Animation = "sendAnimation",
    Sticker = "sendSticker",
    Document = "sendDocument",
    MediaGroup = "sendMediaGroup",
    Location = "sendLocation",
    Venue = "sendVenue",
    Contact = "sendContact",
    Poll = "sendPoll",
    EditText = "editMessageText",
    EditCaption = "editMessageCaption",
    EditMedia = "editMessageMedia",
    Delete = "deleteMessage",
    DeleteBusiness = "deleteBusinessMessages",
    Reaction = "setMessageReaction",
    ChatAction = "sendChatAction",
    Read = "readBusinessMessage",
    File = "getFile",
}

/// The address of every method, built once: a request clones it without allocating.
///
/// It carries the token, so it prints nothing and is handed to the transport only.
pub(super) struct Endpoints {
    api: Endpoint,
    uris: Vec<Uri>,
}

impl fmt::Debug for Endpoints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Endpoints")
    }
}

impl Endpoints {
    pub(super) fn new(api: Endpoint) -> Result<Self, Error> {
        let uri = |method: &Method| api.fixed(method.path());
        let uris = Method::ALL.iter().map(uri).collect::<Result<_, _>>()?;
        Ok(Self { api, uris })
    }

    /// One look-up: the addresses stand in the order of the methods.
    fn of(&self, method: Method) -> Uri {
        self.uris.get(method as usize).cloned().unwrap_or_default()
    }

    fn named(&self, method: &str) -> Encoded<Uri> {
        self.api.uri(&format!("/{method}"))
    }
}

/// The request that sends a part.
pub(super) fn encode(
    endpoints: &Endpoints,
    chat: &Chat<'_>,
    part: &Part,
) -> Encoded<http::Request<Bytes>> {
    let json = |(method, call): (Method, Call<'_>)| call::json(endpoints.of(method), &call);
    match &part.body {
        PartBody::Text(text) => self::text(chat, part, text).and_then(json),
        PartBody::Media(media) => media::send(endpoints, chat, part, media),
        PartBody::Location(place) => location(chat, part, place).and_then(json),
        PartBody::LocationRequest(request) => {
            ask(chat, part, &request.text, keyboard::ask_location()).and_then(json)
        }
        PartBody::Contact(cards) => contact(chat, part, cards).and_then(json),
        PartBody::ContactRequest(request) => ask_contact(chat, part, request).and_then(json),
        PartBody::Poll(poll) => self::poll(chat, part, poll).and_then(json),
        PartBody::Edit(change) => edit(endpoints, chat, part, change),
        PartBody::Delete(target) => delete(chat, target).and_then(json),
        PartBody::Reaction(reaction) => react(chat, reaction).and_then(json),
        PartBody::Typing(typing) => json(self::typing(chat, typing)),
        PartBody::Read(read) => self::read(chat, &read.up_to).and_then(json),
        PartBody::Raw(raw) => self::raw(endpoints, chat, raw),
        _ => Err(unsupported("the bot api has no such message")),
    }
}

/// A call that makes a message: where it goes, and what it answers.
///
/// A message that is answered and gone by now does not keep the answer from being sent.
fn making<'a>(chat: &Chat<'a>, part: &Part) -> Encoded<Call<'a>> {
    let reply = |id: &String| match chat.number(id) {
        Some(message_id) => Ok(ReplyTo {
            message_id,
            allow_sending_without_reply: true,
        }),
        None => Err(invalid("the message to reply to is not one of this chat")),
    };
    Ok(Call {
        business_connection_id: chat.business,
        chat_id: Some(chat.id),
        message_thread_id: chat.topic,
        direct_messages_topic_id: chat.direct_topic,
        reply_parameters: part.reply_to.as_ref().map(reply).transpose()?,
        ..Call::default()
    })
}

/// A call about a message that is there.
fn about<'a>(chat: &Chat<'a>, target: &str) -> Encoded<Call<'a>> {
    let message_id = chat
        .number(target)
        .ok_or_else(|| invalid("the message is not one of this chat"))?;
    Ok(Call {
        chat_id: Some(chat.id),
        message_id: Some(message_id),
        ..Call::default()
    })
}

/// Asks where a file is that a person sent.
pub(super) fn locate(endpoints: &Endpoints, file_id: &str) -> Encoded<http::Request<Bytes>> {
    call::json(endpoints.of(Method::File), &GetFile { file_id })
}

/// The text and the name of its markup.
fn styled(text: &Styled) -> Encoded<(&str, Option<&'static str>)> {
    match text.markup {
        Dialect::Plain => Ok((&text.text, None)),
        Dialect::TelegramHtml => Ok((&text.text, Some("HTML"))),
        _ => Err(invalid("want plain text or telegram-html")),
    }
}

fn text<'a>(chat: &Chat<'a>, part: &Part, text: &'a TextPart) -> Encoded<(Method, Call<'a>)> {
    let mut call = making(chat, part)?;
    let (body, parse_mode) = styled(&text.text)?;
    (call.text, call.parse_mode) = (Some(body), parse_mode);
    call.reply_markup = keyboard::of(&text.buttons, text.keyboard)?;
    Ok((Method::Message, call))
}

fn ask<'a>(
    chat: &Chat<'a>,
    part: &Part,
    text: &'a Styled,
    markup: Markup<'a>,
) -> Encoded<(Method, Call<'a>)> {
    let mut call = making(chat, part)?;
    let (body, parse_mode) = styled(text)?;
    (call.text, call.parse_mode) = (Some(body), parse_mode);
    call.reply_markup = Some(markup);
    Ok((Method::Message, call))
}

/// A phone number is shared with a key of a keyboard; anything else is typed, so the question asks for a reply.
fn ask_contact<'a>(
    chat: &Chat<'a>,
    part: &Part,
    request: &'a ContactRequestPart,
) -> Encoded<(Method, Call<'a>)> {
    let markup = match request.field {
        ContactField::Phone => keyboard::ask_phone(),
        _ => Markup::Force { force_reply: true },
    };
    ask(chat, part, &request.text, markup)
}

/// A place with a name or an address is a venue, which must have both: what is missing is told by the coordinates.
fn location<'a>(chat: &Chat<'a>, part: &Part, place: &'a Location) -> Encoded<(Method, Call<'a>)> {
    let mut call = making(chat, part)?;
    call.latitude = Some(place.latitude.to_f64());
    call.longitude = Some(place.longitude.to_f64());
    let coordinates = || {
        let (latitude, longitude) = (place.latitude.as_str(), place.longitude.as_str());
        format!("{latitude}, {longitude}").into()
    };
    match (place.name.as_deref(), place.address.as_deref()) {
        (None, None) => return Ok((Method::Location, call)),
        (Some(name), Some(address)) => {
            (call.title, call.address) = (Some(name), Some(address.into()));
        }
        (Some(title), None) | (None, Some(title)) => {
            (call.title, call.address) = (Some(title), Some(coordinates()));
        }
    }
    Ok((Method::Venue, call))
}

/// The longest vCard, in bytes (Bot API 10.1, `sendContact.vcard`).
const MAX_VCARD: usize = 2048;

/// The first number is the contact's; what does not fit into the call's own fields goes into a vCard.
fn contact<'a>(
    chat: &Chat<'a>,
    part: &Part,
    cards: &'a ContactCards,
) -> Encoded<(Method, Call<'a>)> {
    let [card] = cards.0.as_slice() else {
        return Err(invalid("want one contact card a message"));
    };
    let [phone, more @ ..] = card.phones.as_slice() else {
        return Err(invalid("a contact needs a phone number"));
    };
    let mut call = making(chat, part)?;
    call.first_name = Some(&card.name);
    call.phone_number = Some(phone);
    if !more.is_empty() || !card.emails.is_empty() || card.organization.is_some() {
        let mut vcard = String::from("BEGIN:VCARD\r\nVERSION:3.0\r\n");
        let mut line = |property: &str, value: &str| {
            // Writing to a string cannot fail.
            let _ = write!(vcard, "{property}:{}\r\n", escaped(value));
        };
        line("FN", &card.name);
        card.phones.iter().for_each(|phone| line("TEL", phone));
        card.emails.iter().for_each(|email| line("EMAIL", email));
        card.organization.iter().for_each(|name| line("ORG", name));
        vcard.push_str("END:VCARD");
        if vcard.len() > MAX_VCARD {
            return Err(invalid("the contact card is larger than 2048 bytes"));
        }
        call.vcard = Some(vcard);
    }
    Ok((Method::Contact, call))
}

/// A vCard value (RFC 2426, 4): separators escaped, a line feed as `\n`.
fn escaped(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    for c in value.chars() {
        match c {
            '\\' | ',' | ';' => text.extend(['\\', c]),
            '\n' => text.push_str("\\n"),
            '\r' => {}
            other => text.push(other),
        }
    }
    text
}

/// Not anonymous: only then does the bot hear who voted for what.
fn poll<'a>(chat: &Chat<'a>, part: &Part, poll: &'a Poll) -> Encoded<(Method, Call<'a>)> {
    let mut call = making(chat, part)?;
    call.question = Some(&poll.question);
    let choice = |option| PollChoice { text: option };
    let labels = poll.options.iter().map(|option| option.label.as_str());
    call.options = Some(labels.map(choice).collect());
    (call.is_anonymous, call.allows_multiple_answers) = (Some(false), Some(poll.several));
    Ok((Method::Poll, call))
}

fn edit(
    endpoints: &Endpoints,
    chat: &Chat<'_>,
    part: &Part,
    change: &EditPart,
) -> Encoded<http::Request<Bytes>> {
    let mut call = about(chat, &change.target)?;
    call.business_connection_id = chat.business;
    match &*change.with {
        PartBody::Text(text) => {
            let (body, parse_mode) = styled(&text.text)?;
            (call.text, call.parse_mode) = (Some(body), parse_mode);
            call.reply_markup = keyboard::inline(&text.buttons)?;
            call::json(endpoints.of(Method::EditText), &call)
        }
        PartBody::Media(media) => media::edit(endpoints, part, call, media),
        _ => Err(unsupported("only text, captions and media can be edited")),
    }
}

/// In a business account messages are deleted by a method of its own.
fn delete<'a>(chat: &Chat<'a>, target: &Delete) -> Encoded<(Method, Call<'a>)> {
    let mut call = about(chat, &target.target)?;
    let Some(business) = chat.business else {
        return Ok((Method::Delete, call));
    };
    call.business_connection_id = Some(business);
    call.message_ids = call.message_id.take().map(|number| [number]);
    call.chat_id = None;
    Ok((Method::DeleteBusiness, call))
}

fn react<'a>(chat: &Chat<'a>, reaction: &'a Reaction) -> Encoded<(Method, Call<'a>)> {
    let mut call = about(chat, &reaction.target)?;
    let one = |emoji| Emoji {
        r#type: "emoji",
        emoji,
    };
    call.reaction = Some(reaction.emoji.as_deref().map(one).into_iter().collect());
    Ok((Method::Reaction, call))
}

/// `cancel` is not in the documents; the published server takes it (tdlib/telegram-bot-api, `Client::get_chat_action`).
fn typing<'a>(chat: &Chat<'a>, typing: &Typing) -> (Method, Call<'a>) {
    let call = Call {
        business_connection_id: chat.business,
        chat_id: Some(chat.id),
        message_thread_id: chat.topic,
        action: Some(if typing.stop { "cancel" } else { "typing" }),
        ..Call::default()
    };
    (Method::ChatAction, call)
}

fn read<'a>(chat: &Chat<'a>, up_to: &str) -> Encoded<(Method, Call<'a>)> {
    let Some(business) = chat.business else {
        return Err(unsupported(
            "only messages of a business account can be marked as read",
        ));
    };
    let mut call = about(chat, up_to)?;
    call.business_connection_id = Some(business);
    Ok((Method::Read, call))
}

/// The host's own call: a JSON object with the name of a method under `method`, as in an answer to a webhook.
///
/// It goes to the part's chat and nowhere else, because only that was cleared: another `chat_id` is refused, and so is a
/// method that is not about messages of a chat.
fn raw(endpoints: &Endpoints, chat: &Chat<'_>, raw: &RawPart) -> Encoded<http::Request<Bytes>> {
    let fields = raw.0.as_object();
    let named = fields.and_then(|fields| Some((fields, fields.get("method")?.as_str()?)));
    let (fields, method) = named.ok_or_else(|| {
        invalid("want a json object that names a method of the bot api under `method`")
    })?;
    if !is_about_messages(method) {
        return Err(invalid("the method is not about messages of a chat"));
    }
    let elsewhere = |to: &serde_json::Value| {
        to.as_i64() != Some(chat.id) && to.as_str().map(str::parse) != Some(Ok(chat.id))
    };
    if fields.get("chat_id").is_some_and(elsewhere) || fields.contains_key("user_id") {
        return Err(invalid("a raw call goes to the chat of its part"));
    }
    let uri = endpoints.named(method)?;
    let body = Raw {
        chat: chat.id,
        fields,
    };
    call::json(uri, &body)
}

/// The methods with a `chat_id` that send, change or delete messages (Bot API 10.1).
fn is_about_messages(method: &str) -> bool {
    const OTHERS: [&str; 6] = [
        "setMessageReaction",
        "stopPoll",
        "stopMessageLiveLocation",
        "pinChatMessage",
        "unpinChatMessage",
        "deleteMessageReaction",
    ];
    let sends = [
        "send",
        "copyMessage",
        "forwardMessage",
        "editMessage",
        "deleteMessage",
    ];
    let is_word = !method.is_empty() && method.bytes().all(|byte| byte.is_ascii_alphabetic());
    is_word
        && method != "sendChatJoinRequestWebApp"
        && (OTHERS.contains(&method) || sends.iter().any(|prefix| method.starts_with(prefix)))
}

struct Raw<'a> {
    chat: i64,
    fields: &'a serde_json::Map<String, serde_json::Value>,
}

impl Serialize for Raw<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("chat_id", &self.chat)?;
        for (name, value) in self.fields {
            if !matches!(name.as_str(), "method" | "chat_id") {
                map.serialize_entry(name, value)?;
            }
        }
        map.end()
    }
}

#[cfg(test)]
mod tests;
