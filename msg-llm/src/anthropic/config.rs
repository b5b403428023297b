//! Where to send and how.

use crate::outgoing::{add_headers, secret};
use http::HeaderMap;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderName, HeaderValue};
use msg_core::llm::LlmError;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use std::collections::BTreeMap;

/// The address of Anthropic itself.
pub const ANTHROPIC_BASE_URL: &str = "https://api.anthropic.com";

/// The version of the protocol that is asked for (`anthropic-version` of the official Python client 0.121.0).
pub const ANTHROPIC_VERSION: &str = "2023-06-01";

/// The output limit of requests that set none: the protocol wants one. Small enough for every model that has been offered.
pub const DEFAULT_MAX_TOKENS: u32 = 4096;

/// The default for [`AnthropicConfig::event_limit`], 4 MiB: an answer of the largest output limit fits one event.
pub const DEFAULT_EVENT_LIMIT: usize = 4 << 20;

const X_API_KEY: HeaderName = HeaderName::from_static("x-api-key");
const VERSION: HeaderName = HeaderName::from_static("anthropic-version");
const BETA: HeaderName = HeaderName::from_static("anthropic-beta");

/// How to reach a server. It can be read from configuration but never written: it holds the key.
///
/// ```
/// use msg_llm::anthropic::AnthropicConfig;
/// let config = AnthropicConfig::default().with_model("claude-haiku-4-5");
/// assert!(config.api_key.is_none());
/// ```
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct AnthropicConfig {
    /// The address up to, not including, `/v1/messages`.
    pub base_url: String,
    /// The key. None for a server that wants none.
    pub api_key: Option<SecretString>,
    /// How the key travels.
    pub credential: Credential,
    /// The version of the protocol.
    pub version: String,
    /// Features to ask for (`anthropic-beta`).
    pub betas: Vec<String>,
    /// The model for requests that name none.
    pub model: String,
    /// Further headers. Values count as secrets.
    pub headers: BTreeMap<String, SecretString>,
    /// The output limit of requests that set none, in tokens.
    pub max_tokens: u32,
    /// What an effort becomes.
    pub thinking: ThinkingMode,
    /// Whether to ask for a summary of the thoughts, where a model shows none by itself.
    pub summarize_thoughts: bool,
    /// How long the prompt cache keeps what it is given.
    pub cache_ttl: CacheTtl,
    /// The largest event of a stream, in bytes.
    pub event_limit: usize,
}

/// How the key travels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Credential {
    /// `x-api-key: KEY`.
    #[default]
    ApiKey,
    /// `authorization: Bearer KEY`.
    Bearer,
}

/// What an effort becomes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ThinkingMode {
    /// The model decides how much it thinks, led by the effort: models of 2026.
    #[default]
    Adaptive,
    /// A budget of tokens out of the output limit: models before them.
    Budget,
}

/// How long the prompt cache keeps what it is given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub enum CacheTtl {
    /// Five minutes, the provider's default.
    #[default]
    #[serde(rename = "5m")]
    FiveMinutes,
    /// An hour.
    #[serde(rename = "1h")]
    OneHour,
}

impl Default for AnthropicConfig {
    fn default() -> Self {
        Self::new(ANTHROPIC_BASE_URL)
    }
}

impl AnthropicConfig {
    /// A server without a key.
    pub fn new(base_url: impl Into<String>) -> Self {
        Self {
            base_url: base_url.into(),
            api_key: None,
            credential: Credential::ApiKey,
            version: ANTHROPIC_VERSION.to_owned(),
            betas: Vec::new(),
            model: String::new(),
            headers: BTreeMap::new(),
            max_tokens: DEFAULT_MAX_TOKENS,
            thinking: ThinkingMode::Adaptive,
            summarize_thoughts: false,
            cache_ttl: CacheTtl::FiveMinutes,
            event_limit: DEFAULT_EVENT_LIMIT,
        }
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

    /// Sets what an effort becomes.
    #[must_use]
    pub const fn with_thinking(mut self, mode: ThinkingMode) -> Self {
        self.thinking = mode;
        self
    }

    /// Sets how long the prompt cache keeps what it is given.
    #[must_use]
    pub const fn with_cache_ttl(mut self, ttl: CacheTtl) -> Self {
        self.cache_ttl = ttl;
        self
    }

    /// The head of every request, built once. Values that are secret are marked so and print as such.
    pub(super) fn head(&self, stream: bool) -> Result<HeaderMap, LlmError> {
        let mut head = HeaderMap::with_capacity(5 + self.headers.len());
        head.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let accept = if stream {
            "text/event-stream"
        } else {
            "application/json"
        };
        head.insert(ACCEPT, HeaderValue::from_static(accept));
        head.insert(VERSION, secret(&self.version)?);
        if !self.betas.is_empty() {
            head.insert(BETA, secret(&self.betas.join(","))?);
        }
        for open in [VERSION, BETA] {
            if let Some(value) = head.get_mut(open) {
                value.set_sensitive(false);
            }
        }
        if let Some(key) = &self.api_key {
            match self.credential {
                Credential::ApiKey => head.insert(X_API_KEY, secret(key.expose_secret())?),
                Credential::Bearer => head.insert(
                    AUTHORIZATION,
                    secret(&format!("Bearer {}", key.expose_secret()))?,
                ),
            };
        }
        add_headers(&mut head, &self.headers)?;
        Ok(head)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_go_where_the_server_wants_them_and_never_print() {
        let mut config = AnthropicConfig::default().with_api_key("canary-key");
        config.betas = vec!["a-1".into(), "b-2".into()];
        config
            .headers
            .insert("X-Team".into(), "canary-team".to_owned().into());
        let head = config.head(true).unwrap();
        assert_eq!(head["x-api-key"], "canary-key");
        assert_eq!(head["x-team"], "canary-team");
        assert_eq!(head["anthropic-version"], "2023-06-01");
        assert_eq!(head["anthropic-beta"], "a-1,b-2");
        assert!(!format!("{config:?} {head:?}").contains("canary"));
        config.credential = Credential::Bearer;
        let head = config.head(false).unwrap();
        assert_eq!(
            (head.get("x-api-key"), &head[AUTHORIZATION]),
            (None, &HeaderValue::from_static("Bearer canary-key"))
        );
        let wrong = AnthropicConfig::default()
            .with_api_key("canary\nkey")
            .head(false)
            .unwrap_err();
        assert!(!format!("{wrong:?} {wrong}").contains("canary"));
    }

    #[test]
    fn read_from_configuration() {
        let config: AnthropicConfig = serde_json::from_str(
            r#"{"api_key":"k","credential":"bearer","thinking":"budget","cache_ttl":"1h","max_tokens":9}"#,
        )
        .unwrap();
        assert_eq!(config.base_url, ANTHROPIC_BASE_URL);
        assert_eq!(config.credential, Credential::Bearer);
        assert_eq!(config.thinking, ThinkingMode::Budget);
        assert_eq!(
            (config.cache_ttl, config.max_tokens),
            (CacheTtl::OneHour, 9)
        );
        assert!(serde_json::from_str::<AnthropicConfig>(r#"{"base_ulr":"x"}"#).is_err());
    }
}
