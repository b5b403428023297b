//! From an answer to an outcome.

use super::schema::{Answer, Found};
use crate::wire::call::token_of;
use crate::wire::refusal::{Repeat, Row, by_status, find, refusals, retry_after, too_fast};
use bytes::Bytes;
use msg_core::channel::{Ambiguous, FailureScope, Receipt, SendOutcome};
use msg_core::message::Part;

/// What Postmark refuses, by its error code (<https://postmarkapp.com/developer/api/overview#error-codes>).
pub(super) const ROWS: &[Row] = refusals! {
    // Bad or missing API token.
    "10" => CredentialInvalid, Account, FixConfig;
    // Maintenance.
    "100" => Transient, Provider, RetrySame;
    // Invalid email request: an address, or nothing to say.
    "300" => ContentInvalid, Part, FixContent;
    // Sender signature not found, not confirmed.
    "400" => SenderRestricted, Sender, FixConfig;
    "401" => SenderRestricted, Sender, FixConfig;
    // Invalid JSON, incompatible JSON.
    "402" => ContentInvalid, Part, FixContent;
    "403" => ContentInvalid, Part, FixContent;
    // Not allowed to send: out of credits.
    "405" => QuotaOrBilling, Account, FixConfig;
    // Inactive recipient: it bounced, complained or was suppressed by hand.
    "406" => InvalidRecipient, Recipient, Suppress;
    // JSON required; too many batch messages.
    "409" => ContentInvalid, Part, FixContent;
    "410" => ContentInvalid, Part, FixContent;
    // Forbidden attachment type.
    "411" => MediaRejected, Part, Degrade;
    // Account is pending, account may not send.
    "412" => SandboxOnly, Account, FixConfig;
    "413" => SenderRestricted, Account, FixConfig;
    // Templates: not found, invalid model.
    "1101" => TemplateMissing, Template, FixConfig;
    "1105" => TemplateParams, Template, FixContent;
    // The message stream does not exist, or does not take this kind of mail.
    "1235" => ConfigInvalid, Account, FixConfig;
    "1236" => ConfigInvalid, Account, FixConfig;
};

/// What an answer means.
pub(super) fn classify(part: &Part, response: &http::Response<Bytes>) -> SendOutcome {
    let answer: Option<Answer> = serde_json::from_slice(response.body()).ok();
    let status = response.status();
    match answer {
        Some(Answer {
            error_code: 0,
            message_id: Some(id),
        }) if status.is_success() && !id.is_empty() => SendOutcome::Accepted(receipt(part, id)),
        Some(answer) if answer.error_code != 0 => refused(answer.error_code, response),
        _ if status.as_u16() == 429 => slow(response),
        _ => by_status(response, Repeat::Seen),
    }
}

/// A mail is known by Postmark's id, the part's id, and its own `Message-ID`, which answers to it name.
fn receipt(part: &Part, id: String) -> Receipt {
    let mut receipt = Receipt::new(id);
    receipt.further_ids = vec![token_of(part)];
    receipt
}

fn refused(code: i64, response: &http::Response<Bytes>) -> SendOutcome {
    let code = code.to_string();
    match find(ROWS, &code) {
        Some(row) => SendOutcome::Rejected(row.failure()),
        None if code == "429" || response.status().as_u16() == 429 => slow(response),
        None => by_status(response, Repeat::Seen),
    }
}

fn slow(response: &http::Response<Bytes>) -> SendOutcome {
    too_fast("429", retry_after(response), FailureScope::Account)
}

/// What a search says. A mail that it does not find may be one that it does not know yet.
pub(super) fn found(part: &Part, response: &http::Response<Bytes>) -> SendOutcome {
    let found: Option<Found> = serde_json::from_slice(response.body()).ok();
    let first = found.and_then(|found| found.messages.into_iter().next());
    match first {
        Some(message) if response.status().is_success() && !message.message_id.is_empty() => {
            SendOutcome::Accepted(receipt(part, message.message_id))
        }
        _ => SendOutcome::Ambiguous(Ambiguous::new("the search does not find the mail")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::golden;
    use msg_core::channel::FailureClass;

    fn part() -> Part {
        golden::parts().unwrap().remove(0).1
    }

    fn answer(status: u16, body: &str) -> http::Response<Bytes> {
        let response = http::Response::builder()
            .status(status)
            .header("retry-after", "7");
        response.body(Bytes::from(body.to_owned())).unwrap()
    }

    #[test]
    fn every_row_is_reached_by_an_answer() {
        for row in ROWS {
            let status = if row.code == "10" { 401 } else { 422 };
            let body = format!(
                r#"{{"ErrorCode":{},"Message":"jo@example.net is bad"}}"#,
                row.code
            );
            let outcome = classify(&part(), &answer(status, &body));
            assert_eq!(
                outcome,
                SendOutcome::Rejected(row.failure()),
                "{}",
                row.code
            );
            // A refusal under a success is a refusal all the same.
            assert_eq!(classify(&part(), &answer(200, &body)), outcome);
        }
    }

    #[test]
    fn a_mail_is_taken_when_it_has_an_id() {
        let taken = r#"{"To":"jo@example.net","SubmittedAt":"2014-02-17T07:25:01.4178645-05:00","MessageID":"0a129aee","ErrorCode":0,"Message":"OK"}"#;
        let SendOutcome::Accepted(receipt) = classify(&part(), &answer(200, taken)) else {
            panic!()
        };
        assert_eq!(receipt.provider_id, "0a129aee");
        assert_eq!(receipt.further_ids, ["00000000000071018101010101010101-0"]);
        for (status, body) in [
            (200, r#"{"ErrorCode":0}"#),
            (200, "<html>"),
            (500, "{}"),
            (502, "<html>"),
        ] {
            assert!(
                matches!(
                    classify(&part(), &answer(status, body)),
                    SendOutcome::Ambiguous(_)
                ),
                "{body}"
            );
        }
        for (status, body) in [
            (429, "{}"),
            (422, r#"{"ErrorCode":429,"Message":"Rate Limit Exceeded"}"#),
        ] {
            let SendOutcome::Rejected(failure) = classify(&part(), &answer(status, body)) else {
                panic!()
            };
            assert_eq!(failure.class, FailureClass::RateLimited);
            assert_eq!(failure.retry_after.unwrap().delay.as_secs(), 7);
        }
    }

    #[test]
    fn a_search_finds_or_leaves_open() {
        let hit = r#"{"TotalCount":1,"Messages":[{"MessageID":"m1","Status":"Sent"}]}"#;
        assert_eq!(found(&part(), &answer(200, hit)).provider_id(), Some("m1"));
        for (status, body) in [
            (200, r#"{"TotalCount":0,"Messages":[]}"#),
            (500, hit),
            (200, "<html>"),
        ] {
            assert!(matches!(
                found(&part(), &answer(status, body)),
                SendOutcome::Ambiguous(_)
            ));
        }
    }
}
