//! From an answer to an outcome.

use super::Inbox;
use super::schema::Answer;
use crate::graph::{Code, GraphError, outcome_of};
use crate::wire::refusal::Repeat;
use bytes::Bytes;
use msg_core::channel::{Ambiguous, Receipt, SendOutcome};
use msg_core::message::{Part, PartBody};

/// "The messages are all sent successfully, but the endpoint returns an error"
/// (<https://developers.facebook.com/docs/messenger-platform/error-codes>).
const SENT_AND_FAILED: Code = Code {
    code: 1,
    subcode: Some(1_357_046),
};

/// What an answer means.
pub(crate) fn classify(
    inbox: &Inbox,
    part: &Part,
    response: &http::Response<Bytes>,
) -> SendOutcome {
    let error = GraphError::read(response.body());
    if error.is_none() && response.status().is_success() {
        let answer = serde_json::from_slice::<Answer>(response.body()).ok();
        if let Some(receipt) = answer.and_then(|answer| taken(part, answer)) {
            return SendOutcome::Accepted(receipt);
        }
    }
    let repeat = repeat(part);
    if let Some(error) = error.filter(|_| repeat == Repeat::Seen) {
        if error.code == SENT_AND_FAILED {
            return SendOutcome::Ambiguous(Ambiguous::new("code 1/1357046: sent all the same"));
        }
        if error.code == Code::new(1, None) && response.status().is_server_error() {
            return SendOutcome::Ambiguous(Ambiguous::new("code 1 with a status of the server"));
        }
    }
    outcome_of(response, inbox.rules.rows, repeat)
}

/// A message that was made is known by its id. A call that makes none is known by the part's own id.
fn taken(part: &Part, answer: Answer) -> Option<Receipt> {
    if let Some(id) = answer.message_id.filter(|id| !id.is_empty()) {
        return Some(Receipt::new(id));
    }
    let makes_none = repeat(part) == Repeat::Unseen || matches!(part.body, PartBody::Raw(_));
    let told = answer.recipient_id.is_some() || answer.success == Some(true);
    (makes_none && told).then(|| Receipt::new(part.id.to_string()))
}

/// Whether doing it twice would be seen.
fn repeat(part: &Part) -> Repeat {
    match &part.body {
        PartBody::Typing(_) | PartBody::Read(_) | PartBody::Reaction(_) => Repeat::Unseen,
        PartBody::Raw(raw) if raw.0.get("message").is_none() => Repeat::Unseen,
        _ => Repeat::Seen,
    }
}

/// The errors of both channels. Codes with a subcode say more than those without.
///
/// Sources: `M` <https://developers.facebook.com/docs/messenger-platform/error-codes> of March 2026; `L` the older page
/// `reference/send-api/error-codes`; `P` the errors of <https://developers.facebook.com/docs/graph-api/reference/page/messages>;
/// `G` <https://developers.facebook.com/docs/graph-api/overview/rate-limiting> and `guides/error-handling`; `V` vercel/chat
/// c4f709f; `F` rickydunlop/fbmessenger-node, pull request 24; `S` numbers seen in public projects, without a document.
macro_rules! inbox_refusals {
    ($($mine:tt)*) => {
        $crate::wire::refusal::refusals! {
            $($mine)*
            // M, P, G: too much in too short a time
            "4" => RateLimited, Account, RetrySame;
            "4/2018354" => RateLimited, Recipient, RetrySame;
            "9/2018352" => RateLimited, Recipient, RetrySame;
            "17" => RateLimited, Account, RetrySame;
            "32" => RateLimited, Sender, RetrySame;
            "613" => RateLimited, Sender, RetrySame;
            "80001" => RateLimited, Sender, RetrySame;
            "80002" => RateLimited, Sender, RetrySame;
            "80006" => RateLimited, Sender, RetrySame;
            // M: outside of the reply window; V: 1545041 as a code, S: as a subcode of a person who is away
            "10/2018278" => WindowClosed, Recipient, UseTemplate;
            "10/2018065" => WindowClosed, Recipient, UseTemplate;
            "1545041" => WindowClosed, Recipient, UseTemplate;
            // M, P: the person. "This person isn't available right now" is what a block looks like
            "551" => BlockedByUser, Recipient, RetryOtherChannel;
            "200/1545041" => BlockedByUser, Recipient, RetryOtherChannel;
            "10/2018108" => BlockedByUser, Recipient, RetryOtherChannel;
            "100/2018001" => InvalidRecipient, Recipient, RetryOtherChannel;
            "100/33" => InvalidRecipient, Recipient, RetryOtherChannel;
            // P: what was to be answered. It was answered before, or cannot be
            "10900" => TargetGone, Message, Stop;
            "10903" => TargetGone, Message, Stop;
            // M, P, S: the page or account
            "10/1893063" => SenderRestricted, Sender, ReviewByHuman;
            "368" => SenderRestricted, Sender, ReviewByHuman;
            "2022" => SenderRestricted, Sender, ReviewByHuman;
            "10904" => SenderRestricted, Sender, FixConfig;
            "10/2018300" => PermissionMissing, Recipient, ReviewByHuman;
            // M, P, G: keys and permissions
            "102" => CredentialInvalid, Account, FixConfig;
            "190" => CredentialInvalid, Account, FixConfig;
            "1/99" => PermissionMissing, Account, FixConfig;
            "2/2018344" => ConfigInvalid, Account, FixConfig;
            "3" => PermissionMissing, Account, FixConfig;
            "10" => PermissionMissing, Account, FixConfig;
            "200" => PermissionMissing, Account, FixConfig;
            "200/2018028" => SandboxOnly, Recipient, FixConfig;
            "230" => PermissionMissing, Account, FixConfig;
            // F, L, S: what it says
            "100/2018034" => ContentInvalid, Part, FixContent;
            "100/2018109" => ContentTooLarge, Part, Degrade;
            "100/2018047" => MediaUnreachable, Part, FixContent;
            "100" => ContentInvalid, Part, FixContent;
            // M, L, G: passing faults
            "1" => Transient, Provider, RetrySame;
            "2" => Transient, Provider, RetrySame;
            "1200" => Transient, Provider, RetrySame;
        }
    };
}
pub(crate) use inbox_refusals;

/// A row of a channel's table, for its tests.
#[cfg(test)]
pub(crate) fn code_of(row: &crate::wire::refusal::Row) -> Code {
    let (code, subcode) = row.code.split_once('/').unwrap_or((row.code, "0"));
    Code::new(code.parse().unwrap(), subcode.parse().ok())
}
