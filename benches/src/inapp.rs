//! Messages a second from `submit` to the inbox of the in-app channel through the engine and a database file, against a loop
//! that somebody wrote by hand for exactly these writes.

use crate::Failure;
use crate::row::Row;
use crate::store::{Shape, hand_written};
use futures_util::future::join_all;
use msg_channels::inapp::{InApp, InAppInbox};
use msg_core::engine::{Engine, Submitted};
use msg_core::id::{ConversationId, RandomIds, TenantId};
use msg_core::message::{Address, Content, Draft, Purpose, Recipient};
use msg_core::testkit::block_on;
use msg_core::time::SystemClock;
use msg_store::sqlite::SqliteStore;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

const CALLERS: u64 = 128;
const MESSAGES: u64 = 20_000;
/// Parts of one dispatch step.
const STEP: usize = 256;
const ROUNDS: usize = 3;

/// Medians are durable messages a second; with the engine's own checks, and with all of msg-policy's.
pub(crate) fn run() -> Result<Vec<Row>, Failure> {
    let mut rows = Vec::new();
    for (name, checked) in [("no checks", false), ("all checks", true)] {
        let (mut ours, mut theirs, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            let folder = tempfile::tempdir()?;
            let (mine, records) = engine(&folder.path().join("engine.db"), checked)?;
            let shape = Shape {
                trace_records: records,
                turns: 1,
                body: crate::engine::TEXT.len(),
                ..Shape::new(MESSAGES, CALLERS)
            };
            let (messages, took) = hand_written(&folder.path().join("hand.db"), &shape)
                .map_err(|error| error.to_string())?;
            let hand = rate(messages, took);
            ours.push(mine);
            theirs.push(hand);
            ratios.push(mine / hand);
        }
        rows.push(Row {
            name: format!(
                "in-app through engine and sqlite, {CALLERS} callers, {name}, against a hand-written loop"
            ),
            ratio: crate::cpu::median(&mut ratios),
            ours: crate::cpu::median(&mut ours),
            theirs: crate::cpu::median(&mut theirs),
            unit: "durable messages/s",
        });
    }
    Ok(rows)
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
fn rate(messages: u64, took: Duration) -> f64 {
    messages as f64 / took.as_secs_f64()
}

/// Messages a second, and how many trace records each of them has.
fn engine(file: &Path, checked: bool) -> Result<(f64, u64), Failure> {
    let store = Arc::new(SqliteStore::open(file)?);
    let (adapter, inbox) = InApp::new(100_000);
    let mut builder = Engine::builder(store, Arc::new(SystemClock), Arc::new(RandomIds::new()))
        .adapter(Arc::new(adapter));
    builder = if checked {
        builder.checks(msg_policy::standard_checks()?)
    } else {
        builder.without_checks("what the checks cost is the difference")
    };
    let engine = builder.build()?;
    let began = Instant::now();
    let arrived = std::thread::scope(|scope| {
        let submits = scope.spawn(|| block_on(submit_all(&engine)));
        let dispatches = scope.spawn(|| block_on(dispatch_all(&engine, inbox)));
        submits.join().map_err(|_| "a caller panicked")??;
        dispatches.join().map_err(|_| "the dispatcher panicked")?
    })?;
    let took = began.elapsed();
    if arrived != MESSAGES {
        return Err(format!("{arrived} of {MESSAGES} messages arrived").into());
    }
    let tenant = TenantId::from_static("bench");
    let first = block_on(engine.traces(tenant, msg_core::Timestamp::MIN, 1))?;
    let trace = first.first().ok_or("no trace")?;
    let records = block_on(engine.trace(*trace))?.len();
    Ok((rate(MESSAGES, took), u64::try_from(records)?))
}

async fn submit_all(engine: &Engine) -> Result<(), Failure> {
    let next = AtomicU64::new(0);
    let caller = async || {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= MESSAGES {
                return Ok(());
            }
            let submission = engine.submit(draft(number)?).await?;
            if !matches!(submission.result, Submitted::Queued { .. }) {
                return Err::<(), Failure>("a message was not queued".into());
            }
        }
    };
    let ended = join_all((0..CALLERS).map(|_| caller())).await;
    ended.into_iter().collect()
}

fn draft(number: u64) -> Result<Draft, Failure> {
    let to =
        Recipient::new(Address::in_app(format!("customer-{number}"))?).in_zone("Europe/Berlin");
    let draft = Draft::new(
        TenantId::from_static("bench"),
        to,
        Purpose::Transactional,
        Content::text(crate::engine::TEXT),
    );
    let draft = draft.in_conversation(ConversationId::new(format!("c-{number}"))?);
    Ok(draft.with_key(format!("key-{number}")))
}

/// Dispatches until everything has arrived, as a host's worker does.
async fn dispatch_all(engine: &Engine, mut inbox: InAppInbox) -> Result<u64, Failure> {
    let mut arrived = 0;
    while arrived < MESSAGES {
        let done = engine.dispatch_due(STEP).await?;
        if done.claimed == 0 {
            std::thread::sleep(Duration::from_micros(200));
        }
        while inbox.try_recv().is_some() {
            arrived += 1;
        }
        if done.claimed > done.accepted {
            return Err(format!("not everything was accepted: {done:?}").into());
        }
    }
    Ok(arrived)
}
