//! Telegram bots, over the [Bot API](https://core.telegram.org/bots/api), version 10.1.
//!
//! | content | how it is carried |
//! |---|---|
//! | text | native: `sendMessage`, plain or in Telegram's HTML |
//! | choice, card actions | native: buttons under the message (answer, page, copy) or a keyboard of quick replies |
//! | media, album | native: by URL, by file id, by upload; albums of 2 to 10, without buttons |
//! | location, location request | native: place or venue; a key that shares the place (private chats only) |
//! | contact, contact request | native: one card a message; a key that shares the phone number (private chats only) |
//! | poll | native, not anonymous; votes come back as notices that name the poll by the `poll.<id>` of its receipt |
//! | edit, delete, reaction, typing | native; an album is edited item by item |
//! | files of people | fetched by their id ([`MediaFetch`](msg_core::channel::MediaFetch)), up to 20 MB |
//! | read | native for the messages of a connected business account, absent otherwise |
//! | raw | native: any method that sends, changes or deletes messages, to the part's chat only |
//! | card, carousel, list, form, time picker, calendar event, table | emulated by the planner with the above |
//! | product, order, payment, one-time code | emulated: text with buttons that open a page or copy the code |
//! | provider template, notification, voice call, email | absent |
//! | delivery and read receipts | absent: the Bot API has none |
//! | idempotency key | absent: an unclear outcome is [`Ambiguous`](msg_core::channel::SendOutcome::Ambiguous) |
//!
//! A button of a reply keyboard sends its label as a message; a button under a message comes back as
//! [`Answer`](msg_core::channel::Inbound::Answer) with its handle. Ids of messages and conversations are unique over
//! bots and chats and repeat no address; the number behind the last point of a message's id is the `message_id` of the
//! Bot API.
//!
//! ```
//! use msg_channels::telegram::{Telegram, TelegramConfig};
//! use msg_core::channel::ChannelWire as _;
//! use msg_core::id::{MessageId, PartId, TenantId};
//! use msg_core::message::part::{Styled, TextPart};
//! use msg_core::message::{Address, Part, Purpose};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let config = TelegramConfig::new("7000001:AAExampleOnly").with_webhook_secret("a-long-random-word");
//! let bot = Telegram::new(config)?;
//!
//! // With a transport it is an adapter: `HttpAdapter::new(bot, transport)`. By itself it only reads and writes.
//! # let message = MessageId::from_uuid(msg_core::id::time_ordered(msg_core::Timestamp::UNIX_EPOCH, &[0; 16]));
//! let part = Part::new(
//!     PartId::new(message, 0),
//!     TenantId::new("acme")?,
//!     Address::telegram(123_456_789),
//!     Purpose::Transactional,
//!     TextPart::new(Styled::plain("Your parcel is here.")),
//! );
//! let request = bot.encode(&part).map_err(|failure| failure.detail)?;
//! assert!(request.uri().path().ends_with("/sendMessage"));
//! assert_eq!(&request.body()[..], br#"{"chat_id":123456789,"text":"Your parcel is here."}"#);
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

pub use config::{CLOUD, MAX_SECRET, TelegramConfig};
pub use wire::{SCHEME, Telegram};
