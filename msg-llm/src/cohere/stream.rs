//! A stream of events, whatever way the bytes are cut.

use super::response::{self, finish, usage};
use super::schema::{Call, Counts, Event, Message};
use crate::failure;
use crate::framed::{Framed, Reader};
use crate::place;
use crate::sse::SseEvent;
use crate::value::Text;
use http::{HeaderMap, StatusCode};
use msg_core::llm::{GenerateResponse, LlmError, LlmErrorKind, StreamEvent, Usage};
use std::borrow::Cow;

/// The most calls in one answer: no model makes so many, this only bounds what a broken server can cost.
const MOST_CALLS: usize = 1024;

/// Decodes one stream. Its last event is `message-end`.
pub(super) type ChatDecoder = Framed<State<'static>>;

/// A decoder for the stream behind this head.
pub(super) fn decoder(head: &http::response::Parts, limit: usize) -> ChatDecoder {
    Framed::new(State::new(Cow::Owned(head.headers.clone())), limit)
}

/// What is known of the answer so far.
pub(super) struct State<'h> {
    headers: Cow<'h, HeaderMap>,
    started: bool,
    ended: bool,
    /// The provider's numbers of the calls, in the order in which they began.
    calls: Vec<Option<u64>>,
}

impl Reader for State<'static> {
    fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    fn event(
        &mut self,
        event: &SseEvent<'_>,
        events: &mut Vec<StreamEvent>,
    ) -> Result<(), LlmError> {
        let text = event.text();
        let text = text.trim_ascii();
        if self.ended || text.is_empty() || text == "[DONE]" {
            return Ok(());
        }
        let mut piece = Event::default();
        if place::read(text, &mut piece).is_err() {
            let error = failure::inside(&self.headers, text.as_bytes());
            return Err(error.unwrap_or_else(|| {
                self.error(LlmErrorKind::Malformed, "an event is not of this protocol")
            }));
        }
        // What has no type, or this one, may be an error in one of the shapes of whole answers.
        let kind = piece.kind.0.as_deref();
        if kind.is_none_or(|kind| kind == "error")
            && let Some(error) = failure::inside(&self.headers, text.as_bytes())
        {
            return Err(error);
        }
        self.piece(&mut piece, events)
    }

    fn end(&mut self, _events: &mut Vec<StreamEvent>) -> Result<(), LlmError> {
        if self.ended {
            return Ok(());
        }
        Err(self.error(
            LlmErrorKind::Interrupted,
            "the stream ended before the answer did",
        ))
    }

    fn whole(&self, body: &[u8]) -> Result<GenerateResponse, LlmError> {
        response::decode(StatusCode::OK, &self.headers, body)
    }
}

impl<'h> State<'h> {
    pub(super) const fn new(headers: Cow<'h, HeaderMap>) -> Self {
        Self {
            headers,
            started: false,
            ended: false,
            calls: Vec::new(),
        }
    }

    fn error(&self, kind: LlmErrorKind, detail: &'static str) -> LlmError {
        failure::of_kind(kind, detail, &self.headers)
    }

    fn piece(
        &mut self,
        piece: &mut Event<'_>,
        events: &mut Vec<StreamEvent>,
    ) -> Result<(), LlmError> {
        self.start(&mut piece.id, events);
        let delta = &mut piece.delta;
        let message = &mut delta.message;
        match piece.kind.0.as_deref().unwrap_or_default() {
            "tool-call-delta" => {
                for call in message.tool_calls.iter_mut() {
                    self.more(piece.index.0, call, events);
                }
                Ok(())
            }
            "tool-call-start" => {
                for call in message.tool_calls.iter_mut() {
                    self.call(piece.index.0, call, events)?;
                }
                Ok(())
            }
            "message-end" if delta.error.0 => {
                // What a failed answer used is billed too.
                count(delta.usage, events);
                Err(self.error(
                    LlmErrorKind::Unavailable,
                    "the provider failed while it answered",
                ))
            }
            "message-end" => {
                self.close(delta.usage, &mut delta.finish_reason, events);
                Ok(())
            }
            "content-start" | "content-delta" | "tool-plan-delta" => self.message(message, events),
            // Citations, the ends of parts and calls, and what is new.
            _ => Ok(()),
        }
    }

    /// Tells the start, once.
    pub(super) fn start(&mut self, id: &mut Text<'_>, events: &mut Vec<StreamEvent>) {
        if self.started {
            return;
        }
        self.started = true;
        events.push(StreamEvent::Start {
            model: String::new(),
            request_id: failure::request_id(&self.headers).or_else(|| id.take()),
        });
    }

    /// Takes a message or a piece of one, with whole calls.
    pub(super) fn message(
        &mut self,
        message: &mut Message<'_>,
        events: &mut Vec<StreamEvent>,
    ) -> Result<(), LlmError> {
        events.extend(message.tool_plan.take().map(StreamEvent::Reasoning));
        for part in message.content.iter_mut() {
            events.extend(part.thinking.take().map(StreamEvent::Reasoning));
            events.extend(part.text.take().map(StreamEvent::Text));
        }
        for call in message.tool_calls.iter_mut() {
            self.call(None, call, events)?;
        }
        Ok(())
    }

    /// Begins a call, with the arguments that are there already.
    fn call(
        &mut self,
        number: Option<u64>,
        call: &mut Call<'_>,
        events: &mut Vec<StreamEvent>,
    ) -> Result<(), LlmError> {
        if self.calls.len() >= MOST_CALLS {
            return Err(self.error(LlmErrorKind::Malformed, "the answer has too many calls"));
        }
        let index = u32::try_from(self.calls.len()).unwrap_or(u32::MAX);
        self.calls.push(number);
        events.push(StreamEvent::ToolStart {
            index,
            id: call.id.take().unwrap_or_default(),
            name: call.function.name.take().unwrap_or_default(),
        });
        let json = call.function.arguments.take();
        events.extend(json.map(|json| StreamEvent::ToolArguments { index, json }));
        Ok(())
    }

    /// More arguments of the call with this number, or without one of the last call.
    fn more(&self, number: Option<u64>, call: &mut Call<'_>, events: &mut Vec<StreamEvent>) {
        let known = match number {
            Some(_) => self.calls.iter().rposition(|known| *known == number),
            None => self.calls.len().checked_sub(1),
        };
        if let (Some(at), Some(json)) = (known, call.function.arguments.take()) {
            events.push(StreamEvent::ToolArguments {
                index: u32::try_from(at).unwrap_or(u32::MAX),
                json,
            });
        }
    }

    /// Tells the end, and what was used.
    pub(super) fn close(
        &mut self,
        counts: Option<Counts>,
        reason: &mut Text<'_>,
        events: &mut Vec<StreamEvent>,
    ) {
        self.ended = true;
        count(counts, events);
        let reason = reason.take();
        let any_call = !self.calls.is_empty();
        events.push(StreamEvent::Finish(finish(reason.as_deref(), any_call)));
    }
}

/// Tells what was used, if anything was counted.
fn count(counts: Option<Counts>, events: &mut Vec<StreamEvent>) {
    let snapshot = counts.map(usage).unwrap_or_default();
    if snapshot != Usage::default() {
        events.push(StreamEvent::Usage(snapshot));
    }
}

#[cfg(test)]
mod tests;
