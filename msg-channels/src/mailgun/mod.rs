//! Email through [Mailgun](https://documentation.mailgun.com/docs/mailgun/api-reference/send/mailgun/messages).
//!
//! | content | how it is carried |
//! |---|---|
//! | email | native: text, HTML, files of 18 MB together, pictures that the HTML names by `cid:` inline |
//! | everything else that can be said | emulated: the planner writes the mail that says it |
//! | provider template, reaction, edit, delete, typing, read, voice call, notification | absent |
//! | headers | our own `Message-ID`, threads, `Auto-Submitted`, one-click `List-Unsubscribe` (RFC 8058) |
//! | receipts | `accepted`, `delivered`, `opened` and `clicked` read, `failed` (permanent and temporary), `rejected`; machines that open are told apart |
//! | consent | `complained`, `unsubscribed` |
//! | mail that comes in | routes: forwarded (taken apart or raw) and stored; stored files are fetched with the key of the account |
//! | correlation | every event repeats the part's id (`user-variables`) |
//! | look-up | by `Message-ID` (`GET /v3/{domain}/events`), which settles an unclear send when the mail is found |
//! | idempotency key | absent |
//! | webhook proof | HMAC of time and token, in the body; events of today and of before 2018 |
//!
//! ```
//! use msg_channels::mail::sender::SenderConfig;
//! use msg_channels::mailgun::{Mailgun, MailgunConfig};
//! use msg_core::channel::ChannelWire as _;
//! use msg_core::id::{MessageId, PartId, TenantId};
//! use msg_core::message::part::EmailPart;
//! use msg_core::message::{Address, Part, Purpose};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let sender = SenderConfig::new("Shop <shop@example.org>");
//! let wire = Mailgun::new(MailgunConfig::new("key-example-only", "mg.example.org", sender))?;
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
//! assert_eq!(request.uri().path(), "/v3/mg.example.org/messages");
//! # Ok(())
//! # }
//! ```

mod config;
mod request;
mod response;
mod schema;
mod webhook;
mod wire;

pub use config::{CLOUD, MailgunConfig};
pub use wire::{MAX_FILES, Mailgun, SCHEME};
