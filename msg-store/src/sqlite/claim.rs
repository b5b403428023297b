//! Claims: leases what is due, and ends what must not or cannot be sent any more, in one transaction.

use super::consent::{self, About};
use super::fault::Result;
use super::lane::{Gate, Ready};
use super::names::known;
use super::settle::end_leases;
use super::value::{LEASED, delivery_of, from_sql, maybe_time, micros, micros_up, part_id, signed};
use super::writer::Tx;
use jiff::Timestamp;
use msg_core::consent::Refusal;
use msg_core::id::PartId;
use msg_core::message::DeliveryState;
use msg_core::store::{ClaimRequest, Claimed, Ending, LONGEST_DUE_EVERY, LeaseToken};
use rusqlite::params;
use std::collections::VecDeque;

/// Rows that one look at a gate fetches at most.
const CHUNK: usize = 128;

/// Leases parts that are due.
pub(super) fn claim(tx: &mut Tx<'_>, request: &ClaimRequest) -> Result<Vec<Claimed>> {
    let until = micros(request.until);
    end_leases(tx, Some(request.now))?;
    let mut picker = Picker::new(tx, request)?;
    let mut claimed = Vec::with_capacity(request.limit.min(CHUNK));
    while claimed.len() < request.limit {
        let number = tx.memory.counts.lease + 1;
        let Some(next) = picker.next(tx, number.is_multiple_of(LONGEST_DUE_EVERY))? else {
            break;
        };
        match take(tx, next.id, request.now, until)? {
            Taken::Leased(part) => claimed.push(part),
            Taken::Ended(lane) => {
                if let Some(ready) = tx.settle_lane(lane)? {
                    picker.offer(ready);
                }
            }
            Taken::Gone => {}
        }
    }
    picker.finish(tx);
    Ok(claimed)
}

enum Taken {
    Leased(Claimed),
    /// It was cancelled or died; its lane is free.
    Ended(Option<i64>),
    /// It is not ready any more.
    Gone,
}

/// A ready part, as a claim needs it.
struct Candidate {
    part: PartId,
    tenant: i64,
    lane: Option<i64>,
    attempts: u32,
    delivery: DeliveryState,
    refusal: Option<Refusal>,
    /// When its time was over, if it is.
    expired: Option<Timestamp>,
    body: Vec<u8>,
}

/// Leases one candidate, or ends it.
fn take(tx: &mut Tx<'_>, id: i64, now: Timestamp, until: i64) -> Result<Taken> {
    let Some(candidate) = look_up(tx, id, now)? else {
        return Ok(Taken::Gone);
    };
    let ending = match (&candidate.refusal, candidate.expired) {
        (Some(refusal), _) => Some(Ending::refused(refusal)),
        (None, Some(expires)) => Some(Ending::Expired { expires }),
        (None, None) => None,
    };
    if let Some(ending) = ending {
        tx.end(id, candidate.delivery, &ending, (now, micros(now)))?;
        return Ok(Taken::Ended(candidate.lane));
    }
    let (epoch, number) = (tx.memory.epoch, tx.memory.counts.lease + 1);
    tx.db
        .prepare_cached(
            "UPDATE part SET state = ?2, lease_epoch = ?3, lease = ?4, lease_until = ?5, attempts = attempts + 1, \
             unsettled = unsettled + 1 WHERE id = ?1",
        )?
        .execute(params![id, LEASED, signed(epoch), signed(number), until])?;
    tx.memory.counts.lease = number;
    let tenant = tx.memory.names.tenant(tx.db, candidate.tenant)?;
    let token = LeaseToken { epoch, number };
    let claimed = Claimed::new(candidate.part, tenant, token, candidate.body.into());
    let attempt = candidate.attempts.saturating_add(1);
    Ok(Taken::Leased(
        claimed.counted(attempt, tx.memory.counts.ledger),
    ))
}

fn look_up(tx: &Tx<'_>, id: i64, now: Timestamp) -> Result<Option<Candidate>> {
    let mut statement = tx.db.prepare_cached(
        "SELECT message, idx, tenant, lane, attempts, progress, stop, expires, address, subject, purpose, topic, body \
         FROM part JOIN body ON body.part = part.id WHERE id = ?1 AND state = 0",
    )?;
    let mut rows = statement.query([id])?;
    let Some(row) = rows.next()? else {
        return Ok(None);
    };
    let tenant = row.get(2)?;
    let refusal = if tx.memory.counts.ledger > 0 {
        let about = About {
            tenant,
            address: row.get_ref(8)?.as_blob().map_err(from_sql)?,
            person: row.get_ref(9)?.as_str_or_null().map_err(from_sql)?,
            purpose: row.get(10)?,
            topic: row.get(11)?,
        };
        consent::refusal(tx.db, &about, now)?
    } else {
        None
    };
    let expired = row
        .get::<_, Option<i64>>(7)?
        .filter(|end| micros_up(now) > *end);
    Ok(Some(Candidate {
        part: part_id(row, 0, 1)?,
        tenant,
        lane: row.get(3)?,
        attempts: row.get(4)?,
        delivery: delivery_of(row.get(5)?, row.get(6)?)?,
        refusal,
        expired: maybe_time(expired)?,
        body: row.get(12)?,
    }))
}

