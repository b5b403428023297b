//! A stream of partial answers, whatever way the bytes are cut.

use super::response::{self, finish, usage};
use super::schema::{Answer, Call, Candidate, Part};
use crate::failure;
use crate::framed::{Framed, Reader};
use crate::json::compact;
use crate::place::{self, Few};
use crate::sse::SseEvent;
use http::{HeaderMap, StatusCode};
use msg_core::llm::{
    Finish, FinishReason, GenerateResponse, LlmError, LlmErrorKind, StreamEvent, Usage,
};
use std::borrow::Cow;

/// The most calls in one answer: no model makes so many, this only bounds what a broken server can cost.
const MOST_CALLS: u32 = 1024;

/// Decodes one stream.
///
/// There is no mark of the end: the finish event comes with the last byte, when a finish reason came and nothing after it.
/// Gemini sends a reason with every step of its own code execution too, before the result of the code.
pub(super) type ContentDecoder = Framed<State<'static>>;

/// A decoder for the stream behind this head.
pub(super) fn decoder(head: &http::response::Parts, limit: usize) -> ContentDecoder {
    Framed::new(State::new(Cow::Owned(head.headers.clone())), limit)
}

/// What is known of the answer so far.
pub(super) struct State<'h> {
    headers: Cow<'h, HeaderMap>,
    started: bool,
    /// A candidate came, or a block of the prompt.
    answered: bool,
    /// The last reason, and what the provider says about it.
    reason: Option<String>,
    message: Option<String>,
    /// Nothing must follow.
    over: bool,
    /// Why the prompt was blocked.
    block: Option<String>,
    calls: u32,
    usage: Option<Usage>,
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
        self.piece(&event.text(), events)
    }

    fn end(&mut self, events: &mut Vec<StreamEvent>) -> Result<(), LlmError> {
        if !self.over {
            return Err(self.error(
                LlmErrorKind::Interrupted,
                "the stream ended before the answer did",
            ));
        }
        self.close(events);
        Ok(())
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
            answered: false,
            reason: None,
            message: None,
            over: false,
            block: None,
            calls: 0,
            usage: None,
        }
    }

    /// Whether the model or a filter answered at all.
    pub(super) const fn answered(&self) -> bool {
        self.answered
    }

    fn error(&self, kind: LlmErrorKind, detail: &'static str) -> LlmError {
        failure::of_kind(kind, detail, &self.headers)
    }

    /// Takes the JSON of one partial answer.
    pub(super) fn piece(
        &mut self,
        text: &str,
        events: &mut Vec<StreamEvent>,
    ) -> Result<(), LlmError> {
        let text = text.trim_ascii();
        // Proxies that speak several protocols keep open and end as others do.
        if text.is_empty() || text == "[DONE]" {
            return Ok(());
        }
        let mut answer = Answer::default();
        if place::read(text, &mut answer).is_err() {
            let error = response::inside(&self.headers, text.as_bytes());
            return Err(error.unwrap_or_else(|| {
                self.error(LlmErrorKind::Malformed, "an event is not of this protocol")
            }));
        }
        let bare = answer.candidates.is_none()
            && answer.prompt_feedback.is_none()
            && answer.usage_metadata.is_none();
        if (answer.error.0 || bare)
            && let Some(error) = response::inside(&self.headers, text.as_bytes())
        {
            return Err(error);
        }
        self.answer(&mut answer, events)
    }

    fn answer(
        &mut self,
        answer: &mut Answer<'_>,
        events: &mut Vec<StreamEvent>,
    ) -> Result<(), LlmError> {
        if !self.started {
            self.started = true;
            events.push(StreamEvent::Start {
                model: answer.model_version.take().unwrap_or_default(),
                request_id: failure::request_id(&self.headers)
                    .or_else(|| answer.response_id.take()),
            });
        }
        if let Some(feedback) = &mut answer.prompt_feedback
            && let Some(reason) = feedback.block_reason.take()
        {
            self.block = Some(reason);
            self.message = feedback.block_reason_message.take();
            (self.answered, self.over) = (true, true);
        }
        let candidates = answer.candidates.iter_mut();
        let mut candidates = candidates.flat_map(Few::iter_mut);
        if let Some(first) = candidates.find(|candidate| candidate.index.0.unwrap_or(0) == 0) {
            self.candidate(first, events)?;
        }
        if let Some(counts) = &answer.usage_metadata {
            let snapshot = usage(counts);
            if self.usage != Some(snapshot) && snapshot != Usage::default() {
                self.usage = Some(snapshot);
                events.push(StreamEvent::Usage(snapshot));
            }
        }
        Ok(())
    }

    fn candidate(
        &mut self,
        candidate: &mut Candidate<'_>,
        events: &mut Vec<StreamEvent>,
    ) -> Result<(), LlmError> {
        self.answered = true;
        let before = events.len();
        let mut runs_code = false;
        for part in candidate.content.parts.iter_mut() {
            runs_code = part.executable_code.0;
            self.part(part, events)?;
        }
        // What follows a reason shows that it was not the last one.
        if events.len() > before || runs_code {
            self.over = false;
        }
        if let Some(reason) = candidate.finish_reason.take() {
            self.reason = Some(reason);
            self.message = candidate.finish_message.take();
            self.over = !runs_code;
        }
        Ok(())
    }

    /// A signature is told before the part that carries it: that is where it has to stand when it is handed back.
    fn part(&mut self, part: &mut Part<'_>, events: &mut Vec<StreamEvent>) -> Result<(), LlmError> {
        let seal = part.thought_signature.take();
        events.extend(seal.map(StreamEvent::ReasoningSeal));
        if let Some(text) = part.text.take() {
            events.push(if part.thought == Some(true) {
                StreamEvent::Reasoning(text)
            } else {
                StreamEvent::Text(text)
            });
        }
        let call = part.function_call.take();
        call.map_or(Ok(()), |call| self.call(*call, events))
    }

    fn call(&mut self, call: Call<'_>, events: &mut Vec<StreamEvent>) -> Result<(), LlmError> {
        if self.calls >= MOST_CALLS {
            return Err(self.error(LlmErrorKind::Malformed, "the answer has too many calls"));
        }
        let index = self.calls;
        self.calls += 1;
        events.push(StreamEvent::ToolStart {
            index,
            id: call.id.some().map(String::from).unwrap_or_default(),
            name: call.name.some().map(String::from).unwrap_or_default(),
        });
        events.push(StreamEvent::ToolArguments {
            index,
            json: call
                .args
                .map_or_else(|| "{}".to_owned(), |args| compact(args.get())),
        });
        Ok(())
    }

    /// Tells the end. A block is a refusal, in the provider's words where it has some.
    pub(super) fn close(&mut self, events: &mut Vec<StreamEvent>) {
        let end = match self.block.take() {
            // A block is one, whatever it is called.
            Some(block) => Finish::new(FinishReason::ContentFilter, block),
            None => finish(self.reason.as_deref(), self.calls > 0),
        };
        if end.reason == FinishReason::ContentFilter {
            let words = self.message.take().unwrap_or_else(|| {
                format!(
                    "blocked by the provider: {}",
                    end.raw.as_deref().unwrap_or("unknown")
                )
            });
            events.push(StreamEvent::Refusal(words));
        }
        events.push(StreamEvent::Finish(end));
    }
}

#[cfg(test)]
mod tests;
