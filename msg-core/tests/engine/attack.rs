//! What a careless or hostile world does to the engine.

use crate::world::{
    AlwaysSay, Closure, World, conversation, customer, hello, in_seconds, phone, tenant,
};
use msg_core::Clock;
use msg_core::capability::Capabilities;
use msg_core::channel::{
    Advice, Ambiguous, ChannelAdapter, Clearance, Cleared, ConsentSignal, Failure, FailureClass,
    FailureScope, Inbound, InboundEvent, InboundMessage, Reconciler, SendOutcome, WebhookWire,
};
use msg_core::consent::{ConsentAct, ConsentEvent, ConsentSource, OptOutScope, Standing};
use msg_core::engine::{Respond, Responder, Settings, Submitted};
use msg_core::id::{ActionId, CheckId, MessageId, PartId, TenantId};
use msg_core::message::action::Reply;
use msg_core::message::interactive::Choice;
use msg_core::message::part::{Styled, TextPart};
use msg_core::message::{
    Action, Address, ChannelKind, Content, Draft, Origin, Part, PartBody, Purpose,
};
use msg_core::policy::{FactSource, Need, Phase, PolicyCheck, PolicyInput, Reason, Verdict};
use msg_core::store::{
    Answer, ClaimRequest, Claimed, MemoryStore, Op, OpResult, PartState, Query, Settle, Settlement,
    Store, StoreCaps,
};
use msg_core::testkit::{ManualClock, ScriptedAdapter, SeededIds, block_on};
use msg_core::trace::{TraceEvent, TraceRecord, replay, verify};
use msg_core::{Error, ErrorKind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

fn text_of(part: &Part) -> String {
    match &part.body {
        PartBody::Text(text) => text.text.text.clone(),
        other => panic!("{}", other.tag()),
    }
}

/// Denies texts with a word.
fn no(word: &'static str) -> impl PolicyCheck {
    Closure::new("no", Phase::After, move |input| {
        let mut found = false;
        if let Some(content) = input.content {
            content.for_each_text(&mut |run| found |= run.contains(word));
        }
        if found {
            Verdict::deny(Reason::new("word", "a word"))
        } else {
            Verdict::allow()
        }
    })
}

fn email() -> Address {
    Address::email("a@example.org").unwrap()
}

#[test]
fn words_for_one_channel_are_never_said_on_another() {
    let mail = Arc::new(ScriptedAdapter::new(ChannelKind::Email));
    let world = World::with(|builder, _| builder.adapter(Arc::clone(&mail) as _).check(no("bad")));
    // SMS: its own words, denied. In-app: the common ones, denied on the phone's channel only. Mail: its own, denied.
    let mut draft = Draft::new(
        tenant(),
        msg_core::message::Recipient::new(phone())
            .or(email())
            .or(customer()),
        Purpose::Service,
        Content::text("for all"),
    );
    draft
        .alternatives
        .insert(ChannelKind::Sms, Content::text("bad words for sms"));
    draft
        .alternatives
        .insert(ChannelKind::Email, Content::text("bad words for mail"));
    draft.origin = Origin::Model;
    let submission = world.queue(draft);
    world.dispatch();
    let sent = world.chat.sent();
    assert_eq!(text_of(&sent[0]), "for all");
    let records = world.trace(submission.message);
    let replayed = replay(&records, world.engine.policies()).unwrap();
    assert!(replayed.is_identical(), "{replayed:?}");
}

#[test]
fn common_words_survive_an_address_with_words_of_its_own() {
    let world = World::with(|builder, _| {
        builder.check(Closure::new("not-here", Phase::After, |input| {
            if input.to.channel() == &ChannelKind::InApp || input.to.expose() == "second" {
                Verdict::allow()
            } else {
                Verdict::deny(Reason::new("no", "not here"))
            }
        }))
    });
    let other = Address::phone(ChannelKind::Sms, "+14155550133").unwrap();
    let mut draft = Draft::new(
        tenant(),
        msg_core::message::Recipient::new(phone())
            .or(other)
            .or(customer()),
        Purpose::Service,
        Content::text("for all"),
    );
    draft
        .alternatives
        .insert(ChannelKind::Sms, Content::text("for sms"));
    let submission = world.queue(draft);
    world.dispatch();
    assert_eq!(text_of(&world.chat.sent()[0]), "for all");
    let replayed = replay(&world.trace(submission.message), world.engine.policies()).unwrap();
    assert!(replayed.is_identical(), "{replayed:?}");
}

#[test]
fn a_fallback_text_goes_through_the_checks_too() {
    let unknown: Content = serde_json::from_str(r#"{"hologram":{}}"#).unwrap();
    let with = |text: &str| {
        let world = World::with(|builder, _| builder.check(no("guaranteed")));
        let mut draft = hello();
        draft.body = unknown.clone().into();
        draft.fallback_text = Some(text.into());
        draft.loss_policy = msg_core::plan::LossPolicy::AllowUpTo(msg_core::plan::Severity::Major);
        let submission = world.submit(draft);
        world.dispatch();
        let replayed = replay(&world.trace(submission.message), world.engine.policies()).unwrap();
        assert!(replayed.is_identical(), "{replayed:?}");
        (
            submission.result,
            world.chat.sent().iter().map(text_of).collect::<Vec<_>>(),
        )
    };
    let (result, sent) = with("plain words");
    assert!(matches!(result, Submitted::Queued { .. }));
    assert_eq!(sent, ["plain words"]);
    let (result, sent) = with("guaranteed returns");
    assert!(matches!(result, Submitted::Denied { .. }), "{result:?}");
    assert!(sent.is_empty());
}

#[test]
fn a_code_does_not_wait_behind_an_offer_that_is_held() {
    let world = World::new();
    let mut offer = Draft::new(
        tenant(),
        phone(),
        Purpose::Marketing,
        Content::text("offer"),
    );
    offer.not_before = Some(in_seconds(&world, 36_000));
    world.queue(offer.clone());
    world.queue(Draft::new(
        tenant(),
        phone(),
        Purpose::OneTimeCode,
        Content::text("code"),
    ));
    let mut reminder = hello();
    reminder.not_before = Some(in_seconds(&world, 36_000));
    world.queue(reminder);
    world.queue(hello());
    assert_eq!(world.dispatch().accepted, 2);
    assert_eq!(text_of(&world.sms.sent()[0]), "code");
    // Nor behind one whose outcome nobody knows.
    world
        .sms
        .answer(SendOutcome::Ambiguous(Ambiguous::new("timeout")));
    world.queue(Draft::new(
        tenant(),
        phone(),
        Purpose::OneTimeCode,
        Content::text("again"),
    ));
    assert_eq!(world.dispatch().ambiguous, 1);
    world.queue(Draft::new(
        tenant(),
        phone(),
        Purpose::OneTimeCode,
        Content::text("third"),
    ));
    assert_eq!(world.dispatch().accepted, 1);
}

#[test]
fn who_writes_stop_is_believed_even_when_stop_was_offered() {
    let world =
        World::with(|builder, _| builder.responder(Arc::new(AlwaysSay(Content::text("ok")))));
    let reply =
        |id: &str, label: &str| Action::new(ActionId::new(id).unwrap(), label, Reply::default());
    let choice = Choice::new("Music?", vec![reply("play", "Play"), reply("halt", "STOP")]);
    let mut draft = hello();
    draft.body = Content::from(choice).into();
    world.queue(draft);
    assert_eq!(world.dispatch().accepted, 1);
    let report = world.accept(world.says("1", "STOP"));
    assert!(report.taken[0].signal.is_some());
    assert!(report.taken[0].reply.is_none());
}

/// Fails for one text.
#[derive(Debug)]
struct Picky;

#[async_trait::async_trait]
impl Responder for Picky {
    async fn respond(&self, inbound: Respond<'_>) -> Result<Option<Draft>, Error> {
        let text = inbound.message.content.plain_text();
        if text == "hard" {
            return Err(Error::new(ErrorKind::Unavailable, "no answer"));
        }
        Ok(None)
    }
}

#[test]
fn a_stop_is_not_lost_behind_what_cannot_be_answered() {
    let world = World::with(|builder, _| builder.responder(Arc::new(Picky)));
    let events = vec![world.says("1", "hard"), world.says("2", "STOP")];
    let error = block_on(world.engine.accept(&tenant(), events)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    let submission = world.submit(hello());
    assert!(matches!(submission.result, Submitted::Denied { .. }));
}

#[test]
fn tenants_with_names_that_run_together_share_no_inbound_key() {
    let world = World::new();
    let say = |scheme: &str, dedupe: &str| {
        let message = InboundMessage::new(customer(), conversation(), "1", Content::text("hi"));
        InboundEvent::new(scheme, dedupe, world.clock.now(), Inbound::Message(message))
    };
    let first = TenantId::new("shop").unwrap();
    let second = TenantId::new("shop/in-app").unwrap();
    let report = block_on(world.engine.accept(&first, vec![say("in-app", "in-app/1")])).unwrap();
    assert_eq!(report.taken.len(), 1);
    let report = block_on(world.engine.accept(&second, vec![say("in-app", "1")])).unwrap();
    assert_eq!((report.taken.len(), report.duplicates), (1, 0));
    // Nor does the name of one event stand for the answer of another.
    let events = vec![say("in-app", "7#answer"), say("in-app", "7")];
    let report = block_on(world.engine.accept(&first, events)).unwrap();
    assert_eq!((report.taken.len(), report.duplicates), (2, 0));
}

#[test]
fn a_provider_whose_clock_is_ahead_cannot_outvote_a_later_opt_out() {
    let world = World::new();
    let resume = ConsentSignal::new(customer(), None, "unblocked");
    let ahead = InboundEvent::new("in-app", "1", world.clock.now(), Inbound::Consent(resume))
        .occurred(in_seconds(&world, 3_600));
    world.accept(ahead);
    world.clock.advance(Duration::from_mins(1));
    let act = ConsentAct::OptOut(OptOutScope::Channel);
    let now = world.clock.now();
    let stop = ConsentEvent::new(tenant(), &customer(), act, ConsentSource::Form, now);
    block_on(world.store.commit(vec![Op::Consent(Box::new(stop))])).unwrap();
    let query = Query::Consent {
        tenant: tenant(),
        address: customer().key(),
        subject: None,
    };
    let Answer::Consent(state) = block_on(world.store.query(query)).unwrap() else {
        panic!()
    };
    assert_eq!(
        state.standing(&Purpose::Service, None, now),
        Standing::OptedOut(OptOutScope::Channel)
    );
}

#[test]
fn an_outcome_that_is_never_known_is_not_sent_for_ever() {
    let mut settings = Settings::default();
    settings.resend_ambiguous = vec![Purpose::Transactional];
    settings.max_attempts = 3;
    let world = World::with(|builder, _| builder.settings(settings));
    let mut draft = Draft::new(
        tenant(),
        phone(),
        Purpose::Transactional,
        Content::text("x"),
    );
    draft.topic = None;
    let queued = world.queue(draft);
    for _ in 0..10 {
        world
            .sms
            .answer(SendOutcome::Ambiguous(Ambiguous::new("timeout")));
    }
    for _ in 0..10 {
        world.dispatch();
        block_on(world.engine.reconcile(None, 9)).unwrap();
        world.clock.advance(Duration::from_hours(1));
    }
    assert_eq!(world.sms.sent().len(), 3);
    assert_eq!(world.parts(&queued)[0].state, PartState::Parked);
}

#[test]
fn what_is_settled_late_and_what_cannot_be_read_stop_no_reconciliation() {
    let world = World::new();
    world.queue(hello());
    let now = world.clock.now();
    let claim = ClaimRequest::new(now, in_seconds(&world, 1), 9);
    let claimed = block_on(world.store.claim(claim)).unwrap();
    world.clock.advance(Duration::from_secs(2));
    // Ends the lease: the part is ambiguous, and who has the token may still settle it.
    block_on(
        world
            .store
            .claim(ClaimRequest::new(world.clock.now(), now, 0)),
    )
    .unwrap();
    let settle = Settle::new(
        claimed[0].part,
        Some(claimed[0].token),
        Settlement::Ambiguous {
            evidence: "late".into(),
        },
        now,
    );
    block_on(world.store.commit(vec![Op::Settle(Box::new(settle))])).unwrap();
    let id = MessageId::from_uuid(uuid::Uuid::from_u128(1));
    let odd = msg_core::store::NewPart::new(
        PartId::new(id, 0),
        &phone(),
        Purpose::Service,
        now,
        &b"not an envelope"[..],
    );
    let enqueue = msg_core::store::Enqueue::new(id, tenant(), vec![odd], now);
    block_on(world.store.commit(vec![Op::Enqueue(Box::new(enqueue))])).unwrap();
    let claim = ClaimRequest::new(world.clock.now(), world.clock.now(), 9);
    assert_eq!(block_on(world.store.claim(claim)).unwrap().len(), 1);
    block_on(
        world
            .store
            .claim(ClaimRequest::new(world.clock.now(), now, 0)),
    )
    .unwrap();
    let done = block_on(world.engine.reconcile(None, 9)).unwrap();
    assert_eq!((done.review, done.open), (1, 1), "{done:?}");
    let done = block_on(world.engine.reconcile(None, 9)).unwrap();
    assert_eq!((done.review, done.open), (0, 1), "{done:?}");
}

#[test]
fn one_part_that_panics_does_not_take_the_others_with_it() {
    let world = World::with(|builder, _| {
        builder.check(Closure::new("boom", Phase::Dispatch, |input| {
            assert!(input.to.channel() != &ChannelKind::Sms, "boom");
            Verdict::allow()
        }))
    });
    world.queue(Draft::new(
        tenant(),
        phone(),
        Purpose::OneTimeCode,
        Content::text("x"),
    ));
    let good = world.queue(hello());
    let dispatch = std::panic::AssertUnwindSafe(|| world.dispatch());
    assert!(std::panic::catch_unwind(dispatch).is_err());
    assert!(world.sms.sent().is_empty());
    assert_eq!(world.parts(&good)[0].state, PartState::Accepted);
}

/// A store whose reads or writes fail when told to.
#[derive(Debug)]
struct Flaky {
    inner: MemoryStore,
    reads: AtomicBool,
    writes: AtomicBool,
    /// Somebody else is always faster.
    fenced: AtomicBool,
}

impl Flaky {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            inner: MemoryStore::new(),
            reads: false.into(),
            writes: false.into(),
            fenced: false.into(),
        })
    }

    fn fault(flag: &AtomicBool) -> Result<(), Error> {
        if flag.load(Ordering::SeqCst) {
            Err(Error::new(ErrorKind::Storage, "the disk is gone"))
        } else {
            Ok(())
        }
    }
}

