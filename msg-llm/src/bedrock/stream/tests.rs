#![expect(
    clippy::needless_pass_by_value,
    reason = "values written in place with `json!` read best"
)]

use super::super::wire::SCHEME;
use super::*;
use crate::eventstream::message;
use crate::shown::shown;
use msg_core::llm::{Collector, FinishReason, GenerateResponse};
use proptest::prelude::*;
use serde_json::{Value, json};

fn decode(reads: &[&[u8]]) -> (Vec<StreamEvent>, Option<LlmError>) {
    let (head, ()) = http::Response::builder()
        .header("x-amzn-requestid", "req-1")
        .body(())
        .unwrap()
        .into_parts();
    let mut reading = decoder(&head, 1 << 16);
    let mut events = Vec::new();
    for read in reads {
        if let Err(error) = reading.push(read, &mut events) {
            return (events, Some(error));
        }
    }
    let error = reading.finish(&mut events).err();
    (events, error)
}

fn frame(name: &str, payload: &Value) -> Vec<u8> {
    let headers = [
        (":event-type", name),
        (":content-type", "application/json"),
        (":message-type", "event"),
    ];
    message(&headers, payload.to_string().as_bytes())
}

fn exception(name: &str, text: &str) -> Vec<u8> {
    let headers = [(":exception-type", name), (":message-type", "exception")];
    message(&headers, json!({ "message": text }).to_string().as_bytes())
}

fn stream(frames: &[(&str, Value)]) -> Vec<u8> {
    frames
        .iter()
        .flat_map(|(name, payload)| frame(name, payload))
        .collect()
}

fn collected(events: &[StreamEvent]) -> GenerateResponse {
    let mut collector = Collector::new();
    for event in events {
        collector.add(event, SCHEME);
    }
    collector.into_response()
}

fn delta(index: u64, delta: Value) -> (&'static str, Value) {
    (
        "contentBlockDelta",
        json!({"contentBlockIndex": index, "delta": delta, "p": "abcd"}),
    )
}

fn begin(index: u64, call: Value) -> (&'static str, Value) {
    (
        "contentBlockStart",
        json!({"contentBlockIndex": index, "start": {"toolUse": call}}),
    )
}

fn stop(index: u64) -> (&'static str, Value) {
    ("contentBlockStop", json!({"contentBlockIndex": index}))
}

