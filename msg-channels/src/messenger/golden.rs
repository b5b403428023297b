//! A part of every kind that Messenger carries, for the snapshots of requests (`tests.rs`) and for
//! `cargo xtask eval requests --channels`.

use msg_core::Error;
use msg_core::id::{ActionId, MessageId, PartId, TemplateId, TenantId, time_ordered};
use msg_core::message::commerce::Product;
use msg_core::message::content::{ProviderTemplate, Reaction, Read, TemplateCategory, Typing};
use msg_core::message::interactive::ContactField;
use msg_core::message::part::{
    Button, CardPart, CarouselPart, ContactRequestPart, Keyboard, MediaPart, RawPart, Styled,
    TextPart,
};
use msg_core::message::template::{
    TemplateAct, TemplateBody, TemplateButton, TemplateHeader, TemplateReply, TemplateText,
    TemplateUrl,
};
use msg_core::message::{
    Action, Address, AddressScheme, ChannelKind, Media, MediaKind, MediaSource, Part, PartBody,
    Purpose,
};

/// The page that all parts come from.
pub(super) const PAGE: &str = "1906385232743851";
/// A token that belongs to nobody.
pub(super) const TOKEN: &str = "EAAExampleOnly";

/// The name of a part, and the part.
pub(super) type Named = (&'static str, Part);

/// The person that all parts go to.
///
/// # Errors
/// Never: the id is well formed.
pub(super) fn person() -> Result<Address, Error> {
    let (channel, scheme) = (ChannelKind::Messenger, AddressScheme::MessengerUser);
    Ok(Address::new(channel, scheme, "1254477777772919")?.with_scope(PAGE))
}

/// A part for the person.
///
/// # Errors
/// Never: the ids are well formed.
pub(super) fn part(body: impl Into<PartBody>) -> Result<Part, Error> {
    let id = time_ordered(msg_core::Timestamp::UNIX_EPOCH, &[1; 16]);
    Ok(Part::new(
        PartId::new(MessageId::from_uuid(id), 0),
        TenantId::new("acme")?,
        person()?,
        Purpose::Conversational,
        body,
    ))
}

/// Every part.
///
/// # Errors
/// Never: the names and ids in it are well formed.
pub(super) fn parts() -> Result<Vec<Named>, Error> {
    let mut parts = texts()?;
    parts.extend(media()?);
    parts.extend(cards()?);
    parts.extend(others()?);
    Ok(parts)
}

/// A button that answers.
pub(super) fn reply(id: &str, label: &str) -> Result<Button, Error> {
    Ok(Button::new(Action::reply(ActionId::new(id)?, label), id))
}

fn page(label: &str, url: &str) -> Result<Button, Error> {
    let id = ActionId::new("page")?;
    Ok(Button::new(Action::url(id, label, url), "page"))
}

fn said(text: &str) -> TextPart {
    TextPart::new(Styled::plain(text))
}

fn texts() -> Result<Vec<Named>, Error> {
    let call = Action::call(ActionId::new("call")?, "Call us", "+15105551234");
    let taps = vec![
        page("Visit Messenger", "https://www.messenger.com")?,
        reply("start", "Start chatting")?,
        Button::new(call, "call"),
    ];
    let colors = vec![reply("red", "Red")?, reply("green", "Green")?];
    let mut answer = part(said("As you asked"))?;
    answer.reply_to = Some("m_41".into());
    answer.purpose = Purpose::Service;
    let mut update = part(said("Your parcel is here"))?;
    update.purpose = Purpose::Transactional;
    let asks = |field| ContactRequestPart::new(Styled::plain("How do we reach you?"), field);
    Ok(vec![
        ("text", part(said("hello, world!"))?),
        ("text-update", update),
        ("text-reply", answer),
        (
            "quick-replies",
            part(said("Pick a color:").with_buttons(colors, Keyboard::QuickReplies))?,
        ),
        (
            "buttons",
            part(said("What do you want to do next?").with_buttons(taps, Keyboard::Buttons))?,
        ),
        ("ask-phone", part(asks(ContactField::Phone))?),
        ("ask-email", part(asks(ContactField::Email))?),
    ])
}

fn media() -> Result<Vec<Named>, Error> {
    let at = |kind, name: &str| {
        let url = format!("https://www.example.org/{name}");
        part(MediaPart::new(vec![Media::from_url(kind, url, "a shoe")]))
    };
    let mut saved = Media::from_url(MediaKind::Image, "", "a shoe");
    saved.source = MediaSource::ProviderId("1857777774821032".into());
    let mut with_buttons = MediaPart::new(vec![saved.clone()]);
    with_buttons.buttons = vec![reply("more", "More")?];
    Ok(vec![
        ("image", at(MediaKind::Image, "image.jpg")?),
        ("animation", at(MediaKind::Animation, "image.gif")?),
        ("video", at(MediaKind::Video, "film.mp4")?),
        ("audio", at(MediaKind::Audio, "sound.mp3")?),
        ("voice-note", at(MediaKind::VoiceNote, "note.ogg")?),
        ("file", at(MediaKind::File, "receipt.pdf")?),
        ("media-saved", part(MediaPart::new(vec![saved]))?),
        ("media-template", part(with_buttons)?),
    ])
}

/// A card, whose number stands in its texts.
fn card(number: u8) -> Result<CardPart, Error> {
    let mut card = CardPart::default();
    card.title = Some(format!("Shoe {number}"));
    card.text = Some(Styled::plain("We have the right one for everyone."));
    let url = format!("https://www.example.org/{number}.png");
    card.media = Some(Media::from_url(MediaKind::Image, url, "a shoe"));
    card.buttons = vec![
        page("View website", "https://www.example.org")?,
        reply("buy", "Buy")?,
    ];
    Ok(card)
}

fn cards() -> Result<Vec<Named>, Error> {
    let mut words = CardPart::default();
    words.title = Some("Only words".into());
    let mut asks = words.clone();
    asks.buttons = vec![reply("yes", "Yes")?];
    let mut picture = CardPart::default();
    picture.media = card(1)?.media;
    let mut untitled = card(2)?;
    untitled.title = None;
    let several = CarouselPart::new(vec![card(1)?, card(2)?, untitled.clone()]);
    Ok(vec![
        ("card", part(card(1)?)?),
        ("card-words", part(words)?),
        ("card-words-buttons", part(asks)?),
        ("card-picture", part(picture)?),
        ("card-untitled", part(untitled)?),
        ("carousel", part(several)?),
    ])
}

fn others() -> Result<Vec<Named>, Error> {
    let template = || -> Result<_, Error> {
        let id = TemplateId::new("order_update")?;
        Ok(ProviderTemplate::new(
            id,
            "en-US",
            TemplateCategory::Utility,
        ))
    };
    let header = TemplateHeader(TemplateText::new("Order").with_name("order_type").into());
    let url = TemplateAct::from(TemplateUrl("1234".into()));
    let postback = TemplateAct::from(TemplateReply("12345".into()));
    let whole = template()?
        .with_component(TemplateButton::new(1, url))
        .with_component(header)
        .with_component(TemplateBody::texts(["confirmed", "566701"]))
        .with_component(TemplateButton::new(0, postback));
    let mut counted = template()?;
    for number in 1..=11 {
        counted
            .params
            .insert(number.to_string(), format!("value {number}"));
    }
    let mut named = template()?;
    named.params.insert("customer".into(), "Jo".into());
    let mut unreact = Reaction::new("m_41", "");
    unreact.emoji = None;
    let mut stop = Typing::default();
    stop.stop = true;
    let sticker = serde_json::json!({"message": {"sticker_id": 767_226_160_478_561_i64}});
    let elsewhere = |scheme: &str, value: &str| -> Result<Part, Error> {
        let mut part = part(said("Thank you for your words"))?;
        let scheme = AddressScheme::from(scheme);
        part.to = Address::new(ChannelKind::Messenger, scheme, value)?;
        Ok(part)
    };
    Ok(vec![
        ("product", part(Product::new("12345", "Running shoes"))?),
        ("template", part(whole)?),
        ("template-bare", part(template()?)?),
        ("template-counted", part(counted)?),
        ("template-named", part(named)?),
        ("react", part(Reaction::new("m_41", "🎉"))?),
        ("unreact", part(unreact)?),
        ("typing", part(Typing::default())?),
        ("typing-stop", part(stop)?),
        ("read", part(Read::new("m_41"))?),
        ("raw", part(RawPart(sticker))?),
        ("to-user-ref", elsewhere("messenger-user-ref", "visitor-7")?),
        ("to-comment", elsewhere("messenger-comment", "7_42")?),
        ("to-post", elsewhere("messenger-post", "7_43")?),
    ])
}