#[async_trait::async_trait]
impl Store for Flaky {
    async fn commit(&self, batch: Vec<Op>) -> Result<Vec<OpResult>, Error> {
        Self::fault(&self.writes)?;
        let settles = batch.iter().any(|op| matches!(op, Op::Settle(_)));
        if settles && self.fenced.load(Ordering::SeqCst) {
            return Err(Error::new(ErrorKind::Fenced, "somebody was faster"));
        }
        self.inner.commit(batch).await
    }
    async fn claim(&self, request: ClaimRequest) -> Result<Vec<Claimed>, Error> {
        self.inner.claim(request).await
    }
    async fn query(&self, query: Query) -> Result<Answer, Error> {
        Self::fault(&self.reads)?;
        self.inner.query(query).await
    }
    fn ledger_seq(&self) -> u64 {
        self.inner.ledger_seq()
    }
    fn caps(&self) -> StoreCaps {
        self.inner.caps()
    }
}

#[test]
fn a_store_that_fails_in_the_middle_sends_nothing_unchecked_and_loses_nothing() {
    let store = Flaky::new();
    let clock = Arc::new(ManualClock::default());
    let chat = Arc::new(ScriptedAdapter::new(ChannelKind::InApp).with_reconciler());
    let engine = msg_core::engine::Engine::builder(
        Arc::clone(&store) as _,
        Arc::clone(&clock) as _,
        Arc::new(SeededIds::default()),
    )
    .adapter(Arc::clone(&chat) as _)
    .check(crate::world::RespectOptOut::new())
    .build()
    .unwrap();
    let state = |message| match block_on(store.inner.query(Query::Message(message))).unwrap() {
        Answer::Parts(parts) => parts.first().map(|part| (part.state, part.attempts)),
        other => panic!("{other:?}"),
    };
    store.writes.store(true, Ordering::SeqCst);
    assert!(block_on(engine.submit(hello())).is_err());
    store.writes.store(false, Ordering::SeqCst);
    assert_eq!(block_on(engine.dispatch_due(9)).unwrap().claimed, 0);

    let message = block_on(engine.submit(hello())).unwrap().message;
    store.reads.store(true, Ordering::SeqCst);
    assert!(block_on(engine.dispatch_due(9)).is_err());
    assert!(chat.sent().is_empty());
    assert_eq!(
        state(message),
        Some((PartState::Queued, 0)),
        "it never left"
    );
    store.reads.store(false, Ordering::SeqCst);

    // The settlement fails: it left, and nobody sends it again blindly.
    store.writes.store(true, Ordering::SeqCst);
    assert!(block_on(engine.dispatch_due(9)).is_err());
    assert_eq!(chat.sent().len(), 1);
    store.writes.store(false, Ordering::SeqCst);
    clock.advance(Duration::from_hours(1));
    assert_eq!(block_on(engine.dispatch_due(9)).unwrap().claimed, 0);
    assert_eq!(
        state(message).map(|(state, _)| state),
        Some(PartState::Ambiguous)
    );
    assert_eq!(chat.sent().len(), 1);

    store.writes.store(true, Ordering::SeqCst);
    let said = InboundMessage::new(customer(), conversation(), "1", Content::text("hi"));
    let event = InboundEvent::new("in-app", "1", clock.now(), Inbound::Message(said));
    assert!(block_on(engine.accept(&tenant(), vec![event.clone()])).is_err());
    store.writes.store(false, Ordering::SeqCst);
    let report = block_on(engine.accept(&tenant(), vec![event])).unwrap();
    assert_eq!(report.taken.len(), 1);
}

