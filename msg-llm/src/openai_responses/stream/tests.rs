#![expect(
    clippy::needless_pass_by_value,
    reason = "values written in place with `json!` read best"
)]

use super::*;
use crate::framed::Framed;
use crate::shown::shown;
use msg_core::llm::{Collector, FinishReason, StreamDecoder as _};
use proptest::prelude::*;
use serde_json::{Value, json};

/// Events and error of these reads.
fn decode_reads(reads: &[&[u8]]) -> (Vec<StreamEvent>, Option<LlmError>) {
    let mut decoder = Framed::new(ResponsesReader::new(HeaderMap::new()), 1 << 20);
    let mut events = Vec::new();
    for read in reads {
        if let Err(error) = decoder.push(read, &mut events) {
            return (events, Some(error));
        }
    }
    let error = decoder.finish(&mut events).err();
    (events, error)
}

fn stream(pieces: &[Value]) -> String {
    let line = |piece: &Value| {
        let name = piece["type"].as_str().unwrap_or("message");
        format!("event: {name}\ndata: {piece}\n\n")
    };
    pieces.iter().map(line).collect::<Vec<_>>().concat()
}

fn events(pieces: &[Value]) -> Vec<StreamEvent> {
    let (events, error) = decode_reads(&[stream(pieces).as_bytes()]);
    assert!(error.is_none(), "{error:?}");
    events
}

fn collected(events: &[StreamEvent]) -> GenerateResponse {
    let mut collector = Collector::new();
    for event in events {
        collector.add(event, "openai-responses");
    }
    collector.into_response()
}

fn error(pieces: &[Value]) -> LlmError {
    decode_reads(&[stream(pieces).as_bytes()]).1.unwrap()
}

fn created() -> Value {
    json!({"type": "response.created", "response": {"id": "resp_1", "model": "m", "status": "in_progress", "output": [], "usage": null, "instructions": "long", "reasoning": {"effort": null}}})
}

fn completed(output: Value) -> Value {
    json!({"type": "response.completed", "response": {"id": "resp_1", "model": "m", "status": "completed", "error": null, "output": output,
        "usage": {"input_tokens": 9, "input_tokens_details": {"cached_tokens": 4}, "output_tokens": 3, "output_tokens_details": {"reasoning_tokens": 1}}}})
}

fn added(at: u64, item: Value) -> Value {
    json!({"type": "response.output_item.added", "output_index": at, "item": item})
}

fn done(at: u64, item: Value) -> Value {
    json!({"type": "response.output_item.done", "output_index": at, "item": item})
}

fn delta(kind: &str, at: u64, text: &str) -> Value {
    json!({"type": format!("response.{kind}.delta"), "output_index": at, "delta": text, "obfuscation": "x"})
}

fn call(id: &str, arguments: &str) -> Value {
    json!({"type": "function_call", "id": "fc", "call_id": id, "name": "find", "arguments": arguments, "status": "completed"})
}

fn message(text: &str) -> Value {
    json!({"type": "message", "id": "msg", "content": [{"type": "output_text", "text": text}]})
}

fn thought(text: &str, seal: Option<&str>) -> Value {
    json!({"type": "reasoning", "id": "rs_1", "encrypted_content": seal, "summary": [{"type": "summary_text", "text": text}]})
}

fn usual() -> Vec<Value> {
    vec![
        created(),
        json!({"type": "response.in_progress", "response": {"id": "resp_1", "model": "m"}}),
        added(0, thought("", Some("unfinished"))),
        json!({"type": "response.reasoning_summary_part.added", "output_index": 0, "summary_index": 0, "part": {"type": "summary_text", "text": ""}}),
        delta("reasoning_summary_text", 0, "Hm"),
        delta("reasoning_summary_text", 0, "."),
        json!({"type": "response.reasoning_summary_text.done", "output_index": 0, "text": "Hm."}),
        done(0, thought("Hm.", Some("sealed"))),
        added(1, json!({"type": "message", "content": []})),
        json!({"type": "response.content_part.added", "output_index": 1, "part": {"type": "output_text", "text": ""}}),
        delta("output_text", 1, "Hel"),
        delta("output_text", 1, "lo \"you\"\n"),
        json!({"type": "response.output_text.done", "output_index": 1, "text": "Hello \"you\"\n"}),
        done(1, message("Hello \"you\"\n")),
        added(2, call("a", "")),
        delta("function_call_arguments", 2, "{\"x\""),
        delta("function_call_arguments", 2, ":1}"),
        json!({"type": "response.function_call_arguments.done", "output_index": 2, "arguments": "{\"x\":1}"}),
        done(2, call("a", "{\"x\":1}")),
        completed(json!([
            thought("Hm.", Some("sealed")),
            message("Hello \"you\"\n"),
            call("a", "{\"x\":1}")
        ])),
    ]
}

