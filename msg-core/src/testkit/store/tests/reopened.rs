//! The suite of durable stores, on a store in memory whose process ends and begins again.

use super::super::reopen::{REOPEN_CHECKS, Reopen};
use super::broken::{BrokenStore, Fault, Twist};
use crate::store::{Answer, InboundLease, MemoryStore, OpResult, Query, Store};
use crate::testkit::block_on;
use async_trait::async_trait;
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

mod memory {
    crate::reopen_conformance!(|| super::Restarted::default());
}

#[derive(Debug, Default)]
struct Restarted(Arc<MemoryStore>);

#[async_trait]
impl Reopen for Restarted {
    async fn open(&self) -> Arc<dyn Store> {
        self.0.restart();
        Arc::<MemoryStore>::clone(&self.0)
    }
}

/// A place whose store is broken, from the second opening on or always.
#[derive(Debug)]
struct BrokenPlace {
    inner: Arc<MemoryStore>,
    flaw: Flaw,
    opened: AtomicU32,
}

#[derive(Clone, Copy)]
struct Flaw {
    restarts: bool,
    first: Fault,
    later: Fault,
}

impl std::fmt::Debug for Flaw {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.later.check)
    }
}

impl Flaw {
    /// Everything is right in the first process, and what comes after is broken.
    const fn later(later: Fault) -> Self {
        Self {
            restarts: true,
            first: Fault::of(later.check),
            later,
        }
    }
}

#[async_trait]
impl Reopen for BrokenPlace {
    async fn open(&self) -> Arc<dyn Store> {
        if self.flaw.restarts {
            self.inner.restart();
        }
        let fault = match self.opened.fetch_add(1, Ordering::Relaxed) {
            0 => self.flaw.first,
            _ => self.flaw.later,
        };
        Arc::new(BrokenStore::over(Arc::clone(&self.inner), fault))
    }
}

const FLAWS: &[Flaw] = &[
    Flaw::later(Fault {
        part: |part| part.failure = None,
        ..Fault::of("messages_are_kept")
    }),
    Flaw {
        restarts: true,
        first: Fault {
            twist: Twist::OneByOne,
            ..Fault::of("a_failed_batch_stays_away")
        },
        later: Fault::of("a_failed_batch_stays_away"),
    },
    Flaw {
        restarts: false,
        first: Fault::of("old_leases_are_ambiguous_at_once"),
        later: Fault::of("old_leases_are_ambiguous_at_once"),
    },
    Flaw::later(Fault {
        part: |part| part.failure = None,
        ..Fault::of("what_crashes_the_process_is_poison")
    }),
    Flaw::later(Fault {
        answer: |answer| {
            if let Answer::Consent(state) = answer {
                state.refusals.clear();
            }
        },
        ..Fault::of("refusals_are_kept")
    }),
    Flaw::later(Fault {
        results: |results| {
            for result in results {
                if *result == OpResult::Inbound(InboundLease::Done) {
                    *result = OpResult::Inbound(InboundLease::Fresh);
                }
            }
        },
        ..Fault::of("inbound_keys_and_parked_statuses_are_kept")
    }),
    Flaw::later(Fault {
        answer: |answer| {
            if let Answer::Turns(turns) = answer {
                turns.clear();
            }
        },
        ..Fault::of("logs_are_kept")
    }),
    Flaw::later(Fault {
        answer: |answer| super::faults::silence(answer, "lost"),
        ..Fault::of("what_opening_ends_is_traced")
    }),
    Flaw::later(Fault {
        query: |query| {
            if let Query::TraceFeed { reader, .. } = query {
                reader.clear();
            }
        },
        ..Fault::of("a_feed_goes_on_where_it_was")
    }),
];

#[test]
fn every_check_fails_on_its_flaw() {
    let flawed: BTreeSet<_> = FLAWS.iter().map(|flaw| flaw.later.check).collect();
    let checks: BTreeSet<_> = REOPEN_CHECKS.iter().map(|check| check.name).collect();
    assert_eq!(flawed, checks);
    for flaw in FLAWS {
        let name = flaw.later.check;
        let check = REOPEN_CHECKS.iter().find(|check| check.name == name);
        let place = BrokenPlace {
            inner: Arc::default(),
            flaw: *flaw,
            opened: AtomicU32::new(0),
        };
        let outcome = block_on((check.unwrap().run)(&place));
        assert!(outcome.is_err(), "`{name}` does not see its flaw");
    }
}

#[test]
fn every_check_of_the_file_is_in_the_list() {
    let file = include_str!("../reopen.rs");
    let written: Vec<&str> = file
        .split("\npub async fn ")
        .skip(1)
        .filter_map(|function| function.split('(').next())
        .collect();
    let listed: Vec<&str> = REOPEN_CHECKS.iter().map(|check| check.name).collect();
    assert_eq!(listed, written);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn a_model_that_is_reopened_is_like_itself(input in prop::collection::vec(any::<u8>(), 0..600)) {
        let place = Restarted::default();
        prop_assert_eq!(block_on(super::super::model::compare_reopened(&input, &place)), Ok(()));
    }
}
