//! What wires of vectors and ranks share: they are asked once and answered whole.

use crate::failure;
use crate::outgoing::invalid;
use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, Uri};
use msg_core::llm::{EmbedRequest, EmbedResponse, LlmError};
use serde::{Deserialize, Serialize};

/// The model that a request names, or the one of the configuration.
pub(crate) fn model<'a>(asked: &'a str, own: &'a str) -> Result<&'a str, LlmError> {
    match (asked, own) {
        ("", "") => Err(invalid(
            "neither the request nor the configuration names a model",
        )),
        ("", own) => Ok(own),
        (asked, _) => Ok(asked),
    }
}

/// What no provider turns into vectors: nothing, more than it takes at once, and empty texts.
pub(crate) fn check_texts(request: &EmbedRequest, batch: usize) -> Result<(), LlmError> {
    let texts = &request.texts;
    if texts.is_empty() || texts.len() > batch {
        return Err(invalid("there are no texts, or too many for one request"));
    }
    if texts.iter().any(String::is_empty) {
        return Err(invalid("an empty text has no vector"));
    }
    Ok(())
}

/// The request that asks.
pub(crate) fn post(
    uri: Uri,
    head: &HeaderMap,
    body: &impl Serialize,
) -> Result<Request<Bytes>, LlmError> {
    let body = serde_json::to_vec(body).map_err(|_| invalid("the request has no json form"))?;
    let mut out = Request::new(Bytes::from(body));
    *out.method_mut() = Method::POST;
    *out.uri_mut() = uri;
    out.headers_mut().clone_from(head);
    Ok(out)
}

/// The answer as `T`, or the error that it is: `is_answer` tells whether anything of what was asked is in it.
pub(crate) fn read<'a, T: Deserialize<'a>>(
    response: &'a Response<Bytes>,
    is_answer: impl FnOnce(&T) -> bool,
) -> Result<T, LlmError> {
    let (status, headers, body) = (response.status(), response.headers(), response.body());
    if !status.is_success() {
        return Err(failure::classify(status, headers, body));
    }
    match serde_json::from_slice::<T>(body) {
        Ok(answer) if is_answer(&answer) => Ok(answer),
        _ => Err(failure::inside(headers, body)
            .unwrap_or_else(|| failure::unreadable(status, headers, body))),
    }
}

/// The answer of these vectors, with the id of the request on it or on the error.
pub(crate) fn vectors(
    request: &EmbedRequest,
    headers: &HeaderMap,
    vectors: Vec<Vec<f32>>,
) -> Result<EmbedResponse, LlmError> {
    let id = failure::request_id(headers);
    match EmbedResponse::new(request, vectors) {
        Ok(mut answer) => {
            answer.request_id = id;
            Ok(answer)
        }
        Err(mut error) => {
            error.request_id = id.map(Into::into);
            Err(error)
        }
    }
}
