//! Takes parts back, releases parked ones, gives dead ones another life: all by selector.

use super::fault::{Fault, Result};
use super::names::known;
use super::part::{Hot, hot_columns};
use super::trace;
use super::value::{CANCELLED, DEAD, PARKED, READY, WAITING, micros};
use super::writer::Tx;
use jiff::Timestamp;
use msg_core::message::DeliveryState;
use msg_core::store::{Cancel, Ending, OpResult, Selector, reason};
use msg_core::{Error, ErrorKind};
use rusqlite::{ToSql, params_from_iter};
use std::collections::BTreeSet;

/// Which rows a selector means.
struct Rows {
    condition: &'static str,
    values: Vec<Box<dyn ToSql>>,
}

impl Rows {
    fn new(condition: &'static str, values: Vec<Box<dyn ToSql>>) -> Self {
        Self { condition, values }
    }

    /// None when the selector names something that was never seen.
    fn of(tx: &Tx<'_>, selector: &Selector) -> Result<Option<Self>> {
        let number = |name: &str| -> Result<Option<Box<dyn ToSql>>> {
            Ok(known(tx.db, name)?.map(|number| Box::new(number) as Box<dyn ToSql>))
        };
        let scoped = |tenant: &str, condition, value: Box<dyn ToSql>| {
            Ok(number(tenant)?.map(|tenant| Self::new(condition, vec![tenant, value])))
        };
        match selector {
            Selector::Message(message) => Ok(Some(Self::new(
                "message = ?1",
                vec![Box::new(message.as_uuid().into_bytes())],
            ))),
            Selector::MessageFrom(part) => Ok(Some(Self::new(
                "message = ?1 AND idx BETWEEN ?2 AND ?3",
                vec![
                    Box::new(part.message.as_uuid().into_bytes()),
                    Box::new(part.index),
                    Box::new(part.last_of_way().index),
                ],
            ))),
            Selector::Address(tenant, address) => scoped(
                tenant.as_str(),
                "tenant = ?1 AND address = ?2",
                Box::new(*address.as_bytes()),
            ),
            Selector::Subject(tenant, subject, None) => scoped(
                tenant.as_str(),
                "tenant = ?1 AND subject = ?2",
                Box::new(subject.as_str().to_owned()),
            ),
            Selector::Subject(tenant, subject, Some(purpose)) => {
                let subject = Box::new(subject.as_str().to_owned());
                let condition = "tenant = ?1 AND subject = ?2 AND purpose = ?3";
                let rows = scoped(tenant.as_str(), condition, subject)?;
                let purpose = number(purpose.as_str())?;
                Ok(rows.zip(purpose).map(|(mut rows, purpose)| {
                    rows.values.push(purpose);
                    rows
                }))
            }
            Selector::Conversation(tenant, conversation) => scoped(
                tenant.as_str(),
                "tenant = ?1 AND conversation = ?2",
                Box::new(conversation.as_str().to_owned()),
            ),
            Selector::Topic(tenant, topic) => match number(topic.as_str())? {
                Some(topic) => scoped(tenant.as_str(), "tenant = ?1 AND topic = ?2", topic),
                None => Ok(None),
            },
            Selector::Tenant(tenant) => {
                Ok(number(tenant.as_str())?.map(|tenant| Self::new("tenant = ?1", vec![tenant])))
            }
            _ => Err(Fault::Refused(Error::new(
                ErrorKind::Unsupported,
                "a selector of a newer version",
            ))),
        }
    }

    /// The rows in one of `states`, in the order of enqueueing.
    fn hot(&self, tx: &Tx<'_>, states: &[i64]) -> Result<Vec<Hot>> {
        let sql = format!(
            concat!(
                "SELECT ",
                hot_columns!(),
                " FROM part WHERE {} AND state IN ({}) ORDER BY id"
            ),
            self.condition,
            list(states)
        );
        let mut statement = tx.db.prepare_cached(&sql)?;
        let mut rows = statement.query(params_from_iter(&self.values))?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(Hot::read(row)?);
        }
        Ok(found)
    }

    fn count(&self, tx: &Tx<'_>, states: &[i64]) -> Result<u32> {
        let sql = format!(
            "SELECT count(*) FROM part WHERE {} AND state IN ({})",
            self.condition,
            list(states)
        );
        let mut statement = tx.db.prepare_cached(&sql)?;
        Ok(statement.query_row(params_from_iter(&self.values), |row| row.get(0))?)
    }
}

fn list(states: &[i64]) -> String {
    let codes: Vec<String> = states.iter().map(ToString::to_string).collect();
    codes.join(", ")
}

/// Takes queued and parked parts back.
pub(super) fn cancel(tx: &mut Tx<'_>, cancel: &Cancel) -> Result<OpResult> {
    let Some(rows) = Rows::of(tx, &cancel.selector)? else {
        return Ok(changed(0, 0));
    };
    let too_late = rows.count(
        tx,
        &[
            super::value::LEASED,
            super::value::AMBIGUOUS,
            super::value::ACCEPTED,
        ],
    )?;
    let taken = rows.hot(tx, &[READY, WAITING, PARKED])?;
    let ending = Ending::Cancelled {
        why: &cancel.reason,
        refusal: None,
    };
    tx.cancel_all(&taken, &ending, (cancel.now, micros(cancel.now)))?;
    Ok(changed(taken.len(), too_late))
}

