//! Texts as vectors (`batchEmbedContents`).

use super::config::GeminiConfig;
use super::request::model_path;
use super::response::refined;
use super::wire::SCHEME;
use crate::server::Base;
use crate::value::{Count, Presence};
use crate::whole::{check_texts, model, post, read, vectors};
use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use msg_core::llm::{EmbedPurpose, EmbedRequest, EmbedResponse, EmbedWire, LlmError};
use serde::{Deserialize, Serialize};

/// How many texts one request may have: the API says so when there are more (its error names the 100).
const BATCH: usize = 100;

/// The wire of vectors. Its model is the one of vectors, not of chat. Only the Gemini API has it: Vertex AI speaks another
/// protocol for vectors.
///
/// ```
/// use msg_core::llm::{EmbedRequest, EmbedWire as _};
/// use msg_llm::gemini::{GeminiConfig, GeminiEmbeddings};
///
/// let wire = GeminiEmbeddings::new(GeminiConfig::default().with_model("gemini-embedding-001"))?;
/// let request = wire.encode(&EmbedRequest::new(["Hello", "Good day"]))?;
/// assert!(request.uri().path().ends_with("/models/gemini-embedding-001:batchEmbedContents"));
/// # Ok::<(), msg_core::llm::LlmError>(())
/// ```
#[derive(Debug)]
pub struct GeminiEmbeddings {
    base: Base,
    head: HeaderMap,
    model: String,
}

impl GeminiEmbeddings {
    /// A wire to the API of `config`.
    ///
    /// # Errors
    /// When the base URL is not an http or https URL with a host or has a key in it, or a key or header cannot be sent in a
    /// header.
    pub fn new(config: GeminiConfig) -> Result<Self, LlmError> {
        Ok(Self {
            base: config.base()?,
            head: config.head(false)?,
            model: config.model,
        })
    }
}

impl EmbedWire for GeminiEmbeddings {
    fn scheme(&self) -> &str {
        SCHEME
    }

    fn batch(&self) -> usize {
        BATCH
    }

    fn encode(&self, request: &EmbedRequest) -> Result<Request<Bytes>, LlmError> {
        check_texts(request, BATCH)?;
        let name = model_path(model(&request.model, &self.model)?)?;
        let one = |text| One {
            model: &name,
            content: Content {
                parts: [Part { text }],
            },
            task_type: task(request.purpose.as_ref()),
            output_dimensionality: request.dimension,
        };
        let requests = request.texts.iter().map(|text| one(text)).collect();
        let uri = self.base.join(&format!("/{name}:batchEmbedContents"), "")?;
        post(uri, &self.head, &Ask { requests })
    }

    fn decode(
        &self,
        request: &EmbedRequest,
        response: &Response<Bytes>,
    ) -> Result<EmbedResponse, LlmError> {
        let is_answer =
            |told: &Told| !told.error.0 && (told.embeddings.is_some() || told.embedding.is_some());
        let told = read(response, is_answer).map_err(|error| refined(error, response.body()))?;
        let all = told.embeddings.unwrap_or_default().into_iter();
        // `embedContent` has one.
        let all = all.chain(told.embedding).map(|embedding| embedding.values);
        let mut answer = vectors(request, response.headers(), all.collect())?;
        answer.usage.input = told.usage_metadata.and_then(|usage| usage.prompt.0);
        Ok(answer)
    }
}

/// `TaskType` of the API. What it has no word for is not said.
const fn task(purpose: Option<&EmbedPurpose>) -> Option<&'static str> {
    match purpose {
        Some(EmbedPurpose::Document) => Some("RETRIEVAL_DOCUMENT"),
        Some(EmbedPurpose::Query) => Some("RETRIEVAL_QUERY"),
        Some(EmbedPurpose::Similarity) => Some("SEMANTIC_SIMILARITY"),
        Some(EmbedPurpose::Classification) => Some("CLASSIFICATION"),
        Some(EmbedPurpose::Clustering) => Some("CLUSTERING"),
        _ => None,
    }
}

