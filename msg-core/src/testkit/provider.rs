//! What every model provider must keep: the sentences of [`LlmProvider`]'s contract, each as a function.
//!
//! ```
//! use msg_core::llm::LlmProvider;
//! use msg_core::testkit::provider::{Subject, conformance};
//! use msg_core::testkit::{ScriptedModel, block_on};
//! use std::sync::Arc;
//!
//! let make = || {
//!     let model = ScriptedModel::new();
//!     model.say("Hello there.");
//!     Arc::new(model) as Arc<dyn LlmProvider>
//! };
//! block_on(conformance(&Subject::new(&make))).expect("keeps the contract");
//! ```

use super::common::{CANARY, hides, is_scheme};
use super::store::Checking;
use super::violation::{Outcome, Violation, ensure, ensure_eq};
use crate::llm::{
    Collector, GenerateRequest, Instructions, LlmError, LlmProvider, LlmStream, StreamEvent, Turn,
};
use std::fmt;
use std::sync::Arc;

/// Makes a provider that answers one request the same way every time.
pub type Make<'a> = &'a (dyn Fn() -> Arc<dyn LlmProvider> + Send + Sync);

/// A provider and what the suite has to know about it.
#[non_exhaustive]
pub struct Subject<'a> {
    make: Make<'a>,
    failing: Option<Make<'a>>,
    secret: String,
}

impl fmt::Debug for Subject<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subject").finish_non_exhaustive()
    }
}

impl<'a> Subject<'a> {
    /// What makes a provider that answers.
    #[must_use]
    pub const fn new(make: Make<'a>) -> Self {
        Self {
            make,
            failing: None,
            secret: String::new(),
        }
    }

    /// Sets what makes a provider that fails, before or in the middle of its answer.
    #[must_use]
    pub const fn with_failing(mut self, make: Make<'a>) -> Self {
        self.failing = Some(make);
        self
    }

    /// Sets the secret that it was made with.
    #[must_use]
    pub fn with_secret(mut self, secret: impl Into<String>) -> Self {
        self.secret = secret.into();
        self
    }

    /// Both kinds of provider.
    fn makes(&self) -> impl Iterator<Item = Make<'a>> {
        [Some(self.make), self.failing].into_iter().flatten()
    }

    fn words(&self) -> [(&str, &str); 2] {
        [("prompt", CANARY), ("secret", &self.secret)]
    }
}

/// One sentence of the contract: its name, and what finds out whether it holds.
pub type Sentence = (&'static str, for<'a> fn(&'a Subject<'a>) -> Checking<'a>);

/// The contract, sentence by sentence.
pub const SENTENCES: [Sentence; 4] = [
    ("describes itself", |subject| {
        Box::pin(async move { describes_itself(subject) })
    }),
    ("a whole answer and a stream say the same", |subject| {
        Box::pin(agrees_with_itself(subject))
    }),
    ("a stream ends with its finish or an error", |subject| {
        Box::pin(ends(subject))
    }),
    (
        "neither errors nor debug show prompt or secret",
        |subject| Box::pin(keeps_quiet(subject)),
    ),
];

/// Tries every sentence.
///
/// # Errors
/// The first sentence that does not hold, by its name.
pub async fn conformance(subject: &Subject<'_>) -> Outcome {
    for (name, holds) in SENTENCES {
        holds(subject)
            .await
            .map_err(|violation| Violation::new(format!("{name}: {violation}")))?;
    }
    Ok(())
}

fn request() -> GenerateRequest {
    GenerateRequest::new(
        Instructions::by_host(format!("You are {CANARY}.")),
        vec![Turn::user(format!("Hello, {CANARY}."))],
    )
    .with_model("some-model")
}

/// The events of a stream, and the error that ended it. What follows an error is counted.
struct Heard {
    events: Vec<StreamEvent>,
    error: Option<LlmError>,
    after: usize,
}

async fn listen(mut stream: LlmStream) -> Heard {
    let mut heard = Heard {
        events: Vec::new(),
        error: None,
        after: 0,
    };
    while let Some(item) = std::future::poll_fn(|cx| stream.as_mut().poll_next(cx)).await {
        match item {
            _ if heard.error.is_some() => heard.after += 1,
            Ok(event) => heard.events.push(event),
            Err(error) => heard.error = Some(error),
        }
        // A stream that never ends must not keep the suite.
        if heard.after > 16 {
            break;
        }
    }
    heard
}

fn describes_itself(subject: &Subject<'_>) -> Outcome {
    let provider = (subject.make)();
    let scheme = provider.scheme();
    ensure!(is_scheme(scheme), "`{scheme}` is no scheme");
    Ok(())
}

async fn agrees_with_itself(subject: &Subject<'_>) -> Outcome {
    let failed = |error: LlmError| Violation::new(format!("the answer fails: {error}"));
    let provider = (subject.make)();
    let whole = provider.generate(&request()).await.map_err(failed)?;
    let stream = (subject.make)().stream(&request()).await.map_err(failed)?;
    let heard = listen(stream).await;
    if let Some(error) = heard.error {
        return Err(failed(error));
    }
    let mut collector = Collector::new();
    for event in &heard.events {
        collector.add(event, provider.scheme());
    }
    let streamed = collector.into_response();
    ensure!(
        streamed.output == whole.output,
        "the stream says something else than the whole answer"
    );
    ensure_eq!(streamed.finish, whole.finish, "the end of the stream");
    ensure_eq!(streamed.model, whole.model, "the model of the stream");
    Ok(())
}

async fn ends(subject: &Subject<'_>) -> Outcome {
    for make in subject.makes() {
        let Ok(stream) = make().stream(&request()).await else {
            continue;
        };
        let heard = listen(stream).await;
        ensure_eq!(heard.after, 0, "items after an error");
        let finish = |event: &StreamEvent| matches!(event, StreamEvent::Finish(_));
        let finishes = heard.events.iter().filter(|event| finish(event)).count();
        if heard.error.is_some() {
            ensure_eq!(finishes, 0, "ends of a stream that failed");
            continue;
        }
        ensure_eq!(finishes, 1, "ends of a stream");
        let late = heard
            .events
            .iter()
            .skip_while(|event| !finish(event))
            .skip(1);
        for event in late {
            ensure!(
                matches!(event, StreamEvent::Usage(_) | StreamEvent::Cost(_)),
                "something else than usage follows the end"
            );
        }
    }
    Ok(())
}

async fn keeps_quiet(subject: &Subject<'_>) -> Outcome {
    for make in subject.makes() {
        let provider = make();
        let mut errors = Vec::new();
        errors.extend(provider.generate(&request()).await.err());
        let other = make();
        match other.stream(&request()).await {
            Ok(stream) => errors.extend(listen(stream).await.error),
            Err(error) => errors.push(error),
        }
        for error in &errors {
            let shown = format!("{error} {error:?}");
            hides("an error", &shown, &subject.words())?;
        }
        for provider in [provider, other] {
            let debug = format!("{provider:?} {provider:#?}");
            hides("the provider's debug", &debug, &subject.words())?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
