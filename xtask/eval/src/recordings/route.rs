//! What a recorded exchange is, and whose.

use serde_json::Value;
use std::borrow::Cow;

/// What was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// Chat Completions and what imitates them.
    Chat,
    /// The Responses API.
    Responses,
    /// Anthropic's Messages.
    Messages,
    /// Bedrock's Converse.
    Converse,
    /// Cohere's chat, version 2.
    Cohere,
    /// Gemini's generateContent.
    Gemini,
    /// Ollama's chat.
    Ollama,
    /// Vectors.
    Vectors,
    /// Ranks.
    Ranks,
}

/// What is asked at an address that ends so: the first row that fits counts.
const ENDS: [(&str, Option<Asked>); 28] = [
    // Batches, whose answers come later and elsewhere.
    (":batchgeneratecontent", None),
    (":asyncbatchembedcontent", None),
    ("generatecontent", Some(Asked::Gemini)),
    ("embedcontent", Some(Asked::Vectors)),
    ("embedcontents", Some(Asked::Vectors)),
    ("/fim/completions", None),
    ("chat/completions", Some(Asked::Chat)),
    ("chat.completions", Some(Asked::Chat)),
    ("/agents/completions", Some(Asked::Chat)),
    ("/converse", Some(Asked::Converse)),
    ("/converse-stream", Some(Asked::Converse)),
    ("/v2/chat", Some(Asked::Cohere)),
    ("/api/chat", Some(Asked::Ollama)),
    ("/responses", Some(Asked::Responses)),
    ("/v1/messages", Some(Asked::Messages)),
    ("/anthropic/messages", Some(Asked::Messages)),
    ("rerank", Some(Asked::Ranks)),
    ("/embeddings", Some(Asked::Vectors)),
    ("/embed", Some(Asked::Vectors)),
    // What stands alone in `api`.
    ("converse", Some(Asked::Converse)),
    ("converse-stream", Some(Asked::Converse)),
    ("v2/chat", Some(Asked::Cohere)),
    ("api/chat", Some(Asked::Ollama)),
    ("responses", Some(Asked::Responses)),
    ("messages", Some(Asked::Messages)),
    ("embeddings", Some(Asked::Vectors)),
    ("embed", Some(Asked::Vectors)),
    ("chat", None),
];

/// What the case is; why it is none of chat, embeddings and reranking otherwise.
pub(super) fn asked(case: &Value) -> Result<Asked, String> {
    let method = told(case, "/request/method");
    // Lists and single objects of the provider's books: models, files, caches.
    if !method.is_empty() && !method.eq_ignore_ascii_case("POST") {
        return Err(format!("`{method}` asks no model"));
    }
    let Some(path) = path(case) else {
        return Ok(usual(&provider(case)));
    };
    if let Some(row) = ENDS.iter().find(|(end, _)| ends(&path, end))
        && let Some(asked) = row.1
    {
        return Ok(asked);
    }
    if invoked(&path).is_some() {
        return Ok(Asked::Vectors);
    }
    // Vertex carries Anthropic's messages under an address of its own.
    if path.contains("/publishers/anthropic/") && path.to_ascii_lowercase().ends_with("rawpredict")
    {
        return Ok(Asked::Messages);
    }
    // Where there is no address but a name, the provider says what it is.
    if case.get("request").is_none() {
        return Ok(usual(&provider(case)));
    }
    by_answer(case).ok_or_else(|| format!("`{path}` is none of chat, embeddings and reranking"))
}

/// Whether the path ends so: a beginning slash means a segment of its own, and a name without any slash is the whole.
fn ends(path: &str, end: &str) -> bool {
    let path = path.to_ascii_lowercase();
    if matches!(end, "generatecontent" | "embedcontent" | "embedcontents") {
        // `generateContent`, `:streamGenerateContent`, `:batchEmbedContents`
        return path.ends_with(end);
    }
    if end.starts_with([':', '/']) {
        return path.ends_with(end);
    }
    match path.strip_suffix(end) {
        Some("") => true,
        // Azure says `/models/chat/completions`, Cohere `/v2/rerank`.
        Some(before) => before.ends_with('/') && (end.contains('/') || end == "rerank"),
        None => false,
    }
}

