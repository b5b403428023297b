//! From an answer to an outcome.

use super::schema::{Problem, Refusal};
use crate::wire::refusal::{Repeat, Row, by_status, find, refusals, retry_after, too_fast};
use bytes::Bytes;
use msg_core::channel::{FailureScope, Receipt, SendOutcome};
use serde_json::Value;

/// The header that names a mail that was taken.
pub(super) const ID: &str = "x-message-id";

/// What SendGrid refuses, by status and what the refusal is about: the first piece of the field's path, or the first words
/// of a message that has no field. It has no codes.
///
/// Sources: <https://www.twilio.com/docs/sendgrid/api-reference/mail-send/errors> (E) and
/// <https://www.twilio.com/docs/sendgrid/api-reference/how-to-use-the-sendgrid-v3-api/responses> (R).
pub(super) const ROWS: &[Row] = refusals! {
    // E: "Does not contain a valid address."
    "400 personalizations.to" => InvalidRecipient, Recipient, Suppress;
    "400 personalizations" => ContentInvalid, Part, FixContent;
    "400 from" => ConfigInvalid, Sender, FixConfig;
    "400 reply_to" => ConfigInvalid, Sender, FixConfig;
    "400 subject" => ContentInvalid, Part, FixContent;
    "400 content" => ContentInvalid, Part, FixContent;
    "400 attachments" => MediaRejected, Part, Degrade;
    "400 headers" => ContentInvalid, Part, FixContent;
    "400 custom_args" => ContentInvalid, Part, FixContent;
    "400 template_id" => TemplateMissing, Template, FixConfig;
    "400" => ContentInvalid, Part, FixContent;
    // The account has no mails left this month: a support page says it of 401.
    "401 Maximum credits exceeded" => QuotaOrBilling, Account, FixConfig;
    "401" => CredentialInvalid, Account, FixConfig;
    // E: "The from address does not match a verified Sender Identity."
    "403 from" => SenderRestricted, Sender, FixConfig;
    "403" => PermissionMissing, Account, FixConfig;
    // R
    "404" => ConfigInvalid, Account, FixConfig;
    "405" => ConfigInvalid, Account, FixConfig;
    // E: 30 MB in all
    "413" => ContentTooLarge, Part, Degrade;
    "415" => ContentInvalid, Part, FixContent;
};

/// What an answer means.
pub(super) fn classify(token: &str, response: &http::Response<Bytes>) -> SendOutcome {
    let status = response.status();
    if status.is_success() {
        let id = response.headers().get(ID).and_then(|id| id.to_str().ok());
        return match id.map(str::trim).filter(|id| !id.is_empty()) {
            Some(id) => {
                let mut receipt = Receipt::new(id);
                receipt.further_ids.push(token.to_owned());
                SendOutcome::Accepted(receipt)
            }
            None => by_status(response, Repeat::Seen),
        };
    }
    if status.as_u16() == 429 {
        return too_fast("429", wait(response), FailureScope::Account);
    }
    let refusal: Refusal = serde_json::from_slice(response.body()).unwrap_or_default();
    let row = refusal
        .errors
        .iter()
        .find_map(|problem| row(status.as_u16(), problem));
    match row.or_else(|| find(ROWS, status.as_str())) {
        Some(row) => SendOutcome::Rejected(row.failure()),
        None => by_status(response, Repeat::Seen),
    }
}

/// `Retry-After`, else `X-RateLimit-Reset`, which is a time, against the answer's own `Date`
/// (<https://www.twilio.com/docs/sendgrid/api-reference/how-to-use-the-sendgrid-v3-api/rate-limits>).
fn wait(response: &http::Response<Bytes>) -> Option<std::time::Duration> {
    let text = |name: &str| response.headers().get(name)?.to_str().ok();
    let until = || {
        let reset: i64 = text("x-ratelimit-reset")?.trim().parse().ok()?;
        let now = jiff::fmt::rfc2822::parse(text("date")?).ok()?.timestamp();
        let left = u64::try_from(reset.checked_sub(now.as_second())?).ok()?;
        Some(std::time::Duration::from_secs(left))
    };
    retry_after(response).or_else(until)
}

/// The row of a problem. `personalizations.0.to.0.email` is about `personalizations.to`.
fn row(status: u16, problem: &Problem) -> Option<&'static Row> {
    let field = problem.field.as_str().unwrap_or_default();
    let names: Vec<&str> = field
        .split('.')
        .filter(|name| !name.is_empty() && name.parse::<u32>().is_err())
        .collect();
    let about = |depth: usize| {
        let path = names.get(..depth)?.join(".");
        find(ROWS, &format!("{status} {path}"))
    };
    let said = || {
        let Value::String(message) = &problem.message else {
            return None;
        };
        let words = |row: &&Row| {
            let (code, words) = row.code.split_once(' ').unwrap_or_default();
            code.parse() == Ok(status) && words.contains(' ') && message.starts_with(words)
        };
        ROWS.iter().find(words)
    };
    about(2).or_else(|| about(1)).or_else(said)
}

