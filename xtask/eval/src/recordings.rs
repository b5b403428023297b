//! `recordings`: what a recorded model answer says, read whole and cut at every byte.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderName, HeaderValue, Response};
use msg_core::llm::{
    Collector, FinishReason, GenerateResponse, LlmError, LlmWire, Output, StreamEvent, Usage,
};
use msg_llm::anthropic::{Anthropic, AnthropicConfig};
use msg_llm::azure_openai::{AzureOpenAi, AzureOpenAiConfig};
use msg_llm::bedrock::{Bedrock, BedrockConfig};
use msg_llm::cohere::{Cohere, CohereConfig};
use msg_llm::gemini::{Gemini, GeminiConfig};
use msg_llm::mistral::{Mistral, MistralConfig};
use msg_llm::ollama::{Ollama, OllamaConfig};
use msg_llm::openai::{OpenAi, OpenAiConfig};
use msg_llm::openai_responses::{OpenAiResponses, ResponsesConfig};
use serde_json::{Map, Value, json};

use crate::kind::Answer;
use crate::line;

mod vectors;

/// How many bytes may be decoded to try the cuts of one stream: all offsets of a short one, evenly spaced ones of a long one.
const CUT_BUDGET: usize = 64 << 20;

/// Providers whose traffic is Chat Completions unless the case says otherwise.
const COMPATIBLE: [&str; 12] = [
    "copilot",
    "deepseek",
    "doubleword",
    "groq",
    "llamacpp",
    "mistral",
    "mistralrs",
    "openai",
    "openrouter",
    "perplexity",
    "venice",
    "vllm",
];

/// A case is a recorded exchange (`request`, `response`) or an answer (`status`, `headers`, `body`, `api`).
pub(crate) fn answer(case: &Value) -> Result<Answer, String> {
    if let Some(why) = skipped(case) {
        return Ok(Answer::from_iter([("skipped".to_owned(), why.into())]));
    }
    let response = response(case)?;
    if let Some(answer) = vectors::answer(case, &response)? {
        return Ok(answer);
    }
    let wire = wire(case)?;
    let told = |name: &str| case.get(name).and_then(Value::as_str).unwrap_or_default();
    let streamed =
        response.status().is_success() && (told("kind") == "llm-stream" || is_stream(&response));
    let mut fields = Answer::new();
    fields.insert("scheme".to_owned(), wire.scheme().into());
    if streamed {
        let (head, body) = response.into_parts();
        let whole = decode(wire.as_ref(), &head, [&body[..]]);
        let (tried, identical) = cuts(wire.as_ref(), &head, &body, &whole);
        describe(
            &mut fields,
            collected(&whole.0, wire.scheme()),
            whole.1.as_ref(),
        );
        fields.insert(
            "cuts".to_owned(),
            json!({"tried": tried, "identical": identical}),
        );
    } else {
        match wire.decode(&response) {
            Ok(answer) => describe(&mut fields, answer, None),
            Err(error) => describe(&mut fields, GenerateResponse::default(), Some(&error)),
        }
    }
    Ok(fields)
}

