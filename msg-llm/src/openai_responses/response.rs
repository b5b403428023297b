//! A whole answer: what the model said, or the error that the answer is.

use super::schema::{Counts, Item, Snapshot};
use crate::failure;
use crate::openai::response::owned;
use crate::openai::schema::micros;
use http::{HeaderMap, StatusCode};
use msg_core::llm::{
    Finish, FinishReason, GenerateResponse, LlmError, LlmErrorKind, Output, Reasoning, ToolCall,
    Usage,
};

/// Reads an answer of any status; thoughts get `issuer`.
pub(super) fn decode(
    status: StatusCode,
    headers: &HeaderMap,
    body: &[u8],
    issuer: &str,
) -> Result<GenerateResponse, LlmError> {
    if !status.is_success() {
        return Err(failure::classify(status, headers, body));
    }
    let text = crate::sse::text(failure::unmarked(body));
    let Ok(snapshot) = serde_json::from_str::<Snapshot<'_>>(&text) else {
        return Err(failure::inside(headers, body)
            .unwrap_or_else(|| failure::unreadable(status, headers, body)));
    };
    let bare = snapshot.output.is_none();
    if (snapshot.error.0 || bare)
        && let Some(error) = failure::inside(headers, body)
    {
        return Err(error);
    }
    if snapshot.status.0.as_deref() == Some("failed") {
        return Err(failure::of_kind(
            LlmErrorKind::Unavailable,
            "the provider failed",
            headers,
        ));
    }
    if bare {
        return Err(failure::of_kind(
            LlmErrorKind::Malformed,
            "the answer has no output",
            headers,
        ));
    }
    let mut response = GenerateResponse::default();
    let reason = reason(&snapshot);
    response.request_id =
        failure::request_id(headers).or_else(|| snapshot.id.some().map(String::from));
    response.model = owned(snapshot.model);
    response.usage = snapshot.usage.map(usage).unwrap_or_default();
    response.cost_micros = snapshot.usage.and_then(cost);
    if let Some(text) = snapshot.reasoning.some() {
        let thought = Reasoning::new(text, issuer);
        response.output.push(Output::Reasoning(thought));
    }
    for item in snapshot.output.unwrap_or_default().0 {
        read(item, issuer, &mut response.output);
    }
    let any_call = response
        .output
        .iter()
        .any(|output| matches!(output, Output::ToolCall(_)));
    response.finish = finish(reason, any_call);
    let complete = !matches!(
        response.finish.reason,
        FinishReason::Length | FinishReason::ContentFilter | FinishReason::Error
    );
    for output in &mut response.output {
        if let Output::ToolCall(call) = output {
            call.complete = complete;
        }
    }
    Ok(response)
}

/// Appends what an item says. Neighbouring texts are one text, as in a stream.
pub(super) fn read(item: Item<'_>, issuer: &str, output: &mut Vec<Output>) {
    match item.kind.0.as_deref() {
        Some("message") => {
            for part in item.content.0 {
                if let Some(text) = part.text.some() {
                    match output.last_mut() {
                        Some(Output::Text(before)) => before.push_str(&text),
                        _ => output.push(Output::Text(text.into())),
                    }
                }
                if let Some(text) = part.refusal.some() {
                    match output.last_mut() {
                        Some(Output::Refusal(before)) => before.push_str(&text),
                        _ => output.push(Output::Refusal(text.into())),
                    }
                }
            }
        }
        Some("function_call" | "custom_tool_call") => {
            let json = item.json();
            let id = item.call_id.some().or_else(|| item.id.some());
            let id = id.map(String::from).unwrap_or_default();
            let call = ToolCall::new(id, owned(item.name), json);
            output.push(Output::ToolCall(call));
        }
        Some("reasoning") => {
            let mut thought = Reasoning::new(thought(&item), issuer);
            thought.signature = seal(item);
            if thought.signature.is_some() || !thought.text.is_empty() {
                output.push(Output::Reasoning(thought));
            }
        }
        _ => {}
    }
}

/// The text of a thought: its summary, or where there is none the thought itself (models with open weights).
pub(super) fn thought(item: &Item<'_>) -> String {
    let text = |parts: &super::schema::Parts<'_>| -> String {
        parts
            .0
            .iter()
            .filter_map(|part| part.text.0.as_deref())
            .collect()
    };
    let summary = text(&item.summary);
    if summary.is_empty() {
        text(&item.content)
    } else {
        summary
    }
}

/// What the server needs to know a thought again: the id of its item and, behind a space, its encrypted content.
pub(super) fn seal(item: Item<'_>) -> Option<String> {
    match (item.id.some(), item.encrypted_content.some()) {
        (None, None) => None,
        (Some(id), None) => Some(id.into()),
        (id, Some(content)) => Some(format!("{} {content}", id.unwrap_or_default())),
    }
}

/// The provider's word for the end: the reason of an incomplete answer, or the status.
pub(super) fn reason(snapshot: &Snapshot<'_>) -> Option<String> {
    let told = |text: &crate::value::Text<'_>| {
        text.0
            .as_deref()
            .filter(|text| !text.is_empty())
            .map(str::to_owned)
    };
    let status = told(&snapshot.status);
    if status.as_deref() != Some("incomplete") {
        return status;
    }
    let details = snapshot.incomplete_details.as_ref();
    details.and_then(|why| told(&why.reason)).or(status)
}

/// The unified reason. What is not known is never `Stop`.
pub(super) fn finish(raw: Option<String>, any_call: bool) -> Finish {
    let Some(raw) = raw else {
        return Finish::default();
    };
    let reason = match raw.as_str() {
        "completed" if any_call => FinishReason::ToolCalls,
        "completed" => FinishReason::Stop,
        // The others at gateways.
        "max_output_tokens" | "max_tokens" | "length" => FinishReason::Length,
        "content_filter" => FinishReason::ContentFilter,
        "failed" => FinishReason::Error,
        _ => FinishReason::Other,
    };
    Finish::new(reason, raw)
}

/// Splits the counts: cached and written input are part of the input, reasoning is part of the output.
pub(super) fn usage(counts: Counts) -> Usage {
    let details = counts.input_tokens_details.unwrap_or_default();
    let (read, written) = (details.cached_tokens.0, details.cache_write_tokens.0);
    let cached = read.unwrap_or(0).saturating_add(written.unwrap_or(0));
    let thought = counts
        .output_tokens_details
        .and_then(|details| details.reasoning_tokens.0);
    let mut usage = Usage::default();
    usage.input = counts.input_tokens.0.map(|all| all.saturating_sub(cached));
    usage.cache_read = read;
    usage.cache_write = written;
    (usage.output, usage.reasoning) = match (counts.output_tokens.0, thought) {
        (Some(all), Some(thought)) => (Some(all.saturating_sub(thought)), Some(thought.min(all))),
        (all, thought) => (all, thought),
    };
    usage
}

/// What the provider says that it cost, in millionths of a US dollar.
pub(super) fn cost(counts: Counts) -> Option<i64> {
    counts.cost.0.or_else(|| micros(counts.cost_in_usd_ticks))
}

#[cfg(test)]
mod tests;
