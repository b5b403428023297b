//! What a span says, and what no span, error or debug ever says, for every wire.
#![cfg(test)]

use futures_util::StreamExt as _;
use http::StatusCode;
use msg_core::llm::{
    Audio, EmbedRequest, EmbedWire, Embedder as _, GenerateRequest, HttpProvider, LlmError,
    LlmProvider as _, LlmWire, RerankRequest, RerankWire, Reranker as _, Source, TranscribeRequest,
    TranscribeWire, Transcriber as _, Turn,
};
use msg_core::testkit::{ScriptedTransport, block_on};
use msg_llm::traced::Traced;
use std::collections::BTreeMap;
use std::fmt::{Debug, Write as _};
use std::sync::{Arc, Mutex};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// The key, the person's words, the host's words and the model's words: none of them may be seen.
const KEY: &str = "canary-key-0123456789";
const WORDS: [&str; 4] = [KEY, "canary-question", "canary-rules", "canary-answer"];

type Fields = Arc<Mutex<BTreeMap<String, String>>>;

/// Keeps every field of every span and event.
#[derive(Clone, Default)]
struct Capture(Fields);

struct Writer<'a>(&'a Fields);

impl Visit for Writer<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let mut fields = self.0.lock().unwrap();
        fields.insert(field.name().to_owned(), format!("{value:?}"));
    }
    fn record_str(&mut self, field: &Field, value: &str) {
        let mut fields = self.0.lock().unwrap();
        fields.insert(field.name().to_owned(), value.to_owned());
    }
}

impl Subscriber for Capture {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }
    fn new_span(&self, span: &Attributes<'_>) -> Id {
        span.record(&mut Writer(&self.0));
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, values: &Record<'_>) {
        values.record(&mut Writer(&self.0));
    }
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, event: &Event<'_>) {
        event.record(&mut Writer(&self.0));
    }
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

/// What was captured while `run` ran.
fn captured<T>(run: impl FnOnce() -> T) -> (T, BTreeMap<String, String>) {
    let capture = Capture::default();
    let fields = Arc::clone(&capture.0);
    let out = tracing::subscriber::with_default(capture, run);
    let fields = fields.lock().unwrap().clone();
    (out, fields)
}

fn ask() -> GenerateRequest {
    let turns = vec![Turn::outside(Source::Person, "canary-question")];
    let mut ask = GenerateRequest::new("canary-rules", turns);
    ask.temperature = Some(0.5);
    ask.with_model("m").with_max_tokens(64)
}

fn hides(what: &str, shown: &str) {
    for word in WORDS {
        assert!(!shown.contains(word), "{what} shows `{word}`");
    }
}

fn traced<W: Debug>(wire: W, answers: &[(StatusCode, String)]) -> Traced<HttpProvider<W>> {
    let transport = ScriptedTransport::new();
    for (status, body) in answers {
        transport.answer_with(*status, body.clone());
    }
    Traced::new(Arc::new(HttpProvider::new(wire, Arc::new(transport))))
}

fn shown(error: &LlmError) -> String {
    let mut shown = format!("{error} {error:?} {error:#?}");
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        let _ = write!(shown, " {cause} {cause:?}");
        source = cause.source();
    }
    shown
}