/// Why a recorded exchange is none of chat, embeddings and reranking.
fn skipped(case: &Value) -> Option<String> {
    let told = |field: &str| {
        case.pointer(field)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    let (method, path) = (told("/request/method"), told("/request/path"));
    // Lists and single objects of the provider's books: models, files, caches.
    if !matches!(method, "" | "POST") {
        return Some(format!("`{method}` asks no model"));
    }
    let other = [
        "/audio/",
        "/batches",
        "/cachedContents",
        "/files",
        "/images/",
        "/interactions",
        "/models",
        "/moderations",
        "/tokenize",
    ];
    let other = other
        .iter()
        .any(|name| path.contains(name) && !(path.contains("/models/") && path.contains(':')));
    // What a model of Bedrock speaks by itself, and what the service does besides.
    let invoked = [
        "/invoke",
        "/invoke-with-response-stream",
        "/count-tokens",
        "/apply",
    ];
    let foreign = told("/provider") == "bedrock"
        && invoked.iter().any(|name| path.ends_with(name))
        && vectors::invoked(path).is_none();
    let other = other || foreign;
    other.then(|| format!("`{path}` is none of chat, embeddings and reranking"))
}

/// The wire that reads this provider's traffic.
fn wire(case: &Value) -> Result<Box<dyn LlmWire>, String> {
    let provider = line::text(case, "provider")?;
    let path = case
        .pointer("/request/path")
        .or_else(|| case.get("api"))
        .and_then(Value::as_str);
    let wire = match path {
        Some(path) if path.ends_with("/responses") || path == "responses" => responses(provider),
        Some(path) if path.contains("chat/completions") || path == "chat.completions" => {
            chat(provider)
        }
        Some(path) if path.ends_with("/v1/messages") || path == "messages" => messages(),
        None if provider == "anthropic" => messages(),
        Some(path) if path.ends_with("v2/chat") => cohere(),
        None if provider == "cohere" => cohere(),
        // `…:generateContent`, `…:streamGenerateContent`
        Some(path) if path.ends_with("enerateContent") => gemini(),
        None if provider == "gemini" => gemini(),
        Some(path) if path.ends_with("/api/chat") || (path == "chat" && provider == "ollama") => {
            ollama()
        }
        None if provider == "ollama" => ollama(),
        Some(path) if path.ends_with("/converse") || path.ends_with("/converse-stream") => {
            converse()
        }
        Some("converse" | "converse-stream") => converse(),
        None if provider == "bedrock" => converse(),
        None if COMPATIBLE.contains(&provider) => chat(provider),
        _ => {
            return Err(format!(
                "no wire reads `{}` of `{provider}`",
                path.unwrap_or("answers")
            ));
        }
    };
    wire.map_err(|error| error.to_string())
}

/// By the profile of the provider, or under its name.
fn chat(provider: &str) -> Result<Box<dyn LlmWire>, LlmError> {
    match provider {
        "mistral" => return Ok(Box::new(Mistral::new(MistralConfig::default())?)),
        "azure" | "azure-openai" => {
            let config = AzureOpenAiConfig::new("https://azure.example", "recorded");
            return Ok(Box::new(AzureOpenAi::new(config)?));
        }
        _ => {}
    }
    let config = OpenAiConfig::profile(provider)
        .unwrap_or_else(|_| OpenAiConfig::default().with_name(provider));
    Ok(Box::new(OpenAi::new(config)?))
}

fn messages() -> Result<Box<dyn LlmWire>, LlmError> {
    Ok(Box::new(Anthropic::new(AnthropicConfig::default())?))
}

fn converse() -> Result<Box<dyn LlmWire>, LlmError> {
    Ok(Box::new(Bedrock::new(BedrockConfig::new("us-east-1"))?))
}

fn cohere() -> Result<Box<dyn LlmWire>, LlmError> {
    Ok(Box::new(Cohere::new(CohereConfig::default())?))
}

fn gemini() -> Result<Box<dyn LlmWire>, LlmError> {
    Ok(Box::new(Gemini::new(GeminiConfig::default())?))
}

fn ollama() -> Result<Box<dyn LlmWire>, LlmError> {
    Ok(Box::new(Ollama::new(OllamaConfig::default())?))
}

/// At OpenAI under the name of the wire, elsewhere under that of the provider.
fn responses(provider: &str) -> Result<Box<dyn LlmWire>, LlmError> {
    let config = match provider {
        "openai" => ResponsesConfig::default(),
        other => ResponsesConfig::default().with_name(other),
    };
    Ok(Box::new(OpenAiResponses::new(config)?))
}

fn response(case: &Value) -> Result<Response<bytes::Bytes>, String> {
    let answer = case.get("response").unwrap_or(case);
    let body = match (
        line::text(answer, "body"),
        answer.get("body_encoding").and_then(Value::as_str),
    ) {
        (Ok(body), None) => body.as_bytes().to_vec(),
        (Ok(body), Some("base64")) => STANDARD
            .decode(body)
            .map_err(|error| format!("`body`: {error}"))?,
        (Ok(_), Some(other)) => return Err(format!("`body_encoding` is `{other}`")),
        (Err(missing), _) => match line::text(answer, "body_b64") {
            Ok(body) => STANDARD
                .decode(body)
                .map_err(|error| format!("`body_b64`: {error}"))?,
            Err(_) => return Err(missing),
        },
    };
    let status = answer.get("status").and_then(Value::as_u64).unwrap_or(200);
    let status = u16::try_from(status).map_err(|error| format!("`status`: {error}"))?;
    let mut response = Response::new(body.into());
    *response.status_mut() =
        http::StatusCode::from_u16(status).map_err(|error| format!("`status`: {error}"))?;
    for (name, value) in headers(answer) {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().append(name, value);
        }
    }
    Ok(response)
}

