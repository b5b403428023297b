//! SMS and MMS over [Plivo's Message API](https://www.plivo.com/docs/messaging/api/messages). A [`Plivo`] is one sender on
//! one channel.
//!
//! | content | SMS | MMS |
//! |---|---|---|
//! | text, at most 1,600 characters or 11 segments | native | native |
//! | media, by URL | emulated: a link | native, up to 10 with a text |
//! | everything else that people write | emulated by the planner as text | emulated |
//! | provider template, typing, read, reaction, edit, delete | absent | absent |
//!
//! | | |
//! |---|---|
//! | receipts | delivered, by status callback |
//! | idempotency key | absent: an unclear outcome is [`Ambiguous`](msg_core::channel::SendOutcome::Ambiguous) |
//! | correlation | the part's id in the query of the status callback, where one is configured |
//! | look-up | absent: messages are listed by state and time, which cannot tell two of them apart |
//! | webhooks | messages and reports; signatures of version 3, 1 and 2, the strongest that came decides |
//! | error texts | never read: refusals are told by their status |
//!
//! ```
//! use msg_channels::plivo::{Plivo, PlivoConfig};
//! use msg_core::channel::ChannelWire as _;
//! use msg_core::id::{MessageId, PartId, TenantId};
//! use msg_core::message::part::{Styled, TextPart};
//! use msg_core::message::{Address, ChannelKind, Part, Purpose};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let config = PlivoConfig::new("MA000000000000000001", "the auth token", "+15550100")
//!     .with_webhook_token("the auth token");
//! let sms = Plivo::new(config)?;
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
//! assert_eq!(
//!     &request.body()[..],
//!     br#"{"src":"+15550100","dst":"+14155550132","text":"Your parcel is here.","type":"sms"}"#,
//! );
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

pub use config::{CLOUD, PlivoChannel, PlivoConfig, PlivoSignature};
pub use wire::{Plivo, SCHEME};