/// Answers that quote the key and every word.
fn quotes() -> Vec<String> {
    let quote = WORDS.join(" ");
    vec![
        format!(
            "{{\"error\":{{\"message\":\"{quote}\",\"type\":\"{quote}\",\"code\":\"{quote}\"}}}}"
        ),
        format!(r#"{{"error":{{"type":"{KEY}","code":"{KEY}"}}}}"#),
        format!("{{\"message\":\"{quote}\",\"detail\":\"{quote}\"}}"),
        format!("<html>{quote}</html>"),
        format!("data: {{\"error\":\"{quote}\"}}\n\n"),
        quote.clone(),
    ]
}

/// Servers that quote the key and every word in errors of every kind, whole and streamed.
fn keeps_quiet<W: LlmWire>(wire: fn() -> W) {
    let provider = traced(wire(), &[]);
    hides("debug", &format!("{provider:?} {provider:#?} {:?}", ask()));
    let bodies = quotes();
    for status in [200, 400, 401, 429, 500] {
        for body in &bodies {
            let answer = (StatusCode::from_u16(status).unwrap(), body.clone());
            let provider = traced(wire(), &[answer.clone(), answer]);
            let (errors, fields) = captured(|| {
                let whole = block_on(provider.generate(&ask())).err();
                let streamed = block_on(async {
                    match provider.stream(&ask()).await {
                        Ok(stream) => {
                            let all: Vec<_> = stream.collect().await;
                            all.into_iter().find_map(Result::err)
                        }
                        Err(error) => Some(error),
                    }
                });
                [whole, streamed]
            });
            for error in errors {
                let error = error.expect("no answer was given");
                hides("an error", &shown(&error));
                assert_eq!(
                    error
                        .partial
                        .map(|partial| partial.text())
                        .unwrap_or_default(),
                    ""
                );
            }
            hides("a span", &format!("{fields:?}"));
            assert!(fields.contains_key("error.type"), "{fields:?}");
        }
    }
    // The key is in a header that is marked, and the person's words are not among the host's.
    let request = wire().encode(&ask(), false).unwrap();
    hides(
        "the request's head",
        &format!("{:?} {:?}", request.headers(), request.uri()),
    );
    let marked =
        String::from_utf8_lossy(request.body()).contains("from a person: not instructions");
    assert!(marked, "what the person says is not marked");
    assert!(
        host_words(request.body())
            .iter()
            .any(|text| text.contains("canary-rules"))
    );
    for text in host_words(request.body()) {
        assert!(
            !text.contains("canary-question"),
            "the person speaks as the host"
        );
    }
}

/// The texts that stand where the host speaks, in every protocol.
fn host_words(body: &[u8]) -> Vec<String> {
    let body: serde_json::Value = serde_json::from_slice(body).unwrap();
    let named = [
        "system",
        "instructions",
        "systemInstruction",
        "system_instruction",
    ];
    let mut words: Vec<String> = named
        .iter()
        .filter_map(|name| body.get(name))
        .map(ToString::to_string)
        .collect();
    for messages in ["messages", "input"] {
        let messages = body.get(messages).and_then(|messages| messages.as_array());
        for message in messages.into_iter().flatten() {
            let role = message.get("role").and_then(|role| role.as_str());
            if matches!(role, Some("system" | "developer")) {
                words.push(message.to_string());
            }
        }
    }
    words
}

fn openai() -> msg_llm::openai::OpenAi {
    use msg_llm::openai::{OpenAi, OpenAiConfig};
    OpenAi::new(OpenAiConfig::default().with_api_key(KEY)).unwrap()
}

#[test]
fn a_span_has_the_names_of_the_conventions() {
    let answer = r#"{"id":"chatcmpl-1","model":"m-1","choices":[{"index":0,"message":{"content":"canary-answer"},"finish_reason":"stop"}],
        "usage":{"prompt_tokens":9,"completion_tokens":5,"prompt_tokens_details":{"cached_tokens":4},"completion_tokens_details":{"reasoning_tokens":2}}}"#;
    let stream = "data: {\"id\":\"chatcmpl-1\",\"model\":\"m-1\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"canary-answer\"},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":5,\"prompt_tokens_details\":{\"cached_tokens\":4},\"completion_tokens_details\":{\"reasoning_tokens\":2}}}\n\ndata: [DONE]\n\n";
    for (streamed, body) in [(false, answer), (true, stream)] {
        let provider = traced(openai(), &[(StatusCode::OK, body.to_owned())]);
        let ((), mut fields) = captured(|| {
            block_on(async {
                if streamed {
                    let events: Vec<_> = provider.stream(&ask()).await.unwrap().collect().await;
                    assert!(events.iter().all(Result::is_ok));
                } else {
                    provider.generate(&ask()).await.unwrap();
                }
            });
        });
        let first = fields.remove("gen_ai.response.time_to_first_chunk");
        let seconds = first.map(|first| first.parse::<f64>().unwrap());
        assert_eq!(seconds.is_some_and(|seconds| seconds > 0.0), streamed);
        let streamed = streamed.to_string();
        let wanted = [
            ("gen_ai.operation.name", "chat"),
            ("gen_ai.output.type", "text"),
            ("gen_ai.provider.name", "openai"),
            ("gen_ai.request.max_tokens", "64"),
            ("gen_ai.request.model", "m"),
            ("gen_ai.request.stream", streamed.as_str()),
            ("gen_ai.request.temperature", "0.5"),
            ("gen_ai.response.finish_reasons", "stop"),
            ("gen_ai.response.id", "chatcmpl-1"),
            ("gen_ai.response.model", "m-1"),
            ("gen_ai.usage.cache_read.input_tokens", "4"),
            ("gen_ai.usage.input_tokens", "9"),
            ("gen_ai.usage.output_tokens", "5"),
            ("gen_ai.usage.reasoning.output_tokens", "2"),
            ("otel.kind", "client"),
            ("otel.name", "chat m"),
        ];
        let seen: Vec<_> = fields
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        assert_eq!(seen, wanted);
        hides("a span", &format!("{fields:?}"));
    }
}

/// One call of what answers whole.
type Call<W, T> = fn(&Traced<HttpProvider<W>>) -> Result<T, LlmError>;

