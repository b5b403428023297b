//! Where to send and how, and what differs between servers that speak this protocol.

use super::address::{self, Credentials};
use super::profile::{ProfileError, Profiles};
use super::quirk::{
    AudioPart, DimensionField, DocumentPart, EffortField, Lack, MaxTokensField, ReasoningField,
    SeedField, SystemRole, ToolIds,
};
use super::wire::SCHEME;
use http::header::HeaderName;
use http::{HeaderMap, Uri};
use msg_core::llm::{Effort, LlmError};
use secrecy::SecretString;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// The address of OpenAI itself (server of `openai/openapi.trim.json`).
pub const OPENAI_BASE_URL: &str = "https://api.openai.com/v1";

/// The default for [`OpenAiConfig::event_limit`], 4 MiB: an answer of the largest output limit fits one event.
pub const DEFAULT_EVENT_LIMIT: usize = 4 << 20;

/// The default for [`OpenAiConfig::embed_batch`]. OpenAI takes 2,048 texts (`CreateEmbeddingRequest`), but of 3,072 numbers
/// of about 22 characters each those are 130 MiB; of 512 they are 33 MiB, within what is read of one answer.
pub const DEFAULT_EMBED_BATCH: usize = 512;

/// How to reach a server and what it understands. It can be read from configuration but never written: it holds the key.
///
/// ```
/// use msg_llm::openai::OpenAiConfig;
/// let local = OpenAiConfig::new("http://127.0.0.1:8080/v1").with_model("qwen3");
/// assert!(local.api_key.is_none());
/// ```
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct OpenAiConfig {
    /// What the endpoint is called: the scheme of the provider and the issuer of its thoughts. Empty is `openai` at OpenAI and
    /// that with the host elsewhere. Lowercase letters, digits, `_` and `-`; two servers of one profile need two names.
    pub name: String,
    /// The address up to, not including, `/chat/completions`. A query (Azure's `api-version`) is kept.
    pub base_url: String,
    /// The key. None for a server that wants none.
    pub api_key: Option<SecretString>,
    /// The header that carries the bare key. None sends `authorization: Bearer KEY`; Azure wants `api-key`.
    pub api_key_header: Option<String>,
    /// The model for requests that name none.
    pub model: String,
    /// Further headers, such as `openai-organization` or OpenRouter's `http-referer`. Values count as secrets.
    pub headers: BTreeMap<String, SecretString>,
    /// The name of the output limit.
    pub max_tokens_field: MaxTokensField,
    /// The role of the host's instructions.
    pub system_role: SystemRole,
    /// Whether to ask for usage at the end of a stream (`stream_options.include_usage`). A few servers refuse the field.
    pub stream_usage: bool,
    /// Whether to hand the model's thoughts back to it, and in which field. They go only to the scheme that issued them.
    pub reasoning_field: ReasoningField,
    /// How the effort of thinking is said.
    pub effort_field: EffortField,
    /// The efforts that the server knows; empty when it is not known which.
    pub efforts: Vec<Effort>,
    /// The name of the seed.
    pub seed_field: SeedField,
    /// What ids of calls look like.
    pub tool_ids: ToolIds,
    /// How a document is said.
    pub document_part: DocumentPart,
    /// How a recording is said.
    pub audio_part: AudioPart,
    /// The name of a vector's dimension.
    pub dimension_field: DimensionField,
    /// How many texts are asked about in one request for vectors.
    pub embed_batch: usize,
    /// What the server does not take.
    pub lacks: BTreeSet<Lack>,
    /// The header with the provider's id of the request, where it is not one of the usual ones.
    pub request_id_header: Option<String>,
    /// The header with the count of input tokens that were read from a cache, where usage does not say it.
    pub cached_tokens_header: Option<String>,
    /// The largest event of a stream, in bytes.
    pub event_limit: usize,
}

impl Default for OpenAiConfig {
    fn default() -> Self {
        Self::new(OPENAI_BASE_URL)
    }
}

impl OpenAiConfig {
    /// A server without a key.
    pub fn new(base_url: impl Into<String>) -> Self {
        Self {
            name: String::new(),
            base_url: base_url.into(),
            api_key: None,
            api_key_header: None,
            model: String::new(),
            headers: BTreeMap::new(),
            max_tokens_field: MaxTokensField::Auto,
            system_role: SystemRole::System,
            stream_usage: true,
            reasoning_field: ReasoningField::None,
            effort_field: EffortField::ReasoningEffort,
            efforts: Vec::new(),
            seed_field: SeedField::Seed,
            tool_ids: ToolIds::AsGiven,
            document_part: DocumentPart::File,
            audio_part: AudioPart::InputAudio,
            dimension_field: DimensionField::Dimensions,
            embed_batch: DEFAULT_EMBED_BATCH,
            lacks: BTreeSet::new(),
            request_id_header: None,
            cached_tokens_header: None,
            event_limit: DEFAULT_EVENT_LIMIT,
        }
    }

    /// The built-in profile of this name; see [`Profiles`] for profiles of your own.
    ///
    /// ```
    /// use msg_llm::openai::OpenAiConfig;
    /// let groq = OpenAiConfig::profile("groq")?.with_model("openai/gpt-oss-120b");
    /// assert_eq!(groq.base_url, "https://api.groq.com/openai/v1");
    /// # Ok::<(), msg_llm::openai::ProfileError>(())
    /// ```
    ///
    /// # Errors
    /// [`ProfileError::Unknown`] when there is none.
    pub fn profile(name: &str) -> Result<Self, ProfileError> {
        Profiles::built_in()?.get(name)
    }

