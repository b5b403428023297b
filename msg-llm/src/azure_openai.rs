//! Azure OpenAI: Chat Completions of a deployment, on the core of [`openai`](crate::openai).
//!
//! Provider documentation: <https://learn.microsoft.com/azure/ai-foundry/openai/reference>.
//!
//! | what | how |
//! |---|---|
//! | address | `/openai/deployments/NAME/chat/completions?api-version=…`, or `/openai/v1/chat/completions` |
//! | key | the header `api-key`, or a token of Microsoft Entra as `authorization: Bearer` |
//! | content filter | a refused prompt is the error `ContentFilter`, a cut answer the end `ContentFilter` |
//! | vectors, transcriptions | [`AzureOpenAi::embeddings`], [`AzureOpenAi::transcription`], of deployments of their own |
//! | effort | `low`, `medium` and `high` unless the configuration names others |
//! | documents | at the v1 address |
//! | everything else | as [`openai`](crate::openai): whole and streamed, tools, JSON schema, pictures, documents, usage |
//!
//! What the filter found, category by category, is not kept. The Responses API of Azure is
//! [`openai_responses`](crate::openai_responses) with the base URL `https://NAME.openai.azure.com/openai/v1` and the key
//! header `api-key`.
//!
//! ```
//! use msg_core::llm::{GenerateRequest, LlmWire, Turn};
//! use msg_llm::azure_openai::{AzureOpenAi, AzureOpenAiConfig};
//!
//! let config = AzureOpenAiConfig::new("https://shop.openai.azure.com", "gpt-4o").with_api_key("k".repeat(9));
//! let wire = AzureOpenAi::new(config)?;
//! let request = wire.encode(&GenerateRequest::new("Be brief.", vec![Turn::user("Hello")]), false)?;
//! assert_eq!(request.uri().path(), "/openai/v1/chat/completions");
//! # Ok::<(), msg_core::llm::LlmError>(())
//! ```

use crate::openai::address::invalid;
use crate::openai::{
    DEFAULT_EVENT_LIMIT, Lack, MaxTokensField, OpenAi, OpenAiConfig, OpenAiEmbeddings,
    OpenAiTranscription,
};
use bytes::Bytes;
use http::{Request, Response};
use msg_core::llm::{Effort, GenerateRequest, GenerateResponse, LlmError, LlmWire, StreamDecoder};
use secrecy::SecretString;
use serde::Deserialize;
use std::fmt::Write as _;

/// The scheme: the name of the feature; the module has `_` for `-`.
const SCHEME: &str = "azure-openai";

/// How to reach a deployment. It can be read from configuration but never written: it holds the key.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct AzureOpenAiConfig {
    /// What the endpoint is called: the scheme of the provider and the issuer of its thoughts. Empty is `azure-openai`, which
    /// is enough for one resource.
    pub name: String,
    /// The address of the resource, such as `https://NAME.openai.azure.com`.
    pub endpoint: String,
    /// The deployment, which is also what is sent as the model.
    pub deployment: String,
    /// A dated version, such as `2025-03-01-preview`: then the deployment is part of the address. None uses the v1 address,
    /// which needs no version.
    pub api_version: Option<String>,
    /// The key of the resource.
    pub api_key: Option<SecretString>,
    /// A token of Microsoft Entra in place of a key. Tokens end after about an hour: a new wire takes the next one.
    pub token: Option<SecretString>,
    /// The efforts of thinking that the deployment's model knows; empty is `low`, `medium` and `high`, which the
    /// specifications name. Newer models also know `none` or `minimal`.
    pub efforts: Vec<Effort>,
    /// The largest event of a stream, in bytes; 0 is [`DEFAULT_EVENT_LIMIT`].
    pub event_limit: usize,
}

impl AzureOpenAiConfig {
    /// A deployment of a resource, without a key, at the v1 address.
    pub fn new(endpoint: impl Into<String>, deployment: impl Into<String>) -> Self {
        Self {
            endpoint: endpoint.into(),
            deployment: deployment.into(),
            ..Self::default()
        }
    }

    /// Sets what the endpoint is called.
    #[must_use]
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Sets a dated version, and with it the address of the deployment.
    #[must_use]
    pub fn with_api_version(mut self, version: impl Into<String>) -> Self {
        self.api_version = Some(version.into());
        self
    }

    /// Sets the key of the resource.
    #[must_use]
    pub fn with_api_key(mut self, key: impl Into<SecretString>) -> Self {
        self.api_key = Some(key.into());
        self
    }

    /// Sets a token in place of a key.
    #[must_use]
    pub fn with_token(mut self, token: impl Into<SecretString>) -> Self {
        self.token = Some(token.into());
        self
    }

