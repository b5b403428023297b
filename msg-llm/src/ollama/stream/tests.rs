#![expect(
    clippy::needless_pass_by_value,
    reason = "values written in place with `json!` read best"
)]

use super::super::wire::SCHEME;
use super::*;
use crate::shown::shown;
use msg_core::llm::{Collector, FinishReason, GenerateResponse};
use proptest::prelude::*;
use serde_json::{Value, json};

/// Events and error of these reads.
fn decode(reads: &[&[u8]]) -> (Vec<StreamEvent>, Option<LlmError>) {
    let head = http::Response::new(()).into_parts().0;
    let mut decoder = ChatDecoder::new(&head, 1 << 16);
    let mut events = Vec::new();
    for read in reads {
        if let Err(error) = decoder.push(read, &mut events) {
            return (events, Some(error));
        }
    }
    let error = decoder.finish(&mut events).err();
    (events, error)
}

fn lines(pieces: &[Value]) -> String {
    pieces
        .iter()
        .flat_map(|piece| [piece.to_string(), "\n".to_owned()])
        .collect()
}

fn events(pieces: &[Value]) -> Vec<StreamEvent> {
    let (events, error) = decode(&[lines(pieces).as_bytes()]);
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

fn piece(message: Value) -> Value {
    json!({"model": "m", "created_at": "2026-01-01T00:00:00Z", "message": message, "done": false})
}

fn text(text: &str) -> Value {
    piece(json!({"role": "assistant", "content": text}))
}

fn end(reason: &str) -> Value {
    json!({"model": "m", "message": {"role": "assistant", "content": ""}, "done": true, "done_reason": reason,
           "total_duration": 5, "prompt_eval_count": 9, "eval_count": 3})
}

fn failure(text: &str) -> LlmError {
    decode(&[text.as_bytes()]).1.unwrap()
}

#[test]
fn a_usual_stream() {
    let call = json!({"content": "", "tool_calls": [{"id": "c", "function": {"index": 0, "name": "f", "arguments": {"a": "ü"}}}]});
    let pieces = [
        piece(json!({"content": "", "thinking": "Hm."})),
        text("Hel"),
        text("lo \"you\"\n"),
        piece(call),
        end("stop"),
    ];
    insta::assert_json_snapshot!("usual_stream", shown(&events(&pieces)));
}

#[test]
fn whole_and_streamed_are_the_same() {
    let calls = json!([{"function": {"name": "f", "arguments": {"x": [1, 2]}}}]);
    let pieces = [
        piece(json!({"thinking": "Hm"})),
        text("a"),
        text("b"),
        piece(json!({"content": "", "tool_calls": calls})),
        end("stop"),
    ];
    let mut whole = end("stop");
    whole["message"] = json!({"thinking": "Hm", "content": "ab", "tool_calls": calls});
    let whole = super::super::response::decode(
        StatusCode::OK,
        &HeaderMap::new(),
        serde_json::to_string_pretty(&whole).unwrap().as_bytes(),
    );
    assert_eq!(collected(&events(&pieces)), whole.unwrap());
}

#[test]
fn a_stream_without_its_last_object_is_interrupted() {
    let (seen, error) = decode(&[lines(&[text("Hel")]).as_bytes()]);
    assert_eq!(error.unwrap().kind, LlmErrorKind::Interrupted);
    assert_eq!(collected(&seen).text(), "Hel");
    assert_eq!(failure("").kind, LlmErrorKind::Interrupted);
    let cut = lines(&[text("Hel"), end("stop")]);
    let cut = cut.trim_end().strip_suffix('}').unwrap();
    assert_eq!(failure(cut).kind, LlmErrorKind::Interrupted);
    let bare = lines(&[text("Hel"), end("stop")]);
    assert!(
        decode(&[bare.trim_end().as_bytes()]).1.is_none(),
        "the last line may lack its end"
    );
    let more = lines(&[text("x"), end("stop"), text("y")]) + "<html>";
    let (seen, none) = decode(&[more.as_bytes()]);
    assert!(
        none.is_none() && collected(&seen).text() == "x",
        "nothing follows the end"
    );
}

#[test]
fn unknown_ends_and_cut_calls() {
    let odd = collected(&events(&[text("x"), end("telepathy")]));
    assert_eq!(odd.finish.reason, FinishReason::Other);
    let call = piece(json!({"tool_calls": [{"function": {"name": "f", "arguments": {}}}]}));
    let cut = collected(&events(&[call, end("length")]));
    assert_eq!(
        (cut.finish.reason, cut.finished_calls().count()),
        (FinishReason::Length, 0)
    );
}

#[test]
fn errors_inside_a_good_stream() {
    let broken = lines(&[
        text("Hel"),
        json!({"error": "an error was encountered while running the model"}),
    ]);
    let error = failure(&broken);
    assert_eq!(
        (error.kind, error.retryable),
        (LlmErrorKind::Unavailable, true)
    );
    assert_eq!(
        failure("{\n  \"error\": \"x\"\n}\n").kind,
        LlmErrorKind::Unavailable
    );
    assert_eq!(
        failure("[{\"error\":{\"code\":429}}]").kind,
        LlmErrorKind::RateLimit
    );
    assert_eq!(
        failure(" <html>busy</html>").kind,
        LlmErrorKind::Unavailable
    );
    assert_eq!(failure("not json").kind, LlmErrorKind::Malformed);
    assert_eq!(failure("{\"message\":1}\n").kind, LlmErrorKind::Malformed);
}

#[test]
fn a_server_cannot_make_it_grow_without_bound() {
    let calls: Vec<Value> = (0..2000)
        .map(|_| json!({"function": {"name": "f"}}))
        .collect();
    assert_eq!(
        failure(&lines(&[piece(json!({ "tool_calls": calls }))])).kind,
        LlmErrorKind::Malformed
    );
    let large = "x".repeat(1 << 16);
    assert_eq!(
        failure(&lines(&[text(&large)])).kind,
        LlmErrorKind::Malformed
    );
    assert_eq!(failure(&format!("<{large}")).kind, LlmErrorKind::Malformed);
}

fn any_piece() -> impl Strategy<Value = String> {
    let whole = |value: Value| format!("{value}\n");
    prop_oneof![
        6 => "\\PC{0,8}".prop_map(move |said| whole(text(&said))),
        3 => "[a-zé😀\n{}\"]{0,8}".prop_map(move |thought| whole(piece(json!({ "thinking": thought })))),
        2 => "[fg]".prop_map(move |name| whole(piece(json!({"tool_calls": [{"function": {"name": name, "arguments": {"é": "😀"}}}]})))),
        1 => Just(whole(json!({"error": "x"}))),
        1 => Just("<p>\n".to_owned()),
        1 => Just("{\"a\"\n".to_owned()),
    ]
}

proptest! {
    #[test]
    fn every_cut_gives_the_same(lead in "[ \n\r\t]{0,3}", pieces in prop::collection::vec(any_piece(), 0..8), ended in any::<bool>(), cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..5)) {
        let mut text = lead + &pieces.concat();
        if ended {
            text += &lines(&[end("stop")]);
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
    fn any_bytes_are_read_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..80), prefix in "[{\"a]?") {
        let _ = decode(&[prefix.as_bytes(), &bytes, b"\n"]);
    }
}
