//! Messages and delivery receipts of the SMS API (<https://developer.vonage.com/en/api/sms>).

use super::super::response::{receipt_failure, unknown};
use super::super::wire::Vonage;
use super::{Object, key_of, left, receipt, state, text};
use crate::wire::arrival::{Arrival, unix_time};
use crate::wire::phone;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use msg_core::channel::{InboundEvent, InboundMessage, StatusEvent};
use msg_core::message::{ChannelKind, Content};

pub(super) fn event(wire: &Vonage, arrival: &Arrival<'_>, object: &Object) -> Option<InboundEvent> {
    let channel = wire.channel.kind();
    let channel = match channel {
        ChannelKind::Mms => channel,
        _ => ChannelKind::Sms,
    };
    if object.contains_key("status") {
        status(&channel, arrival, object)
    } else {
        message(&channel, arrival, object)
    }
}

/// `2020-01-01 12:00:00` in UTC, or seconds where the call is signed.
fn time(object: &Object) -> Option<Timestamp> {
    let written = text(object, "message-timestamp").and_then(|it| it.parse::<DateTime>().ok());
    let written = written.and_then(|it| it.to_zoned(TimeZone::UTC).ok());
    let signed = || object.get("timestamp").and_then(unix_time);
    written.map(|it| it.timestamp()).or_else(signed)
}

const STATUS_FIELDS: [&str; 13] = [
    "api-key",
    "client-ref",
    "err-code",
    "message-timestamp",
    "messageId",
    "msisdn",
    "nonce",
    "scts",
    "sig",
    "status",
    "timestamp",
    "to",
    "type",
];

fn status(channel: &ChannelKind, arrival: &Arrival<'_>, object: &Object) -> Option<InboundEvent> {
    let id = text(object, "messageId")?;
    let (word, state) = state(text(object, "status")?)?;
    let mut event = StatusEvent::new(receipt(id, text(object, "client-ref")), state);
    if state.stop.is_some() {
        let found = receipt_failure(text(object, "err-code"));
        event.failure = Some(found.unwrap_or_else(unknown));
    }
    let to = text(object, "msisdn");
    event.to = to.and_then(|to| phone::sender(channel, to));
    if let Some(report) = left(word, object, &STATUS_FIELDS) {
        event = event.with_report(report);
    }
    Some(arrival.event(&format!("{}:{word}", key_of(id)), time(object), event))
}

const MESSAGE_FIELDS: [&str; 10] = [
    "api-key",
    "message-timestamp",
    "messageId",
    "msisdn",
    "nonce",
    "sig",
    "text",
    "timestamp",
    "to",
    "type",
];

/// A message, or one piece of a long one: the pieces are kept apart, each with its place (`concat-part`) in the report.
fn message(channel: &ChannelKind, arrival: &Arrival<'_>, object: &Object) -> Option<InboundEvent> {
    let id = text(object, "messageId")?;
    let said = object.get("text")?.as_str()?;
    let from = phone::sender(channel, text(object, "msisdn")?)?;
    let own = text(object, "to").unwrap_or_default();
    let conversation = arrival.conversation(own, &from).ok()?;
    let mut message = InboundMessage::new(from, conversation, id, Content::text(said));
    let report = left("details", object, &MESSAGE_FIELDS);
    message.report = report.map(Box::new);
    Some(arrival.event(&key_of(id), time(object), message))
}
