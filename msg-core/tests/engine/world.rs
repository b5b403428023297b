//! A small world: one tenant, one adapter a channel, a clock that stands still.

use msg_core::channel::{ChannelAdapter, InboundEvent};
use msg_core::channel::{Inbound, InboundMessage};
use msg_core::consent::{KeywordMatcher, OptOutScope, Signal};
use msg_core::engine::{
    Engine, EngineBuilder, Library, Prompt, Respond, Responder, Submission, Submitted, Surface,
};
use msg_core::id::{CheckId, ConversationId, TenantId, TraceId};
use msg_core::llm::Instructions;
use msg_core::message::{Address, ChannelKind, Content, Draft, Generate, Purpose, TemplateCall};
use msg_core::policy::{Detector, Need, Phase, PolicyCheck, PolicyInput, Reason, Verdict};
use msg_core::store::{Answer, MemoryStore, PartRecord, Query, Store};
use msg_core::testkit::{ManualClock, ScriptedAdapter, ScriptedModel, SeededIds, block_on};
use msg_core::trace::{TraceEvent, TraceRecord};
use msg_core::{Clock, Error, Timestamp};
use std::ops::Range;
use std::sync::Arc;

pub(crate) struct World {
    pub(crate) engine: Engine,
    pub(crate) store: Arc<MemoryStore>,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) chat: Arc<ScriptedAdapter>,
    pub(crate) sms: Arc<ScriptedAdapter>,
    pub(crate) model: Arc<ScriptedModel>,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with(|builder, _| builder)
    }

    /// A world whose engine is changed before it is built. The second argument is the model.
    pub(crate) fn with(
        change: impl FnOnce(EngineBuilder, &Arc<ScriptedModel>) -> EngineBuilder,
    ) -> Self {
        let chat = Arc::new(ScriptedAdapter::new(ChannelKind::InApp).with_reconciler());
        Self::over(Arc::clone(&chat) as _, chat, change)
    }

    /// A world that sends in-app messages through this adapter.
    pub(crate) fn adapted(
        adapter: Arc<dyn ChannelAdapter>,
        change: impl FnOnce(EngineBuilder, &Arc<ScriptedModel>) -> EngineBuilder,
    ) -> Self {
        let unused = Arc::new(ScriptedAdapter::new(ChannelKind::InApp));
        Self::over(adapter, unused, change)
    }

    fn over(
        adapter: Arc<dyn ChannelAdapter>,
        chat: Arc<ScriptedAdapter>,
        change: impl FnOnce(EngineBuilder, &Arc<ScriptedModel>) -> EngineBuilder,
    ) -> Self {
        let store = Arc::new(MemoryStore::new());
        let clock = Arc::new(ManualClock::default());
        let sms = Arc::new(ScriptedAdapter::new(ChannelKind::Sms));
        let model = Arc::new(ScriptedModel::new());
        let ids = Arc::new(SeededIds::default());
        let builder = Engine::builder(Arc::clone(&store) as _, Arc::clone(&clock) as _, ids)
            .adapter(adapter)
            .adapter(Arc::clone(&sms) as _)
            .check(RespectOptOut::new())
            .keywords(Arc::new(Stop))
            .library(Arc::new(Texts));
        let engine = change(builder, &model).build().unwrap();
        Self {
            engine,
            store,
            clock,
            chat,
            sms,
            model,
        }
    }

    pub(crate) fn submit(&self, draft: Draft) -> Submission {
        block_on(self.engine.submit(draft)).unwrap()
    }

    /// Submits and expects it in the outbox.
    pub(crate) fn queue(&self, draft: Draft) -> Submission {
        let submission = self.submit(draft);
        assert!(
            matches!(submission.result, Submitted::Queued { .. }),
            "{submission:?}"
        );
        submission
    }

    pub(crate) fn dispatch(&self) -> msg_core::engine::Dispatched {
        block_on(self.engine.dispatch_due(16)).unwrap()
    }

    pub(crate) fn parts(&self, submission: &Submission) -> Vec<PartRecord> {
        match block_on(self.store.query(Query::Message(submission.message))).unwrap() {
            Answer::Parts(parts) => parts,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn trace(&self, trace: impl Into<TraceId>) -> Vec<TraceRecord> {
        block_on(self.engine.trace(trace.into())).unwrap()
    }

    /// The events of a trace, in order.
    pub(crate) fn events(&self, trace: impl Into<TraceId>) -> Vec<TraceEvent> {
        let records = self.trace(trace);
        records
            .iter()
            .map(|record| record.read().unwrap().event)
            .collect()
    }

    /// Their tags.
    pub(crate) fn steps(&self, trace: impl Into<TraceId>) -> Vec<String> {
        let events = self.events(trace);
        events.iter().map(|event| event.tag().to_owned()).collect()
    }

    pub(crate) fn says(&self, id: &str, text: &str) -> InboundEvent {
        let message = InboundMessage::new(customer(), conversation(), id, Content::text(text));
        InboundEvent::new("in-app", id, self.clock.now(), Inbound::Message(message))
    }

    pub(crate) fn accept(&self, event: InboundEvent) -> msg_core::engine::ReceptionReport {
        block_on(self.engine.accept(&tenant(), vec![event])).unwrap()
    }
}

pub(crate) fn tenant() -> TenantId {
    TenantId::new("shop").unwrap()
}

pub(crate) fn conversation() -> ConversationId {
    ConversationId::new("chat-1").unwrap()
}

pub(crate) fn customer() -> Address {
    Address::in_app("customer").unwrap()
}

pub(crate) fn phone() -> Address {
    Address::phone(ChannelKind::Sms, "+14155550132").unwrap()
}

/// A text to the customer in their conversation.
pub(crate) fn hello() -> Draft {
    Draft::new(
        tenant(),
        customer(),
        Purpose::Transactional,
        Content::text("Hello"),
    )
    .in_conversation(conversation())
}

/// Denies what the recipient opted out of; reviews without facts.
#[derive(Debug)]
pub(crate) struct RespectOptOut(CheckId);

impl RespectOptOut {
    pub(crate) fn new() -> Self {
        Self(CheckId::new("respect-opt-out").unwrap())
    }
}

impl PolicyCheck for RespectOptOut {
    fn id(&self) -> &CheckId {
        &self.0
    }

    fn phases(&self) -> &[Phase] {
        &[Phase::Before, Phase::Dispatch]
    }

    fn needs(&self) -> &[Need] {
        &[Need::Consent]
    }

    fn revision(&self) -> &'static str {
        "1"
    }

    fn evaluate(&self, input: &PolicyInput<'_>) -> Verdict {
        let Some(consent) = &input.facts.consent else {
            return Verdict::review("consent", Reason::new("no-fact", "consent is not known"));
        };
        match consent.standing(&input.draft.purpose, None, input.now) {
            msg_core::consent::Standing::OptedOut(_) => {
                Verdict::deny(Reason::new("opted-out", "the person opted out"))
            }
            _ => Verdict::allow(),
        }
    }
}

