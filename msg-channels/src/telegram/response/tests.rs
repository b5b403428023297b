use super::table::{BY_STATUS, ROWS};
use super::*;
use crate::wire::refusal::PAUSE;
use msg_core::channel::RetryAfter;
use msg_core::id::{MessageId, PartId, TenantId, time_ordered};
use msg_core::message::Purpose;
use msg_core::message::content::{Delete, Typing};
use msg_core::message::part::{EditPart, Styled, TextPart};
use proptest::prelude::*;

const BOT: i64 = 7_000_001;
const CHAT: i64 = 123_456_789;

fn part(body: impl Into<PartBody>) -> Part {
    let id = time_ordered(jiff::Timestamp::UNIX_EPOCH, &[3; 16]);
    Part::new(
        PartId::new(MessageId::from_uuid(id), 0),
        TenantId::new("acme").unwrap(),
        Address::telegram(CHAT),
        Purpose::Conversational,
        body,
    )
}

fn text() -> Part {
    part(TextPart::new(Styled::plain("hi")))
}

fn edit() -> Part {
    let with = TextPart::new(Styled::plain("hi")).into();
    part(EditPart::new("5", with))
}

fn answer(status: u16, body: impl Into<Bytes>) -> http::Response<Bytes> {
    let mut response = http::Response::new(body.into());
    *response.status_mut() = http::StatusCode::from_u16(status).unwrap();
    response
}

fn error(status: u16, description: &str, parameters: &str) -> http::Response<Bytes> {
    let description = serde_json::to_string(description).unwrap();
    answer(
        status,
        format!(
            r#"{{"ok":false,"error_code":{status},"description":{description},"parameters":{parameters}}}"#
        ),
    )
}

