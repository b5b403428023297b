//! The glue: what the model wire's contract asks, from the pure halves beside it.

use super::config::ResponsesConfig;
use super::request::{self, Dialect};
use super::response;
use super::stream::ResponsesReader;
use crate::framed::Framed;
use crate::openai::address;
use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, Uri};
use msg_core::llm::{GenerateRequest, GenerateResponse, LlmError, LlmWire, StreamDecoder};

/// The scheme: the name of the feature; the folder has `_` for `-`.
const SCHEME: &str = "openai-responses";

/// The wire. Cheap to build, and everything that does not change from request to request is built then.
#[derive(Debug)]
pub struct OpenAiResponses {
    endpoint: Uri,
    whole_head: HeaderMap,
    stream_head: HeaderMap,
    dialect: Dialect,
    event_limit: usize,
}

impl OpenAiResponses {
    /// A wire to the server of `config`.
    ///
    /// # Errors
    /// When the base URL is not an http or https URL with a host, the name is not one, or a key or header cannot be sent in
    /// a header.
    pub fn new(config: ResponsesConfig) -> Result<Self, LlmError> {
        let endpoint = config.endpoint()?;
        let scheme = address::scheme(&config.name, SCHEME, &["api.openai.com"], &endpoint)?;
        Ok(Self {
            whole_head: config.head(false)?,
            stream_head: config.head(true)?,
            dialect: Dialect {
                scheme,
                model: config.model,
                store: config.store,
                summary: config.summary,
            },
            event_limit: config.event_limit,
            endpoint,
        })
    }
}

impl LlmWire for OpenAiResponses {
    fn scheme(&self) -> &str {
        &self.dialect.scheme
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
        response::decode(
            response.status(),
            response.headers(),
            response.body(),
            &self.dialect.scheme,
        )
    }

    fn decoder(&self, head: &http::response::Parts) -> Box<dyn StreamDecoder> {
        Box::new(Framed::new(
            ResponsesReader::new(head.headers.clone()),
            self.event_limit,
        ))
    }
}
