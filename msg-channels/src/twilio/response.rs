//! From an answer to an outcome.

mod table;

use super::schema::{Answer, code_of};
use super::wire::is_message;
use crate::wire::call::token_of;
use crate::wire::refusal::{Repeat, Row, by_status, find, retry_after, too_fast};
use bytes::Bytes;
use msg_core::channel::{
    Advice, Failure, FailureClass, FailureScope, ProviderCode, Receipt, SendOutcome,
};
use msg_core::message::{Part, PartBody};
use table::ROWS;

/// What an answer means. `echoed` says that reports of this sender carry the part's id.
pub(super) fn classify(echoed: bool, part: &Part, response: &http::Response<Bytes>) -> SendOutcome {
    let answer: Answer<'_> = serde_json::from_slice(response.body()).unwrap_or_default();
    let read = matches!(part.body, PartBody::Read(_) | PartBody::Typing(_));
    let repeat = if read { Repeat::Unseen } else { Repeat::Seen };
    if !response.status().is_success() {
        return refused(response, &answer, repeat);
    }
    if read {
        return match answer.success {
            Some(true) => SendOutcome::Accepted(Receipt::new(part.id.to_string())),
            _ => by_status(response, repeat),
        };
    }
    let Some(sid) = answer.sid.as_deref().filter(|sid| is_message(sid)) else {
        return by_status(response, repeat);
    };
    if matches!(answer.word(), Some("failed" | "undelivered")) {
        let code = code_of(answer.error_code.as_ref()).unwrap_or_default();
        return SendOutcome::Rejected(failure(&code));
    }
    let mut receipt = Receipt::new(sid);
    if echoed {
        receipt.further_ids.push(token_of(part));
    }
    SendOutcome::Accepted(receipt)
}

fn refused(response: &http::Response<Bytes>, answer: &Answer<'_>, repeat: Repeat) -> SendOutcome {
    let status = response.status().as_u16();
    let code = code_of(answer.code.as_ref());
    if status == 429 {
        let code = code.as_deref().unwrap_or("429");
        return too_fast(code, retry_after(response), scope_of_rate(code));
    }
    // What failed on Twilio's side may have been sent before it failed.
    let Some(code) = code.filter(|_| (400..500).contains(&status)) else {
        return by_status(response, repeat);
    };
    match find(ROWS, &code) {
        Some(row) if row.class == FailureClass::RateLimited && !matches!(status, 401 | 403) => {
            too_fast(&code, retry_after(response), row.scope.clone())
        }
        Some(row) => SendOutcome::Rejected(checked(status, row)),
        None => match by_status(response, repeat) {
            SendOutcome::Rejected(mut failure) => {
                failure.provider_code = ProviderCode(code);
                SendOutcome::Rejected(failure)
            }
            other => other,
        },
    }
}

/// A refused key is never tried again as it is, whatever the code says.
fn checked(status: u16, row: &Row) -> Failure {
    let mut failure = row.failure();
    if matches!(status, 401 | 403) && failure.is_retryable() {
        failure.advice = Advice::FixConfig;
    }
    failure
}

/// 20429 is about the account's requests (<https://www.twilio.com/docs/api/errors/20429>); without a code the sender's
/// limit is the likelier one.
fn scope_of_rate(code: &str) -> FailureScope {
    match find(ROWS, code) {
        Some(row) => row.scope.clone(),
        None => FailureScope::Sender,
    }
}

/// What the error code of a report means. A code that is not known is a failure of this part.
pub(super) fn failure(code: &str) -> Failure {
    match find(ROWS, code) {
        Some(row) => row.failure(),
        None => Failure::new(
            FailureClass::Unknown,
            FailureScope::Part,
            Advice::RetryOtherChannel,
        )
        .with_code(code),
    }
}

#[cfg(test)]
mod tests;
