//! Senders on every channel and a part of every kind that they carry, for snapshots and tests.

use super::config::{VonageChannel, VonageConfig};
use super::wire::Vonage;
use jiff::Timestamp;
use msg_core::id::{ActionId, MessageId, PartId, TemplateId, TenantId, time_ordered};
use msg_core::message::action::{Act, Action, Call, ShareLocation};
use msg_core::message::content::{Decimal, Location, ProviderTemplate, TemplateCategory};
use msg_core::message::interactive::CalendarEvent;
use msg_core::message::part::{
    Button, CardPart, CarouselPart, Keyboard, ListPart, ListSection, MediaPart, RawPart,
    RequestPart, Styled, TextPart,
};
use msg_core::message::template::{TemplateBody, TemplateComponent};
use msg_core::message::{
    Address, AddressScheme, Markup, Media, MediaKind, Part, PartBody, Purpose,
};
use serde_json::json;

pub(super) const SECRET: &str = "my_secret_key_for_testing";
pub(super) const PERSON: &str = "+14155550132";

pub(super) fn config(channel: VonageChannel) -> VonageConfig {
    let from = match channel {
        VonageChannel::Rcs => "Vonage-Shop",
        VonageChannel::Messenger => "102030405060708",
        VonageChannel::ViberService => "1234",
        _ => "+15550100",
    };
    VonageConfig::new("abcd1234", "s3cret-api", from)
        .with_channel(channel)
        .with_signature_secret("an older secret")
        .with_signature_secret(SECRET)
}

pub(super) fn wire(channel: VonageChannel) -> Vonage {
    Vonage::new(config(channel)).unwrap()
}

pub(super) fn address(channel: VonageChannel) -> Address {
    match channel {
        VonageChannel::Messenger => {
            let scheme = AddressScheme::MessengerUser;
            Address::new(channel.kind(), scheme, "200000000000001").unwrap()
        }
        _ => Address::phone(channel.kind(), PERSON).unwrap(),
    }
}

pub(super) fn part(channel: VonageChannel, body: impl Into<PartBody>) -> Part {
    let id = time_ordered(Timestamp::UNIX_EPOCH, &[1; 16]);
    Part::new(
        PartId::new(MessageId::from_uuid(id), 0),
        TenantId::new("acme").unwrap(),
        address(channel),
        Purpose::Transactional,
        body,
    )
}

pub(super) fn text(text: &str) -> TextPart {
    TextPart::new(Styled::plain(text))
}

pub(super) fn media(kind: MediaKind) -> Media {
    Media::from_url(kind, "https://shop.example/a", "a shoe")
}

pub(super) fn captioned(kind: MediaKind) -> MediaPart {
    let mut part = MediaPart::new(vec![media(kind)]);
    part.caption = Some(Styled::plain("One shoe"));
    part
}

pub(super) fn place() -> Location {
    let decimal = |text: &str| Decimal::new(text).unwrap();
    Location::new(decimal("37.787890"), decimal("-122.391664")).with_name("The shop")
}

pub(super) fn button(id: &str, act: impl Into<Act>) -> Button {
    Button::new(
        Action::new(ActionId::new(id).unwrap(), format!("Label {id}"), act),
        format!("handle-{id}"),
    )
}

pub(super) fn reply(id: &str) -> Button {
    button(id, msg_core::message::action::Reply::default())
}

pub(super) fn link(id: &str) -> Button {
    button(
        id,
        msg_core::message::action::Url::new("https://shop.example/x?a=b"),
    )
}

pub(super) fn asking(buttons: Vec<Button>) -> TextPart {
    text("Which one?").with_buttons(buttons, Keyboard::Buttons)
}

fn suggestions() -> Vec<Button> {
    let at = |seconds| Timestamp::from_second(seconds).unwrap();
    let event = CalendarEvent::new("Fitting", at(1_800_000_000), at(1_800_003_600), "on Friday");
    vec![
        reply("yes"),
        link("web"),
        button("call", Call::new(PERSON)),
        button("map", Act::ViewLocation(place())),
        button("here", ShareLocation::default()),
        button("date", Act::Calendar(event)),
    ]
}

pub(super) fn card() -> CardPart {
    let mut card = CardPart::default();
    card.title = Some("Red shoe".into());
    card.text = Some(Styled::plain("Size 42"));
    card.media = Some(media(MediaKind::Image));
    card.buttons = vec![reply("buy")];
    card
}