/// Sends, and then nobody can read the store any more.
#[derive(Debug)]
struct LastWords {
    chat: ScriptedAdapter,
    store: Arc<Flaky>,
}

#[async_trait::async_trait]
impl ChannelAdapter for LastWords {
    fn scheme(&self) -> &str {
        self.chat.scheme()
    }
    fn channel(&self) -> &ChannelKind {
        self.chat.channel()
    }
    fn capabilities(&self) -> &Capabilities {
        self.chat.capabilities()
    }
    async fn send(&self, part: &Cleared<Part>) -> SendOutcome {
        let outcome = self.chat.send(part).await;
        self.store.reads.store(true, Ordering::SeqCst);
        outcome
    }
    fn webhook(&self) -> Option<&dyn WebhookWire> {
        None
    }
    fn reconciler(&self) -> Option<&dyn Reconciler> {
        None
    }
}

#[test]
fn a_part_that_cannot_be_followed_to_its_new_address_goes_back_with_what_happened() {
    let store = Flaky::new();
    let adapter = Arc::new(LastWords {
        chat: ScriptedAdapter::new(ChannelKind::InApp),
        store: Arc::clone(&store),
    });
    let failure = Failure::new(
        FailureClass::AddressMoved,
        FailureScope::Recipient,
        Advice::Readdress,
    );
    let elsewhere = Address::in_app("customer-upgraded").unwrap();
    let moved = SendOutcome::Rejected(failure.with_moved_to(elsewhere));
    adapter.chat.answer(moved);
    let (clock, ids) = (
        Arc::new(ManualClock::default()),
        Arc::new(SeededIds::default()),
    );
    let engine = msg_core::engine::Engine::builder(Arc::clone(&store) as _, clock, ids)
        .adapter(Arc::clone(&adapter) as _)
        .check(crate::world::RespectOptOut::new())
        .build()
        .unwrap();
    let message = block_on(engine.submit(hello())).unwrap().message;
    assert!(block_on(engine.dispatch_due(9)).is_err());
    store.reads.store(false, Ordering::SeqCst);
    let Answer::Parts(parts) = block_on(store.query(Query::Message(message))).unwrap() else {
        panic!("not parts");
    };
    assert_eq!((parts[0].state, parts[0].attempts), (PartState::Queued, 0));
    let trace = block_on(engine.trace(message.into())).unwrap();
    let attempts = |trace: &[TraceRecord]| {
        let events = trace.iter().map(|record| record.read().unwrap().event);
        events
            .filter(|event: &TraceEvent| matches!(event, TraceEvent::Attempted(_)))
            .count()
    };
    assert_eq!(attempts(&trace), 1);
    assert_eq!(block_on(engine.dispatch_due(9)).unwrap().accepted, 1);
    assert_eq!(adapter.chat.sent().len(), 2);
}

