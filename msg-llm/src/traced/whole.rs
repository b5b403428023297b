//! Spans of what is asked once and answered whole: vectors, ranks and transcriptions.

use super::{Traced, began, failed, used};
use crate::semconv::{EMBED, RERANK, TRANSCRIBE, provider_name};
use async_trait::async_trait;
use msg_core::llm::{
    EmbedRequest, EmbedResponse, Embedder, LlmError, RerankRequest, RerankResponse, Reranker,
    TranscribeRequest, Transcriber, Transcription,
};
use tracing::field::Empty;
use tracing::{Instrument as _, Span};

/// The span of a call, named after what is done.
fn span(operation: &'static str, scheme: &str, model: &str) -> Span {
    let span = tracing::info_span!(
        "model",
        otel.name = format!("{operation} {model}").trim_end(),
        otel.kind = "client",
        gen_ai.operation.name = operation,
        gen_ai.provider.name = provider_name(scheme),
        gen_ai.request.model = Empty,
        gen_ai.embeddings.dimension.count = Empty,
        gen_ai.output.type = Empty,
        gen_ai.response.id = Empty,
        gen_ai.response.model = Empty,
        gen_ai.usage.input_tokens = Empty,
        gen_ai.usage.output_tokens = Empty,
        gen_ai.usage.cache_read.input_tokens = Empty,
        gen_ai.usage.cache_creation.input_tokens = Empty,
        gen_ai.usage.reasoning.output_tokens = Empty,
        error.type = Empty,
    );
    if !model.is_empty() {
        span.record("gen_ai.request.model", model);
    }
    span
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<P: Embedder + ?Sized> Embedder for Traced<P> {
    fn scheme(&self) -> &str {
        self.0.scheme()
    }

    async fn embed(&self, request: &EmbedRequest) -> Result<EmbedResponse, LlmError> {
        let span = span(EMBED, self.0.scheme(), &request.model);
        let answer = self.0.embed(request).instrument(span.clone()).await;
        match &answer {
            Ok(answer) => {
                began(&span, &answer.model, answer.request_id.as_deref());
                if let Some(vector) = answer.vectors.first() {
                    span.record("gen_ai.embeddings.dimension.count", vector.len());
                }
                used(&span, answer.usage);
            }
            Err(error) => failed(&span, error),
        }
        answer
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<P: Reranker + ?Sized> Reranker for Traced<P> {
    fn scheme(&self) -> &str {
        self.0.scheme()
    }

    async fn rerank(&self, request: &RerankRequest) -> Result<RerankResponse, LlmError> {
        let span = span(RERANK, self.0.scheme(), &request.model);
        let answer = self.0.rerank(request).instrument(span.clone()).await;
        match &answer {
            Ok(answer) => {
                began(&span, &answer.model, answer.request_id.as_deref());
                used(&span, answer.usage);
            }
            Err(error) => failed(&span, error),
        }
        answer
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<P: Transcriber + ?Sized> Transcriber for Traced<P> {
    fn scheme(&self) -> &str {
        self.0.scheme()
    }

    async fn transcribe(&self, request: &TranscribeRequest) -> Result<Transcription, LlmError> {
        let span = span(TRANSCRIBE, self.0.scheme(), &request.model);
        span.record("gen_ai.output.type", "text");
        let answer = self.0.transcribe(request).instrument(span.clone()).await;
        match &answer {
            Ok(answer) => {
                began(&span, "", answer.request_id.as_deref());
                used(&span, answer.usage);
            }
            Err(error) => failed(&span, error),
        }
        answer
    }
}