/// Picks candidates in order from the gates that are open.
struct Picker {
    gates: Vec<Open>,
    /// Parts that became ready while this claim ran, and are candidates.
    offered: Vec<Ready>,
    /// All parts that became ready while this claim ran.
    promoted: Vec<Ready>,
    closed: Vec<(i64, Option<i64>)>,
    now: i64,
    chunk: usize,
}

/// What comes after the parts that were fetched of a gate.
#[derive(Clone, Copy)]
enum After {
    /// Perhaps more that is due now.
    Unknown,
    Nothing,
    /// Something that is due then, which is later than now.
    Due(i64),
}

/// What is known of one gate.
struct Open {
    gate: Gate,
    fetched: VecDeque<Ready>,
    after: After,
}

impl Picker {
    fn new(tx: &Tx<'_>, request: &ClaimRequest) -> Result<Self> {
        let now = micros(request.now);
        let mut closed = Vec::with_capacity(request.closed.len());
        for (channel, account) in &request.closed {
            let account = match account {
                Some(account) => match known(tx.db, account.as_str())? {
                    Some(account) => Some(account),
                    None => continue,
                },
                None => None,
            };
            if let Some(channel) = known(tx.db, channel.as_str())? {
                closed.push((channel, account));
            }
        }
        let mut picker = Self {
            gates: Vec::new(),
            offered: Vec::new(),
            promoted: Vec::new(),
            closed,
            now,
            chunk: 0,
        };
        if request.limit > 0 {
            let gates = tx.memory.due.at(now).filter(|gate| picker.is_open(*gate));
            picker.gates = gates.map(Open::new).collect();
        }
        picker.chunk = (request.limit / picker.gates.len().max(1) + 8).min(CHUNK);
        Ok(picker)
    }

    fn is_open(&self, gate: Gate) -> bool {
        !self.closed.iter().any(|(channel, account)| {
            *channel == gate.channel && account.is_none_or(|account| account == gate.account)
        })
    }

    /// A part became ready: it may be a candidate of this claim already.
    fn offer(&mut self, ready: Ready) {
        self.promoted.push(ready);
        if ready.due <= self.now && self.is_open(ready.gate) {
            self.offered.push(ready);
        }
    }

    /// The next candidate: of the most urgent class the one that is due the longest, or of all classes.
    fn next(&mut self, tx: &Tx<'_>, longest_due: bool) -> Result<Option<Ready>> {
        for open in &mut self.gates {
            if open.fetched.is_empty() && matches!(open.after, After::Unknown) {
                open.fetch(tx, self.now, self.chunk)?;
            }
        }
        let order = |ready: &Ready| {
            let class = if longest_due { 0 } else { ready.gate.priority };
            (class, ready.due, ready.id)
        };
        let gate = self
            .gates
            .iter_mut()
            .filter(|open| !open.fetched.is_empty())
            .min_by_key(|open| open.fetched.front().map(order));
        let offered = (0..self.offered.len()).min_by_key(|at| self.offered.get(*at).map(order));
        let from_gate = gate.as_ref().and_then(|open| open.fetched.front());
        let from_offered = offered.and_then(|at| self.offered.get(at));
        let take_offered = match (from_gate, from_offered) {
            (Some(gate), Some(offered)) => order(offered) < order(gate),
            (None, Some(_)) => true,
            _ => false,
        };
        Ok(match (take_offered, offered, gate) {
            (true, Some(at), _) => Some(self.offered.swap_remove(at)),
            (_, _, Some(open)) => open.fetched.pop_front(),
            _ => None,
        })
    }

    /// Remembers when the gates that were emptied have their next part.
    fn finish(self, tx: &mut Tx<'_>) {
        for open in self.gates {
            match open.after {
                After::Nothing if open.fetched.is_empty() => tx.memory.due.set(open.gate, None),
                After::Due(due) if open.fetched.is_empty() => {
                    tx.memory.due.set(open.gate, Some(due));
                }
                _ => {}
            }
        }
        for ready in self.promoted {
            tx.memory.due.note(ready.gate, ready.due);
        }
    }
}

impl Open {
    fn new(gate: Gate) -> Self {
        Self {
            gate,
            fetched: VecDeque::new(),
            after: After::Unknown,
        }
    }

    /// Fetches the first ready parts. Those fetched before are not ready any more, so that each look begins at the front.
    fn fetch(&mut self, tx: &Tx<'_>, now: i64, chunk: usize) -> Result<()> {
        let mut statement = tx.db.prepare_cached(
            "SELECT id, due FROM part INDEXED BY part_ready \
             WHERE state = 0 AND channel = ?1 AND account = ?2 AND priority = ?3 ORDER BY due, id LIMIT ?4",
        )?;
        let mut rows = statement.query(params![
            self.gate.channel,
            self.gate.account,
            self.gate.priority,
            i64::try_from(chunk).unwrap_or(i64::MAX)
        ])?;
        let mut found = 0;
        while let Some(row) = rows.next()? {
            let (id, due) = (row.get(0)?, row.get(1)?);
            if due > now {
                self.after = After::Due(due);
                return Ok(());
            }
            found += 1;
            self.fetched.push_back(Ready {
                id,
                due,
                gate: self.gate,
            });
        }
        if found < chunk {
            self.after = After::Nothing;
        }
        Ok(())
    }
}
