//! From a part to a request (<https://www.twilio.com/docs/messaging/api/message-resource>).

use super::config::{TwilioChannel, TwilioConfig, is_sid};
use super::wire::{MAX_BODY, Twilio};
use crate::wire::call::{self, Encoded, foreign_address, invalid, refuse, unsupported};
use crate::wire::endpoint::Endpoint;
use bytes::Bytes;
use http::Uri;
use msg_core::Error;
use msg_core::capability::Unit;
use msg_core::channel::{Advice, FailureClass};
use msg_core::message::content::{Location, ProviderTemplate};
use msg_core::message::media::Media;
use msg_core::message::part::{MediaPart, RawPart, Styled, TextPart};
use msg_core::message::template::{TemplateBody, TemplateComponent, TemplateParam};
use msg_core::message::{AddressScheme, Markup, Part, PartBody};
use serde_json::Value;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

/// The field of the status callback's query that carries the part's id.
pub(super) const TOKEN: &str = "msg_part";

/// The most media of one message (OpenAPI description of `MediaUrl`).
const MAX_MEDIA: usize = 10;

/// The addresses of the API, made once.
pub(super) struct Endpoints {
    pub(super) api: Endpoint,
    messages: Uri,
    typing: Uri,
}

impl fmt::Debug for Endpoints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Endpoints")
    }
}

impl Endpoints {
    pub(super) fn new(config: &TwilioConfig) -> Result<Self, Error> {
        let api = Endpoint::new(&config.base_url)?;
        let path = format!("/2010-04-01/Accounts/{}/Messages.json", config.account_sid);
        let typing = Endpoint::new(&config.messaging_url)?.fixed("/v2/Indicators/Typing.json")?;
        Ok(Self {
            messages: api.fixed(&path)?,
            api,
            typing,
        })
    }
}

/// The status callback up to the part's id.
pub(super) fn callback(url: &str) -> String {
    let separator = if url.contains('?') { '&' } else { '?' };
    format!("{url}{separator}{TOKEN}=")
}

/// The fields of a message, in the order they are sent.
struct Form<'a>(Vec<(&'a str, Cow<'a, str>)>);

impl<'a> Form<'a> {
    fn push(&mut self, name: &'a str, value: impl Into<Cow<'a, str>>) {
        self.0.push((name, value.into()));
    }
}

/// The request that sends a part.
pub(super) fn encode(wire: &Twilio, part: &Part) -> Encoded<http::Request<Bytes>> {
    match &part.body {
        PartBody::Read(read) => return mark_read(wire, part, &read.up_to),
        PartBody::Typing(typing) if !typing.stop => {
            let answered = part.reply_to.as_deref().unwrap_or_default();
            return mark_read(wire, part, answered);
        }
        _ => {}
    }
    let mut form = Form(Vec::with_capacity(12));
    form.push("To", recipient(wire, part)?);
    if let Some(from) = &wire.from {
        form.push("From", from.as_str());
    }
    if let Some(service) = &wire.service {
        form.push("MessagingServiceSid", service.as_str());
    }
    match &part.body {
        PartBody::Text(text) => self::text(wire, text, &mut form)?,
        PartBody::Media(media) => self::media(wire, media, &mut form)?,
        PartBody::Location(place) if wire.channel == TwilioChannel::WhatsApp => {
            location(place, &mut form);
        }
        PartBody::Template(template) => self::template(wire, template, &mut form)?,
        PartBody::Raw(raw) => self::raw(raw, &mut form)?,
        _ => return Err(unsupported("the messages api has no such message")),
    }
    if let Some(seconds) = &wire.validity {
        form.push("ValidityPeriod", seconds.as_str());
    }
    if let Some(smart) = wire.smart_encoding {
        form.push("SmartEncoded", if smart { "true" } else { "false" });
    }
    if let Some(callback) = &wire.callback {
        form.push(
            "StatusCallback",
            format!("{callback}{}", call::token_of(part)),
        );
    }
    let fields = form.0.iter().map(|(name, value)| (*name, &**value));
    Ok(wire.signed(call::form(wire.endpoints.messages.clone(), fields)))
}

