//! Metrics of a provider, with the names that OpenTelemetry has for generative models
//! (<https://github.com/open-telemetry/semantic-conventions-genai>), through the `metrics` facade.
//!
//! | histogram | unit | what it has |
//! |---|---|---|
//! | [`DURATION`] | seconds | a call from its begin to its end; of a stream to its last event |
//! | [`TOKENS`] | tokens | one value for what was read and one for what was written, where reported |
//! | [`FIRST_CHUNK`] | seconds | a stream from the call to its first event |
//! | [`CHUNK`] | seconds | from one event of a stream to the next |
//!
//! The same type measures a provider, an embedder, a reranker and a transcriber. Each value is labelled with operation
//! (`chat`, `embeddings`, and `rerank` and `transcribe`, for which the conventions have no word), provider and model,
//! duration also with the kind of a failure (`cancelled` when a stream was dropped before its end), tokens with their type.
//! Nothing of what was said is in a label. Buckets are the recorder's matter.
//!
//! ```
//! use msg_core::llm::LlmProvider;
//! use msg_core::testkit::ScriptedModel;
//! use msg_llm::metered::Metered;
//! use std::sync::Arc;
//!
//! msg_llm::metered::describe();
//! let provider: Arc<dyn LlmProvider> = Arc::new(Metered::new(Arc::new(ScriptedModel::new())));
//! ```

use crate::semconv::{CHAT, provider_name};
use async_trait::async_trait;
use futures_util::Stream;
use metrics::{Label, SharedString, Unit, describe_histogram, histogram};
use msg_core::llm::{
    GenerateRequest, GenerateResponse, LlmError, LlmProvider, LlmStream, StreamEvent, Usage,
};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

mod whole;

/// The duration of a call.
pub const DURATION: &str = "gen_ai.client.operation.duration";
/// The tokens of a call.
pub const TOKENS: &str = "gen_ai.client.token.usage";
/// The time to the first event of a stream.
pub const FIRST_CHUNK: &str = "gen_ai.client.operation.time_to_first_chunk";
/// The time from one event of a stream to the next.
pub const CHUNK: &str = "gen_ai.client.operation.time_per_output_chunk";

/// Tells the recorder what the histograms are. Once, after the host has set its recorder.
pub fn describe() {
    describe_histogram!(DURATION, Unit::Seconds, "a call of a model, to its end");
    describe_histogram!(TOKENS, Unit::Count, "tokens read and written");
    describe_histogram!(FIRST_CHUNK, Unit::Seconds, "a stream, to its first event");
    describe_histogram!(
        CHUNK,
        Unit::Seconds,
        "from one event of a stream to the next"
    );
}

/// Measures every call of the provider behind it.
#[derive(Debug)]
pub struct Metered<P: ?Sized = dyn LlmProvider>(Arc<P>);

impl<P: ?Sized> Metered<P> {
    /// Measures this provider.
    #[must_use]
    pub const fn new(provider: Arc<P>) -> Self {
        Self(provider)
    }
}

/// One call, while it runs.
struct Call {
    labels: Vec<Label>,
    began: Instant,
}

impl Call {
    fn new(operation: &'static str, scheme: &str, model: &str) -> Self {
        Self {
            labels: vec![
                Label::from_static_parts("gen_ai.operation.name", operation),
                Label::new("gen_ai.provider.name", provider_name(scheme).to_owned()),
                Label::new("gen_ai.request.model", model.to_owned()),
            ],
            began: Instant::now(),
        }
    }

    fn labels_with(&self, name: &'static str, value: SharedString) -> Vec<Label> {
        let mut labels = self.labels.clone();
        labels.push(Label::new(name, value));
        labels
    }

    /// The end, with the kind of the failure if it was one.
    fn end(&self, failure: Option<SharedString>) {
        let labels = match failure {
            Some(kind) => self.labels_with("error.type", kind),
            None => self.labels.clone(),
        };
        histogram!(DURATION, labels).record(self.began.elapsed());
    }

    fn used(&self, usage: Usage) {
        for (kind, count) in [
            ("input", usage.total_input()),
            ("output", usage.total_output()),
        ] {
            if let Some(count) = count {
                #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
                let count = count as f64;
                histogram!(TOKENS, self.labels_with("gen_ai.token.type", kind.into()))
                    .record(count);
            }
        }
    }
}

fn kind_of(error: &LlmError) -> SharedString {
    error.kind.as_str().to_owned().into()
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<P: LlmProvider + ?Sized> LlmProvider for Metered<P> {
    fn scheme(&self) -> &str {
        self.0.scheme()
    }

    async fn generate(&self, request: &GenerateRequest) -> Result<GenerateResponse, LlmError> {
        let call = Call::new(CHAT, self.0.scheme(), &request.model);
        let answer = self.0.generate(request).await;
        call.came_to(answer.as_ref().map(|answer| answer.usage));
        answer
    }

    async fn stream(&self, request: &GenerateRequest) -> Result<LlmStream, LlmError> {
        let call = Call::new(CHAT, self.0.scheme(), &request.model);
        match self.0.stream(request).await {
            Ok(inner) => Ok(Box::pin(Watched {
                inner,
                call,
                last: None,
                usage: None,
                end: Some("cancelled".into()),
                settled: false,
            })),
            Err(error) => {
                call.end(Some(kind_of(&error)));
                Err(error)
            }
        }
    }
}

/// A stream that is measured. What it came to is recorded at its end, or when it is dropped before.
struct Watched {
    inner: LlmStream,
    call: Call,
    /// When the last event came.
    last: Option<Instant>,
    /// The last snapshot: later ones include earlier ones.
    usage: Option<Usage>,
    /// How it ends, as it looks now.
    end: Option<SharedString>,
    settled: bool,
}

impl Watched {
    fn came(&mut self) {
        let now = Instant::now();
        let (name, before) = match self.last.replace(now) {
            Some(last) => (CHUNK, last),
            None => (FIRST_CHUNK, self.call.began),
        };
        histogram!(name, self.call.labels.clone()).record(now.duration_since(before));
    }

    /// Once.
    fn settle(&mut self) {
        if std::mem::replace(&mut self.settled, true) {
            return;
        }
        if let Some(usage) = self.usage {
            self.call.used(usage);
        }
        self.call.end(self.end.take());
    }
}

impl Stream for Watched {
    type Item = Result<StreamEvent, LlmError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        let polled = this.inner.as_mut().poll_next(cx);
        match &polled {
            Poll::Ready(Some(Ok(event))) => {
                this.came();
                match event {
                    StreamEvent::Usage(usage) => this.usage = Some(*usage),
                    StreamEvent::Finish(_) => this.end = None,
                    _ => {}
                }
            }
            Poll::Ready(Some(Err(error))) => this.end = Some(kind_of(error)),
            Poll::Ready(None) => this.settle(),
            Poll::Pending => {}
        }
        polled
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.settle();
    }
}

#[cfg(test)]
mod tests;
