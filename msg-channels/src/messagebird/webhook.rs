//! From a webhook call to events: status reports (<https://developers.messagebird.com/api/sms-messaging/#handle-a-status-report>)
//! and messages that came in (<https://developers.messagebird.com/api/sms-messaging/#receive-inbound-sms>).

pub(super) mod signature;

use super::response::failure;
use super::wire::{MessageBird, SCHEME};
use crate::wire::arrival::{Arrival, digest_of, unix_time};
use crate::wire::call::part_of;
use crate::wire::fields::Fields;
use crate::wire::phone;
use jiff::Timestamp;
use msg_core::Error;
use msg_core::channel::{
    Inbound, InboundEvent, InboundMessage, Receipt, Report, StatusEvent, Verified,
};
use msg_core::message::state::{Progress, Stop};
use msg_core::message::{ChannelKind, Content, DeliveryState};
use serde_json::Value;

/// The events of a verified call. MessageBird says its fields in the query, in a form or as JSON.
pub(super) fn parse(wire: &MessageBird, call: &Verified<'_>) -> Result<Vec<InboundEvent>, Error> {
    let malformed = |problem| Error::invalid(problem).with_context("scheme", SCHEME);
    let request = call.request();
    let arrival = Arrival::new(SCHEME, wire.account.as_ref(), call.received_at());
    let event = if request.body.trim_ascii_start().starts_with(b"{") {
        let value: Value = serde_json::from_slice(&request.body)
            .map_err(|_| malformed("the body is neither a form nor json"))?;
        let form = flat(&value);
        let fields = Fields::of_form(form.as_bytes());
        read(&arrival, &fields).unwrap_or_else(|| arrival.unsupported("webhook", value))
    } else {
        let fields = Fields::of(request);
        if fields.is_empty() {
            return Err(malformed("the call has neither a form nor a query"));
        }
        read(&arrival, &fields).unwrap_or_else(|| kept(&arrival, &fields))
    };
    Ok(vec![event])
}

/// The texts and numbers of an object as a form.
fn flat(value: &Value) -> String {
    let mut form = form_urlencoded::Serializer::new(String::new());
    for (name, value) in value.as_object().into_iter().flatten() {
        match value {
            Value::String(text) => form.append_pair(name, text),
            Value::Number(number) => form.append_pair(name, &number.to_string()),
            _ => continue,
        };
    }
    form.finish()
}

fn kept(arrival: &Arrival<'_>, fields: &Fields<'_>) -> InboundEvent {
    let word = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
    let name = fields.any(&["type", "status"]);
    let name = name.filter(|it| it.len() <= 64 && it.bytes().all(word));
    arrival.unsupported(name.unwrap_or("webhook"), fields.to_value())
}

fn read(arrival: &Arrival<'_>, fields: &Fields<'_>) -> Option<InboundEvent> {
    if fields.get("status").is_some() {
        report(arrival, fields)
    } else {
        message(arrival, fields)
    }
}

/// Fields of a report that have a place in the event.
const ROUTINE: [&str; 6] = [
    "id",
    "recipient",
    "reference",
    "status",
    "statusDatetime",
    "statusErrorCode",
];

/// How far a message got.
fn report(arrival: &Arrival<'_>, fields: &Fields<'_>) -> Option<InboundEvent> {
    let id = fields.get("id")?;
    let (word, state) = state(fields.get("status")?)?;
    let mut receipt = Receipt::new(id);
    if let Some(reference) = fields.get("reference").filter(|it| part_of(it).is_some()) {
        receipt = Receipt::new(reference);
        receipt.further_ids.push(id.to_owned());
    }
    let mut event = StatusEvent::new(receipt, state);
    event.failure = state
        .stop
        .map(|_| failure(fields.get("statusErrorCode"), fields.get("statusReason")));
    let recipient = fields.get("recipient");
    event.to = recipient.and_then(|to| phone::sender(&ChannelKind::Sms, to));
    let raw = fields.value_of(|name| !ROUTINE.contains(&name));
    if raw.as_object().is_some_and(|fields| !fields.is_empty()) {
        event = event.with_report(Report::new(word, raw));
    }
    let occurred = time(fields.get("statusDatetime"));
    Some(arrival.event(&format!("{id}:{word}"), occurred, event))
}

/// MessageBird's word for it and ours (messagebird-nodejs `messages.d.ts`).
fn state(status: &str) -> Option<(&'static str, DeliveryState)> {
    let mut failed = DeliveryState::stopped(Stop::Failed);
    failed.progress = Progress::Sent;
    let known = [
        ("scheduled", DeliveryState::reached(Progress::Accepted)),
        ("sent", DeliveryState::reached(Progress::Sent)),
        // The network keeps it until the phone is there again.
        ("buffered", DeliveryState::reached(Progress::Sent)),
        ("delivered", DeliveryState::reached(Progress::Delivered)),
        ("expired", DeliveryState::stopped(Stop::Expired)),
        ("delivery_failed", failed),
    ];
    known
        .into_iter()
        .find(|(word, _)| word.eq_ignore_ascii_case(status))
}

/// Fields of a message that have a place in the event.
const KNOWN: [&str; 6] = [
    "body",
    "createdDatetime",
    "id",
    "message",
    "originator",
    "recipient",
];

/// What a person wrote. `originator` is who, `recipient` our number; older webhooks say `body` as `message`.
fn message(arrival: &Arrival<'_>, fields: &Fields<'_>) -> Option<InboundEvent> {
    let from = phone::sender(&ChannelKind::Sms, fields.any(&["originator", "sender"])?)?;
    let own = fields.any(&["recipient", "shortcode"]).unwrap_or_default();
    let conversation = arrival.conversation(own, &from).ok()?;
    let text = fields.any(&["body", "message", "payload"]);
    let named = || {
        fields
            .iter()
            .any(|(name, _)| name == "body" || name == "message")
    };
    let text = text.or_else(|| named().then_some(""))?;
    let id = match fields.any(&["id", "message_id"]) {
        Some(id) => id.to_owned(),
        None => digest_of(fields.to_value().to_string().as_bytes()),
    };
    let occurred = time(fields.any(&["createdDatetime", "receiveDatetime", "receive_datetime"]));
    let mut message = InboundMessage::new(from, conversation, &*id, Content::text(text));
    if fields.iter().any(|(name, _)| !KNOWN.contains(&name)) {
        let left = fields.value_of(|name| !KNOWN.contains(&name));
        message.report = Some(Box::new(Report::new("details", left)));
    }
    Some(arrival.event(&id, occurred, Inbound::Message(message)))
}

/// RFC 3339, its `+` perhaps as a space, or seconds since 1970.
fn time(text: Option<&str>) -> Option<Timestamp> {
    let text = text?;
    let repaired = || text.replace(' ', "+").parse().ok();
    let parsed = text.parse().ok().or_else(repaired);
    parsed.or_else(|| unix_time(&Value::from(text)))
}

#[cfg(test)]
mod tests;
