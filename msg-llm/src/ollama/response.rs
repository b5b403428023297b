//! A whole answer: what the model said, or the error that the answer is.

use super::schema::Answer;
use super::stream::State;
use super::wire::SCHEME;
use crate::failure;
use http::{HeaderMap, StatusCode};
use msg_core::llm::{
    Collector, Finish, FinishReason, GenerateResponse, LlmError, LlmErrorKind, Usage,
};
use serde::de::IgnoredAny;
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
    let body = failure::unmarked(body);
    let mut state = State::new(Cow::Borrowed(headers));
    let mut events = Vec::new();
    if let Err(error) = state.piece(&crate::sse::text(body), &mut events) {
        // Only now, because the usual answer would be read twice.
        let is_json = serde_json::from_slice::<IgnoredAny>(body).is_ok();
        return Err(if is_json {
            error
        } else {
            failure::unreadable(status, headers, body)
        });
    }
    // One code reads streams and whole answers, so that they cannot differ.
    if !state.answered() {
        return Err(failure::of_kind(
            LlmErrorKind::Malformed,
            "the answer has no message",
            headers,
        ));
    }
    if !state.ended() {
        state.close(&Answer::default(), &mut events);
    }
    let mut collector = Collector::new();
    for event in &events {
        collector.add(event, SCHEME);
    }
    Ok(collector.into_response())
}

/// The unified reason (`done_reason`). What is not known is never `Stop`; a stop with calls is corrected, because Ollama says
/// `stop` there too.
pub(super) fn finish(raw: Option<&str>, any_call: bool) -> Finish {
    let Some(raw) = raw else {
        return Finish::default();
    };
    let reason = match raw {
        "stop" if any_call => FinishReason::ToolCalls,
        "stop" => FinishReason::Stop,
        "length" => FinishReason::Length,
        "tool_calls" => FinishReason::ToolCalls,
        // `load` and `unload`: nothing was said.
        _ => FinishReason::Other,
    };
    Finish::new(reason, raw)
}

/// The counts stand in the last object. The prompt's is missing in old servers when all of it was cached.
pub(super) fn usage(answer: &Answer<'_>) -> Usage {
    let mut usage = Usage::default();
    usage.input = answer.prompt_eval_count.0;
    usage.output = answer.eval_count.0;
    usage
}

#[cfg(test)]
mod tests;
