//! What every wire of whole answers must keep: vectors ([`EmbedWire`]), ranks ([`RerankWire`]) and transcriptions
//! ([`TranscribeWire`]), the sentences of their contracts, each as a function.
//!
//! ```no_run
//! # fn wire() -> Box<dyn msg_core::llm::EmbedWire> { unimplemented!() }
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use msg_core::testkit::whole_wire::{Subject, conformance};
//!
//! let wire = wire();
//! // The answer to a request of two texts.
//! let subject = Subject::embed(&*wire, "the key it was made with").with_answer(r#"[[0.5, 1.0], [0.25, 0.0]]"#);
//! conformance(&subject)?;
//! # Ok(())
//! # }
//! ```

use super::common::{CANARY, STATUSES, answer, calm, garbage, hides, is_scheme, waiting};
use super::violation::{Outcome, Violation, ensure, ensure_eq};
use crate::llm::{
    Audio, EmbedPurpose, EmbedRequest, EmbedWire, LlmError, RerankRequest, RerankWire,
    TranscribeRequest, TranscribeWire,
};
use bytes::Bytes;
use std::fmt::Write as _;
use std::time::Duration;

/// The wire under test.
#[derive(Clone, Copy, Debug)]
enum Wire<'a> {
    Embed(&'a dyn EmbedWire),
    Rerank(&'a dyn RerankWire),
    Transcribe(&'a dyn TranscribeWire),
}

/// A wire and what the suite has to know about it.
#[derive(Debug)]
#[non_exhaustive]
pub struct Subject<'a> {
    wire: Wire<'a>,
    secret: String,
    answers: Vec<Bytes>,
}

impl<'a> Subject<'a> {
    /// A wire of vectors, and the secret that it was made with.
    pub fn embed(wire: &'a dyn EmbedWire, secret: impl Into<String>) -> Self {
        Self::new(Wire::Embed(wire), secret.into())
    }

    /// A wire of ranks, and the secret that it was made with.
    pub fn rerank(wire: &'a dyn RerankWire, secret: impl Into<String>) -> Self {
        Self::new(Wire::Rerank(wire), secret.into())
    }

    /// A wire of transcriptions, and the secret that it was made with.
    pub fn transcribe(wire: &'a dyn TranscribeWire, secret: impl Into<String>) -> Self {
        Self::new(Wire::Transcribe(wire), secret.into())
    }

    const fn new(wire: Wire<'a>, secret: String) -> Self {
        Self {
            wire,
            secret,
            answers: Vec::new(),
        }
    }

    /// Adds an answer as the provider sends it with status 200: to two texts or, where it takes only one at once, to one; to
    /// two documents, both ranked; or to a recording.
    #[must_use]
    pub fn with_answer(mut self, body: impl Into<Bytes>) -> Self {
        self.answers.push(body.into());
        self
    }

    fn scheme(&self) -> &str {
        match self.wire {
            Wire::Embed(wire) => wire.scheme(),
            Wire::Rerank(wire) => wire.scheme(),
            Wire::Transcribe(wire) => wire.scheme(),
        }
    }

    fn answers(&self) -> Result<&[Bytes], Violation> {
        ensure!(!self.answers.is_empty(), "the subject has no answer");
        Ok(&self.answers)
    }

    fn words(&self) -> [(&str, &str); 2] {
        [("text", CANARY), ("secret", &self.secret)]
    }

    fn garbage(&self) -> Vec<Bytes> {
        garbage(&self.words().map(|(_, word)| word))
    }

    /// The texts that the answers are about.
    fn texts(&self) -> EmbedRequest {
        let one = matches!(self.wire, Wire::Embed(wire) if wire.batch() == 1);
        let texts = [CANARY, "Tell me the \"news\".\n\u{1f600}"];
        EmbedRequest::new(texts.into_iter().take(if one { 1 } else { 2 })).with_model("some-model")
    }

    /// Every request that the wire can say. The plainest one it must say.
    fn encoded(&self) -> Result<Vec<http::Request<Bytes>>, Violation> {
        let tries = match self.wire {
            Wire::Embed(wire) => {
                let plain = self.texts();
                let for_query = plain.clone().with_purpose(EmbedPurpose::Query);
                [plain.clone(), for_query, plain.with_dimension(256)]
                    .map(|ask| calm("a request", || wire.encode(&ask)))
            }
            Wire::Rerank(wire) => [
                documents(),
                documents().with_top(1),
                documents().with_model(""),
            ]
            .map(|ask| calm("a request", || wire.encode(&ask))),
            Wire::Transcribe(wire) => [
                recording(),
                recording().with_language("de"),
                recording().with_hint(CANARY),
            ]
            .map(|ask| calm("a request", || wire.encode(&ask))),
        };
        let mut encoded = Vec::new();
        for (at, request) in tries.into_iter().enumerate() {
            match request? {
                Ok(request) => encoded.push(request),
                Err(error) => ensure!(at > 0, "the plainest request is refused: {error}"),
            }
        }
        Ok(encoded)
    }

    /// Reads an answer to the plainest request.
    fn decode(&self, response: &http::Response<Bytes>) -> Result<Result<(), LlmError>, Violation> {
        let what = format!("an answer of status {}", response.status().as_u16());
        calm(&what, || match self.wire {
            Wire::Embed(wire) => wire.decode(&self.texts(), response).map(drop),
            Wire::Rerank(wire) => wire.decode(&documents(), response).map(drop),
            Wire::Transcribe(wire) => wire.decode(response).map(drop),
        })
    }

    /// The error that an answer must be.
    fn error(&self, response: &http::Response<Bytes>) -> Result<LlmError, Violation> {
        self.decode(response)?.err().ok_or_else(|| {
            let status = response.status().as_u16();
            Violation::new(format!("an answer of status {status} is a success"))
        })
    }
}

fn documents() -> RerankRequest {
    RerankRequest::new(CANARY, ["One text.", "Another text."]).with_model("some-model")
}

fn recording() -> TranscribeRequest {
    let sound = format!("RIFF\0\r\n--{CANARY}\r\n");
    TranscribeRequest::new(Audio::new("audio/wav", sound)).with_model("some-model")
}

/// One sentence of the contract: its name, and what finds out whether it holds.
pub type Sentence = (&'static str, fn(&Subject<'_>) -> Outcome);

