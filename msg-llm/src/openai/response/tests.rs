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
        (
            Some("insufficient_system_resource"),
            FinishReason::Error,
            FinishReason::Error,
        ),
        (Some("abort"), FinishReason::Error, FinishReason::Error),
        (
            Some("model_context_window_exceeded"),
            FinishReason::Length,
            FinishReason::Length,
        ),
        (
            Some("tool_use"),
            FinishReason::ToolCalls,
            FinishReason::ToolCalls,
        ),
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

/// What gateways and servers send in place of what the protocol has: each is read, none is an error.
#[test]
fn shapes_of_the_wild() {
    let said = |message: Value| {
        let read = read(&answer(message, json!("stop"))).unwrap();
        let mut told = (String::new(), String::new(), String::new(), 0);
        for output in read.output {
            match output {
                Output::Text(text) => told.0.push_str(&text),
                Output::Reasoning(thought) => told.1.push_str(&thought.text),
                Output::Refusal(text) => told.2.push_str(&text),
                _ => told.3 += 1,
            }
        }
        told
    };
    let told = |text: &str, thought: &str, refusal: &str, calls: usize| {
        (
            text.to_owned(),
            thought.to_owned(),
            refusal.to_owned(),
            calls,
        )
    };
    for (message, expected) in [
        (json!(null), told("", "", "", 0)),
        (json!([]), told("", "", "", 0)),
        (json!("x"), told("", "", "", 0)),
        (json!({"content": 42}), told("42", "", "", 0)),
        (
            json!({"content": {"type": "text", "text": "a"}}),
            told("a", "", "", 0),
        ),
        (
            json!({"content": ["a", {"text": "b"}, null]}),
            told("ab", "", "", 0),
        ),
        (
            json!({"content": [{"type": "thinking", "thinking": "t"}, {"type": "text", "text": "a"}, {"type": "reference", "reference_ids": [1]}]}),
            told("a", "t", "", 0),
        ),
        (
            json!({"content": [{"type": "reasoning", "summary": [{"type": "summary_text", "text": "t"}]}, {"type": "text", "text": "a"}]}),
            told("a", "t", "", 0),
        ),
        (
            json!({"content": [{"type": "refusal", "refusal": "no"}]}),
            told("", "", "no", 0),
        ),
        (
            json!({"content": null, "reasoning_content": "t"}),
            told("", "t", "", 0),
        ),
        (
            json!({"content": "a", "reasoning": "t", "reasoning_details": [{"type": "reasoning.text", "text": "t"}]}),
            told("a", "t", "", 0),
        ),
        (
            json!({"content": "a", "reasoning": null, "reasoning_details": [{"type": "reasoning.summary", "summary": "t"}, {"type": "reasoning.encrypted", "data": "x"}]}),
            told("a", "t", "", 0),
        ),
        // Snowflake: empty forms of everything.
        (
            json!({"content": "4", "refusal": "", "tool_calls": null, "function_call": {"name": "", "arguments": ""}, "audio": {"id": ""}}),
            told("4", "", "", 0),
        ),
        (
            json!({"content": "", "tool_calls": [null, {}, "x", {"id": "c", "function": {"name": "f", "arguments": {"a": 1}}}]}),
            told("", "", "", 1),
        ),
        (
            json!({"tool_calls": {"id": "c", "function": {"name": "f"}}, "function_call": ""}),
            told("", "", "", 1),
        ),
    ] {
        assert_eq!(said(message.clone()), expected, "{message}");
    }
}

#[test]
fn counts_in_every_place_and_spelling() {
    let usage = |usage: Value| {
        let mut body = answer(json!({"content": "x"}), json!("stop"));
        body["usage"] = usage;
        let usage = read(&body).unwrap().usage;
        (usage.total_input(), usage.cache_read, usage.total_output())
    };
    for none in [json!(null), json!([]), json!(""), json!(false), json!({})] {
        assert_eq!(usage(none), (None, None, None));
    }
    assert_eq!(
        usage(
            json!({"prompt_tokens": "9", "completion_tokens": 3.0, "cached_tokens": 4, "prompt_tokens_details": []})
        ),
        (Some(9), Some(4), Some(3)),
        "moonshot"
    );
    assert_eq!(
        usage(json!({"input_tokens": 9, "output_tokens": 3})),
        (Some(9), None, Some(3))
    );
    let mut deep = answer(json!({"content": "x"}), json!("stop"));
    deep["usage"] = json!({"prompt_tokens": 33, "completion_tokens": 100, "total_tokens": 133, "reasoning_tokens": 5000, "citation_tokens": 9});
    let deep = read(&deep).unwrap().usage;
    assert_eq!(
        (deep.output, deep.reasoning),
        (Some(100), Some(5000)),
        "perplexity bills it beside"
    );
    let mut body = answer(json!({"content": "x"}), json!("stop"));
    body["choices"][0]["usage"] = json!({"prompt_tokens": 9, "completion_tokens": 3});
    assert_eq!(read(&body).unwrap().usage.input, Some(9), "moonshot");
    body["usage"] = json!({"prompt_tokens": 8});
    assert_eq!(read(&body).unwrap().usage.input, Some(8), "the root counts");
}

#[test]
fn a_mark_before_the_json_and_bytes_that_are_no_text() {
    let body = answer(json!({"content": "x"}), json!("stop")).to_string();
    let marked = format!("\u{feff}{body}");
    let decoded =
        |body: &[u8]| decode(StatusCode::OK, &HeaderMap::new(), body, "openai").map(|a| a.text());
    assert_eq!(decoded(marked.as_bytes()).unwrap(), "x");
    let mut broken = body.clone().into_bytes();
    let at = body.find("\"x\"").unwrap();
    broken[at + 1] = 0xff;
    assert_eq!(decoded(&broken).unwrap(), "\u{fffd}");
    let cut = body.get(..40).unwrap();
    assert_eq!(kind(200, cut), LlmErrorKind::Interrupted);
    assert_eq!(kind(200, "[1]"), LlmErrorKind::Malformed);
}

/// Mistral counts what it heard beside the prompt, OpenAI as a part of it.
#[test]
fn recordings_are_counted_once() {
    for (prompt, total, input) in [(11, 401, 377), (386, 401, 377)] {
        let mut body = answer(json!({"content": "x"}), json!("stop"));
        body["usage"] = json!({"prompt_tokens": prompt, "completion_tokens": 15, "total_tokens": total,
            "prompt_tokens_details": {"audio_tokens": 375, "cached_tokens": 9}});
        let usage = read(&body).unwrap().usage;
        assert_eq!((usage.input, usage.cache_read), (Some(input), Some(9)));
    }
}
