//! Lanes: of the parts of one lane only the first unfinished one is ready, and what is ready is in the due index.

use super::fault::Result;
use super::value::{READY, WAITING};
use super::writer::Tx;
use rusqlite::{Connection, OptionalExtension as _};
use std::collections::BTreeMap;

/// What a claim can leave out as a whole: a channel with an account, and a class of priority.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Gate {
    pub(super) channel: i64,
    /// 0 for none.
    pub(super) account: i64,
    pub(super) priority: i64,
}

/// For every gate that has ready parts, a time before which none of them is due. It may be too early, never too late.
#[derive(Debug, Default)]
pub(super) struct Due(BTreeMap<Gate, i64>);

impl Due {
    /// A part became ready.
    pub(super) fn note(&mut self, gate: Gate, due: i64) {
        let earliest = self.0.entry(gate).or_insert(due);
        *earliest = due.min(*earliest);
    }

    /// The earliest ready part of a gate is due then; none when it has no ready part.
    pub(super) fn set(&mut self, gate: Gate, due: Option<i64>) {
        match due {
            Some(due) => self.0.insert(gate, due),
            None => self.0.remove(&gate),
        };
    }

    /// Gates that may have a part that is due.
    pub(super) fn at(&self, now: i64) -> impl Iterator<Item = Gate> {
        let due = self.0.iter().filter(move |(_, due)| **due <= now);
        due.map(|(gate, _)| *gate)
    }

    /// The due index as it stands.
    pub(super) fn load(db: &Connection) -> rusqlite::Result<Self> {
        let mut due = Self::default();
        let mut last = None;
        while let Some((gate, earliest)) = next_gate(db, last)? {
            due.set(gate, Some(earliest));
            last = Some(gate);
        }
        Ok(due)
    }
}

/// The first gate after `last` that has a ready part, and when its first one is due. One step in the index.
pub(super) fn next_gate(
    db: &Connection,
    last: Option<Gate>,
) -> rusqlite::Result<Option<(Gate, i64)>> {
    let last = last.unwrap_or(Gate {
        channel: -1,
        account: -1,
        priority: -1,
    });
    let mut statement = db.prepare_cached(
        "SELECT channel, account, priority, due FROM part INDEXED BY part_ready \
         WHERE state = 0 AND (channel, account, priority) > (?1, ?2, ?3) \
         ORDER BY channel, account, priority, due LIMIT 1",
    )?;
    let found = statement.query_row([last.channel, last.account, last.priority], |row| {
        let gate = Gate {
            channel: row.get(0)?,
            account: row.get(1)?,
            priority: row.get(2)?,
        };
        Ok((gate, row.get(3)?))
    });
    found.optional()
}

/// A part that became ready.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ready {
    pub(super) id: i64,
    pub(super) due: i64,
    pub(super) gate: Gate,
}

/// The state of a new part that is queued: ready when its lane is empty.
pub(super) fn entry_state(db: &Connection, lane: Option<i64>) -> Result<i64> {
    let Some(lane) = lane else { return Ok(READY) };
    let mut statement = db.prepare_cached(
        "SELECT 1 FROM part INDEXED BY part_lane WHERE lane = ?1 AND state < 10 LIMIT 1",
    )?;
    Ok(if statement.exists([lane])? {
        WAITING
    } else {
        READY
    })
}

impl Tx<'_> {
    /// Puts things right in a lane after a part left it or came back: its first part is ready if it is queued, and no
    /// other one. Gives the part that became ready.
    pub(super) fn settle_lane(&mut self, lane: Option<i64>) -> Result<Option<Ready>> {
        let Some(lane) = lane else { return Ok(None) };
        let mut statement = self.db.prepare_cached(
            "SELECT id, state, due, channel, account, priority FROM part INDEXED BY part_lane \
             WHERE lane = ?1 AND state < 10 ORDER BY id LIMIT 1",
        )?;
        let head = statement.query_row([lane], |row| {
            let gate = Gate {
                channel: row.get(3)?,
                account: row.get(4)?,
                priority: row.get(5)?,
            };
            let (id, due) = (row.get(0)?, row.get(2)?);
            Ok((row.get::<_, i64>(1)?, Ready { id, due, gate }))
        });
        match head.optional()? {
            Some((WAITING, ready)) => {
                self.set_state(ready.id, READY)?;
                self.memory.due.note(ready.gate, ready.due);
                Ok(Some(ready))
            }
            _ => Ok(None),
        }
    }

    /// Queues a part again at its old place: it waits until its lane is put right. Parts behind it wait for it.
    pub(super) fn requeue(&mut self, id: i64, lane: Option<i64>, ready: Ready) -> Result<()> {
        let Some(lane) = lane else {
            self.set_state(id, READY)?;
            self.memory.due.note(ready.gate, ready.due);
            return Ok(());
        };
        self.set_state(id, WAITING)?;
        self.db
            .prepare_cached(
                "UPDATE part INDEXED BY part_lane SET state = 1 \
                 WHERE lane = ?1 AND state < 10 AND state = 0 AND id > ?2",
            )?
            .execute([lane, id])?;
        self.settle_lane(Some(lane))?;
        Ok(())
    }

    fn set_state(&self, id: i64, state: i64) -> Result<()> {
        self.db
            .prepare_cached("UPDATE part SET state = ?2 WHERE id = ?1")?
            .execute([id, state])?;
        Ok(())
    }
}
