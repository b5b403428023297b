//! Documents in the order of what they say about a question (`/v2/rerank`).

use super::config::CohereConfig;
use super::response::usage;
use super::schema::Counts;
use super::wire::SCHEME;
use crate::failure;
use crate::outgoing::invalid;
use crate::value::{Count, Presence, Text};
use crate::whole::{model, post, read};
use bytes::Bytes;
use http::{HeaderMap, Request, Response, Uri};
use msg_core::llm::{LlmError, LlmErrorKind, Rank, RerankRequest, RerankResponse, RerankWire};
use serde::{Deserialize, Serialize};

/// The wire of ranks. Its model is the one of ranks, not of chat. Servers that imitate it, such as llama.cpp, are read too:
/// they have `usage` where Cohere has `meta`.
///
/// A document longer than the model reads is cut by the provider, which has no way to refuse it.
///
/// ```
/// use msg_core::llm::{RerankRequest, RerankWire as _};
/// use msg_llm::cohere::{CohereConfig, CohereRerank};
///
/// let wire = CohereRerank::new(CohereConfig::default().with_model("rerank-v3.5"))?;
/// let request = wire.encode(&RerankRequest::new("What is a panda?", ["A bear.", "A car."]))?;
/// assert_eq!(request.uri(), "https://api.cohere.com/v2/rerank");
/// # Ok::<(), msg_core::llm::LlmError>(())
/// ```
#[derive(Debug)]
pub struct CohereRerank {
    endpoint: Uri,
    head: HeaderMap,
    model: String,
}

impl CohereRerank {
    /// A wire to the API of `config`.
    ///
    /// # Errors
    /// When the base URL is not an http or https URL with a host, or a key or header cannot be sent in a header.
    pub fn new(config: CohereConfig) -> Result<Self, LlmError> {
        Ok(Self {
            endpoint: config.base()?.join("/v2/rerank", "")?,
            head: config.head(false)?,
            model: config.model,
        })
    }
}

impl RerankWire for CohereRerank {
    fn scheme(&self) -> &str {
        SCHEME
    }

    fn encode(&self, request: &RerankRequest) -> Result<Request<Bytes>, LlmError> {
        if request.documents.is_empty() {
            return Err(invalid("there are no documents"));
        }
        if request.top == Some(0) {
            return Err(invalid("no rank is wanted"));
        }
        let body = Ask {
            model: model(&request.model, &self.model)?,
            query: &request.query,
            documents: &request.documents,
            top_n: request.top,
        };
        post(self.endpoint.clone(), &self.head, &body)
    }

    fn decode(
        &self,
        request: &RerankRequest,
        response: &Response<Bytes>,
    ) -> Result<RerankResponse, LlmError> {
        let headers = response.headers();
        let is_answer = |told: &Told<'_>| told.results.is_some() && !told.error.0;
        let told: Told<'_> = read(response, is_answer)?;
        let ranks: Option<Vec<Rank>> = told
            .results
            .into_iter()
            .flatten()
            .map(Placed::rank)
            .collect();
        let ranks = ranks.ok_or_else(|| {
            failure::of_kind(
                LlmErrorKind::Malformed,
                "a rank has no document or no score",
                headers,
            )
        })?;
        let mut answer = RerankResponse::new(request, ranks).map_err(|mut error| {
            error.request_id = failure::request_id(headers).map(Into::into);
            error
        })?;
        answer.model = told.model.some().map(String::from).unwrap_or_default();
        answer.request_id =
            failure::request_id(headers).or_else(|| told.id.some().map(String::from));
        if let Some(meta) = told.meta {
            answer.searches = meta.billed_units.and_then(|units| units.searches.0);
            answer.usage = usage(meta);
        }
        if let Some(usage) = told.usage {
            answer.usage.input = usage.prompt_tokens.0.or(usage.total_tokens.0);
        }
        // There is no output.
        (answer.usage.output, answer.usage.reasoning) = (None, None);
        Ok(answer)
    }
}

/// `V2RerankRequest`.
#[derive(Serialize)]
struct Ask<'a> {
    model: &'a str,
    query: &'a str,
    documents: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    top_n: Option<u32>,
}

/// `V2RerankResponse`, and what llama.cpp adds.
#[derive(Deserialize)]
struct Told<'a> {
    #[serde(borrow, default)]
    id: Text<'a>,
    #[serde(borrow, default)]
    model: Text<'a>,
    /// Voyage says `data`.
    #[serde(alias = "data")]
    results: Option<Vec<Placed>>,
    meta: Option<Counts>,
    usage: Option<Tokens>,
    #[serde(default)]
    error: Presence,
}

#[derive(Deserialize)]
struct Placed {
    #[serde(default)]
    index: Count,
    relevance_score: Option<f64>,
}

impl Placed {
    fn rank(self) -> Option<Rank> {
        let index = usize::try_from(self.index.0?).ok()?;
        Some(Rank::new(index, self.relevance_score?))
    }
}

#[derive(Deserialize)]
struct Tokens {
    #[serde(default)]
    prompt_tokens: Count,
    #[serde(default)]
    total_tokens: Count,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn wire() -> CohereRerank {
        let config = CohereConfig::default()
            .with_api_key("canary-key")
            .with_model("r");
        CohereRerank::new(config).unwrap()
    }

    fn ask() -> RerankRequest {
        RerankRequest::new("q", ["a", "b"])
    }

    fn decode(body: &Value) -> Result<RerankResponse, LlmError> {
        let answer = Response::new(Bytes::from(body.to_string()));
        wire().decode(&ask(), &answer)
    }

    #[test]
    fn a_request_in_its_own_words() {
        let request = wire().encode(&ask().with_top(1)).unwrap();
        let body: Value = serde_json::from_slice(request.body()).unwrap();
        assert_eq!(
            body,
            json!({"model": "r", "query": "q", "documents": ["a", "b"], "top_n": 1})
        );
        assert!(wire().encode(&ask().with_top(0)).is_err());
        assert!(!format!("{:?}", wire()).contains("canary"));
    }

    #[test]
    fn ranks_and_what_is_billed() {
        let results =
            json!([{"index": 0, "relevance_score": 0.1}, {"index": 1, "relevance_score": 0.9}]);
        let answer = decode(&json!({"id": "r-1", "results": results, "meta": {"billed_units": {"search_units": 1}}})).unwrap();
        assert_eq!(answer.ranks, [Rank::new(1, 0.9), Rank::new(0, 0.1)]);
        assert_eq!(
            (
                answer.searches,
                answer.request_id.as_deref(),
                answer.usage.input
            ),
            (Some(1), Some("r-1"), None)
        );
        let like = json!({"model": "m", "results": results, "usage": {"prompt_tokens": 7, "total_tokens": 7}});
        let answer = decode(&like).unwrap();
        assert_eq!(
            (answer.model.as_str(), answer.usage.input, answer.searches),
            ("m", Some(7), None)
        );
        for wrong in [
            json!({"results": []}),
            json!({"results": [{"index": 2, "relevance_score": 1}]}),
            json!({"results": [{"index": 0}]}),
            json!({"results": [{"relevance_score": 1}]}),
            json!({"id": "r-1"}),
        ] {
            let error = decode(&wrong).unwrap_err();
            assert_eq!(error.kind, LlmErrorKind::Malformed, "{wrong}");
        }
    }
}
