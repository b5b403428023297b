//! Vectors of texts, through `InvokeModel`: each family of models has a protocol of its own there.

use super::config::BedrockConfig;
use super::failing;
use super::wire::{Bedrock, SCHEME};
use crate::failure;
use crate::outgoing::invalid;
use crate::value::Count;
use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use msg_core::llm::{
    EmbedPurpose, EmbedRequest, EmbedResponse, EmbedWire, LlmError, LlmErrorKind, Usage,
};
use serde::{Deserialize, Serialize};

/// The most texts of one request to Cohere (user guide of Bedrock, "Cohere Embed v3" and "v4": 96 texts per call).
const COHERE_BATCH: usize = 96;

/// The header with the tokens of the input, where the answer itself does not tell them.
const INPUT_TOKENS: &str = "x-amzn-bedrock-input-token-count";

/// The wire of vectors at Bedrock: Amazon Titan Text Embeddings and Cohere Embed, told apart by the id of the model. A request
/// may name another model of the configured one's family, or a profile of the account for it.
///
/// Titan takes one text a request, and is not told what the vectors are for. Cohere wants to know: without a purpose, and to
/// compare texts with each other, they are documents to it.
///
/// ```
/// use msg_core::llm::{EmbedRequest, EmbedWire as _};
/// use msg_llm::bedrock::{BedrockConfig, BedrockEmbeddings};
///
/// let config = BedrockConfig::new("us-east-1").with_bearer_key("k".repeat(9)).with_model("cohere.embed-v4:0");
/// let wire = BedrockEmbeddings::new(config)?;
/// let request = wire.encode(&EmbedRequest::new(["Hello", "Good day"]))?;
/// assert_eq!(request.uri().path(), "/model/cohere.embed-v4%3A0/invoke");
/// # Ok::<(), msg_core::llm::LlmError>(())
/// ```
#[derive(Debug)]
pub struct BedrockEmbeddings {
    wire: Bedrock,
    family: Family,
}

/// Models with one protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Family {
    /// Titan G1: no dimension to choose.
    TitanFirst,
    /// Titan V2.
    Titan,
    /// Cohere Embed v3: no dimension to choose.
    CohereThird,
    /// Cohere Embed v4.
    Cohere,
}

impl Family {
    /// By the id of a model, with or without a region before it, or an ARN that names one.
    fn of(model: &str) -> Option<Self> {
        const NAMES: [(&str, Family); 5] = [
            ("titan-embed-text-v1", Family::TitanFirst),
            ("titan-embed-g1", Family::TitanFirst),
            ("titan-embed-text", Family::Titan),
            ("cohere.embed-v", Family::Cohere),
            ("cohere.embed-", Family::CohereThird),
        ];
        let named = NAMES.iter().find(|(name, _)| model.contains(name));
        named.map(|(_, family)| *family)
    }

    const fn is_cohere(self) -> bool {
        matches!(self, Self::Cohere | Self::CohereThird)
    }

    const fn batch(self) -> usize {
        if self.is_cohere() { COHERE_BATCH } else { 1 }
    }
}

impl BedrockEmbeddings {
    /// A wire to the endpoint of `config`, whose model is one of vectors.
    ///
    /// # Errors
    /// As [`Bedrock::new`], and when the configured model is of no known family.
    pub fn new(config: BedrockConfig) -> Result<Self, LlmError> {
        let family = Family::of(&config.model).ok_or_else(|| {
            invalid("the model is neither a titan nor a cohere model of vectors by its name")
        })?;
        let wire = Bedrock::new(config)?;
        Ok(Self { wire, family })
    }

    fn body(family: Family, request: &EmbedRequest) -> Result<Vec<u8>, LlmError> {
        let fixed = matches!(family, Family::TitanFirst | Family::CohereThird);
        if fixed && request.dimension.is_some() {
            return Err(invalid("the vectors of this model have one dimension"));
        }
        let body = match request.texts.as_slice() {
            [text] if !family.is_cohere() => serde_json::to_vec(&AskTitan {
                input_text: text,
                dimensions: request.dimension,
            }),
            texts => serde_json::to_vec(&AskCohere {
                texts,
                input_type: input_type(request.purpose.as_ref()),
                embedding_types: ["float"],
                output_dimension: request.dimension,
            }),
        };
        body.map_err(|_| invalid("the request has no json form"))
    }
}

impl EmbedWire for BedrockEmbeddings {
    fn scheme(&self) -> &str {
        SCHEME
    }

