//! What a failed exchange means, read from status, headers and every shape of error body that is in use.
//!
//! The text of an error is used to tell kinds apart and then dropped: providers quote prompts in it. Shapes, codes and
//! retry rules were collected from recorded traffic and from the official clients of the providers; the tables say which.

use http::{HeaderMap, StatusCode};
use msg_core::llm::{LlmError, LlmErrorKind};
use serde_json::Value;

pub(crate) mod advice;

/// Header names that carry the provider's id of the request, in order of preference (OpenAI, xAI, Groq and Perplexity;
/// Anthropic; Mistral; Azure; Bedrock).
const REQUEST_ID_HEADERS: [&str; 5] = [
    "x-request-id",
    "request-id",
    "mistral-correlation-id",
    "apim-request-id",
    "x-amzn-requestid",
];

/// The longest code or id that is kept: they are identifiers, and a text in their place may be anything.
const LONGEST_ID: usize = 128;

/// The provider's id of a request, from the head of the answer.
pub(crate) fn request_id(headers: &HeaderMap) -> Option<String> {
    let value = REQUEST_ID_HEADERS
        .iter()
        .find_map(|name| headers.get(*name))?
        .to_str()
        .ok()?;
    identifier(value)
}

/// An error of our own about an answer, with the provider's id of the request.
pub(crate) fn of_kind(kind: LlmErrorKind, detail: &'static str, headers: &HeaderMap) -> LlmError {
    let mut error = LlmError::new(kind, detail);
    error.request_id = request_id(headers).map(Into::into);
    error
}

/// `text` if it looks like an identifier and not like a sentence.
fn identifier(text: &str) -> Option<String> {
    let sound = !text.is_empty()
        && text.len() <= LONGEST_ID
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_-.:/".contains(&byte));
    sound.then(|| text.to_owned())
}

/// Whether `text` is one of the words or numbers by which providers name a kind of error. A key that a server repeats in
/// its place has many digits among its letters, and is not kept.
fn is_code(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let number = digits == text.len() && digits <= 10;
    let word = digits <= 4 && text.len() <= 64;
    identifier(text).is_some() && (number || word)
}

