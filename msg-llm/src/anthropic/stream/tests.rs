#![expect(
    clippy::needless_pass_by_value,
    reason = "values written in place with `json!` read best"
)]

use super::super::wire::SCHEME;
use super::*;
use crate::shown::shown;
use msg_core::llm::{Collector, FinishReason, Output, StreamDecoder};
use proptest::prelude::*;
use serde_json::{Value, json};

fn head(headers: &[(&str, &str)]) -> http::response::Parts {
    let mut response = http::Response::builder();
    for (name, value) in headers {
        response = response.header(*name, *value);
    }
    response.body(()).unwrap().into_parts().0
}

/// Events and error of these reads.
fn decode(reads: &[&[u8]]) -> (Vec<StreamEvent>, Option<LlmError>) {
    let mut reading = decoder(&head(&[]), 1 << 20);
    let mut events = Vec::new();
    for read in reads {
        if let Err(error) = reading.push(read, &mut events) {
            return (events, Some(error));
        }
    }
    let error = reading.finish(&mut events).err();
    (events, error)
}

/// These events as the provider writes them.
fn stream(events: &[Value]) -> String {
    let event = |event: &Value| {
        let name = event["type"].as_str().unwrap_or("message");
        format!("event: {name}\ndata: {event}\n\n")
    };
    events.iter().map(event).collect()
}

fn events(pieces: &[Value]) -> Vec<StreamEvent> {
    let (events, error) = decode(&[stream(pieces).as_bytes()]);
    assert!(error.is_none(), "{error:?}");
    events
}

fn collected(events: &[StreamEvent]) -> GenerateResponse {
    let mut collector = Collector::new();
    for event in events {
        collector.add(event, SCHEME);
    }
    collector.into_response()
}

fn start() -> Value {
    json!({"type": "message_start", "message": {"id": "msg_1", "type": "message", "role": "assistant", "model": "m", "content": [],
        "stop_reason": null, "usage": {"input_tokens": 9, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 4, "output_tokens": 1}}})
}

fn begin(index: u64, block: Value) -> Value {
    json!({"type": "content_block_start", "index": index, "content_block": block})
}

fn more(index: u64, kind: &str, field: &str, text: &str) -> Value {
    json!({"type": "content_block_delta", "index": index, "delta": {"type": kind, field: text}})
}

fn stop(index: u64) -> Value {
    json!({"type": "content_block_stop", "index": index})
}

fn end(reason: &str) -> [Value; 2] {
    [
        json!({"type": "message_delta", "delta": {"stop_reason": reason, "stop_sequence": null}, "usage": {"output_tokens": 30, "output_tokens_details": {"thinking_tokens": 10}}}),
        json!({"type": "message_stop"}),
    ]
}

fn text(index: u64, pieces: &[&str]) -> Vec<Value> {
    let mut all = vec![begin(index, json!({"type": "text", "text": ""}))];
    all.extend(
        pieces
            .iter()
            .map(|text| more(index, "text_delta", "text", text)),
    );
    all.push(stop(index));
    all
}

fn call(index: u64, id: &str, input: Value, pieces: &[&str]) -> Vec<Value> {
    let block = json!({"type": "tool_use", "id": id, "name": "f", "input": input});
    let mut all = vec![begin(index, block)];
    all.extend(
        pieces
            .iter()
            .map(|json| more(index, "input_json_delta", "partial_json", json)),
    );
    all.push(stop(index));
    all
}

fn usual() -> Vec<Value> {
    let mut all = vec![start(), json!({"type": "ping"})];
    all.push(begin(
        0,
        json!({"type": "thinking", "thinking": "", "signature": ""}),
    ));
    all.push(more(0, "thinking_delta", "thinking", "Hm"));
    all.push(more(0, "thinking_delta", "thinking", "."));
    all.push(more(0, "signature_delta", "signature", "seal-1"));
    all.push(stop(0));
    all.push(begin(
        1,
        json!({"type": "redacted_thinking", "data": "seal-2"}),
    ));
    all.push(stop(1));
    all.extend(text(2, &["Hel", "lo \"you\"\n"]));
    all.push(begin(
        3,
        json!({"type": "server_tool_use", "id": "s", "name": "web_search", "input": {}}),
    ));
    all.push(more(3, "input_json_delta", "partial_json", "{\"q\":1}"));
    all.push(stop(3));
    all.extend(call(4, "toolu_1", json!({}), &["", "{\"id\"", ":1}"]));
    all.extend(call(5, "toolu_2", json!({}), &[""]));
    all.extend(end("tool_use"));
    all
}

#[test]
fn a_usual_stream() {
    insta::assert_json_snapshot!("usual_stream", shown(&events(&usual())));
}

