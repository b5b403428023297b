//! From a webhook call to events: messages that came in, and reports of how far a message got
//! (<https://www.plivo.com/docs/messaging/api/messages>, `url`; <https://www.plivo.com/docs/messaging/concepts/receiving-messages>).

pub(super) mod signature;

use super::config::PlivoChannel;
use super::request::TOKEN;
use super::response::{EXPIRED, failure, unknown};
use super::wire::{Plivo, SCHEME};
use crate::wire::arrival::{Arrival, digest_of, media_kind};
use crate::wire::call::part_of;
use crate::wire::fields::Fields;
use crate::wire::phone;
use crate::wire::proof::query_field;
use msg_core::Error;
use msg_core::channel::{
    Inbound, InboundEvent, InboundMessage, Receipt, Report, StatusEvent, Verified,
};
use msg_core::message::content::{Decimal, Location, MediaGroup};
use msg_core::message::state::{Progress, Stop};
use msg_core::message::{ChannelKind, Content, DeliveryState, Media};

/// The most media that are looked at: Plivo says 10.
const MAX_MEDIA: usize = 32;

/// The events of a verified call.
pub(super) fn parse(wire: &Plivo, call: &Verified<'_>) -> Result<Vec<InboundEvent>, Error> {
    let request = call.request();
    let fields = Fields::of(request);
    if fields.is_empty() {
        let problem = "the call has neither a form nor a query";
        return Err(Error::invalid(problem).with_context("scheme", SCHEME));
    }
    let arrival = Arrival::new(SCHEME, wire.account.as_ref(), call.received_at());
    let token = query_field(&request.url, TOKEN);
    let event = report(&wire.kind, &arrival, &fields, token.as_deref())
        .or_else(|| message(wire, &arrival, &fields))
        .unwrap_or_else(|| kept(&arrival, &fields));
    Ok(vec![event])
}

/// A kind that is not known.
fn kept(arrival: &Arrival<'_>, fields: &Fields<'_>) -> InboundEvent {
    let name = fields.any(&["Event", "CallStatus", "Status", "Type"]);
    let word = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
    let name = name.filter(|it| it.len() <= 64 && it.bytes().all(word));
    arrival.unsupported(name.unwrap_or("webhook"), fields.to_value())
}

/// Fields of a report that every message has, or that have a place in the event.
const ROUTINE: [&str; 5] = ["ErrorCode", "From", "MessageUUID", "Status", "To"];

/// How far a message got. A long message may be reported part by part; each has a number of its own.
fn report(
    channel: &ChannelKind,
    arrival: &Arrival<'_>,
    fields: &Fields<'_>,
    token: Option<&str>,
) -> Option<InboundEvent> {
    let id = fields.get("MessageUUID")?;
    let status = fields.get("Status")?;
    let (word, mut state) = state(status)?;
    let code = fields.get("ErrorCode");
    let mut found = failure(code);
    if found
        .as_ref()
        .is_some_and(|it| it.provider_code.0 == EXPIRED)
    {
        state = DeliveryState::stopped(Stop::Expired);
    }
    if state.stop.is_none() {
        // Success has the code 000, and a report on the way has none.
        found = None;
    }
    let mut receipt = Receipt::new(id);
    if let Some(token) = token.filter(|token| part_of(token).is_some()) {
        receipt = Receipt::new(token);
        receipt.further_ids.push(id.to_owned());
    }
    let mut event = StatusEvent::new(receipt, state);
    event.failure = found.or_else(|| state.stop.is_some().then(unknown));
    event.to = fields.get("To").and_then(|to| phone::sender(channel, to));
    let raw = fields.value_of(|name| !ROUTINE.contains(&name));
    if raw.as_object().is_some_and(|fields| !fields.is_empty()) {
        event = event.with_report(Report::new(word, raw));
    }
    let part = fields.get("PartInfo").or(fields.get("SequenceNumber"));
    let key = match part {
        Some(part) => format!("{id}:{word}:{}", digest_of(part.as_bytes())),
        None => format!("{id}:{word}"),
    };
    Some(arrival.event(&key, None, event))
}

