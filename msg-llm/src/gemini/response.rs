//! A whole answer: what the model said, or the error that the answer is.

use super::schema::Counts;
use super::stream::State;
use super::wire::SCHEME;
use crate::failure;
use http::{HeaderMap, StatusCode};
use msg_core::llm::{
    Collector, Finish, FinishReason, GenerateResponse, LlmError, LlmErrorKind, Usage,
};
use serde_json::Value;
use serde_json::value::RawValue;
use std::borrow::Cow;

/// Reads an answer of any status.
pub(super) fn decode(
    status: StatusCode,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<GenerateResponse, LlmError> {
    if !status.is_success() {
        return Err(refined(failure::classify(status, headers, body), body));
    }
    let text = crate::sse::text(failure::unmarked(body));
    if text.trim_ascii_start().starts_with('[') {
        return pieces(headers, &text);
    }
    whole(headers, &[&text]).map_err(|error| {
        // Only now, because the usual answer would be read twice.
        let is_json = serde_json::from_str::<&RawValue>(&text).is_ok();
        if error.kind == LlmErrorKind::Malformed && !is_json {
            failure::unreadable(status, headers, body)
        } else {
            error
        }
    })
}

/// A stream that was asked for without `alt=sse` is a list of pieces; so is a wrapped error.
fn pieces(headers: &HeaderMap, text: &str) -> Result<GenerateResponse, LlmError> {
    match serde_json::from_str::<Vec<&RawValue>>(text) {
        Ok(pieces) => {
            let texts: Vec<&str> = pieces.iter().map(|piece| piece.get()).collect();
            whole(headers, &texts)
        }
        Err(_) => Err(failure::classify(StatusCode::OK, headers, text.as_bytes())),
    }
}

/// One code reads streams and whole answers, so that they cannot differ.
fn whole(headers: &HeaderMap, pieces: &[&str]) -> Result<GenerateResponse, LlmError> {
    let mut state = State::new(Cow::Borrowed(headers));
    let mut events = Vec::new();
    for piece in pieces {
        state.piece(piece, &mut events)?;
    }
    if !state.answered() {
        return Err(failure::of_kind(
            LlmErrorKind::Malformed,
            "the answer has no candidate",
            headers,
        ));
    }
    state.close(&mut events);
    let mut collector = Collector::new();
    for event in &events {
        collector.add(event, SCHEME);
    }
    Ok(collector.into_response())
}

/// The error inside an answer with a good status.
pub(super) fn inside(headers: &HeaderMap, body: &[u8]) -> Option<LlmError> {
    failure::inside(headers, body).map(|error| refined(error, body))
}

/// What Google's error details say more than a status: `google.rpc.Status` in `error`, or a list with one in it.
pub(super) fn refined(mut error: LlmError, body: &[u8]) -> LlmError {
    let Ok(body) = serde_json::from_slice::<Value>(body) else {
        return error;
    };
    let told = body.get(0).unwrap_or(&body).get("error");
    let field = |name: &str| told.and_then(|told| told.get(name)).and_then(Value::as_str);
    let status = field("status").unwrap_or_default();
    let message = field("message").unwrap_or_default().to_ascii_lowercase();
    let details = told.and_then(|told| told.get("details"));
    let details = details.and_then(Value::as_array).into_iter().flatten();
    let (mut bad_key, mut per_day) = (false, false);
    for detail in details {
        bad_key |= detail.get("reason").and_then(Value::as_str) == Some("API_KEY_INVALID");
        let violations = detail.get("violations").and_then(Value::as_array);
        per_day |= violations.into_iter().flatten().any(|violation| {
            let id = violation.get("quotaId").and_then(Value::as_str);
            id.is_some_and(|id| id.contains("PerDay"))
        });
    }
    let kind = match error.kind {
        // A wrong key is status 400 here.
        LlmErrorKind::InvalidRequest if bad_key || message.contains("api key not valid") => {
            Some((LlmErrorKind::Auth, "the key is not accepted"))
        }
        LlmErrorKind::InvalidRequest if status == "FAILED_PRECONDITION" => {
            if message.contains("billing") {
                Some((LlmErrorKind::Billing, "the account has a billing problem"))
            } else if message.contains("location") {
                Some((
                    LlmErrorKind::Permission,
                    "the provider does not serve this place",
                ))
            } else {
                None
            }
        }
        LlmErrorKind::InvalidRequest if status == "CANCELLED" => Some((
            LlmErrorKind::Unavailable,
            "the provider cancelled the request",
        )),
        // The delay that comes with it is the one of the limit per minute.
        LlmErrorKind::RateLimit if per_day => Some((LlmErrorKind::Quota, "the quota is used up")),
        _ => None,
    };
    if let Some((kind, detail)) = kind {
        let fresh = LlmError::new(kind, detail);
        (error.kind, error.retryable, error.detail) = (fresh.kind, fresh.retryable, fresh.detail);
        if !error.retryable {
            error.retry_after = None;
        }
    }
    if is_code(status) {
        error.code = Some(status.into());
    }
    error
}

/// Whether it is a name of `google.rpc.Code`, and not some text.
fn is_code(status: &str) -> bool {
    (1..=64).contains(&status.len())
        && status
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte == b'_')
}

/// The unified reason (`Candidate.FinishReason` and `PromptFeedback.BlockReason` of the v1beta API and newer names). What
/// is not known is never `Stop`; a stop with calls is corrected, because Gemini says `STOP` there too.
pub(super) fn finish(raw: Option<&str>, any_call: bool) -> Finish {
    let Some(raw) = raw else {
        return Finish::default();
    };
    let reason = match raw {
        "STOP" if any_call => FinishReason::ToolCalls,
        "STOP" => FinishReason::Stop,
        "MAX_TOKENS" => FinishReason::Length,
        "SAFETY"
        | "RECITATION"
        | "BLOCKLIST"
        | "PROHIBITED_CONTENT"
        | "SPII"
        | "IMAGE_SAFETY"
        | "IMAGE_PROHIBITED_CONTENT"
        | "IMAGE_RECITATION"
        | "MODEL_ARMOR"
        | "JAILBREAK" => FinishReason::ContentFilter,
        "MALFORMED_FUNCTION_CALL"
        | "UNEXPECTED_TOOL_CALL"
        | "TOO_MANY_TOOL_CALLS"
        | "MISSING_THOUGHT_SIGNATURE"
        | "MALFORMED_RESPONSE" => FinishReason::Error,
        _ => FinishReason::Other,
    };
    Finish::new(reason, raw)
}

/// Splits the counts: the prompt's count has the cached input in it, the answer's count has no thoughts in it, and what
/// Google's own tools put into the prompt is counted beside both.
pub(super) fn usage(counts: &Counts) -> Usage {
    let cached = counts.cached.0;
    let prompt = counts.prompt.0;
    let prompt = prompt.map(|all| all.saturating_sub(cached.unwrap_or(0)));
    let tools = counts.tool_use.0;
    let mut usage = Usage::default();
    usage.input = match (prompt, tools) {
        (Some(prompt), Some(tools)) => Some(prompt.saturating_add(tools)),
        (prompt, tools) => prompt.or(tools),
    };
    usage.cache_read = cached;
    usage.output = counts.candidates.0;
    usage.reasoning = counts.thoughts.0;
    usage
}

#[cfg(test)]
mod tests;
