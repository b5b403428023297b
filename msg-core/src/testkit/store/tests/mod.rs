mod broken;
mod faults;
mod reopened;

use super::*;
use crate::store::MemoryStore;
use crate::testkit::block_on;
use broken::BrokenStore;
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
        include_str!("../atomicity.rs"),
        include_str!("../time.rs"),
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
