//! Senders and a part of every kind that they carry, for snapshots and tests.

use super::config::{PlivoChannel, PlivoConfig};
use super::wire::Plivo;
use msg_core::id::{MessageId, PartId, TenantId, time_ordered};
use msg_core::message::part::{MediaPart, Styled, TextPart};
use msg_core::message::{Address, ChannelKind, Media, MediaKind, Part, PartBody, Purpose};

pub(super) const TOKEN: &str = "my_auth_token";
pub(super) const PERSON: &str = "+14155550132";

pub(super) fn config(channel: PlivoChannel) -> PlivoConfig {
    PlivoConfig::new("MA000000000000000001", "s3cret-auth-token", "+15550100")
        .with_channel(channel)
        .with_status_callback("https://shop.example/plivo")
        .with_webhook_token("an older token")
        .with_webhook_token(TOKEN)
}

pub(super) fn wire(channel: PlivoChannel) -> Plivo {
    Plivo::new(config(channel)).unwrap()
}

pub(super) fn part(channel: PlivoChannel, body: impl Into<PartBody>) -> Part {
    let kind = match channel {
        PlivoChannel::Sms => ChannelKind::Sms,
        PlivoChannel::Mms => ChannelKind::Mms,
    };
    let id = time_ordered(msg_core::Timestamp::UNIX_EPOCH, &[1; 16]);
    Part::new(
        PartId::new(MessageId::from_uuid(id), 0),
        TenantId::new("acme").unwrap(),
        Address::phone(kind, PERSON).unwrap(),
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

pub(super) fn album(items: usize) -> MediaPart {
    let mut album = MediaPart::new(vec![picture(); items]);
    album.caption = Some(Styled::plain("Shoes"));
    album
}
