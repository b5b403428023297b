//! From an answer to an outcome: the table of Instagram.

pub(super) use crate::graph::inbox::response::classify;
use crate::graph::inbox::response::inbox_refusals;
use crate::wire::refusal::Row;

/// What the codes of errors mean. The rows of both channels, and their sources, are in the core of Meta's channels.
pub(super) const ROWS: &[Row] = inbox_refusals! {
    // V, S: outside of the reply window
    "10/2534022" => WindowClosed, Recipient, RetryOtherChannel;
    // S: the person cannot be found, or took themselves out of the conversation
    "100/2534014" => InvalidRecipient, Recipient, RetryOtherChannel;
    "100/2534001" => UnreachableOnChannel, Recipient, RetryOtherChannel;
    "551/1545041" => BlockedByUser, Recipient, RetryOtherChannel;
    "200/2534041" => BlockedByUser, Recipient, RetryOtherChannel;
    // S: a comment has one private reply, and only for seven days
    "100/2534025" => TargetGone, Message, Stop;
    "100/2534013" => TargetGone, Message, Stop;
    // S: the account may send nothing now
    "100/2534029" => SenderRestricted, Sender, ReviewByHuman;
    "10/2534122" => SenderRestricted, Sender, ReviewByHuman;
    // S: "does not have Advanced Access [...] and recipient user does not have role on app"
    "200/2534048" => SandboxOnly, Recipient, FixConfig;
    "2/1545133" => Transient, Provider, RetrySame;
};
