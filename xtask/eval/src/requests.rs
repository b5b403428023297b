//! `requests`: everything that every wire encodes, checked by a mock server against the provider's own specification.
//!
//! `cargo xtask eval requests [--channels [--only SCHEME]] [DIR]`, where `DIR` has the specifications and `mock/mock.py` (`../shared/specs` unless told).
//! One line a wire: how many requests were sent, how many of them were valid, what the wire refused to say and why, and the
//! mock's complaints. A complaint fails the run. Without `--channels` the wires are those of models, with it those of channels.

mod channels;
mod corrected;
mod matrix;
mod mock;
mod parts;

pub(crate) use parts::hello;

use matrix::Asked;
use mock::Mock;
use msg_core::http::sigv4::Credentials;
use msg_core::llm::{EmbedWire, LlmError, LlmWire, RerankWire, TranscribeWire};
use msg_core::time::SystemClock;
use msg_llm::anthropic::{Anthropic, AnthropicConfig, ThinkingMode};
use msg_llm::azure_openai::{AzureOpenAi, AzureOpenAiConfig};
use msg_llm::bedrock::{Bedrock, BedrockConfig, BedrockEmbeddings};
use msg_llm::cohere::{Cohere, CohereConfig, CohereEmbeddings, CohereRerank};
use msg_llm::gemini::{Gemini, GeminiConfig, GeminiEmbeddings};
use msg_llm::mistral::{Mistral, MistralConfig};
use msg_llm::ollama::{Ollama, OllamaConfig, OllamaEmbeddings};
use msg_llm::openai::{OpenAi, OpenAiConfig, OpenAiEmbeddings, OpenAiTranscription};
use msg_llm::openai_responses::{OpenAiResponses, ResponsesConfig};
use serde_json::{Map, Value, json};
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

/// What encodes requests.
pub(crate) enum Asker {
    Chat(Box<dyn LlmWire>),
    Vectors(Box<dyn EmbedWire>),
    Ranks(Box<dyn RerankWire>),
    Speech(Box<dyn TranscribeWire>),
}

type Askers = Result<Vec<Asker>, LlmError>;

/// A row of the table: what it is called, its specification, and its wires at an address.
struct Row {
    name: &'static str,
    spec: &'static str,
    /// Fields that the provider takes and its specification does not name.
    gaps: &'static [&'static str],
    askers: fn(&str) -> Askers,
}

const KEY: &str = "mock-key";

const ROWS: [Row; 12] = [
    Row {
        name: "openai",
        spec: "openai/openapi.trim.json",
        gaps: &[],
        askers: openai,
    },
    Row {
        name: "openai-responses",
        spec: "openai/openapi.trim.json",
        gaps: &[],
        askers: |base| {
            let config = ResponsesConfig::new(format!("{base}/v1"));
            let config = config.with_api_key(KEY).with_model("gpt-5-mini");
            Ok(vec![Asker::Chat(Box::new(OpenAiResponses::new(config)?))])
        },
    },
    Row {
        name: "anthropic",
        spec: "anthropic/messages.sdk-0.121.0.derived.json",
        gaps: &[],
        askers: |base| anthropic(base, ThinkingMode::default()),
    },
    Row {
        name: "anthropic, thinking with a budget",
        spec: "anthropic/messages.sdk-0.121.0.derived.json",
        gaps: &[],
        askers: |base| anthropic(base, ThinkingMode::Budget),
    },
    Row {
        name: "azure-openai, dated",
        spec: "azure-openai/AIFoundryOpenAI.2025-03-01-preview.trim.json",
        gaps: &[],
        askers: |base| azure(base, Some("2025-03-01-preview")),
    },
    Row {
        name: "azure-openai, v1",
        spec: "azure-openai/AIFoundryOpenAIV1.trim.json",
        gaps: &[],
        askers: |base| azure(base, None),
    },
    Row {
        name: "mistral",
        spec: "mistral/openapi.trim.json",
        gaps: &[],
        askers: mistral,
    },
    Row {
        name: "gemini",
        spec: "gemini/generativelanguage.v1beta.derived.json",
        gaps: &[],
        askers: gemini,
    },
    Row {
        name: "cohere",
        spec: "cohere/cohere-openapi.trim.json",
        gaps: &[],
        askers: cohere,
    },
    Row {
        name: "ollama",
        spec: "ollama/openapi.json",
        // `docs/openapi.yaml` is behind `api/types.go`, which reads them.
        gaps: &["thinking", "tool_name", "tool_call_id", "id", "type"],
        askers: ollama,
    },
    Row {
        name: "bedrock, signed",
        spec: "aws/bedrock-runtime_2023-09-30.service-2.json",
        gaps: &[],
        askers: |base| {
            // The key that the mock signs with too.
            let keys = Credentials::new("AKIDEXAMPLE", "secret");
            bedrock(
                &BedrockConfig::new("us-east-1")
                    .with_base_url(base)
                    .with_credentials(keys, Arc::new(SystemClock)),
            )
        },
    },
    Row {
        name: "bedrock, by key",
        spec: "aws/bedrock-runtime_2023-09-30.service-2.json",
        gaps: &[],
        askers: |base| {
            bedrock(
                &BedrockConfig::new("us-east-1")
                    .with_base_url(base)
                    .with_bearer_key(KEY),
            )
        },
    },
];