#[test]
fn blocking_and_streaming_give_the_same() {
    let whole = json!({"id": "msg_1", "model": "m", "stop_reason": "tool_use",
        "usage": {"input_tokens": 9, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 4, "output_tokens": 30, "output_tokens_details": {"thinking_tokens": 10}},
        "content": [
            {"type": "thinking", "thinking": "Hm.", "signature": "seal-1"}, {"type": "redacted_thinking", "data": "seal-2"},
            {"type": "text", "text": "Hello \"you\"\n"}, {"type": "server_tool_use", "id": "s", "name": "web_search", "input": {"q": 1}},
            {"type": "tool_use", "id": "toolu_1", "name": "f", "input": {"id":1}}, {"type": "tool_use", "id": "toolu_2", "name": "f", "input": {}}
        ]})
    .to_string();
    let read = response::decode(StatusCode::OK, &HeaderMap::new(), whole.as_bytes()).unwrap();
    assert!(collected(&events(&usual())) == read);
    let (instead, error) = decode(&[whole.as_bytes()]);
    assert!(
        error.is_none() && collected(&instead) == read,
        "a whole answer instead of a stream"
    );
}

#[test]
fn arguments_that_come_with_the_beginning_count_if_no_others_come() {
    let arguments = |input: Value, pieces: &[&str]| {
        let mut all = vec![start()];
        all.extend(call(0, "a", input, pieces));
        all.extend(end("tool_use"));
        let response = collected(&events(&all));
        let call = response.finished_calls().next().unwrap();
        call.arguments.clone()
    };
    assert_eq!(arguments(json!({"x": 1}), &[]), "{\"x\":1}");
    assert_eq!(arguments(json!({"x": 1}), &["{\"y\":2}"]), "{\"y\":2}");
    assert_eq!(arguments(Value::Null, &[]), "{}");
}

#[test]
fn calls_may_interleave() {
    let (a, b) = (
        call(0, "a", json!({}), &["{\"x\":", "1}"]),
        call(1, "b", json!({}), &["{\"y\":", "2}"]),
    );
    let mut all = vec![start()];
    all.extend(a.into_iter().zip(b).flat_map(|(a, b)| [a, b]));
    all.extend(end("tool_use"));
    let response = collected(&events(&all));
    let calls: Vec<_> = response
        .finished_calls()
        .map(|call| (call.id.as_str(), call.arguments.as_str()))
        .collect();
    assert_eq!(calls, [("a", "{\"x\":1}"), ("b", "{\"y\":2}")]);
}

#[test]
fn the_last_snapshot_of_the_usage_counts() {
    let usage = collected(&events(&usual())).usage;
    assert_eq!(
        (usage.input, usage.cache_read, usage.cache_write),
        (Some(9), Some(4), Some(0))
    );
    assert_eq!((usage.output, usage.reasoning), (Some(20), Some(10)));
}

#[test]
fn a_call_that_a_limit_cut_off_is_not_complete() {
    let mut all = vec![start()];
    all.extend(call(0, "a", json!({}), &["{}"]));
    all.pop();
    all.extend(end("max_tokens"));
    let response = collected(&events(&all));
    assert_eq!(
        (response.finish.reason, response.finished_calls().count()),
        (FinishReason::Length, 0)
    );
}

#[test]
fn a_refusal_is_told_with_its_reason() {
    let mut all = vec![start()];
    all.extend(text(0, &["I "]));
    let [mut delta, stop] = end("refusal");
    delta["delta"]["stop_details"] = json!({"type": "refusal", "explanation": "Not this."});
    all.extend([delta, stop]);
    let response = collected(&events(&all));
    assert_eq!(response.finish.reason, FinishReason::ContentFilter);
    assert_eq!(
        response.output.last(),
        Some(&Output::Refusal("Not this.".into()))
    );
}

#[test]
fn the_end_may_lack_its_mark_but_not_its_reason() {
    let mut all = vec![start()];
    all.extend(text(0, &["Hi"]));
    let (_, broken) = decode(&[stream(&all).as_bytes()]);
    assert_eq!(broken.unwrap().kind, LlmErrorKind::Interrupted);
    all.extend(end("end_turn"));
    let whole = stream(&all);
    // The last event lacks its blank line, so it is none.
    let (seen, error) = decode(&[whole.trim_end().as_bytes()]);
    assert!(error.is_none());
    assert_eq!(collected(&seen).finish.reason, FinishReason::Stop);
    let (seen, error) = decode(&[
        whole.as_bytes(),
        b"event: ping\ndata: {\"type\":\"ping\"}\n\ndata: {broken\n\n",
    ]);
    assert!(error.is_none(), "nothing counts behind the end");
    assert_eq!(collected(&seen).text(), "Hi");
}

