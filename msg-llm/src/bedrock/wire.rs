//! The glue: what the model wire's contract asks, from the pure halves beside it.

use super::config::{BedrockConfig, Key};
use super::{request, response, stream};
use crate::outgoing::{Endpoints, add_headers, address, invalid, secret};
use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use http::{HeaderMap, Method, Request, Response, Uri};
use msg_core::Clock;
use msg_core::http::sigv4::{Signer, encoded};
use msg_core::llm::{GenerateRequest, GenerateResponse, LlmError, LlmWire, StreamDecoder};
use secrecy::ExposeSecret;
use std::sync::Arc;

/// The scheme: the name of the feature and of this folder.
pub(super) const SCHEME: &str = "bedrock";

/// The name under which requests are signed (`signingName` of the model).
const SERVICE: &str = "bedrock";

const JSON: &str = "application/json";
const EVENT_STREAM: &str = "application/vnd.amazon.eventstream";

/// The wire. Cheap to build.
#[derive(Debug)]
pub struct Bedrock {
    config: BedrockConfig,
    /// Of the configured model.
    endpoints: Option<Endpoints>,
    /// What every request carries.
    head: HeaderMap,
    /// What signs, and the clock that dates it.
    signer: Option<(Signer, Arc<dyn Clock>)>,
}

impl Bedrock {
    /// A wire to the endpoint of `config`.
    ///
    /// # Errors
    /// When the base URL is not an http or https URL with a host, or a key or header cannot be sent.
    pub fn new(config: BedrockConfig) -> Result<Self, LlmError> {
        address(&config.base_url, "/model")?;
        let mut head = HeaderMap::new();
        head.insert(CONTENT_TYPE, HeaderValue::from_static(JSON));
        add_headers(&mut head, &config.headers)?;
        let signer = match &config.key {
            Some(Key::Bearer(key)) => {
                let bearer = secret(&format!("Bearer {}", key.expose_secret()))?;
                head.insert(AUTHORIZATION, bearer);
                None
            }
            Some(Key::Account(credentials, clock)) => {
                let signer = Signer::new(credentials.clone(), &*config.region, SERVICE);
                Some((signer.map_err(unsigned)?, Arc::clone(clock)))
            }
            None => None,
        };
        let endpoints = |stream| endpoint(&config, &config.model, operation(stream));
        Ok(Self {
            endpoints: Endpoints::of(endpoints),
            config,
            head,
            signer,
        })
    }

    /// The model that is asked for, or the configured one.
    pub(super) fn model<'a>(&'a self, asked: &'a str) -> &'a str {
        if asked.is_empty() {
            &self.config.model
        } else {
            asked
        }
    }

    /// A request that posts `body` to `operation` of a model.
    pub(super) fn invoke(
        &self,
        model: &str,
        operation: &str,
        body: Vec<u8>,
    ) -> Result<Request<Bytes>, LlmError> {
        self.post(endpoint(&self.config, model, operation)?, JSON, body)
    }

    /// A request that posts `body`, signed if there is a key to sign with.
    fn post(
        &self,
        uri: Uri,
        accept: &'static str,
        body: Vec<u8>,
    ) -> Result<Request<Bytes>, LlmError> {
        let mut out = Request::new(Bytes::from(body));
        *out.method_mut() = Method::POST;
        *out.uri_mut() = uri;
        *out.headers_mut() = self.head.clone();
        out.headers_mut()
            .insert(ACCEPT, HeaderValue::from_static(accept));
        if let Some((signer, clock)) = &self.signer {
            signer.seal(&mut out, clock.now()).map_err(unsigned)?;
        }
        Ok(out)
    }
}

const fn operation(stream: bool) -> &'static str {
    if stream {
        "converse-stream"
    } else {
        "converse"
    }
}

/// Where an operation of a model is.
fn endpoint(config: &BedrockConfig, model: &str, operation: &str) -> Result<Uri, LlmError> {
    let path = format!("/model/{}/{operation}", encoded(model));
    address(&config.base_url, &path)
}

impl LlmWire for Bedrock {
    fn scheme(&self) -> &str {
        SCHEME
    }

    fn encode(&self, request: &GenerateRequest, stream: bool) -> Result<Request<Bytes>, LlmError> {
        let body = request::body(request, &self.config)?;
        let model = self.model(&request.model);
        let known = self.endpoints.as_ref();
        let uri = match known.filter(|_| model == self.config.model) {
            Some(endpoints) => endpoints.get(stream).clone(),
            None => endpoint(&self.config, model, operation(stream))?,
        };
        self.post(uri, if stream { EVENT_STREAM } else { JSON }, body)
    }

    fn decode(&self, response: &Response<Bytes>) -> Result<GenerateResponse, LlmError> {
        response::decode(response.status(), response.headers(), response.body())
    }

    fn decoder(&self, head: &http::response::Parts) -> Box<dyn StreamDecoder> {
        Box::new(stream::decoder(head, self.config.event_limit))
    }
}

fn unsigned(error: msg_core::Error) -> LlmError {
    invalid("the request cannot be signed").with_source(error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use msg_core::http::sigv4::Credentials;
    use msg_core::llm::Turn;
    use msg_core::testkit::ManualClock;
    use std::sync::Arc;

    fn encode(config: BedrockConfig, stream: bool) -> Request<Bytes> {
        let request = GenerateRequest::new("", vec![Turn::user("Hi")]);
        let wire = Bedrock::new(config.with_model("amazon.nova-lite-v1:0")).unwrap();
        wire.encode(&request, stream).unwrap()
    }

    #[test]
    fn a_signed_request_shows_no_secret() {
        let credentials = Credentials::new("AKIDEXAMPLE", "canary-key".to_owned())
            .with_session_token("canary-token".to_owned());
        let config = BedrockConfig::new("us-east-1")
            .with_header("X-Team", "canary-team".to_owned())
            .with_credentials(credentials, Arc::new(ManualClock::default()));
        assert!(!format!("{config:?}").contains("canary"));
        let request = encode(config, true);
        let head = request.headers();
        assert_eq!(head["x-amz-date"], "20260615T120000Z");
        assert_eq!(head["x-amz-security-token"], "canary-token");
        let signed = head[AUTHORIZATION].to_str().unwrap();
        assert!(signed.starts_with(
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260615/us-east-1/bedrock/aws4_request, SignedHeaders=accept;content-type;host;x-amz-date;x-amz-security-token;x-team, Signature="
        ), "{signed}");
        assert_eq!(
            request.uri().path(),
            "/model/amazon.nova-lite-v1%3A0/converse-stream"
        );
        let shown = format!("{:?} {}", request.headers(), request.uri());
        assert!(!shown.contains("canary") && !shown.contains("Signature"));
    }

    #[test]
    fn a_bearer_key_is_not_signed() {
        let request = encode(
            BedrockConfig::new("us-east-1").with_bearer_key("canary".to_owned()),
            false,
        );
        assert_eq!(request.headers()[AUTHORIZATION], "Bearer canary");
        assert!(request.headers().get("x-amz-date").is_none());
        assert!(Bedrock::new(BedrockConfig::new("r").with_bearer_key("a\nb".to_owned())).is_err());
        assert!(Bedrock::new(BedrockConfig::new("r").with_base_url("ftp://h")).is_err());
        let header = BedrockConfig::new("r").with_header("a b", "x".to_owned());
        assert!(Bedrock::new(header).is_err());
    }
}
