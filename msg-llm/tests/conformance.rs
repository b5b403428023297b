//! Every provider of this crate keeps the core's contracts: one test a backend.
#![cfg(test)]

/// What plays the server in these tests.
#[cfg(any(
    feature = "anthropic",
    feature = "bedrock",
    feature = "cohere",
    feature = "gemini",
    feature = "ollama",
    feature = "openai"
))]
mod server {
    use bytes::Bytes;
    use msg_core::http::{ByteStream, HttpError, HttpLimits, HttpTransport};
    use msg_core::llm::{HttpProvider, LlmProvider, LlmWire};
    use msg_core::testkit::ScriptedTransport;
    use std::sync::Arc;

    /// A provider whose server sends a whole answer or a stream, whatever it is asked for first.
    pub(super) fn provider<W: LlmWire, B: Into<Bytes> + std::fmt::Debug + 'static>(
        wire: fn() -> W,
        body: fn(bool) -> B,
    ) -> impl Fn() -> Arc<dyn LlmProvider> + Send + Sync {
        move || Arc::new(HttpProvider::new(wire(), Arc::new(Server(body))))
    }

    #[derive(Debug)]
    struct Server<B>(fn(bool) -> B);

    impl<B: Into<Bytes>> Server<B> {
        fn scripted(&self, stream: bool) -> ScriptedTransport {
            let script = ScriptedTransport::new();
            script.answer_with(http::StatusCode::OK, (self.0)(stream));
            script
        }
    }

    #[async_trait::async_trait]
    impl<B: Into<Bytes> + std::fmt::Debug + 'static> HttpTransport for Server<B> {
        async fn send(
            &self,
            request: http::Request<Bytes>,
            limits: &HttpLimits,
        ) -> Result<http::Response<Bytes>, HttpError> {
            self.scripted(false).send(request, limits).await
        }
        async fn stream(
            &self,
            request: http::Request<Bytes>,
            limits: &HttpLimits,
        ) -> Result<http::Response<ByteStream>, HttpError> {
            self.scripted(true).stream(request, limits).await
        }
        async fn fetch(
            &self,
            url: &str,
            limits: &HttpLimits,
        ) -> Result<http::Response<Bytes>, HttpError> {
            self.scripted(false).fetch(url, limits).await
        }
    }
}

#[cfg(feature = "anthropic")]
mod anthropic {
    use crate::server;
    use msg_core::testkit::{block_on, llm_wire, provider};
    use msg_llm::anthropic::{Anthropic, AnthropicConfig};
    use serde_json::{Value, json};

    const KEY: &str = "sk-ant-conformance-0123456789";

    fn wire() -> Anthropic {
        let config = AnthropicConfig::default()
            .with_api_key(KEY.to_owned())
            .with_model("claude-haiku-4-5");
        Anthropic::new(config).unwrap()
    }

    fn answer(content: &Value, end: &str) -> String {
        json!({"id": "msg_1", "type": "message", "role": "assistant", "model": "claude-haiku-4-5", "content": content,
               "stop_reason": end, "stop_sequence": null, "usage": {"input_tokens": 9, "output_tokens": 3}})
        .to_string()
    }

    fn hello() -> Value {
        json!([{"type": "text", "text": "Grüß Gott \u{1f600}"}])
    }

    fn event(event: &Value) -> String {
        format!(
            "event: {}\ndata: {event}\n\n",
            event["type"].as_str().unwrap()
        )
    }

    fn stream(block: &Value, deltas: &[Value], end: &str) -> String {
        let start = json!({"type": "message_start", "message": {"id": "msg_1", "model": "claude-haiku-4-5",
            "content": [], "usage": {"input_tokens": 9, "output_tokens": 1}}});
        let mut all = event(&start);
        all.push_str("event: ping\ndata: {\"type\": \"ping\"}\n\n");
        all.push_str(&event(
            &json!({"type": "content_block_start", "index": 0, "content_block": block}),
        ));
        for delta in deltas {
            all.push_str(&event(
                &json!({"type": "content_block_delta", "index": 0, "delta": delta}),
            ));
        }
        all.push_str(&event(&json!({"type": "content_block_stop", "index": 0})));
        all.push_str(&event(&json!({"type": "message_delta", "delta": {"stop_reason": end}, "usage": {"output_tokens": 3}})));
        all.push_str(&event(&json!({"type": "message_stop"})));
        all
    }

    fn text(end: &str) -> String {
        let deltas =
            ["Grüß ", "Gott \u{1f600}"].map(|text| json!({"type": "text_delta", "text": text}));
        stream(&json!({"type": "text", "text": ""}), &deltas, end)
    }

