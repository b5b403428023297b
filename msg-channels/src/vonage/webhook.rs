//! From a webhook call to events.
//!
//! The Messages API sends JSON of version 1 or 0.1 (<https://developer.vonage.com/en/messages/concepts/webhooks>); the SMS
//! API, which numbers may still be set to, sends fields (<https://developer.vonage.com/en/api/sms>).

mod legacy;
pub(super) mod signature;

use super::config::VonageChannel;
use super::response::{EXPIRED, code_of, failure, unknown};
use super::wire::{SCHEME, Vonage};
use crate::wire::arrival::{Arrival, digest_of};
use crate::wire::call::part_of;
use crate::wire::fields::Fields;
use crate::wire::phone;
use jiff::Timestamp;
use msg_core::Error;
use msg_core::channel::{
    AnswerReceived, Inbound, InboundEvent, InboundMessage, ReactionReceived, Receipt, Report,
    StatusEvent, Verified,
};
use msg_core::message::content::{Decimal, Location, MediaGroup};
use msg_core::message::state::{Progress, Stop};
use msg_core::message::{Address, AddressScheme, Content, DeliveryState, Media, MediaKind};
use serde_json::{Map, Value};

type Object = Map<String, Value>;

/// The events of a verified call.
pub(super) fn parse(wire: &Vonage, call: &Verified<'_>) -> Result<Vec<InboundEvent>, Error> {
    let request = call.request();
    let arrival = Arrival::new(SCHEME, wire.account.as_ref(), call.received_at());
    let nothing =
        || Error::invalid("the call has neither json nor fields").with_context("scheme", SCHEME);
    let object = match serde_json::from_slice(&request.body) {
        Ok(Value::Object(object)) => object,
        Ok(_) => return Err(nothing()),
        Err(_) => match Fields::of(request).to_value() {
            Value::Object(fields) => fields,
            _ => return Err(nothing()),
        },
    };
    if object.is_empty() {
        return Err(nothing());
    }
    let event = if object.contains_key("messageId") || object.contains_key("msisdn") {
        legacy::event(wire, &arrival, &object)
    } else if object.contains_key("status") {
        status(wire, &arrival, &object)
    } else {
        message(wire, &arrival, &object)
    };
    Ok(vec![event.unwrap_or_else(|| kept(&arrival, object))])
}

/// A kind that is not known.
fn kept(arrival: &Arrival<'_>, object: Object) -> InboundEvent {
    let (kind, _) = content_of(&object);
    let name = text(&object, "status").or(kind).or(text(&object, "type"));
    let word = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
    let name = name.filter(|it| it.len() <= 64 && it.bytes().all(word));
    let name = name.unwrap_or("webhook").to_owned();
    arrival.unsupported(&name, Value::Object(object))
}

/// A field that is a text which says something.
fn text<'a>(object: &'a Object, name: &str) -> Option<&'a str> {
    let text = object.get(name)?.as_str()?;
    (!text.is_empty()).then_some(text)
}

/// A number or id: a text, or in version 0.1 an object with `number` or `id`.
fn party<'a>(object: &'a Object, name: &str) -> Option<&'a str> {
    match object.get(name)? {
        Value::String(text) => Some(text.as_str()).filter(|it| !it.is_empty()),
        Value::Object(party) => text(party, "number").or_else(|| text(party, "id")),
        _ => None,
    }
}

/// The channel that the call is about; the wire's own where it does not say.
fn channel_of(wire: &Vonage, object: &Object) -> VonageChannel {
    let party = |name| {
        object
            .get(name)
            .and_then(|it| text(it.as_object()?, "type"))
    };
    let name = text(object, "channel")
        .or_else(|| party("from"))
        .or_else(|| party("to"));
    let known = VonageChannel::ALL.into_iter();
    let named = name.and_then(|name| known.clone().find(|it| it.name() == name));
    named.unwrap_or(wire.channel)
}