fn openai(base: &str) -> Askers {
    let config = |model: &str| {
        let config = OpenAiConfig::new(format!("{base}/v1")).with_api_key(KEY);
        config.with_name("openai").with_model(model)
    };
    Ok(vec![
        Asker::Chat(Box::new(OpenAi::new(config("gpt-5-mini"))?)),
        Asker::Vectors(Box::new(OpenAiEmbeddings::new(config(
            "text-embedding-3-small",
        ))?)),
        Asker::Speech(Box::new(OpenAiTranscription::new(config(
            "gpt-4o-transcribe",
        ))?)),
        Asker::Speech(Box::new(OpenAiTranscription::new(config("whisper-1"))?)),
        Asker::Speech(Box::new(OpenAiTranscription::new(config(
            "gpt-4o-transcribe-diarize",
        ))?)),
    ])
}

fn anthropic(base: &str, mode: ThinkingMode) -> Askers {
    let config = AnthropicConfig::new(base).with_api_key(KEY);
    let config = config.with_model("claude-sonnet-4-5").with_thinking(mode);
    Ok(vec![Asker::Chat(Box::new(Anthropic::new(config)?))])
}

fn azure(base: &str, version: Option<&str>) -> Askers {
    let config = |deployment: &str| {
        let config = AzureOpenAiConfig::new(base, deployment).with_api_key(KEY);
        match version {
            Some(version) => config.with_api_version(version),
            None => config,
        }
    };
    Ok(vec![
        Asker::Chat(Box::new(AzureOpenAi::new(config("gpt-4o"))?)),
        Asker::Vectors(Box::new(AzureOpenAi::embeddings(config(
            "text-embedding-3-small",
        ))?)),
    ])
}

fn mistral(base: &str) -> Askers {
    let config = |model: &str| {
        let config = MistralConfig::default().with_server("mistral", format!("{base}/v1"));
        config.with_api_key(KEY).with_model(model)
    };
    Ok(vec![
        Asker::Chat(Box::new(Mistral::new(config("mistral-small-latest"))?)),
        Asker::Vectors(Box::new(Mistral::embeddings(config("mistral-embed"))?)),
    ])
}

fn gemini(base: &str) -> Askers {
    let config = |model: &str| {
        let config = GeminiConfig::default().with_base_url(format!("{base}/v1beta"));
        config.with_api_key(KEY).with_model(model)
    };
    Ok(vec![
        Asker::Chat(Box::new(Gemini::new(config("gemini-2.5-flash"))?)),
        // From this generation on thinking has levels, and calls want a signature.
        Asker::Chat(Box::new(Gemini::new(config("gemini-3-flash-preview"))?)),
        Asker::Vectors(Box::new(GeminiEmbeddings::new(config(
            "gemini-embedding-001",
        ))?)),
    ])
}

