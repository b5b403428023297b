//! OpenAI Chat Completions, and every server that speaks it: vLLM, llama.cpp, OpenRouter, Groq, DeepSeek and more.
//!
//! Provider documentation: <https://platform.openai.com/docs/api-reference/chat>.
//!
//! | what | how |
//! |---|---|
//! | whole answers and streams | both read into the same form; a stream without its end is `Interrupted` with what had come |
//! | tools | parallel calls, streamed arguments, results, forced choice; a call cut off by a limit is never complete |
//! | output | text, JSON, JSON of a schema |
//! | pictures, documents | by URL or as data |
//! | recordings | wav and mp3, to models that listen |
//! | vectors, transcriptions | [`OpenAiEmbeddings`], [`OpenAiTranscription`] |
//! | servers | [`Profiles`]: address and quirks as data, built in or from a file; each is a scheme of its own |
//! | usage | cached, written, reasoning apart where reported; what is not reported stays unknown |
//! | thoughts | `reasoning_content` and `reasoning` are read; [`ReasoningField`] hands them back |
//! | errors | every shape that compatible servers send, in any status, also inside a good stream |
//!
//! Only the first choice is read; no request asks for more. A model's own voice is not read.
//!
//! ```
//! use msg_core::llm::{GenerateRequest, LlmWire, Turn};
//! use msg_llm::openai::{OpenAi, OpenAiConfig};
//!
//! let wire = OpenAi::new(OpenAiConfig::default().with_api_key("sk-…".replace('…', "x")).with_model("gpt-5-mini"))?;
//! let request = wire.encode(&GenerateRequest::new("Be brief.", vec![Turn::user("Hello")]), false)?;
//! assert_eq!(request.uri(), "https://api.openai.com/v1/chat/completions");
//! # Ok::<(), msg_core::llm::LlmError>(())
//! ```
//!
//! With a transport it is a provider: `HttpProvider::new(wire, transport)`.

pub(crate) mod address;
mod config;
mod embeddings;
pub(crate) mod money;
mod profile;
mod quirk;
pub(crate) mod request;
pub(crate) mod response;
pub(crate) mod schema;
mod stream;
mod transcription;
mod wire;

pub use config::{DEFAULT_EMBED_BATCH, DEFAULT_EVENT_LIMIT, OPENAI_BASE_URL, OpenAiConfig};
pub use embeddings::OpenAiEmbeddings;
pub use profile::{ProfileError, Profiles};
pub use quirk::{
    AudioPart, DimensionField, DocumentPart, EffortField, Lack, MaxTokensField, ReasoningField,
    SeedField, SystemRole, ToolIds,
};
pub use transcription::OpenAiTranscription;
pub use wire::OpenAi;
