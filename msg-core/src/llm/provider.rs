//! The contract of a model provider.

use super::{GenerateRequest, GenerateResponse, LlmError, StreamDecoder, StreamEvent};
use async_trait::async_trait;
use bytes::Bytes;
use futures_core::stream::BoxStream;
use std::fmt;

/// The events of one answer. After an error nothing follows.
pub type LlmStream = BoxStream<'static, Result<StreamEvent, LlmError>>;

/// Answers with a language model.
///
/// # Contract
/// - One attempt a call; retry, routing and fallback are layers.
/// - `stream` yields the events of the same answer that `generate` would give. It ends with
///   [`StreamEvent::Finish`] (and perhaps usage after it) or with an error, never silently.
/// - Neither errors nor `Debug` show prompts, answers or keys.
///
/// # Cancellation
/// Dropping the future or the stream ends the exchange; what was used by then may still be billed.
///
/// # Wrappers
/// A layer forwards every method; `#[deny(clippy::missing_trait_methods)]` on its `impl` proves it.
#[async_trait]
pub trait LlmProvider: fmt::Debug + Send + Sync + 'static {
    /// The stable lowercase name: scheme = feature = folder.
    fn scheme(&self) -> &str;

    /// The whole answer.
    ///
    /// # Errors
    /// [`LlmError`] says what failed and whether the same request may be made again.
    async fn generate(&self, request: &GenerateRequest) -> Result<GenerateResponse, LlmError>;

    /// The answer piece by piece.
    ///
    /// # Errors
    /// As `generate`, before the first event.
    async fn stream(&self, request: &GenerateRequest) -> Result<LlmStream, LlmError>;
}

/// The pure half of an HTTP provider.
///
/// [`HttpProvider`](super::HttpProvider) adds the transport and is the [`LlmProvider`].
pub trait LlmWire: fmt::Debug + Send + Sync + 'static {
    /// The stable lowercase name: scheme = feature = folder.
    fn scheme(&self) -> &str;

    /// The request that asks, for a whole answer or for a stream. The same request gives the same bytes.
    ///
    /// # Errors
    /// [`LlmErrorKind::InvalidRequest`](super::LlmErrorKind::InvalidRequest) when the wire cannot say it.
    fn encode(
        &self,
        request: &GenerateRequest,
        stream: bool,
    ) -> Result<http::Request<Bytes>, LlmError>;

    /// What a whole answer says.
    ///
    /// # Errors
    /// What the provider reported, from any status and any body.
    fn decode(&self, response: &http::Response<Bytes>) -> Result<GenerateResponse, LlmError>;

    /// A decoder for the stream that follows this head, whose status is a success.
    fn decoder(&self, head: &http::response::Parts) -> Box<dyn StreamDecoder>;
}

const fn _dyn_compatible(_: &dyn LlmProvider, _: &dyn LlmWire) {}
