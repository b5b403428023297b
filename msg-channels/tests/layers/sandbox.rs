use crate::support::*;
use msg_channels::layer::{Layer as _, Sandbox};
use msg_core::capability::{Capabilities, Field, Limit, Unit, profile};
use msg_core::channel::*;
use msg_core::message::part::{Styled, TextPart};
use msg_core::message::{Address, ChannelKind, ContentKind, DeliveryState, Markup, PartBody};
use msg_core::plan::{PlanInput, plan};
use msg_core::testkit::{ManualClock, ScriptedAdapter, block_on, sample};
use std::sync::Arc;

fn sandbox() -> Sandbox {
    Sandbox::new(Arc::new(ManualClock::default()))
}

fn limited(limit: u32) -> Arc<Named> {
    let limit = Limit::new(limit, Unit::Graphemes, "test");
    let capabilities = Capabilities::text_only().with_limit(Field::Text, limit);
    Named::over(
        "a",
        ScriptedAdapter::new(ChannelKind::Sms).with_capabilities(capabilities),
    )
}

#[test]
fn nothing_is_sent_and_everything_is_told() {
    let sandbox = sandbox();
    let inner = Named::sms("a");
    let adapter = sandbox.layer(Arc::clone(&inner) as _);
    let first = send(&*adapter, &part(1));
    assert_eq!(
        first.provider_id(),
        Some(&*format!("sandbox-{}", part(1).id))
    );
    assert!(matches!(
        send(&*adapter, &part(1)),
        SendOutcome::AlreadyAccepted(_)
    ));
    assert_eq!(inner.count(), 0);
    let withheld = sandbox.withheld();
    assert_eq!(withheld.len(), 2);
    assert_eq!((&*withheld[0].scheme, &withheld[0].part), ("a", &part(1)));
    // The same in another process.
    assert_eq!(send(&*self::sandbox().layer(inner), &part(1)), first);
    assert_eq!(sandbox.take_withheld().len(), 2);
    assert!(sandbox.withheld().is_empty());
}

#[test]
fn what_is_kept_is_bounded() {
    let sandbox = sandbox().with_kept(3);
    let adapter = sandbox.layer(Named::sms("a"));
    for number in 0..10 {
        send(&*adapter, &part(number));
    }
    let kept: Vec<_> = sandbox.withheld().into_iter().map(|one| one.part).collect();
    assert_eq!(kept, [part(7), part(8), part(9)]);
    let nothing = self::sandbox().with_kept(0);
    send(&*nothing.layer(Named::sms("a")), &part(1));
    assert!(nothing.withheld().is_empty());
}

#[test]
fn it_refuses_what_the_adapter_would() {
    let adapter = sandbox().layer(limited(5));
    assert!(matches!(
        send(&*adapter, &part(1)),
        SendOutcome::Accepted(_)
    ));
    let mut long = part(2);
    long.body = TextPart::new(Styled::plain("hello!")).into();
    let refused = failure(send(&*adapter, &long));
    assert_eq!(refused.class, FailureClass::ContentTooLarge);
    assert_eq!(refused.detail, "over the limit of Text");
    let elsewhere = part_to(3, Address::telegram(1));
    assert_eq!(
        failure(send(&*adapter, &elsewhere)).class,
        FailureClass::InvalidRecipient
    );
}

