use super::super::WhatsAppConfig;
use super::super::golden;
use super::*;
use msg_core::channel::ChannelWire as _;
use msg_core::message::MediaKind;
use std::time::Duration;

fn number() -> WhatsApp {
    WhatsApp::new(WhatsAppConfig::new(golden::TOKEN, golden::PHONE_NUMBER_ID)).unwrap()
}

fn part(name: &str) -> Part {
    let mut parts = golden::parts().unwrap().into_iter();
    parts.find(|(one, _)| *one == name).unwrap().1
}

fn answer(status: u16, body: impl Into<String>) -> http::Response<Bytes> {
    let mut response = http::Response::new(Bytes::from(body.into()));
    *response.status_mut() = http::StatusCode::from_u16(status).unwrap();
    response
}

fn outcome(name: &str, status: u16, body: impl Into<String>) -> SendOutcome {
    number().classify(&part(name), &answer(status, body))
}

/// An error as Meta's documents write it; its texts must never come back.
fn error(code: i64, subcode: Option<i64>) -> String {
    let mut error = serde_json::json!({
        "message": format!("(#{code}) hunter2"), "type": "OAuthException", "code": code,
        "error_data": {"messaging_product": "whatsapp", "details": "hunter2"}, "fbtrace_id": "AXs",
    });
    if let Some(subcode) = subcode {
        error["error_subcode"] = subcode.into();
    }
    serde_json::json!({"error": error}).to_string()
}

#[test]
fn every_row_is_told_by_its_code() {
    for row in ROWS {
        let (code, subcode) = match row.code.split_once('/') {
            Some((code, subcode)) => (code, subcode.parse().ok()),
            None => (row.code, None),
        };
        let body = error(code.parse().unwrap(), subcode);
        let SendOutcome::Rejected(failure) = outcome("text", 400, body) else {
            panic!("{}", row.code)
        };
        assert_eq!(
            (
                &failure.class,
                &failure.scope,
                &failure.advice,
                failure.provider_code.0.as_str()
            ),
            (&row.class, &row.scope, &row.advice, row.code)
        );
        let waits = failure.retry_after.is_some();
        let fast = failure.class == FailureClass::RateLimited;
        assert!(waits || !fast, "{}: no wait", row.code);
        let shown = format!("{failure:?}{}", serde_json::to_string(&failure).unwrap());
        assert!(!shown.contains("hunter2"), "{shown}");
    }
}

/// Class, scope and advice of the codes of Meta's list, so that a row that is changed by mistake is seen.
#[test]
fn the_table_is_as_reviewed() {
    let rows: Vec<String> = ROWS
        .iter()
        .map(|row| format!("{} {} {} {}", row.code, row.class, row.scope, row.advice))
        .collect();
    insta::assert_snapshot!("table", rows.join("\n"));
}

#[test]
fn a_message_is_known_by_its_id_and_by_its_token() {
    let taken = r#"{"messaging_product":"whatsapp","contacts":[{"input":"16505551234","wa_id":"16505551234"}],"messages":[{"id":"wamid.1","message_status":"accepted"}]}"#;
    let SendOutcome::Accepted(receipt) = outcome("text", 200, taken) else {
        panic!()
    };
    assert_eq!(receipt.provider_id, "wamid.1");
    assert_eq!(receipt.further_ids, [token_of(&part("text"))]);
    for nothing in [
        "{}",
        r#"{"messages":[]}"#,
        r#"{"messages":[{"id":""}]}"#,
        "<html></html>",
        r#"{"success":true}"#,
    ] {
        let outcome = outcome("text", 200, nothing);
        assert!(
            matches!(outcome, SendOutcome::Ambiguous(_)),
            "{nothing}: {outcome:?}"
        );
    }
}

#[test]
fn a_mark_is_known_by_its_part() {
    for name in ["typing", "read", "raw-read"] {
        let SendOutcome::Accepted(receipt) = outcome(name, 200, r#"{"success":true}"#) else {
            panic!("{name}")
        };
        assert_eq!(receipt.provider_id, part(name).id.to_string());
    }
}

