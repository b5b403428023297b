//! The writer: groups of callers, a failure of one of them, a full queue, callers that go away, the purge and the copy.
#![cfg(test)]
#![cfg(feature = "sqlite")]

mod support;

use futures_util::future::{join_all, join3, poll_immediate};
use msg_core::ErrorKind;
use msg_core::channel::Receipt;
use msg_core::consent::{ConsentAct, ConsentEvent, ConsentSource, OptOutScope};
use msg_core::id::PartId;
use msg_core::message::Address;
use msg_core::store::{
    Answer, ClaimRequest, InboundLease, InboundOp, LeaseToken, Op, OpResult, PartState, Query,
    Settle, Settlement, Store,
};
use msg_store::sqlite::{Retention, SqliteConfig, SqliteStore, WhenFull};
use std::time::Duration;
use support::{at, block_on, enqueue, message, rows, tenant};

fn open(folder: &tempfile::TempDir) -> SqliteStore {
    SqliteStore::open(folder.path().join("store.db")).unwrap()
}

fn without_key(number: u64, parts: u16) -> Op {
    match enqueue(number, parts) {
        Op::Enqueue(mut enqueue) => {
            enqueue.key = None;
            Op::Enqueue(enqueue)
        }
        other => other,
    }
}

fn parked(number: u64) -> Op {
    match without_key(number, 1) {
        Op::Enqueue(mut enqueue) => {
            enqueue.parts[0].parked = true;
            Op::Enqueue(enqueue)
        }
        other => other,
    }
}

fn settle(part: PartId, token: Option<LeaseToken>, settlement: Settlement) -> Op {
    Op::Settle(Box::new(Settle::new(part, token, settlement, at(5))))
}

fn accepted(id: &str) -> Settlement {
    Settlement::Accepted {
        scheme: "fake".into(),
        receipt: Receipt::new(id),
    }
}

fn opt_out() -> Op {
    let act = ConsentAct::OptOut(OptOutScope::Channel);
    let address = Address::in_app("somebody else").unwrap();
    let event = ConsentEvent::new(tenant(0), &address, act, ConsentSource::Form, at(1));
    Op::Consent(Box::new(event))
}

#[test]
fn the_failure_of_one_caller_does_not_touch_the_others_of_its_group() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder);
    block_on(store.commit(vec![without_key(0, 1)])).unwrap();
    let nobody = LeaseToken {
        epoch: 1,
        number: 77,
    };
    // All at once, so that they share transactions. A part that is there already is found only by the database itself,
    // after the batch has written another message, a name and an event.
    let calls = (1..40).map(|number| {
        let batch = match number % 4 {
            0 => vec![opt_out(), without_key(number, 2), without_key(0, 1)],
            1 => vec![
                without_key(number, 1),
                settle(PartId::new(message(0), 0), Some(nobody), accepted("x")),
            ],
            2 => vec![settle(
                PartId::new(message(900), 0),
                None,
                Settlement::Released,
            )],
            _ => vec![without_key(number, 3), opt_out()],
        };
        let store = &store;
        async move { (number, store.commit(batch).await) }
    });
    for (number, result) in block_on(join_all(calls)) {
        let kind = result.as_ref().err().map(msg_core::Error::kind);
        let expected = match number % 4 {
            0 => Some(ErrorKind::Conflict),
            1 => Some(ErrorKind::Fenced),
            2 => Some(ErrorKind::NotFound),
            _ => None,
        };
        assert_eq!(kind, expected, "{number}: {result:?}");
        let there = if number % 4 == 3 { 3 } else { 0 };
        assert_eq!(rows(&store, number), there, "{number}");
    }
    assert_eq!(store.ledger_seq(), 10);
    drop(store);
    assert_eq!(open(&folder).ledger_seq(), 10);
}

/// The claim holds when the batch is looked at, before anything is written, and not any more when its second settlement
/// comes.
#[test]
fn a_settlement_that_its_own_batch_made_stale_takes_all_of_it_back() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder);
    for number in 0..40 {
        block_on(store.commit(vec![without_key(number, 1)])).unwrap();
    }
    let claimed = block_on(store.claim(ClaimRequest::new(at(5), at(60), 40))).unwrap();
    assert_eq!(claimed.len(), 40);
    let calls = claimed.iter().enumerate().map(|(number, claim)| {
        let ends = |settlement| settle(claim.part, Some(claim.token), settlement);
        let id = format!("provider {number}");
        let batch = if number % 3 == 0 {
            let again = ends(Settlement::Released);
            vec![opt_out(), ends(accepted(&id)), without_key(100, 1), again]
        } else {
            vec![opt_out(), ends(accepted(&id))]
        };
        let store = &store;
        async move { (number, store.commit(batch).await) }
    });
    for (number, result) in block_on(join_all(calls)) {
        let kind = result.err().map(|error| error.kind());
        let expected = (number % 3 == 0).then_some(ErrorKind::Fenced);
        assert_eq!(kind, expected, "{number}");
    }
    assert_eq!(store.ledger_seq(), 26);
    assert_eq!(rows(&store, 100), 0);
    for (number, claim) in claimed.iter().enumerate() {
        let query = Query::Message(claim.part.message);
        let Answer::Parts(parts) = block_on(store.query(query)).unwrap() else {
            panic!("not parts");
        };
        let state = if number % 3 == 0 {
            PartState::Leased
        } else {
            PartState::Accepted
        };
        assert_eq!(parts[0].state, state, "{number}");
    }
}