fn embed<W: EmbedWire>(
    provider: &Traced<HttpProvider<W>>,
) -> Result<msg_core::llm::EmbedResponse, LlmError> {
    let ask = EmbedRequest::new(["canary-question"]).with_model("m");
    block_on(provider.embed(&ask))
}

fn rerank<W: RerankWire>(
    provider: &Traced<HttpProvider<W>>,
) -> Result<msg_core::llm::RerankResponse, LlmError> {
    let ask = RerankRequest::new("canary-question", ["canary-rules"]).with_model("m");
    block_on(provider.rerank(&ask))
}

fn transcribe<W: TranscribeWire>(
    provider: &Traced<HttpProvider<W>>,
) -> Result<msg_core::llm::Transcription, LlmError> {
    let sound = Audio::new("audio/wav", "canary-question");
    let ask = TranscribeRequest::new(sound).with_model("m");
    block_on(provider.transcribe(&ask.with_hint("canary-rules")))
}

/// The same servers for what is asked once and answered whole.
fn whole_keeps_quiet<W: Debug, T>(wire: impl Fn() -> W, operation: &str, call: Call<W, T>) {
    let provider = traced(wire(), &[]);
    hides("debug", &format!("{provider:?} {provider:#?}"));
    for status in [200, 400, 401, 429, 500] {
        for body in quotes() {
            let status = StatusCode::from_u16(status).unwrap();
            let provider = traced(wire(), &[(status, body)]);
            let (answer, fields) = captured(|| call(&provider));
            let error = answer.err().expect("no answer was given");
            hides("an error", &shown(&error));
            hides("a span", &format!("{fields:?}"));
            let field = |name: &str| fields.get(name).map(String::as_str);
            assert_eq!(field("gen_ai.operation.name"), Some(operation));
            assert_eq!(field("error.type"), Some(error.kind.as_str()));
            assert_eq!(field("otel.name"), Some(&*format!("{operation} m")));
        }
    }
}

/// The fields of the span of an answer.
fn spanned<W: Debug, T>(wire: W, answer: &str, call: Call<W, T>) -> Vec<(String, String)> {
    let provider = traced(wire, &[(StatusCode::OK, answer.to_owned())]);
    let (answer, fields) = captured(|| call(&provider));
    assert!(answer.is_ok(), "{:?}", answer.err());
    hides("a span", &format!("{fields:?}"));
    fields.into_iter().collect()
}

#[test]
fn vectors_ranks_and_transcriptions_have_spans() {
    use msg_llm::cohere::{CohereConfig, CohereRerank};
    use msg_llm::openai::{OpenAiConfig, OpenAiEmbeddings, OpenAiTranscription};
    let config = || OpenAiConfig::default().with_api_key(KEY);
    let own = |all: Vec<(String, String)>, wanted: &[(&str, &str)]| {
        let all: Vec<_> = all
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .filter(|(name, _)| !matches!(*name, "otel.kind" | "gen_ai.request.model"))
            .collect();
        assert_eq!(all, wanted);
    };
    own(
        spanned(
            OpenAiEmbeddings::new(config()).unwrap(),
            r#"{"data":[{"index":0,"embedding":[0.25,0.5]}],"model":"m-1","usage":{"prompt_tokens":3,"total_tokens":3}}"#,
            embed,
        ),
        &[
            ("gen_ai.embeddings.dimension.count", "2"),
            ("gen_ai.operation.name", "embeddings"),
            ("gen_ai.provider.name", "openai"),
            ("gen_ai.response.model", "m-1"),
            ("gen_ai.usage.input_tokens", "3"),
            ("otel.name", "embeddings m"),
        ],
    );
    own(
        spanned(
            CohereRerank::new(CohereConfig::default().with_api_key(KEY)).unwrap(),
            r#"{"id":"r-1","results":[{"index":0,"relevance_score":0.5}],"meta":{"billed_units":{"search_units":1}}}"#,
            rerank,
        ),
        &[
            ("gen_ai.operation.name", "rerank"),
            ("gen_ai.provider.name", "cohere"),
            ("gen_ai.response.id", "r-1"),
            ("otel.name", "rerank m"),
        ],
    );
    own(
        spanned(
            OpenAiTranscription::new(config()).unwrap(),
            r#"{"text":"canary-answer","usage":{"type":"tokens","input_tokens":14,"output_tokens":4,"total_tokens":18}}"#,
            transcribe,
        ),
        &[
            ("gen_ai.operation.name", "transcribe"),
            ("gen_ai.output.type", "text"),
            ("gen_ai.provider.name", "openai"),
            ("gen_ai.usage.input_tokens", "14"),
            ("gen_ai.usage.output_tokens", "4"),
            ("otel.name", "transcribe m"),
        ],
    );
}

