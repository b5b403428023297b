//! Suggestions and cards of RCS, and what WhatsApp's own API has and Vonage passes on as a custom message
//! (<https://developers.facebook.com/docs/whatsapp/cloud-api/reference/messages>).

use super::super::schema::{Card, Carousel, Message, Rcs, Suggested, Suggestion};
use super::{VonageChannel, url, written};
use crate::wire::call::{Encoded, invalid, unsupported};
use msg_core::message::action::Act;
use msg_core::message::content::Location;
use msg_core::message::part::{Button, CardPart, CarouselPart, ListPart, Styled};
use serde_json::{Value, json};

/// The longest text of a WhatsApp message that has buttons.
const INTERACTIVE: usize = 1024;
/// The longest text of an RCS card (model `RcsCard`).
const CARD: usize = 2000;

/// Suggestions of RCS.
pub(super) fn suggestions(buttons: &[Button]) -> Encoded<Vec<Suggestion<'_>>> {
    buttons.iter().map(suggestion).collect()
}

fn suggestion(button: &Button) -> Encoded<Suggestion<'_>> {
    let label = button.action.label.as_str();
    let act = match &button.action.act {
        Act::Reply(_) => Suggested::Reply,
        Act::Url(page) => Suggested::OpenUrl {
            url: &page.url,
            // Wanted by the API; read out to who does not see.
            description: label,
        },
        Act::Call(call) => Suggested::Dial {
            phone_number: call.phone.trim_start_matches('+'),
        },
        Act::ViewLocation(place) => Suggested::ViewLocation {
            latitude: place.latitude.as_str(),
            longitude: place.longitude.as_str(),
            pin_label: place.name.as_deref().unwrap_or(label),
        },
        Act::ShareLocation(_) => Suggested::ShareLocation,
        Act::Calendar(event) => Suggested::CreateCalendarEvent {
            start_time: event.start.to_string(),
            end_time: event.end.to_string(),
            title: &event.title,
            description: event.place.as_deref().unwrap_or(&event.title),
            fallback_url: event.fallback_url.as_deref(),
        },
        _ => return Err(unsupported("rcs has no such suggestion")),
    };
    Ok(Suggestion {
        text: label,
        postback_data: &button.handle,
        act,
    })
}

/// A card of RCS. Vonage wants all three of its parts.
pub(super) fn card(card: &CardPart) -> Encoded<Card<'_>> {
    let title = card.title.as_deref().filter(|it| !it.is_empty());
    let text = card.text.as_ref().filter(|it| !it.text.is_empty());
    let (Some(title), Some(text), Some(media)) = (title, text, &card.media) else {
        return Err(unsupported("a card has a title, a text and a picture"));
    };
    Ok(Card {
        title,
        text: written(VonageChannel::Rcs, text, CARD)?,
        media_url: url(media)?,
        media_description: &media.alt,
        suggestions: suggestions(&card.buttons)?,
    })
}

pub(super) fn carousel<'a>(part: &'a CarouselPart, message: &mut Message<'a>) -> Encoded<()> {
    if !(2..=10).contains(&part.cards.len()) {
        return Err(unsupported("a carousel has 2 to 10 cards"));
    }
    message.kind = "carousel";
    let cards = part.cards.iter().map(card).collect::<Encoded<_>>()?;
    message.carousel = Some(Carousel { cards });
    message.suggestions = suggestions(&part.buttons)?;
    message.rcs = Some(Rcs {
        card_width: "MEDIUM",
    });
    Ok(())
}

/// A text with up to three replies, or with one link.
pub(super) fn interactive(text: &str, buttons: &[Button]) -> Encoded<Value> {
    let text = bounded(text)?;
    if let [one] = buttons
        && let Act::Url(page) = &one.action.act
    {
        let link = json!({"display_text": one.action.label, "url": page.url});
        return Ok(json!({"type": "interactive", "interactive": {
            "type": "cta_url",
            "body": {"text": text},
            "action": {"name": "cta_url", "parameters": link},
        }}));
    }
    if buttons.len() > 3 {
        return Err(unsupported("whatsapp has at most 3 buttons"));
    }
    let reply = |button: &Button| match button.action.act {
        Act::Reply(_) => {
            let reply = json!({"id": button.handle, "title": button.action.label});
            Ok(json!({"type": "reply", "reply": reply}))
        }
        _ => Err(unsupported("whatsapp has replies or one link")),
    };
    let buttons: Vec<Value> = buttons.iter().map(reply).collect::<Encoded<_>>()?;
    Ok(json!({"type": "interactive", "interactive": {
        "type": "button",
        "body": {"text": text},
        "action": {"buttons": buttons},
    }}))
}

pub(super) fn list(list: &ListPart) -> Encoded<Value> {
    let row = |row: &Button| match &row.action.act {
        Act::Reply(reply) => {
            let mut out = json!({"id": row.handle, "title": row.action.label});
            put(&mut out, "description", reply.description.as_deref());
            Ok(out)
        }
        _ => Err(unsupported("a row of a list is a reply")),
    };
    let mut sections = Vec::with_capacity(list.sections.len());
    for section in &list.sections {
        let rows: Vec<Value> = section.rows.iter().map(row).collect::<Encoded<_>>()?;
        let mut out = json!({"rows": rows});
        put(&mut out, "title", section.title.as_deref());
        sections.push(out);
    }
    let text = |text: &str| json!({"text": text});
    let body = written(VonageChannel::WhatsApp, &list.body, INTERACTIVE)?;
    let mut interactive = json!({
        "type": "list",
        "body": text(body),
        "action": {"button": list.button, "sections": sections},
    });
    if let Some(header) = &list.header {
        set(
            &mut interactive,
            "header",
            json!({"type": "text", "text": header}),
        );
    }
    if let Some(footer) = &list.footer {
        set(&mut interactive, "footer", text(footer));
    }
    Ok(json!({"type": "interactive", "interactive": interactive}))
}

pub(super) fn location(place: &Location) -> Encoded<Value> {
    let degrees = |text: &str| text.parse::<f64>().map_err(|_| invalid("no such place"));
    let mut location = json!({
        "latitude": degrees(place.latitude.as_str())?,
        "longitude": degrees(place.longitude.as_str())?,
    });
    put(&mut location, "name", place.name.as_deref());
    put(&mut location, "address", place.address.as_deref());
    Ok(json!({"type": "location", "location": location}))
}

pub(super) fn location_request(text: &Styled) -> Encoded<Value> {
    let text = written(VonageChannel::WhatsApp, text, INTERACTIVE)?;
    Ok(json!({"type": "interactive", "interactive": {
        "type": "location_request_message",
        "body": {"text": text},
        "action": {"name": "send_location"},
    }}))
}

fn bounded(text: &str) -> Encoded<&str> {
    use msg_core::capability::Unit;
    if text.len() <= INTERACTIVE || Unit::Chars.measure(text) <= INTERACTIVE {
        Ok(text)
    } else {
        Err(unsupported(
            "a text with buttons has at most 1024 characters",
        ))
    }
}

fn put(object: &mut Value, name: &str, text: Option<&str>) {
    if let Some(text) = text {
        set(object, name, text.into());
    }
}

fn set(object: &mut Value, name: &str, value: Value) {
    if let Some(fields) = object.as_object_mut() {
        fields.insert(name.to_owned(), value);
    }
}
