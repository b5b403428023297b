#![expect(
    clippy::needless_pass_by_value,
    reason = "values written in place with `json!` read best"
)]

use super::*;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::time::Duration;

fn read(body: &Value) -> Result<GenerateResponse, LlmError> {
    decode(
        StatusCode::OK,
        &HeaderMap::new(),
        body.to_string().as_bytes(),
    )
}

fn answer(content: Value, stop_reason: &str) -> Value {
    json!({"output": {"message": {"role": "assistant", "content": content}}, "stopReason": stop_reason, "metrics": {"latencyMs": 1}})
}

#[test]
fn a_whole_answer_with_everything() {
    let mut body = answer(
        json!([
            {"reasoningContent": {"reasoningText": {"text": "Look it up.", "signature": "seal-1"}}},
            {"reasoningContent": {"redactedContent": "c2VhbA=="}},
            {"reasoningContent": {"reasoningText": {"text": ""}}},
            {"text": "One \"moment\".\n"},
            {"citationsContent": {"content": [{"text": "Really."}], "citations": []}},
            {"hologram": {"text": "not for us"}},
            {"toolUse": {"toolUseId": "s", "name": "nova_grounding", "input": {}, "type": "server_tool_use"}},
            {"toolUse": {"toolUseId": "tooluse_1", "name": "find", "input": {"id": 1}}},
            {"toolUse": {"toolUseId": "tooluse_2", "name": "list"}}
        ]),
        "tool_use",
    );
    body["usage"] = json!({"inputTokens": 20, "outputTokens": 30, "totalTokens": 124, "cacheReadInputTokens": 64, "cacheWriteInputTokens": 10});
    insta::assert_json_snapshot!("whole_answer", read(&body).unwrap());
}

#[test]
fn not_reported_is_not_zero() {
    assert_eq!(
        read(&answer(json!([]), "end_turn")).unwrap().usage,
        Usage::default()
    );
    let mut body = answer(json!([]), "end_turn");
    body["usage"] = json!({"inputTokens": 5, "outputTokens": 0, "cacheReadInputTokens": null});
    let usage = read(&body).unwrap().usage;
    assert_eq!(
        (usage.input, usage.output, usage.cache_read),
        (Some(5), Some(0), None)
    );
}

/// Every reason of the model; unknown is never stop.
#[test]
fn finish_reasons() {
    use FinishReason::{ContentFilter, Error, Length, Other, Stop, ToolCalls};
    for (raw, reason, with_call) in [
        (Some("end_turn"), Stop, ToolCalls),
        (Some("stop_sequence"), Stop, ToolCalls),
        (Some("tool_use"), ToolCalls, ToolCalls),
        (Some("max_tokens"), Length, Length),
        (Some("model_context_window_exceeded"), Length, Length),
        (Some("guardrail_intervened"), ContentFilter, ContentFilter),
        (Some("content_filtered"), ContentFilter, ContentFilter),
        (Some("malformed_model_output"), Error, Error),
        (Some("malformed_tool_use"), Error, Error),
        (Some("telepathy"), Other, Other),
        (None, Other, Other),
    ] {
        assert_eq!(finish(raw, false).reason, reason, "{raw:?}");
        assert_eq!(finish(raw, true).reason, with_call, "{raw:?}");
    }
    let call = json!([{"toolUse": {"toolUseId": "a", "name": "f", "input": {}}}]);
    let cut = read(&answer(call, "malformed_tool_use")).unwrap();
    assert_eq!((cut.output.len(), cut.finished_calls().count()), (1, 0));
}

/// Status, name, message and kind. What is in doubt is not tried again.
const EXCEPTIONS: [(u16, &str, &str, LlmErrorKind); 15] = {
    use LlmErrorKind as Kind;
    const READY: &str = "ModelNotReadyException:http://internal.amazon.com/";
    const LONG: &str = "Input is too long for requested model.";
    const KEY: &str = "Authentication failed: Please make sure your API Key is valid.";
    [
        (429, "ThrottlingException", "slow", Kind::RateLimit),
        (429, READY, "wait", Kind::Overloaded),
        (503, "ServiceUnavailableException", "x", Kind::Overloaded),
        (500, "InternalServerException", "x", Kind::Unavailable),
        (424, "ModelErrorException", "x", Kind::Unavailable),
        (408, "ModelTimeoutException", "x", Kind::Timeout),
        (400, "ServiceQuotaExceededException", "x", Kind::Quota),
        (400, "a#ValidationException", "x", Kind::InvalidRequest),
        (400, "ValidationException", LONG, Kind::ContextLength),
        (403, "AccessDeniedException", "x", Kind::Permission),
        (403, "AccessDeniedException", KEY, Kind::Auth),
        (403, "ExpiredTokenException", "x", Kind::Auth),
        (404, "ResourceNotFoundException", "x", Kind::NotFound),
        (403, "TelepathyException", "x", Kind::Permission),
        (503, "TelepathyException", "x", Kind::Overloaded),
    ]
};

#[test]
fn exceptions() {
    for (status, name, message, kind) in EXCEPTIONS {
        let status = StatusCode::from_u16(status).unwrap();
        let mut headers = HeaderMap::new();
        headers.insert("x-amzn-requestid", "req-1".parse().unwrap());
        headers.insert("retry-after", "7".parse().unwrap());
        let read = |headers: &HeaderMap, body: Value| {
            decode(status, headers, body.to_string().as_bytes()).unwrap_err()
        };
        let message = format!("{message} canary");
        let by_body = read(&headers, json!({"message": message, "__type": name}));
        headers.insert("x-amzn-errortype", name.parse().unwrap());
        let by_header = read(
            &headers,
            json!({"message": message, "__type": "OtherException"}),
        );
        let retryable = LlmError::new(kind.clone(), "").retryable;
        for error in [by_body, by_header] {
            assert_eq!((&error.kind, error.retryable), (&kind, retryable), "{name}");
            assert_eq!(error.request_id.as_deref(), Some("req-1"));
            let wait = retryable.then_some(Duration::from_secs(7));
            assert_eq!(error.retry_after, wait, "{name}");
            assert!(!format!("{error:?} {error}").contains("canary"));
        }
    }
}

#[test]
fn good_answers_that_are_none() {
    let kind = |body: Value| read(&body).unwrap_err().kind;
    assert_eq!(kind(json!({"message": "x"})), LlmErrorKind::Unavailable);
    assert_eq!(kind(json!({"output": {}})), LlmErrorKind::Malformed);
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..80), status in 100_u16..600) {
        let _ = decode(StatusCode::from_u16(status).unwrap(), &HeaderMap::new(), &bytes);
    }
}