/// The contract, sentence by sentence.
pub const SENTENCES: [Sentence; 11] = [
    ("describes itself", describes_itself),
    ("the same request gives the same bytes", is_pure),
    (
        "the secret travels in headers that are marked",
        keeps_the_secret_in_headers,
    ),
    ("nothing to ask about is refused", refuses_nothing),
    ("a genuine answer is read", reads_answers),
    (
        "any answer is read or an error, and only a success is read",
        is_total,
    ),
    (
        "an answer that is cut short or about something else is an error",
        wants_its_answer,
    ),
    (
        "too fast may be repeated, after the time that was said",
        waits,
    ),
    (
        "a wrong request or key is never repeated",
        repeats_no_mistake,
    ),
    ("a failing server may be asked again", repeats_failures),
    ("neither errors nor debug show text or secret", keeps_quiet),
];

/// Tries every sentence.
///
/// # Errors
/// The first sentence that does not hold, by its name.
pub fn conformance(subject: &Subject<'_>) -> Outcome {
    SENTENCES.iter().try_for_each(|(name, holds)| {
        holds(subject).map_err(|violation| {
            Violation::new(format!("`{}`: {name}: {violation}", subject.scheme()))
        })
    })
}

fn describes_itself(subject: &Subject<'_>) -> Outcome {
    let scheme = subject.scheme();
    ensure!(is_scheme(scheme), "`{scheme}` is no scheme");
    if let Wire::Embed(wire) = subject.wire {
        ensure!(wire.batch() > 0, "no text may be asked about");
    }
    Ok(())
}

fn is_pure(subject: &Subject<'_>) -> Outcome {
    let parts = |request: http::Request<Bytes>| {
        let (head, body) = request.into_parts();
        (head.method, head.uri, head.headers, body)
    };
    for (first, again) in subject.encoded()?.into_iter().zip(subject.encoded()?) {
        ensure!(
            parts(first) == parts(again),
            "a request is another one when it is encoded again"
        );
    }
    Ok(())
}

fn keeps_the_secret_in_headers(subject: &Subject<'_>) -> Outcome {
    let secret = [("secret", subject.secret.as_str())];
    for request in subject.encoded()? {
        hides("the address", &request.uri().to_string(), &secret)?;
        let body = String::from_utf8_lossy(request.body());
        hides("the body", &body, &secret)?;
        // A header that is not marked as sensitive shows itself in debug and may be kept by HTTP/2.
        let shown = format!("{:?}", request.headers());
        hides("an unmarked header", &shown, &secret)?;
    }
    Ok(())
}

