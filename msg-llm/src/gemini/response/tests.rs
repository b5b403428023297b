#![expect(
    clippy::needless_pass_by_value,
    reason = "values written in place with `json!` read best"
)]

use super::*;
use msg_core::llm::Output;
use proptest::prelude::*;
use serde_json::json;
use std::time::Duration;

fn read(body: &Value) -> Result<GenerateResponse, LlmError> {
    let headers = HeaderMap::new();
    // Google prints whole answers prettily.
    let text = serde_json::to_string_pretty(body).unwrap();
    decode(StatusCode::OK, &headers, text.as_bytes())
}

fn error(status: u16, body: Value) -> LlmError {
    let status = StatusCode::from_u16(status).unwrap();
    decode(status, &HeaderMap::new(), body.to_string().as_bytes()).unwrap_err()
}

fn answer(parts: Value, reason: &str) -> Value {
    let candidate =
        json!({"content": {"parts": parts, "role": "model"}, "finishReason": reason, "index": 0});
    json!({"candidates": [candidate], "modelVersion": "gemini-2.5-flash", "responseId": "r1"})
}

#[test]
fn a_whole_answer_with_everything() {
    let mut body = answer(
        json!([{"text": "Look it up.", "thought": true},
               {"text": "One \"moment\".\n"},
               {"functionCall": {"name": "find", "args": {"id": 1, "b": "x y"}}, "thoughtSignature": "s1"},
               {"functionCall": {"id": "c2", "name": "find", "args": null}},
               {"executableCode": {"code": "1"}}, {"inlineData": {"mimeType": "image/png", "data": ""}}]),
        "STOP",
    );
    body["usageMetadata"] = json!({"promptTokenCount": 100, "cachedContentTokenCount": 64, "candidatesTokenCount": 30,
        "thoughtsTokenCount": 12, "toolUsePromptTokenCount": 5, "totalTokenCount": 147});
    insta::assert_json_snapshot!("whole_answer", read(&body).unwrap());
}

#[test]
fn not_reported_is_not_zero() {
    let usage = |usage: Value| {
        let mut body = answer(json!([{"text": "x"}]), "STOP");
        body["usageMetadata"] = usage;
        read(&body).unwrap().usage
    };
    assert_eq!(usage(Value::Null), Usage::default());
    assert_eq!(usage(json!({})), Usage::default());
    let plain = usage(json!({"promptTokenCount": 5, "thoughtsTokenCount": 7}));
    assert_eq!(
        (plain.input, plain.cache_read, plain.output, plain.reasoning),
        (Some(5), None, None, Some(7))
    );
    let zero = usage(json!({"promptTokenCount": "5", "cachedContentTokenCount": 0}));
    assert_eq!((zero.input, zero.cache_read), (Some(5), Some(0)));
}

/// Every raw reason of the API's description and of `llm.md`; unknown is never stop.
#[test]
fn finish_reasons() {
    use FinishReason as Reason;
    for (raw, reason, with_call) in [
        ("STOP", Reason::Stop, Reason::ToolCalls),
        ("MAX_TOKENS", Reason::Length, Reason::Length),
        ("SAFETY", Reason::ContentFilter, Reason::ContentFilter),
        ("RECITATION", Reason::ContentFilter, Reason::ContentFilter),
        ("BLOCKLIST", Reason::ContentFilter, Reason::ContentFilter),
        (
            "PROHIBITED_CONTENT",
            Reason::ContentFilter,
            Reason::ContentFilter,
        ),
        ("SPII", Reason::ContentFilter, Reason::ContentFilter),
        ("IMAGE_SAFETY", Reason::ContentFilter, Reason::ContentFilter),
        ("MODEL_ARMOR", Reason::ContentFilter, Reason::ContentFilter),
        ("MALFORMED_FUNCTION_CALL", Reason::Error, Reason::Error),
        ("UNEXPECTED_TOOL_CALL", Reason::Error, Reason::Error),
        ("TOO_MANY_TOOL_CALLS", Reason::Error, Reason::Error),
        ("MISSING_THOUGHT_SIGNATURE", Reason::Error, Reason::Error),
        ("LANGUAGE", Reason::Other, Reason::Other),
        ("OTHER", Reason::Other, Reason::Other),
        ("stop", Reason::Other, Reason::Other),
        ("BRAND_NEW", Reason::Other, Reason::Other),
    ] {
        let told = finish(Some(raw), false);
        assert_eq!((told.reason, told.raw.as_deref()), (reason, Some(raw)));
        assert_eq!(finish(Some(raw), true).reason, with_call, "{raw}");
    }
    assert_eq!(finish(None, true), Finish::default());
}

