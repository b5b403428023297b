//! From a part to a call of the Send API.

use super::schema::{
    Answered, Attachment, Button, Call, Element, MediaElement, Message, Payload, ProductElement,
    QuickReply, Reacted, Recipient, Template,
};
use super::{Inbox, media};
use crate::wire::call::{self, Encoded, foreign_address, invalid, token_of, unsupported};
use bytes::Bytes;
use msg_core::message::content::Reaction;
use msg_core::message::interactive::ContactField;
use msg_core::message::part::{
    Button as Tap, CardPart, CarouselPart, ContactRequestPart, Keyboard, MediaPart, RawPart,
    TextPart,
};
use msg_core::message::{Act, AddressScheme, MediaKind, MediaSource, Part, PartBody, Purpose};
use serde::Serialize;
use serde_json::Value;

/// Why a message is sent, as the Send API names it
/// (<https://developers.facebook.com/docs/messenger-platform/send-messages#messaging_types>).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Why {
    /// It answers what the person wrote.
    Response,
    /// It is sent on our own account, inside of the reply window.
    Update,
    /// Somebody who works here answers, up to seven days later.
    HumanAgent,
    /// An approved template about something that the person ordered or asked for.
    Utility,
}

/// The request that sends a part. `template` is the provider's template, which not every channel has.
pub(crate) fn encode(
    inbox: &Inbox,
    part: &Part,
    template: impl FnOnce() -> Encoded<Value>,
) -> Encoded<http::Request<Bytes>> {
    let recipient = recipient(inbox, part)?;
    let making =
        |message: Message<'_>, why| post(inbox, &making(inbox, part, recipient, message, why));
    let free = why(inbox, part);
    match &part.body {
        PartBody::Text(text) => making(self::text(text)?, free),
        PartBody::Media(media) => making(self::media(inbox, media)?, free),
        PartBody::Card(card) => making(self::card(card)?, free),
        PartBody::Carousel(all) => making(carousel(all)?, free),
        PartBody::ContactRequest(request) if inbox.rules.asks_contact => {
            making(ask_contact(request)?, free)
        }
        PartBody::Product(product) => {
            let elements = [ProductElement { id: &product.sku }];
            making(templated(Template::Product { elements }), free)
        }
        PartBody::Template(_) => {
            let template = Some(template()?);
            let message = Message {
                template,
                ..Message::default()
            };
            making(message, Why::Utility)
        }
        PartBody::Reaction(reaction) => post(inbox, &react(recipient, reaction)),
        PartBody::Typing(typing) if typing.stop => post(inbox, &action(recipient, "typing_off")),
        PartBody::Typing(_) => post(inbox, &action(recipient, "typing_on")),
        PartBody::Read(_) => post(inbox, &action(recipient, "mark_seen")),
        PartBody::Raw(raw) => self::raw(inbox, recipient, free, raw),
        _ => Err(unsupported("the send api has no such message")),
    }
}

fn post(inbox: &Inbox, body: &impl Serialize) -> Encoded<http::Request<Bytes>> {
    inbox.api.post(inbox.messages.clone(), body)
}

/// Whom a part goes to. An id of another page or account names nobody here.
fn recipient<'a>(inbox: &Inbox, part: &'a Part) -> Encoded<Recipient<'a>> {
    let (rules, to) = (inbox.rules, &part.to);
    let foreign = || foreign_address("want somebody who wrote to this page or account");
    let here = |scope: &str| inbox.id.as_deref().is_none_or(|id| id == scope);
    if *to.channel() != rules.channel || !to.scope().is_none_or(here) {
        return Err(foreign());
    }
    let named = |name: &str| rules.others.iter().find(|(scheme, _)| *scheme == name);
    let field = match to.scheme() {
        scheme if *scheme == rules.person => "id",
        AddressScheme::Other(name) => named(name).map(|(_, field)| *field).ok_or_else(foreign)?,
        _ => return Err(foreign()),
    };
    Ok(Recipient {
        field,
        value: to.expose(),
    })
}

fn why(inbox: &Inbox, part: &Part) -> Why {
    if inbox.human_agent {
        Why::HumanAgent
    } else if part.purpose == Purpose::Conversational || part.reply_to.is_some() {
        Why::Response
    } else {
        Why::Update
    }
}

/// `messaging_type` and `tag`.
fn said_why(inbox: &Inbox, why: Why) -> (Option<&'static str>, Option<&'static str>) {
    let plain = |name| inbox.rules.says_why.then_some(name);
    match why {
        Why::Response => (plain("RESPONSE"), None),
        Why::Update => (plain("UPDATE"), None),
        Why::HumanAgent => (Some("MESSAGE_TAG"), Some("HUMAN_AGENT")),
        Why::Utility => (Some("UTILITY"), None),
    }
}

