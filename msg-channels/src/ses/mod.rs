//! Email through [Amazon SES](https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html), version 2 of its API.
//!
//! | content | how it is carried |
//! |---|---|
//! | email | native (`Simple`): text, HTML, files of 18 MB together, pictures that the HTML names by `cid:` inline |
//! | everything else that can be said | emulated: the planner writes the mail that says it |
//! | provider template, reaction, edit, delete, typing, read, voice call, notification | absent |
//! | headers | threads, `Auto-Submitted`, one-click `List-Unsubscribe` (RFC 8058); the `Message-ID` is Amazon's |
//! | receipts | `Send`, `Delivery`, `DeliveryDelay`, `Open`, `Click`, `Bounce` by type and subtype, `Reject`, `Rendering Failure` |
//! | consent | `Complaint`, `Subscription` |
//! | mail that comes in | by a topic, whole; or where it lies in S3, as a notice |
//! | correlation | event publishing repeats the part's id (`EmailTags`); feedback notifications name Amazon's id |
//! | idempotency key, look-up | absent: an unclear outcome is [`Ambiguous`](msg_core::channel::SendOutcome::Ambiguous) |
//! | webhook proof | the signature of the topic, version 1 and 2, by a certificate of Amazon's: see [`amazon`](crate::amazon) |
//!
//! Both forms of events are read: those of configuration sets (`eventType`) and feedback notifications of identities
//! (`notificationType`). Amazon lists what it takes of opens to be programs nowhere, so an open is a person's.
//!
//! ```
//! use msg_channels::amazon::AwsConfig;
//! use msg_channels::mail::sender::SenderConfig;
//! use msg_channels::ses::{Ses, SesConfig};
//! use msg_core::channel::ChannelWire as _;
//! use msg_core::id::{MessageId, PartId, TenantId};
//! use msg_core::message::part::EmailPart;
//! use msg_core::message::{Address, Part, Purpose};
//! # #[derive(Debug)]
//! # struct Wall;
//! # impl msg_core::Clock for Wall {
//! #     fn now(&self) -> msg_core::Timestamp { msg_core::Timestamp::UNIX_EPOCH }
//! # }
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let clock = std::sync::Arc::new(Wall);
//! let aws = AwsConfig::new("eu-central-1", "AKIDEXAMPLE", "example-only");
//! let sender = SenderConfig::new("Shop <shop@example.org>");
//! let config = SesConfig::new(aws, sender).with_topic("arn:aws:sns:eu-central-1:123456789012:mail");
//! let wire = Ses::new(config, clock)?;
//!
//! // With a transport it is an adapter: `HttpAdapter::new(wire, transport)`. By itself it only reads and writes.
//! # let message = MessageId::from_uuid(msg_core::id::time_ordered(msg_core::Timestamp::UNIX_EPOCH, &[0; 16]));
//! let part = Part::new(
//!     PartId::new(message, 0),
//!     TenantId::new("acme")?,
//!     Address::email("jo@example.net")?,
//!     Purpose::Transactional,
//!     EmailPart::new("Your parcel", "It is here."),
//! );
//! let request = wire.encode(&part).map_err(|failure| failure.detail)?;
//! assert_eq!(request.uri(), "https://email.eu-central-1.amazonaws.com/v2/email/outbound-emails");
//! # Ok(())
//! # }
//! ```

mod config;
mod request;
mod response;
mod schema;
mod webhook;
mod wire;

pub use config::SesConfig;
pub use wire::{MAX_FILES, SCHEME, Ses};

#[cfg(test)]
mod tests {
    use super::{Ses, SesConfig};
    use crate::amazon::AwsConfig;
    use crate::mail::{golden, sender::SenderConfig};
    use msg_core::message::Part;
    use msg_core::testkit::ManualClock;
    use std::sync::Arc;

    pub(super) fn wire() -> Ses {
        let aws = AwsConfig::new("us-east-1", "AKIDEXAMPLE", "hidden");
        let sender = SenderConfig::new(golden::FROM).with_reply_to("help@example.org");
        let mut config = SesConfig::new(aws, sender)
            .with_configuration_set("events")
            .with_tag("team", "shop");
        config.feedback_to = Some("bounces@example.org".into());
        Ses::new(config, Arc::new(ManualClock::default())).unwrap()
    }

    pub(super) fn part() -> Part {
        golden::parts().unwrap().remove(0).1
    }
}