#[test]
fn the_reason_of_an_unchecked_send_is_durable_before_it_leaves() {
    let store = Flaky::new();
    store.writes.store(true, Ordering::SeqCst);
    let chat = Arc::new(ScriptedAdapter::new(ChannelKind::InApp));
    let clock = Arc::new(ManualClock::default());
    let ids = Arc::new(SeededIds::default());
    let engine = msg_core::engine::Engine::builder(Arc::clone(&store) as _, clock, ids)
        .adapter(Arc::clone(&chat) as _)
        .without_checks("a test")
        .build()
        .unwrap();
    let id = MessageId::from_uuid(uuid::Uuid::from_u128(7));
    let part = Part::new(
        PartId::new(id, 0),
        tenant(),
        customer(),
        Purpose::Service,
        TextPart::new(Styled::plain("x")),
    );
    let clearance = Clearance::unchecked("drill");
    assert!(block_on(engine.send_unchecked(part, clearance)).is_err());
    assert!(chat.sent().is_empty());
}

#[test]
fn a_dropped_step_leaves_nothing_half_done() {
    let world = World::new();
    let queued = world.queue(hello());
    // Polled once and dropped, wherever it stands.
    let mut step = Box::pin(world.engine.dispatch_due(9));
    let waker = std::task::Waker::noop();
    let _ = step
        .as_mut()
        .poll(&mut std::task::Context::from_waker(waker));
    drop(step);
    world.clock.advance(Duration::from_hours(1));
    world.dispatch();
    block_on(world.engine.reconcile(None, 9)).unwrap();
    assert!(world.chat.sent().len() <= 1);
    assert_ne!(world.parts(&queued)[0].state, PartState::Leased);
}

