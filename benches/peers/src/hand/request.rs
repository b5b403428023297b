//! The question on each wire: address, key and body, the same that `msg-llm` sends.

use crate::Failure;
use crate::question::{KEY, MAX_TOKENS, MODEL};
use crate::wire::Wire;
use serde::Serialize;
use std::net::SocketAddr;

/// The address of whole answers, or of streams.
#[must_use]
pub fn url(wire: Wire, server: SocketAddr, stream: bool) -> String {
    let path = match (wire, stream) {
        (Wire::OpenAi | Wire::Mistral, _) => "v1/chat/completions".to_owned(),
        (Wire::Responses, _) => "v1/responses".to_owned(),
        (Wire::Anthropic, _) => "v1/messages".to_owned(),
        (Wire::Gemini, false) => format!("v1beta/models/{MODEL}:generateContent"),
        (Wire::Gemini, true) => format!("v1beta/models/{MODEL}:streamGenerateContent?alt=sse"),
        (Wire::Cohere, _) => "v2/chat".to_owned(),
        (Wire::Ollama, _) => "api/chat".to_owned(),
        (Wire::Bedrock, false) => format!("model/{MODEL}/converse"),
        (Wire::Bedrock, true) => format!("model/{MODEL}/converse-stream"),
        (Wire::Azure, _) => "openai/v1/chat/completions".to_owned(),
    };
    format!("http://{server}/{path}")
}

/// The header with the key, its value, and any other header that the protocol wants.
#[must_use]
pub fn headers(wire: Wire) -> [Option<(&'static str, String)>; 2] {
    let bearer = || Some(("authorization", format!("Bearer {KEY}")));
    match wire {
        Wire::OpenAi | Wire::Responses | Wire::Mistral | Wire::Cohere | Wire::Bedrock => {
            [bearer(), None]
        }
        Wire::Anthropic => [
            Some(("x-api-key", KEY.to_owned())),
            Some(("anthropic-version", "2023-06-01".to_owned())),
        ],
        Wire::Gemini => [Some(("x-goog-api-key", KEY.to_owned())), None],
        Wire::Azure => [Some(("api-key", KEY.to_owned())), None],
        Wire::Ollama => [None, None],
    }
}

/// Instructions and question.
#[derive(Debug)]
pub struct Texts {
    /// The instructions.
    pub system: String,
    /// The question.
    pub user: String,
}

#[derive(Serialize)]
struct Turn<'a> {
    role: &'static str,
    content: &'a str,
}

#[derive(Serialize)]
struct StreamOptions {
    include_usage: bool,
}

#[derive(Serialize)]
struct Chat<'a> {
    model: &'a str,
    messages: [Turn<'a>; 2],
    #[serde(skip_serializing_if = "Option::is_none")]
    stream: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stream_options: Option<StreamOptions>,
}

#[derive(Serialize)]
struct Responses<'a> {
    model: &'a str,
    instructions: &'a str,
    input: [Turn<'a>; 1],
    store: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    stream: Option<bool>,
}

#[derive(Serialize)]
struct Anthropic<'a> {
    model: &'a str,
    max_tokens: u32,
    system: &'a str,
    messages: [Turn<'a>; 1],
    #[serde(skip_serializing_if = "Option::is_none")]
    stream: Option<bool>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Generate<'a> {
    system_instruction: Parts<'a>,
    contents: [Parts<'a>; 1],
}

#[derive(Serialize)]
struct Parts<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<&'static str>,
    parts: [Text<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Converse<'a> {
    messages: [Said<'a>; 1],
    system: [Text<'a>; 1],
    inference_config: Nothing,
}

#[derive(Serialize)]
struct Nothing {}

#[derive(Serialize)]
struct Said<'a> {
    role: &'static str,
    content: [Text<'a>; 1],
}

#[derive(Serialize)]
struct Text<'a> {
    text: &'a str,
}

/// The body that asks.
pub fn body(wire: Wire, texts: &Texts, stream: bool) -> Result<Vec<u8>, Failure> {
    let (system, user) = (texts.system.as_str(), texts.user.as_str());
    let turn = |role, content| Turn { role, content };
    let asked = stream.then_some(true);
    let chat = |stream, stream_options| Chat {
        model: MODEL,
        messages: [turn("system", system), turn("user", user)],
        stream,
        stream_options,
    };
    let usage = || {
        stream.then_some(StreamOptions {
            include_usage: true,
        })
    };
    Ok(match wire {
        Wire::OpenAi | Wire::Azure => serde_json::to_vec(&chat(asked, usage()))?,
        Wire::Mistral | Wire::Cohere => serde_json::to_vec(&chat(asked, None))?,
        // Streams if nothing is said.
        Wire::Ollama => serde_json::to_vec(&chat(Some(stream), None))?,
        Wire::Responses => serde_json::to_vec(&Responses {
            model: MODEL,
            instructions: system,
            input: [turn("user", user)],
            store: false,
            stream: asked,
        })?,
        Wire::Anthropic => serde_json::to_vec(&Anthropic {
            model: MODEL,
            max_tokens: MAX_TOKENS,
            system,
            messages: [turn("user", user)],
            stream: asked,
        })?,
        Wire::Bedrock => serde_json::to_vec(&Converse {
            messages: [Said {
                role: "user",
                content: [Text { text: user }],
            }],
            system: [Text { text: system }],
            inference_config: Nothing {},
        })?,
        Wire::Gemini => {
            let parts = |role, text| Parts {
                role,
                parts: [Text { text }],
            };
            serde_json::to_vec(&Generate {
                system_instruction: parts(None, system),
                contents: [parts(Some("user"), user)],
            })?
        }
    })
}
