#![expect(
    clippy::needless_pass_by_value,
    reason = "values written in place with `json!` read best"
)]

use super::*;
use proptest::prelude::*;
use serde_json::{Value, json};

fn read(body: &Value) -> Result<GenerateResponse, LlmError> {
    decode(
        StatusCode::OK,
        &HeaderMap::new(),
        body.to_string().as_bytes(),
    )
}

fn failed(status: u16, body: Value) -> LlmError {
    let status = StatusCode::from_u16(status).unwrap();
    decode(status, &HeaderMap::new(), body.to_string().as_bytes()).unwrap_err()
}

fn answer(content: Value, stop_reason: &str) -> Value {
    json!({"id": "msg_1", "type": "message", "role": "assistant", "model": "m-1", "content": content,
           "stop_reason": stop_reason, "stop_sequence": null})
}

#[test]
fn a_whole_answer_with_everything() {
    let mut body = answer(
        json!([
            {"type": "thinking", "thinking": "Look it up.", "signature": "seal-1"},
            {"type": "thinking", "thinking": "", "signature": "seal-2"},
            {"type": "redacted_thinking", "data": "seal-3"},
            {"type": "thinking", "thinking": "", "signature": ""},
            {"type": "text", "text": "One \"moment\".\n", "citations": [{"type": "char_location"}]},
            {"type": "text", "text": "Really."},
            {"type": "server_tool_use", "id": "s", "name": "web_search", "input": {"query": "x"}},
            {"type": "web_search_tool_result", "tool_use_id": "s", "content": [{"type": "web_search_result", "text": {"a": 1}}]},
            {"type": "hologram", "text": "not for us", "input": 7},
            {"type": "tool_use", "id": "toolu_1", "name": "find", "input": {"id": 1, "tags": ["a"]}, "caller": {"type": "direct"}},
            {"type": "tool_use", "id": "toolu_2", "name": "list", "input": {}}
        ]),
        "tool_use",
    );
    body["usage"] = json!({"input_tokens": 20, "cache_read_input_tokens": 64, "cache_creation_input_tokens": 10,
        "cache_creation": {"ephemeral_5m_input_tokens": 10, "ephemeral_1h_input_tokens": 0},
        "output_tokens": 30, "output_tokens_details": {"thinking_tokens": 12}, "service_tier": "standard"});
    insta::assert_json_snapshot!("whole_answer", read(&body).unwrap());
}

#[test]
fn not_reported_is_not_zero() {
    let usage = |usage: Value| {
        let mut body = answer(json!([]), "end_turn");
        body["usage"] = usage;
        read(&body).unwrap().usage
    };
    assert_eq!(usage(Value::Null), Usage::default());
    assert_eq!(usage(json!({})), Usage::default());
    let plain =
        usage(json!({"input_tokens": 5, "output_tokens": 2, "cache_read_input_tokens": null}));
    assert_eq!(
        (plain.input, plain.cache_read, plain.output, plain.reasoning),
        (Some(5), None, Some(2), None)
    );
    let cached = usage(
        json!({"input_tokens": 5, "cache_read_input_tokens": 7, "cache_creation_input_tokens": 0}),
    );
    assert_eq!(cached.total_input(), Some(12));
    assert_eq!(cached.cache_write, Some(0));
    let odd = usage(json!({"output_tokens": 3, "output_tokens_details": {"thinking_tokens": 5}}));
    assert_eq!((odd.output, odd.reasoning), (Some(0), Some(3)));
}

/// Every raw reason of the Python client 2.11.0, and what it does not know; unknown is never stop.
#[test]
fn finish_reasons() {
    use FinishReason::{ContentFilter, Length, Other, Stop, ToolCalls};
    for (raw, reason, with_call) in [
        (Some("end_turn"), Stop, ToolCalls),
        (Some("stop_sequence"), Stop, ToolCalls),
        (Some("tool_use"), ToolCalls, ToolCalls),
        (Some("max_tokens"), Length, Length),
        (Some("model_context_window_exceeded"), Length, Length),
        (Some("refusal"), ContentFilter, ContentFilter),
        (Some("pause_turn"), Other, Other),
        (Some("compaction"), Other, Other),
        (Some(""), Other, Other),
        (None, Other, Other),
    ] {
        assert_eq!(finish(raw, false).reason, reason, "{raw:?}");
        assert_eq!(finish(raw, true).reason, with_call, "{raw:?}");
        assert_eq!(finish(raw, false).raw.as_deref(), raw);
    }
}

