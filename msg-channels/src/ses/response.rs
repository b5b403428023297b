//! From an answer to an outcome.

use super::schema::Answer;
use super::wire::Ses;
use crate::amazon::{code_of, refused};
use crate::wire::call::token_of;
use crate::wire::refusal::{Repeat, Row, by_status, refusals};
use bytes::Bytes;
use msg_core::channel::{Advice, Failure, FailureClass, FailureScope, Receipt, SendOutcome};
use msg_core::message::Part;

/// What Amazon refuses, by the type of the error (`SendEmail` of the API's model, 2019-09-27, and of version 1, which
/// endpoints in front of both still answer with).
pub(super) const ROWS: &[Row] = refusals! {
    "AccountSuspendedException" => SenderRestricted, Account, ReviewByHuman;
    "SendingPausedException" => SenderRestricted, Account, ReviewByHuman;
    "AccountSendingPausedException" => SenderRestricted, Account, ReviewByHuman;
    "ConfigurationSetSendingPausedException" => SenderRestricted, Sender, ReviewByHuman;
    // More than the account may have, or send in 24 hours.
    "LimitExceededException" => QuotaOrBilling, Account, FixConfig;
    "MailFromDomainNotVerifiedException" => ConfigInvalid, Sender, FixConfig;
    "MessageRejected" => PolicyRejected, Part, ReviewByHuman;
    // A configuration set, a tenant or an identity that is not there.
    "NotFoundException" => ConfigInvalid, Account, FixConfig;
    "ConfigurationSetDoesNotExist" => ConfigInvalid, Account, FixConfig;
    "ConfigurationSetDoesNotExistException" => ConfigInvalid, Account, FixConfig;
    "BadRequestException" => ContentInvalid, Part, FixContent;
    "ConcurrentModificationException" => Transient, Provider, RetrySame;
};

/// What an answer means.
pub(super) fn classify(wire: &Ses, part: &Part, response: &http::Response<Bytes>) -> SendOutcome {
    if response.status().is_success() {
        let answer: Option<Answer> = serde_json::from_slice(response.body()).ok();
        let id = answer.and_then(|answer| answer.message_id);
        return match id.filter(|id| !id.is_empty()) {
            Some(id) => SendOutcome::Accepted(receipt(wire, part, id)),
            None => by_status(response, Repeat::Seen),
        };
    }
    if code_of(response).as_deref() == Some("MessageRejected") {
        return SendOutcome::Rejected(rejected(wire, response.body()));
    }
    let spent = response
        .body()
        .windows(DAILY.len())
        .any(|words| words == DAILY);
    match refused(ROWS, response, Repeat::Seen) {
        // Too much in 24 hours is no matter of seconds.
        SendOutcome::Rejected(failure) if spent && failure.class == FailureClass::RateLimited => {
            let (class, scope) = (FailureClass::QuotaOrBilling, FailureScope::Account);
            let failed = Failure::new(class, scope, Advice::RetryOtherProvider);
            SendOutcome::Rejected(failed.with_code(failure.provider_code.0))
        }
        other => other,
    }
}

/// How the words begin that tell the quota of 24 hours from the rate, which have the same type
/// (<https://docs.aws.amazon.com/ses/latest/dg/manage-sending-quotas-errors.html>).
const DAILY: &[u8] = b"Daily ";

/// A mail is known by Amazon's id, the part's id, and the `Message-ID` that Amazon gives it, which answers name.
fn receipt(wire: &Ses, part: &Part, id: String) -> Receipt {
    let message_id = format!("<{id}@{}>", wire.id_domain);
    let mut receipt = Receipt::new(id);
    receipt.further_ids = vec![token_of(part), message_id];
    receipt
}

