//! What a person releases is not asked again, and nothing else is overruled.

use crate::world::{Closure, World, hello, in_seconds};
use msg_core::channel::{Advice, Ambiguous, Failure, FailureClass, FailureScope, SendOutcome};
use msg_core::engine::Submission;
use msg_core::policy::{Decision, Edit, Phase, REWRITE_QUEUE, Reason, Verdict};
use msg_core::store::{Outbox, PartState, Selector};
use msg_core::testkit::block_on;
use msg_core::trace::{TraceEvent, replay};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

fn asks(queue: &'static str) -> Verdict {
    Verdict::review(queue, Reason::new("risk", "a promise"))
}

/// A world where a check at dispatch asks for a person in the queue `legal`.
fn careful() -> World {
    World::with(|builder, _| {
        builder.check(Closure::new("risk", Phase::Dispatch, |_| asks("legal")))
    })
}

fn release(world: &World, submission: &Submission) -> u32 {
    block_on(world.engine.release(submission.message, "staff-7")).unwrap()
}

fn state(world: &World, submission: &Submission) -> PartState {
    world.parts(submission)[0].state
}

#[test]
fn what_a_person_released_leaves_and_a_replay_says_the_same() {
    let world = careful();
    let queued = world.queue(hello());
    assert_eq!(world.dispatch().stopped, 1);
    assert_eq!(release(&world, &queued), 1);
    assert_eq!(world.dispatch().accepted, 1);
    let steps = world.steps(queued.message);
    assert!(
        steps.ends_with(&["checked", "released", "checked", "attempted"].map(str::to_owned)),
        "{steps:?}"
    );
    let last = world
        .events(queued.message)
        .into_iter()
        .rev()
        .find_map(|event| match event {
            TraceEvent::Checked(checked) => Some(checked),
            _ => None,
        });
    let last = last.unwrap();
    assert_eq!(last.evaluation.decision, Decision::Allow);
    assert_eq!(last.facts.approved[0].by, "staff-7");
    let replayed = replay(&world.trace(queued.message), world.engine.policies()).unwrap();
    assert!(replayed.is_identical());
    assert_eq!(release(&world, &queued), 0);
}

#[test]
fn a_release_in_the_store_alone_answers_nothing() {
    let world = careful();
    let queued = world.queue(hello());
    world.dispatch();
    let outbox = Outbox::new(Arc::clone(&world.store) as _);
    block_on(outbox.release(Selector::Message(queued.message))).unwrap();
    assert_eq!(world.dispatch().stopped, 1);
    assert_eq!(state(&world, &queued), PartState::Parked);
}

#[test]
fn a_release_answers_its_own_queue_and_others_ask_for_themselves() {
    let world = World::with(|builder, _| {
        builder
            .check(Closure::new("risk", Phase::Dispatch, |_| asks("legal")))
            .check(Closure::new("brand", Phase::Dispatch, |_| asks("brand")))
    });
    let queued = world.queue(hello());
    for queue in ["legal", "brand"] {
        assert_eq!(world.dispatch().stopped, 1);
        assert_eq!(world.parts(&queued)[0].note.as_deref(), Some(queue));
        release(&world, &queued);
    }
    assert_eq!(world.dispatch().accepted, 1);
}

#[test]
fn a_message_that_waited_from_the_start_is_not_reviewed_twice() {
    let world = World::with(|builder, _| {
        builder
            .check(Closure::new("risk", Phase::After, |_| asks("legal")))
            .check(Closure::new("again", Phase::Dispatch, |_| asks("legal")))
    });
    let parked = world.submit(hello());
    assert_eq!(release(&world, &parked), 1);
    assert_eq!(world.dispatch().accepted, 1);
}

#[test]
fn a_denial_denies_and_a_hold_holds_whatever_was_released() {
    let says = Arc::new(AtomicU8::new(0));
    let world = World::with(|builder, _| {
        let now = Arc::clone(&says);
        let later = move |input: &msg_core::policy::PolicyInput<'_>| {
            let reason = Reason::new("later", "not now");
            match now.load(Ordering::SeqCst) {
                1 => Verdict::hold(
                    msg_core::time::after(input.now, Duration::from_mins(1)),
                    reason,
                ),
                2 => Verdict::deny(reason),
                _ => Verdict::allow(),
            }
        };
        builder
            .check(Closure::new("risk", Phase::Dispatch, |_| asks("legal")))
            .check(Closure::new("later", Phase::Dispatch, later))
    });
    let queued = world.queue(hello());
    world.dispatch();
    release(&world, &queued);
    says.store(1, Ordering::SeqCst);
    assert_eq!(world.dispatch().held, 1);
    says.store(2, Ordering::SeqCst);
    world.clock.advance(Duration::from_mins(2));
    assert_eq!(world.dispatch().stopped, 1);
    assert_eq!(state(&world, &queued), PartState::Cancelled);
    assert!(world.chat.sent().is_empty());
}

#[test]
fn a_release_is_good_for_one_send_but_for_every_try_that_surely_stayed() {
    let world = careful();
    let queued = world.queue(hello());
    world.dispatch();
    release(&world, &queued);
    let failure = Failure::new(
        FailureClass::Transient,
        FailureScope::Provider,
        Advice::RetrySame,
    );
    world.chat.answer(SendOutcome::Rejected(failure));
    world
        .chat
        .answer(SendOutcome::Ambiguous(Ambiguous::new("cut off")));
    assert_eq!(world.dispatch().retried, 1);
    world.clock.set(in_seconds(&world, 60));
    assert_eq!(world.dispatch().ambiguous, 1);
    // The provider does not have it: it is queued again, and a person is asked again.
    let failure = Failure::new(
        FailureClass::Transient,
        FailureScope::Provider,
        Advice::RetrySame,
    );
    world.chat.answer_look_up(SendOutcome::Rejected(failure));
    block_on(world.engine.reconcile(None, 9)).unwrap();
    assert_eq!(world.dispatch().stopped, 1);
    assert_eq!(state(&world, &queued), PartState::Parked);
}

#[test]
fn words_that_a_check_wants_changed_at_dispatch_leave_when_a_person_read_them() {
    let world = World::with(|builder, _| {
        builder.check(Closure::new("footer", Phase::Dispatch, |_| {
            let edits = vec![Edit::Footer("STOP to end".into())];
            Verdict::new(Decision::Rewrite(edits), Reason::new("footer", "no footer"))
        }))
    });
    let queued = world.queue(hello());
    assert_eq!(world.dispatch().stopped, 1);
    assert_eq!(world.parts(&queued)[0].note.as_deref(), Some(REWRITE_QUEUE));
    release(&world, &queued);
    assert_eq!(world.dispatch().accepted, 1);
}
