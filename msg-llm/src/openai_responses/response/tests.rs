use super::*;
use serde_json::{Value, json};

fn read_answer(body: &Value) -> Result<GenerateResponse, LlmError> {
    decode(
        StatusCode::OK,
        &HeaderMap::new(),
        body.to_string().as_bytes(),
        "openai-responses",
    )
}

fn message(parts: &Value) -> Value {
    json!({"type": "message", "id": "msg_1", "role": "assistant", "status": "completed", "content": parts})
}

fn text(text: &str) -> Value {
    json!({"type": "output_text", "text": text, "annotations": []})
}

fn call() -> Value {
    json!({"type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "find", "arguments": "{\"id\":1}", "status": "completed"})
}

fn ended(status: &str, why: Option<&str>, output: &Value) -> (FinishReason, Option<String>, usize) {
    let details = why.map(|reason| json!({ "reason": reason }));
    let response = read_answer(
        &json!({"status": status, "incomplete_details": details, "output": output, "error": null}),
    )
    .unwrap();
    let runnable = response.finished_calls().count();
    (response.finish.reason, response.finish.raw, runnable)
}

#[test]
fn a_whole_answer() {
    let thought = json!({"type": "reasoning", "id": "rs_1", "encrypted_content": "sealed", "content": [],
        "summary": [{"type": "summary_text", "text": "First."}, {"type": "summary_text", "text": " Then."}]});
    let body = json!({
        "id": "resp_1", "object": "response", "model": "gpt-5-mini-2025", "status": "completed", "error": null,
        "incomplete_details": null, "reasoning": {"effort": "low", "summary": null},
        "output": [thought, {"type": "web_search_call", "id": "ws_1", "action": {"type": "search"}, "content": 7},
            message(&json!([text("Hel"), text("lo")])), call()],
        "usage": {"input_tokens": 10, "input_tokens_details": {"cached_tokens": 4, "cache_write_tokens": 1},
            "output_tokens": 9, "output_tokens_details": {"reasoning_tokens": 5}, "total_tokens": 19},
    });
    insta::assert_json_snapshot!("whole_answer", read_answer(&body).unwrap());
}

#[test]
fn ends() {
    let said = json!([message(&json!([text("x")]))]);
    let called = json!([call()]);
    let end = |reason, raw: &str, calls| (reason, Some(raw.to_owned()), calls);
    assert_eq!(
        ended("completed", None, &said),
        end(FinishReason::Stop, "completed", 0)
    );
    assert_eq!(
        ended("completed", None, &called),
        end(FinishReason::ToolCalls, "completed", 1)
    );
    let cut = |why| ended("incomplete", Some(why), &called);
    assert_eq!(
        cut("max_output_tokens"),
        end(FinishReason::Length, "max_output_tokens", 0)
    );
    assert_eq!(
        cut("content_filter"),
        end(FinishReason::ContentFilter, "content_filter", 0)
    );
    assert_eq!(cut("steered"), end(FinishReason::Other, "steered", 1));
    assert_eq!(
        ended("incomplete", None, &said),
        end(FinishReason::Other, "incomplete", 0)
    );
    for status in ["cancelled", "queued", "telepathy"] {
        assert_eq!(
            ended(status, None, &said),
            end(FinishReason::Other, status, 0)
        );
    }
    let none = read_answer(&json!({ "output": said })).unwrap();
    assert_eq!(
        (none.finish.reason, none.finish.raw),
        (FinishReason::Other, None)
    );
}

#[test]
fn a_refusal_is_a_part() {
    let body = json!({"status": "completed", "output": [message(&json!([{"type": "refusal", "refusal": "No."}]))]});
    let response = read_answer(&body).unwrap();
    assert!(response.refused() && response.text().is_empty());
}

#[test]
fn forms_of_other_servers() {
    // mistral.rs tells the thoughts beside the items, xAI and OpenRouter the cost, models with open weights the thought.
    let body = json!({"status": "completed", "reasoning": "Hm.", "output": [message(&json!("plain"))],
        "usage": {"input_tokens": 3, "cost_in_usd_ticks": 8_143_500}});
    let response = read_answer(&body).unwrap();
    assert_eq!(
        (response.text().as_str(), response.cost_micros),
        ("plain", Some(814))
    );
    assert_eq!(
        (response.usage.input, response.usage.output),
        (Some(3), None)
    );
    assert!(
        matches!(response.output.first(), Some(Output::Reasoning(thought)) if thought.text == "Hm.")
    );
    let open = json!({"status": "completed", "usage": {"cost": 0.000_040_5},
        "output": [{"type": "reasoning", "content": [{"type": "reasoning_text", "text": "So."}], "summary": []}, message(&json!([]))]});
    let response = read_answer(&open).unwrap();
    assert_eq!(response.cost_micros, Some(41));
    assert!(
        matches!(response.output.first(), Some(Output::Reasoning(thought)) if thought.text == "So." && thought.signature.is_none())
    );
}

#[test]
fn failures() {
    let failed = |error: &Value| {
        let body = json!({"id": "resp_1", "status": "failed", "output": [], "error": error});
        read_answer(&body).unwrap_err()
    };
    let kind = |code: &str| failed(&json!({"code": code, "message": "secret text"})).kind;
    assert_eq!(kind("server_error"), LlmErrorKind::Unavailable);
    assert_eq!(kind("rate_limit_exceeded"), LlmErrorKind::RateLimit);
    assert_eq!(kind("invalid_prompt"), LlmErrorKind::InvalidRequest);
    assert_eq!(kind("image_too_large"), LlmErrorKind::InvalidRequest);
    assert_eq!(
        kind("image_content_policy_violation"),
        LlmErrorKind::ContentFilter
    );
    assert_eq!(failed(&Value::Null).kind, LlmErrorKind::Unavailable);
    let xai = json!({"code": "Client specified an invalid argument", "error": "Incorrect API key"});
    assert_eq!(
        read_answer(&xai).unwrap_err().kind,
        LlmErrorKind::Unavailable
    );
    assert_eq!(
        read_answer(&json!({})).unwrap_err().kind,
        LlmErrorKind::Malformed
    );
    assert_eq!(
        read_answer(&json!([])).unwrap_err().kind,
        LlmErrorKind::Malformed
    );
    let page = decode(StatusCode::OK, &HeaderMap::new(), b"<html>busy</html>", "");
    assert_eq!(page.unwrap_err().kind, LlmErrorKind::Unavailable);
    let limited = decode(StatusCode::TOO_MANY_REQUESTS, &HeaderMap::new(), b"{}", "");
    assert_eq!(limited.unwrap_err().kind, LlmErrorKind::RateLimit);
}
