//! Spans around a provider, with the names that OpenTelemetry has for generative models
//! (<https://github.com/open-telemetry/semantic-conventions-genai>).
//!
//! | field | what it has |
//! |---|---|
//! | `otel.name`, `otel.kind` | `chat MODEL`, `client` |
//! | `gen_ai.operation.name` | `chat`, `embeddings`, and `rerank` and `transcribe`, for which the conventions have no word |
//! | `gen_ai.provider.name` | the provider by its name in the conventions, or its scheme |
//! | `gen_ai.request.*` | model, limit, sampling, whether it is a stream |
//! | `gen_ai.output.type` | `text` or `json` |
//! | `gen_ai.embeddings.dimension.count` | the numbers of a vector |
//! | `gen_ai.response.*` | id, model, reason of the end, unified |
//! | `gen_ai.usage.*` | tokens as reported; input includes cached input, output includes reasoning |
//! | `error.type` | the kind of the failure; `cancelled` when a stream was dropped before its end |
//! | `gen_ai.response.time_to_first_chunk` | seconds from the call to the first event of a stream |
//!
//! Prompts, answers, tools, texts, vectors, recordings and keys are in no span, and there is no switch for it. Other times are those of the span.
//!
//! ```
//! use msg_core::llm::LlmProvider;
//! use msg_core::testkit::ScriptedModel;
//! use msg_llm::traced::Traced;
//! use std::sync::Arc;
//!
//! let provider: Arc<dyn LlmProvider> = Arc::new(Traced::new(Arc::new(ScriptedModel::new())));
//! ```
//!
//! The same type is around an [`Embedder`](msg_core::llm::Embedder), a [`Reranker`](msg_core::llm::Reranker) and a
//! [`Transcriber`](msg_core::llm::Transcriber):
//!
//! ```
//! # use msg_core::llm::Embedder;
//! # use msg_llm::traced::Traced;
//! # use std::sync::Arc;
//! fn traced(embedder: Arc<dyn Embedder>) -> Arc<dyn Embedder> {
//!     Arc::new(Traced::new(embedder))
//! }
//! ```

use crate::semconv::{CHAT, provider_name, reason};
use async_trait::async_trait;
use futures_util::Stream;
use msg_core::llm::{
    GenerateRequest, GenerateResponse, LlmError, LlmProvider, LlmStream, OutputFormat, StreamEvent,
    Usage,
};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;
use tracing::field::Empty;
use tracing::{Instrument as _, Span};

mod whole;

/// Opens a span for every call of the provider behind it.
#[derive(Debug)]
pub struct Traced<P: ?Sized = dyn LlmProvider>(Arc<P>);

impl<P: ?Sized> Traced<P> {
    /// Spans around this provider.
    #[must_use]
    pub const fn new(provider: Arc<P>) -> Self {
        Self(provider)
    }
}

impl<P: LlmProvider + ?Sized> Traced<P> {
    fn span(&self, request: &GenerateRequest, stream: bool) -> Span {
        let json = !matches!(request.output, OutputFormat::Text);
        let span = tracing::info_span!(
            "chat",
            otel.name = format!("chat {}", request.model).trim_end(),
            otel.kind = "client",
            gen_ai.operation.name = CHAT,
            gen_ai.provider.name = provider_name(self.0.scheme()),
            gen_ai.request.model = Empty,
            gen_ai.request.max_tokens = request.max_tokens,
            gen_ai.request.temperature = request.temperature.map(f64::from),
            gen_ai.request.top_p = request.top_p.map(f64::from),
            gen_ai.request.seed = request.seed,
            gen_ai.request.stream = stream,
            gen_ai.output.type = if json { "json" } else { "text" },
            gen_ai.response.id = Empty,
            gen_ai.response.model = Empty,
            gen_ai.response.finish_reasons = Empty,
            gen_ai.response.time_to_first_chunk = Empty,
            gen_ai.usage.input_tokens = Empty,
            gen_ai.usage.output_tokens = Empty,
            gen_ai.usage.cache_read.input_tokens = Empty,
            gen_ai.usage.cache_creation.input_tokens = Empty,
            gen_ai.usage.reasoning.output_tokens = Empty,
            error.type = Empty,
        );
        if !request.model.is_empty() {
            span.record("gen_ai.request.model", request.model.as_str());
        }
        span
    }
}

