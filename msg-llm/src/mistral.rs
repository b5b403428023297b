//! Mistral: Chat Completions with habits of its own, on the core of [`openai`](crate::openai).
//!
//! Provider documentation: <https://docs.mistral.ai/api/>.
//!
//! | what | how |
//! |---|---|
//! | thoughts | parts of the content in both directions |
//! | ids of calls | nine letters and digits; another provider's id becomes one that is always the same for it |
//! | seed | `random_seed` |
//! | effort | `none` and `high`; any other is refused before it leaves |
//! | documents | `document_url`, by URL or as data |
//! | recordings | of any type, to models that listen |
//! | vectors | [`Mistral::embeddings`]; the dimension is `output_dimension` |
//! | usage | with the last piece of a stream, without being asked for (`stream_options` is refused) |
//! | request id | `mistral-correlation-id` |
//! | everything else | as [`openai`](crate::openai): whole and streamed, tools, JSON schema, pictures, errors |
//!
//! A forced call together with a JSON schema is refused by the provider, and here before it
//! leaves.
//!
//! ```
//! use msg_core::llm::{GenerateRequest, LlmWire, Turn};
//! use msg_llm::mistral::{Mistral, MistralConfig};
//!
//! let wire = Mistral::new(MistralConfig::default().with_api_key("k".repeat(9)).with_model("mistral-small-latest"))?;
//! let request = wire.encode(&GenerateRequest::new("Be brief.", vec![Turn::user("Hello")]), true)?;
//! assert_eq!(request.uri(), "https://api.mistral.ai/v1/chat/completions");
//! # Ok::<(), msg_core::llm::LlmError>(())
//! ```

use crate::openai::address::invalid;
use crate::openai::{
    AudioPart, DEFAULT_EVENT_LIMIT, DimensionField, DocumentPart, MaxTokensField, OpenAi,
    OpenAiConfig, OpenAiEmbeddings, ReasoningField, SeedField, ToolIds,
};
use bytes::Bytes;
use http::{Request, Response};
use msg_core::llm::{
    Effort, GenerateRequest, GenerateResponse, LlmError, LlmWire, OutputFormat, StreamDecoder,
    ToolChoice,
};
use secrecy::SecretString;
use serde::Deserialize;

/// The address of Mistral itself (server of `mistral/openapi.trim.json`).
pub const MISTRAL_BASE_URL: &str = "https://api.mistral.ai/v1";

/// The scheme: the name of the feature and of this module.
const SCHEME: &str = "mistral";

/// How to reach the provider. It can be read from configuration but never written: it holds the key.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct MistralConfig {
    /// What the endpoint is called: the scheme of the provider and the issuer of its thoughts. Empty is `mistral`; a server of
    /// your own needs another name.
    pub name: String,
    /// The address up to, not including, `/chat/completions`.
    pub base_url: String,
    /// The key.
    pub api_key: Option<SecretString>,
    /// The model for requests that name none.
    pub model: String,
    /// The largest event of a stream, in bytes.
    pub event_limit: usize,
}

impl Default for MistralConfig {
    fn default() -> Self {
        Self {
            name: String::new(),
            base_url: MISTRAL_BASE_URL.to_owned(),
            api_key: None,
            model: String::new(),
            event_limit: DEFAULT_EVENT_LIMIT,
        }
    }
}

impl MistralConfig {
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

    /// Sets another address, and the name that tells it from Mistral itself.
    #[must_use]
    pub fn with_server(mut self, name: impl Into<String>, base_url: impl Into<String>) -> Self {
        (self.name, self.base_url) = (name.into(), base_url.into());
        self
    }

    /// The configuration of the core: the quirks as `mistral/openapi.trim.json` states them.
    fn into_core(self) -> OpenAiConfig {
        let name = if self.name.is_empty() {
            SCHEME.to_owned()
        } else {
            self.name
        };
        let mut core = OpenAiConfig::new(self.base_url)
            .with_name(name)
            .with_model(self.model)
            .with_max_tokens_field(MaxTokensField::MaxTokens);
        core.api_key = self.api_key;
        core.event_limit = self.event_limit;
        core.stream_usage = false;
        core.reasoning_field = ReasoningField::Thinking;
        core.efforts = vec![Effort::None, Effort::High];
        core.seed_field = SeedField::RandomSeed;
        core.tool_ids = ToolIds::Nine;
        core.document_part = DocumentPart::DocumentUrl;
        core.audio_part = AudioPart::Bare;
        core.dimension_field = DimensionField::OutputDimension;
        core.request_id_header = Some("mistral-correlation-id".to_owned());
        core
    }
}

