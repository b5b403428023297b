//! Durable messages a second through `SqliteStore`, against a loop that somebody wrote by hand for exactly these writes.

use crate::row::Row;
use futures_util::future::{join, join_all};
use msg_core::channel::Receipt;
use msg_core::digest::Digest;
use msg_core::id::{MessageId, PartId, SubjectId, TenantId};
use msg_core::message::{Address, Purpose};
use msg_core::store::{ClaimRequest, Enqueue, NewPart, Op, Settle, Settlement, Store};
use msg_core::testkit::block_on;
use msg_core::{Error, Timestamp};
use msg_store::sqlite::SqliteStore;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, params};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use uuid::Uuid;

type Failure = Box<dyn std::error::Error>;

/// Callers at once, and messages in all for each.
const CALLERS: [(u64, u64); 4] = [(1, 1_500), (8, 8_000), (32, 20_000), (128, 30_000)];

/// Bytes of a body: durability.md 2.2 measures with 1 KiB.
const BODY: usize = 1024;

/// Runs on the disk that has the temporary folder.
pub(crate) fn run() -> Vec<Row> {
    let mut rows = Vec::new();
    for (callers, messages) in CALLERS {
        let shape = Shape::new(messages, callers);
        let row = |name: &str, ours: Result<f64, Failure>, theirs: Result<f64, Failure>| {
            let (ours, theirs) = (ours.ok()?, theirs.ok()?);
            Some(Row {
                name: format!("sqlite: {name}, {callers} callers, against a hand-written loop"),
                ratio: ours / theirs,
                ours,
                theirs,
                unit: "durable messages/s",
            })
        };
        rows.extend(row(
            "enqueue",
            in_folder(|file| enqueue(file, callers, messages)),
            in_folder(|file| {
                hand_written(
                    file,
                    &Shape {
                        life: false,
                        ..shape
                    },
                )
            }),
        ));
        rows.extend(row(
            "enqueue, claim and settle",
            in_folder(|file| life_cycle(file, callers, messages)),
            in_folder(|file| hand_written(file, &shape)),
        ));
    }
    rows
}

/// Runs in a folder of its own and gives messages a second.
fn in_folder(run: impl FnOnce(&Path) -> Result<(u64, Duration), Failure>) -> Result<f64, Failure> {
    let folder = tempfile::tempdir()?;
    let (messages, took) = run(&folder.path().join("bench.db"))?;
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
    let messages = messages as f64;
    Ok(messages / took.as_secs_f64())
}

/// Ids and lanes spread as they do in life: not in the order in which they come.
fn spread(number: u64) -> u64 {
    // SplitMix64 (Steele, Lea, Flood 2014): a bijection of 64 bits.
    let mut mixed = number.wrapping_add(0x9E37_79B9_7F4A_7C15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

fn id(number: u64) -> Uuid {
    // In time order, as the ids of the engine are, with a random end.
    Uuid::from_u64_pair(number, spread(number))
}

fn op(number: u64, tenant: &TenantId) -> Result<Op, Error> {
    let message = MessageId::from_uuid(id(number));
    let address = Address::in_app(spread(number).to_string())?;
    let at = Timestamp::UNIX_EPOCH;
    let part = PartId::new(message, 0);
    let mut part = NewPart::new(
        part,
        &address,
        Purpose::Conversational,
        at,
        vec![b'x'; BODY],
    );
    part.lane = Some(spread(number));
    part.subject = Some(SubjectId::new(number.to_string())?);
    let mut enqueue = Enqueue::new(message, tenant.clone(), vec![part], at);
    enqueue.key = Some((number.to_string(), Digest::of(&number.to_be_bytes())));
    Ok(Op::Enqueue(Box::new(enqueue)))
}

async fn enqueue_all(store: &SqliteStore, callers: u64, messages: u64) -> Result<(), Error> {
    let tenant = TenantId::new("bench")?;
    let next = AtomicU64::new(0);
    let caller = async || {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= messages {
                return Ok::<_, Error>(());
            }
            store.commit(vec![op(number, &tenant)?]).await?;
        }
    };
    join_all((0..callers).map(|_| caller()))
        .await
        .into_iter()
        .collect()
}

fn enqueue(file: &Path, callers: u64, messages: u64) -> Result<(u64, Duration), Failure> {
    let store = SqliteStore::open(file)?;
    let began = Instant::now();
    block_on(enqueue_all(&store, callers, messages))?;
    Ok((messages, began.elapsed()))
}

/// The whole life of a message: enqueued by one of `callers`, claimed in groups, settled one by one, all at once.
fn life_cycle(file: &Path, callers: u64, messages: u64) -> Result<(u64, Duration), Failure> {
    let store = SqliteStore::open(file)?;
    let began = Instant::now();
    let send = async {
        let mut settled = 0;
        while settled < messages {
            let request = ClaimRequest::new(Timestamp::UNIX_EPOCH, Timestamp::MAX, 256);
            let claimed = store.claim(request).await?;
            settled += claimed.len() as u64;
            let settles = claimed.into_iter().map(|claim| {
                let scheme = "in-app".into();
                let receipt = Receipt::new(claim.part.to_string());
                let accepted = Settlement::Accepted { scheme, receipt };
                let at = Timestamp::UNIX_EPOCH;
                let settle = Settle::new(claim.part, Some(claim.token), accepted, at);
                store.commit(vec![Op::Settle(Box::new(settle))])
            });
            for result in join_all(settles).await {
                result?;
            }
        }
        Ok::<_, Error>(())
    };
    let (enqueued, settled) = block_on(join(enqueue_all(&store, callers, messages), send));
    enqueued?;
    settled?;
    Ok((messages, began.elapsed()))
}

/// What the hand-written loop writes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape {
    /// Messages in all.
    pub(crate) messages: u64,
    /// Messages that come in at once: what one transaction takes of each step.
    pub(crate) batch: u64,
    /// Bytes of a part's body.
    pub(crate) body: usize,
    /// Whether messages are claimed and settled too, or only enqueued.
    pub(crate) life: bool,
    /// Records of a trace for each message, of 300 bytes each.
    pub(crate) trace_records: u64,
    /// Turns of a transcript for each message, of the size of the body each.
    pub(crate) turns: u64,
}

