//! From an answer to an outcome.

use super::schema::{Answer, Received};
use crate::mail::fetch;
use crate::wire::call::{get, token_of};
use crate::wire::refusal::{
    Repeat, Row, by_status, find, passing, refusals, retry_after, too_fast,
};
use bytes::Bytes;
use http::Uri;
use msg_core::Error;
use msg_core::channel::{Ambiguous, FailureScope, Located, Receipt, SendOutcome};
use msg_core::message::{Media, Part};

/// What Resend refuses, by its name (<https://resend.com/docs/api-reference/errors>).
pub(super) const ROWS: &[Row] = refusals! {
    "invalid_idempotency_key" => ProviderBug, Part, ReviewByHuman;
    "missing_api_key" => CredentialInvalid, Account, FixConfig;
    "invalid_api_key" => CredentialInvalid, Account, FixConfig;
    "restricted_api_key" => PermissionMissing, Account, FixConfig;
    "not_found" => ConfigInvalid, Account, FixConfig;
    "method_not_allowed" => ConfigInvalid, Account, FixConfig;
    "invalid_attachment" => MediaRejected, Part, Degrade;
    "invalid_from_address" => SenderRestricted, Sender, FixConfig;
    "invalid_access" => PermissionMissing, Account, FixConfig;
    "invalid_parameter" => ContentInvalid, Part, FixContent;
    "invalid_region" => ConfigInvalid, Account, FixConfig;
    "missing_required_field" => ContentInvalid, Part, FixContent;
    "daily_quota_exceeded" => QuotaOrBilling, Account, FixConfig;
    "monthly_quota_exceeded" => QuotaOrBilling, Account, FixConfig;
    "security_error" => PolicyRejected, Part, ReviewByHuman;
};

/// Before a domain is verified, only the account's owner may be written to; the message says so in these words.
const TESTING: &str = "You can only send testing emails";

/// `validation_error` means another thing at each status: a field, or who may be written to and from where.
pub(super) const VALIDATION: &[Row] = refusals! {
    "403 testing" => SandboxOnly, Account, FixConfig;
    "400" => ContentInvalid, Part, FixContent;
    "403" => SenderRestricted, Sender, FixConfig;
    "422" => ContentInvalid, Part, FixContent;
};

/// What an answer means. A fault may be tried again: Resend keeps the key for a day and sends nothing twice
/// (<https://resend.com/docs/dashboard/emails/idempotency-keys>).
pub(super) fn classify(part: &Part, response: &http::Response<Bytes>) -> SendOutcome {
    let answer: Answer = serde_json::from_slice(response.body()).unwrap_or_default();
    let status = response.status();
    if status.is_success() {
        return match answer.id.filter(|id| !id.is_empty()) {
            Some(id) => {
                let mut receipt = Receipt::new(id);
                receipt.further_ids = vec![token_of(part)];
                SendOutcome::Accepted(receipt)
            }
            None => by_status(response, Repeat::Unseen),
        };
    }
    let wait = retry_after(response);
    let row = match answer.name.as_deref().unwrap_or_default() {
        "rate_limit_exceeded" => {
            return too_fast("rate_limit_exceeded", wait, FailureScope::Account);
        }
        "concurrent_idempotent_requests" => return passing(status.as_u16(), wait),
        // The same part with other words was taken under this key within a day: which ones is not told.
        "invalid_idempotent_request" => {
            return SendOutcome::Ambiguous(Ambiguous::new("the key belongs to another request"));
        }
        "validation_error" => {
            let testing = answer.message.is_some_and(|it| it.starts_with(TESTING));
            find(
                VALIDATION,
                if testing {
                    "403 testing"
                } else {
                    status.as_str()
                },
            )
        }
        name => find(ROWS, name),
    };
    match row {
        Some(row) => SendOutcome::Rejected(row.failure()),
        None if status.as_u16() == 429 => too_fast("429", wait, FailureScope::Account),
        None => by_status(response, Repeat::Unseen),
    }
}

/// An answer of the API says where the bytes are; any other answer has them. The address is signed and gets no key.
pub(super) fn located(media: &Media, response: http::Response<Bytes>) -> Result<Located, Error> {
    fetch::check(&response)?;
    let found: Option<Received> = serde_json::from_slice(response.body()).ok();
    let url = found.and_then(|found| {
        found
            .raw
            .and_then(|raw| raw.download_url)
            .or(found.download_url)
    });
    let Some(url) = url else {
        return fetch::located(media, response);
    };
    let uri: Uri = url
        .parse()
        .map_err(|_| Error::invalid("the file has no address"))?;
    if uri.scheme_str() != Some("https") {
        return Err(Error::invalid("the address of the file is not https"));
    }
    Ok(Located::Next(Box::new(get(uri))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::golden;

    fn outcome(status: u16, body: &str) -> SendOutcome {
        let part = golden::parts().unwrap().remove(0).1;
        let answer = http::Response::builder()
            .status(status)
            .header("retry-after", "7");
        classify(&part, &answer.body(Bytes::from(body.to_owned())).unwrap())
    }

    fn named(status: u16, name: &str) -> SendOutcome {
        outcome(
            status,
            &format!(
                r#"{{"statusCode":{status},"name":"{name}","message":"jo@example.net is bad"}}"#
            ),
        )
    }

    #[test]
    fn every_row_is_reached_by_an_answer() {
        for row in ROWS {
            assert_eq!(named(422, row.code), SendOutcome::Rejected(row.failure()));
        }
        let testing = format!(
            r#"{{"name":"validation_error","message":"{TESTING} to your own email address (a@b.c)."}}"#
        );
        assert_eq!(
            outcome(403, &testing),
            SendOutcome::Rejected(VALIDATION[0].failure())
        );
        for row in &VALIDATION[1..] {
            let status = row.code.parse().unwrap();
            assert_eq!(
                named(status, "validation_error"),
                SendOutcome::Rejected(row.failure())
            );
        }
    }

    #[test]
    fn a_mail_is_taken_when_it_has_an_id_and_a_fault_may_be_tried_again() {
        let SendOutcome::Accepted(receipt) = outcome(200, r#"{"id":"49a3999c"}"#) else {
            panic!()
        };
        assert_eq!(receipt.provider_id, "49a3999c");
        assert_eq!(receipt.further_ids, ["00000000000071018101010101010101-0"]);
        for (status, body) in [
            (200, "<html>"),
            (200, "{}"),
            (500, "{}"),
            (502, "<html>"),
            (409, r#"{"name":"concurrent_idempotent_requests"}"#),
            (500, r#"{"name":"application_error"}"#),
        ] {
            let SendOutcome::Rejected(failure) = outcome(status, body) else {
                panic!("{status} {body}")
            };
            assert!(failure.is_retryable(), "{status} {body}");
        }
        assert!(matches!(
            named(409, "invalid_idempotent_request"),
            SendOutcome::Ambiguous(_)
        ));
        let SendOutcome::Rejected(slow) = named(429, "rate_limit_exceeded") else {
            panic!()
        };
        assert_eq!(slow.retry_after.unwrap().delay.as_secs(), 7);
    }
}
