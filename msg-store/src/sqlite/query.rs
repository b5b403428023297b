//! Reads, each on one of a few connections that only read.

use super::config::SqliteConfig;
use super::consent;
use super::fault::{Fault, Result};
use super::lane::next_gate;
use super::names::Seen;
use super::row::{self, parts};
use super::value::{micros, signed};
use super::{identity, open, trace};
use jiff::Timestamp;
use msg_core::consent::ConsentState;
use msg_core::id::{ConversationId, SubjectId, TenantId};
use msg_core::message::AddressKey;
use msg_core::store::{Answer, ConversationRecord, Deciding, Query};
use msg_core::{Error, ErrorKind};
use rusqlite::{Connection, ToSql, params};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};

/// One connection and what it remembers.
#[derive(Debug)]
struct Reader {
    db: Connection,
    names: Seen,
}

/// The connections that read.
#[derive(Debug)]
pub(super) struct Readers {
    connections: Vec<Mutex<Reader>>,
    next: AtomicUsize,
}

impl Readers {
    pub(super) fn open(config: &SqliteConfig) -> std::result::Result<Self, Error> {
        let connections = (0..config.readers.max(1)).map(|_| {
            let names = Seen::default();
            open::reader(config).map(|db| Mutex::new(Reader { db, names }))
        });
        Ok(Self {
            connections: connections.collect::<std::result::Result<_, _>>()?,
            next: AtomicUsize::new(0),
        })
    }

