//! From an answer to an outcome, and the error codes of reports.
//!
//! Plivo's refusals are an HTTP status and a text, which is not read: it may change, and it may quote the number
//! (<https://www.plivo.com/docs/messaging/api/response>).

use super::schema::Answer;
use crate::wire::call::token_of;
use crate::wire::refusal::{Repeat, Row, by_status, find, refusals};
use bytes::Bytes;
use msg_core::channel::{Advice, Failure, FailureClass, FailureScope, Receipt, SendOutcome};
use msg_core::message::Part;

/// What an answer means. `echoed` says that reports of this sender carry the part's id.
pub(super) fn classify(echoed: bool, part: &Part, response: &http::Response<Bytes>) -> SendOutcome {
    let status = response.status().as_u16();
    // The error of a refusal is a text, never an id.
    if !response.status().is_success() {
        return match status {
            // The SDKs call it a missing geo permission (plivo-python, `GeoPermissionError`).
            403 => rejected(
                FailureClass::RegionBlocked,
                FailureScope::Account,
                Advice::FixConfig,
                status,
            ),
            _ => by_status(response, Repeat::Seen),
        };
    }
    let answer: Answer<'_> = serde_json::from_slice(response.body()).unwrap_or_default();
    match answer.message_uuid.first().filter(|id| is_id(id)) {
        Some(id) => {
            let mut receipt = Receipt::new(&**id);
            if echoed {
                receipt.further_ids.push(token_of(part));
            }
            SendOutcome::Accepted(receipt)
        }
        None if !answer.invalid_number.is_empty() => {
            let (class, scope) = (FailureClass::InvalidRecipient, FailureScope::Recipient);
            rejected(class, scope, Advice::Suppress, status)
        }
        None => by_status(response, Repeat::Seen),
    }
}

fn rejected(class: FailureClass, scope: FailureScope, advice: Advice, status: u16) -> SendOutcome {
    SendOutcome::Rejected(Failure::new(class, scope, advice).with_code(status.to_string()))
}

/// A UUID, or another word of letters, digits and dashes.
fn is_id(id: &str) -> bool {
    (8..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

/// What the error codes of reports mean.
///
/// Source: Plivo's list (<https://www.plivo.com/docs/messaging/troubleshooting/error-codes>; 10 to 201 and 1000 read on
/// plivo.com/blog/sms-error-codes, 300, 420, 900 and 910 in the list of api-reference.plivo.com as a client keeps it).
const ROWS: &[Row] = refusals! {
    "10" => ContentInvalid, Part, FixContent;
    "20" => Transient, Provider, RetryOtherProvider;
    "30" => SpamSuspected, Part, ReviewByHuman;
    "40" => ConfigInvalid, Sender, FixConfig;
    "50" => InvalidRecipient, Recipient, Suppress;
    "60" => PolicyRejected, Recipient, ReviewByHuman;
    "70" => InvalidRecipient, Recipient, RetryOtherChannel;
    "80" => UnreachableOnChannel, Recipient, RetryOtherChannel;
    "90" => UnreachableOnChannel, Recipient, RetryOtherProvider;
    "100" => UnreachableOnChannel, Recipient, RetryOtherChannel;
    "110" => ContentTooLarge, Part, Degrade;
    "200" => OptedOut, Recipient, Suppress;
    "201" => RegionBlocked, Sender, FixConfig;
    "300" => Transient, Provider, RetryOtherProvider;
    "420" => Expired, Message, Stop;
    "900" => QuotaOrBilling, Account, FixConfig;
    "910" => SenderRestricted, Account, FixConfig;
    "1000" => Unknown, Part, RetryOtherChannel;
};

/// Message expired.
pub(super) const EXPIRED: &str = "420";

/// What the error code of a report means; none without one. `000` is success.
pub(super) fn failure(code: Option<&str>) -> Option<Failure> {
    let code = code.map(|it| it.trim().trim_start_matches('0'))?;
    let known = (1..=6).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_digit());
    known.then(|| match find(ROWS, code) {
        Some(row) => row.failure(),
        None => unknown().with_code(code),
    })
}

/// A failure that does not say why.
pub(super) fn unknown() -> Failure {
    let (class, scope) = (FailureClass::Unknown, FailureScope::Part);
    Failure::new(class, scope, Advice::RetryOtherChannel)
}

#[cfg(test)]
mod tests;
