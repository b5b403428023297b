//! Ollama's own protocol, `/api/chat`: models on the own machine, or at Ollama's cloud with a key.
//!
//! Provider documentation: <https://docs.ollama.com/api/chat>.
//!
//! | what | how |
//! |---|---|
//! | whole answers and streams | both read into the same form; a stream without its `done` object is `Interrupted` |
//! | tools | parallel calls, results. Nothing can force or forbid a call: a forced one is refused, a forbidden one sends no tools |
//! | output | text, JSON, JSON of a schema (`format`): the server makes a grammar of it. What that has no word for is not enforced; [`schema_losses`] reports it, and [`SchemaLosses`] says whether it is refused instead |
//! | pictures | as data; URLs are refused, and so is audio. A document of text goes as text |
//! | thoughts | read and handed back; an effort turns thinking on or off, and is a level for `gpt-oss` |
//! | usage | the prompt's and the answer's tokens |
//! | errors | `{"error": …}` in any status, also inside a good stream |
//!
//! Texts become vectors at [`OllamaEmbeddings`].
//!
//! ```
//! use msg_core::llm::{GenerateRequest, LlmWire, Turn};
//! use msg_llm::ollama::{Ollama, OllamaConfig};
//!
//! let wire = Ollama::new(OllamaConfig::default().with_model("qwen3:4b"))?;
//! let request = wire.encode(&GenerateRequest::new("Be brief.", vec![Turn::user("Hello")]), false)?;
//! assert_eq!(request.uri(), "http://localhost:11434/api/chat");
//! # Ok::<(), msg_core::llm::LlmError>(())
//! ```
//!
//! With a transport it is a provider: `HttpProvider::new(wire, transport)`. The transport has to allow plain HTTP to this machine.

mod config;
mod embeddings;
mod request;
mod response;
mod schema;
mod stream;
mod wire;

pub use crate::losses::{SchemaLoss, SchemaLosses};
pub use config::{OLLAMA_BASE_URL, OllamaConfig};
pub use embeddings::OllamaEmbeddings;
pub use request::schema_losses;
pub use wire::Ollama;
