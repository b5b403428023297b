//! What is asked once and answered whole: vectors, ranks and transcriptions.

use super::{HttpProvider, unanswered};
use crate::llm::{
    EmbedRequest, EmbedResponse, EmbedWire, Embedder, LlmError, LlmErrorKind, RerankRequest,
    RerankResponse, RerankWire, Reranker, TranscribeRequest, TranscribeWire, Transcriber,
    Transcription,
};
use async_trait::async_trait;
use bytes::Bytes;

impl<W: Send + Sync> HttpProvider<W> {
    async fn exchange(
        &self,
        request: http::Request<Bytes>,
    ) -> Result<http::Response<Bytes>, LlmError> {
        let answer = self.transport.send(request, &self.whole).await;
        answer.map_err(unanswered)
    }
}

impl<W: EmbedWire> HttpProvider<W> {
    async fn embed_batch(&self, request: &EmbedRequest) -> Result<EmbedResponse, LlmError> {
        let answer = self.exchange(self.wire.encode(request)?).await?;
        self.wire.decode(request, &answer)
    }
}

#[async_trait]
impl<W: EmbedWire> Embedder for HttpProvider<W> {
    fn scheme(&self) -> &str {
        self.wire.scheme()
    }

    async fn embed(&self, request: &EmbedRequest) -> Result<EmbedResponse, LlmError> {
        let batch = self.wire.batch().max(1);
        if request.texts.len() <= batch {
            return self.embed_batch(request).await;
        }
        let mut all: Option<EmbedResponse> = None;
        for texts in request.texts.chunks(batch) {
            let next = self.embed_batch(&request.of(texts)).await?;
            match all.as_mut() {
                Some(all) => all.append(next)?,
                None => all = Some(next),
            }
        }
        all.ok_or_else(|| LlmError::new(LlmErrorKind::InvalidRequest, "there are no texts"))
    }
}

#[async_trait]
impl<W: RerankWire> Reranker for HttpProvider<W> {
    fn scheme(&self) -> &str {
        self.wire.scheme()
    }

    async fn rerank(&self, request: &RerankRequest) -> Result<RerankResponse, LlmError> {
        let answer = self.exchange(self.wire.encode(request)?).await?;
        self.wire.decode(request, &answer)
    }
}

#[async_trait]
impl<W: TranscribeWire> Transcriber for HttpProvider<W> {
    fn scheme(&self) -> &str {
        self.wire.scheme()
    }

    async fn transcribe(&self, request: &TranscribeRequest) -> Result<Transcription, LlmError> {
        let answer = self.exchange(self.wire.encode(request)?).await?;
        self.wire.decode(&answer)
    }
}

#[cfg(feature = "testkit")]
#[cfg(test)]
mod tests {
    use super::*;
    use crate::testkit::{ScriptedTransport, block_on};
    use std::sync::Arc;

    /// Two texts at once; the answer is a list of vectors.
    #[derive(Debug)]
    struct Pairs;

    impl EmbedWire for Pairs {
        fn scheme(&self) -> &'static str {
            "pairs"
        }

        fn batch(&self) -> usize {
            2
        }

        fn encode(&self, request: &EmbedRequest) -> Result<http::Request<Bytes>, LlmError> {
            let mut out = http::Request::new(Bytes::from(request.texts.join(" ")));
            *out.uri_mut() = http::Uri::from_static("https://pairs.example/");
            Ok(out)
        }

        fn decode(
            &self,
            request: &EmbedRequest,
            response: &http::Response<Bytes>,
        ) -> Result<EmbedResponse, LlmError> {
            let vectors = serde_json::from_slice(response.body()).unwrap();
            let mut answer = EmbedResponse::new(request, vectors)?;
            answer.usage.input = Some(7);
            Ok(answer)
        }
    }

    fn embed(
        texts: &[&str],
        answers: &[&'static str],
    ) -> (Result<EmbedResponse, LlmError>, Vec<String>) {
        let transport = Arc::new(ScriptedTransport::new());
        for answer in answers {
            transport.answer_with(http::StatusCode::OK, *answer);
        }
        let provider = HttpProvider::new(Pairs, Arc::clone(&transport) as _);
        let answer = block_on(provider.embed(&EmbedRequest::new(texts.iter().copied())));
        let sent = transport.requests().into_iter();
        (
            answer,
            sent.map(|request| String::from_utf8(request.body().to_vec()).unwrap())
                .collect(),
        )
    }

    #[test]
    fn many_texts_are_asked_for_in_turn() {
        let (answer, sent) = embed(&["a", "b", "c"], &["[[1,0],[2,0]]", "[[3,0]]"]);
        let answer = answer.unwrap();
        assert_eq!(sent, ["a b", "c"]);
        assert_eq!(answer.vectors, [[1.0, 0.0], [2.0, 0.0], [3.0, 0.0]]);
        assert_eq!((answer.usage.input, answer.usage.output), (Some(14), None));
        let (answer, _) = embed(&["a", "b", "c"], &["[[1,0],[2,0]]", "[[3]]"]);
        assert_eq!(answer.unwrap_err().kind, LlmErrorKind::Malformed);
        let (answer, sent) = embed(&["a", "b", "c"], &["[[1,0],[2,0]]"]);
        assert_eq!(answer.unwrap_err().kind, LlmErrorKind::Unavailable);
        assert_eq!(sent.len(), 2);
    }
}
