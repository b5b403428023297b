//! Every check of the crate keeps the contract of the core.
#![cfg(test)]
#![cfg(feature = "full")]

use msg_core::id::TopicId;
use msg_core::message::{Content, Purpose};
use msg_core::policy::{Decision, Phase, PolicyCheck};
use msg_core::testkit::check::{Sample, conformance, samples};
use msg_policy::consent::Consent;
use msg_policy::length::{Budget, Length, Unit};
use msg_policy::pii::{Action, Kind, PersonalData};
use msg_policy::quiet_hours::{QuietHours, Row, Rules, Week};
use std::collections::BTreeSet;

/// The samples of the core, with regions that have rows of their own.
fn own() -> Vec<Sample> {
    let mut all = samples();
    for region in ["US-FL", "US-TX", "FR"] {
        all.extend(
            samples()
                .into_iter()
                .filter(|sample| sample.draft.purpose == Purpose::Marketing)
                .map(|mut sample| {
                    sample.draft.tags.region = Some(region.to_owned());
                    sample
                }),
        );
    }
    all
}

#[test]
fn the_standard_checks_keep_the_contract() {
    let samples = own();
    for check in msg_policy::standard_checks().unwrap() {
        conformance(&*check, &samples).unwrap();
    }
}

#[test]
fn other_settings_keep_it_too() {
    let samples = own();
    let checks: [&dyn PolicyCheck; 5] = [
        &Consent::standard().confirming(TopicId::from_static("opt-out-confirmation")),
        &QuietHours::standard().assuming("Asia/Kathmandu"),
        &QuietHours::new(Rules::none().with(Row::own("never", Week::never()))),
        &PersonalData::standard()
            .with(Kind::Email, Action::Review("privacy".into()))
            .with(Kind::CreditCard, Action::Deny),
        &Length::new()
            .otherwise(Budget::new(Unit::Graphemes, 5))
            .reviewed_in("editors"),
    ];
    for check in checks {
        conformance(check, &samples).unwrap();
    }
}

/// A suite that no check ever objects to anything in would prove little.
#[test]
fn every_check_speaks_somewhere() {
    let mut samples = own();
    samples.extend(
        samples
            .clone()
            .into_iter()
            .take(30)
            .map(|sample| sample.saying(Content::text("we give legal advice, 081-80-5372"))),
    );
    for check in msg_policy::standard_checks().unwrap() {
        let said: BTreeSet<bool> = samples
            .iter()
            .flat_map(|sample| Phase::ALL.map(|phase| (sample, phase)))
            .filter(|(_, phase)| check.phases().contains(phase))
            .map(|(sample, phase)| check.evaluate(&sample.input(phase)).decision == Decision::Allow)
            .collect();
        assert_eq!(said, BTreeSet::from([false, true]), "{}", check.id());
    }
}