fn cohere(base: &str) -> Askers {
    let config = |model: &str| {
        let config = CohereConfig::default().with_base_url(base);
        config.with_api_key(KEY).with_model(model)
    };
    Ok(vec![
        Asker::Chat(Box::new(Cohere::new(config("command-a-03-2025"))?)),
        Asker::Vectors(Box::new(CohereEmbeddings::new(config("embed-v4.0"))?)),
        Asker::Ranks(Box::new(CohereRerank::new(config("rerank-v3.5"))?)),
    ])
}

fn ollama(base: &str) -> Askers {
    let config = |model: &str| {
        let config = OllamaConfig::default().with_base_url(base);
        config.with_api_key(KEY).with_model(model)
    };
    Ok(vec![
        Asker::Chat(Box::new(Ollama::new(config("qwen3"))?)),
        Asker::Vectors(Box::new(OllamaEmbeddings::new(config("embeddinggemma"))?)),
    ])
}

fn bedrock(config: &BedrockConfig) -> Askers {
    let config = |model: &str| config.clone().with_model(model);
    let mut with_everything = config("us.anthropic.claude-sonnet-4-5-20250929-v1:0")
        .with_guardrail("gr-1", "DRAFT")
        .with_model_field("top_k", json!(5));
    with_everything.cache_hour = true;
    Ok(vec![
        Asker::Chat(Box::new(Bedrock::new(config("amazon.nova-lite-v1:0"))?)),
        Asker::Chat(Box::new(Bedrock::new(with_everything)?)),
        Asker::Vectors(Box::new(BedrockEmbeddings::new(config(
            "amazon.titan-embed-text-v2:0",
        ))?)),
        Asker::Vectors(Box::new(BedrockEmbeddings::new(config(
            "cohere.embed-multilingual-v3",
        ))?)),
        Asker::Vectors(Box::new(BedrockEmbeddings::new(config(
            "cohere.embed-v4:0",
        ))?)),
    ])
}

/// Runs every row and prints what came of it. True when the mock had no complaint.
pub(crate) fn run(arguments: &[String]) -> Result<bool, String> {
    if let Some((_, rest)) = arguments
        .split_first()
        .filter(|(it, _)| *it == "--channels")
    {
        return channels::run(rest);
    }
    let folder = match arguments {
        [] => Path::new("../shared/specs"),
        [folder] => Path::new(folder),
        _ => return Err("requests takes nothing or the folder of the specifications".to_owned()),
    };
    let mut out = std::io::stdout().lock();
    let mut clean = true;
    for row in &ROWS {
        let mock = Mock::start(folder, &[row.spec], &[])?;
        let told = told(row, &mock)?;
        clean &= told
            .get("invalid")
            .and_then(Value::as_array)
            .is_some_and(Vec::is_empty);
        writeln!(out, "{}", Value::Object(told))
            .map_err(|error| format!("standard output: {error}"))?;
    }
    Ok(clean)
}

/// The line of one row.
fn told(row: &Row, mock: &Mock) -> Result<Map<String, Value>, String> {
    let askers = (row.askers)(&mock.address()).map_err(|error| format!("{}: {error}", row.name))?;
    let (mut sent, mut invalid, mut refused) = (0, Vec::new(), Map::new());
    for asker in &askers {
        for Asked { feature, request } in matrix::asked(asker) {
            let request = match request {
                Ok(request) => request,
                Err(error) => {
                    refused.insert(feature, error.detail.into());
                    continue;
                }
            };
            sent += 1;
            if let Some(complaint) = mock.complaint(&request, row.gaps)? {
                invalid.push(json!({"feature": feature, "complaint": complaint}));
            }
        }
    }
    let line = json!({
        "wire": row.name, "sent": sent, "valid": sent - invalid.len(), "refused": refused, "invalid": invalid,
    });
    match line {
        Value::Object(line) => Ok(line),
        _ => Ok(Map::new()),
    }
}