/// Whom a part goes to, as Twilio writes addresses.
fn recipient<'a>(wire: &Twilio, part: &'a Part) -> Encoded<Cow<'a, str>> {
    let scoped = *part.to.scheme() == AddressScheme::WhatsAppUser;
    let known = *part.to.scheme() == AddressScheme::E164
        || (scoped && wire.channel == TwilioChannel::WhatsApp);
    if part.to.channel() != &wire.kind || !known {
        return Err(foreign_address(
            "want a phone number of this sender's channel",
        ));
    }
    let value = part.to.expose();
    Ok(match wire.channel.prefix() {
        "" => Cow::Borrowed(value),
        prefix => Cow::Owned(format!("{prefix}{value}")),
    })
}

fn written<'a>(wire: &Twilio, text: &'a Styled) -> Encoded<&'a str> {
    let text = match wire.channel {
        TwilioChannel::WhatsApp => call::written_in(text, &Markup::WhatsApp),
        _ => call::plain(text),
    }?;
    if text.len() > MAX_BODY && Unit::Utf16.measure(text) > MAX_BODY {
        let (class, advice) = (FailureClass::ContentTooLarge, Advice::Degrade);
        return Err(refuse(class, advice, "a body has at most 1600 characters"));
    }
    Ok(text)
}

fn text<'a>(wire: &Twilio, part: &'a TextPart, form: &mut Form<'a>) -> Encoded<()> {
    if !part.buttons.is_empty() {
        return Err(unsupported("buttons are sent by content templates only"));
    }
    let body = written(wire, &part.text)?;
    if body.is_empty() {
        return Err(invalid("a message without media has a text"));
    }
    form.push("Body", body);
    if wire.channel == TwilioChannel::Mms {
        // Without media it would leave as an SMS.
        form.push("SendAsMms", "true");
    }
    Ok(())
}

fn media<'a>(wire: &Twilio, part: &'a MediaPart, form: &mut Form<'a>) -> Encoded<()> {
    let most = match wire.channel {
        TwilioChannel::Sms => 0,
        TwilioChannel::Mms => MAX_MEDIA,
        TwilioChannel::WhatsApp | TwilioChannel::Rcs => 1,
    };
    if !part.buttons.is_empty() || !(1..=most).contains(&part.items.len()) {
        return Err(unsupported("the channel has no such media"));
    }
    if let Some(caption) = &part.caption {
        let body = written(wire, caption)?;
        if !body.is_empty() {
            form.push("Body", body);
        }
    }
    for item in &part.items {
        form.push("MediaUrl", url(item)?);
    }
    Ok(())
}

fn url(media: &Media) -> Encoded<&str> {
    let url = media.url().filter(|url| {
        let begins = |scheme: &str| {
            url.get(..scheme.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
        };
        begins("https://") || begins("http://")
    });
    url.ok_or_else(|| {
        let (class, advice) = (FailureClass::MediaRejected, Advice::FixContent);
        refuse(
            class,
            advice,
            "twilio fetches media from an http or https url",
        )
    })
}

/// A place: its name is the body and its address the label
/// (<https://www.twilio.com/docs/whatsapp/message-features#location-messages-with-whatsapp>).
fn location<'a>(place: &'a Location, form: &mut Form<'a>) {
    let (latitude, longitude) = (place.latitude.as_str(), place.longitude.as_str());
    let label = place.address.as_deref().or(place.name.as_deref());
    let name = place.name.as_deref().or(label).map(Cow::Borrowed);
    form.push(
        "Body",
        name.unwrap_or_else(|| format!("{latitude}, {longitude}").into()),
    );
    let action = match label {
        Some(label) => format!("geo:{latitude},{longitude}|{label}"),
        None => format!("geo:{latitude},{longitude}"),
    };
    form.push("PersistentAction", action);
}