    fn calls() -> String {
        let block = json!({"type": "tool_use", "id": "toolu_1", "name": "find", "input": {}});
        let deltas = ["{\"id\"", ":1}"]
            .map(|json| json!({"type": "input_json_delta", "partial_json": json}));
        stream(&block, &deltas, "tool_use")
    }

    #[test]
    fn the_wire_keeps_the_contract() {
        let wire = wire();
        let call =
            json!([{"type": "tool_use", "id": "toolu_1", "name": "find", "input": {"id": 1}}]);
        let subject = llm_wire::Subject::new(&wire, KEY)
            .with_answer(answer(&hello(), "end_turn"))
            .with_answer(answer(&call, "tool_use"))
            .with_stream(text("end_turn"))
            .with_stream(calls())
            .with_unknown_end(answer(&hello(), "telepathy"), text("telepathy"));
        llm_wire::conformance(&subject).unwrap();
    }

    #[test]
    fn the_provider_keeps_the_contract() {
        let works = server::provider(wire, |stream| {
            if stream {
                return text("end_turn");
            }
            answer(&hello(), "end_turn")
        });
        let breaks = server::provider(wire, |stream| {
            if stream {
                let whole = text("end_turn");
                let (begun, _) = whole.split_once("event: message_delta").unwrap();
                return begun.to_owned();
            }
            "{".to_owned()
        });
        let subject = provider::Subject::new(&works)
            .with_failing(&breaks)
            .with_secret(KEY);
        block_on(provider::conformance(&subject)).unwrap();
    }
}

#[cfg(feature = "cohere")]
mod cohere {
    use crate::server;
    use msg_core::testkit::{block_on, llm_wire, provider, whole_wire};
    use msg_llm::cohere::{Cohere, CohereConfig, CohereEmbeddings, CohereRerank};
    use serde_json::{Value, json};

    const KEY: &str = "cohere-conformance-0123456789";

    fn wire() -> Cohere {
        let config = CohereConfig::default()
            .with_api_key(KEY.to_owned())
            .with_model("command-a-03-2025");
        Cohere::new(config).unwrap()
    }

    fn usage() -> Value {
        json!({"billed_units": {"input_tokens": 4, "output_tokens": 3},
               "tokens": {"input_tokens": 9, "output_tokens": 3}, "cached_tokens": 2})
    }

    fn answer(message: &Value, end: &str) -> String {
        json!({"id": "r-1", "message": message, "finish_reason": end, "usage": usage()}).to_string()
    }

    fn hello() -> Value {
        let content = json!([{"type": "thinking", "thinking": "Hm."}, {"type": "text", "text": "Gr\u{fc}\u{df} Gott \u{1f600}"}]);
        json!({"role": "assistant", "content": content})
    }

    fn piece(kind: &str, index: u64, message: &Value) -> Value {
        json!({"type": kind, "index": index, "delta": {"message": message}})
    }

    fn stream(pieces: &[Value], end: Option<&str>) -> String {
        let start = json!({"type": "message-start", "id": "r-1", "delta": {"message": {"role": "assistant", "content": [], "tool_calls": [], "tool_plan": ""}}});
        let end = end.map(
            |end| json!({"type": "message-end", "delta": {"finish_reason": end, "usage": usage()}}),
        );
        let all = std::iter::once(&start).chain(pieces).chain(&end);
        let lines = all.flat_map(|piece| {
            let kind = piece["type"].as_str().unwrap();
            [format!("event: {kind}\n"), format!("data: {piece}\n\n")]
        });
        lines.collect()
    }

    fn text(end: Option<&str>) -> String {
        let content = |part: Value| json!({ "content": part });
        stream(
            &[
                piece(
                    "content-start",
                    0,
                    &content(json!({"type": "thinking", "thinking": ""})),
                ),
                piece("content-delta", 0, &content(json!({"thinking": "Hm."}))),
                piece("content-end", 0, &Value::Null),
                piece(
                    "content-start",
                    1,
                    &content(json!({"type": "text", "text": ""})),
                ),
                piece(
                    "content-delta",
                    1,
                    &content(json!({"text": "Gr\u{fc}\u{df} "})),
                ),
                piece(
                    "content-delta",
                    1,
                    &content(json!({"text": "Gott \u{1f600}"})),
                ),
                piece("content-end", 1, &Value::Null),
            ],
            end,
        )
    }

    fn call(id: &str, arguments: &str) -> Value {
        json!({"id": id, "type": "function", "function": {"name": "find", "arguments": arguments}})
    }

