//! The consent ledger: events, what they add up to, and what an opt-out takes back.

use super::fault::{Fault, Result, corrupt};
use super::names;
use super::part::{Hot, hot_columns};
use super::value::{digest, from_sql, micros};
use super::writer::Tx;
use jiff::Timestamp;
use msg_core::consent::{ConsentEvent, ConsentState, OptOutScope, PersonState, Refusal};
use msg_core::digest::Digest;
use msg_core::id::TopicId;
use msg_core::message::{AddressKey, Purpose};
use msg_core::store::{Ending, OpResult};
use rusqlite::{Connection, OptionalExtension as _, ToSql, params};

const OF_ADDRESS: &str =
    "SELECT last, state FROM consent_address WHERE tenant = ?1 AND address = ?2";
const OF_PERSON: &str = "SELECT last, state FROM consent_person WHERE tenant = ?1 AND subject = ?2";

/// Records an event; an opt-out takes back what it covers.
pub(super) fn record(tx: &mut Tx<'_>, event: &ConsentEvent) -> Result<OpResult> {
    let tenant = tx.memory.names.number(tx.db, event.tenant.as_str())?;
    if let Some(refusal) = Refusal::of(event) {
        let covered = covered(tx, tenant, event, &refusal.scope)?;
        let finished = micros(event.at).max(tx.memory.sweep.now());
        let ending = Ending::refused(&refusal);
        tx.cancel_all(&covered, &ending, (event.at, finished))?;
    }
    let text = serde_json::to_string(event)?;
    let link = Digest::chain(&tx.memory.counts.ledger_digest, text.as_bytes());
    let seq = tx.memory.counts.ledger + 1;
    tx.db
        .prepare_cached(
            "INSERT INTO consent_event (seq, tenant, address, subject, at, event, digest) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute(params![
            super::value::signed(seq),
            tenant,
            event.address.as_bytes(),
            event.subject.as_ref().map(AsRef::<str>::as_ref),
            micros(event.at),
            text,
            link.as_bytes(),
        ])?;
    tx.memory.counts.ledger = seq;
    tx.memory.counts.ledger_digest = link;
    add_to_address(tx.db, tenant, event)?;
    if let Some(subject) = &event.subject {
        add_to_person(tx.db, (tenant, subject.as_str()), event)?;
    }
    Ok(OpResult::Done)
}

/// A state with the time of its newest event, as it was written.
fn read(db: &Connection, sql: &str, tenant: i64, who: &dyn ToSql) -> Result<Option<(i64, String)>> {
    let row = db
        .prepare_cached(sql)?
        .query_row(params![tenant, who], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    Ok(row)
}

/// Brings the state of an address up to date with `event`, which is in the ledger already.
fn add_to_address(db: &Connection, tenant: i64, event: &ConsentEvent) -> Result<()> {
    let (at, address) = (micros(event.at), event.address.as_bytes());
    // Only a strictly newer event may be added to the fold: the order within an instant is the fold's to choose.
    let (last, state) = match read(db, OF_ADDRESS, tenant, address)? {
        Some((last, state)) if last < at => {
            let mut state: ConsentState = serde_json::from_str(&state)?;
            state.apply(event);
            (at, state)
        }
        Some((last, _)) => {
            let sql =
                "SELECT event FROM consent_event WHERE tenant = ?1 AND address = ?2 ORDER BY seq";
            let events = read_events(db, sql, &[&tenant, address])?;
            (last, ConsentState::fold(&events))
        }
        None => (at, ConsentState::fold([event])),
    };
    db.prepare_cached(
        "INSERT OR REPLACE INTO consent_address (tenant, address, refused, last, state) \
         VALUES (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute(params![
        tenant,
        address,
        !state.refusals.is_empty(),
        last,
        serde_json::to_string(&state)?
    ])?;
    Ok(())
}

/// Brings the state of a person up to date with `event`, which names the person.
fn add_to_person(
    db: &Connection,
    (tenant, subject): (i64, &str),
    event: &ConsentEvent,
) -> Result<()> {
    let at = micros(event.at);
    let (last, mut state) = match read(db, OF_PERSON, tenant, &subject)? {
        Some((last, state)) => (last.max(at), serde_json::from_str(&state)?),
        None => (at, PersonState::default()),
    };
    state.apply(event);
    db.prepare_cached(
        "INSERT OR REPLACE INTO consent_person (tenant, subject, refused, last, state) \
         VALUES (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute(params![
        tenant,
        subject,
        state.refuses_everything(),
        last,
        serde_json::to_string(&state)?
    ])?;
    Ok(())
}

pub(super) fn read_events(
    db: &Connection,
    sql: &str,
    values: &[&dyn ToSql],
) -> Result<Vec<ConsentEvent>> {
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query(values)?;
    let mut events = Vec::new();
    while let Some(row) = rows.next()? {
        events.push(serde_json::from_str(
            row.get_ref(0)?.as_str().map_err(from_sql)?,
        )?);
    }
    Ok(events)
}