#[test]
fn a_claim_whose_transaction_was_done_again_finds_the_same_parts() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder);
    block_on(store.commit(vec![without_key(0, 5)])).unwrap();
    for _ in 0..20 {
        // The first commit keeps the writer busy while the others queue. The last one fails after it wrote something,
        // which is of another class: it does not make the writer look again where the claim has looked.
        let (_, claimed, conflict) = block_on(join3(
            store.commit(vec![opt_out()]),
            store.claim(ClaimRequest::new(at(1), at(1_000), 9)),
            store.commit(vec![parked(1), without_key(0, 1)]),
        ));
        assert_eq!(conflict.unwrap_err().kind(), ErrorKind::Conflict);
        let claimed = claimed.unwrap();
        assert_eq!(claimed.len(), 5);
        let released = claimed
            .into_iter()
            .map(|claim| settle(claim.part, Some(claim.token), Settlement::Released));
        block_on(store.commit(released.collect())).unwrap();
    }
}

#[test]
fn a_full_queue_says_busy_or_waits() {
    let folder = tempfile::tempdir().unwrap();
    let config = SqliteConfig::new(folder.path().join("store.db"));
    let store = SqliteStore::open_with(config.clone().with_queue(4, WhenFull::Busy)).unwrap();
    let calls = (0..400).map(|number| store.commit(vec![without_key(number, 1)]));
    let results = block_on(join_all(calls));
    let busy = results.iter().filter(|result| {
        result
            .as_ref()
            .is_err_and(|error| error.kind() == ErrorKind::Busy)
    });
    let (busy, done) = (busy.count(), results.iter().filter(|r| r.is_ok()).count());
    assert!(busy > 0, "nobody was turned away");
    assert_eq!(busy + done, 400);
    let there = (0..400).filter(|number| rows(&store, *number) == 1).count();
    assert_eq!(there, done);
    drop(store);
    let store = SqliteStore::open_with(config.with_queue(4, WhenFull::Wait)).unwrap();
    let calls = (400..800).map(|number| store.commit(vec![without_key(number, 1)]));
    assert!(block_on(join_all(calls)).iter().all(Result::is_ok));
    assert!((400..800).all(|number| rows(&store, number) == 1));
}

#[test]
fn a_claim_whose_caller_went_away_gives_back_what_it_took() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder);
    block_on(store.commit(vec![without_key(1, 4)])).unwrap();
    for _ in 0..50 {
        let claim = store.claim(ClaimRequest::new(at(1), at(1_000), 4));
        // Polled once, so that it is queued, then dropped at some point of its way.
        let claimed = block_on(poll_immediate(claim));
        for claim in claimed.into_iter().flat_map(Result::unwrap) {
            block_on(store.commit(vec![settle(
                claim.part,
                Some(claim.token),
                Settlement::Released,
            )]))
            .unwrap();
        }
        // Behind the claim and what gives it back.
        block_on(store.commit(vec![opt_out()])).unwrap();
        block_on(store.commit(vec![opt_out()])).unwrap();
    }
    let claimed = block_on(store.claim(ClaimRequest::new(at(1), at(1_000), 9))).unwrap();
    assert_eq!(claimed.len(), 4);
    assert!(
        claimed.iter().all(|claim| claim.attempt == 1),
        "{claimed:?}"
    );
}

