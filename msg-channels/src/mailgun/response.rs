//! From an answer to an outcome.

use super::schema::{Answer, Found};
use crate::wire::call::token_of;
use crate::wire::refusal::{Repeat, Row, by_status, find, refusals, retry_after, too_fast};
use bytes::Bytes;
use msg_core::channel::{Ambiguous, FailureScope, Receipt, SendOutcome};
use msg_core::message::Part;
use serde_json::Value;

/// What Mailgun refuses, by status and by words that its message has. It has no codes.
///
/// Sources: <https://documentation.mailgun.com/docs/mailgun/quickstart-guide/responses> (statuses), and the messages that
/// users report (forums of Mailgun; tests of its libraries).
pub(super) const ROWS: &[Row] = refusals! {
    "400 'to' parameter is not a valid address" => InvalidRecipient, Recipient, Suppress;
    "400 to parameter is not a valid address" => InvalidRecipient, Recipient, Suppress;
    "400 'from' parameter is not a valid address" => ConfigInvalid, Sender, FixConfig;
    "400 from parameter is not a valid address" => ConfigInvalid, Sender, FixConfig;
    "400 template" => TemplateMissing, Template, FixConfig;
    // "Sandbox subdomains are for test purposes only. Please add your own domain or add the address to authorized recipients"
    "400 Sandbox subdomains" => SandboxOnly, Account, FixConfig;
    "403 Sandbox subdomains" => SandboxOnly, Account, FixConfig;
    // "Free accounts are for test purposes only."
    "400 Free accounts" => SandboxOnly, Account, FixConfig;
    "403 Free accounts" => SandboxOnly, Account, FixConfig;
    // "Domain x is not allowed to send: The domain is unverified and requires DNS configuration."
    "400 is not allowed to send" => SenderRestricted, Sender, FixConfig;
    "403 is not allowed to send" => SenderRestricted, Sender, FixConfig;
    // "Please activate your Mailgun account.", "Your account is temporarily disabled."
    "403 activate" => SenderRestricted, Account, FixConfig;
    "403 disabled" => SenderRestricted, Account, FixConfig;
    // A sending limit of the account: hours, days, or the plan.
    "420" => QuotaOrBilling, Account, FixConfig;
    "400" => ContentInvalid, Part, FixContent;
    "401" => CredentialInvalid, Account, FixConfig;
    "402" => QuotaOrBilling, Account, FixConfig;
    "403" => PermissionMissing, Account, FixConfig;
    // "Domain not found"
    "404" => ConfigInvalid, Account, FixConfig;
    "413" => ContentTooLarge, Part, Degrade;
};

/// What an answer means.
pub(super) fn classify(part: &Part, response: &http::Response<Bytes>) -> SendOutcome {
    let answer: Option<Answer> = serde_json::from_slice(response.body()).ok();
    let status = response.status();
    if status.is_success() {
        let id = answer
            .and_then(|answer| answer.id)
            .filter(|id| !id.is_empty());
        return match id {
            Some(id) => SendOutcome::Accepted(receipt(part, id)),
            None => by_status(response, Repeat::Seen),
        };
    }
    if status.as_u16() == 429 {
        return too_fast("429", retry_after(response), FailureScope::Account);
    }
    let said = answer.and_then(|answer| answer.message).unwrap_or_default();
    let words = |row: &&Row| {
        row.code
            .strip_prefix(status.as_str())
            .and_then(|rest| rest.strip_prefix(' '))
            .is_some_and(|words| said.contains(words))
    };
    let row = ROWS
        .iter()
        .find(words)
        .or_else(|| find(ROWS, status.as_str()));
    row.map_or_else(
        || by_status(response, Repeat::Seen),
        |row| SendOutcome::Rejected(row.failure()),
    )
}

/// A mail is known by its `Message-ID`, with its angle brackets, and by the part's id.
fn receipt(part: &Part, id: String) -> Receipt {
    let mut receipt = Receipt::new(id);
    receipt.further_ids = vec![token_of(part)];
    receipt
}

/// What a search says. A mail that it does not find may be one that it does not know yet.
pub(super) fn found(part: &Part, response: &http::Response<Bytes>) -> SendOutcome {
    let found: Option<Found> = serde_json::from_slice(response.body()).ok();
    let id = found
        .filter(|_| response.status().is_success())
        .and_then(|found| {
            let id = found.items.first()?.pointer("/message/headers/message-id");
            id.and_then(Value::as_str)
                .filter(|id| !id.is_empty())
                .map(|id| format!("<{id}>"))
        });
    match id {
        Some(id) => SendOutcome::Accepted(receipt(part, id)),
        None => SendOutcome::Ambiguous(Ambiguous::new("the search does not find the mail")),
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
            let (status, words) = row
                .code
                .split_once(' ')
                .unwrap_or((row.code, "something else"));
            let body = format!(r#"{{"message":"jo@example.net: {words}, sorry"}}"#);
            let outcome = classify(&part(), &answer(status.parse().unwrap(), &body));
            assert_eq!(
                outcome,
                SendOutcome::Rejected(row.failure()),
                "{}",
                row.code
            );
        }
        // The key is refused with a bare word.
        let SendOutcome::Rejected(failure) = classify(&part(), &answer(401, "Forbidden")) else {
            panic!()
        };
        assert_eq!(failure.class, FailureClass::CredentialInvalid);
    }

    #[test]
    fn a_mail_is_taken_when_it_has_an_id() {
        let taken = r#"{"id":"<20111114174239.25659.5817@samples.mailgun.org>","message":"Queued. Thank you."}"#;
        let SendOutcome::Accepted(receipt) = classify(&part(), &answer(200, taken)) else {
            panic!()
        };
        assert_eq!(
            receipt.provider_id,
            "<20111114174239.25659.5817@samples.mailgun.org>"
        );
        for (status, body) in [
            (200, r#"{"message":"Queued"}"#),
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
        let SendOutcome::Rejected(slow) =
            classify(&part(), &answer(429, r#"{"message":"Too many requests"}"#))
        else {
            panic!()
        };
        assert_eq!(slow.retry_after.unwrap().delay.as_secs(), 7);
    }

    #[test]
    fn a_search_finds_or_leaves_open() {
        let hit = r#"{"items":[{"event":"accepted","message":{"headers":{"message-id":"a@b"}}}],"paging":{}}"#;
        assert_eq!(
            found(&part(), &answer(200, hit)).provider_id(),
            Some("<a@b>")
        );
        for (status, body) in [
            (200, r#"{"items":[]}"#),
            (500, hit),
            (200, "<html>"),
            (200, r#"{"items":[{}]}"#),
        ] {
            assert!(matches!(
                found(&part(), &answer(status, body)),
                SendOutcome::Ambiguous(_)
            ));
        }
    }
}