/// Headers as `{name: value}` or as `[{name, value}]`.
fn headers(answer: &Value) -> Vec<(&str, &str)> {
    match answer.get("headers") {
        Some(Value::Object(map)) => map
            .iter()
            .filter_map(|(name, value)| Some((name.as_str(), value.as_str()?)))
            .collect(),
        Some(Value::Array(list)) => list
            .iter()
            .filter_map(|item| Some((item.get("name")?.as_str()?, item.get("value")?.as_str()?)))
            .collect(),
        _ => Vec::new(),
    }
}

/// By its type, or where none is told (`ChatGPT`) by its first line.
fn is_stream(response: &Response<bytes::Bytes>) -> bool {
    let kind = response.headers().get(http::header::CONTENT_TYPE);
    match kind.and_then(|kind| kind.to_str().ok()) {
        Some(kind) => [
            "text/event-stream",
            "application/x-ndjson",
            "application/vnd.amazon.eventstream",
        ]
        .iter()
        .any(|stream| kind.starts_with(stream)),
        None => [&b"event:"[..], b"data:", b":"]
            .iter()
            .any(|field| response.body().starts_with(field)),
    }
}

type Decoded = (Vec<StreamEvent>, Option<LlmError>);

fn decode<'a>(
    wire: &dyn LlmWire,
    head: &http::response::Parts,
    reads: impl IntoIterator<Item = &'a [u8]>,
) -> Decoded {
    let mut decoder = wire.decoder(head);
    let mut events = Vec::new();
    for read in reads {
        if let Err(error) = decoder.push(read, &mut events) {
            return (events, Some(error));
        }
    }
    let error = decoder.finish(&mut events).err();
    (events, error)
}

/// How often a body is cut at random places.
const RANDOM_CUTS: u64 = 200;

/// Tries the body byte by byte, cut in two, and cut at random places, and counts how often the outcome was that of the
/// whole.
fn cuts(
    wire: &dyn LlmWire,
    head: &http::response::Parts,
    body: &[u8],
    whole: &Decoded,
) -> (usize, usize) {
    let same = |decoded: &Decoded| {
        decoded.0 == whole.0
            && decoded.1.as_ref().map(ToString::to_string)
                == whole.1.as_ref().map(ToString::to_string)
    };
    let step = (body.len().saturating_mul(body.len()) / CUT_BUDGET).max(1);
    let mut tried = 1;
    let mut identical = usize::from(same(&decode(wire, head, body.chunks(1))));
    for at in (0..=body.len()).step_by(step) {
        let (before, after) = body.split_at_checked(at).unwrap_or((body, &[]));
        tried += 1;
        identical += usize::from(same(&decode(wire, head, [before, after])));
    }
    for seed in 0..RANDOM_CUTS {
        tried += 1;
        identical += usize::from(same(&decode(wire, head, pieces(body, seed))));
    }
    (tried, identical)
}

/// The body in pieces of random lengths, the same ones for the same seed: some mostly tiny, some mostly long.
fn pieces(body: &[u8], seed: u64) -> impl Iterator<Item = &[u8]> {
    let longest = match seed % 4 {
        0 => 2,
        1 => 9,
        2 => 80,
        _ => 1500,
    };
    let (mut state, mut rest) = (seed, body);
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        // SplitMix64 (Steele, Lea, Flood 2014).
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let length = usize::try_from((mixed ^ (mixed >> 27)) % longest).unwrap_or_default() + 1;
        let (piece, after) = rest.split_at_checked(length).unwrap_or((rest, &[]));
        rest = after;
        Some(piece)
    })
}

fn collected(events: &[StreamEvent], scheme: &str) -> GenerateResponse {
    let mut collector = Collector::new();
    for event in events {
        collector.add(event, scheme);
    }
    collector.into_response()
}

