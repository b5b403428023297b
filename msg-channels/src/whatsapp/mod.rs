//! WhatsApp, over Meta's [Cloud API](https://developers.facebook.com/documentation/business-messaging/whatsapp/), Graph
//! version 23.0.
//!
//! | content | how it is carried |
//! |---|---|
//! | text | native, with WhatsApp's markup; links are previewed |
//! | choice, card actions | native: 3 reply buttons, a list of 10 rows, or one button that opens a page |
//! | media | native: by URL, by id, by upload; one a message, with a caption where the kind has one; no moving pictures |
//! | location, location request | native |
//! | contact, phone number request | native; an email address is asked for in words |
//! | list | native: 10 rows in 10 sections |
//! | form | native for the forms that the configuration names as flows |
//! | product, catalog | native with a configured catalog |
//! | payment | native as a payment link where the configuration says so (Brazil) |
//! | provider template | native with all its parts: header, body, buttons, cards, offers, one-time codes |
//! | reaction, read, typing | native; typing is shown at the message that is answered, and marks it as read |
//! | raw | native: any message of the API, to the part's recipient only |
//! | card, time picker, calendar event, poll, order, one-time code, table | emulated by the planner with the above |
//! | carousel | emulated: a message a card; native in templates |
//! | edit, delete, notification, voice call, email | absent |
//! | delivery and read receipts | native, with price and errors; a played voice note too |
//! | idempotency key | absent: an unclear outcome is [`Ambiguous`](msg_core::channel::SendOutcome::Ambiguous); statuses echo the part |
//! | reply window | 24 hours after the person's last message; outside of it only templates |
//!
//! | limit | number | source |
//! |---|---|---|
//! | text, caption, text with buttons | 4096, 1024, 1024 characters | [profile](msg_core::capability::profile) |
//! | contacts of a message | 5 | facebook/openapi v23.0; pywa says 257 |
//! | image, video, audio, document, sticker | 5 MB, 16 MB, 16 MB, 100 MB, 500 KB | Meta, "Supported media types" |
//! | one recipient | a message every 6 seconds in the long run | Meta, "Pair rate limits", code 131056 |
//!
//! People are reached by phone number, or by their business-scoped user id
//! ([`AddressScheme::WhatsAppUser`](msg_core::message::AddressScheme::WhatsAppUser)) where they hide their number.
//! A group is the address scheme `whatsapp-group`.
//!
//! ```
//! use msg_channels::whatsapp::{WhatsApp, WhatsAppConfig};
//! use msg_core::channel::ChannelWire as _;
//! use msg_core::id::{MessageId, PartId, TenantId};
//! use msg_core::message::part::{Styled, TextPart};
//! use msg_core::message::{Address, ChannelKind, Part, Purpose};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let config = WhatsAppConfig::new("EAAExampleOnly", "106540352242922")
//!     .with_app_secret("the-secret-of-the-app")
//!     .with_verify_token("a-long-random-word");
//! let number = WhatsApp::new(config)?;
//!
//! // With a transport it is an adapter: `HttpAdapter::new(number, transport)`. By itself it only reads and writes.
//! # let message = MessageId::from_uuid(msg_core::id::time_ordered(msg_core::Timestamp::UNIX_EPOCH, &[0; 16]));
//! let part = Part::new(
//!     PartId::new(message, 0),
//!     TenantId::new("acme")?,
//!     Address::phone(ChannelKind::WhatsApp, "+16505551234")?,
//!     Purpose::Transactional,
//!     TextPart::new(Styled::plain("Your parcel is here.")),
//! );
//! let request = number.encode(&part).map_err(|failure| failure.detail)?;
//! assert_eq!(request.uri().path(), "/v23.0/106540352242922/messages");
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

pub use config::{Flow, MEDIA_HOST, PaymentLink, WhatsAppConfig};
pub use wire::{GROUP, SCHEME, WhatsApp};
