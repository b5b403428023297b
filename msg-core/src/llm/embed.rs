//! Texts as vectors.

use super::{LlmError, LlmErrorKind, Usage};
use crate::open::open_names;
use async_trait::async_trait;
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Turns texts into vectors.
///
/// # Contract
/// - One vector for each text, in the order of the texts, all of one dimension.
/// - More texts than the provider takes at once are asked for in several exchanges, one after the other, with one attempt
///   each; the first failure fails the call.
/// - Neither errors nor `Debug` show texts, vectors or keys.
///
/// # Cancellation
/// Dropping the future ends the exchange; what was used by then may still be billed.
#[async_trait]
pub trait Embedder: fmt::Debug + Send + Sync + 'static {
    /// The stable lowercase name of the provider.
    fn scheme(&self) -> &str;

    /// One vector for each text.
    ///
    /// # Errors
    /// [`LlmError`] says what failed and whether the same request may be made again.
    async fn embed(&self, request: &EmbedRequest) -> Result<EmbedResponse, LlmError>;
}

/// The pure half of an HTTP provider of vectors. [`HttpProvider`](super::HttpProvider) adds the transport and is the
/// [`Embedder`].
pub trait EmbedWire: fmt::Debug + Send + Sync + 'static {
    /// The stable lowercase name of the provider.
    fn scheme(&self) -> &str;

    /// How many texts one request may have, at least 1.
    fn batch(&self) -> usize;

    /// The request that asks. The same request gives the same bytes.
    ///
    /// # Errors
    /// [`LlmErrorKind::InvalidRequest`] when the wire cannot say it: there are no texts, or more than [`batch`](Self::batch).
    fn encode(&self, request: &EmbedRequest) -> Result<http::Request<Bytes>, LlmError>;

    /// What the answer to `request` says. [`EmbedResponse::new`] checks what every answer must keep.
    ///
    /// # Errors
    /// What the provider reported, from any status and any body.
    fn decode(
        &self,
        request: &EmbedRequest,
        response: &http::Response<Bytes>,
    ) -> Result<EmbedResponse, LlmError>;
}

/// Texts to turn into vectors.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
#[non_exhaustive]
pub struct EmbedRequest {
    /// The model, in the provider's terms. Empty takes the provider's default.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub model: String,
    /// The texts.
    pub texts: Vec<String>,
    /// What the vectors are for. Providers that do not ask ignore it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<EmbedPurpose>,
    /// How many numbers a vector has. None takes the model's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dimension: Option<u32>,
}

impl EmbedRequest {
    /// Asks for vectors of these texts.
    pub fn new<T: Into<String>>(texts: impl IntoIterator<Item = T>) -> Self {
        Self {
            model: String::new(),
            texts: texts.into_iter().map(Into::into).collect(),
            purpose: None,
            dimension: None,
        }
    }

    /// Sets the model.
    #[must_use]
    pub fn with_model(mut self, model: impl Into<String>) -> Self {
        self.model = model.into();
        self
    }

    /// Sets what the vectors are for.
    #[must_use]
    pub fn with_purpose(mut self, purpose: EmbedPurpose) -> Self {
        self.purpose = Some(purpose);
        self
    }

    /// Sets how many numbers a vector has.
    #[must_use]
    pub const fn with_dimension(mut self, dimension: u32) -> Self {
        self.dimension = Some(dimension);
        self
    }

    /// The same request for some of its texts.
    pub(super) fn of(&self, texts: &[String]) -> Self {
        Self {
            model: self.model.clone(),
            texts: texts.to_vec(),
            purpose: self.purpose.clone(),
            dimension: self.dimension,
        }
    }
}

open_names! {
    /// What vectors are for.
    EmbedPurpose {
        /// Texts that will be searched.
        Document = "document",
        /// A question that searches.
        Query = "query",
        /// To compare texts with each other.
        Similarity = "similarity",
        /// To sort texts into classes.
        Classification = "classification",
        /// To find groups of texts.
        Clustering = "clustering",
    }
}

