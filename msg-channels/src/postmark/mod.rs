//! Email through [Postmark](https://postmarkapp.com/developer/api/email-api).
//!
//! | content | how it is carried |
//! |---|---|
//! | email | native: text, HTML, files of 7 MB together (10 MB as base64), pictures that the HTML names by `cid:` inline |
//! | everything else that can be said | emulated: the planner writes the mail that says it |
//! | provider template, reaction, edit, delete, typing, read, voice call, notification | absent |
//! | headers | our own `Message-ID` (`X-PM-KeepID`), threads, `Auto-Submitted`, one-click `List-Unsubscribe` (RFC 8058) |
//! | receipts | `Delivery`, `Open` and `Click` read, `Bounce` by its 22 types |
//! | consent | `SpamComplaint`, `SubscriptionChange`, unsubscribing by mail |
//! | mail that comes in | the inbound webhook, taken apart or raw, with files |
//! | correlation | every event repeats the part's id (`Metadata`) |
//! | look-up | by the part's id in the metadata (`GET /messages/outbound`), which settles an unclear send when the mail is found |
//! | idempotency key | absent |
//! | webhook proof | a password in the URL: Postmark signs nothing |
//!
//! ```
//! use msg_channels::mail::sender::SenderConfig;
//! use msg_channels::postmark::{Postmark, PostmarkConfig};
//! use msg_core::channel::ChannelWire as _;
//! use msg_core::id::{MessageId, PartId, TenantId};
//! use msg_core::message::part::EmailPart;
//! use msg_core::message::{Address, Part, Purpose};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let sender = SenderConfig::new("Shop <shop@example.org>");
//! let wire = Postmark::new(PostmarkConfig::new("example-only", sender))?;
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
//! assert_eq!(request.uri().path(), "/email");
//! # Ok(())
//! # }
//! ```

mod config;
mod request;
mod response;
mod schema;
mod webhook;
mod wire;

pub use config::{CLOUD, PostmarkConfig};
pub use wire::{MAX_FILES, Postmark, SCHEME};
