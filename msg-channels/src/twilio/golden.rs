//! Senders on every channel and a part of every kind that they carry, for snapshots and tests.

use super::config::{TwilioChannel, TwilioConfig};
use super::wire::Twilio;
use msg_core::id::{MessageId, PartId, TemplateId, TenantId, time_ordered};
use msg_core::message::content::{Decimal, Location, ProviderTemplate, Read, TemplateCategory};
use msg_core::message::part::{MediaPart, RawPart, Styled, TextPart};
use msg_core::message::{Address, Markup, Media, MediaKind, Part, PartBody, Purpose};
use serde_json::json;

pub(super) const ACCOUNT: &str = "AC00000000000000000000000000000001";
pub(super) const TOKEN: &str = "s3cret-auth-token";
pub(super) const CONTENT: &str = "HX00000000000000000000000000000001";
pub(super) const PERSON: &str = "+14155550132";

pub(super) fn config(channel: TwilioChannel) -> TwilioConfig {
    let from = match channel {
        TwilioChannel::Rcs => "brand_xyz_agent",
        _ => "+15550100",
    };
    TwilioConfig::new(ACCOUNT, TOKEN, from)
        .with_channel(channel)
        .with_status_callback("https://shop.example/twilio?a=b")
        .with_template("order_shipped", CONTENT)
        .with_webhook_token("an older token")
        .with_webhook_token("12345")
}

pub(super) fn wire(channel: TwilioChannel) -> Twilio {
    Twilio::new(config(channel)).unwrap()
}

pub(super) fn part(channel: TwilioChannel, body: impl Into<PartBody>) -> Part {
    let id = time_ordered(msg_core::Timestamp::UNIX_EPOCH, &[1; 16]);
    Part::new(
        PartId::new(MessageId::from_uuid(id), 0),
        TenantId::new("acme").unwrap(),
        Address::phone(channel.kind(), PERSON).unwrap(),
        Purpose::Transactional,
        body,
    )
}

pub(super) fn text(text: &str) -> TextPart {
    TextPart::new(Styled::plain(text))
}

pub(super) fn picture() -> Media {
    Media::from_url(MediaKind::Image, "https://shop.example/a.jpg", "a shoe")
}

pub(super) fn place() -> Location {
    let decimal = |text: &str| Decimal::new(text).unwrap();
    Location::new(decimal("37.787890"), decimal("-122.391664"))
}

/// A name, a channel and a part.
pub(super) fn parts() -> Vec<(&'static str, TwilioChannel, Part)> {
    use TwilioChannel::{Mms, Rcs, Sms, WhatsApp};
    let mut album = MediaPart::new(vec![picture(), picture()]);
    album.caption = Some(Styled::plain("Two shoes"));
    let mut captioned = MediaPart::new(vec![picture()]);
    captioned.caption = Some(Styled::new("*One* shoe", Markup::WhatsApp));
    let id = TemplateId::new("order_shipped").unwrap();
    let mut template = ProviderTemplate::new(id, "en", TemplateCategory::Utility);
    let by_name = template.clone();
    template.id = TemplateId::new(CONTENT).unwrap();
    template.params.insert("1".into(), "Ada & \"Co\"".into());
    let raw = json!({"Body": "Later", "SendAt": "2026-12-01T10:00:00Z", "ScheduleType": "fixed",
        "ShortenUrls": true, "MediaUrl": ["https://shop.example/1.png", "https://shop.example/2.png"]});
    let named = place().with_name("The shop").with_address("1 Main St");
    let read = Read::new("SM00000000000000000000000000000009");
    let bodies: Vec<(&str, TwilioChannel, PartBody)> = vec![
        ("sms-text", Sms, text("Hello \"you\" & 👋").into()),
        ("sms-template", Sms, by_name.into()),
        ("sms-raw", Sms, RawPart(raw).into()),
        ("mms-text", Mms, text("Hello").into()),
        ("mms-album", Mms, album.into()),
        (
            "whatsapp-text",
            WhatsApp,
            TextPart::new(Styled::new("*Hello*", Markup::WhatsApp)).into(),
        ),
        ("whatsapp-media", WhatsApp, captioned.into()),
        ("whatsapp-location", WhatsApp, place().into()),
        ("whatsapp-place", WhatsApp, named.into()),
        ("whatsapp-template", WhatsApp, template.into()),
        ("whatsapp-read", WhatsApp, read.into()),
        ("rcs-text", Rcs, text("Hello").into()),
        ("rcs-media", Rcs, MediaPart::new(vec![picture()]).into()),
    ];
    bodies
        .into_iter()
        .map(|(name, channel, body)| (name, channel, part(channel, body)))
        .collect()
}