/// A call that makes a message.
fn making<'a>(
    inbox: &Inbox,
    part: &'a Part,
    recipient: Recipient<'a>,
    mut message: Message<'a>,
    why: Why,
) -> Call<'a> {
    message.metadata = inbox.rules.metadata.then(|| token_of(part));
    let (messaging_type, tag) = said_why(inbox, why);
    Call {
        recipient,
        messaging_type,
        tag,
        message: Some(message),
        reply_to: part.reply_to.as_deref().map(|mid| Answered { mid }),
        ..Call::default()
    }
}

fn action<'a>(recipient: Recipient<'a>, name: &'static str) -> Call<'a> {
    Call {
        recipient,
        sender_action: Some(name),
        ..Call::default()
    }
}

fn react<'a>(recipient: Recipient<'a>, reaction: &'a Reaction) -> Call<'a> {
    let reacted = Reacted {
        message_id: &reaction.target,
        reaction: reaction.emoji.as_deref(),
    };
    let name = reaction.emoji.as_ref().map_or("unreact", |_| "react");
    Call {
        payload: Some(reacted),
        ..action(recipient, name)
    }
}

fn templated(template: Template<'_>) -> Message<'_> {
    Message {
        attachment: Some(Attachment {
            r#type: "template",
            payload: Payload::Template(template),
        }),
        ..Message::default()
    }
}

fn text(part: &TextPart) -> Encoded<Message<'_>> {
    let text = call::plain(&part.text)?;
    if part.buttons.is_empty() {
        return Ok(said(text));
    }
    let replies = || {
        part.buttons
            .iter()
            .all(|tap| matches!(tap.action.act, Act::Reply(_)))
    };
    if part.keyboard == Keyboard::QuickReplies && replies() {
        let quick_replies = part.buttons.iter().map(|tap| QuickReply::Text {
            title: &tap.action.label,
            payload: &tap.handle,
        });
        return Ok(Message {
            quick_replies: quick_replies.collect(),
            ..said(text)
        });
    }
    let buttons = buttons(&part.buttons)?;
    Ok(templated(Template::Button { text, buttons }))
}

fn said(text: &str) -> Message<'_> {
    Message {
        text: Some(text),
        ..Message::default()
    }
}

fn buttons(taps: &[Tap]) -> Encoded<Vec<Button<'_>>> {
    taps.iter().map(button).collect()
}

fn button(tap: &Tap) -> Encoded<Button<'_>> {
    let title = &*tap.action.label;
    let url = match &tap.action.act {
        Act::Reply(_) => {
            let payload = &tap.handle;
            return Ok(Button::Postback { title, payload });
        }
        Act::Call(call) => {
            let payload = &call.phone;
            return Ok(Button::PhoneNumber { title, payload });
        }
        Act::Url(it) => &it.url,
        Act::Catalog(it) => &it.url,
        Act::Form(it) => &it.url,
        Act::Pay(it) => &it.url,
        Act::Login(it) => &it.url,
        _ => return Err(unsupported("the send api has no such button")),
    };
    Ok(Button::WebUrl { url, title })
}

fn media<'a>(inbox: &Inbox, part: &'a MediaPart) -> Encoded<Message<'a>> {
    if part.caption.is_some() {
        return Err(unsupported("media have no caption here"));
    }
    match part.items.as_slice() {
        [item] if part.buttons.is_empty() => Ok(attached(media::attachment(item)?)),
        [item] => {
            let media_type = match item.kind {
                MediaKind::Image | MediaKind::Animation => "image",
                MediaKind::Video => "video",
                _ => return Err(unsupported("only pictures and films have buttons")),
            };
            // A page elsewhere is refused: "only Facebook URLs" (Messenger Platform, "Media template").
            let MediaSource::ProviderId(attachment_id) = &item.source else {
                return Err(invalid("media with buttons must have been uploaded"));
            };
            let element = MediaElement {
                media_type,
                attachment_id,
                buttons: buttons(&part.buttons)?,
            };
            Ok(templated(Template::Media {
                elements: [element],
            }))
        }
        items
            if inbox.rules.albums
                && part.buttons.is_empty()
                && items.iter().all(|item| item.kind == MediaKind::Image) =>
        {
            let attachments = items.iter().map(media::attachment);
            Ok(Message {
                attachments: attachments.collect::<Encoded<_>>()?,
                ..Message::default()
            })
        }
        _ => Err(unsupported("want one item a message")),
    }
}