#[test]
fn blocks_are_refusals() {
    let prompt = read(
        &json!({"promptFeedback": {"blockReason": "SAFETY", "safetyRatings": []},
        "usageMetadata": {"promptTokenCount": 4}, "modelVersion": "m"}),
    )
    .unwrap();
    assert!(prompt.refused() && prompt.text().is_empty());
    assert_eq!(
        prompt.finish,
        Finish::new(FinishReason::ContentFilter, "SAFETY")
    );
    assert_eq!(prompt.usage.input, Some(4));
    let new =
        read(&json!({"promptFeedback": {"blockReason": "BRAND_NEW", "blockReasonMessage": "No."}}))
            .unwrap();
    assert_eq!(
        new.finish.reason,
        FinishReason::ContentFilter,
        "a block is a block"
    );
    assert!(matches!(&new.output[..], [Output::Refusal(words)] if words == "No."));
    let mut cut = answer(json!([{"text": "Once"}]), "RECITATION");
    cut["promptFeedback"] = json!({"safetyRatings": []});
    let cut = read(&cut).unwrap();
    assert!(cut.refused() && cut.text() == "Once");
    let bare = read(&json!({"candidates": [{"finishReason": "RECITATION", "index": 0}]})).unwrap();
    assert_eq!(bare.finish.reason, FinishReason::ContentFilter);
}

#[test]
fn a_call_that_a_limit_cut_off_never_runs() {
    let parts = json!([{"functionCall": {"name": "f", "args": {}}}]);
    let cut = read(&answer(parts.clone(), "MAX_TOKENS")).unwrap();
    assert_eq!(cut.finished_calls().count(), 0);
    let whole = read(&answer(parts, "STOP")).unwrap();
    assert_eq!(whole.finish.reason, FinishReason::ToolCalls);
    assert_eq!(whole.finished_calls().next().unwrap().arguments, "{}");
}

#[test]
fn what_servers_leave_out_or_twist() {
    let list = json!([
        answer(json!([{"text": "a"}]), ""),
        answer(json!([{"text": "b"}]), "STOP")
    ]);
    assert_eq!(
        read(&list).unwrap().text(),
        "ab",
        "a stream without `alt=sse`"
    );
    let open = read(&json!({"candidates": [{"content": {"parts": [{"text": "x"}]}}]})).unwrap();
    assert_eq!(
        (open.text().as_str(), open.finish),
        ("x", Finish::default())
    );
    let empty = read(
        &json!({"candidates": [{"content": {"role": "model"}, "finishReason": "MAX_TOKENS"}]}),
    )
    .unwrap();
    assert_eq!(
        (empty.output.len(), empty.finish.reason),
        (0, FinishReason::Length)
    );
    let second = json!({"candidates": [{"index": 1, "content": {"parts": [{"text": "no"}]}},
        {"index": 0, "content": {"parts": [{"text": "yes"}]}, "finishReason": "STOP"}]});
    assert_eq!(read(&second).unwrap().text(), "yes");
    for nothing in [
        json!({}),
        json!([]),
        json!({"candidates": []}),
        json!({"candidates": null}),
    ] {
        assert_eq!(
            read(&nothing).unwrap_err().kind,
            LlmErrorKind::Malformed,
            "{nothing}"
        );
    }
    assert_eq!(
        read(&json!({"candidates": "x"})).unwrap_err().kind,
        LlmErrorKind::Malformed
    );
}

