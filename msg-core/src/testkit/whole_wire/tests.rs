use super::*;
use crate::llm::{EmbedResponse, LlmErrorKind, Rank, RerankResponse, Transcription};
use serde_json::{Value, json};
use std::fmt;
use std::sync::atomic::{AtomicU32, Ordering};

const SECRET: &str = "s3cret-key";

/// What a wire does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    None,
    LoudScheme,
    Counts,
    SecretInAddress,
    SecretInBody,
    UnmarkedHeader,
    AsksNothing,
    ReadsNothing,
    IgnoresStatus,
    Panics,
    EmptySuccess,
    CountsNothing,
    ForgetsToWait,
    LimitIsFinal,
    RepeatsMistakes,
    GivesUp,
    QuotesAnswers,
    ShowsSecret,
}

/// A small provider: a list of vectors, a list of `[index, score]`, a text.
struct Fake {
    fault: Fault,
    encoded: AtomicU32,
}

impl fmt::Debug for Fake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.fault == Fault::ShowsSecret {
            SECRET
        } else {
            "Fake"
        })
    }
}

/// A cause that says too much.
#[derive(Debug)]
struct Quote(String);

impl fmt::Display for Quote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Quote {}

fn malformed() -> LlmError {
    LlmError::new(LlmErrorKind::Malformed, "the answer cannot be read")
}

impl Fake {
    fn name(&self) -> &str {
        if self.fault == Fault::LoudScheme {
            "Fake"
        } else {
            "fake"
        }
    }

    fn request(&self, items: usize, body: &Value) -> Result<http::Request<Bytes>, LlmError> {
        if self.fault != Fault::AsksNothing && (items == 0 || items > 2) {
            return Err(LlmError::new(
                LlmErrorKind::InvalidRequest,
                "too few or many",
            ));
        }
        let mut body = body.to_string();
        let mut uri = "https://fake.example/".to_owned();
        let mut key = http::HeaderValue::from_static(SECRET);
        key.set_sensitive(self.fault != Fault::UnmarkedHeader);
        match self.fault {
            Fault::Counts => {
                body.push_str(&self.encoded.fetch_add(1, Ordering::Relaxed).to_string());
            }
            Fault::SecretInBody => body.push_str(SECRET),
            Fault::SecretInAddress => uri.push_str(SECRET),
            _ => {}
        }
        let request = http::Request::post(uri).header("x-key", key);
        Ok(request.body(body.into()).unwrap())
    }

    /// The body of a success.
    fn body(&self, response: &http::Response<Bytes>) -> Result<Value, LlmError> {
        let status = response.status().as_u16();
        assert!(self.fault != Fault::Panics || status != 418, "a teapot");
        if (200..300).contains(&status) || (self.fault == Fault::IgnoresStatus && status == 302) {
            if self.fault == Fault::ReadsNothing {
                return Err(malformed());
            }
            let body: Value = serde_json::from_slice(response.body()).map_err(|_| malformed())?;
            return body.get("said").cloned().ok_or_else(malformed);
        }
        let mut error = match status {
            429 => LlmError::new(LlmErrorKind::RateLimit, "too fast"),
            500.. => LlmError::new(LlmErrorKind::Unavailable, "broken"),
            _ => LlmError::new(LlmErrorKind::InvalidRequest, "wrong"),
        };
        let header = response.headers().get("retry-after");
        if self.fault != Fault::ForgetsToWait {
            let seconds = header.and_then(|value| value.to_str().ok()?.parse().ok());
            error.retry_after = seconds.map(Duration::from_secs);
        }
        match (self.fault, status) {
            (Fault::LimitIsFinal, 429) | (Fault::GivesUp, 500..) => error.retryable = false,
            (Fault::RepeatsMistakes, 401) => error.retryable = true,
            (Fault::QuotesAnswers, 404) => {
                let quote = String::from_utf8_lossy(response.body()).into_owned();
                error = error.with_source(Quote(quote));
            }
            _ => {}
        }
        Err(error)
    }
}

impl EmbedWire for Fake {
    fn scheme(&self) -> &str {
        self.name()
    }

    fn batch(&self) -> usize {
        2
    }

    fn encode(&self, request: &EmbedRequest) -> Result<http::Request<Bytes>, LlmError> {
        self.request(request.texts.len(), &json!(request))
    }

    fn decode(
        &self,
        request: &EmbedRequest,
        response: &http::Response<Bytes>,
    ) -> Result<EmbedResponse, LlmError> {
        let read = self
            .body(response)
            .and_then(|said| serde_json::from_value(said).map_err(|_| malformed()));
        match (read, self.fault) {
            (Err(_), Fault::EmptySuccess) if response.status().is_success() => {
                Ok(EmbedResponse::default())
            }
            (Ok(_), Fault::CountsNothing) => Ok(EmbedResponse::default()),
            (read, _) => EmbedResponse::new(request, read?),
        }
    }
}

