//! What a failed exchange means, read from status, headers and every shape of error body that is in use.
//!
//! The text of an error is used to tell kinds apart and then dropped: providers quote prompts in it. Shapes, codes and
//! retry rules were collected from recorded traffic and from the official clients of the providers; the tables say which.

use http::{HeaderMap, StatusCode};
use msg_core::llm::{LlmError, LlmErrorKind};
use serde::de::IgnoredAny;
use serde_json::Value;

pub(crate) mod advice;
mod kinds;

use kinds::{by_status, told};

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

/// The body without the byte order mark that some gateways put before it, which is no JSON.
pub(crate) fn unmarked(body: &[u8]) -> &[u8] {
    body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body)
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
    let body = unmarked(body);
    let report = serde_json::from_slice::<Value>(body).ok().map(Report::of);
    let Some(report) = report else {
        return finish(without_report(status, body), headers, None, Some(status));
    };
    finish(told(status, &report), headers, Some(&report), Some(status))
}

/// The error that an answer with a good status is whose body is not of the protocol: a proxy's page, no JSON, other JSON.
pub(crate) fn unreadable(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> LlmError {
    if serde_json::from_slice::<IgnoredAny>(unmarked(body)).is_ok() {
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
    let report = Report::of(serde_json::from_slice::<Value>(unmarked(body)).ok()?);
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
            // Hugging Face lists what is wrong.
            Some(Value::Array(messages)) => {
                report.is_error = true;
                let first = messages.first().and_then(Value::as_str);
                first.unwrap_or_default().clone_into(&mut report.message);
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
            || (message(&body).is_some() && body.get("choices").is_none());
        report.read(&body);
        report
    }

    /// Fills what is not known yet from the fields of one object.
    fn read(&mut self, object: &Value) {
        if self.message.is_empty() {
            message(object)
                .unwrap_or_default()
                .clone_into(&mut self.message);
            // What OpenRouter heard from the provider behind it.
            if let Some(raw) = object.pointer("/metadata/raw").and_then(Value::as_str) {
                self.message.push(' ');
                self.message.push_str(raw);
            }
        }
        if self.kind.is_none() {
            // `error_type`: Cohere, and Hugging Face's servers.
            let kind = ["type", "error_type", "status"]
                .iter()
                .find_map(|name| object.get(*name)?.as_str());
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
            let told = object.get("details").and_then(advice::retry_info);
            self.delay = told.or_else(|| advice::told(object));
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

/// The words of an error; gateways of AWS write them large.
fn message(object: &Value) -> Option<&str> {
    ["message", "Message", "msg"]
        .iter()
        .find_map(|name| object.get(*name)?.as_str())
}

/// No JSON: a proxy's page, an empty body, text, or JSON of which the end is missing.
fn without_report(status: StatusCode, body: &[u8]) -> LlmError {
    let page = body.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'<');
    if status.is_success() {
        let (kind, detail) = if page {
            (
                LlmErrorKind::Unavailable,
                "a page came instead of the provider's answer",
            )
        } else if is_cut(body) {
            (
                LlmErrorKind::Interrupted,
                "the connection ended before the answer did",
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

/// Whether it is the beginning of JSON.
fn is_cut(body: &[u8]) -> bool {
    matches!(body.trim_ascii_start().first(), Some(b'{' | b'['))
        && serde_json::from_slice::<IgnoredAny>(body).is_err_and(|error| error.is_eof())
}

#[cfg(test)]
mod tests;
