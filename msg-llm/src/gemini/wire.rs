//! The glue: what the model wire's contract asks, from the pure halves beside it.

use super::config::GeminiConfig;
use super::request::{self, Dialect};
use super::response;
use super::stream;
use crate::outgoing::Endpoints;
use crate::server::Base;
use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, Uri};
use msg_core::llm::{GenerateRequest, GenerateResponse, LlmError, LlmWire, StreamDecoder};

/// The scheme: the name of the feature and of this folder.
pub(super) const SCHEME: &str = "gemini";

/// The wire. Cheap to build, and everything that does not change from request to request is built then.
#[derive(Debug)]
pub struct Gemini {
    base: Base,
    /// Of the configured model.
    endpoints: Option<Endpoints>,
    whole_head: HeaderMap,
    stream_head: HeaderMap,
    dialect: Dialect,
    event_limit: usize,
}

impl Gemini {
    /// A wire to the API of `config`.
    ///
    /// # Errors
    /// When the base URL is not an http or https URL with a host or has a key in it, or a key or header cannot be sent in a
    /// header.
    pub fn new(config: GeminiConfig) -> Result<Self, LlmError> {
        let base = config.base()?;
        Ok(Self {
            endpoints: Endpoints::of(|stream| address(&base, &config.model, stream)),
            base,
            whole_head: config.head(false)?,
            stream_head: config.head(true)?,
            event_limit: config.event_limit,
            dialect: Dialect {
                model: config.model,
                include_thoughts: config.include_thoughts,
                call_ids: config.call_ids,
                losses: config.schema_losses,
                safety: config.safety,
            },
        })
    }
}

fn address(base: &Base, model: &str, stream: bool) -> Result<Uri, LlmError> {
    let path = request::path(model, stream)?;
    base.join(&path, if stream { "alt=sse" } else { "" })
}

impl LlmWire for Gemini {
    fn scheme(&self) -> &str {
        SCHEME
    }

    fn encode(&self, request: &GenerateRequest, stream: bool) -> Result<Request<Bytes>, LlmError> {
        let model = self.dialect.model_of(request);
        let known = self.endpoints.as_ref();
        let uri = match known.filter(|_| model == self.dialect.model) {
            Some(endpoints) => endpoints.get(stream).clone(),
            None => address(&self.base, model, stream)?,
        };
        let mut out = Request::new(Bytes::from(request::body(request, &self.dialect)?));
        *out.method_mut() = Method::POST;
        *out.uri_mut() = uri;
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
