//! Email through [Resend](https://resend.com/docs/api-reference/emails/send-email).
//!
//! | content | how it is carried |
//! |---|---|
//! | email | native: text, HTML, files of 18 MB together, pictures that the HTML names by `cid:` inline |
//! | everything else that can be said | emulated: the planner writes the mail that says it |
//! | provider template, reaction, edit, delete, typing, read, voice call, notification | absent |
//! | headers | threads, `Auto-Submitted`, one-click `List-Unsubscribe` (RFC 8058); the `Message-ID` is Resend's |
//! | receipts | `sent`, `delivered`, `opened` and `clicked` read, `bounced`, `delivery_delayed`, `failed`, `suppressed` |
//! | consent | `complained`, a contact that unsubscribes |
//! | mail that comes in | `email.received` tells of a mail; text and files are fetched with the key of the account |
//! | correlation | every event repeats the part's id (`tags`) |
//! | idempotency key | the part's id (`Idempotency-Key`, kept for a day): a fault is tried again, nothing is sent twice |
//! | webhook proof | the signature of Standard Webhooks (Svix), else a password in the URL |
//!
//! ```
//! use msg_channels::mail::sender::SenderConfig;
//! use msg_channels::resend::{Resend, ResendConfig};
//! use msg_core::channel::ChannelWire as _;
//! use msg_core::id::{MessageId, PartId, TenantId};
//! use msg_core::message::part::EmailPart;
//! use msg_core::message::{Address, Part, Purpose};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let sender = SenderConfig::new("Shop <shop@example.org>");
//! let wire = Resend::new(ResendConfig::new("re_example_only", sender))?;
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
//! assert_eq!(request.uri().path(), "/emails");
//! # Ok(())
//! # }
//! ```

mod config;
mod request;
mod response;
mod schema;
mod webhook;
mod wire;

pub use config::{CLOUD, ResendConfig};
pub use wire::{MAX_FILES, Resend, SCHEME};
