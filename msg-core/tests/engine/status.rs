use crate::world::{World, hello};
use msg_core::Clock;
use msg_core::channel::{Inbound, InboundEvent, Receipt, StatusEvent};
use msg_core::message::{DeliveryState, Progress, Stop};
use msg_core::trace::{StatusSeen, TraceEvent};
use proptest::prelude::*;

fn status(world: &World, number: usize, state: DeliveryState) -> InboundEvent {
    let status = StatusEvent::new(Receipt::new("fake-1"), state);
    InboundEvent::new(
        "in-app",
        format!("s{number}"),
        world.clock.now(),
        Inbound::Status(status),
    )
}

fn any_state() -> impl Strategy<Value = DeliveryState> {
    prop_oneof![
        prop::sample::select(vec![
            Progress::Queued,
            Progress::Sent,
            Progress::Delivered,
            Progress::Read
        ])
        .prop_map(DeliveryState::reached),
        prop::sample::select(vec![Stop::Failed, Stop::Bounced]).prop_map(DeliveryState::stopped),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Statuses in any order, twice, and before the send is stored: the state is always the join of all of them.
    #[test]
    fn the_state_is_right_in_every_order(
        states in prop::collection::vec(any_state(), 1..6),
        early in 0_usize..6,
        order in any::<u64>(),
    ) {
        let world = World::new();
        let queued = world.queue(hello());
        let mut events: Vec<_> = states.iter().chain(&states).enumerate().map(|(n, state)| status(&world, n, *state)).collect();
        let length = events.len();
        for at in (1..length).rev() {
            events.swap(at, usize::try_from(order.rotate_left(u32::try_from(at).unwrap()) % (at as u64 + 1)).unwrap());
        }
        let rest = events.split_off(early.min(length));
        for event in events {
            world.accept(event);
        }
        prop_assert_eq!(world.dispatch().accepted, 1);
        for event in rest {
            world.accept(event);
        }
        let accepted = DeliveryState::reached(Progress::Accepted);
        let expected = states.iter().fold(accepted, |all, one| all.join(*one));
        prop_assert_eq!(world.parts(&queued)[0].delivery, expected);
    }
}

#[test]
fn a_status_that_came_before_its_send_is_in_the_trace_after_it() {
    let world = World::new();
    let queued = world.queue(hello());
    let delivered = DeliveryState::reached(Progress::Delivered);
    world.accept(status(&world, 1, delivered));
    assert_eq!(world.dispatch().accepted, 1);
    let events = world.events(queued.message);
    let part = world.parts(&queued)[0].id;
    let seen = TraceEvent::from(StatusSeen::new(part, delivered));
    assert_eq!(events.last(), Some(&seen));
    assert_eq!(events[events.len() - 2].tag(), "attempted");
}
