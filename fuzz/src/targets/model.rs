//! The decoders of model providers: any answer is read or refused, and every way of cutting a stream gives the same.

use bytes::Bytes;
use msg_core::llm::{LlmError, LlmWire, StreamEvent};
use msg_llm::anthropic::{Anthropic, AnthropicConfig};
use msg_llm::bedrock::{Bedrock, BedrockConfig};
use msg_llm::cohere::{Cohere, CohereConfig};
use msg_llm::gemini::{Gemini, GeminiConfig};
use msg_llm::ollama::{Ollama, OllamaConfig};
use msg_llm::openai::{OpenAi, OpenAiConfig};
use msg_llm::openai_responses::{OpenAiResponses, ResponsesConfig};

use super::eventstream;
use crate::trial;

pub(super) const CHAT_DICTIONARY: &[&[u8]] = &[
    b"data: ",
    b"\n\n",
    b"\r\n\r\n",
    b"[DONE]",
    b"{\"choices\":[{\"delta\":{",
    b"\"content\":\"",
    b"\"tool_calls\":[{\"index\":0,\"id\":\"a\",\"function\":{\"name\":\"f\",\"arguments\":\"",
    b"\"finish_reason\":\"stop\"",
    b"\"usage\":{\"prompt_tokens\":1",
    b"\"error\":{\"code\":429}",
];

pub(super) const CHAT_SEEDS: &[&[u8]] = &[
    b"\x03data: {\"id\":\"c\",\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"h\xc3\xa9\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n",
    b"\x07{\"choices\":[{\"message\":{\"content\":\"hi\"},\"finish_reason\":\"length\"}],\"usage\":{\"prompt_tokens\":3}}",
];

pub(super) const COHERE_DICTIONARY: &[&[u8]] = &[
    b"data: ",
    b"\n\n",
    b"{\"type\":\"content-delta\",\"delta\":{\"message\":{\"content\":{",
    b"{\"type\":\"tool-plan-delta\",\"delta\":{\"message\":{\"tool_plan\":\"",
    b"{\"type\":\"tool-call-start\",\"index\":0,\"delta\":{\"message\":{\"tool_calls\":{\"id\":\"a\",\"function\":{\"name\":\"f\"}}}}}",
    b"{\"type\":\"tool-call-delta\",\"index\":0,\"delta\":{\"message\":{\"tool_calls\":{\"function\":{\"arguments\":\"",
    b"{\"type\":\"message-end\",\"delta\":{",
    b"\"text\":\"",
    b"\"thinking\":\"",
    b"\"finish_reason\":\"COMPLETE\"",
    b"\"usage\":{\"tokens\":{\"input_tokens\":1}}",
    b"\"error\":\"x\"",
    b"[DONE]",
];

pub(super) const COHERE_SEEDS: &[&[u8]] = &[
    b"\x06data: {\"type\":\"content-delta\",\"index\":0,\"delta\":{\"message\":{\"content\":{\"text\":\"h\xc3\xa9\"}}}}\n\ndata: {\"type\":\"message-end\",\"delta\":{\"finish_reason\":\"COMPLETE\"}}\n\n",
    b"\x0b{\"id\":\"1\",\"message\":{\"content\":[{\"type\":\"text\",\"text\":\"hi\"}]},\"finish_reason\":\"MAX_TOKENS\",\"usage\":{\"tokens\":{\"input_tokens\":3}}}",
];

pub(super) const GEMINI_DICTIONARY: &[&[u8]] = &[
    b"data: ",
    b"\r\n\r\n",
    b"{\"candidates\":[{\"content\":{\"parts\":[{",
    b"\"text\":\"",
    b"\"thought\":true",
    b"\"thoughtSignature\":\"s\"",
    b"\"functionCall\":{\"name\":\"f\",\"args\":{",
    b"\"executableCode\":{}",
    b"\"finishReason\":\"STOP\"",
    b"{\"promptFeedback\":{\"blockReason\":\"SAFETY\"",
    b"\"usageMetadata\":{\"promptTokenCount\":1",
    b"\"error\":{\"code\":429}",
];

pub(super) const GEMINI_SEEDS: &[&[u8]] = &[
    b"\x04data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"h\xc3\xa9\"}]},\"finishReason\":\"STOP\"}]}\r\n\r\n",
    b"\x09[{\"candidates\":[{\"content\":{\"parts\":[{\"functionCall\":{\"name\":\"f\",\"args\":{ \"a\": 1 }}}]},\"finishReason\":\"STOP\"}]}]",
];

