//! From a part to a request (<https://developer.vonage.com/en/api/messages>).

mod rich;

use super::config::VonageChannel;
use super::schema::{Context, Item, Message, Resource, Tap, Template, Viber, WhatsApp};
use super::wire::{MAX_CAPTION, Vonage, max_text};
use crate::wire::arrival::media_kind;
use crate::wire::call::{self, Encoded, foreign_address, invalid, refuse, unsupported};
use crate::wire::phone::digits;
use bytes::Bytes;
use http::header::AUTHORIZATION;
use msg_core::capability::Unit;
use msg_core::channel::{Advice, FailureClass};
use msg_core::message::action::Act;
use msg_core::message::content::ProviderTemplate;
use msg_core::message::media::Media;
use msg_core::message::part::{Button, MediaPart, RawPart, Styled, TextPart};
use msg_core::message::template::{TemplateBody, TemplateComponent, TemplateParam};
use msg_core::message::{AddressScheme, Markup, MediaKind, Part, PartBody, Purpose};
use serde_json::Value;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// The most media of one MMS that are sent; the API names no bound.
const MAX_MEDIA: usize = 10;
/// The longest name of a file on Viber (model `ViberFileResource`).
const VIBER_NAME: usize = 25;

/// The request that sends a part.
pub(super) fn encode(wire: &Vonage, part: &Part) -> Encoded<http::Request<Bytes>> {
    use VonageChannel::{Rcs, ViberService, WhatsApp};
    let channel = wire.channel;
    let mut message = Message {
        to: recipient(wire, part)?,
        from: &wire.from,
        channel: channel.name(),
        client_ref: call::token_of(part),
        webhook_url: wire.webhook_url.as_deref(),
        // So that its reports are those that the webhook reads, whatever the account says.
        webhook_version: wire.webhook_url.as_ref().map(|_| "v1"),
        ..Message::default()
    };
    match channel {
        ViberService => message.viber_service = Some(viber(wire, part)),
        _ => message.ttl = wire.ttl,
    }
    if let (WhatsApp, Some(id)) = (channel, &part.reply_to) {
        message.context = Some(Context { message_uuid: id });
    }
    match &part.body {
        PartBody::Text(text) => self::text(channel, text, &mut message)?,
        PartBody::Media(media) => self::media(channel, media, &mut message)?,
        PartBody::Card(card) if channel == Rcs => {
            message.kind = "card";
            message.card = Some(rich::card(card)?);
        }
        PartBody::Carousel(cards) if channel == Rcs => rich::carousel(cards, &mut message)?,
        PartBody::List(list) if channel == WhatsApp => {
            custom(&mut message, rich::list(list)?);
        }
        PartBody::Location(place) if channel == WhatsApp => {
            custom(&mut message, rich::location(place)?);
        }
        PartBody::LocationRequest(request) if channel == WhatsApp => {
            custom(&mut message, rich::location_request(&request.text)?);
        }
        PartBody::Template(template) if channel == WhatsApp => {
            self::template(template, &mut message)?;
        }
        // Whatever else the provider's own message has: Vonage calls it custom.
        PartBody::Raw(RawPart(raw)) if matches!(channel, WhatsApp | Rcs) => {
            if raw.as_object().is_none_or(serde_json::Map::is_empty) {
                return Err(invalid("a raw part is an object"));
            }
            message.kind = "custom";
            message.custom = Some(Cow::Borrowed(raw));
        }
        _ => return Err(unsupported("the messages api has no such message")),
    }
    let request = call::json(wire.messages.clone(), &message)?;
    Ok(call::with_header(
        request,
        AUTHORIZATION,
        &wire.authorization,
    ))
}

/// Whom a part goes to, as Vonage writes addresses: digits, or the id of a person.
fn recipient<'a>(wire: &Vonage, part: &'a Part) -> Encoded<&'a str> {
    let own = match wire.channel {
        VonageChannel::Messenger => AddressScheme::MessengerUser,
        VonageChannel::WhatsApp => AddressScheme::WhatsAppUser,
        _ => return digits(part, &wire.kind),
    };
    let is_own = part.to.channel() == &wire.kind && *part.to.scheme() == own;
    match wire.channel {
        _ if is_own => Ok(part.to.expose()),
        VonageChannel::Messenger => Err(foreign_address("want a person of this page")),
        _ => digits(part, &wire.kind),
    }
}

