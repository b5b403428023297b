//! The glue: what the model wire's contract asks, from the pure halves beside it.

use super::config::OpenAiConfig;
use super::request::{self, Dialect};
use super::response::{self, Reading};
use super::stream;
use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, Uri};
use msg_core::llm::{GenerateRequest, GenerateResponse, LlmError, LlmWire, StreamDecoder};

/// The scheme at OpenAI itself: the name of the feature and of this folder. Other servers have names of their own.
pub(super) const SCHEME: &str = "openai";

/// The wire. Cheap to build, and everything that does not change from request to request is built then.
#[derive(Debug)]
pub struct OpenAi {
    endpoint: Uri,
    whole_head: HeaderMap,
    stream_head: HeaderMap,
    dialect: Dialect,
    reading: Reading,
    event_limit: usize,
}

impl OpenAi {
    /// A wire to the server of `config`.
    ///
    /// # Errors
    /// When the base URL is not an http or https URL with a host, a name is not one, or a key or header cannot be sent in a header.
    pub fn new(config: OpenAiConfig) -> Result<Self, LlmError> {
        let endpoint = config.endpoint()?;
        Ok(Self {
            whole_head: config.head(false)?,
            stream_head: config.head(true)?,
            reading: Reading {
                request_id: config.request_id_header()?,
                cached_tokens: config.cached_tokens_header()?,
            },
            event_limit: config.event_limit,
            dialect: Dialect {
                scheme: config.scheme(&endpoint)?,
                max_tokens: config.max_tokens_name(&endpoint),
                model: config.model,
                system_role: config.system_role,
                stream_usage: config.stream_usage,
                reasoning_field: config.reasoning_field,
                effort_field: config.effort_field,
                efforts: config.efforts,
                seed_field: config.seed_field,
                tool_ids: config.tool_ids,
                document_part: config.document_part,
                audio_part: config.audio_part,
                lacks: config.lacks,
            },
            endpoint,
        })
    }
}

impl LlmWire for OpenAi {
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
        let headers = self.reading.headers(response.headers());
        let (status, body) = (response.status(), response.body());
        let mut answer = response::decode(status, &headers, body, &self.dialect.scheme)?;
        response::cached(&mut answer.usage, self.reading.cached(response.headers()));
        Ok(answer)
    }

    fn decoder(&self, head: &http::response::Parts) -> Box<dyn StreamDecoder> {
        Box::new(stream::decoder(&self.reading, head, self.event_limit))
    }
}