impl Shape {
    /// The life cycle that [`run`] measures: no trace, no turns.
    pub(crate) const fn new(messages: u64, batch: u64) -> Self {
        Self {
            messages,
            batch,
            body: BODY,
            life: true,
            trace_records: 0,
            turns: 0,
        }
    }
}

/// The reference: one thread, one connection, the tables, indexes and pragmas of the store, the rows that the store would
/// write and nothing else. It looks nothing up, checks nothing and hands nothing between threads. Each transaction settles
/// the batch before the last one, claims the last one and enqueues the next one, as grouped commits do when all three run
/// at once.
pub(crate) fn hand_written(file: &Path, shape: &Shape) -> Result<(u64, Duration), Failure> {
    // The store makes the file, so that the tables are the same by construction.
    drop(SqliteStore::open(file)?);
    let db = Connection::open(file)?;
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    db.set_prepared_statement_cache_capacity(32);
    db.execute_batch(
        "PRAGMA synchronous = FULL; PRAGMA cache_size = -65536; PRAGMA foreign_keys = ON;
         INSERT INTO name (id, text) VALUES (1, 'bench'), (2, 'in-app'), (3, 'conversational');",
    )?;
    let batches = shape.messages.div_ceil(shape.batch);
    let began = Instant::now();
    for turn in 0..batches + 2 {
        let numbers = |behind: u64| {
            let batch = turn.checked_sub(behind).filter(|batch| *batch < batches);
            let first = batch.map_or(shape.messages, |batch| batch * shape.batch);
            first..shape.messages.min(first + shape.batch)
        };
        db.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
        if shape.life {
            for number in numbers(2) {
                settle_by_hand(&db, number)?;
            }
            for number in numbers(1) {
                claim_by_hand(&db, number)?;
            }
        }
        for number in numbers(0) {
            enqueue_by_hand(&db, number, shape)?;
        }
        db.prepare_cached("COMMIT")?.execute([])?;
    }
    Ok((shape.messages, began.elapsed()))
}

fn row_of(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX).saturating_add(1)
}

fn key_of(number: u64) -> [u8; 16] {
    id(spread(number)).into_bytes()
}

fn enqueue_by_hand(db: &Connection, number: u64, shape: &Shape) -> Result<(), Failure> {
    let (row, message) = (row_of(number), id(number).into_bytes());
    let body = vec![b'x'; shape.body];
    db.prepare_cached("INSERT INTO idem (key, digest, message, at) VALUES (?1, ?2, ?3, 0)")?
        .execute(params![key_of(number), [7_u8; 32], message])?;
    db.prepare_cached(
        "INSERT INTO part (id, message, idx, state, priority, due, lane, tenant, channel, account, purpose, address, \
         subject) VALUES (?1, ?2, 0, 0, 2, 0, ?3, 1, 2, 0, 3, ?4, ?5)",
    )?
    .execute(params![
        row,
        message,
        spread(number).cast_signed(),
        key_of(number),
        number.to_string()
    ])?;
    db.prepare_cached("INSERT INTO body (part, body) VALUES (?1, ?2)")?
        .execute(params![row, body])?;
    for seq in 0..shape.trace_records {
        db.prepare_cached(
            "INSERT INTO trace (trace, seq, tenant, at, digest, line) VALUES (?1, ?2, 1, 0, ?3, ?4)",
        )?
        .execute(params![message, row_of(seq) - 1, [7_u8; 32], [b'x'; 300]])?;
    }
    for _ in 0..shape.turns {
        let text = String::from_utf8(body.clone())?;
        db.prepare_cached(
            "INSERT INTO turn (tenant, conversation, at, turn) VALUES (1, ?1, 0, ?2)",
        )?
        .execute(params![number.to_string(), text])?;
    }
    Ok(())
}

fn claim_by_hand(db: &Connection, number: u64) -> Result<(), Failure> {
    let body: Vec<u8> = db
        .prepare_cached("SELECT body FROM part JOIN body ON body.part = part.id WHERE id = ?1")?
        .query_row([row_of(number)], |row| row.get(0))?;
    std::hint::black_box(body);
    db.prepare_cached(
        "UPDATE part SET state = 2, lease_epoch = 1, lease = ?1, lease_until = 99, attempts = 1, unsettled = 1 \
         WHERE id = ?1",
    )?
    .execute([row_of(number)])?;
    Ok(())
}

fn settle_by_hand(db: &Connection, number: u64) -> Result<(), Failure> {
    db.prepare_cached("INSERT INTO receipt (key, part) VALUES (?1, ?2)")?
        .execute(params![key_of(number ^ 1 << 40), row_of(number)])?;
    db.prepare_cached(
        "UPDATE part SET state = 10, accepted_at = 0, finished_at = 0, scheme = 2, provider_id = ?2, progress = 1, \
         unsettled = 0, lease = NULL, lease_epoch = NULL, lease_until = NULL WHERE message = ?1 AND idx = 0",
    )?
    .execute(params![id(number).into_bytes(), id(number).to_string()])?;
    Ok(())
}
