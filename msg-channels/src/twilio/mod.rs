//! SMS, MMS, WhatsApp and RCS over [Twilio's Messages API](https://www.twilio.com/docs/messaging/api/message-resource),
//! version 2010-04-01. A [`Twilio`] is one sender on one channel.
//!
//! | content | SMS | MMS | WhatsApp | RCS |
//! |---|---|---|---|---|
//! | text, at most 1,600 characters | native | native, without media too (`SendAsMms`) | native, with WhatsApp's markup | native |
//! | media, by URL | emulated: a link | native, up to 10 | native, one with a caption | native, one |
//! | location | emulated | emulated | native | emulated |
//! | provider template | native: a content template by its SID or by the host's name of it | native | native | native |
//! | typing, read | absent | absent | native, at a message that came in; both are one call | absent |
//! | choice, list, card, carousel, form | emulated; a content template can carry them | emulated | emulated | emulated |
//! | reaction, edit, delete | absent | absent | absent | absent |
//! | raw | native: any field of the API but who it is from and to | native | native | native |
//!
//! | | |
//! |---|---|
//! | receipts | delivered; read on WhatsApp and RCS. By status callback or Event Streams |
//! | idempotency key | absent: an unclear outcome is [`Ambiguous`](msg_core::channel::SendOutcome::Ambiguous) |
//! | correlation | the part's id in the query of the status callback, where one is configured |
//! | look-up | absent: messages are listed by number and day, which cannot tell two of them apart |
//! | webhooks | messages, taps, places, opt-outs, reports; signed, JSON bodies too |
//! | media that came in | fetched with the account's credentials |
//!
//! ```
//! use msg_channels::twilio::{Twilio, TwilioConfig};
//! use msg_core::channel::ChannelWire as _;
//! use msg_core::id::{MessageId, PartId, TenantId};
//! use msg_core::message::part::{Styled, TextPart};
//! use msg_core::message::{Address, ChannelKind, Part, Purpose};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let config = TwilioConfig::new("AC00000000000000000000000000000001", "the auth token", "+15550100")
//!     .with_webhook_token("the auth token")
//!     .with_status_callback("https://shop.example/twilio/status");
//! let sms = Twilio::new(config)?;
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
//! assert!(request.uri().path().ends_with("/Messages.json"));
//! let body = std::str::from_utf8(request.body())?;
//! assert!(body.starts_with("To=%2B14155550132&From=%2B15550100&Body=Your+parcel+is+here."));
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

pub use config::{CLOUD, MAX_VALIDITY, MESSAGING_CLOUD, TwilioChannel, TwilioConfig};
pub use wire::{SCHEME, Twilio};