/// What an answer under an address that no provider of ours has looks like: gateways carry the protocols elsewhere.
fn by_answer(case: &Value) -> Option<Asked> {
    let request = case.pointer("/request/body")?;
    let body = case.pointer("/response/body")?;
    let request = text(request);
    let asks: Value = serde_json::from_str(&request).unwrap_or_default();
    let has = |name: &str| asks.get(name).is_some();
    let body = text(body);
    let says = |name: &str| body.contains(name);
    if has("messages") && says("\"choices\"") && (says("\"message\"") || says("\"delta\"")) {
        Some(Asked::Chat)
    } else if has("messages") && says("\"stop_reason\"") && says("\"usage\"") {
        Some(Asked::Messages)
    } else if has("input") && (says("\"object\":\"response\"") || says("\"response.created\"")) {
        Some(Asked::Responses)
    } else if has("contents") && says("\"candidates\"") {
        Some(Asked::Gemini)
    } else {
        None
    }
}

/// A text, or the JSON of what stands in its place.
pub(super) fn text(value: &Value) -> Cow<'_, str> {
    match value.as_str() {
        Some(text) => Cow::Borrowed(text),
        None => Cow::Owned(value.to_string()),
    }
}

/// What a provider is asked where no address says it.
fn usual(provider: &str) -> Asked {
    match provider {
        "anthropic" => Asked::Messages,
        "bedrock" => Asked::Converse,
        "cohere" => Asked::Cohere,
        "gemini" => Asked::Gemini,
        "ollama" => Asked::Ollama,
        "openai-responses" => Asked::Responses,
        _ => Asked::Chat,
    }
}

/// The path of the request, or what `api` says, without host, query and slash at the end.
pub(super) fn path(case: &Value) -> Option<String> {
    let path = case.pointer("/request/path").or_else(|| case.get("api"))?;
    let path = path.as_str()?;
    let path = match path.split_once("://") {
        Some((_, rest)) => rest.find('/').and_then(|at| rest.get(at..)).unwrap_or("/"),
        None => path,
    };
    let path = path.split(['?', '#']).next().unwrap_or_default();
    Some(path.trim_end_matches('/').to_owned())
}

/// The provider under one of its names, as a server may be called.
pub(super) fn provider(case: &Value) -> Cow<'_, str> {
    let told = told(case, "/provider");
    let sound = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let name = if !told.is_empty() && told.chars().all(sound) {
        Cow::Borrowed(told)
    } else {
        let mut name: String = told
            .chars()
            .map(|c| c.to_ascii_lowercase())
            .map(|c| if sound(c) { c } else { '-' })
            .collect();
        name.truncate(64);
        Cow::Owned(name)
    };
    match name.trim_matches('-') {
        "" => "recorded".into(),
        "google" | "google-genai" | "google-gemini" | "vertex" | "vertexai" | "vertex-ai"
        | "google-vertex" => "gemini".into(),
        "aws" | "aws-bedrock" | "amazon-bedrock" => "bedrock".into(),
        "azure" | "azureopenai" => "azure-openai".into(),
        "mistralai" => "mistral".into(),
        "togetherai" | "together-ai" => "together".into(),
        "fireworks-ai" => "fireworks".into(),
        "x-ai" | "grok" => "xai".into(),
        "hf" | "hugging-face" => "huggingface".into(),
        "lmstudio" => "lm-studio".into(),
        "kimi" | "moonshotai" => "moonshot".into(),
        "zai" | "z-ai" | "zhipuai" | "bigmodel" => "zhipu".into(),
        "nim" | "nvidia-nim" => "nvidia".into(),
        trimmed if trimmed.len() < name.len() => trimmed.to_owned().into(),
        _ => name,
    }
}

/// The model of vectors that a path of Bedrock invokes. Other models speak protocols of their own there.
pub(super) fn invoked(path: &str) -> Option<&str> {
    let model = path.strip_suffix("/invoke")?.rsplit('/').next()?;
    let known = ["titan-embed", "cohere.embed"];
    let known = known.iter().any(|name| model.contains(name));
    known.then_some(model)
}

