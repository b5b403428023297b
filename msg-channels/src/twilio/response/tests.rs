use super::super::golden::{part, text};
use super::*;
use crate::twilio::TwilioChannel::{Sms, WhatsApp};
use http::header::RETRY_AFTER;
use msg_core::message::content::Read;
use std::fmt::Write as _;
use std::time::Duration;

const SID: &str = "SM00000000000000000000000000000009";

fn answer(status: u16, body: impl Into<Bytes>) -> http::Response<Bytes> {
    http::Response::builder()
        .status(status)
        .body(body.into())
        .unwrap()
}

fn outcome(status: u16, body: impl Into<Bytes>) -> SendOutcome {
    classify(true, &part(Sms, text("hi")), &answer(status, body))
}

fn rejected(outcome: SendOutcome) -> Failure {
    match outcome {
        SendOutcome::Rejected(failure) => failure,
        other => panic!("{other:?}"),
    }
}

/// The shape of <https://www.twilio.com/docs/usage/twilios-response#response-formats-exceptions>.
fn refusal(code: &str, status: u16) -> String {
    format!(
        r#"{{"code":{code},"message":"The 'To' number +14155550132 …","more_info":"https://www.twilio.com/docs/errors/{code}","status":{status}}}"#
    )
}

#[test]
fn a_message_that_was_taken_is_known_by_its_sid_and_by_our_id() {
    let body = format!(
        r#"{{"account_sid":"AC1","body":"hi","error_code":null,"sid":"{SID}","status":"queued","to":"+14155550132"}}"#
    );
    let SendOutcome::Accepted(receipt) = outcome(201, body.clone()) else {
        panic!("not accepted");
    };
    let part = part(Sms, text("hi"));
    assert_eq!(receipt.provider_id, SID);
    assert_eq!(receipt.further_ids, [token_of(&part)]);
    // Without a callback of ours nothing echoes the id.
    let SendOutcome::Accepted(receipt) = classify(false, &part, &answer(201, body)) else {
        panic!("not accepted");
    };
    assert!(receipt.further_ids.is_empty());
}

#[test]
fn a_message_that_failed_at_once_is_refused() {
    let body = format!(r#"{{"sid":"{SID}","status":"failed","error_code":30034}}"#);
    let failure = rejected(outcome(201, body));
    assert_eq!(failure.class, FailureClass::SenderRestricted);
    let body = format!(r#"{{"sid":"{SID}","status":"undelivered","error_code":"30003"}}"#);
    assert_eq!(
        rejected(outcome(201, body)).class,
        FailureClass::UnreachableOnChannel
    );
}

/// Every row, as an answer of the documented shape gives it.
#[test]
fn every_code_is_read_as_reviewed() {
    let mut lines = String::new();
    for row in ROWS {
        let failure = rejected(outcome(400, refusal(row.code, 400)));
        assert_eq!(failure.provider_code.0, row.code);
        assert_eq!(failure.class, row.class, "{}", row.code);
        assert!(failure.detail.is_empty());
        let (class, scope, advice) = (failure.class, failure.scope, failure.advice);
        writeln!(lines, "{} {class} {scope} {advice}", row.code).unwrap();
    }
    insta::assert_snapshot!(lines);
}

#[test]
fn no_code_stands_twice() {
    let codes: std::collections::BTreeSet<_> = ROWS.iter().map(|row| row.code).collect();
    assert_eq!(codes.len(), ROWS.len());
}

#[test]
fn an_unknown_code_is_told_by_its_status_and_kept() {
    let failure = rejected(outcome(400, refusal("21999", 400)));
    assert_eq!(
        (failure.class, failure.provider_code.0.as_str()),
        (FailureClass::ContentInvalid, "21999")
    );
    let failure = rejected(outcome(403, refusal("20429", 403)));
    assert!(!failure.is_retryable());
}

#[test]
fn too_fast_says_who_waits_and_how_long() {
    let mut slow = answer(429, refusal("20429", 429));
    slow.headers_mut().insert(RETRY_AFTER, 7.into());
    let failure = rejected(classify(true, &part(Sms, text("hi")), &slow));
    let wait = failure.retry_after.unwrap();
    assert_eq!(
        (failure.class, wait.delay),
        (FailureClass::RateLimited, Duration::from_secs(7))
    );
    assert_eq!(wait.scope, FailureScope::Account);
    let failure = rejected(outcome(429, ""));
    assert_eq!(failure.retry_after.unwrap().scope, FailureScope::Sender);
    let failure = rejected(outcome(400, refusal("21611", 400)));
    assert_eq!(failure.retry_after.unwrap().scope, FailureScope::Sender);
}

#[test]
fn what_may_have_been_sent_is_ambiguous() {
    for (status, body) in [
        (500, refusal("20500", 500)),
        (502, "<html>Bad Gateway</html>".into()),
        (504, String::new()),
        (201, "{}".into()),
        (
            200,
            r#"{"sid":"CA00000000000000000000000000000009"}"#.into(),
        ),
    ] {
        let outcome = outcome(status, body.clone());
        assert!(
            matches!(outcome, SendOutcome::Ambiguous(_)),
            "{status} {body}"
        );
    }
    assert!(rejected(outcome(503, refusal("20503", 503))).is_retryable());
}

#[test]
fn a_read_mark_makes_no_message_and_may_go_again() {
    let read = part(WhatsApp, Read::new(SID));
    let done = classify(true, &read, &answer(200, r#"{"success":true}"#));
    assert_eq!(done.provider_id(), Some(read.id.to_string().as_str()));
    for (status, body) in [(500, ""), (200, r#"{"success":false}"#), (200, "")] {
        let failure = rejected(classify(true, &read, &answer(status, body)));
        assert!(failure.is_retryable(), "{status}");
    }
}

#[test]
fn nothing_of_the_answer_is_repeated() {
    let texts = [
        refusal("21211", 400),
        refusal("21999", 400),
        refusal("\"+14155550132\"", 400),
    ];
    for body in texts {
        let outcome = outcome(400, body);
        let shown = format!("{outcome:?} {}", serde_json::to_string(&outcome).unwrap());
        assert!(
            !shown.contains("4155550132") && !shown.contains("number"),
            "{shown}"
        );
    }
}
