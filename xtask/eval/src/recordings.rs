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

mod route;
mod vectors;

use route::Asked;

/// How many bytes may be decoded to try the cuts of one stream: all offsets of a short one, evenly spaced ones of a long one.
const CUT_BUDGET: usize = 64 << 20;

/// A case is a recorded exchange (`request`, `response`) or an answer (`status`, `headers`, `body`, `api`).
pub(crate) fn answer(case: &Value) -> Result<Answer, String> {
    let asked = match route::asked(case) {
        Ok(asked) => asked,
        Err(why) => return Ok(Answer::from_iter([("skipped".to_owned(), why.into())])),
    };
    let response = response(case)?;
    let provider = route::provider(case);
    match asked {
        Asked::Vectors => return vectors::answer(case, &response, &provider),
        Asked::Ranks => return vectors::ranks(case, &response, &provider),
        _ => {}
    }
    let wire = wire(asked, &provider).map_err(|error| error.to_string())?;
    let mut fields = Answer::new();
    fields.insert("scheme".to_owned(), wire.scheme().into());
    if response.status().is_success() && is_stream(case, &response) {
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

/// The wire that reads this provider's traffic.
fn wire(asked: Asked, provider: &str) -> Result<Box<dyn LlmWire>, LlmError> {
    Ok(match asked {
        Asked::Responses => return responses(provider),
        Asked::Messages => Box::new(Anthropic::new(AnthropicConfig::default())?),
        Asked::Converse => Box::new(Bedrock::new(BedrockConfig::new("us-east-1"))?),
        Asked::Cohere => Box::new(Cohere::new(CohereConfig::default())?),
        Asked::Gemini => Box::new(Gemini::new(GeminiConfig::default())?),
        Asked::Ollama => Box::new(Ollama::new(OllamaConfig::default())?),
        Asked::Chat | Asked::Vectors | Asked::Ranks => return chat(provider),
    })
}

/// By the profile of the provider, or under its name.
fn chat(provider: &str) -> Result<Box<dyn LlmWire>, LlmError> {
    match provider {
        "mistral" => return Ok(Box::new(Mistral::new(MistralConfig::default())?)),
        "azure-openai" => {
            let config = AzureOpenAiConfig::new("https://azure.example", "recorded");
            return Ok(Box::new(AzureOpenAi::new(config)?));
        }
        _ => {}
    }
    let config = OpenAiConfig::profile(provider)
        .unwrap_or_else(|_| OpenAiConfig::default().with_name(provider));
    Ok(Box::new(OpenAi::new(config)?))
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
    let encoding = answer.get("body_encoding").and_then(Value::as_str);
    let body = match (answer.get("body_b64").and_then(Value::as_str), encoding) {
        (Some(body), _) => decoded("body_b64", body)?,
        (None, encoding) => {
            // An answer may have no body at all.
            let body = answer.get("body").filter(|body| !body.is_null());
            let body = body.map(route::text).unwrap_or_default();
            match encoding {
                None | Some("" | "utf-8" | "text") => body.as_bytes().to_vec(),
                Some("base64") => decoded("body", &body)?,
                Some(other) => return Err(format!("`body_encoding` is `{other}`")),
            }
        }
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

fn decoded(field: &str, body: &str) -> Result<Vec<u8>, String> {
    let body = STANDARD.decode(body);
    body.map_err(|error| format!("`{field}`: {error}"))
}

/// Headers as `{name: value}`, as `{name: [value]}` or as `[{name, value}]`.
fn headers(answer: &Value) -> Vec<(&str, &str)> {
    match answer.get("headers") {
        Some(Value::Object(map)) => map
            .iter()
            .filter_map(|(name, value)| {
                let value = value.get(0).unwrap_or(value);
                Some((name.as_str(), value.as_str()?))
            })
            .collect(),
        Some(Value::Array(list)) => list
            .iter()
            .filter_map(|item| Some((item.get("name")?.as_str()?, item.get("value")?.as_str()?)))
            .collect(),
        _ => Vec::new(),
    }
}

/// By what was asked for, by its type, or by its first line: types are wrong now and then, and `ChatGPT` tells none.
fn is_stream(case: &Value, response: &Response<bytes::Bytes>) -> bool {
    if case.get("kind").and_then(Value::as_str) == Some("llm-stream") {
        return true;
    }
    let kind = response.headers().get(http::header::CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.trim_ascii_start().to_ascii_lowercase();
    let told = [
        "text/event-stream",
        "application/x-ndjson",
        "application/ndjson",
        "application/jsonl",
        "application/vnd.amazon.eventstream",
    ];
    let body = response.body().trim_ascii_start();
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    let begins = [&b"event:"[..], b"data:", b"id:", b"retry:", b":"];
    told.iter().any(|stream| kind.starts_with(stream))
        || begins.iter().any(|field| body.starts_with(field))
        || asks_stream(case)
}

/// Whether the request says that it wants a stream.
fn asks_stream(case: &Value) -> bool {
    let path = route::path(case).unwrap_or_default();
    if path.ends_with("streamGenerateContent") || path.ends_with("/converse-stream") {
        return true;
    }
    let body = case.pointer("/request/body");
    let body = body.map(route::text).unwrap_or_default();
    let body: Value = serde_json::from_str(&body).unwrap_or_default();
    body.get("stream") == Some(&Value::Bool(true))
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
    fn what_is_no_chat_is_skipped_and_what_cannot_be_read_is_an_error() {
        let case = |method: &str, path: &str| json!({"provider": "anthropic", "request": {"method": method, "path": path}, "response": {"status": 200, "body": "{}"}});
        for (method, path) in [
            ("GET", "/v1/messages"),
            ("POST", "/v1/files"),
            ("POST", "/v1/complete"),
        ] {
            let why = answer(&case(method, path)).unwrap();
            assert!(why.len() == 1 && why.contains_key("skipped"), "{path}");
        }
        assert!(
            answer(&case("POST", "/v1/messages"))
                .unwrap()
                .contains_key("ok")
        );
        let encoded = json!({"provider": "openai", "body": "x", "body_encoding": "rot13"});
        assert!(answer(&encoded).unwrap_err().contains("rot13"));
        let broken = json!({"provider": "openai", "body_b64": "*"});
        assert!(answer(&broken).unwrap_err().contains("body_b64"));
    }

    #[test]
    fn an_answer_without_a_body_and_with_lists_of_headers_is_read() {
        let case = json!({"provider": "api.example.com:443", "request": {"method": "POST", "path": "/v1/chat/completions"},
            "response": {"status": 529, "headers": {"x-should-retry": ["true"]}}});
        let told = answer(&case).unwrap();
        assert_eq!(told["scheme"], "api-example-com-443");
        assert_eq!(
            told["error"],
            json!({"kind": "overloaded", "retryable": true})
        );
    }

    #[test]
    fn a_stream_is_known_without_its_type() {
        let data =
            "data: {\"choices\":[{\"delta\":{\"content\":\"a\"},\"finish_reason\":\"stop\"}]}\n\n";
        let whole = "{\"choices\":[{\"message\":{\"content\":\"a\"},\"finish_reason\":\"stop\"}]}";
        for (asks, kind, body, streamed) in [
            ("{}", "application/json", data, true),
            ("{}", "", data, true),
            (
                "{}",
                "Text/Event-Stream; charset=utf-8",
                "\u{feff}data: x",
                true,
            ),
            ("{\"stream\":true}", "application/json", whole, true),
            ("{\"stream\":false}", "application/json", whole, false),
        ] {
            let case = json!({"provider": "x", "request": {"path": "/chat/completions", "body": asks},
                "response": {"status": 200, "headers": {"content-type": kind}, "body": body}});
            let told = answer(&case).unwrap();
            assert_eq!(told.contains_key("cuts"), streamed, "{kind} {body}");
        }
    }
}