fn told<'a>(case: &'a Value, pointer: &str) -> &'a str {
    case.pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn of(path: &str) -> Option<Asked> {
        let case = json!({"provider": "x", "request": {"method": "POST", "path": path, "body": "{}"}, "response": {"body": "{}"}});
        asked(&case).ok()
    }

    #[test]
    fn the_end_of_the_path_says_what_is_asked() {
        for (asked, paths) in [
            (
                Asked::Chat,
                &[
                    "/v1/chat/completions",
                    "/chat/completions",
                    "/openai/deployments/d/chat/completions",
                    "/models/chat/completions",
                    "/openai/v1/chat/completions/",
                    "/api/paas/v4/chat/completions?a=b",
                    "https://h.example/v1beta/openai/chat/completions",
                    "/v1/agents/completions",
                ][..],
            ),
            (
                Asked::Responses,
                &["/v1/responses", "/backend-api/codex/responses"],
            ),
            (
                Asked::Messages,
                &[
                    "/v1/messages",
                    "/api/v1/messages",
                    "/v1/projects/p/publishers/anthropic/models/m:streamRawPredict",
                ],
            ),
            (
                Asked::Gemini,
                &[
                    "/v1beta/models/m:generateContent",
                    "/v1/projects/p/publishers/google/models/m:streamGenerateContent",
                ],
            ),
            (
                Asked::Converse,
                &["/model/m%3A0/converse", "/model/m/converse-stream"],
            ),
            (Asked::Cohere, &["/v2/chat"]),
            (Asked::Ollama, &["/api/chat", "/proxy/api/chat"]),
            (
                Asked::Vectors,
                &[
                    "/v1/embeddings",
                    "/v2/embed",
                    "/api/embed",
                    "/v1beta/models/m:batchEmbedContents",
                    "/model/amazon.titan-embed-text-v2:0/invoke",
                ],
            ),
            (Asked::Ranks, &["/v2/rerank", "/rerank"]),
        ] {
            for path in paths {
                assert_eq!(of(path), Some(asked), "{path}");
            }
        }
    }

    #[test]
    fn what_is_none_of_them_is_said() {
        for path in [
            "/v1/complete",
            "/v1/completions",
            "/v1/fim/completions",
            "/v1/messages/count_tokens",
            "/v1/messages/batches",
            "/v1/threads/t/messages",
            "/v1/responses/input_tokens",
            "/v1/responses/r/cancel",
            "/v1/conversations",
            "/v1/chat",
            "/v1beta/models/m:countTokens",
            "/v1beta/models/m:batchGenerateContent",
            "/v1beta/cachedContents",
            "/v1beta/interactions",
            "/model/anthropic.claude-3/invoke",
            "/model/m/count-tokens",
            "/v1/audio/transcriptions",
            "/v1/images/generations",
            "/v1/moderations",
            "/api/generate",
            "/",
        ] {
            assert_eq!(of(path), None, "{path}");
        }
        let listed = json!({"request": {"method": "GET", "path": "/v1/responses"}});
        assert_eq!(asked(&listed).unwrap_err(), "`GET` asks no model");
    }

    #[test]
    fn a_gateway_is_known_by_its_answer() {
        let case = |asks: &str, answers: &str| json!({"request": {"method": "POST", "path": "/ai", "body": asks}, "response": {"body": answers}});
        for (asks, answers, expected) in [
            (
                r#"{"messages":[]}"#,
                r#"data: {"choices":[{"delta":{}}]}"#,
                Some(Asked::Chat),
            ),
            (
                r#"{"messages":[]}"#,
                r#"{"type":"message","stop_reason":"end_turn","usage":{}}"#,
                Some(Asked::Messages),
            ),
            (
                r#"{"input":"a"}"#,
                r#"{"object":"response"}"#,
                Some(Asked::Responses),
            ),
            (
                r#"{"contents":[]}"#,
                r#"{"candidates":[]}"#,
                Some(Asked::Gemini),
            ),
            (r#"{"messages":[]}"#, r#"{"id":"m"}"#, None),
        ] {
            assert_eq!(asked(&case(asks, answers)).ok(), expected, "{answers}");
        }
    }

    #[test]
    fn a_provider_has_many_names() {
        for (told, name) in [
            ("Vertex", "gemini"),
            ("llamacpp", "llamacpp"),
            ("localhost:8000", "localhost-8000"),
            ("api.example.com", "api-example-com"),
            ("Azure OpenAI", "azure-openai"),
            ("<h>", "h"),
            ("", "recorded"),
        ] {
            assert_eq!(provider(&json!({"provider": told})), name);
        }
        for (told, usually) in [("anthropic", Asked::Messages), ("nobody", Asked::Chat)] {
            assert_eq!(asked(&json!({"provider": told})), Ok(usually));
            let named = json!({"provider": told, "api": "chat"});
            assert_eq!(asked(&named), Ok(usually));
        }
        assert_eq!(
            asked(&json!({"provider": "x", "api": "messages"})),
            Ok(Asked::Messages)
        );
    }
}
