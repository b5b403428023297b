//! A provider that answers from a script: for tests, examples and offline runs.
//!
//! It needs no network and never waits: a delay in the script is added up and reported ([`Scripted::delay`]), so a test can
//! check a timeout budget without spending it. Every request is kept ([`Scripted::requests`]), so a test can check what was
//! asked. A script is data: it can be built in code or read from JSON.
//!
//! ```
//! use msg_core::llm::{GenerateRequest, LlmErrorKind, LlmProvider, Turn};
//! use msg_llm::scripted::{Script, Scripted, Step};
//!
//! let script = Script::new()
//!     .then(Step::text("Hello!").when("hi"))
//!     .then(Step::fail(LlmErrorKind::Overloaded))
//!     .then(Step::text("Better now."));
//! let model = Scripted::new(script);
//! let ask = |text: &str| GenerateRequest::new("", vec![Turn::user(text)]);
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
//! assert_eq!(model.generate(&ask("oh hi")).await.unwrap().text(), "Hello!");
//! assert!(model.generate(&ask("well?")).await.unwrap_err().retryable);
//! assert_eq!(model.generate(&ask("well?")).await.unwrap().text(), "Better now.");
//! # });
//! ```

mod script;

pub use script::{Act, Failure, Script, Step};

use crate::replay::replay;
use async_trait::async_trait;
use futures_util::stream;
use msg_core::llm::{
    Collector, GenerateRequest, GenerateResponse, LlmError, LlmErrorKind, LlmProvider, LlmStream,
    Phase, Piece, Role, StreamEvent,
};
use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// The scheme: the name of the feature and of this folder.
const SCHEME: &str = "scripted";

/// The provider. Requests are answered one after the other in the order in which they come.
pub struct Scripted {
    state: Mutex<State>,
}

struct State {
    script: Script,
    requests: Vec<GenerateRequest>,
    delay: Duration,
}

impl fmt::Debug for Scripted {
    /// Leaves the requests out: they are prompts.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scripted")
            .field("asked", &self.with(|state| state.requests.len()))
            .finish_non_exhaustive()
    }
}

impl Scripted {
    /// A provider that plays `script`.
    #[must_use]
    pub const fn new(script: Script) -> Self {
        Self {
            state: Mutex::new(State {
                script,
                requests: Vec::new(),
                delay: Duration::ZERO,
            }),
        }
    }

    /// What was asked so far, in order.
    #[must_use]
    pub fn requests(&self) -> Vec<GenerateRequest> {
        self.with(|state| state.requests.clone())
    }

    /// The delays of all steps played so far, added up. Nobody waited for them.
    #[must_use]
    pub fn delay(&self) -> Duration {
        self.with(|state| state.delay)
    }

    /// How many steps are left, a step that may be played again counted as often.
    #[must_use]
    pub fn left(&self) -> u64 {
        self.with(|state| state.script.left())
    }

    fn with<T>(&self, read: impl FnOnce(&mut State) -> T) -> T {
        read(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Notes the request and takes the step that answers it.
    fn play(&self, request: &GenerateRequest) -> Result<Act, LlmError> {
        self.with(|state| {
            state.requests.push(request.clone());
            let step = state.script.take(last_words(request));
            let step = step.ok_or_else(|| {
                LlmError::new(
                    LlmErrorKind::Unavailable,
                    "the script has no answer to this",
                )
                .in_phase(Phase::Connect)
            })?;
            state.delay = state
                .delay
                .saturating_add(Duration::from_millis(step.delay_ms));
            Ok(step.act)
        })
    }
}

/// The last text of the person, without the marks of text from outside: a script says what people say.
fn last_words(request: &GenerateRequest) -> &str {
    let turns = request
        .turns
        .iter()
        .rev()
        .filter(|turn| turn.role == Role::User);
    let mut texts = turns.flat_map(|turn| turn.pieces.iter().rev());
    texts
        .find_map(|piece| {
            if let Piece::Text(text) = piece {
                Some(text.said())
            } else {
                None
            }
        })
        .unwrap_or_default()
}

/// The answer with the model that was asked for, where the script names none.
fn named(mut answer: GenerateResponse, request: &GenerateRequest) -> GenerateResponse {
    if answer.model.is_empty() {
        answer.model.clone_from(&request.model);
    }
    answer
}

/// The events of an answer, its text word by word.
fn events(answer: GenerateResponse) -> Vec<StreamEvent> {
    let mut whole = Vec::new();
    replay(answer, &mut whole);
    let mut pieces = Vec::with_capacity(whole.len());
    for event in whole {
        match event {
            StreamEvent::Text(text) => {
                pieces.extend(
                    text.split_inclusive(' ')
                        .map(|word| StreamEvent::Text(word.to_owned())),
                );
            }
            other => pieces.push(other),
        }
    }
    pieces
}

/// The first events of an answer that breaks off after `kept` of them, and the error with what had come.
fn broken(answer: GenerateResponse, kept: usize) -> (Vec<StreamEvent>, LlmError) {
    let mut events = events(answer);
    // The finish event never comes, or nothing would have broken.
    events.truncate(kept.min(events.len().saturating_sub(1)));
    let mut partial = Collector::new();
    for event in &events {
        partial.add(event, SCHEME);
    }
    let mut error = LlmError::new(LlmErrorKind::Interrupted, "the script breaks off here");
    error.partial = Some(Box::new(partial.into_response()));
    (events, error)
}

#[async_trait]
impl LlmProvider for Scripted {
    fn scheme(&self) -> &str {
        SCHEME
    }

    async fn generate(&self, request: &GenerateRequest) -> Result<GenerateResponse, LlmError> {
        match self.play(request)? {
            Act::Answer(answer) => Ok(named(*answer, request)),
            Act::Fail(failure) => Err(failure.error()),
            Act::Break { answer, events } => Err(broken(named(*answer, request), events).1),
        }
    }

    async fn stream(&self, request: &GenerateRequest) -> Result<LlmStream, LlmError> {
        let items: Vec<Result<StreamEvent, LlmError>> = match self.play(request)? {
            Act::Answer(answer) => events(named(*answer, request))
                .into_iter()
                .map(Ok)
                .collect(),
            Act::Fail(failure) => return Err(failure.error()),
            Act::Break { answer, events } => {
                let (events, error) = broken(named(*answer, request), events);
                events.into_iter().map(Ok).chain([Err(error)]).collect()
            }
        };
        Ok(Box::pin(stream::iter(items)))
    }
}

#[cfg(test)]
mod tests;