    /// The configuration of the core.
    fn into_core(self) -> Result<OpenAiConfig, LlmError> {
        let endpoint = self.endpoint.trim_end_matches('/');
        if endpoint.contains(['?', '#']) {
            return Err(invalid("the endpoint of a resource has no query"));
        }
        if self.deployment.is_empty() {
            return Err(invalid("no deployment is named"));
        }
        let base_url = match &self.api_version {
            None => format!("{endpoint}/openai/v1"),
            Some(version) => format!(
                "{endpoint}/openai/deployments/{}?api-version={}",
                encoded(&self.deployment),
                encoded(version)
            ),
        };
        let dated = self.api_version.is_some();
        let name = if self.name.is_empty() {
            SCHEME.to_owned()
        } else {
            self.name
        };
        let mut core = OpenAiConfig::new(base_url)
            .with_name(name)
            .with_model(self.deployment)
            .with_max_tokens_field(MaxTokensField::MaxCompletionTokens);
        (core.api_key, core.api_key_header) = match (self.api_key, self.token) {
            (Some(_), Some(_)) => return Err(invalid("there are both a key and a token")),
            (Some(key), None) => (Some(key), Some("api-key".to_owned())),
            (None, token) => (token, None),
        };
        core.efforts = if self.efforts.is_empty() {
            vec![Effort::Low, Effort::Medium, Effort::High]
        } else {
            self.efforts
        };
        core.lacks.insert(Lack::CacheKey);
        if dated {
            core.lacks.extend([Lack::Model, Lack::Documents]);
        }
        core.event_limit = match self.event_limit {
            0 => DEFAULT_EVENT_LIMIT,
            limit => limit,
        };
        Ok(core)
    }
}

/// A part of an address, with everything but unreserved characters escaped (RFC 3986, 2.3).
fn encoded(part: &str) -> String {
    let mut out = String::with_capacity(part.len());
    for byte in part.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a text cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// The wire to one deployment.
#[derive(Debug)]
pub struct AzureOpenAi(OpenAi);

impl AzureOpenAi {
    /// A wire to the deployment of `config`.
    ///
    /// # Errors
    /// When the endpoint is not an http or https URL with a host and without a query, no deployment is named, there are both a
    /// key and a token, or one of them cannot be sent in a header.
    pub fn new(config: AzureOpenAiConfig) -> Result<Self, LlmError> {
        OpenAi::new(config.into_core()?).map(Self)
    }

    /// The wire of vectors of the deployment of `config`, which is of such a model.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn embeddings(config: AzureOpenAiConfig) -> Result<OpenAiEmbeddings, LlmError> {
        OpenAiEmbeddings::new(config.into_core()?)
    }

    /// The wire of transcriptions of the deployment of `config`. The model goes by the deployment's name: one of a Whisper
    /// model tells times if that name says `whisper`.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn transcription(config: AzureOpenAiConfig) -> Result<OpenAiTranscription, LlmError> {
        OpenAiTranscription::new(config.into_core()?)
    }
}

#[deny(clippy::missing_trait_methods)]
impl LlmWire for AzureOpenAi {
    fn scheme(&self) -> &str {
        self.0.scheme()
    }

    fn encode(&self, request: &GenerateRequest, stream: bool) -> Result<Request<Bytes>, LlmError> {
        self.0.encode(request, stream)
    }

    fn decode(&self, response: &Response<Bytes>) -> Result<GenerateResponse, LlmError> {
        self.0.decode(response)
    }

