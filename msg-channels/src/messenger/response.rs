//! From an answer to an outcome: the table of Messenger.

pub(super) use crate::graph::inbox::response::classify;
use crate::graph::inbox::response::inbox_refusals;
use crate::wire::refusal::Row;

/// What the codes of errors mean. The rows of both channels, and their sources, are in the core of Meta's channels.
pub(super) const ROWS: &[Row] = inbox_refusals! {
    // S: the person has no conversations with pages now
    "551/1545041" => BlockedByUser, Recipient, RetryOtherChannel;
};
