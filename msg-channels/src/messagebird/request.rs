//! From a part to a request (<https://developers.messagebird.com/api/sms-messaging/#send-outbound-sms>).

use super::schema::Message;
use super::wire::{MAX_SEGMENTS, MessageBird};
use crate::wire::call::{self, Encoded, invalid, refuse, unsupported};
use crate::wire::phone::digits;
use bytes::Bytes;
use http::header::AUTHORIZATION;
use msg_core::channel::{Advice, FailureClass};
use msg_core::message::segment::{SegmentOptions, count};
use msg_core::message::{ChannelKind, Part, PartBody};

/// How many of the newest messages a look-up reads.
const NEWEST: u8 = 50;

/// The request that sends a part.
pub(super) fn encode(wire: &MessageBird, part: &Part) -> Encoded<http::Request<Bytes>> {
    let recipient = digits(part, &ChannelKind::Sms)?;
    let body = match &part.body {
        PartBody::Text(text) if text.buttons.is_empty() => call::plain(&text.text)?,
        _ => return Err(unsupported("the sms api sends text only")),
    };
    if body.is_empty() {
        return Err(invalid("a message has a text"));
    }
    // 600 bytes are at most 9 segments in either alphabet.
    if body.len() > 600 && count(body, SegmentOptions::new()).segments > MAX_SEGMENTS {
        let (class, advice) = (FailureClass::ContentTooLarge, Advice::Degrade);
        return Err(refuse(class, advice, "a text has at most 9 segments"));
    }
    let message = Message {
        originator: &wire.from,
        body,
        recipients: [recipient],
        r#type: "sms",
        // `plain` would replace what is not in the GSM alphabet.
        datacoding: "auto",
        reference: call::token_of(part),
        report_url: wire.report_url.as_deref(),
        validity: wire.validity,
        gateway: wire.gateway,
    };
    let request = call::json(wire.messages.clone(), &message)?;
    Ok(call::with_header(
        request,
        AUTHORIZATION,
        &wire.authorization,
    ))
}

/// The request that asks for the newest messages to the number of a part.
pub(super) fn look_up(wire: &MessageBird, part: &Part) -> Encoded<http::Request<Bytes>> {
    let recipient = digits(part, &ChannelKind::Sms)?;
    let path = format!("/messages?recipient={recipient}&direction=mt&limit={NEWEST}");
    let request = call::get(wire.endpoint.uri(&path)?);
    Ok(call::with_header(
        request,
        AUTHORIZATION,
        &wire.authorization,
    ))
}

#[cfg(test)]
mod tests;
