//! SMS by [Amazon SNS](https://docs.aws.amazon.com/sns/latest/dg/sms_publish-to-phone.html): `Publish` to a phone number; answers
//! and reports through topics, as [AWS End User Messaging](https://docs.aws.amazon.com/sms-voice/latest/userguide/two-way-sms-payload.html)
//! posts them.
//!
//! | content | how it is carried |
//! |---|---|
//! | text of 1,600 bytes | native; Amazon splits it into segments |
//! | everything else that people write | emulated by the planner as text |
//! | media, provider template, reaction, edit, delete, typing, read, voice call | absent |
//!
//! | | |
//! |---|---|
//! | kind of message | promotional for [`Marketing`](msg_core::message::Purpose::Marketing), transactional for everything else |
//! | receipts | absent: Amazon writes them into a log. A log record or an event of End User Messaging that a host lets a topic post is read |
//! | messages that come in | two-way SMS; STOP comes as the message that it is |
//! | idempotency key, correlation, look-up | absent: an unclear outcome is [`Ambiguous`](msg_core::channel::SendOutcome::Ambiguous) |
//! | webhook proof | the signature of the topic, version 1 and 2, by a certificate of Amazon's: see [`amazon`](crate::amazon) |
//!
//! ```
//! use msg_channels::amazon::AwsConfig;
//! use msg_channels::sns::{Sns, SnsConfig};
//! use msg_core::channel::ChannelWire as _;
//! use msg_core::id::{MessageId, PartId, TenantId};
//! use msg_core::message::part::{Styled, TextPart};
//! use msg_core::message::{Address, ChannelKind, Part, Purpose};
//! # #[derive(Debug)]
//! # struct Wall;
//! # impl msg_core::Clock for Wall {
//! #     fn now(&self) -> msg_core::Timestamp { msg_core::Timestamp::UNIX_EPOCH }
//! # }
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let clock = std::sync::Arc::new(Wall);
//! let aws = AwsConfig::new("eu-central-1", "AKIDEXAMPLE", "example-only");
//! let wire = Sns::new(SnsConfig::new(aws).with_sender_id("Shop"), clock)?;
//!
//! // With a transport it is an adapter: `HttpAdapter::new(wire, transport)`. By itself it only reads and writes.
//! # let message = MessageId::from_uuid(msg_core::id::time_ordered(msg_core::Timestamp::UNIX_EPOCH, &[0; 16]));
//! let part = Part::new(
//!     PartId::new(message, 0),
//!     TenantId::new("acme")?,
//!     Address::phone(ChannelKind::Sms, "+14155550132")?,
//!     Purpose::Transactional,
//!     TextPart::new(Styled::plain("Your parcel is here.")),
//! );
//! let request = wire.encode(&part).map_err(|failure| failure.detail)?;
//! assert_eq!(request.uri(), "https://sns.eu-central-1.amazonaws.com/");
//! # Ok(())
//! # }
//! ```

mod config;
mod request;
mod response;
mod schema;
mod webhook;
mod wire;

pub use config::SnsConfig;
pub use wire::{MAX_TEXT, SCHEME, Sns};

#[cfg(test)]
mod tests {
    use super::{Sns, SnsConfig};
    use crate::amazon::AwsConfig;
    use msg_core::id::{MessageId, PartId, TenantId, time_ordered};
    use msg_core::message::part::{Styled, TextPart};
    use msg_core::message::{Address, ChannelKind, Part, Purpose};
    use msg_core::testkit::ManualClock;
    use std::sync::Arc;

    pub(super) fn config() -> SnsConfig {
        SnsConfig::new(AwsConfig::new("us-east-1", "AKIDEXAMPLE", "hidden"))
    }

    pub(super) fn made(config: SnsConfig) -> Sns {
        Sns::new(config, Arc::new(ManualClock::default())).unwrap()
    }

    pub(super) fn part(text: &str, purpose: Purpose) -> Part {
        let id = time_ordered(msg_core::Timestamp::UNIX_EPOCH, &[1; 16]);
        Part::new(
            PartId::new(MessageId::from_uuid(id), 0),
            TenantId::new("acme").unwrap(),
            Address::phone(ChannelKind::Sms, "+14155550132").unwrap(),
            purpose,
            TextPart::new(Styled::plain(text)),
        )
    }
}