#[test]
fn a_call_that_a_limit_cut_off_never_runs() {
    let call = json!([{"type": "tool_use", "id": "a", "name": "f", "input": {}}]);
    for reason in ["max_tokens", "refusal"] {
        let response = read(&answer(call.clone(), reason)).unwrap();
        assert_eq!(
            (
                response.output.is_empty(),
                response.finished_calls().count()
            ),
            (reason.is_empty(), 0)
        );
    }
    assert_eq!(
        read(&answer(call, "tool_use"))
            .unwrap()
            .finished_calls()
            .count(),
        1
    );
}

#[test]
fn a_refusal_is_a_result() {
    let mut body = answer(json!([{"type": "text", "text": "I "}]), "refusal");
    let response = read(&body).unwrap();
    assert!(response.refused());
    body["stop_details"] =
        json!({"type": "refusal", "category": "bio", "explanation": "Not this."});
    let response = read(&body).unwrap();
    assert_eq!(
        response.output,
        [
            Output::Text("I ".into()),
            Output::Refusal("Not this.".into())
        ]
    );
    assert_eq!(
        response.finish,
        Finish::new(FinishReason::ContentFilter, "refusal")
    );
}

/// An empty answer is a result: a stop sequence may match at once.
#[test]
fn an_answer_may_be_empty() {
    let response = read(&answer(json!([]), "stop_sequence")).unwrap();
    assert_eq!(
        (response.output.len(), response.finish.reason),
        (0, FinishReason::Stop)
    );
    assert_eq!(response.request_id.as_deref(), Some("msg_1"));
    let mut headers = HeaderMap::new();
    headers.insert("request-id", "req_9".parse().unwrap());
    let body = answer(json!([]), "end_turn").to_string();
    let response = decode(StatusCode::OK, &headers, body.as_bytes()).unwrap();
    assert_eq!(response.request_id.as_deref(), Some("req_9"));
}

#[test]
fn errors_of_every_type() {
    use LlmErrorKind as Kind;
    let body = |kind: &str, message: &str| json!({"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_1"});
    for (status, name, message, kind, retryable) in [
        (
            400,
            "invalid_request_error",
            "max_tokens: Field required",
            Kind::InvalidRequest,
            false,
        ),
        (
            400,
            "invalid_request_error",
            "prompt is too long: 210000 tokens > 200000 maximum",
            Kind::ContextLength,
            false,
        ),
        (
            400,
            "invalid_request_error",
            "Your credit balance is too low to access the Anthropic API.",
            Kind::Billing,
            false,
        ),
        (
            401,
            "authentication_error",
            "invalid x-api-key",
            Kind::Auth,
            false,
        ),
        (402, "billing_error", "pay", Kind::Billing, false),
        (403, "permission_error", "no", Kind::Permission, false),
        (404, "not_found_error", "model: x", Kind::NotFound, false),
        (
            413,
            "request_too_large",
            "Request exceeds the maximum size",
            Kind::ContextLength,
            false,
        ),
        (429, "rate_limit_error", "slow down", Kind::RateLimit, true),
        (
            500,
            "api_error",
            "Internal server error",
            Kind::Unavailable,
            true,
        ),
        (504, "timeout_error", "late", Kind::Timeout, true),
        (
            529,
            "overloaded_error",
            "Overloaded",
            Kind::Overloaded,
            true,
        ),
    ] {
        let error = failed(status, body(name, &format!("{message} canary")));
        assert_eq!(
            (&error.kind, error.retryable),
            (&kind, retryable),
            "{status} {name}"
        );
        assert_eq!(error.request_id.as_deref(), Some("req_1"));
        assert_eq!(error.code.as_deref(), Some(name));
        assert!(!format!("{error:?} {error}").contains("canary"));
    }
    let inside = failed(200, body("overloaded_error", "Overloaded"));
    assert_eq!((inside.kind, inside.retryable), (Kind::Overloaded, true));
    assert_eq!(failed(200, json!({"id": 1})).kind, Kind::Malformed);
    assert_eq!(failed(200, json!({"content": null})).kind, Kind::Malformed);
    let page = decode(StatusCode::BAD_GATEWAY, &HeaderMap::new(), b"<html>").unwrap_err();
    assert_eq!(page.kind, Kind::Unavailable);
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..80), status in 100_u16..600) {
        let _ = decode(StatusCode::from_u16(status).unwrap(), &HeaderMap::new(), &bytes);
    }

    #[test]
    fn any_block_is_read(kind in "[a-z_]{0,12}", value in prop_oneof![Just(json!(null)), Just(json!(1)), Just(json!([1])), Just(json!({"a": 1})), Just(json!("x"))]) {
        let block = json!({"type": kind, "text": value, "thinking": value, "signature": value, "data": value, "id": value, "name": value, "input": value});
        prop_assert!(read(&answer(json!([block]), "end_turn")).is_ok());
    }
}
