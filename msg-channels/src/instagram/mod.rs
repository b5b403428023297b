//! Instagram messages, for professional accounts, over the
//! [Instagram API](https://developers.facebook.com/docs/instagram-platform/instagram-api-with-instagram-login/messaging-api), or
//! over the Messenger Platform for accounts that are linked to a page; Graph version 23.0.
//!
//! | content | how it is carried |
//! |---|---|
//! | text | native, without markup |
//! | choice, card actions | native: 13 quick replies, or 3 buttons that answer or open a page; neither is shown on the web |
//! | media | native: picture, film, sound; by URL, by id, by upload; without a caption |
//! | card, carousel | native: the generic template, up to 10 cards with a picture and 3 buttons each |
//! | product | native: the product template, by the id in the catalog |
//! | reaction, typing, read | native; what is read is always the whole conversation |
//! | raw | native: any call of the Send API, to the part's recipient only: up to 10 pictures, a heart, a post of one's own |
//! | list, location, contact, contact request, form, time picker, calendar event, poll, order, payment, one-time code, table | emulated by the planner with the above |
//! | file | a link; PDF files can be sent as a raw call |
//! | provider template, edit, delete, notification, voice call, email | absent |
//! | delivery and read receipts | our own message coming back is the only sign that it arrived; read by message |
//! | idempotency key | absent: an unclear outcome is [`Ambiguous`](msg_core::channel::SendOutcome::Ambiguous) |
//! | reply window | 24 hours after the person's last message, 7 days where people answer; outside of it nothing |
//!
//! | limit | number | source |
//! |---|---|---|
//! | text | 1000 bytes | Instagram Platform, "Send a text message" |
//! | text with buttons | 640 characters | Instagram messaging, "Button template" |
//! | quick replies, buttons, cards | 13, 3, 10 | Instagram messaging, "Quick replies", "Generic template" |
//! | picture, other media | 8 MB, 25 MB | Instagram Platform, "Media types and specifications" |
//!
//! People are reached by their id for one account ([`Instagram::person`]), or by a comment of theirs ([`COMMENT`]). Comments and
//! mentions come in as notices. What comes in while another app has the conversation is a notice `standby`, which must not be
//! answered.
//!
//! ```
//! use msg_channels::instagram::{Instagram, InstagramConfig};
//! use msg_core::channel::ChannelWire as _;
//! use msg_core::id::{MessageId, PartId, TenantId};
//! use msg_core::message::part::{Styled, TextPart};
//! use msg_core::message::{Part, Purpose};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let config = InstagramConfig::new("IGAAExampleOnly")
//!     .with_account_id("17841400000000000")
//!     .with_app_secret("the-secret-of-the-app")
//!     .with_verify_token("a-long-random-word");
//! let shop = Instagram::new(config)?;
//!
//! // With a transport it is an adapter: `HttpAdapter::new(shop, transport)`. By itself it only reads and writes.
//! # let message = MessageId::from_uuid(msg_core::id::time_ordered(msg_core::Timestamp::UNIX_EPOCH, &[0; 16]));
//! let part = Part::new(
//!     PartId::new(message, 0),
//!     TenantId::new("acme")?,
//!     Instagram::person("17841400000000000", "200000000000001")?,
//!     Purpose::Conversational,
//!     TextPart::new(Styled::plain("Yes, we ship there.")),
//! );
//! let request = shop.encode(&part).map_err(|failure| failure.detail)?;
//! assert_eq!(
//!     &request.body()[..],
//!     br#"{"recipient":{"id":"200000000000001"},"message":{"text":"Yes, we ship there."}}"#
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
#[cfg(test)]
mod tests;

pub use config::{CLOUD, FACEBOOK, InstagramConfig};
pub use wire::{COMMENT, Instagram, SCHEME};