pub(super) const OLLAMA_DICTIONARY: &[&[u8]] = &[
    b"\n",
    b"{\"message\":{",
    b"\"content\":\"",
    b"\"thinking\":\"",
    b"\"tool_calls\":[{\"function\":{\"name\":\"f\",\"arguments\":{",
    b"\"done\":true,\"done_reason\":\"stop\"",
    b"\"eval_count\":1",
    b"{\"error\":\"x\"}",
    b"\\\"",
];

pub(super) const OLLAMA_SEEDS: &[&[u8]] = &[
    b"\x05{\"model\":\"m\",\"message\":{\"content\":\"h\xc3\xa9{\"},\"done\":false}\n{\"done\":true,\"done_reason\":\"stop\",\"eval_count\":3}\n",
    b"\x03{\n \"message\": {\"tool_calls\": [{\"function\": {\"name\": \"f\", \"arguments\": {\"a\": \"}\"}}}]},\n \"done\": true\n}",
];

pub(super) const RESPONSES_DICTIONARY: &[&[u8]] = &[
    b"data: ",
    b"\n\n",
    b"\r\n\r\n",
    b"{\"type\":\"response.created\",\"response\":{}}",
    b"{\"type\":\"response.output_text.delta\",\"output_index\":0,\"delta\":\"",
    b"{\"type\":\"response.output_item.added\",\"output_index\":1,\"item\":{\"type\":\"function_call\"",
    b"{\"type\":\"response.output_item.done\",\"item\":{\"type\":\"reasoning\",\"id\":\"r\"",
    b"{\"type\":\"response.function_call_arguments.delta\",\"delta\":\"{\"",
    b"{\"type\":\"response.completed\",\"response\":{\"status\":\"completed\"}}",
    b"{\"type\":\"response.failed\"",
    b"{\"type\":\"error\"",
];

pub(super) const RESPONSES_SEEDS: &[&[u8]] = &[
    b"\x05event: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\",\"output_index\":0,\"delta\":\"h\xc3\xa9\"}\n\ndata: {\"type\":\"response.completed\",\"response\":{\"status\":\"completed\",\"usage\":{\"input_tokens\":3}}}\n\n",
    b"\x02{\"status\":\"completed\",\"output\":[{\"type\":\"message\",\"content\":[{\"text\":\"hi\"}]}]}",
];

pub(super) const MESSAGES_DICTIONARY: &[&[u8]] = &[
    b"data: ",
    b"\n\n",
    b"\r\n\r\n",
    b"{\"type\":\"message_start\",\"message\":{\"usage\":{\"input_tokens\":1}}}",
    b"{\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"thinking\"}}",
    b"{\"type\":\"content_block_start\",\"index\":1,\"content_block\":{\"type\":\"tool_use\",\"input\":{}}}",
    b"{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"signature_delta\",\"signature\":\"s\"}}",
    b"{\"type\":\"content_block_delta\",\"index\":1,\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":\"{\"}}",
    b"{\"type\":\"content_block_stop\",\"index\":0}",
    b"{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"tool_use\"}}",
    b"{\"type\":\"message_stop\"}",
    b"{\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\"}}",
];

pub(super) const MESSAGES_SEEDS: &[&[u8]] = &[
    b"\x05data: {\"type\":\"message_start\",\"message\":{\"model\":\"m\"}}\n\ndata: {\"type\":\"content_block_delta\",\"delta\":{\"type\":\"text_delta\",\"text\":\"h\xc3\xa9\"}}\n\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"}}\n\ndata: {\"type\":\"message_stop\"}\n\n",
    b"\x02{\"content\":[{\"type\":\"text\",\"text\":\"hi\"}],\"stop_reason\":\"end_turn\"}",
];

/// The names that the first byte of a line chooses from.
const CONVERSE_EVENTS: [&str; 9] = [
    "messageStart",
    "contentBlockStart",
    "contentBlockDelta",
    "contentBlockStop",
    "messageStop",
    "metadata",
    "throttlingException",
    "telepathyException",
    "",
];

pub(super) const CONVERSE_DICTIONARY: &[&[u8]] = &[
    b"\n0{}\n",
    b"\n1{\"contentBlockIndex\":1,\"start\":{\"toolUse\":{\"toolUseId\":\"a\",\"name\":\"f\"}}}\n",
    b"\n2{\"contentBlockIndex\":0,\"delta\":{\"text\":\"x\"}}\n",
    b"\n2{\"contentBlockIndex\":1,\"delta\":{\"toolUse\":{\"input\":\"{\"}}}\n",
    b"\n2{\"delta\":{\"reasoningContent\":{\"signature\":\"s\"}}}\n",
    b"\n2{\"delta\":{\"reasoningContent\":{\"redactedContent\":\"YQ==\"}}}\n",
    b"\n3{\"contentBlockIndex\":1}\n",
    b"\n4{\"stopReason\":\"tool_use\"}\n",
    b"\n5{\"usage\":{\"inputTokens\":1}}\n",
    b"\n6{\"message\":\"slow\"}\n",
];

