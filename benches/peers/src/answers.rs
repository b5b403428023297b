//! What the server says on each wire: a whole answer of about a kilobyte and a stream of 200 pieces, as the providers send them.

use crate::wire::Wire;
use bytes::Bytes;
use serde_json::{Value, json};

/// Pieces of text of a stream.
pub const PIECES: usize = 200;
/// Pieces of text of a stream that never ends.
pub const LIVE_PIECES: usize = 20;
/// The text of a whole answer, a sentence twelve times.
const SENTENCE: &str = "Your order left this morning. ";

/// A whole answer with its head.
#[must_use]
pub fn whole(wire: Wire) -> Bytes {
    // Some clients trim.
    let body = whole_body(wire, SENTENCE.repeat(12).trim_end()).to_string();
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nx-request-id: req_1\r\ndate: Sat, 21 Nov 2026 10:00:00 GMT\r\n\
         x-ratelimit-limit-requests: 100\r\nx-ratelimit-remaining-requests: 99\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    Bytes::from(head + &body)
}

/// A stream with its head, to its end.
#[must_use]
pub fn stream(wire: Wire) -> Bytes {
    let mut out = opened(wire, PIECES);
    for event in ending(wire) {
        chunk(&mut out, &event);
    }
    out.extend_from_slice(b"0\r\n\r\n");
    Bytes::from(out)
}

/// The beginning of a stream: a live one waits for more.
#[must_use]
pub fn live(wire: Wire) -> Bytes {
    Bytes::from(opened(wire, LIVE_PIECES))
}

fn opened(wire: Wire, pieces: usize) -> Vec<u8> {
    let kind = match wire {
        Wire::Ollama => "application/x-ndjson",
        Wire::Bedrock => "application/vnd.amazon.eventstream",
        _ => "text/event-stream",
    };
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\nx-request-id: req_1\r\ntransfer-encoding: chunked\r\n\r\n"
    );
    let mut out = head.into_bytes();
    let events = (0..pieces).map(|number| frame(wire, &piece(wire, &format!(" word{number:04}"))));
    for event in beginning(wire).into_iter().chain(events) {
        chunk(&mut out, &event);
    }
    out
}

/// A chunk of a chunked body.
fn chunk(out: &mut Vec<u8>, event: &[u8]) {
    out.extend_from_slice(format!("{:x}\r\n", event.len()).as_bytes());
    out.extend_from_slice(event);
    out.extend_from_slice(b"\r\n");
}

/// An event as the wire writes it.
fn frame(wire: Wire, event: &Value) -> Vec<u8> {
    let text = match wire {
        Wire::Ollama => format!("{event}\n"),
        Wire::Gemini => format!("data: {event}\r\n\r\n"),
        Wire::Responses | Wire::Anthropic | Wire::Cohere => {
            let name = event.get("type").and_then(Value::as_str);
            format!("event: {}\ndata: {event}\n\n", name.unwrap_or_default())
        }
        Wire::OpenAi | Wire::Mistral | Wire::Azure => format!("data: {event}\n\n"),
        // The name stands outside the payload there.
        Wire::Bedrock => {
            let named = event.as_object().and_then(|event| event.iter().next());
            return named.map_or_else(Vec::new, |(name, payload)| binary(name, payload));
        }
    };
    text.into_bytes()
}

/// A message of Amazon's event stream.
fn binary(name: &str, payload: &Value) -> Vec<u8> {
    let mut headers = Vec::new();
    for (name, value) in [
        (":event-type", name),
        (":content-type", "application/json"),
        (":message-type", "event"),
    ] {
        headers.push(u8::try_from(name.len()).unwrap_or_default());
        headers.extend_from_slice(name.as_bytes());
        headers.push(7);
        headers.extend_from_slice(&u16::try_from(value.len()).unwrap_or_default().to_be_bytes());
        headers.extend_from_slice(value.as_bytes());
    }
    let payload = payload.to_string();
    let length = |bytes: usize| u32::try_from(bytes).unwrap_or_default().to_be_bytes();
    let mut out = Vec::new();
    out.extend_from_slice(&length(headers.len() + payload.len() + 16));
    out.extend_from_slice(&length(headers.len()));
    out.extend_from_slice(&crc32fast::hash(&out).to_be_bytes());
    out.extend_from_slice(&headers);
    out.extend_from_slice(payload.as_bytes());
    out.extend_from_slice(&crc32fast::hash(&out).to_be_bytes());
    out
}

