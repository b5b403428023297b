//! Texts as vectors (`/api/embed`).

use super::config::OllamaConfig;
use super::wire::SCHEME;
use crate::value::{Count, Presence, Text};
use crate::whole::{check_texts, model, post, read, vectors};
use bytes::Bytes;
use http::{HeaderMap, Request, Response, Uri};
use msg_core::llm::{EmbedRequest, EmbedResponse, EmbedWire, LlmError};
use serde::{Deserialize, Serialize};

/// How many texts one request has. The server sets no limit; this bounds the size of an answer (4 MiB at 4096 numbers each).
const BATCH: usize = 64;

/// The wire of vectors. Its model is the one of vectors, not of chat.
///
/// A text longer than the model reads is an error and is not cut. What the vectors are for is not said: this protocol has
/// no word for it.
///
/// ```
/// use msg_core::llm::{EmbedRequest, EmbedWire as _};
/// use msg_llm::ollama::{OllamaConfig, OllamaEmbeddings};
///
/// let wire = OllamaEmbeddings::new(OllamaConfig::default().with_model("embeddinggemma"))?;
/// let request = wire.encode(&EmbedRequest::new(["Hello", "Good day"]))?;
/// assert_eq!(request.uri(), "http://localhost:11434/api/embed");
/// # Ok::<(), msg_core::llm::LlmError>(())
/// ```
#[derive(Debug)]
pub struct OllamaEmbeddings {
    endpoint: Uri,
    head: HeaderMap,
    model: String,
    keep_alive: Option<String>,
    context: Option<u32>,
}

impl OllamaEmbeddings {
    /// A wire to the server of `config`.
    ///
    /// # Errors
    /// When the base URL is not an http or https URL with a host, or a key or header cannot be sent in a header.
    pub fn new(config: OllamaConfig) -> Result<Self, LlmError> {
        Ok(Self {
            endpoint: config.base()?.join("/api/embed", "")?,
            head: config.head(false)?,
            model: config.model,
            keep_alive: config.keep_alive,
            context: config.context,
        })
    }
}

impl EmbedWire for OllamaEmbeddings {
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
            input: &request.texts,
            truncate: false,
            dimensions: request.dimension,
            keep_alive: self.keep_alive.as_deref(),
            options: self.context.map(|num_ctx| Options { num_ctx }),
        };
        post(self.endpoint.clone(), &self.head, &body)
    }

    fn decode(
        &self,
        request: &EmbedRequest,
        response: &Response<Bytes>,
    ) -> Result<EmbedResponse, LlmError> {
        let told: Told<'_> = read(response, |told: &Told<'_>| {
            told.embeddings.is_some() && !told.error.0
        })?;
        let all = told.embeddings.unwrap_or_default();
        let mut answer = vectors(request, response.headers(), all)?;
        answer.model = told.model.some().map(String::from).unwrap_or_default();
        answer.usage.input = told.prompt_eval_count.0;
        Ok(answer)
    }
}

/// `EmbedRequest` of Ollama's description.
#[derive(Serialize)]
struct Ask<'a> {
    model: &'a str,
    input: &'a [String],
    truncate: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    dimensions: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    keep_alive: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    options: Option<Options>,
}

#[derive(Serialize)]
struct Options {
    num_ctx: u32,
}

/// `EmbedResponse` of Ollama's description.
#[derive(Deserialize)]
struct Told<'a> {
    #[serde(borrow, default)]
    model: Text<'a>,
    embeddings: Option<Vec<Vec<f32>>>,
    #[serde(default)]
    prompt_eval_count: Count,
    #[serde(default)]
    error: Presence,
}

#[cfg(test)]
mod tests {
    use super::*;
    use msg_core::llm::LlmErrorKind;
    use serde_json::{Value, json};

    fn wire() -> OllamaEmbeddings {
        let config = OllamaConfig::default()
            .with_api_key("canary-key")
            .with_model("e")
            .with_context(512);
        OllamaEmbeddings::new(config).unwrap()
    }

    fn decode(body: &Value) -> Result<EmbedResponse, LlmError> {
        let answer = Response::new(Bytes::from(body.to_string()));
        wire().decode(&EmbedRequest::new(["a", "b"]), &answer)
    }

    #[test]
    fn a_request_in_its_own_words() {
        let ask = EmbedRequest::new(["a"]).with_model("f").with_dimension(8);
        let request = wire().encode(&ask).unwrap();
        let body: Value = serde_json::from_slice(request.body()).unwrap();
        assert_eq!(
            body,
            json!({"model": "f", "input": ["a"], "truncate": false, "dimensions": 8, "options": {"num_ctx": 512}})
        );
        assert!(wire().encode(&EmbedRequest::new(["a", ""])).is_err());
        assert!(!format!("{:?}", wire()).contains("canary"));
    }

    #[test]
    fn vectors_and_errors() {
        let answer = decode(
            &json!({"model": "e:1", "embeddings": [[0.5, 1], [0, -1]], "prompt_eval_count": 4}),
        )
        .unwrap();
        assert_eq!(answer.vectors, [[0.5, 1.0], [0.0, -1.0]]);
        assert_eq!(
            (
                answer.model.as_str(),
                answer.usage.input,
                answer.usage.output
            ),
            ("e:1", Some(4), None)
        );
        for wrong in [
            json!({"embeddings": [[1]]}),
            json!({"model": "e"}),
            json!({"embeddings": null}),
        ] {
            let error = decode(&wrong).unwrap_err();
            assert_eq!(error.kind, LlmErrorKind::Malformed, "{wrong}");
        }
        let error = decode(&json!({"error": "canary"})).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("canary"));
    }
}
