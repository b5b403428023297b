//! A recorded answer of vectors or of ranks.

use super::{counted, route};
use crate::kind::Answer;
use bytes::Bytes;
use http::Response;
use msg_core::llm::{EmbedRequest, EmbedWire, LlmError, RerankRequest, RerankWire as _};
use msg_llm::azure_openai::{AzureOpenAi, AzureOpenAiConfig};
use msg_llm::bedrock::{BedrockConfig, BedrockEmbeddings};
use msg_llm::cohere::{CohereConfig, CohereEmbeddings, CohereRerank};
use msg_llm::gemini::{GeminiConfig, GeminiEmbeddings};
use msg_llm::mistral::{Mistral, MistralConfig};
use msg_llm::ollama::{OllamaConfig, OllamaEmbeddings};
use msg_llm::openai::{OpenAiConfig, OpenAiEmbeddings};
use serde_json::{Value, json};

/// How many vectors there are, and of which dimension.
pub(super) fn answer(
    case: &Value,
    response: &Response<Bytes>,
    provider: &str,
) -> Result<Answer, String> {
    let path = route::path(case).unwrap_or_default();
    let wire = wire(provider, &path).map_err(|error| error.to_string())?;
    let mut fields = Answer::new();
    fields.insert("scheme".to_owned(), wire.scheme().into());
    match wire.decode(&request(case, response), response) {
        Ok(answer) => {
            fields.insert("ok".to_owned(), true.into());
            fields.insert("vectors".to_owned(), answer.vectors.len().into());
            fields.insert("dimension".to_owned(), answer.dimension().into());
            fields.insert("usage".to_owned(), counted(answer.usage));
        }
        Err(error) => failed(&mut fields, &error),
    }
    Ok(fields)
}

