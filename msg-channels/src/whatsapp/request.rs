//! From a part to a request.

mod interactive;
mod media;
mod template;

use super::schema::{
    Call, Company, Contact, Context, Indicator, Mail, Name, Phone, Place, Says, Seen, Text, To,
};
use super::wire::{Recipient, WhatsApp};
use crate::wire::call::{Encoded, invalid, token_of, unsupported, written_in};
use bytes::Bytes;
use msg_core::message::content::{ContactCard, ContactCards, Location, Reaction, Typing};
use msg_core::message::interactive::ContactField;
use msg_core::message::part::{ContactRequestPart, RawPart, Styled, TextPart};
use msg_core::message::{Markup, Part, PartBody};
use serde::ser::{Serialize, SerializeMap as _, Serializer};
use serde_json::{Map, Value};

pub(super) use media::{locate, must_upload, upload};

/// The name of the product, which every call repeats.
const PRODUCT: &str = "whatsapp";

/// The request that sends a part.
pub(super) fn encode(wire: &WhatsApp, part: &Part) -> Encoded<http::Request<Bytes>> {
    let to = Recipient::of(part)?;
    let says = match &part.body {
        PartBody::Text(text) => text_or_buttons(wire, text)?,
        PartBody::Media(media) => media::send(wire, media)?,
        PartBody::List(list) => Says::Interactive(interactive::list(list)?),
        PartBody::Location(place) => Says::Location(place_of(place)),
        PartBody::LocationRequest(ask) => {
            Says::Interactive(interactive::ask(&ask.text, interactive::WHERE)?)
        }
        PartBody::Contact(cards) => contacts(cards)?,
        PartBody::ContactRequest(ask) => contact_request(ask)?,
        PartBody::Form(form) => Says::Interactive(interactive::flow(wire, part, form)?),
        PartBody::Product(product) => Says::Interactive(interactive::product(wire, product)?),
        PartBody::Payment(payment) => Says::Interactive(interactive::payment(wire, payment)?),
        PartBody::Template(call) => Says::Template(template::of(call)?),
        PartBody::Reaction(reaction) => react(reaction),
        PartBody::Typing(typing) => return seen(wire, typed(part, typing)?, true),
        PartBody::Read(read) => return seen(wire, &read.up_to, false),
        PartBody::Raw(raw) => return self::raw(wire, part, to, raw),
        _ => return Err(unsupported("the cloud api has no such message")),
    };
    let call = Call {
        messaging_product: PRODUCT,
        to: addressed(to),
        // A reaction names its message itself.
        context: context(part).filter(|_| !matches!(says, Says::Reaction(_))),
        r#type: says.name(),
        says,
        biz_opaque_callback_data: wire.callback_data.then(|| token_of(part)),
    };
    wire.api.post(wire.messages.clone(), &call)
}

fn addressed(to: Recipient<'_>) -> To<'_> {
    let (kind, id, user) = match to {
        Recipient::Phone(number) => ("individual", Some(number), None),
        Recipient::User(user) => ("individual", None, Some(user)),
        Recipient::Group(group) => ("group", Some(group), None),
    };
    To { kind, id, user }
}

fn context(part: &Part) -> Option<Context<'_>> {
    let message_id = part.reply_to.as_deref()?;
    Some(Context { message_id })
}

/// A text in WhatsApp's markup, or without any.
fn styled(text: &Styled) -> Encoded<&str> {
    written_in(text, &Markup::WhatsApp)
}

fn text_or_buttons<'a>(wire: &WhatsApp, part: &'a TextPart) -> Encoded<Says<'a>> {
    let body = styled(&part.text)?;
    if part.buttons.is_empty() {
        return Ok(Says::Text(plain(body)));
    }
    let action = interactive::buttons(wire, &part.buttons, true)?;
    Ok(Says::Interactive(action.with(None, Some(body))))
}

/// The first link of a text is shown with a preview.
fn plain(body: &str) -> Text<'_> {
    let preview_url = body.contains("https://") || body.contains("http://");
    Text { body, preview_url }
}

fn place_of(place: &Location) -> Place<'_> {
    Place {
        latitude: place.latitude.as_str(),
        longitude: place.longitude.as_str(),
        name: place.name.as_deref(),
        address: place.address.as_deref(),
    }
}