    fn calls() -> String {
        let one = |call: &Value| json!({ "tool_calls": call });
        let more = |text: &str| json!({"tool_calls": {"function": {"arguments": text}}});
        stream(
            &[
                piece("tool-plan-delta", 0, &json!({"tool_plan": "I will look."})),
                piece("tool-call-start", 0, &one(&call("a", ""))),
                piece("tool-call-delta", 0, &more("{\"id\"")),
                piece("tool-call-delta", 0, &more(":1}")),
                piece("tool-call-end", 0, &Value::Null),
                piece("tool-call-start", 1, &one(&call("b", ""))),
                piece("tool-call-delta", 1, &more("{\"id\":2}")),
                piece("tool-call-end", 1, &Value::Null),
            ],
            Some("TOOL_CALL"),
        )
    }

    #[test]
    fn the_wire_keeps_the_contract() {
        let wire = wire();
        let called = json!({"role": "assistant", "tool_plan": "I will look.",
                            "tool_calls": [call("a", "{\"id\":1}"), call("b", "{\"id\":2}")]});
        let subject = llm_wire::Subject::new(&wire, KEY)
            .with_answer(answer(&hello(), "COMPLETE"))
            .with_answer(answer(&called, "TOOL_CALL"))
            .with_stream(text(Some("COMPLETE")))
            .with_stream(calls())
            .with_unknown_end(answer(&hello(), "TELEPATHY"), text(Some("TELEPATHY")));
        llm_wire::conformance(&subject).unwrap();
    }

    #[test]
    fn the_provider_keeps_the_contract() {
        let works = server::provider(wire, |stream| {
            if stream {
                text(Some("COMPLETE"))
            } else {
                answer(&hello(), "COMPLETE")
            }
        });
        let breaks = server::provider(
            wire,
            |stream| {
                if stream { text(None) } else { "{".to_owned() }
            },
        );
        let subject = provider::Subject::new(&works)
            .with_failing(&breaks)
            .with_secret(KEY);
        block_on(provider::conformance(&subject)).unwrap();
    }

    #[test]
    fn vectors_and_ranks_keep_the_contract() {
        let config = || {
            CohereConfig::default()
                .with_api_key(KEY.to_owned())
                .with_model("m")
        };
        let wire = CohereEmbeddings::new(config()).unwrap();
        let vectors = json!({"id": "r-1", "embeddings": {"float": [[0.5, -1.0], [0.25, 0]]},
                             "meta": {"billed_units": {"input_tokens": 4}}});
        let subject = whole_wire::Subject::embed(&wire, KEY).with_answer(vectors.to_string());
        whole_wire::conformance(&subject).unwrap();
        let wire = CohereRerank::new(config()).unwrap();
        let ranks = json!({"id": "r-1", "meta": {"billed_units": {"search_units": 1}},
            "results": [{"index": 1, "relevance_score": 0.9}, {"index": 0, "relevance_score": 0.1}]});
        let subject = whole_wire::Subject::rerank(&wire, KEY).with_answer(ranks.to_string());
        whole_wire::conformance(&subject).unwrap();
    }
}

#[cfg(feature = "gemini")]
mod gemini {
    use crate::server;
    use msg_core::testkit::{block_on, llm_wire, provider, whole_wire};
    use msg_llm::gemini::{Gemini, GeminiConfig, GeminiEmbeddings};
    use serde_json::{Value, json};

    const KEY: &str = "AIzaSyConformance0123456789";

    fn wire() -> Gemini {
        let config = GeminiConfig::default()
            .with_api_key(KEY.to_owned())
            .with_model("gemini-2.5-flash");
        Gemini::new(config).unwrap()
    }

    fn piece(parts: &Value, end: Option<&str>) -> Value {
        let candidate =
            json!({"content": {"parts": parts, "role": "model"}, "finishReason": end, "index": 0});
        json!({"candidates": [candidate], "modelVersion": "gemini-2.5-flash", "responseId": "r-1",
               "usageMetadata": {"promptTokenCount": 9, "candidatesTokenCount": 3, "thoughtsTokenCount": 2}})
    }

    fn answer(parts: &Value, end: &str) -> String {
        serde_json::to_string_pretty(&piece(parts, Some(end))).unwrap()
    }

    fn stream(pieces: &[Value]) -> String {
        let lines = pieces.iter().flat_map(|piece| {
            [
                "data: ".to_owned(),
                piece.to_string(),
                "\r\n\r\n".to_owned(),
            ]
        });
        lines.collect()
    }

    fn text(end: &str) -> String {
        stream(&[
            piece(&json!([{"text": "Hm.", "thought": true}]), None),
            piece(&json!([{"text": "Grüß "}]), None),
            piece(
                &json!([{"text": "Gott \u{1f600}", "thoughtSignature": "s"}]),
                Some(end),
            ),
        ])
    }

