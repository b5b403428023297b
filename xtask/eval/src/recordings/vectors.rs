//! A recorded answer of vectors.

use super::counted;
use crate::kind::Answer;
use crate::line;
use bytes::Bytes;
use http::Response;
use msg_core::llm::{EmbedRequest, EmbedWire, LlmError};
use msg_llm::azure_openai::{AzureOpenAi, AzureOpenAiConfig};
use msg_llm::mistral::{Mistral, MistralConfig};
use msg_llm::openai::{OpenAiConfig, OpenAiEmbeddings};
use serde_json::{Value, json};

/// The answer, if the case is one of vectors: how many and of which dimension.
pub(super) fn answer(case: &Value, response: &Response<Bytes>) -> Result<Option<Answer>, String> {
    let path = case
        .pointer("/request/path")
        .or_else(|| case.get("api"))
        .and_then(Value::as_str)
        .unwrap_or_default();
    if !path.ends_with("embeddings") {
        return Ok(None);
    }
    let provider = line::text(case, "provider")?;
    let wire = wire(provider).map_err(|error| error.to_string())?;
    let mut fields = Answer::new();
    fields.insert("scheme".to_owned(), wire.scheme().into());
    match wire.decode(&request(case, response), response) {
        Ok(answer) => {
            fields.insert("ok".to_owned(), true.into());
            fields.insert("vectors".to_owned(), answer.vectors.len().into());
            fields.insert("dimension".to_owned(), answer.dimension().into());
            fields.insert("usage".to_owned(), counted(answer.usage));
        }
        Err(error) => {
            fields.insert("ok".to_owned(), false.into());
            let told = json!({"kind": error.kind, "retryable": error.retryable});
            fields.insert("error".to_owned(), told);
        }
    }
    Ok(Some(fields))
}

fn wire(provider: &str) -> Result<Box<dyn EmbedWire>, LlmError> {
    let wire = match provider {
        "mistral" => Mistral::embeddings(MistralConfig::default())?,
        "azure" | "azure-openai" => {
            let config = AzureOpenAiConfig::new("https://azure.example", "recorded");
            AzureOpenAi::embeddings(config)?
        }
        _ => {
            let config = OpenAiConfig::profile(provider)
                .unwrap_or_else(|_| OpenAiConfig::default().with_name(provider));
            OpenAiEmbeddings::new(config)?
        }
    };
    Ok(Box::new(wire))
}

/// What was asked. A case without its request is taken to have got what it asked for.
fn request(case: &Value, response: &Response<Bytes>) -> EmbedRequest {
    let body = case.pointer("/request/body").cloned().unwrap_or_default();
    // The body as JSON, or as its text.
    let body = match body.as_str().map(serde_json::from_str::<Value>) {
        Some(Ok(read)) => read,
        _ => body,
    };
    let asked = match body.get("input") {
        Some(Value::Array(texts)) if texts.iter().all(Value::is_number) => 1,
        Some(Value::Array(texts)) => texts.len(),
        Some(_) => 1,
        None => {
            let told: Value = serde_json::from_slice(response.body()).unwrap_or_default();
            told.get("data")
                .and_then(Value::as_array)
                .map_or(1, Vec::len)
        }
    };
    EmbedRequest::new(vec!["recorded"; asked])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_are_counted_against_what_was_asked() {
        let told = |input: Value| {
            let body =
                json!({"data": [{"index": 0, "embedding": [1, 2]}], "usage": {"prompt_tokens": 3}});
            let case = json!({"provider": "venice", "request": {"path": "/api/v1/embeddings", "body": {"input": input}}});
            answer(&case, &Response::new(Bytes::from(body.to_string())))
                .unwrap()
                .unwrap()
        };
        let one = told(json!("a"));
        assert_eq!(
            (&one["vectors"], &one["dimension"], &one["scheme"]),
            (&json!(1), &json!(2), &json!("venice"))
        );
        assert_eq!(told(json!(["a", "b"]))["ok"], false);
        let chat = json!({"request": {"path": "/v1/chat/completions"}});
        assert_eq!(answer(&chat, &Response::default()).unwrap(), None);
    }
}
