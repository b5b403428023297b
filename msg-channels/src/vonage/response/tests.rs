use super::super::golden::{part, text};
use super::*;
use crate::vonage::VonageChannel::Sms;
use std::collections::HashSet;
use std::time::Duration;

fn outcome(status: u16, body: &str) -> SendOutcome {
    let body = Bytes::copy_from_slice(body.as_bytes());
    let response = http::Response::builder().status(status).body(body);
    classify(&part(Sms, text("hi")), &response.unwrap())
}

fn rejection(status: u16, body: &str) -> Failure {
    match outcome(status, body) {
        SendOutcome::Rejected(failure) => failure,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_message_that_was_taken_is_known_by_its_uuid_and_by_our_id() {
    let taken = r#"{"message_uuid":"aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab"}"#;
    let SendOutcome::Accepted(receipt) = outcome(202, taken) else {
        panic!("not accepted");
    };
    assert_eq!(receipt.provider_id, "aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab");
    assert_eq!(receipt.further_ids, [token_of(&part(Sms, text("hi")))]);
}

#[test]
fn refusals_are_told_by_the_code_in_their_type() {
    use FailureClass as Class;
    for (code, class) in [
        ("1020", Class::ContentInvalid),
        ("1120", Class::SenderRestricted),
        ("1170", Class::InvalidRecipient),
        ("1340", Class::WindowClosed),
    ] {
        let body = format!(
            r#"{{"type":"https://developer.vonage.com/api-errors/messages#{code}","title":"x","detail":"to +14155550132"}}"#
        );
        let failure = rejection(422, &body);
        assert_eq!(
            (failure.class.clone(), &*failure.provider_code.0),
            (class, code)
        );
        assert!(!format!("{failure:?}").contains("4155550132"));
    }
    let slow = r#"{"type":"https://developer.vonage.com/api-errors/messages#1000"}"#;
    let failure = rejection(429, slow);
    assert_eq!(failure.class, Class::RateLimited);
    assert_eq!(failure.retry_after.unwrap().delay, Duration::from_secs(1));
}

#[test]
fn other_refusals_are_told_by_their_status() {
    use FailureClass as Class;
    let error = r#"{"type":"https://developer.vonage.com/api-errors#unauthorized","title":"x"}"#;
    for (status, class) in [
        (401, Class::CredentialInvalid),
        (402, Class::QuotaOrBilling),
        (403, Class::PermissionMissing),
        (404, Class::ConfigInvalid),
        (422, Class::ContentInvalid),
        (429, Class::RateLimited),
    ] {
        assert_eq!(rejection(status, error).class, class);
    }
}

#[test]
fn what_may_have_been_sent_is_ambiguous() {
    let internal = r#"{"type":"https://developer.vonage.com/api-errors/messages#1030"}"#;
    for (status, body) in [
        (500, internal),
        (502, "<html>"),
        (202, "{}"),
        (200, r#"{"message_uuid":"x y"}"#),
    ] {
        let outcome = outcome(status, body);
        assert!(matches!(outcome, SendOutcome::Ambiguous(_)), "{status}");
    }
}

#[test]
fn every_code_has_one_row_and_unknown_ones_are_kept() {
    for rows in [ROWS, RECEIPT_ROWS] {
        let codes: HashSet<_> = rows.iter().map(|row| row.code).collect();
        assert_eq!(codes.len(), rows.len());
    }
    assert_eq!(failure(Some("9999")).unwrap().provider_code.0, "9999");
    assert!(failure(Some("soon")).is_none() && failure(None).is_none());
    assert!(receipt_failure(Some("0")).is_none());
    assert_eq!(
        receipt_failure(Some("9")).unwrap().class,
        FailureClass::OptedOut
    );
}
