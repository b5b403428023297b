//! A stream of JSON objects, whatever way the bytes are cut.

use super::response::{finish, usage};
use super::schema::{Answer, Call};
use crate::failure;
use crate::json::compact;
use crate::ndjson::{Next, Objects};
use crate::place;
use http::{HeaderMap, StatusCode};
use msg_core::llm::{LlmError, LlmErrorKind, StreamDecoder, StreamEvent, Usage};
use serde_json::value::RawValue;
use std::borrow::Cow;

/// The most calls in one answer: no model makes so many, this only bounds what a broken server can cost.
const MOST_CALLS: u32 = 1024;

/// Decodes one stream. Its last object says `done`.
pub(super) struct ChatDecoder {
    objects: Objects,
    limit: usize,
    /// What is no object, a page of a proxy say: collected and read at its end.
    other: Vec<u8>,
    state: State<'static>,
}

impl ChatDecoder {
    pub(super) fn new(head: &http::response::Parts, limit: usize) -> Self {
        Self {
            objects: Objects::new(limit),
            limit,
            other: Vec::new(),
            state: State::new(Cow::Owned(head.headers.clone())),
        }
    }
}

impl StreamDecoder for ChatDecoder {
    fn push(&mut self, bytes: &[u8], events: &mut Vec<StreamEvent>) -> Result<(), LlmError> {
        let mut rest = bytes;
        while !self.state.ended {
            if self.other.is_empty() {
                if let Some((line, behind)) = self.objects.line(rest) {
                    let mut answer = Answer::default();
                    if place::read(line, &mut answer).is_ok() {
                        rest = behind;
                        self.state.answer(line, &mut answer, events)?;
                        continue;
                    }
                }
                match self.objects.next(&mut rest) {
                    Next::Object(object) => {
                        self.state.piece(&crate::sse::text(object), events)?;
                        continue;
                    }
                    Next::More => return Ok(()),
                    Next::Other => {}
                    Next::TooLarge => {
                        return Err(self.state.error(
                            LlmErrorKind::Malformed,
                            "an object of the stream is too large",
                        ));
                    }
                }
            }
            if self.other.len().saturating_add(rest.len()) > self.limit {
                return Err(self
                    .state
                    .error(LlmErrorKind::Malformed, "the answer is too large"));
            }
            self.other.extend_from_slice(rest);
            return Ok(());
        }
        Ok(())
    }

    fn finish(&mut self, _events: &mut Vec<StreamEvent>) -> Result<(), LlmError> {
        if self.state.ended {
            return Ok(());
        }
        if !self.other.is_empty() {
            let headers = &self.state.headers;
            return Err(failure::inside(headers, &self.other)
                .unwrap_or_else(|| failure::classify(StatusCode::OK, headers, &self.other)));
        }
        Err(self.state.error(
            LlmErrorKind::Interrupted,
            "the stream ended before the answer did",
        ))
    }
}

/// What is known of the answer so far.
pub(super) struct State<'h> {
    headers: Cow<'h, HeaderMap>,
    started: bool,
    answered: bool,
    ended: bool,
    calls: u32,
}

impl<'h> State<'h> {
    pub(super) const fn new(headers: Cow<'h, HeaderMap>) -> Self {
        Self {
            headers,
            started: false,
            answered: false,
            ended: false,
            calls: 0,
        }
    }

    /// Whether there was a message, or an end.
    pub(super) const fn answered(&self) -> bool {
        self.answered
    }

    pub(super) const fn ended(&self) -> bool {
        self.ended
    }

    fn error(&self, kind: LlmErrorKind, detail: &'static str) -> LlmError {
        failure::of_kind(kind, detail, &self.headers)
    }

    /// Takes one object.
    pub(super) fn piece(
        &mut self,
        text: &str,
        events: &mut Vec<StreamEvent>,
    ) -> Result<(), LlmError> {
        let mut answer = Answer::default();
        if place::read(text, &mut answer).is_err() {
            let error = failure::inside(&self.headers, text.as_bytes());
            return Err(error.unwrap_or_else(|| {
                self.error(LlmErrorKind::Malformed, "an object is not of this protocol")
            }));
        }
        self.answer(text, &mut answer, events)
    }

    /// Takes one object that was read from `text`.
    fn answer(
        &mut self,
        text: &str,
        answer: &mut Answer<'_>,
        events: &mut Vec<StreamEvent>,
    ) -> Result<(), LlmError> {
        let bare = answer.message.is_none() && answer.done.is_none();
        if (answer.error.0 || bare)
            && let Some(error) = failure::inside(&self.headers, text.as_bytes())
        {
            return Err(error);
        }
        if !self.started {
            self.started = true;
            events.push(StreamEvent::Start {
                model: answer.model.take().unwrap_or_default(),
                request_id: failure::request_id(&self.headers),
            });
        }
        self.answered |= answer.message.is_some() || answer.done == Some(true);
        if let Some(message) = &mut answer.message {
            events.extend(message.thinking.take().map(StreamEvent::Reasoning));
            events.extend(message.content.take().map(StreamEvent::Text));
            for call in message.tool_calls.take().into_iter().flatten() {
                self.call(call, events)?;
            }
        }
        if answer.done == Some(true) {
            self.close(answer, events);
        }
        Ok(())
    }

    fn call(&mut self, call: Call<'_>, events: &mut Vec<StreamEvent>) -> Result<(), LlmError> {
        if self.calls >= MOST_CALLS {
            return Err(self.error(LlmErrorKind::Malformed, "the answer has too many calls"));
        }
        let index = self.calls;
        self.calls += 1;
        let function = call.function.unwrap_or_default();
        events.push(StreamEvent::ToolStart {
            index,
            id: call.id.some().map(String::from).unwrap_or_default(),
            name: function.name.some().map(String::from).unwrap_or_default(),
        });
        let json = arguments(function.arguments);
        events.push(StreamEvent::ToolArguments { index, json });
        Ok(())
    }

    /// Tells the end, and what was used.
    pub(super) fn close(&mut self, answer: &Answer<'_>, events: &mut Vec<StreamEvent>) {
        self.ended = true;
        let snapshot = usage(answer);
        if snapshot != Usage::default() {
            events.push(StreamEvent::Usage(snapshot));
        }
        let raw = answer.done_reason.0.as_deref();
        let raw = raw.filter(|raw| !raw.is_empty());
        events.push(StreamEvent::Finish(finish(raw, self.calls > 0)));
    }
}

/// The arguments as JSON text: an object, or a text that is one already.
fn arguments(raw: Option<&RawValue>) -> String {
    let Some(raw) = raw else {
        return "{}".to_owned();
    };
    if raw.get().starts_with('"')
        && let Ok(text) = serde_json::from_str::<String>(raw.get())
    {
        return text;
    }
    compact(raw.get())
}

#[cfg(test)]
mod tests;