#[test]
fn a_usual_stream() {
    insta::assert_json_snapshot!("usual_stream", shown(&events(&usual())));
}

#[test]
fn a_stream_and_its_last_snapshot_are_the_same_answer() {
    let pieces = usual();
    let whole = pieces.last().unwrap()["response"].to_string();
    let read = decode(
        StatusCode::OK,
        &HeaderMap::new(),
        whole.as_bytes(),
        "openai-responses",
    );
    assert_eq!(collected(&events(&pieces)), read.unwrap());
    // And it is the same from a server that sends only the snapshot, and from one that sends whole items.
    let (first, last) = (pieces.first().unwrap(), pieces.last().unwrap());
    let short = events(&[first.clone(), last.clone()]);
    assert_eq!(collected(&short), collected(&events(&pieces)));
    let items: Vec<_> = pieces
        .iter()
        .filter(|piece| {
            piece["type"] != "response.output_item.added" && piece.get("delta").is_none()
        })
        .cloned()
        .collect();
    assert_eq!(collected(&events(&items)), collected(&events(&pieces)));
}

#[test]
fn calls_interleave_and_keep_apart() {
    let pieces = [
        created(),
        added(3, call("a", "")),
        added(5, call("b", "[")),
        delta("function_call_arguments", 3, "{"),
        delta("function_call_arguments", 5, "]"),
        delta("function_call_arguments", 3, "}"),
        // Arguments of what is not a call of ours are not told.
        added(6, json!({"type": "mcp_call", "id": "mcp", "arguments": ""})),
        delta("function_call_arguments", 6, "x"),
        // A server that sends arguments only at the end, and one that announces nothing.
        added(7, call("c", "")),
        json!({"type": "response.function_call_arguments.done", "output_index": 7, "arguments": "1"}),
        done(8, call("d", "2")),
        completed(json!([])),
    ];
    let response = collected(&events(&pieces));
    let calls: Vec<_> = response
        .finished_calls()
        .map(|call| (call.id.as_str(), call.arguments.as_str()))
        .collect();
    assert_eq!(calls, [("a", "{}"), ("b", "[]"), ("c", "1"), ("d", "2")]);
    assert_eq!(response.finish.reason, FinishReason::ToolCalls);
}

#[test]
fn the_end_says_why() {
    let end = |why: &str| json!({"type": "response.incomplete", "response": {"status": "incomplete", "incomplete_details": {"reason": why}, "usage": {"output_tokens": 2}}});
    let cut = |why| collected(&events(&[created(), added(0, call("a", "{}")), end(why)]));
    let response = cut("max_output_tokens");
    assert_eq!(
        (response.finish.reason, response.finished_calls().count()),
        (FinishReason::Length, 0)
    );
    assert_eq!(response.usage.output, Some(2));
    assert_eq!(
        cut("content_filter").finish.reason,
        FinishReason::ContentFilter
    );
    assert_eq!(cut("telepathy").finish.reason, FinishReason::Other);
    let refusal = collected(&events(&[
        created(),
        delta("refusal", 0, "No"),
        delta("refusal", 0, "."),
        completed(json!([])),
    ]));
    assert!(refusal.refused() && refusal.finish.reason == FinishReason::Stop);
}