fn refuses_nothing(subject: &Subject<'_>) -> Outcome {
    let refused = match subject.wire {
        Wire::Embed(wire) => {
            let none = EmbedRequest::new([] as [&str; 0]).with_model("some-model");
            let many = vec!["a"; wire.batch().saturating_add(1).min(1 << 16)];
            let many = EmbedRequest::new(many).with_model("some-model");
            let counted = many.texts.len() > wire.batch();
            wire.encode(&none).is_err() && (!counted || wire.encode(&many).is_err())
        }
        Wire::Rerank(wire) => {
            let mut none = documents();
            none.documents.clear();
            wire.encode(&none).is_err()
        }
        Wire::Transcribe(wire) => {
            let silence = Audio::new("audio/wav", Bytes::new());
            let none = TranscribeRequest::new(silence).with_model("some-model");
            wire.encode(&none).is_err()
        }
    };
    ensure!(
        refused,
        "a request about nothing, or about too much, is encoded"
    );
    Ok(())
}

fn reads_answers(subject: &Subject<'_>) -> Outcome {
    for body in subject.answers()? {
        let read = subject.decode(&answer(200, body))?;
        read.map_err(|error| Violation::new(format!("a genuine answer fails: {error}")))?;
    }
    Ok(())
}

fn is_total(subject: &Subject<'_>) -> Outcome {
    let mut bodies = subject.garbage();
    bodies.extend(subject.answers.iter().cloned());
    for status in STATUSES {
        for body in &bodies {
            let read = subject.decode(&answer(status, body))?;
            ensure!(
                read.is_err() || (200..300).contains(&status),
                "an answer of status {status} is a success"
            );
        }
    }
    Ok(())
}

fn wants_its_answer(subject: &Subject<'_>) -> Outcome {
    for body in subject.garbage() {
        subject.error(&answer(200, &body))?;
    }
    for whole in subject.answers()? {
        for end in 0..whole.trim_ascii_end().len() {
            subject.error(&answer(200, &whole.slice(..end)))?;
        }
        let elsewhere = match subject.wire {
            Wire::Embed(wire) => {
                let mut more = subject.texts();
                more.texts.push("one more".into());
                wire.decode(&more, &answer(200, whole)).is_err()
            }
            Wire::Rerank(wire) => {
                let mut fewer = documents();
                fewer.documents.truncate(1);
                wire.decode(&fewer, &answer(200, whole)).is_err()
            }
            Wire::Transcribe(_) => true,
        };
        ensure!(elsewhere, "an answer to another request is read");
    }
    Ok(())
}

fn waits(subject: &Subject<'_>) -> Outcome {
    for body in subject.garbage() {
        let error = subject.error(&waiting(answer(429, &body), 17))?;
        ensure!(error.retryable, "status 429 may not be repeated");
        ensure_eq!(
            error.retry_after,
            Some(Duration::from_secs(17)),
            "status 429 that says 17 seconds"
        );
    }
    Ok(())
}

fn repeats_no_mistake(subject: &Subject<'_>) -> Outcome {
    for status in [400, 401, 403] {
        for body in subject.garbage() {
            let error = subject.error(&answer(status, &body))?;
            ensure!(!error.retryable, "status {status} may be repeated");
        }
    }
    Ok(())
}

fn repeats_failures(subject: &Subject<'_>) -> Outcome {
    for status in [500, 502, 503, 504] {
        for body in subject.garbage() {
            let error = subject.error(&answer(status, &body))?;
            ensure!(error.retryable, "status {status} may not be repeated");
        }
    }
    Ok(())
}

fn keeps_quiet(subject: &Subject<'_>) -> Outcome {
    for body in subject.garbage() {
        for status in STATUSES {
            let Err(error) = subject.decode(&answer(status, &body))? else {
                continue;
            };
            let mut shown = format!("{error} {error:?}");
            let mut source = std::error::Error::source(&error);
            while let Some(cause) = source {
                let _ = write!(shown, " {cause} {cause:?}");
                source = cause.source();
            }
            hides("an error", &shown, &subject.words())?;
        }
    }
    subject.encoded()?;
    let debug = format!("{0:?} {0:#?}", subject.wire);
    hides("the wire's debug", &debug, &subject.words())
}

#[cfg(test)]
mod tests;
