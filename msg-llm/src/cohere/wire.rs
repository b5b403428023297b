//! The glue: what the model wire's contract asks, from the pure halves beside it.

use super::config::CohereConfig;
use super::request::{self, Dialect};
use super::response;
use super::stream;
use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, Uri};
use msg_core::llm::{GenerateRequest, GenerateResponse, LlmError, LlmWire, StreamDecoder};

/// The scheme: the name of the feature and of this folder.
pub(super) const SCHEME: &str = "cohere";

/// The wire. Cheap to build, and everything that does not change from request to request is built then.
#[derive(Debug)]
pub struct Cohere {
    endpoint: Uri,
    whole_head: HeaderMap,
    stream_head: HeaderMap,
    dialect: Dialect,
    event_limit: usize,
}

impl Cohere {
    /// A wire to the API of `config`.
    ///
    /// # Errors
    /// When the base URL is not an http or https URL with a host, or a key or header cannot be sent in a header.
    pub fn new(config: CohereConfig) -> Result<Self, LlmError> {
        Ok(Self {
            endpoint: config.base()?.join("/v2/chat", "")?,
            whole_head: config.head(false)?,
            stream_head: config.head(true)?,
            event_limit: config.event_limit,
            dialect: Dialect {
                model: config.model,
                safety_mode: config.safety_mode,
                thinking_budget: config.thinking_budget,
                losses: config.schema_losses,
            },
        })
    }
}

impl LlmWire for Cohere {
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
        Box::new(stream::decoder(head, self.event_limit))
    }
}