impl RerankWire for Fake {
    fn scheme(&self) -> &str {
        self.name()
    }

    fn encode(&self, request: &RerankRequest) -> Result<http::Request<Bytes>, LlmError> {
        self.request(request.documents.len(), &json!(request))
    }

    fn decode(
        &self,
        request: &RerankRequest,
        response: &http::Response<Bytes>,
    ) -> Result<RerankResponse, LlmError> {
        let read: Result<Vec<(usize, f64)>, _> = self
            .body(response)
            .and_then(|said| serde_json::from_value(said).map_err(|_| malformed()));
        match (read, self.fault) {
            (Err(_), Fault::EmptySuccess) if response.status().is_success() => {
                Ok(RerankResponse::default())
            }
            (Ok(_), Fault::CountsNothing) => Ok(RerankResponse::default()),
            (read, _) => {
                let ranks = read?
                    .into_iter()
                    .map(|(index, score)| Rank::new(index, score));
                RerankResponse::new(request, ranks.collect())
            }
        }
    }
}

impl TranscribeWire for Fake {
    fn scheme(&self) -> &str {
        self.name()
    }

    fn encode(&self, request: &TranscribeRequest) -> Result<http::Request<Bytes>, LlmError> {
        let size = request.audio.data().map_or(0, |(_, data)| data.len());
        self.request(size.min(1), &json!(request))
    }

    fn decode(&self, response: &http::Response<Bytes>) -> Result<Transcription, LlmError> {
        let read = self
            .body(response)
            .and_then(|said| said.as_str().map(Transcription::new).ok_or_else(malformed));
        match (read, self.fault) {
            (Err(_), Fault::EmptySuccess) if response.status().is_success() => {
                Ok(Transcription::default())
            }
            (read, _) => read,
        }
    }
}

/// The names of the sentences that a fault breaks, in each kind of wire.
fn broken(fault: Fault) -> [Vec<&'static str>; 3] {
    let fake = Fake {
        fault,
        encoded: AtomicU32::new(0),
    };
    let subjects = [
        Subject::embed(&fake, SECRET).with_answer(r#"{"said":[[0.5,1.0],[0.25,0.0]]}"#),
        Subject::rerank(&fake, SECRET).with_answer(r#"{"said":[[1,0.5],[0,0.25]]}"#),
        Subject::transcribe(&fake, SECRET).with_answer(r#"{"said":"Hello"}"#),
    ];
    subjects.map(|subject| {
        let broken = SENTENCES
            .iter()
            .filter(|(_, holds)| holds(&subject).is_err());
        broken.map(|(name, _)| *name).collect()
    })
}

#[test]
fn an_honest_wire_passes() {
    for broken in broken(Fault::None) {
        assert_eq!(broken, [] as [&str; 0]);
    }
}

#[test]
fn each_sentence_has_a_wire_that_breaks_it() {
    let header = "the secret travels in headers that are marked";
    let total = "any answer is read or an error, and only a success is read";
    let cut = "an answer that is cut short or about something else is an error";
    let waits = "too fast may be repeated, after the time that was said";
    let quiet = "neither errors nor debug show text or secret";
    let cases = [
        (Fault::LoudScheme, vec!["describes itself"]),
        (Fault::Counts, vec!["the same request gives the same bytes"]),
        (Fault::SecretInAddress, vec![header]),
        (Fault::SecretInBody, vec![header]),
        (Fault::UnmarkedHeader, vec![header]),
        (Fault::AsksNothing, vec!["nothing to ask about is refused"]),
        (Fault::ReadsNothing, vec!["a genuine answer is read"]),
        (Fault::IgnoresStatus, vec![total]),
        (Fault::Panics, vec![total, quiet]),
        (Fault::EmptySuccess, vec![cut]),
        (Fault::CountsNothing, vec![cut]),
        (Fault::ForgetsToWait, vec![waits]),
        (Fault::LimitIsFinal, vec![waits]),
        (
            Fault::RepeatsMistakes,
            vec!["a wrong request or key is never repeated"],
        ),
        (Fault::GivesUp, vec!["a failing server may be asked again"]),
        (Fault::QuotesAnswers, vec![quiet]),
        (Fault::ShowsSecret, vec![quiet]),
    ];
    for (fault, sentences) in &cases {
        for (at, broken) in broken(*fault).iter().enumerate() {
            // A transcription is about one recording: there is nothing to count.
            if (*fault, at) != (Fault::CountsNothing, 2) {
                assert_eq!(broken, sentences, "{fault:?} {at}");
            }
        }
    }
    for (name, _) in SENTENCES {
        assert!(
            cases.iter().any(|(_, broken)| broken.contains(&name)),
            "nothing breaks: {name}"
        );
    }
}

#[test]
fn a_subject_without_answers_does_not_pass() {
    let fake = Fake {
        fault: Fault::None,
        encoded: AtomicU32::new(0),
    };
    assert!(conformance(&Subject::embed(&fake, SECRET)).is_err());
}