#[test]
fn what_is_old_enough_is_removed_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let day = Duration::from_hours(24);
    let retention = Retention::DEFAULT.with_parts(day).with_keys(2 * day);
    let config = SqliteConfig::new(folder.path().join("store.db")).with_retention(retention);
    let store = SqliteStore::open_with(config).unwrap();
    for number in 0..600 {
        let enqueue = vec![enqueue(number, 1)];
        block_on(store.commit(enqueue)).unwrap();
    }
    let lease = |key: &str| {
        Op::Inbound(InboundOp::Lease {
            key: key.into(),
            until: at(9),
            now: at(1),
        })
    };
    let done = Op::Inbound(InboundOp::Done {
        key: "seen".into(),
        now: at(1),
    });
    block_on(store.commit(vec![lease("seen"), done])).unwrap();
    let claimed = block_on(store.claim(ClaimRequest::new(at(1), at(1_000), 400))).unwrap();
    let settles = claimed.iter().map(|claim| {
        settle(
            claim.part,
            Some(claim.token),
            accepted(&claim.part.to_string()),
        )
    });
    block_on(store.commit(settles.collect())).unwrap();
    let all = |now: i64| {
        let mut sum = (0, 0);
        loop {
            let purged = block_on(store.purge(at(now))).unwrap();
            sum = (sum.0 + purged.parts, sum.1 + purged.keys);
            if purged.done {
                return sum;
            }
        }
    };
    let second = 86_400;
    assert_eq!(all(second), (0, 0), "a day after 1, not after 5");
    assert_eq!(all(second + 5), (400, 0));
    assert_eq!(all(second + 5), (0, 0));
    let left = (0..600).filter(|number| rows(&store, *number) == 1).count();
    assert_eq!(left, 200);
    let Answer::Parts(of_provider) = block_on(store.query(Query::Provider {
        tenant: tenant(0),
        scheme: "fake".into(),
        provider_id: claimed[0].part.to_string(),
    }))
    .unwrap() else {
        panic!("not parts");
    };
    assert_eq!(of_provider, []);
    // The keys are good for as long as they are kept.
    let again = block_on(store.commit(vec![enqueue(1, 1)])).unwrap();
    let message = message(1);
    assert_eq!(
        again,
        [OpResult::Enqueued {
            message,
            new: false
        }]
    );
    assert_eq!(all(2 * second + 5).1, 601);
    let again = block_on(store.commit(vec![lease("seen")])).unwrap();
    assert_eq!(again, [OpResult::Inbound(InboundLease::Fresh)]);
}

#[test]
fn the_background_purge_follows_the_claims_but_not_a_clock_that_jumps() {
    let folder = tempfile::tempdir().unwrap();
    let retention = Retention::DEFAULT.with_parts(Duration::from_mins(1));
    let config = SqliteConfig::new(folder.path().join("store.db")).with_retention(retention);
    let store = SqliteStore::open_with(config).unwrap();
    block_on(store.commit(vec![without_key(1, 1), without_key(2, 1)])).unwrap();
    let cancel = msg_core::store::Cancel::new(
        msg_core::store::Selector::Message(message(1)),
        "over",
        at(10),
    );
    block_on(store.commit(vec![Op::Cancel(cancel)])).unwrap();
    let claim = |now: i64| {
        let request = ClaimRequest::new(at(now), at(now + 1), 0);
        block_on(store.claim(request)).unwrap();
    };
    // A year ahead for a moment: believed by an hour and no more, which is past the minute of the parts.
    claim(20);
    claim(31_536_000);
    for _ in 0..300 {
        claim(21);
    }
    assert_eq!((rows(&store, 1), rows(&store, 2)), (0, 1));
    // The keys, kept for three days, are not touched by the jump.
    block_on(store.commit(vec![enqueue(3, 1)])).unwrap();
    for _ in 0..300 {
        claim(31_536_000);
    }
    let again = block_on(store.commit(vec![enqueue(3, 1)])).unwrap();
    let message = message(3);
    assert_eq!(
        again,
        [OpResult::Enqueued {
            message,
            new: false
        }]
    );
}

#[test]
fn a_copy_is_whole_and_opens_as_a_store() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder);
    let copy = folder.path().join("copy.db");
    block_on(store.commit(vec![enqueue(1, 2)])).unwrap();
    block_on(store.claim(ClaimRequest::new(at(1), at(60), 1))).unwrap();
    store.backup(&copy).unwrap();
    let error = store.backup(&copy).unwrap_err();
    assert_eq!(
        error.to_string(),
        "storage: the copy's file exists (file: copy.db)"
    );
    block_on(store.commit(vec![enqueue(2, 1)])).unwrap();
    let copy = SqliteStore::open(&copy).unwrap();
    assert_eq!((rows(&copy, 1), rows(&copy, 2)), (2, 0));
    // What was being sent when the copy was made may have been sent: the copy does not send it again by itself.
    let (state, after, limit) = (PartState::Ambiguous, None, 9);
    let query = Query::Parts {
        state,
        after,
        limit,
    };
    assert!(
        matches!(block_on(copy.query(query)).unwrap(), Answer::Parts(parts) if parts.len() == 1)
    );
}

#[test]
fn a_changed_ledger_is_seen() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder);
    block_on(store.commit(vec![opt_out(), opt_out(), opt_out()])).unwrap();
    store.check().unwrap();
    drop(store);
    let change = |sql: &str| {
        let file = folder.path().join("store.db");
        let changed = rusqlite::Connection::open(file).unwrap().execute(sql, []);
        assert_eq!(changed.unwrap(), 1);
    };
    change("UPDATE consent_event SET event = replace(event, 'form', 'farm') WHERE seq = 2");
    let error = open(&folder).check().unwrap_err();
    assert_eq!(
        error.to_string(),
        "corrupt: an event of the consent ledger was changed (event: 2, file: store.db)"
    );
    change("UPDATE consent_event SET event = replace(event, 'farm', 'form') WHERE seq = 2");
    open(&folder).check().unwrap();
    change("DELETE FROM consent_event WHERE seq = 1");
    assert_eq!(
        open(&folder).check().unwrap_err().kind(),
        ErrorKind::Corrupt
    );
}
