//! Removes what was finished long ago, a little at a time.

use super::config::Retention;
use super::fault::Result;
use super::names;
use super::part::provider_key;
use super::value::{Key, micros};
use super::writer::Tx;
use jiff::Timestamp;
use rusqlite::{ToSql, params};
use std::time::Instant;

/// Rows that one step looks at, in each table.
pub(super) const STEP: usize = 256;
const STEP_ROWS: i64 = 256;

/// Steps follow one another in the background while they find something; otherwise one is tried in so many transactions.
const REST: u32 = 256;

/// What a clock may be ahead before the background purge stops believing it.
const SLACK_MICROS: i64 = 3_600_000_000;

/// What one step of a purge removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Purged {
    /// Finished parts, with their bodies and provider ids.
    pub parts: u64,
    /// Idempotency keys, inbound keys and statuses that no part claimed.
    pub keys: u64,
    /// Whether the step saw the end of every table: nothing that is old enough is left.
    pub done: bool,
}

impl Purged {
    /// Nothing was removed, and nothing is known to be left.
    pub(super) const NOTHING: Self = Self {
        parts: 0,
        keys: 0,
        done: true,
    };
}

/// Where the purge stands.
#[derive(Debug)]
pub(super) struct Sweep {
    retention: Retention,
    /// The latest time that a claim brought.
    now: i64,
    /// The first time that a claim brought, and the machine's clock then.
    began: Option<(i64, Instant)>,
    rest: u32,
    part: i64,
    keys: [Option<Key>; TABLES.len()],
}

/// Tables of keys, and what makes a row of each removable.
const TABLES: [(&str, &str); 3] = [
    (
        "SELECT key, at <= ?2 FROM idem WHERE key > ?1 ORDER BY key LIMIT ?3",
        "DELETE FROM idem WHERE key = ?1",
    ),
    (
        // A key whose lease ran out is as good as gone.
        "SELECT key, max(at, coalesce(until, at)) <= ?2 FROM inbound WHERE key > ?1 ORDER BY key LIMIT ?3",
        "DELETE FROM inbound WHERE key = ?1",
    ),
    (
        "SELECT key, at <= ?2 FROM early WHERE key > ?1 ORDER BY key LIMIT ?3",
        "DELETE FROM early WHERE key = ?1",
    ),
];

/// The place of `early` in [`TABLES`].
const EARLY: usize = 2;

impl Sweep {
    pub(super) fn new(retention: Retention) -> Self {
        Self {
            retention,
            now: i64::MIN,
            began: None,
            rest: REST,
            part: 0,
            keys: [None; TABLES.len()],
        }
    }

    /// A claim brought the time. A clock that jumps ahead must not remove what is young: the time of the background purge
    /// runs no faster than the machine's own count of seconds.
    pub(super) fn see(&mut self, now: Timestamp) {
        let (first, instant) = *self
            .began
            .get_or_insert_with(|| (micros(now), Instant::now()));
        let passed = i64::try_from(instant.elapsed().as_micros()).unwrap_or(i64::MAX);
        let believed = first.saturating_add(passed).saturating_add(SLACK_MICROS);
        self.now = self.now.max(micros(now).min(believed));
    }

    /// The latest time that is known.
    pub(super) const fn now(&self) -> i64 {
        self.now
    }

    /// Whether it is time for a step in the background.
    pub(super) fn is_due(&mut self) -> bool {
        self.rest = self.rest.saturating_sub(1);
        self.began.is_some() && self.rest == 0
    }

    /// A step was made.
    pub(super) fn stepped(&mut self, purged: Purged) {
        self.rest = if purged.done { REST } else { 1 };
    }
}

/// One step, as seen from `now` in microseconds.
pub(super) fn step(tx: &mut Tx<'_>, now: i64) -> Result<Purged> {
    let retention = tx.memory.sweep.retention;
    let before = |kept: std::time::Duration| {
        now.saturating_sub(i64::try_from(kept.as_micros()).unwrap_or(i64::MAX))
    };
    let mut purged = Purged::NOTHING;
    if let Some(kept) = retention.parts {
        parts(tx, before(kept), &mut purged)?;
    }
    for table in 0..TABLES.len() {
        keys(tx, table, before(retention.keys), &mut purged)?;
    }
    Ok(purged)
}

/// Parts in the order of arrival, so that the old ones come first.
fn parts(tx: &mut Tx<'_>, before: i64, purged: &mut Purged) -> Result<()> {
    let looked: Vec<(i64, bool)> = {
        let mut statement = tx.db.prepare_cached(
            "SELECT id, state >= 10 AND finished_at <= ?2 FROM part WHERE id > ?1 ORDER BY id LIMIT ?3",
        )?;
        let rows = statement
            .query_map(params![tx.memory.sweep.part, before, STEP_ROWS], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })?;
        rows.collect::<rusqlite::Result<_>>()?
    };
    let more = looked.len() >= STEP;
    for (id, old) in &looked {
        if *old {
            remove(tx, *id)?;
            purged.parts += 1;
        }
    }
    purged.done &= !more;
    tx.memory.sweep.part = match looked.last() {
        Some((id, _)) if more => *id,
        _ => 0,
    };
    Ok(())
}

fn remove(tx: &mut Tx<'_>, id: i64) -> Result<()> {
    type Ids = (i64, Option<i64>, Option<String>, Option<String>);
    let (tenant, scheme, first, further): Ids = tx
        .db
        .prepare_cached("SELECT tenant, scheme, provider_id, further_ids FROM part WHERE id = ?1")?
        .query_row([id], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })?;
    if let Some(scheme) = scheme {
        let tenant = tx.memory.names.tenant(tx.db, tenant)?;
        let scheme = names::text(tx.db, scheme)?;
        let mut ids: Vec<String> = match further {
            Some(further) => serde_json::from_str(&further)?,
            None => Vec::new(),
        };
        ids.extend(first);
        for provider_id in &ids {
            let key = provider_key(tenant.as_str(), &scheme, provider_id);
            tx.db
                .prepare_cached("DELETE FROM receipt WHERE key = ?1 AND part = ?2")?
                .execute(params![key, id])?;
        }
    }
    // The body goes with it.
    tx.db
        .prepare_cached("DELETE FROM part WHERE id = ?1")?
        .execute([id])?;
    Ok(())
}

fn keys(tx: &mut Tx<'_>, table: usize, before: i64, purged: &mut Purged) -> Result<()> {
    let Some((look, delete)) = TABLES.get(table) else {
        return Ok(());
    };
    let last = tx.memory.sweep.keys.get(table).copied().flatten();
    let after: &dyn ToSql = match &last {
        Some(key) => key,
        // Before every key.
        None => &[0_u8; 0],
    };
    let looked: Vec<(Key, bool)> = {
        let mut statement = tx.db.prepare_cached(look)?;
        let rows = statement.query_map(params![after, before, STEP_ROWS], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
        rows.collect::<rusqlite::Result<_>>()?
    };
    for (key, old) in &looked {
        if *old {
            tx.db.prepare_cached(delete)?.execute([key])?;
            purged.keys += 1;
            if table == EARLY {
                let early = &mut tx.memory.counts.early;
                *early = early.saturating_sub(1);
            }
        }
    }
    let more = looked.len() >= STEP;
    purged.done &= !more;
    if let Some(place) = tx.memory.sweep.keys.get_mut(table) {
        *place = looked.last().filter(|_| more).map(|(key, _)| *key);
    }
    Ok(())
}
