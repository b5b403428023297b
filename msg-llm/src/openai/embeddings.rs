//! Vectors of texts.

use super::address::{self, invalid};
use super::config::OpenAiConfig;
use super::quirk::{DimensionField, Lack};
use super::response::{Reading, error_inside, owned, usage};
use super::schema::{Counts, Money};
use crate::failure;
use crate::value::{Count, Presence, Text};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, Uri};
use msg_core::llm::{EmbedRequest, EmbedResponse, EmbedWire, LlmError, LlmErrorKind};
use serde::de::{self, Deserializer, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The wire of vectors at OpenAI and at every server that speaks it. Its model is the one of vectors, not of chat.
///
/// What the vectors are for is not said: this protocol has no word for it.
///
/// ```
/// use msg_core::llm::{EmbedRequest, EmbedWire as _};
/// use msg_llm::openai::{OpenAiConfig, OpenAiEmbeddings};
///
/// let config = OpenAiConfig::default().with_api_key("k".repeat(9)).with_model("text-embedding-3-small");
/// let wire = OpenAiEmbeddings::new(config)?;
/// let request = wire.encode(&EmbedRequest::new(["Hello", "Good day"]))?;
/// assert_eq!(request.uri(), "https://api.openai.com/v1/embeddings");
/// # Ok::<(), msg_core::llm::LlmError>(())
/// ```
#[derive(Debug)]
pub struct OpenAiEmbeddings {
    endpoint: Uri,
    head: HeaderMap,
    scheme: Box<str>,
    model: String,
    batch: usize,
    dimension: DimensionField,
    /// Whether the body names the model.
    says_model: bool,
    reading: Reading,
}

impl OpenAiEmbeddings {
    /// A wire to the server of `config`.
    ///
    /// # Errors
    /// When the base URL is not an http or https URL with a host, a name is not one, or a key or header cannot be sent in a header.
    pub fn new(config: OpenAiConfig) -> Result<Self, LlmError> {
        let endpoint = address::endpoint(&config.base_url, "/embeddings")?;
        Ok(Self {
            head: config.head(false)?,
            scheme: config.scheme(&endpoint)?,
            batch: config.embed_batch.max(1),
            dimension: config.dimension_field,
            says_model: !config.lacks.contains(&Lack::Model),
            reading: Reading {
                request_id: config.request_id_header()?,
                cached_tokens: None,
            },
            model: config.model,
            endpoint,
        })
    }
}

impl EmbedWire for OpenAiEmbeddings {
    fn scheme(&self) -> &str {
        &self.scheme
    }

    fn batch(&self) -> usize {
        self.batch
    }

    fn encode(&self, request: &EmbedRequest) -> Result<Request<Bytes>, LlmError> {
        let texts = &request.texts;
        if texts.is_empty() || texts.len() > self.batch {
            return Err(invalid("there are no texts, or too many for one request"));
        }
        // OpenAI refuses an empty text, and with it all others (`CreateEmbeddingRequest`).
        if texts.iter().any(String::is_empty) {
            return Err(invalid("an empty text has no vector"));
        }
        let model = if request.model.is_empty() {
            &self.model
        } else {
            &request.model
        };
        if model.is_empty() {
            return Err(invalid(
                "neither the request nor the configuration names a model",
            ));
        }
        let (dimensions, output_dimension) = match self.dimension {
            DimensionField::Dimensions => (request.dimension, None),
            DimensionField::OutputDimension => (None, request.dimension),
        };
        let body = Ask {
            model: self.says_model.then_some(model),
            input: texts,
            dimensions,
            output_dimension,
        };
        let body =
            serde_json::to_vec(&body).map_err(|_| invalid("the request has no json form"))?;
        let mut out = Request::new(Bytes::from(body));
        *out.method_mut() = Method::POST;
        out.uri_mut().clone_from(&self.endpoint);
        *out.headers_mut() = self.head.clone();
        Ok(out)
    }

    fn decode(
        &self,
        request: &EmbedRequest,
        response: &Response<Bytes>,
    ) -> Result<EmbedResponse, LlmError> {
        let headers = self.reading.headers(response.headers());
        let (status, body) = (response.status(), response.body());
        if !status.is_success() {
            return Err(failure::classify(status, &headers, body));
        }
        let malformed = |detail| failure::of_kind(LlmErrorKind::Malformed, detail, &headers);
        let Ok(told) = serde_json::from_slice::<Told<'_>>(body) else {
            return Err(error_inside(&headers, body)
                .unwrap_or_else(|| failure::unreadable(status, &headers, body)));
        };
        let Some(data) = told.data.filter(|_| !told.error.0) else {
            return Err(error_inside(&headers, body)
                .unwrap_or_else(|| malformed("the answer has no vectors")));
        };
        let vectors =
            in_order(data).ok_or_else(|| malformed("a vector is missing or there twice"))?;
        let mut answer = EmbedResponse::new(request, vectors).map_err(|mut error| {
            error.request_id = failure::request_id(&headers).map(Into::into);
            error
        })?;
        answer.model = owned(told.model);
        answer.request_id =
            failure::request_id(&headers).or_else(|| told.id.some().map(String::from));
        answer.usage = told.usage.as_ref().map(usage).unwrap_or_default();
        // There is no output; Mistral counts zero of it.
        (answer.usage.output, answer.usage.reasoning) = (None, None);
        answer.cost_micros = told.usage.and_then(Counts::micros).or(told.cost.0);
        Ok(answer)
    }
}

