//! From an answer to an outcome, and the error codes of answers and reports.

use super::schema::Answer;
use crate::wire::call::token_of;
use crate::wire::refusal::{Repeat, Row, by_status, find, refusals, retry_after, too_fast};
use bytes::Bytes;
use msg_core::channel::{Advice, Failure, FailureClass, FailureScope, Receipt, SendOutcome};
use msg_core::message::Part;

/// What an answer means.
pub(super) fn classify(part: &Part, response: &http::Response<Bytes>) -> SendOutcome {
    let answer: Answer<'_> = serde_json::from_slice(response.body()).unwrap_or_default();
    if response.status().is_success() {
        return match answer.message_uuid.filter(|id| is_id(id)) {
            Some(id) => {
                let mut receipt = Receipt::new(id.into_owned());
                receipt.further_ids.push(token_of(part));
                SendOutcome::Accepted(receipt)
            }
            None => by_status(response, Repeat::Seen),
        };
    }
    // A fault of the server may come after the message left, whatever it says.
    if response.status().is_server_error() {
        return by_status(response, Repeat::Seen);
    }
    match answer.r#type.as_deref().and_then(code_of) {
        Some("1000" | "1241") => too_fast("1000", retry_after(response), FailureScope::Account),
        Some(code) => match find(ROWS, code) {
            Some(row) => SendOutcome::Rejected(row.failure()),
            None => by_status(response, Repeat::Seen),
        },
        None => by_status(response, Repeat::Seen),
    }
}

/// A UUID, or another word of letters, digits and dashes.
fn is_id(id: &str) -> bool {
    (8..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

/// The code that a problem's type ends in: `https://developer.vonage.com/api-errors/messages#1120`.
pub(super) fn code_of(problem: &str) -> Option<&str> {
    let code = problem.rsplit_once('#').map_or(problem, |(_, code)| code);
    let known = (1..=6).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_digit());
    known.then_some(code)
}

/// What the codes of the Messages API mean.
///
/// Source: its own list (messages-olympus 2021, `x-errors`; <https://developer.vonage.com/api-errors/messages-olympus>).
/// 1320 says that the message was sent before, so nothing is sent again.
const ROWS: &[Row] = refusals! {
    "1000" => RateLimited, Account, RetrySame;
    "1010" => ContentInvalid, Part, FixContent;
    "1020" => ContentInvalid, Part, FixContent;
    "1021" => ContentInvalid, Part, FixContent;
    "1022" => TemplateParams, Part, FixContent;
    "1030" => Transient, Provider, RetrySame;
    "1040" => ContentInvalid, Part, FixContent;
    "1050" => OptedOut, Recipient, Suppress;
    "1060" => CredentialInvalid, Account, FixConfig;
    "1070" => QuotaOrBilling, Account, FixConfig;
    "1080" => PermissionMissing, Account, FixConfig;
    "1090" => ContentTooLarge, Part, Degrade;
    "1100" => Transient, Provider, RetryOtherProvider;
    "1120" => SenderRestricted, Sender, FixConfig;
    "1130" => ConfigInvalid, Sender, FixConfig;
    "1140" => PermissionMissing, Account, FixConfig;
    "1150" => ContentInvalid, Part, FixContent;
    "1160" => PermissionMissing, Account, FixConfig;
    "1170" => InvalidRecipient, Recipient, Suppress;
    "1180" => UnreachableOnChannel, Recipient, RetryOtherChannel;
    "1190" => InvalidRecipient, Recipient, Suppress;
    "1200" => UnreachableOnChannel, Recipient, RetryOtherChannel;
    "1210" => SpamSuspected, Part, ReviewByHuman;
    "1220" => UnreachableOnChannel, Recipient, RetryOtherChannel;
    "1230" => Transient, Provider, RetryOtherProvider;
    "1240" => OptedOut, Recipient, Suppress;
    "1241" => RateLimited, Account, RetrySame;
    "1250" => UnreachableOnChannel, Recipient, RetryOtherProvider;
    "1260" => UnreachableOnChannel, Recipient, RetryOtherChannel;
    "1270" => PolicyRejected, Recipient, ReviewByHuman;
    "1280" => UnreachableOnChannel, Recipient, RetryOtherChannel;
    "1290" => UnreachableOnChannel, Recipient, RetryOtherChannel;
    "1300" => UnreachableOnChannel, Recipient, RetryOtherChannel;
    "1310" => UnreachableOnChannel, Recipient, RetryOtherChannel;
    "1320" => Unknown, Part, Stop;
    "1330" => Unknown, Part, RetryOtherChannel;
    "1331" => Transient, Provider, RetryOtherProvider;
    "1340" => WindowClosed, Recipient, RetryOtherChannel;
    "1350" => QuotaOrBilling, Account, FixConfig;
    "1360" => Expired, Message, Stop;
    "1370" => CredentialInvalid, Account, FixConfig;
    "1380" => MediaRejected, Part, FixContent;
    "1381" => MediaRejected, Part, Degrade;
    "1382" => MediaRejected, Part, Degrade;
};

/// The time to live was over.
pub(super) const EXPIRED: &str = "1360";

/// What the codes of delivery receipts of the SMS API mean.
///
/// Source: <https://developer.vonage.com/en/messaging/sms/guides/delivery-receipts#dlr-error-codes>, whose words the codes
/// 1180 to 1330 above repeat.
const RECEIPT_ROWS: &[Row] = refusals! {
    "1" => Unknown, Part, RetryOtherChannel;
    "2" => UnreachableOnChannel, Recipient, RetryOtherChannel;
    "3" => InvalidRecipient, Recipient, Suppress;
    "4" => UnreachableOnChannel, Recipient, RetryOtherChannel;
    "5" => UnreachableOnChannel, Recipient, RetryOtherChannel;
    "6" => SpamSuspected, Part, ReviewByHuman;
    "7" => UnreachableOnChannel, Recipient, RetryOtherChannel;
    "8" => Transient, Provider, RetryOtherProvider;
    "9" => OptedOut, Recipient, Suppress;
    "10" => ContentInvalid, Part, FixContent;
    "11" => UnreachableOnChannel, Recipient, RetryOtherProvider;
    "12" => UnreachableOnChannel, Recipient, RetryOtherChannel;
    "13" => PolicyRejected, Recipient, ReviewByHuman;
    "14" => UnreachableOnChannel, Recipient, RetryOtherChannel;
    "15" => UnreachableOnChannel, Recipient, RetryOtherChannel;
    "16" => QuotaOrBilling, Account, FixConfig;
    "99" => Unknown, Part, RetryOtherChannel;
};

/// What the code of a status means.
pub(super) fn failure(code: Option<&str>) -> Option<Failure> {
    table(ROWS, code?)
}

/// What the code of a delivery receipt means; `0` is success.
pub(super) fn receipt_failure(code: Option<&str>) -> Option<Failure> {
    table(RECEIPT_ROWS, code.filter(|code| *code != "0")?)
}

fn table(rows: &[Row], code: &str) -> Option<Failure> {
    let code = code_of(code)?;
    Some(match find(rows, code) {
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
