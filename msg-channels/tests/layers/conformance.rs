//! The public suite of adapters over every layer, alone and all of them together.

use crate::support::*;
use msg_channels::layer::*;
use msg_core::channel::ChannelAdapter;
use msg_core::testkit::adapter::{Subject, conformance};
use msg_core::testkit::{ManualClock, SeededIds, block_on};
use std::sync::Arc;
use std::time::Duration;

fn keeps_the_contract(adapter: &dyn ChannelAdapter) {
    let subject = Subject::new(adapter, phone(77));
    block_on(conformance(&subject)).unwrap();
}

fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::default())
}

fn layers() -> Vec<Box<dyn Layer>> {
    let clock = clock();
    let retry = Retry::new(
        Arc::clone(&clock) as _,
        Arc::clone(&clock) as _,
        Arc::new(SeededIds::default()),
    );
    let wide = Limits::none().for_account(Rate::new(10_000, Duration::from_secs(1)));
    vec![
        Box::new(retry),
        Box::new(Breaker::new(Arc::clone(&clock) as _)),
        Box::new(Throttle::new(wide, clock)),
        Box::new(KillSwitch::new()),
    ]
}

#[test]
fn each_layer_alone() {
    for layer in layers() {
        keeps_the_contract(&*layer.layer(Named::sms("a")));
    }
}

#[test]
fn all_of_them_together() {
    let mut adapter: Arc<dyn ChannelAdapter> = Named::sms("a");
    for layer in layers() {
        adapter = layer.layer(adapter);
    }
    keeps_the_contract(&*adapter);
}

#[test]
fn a_failover() {
    let all = vec![Named::sms("a") as _, Named::sms("b") as _];
    keeps_the_contract(&Failover::new("either", all).unwrap());
}

/// A sandbox knows a part again, whatever it stands in front of.
#[test]
fn a_sandbox() {
    let adapter = Sandbox::new(clock()).layer(Named::sms("a"));
    let subject = Subject::new(&*adapter, phone(77)).idempotent();
    block_on(conformance(&subject)).unwrap();
}

/// Every method reaches the adapter: what it says of itself is said through every layer.
#[test]
fn every_method_is_forwarded() {
    use msg_core::capability::Capabilities;
    use msg_core::message::ChannelKind;
    use msg_core::testkit::ScriptedAdapter;
    let old = phone(5);
    let script = ScriptedAdapter::new(ChannelKind::Sms)
        .with_recipient(old.clone(), Capabilities::text_only())
        .with_reconciler();
    let inner = Named::over("a", script);
    let mut all = layers();
    all.push(Box::new(Sandbox::new(clock())));
    let last = all.len() - 1;
    for (place, layer) in all.into_iter().enumerate() {
        let adapter = layer.layer(Arc::clone(&inner) as _);
        assert_eq!(adapter.scheme(), "a");
        assert_eq!(adapter.channel(), inner.channel());
        assert_eq!(adapter.capabilities(), inner.capabilities());
        let known = adapter.capabilities_for(&old, None);
        assert_eq!(known, Some(Capabilities::text_only()));
        assert!(adapter.capabilities_for(&phone(6), None).is_none());
        assert!(adapter.webhook().is_some() && adapter.reconciler().is_some());
        // A sandbox fetches nothing.
        assert_eq!(adapter.media().is_some(), place != last);
        assert!(adapter.behind("behind").is_some() && adapter.behind("other").is_none());
    }
}
