//! From a part to a request (<https://www.plivo.com/docs/messaging/api/messages>).

use super::config::PlivoChannel;
use super::schema::Message;
use super::wire::{MAX_MEDIA, MAX_SEGMENTS, MAX_TEXT, Plivo};
use crate::wire::call::{self, Encoded, invalid, refuse, unsupported};
use crate::wire::phone::recipient;
use bytes::Bytes;
use http::header::AUTHORIZATION;
use msg_core::capability::Unit;
use msg_core::channel::{Advice, FailureClass};
use msg_core::message::media::Media;
use msg_core::message::part::Styled;
use msg_core::message::segment::{SegmentOptions, count};
use msg_core::message::{Part, PartBody};

/// The field of the status callback's query that carries the part's id.
pub(super) const TOKEN: &str = "msg_part";

/// The status callback up to the part's id.
pub(super) fn callback(url: &str) -> String {
    let separator = if url.contains('?') { '&' } else { '?' };
    format!("{url}{separator}{TOKEN}=")
}

/// The request that sends a part.
pub(super) fn encode(wire: &Plivo, part: &Part) -> Encoded<http::Request<Bytes>> {
    let mut message = Message {
        src: wire.from.as_deref(),
        powerpack_uuid: wire.powerpack.as_deref(),
        dst: recipient(part, &wire.kind)?,
        text: "",
        r#type: match wire.channel {
            PlivoChannel::Sms => "sms",
            PlivoChannel::Mms => "mms",
        },
        media_urls: Vec::new(),
        url: None,
        method: None,
        expiry: wire.expiry,
        log: wire.log,
    };
    match &part.body {
        PartBody::Text(text) if text.buttons.is_empty() => {
            message.text = written(wire, &text.text)?;
            if message.text.is_empty() {
                return Err(invalid("a message without media has a text"));
            }
        }
        PartBody::Media(media) if media.buttons.is_empty() => {
            let many = wire.channel == PlivoChannel::Sms || media.items.len() > MAX_MEDIA;
            if many || media.items.is_empty() {
                return Err(unsupported("the channel has no such media"));
            }
            if let Some(caption) = &media.caption {
                message.text = written(wire, caption)?;
            }
            message.media_urls = media.items.iter().map(url).collect::<Encoded<_>>()?;
        }
        _ => return Err(unsupported("the message api has no such message")),
    }
    if let Some(callback) = &wire.callback {
        message.url = Some(format!("{callback}{}", call::token_of(part)));
        message.method = Some("POST");
    }
    let request = call::json(wire.messages.clone(), &message)?;
    Ok(call::with_header(
        request,
        AUTHORIZATION,
        &wire.authorization,
    ))
}

fn written<'a>(wire: &Plivo, text: &'a Styled) -> Encoded<&'a str> {
    let text = call::plain(text)?;
    // A text of so many bytes has no more units than bytes, in either alphabet.
    let short = text.len() <= 700;
    let fits = || Unit::Utf16.measure(text) <= MAX_TEXT;
    let segments = || {
        wire.channel == PlivoChannel::Mms
            || count(text, SegmentOptions::new()).segments <= MAX_SEGMENTS
    };
    if short || (fits() && segments()) {
        Ok(text)
    } else {
        let (class, advice) = (FailureClass::ContentTooLarge, Advice::Degrade);
        Err(refuse(class, advice, "a text has at most 11 segments"))
    }
}

fn url(media: &Media) -> Encoded<&str> {
    let url = media.url().filter(|url| {
        let scheme = url.split_once("://").map(|(scheme, _)| scheme);
        scheme.is_some_and(|it| it.eq_ignore_ascii_case("https") || it.eq_ignore_ascii_case("http"))
    });
    url.ok_or_else(|| {
        let (class, advice) = (FailureClass::MediaRejected, Advice::FixContent);
        refuse(
            class,
            advice,
            "plivo fetches media from an http or https url",
        )
    })
}

#[cfg(test)]
mod tests;