fn contacts(cards: &ContactCards) -> Encoded<Says<'_>> {
    if cards.0.is_empty() {
        return Err(invalid("want a contact card"));
    }
    Ok(Says::Contacts(cards.0.iter().map(contact).collect()))
}

fn contact(card: &ContactCard) -> Contact<'_> {
    let org = card.organization.as_deref();
    Contact {
        name: Name {
            formatted_name: &card.name,
            first_name: &card.name,
        },
        phones: card.phones.iter().map(|phone| Phone { phone }).collect(),
        emails: card.emails.iter().map(|email| Mail { email }).collect(),
        org: org.map(|company| Company { company }),
    }
}

/// A phone number is shared with a button; anything else is typed, so the question is a text.
fn contact_request(ask: &ContactRequestPart) -> Encoded<Says<'_>> {
    Ok(match ask.field {
        ContactField::Phone => Says::Interactive(interactive::ask(&ask.text, interactive::WHO)?),
        _ => Says::Text(plain(styled(&ask.text)?)),
    })
}

fn react(reaction: &Reaction) -> Says<'_> {
    Says::Reaction(super::schema::Reaction {
        message_id: &reaction.target,
        emoji: reaction.emoji.as_deref().unwrap_or_default(),
    })
}

/// The message at which typing is shown. It ends by itself, after 25 seconds or with the answer (Meta, "Typing indicators").
fn typed<'a>(part: &'a Part, typing: &Typing) -> Encoded<&'a str> {
    if typing.stop {
        return Err(unsupported("a sign of typing ends by itself"));
    }
    part.reply_to
        .as_deref()
        .ok_or_else(|| invalid("typing is shown at the message that is answered"))
}

fn seen(wire: &WhatsApp, message_id: &str, typing: bool) -> Encoded<http::Request<Bytes>> {
    let call = Seen {
        messaging_product: PRODUCT,
        status: "read",
        message_id,
        typing_indicator: typing.then_some(Indicator { r#type: "text" }),
    };
    wire.api.post(wire.messages.clone(), &call)
}

/// The host's own message: a JSON object as the API takes it.
///
/// It goes to the part's recipient and nowhere else, because only that was cleared: what names another one is refused.
fn raw(
    wire: &WhatsApp,
    part: &Part,
    to: Recipient<'_>,
    raw: &RawPart,
) -> Encoded<http::Request<Bytes>> {
    let fields = raw
        .0
        .as_object()
        .ok_or_else(|| invalid("want a json object with a message of the cloud api"))?;
    let own = addressed(to);
    let elsewhere = |name: &str, own: Option<&str>| {
        let given = fields.get(name).and_then(Value::as_str);
        fields.contains_key(name) && given.map(|it| it.strip_prefix('+').unwrap_or(it)) != own
    };
    if elsewhere("to", own.id) || elsewhere("recipient", own.user) {
        return Err(invalid("a raw message goes to the recipient of its part"));
    }
    let call = Raw {
        to: own,
        token: wire.callback_data.then(|| token_of(part)),
        fields,
    };
    wire.api.post(wire.messages.clone(), &call)
}

struct Raw<'a> {
    to: To<'a>,
    token: Option<String>,
    fields: &'a Map<String, Value>,
}

const TRACKER: &str = "biz_opaque_callback_data";

/// What the wire says itself.
const OWN: [&str; 5] = [
    "messaging_product",
    "recipient_type",
    "to",
    "recipient",
    TRACKER,
];

impl Serialize for Raw<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("messaging_product", PRODUCT)?;
        // A mark of reading has no recipient.
        if !self.fields.contains_key("status") {
            map.serialize_entry("recipient_type", self.to.kind)?;
            if let Some(id) = self.to.id {
                map.serialize_entry("to", id)?;
            }
            if let Some(user) = self.to.user {
                map.serialize_entry("recipient", user)?;
            }
            if let Some(token) = &self.token {
                map.serialize_entry(TRACKER, token)?;
            }
        }
        for (name, value) in self.fields {
            if !OWN.contains(&name.as_str()) {
                map.serialize_entry(name, value)?;
            }
        }
        map.end()
    }
}

#[cfg(test)]
mod tests;
