//! What every channel wire must keep: the sentences of [`ChannelWire`]'s contract, each as a function.
//!
//! ```no_run
//! # fn wire() -> Box<dyn msg_core::channel::ChannelWire> { unimplemented!() }
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use msg_core::message::Address;
//! use msg_core::testkit::channel_wire::{Subject, conformance};
//! use std::time::Duration;
//!
//! let wire = wire();
//! let subject = Subject::new(&*wire, Address::telegram(123_456_789), "the secret it was made with")
//!     .with_accepted(r#"{"id":"m-1"}"#)
//!     .with_too_fast(r#"{"wait":9}"#, Duration::from_secs(9));
//! conformance(&subject)?;
//! # Ok(())
//! # }
//! ```

use super::common::{
    CANARY, STATUSES, TARGET, answer, calm, carried, foreign, garbage, hides, is_scheme, part,
    text, waiting,
};
use super::violation::{Outcome, Violation, ensure, ensure_eq};
use crate::channel::{ChannelWire, Failure, FailureClass, SendOutcome};
use crate::message::{Address, Part, PartBody};
use bytes::Bytes;
use http::{HeaderName, HeaderValue};
use serde_json::Value;
use std::time::Duration;

/// A wire and what the suite has to know about it.
#[derive(Debug)]
#[non_exhaustive]
pub struct Subject<'a> {
    wire: &'a dyn ChannelWire,
    to: Address,
    secret: String,
    target: String,
    accepted: Option<Bytes>,
    accepted_header: Option<(HeaderName, HeaderValue)>,
    too_fast: Option<(Bytes, Duration)>,
}

impl<'a> Subject<'a> {
    /// A wire, an address that it can write to, and the secret that it was made with.
    pub fn new(wire: &'a dyn ChannelWire, to: Address, secret: impl Into<String>) -> Self {
        Self {
            wire,
            to,
            secret: secret.into(),
            target: TARGET.into(),
            accepted: None,
            accepted_header: None,
            too_fast: None,
        }
    }

    /// Sets an id of a message as the provider writes it, for edits and reactions.
    #[must_use]
    pub fn with_target(mut self, id: impl Into<String>) -> Self {
        self.target = id.into();
        self
    }

    /// Sets what the provider answers with status 200 when it took a text.
    #[must_use]
    pub fn with_accepted(mut self, body: impl Into<Bytes>) -> Self {
        self.accepted = Some(body.into());
        self
    }

    /// Sets the header by which the provider names a text that it took, where its body does not.
    #[must_use]
    pub fn with_accepted_header(mut self, name: &'static str, value: &'static str) -> Self {
        let value = HeaderValue::from_static(value);
        self.accepted_header = Some((HeaderName::from_static(name), value));
        self
    }

    /// Sets what the provider answers with status 429, and how long it says to wait there.
    #[must_use]
    pub fn with_too_fast(mut self, body: impl Into<Bytes>, wait: Duration) -> Self {
        self.too_fast = Some((body.into(), wait));
        self
    }

    /// Some channels show a sign of typing at the message that is answered.
    fn part(&self, body: PartBody) -> Part {
        let answers = matches!(body, PartBody::Typing(_)).then(|| self.target.clone());
        let mut part = part(0, &self.to, body);
        part.reply_to = answers;
        part
    }

    /// What a part and an answer say, and nothing may repeat.
    fn words(&self) -> [(&str, &str); 3] {
        [
            ("text", CANARY),
            ("address", self.to.expose()),
            ("secret", &self.secret),
        ]
    }

    fn garbage(&self) -> Vec<Bytes> {
        garbage(&self.words().map(|(_, word)| word))
    }

    /// What the wire says about an answer to a text.
    fn outcome(&self, response: &http::Response<Bytes>) -> Result<SendOutcome, Violation> {
        let part = self.part(text(self.wire.capabilities()));
        let what = format!("an answer of status {}", response.status().as_u16());
        calm(&what, || self.wire.classify(&part, response))
    }

    fn refusal(&self, response: &http::Response<Bytes>) -> Result<Failure, Violation> {
        match self.outcome(response)? {
            SendOutcome::Rejected(failure) => Ok(failure),
            other => Err(Violation::new(format!(
                "an answer of status {} is {}",
                response.status().as_u16(),
                name(&other)
            ))),
        }
    }

    fn genuine(&self) -> Result<&Bytes, Violation> {
        let missing = || Violation::new("the subject has no answer that accepts");
        self.accepted.as_ref().ok_or_else(missing)
    }
}

/// One sentence of the contract: its name, and what finds out whether it holds.
pub type Sentence = (&'static str, fn(&Subject<'_>) -> Outcome);

