//! A stream of chat completion chunks, whatever way the bytes are cut.

use super::response::{self, Reading, finish, usage};
use super::schema::{Answer, Call, Form, Function, Message, Object, Text};
use crate::failure;
use crate::framed::{Framed, Reader};
use crate::sse::SseEvent;
use http::{HeaderMap, StatusCode};
use msg_core::llm::{GenerateResponse, LlmError, LlmErrorKind, StreamEvent, Usage};

mod calls;
use calls::Calls;

/// Decodes one stream.
///
/// The finish event comes with the end of the stream (`[DONE]`, or its last byte where a server does not send that), because
/// usage follows the finish reason, and OpenRouter sends the reason twice.
pub(super) type ChatDecoder = Framed<State>;

/// A decoder for the stream behind this head.
pub(super) fn decoder(
    reading: &Reading,
    head: &http::response::Parts,
    limit: usize,
) -> ChatDecoder {
    let mut state = State::new(reading.headers(&head.headers).into_owned());
    state.cached = reading.cached(&head.headers);
    Framed::new(state, limit)
}

/// What is known of the answer so far.
pub(super) struct State {
    headers: HeaderMap,
    /// How much of the input the head says was read from a cache.
    cached: Option<u64>,
    started: bool,
    /// The stream has said that it ends.
    ended: bool,
    finish_reason: Option<String>,
    calls: Calls,
    usage: Option<Usage>,
    cost: Option<i64>,
}

impl Reader for State {
    fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    fn event(
        &mut self,
        event: &SseEvent<'_>,
        events: &mut Vec<StreamEvent>,
    ) -> Result<(), LlmError> {
        self.piece(&event.text(), events)
    }

    fn end(&mut self, events: &mut Vec<StreamEvent>) -> Result<(), LlmError> {
        if self.ended {
            return Ok(());
        }
        if self.finish_reason.is_none() {
            return Err(self.error(
                LlmErrorKind::Interrupted,
                "the stream ended before the answer did",
            ));
        }
        self.close(events);
        Ok(())
    }

    fn whole(&self, body: &[u8]) -> Result<GenerateResponse, LlmError> {
        let mut answer = response::decode(StatusCode::OK, &self.headers, body, "")?;
        response::cached(&mut answer.usage, self.cached);
        Ok(answer)
    }
}

impl State {
    fn new(headers: HeaderMap) -> Self {
        Self {
            headers,
            cached: None,
            started: false,
            ended: false,
            finish_reason: None,
            calls: Calls::default(),
            usage: None,
            cost: None,
        }
    }

    fn piece(&mut self, text: &str, events: &mut Vec<StreamEvent>) -> Result<(), LlmError> {
        let text = text.trim_ascii();
        // After the end, and empty events that keep a connection open.
        if self.ended || text.is_empty() {
            return Ok(());
        }
        if text == "[DONE]" {
            if !self.started {
                return Err(self.error(LlmErrorKind::Malformed, "the stream is empty"));
            }
            self.close(events);
            return Ok(());
        }
        let Ok(answer) = Answer::read(text, Form::Piece) else {
            let error = failure::inside(&self.headers, text.as_bytes());
            return Err(error.unwrap_or_else(|| {
                self.error(LlmErrorKind::Malformed, "an event is not of this protocol")
            }));
        };
        // A piece without choice and usage may be an error in one of the shapes that do not say `error`.
        let bare = !answer.has_choice && answer.usage.is_none();
        if (answer.error || answer.choice_error || bare)
            && let Some(error) = response::error_inside(&self.headers, text.as_bytes())
        {
            return Err(error);
        }
        self.chunk(answer, events)
    }

    fn error(&self, kind: LlmErrorKind, detail: &'static str) -> LlmError {
        failure::of_kind(kind, detail, &self.headers)
    }

    fn chunk(&mut self, answer: Answer<'_>, events: &mut Vec<StreamEvent>) -> Result<(), LlmError> {
        // Azure begins with a piece that only says what its filter found in the prompt.
        if !self.started && (answer.has_choice || answer.usage.is_some()) {
            self.started = true;
            let request_id =
                failure::request_id(&self.headers).or_else(|| answer.id.some().map(String::from));
            events.push(StreamEvent::Start {
                model: response::owned(answer.model),
                request_id,
            });
        }
        self.message(answer.message, events)?;
        if let Some(reason) = answer.finish_reason.some() {
            self.finish_reason = Some(reason.into());
        }
        if let Some(counts) = answer.usage {
            let mut snapshot = usage(&counts);
            response::cached(&mut snapshot, self.cached);
            if self.usage != Some(snapshot) {
                self.usage = Some(snapshot);
                events.push(StreamEvent::Usage(snapshot));
            }
            self.cost(counts.micros(), events);
        }
        self.cost(answer.cost.0, events);
        Ok(())
    }

    fn cost(&mut self, cost: Option<i64>, events: &mut Vec<StreamEvent>) {
        if let Some(micros) = cost.filter(|_| cost != self.cost) {
            self.cost = cost;
            events.push(StreamEvent::Cost(micros));
        }
    }

    fn message(
        &mut self,
        message: Message<'_>,
        events: &mut Vec<StreamEvent>,
    ) -> Result<(), LlmError> {
        let Message {
            content,
            thinking,
            details,
            refusal,
            reasoning_content,
            reasoning,
            tool_calls,
            function_call,
        } = message;
        let thought = reasoning_content.some().or_else(|| reasoning.some());
        let thought = thought.map(String::from).or(thinking).or(details);
        if let Some(thought) = thought {
            events.push(StreamEvent::Reasoning(thought));
        }
        if let Some(text) = content.some() {
            events.push(StreamEvent::Text(text.into()));
        }
        if let Some(text) = refusal.some() {
            events.push(StreamEvent::Refusal(text.into()));
        }
        for call in tool_calls.into_iter().chain(function_call.map(legacy)) {
            if !self.calls.piece(call, events) {
                return Err(self.error(LlmErrorKind::Malformed, "the answer has too many calls"));
            }
        }
        Ok(())
    }

    fn close(&mut self, events: &mut Vec<StreamEvent>) {
        self.ended = true;
        self.calls.flush(events);
        events.push(StreamEvent::Finish(finish(
            self.finish_reason.as_deref(),
            self.calls.any(),
        )));
    }
}

/// A piece of the one call that the form before tools allows.
fn legacy(function: Function<'_>) -> Call<'_> {
    Call {
        id: Text::default(),
        function: Object(Some(function)),
        ..Call::default()
    }
}

#[cfg(test)]
mod tests;