    fn batch(&self) -> usize {
        self.family.batch()
    }

    fn encode(&self, request: &EmbedRequest) -> Result<Request<Bytes>, LlmError> {
        let texts = &request.texts;
        if texts.is_empty() || texts.len() > self.batch() {
            return Err(invalid("there are no texts, or too many for one request"));
        }
        if texts.iter().any(String::is_empty) {
            return Err(invalid("an empty text has no vector"));
        }
        let model = self.wire.model(&request.model);
        // A profile of the account does not tell its model: then it is of the configured one.
        let family = Family::of(model).unwrap_or(self.family);
        if family.is_cohere() != self.family.is_cohere() {
            return Err(invalid(
                "the model is of another family than the configured one",
            ));
        }
        let body = Self::body(family, request)?;
        self.wire.invoke(model, "invoke", body)
    }

    fn decode(
        &self,
        request: &EmbedRequest,
        response: &Response<Bytes>,
    ) -> Result<EmbedResponse, LlmError> {
        let (status, headers, body) = (response.status(), response.headers(), response.body());
        if !status.is_success() {
            return Err(failing::classify(status, headers, body));
        }
        let Ok(told) = serde_json::from_slice::<Told>(body) else {
            return Err(failure::inside(headers, body)
                .unwrap_or_else(|| failure::unreadable(status, headers, body)));
        };
        let vectors = match (told.embedding, told.embeddings) {
            (Some(one), _) => vec![one],
            (None, Some(Vectors::Plain(all) | Vectors::ByType { float: all })) => all,
            (None, None) => {
                return Err(failure::inside(headers, body).unwrap_or_else(|| {
                    failure::of_kind(
                        LlmErrorKind::Malformed,
                        "the answer has no vectors",
                        headers,
                    )
                }));
            }
        };
        let request_id = failure::request_id(headers);
        let mut answer = EmbedResponse::new(request, vectors).map_err(|mut error| {
            error.request_id = request_id.clone().map(Into::into);
            error
        })?;
        answer.request_id = request_id;
        let mut usage = Usage::default();
        usage.input = told.input_text_token_count.0.or_else(|| counted(headers));
        answer.usage = usage;
        Ok(answer)
    }
}

fn counted(headers: &HeaderMap) -> Option<u64> {
    headers.get(INPUT_TOKENS)?.to_str().ok()?.parse().ok()
}