/// Vectors of texts. A text can be guessed from its vector, so `Debug` shows none.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
#[non_exhaustive]
pub struct EmbedResponse {
    /// The model that answered, in the provider's terms.
    pub model: String,
    /// One vector for each text, in the order of the texts.
    pub vectors: Vec<Vec<f32>>,
    /// What it used. There is only input.
    #[serde(default)]
    pub usage: Usage,
    /// The provider's id of the request, for its support. Of several exchanges, the first one's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// What the provider says that it cost, in millionths of a US dollar.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost_micros: Option<i64>,
}

impl EmbedResponse {
    /// An answer to `request` of these vectors.
    ///
    /// # Errors
    /// [`LlmErrorKind::Malformed`] when there is not one vector for each text, they are empty or not of one dimension, or a
    /// number is not finite.
    pub fn new(request: &EmbedRequest, vectors: Vec<Vec<f32>>) -> Result<Self, LlmError> {
        let malformed = |detail| Err(LlmError::new(LlmErrorKind::Malformed, detail));
        if vectors.len() != request.texts.len() {
            return malformed("there is not one vector for each text");
        }
        let dimension = vectors.first().map_or(0, Vec::len);
        if vectors
            .iter()
            .any(|vector| vector.is_empty() || vector.len() != dimension)
        {
            return malformed("the vectors are not of one dimension");
        }
        if !vectors.iter().flatten().all(|number| number.is_finite()) {
            return malformed("a vector has a number that is not finite");
        }
        Ok(Self {
            vectors,
            ..Self::default()
        })
    }

    /// How many numbers a vector has; 0 when there is none.
    #[must_use]
    pub fn dimension(&self) -> usize {
        self.vectors.first().map_or(0, Vec::len)
    }

    /// Puts the vectors of the next texts behind these.
    ///
    /// # Errors
    /// [`LlmErrorKind::Malformed`] when they are of another dimension.
    pub(super) fn append(&mut self, more: Self) -> Result<(), LlmError> {
        if self.dimension() != more.dimension() {
            return Err(LlmError::new(
                LlmErrorKind::Malformed,
                "the vectors are not of one dimension",
            ));
        }
        self.vectors.extend(more.vectors);
        self.usage = self.usage.plus(more.usage);
        self.cost_micros = match (self.cost_micros, more.cost_micros) {
            (Some(first), Some(second)) => Some(first.saturating_add(second)),
            // Half a sum is not a cost.
            _ => None,
        };
        Ok(())
    }
}

crate::open::veiled! {
    EmbedRequest { model, purpose, dimension };
    EmbedResponse { model, usage };
}

const fn _dyn_compatible(_: &dyn Embedder, _: &dyn EmbedWire) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_vector_for_each_text_is_an_answer() {
        let ask = EmbedRequest::new(["a", "b"]);
        let detail = |vectors: &[&[f32]]| match EmbedResponse::new(
            &ask,
            vectors.iter().map(|v| v.to_vec()).collect(),
        ) {
            Ok(answer) => Ok(answer.dimension()),
            Err(error) => Err(error.detail),
        };
        assert_eq!(detail(&[&[0.5, 1.0], &[0.0, -1.0]]), Ok(2));
        assert!(detail(&[&[0.5]]).unwrap_err().contains("one vector"));
        assert!(
            detail(&[&[0.5], &[0.5], &[0.5]])
                .unwrap_err()
                .contains("one vector")
        );
        assert!(
            detail(&[&[0.5], &[0.5, 1.0]])
                .unwrap_err()
                .contains("dimension")
        );
        assert!(detail(&[&[], &[]]).unwrap_err().contains("dimension"));
        assert!(
            detail(&[&[0.5], &[f32::INFINITY]])
                .unwrap_err()
                .contains("finite")
        );
    }
}
