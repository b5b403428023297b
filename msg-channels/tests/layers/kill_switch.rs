use crate::support::*;
use msg_channels::layer::{KillSwitch, Layer as _, Stopped};
use msg_core::channel::*;
use msg_core::id::TenantId;
use msg_core::message::{ChannelKind, Part, Purpose};
use proptest::prelude::*;
use std::sync::Arc;
use std::time::Duration;

fn is_sent(adapter: &dyn ChannelAdapter, part: &Part) -> bool {
    matches!(send(adapter, part), SendOutcome::Accepted(_))
}

#[test]
fn what_is_stopped_waits_and_says_why() {
    let switch = KillSwitch::new().with_recheck(Duration::from_secs(7));
    let inner = Named::sms("a");
    let adapter = switch.layer(Arc::clone(&inner) as _);
    assert!(is_sent(&*adapter, &part(1)));
    let all = Stopped::everything();
    switch.stop(all.clone(), "wrong prices");
    let held = failure(send(&*adapter, &part(2)));
    assert_eq!(held.class, FailureClass::HeldBack);
    assert!(held.is_retryable() && held.is_free());
    assert_eq!(held.detail, "stopped: wrong prices");
    let wait = held.retry_after.unwrap();
    assert_eq!(
        (wait.delay.as_secs(), wait.scope),
        (7, FailureScope::Message)
    );
    assert_eq!(inner.count(), 1);
    switch.resume(&all);
    assert!(is_sent(&*adapter, &part(2)));
}

#[test]
fn every_clone_is_the_same_switch_and_every_adapter_hears_it() {
    let switch = KillSwitch::new();
    let (one, two) = (switch.layer(Named::sms("a")), switch.layer(Named::sms("b")));
    switch.clone().stop(Stopped::everything(), "fire");
    assert!(!is_sent(&*one, &part(1)) && !is_sent(&*two, &part(1)));
    switch.resume_all();
    assert!(is_sent(&*one, &part(1)) && is_sent(&*two, &part(1)));
}

#[test]
fn a_stop_of_one_provider_lets_another_one_take_it() {
    let switch = KillSwitch::new();
    let adapter = switch.layer(Named::sms("a"));
    let other = switch.layer(Named::sms("b"));
    switch.stop(Stopped::everything().through("a"), "it doubles messages");
    assert_eq!(
        failure(send(&*adapter, &part(1))).scope,
        FailureScope::Provider
    );
    assert!(is_sent(&*other, &part(1)));
    // A stop of the message as well: no other provider may take it.
    let tenant = TenantId::from_static("shop");
    switch.stop(Stopped::everything().of_tenant(tenant), "not paid");
    let held = failure(send(&*adapter, &part(1)));
    assert_eq!(
        (held.scope, held.detail.as_str()),
        (FailureScope::Message, "stopped: not paid")
    );
}

#[test]
fn the_same_stop_again_has_the_new_reason_and_is_taken_back_once() {
    let switch = KillSwitch::new();
    let offers = Stopped::everything().for_purpose(Purpose::Marketing);
    switch.stop(offers.clone(), "one");
    switch.stop(offers.clone(), "two");
    assert_eq!(switch.stopped(), [(offers.clone(), Arc::from("two"))]);
    switch.resume(&offers);
    assert!(switch.stopped().is_empty());
}

fn any_stop() -> impl Strategy<Value = Stopped> {
    let tenants = prop::sample::select(vec!["shop", "bakery"]);
    let channels = prop::sample::select(vec![ChannelKind::Sms, ChannelKind::Rcs]);
    let schemes = prop::sample::select(vec!["a", "b"]);
    let purposes = prop::sample::select(vec![Purpose::Service, Purpose::Marketing]);
    (
        prop::option::of(tenants),
        prop::option::of(channels),
        prop::option::of(schemes),
        prop::option::of(purposes),
    )
        .prop_map(|(tenant, channel, scheme, purpose)| {
            let mut stop = Stopped::everything();
            stop.tenant = tenant.map(TenantId::from_static);
            stop.channel = channel;
            stop.scheme = scheme.map(str::to_owned);
            stop.purpose = purpose;
            stop
        })
}

proptest! {
    /// A part is held back exactly when some stop that holds now names nothing that it is not.
    #[test]
    fn a_stop_holds_what_it_names_and_nothing_else(
        stops in prop::collection::vec((any_stop(), any::<bool>()), 0..6),
        marketing in any::<bool>(),
        bakery in any::<bool>(),
    ) {
        let switch = KillSwitch::new();
        let adapter = switch.layer(Named::sms("a"));
        let mut holding: Vec<Stopped> = Vec::new();
        for (stop, on) in stops {
            holding.retain(|known| *known != stop);
            if on {
                switch.stop(stop.clone(), "why");
                holding.push(stop);
            } else {
                switch.resume(&stop);
            }
        }
        let mut part = part(1);
        let (tenant, purpose) = (
            TenantId::from_static(if bakery { "bakery" } else { "shop" }),
            if marketing { Purpose::Marketing } else { Purpose::Service },
        );
        (part.tenant, part.purpose) = (tenant.clone(), purpose.clone());
        let held = holding.iter().any(|stop| {
            stop.tenant.as_ref().is_none_or(|it| *it == tenant)
                && stop.channel.as_ref().is_none_or(|it| *it == ChannelKind::Sms)
                && stop.scheme.as_deref().is_none_or(|it| it == "a")
                && stop.purpose.as_ref().is_none_or(|it| *it == purpose)
        });
        prop_assert_eq!(is_sent(&*adapter, &part), !held);
        prop_assert_eq!(switch.stopped().len(), holding.len());
    }
}