    fn calls() -> Value {
        json!([{"functionCall": {"name": "find", "args": {"id": 1}}, "thoughtSignature": "s"},
               {"functionCall": {"name": "find", "args": {"id": 2}}}])
    }

    #[test]
    fn the_wire_keeps_the_contract() {
        let wire = wire();
        let hello = json!([{"text": "Grüß Gott \u{1f600}"}]);
        let subject = llm_wire::Subject::new(&wire, KEY)
            .with_answer(answer(&hello, "STOP"))
            .with_answer(answer(&calls(), "STOP"))
            .with_stream(text("STOP"))
            .with_stream(stream(&[piece(&calls(), Some("STOP"))]))
            .with_unknown_end(answer(&hello, "TELEPATHY"), text("TELEPATHY"));
        llm_wire::conformance(&subject).unwrap();
    }

    #[test]
    fn the_provider_keeps_the_contract() {
        let works = server::provider(wire, |stream| {
            if stream {
                return text("STOP");
            }
            let parts = json!([{"text": "Hm.", "thought": true}, {"text": "Grüß "},
                               {"text": "Gott \u{1f600}", "thoughtSignature": "s"}]);
            answer(&parts, "STOP")
        });
        let breaks = server::provider(wire, |streamed| {
            if streamed {
                stream(&[piece(&json!([{"text": "Grüß "}]), None)])
            } else {
                "{".to_owned()
            }
        });
        let subject = provider::Subject::new(&works)
            .with_failing(&breaks)
            .with_secret(KEY);
        block_on(provider::conformance(&subject)).unwrap();
    }

    #[test]
    fn vectors_keep_the_contract() {
        let config = GeminiConfig::default().with_api_key(KEY.to_owned());
        let wire = GeminiEmbeddings::new(config.with_model("e")).unwrap();
        let vectors = json!({"embeddings": [{"values": [0.5, -1.0]}, {"values": [0.25, 0]}]});
        let subject = whole_wire::Subject::embed(&wire, KEY).with_answer(vectors.to_string());
        whole_wire::conformance(&subject).unwrap();
    }
}

#[cfg(feature = "ollama")]
mod ollama {
    use crate::server;
    use msg_core::testkit::{block_on, llm_wire, provider, whole_wire};
    use msg_llm::ollama::{Ollama, OllamaConfig, OllamaEmbeddings};
    use serde_json::{Value, json};

    const KEY: &str = "ollama-conformance-0123456789";

    fn wire() -> Ollama {
        let config = OllamaConfig::default()
            .with_api_key(KEY.to_owned())
            .with_model("qwen3:4b");
        Ollama::new(config).unwrap()
    }

    fn piece(message: &Value) -> String {
        let piece = json!({"model": "qwen3:4b", "message": message, "done": false});
        format!("{piece}\n")
    }

    fn answer(message: &Value, end: &str) -> String {
        json!({"model": "qwen3:4b", "message": message, "done": true, "done_reason": end,
               "prompt_eval_count": 9, "eval_count": 3})
        .to_string()
    }

    fn hello() -> Value {
        json!({"role": "assistant", "thinking": "Hm.", "content": "Grüß Gott \u{1f600}"})
    }

    fn text(end: &str) -> String {
        [
            &piece(&json!({"role": "assistant", "content": "", "thinking": "Hm."})),
            &piece(&json!({"role": "assistant", "content": "Grüß "})),
            &piece(&json!({"role": "assistant", "content": "Gott \u{1f600}"})),
            &*answer(&json!({"role": "assistant", "content": ""}), end),
            "\n",
        ]
        .concat()
    }

    fn call() -> Value {
        let function = json!({"name": "find", "arguments": {"id": "{"}});
        json!({"role": "assistant", "content": "", "tool_calls": [{ "function": function }]})
    }

    #[test]
    fn the_wire_keeps_the_contract() {
        let wire = wire();
        let calls = piece(&call()) + &answer(&json!({"content": ""}), "stop");
        let subject = llm_wire::Subject::new(&wire, KEY)
            .with_answer(answer(&hello(), "stop"))
            .with_answer(answer(&call(), "stop"))
            .with_stream(text("stop"))
            .with_stream(calls)
            .with_unknown_end(answer(&hello(), "telepathy"), text("telepathy"));
        llm_wire::conformance(&subject).unwrap();
    }

