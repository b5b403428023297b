//! A sender and parts, for snapshots and tests.

use super::config::MessageBirdConfig;
use super::wire::MessageBird;
use msg_core::id::{MessageId, PartId, TenantId, time_ordered};
use msg_core::message::part::{Styled, TextPart};
use msg_core::message::{Address, ChannelKind, Part, PartBody, Purpose};

/// The key of the vectors of MessageBird's libraries.
pub(super) const KEY: &str = "36efdd1aace2e26cd490f0d951138253bef2f7c6d34d18981da781555cc4cebb";
pub(super) const PERSON: &str = "+14155550132";

pub(super) fn config() -> MessageBirdConfig {
    MessageBirdConfig::new("s3cret-access-key", "+15550100")
        .with_report_url("https://shop.example/messagebird")
        .with_signing_key("an older key")
        .with_signing_key(KEY)
}

pub(super) fn wire() -> MessageBird {
    MessageBird::new(config()).unwrap()
}

pub(super) fn part(body: impl Into<PartBody>) -> Part {
    let id = time_ordered(msg_core::Timestamp::UNIX_EPOCH, &[1; 16]);
    Part::new(
        PartId::new(MessageId::from_uuid(id), 0),
        TenantId::new("acme").unwrap(),
        Address::phone(ChannelKind::Sms, PERSON).unwrap(),
        Purpose::Transactional,
        body,
    )
}

pub(super) fn text(text: &str) -> TextPart {
    TextPart::new(Styled::plain(text))
}
