//! A whole answer: what the model said, or the error that the answer is.

use super::schema::{Answer, Call, Counts, Form, Function, Text};
use crate::failure;
use http::header::HeaderName;
use http::{HeaderMap, StatusCode};
use msg_core::llm::{
    Finish, FinishReason, GenerateResponse, LlmError, LlmErrorKind, Output, Reasoning, ToolCall,
    Usage,
};
use std::borrow::Cow;

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
    let Ok(answer) = Answer::read(&text, Form::Whole) else {
        return Err(failure::inside(headers, body)
            .unwrap_or_else(|| failure::unreadable(status, headers, body)));
    };
    let broken = answer.error || answer.choice_error || !answer.has_choice;
    if broken && let Some(error) = error_inside(headers, body) {
        return Err(error);
    }
    if !answer.has_choice {
        return Err(failure::of_kind(
            LlmErrorKind::Malformed,
            "the answer has no choice",
            headers,
        ));
    }
    let mut response = GenerateResponse::default();
    response.model = owned(answer.model);
    response.request_id = failure::request_id(headers).or_else(|| answer.id.some().map(Into::into));
    response.usage = answer.usage.as_ref().map(usage).unwrap_or_default();
    response.cost_micros = answer.usage.and_then(Counts::micros).or(answer.cost.0);

    let message = answer.message;
    let reasoning = message
        .reasoning_content
        .some()
        .or_else(|| message.reasoning.some());
    let reasoning = reasoning.map(String::from).or(message.thinking);
    if let Some(text) = reasoning.or(message.details) {
        response
            .output
            .push(Output::Reasoning(Reasoning::new(text, issuer)));
    }
    if let Some(text) = message.content.some() {
        response.output.push(Output::Text(text.into()));
    }
    if let Some(text) = message.refusal.some() {
        response.output.push(Output::Refusal(text.into()));
    }
    let legacy = message
        .function_call
        .map(|function| called(Text::default(), function));
    let calls = message.tool_calls.into_iter().map(call).chain(legacy);
    // Snowflake sends an empty `function_call` with every answer.
    let calls = calls.filter(|call| !is_empty(call));
    response.output.extend(calls.map(Output::ToolCall));
    let any_call = response
        .output
        .iter()
        .any(|output| matches!(output, Output::ToolCall(_)));
    response.finish = finish(answer.finish_reason.some().as_deref(), any_call);
    let complete = !cut_off(response.finish.reason);
    for output in &mut response.output {
        if let Output::ToolCall(call) = output {
            call.complete = complete;
        }
    }
    Ok(response)
}

/// What a server tells in the head of an answer.
#[derive(Debug, Default)]
pub(super) struct Reading {
    /// The header with the id of the request, if it is an unusual one.
    pub(super) request_id: Option<HeaderName>,
    /// The header with the count of cached tokens.
    pub(super) cached_tokens: Option<HeaderName>,
}

impl Reading {
    /// The head, with the id of the request where it is looked for.
    pub(super) fn headers<'a>(&self, headers: &'a HeaderMap) -> Cow<'a, HeaderMap> {
        let id = self
            .request_id
            .as_ref()
            .filter(|name| *name != X_REQUEST_ID);
        let Some(id) = id.and_then(|name| headers.get(name)) else {
            return Cow::Borrowed(headers);
        };
        let mut told = headers.clone();
        told.insert(X_REQUEST_ID, id.clone());
        Cow::Owned(told)
    }

    /// How much of the input was read from a cache, if the head says it.
    pub(super) fn cached(&self, headers: &HeaderMap) -> Option<u64> {
        let value = headers.get(self.cached_tokens.as_ref()?)?;
        value.to_str().ok()?.trim().parse().ok()
    }
}

/// The first header in which the id of a request is looked for.
const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Sets apart what the head says was read from a cache, unless usage said it.
pub(super) fn cached(usage: &mut Usage, cached: Option<u64>) {
    if let Some(cached) = cached.filter(|_| usage.cache_read.is_none()) {
        usage.cache_read = Some(cached);
        usage.input = usage.input.map(|all| all.saturating_sub(cached));
    }
}

/// The error that an answer with a good status, or a piece of a stream, carries.
pub(super) fn error_inside(headers: &HeaderMap, body: &[u8]) -> Option<LlmError> {
    failure::inside(headers, choice_error(body).as_deref().unwrap_or(body))
}

/// The body of the error inside the first choice, as OpenRouter reports a provider that failed on the way.
fn choice_error(body: &[u8]) -> Option<Vec<u8>> {
    let body: serde_json::Value = serde_json::from_slice(body).ok()?;
    let error = body
        .get("choices")?
        .get(0)?
        .get("error")
        .filter(|error| !error.is_null())?;
    serde_json::to_vec(&serde_json::json!({ "error": error })).ok()
}

pub(crate) fn owned(text: Text<'_>) -> String {
    text.some().map(String::from).unwrap_or_default()
}