fn wire(provider: &str, path: &str) -> Result<Box<dyn EmbedWire>, LlmError> {
    let wire = match provider {
        "gemini" => return Ok(Box::new(GeminiEmbeddings::new(GeminiConfig::default())?)),
        "cohere" => return Ok(Box::new(CohereEmbeddings::new(CohereConfig::default())?)),
        "ollama" if path.contains("/api/") => {
            return Ok(Box::new(OllamaEmbeddings::new(OllamaConfig::default())?));
        }
        "bedrock" => {
            let model = route::invoked(path).unwrap_or_default();
            let config = BedrockConfig::new("us-east-1").with_model(model);
            return Ok(Box::new(BedrockEmbeddings::new(config)?));
        }
        "mistral" => Mistral::embeddings(MistralConfig::default())?,
        "azure-openai" => {
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

/// An answer of ranks: the documents in their order.
pub(super) fn ranks(
    case: &Value,
    response: &Response<Bytes>,
    provider: &str,
) -> Result<Answer, String> {
    let wire = CohereRerank::new(CohereConfig::default()).map_err(|error| error.to_string())?;
    let asked = asked(case);
    let documents = asked.get("documents").and_then(Value::as_array);
    let documents = documents.map_or_else(|| ranked(response), Vec::len);
    let request = RerankRequest::new("", vec!["recorded"; documents]);
    let mut fields = Answer::new();
    fields.insert("scheme".to_owned(), provider.into());
    match wire.decode(&request, response) {
        Ok(answer) => {
            let order: Vec<usize> = answer.ranks.iter().map(|rank| rank.index).collect();
            fields.insert("ok".to_owned(), true.into());
            fields.insert("order".to_owned(), order.into());
            let scores: Vec<f64> = answer.ranks.iter().map(|rank| rank.score).collect();
            fields.insert("scores".to_owned(), scores.into());
            fields.insert("searches".to_owned(), answer.searches.into());
            fields.insert("usage".to_owned(), counted(answer.usage));
        }
        Err(error) => failed(&mut fields, &error),
    }
    Ok(fields)
}

/// How many documents there must have been, for a case without its request.
fn ranked(response: &Response<Bytes>) -> usize {
    let told: Value = serde_json::from_slice(response.body()).unwrap_or_default();
    let results = told.get("results").and_then(Value::as_array);
    let indices = results.into_iter().flatten();
    let last = indices.filter_map(|rank| rank.get("index")?.as_u64()).max();
    let last = last.and_then(|last| usize::try_from(last).ok());
    last.map_or(1, |last| last.saturating_add(1).min(1 << 16))
}

fn failed(fields: &mut Answer, error: &LlmError) {
    fields.insert("ok".to_owned(), false.into());
    let told = json!({"kind": error.kind, "retryable": error.retryable});
    fields.insert("error".to_owned(), told);
}

/// The body of the request as JSON, which the case has as JSON or as text.
fn asked(case: &Value) -> Value {
    let body = case.pointer("/request/body").cloned().unwrap_or_default();
    match body.as_str().map(serde_json::from_str::<Value>) {
        Some(Ok(read)) => read,
        _ => body,
    }
}

/// What was asked: as many texts as there are. A case without its request is taken to have got what it asked for.
fn request(case: &Value, response: &Response<Bytes>) -> EmbedRequest {
    let body = asked(case);
    let named = [
        "input",
        "inputText",
        "texts",
        "images",
        "inputs",
        "requests",
    ];
    let texts = match named.iter().find_map(|name| body.get(name)) {
        Some(Value::Array(texts)) if texts.iter().all(Value::is_number) => 1,
        Some(Value::Array(texts)) => texts.len(),
        Some(_) => 1,
        None => {
            let told: Value = serde_json::from_slice(response.body()).unwrap_or_default();
            let given = ["/data", "/embeddings", "/embeddings/float"]
                .iter()
                .find_map(|name| told.pointer(name)?.as_array());
            given.map_or(1, Vec::len)
        }
    };
    EmbedRequest::new(vec!["recorded"; texts])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_of_bedrock_are_read_by_the_model_in_the_path() {
        for (model, asked, told) in [
            (
                "amazon.titan-embed-text-v2%3A0",
                json!({"inputText": "a"}),
                json!({"embedding": [1, 2], "inputTextTokenCount": 3}),
            ),
            (
                "cohere.embed-v4%3A0",
                json!({}),
                json!({"embeddings": {"float": [[1, 2], [3, 4]]}}),
            ),
        ] {
            let path = format!("/model/{model}/invoke");
            let case = json!({"provider": "bedrock", "request": {"path": path, "body": asked.to_string()}});
            let read = answer(
                &case,
                &Response::new(Bytes::from(told.to_string())),
                "bedrock",
            );
            let read = read.unwrap();
            assert_eq!((&read["ok"], &read["dimension"]), (&json!(true), &json!(2)));
        }
    }

    #[test]
    fn ranks_are_read_with_and_without_what_was_asked() {
        let body = json!({"results": [{"index": 0, "relevance_score": 0.25}, {"index": 2, "relevance_score": 0.5}],
            "meta": {"billed_units": {"search_units": 1}}});
        for request in [
            json!({"path": "/v2/rerank", "body": {"documents": ["a", "b", "c"]}}),
            json!({"path": "/v2/rerank"}),
        ] {
            let case = json!({"provider": "cohere", "request": request});
            let read = ranks(
                &case,
                &Response::new(Bytes::from(body.to_string())),
                "cohere",
            );
            let read = read.unwrap();
            assert_eq!(read["order"], json!([2, 0]));
            assert_eq!(read["scores"], json!([0.5, 0.25]));
            assert_eq!(read["searches"], 1);
        }
        let few = json!({"path": "/v2/rerank", "body": {"documents": ["a"]}});
        let case = json!({"provider": "cohere", "request": few});
        let read = ranks(
            &case,
            &Response::new(Bytes::from(body.to_string())),
            "cohere",
        );
        assert_eq!(read.unwrap()["ok"], false);
    }

    #[test]
    fn vectors_are_counted_against_what_was_asked() {
        let told = |input: Value| {
            let body =
                json!({"data": [{"index": 0, "embedding": [1, 2]}], "usage": {"prompt_tokens": 3}});
            let case = json!({"provider": "venice", "request": {"path": "/api/v1/embeddings", "body": {"input": input}}});
            answer(
                &case,
                &Response::new(Bytes::from(body.to_string())),
                "venice",
            )
            .unwrap()
        };
        let one = told(json!("a"));
        assert_eq!(
            (&one["vectors"], &one["dimension"], &one["scheme"]),
            (&json!(1), &json!(2), &json!("venice"))
        );
        assert_eq!(told(json!(["a", "b"]))["ok"], false);
    }
}