/// The vectors in the order of their texts. They come with their numbers; servers that leave those out keep the order.
fn in_order(data: Vec<Datum>) -> Option<Vec<Vec<f32>>> {
    if data.iter().all(|datum| datum.index.0.is_none()) {
        return Some(data.into_iter().map(|datum| datum.embedding.0).collect());
    }
    let mut vectors: Vec<Option<Vec<f32>>> = vec![None; data.len()];
    for datum in data {
        let place = vectors.get_mut(usize::try_from(datum.index.0?).ok()?)?;
        if place.replace(datum.embedding.0).is_some() {
            return None;
        }
    }
    vectors.into_iter().collect()
}

/// `CreateEmbeddingRequest`; Mistral says `output_dimension`.
#[derive(Serialize)]
struct Ask<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<&'a str>,
    input: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    dimensions: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output_dimension: Option<u32>,
}

/// `CreateEmbeddingResponse`, and what compatible servers add.
#[derive(Deserialize)]
struct Told<'a> {
    #[serde(borrow, default)]
    id: Text<'a>,
    #[serde(borrow, default)]
    model: Text<'a>,
    data: Option<Vec<Datum>>,
    usage: Option<Counts>,
    #[serde(default)]
    cost: Money,
    #[serde(default)]
    error: Presence,
}

#[derive(Deserialize)]
struct Datum {
    #[serde(default)]
    index: Count,
    embedding: Floats,
}

/// A vector as numbers, or as the base64 of little-endian floats, which official clients ask for by default.
struct Floats(Vec<f32>);

impl<'de> Deserialize<'de> for Floats {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(FloatsVisitor)
    }
}

struct FloatsVisitor;

