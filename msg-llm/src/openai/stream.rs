//! A stream of chat completion chunks, whatever way the bytes are cut.

use super::response::{self, finish, usage};
use super::schema::{Answer, Call, Form, Function, Message, Text};
use crate::failure;
use crate::replay::replay;
use crate::sse::SseDecoder;
use http::{HeaderMap, StatusCode};
use msg_core::llm::{LlmError, LlmErrorKind, StreamDecoder, StreamEvent, Usage};

mod calls;
use calls::Calls;

/// What kind of body it turned out to be.
#[derive(Debug)]
enum Body {
    /// Nothing but white space yet.
    Unknown,
    /// Events.
    Events,
    /// A whole answer or a page, although a stream was asked for: collected and read at its end.
    Whole(Vec<u8>),
}

/// Decodes one stream.
///
/// The finish event comes with the end of the stream (`[DONE]`, or its last byte where a server does not send that), because
/// usage follows the finish reason, and OpenRouter sends the reason twice.
pub(super) struct ChatDecoder {
    body: Body,
    sse: SseDecoder,
    limit: usize,
    state: State,
}

/// What is known of the answer so far.
struct State {
    headers: HeaderMap,
    started: bool,
    /// The stream has said that it ends.
    ended: bool,
    finish_reason: Option<String>,
    calls: Calls,
    usage: Option<Usage>,
    cost: Option<i64>,
}

impl ChatDecoder {
    pub(super) fn new(head: &http::response::Parts, limit: usize) -> Self {
        let state = State {
            headers: head.headers.clone(),
            started: false,
            ended: false,
            finish_reason: None,
            calls: Calls::default(),
            usage: None,
            cost: None,
        };
        Self {
            body: Body::Unknown,
            sse: SseDecoder::new(limit),
            limit,
            state,
        }
    }
}

impl StreamDecoder for ChatDecoder {
    fn push(&mut self, bytes: &[u8], events: &mut Vec<StreamEvent>) -> Result<(), LlmError> {
        let mut bytes = bytes;
        if matches!(self.body, Body::Unknown) {
            let first = bytes.iter().position(|byte| !byte.is_ascii_whitespace());
            let rest = first.and_then(|at| bytes.get(at..)).unwrap_or_default();
            match rest.first() {
                // It may belong to the first line of an event stream, so the decoder below sees it.
                None => {}
                // No line of an event stream begins so.
                Some(b'{' | b'[' | b'<') => {
                    self.body = Body::Whole(Vec::new());
                    bytes = rest;
                }
                Some(_) => self.body = Body::Events,
            }
        }
        if let Body::Whole(whole) = &mut self.body {
            if whole.len().saturating_add(bytes.len()) > self.limit {
                return Err(self
                    .state
                    .error(LlmErrorKind::Malformed, "the answer is too large"));
            }
            whole.extend_from_slice(bytes);
            return Ok(());
        }
        let mut feed = self.sse.feed(bytes);
        loop {
            match feed.next_event() {
                Ok(Some(event)) => self.state.event(&event.text(), events)?,
                Ok(None) => return Ok(()),
                Err(error) => {
                    let failed = self.state.error(
                        LlmErrorKind::Malformed,
                        "an event of the stream is too large",
                    );
                    return Err(failed.with_source(error));
                }
            }
        }
    }

    fn finish(&mut self, events: &mut Vec<StreamEvent>) -> Result<(), LlmError> {
        if let Body::Whole(whole) = &self.body {
            let response = response::decode(StatusCode::OK, &self.state.headers, whole)?;
            replay(response, events);
            return Ok(());
        }
        if self.state.ended {
            return Ok(());
        }
        if self.state.finish_reason.is_none() {
            return Err(self.state.error(
                LlmErrorKind::Interrupted,
                "the stream ended before the answer did",
            ));
        }
        self.state.end(events);
        Ok(())
    }
}

impl State {
    fn event(&mut self, text: &str, events: &mut Vec<StreamEvent>) -> Result<(), LlmError> {
        let text = text.trim_ascii();
        // After the end, and empty events that keep a connection open.
        if self.ended || text.is_empty() {
            return Ok(());
        }
        if text == "[DONE]" {
            if !self.started {
                return Err(self.error(LlmErrorKind::Malformed, "the stream is empty"));
            }
            self.end(events);
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
        if !self.started {
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
            let snapshot = usage(counts);
            if self.usage != Some(snapshot) {
                self.usage = Some(snapshot);
                events.push(StreamEvent::Usage(snapshot));
            }
            self.cost(counts.cost.0, events);
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
            refusal,
            reasoning_content,
            reasoning,
            tool_calls,
            function_call,
        } = message;
        let thought = reasoning_content.some().or_else(|| reasoning.some());
        if let Some(thought) = thought.map(String::from).or(thinking) {
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

    fn end(&mut self, events: &mut Vec<StreamEvent>) {
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
        function: Some(function),
        ..Call::default()
    }
}

#[cfg(test)]
mod tests;