fn call(call: Call<'_>) -> ToolCall {
    called(call.id, call.function.0.unwrap_or_default())
}

/// Whether a call says nothing at all.
fn is_empty(call: &ToolCall) -> bool {
    call.id.is_empty() && call.name.is_empty() && call.arguments.is_empty()
}

fn called(id: Text<'_>, function: Function<'_>) -> ToolCall {
    ToolCall::new(owned(id), owned(function.name), owned(function.arguments))
}

/// Whether calls of an answer that ended so must not run. The same rule as the stream's collector.
fn cut_off(reason: FinishReason) -> bool {
    matches!(
        reason,
        FinishReason::Length | FinishReason::ContentFilter | FinishReason::Error
    )
}

/// The unified reason. Gateways hand on the words of Anthropic. What is not known is never `Stop`; only a known stop is corrected to tool calls when there are some,
/// because servers say `stop` there too (xAI, Ollama).
pub(super) fn finish(raw: Option<&str>, any_call: bool) -> Finish {
    let Some(raw) = raw else {
        return Finish::default();
    };
    let reason = match raw {
        "stop" | "eos" | "eos_token" | "stop_sequence" | "end_turn" if any_call => {
            FinishReason::ToolCalls
        }
        "stop" | "eos" | "eos_token" | "stop_sequence" | "end_turn" => FinishReason::Stop,
        // The last is Zhipu's.
        "length" | "max_tokens" | "model_length" | "model_context_window_exceeded" => {
            FinishReason::Length
        }
        "tool_calls" | "function_call" | "tool_use" => FinishReason::ToolCalls,
        "content_filter" | "sensitive" | "refusal" => FinishReason::ContentFilter,
        // Zhipu's; DeepSeek's; vLLM's and SGLang's.
        "error" | "network_error" | "insufficient_system_resource" | "abort" => FinishReason::Error,
        _ => FinishReason::Other,
    };
    Finish::new(reason, raw)
}

/// Splits the counts. Cached and written input are part of the prompt's count. Reasoning is part of the completion's, unless
/// the total says that it stands beside it (xAI), or a count outside the details is larger (Perplexity); otherwise more reasoning than there is output is cut to the output that is billed.
pub(super) fn usage(counts: &Counts) -> Usage {
    let details = counts.prompt_tokens_details.0;
    let details = details
        .or(counts.prompt_token_details.0)
        .unwrap_or_default();
    let hit = counts.prompt_cache_hit_tokens.0;
    let hit = hit
        .or(counts.num_cached_tokens.0)
        .or(counts.cached_tokens.0);
    let (prompt, completion) = (
        counts.prompt_tokens.0.or(counts.input_tokens.0),
        counts.completion_tokens.0.or(counts.output_tokens.0),
    );
    let (cache_read, cache_write) = (
        details.cached_tokens.0.or(hit),
        details.cache_write_tokens.0,
    );
    let prompt = match details.audio.0 {
        Some(audio) if listened(counts, prompt, completion, audio) => {
            prompt.map(|text| text.saturating_add(audio))
        }
        _ => prompt,
    };
    let cached = cache_read
        .unwrap_or(0)
        .saturating_add(cache_write.unwrap_or(0));
    let told = counts
        .completion_tokens_details
        .0
        .and_then(|details| details.reasoning_tokens.0);
    let thought = told.or(counts.reasoning_tokens.0);
    let mut usage = Usage::default();
    usage.input = prompt.map(|all| all.saturating_sub(cached));
    usage.cache_read = cache_read;
    usage.cache_write = cache_write;
    (usage.output, usage.reasoning) = match (completion, thought) {
        (Some(all), Some(thought))
            if beside(counts, all, thought) || (told.is_none() && thought > all) =>
        {
            (Some(all), Some(thought))
        }
        (Some(all), Some(thought)) => (Some(all.saturating_sub(thought)), Some(thought.min(all))),
        (all, thought) => (all, thought),
    };
    usage
}

/// Whether the total counts what was heard beside the prompt (Mistral), and not as a part of it (OpenAI).
fn listened(counts: &Counts, prompt: Option<u64>, completion: Option<u64>, audio: u64) -> bool {
    let sum = prompt
        .unwrap_or(0)
        .saturating_add(completion.unwrap_or(0))
        .saturating_add(audio);
    audio > 0 && counts.total_tokens.0.is_some_and(|total| total == sum)
}

/// Whether the total counts reasoning once more than the completion does.
fn beside(counts: &Counts, completion: u64, thought: u64) -> bool {
    let Counts {
        prompt_tokens,
        total_tokens,
        ..
    } = *counts;
    let sum = prompt_tokens
        .0
        .unwrap_or(0)
        .saturating_add(completion)
        .saturating_add(thought);
    thought > 0 && total_tokens.0.is_some_and(|total| total >= sum)
}

#[cfg(test)]
mod tests;
