use super::*;
use futures_util::StreamExt as _;
use msg_core::llm::{FinishReason, Output, ToolCall, Turn, Usage};
use proptest::prelude::*;

fn ask(text: &str) -> GenerateRequest {
    GenerateRequest::new("", vec![Turn::user(text)]).with_model("m-1")
}

fn block<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
        .block_on(future)
}

/// Everything that a stream gives.
fn streamed(model: &Scripted, request: &GenerateRequest) -> (Vec<StreamEvent>, Option<LlmError>) {
    block(async {
        let mut stream = model.stream(request).await.unwrap();
        let mut events = Vec::new();
        while let Some(item) = stream.next().await {
            match item {
                Ok(event) => events.push(event),
                Err(error) => return (events, Some(error)),
            }
        }
        (events, None)
    })
}

fn collected(events: &[StreamEvent]) -> GenerateResponse {
    let mut collector = Collector::new();
    for event in events {
        collector.add(event, SCHEME);
    }
    collector.into_response()
}

fn rich() -> GenerateResponse {
    let mut answer = GenerateResponse::text_only("m-9", "Let me see.  Done ");
    answer
        .output
        .push(Output::ToolCall(ToolCall::new("a", "find", "{}")));
    answer
        .output
        .push(Output::ToolCall(ToolCall::new("b", "find", "[]")));
    answer.finish.reason = FinishReason::ToolCalls;
    let mut usage = Usage::default();
    usage.input = Some(3);
    answer.usage = usage;
    answer.cost_micros = Some(12);
    answer
}

#[test]
fn steps_are_played_in_order_and_conditions_choose() {
    let model = Scripted::new(
        Script::new()
            .then(Step::text("first"))
            .then(Step::text("order").when("ORDER"))
            .then(Step::text("last").times(2)),
    );
    let say = |text: &str| {
        block(model.generate(&ask(text)))
            .map(|answer| answer.text())
            .map_err(|error| error.kind)
    };
    assert_eq!(say("x").as_deref(), Ok("first"));
    assert_eq!(say("nothing").as_deref(), Ok("last"));
    assert_eq!(say("my order?").as_deref(), Ok("order"));
    assert_eq!((say("order").as_deref(), model.left()), (Ok("last"), 0));
    assert_eq!(
        say("order"),
        Err(LlmErrorKind::Unavailable),
        "nothing is made up when the script is over"
    );
    assert_eq!(model.requests().len(), 5);
}

#[test]
fn a_stream_is_the_same_answer_in_pieces() {
    let model = Scripted::new(Script::new().then(Step::answer(rich()).times(2)));
    let (events, error) = streamed(&model, &ask("x"));
    assert!(error.is_none() && events.len() > 6, "{events:?}");
    assert_eq!(
        collected(&events),
        block(model.generate(&ask("x"))).unwrap()
    );
    assert!(matches!(events.last(), Some(StreamEvent::Finish(_))));
}

#[test]
fn delays_are_added_up_and_nobody_waits() {
    let day = Duration::from_hours(24);
    let model = Scripted::new(Script::new().then(Step::text("x").after(day).times(2)));
    block(model.generate(&ask(""))).unwrap();
    streamed(&model, &ask(""));
    assert_eq!(model.delay(), day * 2);
}

#[test]
fn failures_and_breaks() {
    let failure = Failure::new(LlmErrorKind::RateLimit)
        .with_status(429)
        .with_retry_after(Duration::from_secs(2));
    let model = Scripted::new(
        Script::new()
            .then(Step::new(Act::Fail(failure)))
            .then(Step::break_off(rich(), 3).times(2))
            .then(Step::break_off(rich(), 99)),
    );
    let limited = block(model.generate(&ask(""))).unwrap_err();
    assert_eq!(
        (limited.retryable, limited.status, limited.retry_after),
        (true, Some(429), Some(Duration::from_secs(2)))
    );
    let (events, broken) = streamed(&model, &ask(""));
    let broken = broken.unwrap();
    assert_eq!((broken.kind, events.len()), (LlmErrorKind::Interrupted, 3));
    assert_eq!(broken.partial.unwrap().text(), "Let me ");
    assert_eq!(
        block(model.generate(&ask("")))
            .unwrap_err()
            .partial
            .unwrap()
            .text(),
        "Let me "
    );
    let (events, _) = streamed(&model, &ask(""));
    assert!(
        !events
            .iter()
            .any(|event| matches!(event, StreamEvent::Finish(_))),
        "what breaks off never finishes"
    );
}

#[test]
fn the_model_asked_for_answers() {
    let model = Scripted::new(Script::new().then(Step::text("x")));
    assert_eq!(block(model.generate(&ask(""))).unwrap().model, "m-1");
}

#[test]
fn debug_shows_no_prompt() {
    let model = Scripted::new(Script::new());
    block(model.generate(&ask("canary"))).unwrap_err();
    assert!(!format!("{model:?}").contains("canary"));
}

#[test]
fn serialized_form() {
    let script = Script::new()
        .then(
            Step::text("Hi")
                .when("hello")
                .times(3)
                .after(Duration::from_millis(250)),
        )
        .then(Step::new(Act::Fail(
            Failure::new(LlmErrorKind::Quota).with_status(429),
        )))
        .then(Step::break_off(GenerateResponse::text_only("m", "a b"), 2));
    insta::assert_json_snapshot!("script", script);
    let read: Script = serde_json::from_str(&serde_json::to_string(&script).unwrap()).unwrap();
    assert_eq!(read, script);
    let brief: Script = serde_json::from_str(r#"[{"fail": {"kind": "overloaded"}}]"#).unwrap();
    assert_eq!(
        brief,
        Script::new().then(Step::fail(LlmErrorKind::Overloaded))
    );
    assert!(serde_json::from_str::<Script>(r#"[{"dance": {}}]"#).is_err());
}

proptest! {
    #[test]
    fn any_text_streams_back_whole(text in any::<String>()) {
        let answer = GenerateResponse::text_only("m", &*text);
        let model = Scripted::new(Script::new().then(Step::answer(answer)));
        let (events, _) = streamed(&model, &ask("x"));
        prop_assert_eq!(collected(&events).text(), text);
    }
}