    /// Sets what the endpoint is called.
    #[must_use]
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Sets the address.
    #[must_use]
    pub fn with_base_url(mut self, base_url: impl Into<String>) -> Self {
        self.base_url = base_url.into();
        self
    }

    /// Sets the key.
    #[must_use]
    pub fn with_api_key(mut self, key: impl Into<SecretString>) -> Self {
        self.api_key = Some(key.into());
        self
    }

    /// Sets the model for requests that name none.
    #[must_use]
    pub fn with_model(mut self, model: impl Into<String>) -> Self {
        self.model = model.into();
        self
    }

    /// Adds a header.
    #[must_use]
    pub fn with_header(mut self, name: impl Into<String>, value: impl Into<SecretString>) -> Self {
        self.headers.insert(name.into(), value.into());
        self
    }

    /// Sets the name of the output limit.
    #[must_use]
    pub const fn with_max_tokens_field(mut self, field: MaxTokensField) -> Self {
        self.max_tokens_field = field;
        self
    }

    /// What is wrong with the settings, if anything is.
    pub(super) fn check(&self) -> Result<(), LlmError> {
        self.scheme(&self.endpoint()?)?;
        self.head(false)?;
        let key_header = self.api_key_header.as_deref();
        key_header.map(address::header_name).transpose()?;
        self.request_id_header()?;
        self.cached_tokens_header().map(drop)
    }

    /// The name of the endpoint.
    pub(super) fn scheme(&self, endpoint: &Uri) -> Result<Box<str>, LlmError> {
        address::scheme(&self.name, SCHEME, &["api.openai.com"], endpoint)
    }

    /// The header with the id of the request, if it is an unusual one.
    pub(super) fn request_id_header(&self) -> Result<Option<HeaderName>, LlmError> {
        let name = self.request_id_header.as_deref();
        name.map(address::header_name).transpose()
    }

    /// The header with the count of cached tokens.
    pub(super) fn cached_tokens_header(&self) -> Result<Option<HeaderName>, LlmError> {
        let name = self.cached_tokens_header.as_deref();
        name.map(address::header_name).transpose()
    }

    /// The address of the endpoint.
    pub(super) fn endpoint(&self) -> Result<Uri, LlmError> {
        address::endpoint(&self.base_url, "/chat/completions")
    }

    /// The head of every request.
    pub(super) fn head(&self, stream: bool) -> Result<HeaderMap, LlmError> {
        let credentials = Credentials {
            key: self.api_key.as_ref(),
            key_header: self.api_key_header.as_deref(),
            headers: &self.headers,
        };
        address::head(credentials, stream)
    }

    /// The name of the output limit for this address.
    pub(super) fn max_tokens_name(&self, endpoint: &Uri) -> &'static str {
        match self.max_tokens_field {
            MaxTokensField::MaxCompletionTokens => "max_completion_tokens",
            MaxTokensField::Auto if endpoint.host() == Some("api.openai.com") => {
                "max_completion_tokens"
            }
            MaxTokensField::Auto | MaxTokensField::MaxTokens => "max_tokens",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::header::{AUTHORIZATION, HeaderValue};

    #[test]
    fn endpoints() {
        let endpoint = |base: &str| {
            OpenAiConfig::new(base)
                .endpoint()
                .map(|uri| uri.to_string())
                .map_err(|e| e.detail)
        };
        assert_eq!(
            endpoint("http://[::1]:8080/v1/").as_deref(),
            Ok("http://[::1]:8080/v1/chat/completions")
        );
        assert_eq!(
            endpoint("https://x.openai.azure.com/openai/deployments/d?api-version=2025-03-01")
                .as_deref(),
            Ok(
                "https://x.openai.azure.com/openai/deployments/d/chat/completions?api-version=2025-03-01"
            )
        );
        for wrong in [
            "",
            "api.openai.com",
            "ftp://h/v1",
            "https://user:pw@h/v1",
            "https:///v1",
            "http://h h/",
        ] {
            assert!(endpoint(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn keys_go_where_the_server_wants_them_and_never_print() {
        let config = OpenAiConfig::default()
            .with_api_key("canary-key")
            .with_header("X-Team", "canary-team");
        let head = config.head(true).unwrap();
        assert_eq!(head[AUTHORIZATION], "Bearer canary-key");
        assert_eq!(head["x-team"], "canary-team");
        assert!(!format!("{config:?} {head:?}").contains("canary"));
        let azure = OpenAiConfig {
            api_key_header: Some("api-key".into()),
            ..config
        };
        let head = azure.head(false).unwrap();
        assert_eq!(
            (head.get(AUTHORIZATION), &head["api-key"]),
            (None, &HeaderValue::from_static("canary-key"))
        );
        let wrong = OpenAiConfig::default()
            .with_api_key("canary\nkey")
            .head(false)
            .unwrap_err();
        assert!(!format!("{wrong:?} {wrong}").contains("canary"));
    }

    #[test]
    fn read_from_configuration() {
        let config: OpenAiConfig = serde_json::from_str(
            r#"{"base_url":"http://localhost:1/v1","api_key":"k","max_tokens_field":"max_completion_tokens","reasoning_field":"reasoning","headers":{"a":"b"}}"#,
        )
        .unwrap();
        assert_eq!(config.max_tokens_field, MaxTokensField::MaxCompletionTokens);
        assert_eq!(config.reasoning_field, ReasoningField::Reasoning);
        assert!(config.stream_usage);
        assert!(serde_json::from_str::<OpenAiConfig>(r#"{"base_ulr":"x"}"#).is_err());
    }
}