#[test]
fn who_is_too_late_to_settle_does_not_end_the_step() {
    let store = Flaky::new();
    let clock = Arc::new(ManualClock::default());
    let chat = Arc::new(ScriptedAdapter::new(ChannelKind::InApp));
    let ids = Arc::new(SeededIds::default());
    let engine =
        msg_core::engine::Engine::builder(Arc::clone(&store) as _, Arc::clone(&clock) as _, ids)
            .adapter(Arc::clone(&chat) as _)
            .without_checks("a test")
            .build()
            .unwrap();
    let queued = block_on(engine.submit(hello())).unwrap();
    store.fenced.store(true, Ordering::SeqCst);
    let step = block_on(engine.dispatch_due(9)).unwrap();
    assert_eq!((step.claimed, step.fenced), (1, 1));
    // What it saw is in the trace all the same.
    let trace = block_on(engine.trace(queued.message.into())).unwrap();
    let steps: Vec<_> = trace
        .iter()
        .map(|record| record.read::<TraceEvent>().unwrap().event)
        .map(|event| event.tag().to_owned())
        .collect();
    let late = ["checked", "attempted", "noted"].map(str::to_owned);
    assert!(steps.ends_with(&late), "{steps:?}");
    clock.advance(Duration::from_hours(1));
    block_on(engine.dispatch_due(9)).unwrap();
    let done = block_on(engine.reconcile(None, 9)).unwrap();
    assert_eq!((done.settled, done.review), (1, 0));
}

