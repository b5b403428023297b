//! Language models: one request, one answer and one stream of events for every provider.

mod embed;
mod error;
mod http_provider;
mod offer;
mod provider;
mod request;
mod rerank;
mod response;
mod stream;
pub(crate) mod text;
mod transcribe;

pub use embed::{EmbedPurpose, EmbedRequest, EmbedResponse, EmbedWire, Embedder};
pub use error::{LlmError, LlmErrorKind, Phase};
pub use http_provider::HttpProvider;
pub use offer::{CallRefusal, Grants, Offer, RefusedCall};
pub use provider::{LlmProvider, LlmStream, LlmWire};
pub use request::{
    Audio, Document, DocumentSource, Effort, GenerateRequest, Image, OutputFormat, Piece, Role,
    Tool, ToolCall, ToolChoice, ToolResult, Turn,
};
pub use rerank::{Rank, RerankRequest, RerankResponse, RerankWire, Reranker};
pub use response::{Finish, FinishReason, GenerateResponse, Output, Reasoning, Usage};
pub use stream::{Collector, StreamDecoder, StreamEvent};
pub use text::{Instructions, Source, Text};
pub use transcribe::{Segment, TranscribeRequest, TranscribeWire, Transcriber, Transcription};
