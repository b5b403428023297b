//! A model that answers from a script.

use crate::llm::{
    GenerateRequest, GenerateResponse, LlmError, LlmErrorKind, LlmProvider, LlmStream, Output,
    StreamEvent,
};
use async_trait::async_trait;
use futures_core::Stream;
use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

/// A fake model for tests: it keeps the requests and answers from a script, in order. When the script is over it is
/// unavailable. `msg-llm` has a richer one for examples.
#[derive(Default)]
pub struct ScriptedModel(Mutex<State>);

#[derive(Default)]
struct State {
    requests: Vec<GenerateRequest>,
    answers: VecDeque<Result<GenerateResponse, LlmErrorKind>>,
}

impl fmt::Debug for ScriptedModel {
    /// Leaves the requests out: they are prompts.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let asked = self.state().requests.len();
        f.debug_struct("ScriptedModel")
            .field("asked", &asked)
            .finish_non_exhaustive()
    }
}

impl ScriptedModel {
    /// A model with an empty script.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds an answer of text.
    pub fn say(&self, text: impl Into<String>) {
        self.answer(GenerateResponse::text_only("scripted", text));
    }

    /// Adds an answer.
    pub fn answer(&self, response: GenerateResponse) {
        self.state().answers.push_back(Ok(response));
    }

    /// Adds a failure.
    pub fn fail(&self, kind: LlmErrorKind) {
        self.state().answers.push_back(Err(kind));
    }

    /// The requests so far.
    #[must_use]
    pub fn requests(&self) -> Vec<GenerateRequest> {
        self.state().requests.clone()
    }
}

#[async_trait]
impl LlmProvider for ScriptedModel {
    fn scheme(&self) -> &'static str {
        "scripted"
    }

    async fn generate(&self, request: &GenerateRequest) -> Result<GenerateResponse, LlmError> {
        let mut state = self.state();
        state.requests.push(request.clone());
        let answer = state
            .answers
            .pop_front()
            .unwrap_or(Err(LlmErrorKind::Unavailable));
        answer.map_err(|kind| LlmError::new(kind, "the script says so"))
    }

    async fn stream(&self, request: &GenerateRequest) -> Result<LlmStream, LlmError> {
        Ok(Box::pin(Events(events(self.generate(request).await?))))
    }
}

/// The events that make up an answer.
fn events(response: GenerateResponse) -> VecDeque<StreamEvent> {
    let mut events = VecDeque::new();
    events.push_back(StreamEvent::Start {
        model: response.model,
        request_id: response.request_id,
    });
    for (index, output) in (0..).zip(response.output) {
        match output {
            Output::Text(text) => events.push_back(StreamEvent::Text(text)),
            Output::Refusal(text) => events.push_back(StreamEvent::Refusal(text)),
            Output::Reasoning(thought) if thought.redacted => {
                events.extend(thought.signature.map(StreamEvent::RedactedReasoning));
            }
            Output::Reasoning(thought) => {
                events.push_back(StreamEvent::Reasoning(thought.text));
                events.extend(thought.signature.map(StreamEvent::ReasoningSeal));
            }
            Output::ToolCall(call) => {
                events.push_back(StreamEvent::ToolStart {
                    index,
                    id: call.id,
                    name: call.name,
                });
                events.push_back(StreamEvent::ToolArguments {
                    index,
                    json: call.arguments,
                });
            }
        }
    }
    events.push_back(StreamEvent::Usage(response.usage));
    events.extend(response.cost_micros.map(StreamEvent::Cost));
    events.push_back(StreamEvent::Finish(response.finish));
    events
}

struct Events(VecDeque<StreamEvent>);

impl Stream for Events {
    type Item = Result<StreamEvent, LlmError>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(self.0.pop_front().map(Ok))
    }
}
