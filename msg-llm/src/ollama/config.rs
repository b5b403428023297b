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

/// The address of a server on this machine (server of `docs/openapi.yaml` of Ollama).
pub const OLLAMA_BASE_URL: &str = "http://localhost:11434";

/// How to reach a server. It can be read from configuration but never written: it may hold a key.
///
/// ```
/// use msg_llm::ollama::OllamaConfig;
/// let config = OllamaConfig::default().with_model("qwen3:4b");
/// assert!(config.api_key.is_none());
/// ```
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct OllamaConfig {
    /// The address up to, not including, `/api/chat`.
    pub base_url: String,
    /// The key of Ollama's cloud. A server of one's own wants none.
    pub api_key: Option<SecretString>,
    /// The model for requests that name none.
    pub model: String,
    /// Further headers. Values count as secrets.
    pub headers: BTreeMap<String, SecretString>,
    /// How long the model stays in memory after the answer, such as `5m`. None takes the server's default.
    pub keep_alive: Option<String>,
    /// The length of the context in tokens (`num_ctx`). None takes the server's default, which cuts longer prompts silently.
    pub context: Option<u32>,
    /// What happens to parts of a schema that the server does not enforce; [`schema_losses`](super::schema_losses) reports them.
    /// The model is shown no schema of the output here, so `describe` leaves it at the report.
    pub schema_losses: SchemaLosses,
    /// The largest object of a stream, in bytes.
    pub event_limit: usize,
}

impl Default for OllamaConfig {
    fn default() -> Self {
        Self {
            base_url: OLLAMA_BASE_URL.to_owned(),
            api_key: None,
            model: String::new(),
            headers: BTreeMap::new(),
            keep_alive: None,
            context: None,
            schema_losses: SchemaLosses::Describe,
            event_limit: DEFAULT_EVENT_LIMIT,
        }
    }
}

impl OllamaConfig {
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

    /// Sets the length of the context, in tokens.
    #[must_use]
    pub const fn with_context(mut self, tokens: u32) -> Self {
        self.context = Some(tokens);
        self
    }

    /// Sets what happens to parts of a schema that the server does not enforce.
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
            "application/x-ndjson"
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
        let config = OllamaConfig::default().with_api_key("canary-key");
        let head = config.head(true).unwrap();
        assert_eq!(head[AUTHORIZATION], "Bearer canary-key");
        assert!(!format!("{config:?} {head:?}").contains("canary"));
        let none = OllamaConfig::default().head(false).unwrap();
        assert_eq!(none.get(AUTHORIZATION), None);
        let wrong = OllamaConfig::default().with_api_key("canary\nkey");
        let error = wrong.head(false).unwrap_err();
        assert!(!format!("{error:?} {error}").contains("canary"));
    }

    #[test]
    fn read_from_configuration() {
        let config: OllamaConfig = serde_json::from_str(
            r#"{"model":"m","keep_alive":"5m","context":8192,"schema_losses":"refuse"}"#,
        )
        .unwrap();
        assert_eq!(config.schema_losses, SchemaLosses::Refuse);
        assert_eq!(
            (config.context, config.base_url.as_str()),
            (Some(8192), OLLAMA_BASE_URL)
        );
        assert!(serde_json::from_str::<OllamaConfig>(r#"{"num_ctx":1}"#).is_err());
    }
}