fn viber(wire: &Vonage, part: &Part) -> Viber<'static> {
    Viber {
        category: match part.purpose {
            Purpose::Marketing => "promotion",
            _ => "transaction",
        },
        ttl: wire.ttl,
        action: None,
    }
}

fn custom(message: &mut Message<'_>, custom: Value) {
    message.kind = "custom";
    message.custom = Some(Cow::Owned(custom));
}

/// A text in the channel's markup that is not longer than `max`.
fn written(channel: VonageChannel, text: &Styled, max: usize) -> Encoded<&str> {
    let text = match channel {
        VonageChannel::WhatsApp => call::written_in(text, &Markup::WhatsApp),
        VonageChannel::ViberService => call::written_in(text, &Markup::Viber),
        _ => call::plain(text),
    }?;
    // A text of so many bytes has no more characters.
    if text.len() > max && Unit::Chars.measure(text) > max {
        let (class, advice) = (FailureClass::ContentTooLarge, Advice::Degrade);
        return Err(refuse(
            class,
            advice,
            "the text is longer than the channel takes",
        ));
    }
    Ok(text)
}

fn text<'a>(channel: VonageChannel, part: &'a TextPart, message: &mut Message<'a>) -> Encoded<()> {
    let text = written(channel, &part.text, max_text(channel))?;
    if text.is_empty() {
        return Err(invalid("a message without media has a text"));
    }
    message.kind = "text";
    match channel {
        _ if part.buttons.is_empty() => message.text = Some(text),
        VonageChannel::Rcs => {
            message.text = Some(text);
            message.suggestions = rich::suggestions(&part.buttons)?;
        }
        VonageChannel::WhatsApp => custom(message, rich::interactive(text, &part.buttons)?),
        VonageChannel::ViberService => {
            message.text = Some(text);
            link(&part.buttons, message)?;
        }
        _ => return Err(unsupported("the channel has no buttons")),
    }
    Ok(())
}

/// The one button of a Viber message.
fn link<'a>(buttons: &'a [Button], message: &mut Message<'a>) -> Encoded<()> {
    let action = match buttons {
        [] => return Ok(()),
        [one] => &one.action,
        _ => return Err(unsupported("viber has one button")),
    };
    let (Act::Url(page), Some(viber)) = (&action.act, &mut message.viber_service) else {
        return Err(unsupported("the button of viber is a link"));
    };
    viber.action = Some(Tap {
        url: &page.url,
        text: &action.label,
    });
    Ok(())
}

/// The field that media have.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Slot {
    Image,
    Audio,
    Video,
    File,
    Vcard,
    Sticker,
}

impl Slot {
    const fn name(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Audio => "audio",
            Self::Video => "video",
            Self::File => "file",
            Self::Vcard => "vcard",
            Self::Sticker => "sticker",
        }
    }

    /// The field that a channel has for these media; none when it has none.
    fn of(channel: VonageChannel, media: &Media) -> Option<Self> {
        use VonageChannel::{Messenger, Mms, Rcs, Sms, ViberService, WhatsApp};
        let mime = media.mime.as_deref().unwrap_or_default();
        let card = matches!(mime, "text/vcard" | "text/x-vcard");
        let slot = match &media.kind {
            MediaKind::Video => Self::Video,
            MediaKind::Audio | MediaKind::VoiceNote => Self::Audio,
            MediaKind::Sticker if channel == WhatsApp => Self::Sticker,
            MediaKind::Animation if media_kind(mime) == MediaKind::Video => Self::Video,
            MediaKind::Image | MediaKind::Sticker | MediaKind::Animation => Self::Image,
            MediaKind::File if card && channel == Mms => Self::Vcard,
            _ => Self::File,
        };
        let has = match channel {
            Sms => false,
            Mms | WhatsApp => true,
            Messenger => slot != Self::Sticker,
            Rcs => slot != Self::Audio,
            ViberService => matches!(slot, Self::Image | Self::File),
        };
        has.then_some(slot)
    }

    /// Whether media in this field have a text beside them.
    const fn has_caption(self, channel: VonageChannel) -> bool {
        match channel {
            VonageChannel::Mms => true,
            VonageChannel::WhatsApp => matches!(self, Self::Image | Self::Video | Self::File),
            VonageChannel::ViberService => matches!(self, Self::Image),
            _ => false,
        }
    }
}

