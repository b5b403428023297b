//! Email through [Brevo](https://developers.brevo.com/reference/sendtransacemail).
//!
//! | content | how it is carried |
//! |---|---|
//! | email | native: text, HTML, files of 10 MB together; pictures are attached, because the API has no inline ones |
//! | everything else that can be said | emulated: the planner writes the mail that says it |
//! | provider template, reaction, edit, delete, typing, read, voice call, notification | absent |
//! | headers | threads, `Auto-Submitted`, one-click `List-Unsubscribe` (RFC 8058); the `Message-ID` is Brevo's |
//! | receipts | `request` queued, `delivered`, `opened` and `click` read, bounces, `blocked`, `deferred`, `error`; proxies that open are told apart |
//! | consent | `spam`, `complaint`, `unsubscribe`, `list_addition` |
//! | mail that comes in | inbound parsing; files are fetched with the key of the account |
//! | correlation | every event repeats the part's id (`X-Mailin-custom`) |
//! | idempotency key | the part's id (`idempotencyKey`, kept for 15 minutes): not long enough to settle an unclear send |
//! | webhook proof | a password in the URL or a bearer token: Brevo signs nothing |
//!
//! ```
//! use msg_channels::mail::sender::SenderConfig;
//! use msg_channels::brevo::{Brevo, BrevoConfig};
//! use msg_core::channel::ChannelWire as _;
//! use msg_core::id::{MessageId, PartId, TenantId};
//! use msg_core::message::part::EmailPart;
//! use msg_core::message::{Address, Part, Purpose};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let sender = SenderConfig::new("Shop <shop@example.org>");
//! let wire = Brevo::new(BrevoConfig::new("xkeysib-example-only", sender))?;
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
//! assert_eq!(request.uri().path(), "/v3/smtp/email");
//! # Ok(())
//! # }
//! ```

mod config;
mod request;
mod response;
mod schema;
mod webhook;
mod wire;

pub use config::{BrevoConfig, CLOUD};
pub use wire::{Brevo, MAX_FILES, SCHEME};
