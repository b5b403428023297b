use super::*;
use crate::llm::{Finish, LlmErrorKind};
use serde_json::Value;
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
    BareText,
    LosesText,
    RequiresAnything,
    ReadsNothing,
    IgnoresStatus,
    Panics,
    EmptySuccess,
    ForgetsToWait,
    LimitIsFinal,
    RepeatsMistakes,
    GivesUp,
    CutsByPiece,
    LosesTheTail,
    SilentEnd,
    UnknownIsStop,
    QuotesAnswers,
    ShowsSecret,
}

/// A small provider: `{"text":…,"end":…}` whole, and lines of the same object as a stream, the last one with `end`.
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

fn finish(fault: Fault, raw: &str) -> Finish {
    let reason = if raw == "done" || fault == Fault::UnknownIsStop {
        FinishReason::Stop
    } else {
        FinishReason::Other
    };
    Finish::new(reason, raw)
}

fn read(body: &[u8]) -> Result<(String, Option<String>), LlmError> {
    let body: Value = serde_json::from_slice(body).map_err(|_| malformed())?;
    let text = |key| body.get(key).and_then(Value::as_str).map(str::to_owned);
    Ok((text("text").ok_or_else(malformed)?, text("end")))
}

impl LlmWire for Fake {
    fn scheme(&self) -> &str {
        if self.fault == Fault::LoudScheme {
            "Fake"
        } else {
            "fake"
        }
    }

    fn encode(
        &self,
        request: &GenerateRequest,
        stream: bool,
    ) -> Result<http::Request<Bytes>, LlmError> {
        if let ToolChoice::Named(name) = &request.tool_choice
            && self.fault != Fault::RequiresAnything
            && !request.tools.iter().any(|tool| tool.name == *name)
        {
            return Err(LlmError::new(LlmErrorKind::InvalidRequest, "no such tool"));
        }
        let pieces = request.turns.iter().flat_map(|turn| &turn.pieces);
        let words = pieces.filter_map(|piece| match piece {
            Piece::Text(text) if self.fault == Fault::BareText => Some(text.said()),
            Piece::Text(text) if self.fault == Fault::LosesText && text.source().is_some() => None,
            Piece::Text(text)
            | Piece::ToolResult(ToolResult { content: text, .. })
            | Piece::Document(Document {
                source: crate::llm::DocumentSource::Text(text),
                ..
            }) => Some(text.as_str()),
            _ => None,
        });
        let words: Vec<_> = words.collect();
        let said = serde_json::json!({"system": &*request.system, "words": words});
        let mut body = format!("{stream} {said}");
        let count = self.encoded.fetch_add(1, Ordering::Relaxed);
        let mut uri = "https://fake.example/".to_owned();
        let mut key = http::HeaderValue::from_static(SECRET);
        key.set_sensitive(self.fault != Fault::UnmarkedHeader);
        match self.fault {
            Fault::Counts => body.push_str(&count.to_string()),
            Fault::SecretInBody => body.push_str(SECRET),
            Fault::SecretInAddress => uri.push_str(SECRET),
            _ => {}
        }
        let request = http::Request::post(uri).header("x-key", key);
        Ok(request.body(body.into()).unwrap())
    }

