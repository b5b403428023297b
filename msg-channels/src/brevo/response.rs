//! From an answer to an outcome.

use super::schema::Answer;
use crate::wire::call::token_of;
use crate::wire::refusal::{Repeat, Row, by_status, find, refusals, retry_after, too_fast};
use bytes::Bytes;
use msg_core::channel::{FailureScope, Receipt, SendOutcome};
use msg_core::message::Part;
use std::time::Duration;

/// What Brevo refuses, by its code (<https://developers.brevo.com/docs/how-it-works>; the names are those of `ErrorModel` in
/// Brevo's own libraries).
pub(super) const ROWS: &[Row] = refusals! {
    "invalid_parameter" => ContentInvalid, Part, FixContent;
    "missing_parameter" => ContentInvalid, Part, FixContent;
    "out_of_range" => ContentInvalid, Part, FixContent;
    "bad_request" => ContentInvalid, Part, FixContent;
    "not_acceptable" => ContentInvalid, Part, FixContent;
    "document_not_found" => TemplateMissing, Template, FixConfig;
    "not_enough_credits" => QuotaOrBilling, Account, FixConfig;
    "permission_denied" => PermissionMissing, Account, FixConfig;
    "reseller_permission_denied" => PermissionMissing, Account, FixConfig;
    "unauthorized" => CredentialInvalid, Account, FixConfig;
    "account_under_validation" => SenderRestricted, Account, FixConfig;
    "method_not_allowed" => ConfigInvalid, Account, FixConfig;
};

/// What an answer means. The key that Brevo knows a mail by is kept for 15 minutes
/// (<https://developers.brevo.com/changelog/email-api-now-supports-idempotency>), so a fault is not tried again by guesswork.
pub(super) fn classify(part: &Part, response: &http::Response<Bytes>) -> SendOutcome {
    let answer: Answer = serde_json::from_slice(response.body()).unwrap_or_default();
    let status = response.status();
    if status.is_success() {
        return match answer.message_id.filter(|id| !id.is_empty()) {
            Some(id) => SendOutcome::Accepted(receipt(part, id)),
            None => by_status(response, Repeat::Seen),
        };
    }
    let slow = || too_fast("429", wait(response), FailureScope::Account);
    match answer.code.as_deref().unwrap_or_default() {
        // The mail was taken under this key before; its id is not repeated, but its events repeat the part's.
        "duplicate_request" | "duplicate_parameter" => {
            SendOutcome::AlreadyAccepted(Receipt::new(token_of(part)))
        }
        _ if status.as_u16() == 429 => slow(),
        code => match find(ROWS, code) {
            Some(row) => SendOutcome::Rejected(row.failure()),
            None => by_status(response, Repeat::Seen),
        },
    }
}

/// A mail is known by its `Message-ID`, which some events write without its angle brackets, and by the part's id.
fn receipt(part: &Part, id: String) -> Receipt {
    let bare = id.trim_matches(['<', '>']).to_owned();
    let mut receipt = Receipt::new(id);
    receipt.further_ids = vec![token_of(part)];
    if bare != receipt.provider_id {
        receipt.further_ids.push(bare);
    }
    receipt
}

/// `Retry-After`, else the seconds of `x-sib-ratelimit-reset` (<https://developers.brevo.com/docs/api-limits>).
fn wait(response: &http::Response<Bytes>) -> Option<Duration> {
    let reset = || {
        let seconds = response
            .headers()
            .get("x-sib-ratelimit-reset")?
            .to_str()
            .ok()?;
        seconds.trim().parse().ok().map(Duration::from_secs)
    };
    retry_after(response).or_else(reset)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::golden;

    fn outcome(status: u16, body: &str) -> SendOutcome {
        let part = golden::parts().unwrap().remove(0).1;
        let answer = http::Response::builder()
            .status(status)
            .header("x-sib-ratelimit-reset", "7");
        classify(&part, &answer.body(Bytes::from(body.to_owned())).unwrap())
    }

    fn coded(status: u16, code: &str) -> SendOutcome {
        outcome(
            status,
            &format!(r#"{{"code":"{code}","message":"jo@example.net is bad"}}"#),
        )
    }

    #[test]
    fn every_row_is_reached_by_an_answer() {
        for row in ROWS {
            assert_eq!(coded(400, row.code), SendOutcome::Rejected(row.failure()));
        }
    }

    #[test]
    fn a_mail_is_taken_when_it_has_an_id_and_once() {
        let SendOutcome::Accepted(receipt) =
            outcome(201, r#"{"messageId":"<2018@smtp-relay.mailin.fr>"}"#)
        else {
            panic!()
        };
        assert_eq!(receipt.provider_id, "<2018@smtp-relay.mailin.fr>");
        assert_eq!(
            receipt.further_ids,
            [
                "00000000000071018101010101010101-0",
                "2018@smtp-relay.mailin.fr"
            ]
        );
        let again = coded(400, "duplicate_request");
        assert!(
            matches!(&again, SendOutcome::AlreadyAccepted(it) if it.provider_id == receipt.further_ids[0])
        );
        for (status, body) in [(201, "{}"), (200, "<html>"), (500, "{}"), (502, "<html>")] {
            assert!(
                matches!(outcome(status, body), SendOutcome::Ambiguous(_)),
                "{status} {body}"
            );
        }
        let SendOutcome::Rejected(slow) = outcome(429, "{}") else {
            panic!()
        };
        assert_eq!(slow.retry_after.unwrap().delay.as_secs(), 7);
    }
}
