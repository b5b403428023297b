//! Where to send and how.

use crate::losses::SchemaLosses;
use crate::outgoing::secret;
use crate::server::{self, Base, DEFAULT_EVENT_LIMIT};
use http::HeaderMap;
use http::header::AUTHORIZATION;
use msg_core::llm::LlmError;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use std::collections::BTreeMap;

/// The address of Cohere (server of its API's description).
pub const COHERE_BASE_URL: &str = "https://api.cohere.com";

/// How to reach the API. It can be read from configuration but never written: it holds the key.
///
/// ```
/// use msg_llm::cohere::CohereConfig;
/// let config = CohereConfig::default().with_model("command-a-03-2025");
/// assert!(config.api_key.is_none());
/// ```
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct CohereConfig {
    /// The address up to, not including, `/v2/chat`.
    pub base_url: String,
    /// The key.
    pub api_key: Option<SecretString>,
    /// The model for requests that name none.
    pub model: String,
    /// Further headers. Values count as secrets.
    pub headers: BTreeMap<String, SecretString>,
    /// The safety instruction in the prompt: `CONTEXTUAL`, `STRICT` or `OFF`. None takes the provider's default.
    pub safety_mode: Option<String>,
    /// The most tokens that a request with an effort may think. None leaves it to the model.
    pub thinking_budget: Option<u32>,
    /// What happens to parts of a schema that the API cannot say; [`schema_losses`](super::schema_losses) reports them.
    pub schema_losses: SchemaLosses,
    /// The largest event of a stream, in bytes.
    pub event_limit: usize,
}

impl Default for CohereConfig {
    fn default() -> Self {
        Self {
            base_url: COHERE_BASE_URL.to_owned(),
            api_key: None,
            model: String::new(),
            headers: BTreeMap::new(),
            safety_mode: None,
            thinking_budget: None,
            schema_losses: SchemaLosses::Describe,
            event_limit: DEFAULT_EVENT_LIMIT,
        }
    }
}

impl CohereConfig {
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

    /// Sets what happens to parts of a schema that the API cannot say.
    #[must_use]
    pub const fn with_schema_losses(mut self, losses: SchemaLosses) -> Self {
        self.schema_losses = losses;
        self
    }

    pub(super) fn base(&self) -> Result<Base, LlmError> {
        Base::read(&self.base_url)
    }

    /// The head of every request.
    pub(super) fn head(&self, stream: bool) -> Result<HeaderMap, LlmError> {
        let accept = if stream {
            "text/event-stream"
        } else {
            "application/json"
        };
        let key = self.api_key.as_ref().map(|key| {
            secret(&format!("Bearer {}", key.expose_secret())).map(|key| (AUTHORIZATION, key))
        });
        server::head(accept, key.transpose()?, &self.headers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_never_print() {
        let config = CohereConfig::default().with_api_key("canary-key");
        let head = config.head(true).unwrap();
        assert_eq!(head[AUTHORIZATION], "Bearer canary-key");
        assert!(!format!("{config:?} {head:?}").contains("canary"));
        let wrong = CohereConfig::default().with_api_key("canary\nkey");
        let error = wrong.head(false).unwrap_err();
        assert!(!format!("{error:?} {error}").contains("canary"));
    }

    #[test]
    fn read_from_configuration() {
        let config: CohereConfig =
            serde_json::from_str(r#"{"api_key":"k","safety_mode":"OFF","thinking_budget":512}"#)
                .unwrap();
        assert_eq!(config.thinking_budget, Some(512));
        assert_eq!(config.base_url, COHERE_BASE_URL);
        assert!(serde_json::from_str::<CohereConfig>(r#"{"base_ulr":"x"}"#).is_err());
    }
}
