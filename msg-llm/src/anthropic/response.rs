//! A whole answer: what the model said, or the error that the answer is.

use super::schema::{Block, Counts, Message, StopDetails};
use super::wire::SCHEME;
use crate::failure;
use crate::value::Text;
use http::{HeaderMap, StatusCode};
use msg_core::llm::{
    Finish, FinishReason, GenerateResponse, LlmError, LlmErrorKind, Output, Reasoning, ToolCall,
    Usage,
};
use serde_json::value::RawValue;

/// Reads an answer of any status.
pub(super) fn decode(
    status: StatusCode,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<GenerateResponse, LlmError> {
    if !status.is_success() {
        return Err(failure::classify(status, headers, body));
    }
    let text = crate::sse::text(failure::unmarked(body));
    let Ok(message) = serde_json::from_str::<Message<'_>>(&text) else {
        return Err(failure::inside(headers, body)
            .unwrap_or_else(|| failure::unreadable(status, headers, body)));
    };
    if (message.error.0 || message.content.is_none())
        && let Some(error) = failure::inside(headers, body)
    {
        return Err(error);
    }
    let Some(content) = message.content else {
        return Err(failure::of_kind(
            LlmErrorKind::Malformed,
            "the answer has no content",
            headers,
        ));
    };
    let mut response = GenerateResponse::default();
    response.model = owned(message.model);
    response.request_id =
        failure::request_id(headers).or_else(|| message.id.some().map(Into::into));
    response.usage = message.usage.map(usage).unwrap_or_default();
    for block in content.0 {
        add(block, &mut response.output);
    }
    let raw = message.stop_reason.some();
    if let Some(refusal) = refusal(raw.as_deref(), message.stop_details) {
        response.output.push(Output::Refusal(refusal));
    }
    let any_call = response
        .output
        .iter()
        .any(|output| matches!(output, Output::ToolCall(_)));
    response.finish = finish(raw.as_deref(), any_call);
    let complete = !cut_off(response.finish.reason);
    for output in &mut response.output {
        if let Output::ToolCall(call) = output {
            call.complete = complete;
        }
    }
    Ok(response)
}

/// Adds what a block says. Texts that follow each other are one, as in a stream.
fn add(block: Block<'_>, output: &mut Vec<Output>) {
    match block.kind.0.as_deref() {
        Some("text") => {
            if let Some(more) = block.text.some() {
                match output.last_mut() {
                    Some(Output::Text(text)) => text.push_str(&more),
                    _ => output.push(Output::Text(more.into())),
                }
            }
        }
        Some("thinking") => {
            let mut thought = Reasoning::new(owned(block.thinking), SCHEME);
            thought.signature = block.signature.some().map(Into::into);
            if !thought.text.is_empty() || thought.signature.is_some() {
                output.push(Output::Reasoning(thought));
            }
        }
        Some("redacted_thinking") => {
            if let Some(seal) = block.data.some() {
                output.push(Output::Reasoning(Reasoning::redacted(seal, SCHEME)));
            }
        }
        Some("tool_use") => output.push(Output::ToolCall(ToolCall::new(
            owned(block.id),
            owned(block.name),
            arguments(block.input),
        ))),
        // Tools that ran at the provider, and whatever comes next.
        _ => {}
    }
}

/// The arguments of a call; none is an empty object.
pub(super) fn arguments(input: Option<&RawValue>) -> String {
    input.map_or("{}", RawValue::get).to_owned()
}

/// Why the model refused, if it did; empty when it does not say.
pub(super) fn refusal(raw: Option<&str>, details: Option<StopDetails<'_>>) -> Option<String> {
    (raw == Some("refusal"))
        .then(|| details.map_or_else(String::new, |details| owned(details.explanation)))
}

pub(super) fn owned(text: Text<'_>) -> String {
    text.some().map(String::from).unwrap_or_default()
}

/// Whether calls of an answer that ended so must not run. The same rule as the stream's collector.
const fn cut_off(reason: FinishReason) -> bool {
    matches!(
        reason,
        FinishReason::Length | FinishReason::ContentFilter | FinishReason::Error
    )
}

/// The unified reason. `pause_turn` (a server tool wants more time) and what is not known are `Other`.
pub(super) fn finish(raw: Option<&str>, any_call: bool) -> Finish {
    let Some(raw) = raw else {
        return Finish::default();
    };
    let reason = match raw {
        "end_turn" | "stop_sequence" if any_call => FinishReason::ToolCalls,
        "end_turn" | "stop_sequence" => FinishReason::Stop,
        "tool_use" => FinishReason::ToolCalls,
        "max_tokens" | "model_context_window_exceeded" => FinishReason::Length,
        "refusal" => FinishReason::ContentFilter,
        _ => FinishReason::Other,
    };
    Finish::new(reason, raw)
}

/// Splits the counts: cached input stands beside the input, thinking is part of the output.
pub(super) fn usage(counts: Counts) -> Usage {
    let thought = counts
        .output_tokens_details
        .and_then(|details| details.thinking_tokens.0);
    let mut usage = Usage::default();
    usage.input = counts.input_tokens.0;
    usage.cache_read = counts.cache_read_input_tokens.0;
    usage.cache_write = counts.cache_creation_input_tokens.0;
    (usage.output, usage.reasoning) = match (counts.output_tokens.0, thought) {
        (Some(all), Some(thought)) => (Some(all.saturating_sub(thought)), Some(thought.min(all))),
        (all, thought) => (all, thought),
    };
    usage
}

#[cfg(test)]
mod tests;
