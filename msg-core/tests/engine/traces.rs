use crate::world::{AlwaysSay, Closure, FindAt, World, customer, hello, in_seconds, tenant};
use msg_core::channel::{Advice, Failure, FailureClass, FailureScope, Receipt, SendOutcome};
use msg_core::consent::OptOutScope;
use msg_core::id::PartId;
use msg_core::message::{Content, DataClass, Draft, Generate, Purpose};
use msg_core::policy::{Decision, Edit, Phase, PolicyCheck, PolicySet, Reason, Verdict};
use msg_core::store::{ClaimRequest, Store};
use msg_core::testkit::block_on;
use msg_core::trace::{DecisionKind, TraceEvent, TraceRecord, backtest, export, replay, verify};
use msg_core::{Clock, ErrorKind};
use std::sync::Arc;
use std::time::Duration;

/// A conversation with everything in it: a rewrite, a hold, a model.
fn eventful() -> (World, Vec<Vec<TraceRecord>>) {
    let body = Generate::new("reply".parse().unwrap());
    let world = World::with(|builder, model| {
        builder
            .provider(Arc::clone(model) as _)
            .detector(Arc::new(FindAt))
            .responder(Arc::new(AlwaysSay(body)))
            .check(Closure::new("footer", Phase::Before, |input| Verdict {
                decision: Decision::Rewrite(vec![Edit::Footer(format!(
                    "about {}",
                    input.draft.purpose
                ))]),
                reasons: vec![],
            }))
            .check(Closure::new("shout", Phase::After, |input| {
                let mut long = 0;
                input
                    .content
                    .unwrap()
                    .for_each_text(&mut |text| long += text.len());
                let origin = input.draft.origin.as_str();
                if long > 60 {
                    Verdict::review(
                        "long",
                        Reason::new("long", format!("{long} bytes by {origin}")),
                    )
                } else {
                    Verdict {
                        decision: Decision::Allow,
                        reasons: vec![Reason::new("fine", format!("{long} bytes by {origin}"))],
                    }
                }
            }))
    });
    world
        .model
        .say("We have your mail bob@example.org on record.");
    let report = world.accept(world.says("1", "I am bob@example.org"));
    let plain = world.queue(hello());
    let long = world.submit(Draft::new(
        tenant(),
        customer(),
        Purpose::Service,
        Content::text("x".repeat(80)),
    ));
    world.dispatch();
    world.dispatch();
    let reply = report.taken[0].reply.as_ref().unwrap().message;
    let traces = [reply, plain.message, long.message]
        .map(|message| world.trace(message))
        .to_vec();
    (world, traces)
}

#[test]
fn a_replay_gives_identical_verdicts() {
    let (world, traces) = eventful();
    for records in &traces {
        let replayed = replay(records, world.engine.policies()).unwrap();
        assert!(replayed.checks.len() >= 2);
        assert!(replayed.is_identical(), "{replayed:#?}");
        assert!(replayed.checks.iter().all(|check| check.same_policies));
    }
}

#[test]
fn a_change_of_any_byte_is_detected() {
    let (_, traces) = eventful();
    let records = &traces[0];
    verify(records).unwrap();
    for (number, record) in records.iter().enumerate() {
        for at in (0..record.line.len()).step_by(7) {
            let mut changed = records.clone();
            let mut line = record.line.to_vec();
            line[at] ^= 1;
            changed[number].line = line.clone().into();
            assert_eq!(
                verify(&changed).unwrap_err().kind(),
                ErrorKind::Corrupt,
                "record {number}, byte {at}"
            );
            // Whoever also fixes the digest breaks the link of the next record.
            changed[number].digest = msg_core::digest::Digest::of(&line);
            if number + 1 < records.len() {
                assert!(
                    verify(&changed).is_err(),
                    "record {number}, byte {at}, with its digest"
                );
            }
        }
    }
    let mut missing = records.clone();
    missing.remove(1);
    assert!(verify(&missing).is_err());
}