/// A check that a test writes as a closure.
pub(crate) struct Closure<F> {
    id: CheckId,
    phase: Phase,
    verdict: F,
}

impl<F: Fn(&PolicyInput<'_>) -> Verdict + Send + Sync + 'static> Closure<F> {
    pub(crate) fn new(id: &str, phase: Phase, verdict: F) -> Self {
        Self {
            id: CheckId::new(id).unwrap(),
            phase,
            verdict,
        }
    }
}

impl<F> std::fmt::Debug for Closure<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Closure({})", self.id)
    }
}

impl<F: Fn(&PolicyInput<'_>) -> Verdict + Send + Sync + 'static> PolicyCheck for Closure<F> {
    fn id(&self) -> &CheckId {
        &self.id
    }

    fn phases(&self) -> &[Phase] {
        std::slice::from_ref(&self.phase)
    }

    fn needs(&self) -> &[Need] {
        &[]
    }

    fn revision(&self) -> &'static str {
        "1"
    }

    fn evaluate(&self, input: &PolicyInput<'_>) -> Verdict {
        (self.verdict)(input)
    }
}

#[derive(Debug)]
struct Stop;

impl KeywordMatcher for Stop {
    fn recognize(&self, text: &str, _: Option<&str>) -> Option<Signal> {
        match text {
            "STOP" => Some(Signal::OptOut(OptOutScope::Channel)),
            "START" => Some(Signal::Resume),
            _ => None,
        }
    }
}

#[derive(Debug)]
struct Texts;

impl Library for Texts {
    fn message(&self, call: &TemplateCall, surface: &Surface) -> Result<Content, Error> {
        match call.id.as_str() {
            "thanks" => Ok(Content::text(format!("Thanks ({})", surface.language))),
            other => Err(Error::new(
                msg_core::ErrorKind::NotFound,
                format!("no message template `{other}`"),
            )),
        }
    }

    fn prompt(&self, call: &Generate, _: &Surface) -> Result<Prompt, Error> {
        let name = call
            .vars
            .get("name")
            .and_then(|name| name.as_str())
            .unwrap_or("nobody");
        Ok(Prompt::new(Instructions::by_host(format!(
            "You answer for the shop. The customer is {name}."
        ))))
    }
}

/// Finds words with `@`.
#[derive(Debug)]
pub(crate) struct FindAt;

impl Detector for FindAt {
    fn find(&self, text: &str) -> Vec<(Range<usize>, &'static str)> {
        let base = text.as_ptr() as usize;
        text.split_whitespace()
            .filter(|word| word.contains('@'))
            .map(|word| word.trim_end_matches(['.', '?', ',']))
            .map(|word| {
                (
                    word.as_ptr() as usize - base..word.as_ptr() as usize - base + word.len(),
                    "EMAIL",
                )
            })
            .collect()
    }
}

/// Answers everything with the same body.
#[derive(Debug)]
pub(crate) struct AlwaysSay<B>(pub(crate) B);

#[async_trait::async_trait]
impl<B: Clone + Into<msg_core::message::Body> + std::fmt::Debug + Send + Sync + 'static> Responder
    for AlwaysSay<B>
{
    async fn respond(&self, inbound: Respond<'_>) -> Result<Option<Draft>, Error> {
        let message = inbound.message;
        let to = message.from.clone();
        let draft = Draft::new(
            inbound.tenant.clone(),
            to,
            Purpose::Conversational,
            self.0.clone(),
        );
        Ok(Some(draft.in_conversation(message.conversation.clone())))
    }
}

pub(crate) fn in_seconds(world: &World, seconds: u64) -> Timestamp {
    msg_core::time::after(world.clock.now(), std::time::Duration::from_secs(seconds))
}
