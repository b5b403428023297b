//! A process that writes is killed at random times, over and over. What it acknowledged is there, what it was sending is
//! ambiguous, nothing is in the file twice, lanes keep their order and the file is whole.
#![cfg(test)]
#![cfg(all(feature = "sqlite", unix))]

mod support;

use futures_util::future::join_all;
use msg_core::channel::Receipt;
use msg_core::digest::Digest;
use msg_core::id::{MessageId, PartId};
use msg_core::message::{Address, Purpose};
use msg_core::store::{
    Answer, ClaimRequest, Claimed, Enqueue, NewPart, Op, PartState, Query, Settle, Settlement,
    Store,
};
use msg_core::trace::{TraceEvent, verify};
use msg_store::sqlite::SqliteStore;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};
use support::{at, block_on, tenant};
use uuid::Uuid;

const FILE: &str = "MSG_STORE_CRASH_FILE";
const STARTS: &str = "MSG_STORE_CRASH_STARTS";
/// How many kills; more than the default for a longer run.
const KILLS: &str = "MSG_STORE_KILLS";

const WRITERS: u64 = 8;
const SENDERS: u64 = 2;
const LANES_OF_A_WRITER: u64 = 4;
/// Parts that one claim takes: the bound of duplicates of each sender.
const BATCH: usize = 16;

/// The `number`th message of a writer: its id says both.
fn message_of(writer: u64, number: u64) -> MessageId {
    MessageId::from_uuid(Uuid::from_u64_pair(writer, number))
}

fn place_of(message: MessageId) -> (u64, u64) {
    message.as_uuid().as_u64_pair()
}

/// What the process that is killed reports, one byte of kind and the 18 bytes of a part. Written in one piece to the pipe
/// before or after the step that it names, so that a kill cannot come between a lie and its truth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Opened,
    /// An enqueue was acknowledged.
    Enqueued,
    /// A provider is called now.
    Sent,
    /// A settlement was acknowledged.
    Settled,
}

const RECORD: usize = 19;

fn report(kind: Kind, part: PartId) {
    let mut record = [0; RECORD];
    record[0] = kind as u8;
    record[1..17].copy_from_slice(part.message.as_uuid().as_bytes());
    record[17..].copy_from_slice(&part.index.to_be_bytes());
    std::io::stderr().write_all(&record).unwrap();
}

fn read_report(record: &[u8]) -> (Kind, PartId) {
    let kind = [Kind::Opened, Kind::Enqueued, Kind::Sent, Kind::Settled][usize::from(record[0])];
    let message = MessageId::from_uuid(Uuid::from_slice(&record[1..17]).unwrap());
    let index = u16::from_be_bytes([record[17], record[18]]);
    (kind, PartId::new(message, index))
}

/// The process that is killed. As a test of its own it does nothing.
#[test]
fn writes_until_it_is_killed() {
    let Ok(file) = std::env::var(FILE) else {
        return;
    };
    let starts = std::env::var(STARTS).unwrap();
    let starts: Vec<u64> = starts.split(',').map(|n| n.parse().unwrap()).collect();
    let store = Arc::new(SqliteStore::open(file).unwrap());
    report(Kind::Opened, PartId::new(message_of(0, 0), 0));
    let mut threads = Vec::new();
    for (writer, start) in (0..).zip(starts) {
        let store = Arc::clone(&store);
        threads.push(std::thread::spawn(move || write(&store, writer, start)));
    }
    for _ in 0..SENDERS {
        let store = Arc::clone(&store);
        threads.push(std::thread::spawn(move || send(&store)));
    }
    for thread in threads {
        thread.join().unwrap();
    }
}

fn write(store: &SqliteStore, writer: u64, start: u64) {
    let address = Address::in_app(format!("user {writer}")).unwrap();
    for number in start.. {
        let message = message_of(writer, number);
        let lane = writer * LANES_OF_A_WRITER + number % LANES_OF_A_WRITER;
        let parts = (0..=number % 2).map(|index| {
            let id = PartId::new(message, u16::try_from(index).unwrap());
            NewPart::new(id, &address, Purpose::Transactional, at(0), vec![7; 200]).in_lane(lane)
        });
        let mut enqueue = Enqueue::new(message, tenant(0), parts.collect(), at(1));
        enqueue.key = Some((
            format!("{writer} {number}"),
            Digest::of(&number.to_be_bytes()),
        ));
        block_on(store.commit(vec![Op::Enqueue(Box::new(enqueue))])).unwrap();
        report(Kind::Enqueued, PartId::new(message, 0));
    }
}

fn send(store: &SqliteStore) {
    loop {
        let claimed =
            block_on(store.claim(ClaimRequest::new(at(2), at(1_000_000), BATCH))).unwrap();
        if claimed.is_empty() {
            std::thread::yield_now();
        }
        block_on(join_all(
            claimed.into_iter().map(|claim| send_one(store, claim)),
        ));
    }
}