/// The wire.
#[derive(Debug)]
pub struct Mistral(OpenAi);

impl Mistral {
    /// A wire to the server of `config`.
    ///
    /// # Errors
    /// When the base URL is not an http or https URL with a host, the name is not one, or the key cannot be sent in a header.
    pub fn new(config: MistralConfig) -> Result<Self, LlmError> {
        OpenAi::new(config.into_core()).map(Self)
    }

    /// The wire of vectors at the server of `config`, whose model is one of vectors (`mistral-embed`).
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn embeddings(config: MistralConfig) -> Result<OpenAiEmbeddings, LlmError> {
        OpenAiEmbeddings::new(config.into_core())
    }
}

#[deny(clippy::missing_trait_methods)]
impl LlmWire for Mistral {
    fn scheme(&self) -> &str {
        self.0.scheme()
    }

    fn encode(&self, request: &GenerateRequest, stream: bool) -> Result<Request<Bytes>, LlmError> {
        let forced = matches!(
            request.tool_choice,
            ToolChoice::Required | ToolChoice::Named(_)
        );
        // The provider answers such a request with an error (rig #2337).
        if forced && matches!(request.output, OutputFormat::Schema { .. }) {
            return Err(invalid(
                "a call cannot be required together with a json schema",
            ));
        }
        if request.seed.is_some_and(i64::is_negative) {
            return Err(invalid("a seed is not negative here"));
        }
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
    use msg_core::llm::{
        Collector, FinishReason, LlmErrorKind, Output, Piece, Reasoning, Role, Tool, ToolCall,
        ToolResult, Turn,
    };
    use serde_json::{Value, json};

    fn wire() -> Mistral {
        Mistral::new(
            MistralConfig::default()
                .with_api_key("canary-key")
                .with_model("m"),
        )
        .unwrap()
    }

    fn sent(request: &GenerateRequest, stream: bool) -> Value {
        serde_json::from_slice(wire().encode(request, stream).unwrap().body()).unwrap()
    }

    #[test]
    fn a_request_in_its_own_words() {
        let thought = Reasoning::new("Hm.", "mistral");
        let turns = vec![
            Turn::user("Hi"),
            Turn::new(
                Role::Assistant,
                vec![
                    Piece::Reasoning(thought),
                    Piece::Reasoning(Reasoning::new("not ours", "openai")),
                    Piece::Text("Look.".into()),
                    Piece::ToolCall(ToolCall::new("call_1", "find", "{}")),
                ],
            ),
            Turn::new(
                Role::User,
                vec![Piece::ToolResult(ToolResult::new("call_1", "find", "x"))],
            ),
        ];
        let mut ask = GenerateRequest::new("Be brief.", turns)
            .with_max_tokens(5)
            .with_tools(
                vec![Tool::new("find", "", json!({"type": "object"}))],
                ToolChoice::Required,
            );
        ask.seed = Some(7);
        ask.effort = Some(Effort::High);
        insta::assert_json_snapshot!("request", sent(&ask, true));
    }

    #[test]
    fn what_it_does_not_know_is_refused() {
        let ask = || GenerateRequest::new("", vec![Turn::user("Hi")]);
        let refused = |ask: &GenerateRequest| wire().encode(ask, false).unwrap_err().detail;
        let mut low = ask();
        low.effort = Some(Effort::Low);
        assert!(refused(&low).contains("effort"));
        let mut seed = ask();
        seed.seed = Some(-1);
        assert!(refused(&seed).contains("seed"));
        let schema = OutputFormat::Schema {
            name: "s".into(),
            schema: json!({}),
            strict: true,
        };
        let tools = vec![Tool::new("t", "", json!({}))];
        let forced = ask()
            .with_output(schema)
            .with_tools(tools, ToolChoice::Required);
        assert!(refused(&forced).contains("together"));
    }

    #[test]
    fn a_stream_with_thoughts_and_a_call_in_its_last_piece() {
        let piece = |delta: Value, end: Value| json!({"id": "c", "model": "m", "choices": [{"index": 0, "delta": delta, "finish_reason": end}]});
        let mut last = piece(
            json!({"content": "", "tool_calls": [{"id": "abcDEF123", "function": {"name": "find", "arguments": "{}"}, "index": 0}]}),
            json!("tool_calls"),
        );
        last["usage"] = json!({"prompt_tokens": 9, "completion_tokens": 3, "total_tokens": 12, "num_cached_tokens": 4});
        let pieces = [
            piece(
                json!({"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}]}]}),
                Value::Null,
            ),
            piece(json!({"content": "Look."}), Value::Null),
            last,
        ];
        let mut head = Response::new(()).into_parts().0;
        head.headers
            .insert("mistral-correlation-id", "corr-1".parse().unwrap());
        let wire = wire();
        let (mut decoder, mut events) = (wire.decoder(&head), Vec::new());
        for piece in pieces {
            decoder
                .push(format!("data: {piece}\n\n").as_bytes(), &mut events)
                .unwrap();
        }
        decoder.push(b"data: [DONE]\n\n", &mut events).unwrap();
        let mut collector = Collector::new();
        for event in &events {
            collector.add(event, wire.scheme());
        }
        let answer = collector.into_response();
        assert_eq!(
            (answer.request_id.as_deref(), answer.text().as_str()),
            (Some("corr-1"), "Look.")
        );
        assert!(
            matches!(answer.output.first(), Some(Output::Reasoning(thought)) if thought.text == "Hm." && thought.issuer == "mistral")
        );
        assert_eq!(
            (answer.finish.reason, answer.finished_calls().count()),
            (FinishReason::ToolCalls, 1)
        );
        assert_eq!(
            (
                answer.usage.input,
                answer.usage.cache_read,
                answer.usage.output
            ),
            (Some(5), Some(4), Some(3))
        );
    }

    #[test]
    fn vectors_of_a_dimension() {
        use msg_core::llm::{EmbedRequest, EmbedWire as _};
        let config = MistralConfig::default().with_api_key("canary-key");
        let wire = Mistral::embeddings(config.with_model("codestral-embed")).unwrap();
        let ask = EmbedRequest::new(["a"]).with_dimension(256);
        let request = wire.encode(&ask).unwrap();
        assert_eq!(request.uri(), "https://api.mistral.ai/v1/embeddings");
        let sent: Value = serde_json::from_slice(request.body()).unwrap();
        let wanted = json!({"model": "codestral-embed", "input": ["a"], "output_dimension": 256});
        assert_eq!((wire.scheme(), sent), ("mistral", wanted));
    }

    #[test]
    fn its_errors_and_ends() {
        let wire = wire();
        let decode = |status: u16, body: Value| {
            let answer = Response::builder().status(status);
            wire.decode(&answer.body(Bytes::from(body.to_string())).unwrap())
        };
        let flat = json!({"object": "error", "message": "canary", "type": "invalid_request_invalid_args", "param": null, "code": "3051", "raw_status_code": 400});
        let error = decode(400, flat).unwrap_err();
        assert_eq!(
            (error.kind, error.code.as_deref()),
            (LlmErrorKind::InvalidRequest, Some("3051"))
        );
        assert_eq!(
            decode(401, json!({"detail": "Unauthorized"}))
                .unwrap_err()
                .kind,
            LlmErrorKind::Auth
        );
        let end = |reason: &str| {
            let choice = json!({"index": 0, "message": {"content": "x"}, "finish_reason": reason});
            decode(200, json!({ "choices": [choice] }))
                .unwrap()
                .finish
                .reason
        };
        assert_eq!(
            (end("model_length"), end("error")),
            (FinishReason::Length, FinishReason::Error)
        );
        assert!(!format!("{wire:?}").contains("canary"));
    }
}
