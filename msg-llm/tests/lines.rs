//! Lines that are no events in streams of events: errors of proxies, and whole streams of one object a line.
#![cfg(test)]

use msg_core::llm::{LlmError, LlmErrorKind, LlmWire, StreamEvent};
use msg_llm::anthropic::{Anthropic, AnthropicConfig};
use msg_llm::cohere::{Cohere, CohereConfig};
use msg_llm::gemini::{Gemini, GeminiConfig};
use msg_llm::openai::{OpenAi, OpenAiConfig};
use msg_llm::openai_responses::{OpenAiResponses, ResponsesConfig};

/// Each wire that reads server-sent events, and events of it: a beginning, a text `a`, and the rest to the end.
fn wires() -> Vec<(Box<dyn LlmWire>, Vec<&'static str>)> {
    vec![
        (
            Box::new(OpenAi::new(OpenAiConfig::default()).unwrap()),
            vec![
                r#"{"id":"x","model":"m","choices":[{"index":0,"delta":{"role":"assistant"}}]}"#,
                r#"{"id":"x","choices":[{"index":0,"delta":{"content":"a"}}]}"#,
                r#"{"id":"x","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#,
            ],
        ),
        (
            Box::new(OpenAiResponses::new(ResponsesConfig::default()).unwrap()),
            vec![
                r#"{"type":"response.created","response":{"id":"x","model":"m"}}"#,
                r#"{"type":"response.output_text.delta","output_index":0,"delta":"a"}"#,
                r#"{"type":"response.completed","response":{"id":"x","status":"completed","output":[]}}"#,
            ],
        ),
        (
            Box::new(Anthropic::new(AnthropicConfig::default()).unwrap()),
            vec![
                r#"{"type":"message_start","message":{"id":"x","model":"m","usage":{"input_tokens":1}}}"#,
                r#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":"a"}}"#,
                r#"{"type":"message_delta","delta":{"stop_reason":"end_turn"}}"#,
                r#"{"type":"message_stop"}"#,
            ],
        ),
        (
            Box::new(Cohere::new(CohereConfig::default()).unwrap()),
            vec![
                r#"{"type":"message-start","id":"x"}"#,
                r#"{"type":"content-delta","index":0,"delta":{"message":{"content":{"text":"a"}}}}"#,
                r#"{"type":"message-end","delta":{"finish_reason":"COMPLETE"}}"#,
            ],
        ),
        (
            Box::new(Gemini::new(GeminiConfig::default()).unwrap()),
            vec![
                r#"{"candidates":[{"content":{"parts":[]}}],"modelVersion":"m"}"#,
                r#"{"candidates":[{"content":{"parts":[{"text":"a"}]}}]}"#,
                r#"{"candidates":[{"finishReason":"STOP"}]}"#,
            ],
        ),
    ]
}

type Read = (Vec<StreamEvent>, Option<LlmErrorKind>);

/// What comes of these bytes, read `cut` at a time.
fn read(wire: &dyn LlmWire, bytes: &[u8], cut: usize) -> Read {
    let head = http::Response::new(()).into_parts().0;
    let mut decoder = wire.decoder(&head);
    let mut events = Vec::new();
    let mut all = || -> Result<(), LlmError> {
        for bytes in bytes.chunks(cut) {
            decoder.push(bytes, &mut events)?;
        }
        decoder.finish(&mut events)
    };
    let error = all().err().map(|error| error.kind);
    (events, error)
}

/// The same for every cut.
fn stable(wire: &dyn LlmWire, text: &str) -> Read {
    let whole = read(wire, text.as_bytes(), usize::MAX);
    for cut in [1, 2, 3, 7, 64] {
        assert_eq!(
            read(wire, text.as_bytes(), cut),
            whole,
            "{} {cut} {text}",
            wire.scheme()
        );
    }
    whole
}

fn said(events: &[StreamEvent]) -> String {
    events
        .iter()
        .filter_map(|event| match event {
            StreamEvent::Text(text) => Some(text.as_str()),
            _ => None,
        })
        .collect()
}

const OVERLOADED: &str = r#"{"error":{"code":503,"message":"The model is overloaded"}}"#;
const LIMITED: &str =
    r#"{"type":"error","error":{"type":"rate_limit_error","message":"Slow down"}}"#;

#[test]
fn an_error_on_a_bare_line_is_that_error() {
    for (wire, pieces) in wires() {
        let name = wire.scheme();
        let before: Vec<String> = pieces
            .iter()
            .take(2)
            .map(|piece| format!("data: {piece}\n\n"))
            .collect();
        let before = before.concat();
        for (error, expected) in [
            (OVERLOADED, LlmErrorKind::Overloaded),
            (LIMITED, LlmErrorKind::RateLimit),
        ] {
            let kind = Some(expected);
            for end in ["", "\n", "\r\n\r\n", "\n\ndata: [DONE]\n\n"] {
                let (events, told) = stable(&*wire, &format!("{before}{error}{end}"));
                assert_eq!(
                    (said(&events).as_str(), &told),
                    ("a", &kind),
                    "{name} {end:?}"
                );
            }
            // Before anything else, with other lines behind it.
            let (events, told) = stable(&*wire, &format!("{error}\n\ndata: [DONE]\n\n"));
            assert_eq!((events.len(), told), (0, kind.clone()), "{name}");
            // As the last event, without its blank line.
            let (_, told) = stable(&*wire, &format!("{before}event: error\ndata: {error}"));
            assert_eq!(told, kind, "{name}");
        }
        // What is cut off is no event.
        let cut = OVERLOADED.get(..20).unwrap();
        let (events, told) = stable(&*wire, &format!("{before}data: {cut}"));
        assert_eq!(said(&events), "a", "{name}");
        assert_eq!(told, Some(LlmErrorKind::Interrupted), "{name}");
    }
}

#[test]
fn one_object_a_line_is_a_stream() {
    for (wire, pieces) in wires() {
        let name = wire.scheme();
        let events = pieces.iter().map(|piece| format!("data: {piece}\n\n"));
        let as_events = stable(&*wire, &events.collect::<String>());
        assert_eq!(
            (said(&as_events.0).as_str(), &as_events.1),
            ("a", &None),
            "{name}"
        );
        for end in ["\n", "\r\n", "\n\n"] {
            assert_eq!(stable(&*wire, &pieces.join(end)), as_events, "{name}");
            // White space before the first line, which a cut may leave alone (found by fuzzing).
            let led = format!(" {}", pieces.join(end));
            assert_eq!(stable(&*wire, &led), as_events, "{name}");
            let lines = pieces.iter().map(|piece| format!("{piece}{end}"));
            assert_eq!(
                stable(&*wire, &lines.collect::<String>()),
                as_events,
                "{name}"
            );
        }
        // Events that lost their blank line to a bare one keep their order.
        let mixed = pieces
            .iter()
            .map(|piece| format!("data: {piece}\n{piece}\n\n"));
        let (events, error) = stable(&*wire, &mixed.collect::<String>());
        assert_eq!((said(&events).as_str(), error), ("aa", None), "{name}");
    }
}
