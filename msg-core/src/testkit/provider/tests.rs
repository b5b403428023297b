use super::*;
use crate::llm::{Finish, FinishReason, GenerateResponse, LlmErrorKind};
use crate::testkit::{ScriptedModel, block_on};
use async_trait::async_trait;
use futures_core::Stream;
use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Mutex;
use std::task::{Context, Poll};

const SECRET: &str = "s3cret-key";

/// What a provider does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    None,
    LoudScheme,
    StreamsAnother,
    OtherEnd,
    NoEnd,
    TalksOn,
    GoesOnAfterError,
    ShowsPrompt,
    ShowsSecret,
}

struct Fake {
    fault: Fault,
    fails: bool,
    prompts: Mutex<Vec<String>>,
}

impl fmt::Debug for Fake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.fault {
            Fault::ShowsSecret => f.write_str(SECRET),
            Fault::ShowsPrompt => write!(f, "{:?}", self.prompts.lock().unwrap()),
            _ => f.write_str("Fake"),
        }
    }
}

struct Items(VecDeque<Result<StreamEvent, LlmError>>);

impl Stream for Items {
    type Item = Result<StreamEvent, LlmError>;
    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(self.0.pop_front())
    }
}

fn error() -> LlmError {
    LlmError::new(LlmErrorKind::Interrupted, "it broke off")
}

#[async_trait]
impl LlmProvider for Fake {
    fn scheme(&self) -> &str {
        if self.fault == Fault::LoudScheme {
            "Fake"
        } else {
            "fake"
        }
    }

    async fn generate(&self, request: &GenerateRequest) -> Result<GenerateResponse, LlmError> {
        self.prompts
            .lock()
            .unwrap()
            .push(request.system.to_string());
        if self.fails {
            return Err(error());
        }
        Ok(GenerateResponse::text_only("m", "Hello there."))
    }

    async fn stream(&self, request: &GenerateRequest) -> Result<LlmStream, LlmError> {
        self.prompts
            .lock()
            .unwrap()
            .push(request.system.to_string());
        let text = |text: &str| Ok(StreamEvent::Text(text.to_owned()));
        let end = match self.fault {
            Fault::OtherEnd => Finish::new(FinishReason::Length, "length"),
            _ => Finish::new(FinishReason::Stop, "stop"),
        };
        let start = StreamEvent::Start {
            model: "m".to_owned(),
            request_id: None,
        };
        let mut items = VecDeque::from([Ok(start), text("Hello ")]);
        if self.fault == Fault::StreamsAnother {
            items.push_back(text("you."));
        } else {
            items.push_back(text("there."));
        }
        if self.fails {
            items.push_back(Err(error()));
            if self.fault == Fault::GoesOnAfterError {
                items.push_back(text("Where was I?"));
            }
            return Ok(Box::pin(Items(items)));
        }
        if self.fault != Fault::NoEnd {
            items.push_back(Ok(StreamEvent::Finish(end)));
        }
        if self.fault == Fault::TalksOn {
            items.push_back(Ok(StreamEvent::ReasoningSeal("late".to_owned())));
        }
        Ok(Box::pin(Items(items)))
    }
}

/// The names of the sentences that a fault breaks.
fn broken(fault: Fault) -> Vec<&'static str> {
    let make = move |fails| {
        Arc::new(Fake {
            fault,
            fails,
            prompts: Mutex::default(),
        }) as Arc<dyn LlmProvider>
    };
    let (answers, fails) = (|| make(false), || make(true));
    let subject = Subject::new(&answers)
        .with_failing(&fails)
        .with_secret(SECRET);
    SENTENCES
        .iter()
        .filter(|(_, holds)| block_on(holds(&subject)).is_err())
        .map(|(name, _)| *name)
        .collect()
}

#[test]
fn an_honest_provider_passes() {
    assert_eq!(broken(Fault::None), [] as [&str; 0]);
}

#[test]
fn the_scripted_model_shows_no_prompt() {
    let make = || {
        let model = ScriptedModel::new();
        model.say("Hello there.");
        Arc::new(model) as Arc<dyn LlmProvider>
    };
    block_on(conformance(&Subject::new(&make))).unwrap();
}

#[test]
fn each_sentence_has_a_provider_that_breaks_it() {
    let same = "a whole answer and a stream say the same";
    let ends = "a stream ends with its finish or an error";
    let quiet = "neither errors nor debug show prompt or secret";
    let cases = [
        (Fault::LoudScheme, vec!["describes itself"]),
        (Fault::StreamsAnother, vec![same]),
        (Fault::OtherEnd, vec![same]),
        (Fault::NoEnd, vec![same, ends]),
        (Fault::TalksOn, vec![same, ends]),
        (Fault::GoesOnAfterError, vec![ends]),
        (Fault::ShowsPrompt, vec![quiet]),
        (Fault::ShowsSecret, vec![quiet]),
    ];
    for (fault, sentences) in &cases {
        assert_eq!(&broken(*fault), sentences, "{fault:?}");
    }
    for (name, _) in SENTENCES {
        assert!(
            cases.iter().any(|(_, broken)| broken.contains(&name)),
            "nothing breaks: {name}"
        );
    }
}
