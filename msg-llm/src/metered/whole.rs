//! Metrics of what is asked once and answered whole: vectors, ranks and transcriptions.

use super::{Call, Metered, kind_of};
use crate::semconv::{EMBED, RERANK, TRANSCRIBE};
use async_trait::async_trait;
use msg_core::llm::{
    EmbedRequest, EmbedResponse, Embedder, LlmError, RerankRequest, RerankResponse, Reranker,
    TranscribeRequest, Transcriber, Transcription, Usage,
};

impl Call {
    /// The end of a call, with what it used or how it failed.
    pub(super) fn came_to(&self, outcome: Result<Usage, &LlmError>) {
        match outcome {
            Ok(usage) => {
                self.used(usage);
                self.end(None);
            }
            Err(error) => self.end(Some(kind_of(error))),
        }
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<P: Embedder + ?Sized> Embedder for Metered<P> {
    fn scheme(&self) -> &str {
        self.0.scheme()
    }

    async fn embed(&self, request: &EmbedRequest) -> Result<EmbedResponse, LlmError> {
        let call = Call::new(EMBED, self.0.scheme(), &request.model);
        let answer = self.0.embed(request).await;
        call.came_to(answer.as_ref().map(|answer| answer.usage));
        answer
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<P: Reranker + ?Sized> Reranker for Metered<P> {
    fn scheme(&self) -> &str {
        self.0.scheme()
    }

    async fn rerank(&self, request: &RerankRequest) -> Result<RerankResponse, LlmError> {
        let call = Call::new(RERANK, self.0.scheme(), &request.model);
        let answer = self.0.rerank(request).await;
        call.came_to(answer.as_ref().map(|answer| answer.usage));
        answer
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<P: Transcriber + ?Sized> Transcriber for Metered<P> {
    fn scheme(&self) -> &str {
        self.0.scheme()
    }

    async fn transcribe(&self, request: &TranscribeRequest) -> Result<Transcription, LlmError> {
        let call = Call::new(TRANSCRIBE, self.0.scheme(), &request.model);
        let answer = self.0.transcribe(request).await;
        call.came_to(answer.as_ref().map(|answer| answer.usage));
        answer
    }
}
