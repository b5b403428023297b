//! From an answer to an outcome, and the codes of reports.

use super::schema::Answer;
use crate::wire::call::token_of;
use crate::wire::refusal::{Repeat, Row, by_status, find, refusals};
use bytes::Bytes;
use msg_core::channel::{
    Advice, Ambiguous, Failure, FailureClass, FailureScope, ProviderCode, Receipt, SendOutcome,
};
use msg_core::message::Part;

/// What an answer means.
pub(super) fn classify(part: &Part, response: &http::Response<Bytes>) -> SendOutcome {
    let status = response.status().as_u16();
    let answer: Answer<'_> = serde_json::from_slice(response.body()).unwrap_or_default();
    if response.status().is_success() {
        return match answer.id.as_deref().filter(|id| is_id(id)) {
            Some(id) => SendOutcome::Accepted(receipt(id, part)),
            None => by_status(response, Repeat::Seen),
        };
    }
    let codes = answer.errors.iter().filter_map(|problem| problem.code);
    let first = codes.into_iter().next().map(|code| code.to_string());
    // What failed on the provider's side may have been sent before it failed; a wait is told by its status.
    let Some(code) = first.filter(|_| (400..500).contains(&status) && status != 429) else {
        return by_status(response, Repeat::Seen);
    };
    match find(ERRORS, &code) {
        Some(row) => {
            let mut failure = row.failure();
            if matches!(status, 401 | 403) && failure.is_retryable() {
                failure.advice = Advice::FixConfig;
            }
            SendOutcome::Rejected(failure)
        }
        None => match by_status(response, Repeat::Seen) {
            SendOutcome::Rejected(mut failure) => {
                failure.provider_code = ProviderCode(code);
                SendOutcome::Rejected(failure)
            }
            other => other,
        },
    }
}

/// What a look-up found.
pub(super) fn found(part: &Part, response: &http::Response<Bytes>) -> SendOutcome {
    let unknown = |why| SendOutcome::Ambiguous(Ambiguous::new(why));
    if !response.status().is_success() {
        return unknown("the look-up was refused");
    }
    let answer: Answer<'_> = serde_json::from_slice(response.body()).unwrap_or_default();
    let token = token_of(part);
    let known = answer
        .items
        .iter()
        .find(|known| known.reference.as_deref() == Some(&token));
    let id = known.and_then(|known| known.id.as_deref());
    match id.filter(|id| is_id(id)) {
        Some(id) => SendOutcome::AlreadyAccepted(receipt(id, part)),
        None => unknown("not among the newest messages to the number"),
    }
}

/// Known by its own id, and by ours, which reports echo as `reference`.
fn receipt(id: &str, part: &Part) -> Receipt {
    let mut receipt = Receipt::new(id);
    receipt.further_ids.push(token_of(part));
    receipt
}

/// 32 hexadecimal digits, or another word of letters and digits.
fn is_id(id: &str) -> bool {
    (8..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

/// The codes of refusals (<https://developers.messagebird.com/api/#api-errors>): 2 and 9 in the specification of the SMS
/// API, 20 and 25 in the tests of the PHP library, the others [K].
const ERRORS: &[Row] = refusals! {
    "2" => CredentialInvalid, Account, FixConfig;
    "9" => InvalidRecipient, Recipient, Suppress;
    "10" => ContentInvalid, Part, FixContent;
    "20" => ConfigInvalid, Account, FixConfig;
    "21" => ContentInvalid, Part, FixContent;
    "25" => QuotaOrBilling, Account, FixConfig;
    "98" => ConfigInvalid, Account, FixConfig;
};

/// The codes of reports, `statusErrorCode`: those of GSM MAP (3GPP TS 29.002, 17.6.6), as
/// <https://docs.bird.com/api/channels-api/message-status-and-interactions/message-failure-sources/sms-platform-extended-error-codes>
/// lists them.
const REPORTS: &[Row] = refusals! {
    "1" => InvalidRecipient, Recipient, Suppress;
    "2" => InvalidRecipient, Recipient, RetryOtherChannel;
    "3" => InvalidRecipient, Recipient, RetryOtherChannel;
    "5" => InvalidRecipient, Recipient, Suppress;
    "6" => UnreachableOnChannel, Recipient, RetryOtherChannel;
    "9" => InvalidRecipient, Recipient, RetryOtherChannel;
    "10" => UnreachableOnChannel, Recipient, RetryOtherChannel;
    "11" => UnreachableOnChannel, Recipient, RetryOtherChannel;
    "12" => UnreachableOnChannel, Recipient, RetryOtherChannel;
    "13" => BlockedByUser, Recipient, RetryOtherChannel;
    "21" => UnreachableOnChannel, Recipient, RetryOtherChannel;
    "27" => UnreachableOnChannel, Recipient, RetryOtherChannel;
    "31" => UnreachableOnChannel, Recipient, RetryOtherChannel;
    "32" => UnreachableOnChannel, Recipient, RetryOtherChannel;
    "33" => UnreachableOnChannel, Recipient, RetryOtherChannel;
    "34" => Transient, Provider, RetryOtherProvider;
    "35" => Transient, Provider, RetryOtherProvider;
    "36" => Transient, Provider, RetryOtherProvider;
};

/// What a report's code and reason mean. The reasons are words of the provider (`statusReason`); any other is not read.
pub(super) fn failure(code: Option<&str>, reason: Option<&str>) -> Failure {
    use FailureClass as Class;
    use FailureScope::{Account, Message, Part, Provider, Recipient};
    let code = code.filter(|it| it.len() <= 6 && it.bytes().all(|b| b.is_ascii_digit()));
    if let Some(row) = code.and_then(|code| find(REPORTS, code)) {
        return row.failure();
    }
    let reason = reason.unwrap_or_default().to_ascii_lowercase();
    let (class, scope, advice) = match reason.as_str() {
        "unknown subscriber" | "incorrect number" => {
            (Class::InvalidRecipient, Recipient, Advice::Suppress)
        }
        "unavailable subscriber" => (
            Class::UnreachableOnChannel,
            Recipient,
            Advice::RetryOtherChannel,
        ),
        "opted out" => (Class::OptedOut, Recipient, Advice::Suppress),
        "expired" | "dlr not received" => (Class::Expired, Message, Advice::Stop),
        "insufficient balance" => (Class::QuotaOrBilling, Account, Advice::FixConfig),
        "carrier rejected" => (Class::PolicyRejected, Part, Advice::ReviewByHuman),
        "received network error" | "capacity limit reached" => {
            (Class::Transient, Provider, Advice::RetryOtherProvider)
        }
        _ => (Class::Unknown, Part, Advice::RetryOtherChannel),
    };
    Failure::new(class, scope, advice).with_code(code.unwrap_or_default())
}

#[cfg(test)]
mod tests;
