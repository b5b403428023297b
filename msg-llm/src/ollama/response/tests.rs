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

fn kind(status: u16, body: &str) -> LlmErrorKind {
    let status = StatusCode::from_u16(status).unwrap();
    let error = decode(status, &HeaderMap::new(), body.as_bytes());
    error.unwrap_err().kind
}

fn answer(message: Value, reason: Value) -> Value {
    json!({"model": "qwen3:4b", "created_at": "2026-01-01T00:00:00Z", "message": message, "done": true, "done_reason": reason})
}

#[test]
fn a_whole_answer_with_everything() {
    let mut body = answer(
        json!({"role": "assistant", "content": "One \"moment\".\n", "thinking": "Look it up.",
               "tool_calls": [{"id": "call_1", "function": {"index": 0, "name": "find", "arguments": {"id": 1, "b": "x y"}}},
                              {"function": {"name": "find", "arguments": "{\"id\":2}"}}, {"function": {"name": "ping"}}]}),
        json!("stop"),
    );
    body["prompt_eval_count"] = json!(100);
    body["eval_count"] = json!(30);
    insta::assert_json_snapshot!("whole_answer", read(&body).unwrap());
}

#[test]
fn finish_reasons() {
    use FinishReason as Reason;
    for (raw, reason, with_call) in [
        (Some("stop"), Reason::Stop, Reason::ToolCalls),
        (Some("length"), Reason::Length, Reason::Length),
        (Some("load"), Reason::Other, Reason::Other),
        (Some("brand_new"), Reason::Other, Reason::Other),
        (None, Reason::Other, Reason::Other),
    ] {
        let told = finish(raw, false);
        assert_eq!((told.reason, told.raw.as_deref()), (reason, raw));
        assert_eq!(finish(raw, true).reason, with_call, "{raw:?}");
    }
}

#[test]
fn not_reported_is_not_zero() {
    let plain = read(&answer(json!({"content": "x"}), json!("stop"))).unwrap();
    assert_eq!(plain.usage, Usage::default());
    let mut zero = answer(json!({"content": "x"}), json!("stop"));
    zero["prompt_eval_count"] = json!(0);
    let usage = read(&zero).unwrap().usage;
    assert_eq!(
        (usage.input, usage.output, usage.reasoning),
        (Some(0), None, None)
    );
}

#[test]
fn a_call_that_a_limit_cut_off_never_runs() {
    let message =
        json!({"content": "", "tool_calls": [{"function": {"name": "f", "arguments": {}}}]});
    let cut = read(&answer(message.clone(), json!("length"))).unwrap();
    assert_eq!(cut.finished_calls().count(), 0);
    let whole = read(&answer(message, json!("stop"))).unwrap();
    assert_eq!(whole.finish.reason, FinishReason::ToolCalls);
    assert_eq!(whole.finished_calls().next().unwrap().arguments, "{}");
}

#[test]
fn what_servers_leave_out() {
    let open = read(&json!({"message": {"content": "x"}})).unwrap();
    assert_eq!(
        (open.text().as_str(), open.finish),
        ("x", Finish::default())
    );
    let empty = read(&answer(json!({"content": ""}), json!("length"))).unwrap();
    assert_eq!(
        (empty.output.len(), empty.finish.reason),
        (0, FinishReason::Length)
    );
    let nothing = answer(Value::Null, Value::Null);
    assert_eq!(read(&nothing).unwrap().finish, Finish::default());
}

#[test]
fn errors() {
    assert_eq!(
        kind(404, r#"{"error":"model 'x' not found"}"#),
        LlmErrorKind::NotFound
    );
    assert_eq!(kind(401, r#"{"error":"unauthorized"}"#), LlmErrorKind::Auth);
    assert_eq!(
        kind(503, r#"{"error":"server busy"}"#),
        LlmErrorKind::Overloaded
    );
    assert_eq!(
        kind(200, r#"{"error":"an error was encountered"}"#),
        LlmErrorKind::Unavailable
    );
    assert_eq!(kind(502, "<html>"), LlmErrorKind::Unavailable);
    assert_eq!(kind(200, "<html>"), LlmErrorKind::Unavailable);
    for body in ["", "{}", "[]", r#"{"message":1}"#, r#"{"message":null}"#] {
        assert_eq!(kind(200, body), LlmErrorKind::Malformed, "{body}");
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_panic(body in prop::collection::vec(any::<u8>(), 0..80), status in 200..600_u16) {
        let _ = decode(StatusCode::from_u16(status).unwrap(), &HeaderMap::new(), &body);
    }

    #[test]
    fn any_text_arrives_unchanged(text in "\\PC{1,40}", value in "\\PC{1,20}") {
        let call = json!({"function": {"name": "f", "arguments": {"v": value}}});
        let read = read(&answer(json!({"content": text, "tool_calls": [call]}), json!("stop"))).unwrap();
        prop_assert_eq!(read.text(), text);
        let arguments: Value = serde_json::from_str(&read.finished_calls().next().unwrap().arguments).unwrap();
        prop_assert_eq!(arguments["v"].as_str(), Some(&*value));
    }
}
