//! The Responses API of OpenAI, and the servers that speak it: xAI, OpenRouter, Azure, vLLM, mistral.rs.
//!
//! Provider documentation: <https://platform.openai.com/docs/api-reference/responses>.
//!
//! | what | how |
//! |---|---|
//! | whole answers and streams | both read into the same form; a stream without its end is `Interrupted` with what had come |
//! | tools | parallel calls, streamed arguments, results, forced choice; a call cut off by a limit is never complete |
//! | output | text, JSON, JSON of a schema (`text.format`) |
//! | pictures, documents | by URL or as data |
//! | reasoning | summaries or text, and the item with its encrypted content carried back to the server that issued it |
//! | usage | cached, written and reasoning apart where reported, cost where reported (xAI, OpenRouter) |
//! | ends | `completed`, and `incomplete` with its reason; that tools are called follows from the items |
//! | errors | of every status, as a failed answer, and inside the stream |
//!
//! Nothing is kept at the provider unless [`ResponsesConfig::store`] says so: the conversation travels with every request.
//! This protocol has neither stop sequences nor a seed; a request with them is refused. Items of tools that the provider
//! runs itself are skipped.
//!
//! ```
//! use msg_core::llm::{GenerateRequest, LlmWire, Turn};
//! use msg_llm::openai_responses::{OpenAiResponses, ResponsesConfig};
//!
//! let wire = OpenAiResponses::new(ResponsesConfig::default().with_api_key("k".repeat(9)).with_model("gpt-5-mini"))?;
//! let request = wire.encode(&GenerateRequest::new("Be brief.", vec![Turn::user("Hello")]), false)?;
//! assert_eq!(request.uri(), "https://api.openai.com/v1/responses");
//! # Ok::<(), msg_core::llm::LlmError>(())
//! ```
//!
//! With a transport it is a provider: `HttpProvider::new(wire, transport)`.

mod config;
mod request;
mod response;
mod schema;
mod stream;
mod wire;

pub use config::{ResponsesConfig, Summary};
pub use wire::OpenAiResponses;