fn whole_body(wire: Wire, text: &str) -> Value {
    match wire {
        Wire::OpenAi | Wire::Mistral | Wire::Azure => json!({
            "id": "chatcmpl-BENCH0123456789abcdefghijkl", "object": "chat.completion", "created": 1_760_000_000, "model": "gpt-4o-mini-2024-07-18",
            "choices": [{"index": 0, "message": {"role": "assistant", "content": text, "refusal": null, "annotations": []},
                         "logprobs": null, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 120, "completion_tokens": 80, "total_tokens": 200,
                      "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
                      "completion_tokens_details": {"reasoning_tokens": 0, "audio_tokens": 0, "accepted_prediction_tokens": 0, "rejected_prediction_tokens": 0}},
            "service_tier": "default", "system_fingerprint": "fp_0123456789"}),
        Wire::Responses => json!({
            "id": "resp_BENCH0123456789", "object": "response", "created_at": 1_760_000_000, "model": "gpt-5-mini-2025-08-07", "status": "completed",
            "error": null, "incomplete_details": null, "instructions": null, "parallel_tool_calls": true, "store": false, "temperature": 1.0,
            "output": [{"type": "message", "id": "msg_BENCH0123456789", "role": "assistant", "status": "completed",
                        "content": [{"type": "output_text", "text": text, "annotations": [], "logprobs": []}]}],
            "usage": {"input_tokens": 120, "input_tokens_details": {"cached_tokens": 0}, "output_tokens": 80,
                      "output_tokens_details": {"reasoning_tokens": 0}, "total_tokens": 200}}),
        Wire::Anthropic => json!({
            "id": "msg_BENCH0123456789", "type": "message", "role": "assistant", "model": "claude-sonnet-4-5-20250929",
            "content": [{"type": "text", "text": text}], "stop_reason": "end_turn", "stop_sequence": null,
            "usage": {"input_tokens": 120, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0,
                      "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0}, "output_tokens": 80, "service_tier": "standard"}}),
        Wire::Gemini => json!({
            "candidates": [{"content": {"parts": [{"text": text}], "role": "model"}, "finishReason": "STOP", "index": 0}],
            "usageMetadata": {"promptTokenCount": 120, "candidatesTokenCount": 80, "totalTokenCount": 200,
                              "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 120}]},
            "modelVersion": "gemini-2.5-flash", "responseId": "BENCH0123456789"}),
        Wire::Cohere => json!({
            "id": "c14c80c3-18eb-4519-9460-6c92edd8cfb4", "message": {"role": "assistant", "content": [{"type": "text", "text": text}]},
            "finish_reason": "COMPLETE", "usage": {"billed_units": {"input_tokens": 110, "output_tokens": 80},
                                                   "tokens": {"input_tokens": 120, "output_tokens": 80}, "cached_tokens": 0}}),
        Wire::Ollama => json!({
            "model": "qwen3:4b", "created_at": "2026-01-01T00:00:00.123456Z", "message": {"role": "assistant", "content": text}, "done": true,
            "done_reason": "stop", "total_duration": 1_234_567_890, "load_duration": 12_345_678, "prompt_eval_count": 120,
            "prompt_eval_duration": 123_456, "eval_count": 80, "eval_duration": 1_234_567}),
        Wire::Bedrock => json!({
            "output": {"message": {"role": "assistant", "content": [{"text": text}]}}, "stopReason": "end_turn", "metrics": {"latencyMs": 1234},
            "usage": {"inputTokens": 120, "outputTokens": 80, "totalTokens": 200, "cacheReadInputTokens": 0, "cacheWriteInputTokens": 0}}),
    }
}

/// A piece of text.
fn piece(wire: Wire, text: &str) -> Value {
    match wire {
        Wire::OpenAi | Wire::Mistral | Wire::Azure => {
            completion(&json!({ "content": text }), &Value::Null)
        }
        Wire::Responses => json!({
            "type": "response.output_text.delta", "item_id": "msg_BENCH0123456789", "output_index": 0, "content_index": 0, "delta": text,
            "sequence_number": 17, "logprobs": [], "obfuscation": "0123456789"}),
        Wire::Anthropic => {
            json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}})
        }
        Wire::Gemini => {
            json!({"candidates": [{"content": {"parts": [{"text": text}], "role": "model"}, "index": 0}],
            "usageMetadata": {"promptTokenCount": 120, "candidatesTokenCount": 3, "totalTokenCount": 123,
                              "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 120}]},
            "modelVersion": "gemini-2.5-flash", "responseId": "BENCH0123456789"})
        }
        Wire::Cohere => {
            json!({"type": "content-delta", "index": 0, "delta": {"message": {"content": {"text": text}}}})
        }
        Wire::Ollama => json!({
            "model": "qwen3:4b", "created_at": "2026-01-01T00:00:00.123456Z", "message": {"role": "assistant", "content": text}, "done": false}),
        Wire::Bedrock => {
            json!({"contentBlockDelta": {"contentBlockIndex": 0, "delta": {"text": text}, "p": "abcdefghijklmnopqrstuvwxyz"}})
        }
    }
}

/// A chunk of Chat Completions.
fn completion(delta: &Value, finish: &Value) -> Value {
    json!({"id": "chatcmpl-BENCH0123456789abcdefghijkl", "object": "chat.completion.chunk", "created": 1_760_000_000,
           "model": "gpt-4o-mini-2024-07-18", "service_tier": "default", "system_fingerprint": "fp_0123456789",
           "choices": [{"index": 0, "delta": delta, "logprobs": null, "finish_reason": finish}]})
}

/// What comes before the text.
fn beginning(wire: Wire) -> Vec<Vec<u8>> {
    let events = match wire {
        Wire::Responses => vec![
            json!({"type": "response.created", "sequence_number": 0, "response": {"id": "resp_BENCH0123456789", "object": "response",
                   "model": "gpt-5-mini-2025-08-07", "status": "in_progress", "output": [], "usage": null}}),
            json!({"type": "response.output_item.added", "output_index": 0, "sequence_number": 1,
                   "item": {"type": "message", "id": "msg_BENCH0123456789", "role": "assistant", "status": "in_progress", "content": []}}),
            json!({"type": "response.content_part.added", "item_id": "msg_BENCH0123456789", "output_index": 0, "content_index": 0,
                   "sequence_number": 2, "part": {"type": "output_text", "text": "", "annotations": []}}),
        ],
        Wire::Anthropic => vec![
            json!({"type": "message_start", "message": {"id": "msg_BENCH0123456789", "type": "message", "role": "assistant",
                   "model": "claude-sonnet-4-5-20250929", "content": [], "stop_reason": null, "stop_sequence": null,
                   "usage": {"input_tokens": 120, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0, "output_tokens": 1}}}),
            json!({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}),
            json!({"type": "ping"}),
        ],
        Wire::Cohere => vec![
            json!({"type": "message-start", "id": "c14c80c3-18eb-4519-9460-6c92edd8cfb4",
                   "delta": {"message": {"role": "assistant", "content": [], "tool_plan": "", "tool_calls": [], "citations": []}}}),
            json!({"type": "content-start", "index": 0, "delta": {"message": {"content": {"type": "text", "text": ""}}}}),
        ],
        Wire::Bedrock => vec![json!({"messageStart": {"role": "assistant", "p": "abcdefgh"}})],
        Wire::OpenAi | Wire::Mistral | Wire::Azure | Wire::Gemini | Wire::Ollama => Vec::new(),
    };
    events.iter().map(|event| frame(wire, event)).collect()
}

/// What comes after the text.
fn ending(wire: Wire) -> Vec<Vec<u8>> {
    let events = match wire {
        Wire::OpenAi | Wire::Mistral | Wire::Azure => vec![completion(&json!({}), &json!("stop"))],
        Wire::Responses => {
            let text = (0..PIECES).map(|number| format!(" word{number:04}"));
            let text = text.collect::<String>();
            vec![
                json!({"type": "response.output_text.done", "item_id": "msg_BENCH0123456789", "output_index": 0, "content_index": 0, "text": text}),
                json!({"type": "response.completed", "response": whole_body(wire, &text)}),
            ]
        }
        Wire::Anthropic => vec![
            json!({"type": "content_block_stop", "index": 0}),
            json!({"type": "message_delta", "delta": {"stop_reason": "end_turn", "stop_sequence": null}, "usage": {"output_tokens": 200}}),
            json!({"type": "message_stop"}),
        ],
        Wire::Gemini => vec![
            json!({"candidates": [{"content": {"parts": [{"text": ""}], "role": "model"}, "finishReason": "STOP", "index": 0}],
            "usageMetadata": {"promptTokenCount": 120, "candidatesTokenCount": 200, "totalTokenCount": 320},
            "modelVersion": "gemini-2.5-flash", "responseId": "BENCH0123456789"}),
        ],
        Wire::Cohere => vec![
            json!({"type": "content-end", "index": 0}),
            json!({"type": "message-end", "delta": {"finish_reason": "COMPLETE", "usage": {"billed_units": {"input_tokens": 110, "output_tokens": 200},
                   "tokens": {"input_tokens": 120, "output_tokens": 200}}}}),
        ],
        Wire::Ollama => vec![
            json!({"model": "qwen3:4b", "created_at": "2026-01-01T00:00:00.123456Z", "message": {"role": "assistant", "content": ""}, "done": true,
                   "done_reason": "stop", "total_duration": 1_234_567_890, "prompt_eval_count": 120, "eval_count": 200}),
        ],
        Wire::Bedrock => vec![
            json!({"contentBlockStop": {"contentBlockIndex": 0, "p": "abcdefgh"}}),
            json!({"messageStop": {"stopReason": "end_turn", "p": "abcdefgh"}}),
            json!({"metadata": {"usage": {"inputTokens": 120, "outputTokens": 200, "totalTokens": 320}, "metrics": {"latencyMs": 1234}, "p": "abcd"}}),
        ],
    };
    let mut out: Vec<Vec<u8>> = events.iter().map(|event| frame(wire, event)).collect();
    if matches!(wire, Wire::OpenAi | Wire::Mistral | Wire::Azure) {
        out.push(b"data: [DONE]\n\n".to_vec());
    }
    out
}
