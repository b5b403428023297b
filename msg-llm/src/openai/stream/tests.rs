#![expect(
    clippy::needless_pass_by_value,
    reason = "values written in place with `json!` read best"
)]

use super::*;
use crate::shown::shown;
use msg_core::llm::{Collector, FinishReason, StreamDecoder};
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
    let mut decoder = decoder(&Reading::default(), &head(&[]), 1 << 20);
    let mut events = Vec::new();
    for read in reads {
        if let Err(error) = decoder.push(read, &mut events) {
            return (events, Some(error));
        }
    }
    let error = decoder.finish(&mut events).err();
    (events, error)
}

/// These pieces as events.
fn lines(pieces: &[Value]) -> String {
    pieces
        .iter()
        .flat_map(|piece| ["data: ".to_owned(), piece.to_string(), "\n\n".to_owned()])
        .collect()
}

/// A stream of these pieces with `[DONE]` at its end.
fn stream(pieces: &[Value]) -> String {
    let mut text = lines(pieces);
    text.push_str("data: [DONE]\n\n");
    text
}

fn events(pieces: &[Value]) -> Vec<StreamEvent> {
    let (events, error) = decode(&[stream(pieces).as_bytes()]);
    assert!(error.is_none(), "{error:?}");
    events
}

fn collected(events: &[StreamEvent]) -> GenerateResponse {
    let mut collector = Collector::new();
    for event in events {
        collector.add(event, "openai");
    }
    collector.into_response()
}

fn delta(delta: Value) -> Value {
    json!({"id": "c1", "model": "m", "choices": [{"index": 0, "delta": delta, "finish_reason": null}]})
}

fn call(call: Value) -> Value {
    delta(json!({ "tool_calls": [call] }))
}

