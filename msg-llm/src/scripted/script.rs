//! The script: what is answered, when, and how often.

use msg_core::llm::{GenerateResponse, LlmError, LlmErrorKind};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Steps in order. A request takes the first step that is left and whose condition fits.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Script {
    steps: Vec<Step>,
}

impl Script {
    /// A script that answers nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self { steps: Vec::new() }
    }

    /// Adds a step.
    #[must_use]
    pub fn then(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }

    pub(super) fn left(&self) -> u64 {
        self.steps.iter().map(|step| u64::from(step.times)).sum()
    }

    /// Plays the first step that fits these words of the person.
    pub(super) fn take(&mut self, words: &str) -> Option<Step> {
        let words = words.to_lowercase();
        let fits = |step: &Step| {
            step.times > 0
                && step
                    .when
                    .as_ref()
                    .is_none_or(|when| words.contains(&when.to_lowercase()))
        };
        let step = self.steps.iter_mut().find(|step| fits(step))?;
        step.times -= 1;
        Some(step.clone())
    }
}

/// One step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Step {
    /// The step answers only a request whose last words contain this, in whatever case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
    /// How often it may be played; 1 unless said otherwise.
    #[serde(default = "once")]
    pub times: u32,
    /// How long the model would have taken, in milliseconds. Nobody waits for it.
    #[serde(default)]
    pub delay_ms: u64,
    /// What happens.
    #[serde(flatten)]
    pub act: Act,
}

const fn once() -> u32 {
    1
}

impl Step {
    /// A step that does this once, for any request.
    #[must_use]
    pub const fn new(act: Act) -> Self {
        Self {
            when: None,
            times: 1,
            delay_ms: 0,
            act,
        }
    }

    /// Answers with a text that ends by itself.
    pub fn text(text: impl Into<String>) -> Self {
        Self::answer(GenerateResponse::text_only("", text))
    }

    /// Answers with this. An empty model name becomes the one that was asked for.
    #[must_use]
    pub fn answer(answer: GenerateResponse) -> Self {
        Self::new(Act::Answer(Box::new(answer)))
    }

    /// Fails with this kind of error.
    #[must_use]
    pub const fn fail(kind: LlmErrorKind) -> Self {
        Self::new(Act::Fail(Failure {
            kind,
            status: None,
            retry_after_ms: None,
        }))
    }

    /// Begins this answer and breaks off after so many events.
    #[must_use]
    pub fn break_off(answer: GenerateResponse, events: usize) -> Self {
        Self::new(Act::Break {
            answer: Box::new(answer),
            events,
        })
    }

    /// Sets the condition.
    #[must_use]
    pub fn when(mut self, words: impl Into<String>) -> Self {
        self.when = Some(words.into());
        self
    }

    /// Sets how often it may be played.
    #[must_use]
    pub const fn times(mut self, times: u32) -> Self {
        self.times = times;
        self
    }

    /// Sets how long the model would have taken.
    #[must_use]
    pub fn after(mut self, delay: Duration) -> Self {
        self.delay_ms = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX);
        self
    }
}

/// What a step does. The set is closed: a script from elsewhere that says more than this version knows is an error.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// Answers.
    Answer(Box<GenerateResponse>),
    /// Fails before the first event.
    Fail(Failure),
    /// Streams the first events of an answer and then breaks off.
    Break {
        /// The answer that would have come.
        answer: Box<GenerateResponse>,
        /// How many of its events come. The finish never does.
        events: usize,
    },
}

/// A failure to play.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Failure {
    /// The kind; whether it may be repeated follows from it.
    pub kind: LlmErrorKind,
    /// The HTTP status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The wait that the provider asks for, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
}

impl Failure {
    /// A failure of this kind.
    #[must_use]
    pub const fn new(kind: LlmErrorKind) -> Self {
        Self {
            kind,
            status: None,
            retry_after_ms: None,
        }
    }

    /// Sets the HTTP status.
    #[must_use]
    pub const fn with_status(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }

    /// Sets the wait that the provider asks for.
    #[must_use]
    pub fn with_retry_after(mut self, wait: Duration) -> Self {
        self.retry_after_ms = Some(u64::try_from(wait.as_millis()).unwrap_or(u64::MAX));
        self
    }

    pub(super) fn error(self) -> LlmError {
        let mut error = LlmError::new(self.kind, "the script fails here");
        error.status = self.status;
        error.retry_after = self.retry_after_ms.map(Duration::from_millis);
        error
    }
}