#[test]
fn a_backtest_says_what_would_change() {
    let (world, traces) = eventful();
    let strict: Arc<dyn PolicyCheck> = Arc::new(Closure::new("strict", Phase::Before, |_| {
        Verdict::deny(Reason::new("no", "nothing leaves"))
    }));
    let candidate = PolicySet::new(
        world
            .engine
            .policies()
            .checks()
            .iter()
            .cloned()
            .chain([strict]),
    )
    .unwrap();
    let report = backtest(traces.iter().map(Vec::as_slice), &candidate);
    assert_eq!((report.traces, report.failed.len()), (3, 0));
    let denied: usize = report
        .moves
        .iter()
        .filter(|change| change.to == DecisionKind::Deny)
        .map(|change| change.count)
        .sum();
    assert_eq!(denied, 3, "{report:#?}");
    assert!(
        report
            .examples
            .iter()
            .all(|example| example.checks == ["strict"])
    );
    let same = backtest(traces.iter().map(Vec::as_slice), world.engine.policies());
    assert!(same.moves.is_empty() && same.evaluations > 6);
}

#[test]
fn an_export_shows_no_more_than_its_class() {
    let (_, traces) = eventful();
    for records in &traces {
        let open = export(records, DataClass::Internal).unwrap().join("\n");
        for secret in ["bob@example.org", "customer", "Hello", "xxx"] {
            assert!(!open.contains(secret), "{secret} in {open}");
        }
        assert!(open.contains(r#"{"redacted":"personal"}"#));
        let full = export(records, DataClass::Sensitive).unwrap();
        assert_eq!(full.len(), records.len());
    }
}

/// What the store cancels is in the message's trace as soon as the opt-out is in the ledger, with its cause, and the
/// trace still verifies and replays.
#[test]
fn a_stop_is_in_the_trace_of_what_it_stops() {
    let world = World::new();
    let queued = world.queue(hello());
    let records = world.trace(queued.message).len();
    world.clock.advance(Duration::from_secs(5));
    let stop = world.says("1", "STOP");
    let said_at = stop.occurred_at;
    world.clock.advance(Duration::from_secs(2));
    world.accept(stop);
    let trace = world.trace(queued.message);
    assert_eq!(trace.len(), records + 1);
    let last = trace.last().unwrap().read::<TraceEvent>().unwrap();
    let TraceEvent::Cancelled(cancelled) = &last.event else {
        panic!("{last:?}");
    };
    assert_eq!(cancelled.part, Some(PartId::new(queued.message, 0)));
    assert_eq!(cancelled.why, "consent_withdrawn");
    let refusal = cancelled.refusal.as_ref().unwrap();
    assert_eq!(
        (&refusal.scope, refusal.at),
        (&OptOutScope::Channel, said_at)
    );
    verify(&trace).unwrap();
    assert!(
        replay(&trace, world.engine.policies())
            .unwrap()
            .is_identical()
    );
    assert_eq!(world.dispatch().claimed, 0);
    assert_eq!(world.trace(queued.message).len(), records + 1);
    let open = export(&trace, DataClass::Internal).unwrap().join("\n");
    assert!(open.contains("consent_withdrawn"));
}

/// A part that is with its sender when the person refuses is stopped by the next claim, and that is traced too.
#[test]
fn a_refusal_during_a_retry_is_in_the_trace() {
    let world = World::new();
    let queued = world.queue(hello());
    world.chat.answer(SendOutcome::Rejected(Failure::new(
        FailureClass::Transient,
        FailureScope::Part,
        Advice::RetrySame,
    )));
    assert_eq!(world.dispatch().retried, 1);
    world.accept(world.says("1", "STOP"));
    let steps = world.steps(queued.message);
    assert!(steps.ends_with(&["attempted".into(), "cancelled".into()]));
}

#[test]
fn a_crash_is_in_the_trace_and_what_followed_after_it() {
    let world = World::new();
    let queued = world.queue(hello());
    let now = world.clock.now();
    let request = ClaimRequest::new(now, in_seconds(&world, 60), 1);
    assert_eq!(block_on(world.store.claim(request)).unwrap().len(), 1);
    world.store.restart();
    world
        .chat
        .answer_look_up(SendOutcome::Accepted(Receipt::new("there")));
    let done = block_on(world.engine.reconcile(None, 10)).unwrap();
    assert_eq!(done.accepted, 1);
    let steps = world.steps(queued.message);
    assert!(steps.ends_with(&["enqueued".into(), "lost".into(), "reconciled".into()]));
}