/// The error of Google's form with this code in it and around it.
fn google(code: u16, status: &str, message: &str, details: Value) -> LlmError {
    error(code, told(code, status, message, details))
}

fn told(code: u16, status: &str, message: &str, details: Value) -> Value {
    json!({"error": {"code": code, "status": status, "message": message, "details": details}})
}

#[test]
fn errors_say_what_google_means() {
    let invalid = |message: &str| google(400, "INVALID_ARGUMENT", message, json!([]));
    let reason = json!([{"@type": "ErrorInfo", "reason": "API_KEY_INVALID"}]);
    let key = google(400, "INVALID_ARGUMENT", "x", reason);
    assert_eq!(
        (key.kind, key.code.as_deref()),
        (LlmErrorKind::Auth, Some("INVALID_ARGUMENT"))
    );
    assert_eq!(invalid("API key not valid.").kind, LlmErrorKind::Auth);
    let long =
        "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).";
    assert_eq!(invalid(long).kind, LlmErrorKind::ContextLength);
    let unmet = |message: &str| google(400, "FAILED_PRECONDITION", message, json!([])).kind;
    let place = "User location is not supported for the API use.";
    assert_eq!(unmet(place), LlmErrorKind::Permission);
    assert_eq!(unmet("Please enable billing."), LlmErrorKind::Billing);
    assert_eq!(unmet("x"), LlmErrorKind::InvalidRequest);
    let busy = google(503, "UNAVAILABLE", "overloaded", json!([]));
    assert_eq!(busy.kind, LlmErrorKind::Overloaded);
    assert!(google(499, "CANCELLED", "x", json!([])).retryable);
    let lost = google(404, "NOT_FOUND", "models/x is not found", json!([]));
    assert_eq!((lost.kind, lost.retryable), (LlmErrorKind::NotFound, false));
    let odd = google(400, "a sentence that quotes a prompt", "x", json!([]));
    assert_eq!(odd.code.as_deref(), Some("400"));
}

#[test]
fn limits_of_a_minute_pass_and_those_of_a_day_do_not() {
    let retry = json!({"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "7s"});
    let limit = |of: &str| {
        let id = format!("GenerateRequestsPer{of}PerProjectPerModel-FreeTier");
        let details = json!([{"violations": [{"quotaId": id}]}, retry]);
        error(429, json!([told(429, "RESOURCE_EXHAUSTED", "x", details)]))
    };
    let slow = limit("Minute");
    assert_eq!(
        (slow.kind, slow.retryable, slow.retry_after),
        (LlmErrorKind::RateLimit, true, Some(Duration::from_secs(7)))
    );
    let used = limit("Day");
    assert_eq!(
        (used.kind, used.retryable, used.retry_after),
        (LlmErrorKind::Quota, false, None)
    );
}

#[test]
fn errors_with_a_good_status() {
    let inside = read(&told(500, "INTERNAL", "x", json!([]))).unwrap_err();
    assert_eq!(
        (inside.kind, inside.status),
        (LlmErrorKind::Unavailable, Some(500))
    );
    let page = decode(StatusCode::OK, &HeaderMap::new(), b"<html>").unwrap_err();
    assert_eq!(page.kind, LlmErrorKind::Unavailable);
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_panic(body in prop::collection::vec(any::<u8>(), 0..80), status in 200..600_u16) {
        let _ = decode(StatusCode::from_u16(status).unwrap(), &HeaderMap::new(), &body);
    }

    #[test]
    fn any_text_arrives_unchanged(text in "\\PC{1,40}", value in "\\PC{1,20}") {
        let read = read(&answer(json!([{"text": text}, {"functionCall": {"name": "f", "args": {"v": value}}}]), "STOP")).unwrap();
        prop_assert_eq!(read.text(), text);
        let arguments: Value = serde_json::from_str(&read.finished_calls().next().unwrap().arguments).unwrap();
        prop_assert_eq!(arguments["v"].as_str(), Some(&*value));
    }
}