/// Makes parked parts claimable.
pub(super) fn release(tx: &mut Tx<'_>, selector: &Selector) -> Result<OpResult> {
    let Some(rows) = Rows::of(tx, selector)? else {
        return Ok(changed(0, 0));
    };
    let parked = rows.hot(tx, &[PARKED])?;
    for hot in &parked {
        tx.db
            .prepare_cached("UPDATE part SET note = NULL WHERE id = ?1")?
            .execute([hot.id])?;
        tx.requeue(hot.id, hot.lane, hot.ready())?;
    }
    Ok(changed(parked.len(), 0))
}

/// Makes dead parts claimable again, as if they were new.
pub(super) fn redrive(tx: &mut Tx<'_>, selector: &Selector) -> Result<OpResult> {
    let Some(rows) = Rows::of(tx, selector)? else {
        return Ok(changed(0, 0));
    };
    let dead = rows.hot(tx, &[DEAD])?;
    for hot in &dead {
        tx.db
            .prepare_cached(
                "UPDATE part SET attempts = 0, unsettled = 0, note = NULL, progress = 0, stop = NULL, \
                 finished_at = NULL WHERE id = ?1",
            )?
            .execute([hot.id])?;
        tx.requeue(hot.id, hot.lane, hot.ready())?;
    }
    Ok(changed(dead.len(), 0))
}

fn changed(changed: usize, too_late: u32) -> OpResult {
    OpResult::Changed {
        changed: u32::try_from(changed).unwrap_or(u32::MAX),
        too_late,
    }
}

impl Tx<'_> {
    /// Changes a part by the store's own decision, and says so in its trace. Its lane is put right by the caller.
    pub(super) fn end(
        &self,
        id: i64,
        delivery: DeliveryState,
        ending: &Ending<'_>,
        (at, finished): (Timestamp, i64),
    ) -> Result<()> {
        match ending {
            Ending::Cancelled { why, .. } => Tx::cancel(self, id, delivery, why, finished)?,
            Ending::Expired { .. } => self.die(id, delivery, &reason::expired(), finished)?,
            Ending::Poisoned { .. } => self.die(id, delivery, &reason::poisoned(), finished)?,
            Ending::Lost { .. } => self.lose(id)?,
            _ => {
                return Err(Fault::Refused(Error::new(
                    ErrorKind::Unsupported,
                    "an ending of a newer version",
                )));
            }
        }
        trace::end(self, id, at, ending)
    }

    /// Cancels parts at a time, then puts their lanes right: parts that go together do not become ready one after the
    /// other. `finished` is when they count as finished.
    pub(super) fn cancel_all(
        &mut self,
        parts: &[Hot],
        ending: &Ending<'_>,
        (at, finished): (Timestamp, i64),
    ) -> Result<()> {
        debug_assert!(parts.iter().all(|hot| hot.state < CANCELLED));
        for hot in parts {
            self.end(hot.id, hot.delivery, ending, (at, finished))?;
        }
        let lanes: BTreeSet<i64> = parts.iter().filter_map(|hot| hot.lane).collect();
        for lane in lanes {
            self.settle_lane(Some(lane))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::{SqliteConfig, recover, schema};
    use super::*;
    use msg_core::id::{ConversationId, MessageId, PartId, SubjectId, TenantId, TopicId};
    use msg_core::message::{AddressKey, Purpose};
    use rusqlite::Connection;
    use uuid::Uuid;

    /// A STOP on a store with a million parts looks at those of its address, not at all.
    #[test]
    fn every_selector_but_the_tenant_is_found_by_an_index() {
        let mut db = Connection::open_in_memory().unwrap();
        schema::migrate(&mut db).unwrap();
        let mut memory = recover::start(&db, &SqliteConfig::new("unused")).unwrap();
        for name in ["t", "marketing", "topic"] {
            memory.names.number(&db, name).unwrap();
        }
        let tx = Tx {
            db: &db,
            memory: &mut memory,
        };
        let (tenant, message) = (
            TenantId::new("t").unwrap(),
            MessageId::from_uuid(Uuid::nil()),
        );
        let subject = SubjectId::new("s").unwrap();
        for (selector, index) in [
            (Selector::Message(message), "part_id"),
            (Selector::MessageFrom(PartId::new(message, 1)), "part_id"),
            (
                Selector::Address(tenant.clone(), AddressKey::from_bytes([1; 16])),
                "part_address",
            ),
            (
                Selector::Subject(tenant.clone(), subject.clone(), None),
                "part_subject",
            ),
            (
                Selector::Subject(tenant.clone(), subject, Some(Purpose::Marketing)),
                "part_subject",
            ),
            (
                Selector::Conversation(tenant.clone(), ConversationId::new("c").unwrap()),
                "part_conversation",
            ),
            (
                Selector::Topic(tenant, TopicId::new("topic").unwrap()),
                "part_topic",
            ),
        ] {
            let rows = Rows::of(&tx, &selector).unwrap().unwrap();
            for select in ["count(*)", hot_columns!()] {
                let sql = format!(
                    "EXPLAIN QUERY PLAN SELECT {select} FROM part WHERE {} AND state IN ({}) ORDER BY id",
                    rows.condition,
                    list(&[READY, WAITING, PARKED])
                );
                let plan: String = db
                    .query_row(&sql, params_from_iter(&rows.values), |row| row.get(3))
                    .unwrap();
                assert!(
                    plan.starts_with("SEARCH part USING"),
                    "{selector:?}: {plan}"
                );
                assert!(plan.contains(index), "{selector:?}: {plan}");
            }
        }
        let unseen = Selector::Tenant(TenantId::new("nobody").unwrap());
        assert!(Rows::of(&tx, &unseen).unwrap().is_none());
    }
}