/// Who somebody is on a channel.
fn person(channel: VonageChannel, id: &str) -> Option<Address> {
    let kind = channel.kind();
    let scoped = |scheme| Address::new(channel.kind(), scheme, id).ok();
    match channel {
        VonageChannel::Messenger => scoped(AddressScheme::MessengerUser),
        // People who hide their number are named by country and letters.
        VonageChannel::WhatsApp if !id.bytes().all(|b| b.is_ascii_digit() || b == b'+') => {
            scoped(AddressScheme::WhatsAppUser)
        }
        _ => phone::sender(&kind, id),
    }
}

fn time(object: &Object, name: &str) -> Option<Timestamp> {
    text(object, name)?.parse().ok()
}

/// A report that was made of fields which have no place in an event; none when nothing is left.
fn left(name: &str, object: &Object, known: &[&str]) -> Option<Report> {
    let rest: Object = object
        .iter()
        .filter(|(name, _)| !known.contains(&name.as_str()))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    (!rest.is_empty()).then(|| Report::new(name, Value::Object(rest)))
}

/// The receipt of a status: the part's id where Vonage repeats it.
fn receipt(id: &str, token: Option<&str>) -> Receipt {
    match token.filter(|token| part_of(token).is_some()) {
        Some(token) => {
            let mut receipt = Receipt::new(token);
            receipt.further_ids.push(id.to_owned());
            receipt
        }
        None => Receipt::new(id),
    }
}

/// Vonage's word for it and ours.
fn state(status: &str) -> Option<(&'static str, DeliveryState)> {
    let failed = |progress| {
        let mut state = DeliveryState::stopped(Stop::Failed);
        state.progress = progress;
        state
    };
    let known = [
        ("submitted", DeliveryState::reached(Progress::Sent)),
        ("delivered", DeliveryState::reached(Progress::Delivered)),
        ("read", DeliveryState::reached(Progress::Read)),
        ("rejected", failed(Progress::Pending)),
        ("undeliverable", failed(Progress::Sent)),
        // The SMS API's.
        ("accepted", DeliveryState::reached(Progress::Sent)),
        ("buffered", DeliveryState::reached(Progress::Sent)),
        ("failed", failed(Progress::Sent)),
        ("expired", DeliveryState::stopped(Stop::Expired)),
    ];
    known.into_iter().find(|(word, _)| *word == status)
}

/// Fields of a status that every one has, or that have a place in the event.
const STATUS_FIELDS: [&str; 8] = [
    "channel",
    "client_ref",
    "error",
    "from",
    "message_uuid",
    "status",
    "timestamp",
    "to",
];

/// How far a message got.
fn status(wire: &Vonage, arrival: &Arrival<'_>, object: &Object) -> Option<InboundEvent> {
    let id = text(object, "message_uuid")?;
    let (word, mut state) = state(text(object, "status")?)?;
    let code = object
        .get("error")
        .and_then(Value::as_object)
        .and_then(code);
    if code.as_deref() == Some(EXPIRED) {
        state = DeliveryState::stopped(Stop::Expired);
    }
    let found = failure(code.as_deref()).filter(|_| state.stop.is_some());
    let mut event = StatusEvent::new(receipt(id, text(object, "client_ref")), state);
    event.failure = found.or_else(|| state.stop.is_some().then(unknown));
    let to = party(object, "to");
    event.to = to.and_then(|to| person(channel_of(wire, object), to));
    if let Some(report) = left(word, object, &STATUS_FIELDS) {
        event = event.with_report(report);
    }
    let key = format!("{}:{word}", key_of(id));
    Some(arrival.event(&key, time(object, "timestamp"), event))
}

/// The code of an error: the end of its type in version 1, `title` as number or text, `code` in version 0.1.
fn code(error: &Object) -> Option<String> {
    let number = |name| match error.get(name)? {
        Value::Number(number) => number.as_u64().map(|it| it.to_string()),
        Value::String(text) => code_of(text).map(str::to_owned),
        _ => None,
    };
    let typed = text(error, "type").and_then(code_of).map(str::to_owned);
    typed.or_else(|| number("title")).or_else(|| number("code"))
}

/// An id as it can stand in a key, however long it came.
fn key_of(id: &str) -> String {
    if id.len() <= 128 {
        id.to_owned()
    } else {
        digest_of(id.as_bytes())
    }
}

