use super::super::golden::{part, text};
use super::*;
use crate::plivo::PlivoChannel::Sms;
use http::header::RETRY_AFTER;
use std::fmt::Write as _;
use std::time::Duration;

fn answer(status: u16, body: &'static str) -> http::Response<Bytes> {
    let body = Bytes::from_static(body.as_bytes());
    http::Response::builder().status(status).body(body).unwrap()
}

fn outcome(status: u16, body: &'static str) -> SendOutcome {
    classify(true, &part(Sms, text("hi")), &answer(status, body))
}

fn rejection(status: u16, body: &'static str) -> Failure {
    match outcome(status, body) {
        SendOutcome::Rejected(failure) => failure,
        other => panic!("{other:?}"),
    }
}

/// plivo-go 's `messageSendResponse.json`.
const TAKEN: &str = r#"{"api_id":"948b53a2-3f08-11e7-b6f4-061564b78b75","message":"message(s) queued","message_uuid":["5b40a428-bfc7-4daf-9d06-726c558bf3b8"]}"#;

#[test]
fn a_message_that_was_taken_is_known_by_its_uuid_and_by_our_id() {
    let SendOutcome::Accepted(receipt) = outcome(202, TAKEN) else {
        panic!("not accepted");
    };
    assert_eq!(receipt.provider_id, "5b40a428-bfc7-4daf-9d06-726c558bf3b8");
    assert_eq!(receipt.further_ids, [token_of(&part(Sms, text("hi")))]);
    let silent = classify(false, &part(Sms, text("hi")), &answer(202, TAKEN));
    assert!(matches!(silent, SendOutcome::Accepted(receipt) if receipt.further_ids.is_empty()));
}

#[test]
fn refusals_are_told_by_their_status() {
    use FailureClass as Class;
    let error = r#"{"api_id":"x","error":"dst +14155550132 is not a valid phone number"}"#;
    for (status, class) in [
        (400, Class::ContentInvalid),
        (401, Class::CredentialInvalid),
        (402, Class::QuotaOrBilling),
        (403, Class::RegionBlocked),
        (404, Class::ConfigInvalid),
        (405, Class::ConfigInvalid),
        (429, Class::RateLimited),
        (503, Class::Transient),
    ] {
        let failure = rejection(status, error);
        assert_eq!(
            (failure.class.clone(), failure.provider_code.0.as_str()),
            (class, &*status.to_string())
        );
        assert!(!format!("{failure:?}").contains("4155550132"));
    }
    let nobody =
        r#"{"api_id":"x","message":"message(s) queued","message_uuid":[],"invalid_number":["1"]}"#;
    assert_eq!(rejection(202, nobody).class, Class::InvalidRecipient);
    let mut slow = answer(429, "");
    slow.headers_mut().insert(RETRY_AFTER, 7.into());
    let SendOutcome::Rejected(failure) = classify(true, &part(Sms, text("hi")), &slow) else {
        panic!("not refused");
    };
    assert_eq!(failure.retry_after.unwrap().delay, Duration::from_secs(7));
}

#[test]
fn what_may_have_been_sent_is_ambiguous() {
    for (status, body) in [
        (500, ""),
        (502, "<html>"),
        (202, "{}"),
        (200, r#"{"message_uuid":["x y"]}"#),
    ] {
        assert!(
            matches!(outcome(status, body), SendOutcome::Ambiguous(_)),
            "{status}"
        );
    }
}

#[test]
fn every_code_is_read_as_reviewed() {
    let mut lines = String::new();
    for row in ROWS {
        let found = failure(Some(row.code)).unwrap();
        let (class, scope, advice) = (found.class, found.scope, found.advice);
        writeln!(lines, "{} {class} {scope} {advice}", found.provider_code.0).unwrap();
    }
    insta::assert_snapshot!(lines);
    for none in [None, Some("000"), Some(""), Some("text 12")] {
        assert_eq!(failure(none), None);
    }
    assert_eq!(failure(Some("999")).unwrap().provider_code.0, "999");
}