/// Somebody opts out while the last checks run.
#[derive(Debug)]
struct OptsOut {
    store: Arc<MemoryStore>,
    clock: Arc<ManualClock>,
}

#[async_trait::async_trait]
impl FactSource for OptsOut {
    fn name(&self) -> &'static str {
        "opts-out"
    }

    async fn gather(
        &self,
        _: &Draft,
        to: &Address,
        _: msg_core::Timestamp,
    ) -> Result<serde_json::Value, Error> {
        let act = ConsentAct::OptOut(OptOutScope::Channel);
        let now = self.clock.now();
        let event = ConsentEvent::new(tenant(), to, act, ConsentSource::Form, now);
        self.store
            .commit(vec![Op::Consent(Box::new(event))])
            .await?;
        Ok(true.into())
    }
}

/// Asks for the fact that comes after consent was read.
#[derive(Debug)]
struct Curious(CheckId);

impl PolicyCheck for Curious {
    fn id(&self) -> &CheckId {
        &self.0
    }
    fn phases(&self) -> &[Phase] {
        &[Phase::Dispatch]
    }
    fn needs(&self) -> &[Need] {
        &[Need::Custom("opts-out")]
    }
    fn revision(&self) -> &'static str {
        "1"
    }
    fn evaluate(&self, _: &PolicyInput<'_>) -> Verdict {
        Verdict::allow()
    }
}