#[test]
fn errors_inside_a_good_stream() {
    let error = |frame: &str| {
        decode(&[stream(&[start()]).as_bytes(), frame.as_bytes()])
            .1
            .unwrap()
    };
    let frame = |kind: &str| {
        format!(
            "event: error\ndata: {}\n\n",
            json!({"type": "error", "error": {"type": kind, "message": "secret words"}, "request_id": "req_1"})
        )
    };
    let overloaded = error(&frame("overloaded_error"));
    assert_eq!(
        (overloaded.kind, overloaded.retryable),
        (LlmErrorKind::Overloaded, true)
    );
    assert_eq!(overloaded.request_id.as_deref(), Some("req_1"));
    assert_eq!(
        error(&frame("rate_limit_error")).kind,
        LlmErrorKind::RateLimit
    );
    assert_eq!(error(&frame("api_error")).kind, LlmErrorKind::Unavailable);
    assert_eq!(
        error(&frame("telepathy_error")).kind,
        LlmErrorKind::Unavailable
    );
    assert_eq!(
        error("event: error\ndata: {}\n\n").kind,
        LlmErrorKind::Unavailable
    );
    assert_eq!(error("data: {\"type\":\n\n").kind, LlmErrorKind::Malformed);
    assert!(!format!("{:?}", error(&frame("api_error"))).contains("secret"));
    let first = decode(&[frame("overloaded_error").as_bytes()]).1.unwrap();
    assert_eq!(first.kind, LlmErrorKind::Overloaded);
    assert_eq!(
        decode(&[b"<html>busy</html>"]).1.unwrap().kind,
        LlmErrorKind::Unavailable
    );
    assert_eq!(decode(&[b""]).1.unwrap().kind, LlmErrorKind::Interrupted);
    assert_eq!(
        decode(&[stream(&[json!({"type": "message_stop"})]).as_bytes()])
            .1
            .unwrap()
            .kind,
        LlmErrorKind::Malformed
    );
}

#[test]
fn a_server_cannot_make_it_grow_without_bound() {
    let many: Vec<Value> = (0..2000)
        .map(|at| begin(at, json!({"type": "text"})))
        .collect();
    assert_eq!(
        decode(&[stream(&many).as_bytes()]).1.unwrap().kind,
        LlmErrorKind::Malformed
    );
    let mut reading = decoder(&head(&[("request-id", "req_1")]), 64);
    let large = reading.push(&[b'a'; 100], &mut Vec::new()).unwrap_err();
    assert_eq!(
        (large.kind, large.request_id.as_deref()),
        (LlmErrorKind::Malformed, Some("req_1"))
    );
}

fn any_piece() -> impl Strategy<Value = Value> {
    let kind = prop::sample::select(vec![
        "text_delta",
        "thinking_delta",
        "signature_delta",
        "input_json_delta",
        "compaction_delta",
    ]);
    let block = prop::sample::select(vec![
        "text",
        "thinking",
        "redacted_thinking",
        "tool_use",
        "hologram",
    ]);
    prop_oneof![
        (0_u64..3, block, "[a-zé\u{1f600}]{0,3}").prop_map(|(at, kind, text)| begin(at, json!({"type": kind, "text": text, "data": text, "signature": text}))),
        (0_u64..3, kind, "[a-z\"é\u{1f600}\n]{0,4}").prop_map(|(at, kind, text)| json!({"type": "content_block_delta", "index": at,
            "delta": {"type": kind, "text": text, "thinking": text, "signature": text, "partial_json": text}})),
        (0_u64..3).prop_map(stop),
        Just(json!({"type": "ping"})),
        Just(json!({"type": "error", "error": {"type": "overloaded_error"}})),
        Just(end("end_turn")[0].clone()),
        Just(start()),
    ]
}

proptest! {
    #[test]
    fn every_cut_gives_the_same(pieces in prop::collection::vec(any_piece(), 0..12), done in any::<bool>(), crlf in any::<bool>(), cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..5)) {
        let mut text = stream(&pieces);
        if done {
            text.push_str(&stream(&end("tool_use")));
        }
        if crlf {
            text = text.replace('\n', "\r\n");
        }
        let text = text.into_bytes();
        let show = |(events, error): (Vec<StreamEvent>, Option<LlmError>)| (events, error.map(|error| format!("{error:?}")));
        let whole = show(decode(&[&text]));
        let single: Vec<&[u8]> = text.chunks(1).collect();
        prop_assert_eq!(&show(decode(&single)), &whole);
        let mut at: Vec<usize> = cuts.iter().map(|cut| cut.index(text.len() + 1)).collect();
        at.extend([0, text.len()]);
        at.sort_unstable();
        let reads: Vec<&[u8]> = at.windows(2).map(|pair| &text[pair[0]..pair[1]]).collect();
        prop_assert_eq!(&show(decode(&reads)), &whole);
    }

    #[test]
    fn any_bytes_are_read_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..80), prefix in "(data: )?[{\"a]?") {
        let _ = decode(&[prefix.as_bytes(), &bytes, b"\n\n"]);
    }
}