    #[test]
    fn the_provider_keeps_the_contract() {
        let works = server::provider(wire, |stream| {
            if stream {
                text("stop")
            } else {
                answer(&hello(), "stop")
            }
        });
        let breaks = server::provider(wire, |stream| {
            if stream {
                piece(&json!({"content": "Grüß "}))
            } else {
                "{".to_owned()
            }
        });
        let subject = provider::Subject::new(&works)
            .with_failing(&breaks)
            .with_secret(KEY);
        block_on(provider::conformance(&subject)).unwrap();
    }

    #[test]
    fn vectors_keep_the_contract() {
        let config = OllamaConfig::default().with_api_key(KEY.to_owned());
        let wire = OllamaEmbeddings::new(config.with_model("e")).unwrap();
        let vectors =
            json!({"model": "e", "embeddings": [[0.5, -1.0], [0.25, 0]], "prompt_eval_count": 4});
        let subject = whole_wire::Subject::embed(&wire, KEY).with_answer(vectors.to_string());
        whole_wire::conformance(&subject).unwrap();
    }
}

#[cfg(feature = "bedrock")]
mod bedrock {
    use crate::server;
    use msg_core::http::sigv4::Credentials;
    use msg_core::testkit::{ManualClock, block_on, llm_wire, provider, whole_wire};
    use msg_llm::bedrock::{Bedrock, BedrockConfig, BedrockEmbeddings};
    use serde_json::{Value, json};
    use std::sync::Arc;

    const KEY: &str = "bedrock-conformance-0123456789";

    fn config() -> BedrockConfig {
        BedrockConfig::new("us-east-1").with_model("amazon.nova-lite-v1:0")
    }

    fn by_key() -> Bedrock {
        Bedrock::new(config().with_bearer_key(KEY.to_owned())).unwrap()
    }

    fn signed() -> Bedrock {
        let key = Credentials::new("AKIDEXAMPLE", KEY.to_owned());
        let clock = Arc::new(ManualClock::default());
        Bedrock::new(config().with_credentials(key, clock)).unwrap()
    }

    fn answer(content: &Value, end: &str) -> Vec<u8> {
        json!({"output": {"message": {"role": "assistant", "content": content}}, "stopReason": end,
               "usage": {"inputTokens": 9, "outputTokens": 3, "totalTokens": 12}})
        .to_string()
        .into_bytes()
    }

    fn hello() -> Value {
        json!([{"text": "Grüß Gott \u{1f600}"}])
    }

    /// CRC-32, bit by bit.
    fn checksum(bytes: &[u8]) -> [u8; 4] {
        let mut rest = u32::MAX;
        for byte in bytes {
            rest ^= u32::from(*byte);
            for _ in 0..8 {
                rest = (rest >> 1) ^ (0xedb8_8320 & (rest & 1).wrapping_neg());
            }
        }
        (!rest).to_be_bytes()
    }

    fn event(name: &str, payload: &Value) -> Vec<u8> {
        let mut headers = Vec::new();
        for (header, value) in [(":message-type", "event"), (":event-type", name)] {
            headers.push(u8::try_from(header.len()).unwrap());
            headers.extend_from_slice(header.as_bytes());
            headers.push(7);
            headers.extend_from_slice(&u16::try_from(value.len()).unwrap().to_be_bytes());
            headers.extend_from_slice(value.as_bytes());
        }
        let payload = payload.to_string();
        let word = |length: usize| u32::try_from(length).unwrap().to_be_bytes();
        let mut all = word(16 + headers.len() + payload.len()).to_vec();
        all.extend_from_slice(&word(headers.len()));
        all.extend_from_slice(&checksum(&all));
        all.extend_from_slice(&headers);
        all.extend_from_slice(payload.as_bytes());
        all.extend_from_slice(&checksum(&all));
        all
    }

    fn begun(block: Option<&Value>, deltas: &[Value]) -> Vec<u8> {
        let mut all = event("messageStart", &json!({"role": "assistant"}));
        all.extend(block.into_iter().flat_map(|block| {
            event(
                "contentBlockStart",
                &json!({"contentBlockIndex": 0, "start": block}),
            )
        }));
        for delta in deltas {
            let delta = json!({"contentBlockIndex": 0, "delta": delta, "p": "abc"});
            all.extend(event("contentBlockDelta", &delta));
        }
        all.extend(event("contentBlockStop", &json!({"contentBlockIndex": 0})));
        all
    }

    fn ended(mut all: Vec<u8>, end: &str) -> Vec<u8> {
        all.extend(event("messageStop", &json!({"stopReason": end})));
        let usage = json!({"inputTokens": 9, "outputTokens": 3, "totalTokens": 12});
        all.extend(event("metadata", &json!({"usage": usage})));
        all
    }

    fn text(end: &str) -> Vec<u8> {
        let deltas = ["Grüß ", "Gott \u{1f600}"].map(|text| json!({"text": text}));
        ended(begun(None, &deltas), end)
    }

