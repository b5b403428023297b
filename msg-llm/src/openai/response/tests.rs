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
        "openai",
    )
}

fn kind(status: u16, body: &str) -> LlmErrorKind {
    decode(
        StatusCode::from_u16(status).unwrap(),
        &HeaderMap::new(),
        body.as_bytes(),
        "openai",
    )
    .unwrap_err()
    .kind
}

/// A choice in a whole answer.
fn answer(message: Value, finish_reason: Value) -> Value {
    json!({"id": "chatcmpl-1", "object": "chat.completion", "model": "m-1", "choices": [{"index": 0, "message": message, "finish_reason": finish_reason}]})
}

#[test]
fn a_whole_answer_with_everything() {
    let mut body = answer(
        json!({"role": "assistant", "content": "One \"moment\".\n", "reasoning_content": "Look it up.", "refusal": null,
               "tool_calls": [{"id": "call_1", "type": "function", "function": {"name": "find", "arguments": "{\"id\":1}"}},
                              {"id": "call_2", "type": "function", "function": {"name": "find", "arguments": {"id": 2}}}]}),
        json!("tool_calls"),
    );
    body["usage"] = json!({"prompt_tokens": 100, "completion_tokens": 30, "total_tokens": 130, "cost": 0.0012,
        "prompt_tokens_details": {"cached_tokens": 64, "cache_write_tokens": 10}, "completion_tokens_details": {"reasoning_tokens": 12}});
    insta::assert_json_snapshot!("whole_answer", read(&body).unwrap());
}

#[test]
fn not_reported_is_not_zero() {
    let usage = |usage: Value| {
        let mut body = answer(json!({"content": "x"}), json!("stop"));
        body["usage"] = usage;
        read(&body).unwrap().usage
    };
    assert_eq!(usage(Value::Null), Usage::default());
    assert_eq!(usage(json!({})), Usage::default());
    let plain = usage(json!({"prompt_tokens": 5, "completion_tokens": 2}));
    assert_eq!(
        (plain.input, plain.cache_read, plain.output, plain.reasoning),
        (Some(5), None, Some(2), None)
    );
    let zero = usage(
        json!({"prompt_tokens": 5.0, "completion_tokens": "2", "prompt_tokens_details": {"cached_tokens": 0}}),
    );
    assert_eq!(
        (zero.input, zero.cache_read, zero.output),
        (Some(5), Some(0), Some(2))
    );
    let deepseek = usage(
        json!({"prompt_tokens": 482, "completion_tokens": 23, "prompt_cache_hit_tokens": 384}),
    );
    assert_eq!((deepseek.input, deepseek.cache_read), (Some(98), Some(384)));
    let inside = usage(
        json!({"completion_tokens": 16, "completion_tokens_details": {"reasoning_tokens": 19}, "total_tokens": 16}),
    );
    assert_eq!((inside.output, inside.reasoning), (Some(0), Some(16)));
    let beside = usage(
        json!({"prompt_tokens": 10, "completion_tokens": 4, "completion_tokens_details": {"reasoning_tokens": 90}, "total_tokens": 104}),
    );
    assert_eq!(
        (beside.output, beside.reasoning, beside.total_output()),
        (Some(4), Some(90), Some(94))
    );
}

/// Every raw reason of `llm.md`'s table and what compatible servers invent; unknown is never stop.
#[test]
fn finish_reasons() {
    for (raw, reason, with_call) in [
        (Some("stop"), FinishReason::Stop, FinishReason::ToolCalls),
        (Some("eos"), FinishReason::Stop, FinishReason::ToolCalls),
        (Some("length"), FinishReason::Length, FinishReason::Length),
        (
            Some("model_length"),
            FinishReason::Length,
            FinishReason::Length,
        ),
        (
            Some("tool_calls"),
            FinishReason::ToolCalls,
            FinishReason::ToolCalls,
        ),
        (
            Some("function_call"),
            FinishReason::ToolCalls,
            FinishReason::ToolCalls,
        ),
        (
            Some("content_filter"),
            FinishReason::ContentFilter,
            FinishReason::ContentFilter,
        ),
        (
            Some("sensitive"),
            FinishReason::ContentFilter,
            FinishReason::ContentFilter,
        ),
        (Some("error"), FinishReason::Error, FinishReason::Error),
        (
            Some("network_error"),
            FinishReason::Error,
            FinishReason::Error,
        ),
        (Some("STOP"), FinishReason::Other, FinishReason::Other),
        (Some("brand_new"), FinishReason::Other, FinishReason::Other),
        (None, FinishReason::Other, FinishReason::Other),
    ] {
        assert_eq!(
            (finish(raw, false).reason, finish(raw, false).raw.as_deref()),
            (reason, raw)
        );
        assert_eq!(finish(raw, true).reason, with_call, "{raw:?}");
    }
    let empty = read(&answer(json!({"content": "x"}), json!(""))).unwrap();
    assert_eq!(
        (empty.finish.reason, empty.finish.raw),
        (FinishReason::Other, None)
    );
}

#[test]
fn a_call_that_a_limit_cut_off_never_runs() {
    let message = json!({"content": null, "tool_calls": [{"id": "a", "function": {"name": "f", "arguments": "{}"}}]});
    let cut = read(&answer(message.clone(), json!("length"))).unwrap();
    assert_eq!(
        (cut.finish.reason, cut.finished_calls().count()),
        (FinishReason::Length, 0)
    );
    assert!(matches!(&cut.output[..], [Output::ToolCall(call)] if !call.complete));
    assert_eq!(
        read(&answer(message, json!("stop")))
            .unwrap()
            .finished_calls()
            .count(),
        1
    );
}