/// The contract, sentence by sentence.
pub const SENTENCES: [Sentence; 11] = [
    ("describes itself", describes_itself),
    (
        "whatever its capabilities carry can be encoded",
        carries_what_it_says,
    ),
    ("the same part gives the same bytes", is_pure),
    (
        "a body that it does not carry is a failure",
        refuses_the_rest,
    ),
    ("any answer has an outcome", is_total),
    (
        "no answer without the provider's id is accepted",
        wants_an_id,
    ),
    (
        "a status that is no success is never accepted",
        wants_success,
    ),
    (
        "too fast is rate limited, until the time that was said",
        waits,
    ),
    (
        "a refused key is never tried again as it is",
        keeps_no_wrong_key,
    ),
    (
        "outcomes never repeat the answer, the address or the secret",
        keeps_quiet,
    ),
    ("debug shows no secret", hides_the_secret),
];

/// Tries every sentence.
///
/// # Errors
/// The first sentence that does not hold, by its name.
pub fn conformance(subject: &Subject<'_>) -> Outcome {
    SENTENCES.iter().try_for_each(|(name, holds)| {
        holds(subject).map_err(|violation| {
            Violation::new(format!("`{}`: {name}: {violation}", subject.wire.scheme()))
        })
    })
}

const fn name(outcome: &SendOutcome) -> &'static str {
    match outcome {
        SendOutcome::Accepted(_) => "accepted",
        SendOutcome::AlreadyAccepted(_) => "already accepted",
        SendOutcome::Ambiguous(_) => "ambiguous",
        SendOutcome::Rejected(_) => "rejected",
    }
}

fn describes_itself(subject: &Subject<'_>) -> Outcome {
    let scheme = subject.wire.scheme();
    ensure!(is_scheme(scheme), "`{scheme}` is no scheme");
    ensure_eq!(
        subject.wire.channel(),
        subject.to.channel(),
        "the channel of the wire and of its address"
    );
    Ok(())
}

fn carries_what_it_says(subject: &Subject<'_>) -> Outcome {
    for body in carried(subject.wire.capabilities(), &subject.target)? {
        let (part, what) = (subject.part(body.clone()), format!("`{}`", body.tag()));
        let encoded = calm(&what, || subject.wire.encode(&part))?;
        ensure!(
            encoded.is_ok(),
            "{what}, as the planner makes it, is refused: {:?}",
            encoded.err()
        );
    }
    Ok(())
}

fn is_pure(subject: &Subject<'_>) -> Outcome {
    let parts: Vec<Part> = carried(subject.wire.capabilities(), &subject.target)?
        .into_iter()
        .map(|body| subject.part(body))
        .collect();
    let encode = |part| {
        let (head, body) = subject.wire.encode(part).ok()?.into_parts();
        Some((head.method, head.uri, head.headers, body))
    };
    let first: Vec<_> = parts.iter().map(encode).collect();
    // In another order: what was encoded before does not matter.
    let again: Vec<_> = parts.iter().rev().map(encode).collect();
    for ((part, first), again) in parts.iter().zip(first).zip(again.into_iter().rev()) {
        ensure!(
            first == again,
            "`{}` is another request when it is encoded again",
            part.body.tag()
        );
    }
    Ok(())
}

fn refuses_the_rest(subject: &Subject<'_>) -> Outcome {
    for body in foreign(subject.wire.capabilities(), &subject.target)? {
        let what = format!("`{}`", body.tag());
        let part = subject.part(body);
        ensure!(
            calm(&what, || subject.wire.encode(&part))?.is_err(),
            "{what} is encoded, although the capabilities exclude it"
        );
    }
    Ok(())
}

fn is_total(subject: &Subject<'_>) -> Outcome {
    let mut bodies = subject.garbage();
    bodies.extend(subject.accepted.clone());
    for status in STATUSES {
        for body in &bodies {
            subject.outcome(&answer(status, body))?;
        }
    }
    // A long answer need not be read at every status.
    let long = Bytes::from(vec![b'7'; 1 << 20]);
    for status in [200, 400, 429, 500] {
        subject.outcome(&answer(status, &long))?;
    }
    Ok(())
}

fn wants_an_id(subject: &Subject<'_>) -> Outcome {
    let genuine = subject.genuine()?;
    let mut taken = answer(200, genuine);
    taken.headers_mut().extend(subject.accepted_header.clone());
    let outcome = subject.outcome(&taken)?;
    let SendOutcome::Accepted(receipt) = &outcome else {
        return Err(Violation::new(format!(
            "the answer that accepts is {}",
            name(&outcome)
        )));
    };
    let id = &receipt.provider_id;
    ensure!(!id.is_empty(), "the id is empty");
    let mut broken = subject.garbage();
    broken.extend((0..genuine.len()).map(|end| genuine.slice(..end)));
    for status in 200..300 {
        for body in &broken {
            let outcome = subject.outcome(&answer(status, body))?;
            ensure!(
                outcome.provider_id().is_none_or(|seen| seen == id),
                "an answer of status {status} that is not the provider's is {}",
                name(&outcome)
            );
        }
    }
    // Whatever carries the id, without it there is none; the rest of the answer is not needed.
    for body in without_a_value(genuine) {
        let outcome = subject.outcome(&answer(200, &body))?;
        ensure!(
            outcome.provider_id().is_none_or(|seen| seen == id),
            "an answer that lost a value is {} under another id",
            name(&outcome)
        );
    }
    Ok(())
}

