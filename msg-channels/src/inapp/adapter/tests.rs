use super::*;
use futures_util::{FutureExt as _, StreamExt as _};
use jiff::Timestamp;
use msg_core::channel::Clearance;
use msg_core::id::{MessageId, PartId, TenantId, time_ordered};
use msg_core::message::part::{Styled, TextPart};
use msg_core::message::{Address, Purpose};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Wake;

fn part(index: u16) -> Part {
    let id = time_ordered(Timestamp::UNIX_EPOCH, &[1; 16]);
    Part::new(
        PartId::new(MessageId::from_uuid(id), index),
        TenantId::new("acme").unwrap(),
        Address::in_app("ada").unwrap(),
        Purpose::Conversational,
        TextPart::new(Styled::plain("hi")),
    )
}

fn send(adapter: &InApp, part: Part) -> SendOutcome {
    let cleared = Clearance::unchecked("test").clear(part);
    adapter.send(&cleared).now_or_never().unwrap()
}

fn class(outcome: SendOutcome) -> (FailureClass, Advice) {
    match outcome {
        SendOutcome::Rejected(failure) => (failure.class, failure.advice),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_is_sent_arrives_once_and_in_order() {
    let (adapter, mut inbox) = InApp::new(8);
    assert!(inbox.is_empty() && inbox.try_recv().is_none());
    for index in [0, 1, 2] {
        assert!(matches!(
            send(&adapter, part(index)),
            SendOutcome::Accepted(_)
        ));
    }
    assert_eq!(inbox.len(), 3);
    for index in [0, 1, 2] {
        assert_eq!(inbox.try_recv().unwrap().part, part(index));
    }
    assert!(inbox.try_recv().is_none());
}

#[test]
fn a_part_that_is_sent_again_is_known_even_after_it_was_read() {
    let (adapter, mut inbox) = InApp::new(8);
    let first = send(&adapter, part(0));
    let again = send(&adapter, part(0));
    assert!(matches!(&again, SendOutcome::AlreadyAccepted(_)));
    assert_eq!(first.provider_id(), again.provider_id());
    inbox.try_recv().unwrap();
    assert!(matches!(
        send(&adapter, part(0)),
        SendOutcome::AlreadyAccepted(_)
    ));
    assert!(inbox.is_empty());
}

#[test]
fn a_full_inbox_holds_back_and_forgets_nothing() {
    let (adapter, mut inbox) = InApp::new(2);
    send(&adapter, part(0));
    send(&adapter, part(1));
    let full = (FailureClass::RateLimited, Advice::RetrySame);
    assert_eq!(class(send(&adapter, part(2))), full);
    // What is in it already is known, full or not.
    assert!(matches!(
        send(&adapter, part(1)),
        SendOutcome::AlreadyAccepted(_)
    ));
    inbox.try_recv().unwrap();
    assert!(matches!(send(&adapter, part(2)), SendOutcome::Accepted(_)));
}

#[test]
fn nobody_reads_and_another_channel_are_said() {
    let (adapter, inbox) = InApp::new(2);
    let mut foreign = part(0);
    foreign.to = Address::telegram(1);
    let refused = (FailureClass::InvalidRecipient, Advice::FixConfig);
    assert_eq!(class(send(&adapter, foreign)), refused);
    drop(inbox);
    let unreachable = (
        FailureClass::UnreachableOnChannel,
        Advice::RetryOtherChannel,
    );
    assert_eq!(class(send(&adapter, part(1))), unreachable);
}

#[test]
fn what_the_screen_does_not_show_is_refused() {
    let (adapter, inbox) = InApp::new(8);
    let unsupported = (FailureClass::Unsupported, Advice::Degrade);
    let mut strange = part(0);
    strange.body = PartBody::Unknown(msg_core::Unknown::new("hologram", serde_json::Value::Null));
    assert_eq!(class(send(&adapter, strange)), unsupported);

    let adapter = adapter.with_capabilities(Capabilities::text_only());
    let mut typing = part(1);
    typing.body = msg_core::message::content::Typing::default().into();
    assert_eq!(class(send(&adapter, typing)), unsupported);
    assert!(matches!(send(&adapter, part(2)), SendOutcome::Accepted(_)));
    assert_eq!(inbox.len(), 1);
}

#[derive(Default)]
struct Count(AtomicUsize);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

#[test]
fn a_reader_is_woken_by_a_message_and_by_the_end() {
    let (adapter, mut inbox) = InApp::new(2);
    let count = Arc::new(Count::default());
    let waker = Arc::clone(&count).into();
    let mut context = std::task::Context::from_waker(&waker);
    let woken = || count.0.load(Ordering::SeqCst);

    assert!(inbox.poll_next_unpin(&mut context).is_pending());
    assert_eq!(woken(), 0);
    send(&adapter, part(0));
    assert_eq!(woken(), 1);
    assert!(inbox.poll_next_unpin(&mut context).is_ready());
    assert!(inbox.poll_next_unpin(&mut context).is_pending());
    drop(adapter);
    assert_eq!(woken(), 2);
    assert_eq!(inbox.recv().now_or_never(), Some(None));
}

#[test]
fn what_waits_is_read_after_the_adapter_is_gone() {
    let (adapter, inbox) = InApp::new(2);
    send(&adapter, part(0));
    drop(adapter);
    let all: Vec<_> = inbox.collect().now_or_never().unwrap();
    assert_eq!(all.len(), 1);
}

#[test]
fn senders_on_many_threads_lose_and_double_nothing() {
    let (adapter, mut inbox) = InApp::new(1000);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..200).for_each(|index| drop(send(&adapter, part(index)))));
        }
    });
    let mut seen: Vec<_> = std::iter::from_fn(|| inbox.try_recv())
        .map(|it| it.part.id.index)
        .collect();
    seen.sort_unstable();
    assert_eq!(seen, (0..200).collect::<Vec<_>>());
}