impl<'de> Visitor<'de> for FloatsVisitor {
    type Value = Floats;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a vector")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Floats, A::Error> {
        let mut all = Vec::with_capacity(items.size_hint().unwrap_or(0).min(4096));
        while let Some(item) = items.next_element()? {
            all.push(item);
        }
        Ok(Floats(all))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Floats, E> {
        let bytes = STANDARD.decode(text).map_err(E::custom)?;
        let (floats, rest) = bytes.as_chunks::<4>();
        let floats: Vec<f32> = floats
            .iter()
            .map(|four| f32::from_le_bytes(*four))
            .collect();
        // Vectors of single bytes (Perplexity) read as floats are absurd.
        let sound = |float: &f32| float.is_finite() && float.abs() <= 1e6;
        if !rest.is_empty() || !floats.iter().all(sound) {
            return Err(E::custom("the bytes are no floats"));
        }
        Ok(Floats(floats))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn wire(config: OpenAiConfig) -> OpenAiEmbeddings {
        OpenAiEmbeddings::new(config.with_api_key("canary-key").with_model("e")).unwrap()
    }

    fn ask() -> EmbedRequest {
        EmbedRequest::new(["a", "b"])
    }

    fn decode(body: &Value) -> Result<EmbedResponse, LlmError> {
        let answer = Response::builder().header("x-request-id", "req-1");
        let answer = answer.body(Bytes::from(body.to_string())).unwrap();
        wire(OpenAiConfig::default()).decode(&ask(), &answer)
    }

    #[test]
    fn a_request_in_its_own_words() {
        let sent = |ask: &EmbedRequest| {
            let request = wire(OpenAiConfig::default()).encode(ask).unwrap();
            serde_json::from_slice::<Value>(request.body()).unwrap()
        };
        assert_eq!(sent(&ask()), json!({"model": "e", "input": ["a", "b"]}));
        assert_eq!(
            sent(&ask().with_model("f").with_dimension(256)),
            json!({"model": "f", "input": ["a", "b"], "dimensions": 256})
        );
        let wire = wire(OpenAiConfig::default());
        assert!(wire.encode(&EmbedRequest::new(["a", ""])).is_err());
        assert!(!format!("{wire:?}").contains("canary"));
    }

    #[test]
    fn vectors_stand_where_their_texts_do() {
        let of = |data: Value| {
            decode(
                &json!({"object": "list", "model": "e-1", "data": data, "usage": {"prompt_tokens": 4, "total_tokens": 4, "completion_tokens": 0}}),
            )
        };
        let turned =
            json!([{"index": 1, "embedding": [1, 2.5]}, {"index": 0, "embedding": [0.5, -1]}]);
        let answer = of(turned).unwrap();
        assert_eq!(answer.vectors, [[0.5, -1.0], [1.0, 2.5]]);
        assert_eq!(
            (answer.model.as_str(), answer.request_id.as_deref()),
            ("e-1", Some("req-1"))
        );
        assert_eq!((answer.usage.input, answer.usage.output), (Some(4), None));
        assert_eq!(
            of(json!([{"embedding": [1]}, {"embedding": [2]}]))
                .unwrap()
                .vectors,
            [[1.0], [2.0]]
        );
        // 0.5 and -1.0 as little-endian floats.
        assert_eq!(
            of(json!([{"embedding": "AAAAPwAAgL8="}, {"embedding": [2, 3]}]))
                .unwrap()
                .vectors,
            [[0.5, -1.0], [2.0, 3.0]]
        );
        for wrong in [
            json!([{"embedding": "AACAfwAAgL8="}, {"embedding": [2, 3]}]),
            json!([]),
            json!([{"index": 0, "embedding": [1]}]),
            json!([{"index": 0, "embedding": [1]}, {"index": 0, "embedding": [1]}]),
            json!([{"index": 0, "embedding": [1]}, {"index": 2, "embedding": [1]}]),
            json!([{"index": 0, "embedding": [1]}, {"embedding": [1]}]),
            json!([{"index": 0, "embedding": [1]}, {"index": 1, "embedding": [1e300]}]),
            json!([{"index": 0, "embedding": [1]}, {"index": 1, "embedding": "AAAA"}]),
        ] {
            let error = of(wrong.clone()).unwrap_err();
            assert_eq!(error.kind, LlmErrorKind::Malformed, "{wrong}");
            assert_eq!(error.request_id.as_deref(), Some("req-1"), "{wrong}");
        }
    }

    #[test]
    fn an_error_in_a_good_status_is_one() {
        let error = decode(&json!({"error": {"message": "canary", "code": 429}})).unwrap_err();
        assert_eq!(error.kind, LlmErrorKind::RateLimit);
        assert!(!format!("{error} {error:?}").contains("canary"));
    }
}