    fn calls() -> Vec<u8> {
        let block = json!({"toolUse": {"toolUseId": "tooluse_1", "name": "find"}});
        let deltas = ["{\"id\"", ":1}"].map(|json| json!({"toolUse": {"input": json}}));
        ended(begun(Some(&block), &deltas), "tool_use")
    }

    #[test]
    fn the_wire_keeps_the_contract() {
        let call =
            json!([{"toolUse": {"toolUseId": "tooluse_1", "name": "find", "input": {"id": 1}}}]);
        for wire in [by_key(), signed()] {
            let subject = llm_wire::Subject::new(&wire, KEY)
                .with_answer(answer(&hello(), "end_turn"))
                .with_answer(answer(&call, "tool_use"))
                .with_stream(text("end_turn"))
                .with_stream(calls())
                .with_unknown_end(answer(&hello(), "telepathy"), text("telepathy"));
            llm_wire::conformance(&subject).unwrap();
        }
    }

    #[test]
    fn the_wires_of_vectors_keep_the_contract() {
        let wire = |model: &str| {
            let config = config().with_model(model).with_bearer_key(KEY.to_owned());
            BedrockEmbeddings::new(config).unwrap()
        };
        let one = json!({"embedding": [0.5, -1.0], "inputTextTokenCount": 3});
        let two = json!({"embeddings": {"float": [[0.5, -1.0], [0.25, 0]]}, "id": "x"});
        for (model, answer) in [
            ("amazon.titan-embed-text-v2:0", one),
            ("cohere.embed-v4:0", two),
        ] {
            let wire = wire(model);
            let subject = whole_wire::Subject::embed(&wire, KEY).with_answer(answer.to_string());
            whole_wire::conformance(&subject).unwrap();
        }
    }

    #[test]
    fn the_provider_keeps_the_contract() {
        let works = server::provider(signed, |stream| {
            if stream {
                return text("end_turn");
            }
            answer(&hello(), "end_turn")
        });
        let breaks = server::provider(signed, |stream| {
            if stream {
                return begun(None, &[json!({"text": "Grüß "})]);
            }
            b"{".to_vec()
        });
        let subject = provider::Subject::new(&works)
            .with_failing(&breaks)
            .with_secret(KEY);
        block_on(provider::conformance(&subject)).unwrap();
    }
}

/// Chat Completions, for every wire that speaks it.
#[cfg(feature = "openai")]
mod chat {
    use crate::server;
    use msg_core::llm::{EmbedWire, LlmWire, TranscribeWire};
    use msg_core::testkit::{block_on, llm_wire, provider, whole_wire};
    use msg_llm::openai::{OpenAi, OpenAiConfig, OpenAiEmbeddings, OpenAiTranscription, Profiles};
    use serde_json::{Value, json};

    const KEY: &str = "sk-conformance-0123456789";

    fn openai() -> OpenAi {
        let config = OpenAiConfig::default()
            .with_api_key(KEY.to_owned())
            .with_model("gpt-5-mini");
        OpenAi::new(config).unwrap()
    }

    #[cfg(feature = "azure-openai")]
    fn azure_config() -> msg_llm::azure_openai::AzureOpenAiConfig {
        msg_llm::azure_openai::AzureOpenAiConfig::new("https://shop.openai.azure.com", "gpt-4o")
            .with_api_version("2025-03-01-preview")
            .with_api_key(KEY.to_owned())
    }

    #[cfg(feature = "mistral")]
    fn mistral_config() -> msg_llm::mistral::MistralConfig {
        msg_llm::mistral::MistralConfig::default()
            .with_api_key(KEY.to_owned())
            .with_model("mistral-small-latest")
    }

    fn answer(message: &Value, end: &str) -> String {
        let choice = json!({"index": 0, "message": message, "finish_reason": end});
        json!({"id": "chatcmpl-1", "model": "gpt-5-mini", "choices": [choice],
               "usage": {"prompt_tokens": 9, "completion_tokens": 3, "total_tokens": 12}})
        .to_string()
    }

    fn piece(delta: &Value, end: Option<&str>) -> String {
        let choice = json!({"index": 0, "delta": delta, "finish_reason": end});
        let chunk = json!({"id": "chatcmpl-1", "model": "gpt-5-mini", "choices": [choice]});
        format!("data: {chunk}\n\n")
    }