    /// A connection that nobody uses; when there is none, the first one that gets free.
    fn get(&self) -> Option<MutexGuard<'_, Reader>> {
        let first = self.next.fetch_add(1, Ordering::Relaxed);
        let count = self.connections.len();
        let in_turn = || {
            (0..count).filter_map(|step| self.connections.get((first.wrapping_add(step)) % count))
        };
        for connection in in_turn() {
            match connection.try_lock() {
                Ok(connection) => return Some(connection),
                Err(TryLockError::Poisoned(poisoned)) => return Some(poisoned.into_inner()),
                Err(TryLockError::WouldBlock) => {}
            }
        }
        in_turn()
            .next()
            .map(|connection| connection.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn query(&self, query: &Query) -> std::result::Result<Answer, Error> {
        let Some(mut reader) = self.get() else {
            return Err(Error::new(ErrorKind::Internal, "a store without readers"));
        };
        answer(&mut reader, query).map_err(Fault::into_error)
    }
}

fn answer(reader: &mut Reader, query: &Query) -> Result<Answer> {
    let Reader { db, names } = reader;
    let mut known = |tenant: &TenantId| names.number(db, tenant.as_str());
    match query {
        Query::Message(message) => {
            let condition = "WHERE p.message = ?1 ORDER BY p.idx";
            parts(db, "", condition, &[message.as_uuid().as_bytes()])
        }
        Query::Provider {
            tenant,
            scheme,
            provider_id,
        } => {
            let key = super::part::provider_key(tenant.as_str(), scheme, provider_id);
            let condition = "WHERE p.id = (SELECT part FROM receipt WHERE key = ?1)";
            parts(db, "", condition, &[&key])
        }
        Query::Parts {
            state,
            after,
            limit,
        } => row::in_state(db, *state, *after, *limit),
        Query::NextDue => next_due(db),
        Query::Consent {
            tenant,
            address,
            subject,
        } => {
            let subject = subject.as_ref().map(SubjectId::as_str);
            let state = match known(tenant)? {
                Some(tenant) => consent::state(db, tenant, address.as_bytes(), subject)?,
                None => ConsentState::default(),
            };
            Ok(Answer::Consent(state))
        }
        Query::ConsentEvents { tenant, address } => {
            let sql = "SELECT event FROM consent_event WHERE tenant = ?1 AND address = ?2 ORDER BY at, seq";
            let tenant = known(tenant)?;
            consent::read_events(db, sql, &[&tenant, address.as_bytes()]).map(Answer::ConsentEvents)
        }
        Query::Sent {
            tenant,
            address,
            subject,
            since,
            deciding,
        } => {
            let tenant = known(tenant)?;
            sent(db, tenant, (*address, subject.as_ref()), *since, *deciding)
        }
        log => answer_log(db, known, log),
    }
}

fn answer_log(
    db: &Connection,
    mut known: impl FnMut(&TenantId) -> Result<Option<i64>>,
    query: &Query,
) -> Result<Answer> {
    match query {
        Query::Turns {
            tenant,
            conversation,
            limit,
        } => row::turns(db, tenant, conversation, *limit),
        Query::Conversation {
            tenant,
            conversation,
        } => {
            let tenant = known(tenant)?;
            conversation_of(db, tenant, conversation)
        }
        Query::Trace(trace) => trace::read(db, *trace).map(Answer::Trace),
        Query::Traces {
            tenant,
            since,
            limit,
        } => row::traces(db, tenant, *since, *limit),
        Query::TraceFeed { reader, limit } => {
            trace::feed(db, reader, *limit).map(Answer::TraceFeed)
        }
        Query::Identity { tenant, address } => {
            let sql = "SELECT link FROM identity WHERE tenant = ?1 AND address = ?2 ORDER BY at DESC, id DESC";
            let tenant = known(tenant)?;
            identity::read(db, sql, &[&tenant, address.as_bytes()]).map(Answer::Identities)
        }
        Query::Addresses { tenant, subject } => {
            let sql = "SELECT link FROM identity WHERE tenant = ?1 AND subject = ?2 ORDER BY at DESC, id DESC";
            let tenant = known(tenant)?;
            identity::read(db, sql, &[&tenant, &subject.as_str()]).map(Answer::Identities)
        }
        _ => Err(Fault::Refused(Error::new(
            ErrorKind::Unsupported,
            "a query of a newer version",
        ))),
    }
}

/// One step in the index for each channel, account and class that has ready parts.
fn next_due(db: &Connection) -> Result<Answer> {
    let (mut earliest, mut last): (Option<i64>, _) = (None, None);
    while let Some((gate, due)) = next_gate(db, last)? {
        earliest = Some(earliest.map_or(due, |earliest| earliest.min(due)));
        last = Some(gate);
    }
    super::value::maybe_time(earliest).map(Answer::Due)
}

/// ?1 tenant, ?2 address, ?3 person or none, ?4 from when. Of the first parts of each way: 4,095 is `PartId::PER_WAY - 1`.
macro_rules! accepted {
    () => {
        "SELECT id FROM part INDEXED BY part_address WHERE tenant = ?1 AND address = ?2 AND accepted_at >= ?4 AND idx & 4095 = 0 \
         UNION \
         SELECT id FROM part INDEXED BY part_subject WHERE tenant = ?1 AND subject = ?3 AND accepted_at >= ?4 AND idx & 4095 = 0"
    };
}

/// Further ?6 and ?7, the token of the claim that is decided.
macro_rules! on_its_way {
    ($index:literal, $of:literal) => {
        concat!(
            " UNION SELECT id FROM part INDEXED BY ",
            $index,
            " WHERE tenant = ?1 AND ",
            $of,
            " AND accepted_at IS NULL AND idx & 4095 = 0 AND lease_until >= ?4 \
             AND (state = 3 OR (state = 2 AND (lease_epoch, lease) < (?6, ?7)))"
        )
    };
}

/// Of the parts `$found`, but for those of the message ?5.
macro_rules! facts {
    ($($found:expr),+) => {
        concat!(
            "SELECT coalesce(p.accepted_at, p.lease_until) AS at, c.text, u.text, t.text FROM (",
            $($found,)+
            ") AS found CROSS JOIN part p ON p.id = found.id CROSS JOIN name c ON c.id = p.channel \
             CROSS JOIN name u ON u.id = p.purpose LEFT JOIN name t ON t.id = p.topic \
             WHERE ?5 IS NULL OR p.message <> ?5 ORDER BY at DESC, p.id DESC"
        )
    };
}

fn sent(
    db: &Connection,
    tenant: Option<i64>,
    (address, subject): (AddressKey, Option<&SubjectId>),
    since: Timestamp,
    deciding: Option<Deciding>,
) -> Result<Answer> {
    let (subject, since) = (subject.map(SubjectId::as_str), micros(since));
    let message = deciding.map(|own| own.message.as_uuid().into_bytes());
    let Some(Deciding { token, .. }) = deciding else {
        let all: [&dyn ToSql; 5] = [&tenant, address.as_bytes(), &subject, &since, &message];
        return row::sent(db, facts!(accepted!()), &all);
    };
    let sql = facts!(
        accepted!(),
        on_its_way!("part_address", "address = ?2"),
        on_its_way!("part_subject", "subject = ?3")
    );
    let all: [&dyn ToSql; 7] = [
        &tenant,
        address.as_bytes(),
        &subject,
        &since,
        &message,
        &signed(token.epoch),
        &signed(token.number),
    ];
    row::sent(db, sql, &all)
}

fn conversation_of(
    db: &Connection,
    tenant: Option<i64>,
    conversation: &ConversationId,
) -> Result<Answer> {
    let mut statement = db.prepare_cached(
        "SELECT last_inbound, handed_off, answers FROM conversation WHERE tenant = ?1 AND conversation = ?2",
    )?;
    let mut rows = statement.query(params![tenant, conversation.as_str()])?;
    let record = match rows.next()? {
        Some(row) => row::conversation(row)?,
        None => ConversationRecord::default(),
    };
    Ok(Answer::Conversation(record))
}