/// The fields of an answer, or of what had come before an error.
fn describe(fields: &mut Answer, answer: GenerateResponse, error: Option<&LlmError>) {
    let GenerateResponse {
        output,
        finish,
        usage,
        ..
    } = answer;
    let (mut text, mut thinking, mut refusal, mut calls) =
        (String::new(), String::new(), String::new(), Vec::new());
    for piece in output {
        match piece {
            Output::Text(more) => text.push_str(&more),
            Output::Reasoning(more) => thinking.push_str(&more.text),
            Output::Refusal(more) => refusal.push_str(&more),
            Output::ToolCall(call) => {
                let mut told = Map::new();
                if !call.id.is_empty() {
                    told.insert("id".to_owned(), call.id.into());
                }
                told.insert("name".to_owned(), call.name.into());
                told.insert("arguments".to_owned(), call.arguments.into());
                told.insert("complete".to_owned(), call.complete.into());
                calls.push(Value::Object(told));
            }
            _ => {}
        }
    }
    fields.insert("ok".to_owned(), error.is_none().into());
    fields.insert("text".to_owned(), text.into());
    fields.insert("thinking".to_owned(), thinking.into());
    if !refusal.is_empty() {
        fields.insert("refusal".to_owned(), refusal.into());
    }
    fields.insert("tool_calls".to_owned(), calls.into());
    fields.insert(
        "finish".to_owned(),
        json!({"unified": unified(finish.reason), "raw": finish.raw}),
    );
    fields.insert("usage".to_owned(), counted(usage));
    if let Some(error) = error {
        fields.insert(
            "error".to_owned(),
            json!({"kind": error.kind, "retryable": error.retryable}),
        );
    }
}

fn unified(reason: FinishReason) -> Value {
    serde_json::to_value(reason).unwrap_or_default()
}

/// Totals as providers count them: cached input is part of the input, reasoning of the output. Null is "not reported".
fn counted(usage: Usage) -> Value {
    json!({
        "input": usage.total_input(),
        "output": usage.total_output(),
        "cache_read": usage.cache_read,
        "cache_write": usage.cache_write,
        "reasoning": usage.reasoning,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recorded_stream_is_read_whole_and_cut() {
        let body = "data: {\"model\":\"m\",\"choices\":[{\"delta\":{\"content\":\"hé\"},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":3}}\n\ndata: [DONE]\n\n";
        let case = json!({"provider": "groq", "request": {"path": "/openai/v1/chat/completions"},
            "response": {"status": 200, "headers": [{"name": "content-type", "value": "text/event-stream"}], "body": body}});
        let answer = answer(&case).unwrap();
        assert_eq!(answer["text"], "hé");
        assert_eq!(answer["finish"], json!({"unified": "stop", "raw": "stop"}));
        assert_eq!(
            (&answer["usage"]["input"], &answer["usage"]["output"]),
            (&json!(3), &Value::Null)
        );
        let tried = body.len() + 2 + usize::try_from(RANDOM_CUTS).unwrap();
        assert_eq!(answer["cuts"], json!({"tried": tried, "identical": tried}));
    }

    #[test]
    fn a_recorded_error_is_told_with_its_advice() {
        let case = json!({"provider": "openai", "kind": "llm-error", "status": 429, "headers": {}, "body": "{\"error\":{\"code\":\"rate_limit_exceeded\"}}"});
        let answer = answer(&case).unwrap();
        assert_eq!(
            (&answer["ok"], &answer["error"]),
            (
                &json!(false),
                &json!({"kind": "rate_limit", "retryable": true})
            )
        );
    }

    #[test]
    fn what_no_wire_reads_is_an_error_and_what_is_no_chat_is_skipped() {
        let case = |method: &str, path: &str| json!({"provider": "anthropic", "request": {"method": method, "path": path}, "response": {"status": 200, "body": "{}"}});
        let unread = answer(&case("POST", "/v1/complete")).unwrap_err();
        assert!(unread.contains("/v1/complete"));
        for (method, path) in [("GET", "/v1/messages"), ("POST", "/v1/files")] {
            let why = answer(&case(method, path)).unwrap();
            assert!(why.len() == 1 && why.contains_key("skipped"), "{path}");
        }
        let invoked =
            json!({"provider": "bedrock", "request": {"path": "/model/anthropic.claude-3/invoke"}});
        assert!(answer(&invoked).unwrap().contains_key("skipped"));
        assert!(
            answer(&case("POST", "/v1/messages"))
                .unwrap()
                .contains_key("ok")
        );
        assert!(
            answer(&json!({"provider": "openai"}))
                .unwrap_err()
                .contains("body")
        );
    }
}
