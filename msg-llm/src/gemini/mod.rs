//! Google Gemini: `generateContent` and `streamGenerateContent` of the Gemini API, and of Vertex AI by its base URL.
//!
//! Provider documentation: <https://ai.google.dev/api/generate-content>.
//!
//! | what | how |
//! |---|---|
//! | the key | in the header `x-goog-api-key`; a base URL with a key in its query is refused |
//! | whole answers and streams | both read into the same form; a stream that ends without a finish reason is `Interrupted` |
//! | tools | parallel calls, results, forced choice; a strict tool sets the mode `VALIDATED` |
//! | output | text, JSON, JSON of a schema |
//! | schemas | rewritten to the keywords that the API takes; [`schema_losses`] reports what has no equivalent, and [`SchemaLosses`] says whether it goes into the description or is refused |
//! | pictures, documents, audio | as data, or by a URL that Google fetches |
//! | thoughts | summaries are read; signatures go back with the part that they came with, and only to this scheme |
//! | blocks | a blocked prompt or answer is a refusal, and ends with `ContentFilter` |
//! | usage | thoughts apart from the answer, cached input apart from the rest, the prompts of Google's own tools as input |
//! | caching | a [`cache_key`](msg_core::llm::GenerateRequest::cache_key) `cachedContents/…` names an explicit cache; other keys do nothing |
//!
//! Texts become vectors at [`GeminiEmbeddings`].
//!
//! Only the first candidate is read; no request asks for more. Code that Google runs itself is passed over.
//!
//! ```
//! use msg_core::llm::{GenerateRequest, LlmWire, Turn};
//! use msg_llm::gemini::{Gemini, GeminiConfig};
//!
//! let wire = Gemini::new(GeminiConfig::default().with_api_key("x".repeat(39)).with_model("gemini-2.5-flash"))?;
//! let request = wire.encode(&GenerateRequest::new("Be brief.", vec![Turn::user("Hello")]), true)?;
//! assert_eq!(
//!     request.uri(),
//!     "https://generativelanguage.googleapis.com/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse"
//! );
//! # Ok::<(), msg_core::llm::LlmError>(())
//! ```
//!
//! With a transport it is a provider: `HttpProvider::new(wire, transport)`.

mod config;
mod embeddings;
mod request;
mod response;
mod schema;
mod stream;
mod wire;

pub use crate::losses::{SchemaLoss, SchemaLosses};
pub use config::{GEMINI_BASE_URL, GeminiConfig};
pub use embeddings::GeminiEmbeddings;
pub use request::schema_losses;
pub use wire::Gemini;
