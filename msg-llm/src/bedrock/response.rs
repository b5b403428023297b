//! A whole answer: what the model said, or the error that the answer is.

use super::failing;
use super::schema::{Answer, Block, Counts, Thought, ToolUse};
use super::wire::SCHEME;
use crate::failure;
use crate::place;
use crate::value::Text;
use http::{HeaderMap, StatusCode};
use msg_core::llm::{
    Finish, FinishReason, GenerateResponse, LlmError, LlmErrorKind, Output, Reasoning, ToolCall,
    Usage,
};
use serde_json::value::RawValue;

/// Reads an answer of any status. The model is not told, so it stays empty.
pub(super) fn decode(
    status: StatusCode,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<GenerateResponse, LlmError> {
    if !status.is_success() {
        return Err(failing::classify(status, headers, body));
    }
    let text = crate::sse::text(failure::unmarked(body));
    let mut answer = Answer::default();
    if place::read(&text, &mut answer).is_err() {
        return Err(failure::inside(headers, body)
            .unwrap_or_else(|| failure::unreadable(status, headers, body)));
    }
    let Some(content) = &mut answer.output.message.content else {
        return Err(failure::inside(headers, body).unwrap_or_else(|| {
            failure::of_kind(
                LlmErrorKind::Malformed,
                "the answer has no content",
                headers,
            )
        }));
    };
    let mut response = GenerateResponse::default();
    response.request_id = failure::request_id(headers);
    response.usage = answer.usage.map(usage).unwrap_or_default();
    for block in content.iter_mut() {
        add(block, &mut response.output);
    }
    let any_call = response
        .output
        .iter()
        .any(|output| matches!(output, Output::ToolCall(_)));
    response.finish = finish(answer.stop_reason.some().as_deref(), any_call);
    let complete = !cut_off(response.finish.reason);
    for output in &mut response.output {
        if let Output::ToolCall(call) = output {
            call.complete = complete;
        }
    }
    Ok(response)
}

/// Adds what a block says. Texts that follow each other are one, as in a stream.
fn add(block: &mut Block<'_>, output: &mut Vec<Output>) {
    text(&mut block.text, output);
    let cited = block.citations_content.take();
    for mut part in cited.and_then(|cited| cited.content).into_iter().flatten() {
        text(&mut part.text, output);
    }
    if let Some(thought) = block.reasoning_content.take() {
        output.extend(reasoning(*thought).map(Output::Reasoning));
    }
    if let Some(call) = block.tool_use.take().filter(|call| is_ours(call)) {
        output.push(Output::ToolCall(ToolCall::new(
            owned(call.id),
            owned(call.name),
            arguments(call.input),
        )));
    }
}

fn text(more: &mut Text<'_>, output: &mut Vec<Output>) {
    let Some(more) = more.take() else { return };
    match output.last_mut() {
        Some(Output::Text(text)) => text.push_str(&more),
        _ => output.push(Output::Text(more)),
    }
}

fn reasoning(thought: Thought<'_>) -> Option<Reasoning> {
    if let Some(seal) = thought.redacted_content.some() {
        return Some(Reasoning::redacted(seal, SCHEME));
    }
    let told = thought.reasoning_text?;
    let mut thought = Reasoning::new(owned(told.text), SCHEME);
    thought.signature = told.signature.some().map(Into::into);
    (!thought.text.is_empty() || thought.signature.is_some()).then_some(thought)
}

/// Whether a call is for the host, not for a tool of the service.
pub(super) fn is_ours(call: &ToolUse<'_>) -> bool {
    call.kind.0.as_deref() != Some("server_tool_use")
}

/// The arguments of a call; none is an empty object.
fn arguments(input: Option<&RawValue>) -> String {
    input.map_or("{}", RawValue::get).to_owned()
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

/// The unified reason of every `StopReason` of the model; what is not known is never `Stop`.
pub(super) fn finish(raw: Option<&str>, any_call: bool) -> Finish {
    let Some(raw) = raw else {
        return Finish::default();
    };
    let reason = match raw {
        "end_turn" | "stop_sequence" if any_call => FinishReason::ToolCalls,
        "end_turn" | "stop_sequence" => FinishReason::Stop,
        "tool_use" => FinishReason::ToolCalls,
        "max_tokens" | "model_context_window_exceeded" => FinishReason::Length,
        "guardrail_intervened" | "content_filtered" => FinishReason::ContentFilter,
        "malformed_model_output" | "malformed_tool_use" => FinishReason::Error,
        _ => FinishReason::Other,
    };
    Finish::new(reason, raw)
}

pub(super) fn usage(counts: Counts) -> Usage {
    let mut usage = Usage::default();
    usage.input = counts.input.0;
    usage.output = counts.output.0;
    usage.cache_read = counts.cache_read.0;
    usage.cache_write = counts.cache_write.0;
    usage
}

#[cfg(test)]
mod tests;
