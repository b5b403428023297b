//! The exceptions of the service: by name, in a header, in a body or as an event of a stream.

use crate::failure;
use crate::failure::advice;
use http::{HeaderMap, StatusCode};
use msg_core::llm::{LlmError, LlmErrorKind};
use serde_json::Value;

/// The error that an answer of this status is.
pub(super) fn classify(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> LlmError {
    let error = failure::classify(status, headers, body);
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let told = headers
        .get("x-amzn-errortype")
        .and_then(|name| name.to_str().ok());
    let Some(name) = told.or_else(|| body.get("__type")?.as_str()) else {
        return error;
    };
    let message = body.get("message").and_then(Value::as_str);
    // A bearer key that is not known is told as one that may not do this, but for the words.
    if name.starts_with("AccessDenied")
        && message.is_some_and(|message| message.starts_with("Authentication failed"))
    {
        return named(error, "UnrecognizedClientException", headers);
    }
    named(error, name, headers)
}

/// The error that an exception inside a stream is.
pub(super) fn inside(name: &str, headers: &HeaderMap, payload: &[u8]) -> LlmError {
    let error = failure::inside(headers, payload).unwrap_or_else(|| {
        failure::of_kind(LlmErrorKind::Unavailable, "the provider failed", headers)
    });
    named(error, name, headers)
}

/// Says by the exception's name what it is; a prompt that is too long is known by its words only.
fn named(error: LlmError, name: &str, headers: &HeaderMap) -> LlmError {
    // `namespace#Name:http://…` in some services.
    let name = name.split(':').next().unwrap_or_default();
    let name = name.rsplit('#').next().unwrap_or_default();
    // In a stream names begin with a small letter.
    let row = NAMES
        .iter()
        .find(|(known, ..)| known.eq_ignore_ascii_case(name));
    let Some((known, kind, detail)) = row else {
        return error;
    };
    let mut told = error;
    if told.kind != LlmErrorKind::ContextLength {
        let fresh = LlmError::new(kind.clone(), detail);
        told.kind = fresh.kind;
        told.detail = fresh.detail;
        told.retryable = fresh.retryable;
        if !told.retryable {
            told.retry_after = None;
        } else if told.retry_after.is_none() {
            told.retry_after = advice::retry_after(headers, "");
        }
    }
    told.code = Some((*known).into());
    told
}

/// The exceptions of `bedrock-runtime` 2023-09-30, and those of signatures and keys that every service of AWS has.
const NAMES: [(&str, LlmErrorKind, &str); 18] = {
    use LlmErrorKind as Kind;
    const KEY: &str = "the key is not accepted";
    [
        (
            "ThrottlingException",
            Kind::RateLimit,
            "the rate limit is reached",
        ),
        (
            "ModelNotReadyException",
            Kind::Overloaded,
            "the model is not ready yet",
        ),
        (
            "ServiceUnavailableException",
            Kind::Overloaded,
            "the provider is overloaded",
        ),
        (
            "InternalServerException",
            Kind::Unavailable,
            "the provider failed",
        ),
        (
            "ModelStreamErrorException",
            Kind::Unavailable,
            "the model failed",
        ),
        ("ModelErrorException", Kind::Unavailable, "the model failed"),
        (
            "ModelTimeoutException",
            Kind::Timeout,
            "the provider took too long",
        ),
        (
            "ServiceQuotaExceededException",
            Kind::Quota,
            "the quota is used up",
        ),
        (
            "AccessDeniedException",
            Kind::Permission,
            "the key may not do this",
        ),
        (
            "ResourceNotFoundException",
            Kind::NotFound,
            "the model or address does not exist",
        ),
        (
            "ValidationException",
            Kind::InvalidRequest,
            "the request is not valid",
        ),
        (
            "ConflictException",
            Kind::InvalidRequest,
            "the request is not valid",
        ),
        ("UnrecognizedClientException", Kind::Auth, KEY),
        ("InvalidSignatureException", Kind::Auth, KEY),
        ("IncompleteSignatureException", Kind::Auth, KEY),
        ("MissingAuthenticationTokenException", Kind::Auth, KEY),
        ("ExpiredTokenException", Kind::Auth, KEY),
        ("InvalidClientTokenId", Kind::Auth, KEY),
    ]
};
