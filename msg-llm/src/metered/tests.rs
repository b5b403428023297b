use super::*;
use futures_util::StreamExt as _;
use metrics::{Counter, Gauge, Histogram, HistogramFn, Key, KeyName, Metadata, Recorder};
use msg_core::llm::{
    Audio, EmbedRequest, EmbedResponse, Embedder, LlmErrorKind, Rank, RerankRequest,
    RerankResponse, Reranker, TranscribeRequest, Transcriber, Transcription, Turn,
};
use msg_core::testkit::{ScriptedModel, block_on};
use std::sync::Mutex;

/// Every value under its name and labels.
#[derive(Clone, Default)]
struct Capture(Arc<Mutex<Vec<(String, f64)>>>);

struct Cell(Capture, String);

impl HistogramFn for Cell {
    fn record(&self, value: f64) {
        self.0.0.lock().unwrap().push((self.1.clone(), value));
    }
}

impl Recorder for Capture {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn register_counter(&self, _: &Key, _: &Metadata<'_>) -> Counter {
        Counter::noop()
    }
    fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::noop()
    }
    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        let labels: Vec<_> = key
            .labels()
            .map(|label| format!("{}={}", label.key(), label.value()))
            .collect();
        let name = format!("{} {}", key.name(), labels.join(" "));
        Histogram::from_arc(Arc::new(Cell(self.clone(), name)))
    }
}

fn answer(text: &str) -> GenerateResponse {
    let mut answer = GenerateResponse::text_only("m", text);
    answer.usage.input = Some(7);
    answer.usage.output = Some(3);
    answer
}

fn ask() -> GenerateRequest {
    GenerateRequest::new("canary-rules", vec![Turn::user("canary-question")]).with_model("m")
}

/// Names and labels of what was recorded while `run` ran, and the tokens.
fn recorded(run: impl FnOnce(Metered<ScriptedModel>)) -> (Vec<String>, Vec<f64>) {
    let capture = Capture::default();
    let model = ScriptedModel::new();
    model.answer(answer("canary-answer"));
    model.fail(LlmErrorKind::RateLimit);
    metrics::with_local_recorder(&capture, || run(Metered::new(Arc::new(model))));
    let all = capture.0.lock().unwrap();
    let tokens = all.iter().filter(|(name, _)| name.starts_with(TOKENS));
    (
        all.iter().map(|(name, _)| name.clone()).collect(),
        tokens.map(|(_, value)| *value).collect(),
    )
}

const LABELS: &str =
    "gen_ai.operation.name=chat gen_ai.provider.name=scripted gen_ai.request.model=m";

#[test]
fn a_call_is_measured_with_its_tokens_or_its_failure() {
    let (names, tokens) = recorded(|model| {
        block_on(model.generate(&ask())).unwrap();
        block_on(model.generate(&ask())).unwrap_err();
    });
    assert_eq!(
        names,
        [
            format!("{TOKENS} {LABELS} gen_ai.token.type=input"),
            format!("{TOKENS} {LABELS} gen_ai.token.type=output"),
            format!("{DURATION} {LABELS}"),
            format!("{DURATION} {LABELS} error.type=rate_limit"),
        ]
    );
    assert_eq!(tokens, [7.0, 3.0]);
}

/// Answers once, then fails.
#[derive(Debug, Default)]
struct Whole(std::sync::atomic::AtomicBool);

impl Whole {
    fn answer<T>(&self, answer: T) -> Result<T, LlmError> {
        if self.0.swap(true, std::sync::atomic::Ordering::Relaxed) {
            return Err(LlmError::new(LlmErrorKind::Quota, "the test says so"));
        }
        Ok(answer)
    }
}

fn usage() -> Usage {
    answer("").usage
}

#[async_trait]
impl Embedder for Whole {
    fn scheme(&self) -> &'static str {
        "mistral"
    }
    async fn embed(&self, request: &EmbedRequest) -> Result<EmbedResponse, LlmError> {
        let mut answer = EmbedResponse::new(request, vec![vec![0.5]])?;
        answer.usage = usage();
        self.answer(answer)
    }
}

#[async_trait]
impl Reranker for Whole {
    fn scheme(&self) -> &'static str {
        "cohere"
    }
    async fn rerank(&self, request: &RerankRequest) -> Result<RerankResponse, LlmError> {
        let mut answer = RerankResponse::new(request, vec![Rank::new(0, 0.5)])?;
        answer.usage = usage();
        self.answer(answer)
    }
}

#[async_trait]
impl Transcriber for Whole {
    fn scheme(&self) -> &'static str {
        "openai"
    }
    async fn transcribe(&self, _: &TranscribeRequest) -> Result<Transcription, LlmError> {
        let mut answer = Transcription::new("canary-answer");
        answer.usage = usage();
        self.answer(answer)
    }
}

/// One success and one failure, as they are to be measured.
fn twice<T>(operation: &str, provider: &str, call: impl Fn() -> Result<T, LlmError>) {
    let capture = Capture::default();
    metrics::with_local_recorder(&capture, || {
        assert!(call().is_ok());
        assert!(call().is_err());
    });
    let labels = format!(
        "gen_ai.operation.name={operation} gen_ai.provider.name={provider} gen_ai.request.model=m"
    );
    let all = capture.0.lock().unwrap();
    let names: Vec<_> = all.iter().map(|(name, _)| name.clone()).collect();
    assert_eq!(
        names,
        [
            format!("{TOKENS} {labels} gen_ai.token.type=input"),
            format!("{TOKENS} {labels} gen_ai.token.type=output"),
            format!("{DURATION} {labels}"),
            format!("{DURATION} {labels} error.type=quota"),
        ]
    );
}

#[test]
fn vectors_ranks_and_transcriptions_are_measured_too() {
    let model = || Metered::new(Arc::new(Whole::default()));
    let ask = EmbedRequest::new(["canary-question"]).with_model("m");
    let embedder = model();
    twice("embeddings", "mistral_ai", || {
        block_on(embedder.embed(&ask))
    });
    let ask = RerankRequest::new("canary-question", ["canary-rules"]).with_model("m");
    let reranker = model();
    twice("rerank", "cohere", || block_on(reranker.rerank(&ask)));
    let ask = TranscribeRequest::new(Audio::new("audio/wav", "canary-question")).with_model("m");
    let transcriber = model();
    twice("transcribe", "openai", || {
        block_on(transcriber.transcribe(&ask))
    });
}

#[test]
fn a_stream_is_measured_to_its_last_event_and_chunk_by_chunk() {
    let (names, tokens) = recorded(|model| {
        let stream = block_on(model.stream(&ask())).unwrap();
        let all = block_on(stream.collect::<Vec<_>>());
        assert!(all.len() > 2);
    });
    assert_eq!(names.first(), Some(&format!("{FIRST_CHUNK} {LABELS}")));
    assert!(names.contains(&format!("{CHUNK} {LABELS}")));
    assert_eq!(names.last(), Some(&format!("{DURATION} {LABELS}")));
    assert_eq!(tokens, [7.0, 3.0]);
    assert!(!names.concat().contains("canary"));
}

#[test]
fn a_stream_that_is_dropped_was_cancelled() {
    let (names, _) = recorded(|model| {
        let mut stream = block_on(model.stream(&ask())).unwrap();
        block_on(stream.next()).unwrap().unwrap();
    });
    assert_eq!(
        names,
        [
            format!("{FIRST_CHUNK} {LABELS}"),
            format!("{DURATION} {LABELS} error.type=cancelled"),
        ]
    );
}