    fn decode(&self, response: &http::Response<Bytes>) -> Result<GenerateResponse, LlmError> {
        let status = response.status().as_u16();
        assert!(self.fault != Fault::Panics || status != 418, "a teapot");
        let success =
            (200..300).contains(&status) || (self.fault == Fault::IgnoresStatus && status == 302);
        if success {
            return match read(response.body()) {
                Ok(_) if self.fault == Fault::ReadsNothing => Err(malformed()),
                Ok((text, end)) => {
                    let mut answer = GenerateResponse::text_only("m", text);
                    answer.finish = end.map(|raw| finish(self.fault, &raw)).unwrap_or_default();
                    Ok(answer)
                }
                Err(_) if self.fault == Fault::EmptySuccess => Ok(GenerateResponse::default()),
                Err(error) => Err(error),
            };
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

    fn decoder(&self, _: &http::response::Parts) -> Box<dyn StreamDecoder> {
        Box::new(Lines {
            fault: self.fault,
            rest: Vec::new(),
            ended: false,
        })
    }
}

struct Lines {
    fault: Fault,
    rest: Vec<u8>,
    ended: bool,
}

impl Lines {
    fn line(&mut self, line: &[u8], events: &mut Vec<StreamEvent>) -> Result<(), LlmError> {
        let (text, end) = read(line)?;
        events.push(StreamEvent::Text(text));
        if let Some(raw) = end {
            self.ended = true;
            events.push(StreamEvent::Finish(finish(self.fault, &raw)));
        }
        Ok(())
    }
}

impl StreamDecoder for Lines {
    fn push(&mut self, bytes: &[u8], events: &mut Vec<StreamEvent>) -> Result<(), LlmError> {
        self.rest.extend_from_slice(bytes);
        while let Some(at) = self.rest.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.rest.drain(..=at).collect();
            self.line(&line, events)?;
        }
        if self.fault == Fault::CutsByPiece {
            self.rest.clear();
        }
        Ok(())
    }

    fn finish(&mut self, events: &mut Vec<StreamEvent>) -> Result<(), LlmError> {
        match self.fault {
            _ if self.ended => Ok(()),
            Fault::SilentEnd => Ok(()),
            Fault::LosesTheTail => {
                events.push(StreamEvent::Finish(Finish::new(FinishReason::Stop, "done")));
                Ok(())
            }
            _ => Err(LlmError::new(LlmErrorKind::Interrupted, "no end came")),
        }
    }
}

/// The names of the sentences that a fault breaks.
fn broken(fault: Fault) -> Vec<&'static str> {
    let fake = Fake {
        fault,
        encoded: AtomicU32::new(0),
    };
    let subject = Subject::new(&fake, SECRET)
        .with_answer(r#"{"text":"Hello","end":"done"}"#)
        .with_stream("{\"text\":\"Hel\"}\n{\"text\":\"lo \u{1f600}\",\"end\":\"done\"}\n")
        .with_unknown_end(
            r#"{"text":"","end":"new"}"#,
            "{\"text\":\"\",\"end\":\"new\"}\n",
        );
    SENTENCES
        .iter()
        .filter(|(_, holds)| holds(&subject).is_err())
        .map(|(name, _)| *name)
        .collect()
}

#[test]
fn an_honest_wire_passes() {
    assert_eq!(broken(Fault::None), [] as [&str; 0]);
}

#[test]
fn each_sentence_has_a_wire_that_breaks_it() {
    let header = "the secret travels in headers that are marked";
    let marks = "text from outside stands between its marks, and all of it";
    let read = "a genuine answer is read";
    let total = "any answer is read or an error, and only a success is read";
    let empty = "a good status with nothing in it is an error";
    let waits = "too fast may be repeated, after the time that was said";
    let cut = "however a stream is cut, it gives the same events";
    let end = "a stream that is cut short is an error, or lost nothing";
    let unknown = "an unknown end is never a stop";
    let quiet = "neither errors nor debug show text or secret";
    let cases = [
        (Fault::LoudScheme, vec!["describes itself"]),
        (Fault::Counts, vec!["the same request gives the same bytes"]),
        (Fault::SecretInAddress, vec![header]),
        (Fault::SecretInBody, vec![header]),
        (Fault::UnmarkedHeader, vec![header]),
        (Fault::BareText, vec![marks]),
        (Fault::LosesText, vec![marks]),
        (
            Fault::RequiresAnything,
            vec!["a call is required only of a tool that is offered"],
        ),
        (Fault::ReadsNothing, vec![read, unknown]),
        (Fault::IgnoresStatus, vec![total]),
        (Fault::Panics, vec![total, quiet]),
        (Fault::EmptySuccess, vec![empty]),
        (Fault::ForgetsToWait, vec![waits]),
        (Fault::LimitIsFinal, vec![waits]),
        (
            Fault::RepeatsMistakes,
            vec!["a wrong request or key is never repeated"],
        ),
        (Fault::GivesUp, vec!["a failing server may be asked again"]),
        (Fault::CutsByPiece, vec![cut]),
        (Fault::LosesTheTail, vec![end]),
        (Fault::SilentEnd, vec![end]),
        (Fault::UnknownIsStop, vec![unknown]),
        (Fault::QuotesAnswers, vec![quiet]),
        (Fault::ShowsSecret, vec![quiet]),
    ];
    for (fault, sentences) in &cases {
        assert_eq!(&broken(*fault), sentences, "{fault:?}");
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
    assert!(conformance(&Subject::new(&fake, SECRET)).is_err());
}