fn attached(attachment: Attachment<'_>) -> Message<'_> {
    Message {
        attachment: Some(attachment),
        ..Message::default()
    }
}

/// One card. What has only words or only a picture needs no card.
fn card(card: &CardPart) -> Encoded<Message<'_>> {
    let text = card.text.as_ref().map(call::plain).transpose()?;
    match (card.title.as_deref(), text, &card.media) {
        (Some(words), None, None) | (None, Some(words), None) if card.buttons.is_empty() => {
            Ok(said(words))
        }
        (Some(words), None, None) | (None, Some(words), None) => {
            let buttons = buttons(&card.buttons)?;
            Ok(templated(Template::Button {
                text: words,
                buttons,
            }))
        }
        (None, None, Some(picture)) if card.buttons.is_empty() => {
            Ok(attached(media::attachment(picture)?))
        }
        _ => {
            let elements = vec![element(card)?];
            Ok(templated(Template::Generic { elements }))
        }
    }
}

fn carousel(part: &CarouselPart) -> Encoded<Message<'_>> {
    if !part.buttons.is_empty() {
        return Err(unsupported("a carousel has no buttons of its own here"));
    }
    let elements = part.cards.iter().map(element);
    let elements = elements.collect::<Encoded<_>>()?;
    Ok(templated(Template::Generic { elements }))
}

/// A card must have a title, and a picture comes by URL (Messenger Platform, "Generic template").
fn element(card: &CardPart) -> Encoded<Element<'_>> {
    let text = card.text.as_ref().map(call::plain).transpose()?;
    let image_url = match &card.media {
        None => None,
        Some(media) if matches!(media.kind, MediaKind::Image | MediaKind::Animation) => {
            let url = media.url();
            Some(url.ok_or_else(|| unsupported("a card's picture is at an https address"))?)
        }
        Some(_) => return Err(unsupported("a card has a picture and nothing else")),
    };
    let alt = || card.media.as_ref().map(|media| &*media.alt);
    let label = || card.buttons.first().map(|tap| &*tap.action.label);
    let words = [card.title.as_deref(), text, alt(), label()];
    let mut words = words.into_iter().flatten().filter(|it| !it.is_empty());
    let title = words.next();
    Ok(Element {
        title: title.ok_or_else(|| invalid("a card needs a title"))?,
        subtitle: card.title.as_ref().and(text),
        image_url,
        buttons: buttons(&card.buttons)?,
    })
}

/// The person's own number or address, offered by their client (Messenger Platform, "Quick replies").
fn ask_contact(request: &ContactRequestPart) -> Encoded<Message<'_>> {
    let reply = match request.field {
        ContactField::Phone => QuickReply::UserPhoneNumber,
        ContactField::Email => QuickReply::UserEmail,
        _ => return Err(unsupported("only a number or an address can be asked for")),
    };
    Ok(Message {
        quick_replies: vec![reply],
        ..said(call::plain(&request.text)?)
    })
}

/// The host's own call: a JSON object with a `message` or a `sender_action`. It goes to the part's recipient and nowhere else,
/// because only that was cleared. A message that does not say why it is sent is sent as others of its part's purpose.
fn raw(
    inbox: &Inbox,
    recipient: Recipient<'_>,
    why: Why,
    raw: &RawPart,
) -> Encoded<http::Request<Bytes>> {
    let fields = raw.0.as_object();
    let fields = fields.filter(|it| it.contains_key("message") || it.contains_key("sender_action"));
    let fields = fields
        .ok_or_else(|| invalid("want a json object with a `message` or a `sender_action`"))?;
    let whole = serde_json::to_value(recipient).unwrap_or_default();
    if fields.get("recipient").is_some_and(|given| *given != whole) {
        return Err(invalid("a raw call goes to the recipient of its part"));
    }
    let known = |name: &String| {
        let names = [
            "recipient",
            "message",
            "sender_action",
            "payload",
            "messaging_type",
            "tag",
            "notification_type",
            "persona_id",
            "reply_to",
        ];
        names.contains(&name.as_str())
    };
    if !fields.keys().all(known) {
        return Err(invalid("a raw call has a field that no message has"));
    }
    let mut body = fields.clone();
    body.insert("recipient".to_owned(), whole);
    if body.contains_key("message") && !body.contains_key("messaging_type") {
        let (messaging_type, tag) = said_why(inbox, why);
        for (name, value) in [("messaging_type", messaging_type), ("tag", tag)] {
            if let Some(value) = value {
                body.insert(name.to_owned(), value.into());
            }
        }
    }
    post(inbox, &body)
}