#[test]
fn an_opt_out_between_claim_and_send_stops_it() {
    let store = Arc::new(MemoryStore::new());
    let clock = Arc::new(ManualClock::default());
    let chat = Arc::new(ScriptedAdapter::new(ChannelKind::InApp));
    let ids = Arc::new(SeededIds::default());
    let opts_out = OptsOut {
        store: Arc::clone(&store),
        clock: Arc::clone(&clock),
    };
    let engine = msg_core::engine::Engine::builder(Arc::clone(&store) as _, clock, ids)
        .adapter(Arc::clone(&chat) as _)
        .check(crate::world::RespectOptOut::new())
        .check(Curious(CheckId::new("curious").unwrap()))
        .fact_source(Arc::new(opts_out))
        .build()
        .unwrap();
    block_on(engine.submit(hello())).unwrap();
    for _ in 0..3 {
        block_on(engine.dispatch_due(9)).unwrap();
    }
    assert!(chat.sent().is_empty());
}

#[test]
fn a_trace_with_records_gone_swapped_or_of_another_trace_is_corrupt() {
    let world = World::new();
    let (one, other) = (world.queue(hello()), world.queue(hello()));
    assert_eq!(world.dispatch().accepted + world.dispatch().accepted, 2);
    let (one, other) = (world.trace(one.message), world.trace(other.message));
    assert!(one.len() > 3 && one.len() == other.len());
    let corrupt = |records: &[TraceRecord], what: &str| {
        let error = verify(records).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Corrupt, "{what}");
    };
    for at in 0..one.len() - 1 {
        let mut gone = one.clone();
        gone.remove(at);
        corrupt(&gone, "gone");
        let mut swapped = one.clone();
        swapped.swap(at, at + 1);
        corrupt(&swapped, "swapped");
        let mut doubled = one.clone();
        doubled.insert(at, one[at].clone());
        corrupt(&doubled, "doubled");
    }
    for at in 0..one.len() {
        let mut mixed = one.clone();
        mixed[at] = other[at].clone();
        corrupt(&mixed, "of another trace");
        mixed[at].trace = one[at].trace;
        corrupt(&mixed, "of another trace, renamed");
    }
}
