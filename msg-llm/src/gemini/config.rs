//! Where to send and how.

use crate::losses::SchemaLosses;
use crate::outgoing::{invalid, secret};
use crate::server::{self, Base, DEFAULT_EVENT_LIMIT};
use http::HeaderMap;
use http::header::HeaderName;
use msg_core::llm::LlmError;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use std::collections::BTreeMap;

/// The address of the Gemini API (servers of the discovery document `generativelanguage` v1beta).
pub const GEMINI_BASE_URL: &str = "https://generativelanguage.googleapis.com/v1beta";

/// The header of the key (security scheme `apiKeyHeader` of the API's description).
const KEY_HEADER: HeaderName = HeaderName::from_static("x-goog-api-key");

/// How to reach the API. It can be read from configuration but never written: it holds the key.
///
/// ```
/// use msg_llm::gemini::GeminiConfig;
/// let config = GeminiConfig::default().with_model("gemini-2.5-flash");
/// assert!(config.api_key.is_none());
/// ```
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct GeminiConfig {
    /// The address up to, not including, `/models/…`. Vertex AI: `https://…/v1/projects/P/locations/L/publishers/google`.
    pub base_url: String,
    /// The key. None for Vertex AI, whose `authorization` header stands in `headers`.
    pub api_key: Option<SecretString>,
    /// The model for requests that name none.
    pub model: String,
    /// Further headers. Values count as secrets.
    pub headers: BTreeMap<String, SecretString>,
    /// Whether a request with an effort asks for summaries of thoughts.
    pub include_thoughts: bool,
    /// Whether ids of calls are sent. Vertex AI takes none.
    pub call_ids: bool,
    /// What happens to parts of a schema that the API cannot say; [`schema_losses`](super::schema_losses) reports them.
    pub schema_losses: SchemaLosses,
    /// Filter thresholds by harm category, such as `HARM_CATEGORY_HARASSMENT` and `BLOCK_ONLY_HIGH`.
    pub safety: BTreeMap<String, String>,
    /// The largest event of a stream, in bytes.
    pub event_limit: usize,
}

impl Default for GeminiConfig {
    fn default() -> Self {
        Self {
            base_url: GEMINI_BASE_URL.to_owned(),
            api_key: None,
            model: String::new(),
            headers: BTreeMap::new(),
            include_thoughts: true,
            call_ids: true,
            schema_losses: SchemaLosses::Describe,
            safety: BTreeMap::new(),
            event_limit: DEFAULT_EVENT_LIMIT,
        }
    }
}

impl GeminiConfig {
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

    /// Sets what happens to parts of a schema that the API cannot say.
    #[must_use]
    pub const fn with_schema_losses(mut self, losses: SchemaLosses) -> Self {
        self.schema_losses = losses;
        self
    }

    /// The address. A key in its query would be in every log of a proxy.
    pub(super) fn base(&self) -> Result<Base, LlmError> {
        let base = Base::read(&self.base_url)?;
        if base
            .query_names()
            .any(|name| matches!(name, "key" | "access_token"))
        {
            return Err(invalid("a key belongs into a header and not into the url"));
        }
        Ok(base)
    }

    /// The head of every request.
    pub(super) fn head(&self, stream: bool) -> Result<HeaderMap, LlmError> {
        let accept = if stream {
            "text/event-stream"
        } else {
            "application/json"
        };
        let key = match &self.api_key {
            Some(key) => Some((KEY_HEADER, secret(key.expose_secret())?)),
            None => None,
        };
        server::head(accept, key, &self.headers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_in_the_header_and_never_in_the_url() {
        let config = GeminiConfig::default().with_api_key("canary-key");
        let head = config.head(true).unwrap();
        assert_eq!(head["x-goog-api-key"], "canary-key");
        assert!(!format!("{config:?} {head:?}").contains("canary"));
        for url in [
            "https://h/v1beta?key=canary",
            "https://h?a=b&access_token=canary",
        ] {
            let error = config.clone().with_base_url(url).base().unwrap_err();
            assert!(!format!("{error:?} {error}").contains("canary"));
        }
    }

    #[test]
    fn read_from_configuration() {
        let config: GeminiConfig = serde_json::from_str(
            r#"{"api_key":"k","model":"m","schema_losses":"refuse","safety":{"HARM_CATEGORY_HARASSMENT":"BLOCK_NONE"}}"#,
        )
        .unwrap();
        assert_eq!(config.schema_losses, SchemaLosses::Refuse);
        assert_eq!(config.base_url, GEMINI_BASE_URL);
        assert!(config.include_thoughts && config.call_ids);
        assert!(serde_json::from_str::<GeminiConfig>(r#"{"base_ulr":"x"}"#).is_err());
    }
}