async fn send_one(store: &SqliteStore, claim: Claimed) {
    report(Kind::Sent, claim.part);
    let accepted = Settlement::Accepted {
        scheme: "fake".into(),
        receipt: Receipt::new(claim.part.to_string()),
    };
    let settle = Settle::new(claim.part, Some(claim.token), accepted, at(3));
    let settled = store.commit(vec![Op::Settle(Box::new(settle))]);
    settled.await.unwrap();
    report(Kind::Settled, claim.part);
}

/// What the test knows from the reports of all processes.
#[derive(Default)]
struct Known {
    enqueued: BTreeSet<MessageId>,
    settled: BTreeSet<PartId>,
    /// How often each part was sent.
    sent: BTreeMap<PartId, u32>,
    /// Ambiguous parts that the test said are to be sent again, and that were not sent since.
    requeued: BTreeSet<PartId>,
    /// The place of the last part that left, by lane.
    lanes: BTreeMap<u64, (u64, u16)>,
    inversions: u32,
    ambiguous: u64,
    duplicates: u64,
    most_duplicates: u64,
    poisoned: usize,
    slowest_open: Duration,
}

impl Known {
    fn take(&mut self, reports: &[u8]) {
        let mut duplicates = 0;
        // A record that was cut off by the kill says nothing.
        for record in reports.chunks_exact(RECORD) {
            let (kind, part) = read_report(record);
            match kind {
                Kind::Opened => {}
                Kind::Enqueued => {
                    self.enqueued.insert(part.message);
                }
                Kind::Sent => {
                    self.requeued.remove(&part);
                    let times = self.sent.entry(part).or_default();
                    *times += 1;
                    duplicates += u64::from(*times > 1);
                    let (writer, number) = place_of(part.message);
                    let lane = writer * LANES_OF_A_WRITER + number % LANES_OF_A_WRITER;
                    let place = (number, part.index);
                    let last = self.lanes.entry(lane).or_insert(place);
                    self.inversions += u32::from(place < *last);
                    *last = place;
                }
                Kind::Settled => {
                    self.settled.insert(part);
                }
            }
        }
        self.duplicates += duplicates;
        self.most_duplicates = self.most_duplicates.max(duplicates);
    }

    /// Where each writer goes on: at the first message that was not acknowledged, with the same key as before.
    fn starts(&self) -> String {
        let starts = (0..WRITERS).map(|writer| {
            let of_writer = message_of(writer, 0)..=message_of(writer, u64::MAX);
            let last = self.enqueued.range(of_writer).next_back();
            last.map_or(0, |last| place_of(*last).1 + 1).to_string()
        });
        starts.collect::<Vec<_>>().join(",")
    }
}

fn run_and_kill(file: &Path, starts: &str, after: Duration) -> Vec<u8> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "writes_until_it_is_killed", "--nocapture"])
        .env(FILE, file)
        .env(STARTS, starts)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut pipe = child.stderr.take().unwrap();
    let mut reports = vec![0; RECORD];
    pipe.read_exact(&mut reports).unwrap();
    assert_eq!(
        read_report(&reports).0,
        Kind::Opened,
        "{}",
        String::from_utf8_lossy(&reports)
    );
    let reader = std::thread::spawn(move || {
        let mut rest = Vec::new();
        pipe.read_to_end(&mut rest).unwrap();
        rest
    });
    std::thread::sleep(after);
    child.kill().unwrap();
    child.wait().unwrap();
    reports.extend(reader.join().unwrap());
    reports
}

fn parts(store: &SqliteStore, query: Query) -> Vec<msg_core::store::PartRecord> {
    match block_on(store.query(query)).unwrap() {
        Answer::Parts(parts) => parts,
        other => panic!("not parts: {other:?}"),
    }
}

fn in_state(store: &SqliteStore, state: PartState) -> Vec<PartId> {
    let (after, limit) = (None, usize::MAX);
    let query = Query::Parts {
        state,
        after,
        limit,
    };
    parts(store, query)
        .into_iter()
        .map(|part| part.id)
        .collect()
}

/// Whether the trace of a message, an unbroken chain, says that the part's sender did not come back.
fn is_lost(store: &SqliteStore, part: PartId) -> bool {
    let query = Query::Trace(part.message.into());
    let Answer::Trace(records) = block_on(store.query(query)).unwrap() else {
        panic!("not a trace");
    };
    verify(&records).unwrap();
    records.iter().any(|record| {
        let event = record.read().unwrap().event;
        matches!(event, TraceEvent::Lost(lost) if lost.part == part)
    })
}