/// Plivo's word for it and ours (`message_state` in the Message API).
fn state(status: &str) -> Option<(&'static str, DeliveryState)> {
    let failed = |progress| {
        let mut state = DeliveryState::stopped(Stop::Failed);
        state.progress = progress;
        state
    };
    let known = [
        ("queued", DeliveryState::reached(Progress::Queued)),
        ("sent", DeliveryState::reached(Progress::Sent)),
        ("delivered", DeliveryState::reached(Progress::Delivered)),
        ("read", DeliveryState::reached(Progress::Read)),
        ("undelivered", failed(Progress::Sent)),
        ("failed", failed(Progress::Pending)),
        ("rejected", failed(Progress::Pending)),
    ];
    known
        .into_iter()
        .find(|(word, _)| word.eq_ignore_ascii_case(status))
}

/// Fields of a message that have a place in the event.
const KNOWN: [&str; 10] = [
    "Body",
    "Caption",
    "From",
    "Latitude",
    "Longitude",
    "MessageUUID",
    "Text",
    "To",
    "Type",
    "Units",
];

/// What a person wrote.
fn message(wire: &Plivo, arrival: &Arrival<'_>, fields: &Fields<'_>) -> Option<InboundEvent> {
    // A report in a state that is not known, or a call, is no message.
    if fields.any(&["Status", "CallUUID"]).is_some() {
        return None;
    }
    let kind = fields.any(&["Type", "ContentType"]).unwrap_or("sms");
    let channel = match (kind, wire.channel) {
        ("whatsapp", _) => ChannelKind::WhatsApp,
        // Where an answer goes: the wire's own channel.
        (_, PlivoChannel::Sms) => ChannelKind::Sms,
        (_, PlivoChannel::Mms) => ChannelKind::Mms,
    };
    let from = phone::sender(&channel, fields.get("From")?)?;
    let own = fields.get("To").unwrap_or_default();
    let conversation = arrival.conversation(own, &from).ok()?;
    let id = match fields.get("MessageUUID") {
        Some(id) => id.to_owned(),
        None => digest_of(fields.to_value().to_string().as_bytes()),
    };
    let mut message = InboundMessage::new(from, conversation, &*id, content(fields)?);
    let replied = fields.any(&["ContextMessageUUID", "Context"]);
    message.reply_to = replied.map(str::to_owned);
    let known = |name: &str| KNOWN.contains(&name) || name.starts_with("Media");
    if fields.iter().any(|(name, _)| !known(name)) {
        let report = Report::new("details", fields.value_of(|name| !known(name)));
        message.report = Some(Box::new(report));
    }
    Some(arrival.event(&id, None, Inbound::Message(message)))
}

fn content(fields: &Fields<'_>) -> Option<Content> {
    let decimal = |name| Decimal::new(fields.get(name)?.trim()).ok();
    if let (Some(latitude), Some(longitude)) = (decimal("Latitude"), decimal("Longitude")) {
        return Some(Content::Location(Location::new(latitude, longitude)));
    }
    let text = fields.any(&["Text", "Body", "Caption"]);
    let items = media(fields);
    if !items.is_empty() {
        let mut group = MediaGroup::new(items);
        if let Some(text) = text {
            group = group.with_caption(text);
        }
        return Some(Content::Media(group));
    }
    match text {
        Some(text) => Some(Content::text(text)),
        // An SMS may be empty; what says neither is something new.
        None => fields
            .iter()
            .any(|(name, _)| name == "Text")
            .then(|| Content::text("")),
    }
}

fn media(fields: &Fields<'_>) -> Vec<Media> {
    let one = |number: usize| {
        let url = fields.get(&format!("Media{number}"))?;
        let mime = fields.get(&format!("MediaContentType{number}"));
        let mut media = Media::from_url(media_kind(mime.unwrap_or_default()), url, "");
        media.mime = mime.map(str::to_owned);
        Some(media)
    };
    (0..MAX_MEDIA).map_while(one).collect()
}

#[cfg(test)]
mod tests;