fn template<'a>(wire: &'a Twilio, call: &'a ProviderTemplate, form: &mut Form<'a>) -> Encoded<()> {
    let name = call.id.as_str();
    let sid = match wire.templates.get(name) {
        Some(sid) => sid.as_str(),
        None if is_sid("HX", name) => name,
        None => {
            let (class, advice) = (FailureClass::TemplateMissing, Advice::FixConfig);
            return Err(refuse(class, advice, "no content sid has this name"));
        }
    };
    form.push("ContentSid", sid);
    let variables = variables(call)?;
    if !variables.is_empty() {
        let variables = serde_json::to_string(&variables)
            .map_err(|_| invalid("the part cannot be written as json"))?;
        form.push("ContentVariables", variables);
    }
    Ok(())
}

/// A content template has one list of variables for all its parts, so only those of its text have a place here by
/// themselves; the others are named in `params` (<https://www.twilio.com/docs/content/using-variables-with-content-api>).
fn variables(call: &ProviderTemplate) -> Encoded<BTreeMap<Cow<'_, str>, &str>> {
    let named = call.params.iter();
    let mut all: BTreeMap<_, _> = named
        .map(|(name, value)| (Cow::from(name), value.as_str()))
        .collect();
    for component in &call.components {
        let TemplateComponent::Body(TemplateBody(places)) = component else {
            let (class, advice) = (FailureClass::TemplateParams, Advice::FixContent);
            return Err(refuse(
                class,
                advice,
                "want the variables of all parts in `params`",
            ));
        };
        for (at, place) in places.iter().enumerate() {
            let (name, text) = match place {
                TemplateParam::Text(text) => (text.name.as_deref(), text.text.as_str()),
                TemplateParam::Money(money) => (None, money.text.as_str()),
                _ => return Err(invalid("a variable of a text is a text or an amount")),
            };
            let number = || Cow::from((at + 1).to_string());
            all.insert(name.map_or_else(number, Cow::from), text);
        }
    }
    Ok(all)
}

/// Fields of the host's own, such as `SendAt`. Who it is from and to, and where it is reported, stays the wire's.
fn raw<'a>(RawPart(raw): &'a RawPart, form: &mut Form<'a>) -> Encoded<()> {
    const OURS: [&str; 5] = [
        "To",
        "From",
        "MessagingServiceSid",
        "StatusCallback",
        "ApplicationSid",
    ];
    let fields = raw
        .as_object()
        .filter(|fields| !fields.is_empty())
        .ok_or_else(|| invalid("a raw part is an object of fields"))?;
    for (name, value) in fields {
        if OURS.contains(&name.as_str()) {
            return Err(invalid("a raw part cannot say who it is from or to"));
        }
        let values = match value {
            Value::Array(values) => values.as_slice(),
            value => std::slice::from_ref(value),
        };
        for value in values {
            form.push(name, flat(value)?);
        }
    }
    Ok(())
}

fn flat(value: &Value) -> Encoded<Cow<'_, str>> {
    match value {
        Value::String(text) => Ok(text.as_str().into()),
        Value::Bool(_) | Value::Number(_) => Ok(value.to_string().into()),
        _ => Err(invalid(
            "a field of a raw part is a text, a number or a list",
        )),
    }
}

/// Twilio shows that somebody types, for at most 25 seconds or until an answer comes, and marks the message that is answered
/// as read, both by one call (<https://www.twilio.com/docs/whatsapp/api/typing-indicators-resource>).
fn mark_read(wire: &Twilio, part: &Part, id: &str) -> Encoded<http::Request<Bytes>> {
    if wire.channel != TwilioChannel::WhatsApp {
        return Err(unsupported("only whatsapp shows what was read"));
    }
    recipient(wire, part)?;
    if !is_sid("SM", id) && !is_sid("MM", id) {
        return Err(invalid("want the sid of a message that came in"));
    }
    let fields = [("messageId", id), ("channel", "whatsapp")];
    Ok(wire.signed(call::form(wire.endpoints.typing.clone(), fields)))
}

#[cfg(test)]
mod tests;