/// The purpose in the words of Cohere's `input_type`.
fn input_type(purpose: Option<&EmbedPurpose>) -> &str {
    match purpose {
        None | Some(EmbedPurpose::Document | EmbedPurpose::Similarity) => "search_document",
        Some(EmbedPurpose::Query) => "search_query",
        Some(other) => other.as_str(),
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AskTitan<'a> {
    input_text: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    dimensions: Option<u32>,
}

#[derive(Serialize)]
struct AskCohere<'a> {
    texts: &'a [String],
    input_type: &'a str,
    embedding_types: [&'static str; 1],
    #[serde(skip_serializing_if = "Option::is_none")]
    output_dimension: Option<u32>,
}

/// The answer of either family.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Told {
    /// Titan's vector.
    #[serde(default)]
    embedding: Option<Vec<f32>>,
    #[serde(default)]
    input_text_token_count: Count,
    /// Cohere's vectors.
    #[serde(default)]
    embeddings: Option<Vectors>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Vectors {
    ByType { float: Vec<Vec<f32>> },
    Plain(Vec<Vec<f32>>),
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    fn wire(model: &str) -> BedrockEmbeddings {
        BedrockEmbeddings::new(BedrockConfig::new("us-east-1").with_model(model)).unwrap()
    }

    fn sent(model: &str, request: &EmbedRequest) -> Result<Value, &'static str> {
        let request = wire(model).encode(request).map_err(|error| error.detail)?;
        Ok(serde_json::from_slice(request.body()).unwrap())
    }

    #[test]
    fn each_family_is_asked_in_its_own_words() {
        let one = EmbedRequest::new(["a"]).with_dimension(256);
        assert_eq!(
            sent("amazon.titan-embed-text-v2:0", &one),
            Ok(json!({"inputText": "a", "dimensions": 256}))
        );
        assert_eq!(
            sent("amazon.titan-embed-text-v1", &EmbedRequest::new(["a"])),
            Ok(json!({"inputText": "a"}))
        );
        let two = EmbedRequest::new(["a", "b"]).with_purpose(EmbedPurpose::Query);
        assert_eq!(
            sent("cohere.embed-multilingual-v3", &two),
            Ok(
                json!({"texts": ["a", "b"], "input_type": "search_query", "embedding_types": ["float"]})
            )
        );
        assert_eq!(
            sent(
                "arn:aws:bedrock:us-east-1::foundation-model/cohere.embed-v4:0",
                &one
            ),
            Ok(
                json!({"texts": ["a"], "input_type": "search_document", "embedding_types": ["float"], "output_dimension": 256})
            )
        );
        for (purpose, expected) in [
            (EmbedPurpose::Similarity, "search_document"),
            (EmbedPurpose::Classification, "classification"),
            (EmbedPurpose::Clustering, "clustering"),
        ] {
            assert_eq!(input_type(Some(&purpose)), expected);
        }
    }

    #[test]
    fn what_cannot_be_said_is_refused() {
        let titan = "amazon.titan-embed-text-v2:0";
        let two = EmbedRequest::new(["a", "b"]);
        assert!(sent(titan, &two).unwrap_err().contains("too many"));
        let empty = EmbedRequest::new([""]);
        assert!(sent(titan, &empty).unwrap_err().contains("empty"));
        let other = EmbedRequest::new(["a"]).with_model("cohere.embed-v4:0");
        assert!(sent(titan, &other).unwrap_err().contains("family"));
        let sized = EmbedRequest::new(["a"]).with_dimension(9);
        for fixed in ["amazon.titan-embed-text-v1", "eu.cohere.embed-english-v3"] {
            assert!(sent(fixed, &sized).unwrap_err().contains("dimension"));
        }
        for chat in ["", "amazon.nova-lite-v1:0"] {
            let config = BedrockConfig::new("r").with_model(chat);
            assert!(BedrockEmbeddings::new(config).is_err(), "{chat}");
        }
    }

    fn read(model: &str, texts: &[&str], body: &Value) -> Result<EmbedResponse, LlmError> {
        let response = Response::builder()
            .header("x-amzn-requestid", "req-1")
            .header(INPUT_TOKENS, "7")
            .body(Bytes::from(body.to_string()))
            .unwrap();
        wire(model).decode(&EmbedRequest::new(texts.iter().copied()), &response)
    }

    #[test]
    fn each_family_is_read() {
        let titan = json!({"embedding": [0.5, -1.0], "inputTextTokenCount": 3, "embeddingsByType": {"float": [0.5, -1.0]}});
        let answer = read("amazon.titan-embed-text-v2:0", &["a"], &titan).unwrap();
        assert_eq!(answer.vectors, [[0.5, -1.0]]);
        assert_eq!(answer.usage.input, Some(3));
        assert_eq!(answer.request_id.as_deref(), Some("req-1"));
        for embeddings in [json!({"float": [[0.5], [1.0]]}), json!([[0.5], [1.0]])] {
            let cohere = json!({"id": "x", "texts": ["a", "b"], "embeddings": embeddings});
            let answer = read("cohere.embed-v4:0", &["a", "b"], &cohere).unwrap();
            assert_eq!(answer.vectors, [[0.5], [1.0]]);
            assert_eq!(answer.usage.input, Some(7));
            let missing = read("cohere.embed-v4:0", &["a"], &cohere).unwrap_err();
            assert_eq!(missing.kind, LlmErrorKind::Malformed);
            assert_eq!(missing.request_id.as_deref(), Some("req-1"));
        }
        let none = read("cohere.embed-v4:0", &["a"], &json!({})).unwrap_err();
        assert_eq!(none.kind, LlmErrorKind::Malformed);
    }

    #[test]
    fn exceptions_are_told_by_name() {
        let response = Response::builder()
            .status(429)
            .header("x-amzn-errortype", "ThrottlingException")
            .body(Bytes::from_static(b"{\"message\":\"slow\"}"))
            .unwrap();
        let titan = wire("amazon.titan-embed-text-v2:0");
        let error = titan
            .decode(&EmbedRequest::new(["a"]), &response)
            .unwrap_err();
        assert_eq!(
            (error.kind, error.retryable),
            (LlmErrorKind::RateLimit, true)
        );
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..60), status in 100_u16..600) {
            let response = Response::builder().status(status).body(Bytes::from(bytes)).unwrap();
            let _ = wire("cohere.embed-v4:0").decode(&EmbedRequest::new(["a"]), &response);
        }
    }
}