    fn text(end: &str) -> String {
        [
            ": keep-alive\n\n",
            &piece(&json!({"role": "assistant", "content": "Grüß "}), None),
            &piece(&json!({"content": "Gott \u{1f600}"}), None),
            &piece(&json!({}), Some(end)),
            "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":3}}\r\n\r\n",
            "data: [DONE]\n\n",
        ]
        .concat()
    }

    fn calls() -> String {
        let call = |fields: Value| json!({"tool_calls": [fields]});
        let begin = json!({"index": 0, "id": "call_1", "type": "function",
                           "function": {"name": "find", "arguments": "{\"id\""}});
        let more = json!({"index": 0, "function": {"arguments": ":1}"}});
        [
            &piece(&call(begin), None),
            &piece(&call(more), None),
            &piece(&json!({}), Some("tool_calls")),
            "data: [DONE]\n\n",
        ]
        .concat()
    }

    fn wire_keeps_the_contract(wire: &dyn LlmWire) {
        let hello = json!({"role": "assistant", "content": "Grüß Gott \u{1f600}"});
        let call = json!({"role": "assistant", "tool_calls": [{"id": "call_1", "type": "function",
            "function": {"name": "find", "arguments": "{\"id\":1}"}}]});
        let subject = llm_wire::Subject::new(wire, KEY)
            .with_answer(answer(&hello, "stop"))
            .with_answer(answer(&call, "tool_calls"))
            .with_stream(text("stop"))
            .with_stream(calls())
            .with_unknown_end(answer(&hello, "telepathy"), text("telepathy"));
        llm_wire::conformance(&subject).unwrap();
    }

    fn provider_keeps_the_contract<W: LlmWire>(wire: fn() -> W) {
        let works = server::provider(wire, |stream| {
            if stream {
                return text("stop");
            }
            let hello = json!({"role": "assistant", "content": "Grüß Gott \u{1f600}"});
            answer(&hello, "stop")
        });
        let breaks = server::provider(wire, |stream| {
            if stream {
                return piece(&json!({"content": "Grüß "}), None);
            }
            "{".to_owned()
        });
        let subject = provider::Subject::new(&works)
            .with_failing(&breaks)
            .with_secret(KEY);
        block_on(provider::conformance(&subject)).unwrap();
    }

    fn vectors_keep_the_contract(wire: &dyn EmbedWire) {
        let vectors = json!({"object": "list", "model": "e", "usage": {"prompt_tokens": 4, "total_tokens": 4},
            "data": [{"index": 0, "embedding": [0.5, -1.0]}, {"index": 1, "embedding": [0.25, 0]}]});
        let subject = whole_wire::Subject::embed(wire, KEY).with_answer(vectors.to_string());
        whole_wire::conformance(&subject).unwrap();
    }

    fn transcriptions_keep_the_contract(wire: &dyn TranscribeWire) {
        let plain = json!({"text": "Hi", "usage": {"type": "tokens", "input_tokens": 14, "output_tokens": 3}});
        let timed = json!({"text": "Hi", "language": "english", "duration": 1.5,
            "segments": [{"id": 0, "start": 0.0, "end": 1.5, "text": " Hi"}]});
        let subject = whole_wire::Subject::transcribe(wire, KEY)
            .with_answer(plain.to_string())
            .with_answer(timed.to_string());
        whole_wire::conformance(&subject).unwrap();
    }

    #[test]
    fn openai_keeps_the_contract() {
        wire_keeps_the_contract(&openai());
        provider_keeps_the_contract(openai);
        let config = || {
            OpenAiConfig::default()
                .with_api_key(KEY.to_owned())
                .with_model("m")
        };
        vectors_keep_the_contract(&OpenAiEmbeddings::new(config()).unwrap());
        transcriptions_keep_the_contract(&OpenAiTranscription::new(config()).unwrap());
    }

    #[test]
    fn every_profile_keeps_the_contract_of_a_wire() {
        let profiles = Profiles::built_in().unwrap();
        for name in profiles.names() {
            let config = profiles.get(name).unwrap().with_model("some-model");
            let wire = OpenAi::new(config.with_api_key(KEY.to_owned())).unwrap();
            wire_keeps_the_contract(&wire);
        }
    }

    #[cfg(feature = "azure-openai")]
    #[test]
    fn azure_openai_keeps_the_contract() {
        use msg_llm::azure_openai::AzureOpenAi;
        let wire = || AzureOpenAi::new(azure_config()).unwrap();
        wire_keeps_the_contract(&wire());
        provider_keeps_the_contract(wire);
        vectors_keep_the_contract(&AzureOpenAi::embeddings(azure_config()).unwrap());
        transcriptions_keep_the_contract(&AzureOpenAi::transcription(azure_config()).unwrap());
    }

    #[cfg(feature = "mistral")]
    #[test]
    fn mistral_keeps_the_contract() {
        use msg_llm::mistral::Mistral;
        let wire = || Mistral::new(mistral_config()).unwrap();
        wire_keeps_the_contract(&wire());
        provider_keeps_the_contract(wire);
        vectors_keep_the_contract(&Mistral::embeddings(mistral_config()).unwrap());
    }
}

