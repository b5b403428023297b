#![expect(
    clippy::needless_pass_by_value,
    reason = "values written in place with `json!` read best"
)]

use super::super::wire::SCHEME;
use super::*;
use crate::shown::shown;
use msg_core::llm::{Collector, FinishReason, StreamDecoder};
use proptest::prelude::*;
use serde_json::{Value, json};

/// Events and error of these reads.
fn decode(reads: &[&[u8]]) -> (Vec<StreamEvent>, Option<LlmError>) {
    let head = http::Response::new(()).into_parts().0;
    let mut reading = decoder(&head, 1 << 20);
    let mut events = Vec::new();
    for read in reads {
        if let Err(error) = reading.push(read, &mut events) {
            return (events, Some(error));
        }
    }
    let error = reading.finish(&mut events).err();
    (events, error)
}

/// These pieces as named events.
fn lines(pieces: &[Value]) -> String {
    let lines = pieces.iter().flat_map(|piece| {
        let kind = piece["type"].as_str().unwrap_or("message");
        ["event: ", kind, "\ndata: ", &piece.to_string(), "\n\n"].map(str::to_owned)
    });
    lines.collect()
}

fn events(pieces: &[Value]) -> Vec<StreamEvent> {
    let text = lines(pieces) + "data: [DONE]\n\n";
    let (events, error) = decode(&[text.as_bytes()]);
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

fn piece(kind: &str, index: u32, message: Value) -> Value {
    json!({"type": kind, "index": index, "delta": {"message": message}})
}

fn start() -> Value {
    let message = json!({"role": "assistant", "content": [], "tool_plan": "", "tool_calls": [], "citations": []});
    json!({"id": "1bbe", "type": "message-start", "delta": {"message": message}})
}

fn text(text: &str) -> Value {
    piece("content-delta", 0, json!({"content": {"text": text}}))
}

fn plan(text: &str) -> Value {
    json!({"type": "tool-plan-delta", "delta": {"message": {"tool_plan": text}}})
}

fn call(index: u32, id: &str, name: &str) -> Value {
    let function = json!({"name": name, "arguments": ""});
    let call = json!({"id": id, "type": "function", "function": function});
    piece("tool-call-start", index, json!({ "tool_calls": call }))
}

fn arguments(index: u32, json: &str) -> Value {
    let call = json!({"function": {"arguments": json}});
    piece("tool-call-delta", index, json!({ "tool_calls": call }))
}

fn end(reason: &str) -> Value {
    let usage = json!({"billed_units": {"input_tokens": 6}, "cached_tokens": 4, "tokens": {"input_tokens": 9, "output_tokens": 3}});
    json!({"type": "message-end", "delta": {"finish_reason": reason, "usage": usage}})
}

fn failure(text: &str) -> LlmError {
    decode(&[text.as_bytes()]).1.unwrap()
}

#[test]
fn a_usual_stream() {
    let cited = json!({"type": "citation-start", "index": 0, "delta": {"message": {"citations": {"start": 0}}}});
    let pieces = [
        start(),
        piece(
            "content-start",
            0,
            json!({"content": {"type": "thinking", "thinking": ""}}),
        ),
        piece("content-delta", 0, json!({"content": {"thinking": "Hm."}})),
        json!({"type": "content-end", "index": 0}),
        piece(
            "content-start",
            1,
            json!({"content": {"type": "text", "text": "Hel"}}),
        ),
        text("lo \"you\"\n"),
        cited,
        json!({"type": "brand-new"}),
        end("COMPLETE"),
    ];
    insta::assert_json_snapshot!("usual_stream", shown(&events(&pieces)));
}

#[test]
fn calls_have_a_plan_and_keep_apart() {
    let pieces = [
        start(),
        plan("I will "),
        plan("look."),
        call(0, "a", "f"),
        arguments(0, "{\"y\":"),
        call(1, "b", "g"),
        arguments(1, "{}"),
        arguments(0, "2}"),
        json!({"type": "tool-call-end", "index": 0}),
        end("TOOL_CALL"),
    ];
    let streamed = collected(&events(&pieces));
    let calls = json!([{"id": "a", "function": {"name": "f", "arguments": "{\"y\":2}"}},
                       {"id": "b", "function": {"name": "g", "arguments": "{}"}}]);
    let mut whole = json!({"id": "1bbe", "message": {"tool_plan": "I will look.", "tool_calls": calls}, "finish_reason": "TOOL_CALL"});
    whole["usage"] = end("")["delta"]["usage"].clone();
    let headers = HeaderMap::new();
    let whole = response::decode(StatusCode::OK, &headers, whole.to_string().as_bytes());
    assert_eq!(streamed, whole.unwrap());
    assert_eq!(streamed.finished_calls().count(), 2);
}

#[test]
fn unknown_ends_and_cut_calls() {
    let odd = collected(&events(&[text("x"), end("TELEPATHY")]));
    assert_eq!(odd.finish.reason, FinishReason::Other);
    let cut = collected(&events(&[
        call(0, "a", "f"),
        arguments(0, "{}"),
        end("MAX_TOKENS"),
    ]));
    assert_eq!(
        (cut.finish.reason, cut.finished_calls().count()),
        (FinishReason::Length, 0)
    );
    let stray = collected(&events(&[arguments(3, "{}"), end("COMPLETE")]));
    assert_eq!(stray.output.len(), 0, "arguments of no call");
}

#[test]
fn a_stream_without_its_end_is_interrupted() {
    let (seen, error) = decode(&[lines(&[start(), text("Hel")]).as_bytes()]);
    assert_eq!(error.unwrap().kind, LlmErrorKind::Interrupted);
    assert_eq!(collected(&seen).text(), "Hel");
    assert_eq!(failure("").kind, LlmErrorKind::Interrupted);
    assert_eq!(failure("data: [DONE]\n\n").kind, LlmErrorKind::Interrupted);
    let more = lines(&[text("x"), end("COMPLETE"), text("y")]);
    let (seen, none) = decode(&[more.as_bytes()]);
    assert!(
        none.is_none() && collected(&seen).text() == "x",
        "nothing follows the end"
    );
}

#[test]
fn errors_inside_a_good_stream() {
    let broken = json!({"type": "message-end", "delta": {"error": "upstream failed", "finish_reason": "ERROR"}});
    let error = failure(&lines(&[text("Hel"), broken]));
    assert_eq!(
        (error.kind, error.retryable),
        (LlmErrorKind::Unavailable, true)
    );
    let flat = json!({"id": "x", "message": "too fast", "status_code": 429});
    assert_eq!(failure(&lines(&[flat])).kind, LlmErrorKind::RateLimit);
    assert_eq!(
        failure("{\"message\":\"no\"}").kind,
        LlmErrorKind::Unavailable
    );
    assert_eq!(failure("<html>busy</html>").kind, LlmErrorKind::Unavailable);
    assert_eq!(failure("data: not json\n\n").kind, LlmErrorKind::Malformed);
}

#[test]
fn a_server_cannot_make_it_grow_without_bound() {
    let many: Vec<Value> = (0..2000).map(|i| call(i, "a", "f")).collect();
    assert_eq!(failure(&lines(&many)).kind, LlmErrorKind::Malformed);
}

fn any_piece() -> impl Strategy<Value = Value> {
    prop_oneof![
        4 => "\\PC{0,8}".prop_map(|said| text(&said)),
        2 => "[a-zé😀\n]{0,8}".prop_map(|said| plan(&said)),
        2 => (0..3_u32, "[a-c]?", "[fg]?").prop_map(|(index, id, name)| call(index, &id, &name)),
        2 => (0..3_u32, "[{}\":é]{0,4}").prop_map(|(index, json)| arguments(index, &json)),
        1 => prop_oneof![Just("COMPLETE"), Just("ODD")].prop_map(end),
        1 => Just(json!({"error": {"code": 500}})),
        1 => Just(start()),
    ]
}

proptest! {
    #[test]
    fn every_cut_gives_the_same(lead in "[ \n\r\t]{0,3}", pieces in prop::collection::vec(any_piece(), 0..10), cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..5)) {
        let text = (lead + &lines(&pieces)).into_bytes();
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

#[test]
fn a_bare_text_is_told_and_a_failed_answer_is_counted() {
    let told = |text: &str| {
        let (parts, ()) = http::Response::new(()).into_parts();
        let mut decoder = decoder(&parts, 1 << 20);
        let mut events = Vec::new();
        let pushed = decoder.push(text.as_bytes(), &mut events);
        let error = pushed.and_then(|()| decoder.finish(&mut events)).err();
        (events, error)
    };
    let (events, error) = told(concat!(
        "data: {\"type\":\"content-delta\",\"delta\":{\"message\":{\"content\":\"Hi\"}}}\n\n",
        "data: {\"type\":\"message-end\",\"delta\":{\"error\":\"x\",\"usage\":{\"tokens\":{\"input_tokens\":3}}}}\n\n",
    ));
    assert_eq!(error.unwrap().kind, LlmErrorKind::Unavailable);
    assert!(events.contains(&StreamEvent::Text("Hi".into())));
    let counted =
        |event: &StreamEvent| matches!(event, StreamEvent::Usage(usage) if usage.input == Some(3));
    assert!(events.iter().any(counted));
}