fn end(reason: &str) -> Value {
    json!({"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]})
}

fn error(pieces: &[&str]) -> LlmError {
    decode(&[pieces.concat().as_bytes()]).1.unwrap()
}

#[test]
fn a_usual_stream() {
    let usage = json!({"choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": 3, "prompt_tokens_details": {"cached_tokens": 4}}});
    let pieces = [
        delta(json!({"role": "assistant", "content": ""})),
        delta(json!({"reasoning_content": "Hm."})),
        delta(json!({"content": "Hel"})),
        delta(json!({"content": "lo \"you\"\n"})),
        end("stop"),
        usage.clone(),
        usage,
    ];
    insta::assert_json_snapshot!("usual_stream", shown(&events(&pieces)));
}

#[test]
fn parallel_calls_interleave_and_keep_apart() {
    let pieces = [
        call(
            json!({"index": 0, "id": "a", "type": "function", "function": {"name": "f", "arguments": ""}}),
        ),
        call(
            json!({"index": 1, "id": "b", "type": "function", "function": {"name": "g", "arguments": "{\"x\""}}),
        ),
        call(json!({"index": 0, "function": {"arguments": "{\"y\":"}})),
        call(json!({"index": 1, "id": null, "function": {"name": null, "arguments": ":1}"}})),
        call(json!({"index": 0, "id": "", "function": {"arguments": "2}"}})),
        end("tool_calls"),
    ];
    let response = collected(&events(&pieces));
    let calls: Vec<_> = response
        .finished_calls()
        .map(|c| (c.id.as_str(), c.name.as_str(), c.arguments.as_str()))
        .collect();
    assert_eq!(calls, [("a", "f", "{\"y\":2}"), ("b", "g", "{\"x\":1}")]);
}

/// Numbers that are missing, reused, not from zero; ids that are missing or repeated; a name that comes late.
#[test]
fn calls_of_servers_with_other_habits() {
    let calls = |pieces: &[Value]| -> Vec<(String, String, String)> {
        let mut all = pieces.to_vec();
        all.push(end("stop"));
        let response = collected(&events(&all));
        assert_eq!(
            response.finish.reason,
            FinishReason::ToolCalls,
            "a stop with calls is corrected"
        );
        response
            .finished_calls()
            .map(|c| (c.id.clone(), c.name.clone(), c.arguments.clone()))
            .collect()
    };
    let tuple = |id: &str, name: &str, arguments: &str| {
        (id.to_owned(), name.to_owned(), arguments.to_owned())
    };
    let two = [tuple("a", "f", "{}"), tuple("b", "f", "[]")];
    let same_number = [
        call(json!({"index": 0, "id": "a", "function": {"name": "f", "arguments": "{}"}})),
        call(json!({"index": 0, "id": "b", "function": {"name": "f", "arguments": "[]"}})),
    ];
    assert_eq!(calls(&same_number), two);
    let no_number = [
        call(json!({"id": "a", "function": {"name": "f", "arguments": "{"}})),
        call(json!({"function": {"arguments": "}"}})),
        call(json!({"id": "b", "function": {"name": "f", "arguments": "["}})),
        call(json!({"id": "b", "function": {"name": "f", "arguments": "]"}})),
    ];
    assert_eq!(calls(&no_number), two);
    let sparse = [
        call(json!({"index": 7, "id": "b", "function": {"name": "f", "arguments": "["}})),
        call(json!({"index": 3, "id": "a", "function": {"name": "f", "arguments": "{}"}})),
        call(json!({"index": 7, "function": {"arguments": "]"}})),
    ];
    assert_eq!(calls(&sparse), [two[1].clone(), two[0].clone()]);
    let nothing = [
        call(json!({"function": {"name": "f", "arguments": "{}"}})),
        call(json!({"function": {"name": "g", "arguments": "[]"}})),
    ];
    assert_eq!(
        calls(&nothing),
        [tuple("", "f", "{}"), tuple("", "g", "[]")]
    );
    let late = [
        call(json!({"index": 0, "id": "a", "function": {"arguments": "{"}})),
        call(json!({"index": 0, "function": {"name": "f", "arguments": "}"}})),
    ];
    assert_eq!(calls(&late), two[..1]);
    let old = [
        delta(json!({"function_call": {"name": "f", "arguments": "{"}})),
        delta(json!({"function_call": {"arguments": "}"}})),
    ];
    assert_eq!(calls(&old), [tuple("", "f", "{}")]);
    let nameless = [call(
        json!({"index": 0, "id": "a", "function": {"arguments": "{}"}}),
    )];
    assert_eq!(calls(&nameless), [tuple("a", "", "{}")]);
}

#[test]
fn a_call_that_a_limit_cut_off_is_not_complete() {
    let pieces = [
        call(json!({"index": 0, "id": "a", "function": {"name": "f", "arguments": "{}"}})),
        end("length"),
    ];
    let response = collected(&events(&pieces));
    assert_eq!(
        (response.finish.reason, response.finished_calls().count()),
        (FinishReason::Length, 0)
    );
}

#[test]
fn the_end_may_lack_its_mark_but_not_its_reason() {
    let piece = |value: Value| format!("data: {value}\n\n");
    let hello = piece(delta(json!({"content": "Hel"})));
    let (seen, none) = decode(&[(hello.clone() + &piece(end("stop"))).as_bytes()]);
    assert!(
        none.is_none()
            && matches!(seen.last(), Some(StreamEvent::Finish(finish)) if finish.reason == FinishReason::Stop)
    );
    let (seen, broken) = decode(&[hello.as_bytes()]);
    assert_eq!(broken.unwrap().kind, LlmErrorKind::Interrupted);
    assert_eq!(collected(&seen).text(), "Hel");
    let unfinished = hello.clone() + "data: {\"choices\":[{\"finish_reason\":\"stop\"}]}";
    assert_eq!(
        error(&[&unfinished]).kind,
        LlmErrorKind::Interrupted,
        "an event without its blank line never came"
    );
    assert_eq!(error(&[""]).kind, LlmErrorKind::Interrupted);
    assert_eq!(error(&["data: [DONE]\n\n"]).kind, LlmErrorKind::Malformed);
    let (seen, none) = decode(&[(hello + "data: [DONE]\n\n").as_bytes()]);
    assert!(
        none.is_none()
            && matches!(seen.last(), Some(StreamEvent::Finish(finish)) if finish.reason == FinishReason::Other)
    );
}

#[test]
fn a_reason_sent_twice_is_one_finish_and_nothing_follows_the_end() {
    let text = stream(&[delta(json!({"content": "x"})), end("stop"), end("stop")])
        + "data: {\"choices\":[{\"delta\":{\"content\":\"y\"}}]}\n\n";
    let (seen, error) = decode(&[text.as_bytes()]);
    assert!(error.is_none());
    assert_eq!(
        seen.iter()
            .filter(|event| matches!(event, StreamEvent::Finish(_)))
            .count(),
        1
    );
    assert_eq!(collected(&seen).text(), "x");
}

#[test]
fn usage_is_a_snapshot_of_which_the_last_counts() {
    let count = |n: u32| json!({"choices": [], "usage": {"prompt_tokens": 5, "completion_tokens": n, "cost": {"total_cost": 0.005}}, "cost": {"usd": 1}});
    let response = collected(&events(&[
        delta(json!({"content": "x"})),
        count(1),
        count(2),
        end("stop"),
        count(3),
    ]));
    assert_eq!(
        (response.usage.output, response.cost_micros),
        (Some(3), Some(1_000_000))
    );
    let groq =
        json!({"choices": [], "x_groq": {"usage": {"prompt_tokens": 5, "completion_tokens": 1}}});
    assert_eq!(
        collected(&events(&[groq, end("stop")])).usage.input,
        Some(5)
    );
}

#[test]
fn errors_inside_a_good_stream() {
    let hello = format!("data: {}\n\n", delta(json!({"content": "Hel"})));
    let vllm = error(&[
        &hello,
        "data: {\"error\":{\"object\":\"error\",\"message\":\"bad\",\"type\":\"BadRequestError\",\"code\":400}}\n\ndata: [DONE]\n\n",
    ]);
    assert_eq!(
        (vllm.kind, vllm.status),
        (LlmErrorKind::InvalidRequest, Some(400))
    );
    let openrouter = error(&[
        &hello,
        "data: {\"error\":{\"code\":502,\"message\":\"x\"},\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\"},\"finish_reason\":\"error\"}]}\n\n",
    ]);
    assert_eq!(
        (openrouter.kind, openrouter.retryable),
        (LlmErrorKind::Unavailable, true)
    );
    assert_eq!(
        error(&["event: error\ndata: {\"detail\":\"Unauthorized\"}\n\n"]).kind,
        LlmErrorKind::Unavailable
    );
    assert_eq!(error(&["data: {\"object\":\"error\",\"message\":\"slow down\",\"type\":\"rate_limit_error\"}\n\n"]).kind, LlmErrorKind::RateLimit);
    assert_eq!(error(&["data: not json\n\n"]).kind, LlmErrorKind::Malformed);
}

#[test]
fn a_whole_answer_in_place_of_a_stream() {
    let body = json!({"id": "c", "model": "m", "choices": [{"message": {"content": "hi", "tool_calls": [{"id": "a", "function": {"name": "f", "arguments": "{}"}}]}, "finish_reason": "stop"}], "usage": {"prompt_tokens": 1}});
    let text = body.to_string();
    let (seen, none) = decode(&[b" \n", text.as_bytes()]);
    assert!(none.is_none());
    assert_eq!(
        collected(&seen),
        response::decode(StatusCode::OK, &HeaderMap::new(), text.as_bytes(), "openai").unwrap()
    );
    assert_eq!(
        error(&["{\"error\":{\"code\":429}}"]).kind,
        LlmErrorKind::RateLimit
    );
    assert_eq!(
        error(&["<html>busy</html>"]).kind,
        LlmErrorKind::Unavailable
    );
}

#[test]
fn comments_keep_alive_and_line_ends_do_not_matter() {
    let text = stream(&[delta(json!({"content": "x"})), end("stop")]);
    let plain = decode(&[text.as_bytes()]).0;
    let noisy = format!(": OPENROUTER PROCESSING\n\ndata: \n\n{text}").replace('\n', "\r\n");
    assert_eq!(decode(&[noisy.as_bytes()]).0, plain);
}

#[test]
fn a_server_cannot_make_it_grow_without_bound() {
    let many: Vec<Value> = (0..2000)
        .map(|i| call(json!({"index": i, "function": {"name": "f"}})))
        .collect();
    let many = lines(&many);
    assert_eq!(error(&[&many]).kind, LlmErrorKind::Malformed);
    let mut named = decoder(&Reading::default(), &head(&[("x-request-id", "req_1")]), 64);
    let large = named.push(&[b'a'; 100], &mut Vec::new()).unwrap_err();
    assert_eq!(
        (large.kind, large.request_id.as_deref()),
        (LlmErrorKind::Malformed, Some("req_1"))
    );
    let mut again = decoder(&Reading::default(), &head(&[]), 64);
    assert!(again.push(&[b'{'; 65], &mut Vec::new()).is_err());
}

#[test]
fn white_space_before_the_first_line_is_part_of_it() {
    let text = format!(
        " {}",
        stream(&[delta(json!({"content": "hi"})), end("stop")])
    );
    let (first, rest) = text.as_bytes().split_at(1);
    let (events, error) = decode(&[text.as_bytes()]);
    let (cut_events, cut_error) = decode(&[first, rest]);
    assert_eq!(cut_events, events);
    assert_eq!(cut_error.map(|e| e.kind), error.map(|e| e.kind));
    let whole = decode(&[
        b" \n",
        b"\t{\"choices\": [{\"message\": {\"content\": \"hi\"}, \"finish_reason\": \"stop\"}]}",
    ]);
    assert_eq!(collected(&whole.0).text(), "hi");
}

#[test]
fn the_answer_starts_behind_what_a_filter_found() {
    let filter = json!({"id": "", "model": "", "choices": [], "prompt_filter_results": [{"prompt_index": 0, "content_filter_results": {"hate": {"filtered": false, "severity": "safe"}}}]});
    let seen = events(&[
        filter,
        delta(json!({"content": "x"})),
        end("content_filter"),
    ]);
    assert!(matches!(seen.first(), Some(StreamEvent::Start { model, .. }) if model == "m"));
    assert_eq!(collected(&seen).finish.reason, FinishReason::ContentFilter);
}

#[test]
fn counts_in_the_head_are_part_of_the_usage() {
    let name = |name: &'static str| Some(http::HeaderName::from_static(name));
    let reading = Reading {
        request_id: name("x-odd-id"),
        cached_tokens: name("x-cached"),
    };
    let head = head(&[("x-odd-id", "odd-1"), ("x-cached", "4")]);
    let mut decoder = decoder(&reading, &head, 1 << 20);
    let usage = json!({"choices": [], "usage": {"prompt_tokens": 9}});
    let mut seen = Vec::new();
    let text = stream(&[delta(json!({"content": "x"})), end("stop"), usage]);
    decoder.push(text.as_bytes(), &mut seen).unwrap();
    let response = collected(&seen);
    assert_eq!(
        (response.usage.input, response.usage.cache_read),
        (Some(5), Some(4))
    );
    assert_eq!(response.request_id.as_deref(), Some("odd-1"));
}

fn any_piece() -> impl Strategy<Value = Value> {
    prop_oneof![
        "\\PC{0,8}".prop_map(|text| delta(json!({ "content": text }))),
        "[a-zé😀\n]{0,8}".prop_map(|text| delta(json!({ "reasoning": text }))),
        (0..3_u8, "[a-c]?", "[fg]?", "[{}\":]{0,4}").prop_map(|(index, id, name, arguments)| call(
            json!({"index": index, "id": id, "function": {"name": name, "arguments": arguments}})
        )),
        (0..9_u8).prop_map(|n| json!({"choices": [], "usage": {"prompt_tokens": n}})),
        prop_oneof![Just("stop"), Just("length"), Just("odd")].prop_map(end),
        Just(json!({"error": {"code": 500}})),
    ]
}

proptest! {
    #[test]
    fn every_cut_gives_the_same(lead in "[ \n\r\t]{0,3}", pieces in prop::collection::vec(any_piece(), 0..10), done in any::<bool>(), cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..5)) {
        let mut text = (lead + &stream(&pieces)).into_bytes();
        if !done {
            text.truncate(text.len() - 14);
        }
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

/// Calls as servers tell them that have no ids, or nothing to tell.
#[test]
fn calls_without_ids() {
    let calls = |pieces: &[Value]| {
        let response = collected(&events(pieces));
        let calls = response.output.iter().filter_map(|output| match output {
            msg_core::llm::Output::ToolCall(call) => {
                Some(format!("{} {}", call.name, call.arguments))
            }
            _ => None,
        });
        calls.collect::<Vec<_>>()
    };
    let whole = |name: &str, json: &str| {
        call(json!({"index": 0, "id": "", "function": {"name": name, "arguments": json}}))
    };
    // Gemini's compatible API: every call is number 0.
    assert_eq!(
        calls(&[
            whole("f", "{\"a\":\"}\"}"),
            whole("f", "{\"b\":2}"),
            whole("g", "{}"),
            end("stop")
        ]),
        ["f {\"a\":\"}\"}", "f {\"b\":2}", "g {}"]
    );
    // A server that says the name with every piece.
    assert_eq!(
        calls(&[
            whole("f", "{\"a\":"),
            whole("f", "1}"),
            whole("f", ""),
            end("tool_calls")
        ]),
        ["f {\"a\":1}"]
    );
    // Snowflake: empty calls in every piece.
    assert_eq!(
        calls(&[
            delta(
                json!({"content": "4", "tool_calls": [{}], "function_call": {"name": "", "arguments": ""}})
            ),
            delta(json!({"content": "", "tool_calls": null})),
            end("stop"),
        ]),
        [""; 0]
    );
    // Arguments as the object itself, and a list of one call without the list.
    assert_eq!(
        calls(&[
            delta(
                json!({"tool_calls": {"id": "a", "function": {"name": "f", "arguments": {"a": 1}}}})
            ),
            end("tool_calls"),
        ]),
        ["f {\"a\":1}"]
    );
}

/// Pieces as servers of other languages send them.
#[test]
fn pieces_of_the_wild() {
    let response = collected(&events(&[
        json!({"id": "c", "model": "m", "choices": [], "usage": null}),
        json!({"id": "c", "model": "m", "choices": [{"index": 0, "delta": {"content": "a"}, "finish_reason": ""}], "usage": []}),
        json!({"choices": [{"index": "0", "delta": []}]}),
        json!({"choices": [{"delta": null, "finish_reason": null}]}),
        json!({"choices": [{"delta": "", "finish_reason": null}], "usage": ""}),
        json!({"choices": [{"delta": {"content": [{"type": "text", "text": "b"}]}}]}),
        json!({"choices": [{"index": 1, "delta": {"content": "another answer"}, "finish_reason": "length"}]}),
        // Moonshot counts in the choice, Groq in its own field, each only there.
        json!({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop", "usage": {"prompt_tokens": 9, "completion_tokens": "3"}}]}),
        json!({"choices": [], "x_groq": {"usage": {"prompt_tokens": 10}}}),
    ]));
    assert_eq!(response.text(), "ab");
    assert_eq!(response.finish.reason, FinishReason::Stop);
    assert_eq!(
        (response.usage.input, response.usage.output),
        (Some(10), None)
    );
}
