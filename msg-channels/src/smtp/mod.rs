//! Email over SMTP, or into a folder of `.eml` files.
//!
//! | | |
//! |---|---|
//! | protocol | SMTP ([RFC 5321](https://www.rfc-editor.org/rfc/rfc5321)) through [lettre](https://lettre.rs), with PIPELINING, SIZE, SMTPUTF8, STARTTLS, AUTH PLAIN and LOGIN |
//! | encryption | rustls with ring; Mozilla's roots are compiled in, so a bare machine works |
//! | content | email with text, HTML and files of 18 MB together; the planner makes one of any other content |
//! | headers | a `Message-ID` that is the same in every attempt, `In-Reply-To` and `References`, `Auto-Submitted` (RFC 3834), one-click `List-Unsubscribe` (RFC 8058) |
//! | media | bytes as files, pictures inline; an address as a link |
//! | receipts | none: a bounce is a mail of its own. [`part_of`] finds the part that it is about |
//! | webhooks, look-up | none: what became of an ambiguous send cannot be asked |
//!
//! RFC 8058 asks for a DKIM signature over the unsubscribe headers: the mail server has to make it.
//!
//! A mail is accepted when the server says so after its end. When the connection is lost between the end and the
//! answer, or the answer is late, the outcome is ambiguous: the server may have the mail. Everything before that is a
//! rejection, since a server must not deliver a mail whose end it has not seen.
//!
//! ```
//! # fn main() -> Result<(), msg_core::Error> {
//! use msg_channels::smtp::{Smtp, SmtpConfig};
//! use msg_core::time::SystemClock;
//! use std::sync::Arc;
//!
//! let url = "smtps://shop%40example.org:secret@mail.example.org?reply_to=help@example.org";
//! let adapter = Smtp::new(&SmtpConfig::from_url(url)?, Arc::new(SystemClock))?;
//! assert!(!format!("{adapter:?}").contains("secret"));
//! # Ok(())
//! # }
//! ```

mod adapter;
mod config;
mod connection;
mod dial;
mod pool;
mod request;
mod response;
mod stream;
mod url;

pub use crate::mail::header::part_of;
pub use adapter::Smtp;
pub use config::{Outlet, Server, SmtpConfig, Timeouts, TlsMode};

use msg_core::capability::{Capabilities, Field, Unit, profile};
use msg_core::message::ChannelKind;

/// The stable name of the adapter.
pub const SCHEME: &str = "smtp";

/// What mail can carry through this adapter: what the medium can, but nobody tells it that a mail was delivered.
///
/// The adapter refuses everything else before it opens a connection. The server's own size limit is heard when one opens.
#[must_use]
pub fn capabilities() -> Capabilities {
    let mut capabilities = profile::of(&ChannelKind::Email);
    capabilities.receipts = false;
    capabilities
}

/// The most bytes that the files of one mail have together.
fn most_files() -> usize {
    let most = capabilities().limit(Field::Attachments).max(Unit::Bytes);
    most.and_then(|most| usize::try_from(most).ok())
        .unwrap_or(usize::MAX)
}