/// Opens the store as its next owner would, checks it, and says of the ambiguous parts that they are to be sent again.
fn check(file: &Path, known: &mut Known, new: &BTreeSet<MessageId>) {
    let began = Instant::now();
    let store = SqliteStore::open(file).unwrap();
    known.slowest_open = known.slowest_open.max(began.elapsed());
    for message in new {
        assert!(
            !parts(&store, Query::Message(*message)).is_empty(),
            "lost {message}"
        );
    }
    assert!(
        in_state(&store, PartState::Leased).is_empty(),
        "a lease of a dead process"
    );
    let ambiguous = in_state(&store, PartState::Ambiguous);
    let most = usize::try_from(SENDERS).unwrap() * BATCH;
    assert!(ambiguous.len() <= most, "{} ambiguous", ambiguous.len());
    for part in &ambiguous {
        assert!(
            is_lost(&store, *part),
            "{part} is ambiguous without a trace"
        );
    }
    let unsettled = known
        .sent
        .keys()
        .filter(|part| !known.settled.contains(part) && !known.requeued.contains(part));
    for part in unsettled {
        // Settled without an acknowledgement, ambiguous, or given up after too many crashes: never simply queued again.
        let record = parts(&store, Query::Message(part.message))
            .into_iter()
            .find(|record| record.id == *part)
            .unwrap();
        assert!(
            matches!(
                record.state,
                PartState::Accepted | PartState::Ambiguous | PartState::Dead
            ),
            "{part} was being sent and is {:?}",
            record.state
        );
    }
    known.ambiguous += ambiguous.len() as u64;
    known.poisoned = in_state(&store, PartState::Dead).len();
    let again = ambiguous.into_iter().map(|part| {
        known.requeued.insert(part);
        let again = Settlement::Requeue {
            at: at(0),
            count: true,
            failure: None,
        };
        Op::Settle(Box::new(Settle::new(part, None, again, at(4))))
    });
    block_on(store.commit(again.collect())).unwrap();
}

fn number_of(file: &Path, sql: &str) -> i64 {
    let connection = rusqlite::Connection::open(file).unwrap();
    connection.query_row(sql, [], |row| row.get(0)).unwrap()
}

fn integrity(file: &Path) {
    let connection = rusqlite::Connection::open(file).unwrap();
    let says: String = connection
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(says, "ok");
}

#[test]
fn nothing_that_was_acknowledged_is_lost() {
    let kills: u64 = std::env::var(KILLS).map_or(100, |kills| kills.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let file: PathBuf = folder.path().join("crash.db");
    let mut random = fastrand::Rng::new();
    let mut known = Known::default();
    for _ in 0..kills {
        let after = Duration::from_micros(random.u64(0..100_000));
        let reports = run_and_kill(&file, &known.starts(), after);
        let before = known.enqueued.clone();
        known.take(&reports);
        let new = known.enqueued.difference(&before).copied().collect();
        check(&file, &mut known, &new);
        assert_eq!(known.inversions, 0, "a lane out of order");
        integrity(&file);
    }
    let store = SqliteStore::open(&file).unwrap();
    for message in &known.enqueued {
        let found = parts(&store, Query::Message(*message)).len();
        let (_, number) = place_of(*message);
        assert_eq!(found as u64, 1 + number % 2, "lost a part of {message}");
    }
    for part in &known.settled {
        let found = parts(&store, Query::Message(part.message));
        let record = found.iter().find(|record| record.id == *part).unwrap();
        assert_eq!(
            record.state,
            PartState::Accepted,
            "lost the settlement of {part}"
        );
    }
    drop(store);
    let keys = number_of(&file, "SELECT count(*) FROM idem");
    let messages = number_of(&file, "SELECT count(DISTINCT message) FROM part");
    let rows = number_of(
        &file,
        "SELECT count(*) FROM (SELECT DISTINCT message, idx FROM part)",
    );
    assert_eq!(messages, keys, "a message twice, or without its key");
    assert_eq!(rows, number_of(&file, "SELECT count(*) FROM part"));
    // What was acknowledged, and at most what each writer had in flight at each kill.
    let acknowledged = i64::try_from(known.enqueued.len()).unwrap();
    assert!(keys >= acknowledged && keys <= acknowledged + i64::try_from(WRITERS).unwrap());
    assert!(
        known.duplicates <= known.ambiguous,
        "more duplicates than ambiguous parts"
    );
    assert!(
        acknowledged > i64::try_from(kills).unwrap(),
        "hardly anything was written"
    );
    let mut out = std::io::stderr().lock();
    let (sent, settled) = (known.sent.len(), known.settled.len());
    writeln!(
        out,
        "{kills} kills: {acknowledged} messages acknowledged, 0 lost; {sent} parts sent, {settled} settlements \
         acknowledged, 0 lost; {} ambiguous, {} sent twice (at most {} in a run), {} given up; slowest open {:?}",
        known.ambiguous, known.duplicates, known.most_duplicates, known.poisoned, known.slowest_open
    )
    .unwrap();
}