#[test]
fn thoughts_of_two_kinds_are_told_once() {
    let response = collected(&events(&[
        created(),
        delta("reasoning_text", 0, "So."),
        delta("reasoning_summary_text", 0, "In short."),
        done(0, thought("In short.", None)),
        completed(json!([])),
    ]));
    assert!(
        matches!(&response.output[..], [Output::Reasoning(thought)] if thought.text == "So." && thought.signature.as_deref() == Some("rs_1"))
    );
}

#[test]
fn errors_inside_a_good_stream() {
    let failed = json!({"type": "response.failed", "response": {"id": "resp_1", "status": "failed", "error": {"code": "rate_limit_exceeded", "message": "m"}}});
    assert_eq!(error(&[created(), failed]).kind, LlmErrorKind::RateLimit);
    let used = json!({"type": "response.failed", "response": {"error": {"code": "server_error"}, "usage": {"input_tokens": 5}}});
    let (events, _) = decode_reads(&[stream(&[created(), used]).as_bytes()]);
    let counted =
        |event: &StreamEvent| matches!(event, StreamEvent::Usage(usage) if usage.input == Some(5));
    assert!(events.iter().any(counted), "what failed is billed too");
    let bare = json!({"type": "response.failed", "response": {"error": null}});
    assert_eq!(error(&[bare]).kind, LlmErrorKind::Unavailable);
    let flat = json!({"type": "error", "code": "server_error", "message": "m", "param": null, "sequence_number": 1});
    assert_eq!(error(&[created(), flat]).kind, LlmErrorKind::Unavailable);
    let nested = json!({"type": "error", "error": {"type": "invalid_request_error", "code": "context_length_exceeded", "message": "m"}});
    assert_eq!(
        error(&[created(), nested]).kind,
        LlmErrorKind::ContextLength
    );
    assert_eq!(
        error(&[json!({"error": {"code": 429, "message": "m"}})]).kind,
        LlmErrorKind::RateLimit
    );
    assert_eq!(
        decode_reads(&[b"data: nonsense\n\n"]).1.unwrap().kind,
        LlmErrorKind::Malformed
    );
}

#[test]
fn a_stream_without_its_end_is_interrupted() {
    let pieces = usual();
    let (events, error) = decode_reads(&[stream(&pieces[..12]).as_bytes()]);
    assert_eq!(error.unwrap().kind, LlmErrorKind::Interrupted);
    assert_eq!(collected(&events).text(), "Hello \"you\"\n");
    let marked = stream(&pieces[..12]) + "data: [DONE]\n\n";
    assert_eq!(
        decode_reads(&[marked.as_bytes()]).1.unwrap().kind,
        LlmErrorKind::Interrupted
    );
    assert_eq!(
        decode_reads(&[b""]).1.unwrap().kind,
        LlmErrorKind::Interrupted
    );
    // What follows the end does not count.
    let after = stream(&pieces) + "data: [DONE]\n\ndata: {\"type\":\"error\"}\n\n";
    assert!(decode_reads(&[after.as_bytes()]).1.is_none());
}

#[test]
fn a_whole_answer_in_place_of_a_stream() {
    let body = completed(json!([message("hi")]))["response"].to_string();
    let (events, error) = decode_reads(&[body.as_bytes()]);
    assert!(error.is_none());
    assert_eq!(collected(&events).text(), "hi");
}

#[test]
fn a_server_cannot_make_it_grow_without_bound() {
    let many: Vec<_> = (0..5000).map(|at| added(at, call("a", ""))).collect();
    assert_eq!(error(&many).kind, LlmErrorKind::Malformed);
    let unnumbered: Vec<_> = (0..5000)
        .map(|_| json!({"type": "response.output_item.added", "item": call("a", "")}))
        .collect();
    assert_eq!(error(&unnumbered).kind, LlmErrorKind::Malformed);
}