/// Fields of a message that every one has, or that have a place in the event.
const MESSAGE_FIELDS: [&str; 17] = [
    "audio",
    "channel",
    "client_ref",
    "context",
    "file",
    "from",
    "image",
    "location",
    "message",
    "message_type",
    "message_uuid",
    "sticker",
    "text",
    "timestamp",
    "to",
    "vcard",
    "video",
];

/// The type of what was written, and where it stands: in version 0.1 below `message`.
fn content_of(object: &Object) -> (Option<&str>, &Object) {
    let nested = object
        .get("message")
        .and_then(|it| it.get("content"))
        .and_then(Value::as_object);
    match nested {
        Some(content) => (text(content, "type"), content),
        None => (text(object, "message_type"), object),
    }
}

/// What a person wrote, tapped or shared.
fn message(wire: &Vonage, arrival: &Arrival<'_>, object: &Object) -> Option<InboundEvent> {
    let id = text(object, "message_uuid")?;
    let channel = channel_of(wire, object);
    let from = person(channel, party(object, "from")?)?;
    let own = party(object, "to").unwrap_or_default();
    let conversation = arrival.conversation(own, &from).ok()?;
    let (kind, said) = content_of(object);
    let answered = object.get("context").and_then(Value::as_object);
    let answered = answered.and_then(|it| text(it, "message_uuid"));
    let inner = |name: &str| said.get(name).and_then(Value::as_object);
    let event: Inbound = match kind? {
        "reply" | "button" => {
            let tapped = inner(kind?)?;
            let handle = ["id", "payload", "title", "text"];
            let handle = handle.iter().find_map(|name| text(tapped, name))?;
            let message = answered.unwrap_or_default();
            let mut answer = AnswerReceived::new(from, conversation, message, handle);
            let label = text(tapped, "title").or_else(|| text(tapped, "text"));
            answer.label = label.map(str::to_owned);
            answer.into()
        }
        "reaction" => {
            let reaction = inner("reaction")?;
            let emoji = text(reaction, "emoji").map(str::to_owned);
            ReactionReceived::new(from, answered?, emoji).into()
        }
        kind => {
            let content = content(kind, said)?;
            let mut message = InboundMessage::new(from, conversation, id, content);
            message.reply_to = answered.map(str::to_owned);
            let report = left("details", object, &MESSAGE_FIELDS);
            message.report = report.map(Box::new);
            message.into()
        }
    };
    Some(arrival.event(&key_of(id), time(object, "timestamp"), event))
}

/// What a message of this type says; none when the type is not known.
fn content(kind: &str, said: &Object) -> Option<Content> {
    let shown = match kind {
        "text" => {
            // A text may be empty.
            let text = said.get("text").and_then(Value::as_str)?;
            return Some(Content::text(text));
        }
        "location" => {
            let place = said.get("location")?.as_object()?;
            return location(place).map(Content::Location);
        }
        "image" => MediaKind::Image,
        "audio" => MediaKind::Audio,
        "video" => MediaKind::Video,
        "sticker" => MediaKind::Sticker,
        "file" | "vcard" => MediaKind::File,
        _ => return None,
    };
    let resource = said.get(kind)?.as_object()?;
    let mut media = Media::from_url(shown, text(resource, "url")?, "");
    media.filename = text(resource, "name").map(str::to_owned);
    let mut group = MediaGroup::new(vec![media]);
    if let Some(caption) = text(resource, "caption") {
        group = group.with_caption(caption);
    }
    Some(Content::Media(group))
}

fn location(place: &Object) -> Option<Location> {
    let degrees = |names: [&str; 2]| {
        let value = names.iter().find_map(|name| place.get(*name))?;
        let digits = match value {
            Value::Number(number) => number.to_string(),
            Value::String(text) => text.trim().to_owned(),
            _ => return None,
        };
        Decimal::new(digits).ok()
    };
    let (latitude, longitude) = (
        degrees(["lat", "latitude"])?,
        degrees(["long", "longitude"])?,
    );
    let mut location = Location::new(latitude, longitude);
    location.name = text(place, "name").map(str::to_owned);
    location.address = text(place, "address").map(str::to_owned);
    Some(location)
}

#[cfg(test)]
mod tests;
