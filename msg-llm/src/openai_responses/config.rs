//! Where to send and how.

use crate::openai::address::{self, Credentials};
use crate::openai::{DEFAULT_EVENT_LIMIT, OPENAI_BASE_URL};
use http::{HeaderMap, Uri};
use msg_core::llm::LlmError;
use secrecy::SecretString;
use serde::Deserialize;
use std::collections::BTreeMap;

/// How to reach a server. It can be read from configuration but never written: it holds the key.
///
/// ```
/// use msg_llm::openai_responses::ResponsesConfig;
/// let xai = ResponsesConfig::new("https://api.x.ai/v1").with_name("xai").with_model("grok-4.3");
/// assert!(xai.api_key.is_none() && !xai.store);
/// ```
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct ResponsesConfig {
    /// What the endpoint is called: the scheme of the provider and the issuer of its thoughts. Empty is `openai-responses`
    /// at OpenAI and that with the host elsewhere. Lowercase letters, digits, `_` and `-`.
    pub name: String,
    /// The address up to, not including, `/responses`. A query (Azure's `api-version`) is kept.
    pub base_url: String,
    /// The key. None for a server that wants none.
    pub api_key: Option<SecretString>,
    /// The header that carries the bare key. None sends `authorization: Bearer KEY`; Azure wants `api-key`.
    pub api_key_header: Option<String>,
    /// The model for requests that name none.
    pub model: String,
    /// Further headers, such as `openai-organization`. Values count as secrets.
    pub headers: BTreeMap<String, SecretString>,
    /// Whether the provider keeps answers. Its own default is yes, ours is no.
    pub store: bool,
    /// Whether the model tells a summary of its thoughts. Only reasoning models take it.
    pub summary: Option<Summary>,
    /// The largest event of a stream, in bytes.
    pub event_limit: usize,
}

/// How much of its thoughts a model tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Summary {
    /// As much as the model can.
    Auto,
    /// Little.
    Concise,
    /// Much.
    Detailed,
}

impl Summary {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Concise => "concise",
            Self::Detailed => "detailed",
        }
    }
}

impl Default for ResponsesConfig {
    fn default() -> Self {
        Self::new(OPENAI_BASE_URL)
    }
}

impl ResponsesConfig {
    /// A server without a key.
    pub fn new(base_url: impl Into<String>) -> Self {
        Self {
            name: String::new(),
            base_url: base_url.into(),
            api_key: None,
            api_key_header: None,
            model: String::new(),
            headers: BTreeMap::new(),
            store: false,
            summary: None,
            event_limit: DEFAULT_EVENT_LIMIT,
        }
    }

    /// Sets what the endpoint is called.
    #[must_use]
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
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

    /// Sets whether the provider keeps answers.
    #[must_use]
    pub const fn with_store(mut self, store: bool) -> Self {
        self.store = store;
        self
    }

    /// Sets how much of its thoughts the model tells.
    #[must_use]
    pub const fn with_summary(mut self, summary: Summary) -> Self {
        self.summary = Some(summary);
        self
    }

    /// The address of the endpoint.
    pub(super) fn endpoint(&self) -> Result<Uri, LlmError> {
        address::endpoint(&self.base_url, "/responses")
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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn read_from_configuration() {
        let config: ResponsesConfig = serde_json::from_str(
            r#"{"name":"azure","base_url":"https://x.openai.azure.com/openai?api-version=2025-03-01-preview","api_key":"canary-key","api_key_header":"api-key","summary":"auto","store":true}"#,
        )
        .unwrap();
        assert_eq!((config.summary, config.store), (Some(Summary::Auto), true));
        assert_eq!(
            config.endpoint().unwrap(),
            "https://x.openai.azure.com/openai/responses?api-version=2025-03-01-preview"
        );
        let head = config.head(true).unwrap();
        assert_eq!(head["api-key"], "canary-key");
        assert!(!format!("{config:?} {head:?}").contains("canary"));
        assert!(serde_json::from_str::<ResponsesConfig>(r#"{"stroe":true}"#).is_err());
    }
}