/// A refusal whose reason is in its words only: an address that nobody verified, the sender's or, for an account that may
/// write to itself alone, the recipient's (<https://docs.aws.amazon.com/ses/latest/dg/troubleshoot-error-messages.html>).
fn rejected(wire: &Ses, body: &[u8]) -> Failure {
    let text = String::from_utf8_lossy(body).to_ascii_lowercase();
    let (class, scope, advice) = if !text.contains("not verified") {
        (
            FailureClass::PolicyRejected,
            FailureScope::Part,
            Advice::ReviewByHuman,
        )
    } else if text.contains(&wire.address) {
        (
            FailureClass::ConfigInvalid,
            FailureScope::Sender,
            Advice::FixConfig,
        )
    } else {
        (
            FailureClass::SandboxOnly,
            FailureScope::Account,
            Advice::FixConfig,
        )
    };
    Failure::new(class, scope, advice).with_code("MessageRejected")
}

#[cfg(test)]
mod tests {
    use super::super::tests::{part, wire};
    use super::*;

    fn answer(status: u16, code: &str, body: &str) -> http::Response<Bytes> {
        let response = http::Response::builder()
            .status(status)
            .header("retry-after", "7");
        let response = if code.is_empty() {
            response
        } else {
            response.header(
                "x-amzn-errortype",
                format!("{code}:http://internal.amazon.com/"),
            )
        };
        response.body(Bytes::from(body.to_owned())).unwrap()
    }

    fn outcome(status: u16, code: &str, body: &str) -> SendOutcome {
        classify(&wire(), &part(), &answer(status, code, body))
    }

    #[test]
    fn every_row_is_reached_by_an_answer() {
        for row in ROWS {
            let expected = SendOutcome::Rejected(row.failure());
            let body = r#"{"message":"jo@example.net is bad"}"#;
            assert_eq!(outcome(400, row.code, body), expected, "{}", row.code);
            let body = format!(r#"{{"__type":"{}","message":"x"}}"#, row.code);
            assert_eq!(outcome(400, "", &body), expected, "{}", row.code);
        }
    }

    #[test]
    fn a_mail_is_taken_when_it_has_an_id() {
        let SendOutcome::Accepted(receipt) = outcome(200, "", r#"{"MessageId":"0100-1"}"#) else {
            panic!()
        };
        assert_eq!(receipt.provider_id, "0100-1");
        assert_eq!(
            receipt.further_ids,
            [
                "00000000000071018101010101010101-0",
                "<0100-1@email.amazonses.com>"
            ]
        );
        for (status, body) in [
            (200, "{}"),
            (200, "<html>"),
            (200, r#"{"MessageId":""}"#),
            (500, "{}"),
            (502, "<html>"),
        ] {
            assert!(
                matches!(outcome(status, "", body), SendOutcome::Ambiguous(_)),
                "{status} {body}"
            );
        }
    }

    #[test]
    fn too_fast_says_how_long() {
        for (status, code) in [
            (429, "TooManyRequestsException"),
            (400, "Throttling"),
            (429, ""),
        ] {
            let SendOutcome::Rejected(failure) = outcome(status, code, "{}") else {
                panic!()
            };
            assert_eq!(failure.class, FailureClass::RateLimited);
            assert_eq!(failure.retry_after.unwrap().delay.as_secs(), 7);
        }
    }

    #[test]
    fn a_quota_of_a_day_is_not_a_rate() {
        for code in ["Throttling", "TooManyRequestsException"] {
            let body = r#"{"message":"Daily message quota exceeded."}"#;
            let SendOutcome::Rejected(failure) = outcome(429, code, body) else {
                panic!()
            };
            assert_eq!(failure.class, FailureClass::QuotaOrBilling);
            assert_eq!(failure.provider_code.0, code);
            assert_eq!(failure.retry_after, None);
        }
    }

    #[test]
    fn an_address_that_nobody_verified_is_the_senders_or_the_recipients() {
        let words = |address: &str| {
            format!(
                r#"{{"message":"Email address is not verified. The following identities failed the check in region US-EAST-1: {address}"}}"#
            )
        };
        for (address, class) in [
            ("Shop <shop@example.org>", FailureClass::ConfigInvalid),
            ("jo@example.net", FailureClass::SandboxOnly),
        ] {
            let SendOutcome::Rejected(failure) = outcome(400, "MessageRejected", &words(address))
            else {
                panic!()
            };
            assert_eq!(failure.class, class);
            assert!(!format!("{failure:?}").contains("example"));
        }
    }
}
