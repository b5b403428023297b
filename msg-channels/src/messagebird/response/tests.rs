use super::super::golden::{part, text, wire};
use super::*;
use msg_core::channel::LookUpWire as _;
use std::fmt::Write as _;

fn answer(status: u16, body: impl Into<Bytes>) -> http::Response<Bytes> {
    http::Response::builder()
        .status(status)
        .body(body.into())
        .unwrap()
}

fn outcome(status: u16, body: impl Into<Bytes>) -> SendOutcome {
    classify(&part(text("hi")), &answer(status, body))
}

fn rejection(status: u16, body: impl Into<Bytes>) -> Failure {
    match outcome(status, body) {
        SendOutcome::Rejected(failure) => failure,
        other => panic!("{other:?}"),
    }
}

const ID: &str = "f28bbe526fc14974b3e7e663a6139b53";

#[test]
fn a_message_that_was_taken_is_known_by_its_id_and_by_our_reference() {
    let body = format!(
        r#"{{"id":"{ID}","href":"https://rest.messagebird.com/messages/{ID}","direction":"mt"}}"#
    );
    let SendOutcome::Accepted(receipt) = outcome(201, body) else {
        panic!("not accepted");
    };
    assert_eq!(receipt.provider_id, ID);
    assert_eq!(receipt.further_ids, [token_of(&part(text("hi")))]);
}

/// The shape of the specification, and of the tests of the PHP library.
fn refusal(code: &str) -> String {
    format!(
        r#"{{"errors":[{{"code":{code},"description":"no (correct) recipients found: +14155550132","parameter":"recipient"}}]}}"#
    )
}

#[test]
fn every_code_is_read_as_reviewed() {
    let mut lines = String::new();
    for row in ERRORS {
        let found = rejection(422, refusal(row.code));
        assert!(!format!("{found:?}").contains("4155"));
        let (class, scope, advice) = (found.class, found.scope, found.advice);
        writeln!(
            lines,
            "error {} {class} {scope} {advice}",
            found.provider_code.0
        )
        .unwrap();
    }
    for row in REPORTS {
        let found = failure(Some(row.code), Some("unknown subscriber"));
        let (class, scope, advice) = (found.class, found.scope, found.advice);
        writeln!(
            lines,
            "report {} {class} {scope} {advice}",
            found.provider_code.0
        )
        .unwrap();
    }
    for reason in [
        "unknown subscriber",
        "incorrect number",
        "unavailable subscriber",
        "opted out",
        "expired",
        "DLR not received",
        "insufficient balance",
        "carrier rejected",
        "received network error",
        "capacity limit reached",
        "generic delivery failure",
    ] {
        let found = failure(None, Some(reason));
        let (class, scope, advice) = (found.class, found.scope, found.advice);
        writeln!(lines, "{reason}: {class} {scope} {advice}").unwrap();
    }
    insta::assert_snapshot!(lines);
}

#[test]
fn what_no_row_knows_is_told_by_its_status() {
    use FailureClass as Class;
    for (status, class) in [
        (400, Class::ContentInvalid),
        (401, Class::CredentialInvalid),
        (404, Class::ConfigInvalid),
        (429, Class::RateLimited),
        (503, Class::Transient),
    ] {
        assert_eq!(rejection(status, "<html>").class, class);
    }
    let unknown = rejection(422, refusal("77"));
    assert_eq!(
        (unknown.class, unknown.provider_code.0.as_str()),
        (Class::ContentInvalid, "77")
    );
    let report = failure(Some("about +14155550132"), Some("+14155550132"));
    assert!(!format!("{report:?}").contains("4155"));
}

#[test]
fn what_may_have_been_sent_is_ambiguous() {
    for (status, body) in [
        (500, refusal("99")),
        (502, String::new()),
        (201, "{}".into()),
        (200, "[]".into()),
    ] {
        assert!(
            matches!(outcome(status, body), SendOutcome::Ambiguous(_)),
            "{status}"
        );
    }
}

#[test]
fn a_look_up_finds_the_part_by_its_reference_only() {
    let part = part(text("hi"));
    let list = |reference: &str| {
        format!(
            r#"{{"offset":0,"limit":50,"count":2,"totalCount":2,"items":[{{"id":"other000000","reference":null}},{{"id":"{ID}","reference":"{reference}"}}]}}"#
        )
    };
    let found = |status, body: String| wire().found(&part, &answer(status, body));
    let outcome = found(200, list(&token_of(&part)));
    assert!(matches!(&outcome, SendOutcome::AlreadyAccepted(receipt) if receipt.provider_id == ID));
    for (status, body) in [
        (200, list("x")),
        (200, "{}".into()),
        (200, "<".into()),
        (401, list(&token_of(&part))),
    ] {
        assert!(matches!(found(status, body), SendOutcome::Ambiguous(_)));
    }
}
