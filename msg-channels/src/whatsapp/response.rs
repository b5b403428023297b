//! From an answer to an outcome.

mod table;

use super::schema::{Taken, Uploaded, Where};
use super::wire::WhatsApp;
use crate::graph::{Code, GraphError, failure_of, outcome_of};
use crate::wire::call::token_of;
use crate::wire::refusal::Repeat;
use bytes::Bytes;
use http::{Uri, header::CONTENT_TYPE};
use msg_core::channel::{
    Advice, Ambiguous, Failure, FailureClass, FailureScope, Located, Receipt, RetryAfter,
    SendOutcome,
};
use msg_core::consent::OptOutScope;
use msg_core::message::media::MediaBytes;
use msg_core::message::{Media, MediaSource, Part, PartBody, Purpose};
use msg_core::{Error, ErrorKind};
use table::ROWS;

/// What an answer means.
pub(super) fn classify(
    wire: &WhatsApp,
    part: &Part,
    response: &http::Response<Bytes>,
) -> SendOutcome {
    let error = GraphError::read(response.body());
    if error.is_none()
        && response.status().is_success()
        && let Ok(taken) = serde_json::from_slice::<Taken>(response.body())
        && let Some(outcome) = accepted(wire, part, taken)
    {
        return outcome;
    }
    let repeat = repeat(part);
    // "Invalid request or possible server error": with a status of the server's it is the latter.
    let server = response.status().is_server_error() && repeat == Repeat::Seen;
    if server && error.is_some_and(|error| error.code.code == 1) {
        return SendOutcome::Ambiguous(Ambiguous::new("code 1 with a status of the server"));
    }
    match outcome_of(response, ROWS, repeat) {
        SendOutcome::Rejected(failure) => SendOutcome::Rejected(completed(failure)),
        other => other,
    }
}

/// A message that was made is known by its id, and by the token that its statuses echo. A call that makes none is known by
/// the part's own id.
fn accepted(wire: &WhatsApp, part: &Part, taken: Taken) -> Option<SendOutcome> {
    if let Some(message) = taken
        .messages
        .into_iter()
        .next()
        .filter(|it| !it.id.is_empty())
    {
        let mut receipt = Receipt::new(message.id);
        if wire.callback_data {
            receipt.further_ids.push(token_of(part));
        }
        return Some(SendOutcome::Accepted(receipt));
    }
    let makes_none = matches!(
        part.body,
        PartBody::Typing(_) | PartBody::Read(_) | PartBody::Raw(_)
    );
    (makes_none && taken.success).then(|| SendOutcome::Accepted(Receipt::new(part.id.to_string())))
}

/// Whether doing it twice would be seen.
const fn repeat(part: &Part) -> Repeat {
    match part.body {
        PartBody::Typing(_) | PartBody::Read(_) | PartBody::Reaction(_) => Repeat::Unseen,
        _ => Repeat::Seen,
    }
}

/// The failure of a code that a status reports. One that no table knows says nothing but its code.
pub(super) fn reported(code: i64) -> Failure {
    let code = Code::new(code, None);
    let unknown = || {
        let (class, scope) = (FailureClass::Unknown, FailureScope::Part);
        Failure::new(class, scope, Advice::ReviewByHuman).with_code(code.to_string())
    };
    completed(failure_of(code, ROWS).unwrap_or_else(unknown))
}

/// What a row cannot say: how long to wait at least, and how far a refusal reaches.
fn completed(mut failure: Failure) -> Failure {
    if failure.class == FailureClass::OptedOut {
        failure = failure.with_opt_out(OptOutScope::Purpose(Purpose::Marketing));
    }
    let least = table::wait(&failure.provider_code.0);
    let told = failure.retry_after.as_ref().map(|it| it.delay);
    if let Some(least) = least.filter(|least| told.is_none_or(|told| told < *least)) {
        let scope = failure.scope.clone();
        failure = failure.with_retry_after(RetryAfter::new(least, scope));
    }
    failure
}

/// The id in the answer to an upload.
pub(super) fn uploaded(response: &http::Response<Bytes>) -> Result<String, Box<Failure>> {
    if response.status().is_success()
        && let Ok(Uploaded { id }) = serde_json::from_slice(response.body())
        && !id.is_empty()
    {
        return Ok(id);
    }
    // Nobody sees a file that was uploaded twice.
    Err(Box::new(match outcome_of(response, ROWS, Repeat::Unseen) {
        SendOutcome::Rejected(failure) => completed(failure),
        _ => Failure::new(
            FailureClass::ProviderBug,
            FailureScope::Provider,
            Advice::RetrySame,
        ),
    }))
}

/// First where the media are, then the media.
pub(super) fn located(
    wire: &WhatsApp,
    media: &Media,
    response: http::Response<Bytes>,
) -> Result<Located, Error> {
    let status = response.status();
    if !status.is_success() {
        return Err(absent(status, &response));
    }
    if let MediaSource::ProviderId(id) = &media.source
        && let Ok(place) = serde_json::from_slice::<Where<'_>>(response.body())
        && place.id == *id
    {
        let uri: Option<Uri> = place.url.parse().ok();
        let uri = uri.filter(|uri| may_have_the_key(wire, uri));
        let uri = uri.ok_or_else(|| {
            Error::invalid("the media are at a host that the key is not given to")
        })?;
        return Ok(Located::Next(Box::new(wire.api.get(uri))));
    }
    let mime = response.headers().get(CONTENT_TYPE);
    let mime = mime.and_then(|it| it.to_str().ok()).map(str::to_owned);
    let mut found = media.clone();
    found.mime = found.mime.or(mime);
    found.source = MediaSource::Bytes(MediaBytes(response.into_body()));
    Ok(Located::Here(Box::new(found)))
}

/// The key goes to the Graph API and to the configured hosts, over https.
fn may_have_the_key(wire: &WhatsApp, uri: &Uri) -> bool {
    let host = uri.host().unwrap_or_default();
    let known = wire
        .media_hosts
        .iter()
        .any(|known| known.eq_ignore_ascii_case(host));
    let plain = uri.authority().is_some_and(|it| !it.as_str().contains('@'));
    let https = uri.scheme_str() == Some("https") && uri.port_u16().is_none_or(|port| port == 443);
    (known && https && plain) || wire.api.is_same_host(uri)
}

/// Why there are no media: media of others and media that are older than 30 days are refused as unknown objects.
fn absent(status: http::StatusCode, response: &http::Response<Bytes>) -> Error {
    let code = GraphError::read(response.body()).map(|error| error.code.code);
    let kind = match (status.as_u16(), code) {
        (404 | 410, _) | (400, Some(100 | 33 | 131_052)) => ErrorKind::NotFound,
        (429 | 500.., _) => ErrorKind::Unavailable,
        _ => ErrorKind::Invalid,
    };
    let error =
        Error::new(kind, "the media cannot be fetched").with_context("status", status.as_str());
    match code {
        Some(code) => error.with_context("code", code.to_string()),
        None => error,
    }
}

#[cfg(test)]
mod tests;