/// What the planner makes for a channel is within its limits, and one unit less of any limit is noticed somewhere: the
/// sandbox measures the fields that it says it does.
#[test]
fn it_takes_what_the_planner_makes_and_notices_tighter_limits() {
    let mut noticed = std::collections::BTreeSet::new();
    for channel in [
        ChannelKind::Sms,
        ChannelKind::Rcs,
        ChannelKind::WhatsApp,
        ChannelKind::Telegram,
    ] {
        let capabilities = profile::of(&channel);
        for kind in ContentKind::ALL {
            for body in plan(&PlanInput::new(&sample(kind).unwrap()), &capabilities).parts {
                let inner =
                    ScriptedAdapter::new(ChannelKind::Sms).with_capabilities(capabilities.clone());
                let mut sent = part(1);
                sent.body = body;
                let adapter = sandbox().layer(Named::over("a", inner));
                let outcome = send(&*adapter, &sent);
                assert!(
                    outcome.provider_id().is_some(),
                    "{channel} {kind:?}: {outcome:?}"
                );
                for (field, _) in capabilities.limits() {
                    let none = Limit::new(0, Unit::Graphemes, "test");
                    let items = Limit::new(0, Unit::Items, "test");
                    for limit in [none, items] {
                        let tight = capabilities.clone().with_limit(field, limit);
                        let inner = ScriptedAdapter::new(ChannelKind::Sms).with_capabilities(tight);
                        let adapter = sandbox().layer(Named::over("a", inner));
                        if send(&*adapter, &sent).provider_id().is_none() {
                            noticed.insert(field);
                        }
                    }
                }
            }
        }
    }
    for field in [
        Field::Text,
        Field::Buttons,
        Field::ButtonLabel,
        Field::Rows,
        Field::RowTitle,
        Field::CardTitle,
        Field::CardText,
        Field::Caption,
        Field::Cards,
    ] {
        assert!(noticed.contains(&field), "{field:?} is not measured");
    }
}

#[test]
fn tags_of_telegram_do_not_count() {
    let limit = Limit::new(5, Unit::Graphemes, "test");
    let capabilities = Capabilities::text_only()
        .with_markup(Markup::TelegramHtml)
        .with_limit(Field::Text, limit);
    let inner = ScriptedAdapter::new(ChannelKind::Sms).with_capabilities(capabilities);
    let adapter = sandbox().layer(Named::over("a", inner));
    let mut sent = part(1);
    let styled = |text: &str| TextPart::new(Styled::new(text, Markup::TelegramHtml));
    sent.body = styled("<b>a&lt;b</b>&amp;<i>c</i>").into();
    assert!(matches!(send(&*adapter, &sent), SendOutcome::Accepted(_)));
    sent.body = styled("<b>a&lt;b</b>&amp;<i>cd</i>").into();
    assert!(matches!(send(&*adapter, &sent), SendOutcome::Rejected(_)));
    let mut broken = part(2);
    broken.body = styled("5 < 6").into();
    assert!(matches!(send(&*adapter, &broken), SendOutcome::Accepted(_)));
}

#[test]
fn any_outcome_is_simulated_and_an_unknown_one_is_found_out() {
    let sandbox = sandbox();
    let adapter = sandbox.layer(Named::sms("a"));
    sandbox.simulate(|part| (part.to == phone(1)).then(Sandbox::unanswered));
    assert!(matches!(
        send(&*adapter, &part(1)),
        SendOutcome::Ambiguous(_)
    ));
    assert!(matches!(
        send(&*adapter, &part(2)),
        SendOutcome::Accepted(_)
    ));
    let look = |number| block_on(adapter.reconciler().unwrap().look_up(&part(number)));
    assert_eq!(failure(look(1)).class, FailureClass::Transient);
    assert!(matches!(look(2), SendOutcome::Accepted(_)));
    sandbox.simulate_nothing();
    assert!(matches!(
        send(&*adapter, &part(1)),
        SendOutcome::Accepted(_)
    ));
}

#[test]
fn receipts_are_those_of_what_was_accepted() {
    let sandbox = sandbox();
    let adapter = sandbox.layer(Named::sms("a"));
    send(&*adapter, &part(1));
    sandbox.simulate(|_| Some(fault()));
    send(&*adapter, &part(2));
    let events = sandbox.deliveries();
    let [event] = events.as_slice() else {
        panic!("{events:?}");
    };
    let Inbound::Status(status) = &event.kind else {
        panic!("{event:?}");
    };
    assert_eq!(event.scheme, "a");
    assert_eq!(
        status.receipt.provider_id,
        format!("sandbox-{}", part(1).id)
    );
    assert_ne!(status.state, DeliveryState::default());
}

#[test]
fn its_debug_shows_nothing_of_what_it_keeps() {
    let sandbox = sandbox();
    let adapter = sandbox.layer(Named::sms("a"));
    send(&*adapter, &part_to(1, phone(4321)));
    let shown = format!("{sandbox:?} {adapter:?} {:?}", sandbox.withheld());
    assert!(
        !shown.contains("4321") && !shown.contains("hello"),
        "{shown}"
    );
    assert!(matches!(part(1).body, PartBody::Text(_)));
}