#[test]
fn what_servers_leave_out_or_twist() {
    let bare = read(&json!({"choices": [{"message": {"content": "x"}}]})).unwrap();
    assert_eq!(
        (bare.text(), bare.finish.reason),
        ("x".to_owned(), FinishReason::Other)
    );
    let empty = read(&answer(json!({"content": ""}), json!("length"))).unwrap();
    assert_eq!(
        (empty.output.len(), empty.finish.reason),
        (0, FinishReason::Length),
        "an empty answer is an answer"
    );
    let listed = read(&answer(
        json!({"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}, {"type": "text", "text": "a"}, {"type": "text", "text": "b"}], "tool_calls": null}),
        json!("stop"),
    ))
    .unwrap();
    assert_eq!(listed.text(), "ab");
    assert!(
        matches!(&listed.output[0], Output::Reasoning(thought) if thought.text == "hm" && thought.issuer == "openai")
    );
    let refusal = read(&answer(
        json!({"content": null, "refusal": "I cannot."}),
        json!("stop"),
    ))
    .unwrap();
    assert!(refusal.refused() && refusal.text().is_empty());
    let second = json!({"choices": [{"index": 1, "message": {"content": "no"}}, {"index": 0, "message": {"content": "yes"}}, {"index": 2, "message": {"content": "no"}}]});
    assert_eq!(
        read(&second).unwrap().text(),
        "yes",
        "choices are never merged"
    );
    let old = read(&answer(
        json!({"function_call": {"name": "f", "arguments": "{}"}}),
        json!("function_call"),
    ))
    .unwrap();
    assert_eq!(
        old.finished_calls().next().map(|call| call.name.as_str()),
        Some("f")
    );
}

#[test]
fn errors_behind_a_good_status() {
    assert_eq!(
        kind(200, r#"{"error":{"message":"Overloaded","code":529}}"#),
        LlmErrorKind::Overloaded
    );
    assert_eq!(
        kind(
            200,
            r#"{"choices":[{"finish_reason":"error","message":{},"error":{"code":429,"message":"slow"}}]}"#
        ),
        LlmErrorKind::RateLimit
    );
    assert_eq!(
        kind(200, r#"{"detail":"Unauthorized"}"#),
        LlmErrorKind::Unavailable
    );
    assert_eq!(kind(200, r#"{"choices":[]}"#), LlmErrorKind::Malformed);
    assert_eq!(kind(200, r#"{"choices":"x"}"#), LlmErrorKind::Malformed);
    assert_eq!(kind(200, ""), LlmErrorKind::Malformed);
    assert_eq!(kind(200, "<html>"), LlmErrorKind::Unavailable);
    assert_eq!(
        kind(
            401,
            r#"{"error":{"code":401,"message":"Invalid API Key","type":"authentication_error"}}"#
        ),
        LlmErrorKind::Auth
    );
}

#[test]
fn the_request_id_is_the_header_or_the_body() {
    let body = answer(json!({"content": "x"}), json!("stop")).to_string();
    let mut headers = HeaderMap::new();
    assert_eq!(
        decode(StatusCode::OK, &headers, body.as_bytes(), "openai")
            .unwrap()
            .request_id
            .as_deref(),
        Some("chatcmpl-1")
    );
    headers.insert("x-request-id", "req_7".parse().unwrap());
    assert_eq!(
        decode(StatusCode::OK, &headers, body.as_bytes(), "openai")
            .unwrap()
            .request_id
            .as_deref(),
        Some("req_7")
    );
}

#[test]
fn what_only_the_head_says() {
    let name = |name: &'static str| Some(HeaderName::from_static(name));
    let reading = Reading {
        request_id: name("x-odd-id"),
        cached_tokens: name("fireworks-cached-prompt-tokens"),
    };
    let mut headers = HeaderMap::new();
    headers.insert("x-odd-id", "odd-1".parse().unwrap());
    headers.insert("fireworks-cached-prompt-tokens", "4".parse().unwrap());
    let told = reading.headers(&headers);
    assert_eq!(failure::request_id(&told).as_deref(), Some("odd-1"));
    let mut counted = Usage::default();
    counted.input = Some(10);
    cached(&mut counted, reading.cached(&headers));
    assert_eq!((counted.input, counted.cache_read), (Some(6), Some(4)));
    // What usage says itself counts.
    cached(&mut counted, Some(5));
    assert_eq!((counted.input, counted.cache_read), (Some(6), Some(4)));
    let usual = Reading::default();
    assert!(matches!(usual.headers(&headers), Cow::Borrowed(_)));
    assert_eq!(usual.cached(&headers), None);
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_panic(body in prop::collection::vec(any::<u8>(), 0..80), status in 200..600_u16) {
        let _ = decode(StatusCode::from_u16(status).unwrap(), &HeaderMap::new(), &body, "openai");
    }

    #[test]
    fn any_text_arrives_unchanged(text in "\\PC{1,40}", arguments in "\\PC{1,20}") {
        let message = json!({"content": text, "tool_calls": [{"id": "a", "function": {"name": "f", "arguments": arguments}}]});
        let read = read(&answer(message, json!("stop"))).unwrap();
        prop_assert_eq!(read.text(), text);
        prop_assert_eq!(&read.finished_calls().next().unwrap().arguments, &arguments);
    }
}