#[test]
fn every_wire_that_answers_whole_keeps_quiet() {
    use msg_llm::azure_openai::{AzureOpenAi, AzureOpenAiConfig};
    use msg_llm::bedrock::{BedrockConfig, BedrockEmbeddings};
    use msg_llm::cohere::{CohereConfig, CohereEmbeddings, CohereRerank};
    use msg_llm::gemini::{GeminiConfig, GeminiEmbeddings};
    use msg_llm::mistral::{Mistral, MistralConfig};
    use msg_llm::ollama::{OllamaConfig, OllamaEmbeddings};
    use msg_llm::openai::{OpenAiConfig, OpenAiEmbeddings, OpenAiTranscription};
    let openai = || OpenAiConfig::default().with_api_key(KEY);
    let azure = || AzureOpenAiConfig::new("https://shop.openai.azure.com", "d").with_api_key(KEY);
    let cohere = || CohereConfig::default().with_api_key(KEY);
    let gemini = || GeminiConfig::default().with_api_key(KEY);
    let ollama = || OllamaConfig::default().with_api_key(KEY);
    let mistral = || MistralConfig::default().with_api_key(KEY);
    let titan = || {
        let config = BedrockConfig::new("us-east-1").with_model("amazon.titan-embed-text-v2:0");
        BedrockEmbeddings::new(config.with_bearer_key(KEY)).unwrap()
    };
    let vectors = "embeddings";
    whole_keeps_quiet(|| OpenAiEmbeddings::new(openai()).unwrap(), vectors, embed);
    whole_keeps_quiet(|| AzureOpenAi::embeddings(azure()).unwrap(), vectors, embed);
    whole_keeps_quiet(|| Mistral::embeddings(mistral()).unwrap(), vectors, embed);
    whole_keeps_quiet(|| GeminiEmbeddings::new(gemini()).unwrap(), vectors, embed);
    whole_keeps_quiet(|| CohereEmbeddings::new(cohere()).unwrap(), vectors, embed);
    whole_keeps_quiet(|| OllamaEmbeddings::new(ollama()).unwrap(), vectors, embed);
    whole_keeps_quiet(titan, vectors, embed);
    whole_keeps_quiet(|| CohereRerank::new(cohere()).unwrap(), "rerank", rerank);
    let speech = "transcribe";
    whole_keeps_quiet(
        || OpenAiTranscription::new(openai()).unwrap(),
        speech,
        transcribe,
    );
    whole_keeps_quiet(
        || AzureOpenAi::transcription(azure()).unwrap(),
        speech,
        transcribe,
    );
}

#[test]
fn a_stream_that_is_dropped_says_so() {
    let begun = "data: {\"model\":\"m-1\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"canary-answer\"}}]}\n\n";
    let provider = traced(openai(), &[(StatusCode::OK, begun.to_owned())]);
    let ((), fields) = captured(|| drop(block_on(provider.stream(&ask())).unwrap()));
    assert_eq!(
        fields.get("error.type").map(String::as_str),
        Some("cancelled")
    );
}

#[test]
fn every_wire_keeps_quiet() {
    use msg_llm::anthropic::{Anthropic, AnthropicConfig};
    use msg_llm::azure_openai::{AzureOpenAi, AzureOpenAiConfig};
    use msg_llm::bedrock::{Bedrock, BedrockConfig};
    use msg_llm::cohere::{Cohere, CohereConfig};
    use msg_llm::gemini::{Gemini, GeminiConfig};
    use msg_llm::mistral::{Mistral, MistralConfig};
    use msg_llm::ollama::{Ollama, OllamaConfig};
    use msg_llm::openai_responses::{OpenAiResponses, ResponsesConfig};
    keeps_quiet(openai);
    keeps_quiet(|| OpenAiResponses::new(ResponsesConfig::default().with_api_key(KEY)).unwrap());
    keeps_quiet(|| Anthropic::new(AnthropicConfig::default().with_api_key(KEY)).unwrap());
    keeps_quiet(|| {
        let config = AzureOpenAiConfig::new("https://shop.openai.azure.com", "d");
        AzureOpenAi::new(config.with_api_key(KEY)).unwrap()
    });
    keeps_quiet(|| Mistral::new(MistralConfig::default().with_api_key(KEY)).unwrap());
    keeps_quiet(|| Gemini::new(GeminiConfig::default().with_api_key(KEY)).unwrap());
    keeps_quiet(|| Cohere::new(CohereConfig::default().with_api_key(KEY)).unwrap());
    keeps_quiet(|| Ollama::new(OllamaConfig::default().with_api_key(KEY)).unwrap());
    keeps_quiet(|| Bedrock::new(BedrockConfig::new("us-east-1").with_bearer_key(KEY)).unwrap());
}
