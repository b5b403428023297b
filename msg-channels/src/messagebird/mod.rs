//! SMS over [MessageBird's REST API](https://developers.messagebird.com/api/sms-messaging/). A [`MessageBird`] is one
//! originator.
//!
//! | content | how it is carried |
//! |---|---|
//! | text, at most 9 segments (1,377 characters, 603 in UCS-2) | native; MessageBird chooses the alphabet |
//! | everything else that people write | emulated by the planner as text and links |
//! | media, provider template, typing, read, reaction, edit, delete | absent |
//! | receipts | delivered, by status report |
//! | idempotency key | absent: an unclear outcome is [`Ambiguous`](msg_core::channel::SendOutcome::Ambiguous) |
//! | correlation | the part's id as `reference`, which status reports echo |
//! | look-up | the newest 50 messages to the number; one that has the part's reference is the part |
//! | webhooks | messages and reports, by query, form or JSON; the signature as a token, and the older one |
//!
//! ```
//! use msg_channels::messagebird::{MessageBird, MessageBirdConfig};
//! use msg_core::channel::ChannelWire as _;
//! use msg_core::id::{MessageId, PartId, TenantId};
//! use msg_core::message::part::{Styled, TextPart};
//! use msg_core::message::{Address, ChannelKind, Part, Purpose};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let config = MessageBirdConfig::new("the access key", "Shop").with_signing_key("the signing key");
//! let sms = MessageBird::new(config)?;
//!
//! // With a transport it is an adapter: `HttpAdapter::new(sms, transport)`. By itself it only reads and writes.
//! # let message = MessageId::from_uuid(msg_core::id::time_ordered(msg_core::Timestamp::UNIX_EPOCH, &[0; 16]));
//! let part = Part::new(
//!     PartId::new(message, 0),
//!     TenantId::new("acme")?,
//!     Address::phone(ChannelKind::Sms, "+14155550132")?,
//!     Purpose::Transactional,
//!     TextPart::new(Styled::plain("Your parcel is here.")),
//! );
//! let request = sms.encode(&part).map_err(|failure| failure.detail)?;
//! assert_eq!(request.uri(), "https://rest.messagebird.com/messages");
//! assert!(request.body().starts_with(br#"{"originator":"Shop","body":"Your parcel is here.","recipients":["14155550132"]"#));
//! # Ok(())
//! # }
//! ```

mod config;
mod request;
mod response;
mod schema;
mod webhook;
mod wire;

#[cfg(test)]
mod golden;

pub use config::{CLOUD, MessageBirdConfig};
pub use wire::{MessageBird, SCHEME};
