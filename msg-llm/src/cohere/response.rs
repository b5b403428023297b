//! A whole answer: what the model said, or the error that the answer is.

use super::schema::{Answer, Counts};
use super::stream::State;
use super::wire::SCHEME;
use crate::failure;
use crate::place;
use http::{HeaderMap, StatusCode};
use msg_core::llm::{
    Collector, Finish, FinishReason, GenerateResponse, LlmError, LlmErrorKind, Usage,
};
use std::borrow::Cow;

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
    let mut answer = Answer::default();
    if place::read(&text, &mut answer).is_err() {
        return Err(failure::inside(headers, body)
            .unwrap_or_else(|| failure::unreadable(status, headers, body)));
    }
    let Some(message) = answer.message.as_mut().filter(|_| !answer.error.0) else {
        return Err(failure::inside(headers, body).unwrap_or_else(|| {
            failure::of_kind(
                LlmErrorKind::Malformed,
                "the answer has no message",
                headers,
            )
        }));
    };
    // One code reads streams and whole answers, so that they cannot differ.
    let mut state = State::new(Cow::Borrowed(headers));
    let mut events = Vec::new();
    state.start(&mut answer.id, &mut events);
    state.message(message, &mut events)?;
    state.close(answer.usage, &mut answer.finish_reason, &mut events);
    let mut collector = Collector::new();
    for event in &events {
        collector.add(event, SCHEME);
    }
    Ok(collector.into_response())
}

/// The unified reason (`ChatFinishReason` of the API's description, and `ERROR_TOXIC` and `ERROR_LIMIT` of version 1). What is
/// not known is never `Stop`; a stop with calls is corrected.
pub(super) fn finish(raw: Option<&str>, any_call: bool) -> Finish {
    let Some(raw) = raw else {
        return Finish::default();
    };
    let reason = match raw {
        "COMPLETE" | "STOP_SEQUENCE" if any_call => FinishReason::ToolCalls,
        "COMPLETE" | "STOP_SEQUENCE" => FinishReason::Stop,
        "MAX_TOKENS" | "ERROR_LIMIT" => FinishReason::Length,
        "TOOL_CALL" => FinishReason::ToolCalls,
        "ERROR_TOXIC" => FinishReason::ContentFilter,
        "ERROR" | "TIMEOUT" => FinishReason::Error,
        _ => FinishReason::Other,
    };
    Finish::new(reason, raw)
}

/// Splits the counts. The tokens are what the model read and wrote, with the cached ones in them; billed units leave out what
/// Cohere adds to the prompt, and stand in only where there are no tokens.
pub(super) fn usage(counts: Counts) -> Usage {
    let tokens = counts.tokens.or(counts.billed_units).unwrap_or_default();
    let cached = counts.cached_tokens.0.filter(|_| counts.tokens.is_some());
    let mut usage = Usage::default();
    let input = tokens.input.0;
    usage.input = input.map(|all| all.saturating_sub(cached.unwrap_or(0)));
    usage.cache_read = cached;
    usage.reasoning = tokens.reasoning.0;
    let output = tokens.output.0;
    usage.output = output.map(|all| all.saturating_sub(usage.reasoning.unwrap_or(0)));
    usage
}

#[cfg(test)]
mod tests;