#[test]
fn ids_are_forgotten_only_after_many_others() {
    let (adapter, mut inbox) = InApp::new(1);
    let mut one = part(0);
    for turn in 0..=REMEMBERED {
        let id = time_ordered(
            Timestamp::from_millisecond(i64::try_from(turn).unwrap()).unwrap(),
            &[2; 16],
        );
        one.id = PartId::new(MessageId::from_uuid(id), 0);
        assert!(matches!(
            send(&adapter, one.clone()),
            SendOutcome::Accepted(_)
        ));
        inbox.try_recv().unwrap();
    }
    assert!(matches!(
        send(&adapter, one.clone()),
        SendOutcome::AlreadyAccepted(_)
    ));
    one.id = PartId::new(
        MessageId::from_uuid(time_ordered(Timestamp::UNIX_EPOCH, &[2; 16])),
        0,
    );
    assert!(matches!(send(&adapter, one), SendOutcome::Accepted(_)));
}

#[test]
fn receipts_name_the_part_and_are_the_same_when_told_twice() {
    let (adapter, mut inbox) = InApp::new(2);
    let outcome = send(&adapter, part(3));
    let message = inbox.try_recv().unwrap();
    assert_eq!(outcome.provider_id(), Some(message.provider_id().as_str()));
    let at = Timestamp::UNIX_EPOCH;
    assert_eq!(message.delivered(at).dedupe, message.delivered(at).dedupe);
    assert_ne!(message.delivered(at).dedupe, message.read(at).dedupe);
    insta::assert_json_snapshot!([message.delivered(at), message.read(at)]);
}

#[test]
fn debug_shows_no_text_of_a_message() {
    let (adapter, inbox) = InApp::new(2);
    let mut secret = part(0);
    secret.body = TextPart::new(Styled::plain("hunter2")).into();
    send(&adapter, secret);
    assert!(!format!("{inbox:?}").contains("hunter2"));
}
