//! Documents in the order of what they say about a question.

use super::{LlmError, LlmErrorKind, Usage};
use async_trait::async_trait;
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Orders documents by what they say about a question.
///
/// # Contract
/// - The best comes first; every rank names a document of the request, and none is named twice.
/// - One attempt a call.
/// - Neither errors nor `Debug` show the question, documents or keys.
///
/// # Cancellation
/// Dropping the future ends the exchange; what was used by then may still be billed.
#[async_trait]
pub trait Reranker: fmt::Debug + Send + Sync + 'static {
    /// The stable lowercase name of the provider.
    fn scheme(&self) -> &str;

    /// The documents, best first.
    ///
    /// # Errors
    /// [`LlmError`] says what failed and whether the same request may be made again.
    async fn rerank(&self, request: &RerankRequest) -> Result<RerankResponse, LlmError>;
}

/// The pure half of an HTTP provider that orders. [`HttpProvider`](super::HttpProvider) adds the transport and is the
/// [`Reranker`].
pub trait RerankWire: fmt::Debug + Send + Sync + 'static {
    /// The stable lowercase name of the provider.
    fn scheme(&self) -> &str;

    /// The request that asks. The same request gives the same bytes.
    ///
    /// # Errors
    /// [`LlmErrorKind::InvalidRequest`] when the wire cannot say it, or there are no documents.
    fn encode(&self, request: &RerankRequest) -> Result<http::Request<Bytes>, LlmError>;

    /// What the answer to `request` says. [`RerankResponse::new`] checks what every answer must keep.
    ///
    /// # Errors
    /// What the provider reported, from any status and any body.
    fn decode(
        &self,
        request: &RerankRequest,
        response: &http::Response<Bytes>,
    ) -> Result<RerankResponse, LlmError>;
}

/// A question and documents.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
#[non_exhaustive]
pub struct RerankRequest {
    /// The model, in the provider's terms. Empty takes the provider's default.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub model: String,
    /// The question.
    pub query: String,
    /// The documents.
    pub documents: Vec<String>,
    /// How many ranks are wanted. None wants all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub top: Option<u32>,
}

impl RerankRequest {
    /// Asks what these documents say about this question.
    pub fn new<T: Into<String>>(
        query: impl Into<String>,
        documents: impl IntoIterator<Item = T>,
    ) -> Self {
        Self {
            model: String::new(),
            query: query.into(),
            documents: documents.into_iter().map(Into::into).collect(),
            top: None,
        }
    }

    /// Sets the model.
    #[must_use]
    pub fn with_model(mut self, model: impl Into<String>) -> Self {
        self.model = model.into();
        self
    }

    /// Sets how many ranks are wanted.
    #[must_use]
    pub const fn with_top(mut self, top: u32) -> Self {
        self.top = Some(top);
        self
    }
}

/// A document in its place.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Rank {
    /// Which document of the request, from 0.
    pub index: usize,
    /// How much it says about the question: higher is more. The scale is the model's own.
    pub score: f64,
}

impl Rank {
    /// A document and its score.
    #[must_use]
    pub const fn new(index: usize, score: f64) -> Self {
        Self { index, score }
    }
}

/// Documents in order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RerankResponse {
    /// The model that answered, in the provider's terms; empty where it does not say.
    pub model: String,
    /// The documents, best first.
    pub ranks: Vec<Rank>,
    /// What it used, where it is counted in tokens.
    #[serde(default)]
    pub usage: Usage,
    /// What is billed, where that is counted in searches.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub searches: Option<u64>,
    /// The provider's id of the request, for its support.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// What the provider says that it cost, in millionths of a US dollar.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost_micros: Option<i64>,
}

impl RerankResponse {
    /// An answer to `request` of these ranks, which it puts in order; of equal ones the provider's order stays.
    ///
    /// # Errors
    /// [`LlmErrorKind::Malformed`] when there are no ranks, a rank names no document or one that was named before, or a score
    /// is not finite.
    pub fn new(request: &RerankRequest, mut ranks: Vec<Rank>) -> Result<Self, LlmError> {
        let malformed = |detail| Err(LlmError::new(LlmErrorKind::Malformed, detail));
        if ranks.is_empty() {
            return malformed("no document has a rank");
        }
        let mut named = vec![false; request.documents.len()];
        for rank in &ranks {
            match named.get_mut(rank.index) {
                Some(seen) if !*seen => *seen = true,
                _ => return malformed("a rank names no document, or one again"),
            }
            if !rank.score.is_finite() {
                return malformed("a score is not finite");
            }
        }
        ranks.sort_by(|a, b| b.score.total_cmp(&a.score));
        Ok(Self {
            ranks,
            ..Self::default()
        })
    }
}

crate::open::veiled! {
    RerankRequest { model, top };
}

const fn _dyn_compatible(_: &dyn Reranker, _: &dyn RerankWire) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_name_documents_of_the_request_and_come_best_first() {
        let ask = RerankRequest::new("q", ["a", "b", "c"]);
        let order = |ranks: &[(usize, f64)]| {
            let ranks = ranks.iter().map(|(index, score)| Rank::new(*index, *score));
            RerankResponse::new(&ask, ranks.collect())
                .map(|answer| {
                    answer
                        .ranks
                        .iter()
                        .map(|rank| rank.index)
                        .collect::<Vec<_>>()
                })
                .map_err(|error| error.detail)
        };
        assert_eq!(order(&[(0, 0.1), (2, 0.9), (1, 0.1)]), Ok(vec![2, 0, 1]));
        assert!(order(&[]).is_err());
        assert!(order(&[(3, 0.1)]).unwrap_err().contains("names"));
        assert!(order(&[(1, 0.1), (1, 0.2)]).unwrap_err().contains("again"));
        assert!(order(&[(1, f64::NAN)]).unwrap_err().contains("finite"));
    }
}
