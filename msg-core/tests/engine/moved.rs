//! A conversation that goes on at another address.

use crate::world::{World, customer, hello, phone, tenant};
use msg_core::Clock;
use msg_core::channel::{Advice, Failure, FailureClass, FailureScope, SendOutcome};
use msg_core::consent::{
    Basis, ConsentAct, ConsentEvent, ConsentSource, ConsentState, OptOutScope,
};
use msg_core::engine::{AddressBook, MovedAddress};
use msg_core::id::SubjectId;
use msg_core::message::{Address, Purpose};
use msg_core::store::{Answer, Op, PartState, Query, Store};
use msg_core::testkit::block_on;
use msg_core::trace::replay;
use std::sync::{Arc, Mutex};

fn upgraded() -> Address {
    Address::in_app("customer-upgraded").unwrap()
}

fn moved(to: Address, advice: Advice) -> SendOutcome {
    let failure = Failure::new(FailureClass::AddressMoved, FailureScope::Recipient, advice);
    SendOutcome::Rejected(failure.with_moved_to(to))
}

#[derive(Debug, Default)]
struct Book(Mutex<Vec<MovedAddress>>);

impl AddressBook for Book {
    fn moved(&self, moved: &MovedAddress) {
        self.0.lock().unwrap().push(moved.clone());
    }
}

fn with_book() -> (World, Arc<Book>) {
    let book = Arc::new(Book::default());
    let world = World::with(|builder, _| builder.address_book(Arc::clone(&book) as _));
    (world, book)
}

fn allow(world: &World, address: &Address) -> ConsentEvent {
    let act = ConsentAct::OptIn {
        purpose: Purpose::Marketing,
        topic: None,
        basis: Basis::Express,
        expires: None,
        pending: false,
    };
    ConsentEvent::new(
        tenant(),
        address,
        act,
        ConsentSource::Form,
        world.clock.now(),
    )
}

fn record(world: &World, event: ConsentEvent) {
    block_on(world.store.commit(vec![Op::Consent(Box::new(event))])).unwrap();
}

fn events(world: &World, address: &Address) -> Vec<ConsentEvent> {
    let query = Query::ConsentEvents {
        tenant: tenant(),
        address: address.key(),
    };
    match block_on(world.store.query(query)).unwrap() {
        Answer::ConsentEvents(events) => events,
        other => panic!("{other:?}"),
    }
}

fn sent_to(world: &World) -> Vec<Address> {
    world.chat.sent().into_iter().map(|part| part.to).collect()
}

#[test]
fn the_message_reaches_the_new_address_once_and_says_so() {
    let (world, book) = with_book();
    let mut draft = hello();
    draft.to.subject = Some(SubjectId::new("jo").unwrap());
    let queued = world.queue(draft);
    world.chat.answer(moved(upgraded(), Advice::Readdress));
    let step = world.dispatch();
    assert_eq!((step.claimed, step.accepted, step.dead), (1, 1, 0));
    assert_eq!(sent_to(&world), [customer(), upgraded()]);
    let part = &world.parts(&queued)[0];
    assert_eq!((part.state, part.attempts), (PartState::Accepted, 1));
    assert_eq!(world.dispatch().claimed, 0);
    let steps = world.steps(queued.message);
    let last = steps.len() - 5;
    assert_eq!(
        steps[last..],
        ["checked", "attempted", "noted", "checked", "attempted"]
    );
    let lines: Vec<_> = world
        .trace(queued.message)
        .into_iter()
        .map(|record| record.line)
        .collect();
    assert!(String::from_utf8_lossy(&lines.concat()).contains("address_moved"));
    let heard = book.0.lock().unwrap();
    let [heard] = heard.as_slice() else {
        panic!("{heard:?}")
    };
    assert_eq!((&heard.from, &heard.to), (&customer(), &upgraded()));
    assert_eq!(heard.subject, Some(SubjectId::new("jo").unwrap()));
    let again = replay(&world.trace(queued.message), world.engine.policies()).unwrap();
    assert!(again.is_identical());
}

#[test]
fn consent_goes_with_the_conversation_once_and_with_its_own_time() {
    let (world, _) = with_book();
    let allowed = allow(&world, &customer());
    record(&world, allowed.clone());
    let act = ConsentAct::OptOut(OptOutScope::Purpose(Purpose::Service));
    let (source, at) = (ConsentSource::Keyword, world.clock.now());
    record(
        &world,
        ConsentEvent::new(tenant(), &customer(), act, source, at),
    );
    world.clock.advance(std::time::Duration::from_hours(1));
    for _ in 0..2 {
        world.queue(hello());
        world.chat.answer(moved(upgraded(), Advice::Readdress));
        assert_eq!(world.dispatch().accepted, 1);
    }
    let carried = events(&world, &upgraded());
    assert_eq!(carried.len(), 2, "{carried:?}");
    assert!(carried.iter().all(|event| event.at == at));
    assert!(
        carried
            .iter()
            .all(|event| event.source == ConsentSource::Channel)
    );
    let known = events(&world, &customer());
    assert_eq!(ConsentState::fold(&carried), ConsentState::fold(&known));
}

#[test]
fn what_was_refused_at_the_new_address_holds() {
    let (world, book) = with_book();
    record(&world, allow(&world, &customer()));
    let queued = world.queue(hello());
    let act = ConsentAct::OptOut(OptOutScope::Channel);
    let (source, at) = (ConsentSource::Keyword, world.clock.now());
    record(
        &world,
        ConsentEvent::new(tenant(), &upgraded(), act, source, at),
    );
    world.chat.answer(moved(upgraded(), Advice::Readdress));
    assert_eq!(world.dispatch().stopped, 1);
    assert_eq!(sent_to(&world), [customer()]);
    assert_eq!(world.parts(&queued)[0].state, PartState::Cancelled);
    assert_eq!(events(&world, &upgraded()).len(), 1);
    assert_eq!(book.0.lock().unwrap().len(), 1);
}

#[test]
fn only_the_same_conversation_on_the_same_channel_is_followed_and_only_once() {
    let cases = [
        // The host decides whether another address is the same person.
        (vec![moved(upgraded(), Advice::Suppress)], 1),
        (vec![moved(phone(), Advice::Readdress)], 1),
        (vec![moved(customer(), Advice::Readdress)], 1),
        // Two addresses that name each other.
        (
            vec![
                moved(upgraded(), Advice::Readdress),
                moved(customer(), Advice::Readdress),
            ],
            2,
        ),
    ];
    for (answers, sends) in cases {
        let world = World::new();
        let queued = world.queue(hello());
        for answer in answers {
            world.chat.answer(answer);
        }
        assert_eq!(world.dispatch().dead, 1);
        assert_eq!(world.chat.sent().len(), sends);
        assert!(world.sms.sent().is_empty());
        let part = &world.parts(&queued)[0];
        assert_eq!(
            part.failure.as_ref().unwrap().class,
            FailureClass::AddressMoved
        );
    }
}
