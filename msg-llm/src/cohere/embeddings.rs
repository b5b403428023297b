//! Texts as vectors (`/v2/embed`).

use super::config::CohereConfig;
use super::response::usage;
use super::schema::Counts;
use super::wire::SCHEME;
use crate::value::{Presence, Text};
use crate::whole::{check_texts, model, post, read, vectors};
use bytes::Bytes;
use http::{HeaderMap, Request, Response, Uri};
use msg_core::llm::{EmbedPurpose, EmbedRequest, EmbedResponse, EmbedWire, LlmError};
use serde::{Deserialize, Serialize};

/// How many texts one request may have (`texts` of the API's description).
const BATCH: usize = 96;

/// The wire of vectors. Its model is the one of vectors, not of chat.
///
/// The API wants to know what the vectors are for: without a purpose the texts are documents to be searched, and texts to
/// be compared are in its words texts of a clustering. A text longer than the model reads is an error and is not cut.
///
/// ```
/// use msg_core::llm::{EmbedRequest, EmbedWire as _};
/// use msg_llm::cohere::{CohereConfig, CohereEmbeddings};
///
/// let wire = CohereEmbeddings::new(CohereConfig::default().with_model("embed-v4.0"))?;
/// let request = wire.encode(&EmbedRequest::new(["Hello", "Good day"]))?;
/// assert_eq!(request.uri(), "https://api.cohere.com/v2/embed");
/// # Ok::<(), msg_core::llm::LlmError>(())
/// ```
#[derive(Debug)]
pub struct CohereEmbeddings {
    endpoint: Uri,
    head: HeaderMap,
    model: String,
}

impl CohereEmbeddings {
    /// A wire to the API of `config`.
    ///
    /// # Errors
    /// When the base URL is not an http or https URL with a host, or a key or header cannot be sent in a header.
    pub fn new(config: CohereConfig) -> Result<Self, LlmError> {
        Ok(Self {
            endpoint: config.base()?.join("/v2/embed", "")?,
            head: config.head(false)?,
            model: config.model,
        })
    }
}

impl EmbedWire for CohereEmbeddings {
    fn scheme(&self) -> &str {
        SCHEME
    }

    fn batch(&self) -> usize {
        BATCH
    }

    fn encode(&self, request: &EmbedRequest) -> Result<Request<Bytes>, LlmError> {
        check_texts(request, BATCH)?;
        let body = Ask {
            model: model(&request.model, &self.model)?,
            texts: &request.texts,
            input_type: kind(request.purpose.as_ref()),
            embedding_types: ["float"],
            output_dimension: request.dimension,
            truncate: "NONE",
        };
        post(self.endpoint.clone(), &self.head, &body)
    }

    fn decode(
        &self,
        request: &EmbedRequest,
        response: &Response<Bytes>,
    ) -> Result<EmbedResponse, LlmError> {
        let is_answer = |told: &Told<'_>| told.embeddings.is_some() && !told.error.0;
        let told: Told<'_> = read(response, is_answer)?;
        let all = match told.embeddings {
            Some(Vectors::ByType { float } | Vectors::Floats(float)) => float,
            None => Vec::new(),
        };
        let mut answer = vectors(request, response.headers(), all)?;
        if answer.request_id.is_none() {
            answer.request_id = told.id.some().map(String::from);
        }
        answer.usage = told.meta.map(usage).unwrap_or_default();
        // There is no output.
        (answer.usage.output, answer.usage.reasoning) = (None, None);
        Ok(answer)
    }
}

/// `EmbedInputType`.
const fn kind(purpose: Option<&EmbedPurpose>) -> &'static str {
    match purpose {
        Some(EmbedPurpose::Query) => "search_query",
        Some(EmbedPurpose::Classification) => "classification",
        Some(EmbedPurpose::Clustering | EmbedPurpose::Similarity) => "clustering",
        _ => "search_document",
    }
}

/// The body of `/v2/embed`.
#[derive(Serialize)]
struct Ask<'a> {
    model: &'a str,
    texts: &'a [String],
    input_type: &'static str,
    embedding_types: [&'static str; 1],
    #[serde(skip_serializing_if = "Option::is_none")]
    output_dimension: Option<u32>,
    truncate: &'static str,
}

/// `EmbedByTypeResponse`, and the form of version 1.
#[derive(Deserialize)]
struct Told<'a> {
    #[serde(borrow, default)]
    id: Text<'a>,
    embeddings: Option<Vectors>,
    meta: Option<Counts>,
    #[serde(default)]
    error: Presence,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Vectors {
    ByType { float: Vec<Vec<f32>> },
    Floats(Vec<Vec<f32>>),
}

#[cfg(test)]
mod tests {
    use super::*;
    use msg_core::llm::LlmErrorKind;
    use serde_json::{Value, json};

    fn wire() -> CohereEmbeddings {
        let config = CohereConfig::default()
            .with_api_key("canary-key")
            .with_model("e");
        CohereEmbeddings::new(config).unwrap()
    }

    fn decode(body: &Value) -> Result<EmbedResponse, LlmError> {
        let answer = Response::new(Bytes::from(body.to_string()));
        wire().decode(&EmbedRequest::new(["a", "b"]), &answer)
    }

    #[test]
    fn a_request_in_its_own_words() {
        let sent = |ask: &EmbedRequest| {
            let request = wire().encode(ask).unwrap();
            serde_json::from_slice::<Value>(request.body()).unwrap()
        };
        assert_eq!(
            sent(&EmbedRequest::new(["a"]).with_dimension(512)),
            json!({"model": "e", "texts": ["a"], "input_type": "search_document", "embedding_types": ["float"],
                   "output_dimension": 512, "truncate": "NONE"})
        );
        let query = EmbedRequest::new(["a"]).with_purpose(EmbedPurpose::Query);
        assert_eq!(sent(&query)["input_type"], "search_query");
        assert!(!format!("{:?}", wire()).contains("canary"));
    }

    #[test]
    fn vectors_and_errors() {
        let meta = json!({"billed_units": {"input_tokens": 4}});
        let floats = json!([[0.5, 1], [0, -1]]);
        let answer =
            decode(&json!({"id": "r-1", "embeddings": {"float": floats}, "meta": meta})).unwrap();
        assert_eq!(answer.vectors, [[0.5, 1.0], [0.0, -1.0]]);
        assert_eq!(answer.request_id.as_deref(), Some("r-1"));
        assert_eq!((answer.usage.input, answer.usage.output), (Some(4), None));
        let old = decode(&json!({"id": "r-1", "embeddings": floats})).unwrap();
        assert_eq!((old.vectors, old.usage.input), (answer.vectors, None));
        for wrong in [
            json!({"embeddings": {"float": [[1]]}}),
            json!({"embeddings": {"int8": [[1], [2]]}}),
            json!({"id": "r-1"}),
        ] {
            let error = decode(&wrong).unwrap_err();
            assert_eq!(error.kind, LlmErrorKind::Malformed, "{wrong}");
        }
        let error = decode(&json!({"id": "r-1", "message": "canary"})).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("canary"));
    }
}
