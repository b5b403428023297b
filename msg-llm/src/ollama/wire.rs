//! The glue: what the model wire's contract asks, from the pure halves beside it.

use super::config::OllamaConfig;
use super::request::{self, Dialect};
use super::response;
use super::stream::ChatDecoder;
use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, Uri};
use msg_core::llm::{GenerateRequest, GenerateResponse, LlmError, LlmWire, StreamDecoder};

/// The scheme: the name of the feature and of this folder.
pub(super) const SCHEME: &str = "ollama";

/// The wire. Cheap to build, and everything that does not change from request to request is built then.
#[derive(Debug)]
pub struct Ollama {
    endpoint: Uri,
    whole_head: HeaderMap,
    stream_head: HeaderMap,
    dialect: Dialect,
    event_limit: usize,
}

impl Ollama {
    /// A wire to the server of `config`.
    ///
    /// # Errors
    /// When the base URL is not an http or https URL with a host, or a key or header cannot be sent in a header.
    pub fn new(config: OllamaConfig) -> Result<Self, LlmError> {
        Ok(Self {
            endpoint: config.base()?.join("/api/chat", "")?,
            whole_head: config.head(false)?,
            stream_head: config.head(true)?,
            event_limit: config.event_limit,
            dialect: Dialect {
                model: config.model,
                keep_alive: config.keep_alive,
                context: config.context,
                losses: config.schema_losses,
            },
        })
    }
}

impl LlmWire for Ollama {
    fn scheme(&self) -> &str {
        SCHEME
    }

    fn encode(&self, request: &GenerateRequest, stream: bool) -> Result<Request<Bytes>, LlmError> {
        let body = request::body(request, &self.dialect, stream)?;
        let mut out = Request::new(Bytes::from(body));
        *out.method_mut() = Method::POST;
        out.uri_mut().clone_from(&self.endpoint);
        *out.headers_mut() = if stream {
            self.stream_head.clone()
        } else {
            self.whole_head.clone()
        };
        Ok(out)
    }

    fn decode(&self, response: &Response<Bytes>) -> Result<GenerateResponse, LlmError> {
        response::decode(response.status(), response.headers(), response.body())
    }

    fn decoder(&self, head: &http::response::Parts) -> Box<dyn StreamDecoder> {
        Box::new(ChatDecoder::new(head, self.event_limit))
    }
}