#[test]
fn a_fault_after_a_message_is_open_and_after_a_mark_it_passes() {
    for (status, body) in [
        (500, "{}".to_owned()),
        (502, "<html>".into()),
        (500, error(1, None)),
        (503, error(999, None)),
    ] {
        let open = outcome("text", status, body.clone());
        let again = outcome("typing", status, body.clone());
        let passes = matches!(&again, SendOutcome::Rejected(failure) if failure.is_retryable());
        assert!(passes, "{status} {body}: {again:?}");
        if status != 503 {
            assert!(
                matches!(open, SendOutcome::Ambiguous(_)),
                "{status} {body}: {open:?}"
            );
        }
    }
    // Codes that say that nothing was taken, whatever the status.
    let outcome = outcome("text", 500, error(131_000, None));
    assert!(matches!(outcome, SendOutcome::Rejected(failure) if failure.is_retryable()));
}

#[test]
fn waits_and_refusals_say_how_far_they_reach() {
    let failure = |code| match outcome("text", 400, error(code, None)) {
        SendOutcome::Rejected(failure) => failure,
        other => panic!("{other:?}"),
    };
    let delay = |code| failure(code).retry_after.map(|it| it.delay);
    assert_eq!(delay(131_056), Some(Duration::from_secs(6)));
    assert_eq!(delay(131_049), Some(Duration::from_hours(24)));
    assert_eq!(delay(130_429), Some(Duration::from_secs(1)));
    assert_eq!(delay(131_026), None);
    let stopped = failure(131_050).opt_out.map(|it| *it);
    assert_eq!(stopped, Some(OptOutScope::Purpose(Purpose::Marketing)));
    assert_eq!(failure(250).class, FailureClass::PermissionMissing);
    assert_eq!(reported(999_999).class, FailureClass::Unknown);
    assert_eq!(reported(131_026).advice, Advice::RetryOtherChannel);
}

#[test]
fn media_are_fetched_in_two_steps_and_the_key_goes_nowhere_else() {
    let mut media = Media::from_url(MediaKind::Image, "", "");
    media.source = MediaSource::ProviderId("77".into());
    let at = |url: &str| {
        let body =
            serde_json::json!({"url": url, "id": "77", "mime_type": "image/jpeg", "file_size": 3});
        located(&number(), &media, answer(200, body.to_string()))
    };
    let good = "https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=77&hash=x";
    let Ok(Located::Next(request)) = at(good) else {
        panic!("no next request")
    };
    assert_eq!(request.uri().to_string(), good);
    assert_eq!(request.headers()["authorization"], "Bearer EAAExampleOnly");
    for bad in [
        "https://lookaside.fbsbx.com.example.org/",
        "http://lookaside.fbsbx.com/",
        "https://lookaside.fbsbx.com:8443/",
        "https://a:b@lookaside.fbsbx.com/",
        "https://example.org/",
        "",
    ] {
        assert!(at(bad).is_err(), "{bad}");
    }
    let mut bytes = answer(200, "pixels");
    bytes
        .headers_mut()
        .insert("content-type", "image/jpeg".parse().unwrap());
    let Ok(Located::Here(found)) = located(&number(), &media, bytes) else {
        panic!("no media")
    };
    assert_eq!(found.mime.as_deref(), Some("image/jpeg"));
    assert_eq!(
        found.source,
        MediaSource::Bytes(MediaBytes("pixels".into()))
    );
    // A file that looks like the answer of a look-up, about another id, is a file.
    let other = r#"{"url":"https://example.org/","id":"78"}"#;
    assert!(matches!(
        located(&number(), &media, answer(200, other)),
        Ok(Located::Here(_))
    ));
    let kind = |status, body: String| {
        located(&number(), &media, answer(status, body))
            .unwrap_err()
            .kind()
    };
    assert_eq!(kind(404, String::new()), ErrorKind::NotFound);
    assert_eq!(kind(400, error(100, Some(33))), ErrorKind::NotFound);
    assert_eq!(kind(500, String::new()), ErrorKind::Unavailable);
    assert_eq!(kind(401, error(190, None)), ErrorKind::Invalid);
}

#[test]
fn an_upload_gives_an_id_or_a_failure() {
    assert_eq!(uploaded(&answer(200, r#"{"id":"77"}"#)).unwrap(), "77");
    let class = |status, body: String| uploaded(&answer(status, body)).unwrap_err().class;
    assert_eq!(
        class(400, error(131_053, None)),
        FailureClass::MediaRejected
    );
    assert_eq!(class(200, "{}".into()), FailureClass::ProviderBug);
    assert_eq!(class(500, String::new()), FailureClass::Transient);
}
