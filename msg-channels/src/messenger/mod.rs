//! Facebook Messenger, for pages, over the [Messenger Platform](https://developers.facebook.com/docs/messenger-platform),
//! Graph version 23.0.
//!
//! | content | how it is carried |
//! |---|---|
//! | text | native, without markup |
//! | choice, card actions | native: 13 quick replies, or 3 buttons that answer, open a page or call a number |
//! | media | native: by URL, by id, by upload; one a message, without a caption; no stickers |
//! | card, carousel | native: the generic template, up to 10 cards with a picture and 3 buttons each |
//! | contact request | native: the person's own number or email address as a quick reply |
//! | product | native: the product template, by the id in the catalog |
//! | provider template | native: utility messages, also outside of the reply window |
//! | reaction, typing, read | native; what is read is always the whole conversation |
//! | raw | native: any call of the Send API, to the part's recipient only |
//! | list, location, contact, form, time picker, calendar event, poll, order, payment, one-time code, table | emulated by the planner with the above |
//! | edit, delete, notification, voice call, email | absent |
//! | delivery and read receipts | native: delivered by message; read up to a time, which names no message |
//! | idempotency key | absent: an unclear outcome is [`Ambiguous`](msg_core::channel::SendOutcome::Ambiguous); our own messages come back with the part's id in `metadata` |
//! | reply window | 24 hours after the person's last message, 7 days where people answer; outside of it only templates |
//!
//! | limit | number | source |
//! |---|---|---|
//! | text, text with buttons | 2000, 640 characters | Messenger Platform, "Send API", "Button template" |
//! | quick replies, buttons, cards | 13, 3, 10 | Messenger Platform, "Quick replies", "Generic template" |
//! | label, handle | 20, 1000 characters | Messenger Platform, "Postback button" |
//! | picture, other media | 8 MB, 25 MB; an upload is good for 90 days | Messenger Platform, "Saving assets" |
//!
//! People are reached by their id for one page ([`Messenger::person`]), by the `user_ref` of a plugin or by a comment of theirs
//! ([`USER_REF`], [`COMMENT`], [`POST`]). What comes in while another app has the conversation is a notice `standby`, which
//! must not be answered.
//!
//! ```
//! use msg_channels::messenger::{Messenger, MessengerConfig};
//! use msg_core::channel::ChannelWire as _;
//! use msg_core::id::{MessageId, PartId, TenantId};
//! use msg_core::message::part::{Styled, TextPart};
//! use msg_core::message::{Part, Purpose};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let config = MessengerConfig::new("EAAExampleOnly")
//!     .with_page("1906385232743851")
//!     .with_app_secret("the-secret-of-the-app")
//!     .with_verify_token("a-long-random-word");
//! let page = Messenger::new(config)?;
//!
//! // With a transport it is an adapter: `HttpAdapter::new(page, transport)`. By itself it only reads and writes.
//! # let message = MessageId::from_uuid(msg_core::id::time_ordered(msg_core::Timestamp::UNIX_EPOCH, &[0; 16]));
//! let part = Part::new(
//!     PartId::new(message, 0),
//!     TenantId::new("acme")?,
//!     Messenger::person("1906385232743851", "1254477777772919")?,
//!     Purpose::Conversational,
//!     TextPart::new(Styled::plain("Your parcel is here.")),
//! );
//! let request = page.encode(&part).map_err(|failure| failure.detail)?;
//! assert_eq!(request.uri().path(), "/v23.0/1906385232743851/messages");
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
#[cfg(test)]
mod tests;

pub use config::MessengerConfig;
pub use wire::{COMMENT, Messenger, POST, SCHEME, USER_REF};
