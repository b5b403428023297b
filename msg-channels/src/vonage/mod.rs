//! SMS, MMS, RCS, WhatsApp, Messenger and Viber over [Vonage's Messages API](https://developer.vonage.com/en/api/messages). A
//! [`Vonage`] is one sender on one channel.
//!
//! | content | SMS | MMS | RCS | WhatsApp | Messenger | Viber |
//! |---|---|---|---|---|---|---|
//! | text | native, 3,200 | native | native, 3,072 | native, 4,096 | native, 640 | native, 1,000 |
//! | media, by URL | emulated: a link | native, also several | native but sounds | native | native | pictures and files |
//! | buttons | emulated | emulated | 11 suggestions of every kind | 3 replies or one link | emulated | one link |
//! | card, carousel | emulated | emulated | native with title, text and picture | emulated | emulated | emulated |
//! | list, place, asking for a place | emulated | emulated | emulated | native | emulated | emulated |
//! | provider template | absent | absent | absent | native: parameters of the text | absent | absent |
//! | everything else that people write | emulated by the planner as text | | | | | |
//! | typing, read, reaction, edit, delete | absent | absent | absent | absent | absent | absent |
//!
//! | | |
//! |---|---|
//! | authentication | key and secret; the token of an application is not made, a wire has no clock |
//! | receipts | delivered and, on chat channels, read, by webhook |
//! | idempotency key | absent: an unclear outcome is [`Ambiguous`](msg_core::channel::SendOutcome::Ambiguous) |
//! | correlation | the part's id as `client_ref` |
//! | look-up | absent |
//! | webhooks | messages and statuses of version 1 and 0.1, under a signed token; those of the SMS API, under `sig` by HMAC (SHA-1, SHA-256, SHA-512; not MD5) |
//! | answers to templates and other content | kept as they came where the wire does not know them |
//!
//! ```
//! use msg_channels::vonage::{Vonage, VonageConfig};
//! use msg_core::channel::ChannelWire as _;
//! use msg_core::id::{MessageId, PartId, TenantId};
//! use msg_core::message::part::{Styled, TextPart};
//! use msg_core::message::{Address, ChannelKind, Part, Purpose};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let config = VonageConfig::new("abcd1234", "the api secret", "15550100")
//!     .with_signature_secret("the signature secret");
//! let sms = Vonage::new(config)?;
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
//! assert_eq!(request.uri(), "https://api.nexmo.com/v1/messages");
//! assert!(request.body().starts_with(
//!     br#"{"message_type":"text","to":"14155550132","from":"15550100","channel":"sms""#,
//! ));
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

pub use config::{CLOUD, VonageChannel, VonageConfig};
pub use wire::{SCHEME, Vonage};