fn any_piece() -> impl Strategy<Value = Value> {
    prop_oneof![
        (0..3_u64, "\\PC{0,8}").prop_map(|(at, text)| delta("output_text", at, &text)),
        (0..3_u64, "[a-zé😀\n]{0,8}").prop_map(|(at, text)| delta(
            "reasoning_summary_text",
            at,
            &text
        )),
        (0..3_u64, "[a-z]{0,8}").prop_map(|(at, text)| delta("refusal", at, &text)),
        (0..3_u64, "[a-c]", "[{}]{0,3}").prop_map(|(at, id, json)| added(at, call(&id, &json))),
        (0..3_u64, "[{}\":]{0,4}").prop_map(|(at, json)| delta(
            "function_call_arguments",
            at,
            &json
        )),
        (0..3_u64, "[a-z]{0,3}").prop_map(|(at, text)| done(at, thought(&text, Some("s")))),
        (0..3_u64, "[a-c]").prop_map(|(at, id)| done(at, call(&id, "{}"))),
        (0..3_u64, "é?").prop_map(|(at, text)| done(at, message(&text))),
        Just(created()),
        Just(completed(json!([message("x")]))),
        Just(json!({"type": "error", "code": "server_error"})),
        Just(json!({"type": 7, "delta": [1], "item": null})),
    ]
}

proptest! {
    #[test]
    fn every_cut_gives_the_same(lead in "[ \n\r\t]{0,3}", crlf in any::<bool>(), pieces in prop::collection::vec(any_piece(), 0..10), cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..5)) {
        let mut text = lead + &stream(&pieces);
        if crlf {
            text = text.replace('\n', "\r\n");
        }
        let text = text.into_bytes();
        let show = |(events, error): (Vec<StreamEvent>, Option<LlmError>)| (events, error.map(|error| format!("{error:?}")));
        let whole = show(decode_reads(&[&text]));
        let single: Vec<&[u8]> = text.chunks(1).collect();
        prop_assert_eq!(&show(decode_reads(&single)), &whole);
        let mut at: Vec<usize> = cuts.iter().map(|cut| cut.index(text.len() + 1)).collect();
        at.extend([0, text.len()]);
        at.sort_unstable();
        let reads: Vec<&[u8]> = at.windows(2).map(|pair| &text[pair[0]..pair[1]]).collect();
        prop_assert_eq!(&show(decode_reads(&reads)), &whole);
    }

    #[test]
    fn any_bytes_are_read_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..80), prefix in "(data: )?[{\"a]?") {
        let _ = decode_reads(&[prefix.as_bytes(), &bytes, b"\n\n"]);
    }
}

/// The argument of a custom tool is any text, and JSON in the normal form, however much of it is told on the way.
#[test]
fn calls_of_custom_tools() {
    let item = |input: &str| json!({"type": "custom_tool_call", "id": "ctc", "call_id": "a", "name": "run", "input": input});
    let whole = item("say \"hi\"\n");
    let told = |input: &str| json!({"type": "response.custom_tool_call_input.done", "output_index": 0, "input": input});
    let pieces = [
        delta("custom_tool_call_input", 0, "say \"h"),
        delta("custom_tool_call_input", 0, "i\"\n"),
    ];
    let head = |rest: &[Value]| [&[created()], rest, &[completed(json!([whole.clone()]))]].concat();
    for pieces in [
        head(
            &[
                &[added(0, item(""))],
                &pieces[..],
                &[told("say \"hi\"\n"), done(0, whole.clone())],
            ]
            .concat(),
        ),
        head(&[added(0, item("")), done(0, whole.clone())]),
        head(&[added(0, item("")), told("say \"hi\"\n")]),
        head(&[done(0, whole.clone())]),
        head(&[]),
    ] {
        let answer = collected(&events(&pieces));
        let calls: Vec<_> = answer.finished_calls().collect();
        assert_eq!(calls.len(), 1, "{pieces:?}");
        assert_eq!((calls[0].id.as_str(), calls[0].name.as_str()), ("a", "run"));
        assert_eq!(calls[0].arguments, "\"say \\\"hi\\\"\\n\"", "{pieces:?}");
        assert_eq!(answer.finish.reason, FinishReason::ToolCalls);
        let body = completed(json!([whole.clone()]))["response"].to_string();
        let blocking = decode(
            StatusCode::OK,
            &HeaderMap::new(),
            body.as_bytes(),
            "openai-responses",
        );
        assert_eq!(blocking.unwrap().output, answer.output);
    }
}