    fn decoder(&self, head: &http::response::Parts) -> Box<dyn StreamDecoder> {
        self.0.decoder(head)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use msg_core::llm::{Collector, FinishReason, LlmErrorKind, Turn};
    use serde_json::{Value, json};

    fn config() -> AzureOpenAiConfig {
        AzureOpenAiConfig::new("https://shop.openai.azure.com/", "gpt 4o/eu")
    }

    fn sent(config: AzureOpenAiConfig) -> Request<Bytes> {
        let ask = GenerateRequest::new("", vec![Turn::user("Hi")]).with_max_tokens(9);
        AzureOpenAi::new(config)
            .unwrap()
            .encode(&ask, true)
            .unwrap()
    }

    #[test]
    fn both_addresses_and_both_ways_to_sign_in() {
        let v1 = sent(config().with_api_key("canary-key"));
        assert_eq!(
            v1.uri(),
            "https://shop.openai.azure.com/openai/v1/chat/completions"
        );
        assert_eq!(
            (&v1.headers()["api-key"], v1.headers().get("authorization")),
            (&http::HeaderValue::from_static("canary-key"), None)
        );
        let body: Value = serde_json::from_slice(v1.body()).unwrap();
        assert_eq!(
            (&body["model"], &body["max_completion_tokens"]),
            (&json!("gpt 4o/eu"), &json!(9))
        );
        let dated = sent(
            config()
                .with_token("canary-token")
                .with_api_version("2025-03-01-preview"),
        );
        assert_eq!(
            dated.uri(),
            "https://shop.openai.azure.com/openai/deployments/gpt%204o%2Feu/chat/completions?api-version=2025-03-01-preview"
        );
        assert_eq!(dated.headers()["authorization"], "Bearer canary-token");
        assert_eq!(dated.headers().get("api-key"), None);
        let wire = AzureOpenAi::new(config().with_api_key("canary-key")).unwrap();
        assert!(
            !format!("{wire:?} {v1:?} {:?}", config().with_api_key("canary-key"))
                .contains("canary")
        );
    }

    #[test]
    fn what_is_wrong_is_refused() {
        let refused = |config| AzureOpenAi::new(config).unwrap_err().detail;
        assert!(refused(AzureOpenAiConfig::new("https://h", "")).contains("deployment"));
        assert!(refused(AzureOpenAiConfig::new("https://h/?a=b", "d")).contains("query"));
        assert!(refused(AzureOpenAiConfig::new("shop", "d")).contains("url"));
        assert!(
            refused(
                config()
                    .with_api_key("a".to_owned())
                    .with_token("b".to_owned())
            )
            .contains("both")
        );
        let read: AzureOpenAiConfig = serde_json::from_str(
            r#"{"endpoint":"https://h","deployment":"d","api_version":"2024-10-21"}"#,
        )
        .unwrap();
        assert_eq!(read.api_version.as_deref(), Some("2024-10-21"));
        assert!(serde_json::from_str::<AzureOpenAiConfig>(r#"{"deploy":"d"}"#).is_err());
    }

    #[test]
    fn what_the_filter_did() {
        let wire = AzureOpenAi::new(config()).unwrap();
        let decode = |status: u16, body: &Value| {
            let answer = Response::builder()
                .status(status)
                .header("apim-request-id", "apim-1");
            wire.decode(&answer.body(Bytes::from(body.to_string())).unwrap())
        };
        let found = json!({"hate": {"filtered": true, "severity": "high"}});
        for inner in ["innererror", "inner_error"] {
            let refused = json!({"error": {"message": "secret", "type": null, "param": "prompt", "code": "content_filter", "status": 400,
                inner: {"code": "ResponsibleAIPolicyViolation", "content_filter_result": found}}});
            let error = decode(400, &refused).unwrap_err();
            assert_eq!(
                (error.kind, error.request_id.as_deref()),
                (LlmErrorKind::ContentFilter, Some("apim-1"))
            );
            let only_inner = json!({"error": {"message": "secret", "code": "400", inner: {"code": "ResponsibleAIPolicyViolation"}}});
            assert_eq!(
                decode(400, &only_inner).unwrap_err().kind,
                LlmErrorKind::ContentFilter
            );
        }
        let choice = json!({"index": 0, "finish_reason": "content_filter", "content_filter_results": found, "message": {"content": "ha"}});
        let cut = json!({"model": "gpt-4o", "choices": [choice], "prompt_filter_results": [{"prompt_index": 0, "content_filter_results": found}]});
        let answer = decode(200, &cut).unwrap();
        assert_eq!(
            (answer.text().as_str(), answer.finish.reason),
            ("ha", FinishReason::ContentFilter)
        );
        let stream = [
            json!({"id": "", "model": "", "object": "", "choices": [], "prompt_filter_results": [{"prompt_index": 0, "content_filter_results": found}]}),
            json!({"id": "c", "model": "gpt-4o", "choices": [{"index": 0, "delta": {"content": "ha"}, "content_filter_results": {}}]}),
            json!({"id": "", "model": "", "choices": [{"index": 0, "finish_reason": null, "content_filter_offsets": {"check_offset": 1}, "content_filter_results": found}]}),
            json!({"id": "c", "model": "gpt-4o", "choices": [{"index": 0, "delta": {}, "finish_reason": "content_filter"}]}),
        ];
        let head = Response::new(()).into_parts().0;
        let (mut decoder, mut events) = (wire.decoder(&head), Vec::new());
        for piece in stream {
            decoder
                .push(format!("data: {piece}\n\n").as_bytes(), &mut events)
                .unwrap();
        }
        decoder.push(b"data: [DONE]\n\n", &mut events).unwrap();
        let mut collector = Collector::new();
        for event in &events {
            collector.add(event, wire.scheme());
        }
        let streamed = collector.into_response();
        assert_eq!(
            (streamed.model.as_str(), streamed.text().as_str()),
            ("gpt-4o", "ha")
        );
        assert_eq!(streamed.finish.reason, FinishReason::ContentFilter);
    }
}
