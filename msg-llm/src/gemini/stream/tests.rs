#![expect(
    clippy::needless_pass_by_value,
    reason = "values written in place with `json!` read best"
)]

use super::super::wire::SCHEME;
use super::*;
use crate::shown::shown;
use msg_core::llm::{Collector, Finish, StreamDecoder};
use proptest::prelude::*;
use serde_json::{Value, json};

/// Events and error of these reads.
fn decode(reads: &[&[u8]]) -> (Vec<StreamEvent>, Option<LlmError>) {
    let head = http::Response::new(()).into_parts().0;
    let mut decoder = decoder(&head, 1 << 20);
    let mut events = Vec::new();
    for read in reads {
        if let Err(error) = decoder.push(read, &mut events) {
            return (events, Some(error));
        }
    }
    let error = decoder.finish(&mut events).err();
    (events, error)
}

/// These pieces as the events that Gemini sends, ended by CRLF.
fn stream(pieces: &[Value]) -> String {
    let lines = pieces.iter().flat_map(|piece| {
        [
            "data: ".to_owned(),
            piece.to_string(),
            "\r\n\r\n".to_owned(),
        ]
    });
    lines.collect()
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

fn piece(parts: Value, reason: Option<&str>) -> Value {
    let candidate =
        json!({"content": {"parts": parts, "role": "model"}, "finishReason": reason, "index": 0});
    json!({"candidates": [candidate], "modelVersion": "m", "responseId": "r1",
           "usageMetadata": {"promptTokenCount": 9, "candidatesTokenCount": 3}})
}

fn text(text: &str, reason: Option<&str>) -> Value {
    piece(json!([{ "text": text }]), reason)
}

fn failure(pieces: &[Value]) -> LlmError {
    decode(&[stream(pieces).as_bytes()]).1.unwrap()
}

#[test]
fn a_usual_stream() {
    let call =
        json!([{"functionCall": {"name": "f", "args": {"a": "ü"}}, "thoughtSignature": "s"}]);
    let mut last = piece(
        json!([{"functionCall": {"name": "g", "args": {}}}]),
        Some("STOP"),
    );
    last["usageMetadata"]["thoughtsTokenCount"] = json!(5);
    let pieces = [
        piece(json!([{"text": "Hm.", "thought": true}]), None),
        text("Hel", None),
        text("lo \"you\"\n", None),
        piece(call, None),
        last,
    ];
    insta::assert_json_snapshot!("usual_stream", shown(&events(&pieces)));
}

/// What a stream says is what the same answer says whole.
#[test]
fn whole_and_streamed_are_the_same() {
    let parts = json!([{"text": "Hm.", "thought": true}, {"text": "a"}, {"text": "b", "thoughtSignature": "s"},
        {"functionCall": {"name": "f", "args": {"x": [1, 2]}}, "thoughtSignature": "t"}]);
    let single: Vec<Value> = parts
        .as_array()
        .unwrap()
        .iter()
        .map(|part| piece(json!([part]), None))
        .collect();
    let end = piece(json!([]), Some("STOP"));
    let streamed = collected(&events(&[single, vec![end]].concat()));
    let whole = serde_json::to_string_pretty(&piece(parts, Some("STOP"))).unwrap();
    let whole = response::decode(StatusCode::OK, &HeaderMap::new(), whole.as_bytes()).unwrap();
    assert_eq!(streamed, whole);
}

/// Google's own code execution: a reason comes with every step, and the answer goes on.
#[test]
fn a_reason_before_the_end_is_not_the_end() {
    let code = piece(json!([{"executableCode": {"code": "1"}}]), Some("STOP"));
    let result = piece(json!([{"codeExecutionResult": {"output": "1"}}]), None);
    let pieces = [code.clone(), result.clone(), text("It is 1.", Some("STOP"))];
    let response = collected(&events(&pieces));
    assert_eq!(
        (response.text().as_str(), response.finish.raw.as_deref()),
        ("It is 1.", Some("STOP"))
    );
    assert_eq!(
        failure(std::slice::from_ref(&code)).kind,
        LlmErrorKind::Interrupted
    );
    assert_eq!(failure(&[code, result]).kind, LlmErrorKind::Interrupted);
    let more = [text("a", Some("STOP")), text("b", None)];
    assert_eq!(
        failure(&more).kind,
        LlmErrorKind::Interrupted,
        "it had gone on"
    );
    let twice = [
        text("a", Some("STOP")),
        text("b", Some("STOP")),
        json!({"candidates": [{"finishReason": "RECITATION"}]}),
    ];
    let response = collected(&events(&twice));
    assert_eq!(
        response.finish,
        Finish::new(FinishReason::ContentFilter, "RECITATION")
    );
    assert!(response.refused() && response.text() == "ab");
}

#[test]
fn a_stream_without_a_reason_is_interrupted() {
    let (seen, error) = decode(&[stream(&[text("Hel", None)]).as_bytes()]);
    assert_eq!(error.unwrap().kind, LlmErrorKind::Interrupted);
    assert_eq!(collected(&seen).text(), "Hel");
    assert_eq!(failure(&[]).kind, LlmErrorKind::Interrupted);
    let open = stream(&[text("x", Some("STOP"))]);
    let open = open.trim_end();
    assert_eq!(
        decode(&[open.as_bytes()]).1.unwrap().kind,
        LlmErrorKind::Interrupted
    );
}

#[test]
fn a_blocked_prompt_is_a_refusal() {
    let block = json!({"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}, "usageMetadata": {"promptTokenCount": 7}});
    let response = collected(&events(&[block]));
    assert!(response.refused());
    assert_eq!(
        response.finish,
        Finish::new(FinishReason::ContentFilter, "PROHIBITED_CONTENT")
    );
    assert_eq!(response.usage.input, Some(7));
}

#[test]
fn usage_is_a_snapshot_of_which_the_last_counts() {
    let usage = |n: u32| json!({"candidates": [{"content": {"parts": [{"text": "x"}]}, "finishReason": "STOP"}], "usageMetadata": {"candidatesTokenCount": n}});
    let seen = events(&[usage(1), usage(1), usage(4)]);
    let told = seen
        .iter()
        .filter(|event| matches!(event, StreamEvent::Usage(_)));
    assert_eq!(told.count(), 2);
    assert_eq!(collected(&seen).usage.output, Some(4));
}

#[test]
fn errors_inside_a_good_stream() {
    let busy = json!({"error": {"code": 503, "message": "overloaded", "status": "UNAVAILABLE"}});
    let error = failure(&[text("Hel", None), busy.clone()]);
    assert_eq!(
        (error.kind, error.retryable, error.code.as_deref()),
        (LlmErrorKind::Overloaded, true, Some("UNAVAILABLE"))
    );
    for whole in [
        json!([busy.clone()]).to_string(),
        serde_json::to_string_pretty(&busy).unwrap(),
    ] {
        assert_eq!(
            decode(&[whole.as_bytes()]).1.unwrap().kind,
            LlmErrorKind::Overloaded
        );
    }
    assert_eq!(
        decode(&[b"data: not json\n\n"]).1.unwrap().kind,
        LlmErrorKind::Malformed
    );
    assert_eq!(
        decode(&[b"<html>busy</html>"]).1.unwrap().kind,
        LlmErrorKind::Unavailable
    );
}

#[test]
fn a_list_in_place_of_a_stream() {
    let list = json!([text("a", None), text("b", Some("STOP"))]).to_string();
    let (seen, none) = decode(&[list.as_bytes()]);
    assert!(none.is_none());
    assert_eq!(collected(&seen).text(), "ab");
}

#[test]
fn a_server_cannot_make_it_grow_without_bound() {
    let calls: Vec<Value> = (0..2000)
        .map(|_| json!({"functionCall": {"name": "f"}}))
        .collect();
    assert_eq!(
        failure(&[piece(calls.into(), None)]).kind,
        LlmErrorKind::Malformed
    );
}

fn any_piece() -> impl Strategy<Value = Value> {
    let reason = prop::option::of(prop_oneof![
        Just("STOP"),
        Just("MAX_TOKENS"),
        Just("ODD"),
        Just("SAFETY")
    ]);
    let part = prop_oneof![
        "\\PC{0,8}".prop_map(|text| json!({ "text": text })),
        ("[a-zé😀\n]{0,8}", "[a-c]?").prop_map(
            |(text, seal)| json!({"text": text, "thought": true, "thoughtSignature": seal})
        ),
        "[fg]".prop_map(|name| json!({"functionCall": {"name": name, "args": {"é": "😀"}}})),
        Just(json!({"executableCode": {"code": "1"}})),
    ];
    prop_oneof![
        8 => (prop::collection::vec(part, 0..3), reason).prop_map(|(parts, reason)| piece(parts.into(), reason)),
        1 => (0..9_u8).prop_map(|n| json!({"usageMetadata": {"promptTokenCount": n}})),
        1 => Just(json!({"error": {"code": 500}})),
    ]
}

proptest! {
    #[test]
    fn every_cut_gives_the_same(lead in "[ \n\r\t]{0,3}", pieces in prop::collection::vec(any_piece(), 0..8), list in any::<bool>(), cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..5)) {
        let text = if list { Value::from(pieces).to_string() } else { stream(&pieces) };
        let text = (lead + &text).into_bytes();
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
