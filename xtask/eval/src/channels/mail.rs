//! What the channels of email over HTTP have in common here: a sender, a recipient, mails of every sort.

use super::{Made, Subject};
use msg_channels::mail::sender::SenderConfig;
use msg_core::channel::ChannelWire;
use msg_core::message::{Address, Part};

#[path = "../../../../msg-channels/src/mail/golden.rs"]
mod golden;

pub(super) fn sender() -> SenderConfig {
    SenderConfig::new(golden::FROM).with_reply_to("help@example.org")
}

/// A wire that writes to somebody, if it could be made.
pub(super) fn subject<W: ChannelWire>(wire: Result<W, msg_core::Error>) -> Made<Subject> {
    let wire = wire.map_err(|error| error.to_string())?;
    let to = Address::email("jo@example.net").map_err(|error| error.to_string())?;
    Ok(Subject::new(wire, to))
}

/// Mails with files, answers, unsubscribe addresses, and what should not get into a header.
pub(super) fn more() -> Made<Vec<(String, Part)>> {
    let parts = golden::parts().map_err(|error| error.to_string())?;
    let named = |(name, part): (&str, Part)| (name.to_owned(), part);
    Ok(parts.into_iter().map(named).collect())
}
