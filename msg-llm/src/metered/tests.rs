use super::*;
use futures_util::StreamExt as _;
use metrics::{Counter, Gauge, Histogram, HistogramFn, Key, KeyName, Metadata, Recorder};
use msg_core::llm::{LlmErrorKind, Turn};
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
fn recorded(run: impl FnOnce(Metered)) -> (Vec<String>, Vec<f64>) {
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