fn failed(span: &Span, error: &LlmError) {
    span.record("error.type", error.kind.as_str());
    if let Some(id) = &error.request_id {
        span.record("gen_ai.response.id", &**id);
    }
}

fn began(span: &Span, model: &str, id: Option<&str>) {
    if !model.is_empty() {
        span.record("gen_ai.response.model", model);
    }
    if let Some(id) = id {
        span.record("gen_ai.response.id", id);
    }
}

fn used(span: &Span, usage: Usage) {
    for (name, count) in [
        ("gen_ai.usage.input_tokens", usage.total_input()),
        ("gen_ai.usage.output_tokens", usage.total_output()),
        ("gen_ai.usage.cache_read.input_tokens", usage.cache_read),
        (
            "gen_ai.usage.cache_creation.input_tokens",
            usage.cache_write,
        ),
        ("gen_ai.usage.reasoning.output_tokens", usage.reasoning),
    ] {
        if let Some(count) = count {
            span.record(name, count);
        }
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<P: LlmProvider + ?Sized> LlmProvider for Traced<P> {
    fn scheme(&self) -> &str {
        self.0.scheme()
    }

    async fn generate(&self, request: &GenerateRequest) -> Result<GenerateResponse, LlmError> {
        let span = self.span(request, false);
        let answer = self.0.generate(request).instrument(span.clone()).await;
        match &answer {
            Ok(answer) => {
                began(&span, &answer.model, answer.request_id.as_deref());
                span.record(
                    "gen_ai.response.finish_reasons",
                    reason(answer.finish.reason),
                );
                used(&span, answer.usage);
            }
            Err(error) => failed(&span, error),
        }
        answer
    }

    async fn stream(&self, request: &GenerateRequest) -> Result<LlmStream, LlmError> {
        let span = self.span(request, true);
        let began = Instant::now();
        match self.0.stream(request).instrument(span.clone()).await {
            Ok(inner) => Ok(Box::pin(Watched {
                inner,
                span,
                began: Some(began),
                ended: false,
            })),
            Err(error) => {
                failed(&span, &error);
                Err(error)
            }
        }
    }
}

/// A stream inside its span, which ends with it.
struct Watched {
    inner: LlmStream,
    span: Span,
    /// When it was called, until its first event.
    began: Option<Instant>,
    ended: bool,
}

impl Stream for Watched {
    type Item = Result<StreamEvent, LlmError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        let polled = this.span.in_scope(|| this.inner.as_mut().poll_next(cx));
        if let Poll::Ready(Some(Ok(_))) = &polled
            && let Some(began) = this.began.take()
        {
            let seconds = began.elapsed().as_secs_f64();
            this.span
                .record("gen_ai.response.time_to_first_chunk", seconds);
        }
        match &polled {
            Poll::Ready(Some(Ok(StreamEvent::Start { model, request_id }))) => {
                began(&this.span, model, request_id.as_deref());
            }
            Poll::Ready(Some(Ok(StreamEvent::Usage(usage)))) => used(&this.span, *usage),
            Poll::Ready(Some(Ok(StreamEvent::Finish(finish)))) => {
                this.ended = true;
                let why = reason(finish.reason);
                this.span.record("gen_ai.response.finish_reasons", why);
            }
            Poll::Ready(Some(Err(error))) => {
                this.ended = true;
                failed(&this.span, error);
            }
            Poll::Ready(None) => this.ended = true,
            _ => {}
        }
        polled
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        if !self.ended {
            self.span.record("error.type", "cancelled");
        }
    }
}
