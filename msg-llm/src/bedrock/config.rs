//! Where to send and with which key.

use msg_core::Clock;
use msg_core::http::sigv4::Credentials;
use secrecy::SecretString;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// The default for [`BedrockConfig::event_limit`], 4 MiB: an answer of the largest output limit fits one event.
pub const DEFAULT_EVENT_LIMIT: usize = 4 << 20;

/// How to reach Bedrock.
///
/// ```
/// use msg_llm::bedrock::BedrockConfig;
/// let config = BedrockConfig::new("eu-central-1");
/// assert_eq!(config.base_url, "https://bedrock-runtime.eu-central-1.amazonaws.com");
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct BedrockConfig {
    /// Such as `us-east-1`.
    pub region: String,
    /// The address up to, not including, `/model`.
    pub base_url: String,
    /// The key. None for a gateway that wants none.
    pub key: Option<Key>,
    /// The model for requests that name none: its id, or the ARN of a profile.
    pub model: String,
    /// Whether the prompt cache keeps what it is given for an hour instead of five minutes.
    pub cache_hour: bool,
    /// What only one model knows, such as `top_k` or a budget for thinking (`additionalModelRequestFields`).
    pub model_fields: Map<String, Value>,
    /// The guardrail that reads along.
    pub guardrail: Option<Guardrail>,
    /// Headers that every request carries besides; they are signed, and their values count as secret.
    pub headers: BTreeMap<String, SecretString>,
    /// The largest event of a stream, in bytes.
    pub event_limit: usize,
}

impl fmt::Debug for BedrockConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BedrockConfig")
            .field("region", &self.region)
            .field("model", &self.model)
            .finish_non_exhaustive()
    }
}

/// A guardrail of the account.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Guardrail {
    /// Its id or ARN.
    pub id: String,
    /// Its version: a number, or `DRAFT`.
    pub version: String,
}

/// What proves who asks.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Key {
    /// A bearer key of Bedrock.
    Bearer(SecretString),
    /// A key of an account, with which every request is signed, and the clock that dates the signature.
    Account(Credentials, Arc<dyn Clock>),
}

impl BedrockConfig {
    /// Bedrock in this region, without a key.
    pub fn new(region: impl Into<String>) -> Self {
        let region = region.into();
        Self {
            base_url: format!("https://bedrock-runtime.{region}.amazonaws.com"),
            region,
            key: None,
            model: String::new(),
            cache_hour: false,
            model_fields: Map::new(),
            guardrail: None,
            headers: BTreeMap::new(),
            event_limit: DEFAULT_EVENT_LIMIT,
        }
    }

    /// Sets a bearer key.
    #[must_use]
    pub fn with_bearer_key(mut self, key: impl Into<SecretString>) -> Self {
        self.key = Some(Key::Bearer(key.into()));
        self
    }

    /// Sets the key of an account; `clock` dates the signatures, which are good for minutes.
    #[must_use]
    pub fn with_credentials(mut self, credentials: Credentials, clock: Arc<dyn Clock>) -> Self {
        self.key = Some(Key::Account(credentials, clock));
        self
    }

    /// Sets another address: a private endpoint or a gateway.
    #[must_use]
    pub fn with_base_url(mut self, base_url: impl Into<String>) -> Self {
        self.base_url = base_url.into();
        self
    }

    /// Sets the model for requests that name none.
    #[must_use]
    pub fn with_model(mut self, model: impl Into<String>) -> Self {
        self.model = model.into();
        self
    }

    /// Adds a field that only some model knows.
    #[must_use]
    pub fn with_model_field(mut self, name: impl Into<String>, value: Value) -> Self {
        self.model_fields.insert(name.into(), value);
        self
    }

    /// Sets the guardrail that reads along.
    #[must_use]
    pub fn with_guardrail(mut self, id: impl Into<String>, version: impl Into<String>) -> Self {
        let (id, version) = (id.into(), version.into());
        self.guardrail = Some(Guardrail { id, version });
        self
    }

    /// Adds a header that every request carries.
    #[must_use]
    pub fn with_header(mut self, name: impl Into<String>, value: impl Into<SecretString>) -> Self {
        self.headers.insert(name.into(), value.into());
        self
    }
}