/// The error that this answer is. `body` is whatever came with it.
pub(crate) fn classify(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> LlmError {
    let report = serde_json::from_slice::<Value>(body).ok().map(Report::of);
    let Some(report) = report else {
        return finish(without_report(status, body), headers, None, Some(status));
    };
    finish(told(status, &report), headers, Some(&report), Some(status))
}

/// The error that an answer with a good status is whose body is not of the protocol: a proxy's page, no JSON, other JSON.
pub(crate) fn unreadable(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> LlmError {
    if serde_json::from_slice::<serde::de::IgnoredAny>(body).is_ok() {
        return of_kind(
            LlmErrorKind::Malformed,
            "the answer is not of this protocol",
            headers,
        );
    }
    classify(status, headers, body)
}

/// The error that `body`, a piece of a stream or a body with a good status, is; `None` when it is not one.
pub(crate) fn inside(headers: &HeaderMap, body: &[u8]) -> Option<LlmError> {
    let report = Report::of(serde_json::from_slice::<Value>(body).ok()?);
    if !report.is_error {
        return None;
    }
    Some(finish(
        told(StatusCode::OK, &report),
        headers,
        Some(&report),
        None,
    ))
}

fn finish(
    mut error: LlmError,
    headers: &HeaderMap,
    report: Option<&Report>,
    status: Option<StatusCode>,
) -> LlmError {
    error.status = status
        .map(|status| status.as_u16())
        .or(report.and_then(|report| report.status));
    error.code = report
        .and_then(|report| report.code.as_deref().or(report.kind.as_deref()))
        .filter(|code| is_code(code))
        .map(Into::into);
    let id = request_id(headers).or_else(|| report.and_then(|report| report.request_id.clone()));
    error.request_id = id.map(Into::into);
    if let Some(retry) = advice::should_retry(headers) {
        error.retryable = retry;
    }
    if error.retryable {
        error.retry_after =
            advice::retry_after(headers, report.map_or("", |report| &report.message));
        if let Some(delay) = report.and_then(|report| report.delay) {
            error.retry_after.get_or_insert(delay);
        }
    }
    error
}

/// An error body reduced to what tells kinds apart.
#[derive(Default)]
struct Report {
    /// Whether the body has the shape of an error at all.
    is_error: bool,
    message: String,
    kind: Option<String>,
    code: Option<String>,
    /// A status inside the body.
    status: Option<u16>,
    request_id: Option<String>,
    delay: Option<std::time::Duration>,
}

impl Report {
    /// Reads `{error:{…}}`, `{error:"…"}`, `{code,error:"…"}`, `{detail:…}`, flat `{message,type,code}`, `{errors:[…]}` and
    /// any of them in a list.
    fn of(body: Value) -> Self {
        let body = match body {
            Value::Array(items) => items.into_iter().next().unwrap_or_default(),
            other => other,
        };
        let mut report = Self::default();
        match body.get("error") {
            Some(error @ Value::Object(_)) => {
                report.is_error = true;
                report.read(error);
            }
            Some(Value::String(message)) => {
                report.is_error = true;
                report.message.clone_from(message);
            }
            _ => {}
        }
        if let Some(detail) = body.get("detail").filter(|detail| !detail.is_null()) {
            report.is_error = true;
            report.read_detail(detail);
        }
        if let Some(first) = body
            .get("errors")
            .and_then(Value::as_array)
            .and_then(|errors| errors.first())
        {
            report.is_error = true;
            report.read(first);
        }
        report.is_error |= body.get("object").and_then(Value::as_str) == Some("error")
            || body.get("type").and_then(Value::as_str) == Some("error")
            || (body.get("message").is_some_and(Value::is_string) && body.get("choices").is_none());
        report.read(&body);
        report
    }

    /// Fills what is not known yet from the fields of one object.
    fn read(&mut self, object: &Value) {
        if self.message.is_empty() {
            object
                .get("message")
                .and_then(Value::as_str)
                .unwrap_or_default()
                .clone_into(&mut self.message);
        }
        if self.kind.is_none() {
            let kind = object
                .get("type")
                .or_else(|| object.get("status"))
                .and_then(Value::as_str);
            self.kind = kind.filter(|kind| *kind != "error").map(str::to_owned);
        }
        // Azure says there what its filter did.
        let inner = object
            .get("innererror")
            .or_else(|| object.get("inner_error"))
            .and_then(|inner| inner.get("code")?.as_str());
        if self.kind.is_none() {
            self.kind = inner.map(str::to_owned);
        }
        match object.get("code") {
            Some(Value::String(code)) if self.code.is_none() => self.code = Some(code.clone()),
            Some(Value::Number(code)) if self.code.is_none() => self.code = Some(code.to_string()),
            _ => {}
        }
        if self.status.is_none() {
            let number = ["status", "raw_status_code", "status_code", "code"]
                .iter()
                .filter_map(|name| object.get(*name))
                .find_map(|value| value.as_u64().or_else(|| value.as_str()?.parse().ok()));
            self.status = number
                .and_then(|code| u16::try_from(code).ok())
                .filter(|code| (400..600).contains(code));
        }
        if self.request_id.is_none() {
            self.request_id = object
                .get("request_id")
                .and_then(Value::as_str)
                .and_then(identifier);
        }
        if self.delay.is_none() {
            self.delay = object.get("details").and_then(advice::retry_info);
        }
    }

    fn read_detail(&mut self, detail: &Value) {
        match detail {
            Value::String(message) => self.message.clone_from(message),
            Value::Array(items) => {
                // FastAPI: [{loc, msg, type}]
                let first = items
                    .first()
                    .and_then(|item| item.get("msg"))
                    .and_then(Value::as_str);
                first.unwrap_or_default().clone_into(&mut self.message);
            }
            object => self.read(object),
        }
    }

    fn says(&self, names: &[&str]) -> bool {
        let is =
            |field: &Option<String>| field.as_deref().is_some_and(|name| names.contains(&name));
        is(&self.code) || is(&self.kind)
    }
}

/// No JSON: a proxy's page, an empty body, or text.
fn without_report(status: StatusCode, body: &[u8]) -> LlmError {
    let page = body.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'<');
    if status.is_success() {
        let (kind, detail) = if page {
            (
                LlmErrorKind::Unavailable,
                "a page came instead of the provider's answer",
            )
        } else {
            (LlmErrorKind::Malformed, "the answer is not json")
        };
        return LlmError::new(kind, detail);
    }
    let (kind, detail) = by_status(status.as_u16());
    LlmError::new(
        kind,
        if page {
            "a page came instead of the provider's answer"
        } else {
            detail
        },
    )
}

/// Codes and types that say more than a status.
fn told(status: StatusCode, report: &Report) -> LlmError {
    use LlmErrorKind as Kind;
    let message = report.message.to_ascii_lowercase();
    if report.says(&[
        "insufficient_quota",
        "quota_exceeded",
        "exceeded_current_quota_error",
    ]) {
        return LlmError::new(Kind::Quota, "the quota is used up");
    }
    if report.says(&[
        "billing_hard_limit_reached",
        "billing_not_active",
        "billing_error",
        "insufficient_balance",
    ]) || message.contains("credit balance is too low")
    {
        // Anthropic says this in words only, under `invalid_request_error`.
        return LlmError::new(Kind::Billing, "the account has a billing problem");
    }
    if is_overflow(report, &message) {
        return LlmError::new(
            Kind::ContextLength,
            "the prompt is longer than the model can read",
        );
    }
    if report.says(&[
        "content_filter",
        "content_policy_violation",
        "ResponsibleAIPolicyViolation",
        "moderation_blocked",
        "image_content_policy_violation",
        "bio_policy",
    ]) {
        return LlmError::new(
            Kind::ContentFilter,
            "the provider's filter refused the request",
        );
    }
    let code = if status.is_success() {
        report.status
    } else {
        Some(status.as_u16())
    };
    if matches!(code, None | Some(400 | 500))
        && let Some((kind, detail)) = by_type(report)
    {
        return LlmError::new(kind, detail);
    }
    let (kind, detail) = code.map_or((Kind::Unavailable, "the provider failed"), by_status);
    LlmError::new(kind, detail)
}

/// Types of the OpenAI and Anthropic error objects and of llama.cpp (`tools/server/utils.hpp`), where no status decides.
fn by_type(report: &Report) -> Option<(LlmErrorKind, &'static str)> {
    use LlmErrorKind as Kind;
    let table: [(&[&str], LlmErrorKind, &'static str); 8] = [
        (
            &["overloaded_error", "overloaded", "unavailable_error"],
            Kind::Overloaded,
            "the provider is overloaded",
        ),
        (
            &[
                "rate_limit_error",
                "rate_limit_exceeded",
                "requests",
                "tokens",
            ],
            Kind::RateLimit,
            "the rate limit is reached",
        ),
        (
            &[
                "authentication_error",
                "invalid_api_key",
                "invalid_authentication_error",
            ],
            Kind::Auth,
            "the key is not accepted",
        ),
        (
            &["permission_error", "permission_denied"],
            Kind::Permission,
            "the key may not do this",
        ),
        (
            &["timeout_error", "timeout"],
            Kind::Timeout,
            "the provider took too long",
        ),
        (
            &[
                "invalid_request_error",
                "not_found_error",
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
            Kind::InvalidRequest,
            "the request is not valid",
        ),
        (
            &["model_not_found", "invalid_model"],
            Kind::InvalidRequest,
            "the model does not exist",
        ),
        (
            &["server_error", "api_error", "internal_server_error"],
            Kind::Unavailable,
            "the provider failed",
        ),
    ];
    let row = table.into_iter().find(|(names, ..)| report.says(names))?;
    Some((row.1, row.2))
}

/// Statuses as the official clients treat them: 408, 409, 429 and from 500 on may be repeated, nothing else.
fn by_status(status: u16) -> (LlmErrorKind, &'static str) {
    use LlmErrorKind as Kind;
    match status {
        300..=399 => (
            Kind::InvalidRequest,
            "the provider redirected, which is not followed",
        ),
        401 => (Kind::Auth, "the key is not accepted"),
        402 => (Kind::Billing, "the account has a billing problem"),
        403 => (Kind::Permission, "the key may not do this"),
        404 => (Kind::InvalidRequest, "the model or address does not exist"),
        408 | 504 => (Kind::Timeout, "the provider took too long"),
        409 | 425 => (Kind::Unavailable, "the provider asks to try again"),
        413 => (
            Kind::ContextLength,
            "the request is larger than the provider takes",
        ),
        429 => (Kind::RateLimit, "the rate limit is reached"),
        // 498 is Groq's flex capacity, 529 Anthropic's overload.
        498 | 503 | 529 => (Kind::Overloaded, "the provider is overloaded"),
        400..=499 => (Kind::InvalidRequest, "the request is not valid"),
        _ => (Kind::Unavailable, "the provider failed"),
    }
}

/// Whether the prompt was too long: by code, or by the wording of servers that have none.
fn is_overflow(report: &Report, message: &str) -> bool {
    const CODES: [&str; 4] = [
        "context_length_exceeded",
        "exceed_context_size_error",
        "context_window_exceeded",
        "model_context_window_exceeded",
    ];
    const PHRASES: [&str; 14] = [
        "maximum context length",
        "context length exceeded",
        "context window",
        "context size",
        "exceeds the context",
        "exceed context",
        "prompt is too long",
        "prompt too long",
        "input is too long",
        "input length",
        "too many input tokens",
        "maximum prompt length",
        "reduce the length of the messages",
        "exceeds the maximum number of tokens",
    ];
    // A rate limit in tokens speaks of tokens too, but never of the context.
    report.says(&CODES)
        || (!message.contains("rate limit")
            && PHRASES.iter().any(|phrase| message.contains(phrase)))
}

#[cfg(test)]
mod tests;
