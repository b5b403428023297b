//! Email through [Twilio SendGrid](https://www.twilio.com/docs/sendgrid/api-reference/mail-send), v3 Web API.
//!
//! | content | how it is carried |
//! |---|---|
//! | email | native: text, HTML, files of 18 MB together, pictures that the HTML names by `cid:` inline |
//! | everything else that can be said | emulated: the planner writes the mail that says it |
//! | provider template, reaction, edit, delete, typing, read, voice call, notification | absent |
//! | headers | `Message-ID`, threads, `Auto-Submitted`, one-click `List-Unsubscribe` (RFC 8058) |
//! | receipts | `processed` queued, `delivered`, `open` and `click` read, `bounce`, `dropped`, `deferred`; machines that open are told apart |
//! | consent | `spamreport`, `unsubscribe`, `group_unsubscribe`, `group_resubscribe` |
//! | mail that comes in | the inbound parse, taken apart or raw, with files |
//! | correlation | every event repeats the part's id (`custom_args`), or is known by `X-Message-Id` |
//! | idempotency key, look-up | absent: the API has neither but for a paid add-on; unclear outcomes are [`Ambiguous`](msg_core::channel::SendOutcome::Ambiguous) |
//! | webhook proof | ECDSA signature (event webhook, inbound parse with a security policy), else a password in the URL |
//!
//! ```
//! use msg_channels::mail::sender::SenderConfig;
//! use msg_channels::sendgrid::{SendGrid, SendGridConfig};
//! use msg_core::channel::ChannelWire as _;
//! use msg_core::id::{MessageId, PartId, TenantId};
//! use msg_core::message::part::EmailPart;
//! use msg_core::message::{Address, Part, Purpose};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let sender = SenderConfig::new("Shop <shop@example.org>");
//! let wire = SendGrid::new(SendGridConfig::new("SG.example-only", sender))?;
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
//! assert_eq!(request.uri().path(), "/v3/mail/send");
//! # Ok(())
//! # }
//! ```

mod config;
mod request;
mod response;
mod schema;
mod webhook;
mod wire;

pub use config::{CLOUD, SendGridConfig};
pub use wire::{MAX_FILES, SCHEME, SendGrid};