/// The JSON body as often as it has values, each time without one of them. Nothing when it is not JSON.
fn without_a_value(body: &[u8]) -> Vec<Bytes> {
    let Ok(whole) = serde_json::from_slice::<Value>(body) else {
        return Vec::new();
    };
    let mut paths = Vec::new();
    walk(&whole, &mut String::new(), &mut paths);
    let without = |path: &String| {
        let mut body = whole.clone();
        let (parent, key) = path.rsplit_once('/')?;
        match body.pointer_mut(parent)? {
            Value::Object(map) => {
                map.remove(&key.replace("~1", "/").replace("~0", "~"))?;
            }
            Value::Array(items) => {
                let at = key.parse::<usize>().ok().filter(|at| *at < items.len())?;
                items.remove(at);
            }
            _ => return None,
        }
        Some(Bytes::from(body.to_string()))
    };
    paths.iter().filter_map(without).collect()
}

/// The JSON pointers of all values below this one.
fn walk(value: &Value, path: &mut String, paths: &mut Vec<String>) {
    let below: Vec<(String, &Value)> = match value {
        Value::Object(map) => map
            .iter()
            .map(|(key, value)| (key.replace('~', "~0").replace('/', "~1"), value))
            .collect(),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .map(|(at, value)| (at.to_string(), value))
            .collect(),
        _ => return,
    };
    for (key, value) in below {
        let length = path.len();
        path.push('/');
        path.push_str(&key);
        paths.push(path.clone());
        walk(value, path, paths);
        path.truncate(length);
    }
}

fn wants_success(subject: &Subject<'_>) -> Outcome {
    let mut bodies = subject.garbage();
    bodies.extend(subject.accepted.clone());
    for status in STATUSES.filter(|status| !(200..300).contains(status)) {
        for body in &bodies {
            let outcome = subject.outcome(&answer(status, body))?;
            ensure!(
                !matches!(outcome, SendOutcome::Accepted(_)),
                "an answer of status {status} is accepted"
            );
        }
    }
    Ok(())
}

fn waits(subject: &Subject<'_>) -> Outcome {
    let wait = |response, wanted: Duration| -> Outcome {
        let failure = subject.refusal(&response)?;
        ensure_eq!(failure.class, FailureClass::RateLimited, "status 429");
        ensure!(
            failure.is_retryable(),
            "status 429 is not to be tried again: {}",
            failure.advice
        );
        let waits = failure.retry_after.map(|after| after.delay);
        ensure!(
            waits.is_some_and(|waits| waits >= wanted),
            "status 429 says to wait {wanted:?}, and the failure {waits:?}"
        );
        Ok(())
    };
    for body in [&b""[..], b"{}", b"<html></html>"] {
        let response = answer(429, &Bytes::from_static(body));
        wait(waiting(response, 17), Duration::from_secs(17))?;
    }
    match &subject.too_fast {
        Some((body, wanted)) => wait(answer(429, body), *wanted),
        None => Ok(()),
    }
}

fn keeps_no_wrong_key(subject: &Subject<'_>) -> Outcome {
    for status in [401, 403] {
        for body in subject.garbage() {
            let failure = subject.refusal(&answer(status, &body))?;
            ensure!(
                !failure.is_retryable(),
                "an answer of status {status} is to be tried again as it is"
            );
        }
    }
    Ok(())
}

fn keeps_quiet(subject: &Subject<'_>) -> Outcome {
    for status in STATUSES {
        for body in subject.garbage() {
            let outcome = subject.outcome(&answer(status, &body))?;
            let json = serde_json::to_string(&outcome)
                .map_err(|e| Violation::new(format!("an outcome cannot be written: {e}")))?;
            let what = format!("the outcome of an answer of status {status}");
            hides(&what, &format!("{outcome:?} {json}"), &subject.words())?;
        }
    }
    let mut bodies = foreign(subject.wire.capabilities(), &subject.target)?;
    bodies.push(text(subject.wire.capabilities()));
    for body in bodies {
        let part = subject.part(body);
        // Another sentence says that it does not panic.
        if let Ok(Err(failure)) = calm("a part", || subject.wire.encode(&part)) {
            hides("a failure", &format!("{failure:?}"), &subject.words())?;
        }
    }
    Ok(())
}

fn hides_the_secret(subject: &Subject<'_>) -> Outcome {
    hides(
        "the wire's debug",
        &format!("{0:?} {0:#?}", subject.wire),
        &subject.words(),
    )
}

#[cfg(test)]
mod tests;