fn end(reason: &str) -> [(&'static str, Value); 2] {
    [
        ("messageStop", json!({"stopReason": reason})),
        (
            "metadata",
            json!({"usage": {"inputTokens": 9, "outputTokens": 3, "cacheReadInputTokens": 4, "totalTokens": 16}, "metrics": {"latencyMs": 1}}),
        ),
    ]
}

fn usual() -> Vec<(&'static str, Value)> {
    let thought = |field: &str, text: &str| json!({"reasoningContent": {field: text}});
    let mut all = vec![
        ("initial-response", json!("whatever it says")),
        ("messageStart", json!({"role": "assistant"})),
        delta(0, thought("text", "Hm")),
        delta(0, thought("text", ".")),
        delta(0, thought("signature", "seal")),
        delta(0, thought("signature", "-1")),
        stop(0),
        delta(1, thought("redactedContent", "c2VhbA==")),
        delta(1, thought("redactedContent", "LTI=")),
        stop(1),
        delta(2, json!({"text": "Hel"})),
        delta(2, json!({"text": "lo \"you\" \u{1f600}"})),
        stop(2),
        begin(
            3,
            json!({"toolUseId": "s", "name": "nova_grounding", "type": "server_tool_use"}),
        ),
        delta(3, json!({"toolUse": {"input": "{\"q\":1}"}})),
        stop(3),
        begin(4, json!({"toolUseId": "a", "name": "f"})),
        delta(4, json!({"toolUse": {"input": "{\"id\""}})),
        delta(4, json!({"toolUse": {"input": ":1}"}})),
        stop(4),
        begin(5, json!({"toolUseId": "b", "name": "g"})),
        stop(5),
    ];
    all.extend(end("tool_use"));
    all
}

#[test]
fn a_usual_stream() {
    let (events, error) = decode(&[&stream(&usual())]);
    assert!(error.is_none(), "{error:?}");
    insta::assert_json_snapshot!("usual_stream", shown(&events));
}

#[test]
fn blocking_and_streaming_give_the_same() {
    let whole = json!({"stopReason": "tool_use", "usage": {"inputTokens": 9, "outputTokens": 3, "cacheReadInputTokens": 4},
        "output": {"message": {"content": [
            {"reasoningContent": {"reasoningText": {"text": "Hm.", "signature": "seal-1"}}}, {"reasoningContent": {"redactedContent": "c2VhbC0y"}},
            {"text": "Hello \"you\" \u{1f600}"}, {"toolUse": {"toolUseId": "a", "name": "f", "input": {"id":1}}}, {"toolUse": {"toolUseId": "b", "name": "g", "input": {}}}
        ]}}})
    .to_string();
    let mut headers = HeaderMap::new();
    headers.insert("x-amzn-requestid", "req-1".parse().unwrap());
    let read = response::decode(StatusCode::OK, &headers, whole.as_bytes()).unwrap();
    assert!(collected(&decode(&[&stream(&usual())]).0) == read);
    // A gateway that sends the whole answer although a stream was asked for.
    let (events, error) = decode(&[b"", b"\n", whole.as_bytes()]);
    assert!(error.is_none());
    assert!(collected(&events) == read);
    assert_eq!(
        decode(&[b"<html>"]).1.unwrap().kind,
        LlmErrorKind::Unavailable
    );
}

#[test]
fn exceptions_inside_a_good_stream() {
    let begun = stream(&[delta(0, json!({"text": "Hi"}))]);
    let fail = |frame: Vec<u8>| decode(&[&begun, &frame]).1.unwrap();
    let throttled = fail(exception("throttlingException", "canary"));
    assert_eq!(
        (
            &throttled.kind,
            throttled.retryable,
            throttled.code.as_deref(),
            throttled.request_id.as_deref()
        ),
        (
            &LlmErrorKind::RateLimit,
            true,
            Some("ThrottlingException"),
            Some("req-1")
        )
    );
    assert!(!format!("{throttled:?} {throttled}").contains("canary"));
    let kind = |name: &str, text: &str| fail(exception(name, text)).kind;
    assert_eq!(
        kind("modelStreamErrorException", "x"),
        LlmErrorKind::Unavailable
    );
    assert_eq!(
        kind("validationException", "x"),
        LlmErrorKind::InvalidRequest
    );
    assert_eq!(
        kind("validationException", "Input is too long"),
        LlmErrorKind::ContextLength
    );
    assert_eq!(kind("telepathyException", "x"), LlmErrorKind::Unavailable);
    let unmodelled = [
        (":message-type", "error"),
        (":error-code", "InternalServerException"),
    ];
    assert_eq!(
        fail(message(&unmodelled, b"")).kind,
        LlmErrorKind::Unavailable
    );
    let mut broken = frame("messageStop", &json!({}));
    broken[20] ^= 1;
    assert_eq!(fail(broken).kind, LlmErrorKind::Malformed);
    assert_eq!(
        fail(frame("messageStop", &json!(7))).kind,
        LlmErrorKind::Malformed
    );
}

#[test]
fn the_end_may_lack_the_usage_but_not_its_reason() {
    let hello = [delta(0, json!({"text": "Hi"}))];
    assert_eq!(
        decode(&[&stream(&hello)]).1.unwrap().kind,
        LlmErrorKind::Interrupted
    );
    assert_eq!(decode(&[]).1.unwrap().kind, LlmErrorKind::Interrupted);
    let [stop, usage] = end("max_tokens");
    let mut all = hello.to_vec();
    all.push(stop);
    let (events, error) = decode(&[&stream(&all)]);
    assert!(error.is_none());
    assert_eq!(collected(&events).finish.reason, FinishReason::Length);
    all.push(usage);
    let (events, error) = decode(&[&stream(&all), b"nothing counts behind the end"]);
    assert!(error.is_none());
    assert_eq!(collected(&events).usage.total_input(), Some(13));
}

#[test]
fn a_server_cannot_make_it_grow_without_bound() {
    let many: Vec<_> = (0..2000)
        .map(|at| begin(at, json!({"name": "f"})))
        .collect();
    assert_eq!(
        decode(&[&stream(&many)]).1.unwrap().kind,
        LlmErrorKind::Malformed
    );
    let large = frame("contentBlockDelta", &json!({"p": "x".repeat(1 << 17)}));
    assert_eq!(decode(&[&large]).1.unwrap().kind, LlmErrorKind::Malformed);
    let page = vec![b' '; (1 << 16) + 1];
    assert!(decode(&[&page]).1.unwrap().detail.contains("too large"));
}

fn any_frame() -> impl Strategy<Value = Vec<u8>> {
    let field = prop::sample::select(vec!["text", "signature", "redactedContent"]);
    prop_oneof![
        (0_u64..3, "[a-zé\u{1f600}]{0,4}")
            .prop_map(|(at, text)| stream(&[delta(at, json!({"text": text}))])),
        (0_u64..3, field, "[a-z=]{0,4}").prop_map(|(at, field, text)| stream(&[delta(
            at,
            json!({"reasoningContent": {field: text}})
        )])),
        (0_u64..3, "[{}a-z]{0,3}")
            .prop_map(|(at, text)| stream(&[delta(at, json!({"toolUse": {"input": text}}))])),
        (0_u64..3).prop_map(|at| stream(&[begin(at, json!({"toolUseId": "a", "name": "f"}))])),
        (0_u64..3).prop_map(|at| stream(&[stop(at)])),
        Just(stream(&end("end_turn"))),
        Just(exception("throttlingException", "x")),
        prop::collection::vec(any::<u8>(), 0..20),
    ]
}

proptest! {
    #[test]
    fn every_cut_gives_the_same(frames in prop::collection::vec(any_frame(), 0..10), cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..5)) {
        let bytes = frames.concat();
        let show = |(events, error): (Vec<StreamEvent>, Option<LlmError>)| (events, error.map(|error| format!("{error:?}")));
        let whole = show(decode(&[&bytes]));
        let single: Vec<&[u8]> = bytes.chunks(1).collect();
        prop_assert!(show(decode(&single)) == whole);
        let mut at: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
        at.extend([0, bytes.len()]);
        at.sort_unstable();
        let reads: Vec<&[u8]> = at.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect();
        prop_assert!(show(decode(&reads)) == whole);
    }
}
