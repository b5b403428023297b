mod broken;
mod faults;
mod reopened;

use super::*;
use crate::store::MemoryStore;
use crate::testkit::block_on;
use broken::{BrokenStore, Fault};
use faults::FAULTS;
use std::collections::BTreeSet;

mod memory {
    crate::store_conformance!(|| std::sync::Arc::new(crate::store::MemoryStore::new()));
}

#[test]
fn every_check_fails_on_its_fault() {
    let mut blind = Vec::new();
    for fault in FAULTS {
        let check = CHECKS.iter().find(|check| check.name == fault.check);
        let check = check.unwrap_or_else(|| panic!("no check `{}`", fault.check));
        let store = BrokenStore::new(*fault);
        if block_on((check.run)(&store)).is_ok() {
            blind.push(fault.check);
        }
    }
    assert_eq!(blind, [""; 0], "checks that do not see their fault");
}

#[test]
fn every_check_has_one_fault() {
    let faults: BTreeSet<_> = FAULTS.iter().map(|fault| fault.check).collect();
    let checks: BTreeSet<_> = CHECKS.iter().map(|check| check.name).collect();
    assert_eq!(faults, checks);
    assert_eq!(FAULTS.len(), CHECKS.len());
}

/// The list is written by hand; the files are what it must be complete against.
#[test]
fn every_check_of_the_files_is_in_the_list() {
    let files = [
        include_str!("../enqueue.rs"),
        include_str!("../order.rs"),
        include_str!("../lease.rs"),
        include_str!("../cancel.rs"),
        include_str!("../consent.rs"),
        include_str!("../status.rs"),
        include_str!("../inbound.rs"),
        include_str!("../log.rs"),
        include_str!("../ending.rs"),
        include_str!("../atomicity.rs"),
        include_str!("../time.rs"),
        include_str!("../concurrency.rs"),
    ];
    let written: Vec<&str> = files
        .iter()
        .flat_map(|file| file.split("\npub async fn ").skip(1))
        .filter_map(|function| function.split('(').next())
        .collect();
    let listed: Vec<&str> = CHECKS.iter().map(|check| check.name).collect();
    assert_eq!(listed, written);
}

#[test]
fn a_report_tells_what_passed_and_what_failed() {
    let report = block_on(run(async || Arc::new(MemoryStore::new())));
    assert_eq!(report.passed.len(), CHECKS.len());
    assert!(report.skipped.is_empty());
    assert!(report.into_result().is_ok());
    let fault = *FAULTS
        .iter()
        .find(|f| f.check == "what_is_done_stays_done")
        .unwrap();
    let report = block_on(run(async || Arc::new(BrokenStore::new(fault))));
    let failed: Vec<_> = report.failed.iter().map(|(name, _)| *name).collect();
    assert_eq!(failed, ["what_is_done_stays_done"]);
    assert!(report.into_result().is_err());
}

#[test]
fn an_unknown_check_is_an_error() {
    assert!(run_one("no such check", &MemoryStore::new()).is_err());
}

/// The bytes of a seed, for inputs that are the same in every run.
fn input(seed: u64) -> Vec<u8> {
    let words = (0..64).map(|word| crate::testkit::ids::mix(seed << 8 | word));
    words.flat_map(u64::to_le_bytes).collect()
}

/// Faults that the machine finds within a few inputs: of the outbox, consent, statuses, keys and logs. Run over all
/// faults it finds nine of ten; the rest are about what its small world does not have, such as large bodies and days.
const SEEN: &[&str] = &[
    "a_lane_leaves_in_order",
    "a_lease_that_ran_out_is_ambiguous",
    "a_failed_batch_changed_nothing",
    "poison_is_dead",
    "everything_reaches_the_person",
    "events_come_in_any_order",
    "a_status_may_come_before_its_part",
    "a_known_key_applies_nothing_of_its_batch",
    "the_last_turns_come_oldest_first",
    "what_an_opt_out_cancels_is_traced",
    "what_a_selector_cancels_is_traced",
    "a_lost_lease_is_traced",
];

#[test]
fn the_machine_finds_faults_too() {
    let finds = |fault: &Fault| {
        (0..60).any(|seed| {
            let store = BrokenStore::new(*fault);
            block_on(model::compare(&input(seed), &store)).is_err()
        })
    };
    let seen = FAULTS.iter().filter(|fault| SEEN.contains(&fault.check));
    let unseen: Vec<_> = seen
        .filter(|fault| !finds(fault))
        .map(|fault| fault.check)
        .collect();
    assert_eq!(unseen, [""; 0]);
}

#[test]
#[ignore = "runs for a minute"]
fn what_the_machine_does_not_find() {
    let finds = |fault: &Fault| {
        (0..100).any(|seed| {
            let store = BrokenStore::new(*fault);
            block_on(model::compare(&input(seed), &store)).is_err()
        })
    };
    let unseen = FAULTS.iter().filter(|fault| !finds(fault));
    let unseen: Vec<_> = unseen.map(|fault| fault.check).collect();
    assert!(unseen.len() * 10 <= FAULTS.len(), "{unseen:?}");
}