fn rejected(part: &Part, response: &http::Response<Bytes>) -> Failure {
    match classify(BOT, part, response) {
        SendOutcome::Rejected(failure) => failure,
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_row_is_reached_with_and_without_its_prefix() {
    for row in ROWS {
        for prefix in ["Bad Request: ", "Forbidden: ", "Unauthorized: ", ""] {
            let description = format!("{prefix}{}, and more", row.says);
            let failure = rejected(&text(), &error(400, &description, "{}"));
            let found = (&failure.class, &failure.scope, &failure.advice);
            assert_eq!(
                found,
                (&row.class, &row.scope, &row.advice),
                "{description}"
            );
            assert_eq!(
                failure.provider_code.0,
                format!("400 {}", row.says).trim_end()
            );
        }
    }
}

#[test]
fn every_status_without_a_known_description_has_a_meaning() {
    for (status, row) in BY_STATUS {
        let failure = rejected(
            &text(),
            &error(*status, "Bad Request: never seen before", "{}"),
        );
        let found = (&failure.class, &failure.scope, &failure.advice);
        assert_eq!(found, (&row.class, &row.scope, &row.advice), "{status}");
        assert_eq!(failure.provider_code.0, status.to_string());
    }
    let failure = rejected(&text(), &error(418, "I'm a teapot", "{}"));
    assert_eq!(failure.class, FailureClass::Unknown);
    assert_eq!(failure.advice, Advice::ReviewByHuman);
}

/// The table itself, so that a change of meaning is seen.
#[test]
fn the_table_reads_as_reviewed() {
    let rows: Vec<String> = ROWS
        .iter()
        .map(|row| {
            format!(
                "{} => {} / {} / {}",
                row.says, row.class, row.scope, row.advice
            )
        })
        .collect();
    insta::assert_snapshot!(rows.join("\n"));
}

#[test]
fn descriptions_as_servers_write_them() {
    let class = |status, description| rejected(&text(), &error(status, description, "{}")).class;
    assert_eq!(
        class(403, "Forbidden: bot was blocked by the user"),
        FailureClass::BlockedByUser
    );
    assert_eq!(
        class(403, "Forbidden: bot was kicked from the supergroup chat"),
        FailureClass::UnreachableOnChannel
    );
    assert_eq!(
        class(
            400,
            "Bad Request: can't parse entities: Unsupported start tag \"x\" at byte offset 0"
        ),
        FailureClass::ContentInvalid
    );
    assert_eq!(class(401, "Unauthorized"), FailureClass::CredentialInvalid);
    assert_eq!(class(404, "Not Found"), FailureClass::CredentialInvalid);
    assert_eq!(
        class(404, "Not Found: method not found"),
        FailureClass::ConfigInvalid
    );
    assert_eq!(
        class(409, "Conflict: terminated by other getUpdates request"),
        FailureClass::ConfigInvalid
    );
}

#[test]
fn an_accepted_message_is_known_by_our_id_of_it() {
    let body =
        format!(r#"{{"ok":true,"result":{{"message_id":42,"date":1,"chat":{{"id":{CHAT}}}}}}}"#);
    let SendOutcome::Accepted(receipt) = classify(BOT, &text(), &answer(200, body)) else {
        panic!()
    };
    assert_eq!(receipt.provider_id, Chat::new(BOT, CHAT).message(42));
    assert!(receipt.further_ids.is_empty());
}

#[test]
fn an_album_has_several_ids_and_a_poll_has_its_own() {
    let album = r#"{"ok":true,"result":[{"message_id":42},{"message_id":43}]}"#;
    let poll = r#"{"ok":true,"result":{"message_id":44,"poll":{"id":"5001"}}}"#;
    let chat = Chat::new(BOT, CHAT);
    let receipt = |body| match classify(BOT, &text(), &answer(200, body)) {
        SendOutcome::Accepted(receipt) => (receipt.provider_id, receipt.further_ids),
        other => panic!("{other:?}"),
    };
    assert_eq!(receipt(album), (chat.message(42), vec![chat.message(43)]));
    assert_eq!(
        receipt(poll),
        (chat.message(44), vec!["poll.5001".to_owned()])
    );
}

#[test]
fn a_message_without_a_number_is_not_taken_for_sent() {
    for body in [
        r#"{"ok":true}"#,
        r#"{"ok":true,"result":true}"#,
        r#"{"ok":true,"result":{"date":1}}"#,
    ] {
        assert!(
            matches!(
                classify(BOT, &text(), &answer(200, body)),
                SendOutcome::Ambiguous(_)
            ),
            "{body}"
        );
    }
    let raw = part(msg_core::message::part::RawPart(serde_json::json!({})));
    let outcome = classify(BOT, &raw, &answer(200, r#"{"ok":true,"result":true}"#));
    assert_eq!(
        outcome,
        SendOutcome::Accepted(Receipt::new(raw.id.to_string()))
    );
}

#[test]
fn a_body_that_says_ok_under_a_status_that_does_not_is_not_believed() {
    let body = r#"{"ok":true,"result":{"message_id":42}}"#;
    for status in [100, 302, 404, 500] {
        let outcome = classify(BOT, &text(), &answer(status, body));
        assert!(outcome.provider_id().is_none(), "{status}");
    }
}

#[test]
fn an_operation_does_not_take_the_place_of_its_message() {
    let edit = edit();
    let made = r#"{"ok":true,"result":{"message_id":5}}"#;
    let done = r#"{"ok":true,"result":true}"#;
    for (part, body) in [
        (&edit, made),
        (&part(Delete::new("5")), done),
        (&part(Typing::default()), done),
    ] {
        let outcome = classify(BOT, part, &answer(200, body));
        assert_eq!(
            outcome,
            SendOutcome::Accepted(Receipt::new(part.id.to_string()))
        );
    }
}

#[test]
fn an_edit_that_changes_nothing_succeeded() {
    let description = "Bad Request: message is not modified: specified new message content and reply markup are \
                       exactly the same as a current content and reply markup of the message";
    let edit = edit();
    let outcome = classify(BOT, &edit, &error(400, description, "{}"));
    assert_eq!(
        outcome,
        SendOutcome::AlreadyAccepted(Receipt::new(edit.id.to_string()))
    );
    // The words in the middle of something else mean something else.
    let other = "Bad Request: can't parse entities: message is not modified";
    assert_eq!(
        rejected(&edit, &error(400, other, "{}")).class,
        FailureClass::ContentInvalid
    );
}

#[test]
fn too_fast_waits_as_long_as_it_is_told() {
    let failure = rejected(
        &text(),
        &error(
            429,
            "Too Many Requests: retry after 17",
            r#"{"retry_after":17}"#,
        ),
    );
    assert_eq!(failure.class, FailureClass::RateLimited);
    assert_eq!(
        failure.retry_after,
        Some(RetryAfter::new(
            Duration::from_secs(17),
            FailureScope::Recipient
        ))
    );
    assert!(failure.is_retryable());
    let untold = rejected(&text(), &error(429, "Too Many Requests", "{}"));
    assert_eq!(untold.retry_after.unwrap().delay, PAUSE);
}

#[test]
fn too_fast_in_front_of_the_bot_api_holds_the_sender() {
    let mut response = answer(429, "<html>slow down</html>");
    response
        .headers_mut()
        .insert("retry-after", "9".parse().unwrap());
    let failure = rejected(&text(), &response);
    assert_eq!(
        failure.retry_after,
        Some(RetryAfter::new(
            Duration::from_secs(9),
            FailureScope::Sender
        ))
    );
}

#[test]
fn a_refusal_that_is_malformed_beside_its_ok_stays_one() {
    for (status, body, class) in [
        (
            403,
            r#"{"ok":false,"description":"Forbidden: bot was blocked by the user","parameters":null,"error_code":null}"#,
            FailureClass::BlockedByUser,
        ),
        (
            200,
            r#"{"ok":false,"error_code":403,"description":"Forbidden: bot was blocked by the user","parameters":[]}"#,
            FailureClass::BlockedByUser,
        ),
        (
            400,
            r#"{"ok":false,"description":null,"error_code":"400"}"#,
            FailureClass::ContentInvalid,
        ),
        (
            429,
            r#"{"ok":false,"error_code":429,"parameters":{"retry_after":"soon"}}"#,
            FailureClass::RateLimited,
        ),
        (
            400,
            r#"{"ok":false,"error_code":400,"parameters":{"migrate_to_chat_id":-100,"retry_after":-1}}"#,
            FailureClass::AddressMoved,
        ),
    ] {
        let failure = rejected(&text(), &answer(status, body));
        assert_eq!(failure.class, class, "{body}");
    }
}

#[test]
fn a_group_that_became_a_supergroup_has_a_new_address() {
    let description = "Bad Request: group chat was upgraded to a supergroup chat";
    let response = error(400, description, r#"{"migrate_to_chat_id":-1001234567890}"#);
    let failure = rejected(&text(), &response);
    assert_eq!(failure.class, FailureClass::AddressMoved);
    assert_eq!(failure.advice, Advice::Readdress);
    assert_eq!(
        failure.moved_to.as_deref(),
        Some(&Address::telegram(-1_001_234_567_890))
    );
    assert!(!format!("{failure:?}").contains("1234567890"));
}

#[test]
fn a_fault_of_the_server_is_ambiguous_unless_repeating_is_harmless() {
    let ambiguous =
        |part: &Part, response| matches!(classify(BOT, part, &response), SendOutcome::Ambiguous(_));
    for status in [500, 502, 504] {
        assert!(
            ambiguous(
                &text(),
                error(status, "Internal Server Error: restart", "{}")
            ),
            "{status}"
        );
        assert!(
            ambiguous(&text(), answer(status, "<html>Bad Gateway</html>")),
            "{status}"
        );
        let failure = rejected(&edit(), &answer(status, ""));
        assert_eq!(
            (failure.class, failure.advice),
            (FailureClass::Transient, Advice::RetrySame)
        );
    }
    assert_eq!(
        rejected(&text(), &answer(503, "")).class,
        FailureClass::Transient
    );
    for cut in [
        "",
        "<html>welcome</html>",
        r#"{"ok":true,"result":{"mess"#,
        "[]",
        "null",
    ] {
        assert!(ambiguous(&text(), answer(200, cut)), "{cut}");
        assert_eq!(
            rejected(&edit(), &answer(200, cut)).class,
            FailureClass::Transient
        );
    }
}

#[test]
fn a_wrong_way_to_the_bot_api_is_a_fault_of_the_configuration() {
    for status in [301, 302, 400, 404, 405] {
        let failure = rejected(&text(), &answer(status, "<html></html>"));
        assert_eq!(failure.class, FailureClass::ConfigInvalid, "{status}");
        assert_eq!(failure.advice, Advice::FixConfig);
    }
    assert_eq!(
        rejected(&text(), &answer(401, "")).class,
        FailureClass::CredentialInvalid
    );
    assert_eq!(
        rejected(&text(), &answer(413, "")).class,
        FailureClass::ContentTooLarge
    );
}

#[test]
fn nothing_of_the_description_is_repeated_but_codes() {
    let failure = rejected(
        &text(),
        &error(400, "Bad Request: cannot say hunter2 here", "{}"),
    );
    assert!(!format!("{failure:?}").contains("hunter2"));
    let failure = rejected(&text(), &error(400, "Bad Request: TOPIC_CLOSED", "{}"));
    assert_eq!(failure.provider_code.0, "400 TOPIC_CLOSED");
}

proptest! {
    #[test]
    fn any_answer_has_an_outcome(status in 100_u16..600, body in any::<Vec<u8>>()) {
        classify(BOT, &text(), &answer(status, body));
    }

    #[test]
    fn any_description_has_an_outcome(status in 300_u16..500, description in ".{0,80}", wait in any::<u64>()) {
        let response = error(status, &description, &format!(r#"{{"retry_after":{wait}}}"#));
        prop_assert!(classify(BOT, &text(), &response).provider_id().is_none_or(|_| description.contains("not modified")));
    }
}