#[cfg(feature = "openai-responses")]
mod openai_responses {
    use crate::server;
    use msg_core::testkit::{block_on, llm_wire, provider};
    use msg_llm::openai_responses::{OpenAiResponses, ResponsesConfig};
    use serde_json::{Value, json};

    const KEY: &str = "sk-conformance-0123456789";

    fn wire() -> OpenAiResponses {
        let config = ResponsesConfig::default()
            .with_api_key(KEY.to_owned())
            .with_model("gpt-5-mini");
        OpenAiResponses::new(config).unwrap()
    }

    fn message() -> Value {
        json!({"type": "message", "id": "msg_1", "content": [{"type": "output_text", "text": "Grüß Gott \u{1f600}"}]})
    }

    fn call() -> Value {
        json!({"type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "find", "arguments": "{\"id\":1}"})
    }

    fn answer(item: &Value, status: &str) -> Value {
        json!({"id": "resp_1", "model": "gpt-5-mini", "status": status, "error": null, "output": [item],
               "usage": {"input_tokens": 9, "output_tokens": 3, "total_tokens": 12}})
    }

    fn event(event: &Value) -> String {
        format!(
            "event: {}\r\ndata: {event}\r\n\r\n",
            event["type"].as_str().unwrap_or_default()
        )
    }

    fn created() -> String {
        event(
            &json!({"type": "response.created", "response": {"id": "resp_1", "model": "gpt-5-mini", "usage": null}}),
        )
    }

    fn end(status: &str) -> String {
        event(&json!({"type": "response.completed", "response": answer(&message(), status)}))
    }

    fn text(status: &str) -> String {
        let delta = |text: &str| {
            event(&json!({"type": "response.output_text.delta", "output_index": 0, "delta": text}))
        };
        [
            created(),
            event(&json!({"type": "response.output_item.added", "output_index": 0, "item": {"type": "message", "content": []}})),
            delta("Grüß "),
            delta("Gott \u{1f600}"),
            event(&json!({"type": "response.output_item.done", "output_index": 0, "item": message()})),
            end(status),
        ]
        .concat()
    }

    fn calls() -> String {
        let mut begun = call();
        begun["arguments"] = json!("");
        let delta = |json: &str| {
            event(
                &json!({"type": "response.function_call_arguments.delta", "output_index": 0, "delta": json}),
            )
        };
        [
            created(),
            event(&json!({"type": "response.output_item.added", "output_index": 0, "item": begun})),
            delta("{\"id\""),
            delta(":1}"),
            event(&json!({"type": "response.output_item.done", "output_index": 0, "item": call()})),
            end("completed"),
        ]
        .concat()
    }

    #[test]
    fn the_wire_keeps_the_contract() {
        let wire = wire();
        let subject = llm_wire::Subject::new(&wire, KEY)
            .with_answer(answer(&message(), "completed").to_string())
            .with_answer(answer(&call(), "completed").to_string())
            .with_stream(text("completed"))
            .with_stream(calls())
            .with_unknown_end(
                answer(&message(), "telepathy").to_string(),
                text("telepathy"),
            );
        llm_wire::conformance(&subject).unwrap();
    }

    #[test]
    fn the_provider_keeps_the_contract() {
        let works = server::provider(wire, |stream| {
            if stream {
                text("completed")
            } else {
                answer(&message(), "completed").to_string()
            }
        });
        let breaks = server::provider(
            wire,
            |stream| if stream { created() } else { "{".to_owned() },
        );
        let subject = provider::Subject::new(&works)
            .with_failing(&breaks)
            .with_secret(KEY);
        block_on(provider::conformance(&subject)).unwrap();
    }
}

#[cfg(feature = "scripted")]
mod scripted {
    use msg_core::llm::{LlmErrorKind, LlmProvider};
    use msg_core::testkit::{block_on, provider};
    use msg_llm::scripted::{Script, Scripted, Step};
    use std::sync::Arc;

    #[test]
    fn the_provider_keeps_the_contract() {
        let play = |step: fn() -> Step| {
            move || Arc::new(Scripted::new(Script::new().then(step()))) as Arc<dyn LlmProvider>
        };
        let works = play(|| Step::text("Hello to you."));
        let fails = play(|| Step::fail(LlmErrorKind::Overloaded));
        let subject = provider::Subject::new(&works).with_failing(&fails);
        block_on(provider::conformance(&subject)).unwrap();
    }
}
