//! Cohere, version 2 of its chat API.
//!
//! Provider documentation: <https://docs.cohere.com/reference/chat>.
//!
//! | what | how |
//! |---|---|
//! | whole answers and streams | both read into the same form; a stream without `message-end` is `Interrupted` |
//! | tools | parallel calls, streamed arguments, results. A named tool is the only one that is sent, and required |
//! | output | text, JSON, JSON of a schema; not beside tools, which the API refuses |
//! | schemas | of answers, and of tools when one is strict: what the API does not take is told in the description; [`schema_losses`] reports it, and [`SchemaLosses`] says whether it is refused instead |
//! | pictures | by URL or as data; audio is refused. A document of text goes as text |
//! | thoughts | what the model thinks and its plan for tools are read and handed back; an effort turns thinking on or off |
//! | usage | the tokens of model and cache, not the billed units |
//! | citations | passed over |
//!
//! The answer does not name its model. Texts become vectors at [`CohereEmbeddings`], and documents are put in order at
//! [`CohereRerank`].
//!
//! ```
//! use msg_core::llm::{GenerateRequest, LlmWire, Turn};
//! use msg_llm::cohere::{Cohere, CohereConfig};
//!
//! let wire = Cohere::new(CohereConfig::default().with_api_key("x".repeat(40)).with_model("command-a-03-2025"))?;
//! let request = wire.encode(&GenerateRequest::new("Be brief.", vec![Turn::user("Hello")]), false)?;
//! assert_eq!(request.uri(), "https://api.cohere.com/v2/chat");
//! # Ok::<(), msg_core::llm::LlmError>(())
//! ```
//!
//! With a transport it is a provider: `HttpProvider::new(wire, transport)`.

mod config;
mod embeddings;
mod request;
mod rerank;
mod response;
mod schema;
mod stream;
mod wire;

pub use crate::losses::{SchemaLoss, SchemaLosses};
pub use config::{COHERE_BASE_URL, CohereConfig};
pub use embeddings::CohereEmbeddings;
pub use request::schema_losses;
pub use rerank::CohereRerank;
pub use wire::Cohere;