/// `BatchEmbedContentsRequest`.
#[derive(Serialize)]
struct Ask<'a> {
    requests: Vec<One<'a>>,
}

/// `EmbedContentRequest`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct One<'a> {
    model: &'a str,
    content: Content<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    task_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output_dimensionality: Option<u32>,
}

#[derive(Serialize)]
struct Content<'a> {
    parts: [Part<'a>; 1],
}

#[derive(Serialize)]
struct Part<'a> {
    text: &'a str,
}

/// `BatchEmbedContentsResponse` and `EmbedContentResponse`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Told {
    embeddings: Option<Vec<Embedding>>,
    embedding: Option<Embedding>,
    usage_metadata: Option<Tokens>,
    #[serde(default)]
    error: Presence,
}

#[derive(Deserialize)]
struct Embedding {
    #[serde(default)]
    values: Vec<f32>,
}

#[derive(Deserialize)]
struct Tokens {
    #[serde(default, rename = "promptTokenCount")]
    prompt: Count,
}

#[cfg(test)]
mod tests {
    use super::*;
    use msg_core::llm::LlmErrorKind;
    use serde_json::{Value, json};

    fn wire() -> GeminiEmbeddings {
        let config = GeminiConfig::default()
            .with_api_key("canary-key")
            .with_model("e");
        GeminiEmbeddings::new(config).unwrap()
    }

    fn decode(texts: &[&str], body: &Value) -> Result<EmbedResponse, LlmError> {
        let answer = Response::new(Bytes::from(body.to_string()));
        wire().decode(&EmbedRequest::new(texts.iter().copied()), &answer)
    }

    #[test]
    fn a_request_in_its_own_words() {
        let sent = |ask: &EmbedRequest| {
            let request = wire().encode(ask).unwrap();
            assert!(!request.uri().to_string().contains("canary"));
            serde_json::from_slice::<Value>(request.body()).unwrap()
        };
        let one = |text: &str| json!({"model": "models/e", "content": {"parts": [{"text": text}]}});
        assert_eq!(
            sent(&EmbedRequest::new(["a", "b"])),
            json!({"requests": [one("a"), one("b")]})
        );
        let ask = EmbedRequest::new(["a"])
            .with_purpose(EmbedPurpose::Query)
            .with_dimension(256);
        let first = &sent(&ask)["requests"][0];
        assert_eq!(first["taskType"], "RETRIEVAL_QUERY");
        assert_eq!(first["outputDimensionality"], 256);
        let odd = EmbedRequest::new(["a"]).with_model("../x");
        assert!(wire().encode(&odd).is_err());
        assert!(!format!("{:?}", wire()).contains("canary"));
    }

    #[test]
    fn vectors_and_errors() {
        let two = json!({"embeddings": [{"values": [0.5, 1]}, {"values": [0, -1]}], "usageMetadata": {"promptTokenCount": 4}});
        let answer = decode(&["a", "b"], &two).unwrap();
        assert_eq!(answer.vectors, [[0.5, 1.0], [0.0, -1.0]]);
        assert_eq!(answer.usage.input, Some(4));
        let one = decode(&["a"], &json!({"embedding": {"values": [0.5]}})).unwrap();
        assert_eq!((one.vectors, one.usage.input), (vec![vec![0.5]], None));
        for wrong in [
            json!({"embeddings": [{"values": [1]}]}),
            json!({}),
            json!([1]),
        ] {
            let error = decode(&["a", "b"], &wrong).unwrap_err();
            assert_eq!(error.kind, LlmErrorKind::Malformed, "{wrong}");
        }
        let body = json!({"error": {"code": 400, "message": "API key not valid. canary", "status": "INVALID_ARGUMENT"}});
        let error = decode(&["a"], &body).unwrap_err();
        assert_eq!(error.kind, LlmErrorKind::Auth);
        assert!(!format!("{error} {error:?}").contains("canary"));
    }
}