fn list() -> ListPart {
    let mut list = ListPart::new(
        Styled::plain("Which day?"),
        "Days",
        vec![ListSection::new(
            Some("Soon".into()),
            vec![reply("mon"), reply("tue")],
        )],
    );
    (list.header, list.footer) = (Some("Header".into()), Some("Footer".into()));
    list
}

/// A template with parameters by number, and one with the same as a part of its text.
fn templates() -> (ProviderTemplate, ProviderTemplate) {
    let id = TemplateId::new("shop_ns:order_shipped").unwrap();
    let mut template = ProviderTemplate::new(id, "en_GB", TemplateCategory::Utility);
    let mut structured = template.clone();
    for (name, value) in [
        ("10", "j"),
        ("2", "b"),
        ("1", "a"),
        ("3", "c"),
        ("4", "d"),
        ("5", "e"),
        ("6", "f"),
        ("7", "g"),
        ("8", "h"),
        ("9", "i"),
    ] {
        template.params.insert(name.into(), value.into());
    }
    let body = TemplateBody::texts(["Ada", "4711"]);
    structured.components = vec![TemplateComponent::Body(body)];
    (template, structured)
}

/// A name, a channel and a part.
pub(super) fn parts() -> Vec<(&'static str, VonageChannel, Part)> {
    use VonageChannel::{Messenger, Mms, Rcs, Sms, ViberService, WhatsApp};
    let mut album = captioned(MediaKind::Image);
    let card_file = {
        let mut it = media(MediaKind::File);
        it.mime = Some("text/vcard".into());
        it
    };
    album.items.extend([media(MediaKind::Video), card_file]);
    let file = MediaPart::new(vec![media(MediaKind::File).with_filename("bill.pdf")]);
    let mut carousel = CarouselPart::new(vec![card(), card()]);
    carousel.buttons = vec![reply("none")];
    let (template, structured) = templates();
    let raw = json!({"type": "contacts", "contacts": [{"name": {"formatted_name": "Ada"}}]});
    let bold = TextPart::new(Styled::new("*Hello*", Markup::WhatsApp));
    let mut linked = captioned(MediaKind::Image);
    linked.buttons = vec![link("web")];
    let bodies: Vec<(&str, VonageChannel, PartBody)> = vec![
        ("sms-text", Sms, text("Hello \"you\" & 👋").into()),
        ("mms-text", Mms, text("Hello").into()),
        ("mms-image", Mms, captioned(MediaKind::Image).into()),
        ("mms-album", Mms, album.into()),
        ("rcs-text", Rcs, text("Hello").into()),
        ("rcs-suggestions", Rcs, asking(suggestions()).into()),
        (
            "rcs-video",
            Rcs,
            MediaPart::new(vec![media(MediaKind::Video)]).into(),
        ),
        ("rcs-card", Rcs, card().into()),
        ("rcs-carousel", Rcs, carousel.into()),
        ("whatsapp-text", WhatsApp, bold.into()),
        (
            "whatsapp-image",
            WhatsApp,
            captioned(MediaKind::Image).into(),
        ),
        ("whatsapp-file", WhatsApp, file.clone().into()),
        (
            "whatsapp-sticker",
            WhatsApp,
            MediaPart::new(vec![media(MediaKind::Sticker)]).into(),
        ),
        (
            "whatsapp-replies",
            WhatsApp,
            asking(vec![reply("a"), reply("b")]).into(),
        ),
        ("whatsapp-link", WhatsApp, asking(vec![link("web")]).into()),
        ("whatsapp-list", WhatsApp, list().into()),
        ("whatsapp-location", WhatsApp, place().into()),
        (
            "whatsapp-location-request",
            WhatsApp,
            PartBody::LocationRequest(RequestPart::new(Styled::plain("Where are you?"))),
        ),
        ("whatsapp-template", WhatsApp, template.into()),
        ("whatsapp-template-body", WhatsApp, structured.into()),
        ("whatsapp-raw", WhatsApp, RawPart(raw).into()),
        ("messenger-text", Messenger, text("Hello").into()),
        (
            "messenger-voice",
            Messenger,
            MediaPart::new(vec![media(MediaKind::VoiceNote)]).into(),
        ),
        ("viber-text", ViberService, asking(vec![link("web")]).into()),
        ("viber-image", ViberService, linked.into()),
        ("viber-file", ViberService, file.into()),
    ];
    let mut parts: Vec<_> = bodies
        .into_iter()
        .map(|(name, channel, body)| (name, channel, part(channel, body)))
        .collect();
    for (name, _, part) in &mut parts {
        if *name == "whatsapp-text" {
            part.reply_to = Some("aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab".into());
        }
    }
    parts
}