pub(super) const CONVERSE_SEEDS: &[&[u8]] = &[
    b"\x05e0{}\n2{\"contentBlockIndex\":0,\"delta\":{\"text\":\"h\xc3\xa9\"}}\n3{}\n4{\"stopReason\":\"end_turn\"}\n5{\"usage\":{\"inputTokens\":3}}",
    b"\x02w{\"output\":{\"message\":{\"content\":[{\"text\":\"hi\"}]}},\"stopReason\":\"end_turn\"}",
];

/// Converse. What follows an `e` are lines that are made messages of an event stream: a digit that chooses the event, and its
/// payload. Chance alone would not find their checksums.
pub(super) fn converse(input: &[u8]) {
    let Ok(wire) = Bedrock::new(BedrockConfig::new("us-east-1")) else {
        return;
    };
    let (Some(piece), Some(form), Some(rest)) = (input.first(), input.get(1), input.get(2..))
    else {
        return;
    };
    let mut body = vec![*piece];
    if *form == b'e' {
        for line in rest.split(|byte| *byte == b'\n') {
            let [first, payload @ ..] = line else {
                continue;
            };
            let chosen = usize::from(first.wrapping_sub(b'0')) % CONVERSE_EVENTS.len();
            let name = CONVERSE_EVENTS.get(chosen).copied().unwrap_or_default();
            let mut fields = b"\x0b:event-type\x07\x00".to_vec();
            fields.push(u8::try_from(name.len()).unwrap_or_default());
            fields.extend_from_slice(name.as_bytes());
            body.extend(eventstream::frame(&fields, payload));
        }
    } else {
        body.extend_from_slice(rest);
    }
    run(&wire, &body);
}

/// Messages.
pub(super) fn messages(input: &[u8]) {
    if let Ok(wire) = Anthropic::new(AnthropicConfig::default()) {
        run(&wire, input);
    }
}

/// Chat Completions.
pub(super) fn chat(input: &[u8]) {
    if let Ok(wire) = OpenAi::new(OpenAiConfig::default()) {
        run(&wire, input);
    }
}

/// Cohere.
pub(super) fn cohere(input: &[u8]) {
    if let Ok(wire) = Cohere::new(CohereConfig::default()) {
        run(&wire, input);
    }
}

/// Gemini.
pub(super) fn gemini(input: &[u8]) {
    if let Ok(wire) = Gemini::new(GeminiConfig::default()) {
        run(&wire, input);
    }
}

/// Ollama.
pub(super) fn ollama(input: &[u8]) {
    if let Ok(wire) = Ollama::new(OllamaConfig::default()) {
        run(&wire, input);
    }
}

/// The Responses API.
pub(super) fn responses(input: &[u8]) {
    if let Ok(wire) = OpenAiResponses::new(ResponsesConfig::default()) {
        run(&wire, input);
    }
}

/// The first byte is the length of the pieces.
fn run(wire: &dyn LlmWire, input: &[u8]) {
    let [piece, body @ ..] = input else { return };
    let piece = usize::from(*piece).max(1);
    let whole = decoded(wire, [body]);
    let same = |what: &str, (events, error): (Vec<StreamEvent>, Option<LlmError>)| {
        assert!(events == whole.0, "{what}: other events");
        assert_eq!(
            error.map(|error| error.to_string()),
            whole.1.as_ref().map(ToString::to_string),
            "{what}"
        );
    };
    same("byte by byte", decoded(wire, body.chunks(1)));
    same("in pieces", decoded(wire, body.chunks(piece)));
    let answer = wire.decode(&http::Response::new(Bytes::copy_from_slice(body)));
    trial::note_all(&(
        whole.0.len().min(16),
        whole.1.map(|error| error.kind),
        answer.map(|answer| answer.output.len()).ok(),
    ));
}

fn decoded<'a>(
    wire: &dyn LlmWire,
    reads: impl IntoIterator<Item = &'a [u8]>,
) -> (Vec<StreamEvent>, Option<LlmError>) {
    let (head, ()) = http::Response::new(()).into_parts();
    let (mut decoder, mut events) = (wire.decoder(&head), Vec::new());
    for read in reads {
        if let Err(error) = decoder.push(read, &mut events) {
            return (events, Some(error));
        }
    }
    let error = decoder.finish(&mut events).err();
    (events, error)
}
