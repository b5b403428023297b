#![expect(
    clippy::needless_pass_by_value,
    reason = "values written in place with `json!` read best"
)]

use super::*;
use proptest::prelude::*;
use serde_json::{Value, json};

fn read(body: &Value) -> Result<GenerateResponse, LlmError> {
    let body = body.to_string();
    decode(StatusCode::OK, &HeaderMap::new(), body.as_bytes())
}

fn kind(status: u16, body: &str) -> LlmErrorKind {
    let status = StatusCode::from_u16(status).unwrap();
    let error = decode(status, &HeaderMap::new(), body.as_bytes());
    error.unwrap_err().kind
}

fn answer(message: Value, reason: &str) -> Value {
    json!({"id": "c14c80c3", "message": message, "finish_reason": reason})
}

fn text(text: &str) -> Value {
    json!({"role": "assistant", "content": [{"type": "text", "text": text}]})
}

#[test]
fn a_whole_answer_with_everything() {
    let calls = json!([{"id": "find_0", "type": "function", "function": {"name": "find", "arguments": "{\"id\":1}"}},
                       {"id": "find_1", "type": "function", "function": {"name": "find", "arguments": "{\"id\":2}"}}]);
    let content = json!([{"type": "thinking", "thinking": "Hm."}, {"type": "text", "text": "One "},
                         {"type": "text", "text": "\"moment\"."}]);
    let mut body = answer(
        json!({"role": "assistant", "tool_plan": "Look it up.", "content": content, "tool_calls": calls,
               "citations": [{"start": 0, "end": 1, "text": "O", "sources": []}]}),
        "TOOL_CALL",
    );
    body["usage"] = json!({"billed_units": {"input_tokens": 68, "output_tokens": 24}, "cached_tokens": 992.0,
        "tokens": {"input_tokens": 1493.0, "output_tokens": 38, "reasoning_tokens": 8}});
    insta::assert_json_snapshot!("whole_answer", read(&body).unwrap());
}

#[test]
fn finish_reasons() {
    use FinishReason as Reason;
    for (raw, reason, with_call) in [
        ("COMPLETE", Reason::Stop, Reason::ToolCalls),
        ("STOP_SEQUENCE", Reason::Stop, Reason::ToolCalls),
        ("MAX_TOKENS", Reason::Length, Reason::Length),
        ("TOOL_CALL", Reason::ToolCalls, Reason::ToolCalls),
        ("ERROR", Reason::Error, Reason::Error),
        ("TIMEOUT", Reason::Error, Reason::Error),
        ("ERROR_TOXIC", Reason::ContentFilter, Reason::ContentFilter),
        ("complete", Reason::Other, Reason::Other),
        ("BRAND_NEW", Reason::Other, Reason::Other),
    ] {
        let told = finish(Some(raw), false);
        assert_eq!((told.reason, told.raw.as_deref()), (reason, Some(raw)));
        assert_eq!(finish(Some(raw), true).reason, with_call, "{raw}");
    }
    assert_eq!(finish(None, true), Finish::default());
}

#[test]
fn not_reported_is_not_zero_and_billed_units_stand_in() {
    let usage = |usage: Value| {
        let mut body = answer(text("x"), "COMPLETE");
        body["usage"] = usage;
        read(&body).unwrap().usage
    };
    assert_eq!(usage(Value::Null), Usage::default());
    assert_eq!(usage(json!({})), Usage::default());
    let plain = usage(json!({"tokens": {"input_tokens": 5, "output_tokens": 2}}));
    assert_eq!(
        (plain.input, plain.cache_read, plain.output, plain.reasoning),
        (Some(5), None, Some(2), None)
    );
    let billed = usage(json!({"billed_units": {"input_tokens": 3}, "cached_tokens": 99}));
    assert_eq!((billed.input, billed.cache_read), (Some(3), None));
}

#[test]
fn a_call_that_a_limit_cut_off_never_runs() {
    let message =
        json!({"tool_calls": [{"id": "a", "function": {"name": "f", "arguments": "{}"}}]});
    let cut = read(&answer(message.clone(), "MAX_TOKENS")).unwrap();
    assert_eq!(cut.finished_calls().count(), 0);
    let whole = read(&answer(message, "COMPLETE")).unwrap();
    assert_eq!(whole.finish.reason, FinishReason::ToolCalls);
    assert_eq!(whole.finished_calls().count(), 1);
}

#[test]
fn errors() {
    assert_eq!(
        kind(401, r#"{"id":"x","message":"invalid api token"}"#),
        LlmErrorKind::Auth
    );
    assert_eq!(
        kind(400, r#"{"message":"invalid request"}"#),
        LlmErrorKind::InvalidRequest
    );
    assert_eq!(
        kind(429, r#"{"message":"You are using a Trial key"}"#),
        LlmErrorKind::RateLimit
    );
    assert_eq!(
        kind(200, r#"{"id":"x","message":"no"}"#),
        LlmErrorKind::Unavailable
    );
    assert_eq!(
        kind(200, r#"{"error":{"code":503}}"#),
        LlmErrorKind::Overloaded
    );
    assert_eq!(kind(503, "<html>"), LlmErrorKind::Overloaded);
    assert_eq!(kind(200, "<html>"), LlmErrorKind::Unavailable);
    for body in [
        "",
        "{}",
        "[]",
        r#"{"message":null}"#,
        r#"{"message":{"content":1}}"#,
    ] {
        assert_eq!(kind(200, body), LlmErrorKind::Malformed, "{body}");
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_panic(body in prop::collection::vec(any::<u8>(), 0..80), status in 200..600_u16) {
        let _ = decode(StatusCode::from_u16(status).unwrap(), &HeaderMap::new(), &body);
    }

    #[test]
    fn any_text_arrives_unchanged(said in "\\PC{1,40}", arguments in "\\PC{1,20}") {
        let mut message = text(&said);
        message["tool_calls"] = json!([{"id": "a", "function": {"name": "f", "arguments": arguments}}]);
        let read = read(&answer(message, "TOOL_CALL")).unwrap();
        prop_assert_eq!(read.text(), said);
        prop_assert_eq!(&read.finished_calls().next().unwrap().arguments, &arguments);
    }
}