fn media<'a>(
    channel: VonageChannel,
    part: &'a MediaPart,
    message: &mut Message<'a>,
) -> Encoded<()> {
    let most = if channel == VonageChannel::Mms {
        MAX_MEDIA
    } else {
        1
    };
    let (Some(first), true) = (part.items.first(), part.items.len() <= most) else {
        return Err(unsupported("the channel has no such album"));
    };
    let mut caption = part.caption.as_ref().filter(|it| !it.text.is_empty());
    let mut resource = |item: &'a Media| {
        let slot =
            Slot::of(channel, item).ok_or_else(|| unsupported("the channel has no such media"))?;
        let mut resource = Resource {
            url: url(item)?,
            ..Resource::default()
        };
        // The first one says the text of them all.
        if let Some(text) = caption.take() {
            if !slot.has_caption(channel) {
                return Err(unsupported("such media have no caption here"));
            }
            let max = match channel {
                VonageChannel::ViberService => max_text(channel),
                _ => MAX_CAPTION,
            };
            resource.caption = Some(written(channel, text, max)?);
        }
        if slot == Slot::File {
            resource.name = name(channel, item);
        }
        Ok((slot, resource))
    };
    if !part.buttons.is_empty() {
        if channel != VonageChannel::ViberService || Slot::of(channel, first) != Some(Slot::Image) {
            return Err(unsupported("such media have no buttons here"));
        }
        link(&part.buttons, message)?;
    }
    if part.items.len() > 1 {
        message.kind = "content";
        for item in &part.items {
            let (slot, resource) = resource(item)?;
            let r#type = slot.name();
            message.content.push(Item { r#type, resource });
        }
        return Ok(());
    }
    let (slot, resource) = resource(first)?;
    message.kind = slot.name();
    let field = match slot {
        Slot::Image => &mut message.image,
        Slot::Audio => &mut message.audio,
        Slot::Video => &mut message.video,
        Slot::File => &mut message.file,
        Slot::Vcard => &mut message.vcard,
        Slot::Sticker => &mut message.sticker,
    };
    *field = Some(resource);
    Ok(())
}

/// What a file is called, where the channel shows it.
fn name(channel: VonageChannel, item: &Media) -> Option<&str> {
    let name = item.filename.as_deref()?;
    match channel {
        VonageChannel::WhatsApp => Some(name),
        VonageChannel::ViberService => (Unit::Chars.measure(name) <= VIBER_NAME).then_some(name),
        _ => None,
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
            "vonage fetches media from an http or https url",
        )
    })
}

/// A template whose text has parameters, by their position. Other parts of a template are said by a raw part.
fn template<'a>(call: &'a ProviderTemplate, message: &mut Message<'a>) -> Encoded<()> {
    message.kind = "template";
    message.template = Some(Template {
        name: call.id.as_str(),
        parameters: parameters(call)?,
    });
    message.whatsapp = Some(WhatsApp {
        policy: "deterministic",
        locale: &call.language,
    });
    Ok(())
}

fn parameters<'a>(call: &'a ProviderTemplate) -> Encoded<Vec<&'a str>> {
    let wrong = |detail| {
        let (class, advice) = (FailureClass::TemplateParams, Advice::FixContent);
        refuse(class, advice, detail)
    };
    match &*call.components {
        [] => {}
        [TemplateComponent::Body(TemplateBody(places))] => {
            let text = |place: &'a TemplateParam| match place {
                TemplateParam::Text(text) => Ok(text.text.as_str()),
                TemplateParam::Money(money) => Ok(money.text.as_str()),
                _ => Err(wrong("a parameter of a text is a text or an amount")),
            };
            return places.iter().map(text).collect();
        }
        _ => return Err(wrong("only the text of a template has parameters here")),
    }
    // By number, because `10` stands before `2` in the map.
    let numbered = call.params.iter().map(|(name, value)| {
        let number = name.parse::<usize>().ok();
        number.map(|number| (number, value.as_str()))
    });
    let numbered: Option<BTreeMap<_, _>> = numbered.collect();
    let numbered = numbered.ok_or_else(|| wrong("parameters are counted from 1"))?;
    if numbered.keys().copied().eq(1..=numbered.len()) {
        Ok(numbered.into_values().collect())
    } else {
        Err(wrong("parameters are counted from 1"))
    }
}

#[cfg(test)]
mod tests;