/// The queued and parked parts that an opt-out covers.
fn covered(
    tx: &Tx<'_>,
    tenant: i64,
    event: &ConsentEvent,
    scope: &OptOutScope,
) -> Result<Vec<Hot>> {
    let address = event.address.as_bytes();
    let of_address = concat!(
        "SELECT ",
        hot_columns!(),
        ", purpose, topic FROM part WHERE tenant = ?1 AND address = ?2 AND state IN (0, 1, 4)"
    );
    let mut all = waiting_parts(tx, of_address, &[&tenant, address], scope)?;
    if let (OptOutScope::Everything, Some(subject)) = (scope, &event.subject) {
        let elsewhere = concat!(
            "SELECT ",
            hot_columns!(),
            ", purpose, topic FROM part \
             WHERE tenant = ?1 AND subject = ?2 AND address <> ?3 AND state IN (0, 1, 4)"
        );
        let values: [&dyn ToSql; 3] = [&tenant, &subject.as_str(), address];
        all.extend(waiting_parts(tx, elsewhere, &values, scope)?);
    }
    // In the order of enqueueing, which is that of the records in a trace.
    all.sort_unstable_by_key(|hot| hot.id);
    Ok(all)
}

fn waiting_parts(
    tx: &Tx<'_>,
    sql: &str,
    values: &[&dyn ToSql],
    scope: &OptOutScope,
) -> Result<Vec<Hot>> {
    let mut statement = tx.db.prepare_cached(sql)?;
    let mut rows = statement.query(values)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        if covers(tx.db, scope, row.get(14)?, row.get(15)?)? {
            found.push(Hot::read(row)?);
        }
    }
    Ok(found)
}

/// Whether a scope covers a purpose and topic, both given by their numbers.
fn covers(db: &Connection, scope: &OptOutScope, purpose: i64, topic: Option<i64>) -> Result<bool> {
    if matches!(scope, OptOutScope::Channel | OptOutScope::Everything) {
        return Ok(true);
    }
    let purpose = Purpose::from(names::text(db, purpose)?.as_str());
    let topic = match topic {
        Some(topic) => Some(TopicId::new(names::text(db, topic)?)?),
        None => None,
    };
    Ok(scope.covers(&purpose, topic.as_ref()))
}

/// What a claim asks of the ledger.
#[derive(Debug)]
pub(super) struct About<'a> {
    pub(super) tenant: i64,
    pub(super) address: &'a [u8],
    pub(super) person: Option<&'a str>,
    pub(super) purpose: i64,
    pub(super) topic: Option<i64>,
}

/// What is refused at `now` by the address, or on another address of its person, of messages like these.
pub(super) fn refusal(
    db: &Connection,
    about: &About<'_>,
    now: Timestamp,
) -> Result<Option<Refusal>> {
    let refused = |sql: &str, who: &dyn ToSql| -> Result<bool> {
        Ok(db.prepare_cached(sql)?.exists(params![about.tenant, who])?)
    };
    let by_address = refused(
        "SELECT 1 FROM consent_address WHERE tenant = ?1 AND address = ?2 AND refused = 1",
        &about.address,
    )?;
    let by_person = match about.person {
        Some(_) => refused(
            "SELECT 1 FROM consent_person WHERE tenant = ?1 AND subject = ?2 AND refused = 1",
            &about.person,
        )?,
        None => false,
    };
    if !by_address && !by_person {
        return Ok(None);
    }
    let state = state(db, about.tenant, about.address, about.person)?;
    let purpose = Purpose::from(names::text(db, about.purpose)?.as_str());
    let topic = match about.topic {
        Some(topic) => Some(TopicId::new(names::text(db, topic)?)?),
        None => None,
    };
    let mut refusing = state.refusing(&purpose, topic.as_ref(), now);
    Ok(refusing.next().cloned())
}

/// What an address allows, with what its person refused on other addresses.
pub(super) fn state(
    db: &Connection,
    tenant: i64,
    address: &[u8],
    subject: Option<&str>,
) -> Result<ConsentState> {
    let state = match read(db, OF_ADDRESS, tenant, &address)? {
        Some((_, state)) => serde_json::from_str(&state)?,
        None => ConsentState::default(),
    };
    let person = match subject {
        Some(subject) => read(db, OF_PERSON, tenant, &subject)?,
        None => None,
    };
    let Some((_, person)) = person else {
        return Ok(state);
    };
    let key = address.try_into().map(AddressKey::from_bytes);
    let key = key.map_err(|_| Fault::Broken(corrupt("an address key of another length")))?;
    let person: PersonState = serde_json::from_str(&person)?;
    Ok(state.with_person(key, &person))
}

/// The number and the digest of the last event of the ledger.
pub(super) fn head(db: &Connection) -> Result<(u64, Digest)> {
    let mut statement =
        db.prepare_cached("SELECT digest, seq FROM consent_event ORDER BY seq DESC LIMIT 1")?;
    let mut rows = statement.query([])?;
    match rows.next()? {
        Some(row) => Ok((super::value::unsigned(row.get(1)?), digest(row, 0)?)),
        None => Ok((0, Digest::from_bytes([0; 32]))),
    }
}