#[cfg(test)]
mod tests {
    use super::*;
    use msg_core::channel::FailureClass;
    use std::time::Duration;

    fn answer(status: u16, headers: &[(&str, &str)], body: &'static str) -> SendOutcome {
        let builder = http::Response::builder().status(status);
        let builder = headers.iter().fold(builder, |builder, (name, value)| {
            builder.header(*name, *value)
        });
        classify("t-0", &builder.body(Bytes::from(body)).unwrap())
    }

    /// One answer a row, in the order of the table, in the shape of the documents.
    const ANSWERS: &[(u16, &str)] = &[
        (
            400,
            r#"{"errors":[{"message":"Does not contain a valid address.","field":"personalizations.0.to.0.email","help":null}]}"#,
        ),
        (
            400,
            r#"{"errors":[{"message":"x","field":"personalizations.0.subject","help":null}]}"#,
        ),
        (
            400,
            r#"{"errors":[{"message":"The from email does not contain a valid address.","field":"from.email"}]}"#,
        ),
        (
            400,
            r#"{"errors":[{"message":"x","field":"reply_to.email"}]}"#,
        ),
        (
            400,
            r#"{"errors":[{"message":"The subject is required.","field":"subject"}]}"#,
        ),
        (
            400,
            r#"{"errors":[{"message":"The content value must be a string at least one character in length.","field":"content.0.value"}]}"#,
        ),
        (
            400,
            r#"{"errors":[{"message":"x","field":"attachments.0.content"}]}"#,
        ),
        (400, r#"{"errors":[{"message":"x","field":"headers.X"}]}"#),
        (400, r#"{"errors":[{"message":"x","field":"custom_args"}]}"#),
        (400, r#"{"errors":[{"message":"x","field":"template_id"}]}"#),
        (
            400,
            r#"{"errors":[{"message":"Bad Request","field":null,"help":null}]}"#,
        ),
        (
            401,
            r#"{"errors":[{"message":"Maximum credits exceeded","field":null,"help":null}]}"#,
        ),
        (
            401,
            r#"{"errors":[{"message":"The provided authorization grant is invalid, expired, or revoked","field":null}]}"#,
        ),
        (
            403,
            r#"{"errors":[{"message":"The from address does not match a verified Sender Identity.","field":"from"}]}"#,
        ),
        (
            403,
            r#"{"errors":[{"message":"access forbidden","field":null}]}"#,
        ),
        (404, r#"{"errors":[{"message":"x"}]}"#),
        (405, r#"{"errors":[{"message":"x"}]}"#),
        (413, r#"{"errors":[{"message":"x"}]}"#),
        (415, r#"{"errors":[{"message":"x"}]}"#),
    ];

    #[test]
    fn every_row_is_reached_by_an_answer() {
        assert_eq!(ROWS.len(), ANSWERS.len());
        for (row, (status, body)) in ROWS.iter().zip(ANSWERS) {
            assert_eq!(
                answer(*status, &[], body),
                SendOutcome::Rejected(row.failure()),
                "{body}"
            );
        }
    }

    #[test]
    fn a_mail_is_taken_when_it_has_a_name() {
        let SendOutcome::Accepted(receipt) =
            answer(202, &[("x-message-id", "14c5d75ce93.dfd")], "")
        else {
            panic!()
        };
        assert_eq!(receipt.provider_id, "14c5d75ce93.dfd");
        assert_eq!(receipt.further_ids, ["t-0"]);
        for (status, body) in [(202, ""), (200, "<html>"), (500, "{}"), (502, "<html>")] {
            assert!(
                matches!(answer(status, &[], body), SendOutcome::Ambiguous(_)),
                "{status}"
            );
        }
        let SendOutcome::Rejected(passing) = answer(503, &[], "{}") else {
            panic!()
        };
        assert!(passing.is_retryable());
    }

    #[test]
    fn too_fast_waits_as_it_is_told() {
        let date = ("date", "Sun, 06 Nov 1994 08:49:37 GMT");
        for (headers, seconds) in [
            (vec![("retry-after", "9")], 9),
            (vec![date, ("x-ratelimit-reset", "784111807")], 30),
            (vec![("x-ratelimit-reset", "784111807")], 1),
        ] {
            let SendOutcome::Rejected(failure) = answer(429, &headers, "{}") else {
                panic!()
            };
            assert_eq!(failure.class, FailureClass::RateLimited);
            assert_eq!(
                failure.retry_after.unwrap().delay,
                Duration::from_secs(seconds)
            );
        }
    }
}
