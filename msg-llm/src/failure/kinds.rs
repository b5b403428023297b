//! Which kind of failure a report is, by its code, its type, its words and its status.
//!
//! Words are looked at where providers tell nothing else. They were collected from recorded answers and from the tables of
//! public clients; the provider stands beside each.

use super::Report;
use http::StatusCode;
use msg_core::llm::{LlmError, LlmErrorKind};

/// A kind with its detail.
type Row = (LlmErrorKind, &'static str);

const AUTH: Row = (LlmErrorKind::Auth, "the key is not accepted");
const BILLING: Row = (LlmErrorKind::Billing, "the account has a billing problem");
const FILTER: Row = (
    LlmErrorKind::ContentFilter,
    "the provider's filter refused the request",
);
const INVALID: Row = (LlmErrorKind::InvalidRequest, "the request is not valid");
const NOT_FOUND: Row = (
    LlmErrorKind::NotFound,
    "the model or address does not exist",
);
const OVERFLOW: Row = (
    LlmErrorKind::ContextLength,
    "the prompt is longer than the model can read",
);
const OVERLOADED: Row = (LlmErrorKind::Overloaded, "the provider is overloaded");
const PERMISSION: Row = (LlmErrorKind::Permission, "the key may not do this");
const QUOTA: Row = (LlmErrorKind::Quota, "the quota is used up");
const RATE: Row = (LlmErrorKind::RateLimit, "the rate limit is reached");
const TIMEOUT: Row = (LlmErrorKind::Timeout, "the provider took too long");
const UNAVAILABLE: Row = (LlmErrorKind::Unavailable, "the provider failed");

/// Codes and types that decide whatever the status is: OpenAI answers a used-up quota with 429, Moonshot an overload.
const CODES: [(Row, &[&str]); 5] = [
    (
        QUOTA,
        &[
            "insufficient_quota",
            "quota_exceeded",
            "exceeded_current_quota_error",
            // The plans of ChatGPT.
            "usage_limit_reached",
            "usage_not_included",
        ],
    ),
    (
        BILLING,
        &[
            "billing_hard_limit_reached",
            "billing_not_active",
            "billing_error",
            "insufficient_balance",
            "insufficient_credits",
            // Zhipu: the account is in arrears (<https://docs.z.ai/api-reference/api-code>).
            "1113",
        ],
    ),
    (
        OVERFLOW,
        &[
            "context_length_exceeded",
            "exceed_context_size_error",
            "context_window_exceeded",
            "model_context_window_exceeded",
            "request_too_large",
            // Cohere, Perplexity, Zhipu.
            "TOO_MANY_TOKENS",
            "too_many_prompt_tokens",
            "1261",
        ],
    ),
    (
        FILTER,
        &[
            "content_filter",
            "content_policy_violation",
            "ResponsibleAIPolicyViolation",
            "moderation_blocked",
            "image_content_policy_violation",
            "bio_policy",
            "cyber_policy",
            // DashScope, Zhipu.
            "data_inspection_failed",
            "1301",
        ],
    ),
    (
        OVERLOADED,
        &[
            "overloaded_error",
            "overloaded",
            "unavailable_error",
            // Moonshot, with status 429.
            "engine_overloaded_error",
        ],
    ),
];

/// Words that decide where there is no code for it.
const WORDS: [(Row, &[&str]); 4] = [
    (
        // Anthropic, under `invalid_request_error`.
        QUOTA,
        &["reached your specified api usage limits"],
    ),
    (
        BILLING,
        &[
            // Anthropic, under `invalid_request_error`.
            "credit balance is too low",
            // xAI, under status 403.
            "have any credits or licenses",
            "doesn't have any credits",
        ],
    ),
    (
        FILTER,
        &[
            // Azure; Anthropic; xAI under status 403; OpenRouter under 403; OpenAI; DeepSeek.
            "content management policy",
            "content filtering policy",
            "violates usage guidelines",
            "your input was flagged",
            "flagged as potentially violating",
            "content exists risk",
        ],
    ),
    (
        // xAI and Google answer a wrong key with status 400.
        AUTH,
        &[
            "incorrect api key provided",
            "api key not valid",
            "pass a valid api key",
        ],
    ),
];

/// Words for a prompt that is too long.
const OVERFLOWS: [&str; 27] = [
    // OpenAI, DeepSeek, OpenRouter, Mistral, vLLM.
    "maximum context length",
    "context length exceeded",
    "context window",
    "exceeds the context",
    "exceed context",
    "input tokens exceed",
    // llama.cpp, and servers like it.
    "context size",
    // Anthropic.
    "prompt is too long",
    // Ollama, Fireworks.
    "prompt too long",
    // Bedrock, by model.
    "input is too long",
    "exceeds maximum length",
    "too many input tokens",
    // Gemini.
    "exceeds the maximum number of tokens",
    // xAI, Groq, Cohere, Perplexity.
    "maximum prompt length",
    "reduce the length of the messages",
    "too many tokens",
    "length of all messages is too long",
    // DashScope, Poolside, Ollama.
    "input length",
    // Together, LM Studio.
    "longer than the model's context length",
    "greater than the context length",
    "context the overflows",
    // Moonshot, Copilot.
    "exceeded model token limit",
    "prompt token count of",
    // vLLM, text-generation-inference, Zhipu.
    "maximum model length",
    "`inputs` tokens + `max_new_tokens` must be",
    "`inputs` must have less than",
    "exceeds max length",
];

/// Types of the OpenAI and Anthropic error objects and of llama.cpp (`tools/server/utils.hpp`), where no status decides.
const TYPES: [(Row, &[&str]); 8] = [
    (
        RATE,
        &[
            "rate_limit_error",
            "rate_limit_exceeded",
            "rate_limit_reached_error",
            "too_many_requests",
            "requests",
            "tokens",
        ],
    ),
    (
        AUTH,
        &[
            "authentication_error",
            "invalid_api_key",
            "invalid_authentication_error",
        ],
    ),
    (PERMISSION, &["permission_error", "permission_denied"]),
    (TIMEOUT, &["timeout_error", "timeout"]),
    (
        NOT_FOUND,
        &["not_found_error", "model_not_found", "not_found"],
    ),
    (
        INVALID,
        &[
            "invalid_request_error",
            "not_supported_error",
            "invalid_request",
            "BadRequestError",
            // `ResponseErrorCode` of the Responses API.
            "invalid_prompt",
            "invalid_image",
            "invalid_image_format",
            "invalid_base64_image",
            "invalid_image_url",
            "image_too_large",
            "image_too_small",
            "image_parse_error",
            "invalid_image_mode",
            "image_file_too_large",
            "unsupported_image_media_type",
            "empty_image_file",
            "failed_to_download_image",
            "image_file_not_found",
        ],
    ),
    (
        (LlmErrorKind::InvalidRequest, "the model does not exist"),
        &["invalid_model"],
    ),
    (
        UNAVAILABLE,
        &["server_error", "api_error", "internal_server_error"],
    ),
];

/// The error that a report is.
pub(super) fn told(status: StatusCode, report: &Report) -> LlmError {
    let code = if status.is_success() {
        report.status
    } else {
        Some(status.as_u16())
    };
    let (kind, detail) = row(code, report);
    LlmError::new(kind, detail)
}

fn row(code: Option<u16>, report: &Report) -> Row {
    let message = report.message.to_ascii_lowercase();
    let coded = |(_, names): &&(Row, &[&str])| report.says(names);
    let worded = |(_, words): &&(Row, &[&str])| words.iter().any(|word| message.contains(word));
    if let Some((row, _)) = CODES.iter().find(coded) {
        return row.clone();
    }
    if let Some((row, _)) = WORDS.iter().find(worded) {
        return row.clone();
    }
    if is_overflow(code, &message) {
        return OVERFLOW;
    }
    // llama.cpp says 501 of what a model cannot do: no repetition helps.
    if matches!(code, None | Some(400 | 500 | 501))
        && let Some((row, _)) = TYPES.iter().find(coded)
    {
        return row.clone();
    }
    code.map_or(UNAVAILABLE, by_status)
}

/// Statuses as the official clients treat them: 408, 409, 429 and from 500 on may be repeated, nothing else.
pub(super) fn by_status(status: u16) -> Row {
    match status {
        300..=399 => (
            LlmErrorKind::InvalidRequest,
            "the provider redirected, which is not followed",
        ),
        401 => AUTH,
        402 => BILLING,
        403 => PERMISSION,
        404 => NOT_FOUND,
        // 522 and 524 are Cloudflare's, of the server behind it.
        408 | 504 | 522 | 524 => TIMEOUT,
        409 | 425 => (LlmErrorKind::Unavailable, "the provider asks to try again"),
        413 => (
            LlmErrorKind::ContextLength,
            "the request is larger than the provider takes",
        ),
        429 => RATE,
        // 498 is Groq's flex capacity, 529 Anthropic's overload.
        498 | 503 | 529 => OVERLOADED,
        400..=499 => INVALID,
        _ => UNAVAILABLE,
    }
}

/// Whether the prompt was too long, by the wording of servers that have no code for it. A rate limit in tokens speaks of
/// tokens too, and comes with a status of its own; so do wrong keys and bills.
fn is_overflow(code: Option<u16>, message: &str) -> bool {
    !matches!(code, Some(401..=404 | 429))
        && !message.contains("rate limit")
        && !message.contains("wait before trying")
        && OVERFLOWS.iter().any(|phrase| message.contains(phrase))
}
