//! The consent ledger: events, what they add up to, and what an opt-out takes back.

use super::fault::Result;
use super::names;
use super::part::{Hot, hot_columns};
use super::value::{digest, from_sql, micros};
use super::writer::Tx;
use msg_core::consent::{ConsentEvent, ConsentState, OptOutScope, Refusal};
use msg_core::digest::Digest;
use msg_core::id::TopicId;
use msg_core::message::Purpose;
use msg_core::store::{Ending, OpResult};
use rusqlite::{Connection, OptionalExtension as _, ToSql, params};

/// Whose events are added up.
#[derive(Clone, Copy)]
enum Whose {
    Address,
    Person,
}

impl Whose {
    const fn state(self) -> &'static str {
        match self {
            Self::Address => {
                "SELECT last, state FROM consent_address WHERE tenant = ?1 AND address = ?2"
            }
            Self::Person => {
                "SELECT last, state FROM consent_person WHERE tenant = ?1 AND subject = ?2"
            }
        }
    }

    const fn events(self) -> &'static str {
        match self {
            Self::Address => {
                "SELECT event FROM consent_event WHERE tenant = ?1 AND address = ?2 ORDER BY seq"
            }
            Self::Person => {
                "SELECT event FROM consent_event WHERE tenant = ?1 AND subject = ?2 ORDER BY seq"
            }
        }
    }

    const fn put(self) -> &'static str {
        match self {
            Self::Address => {
                "INSERT OR REPLACE INTO consent_address (tenant, address, refused, last, state) \
                 VALUES (?1, ?2, ?3, ?4, ?5)"
            }
            Self::Person => {
                "INSERT OR REPLACE INTO consent_person (tenant, subject, refused, last, state) \
                 VALUES (?1, ?2, ?3, ?4, ?5)"
            }
        }
    }
}

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
    add_up(
        tx.db,
        Whose::Address,
        (tenant, event.address.as_bytes()),
        event,
    )?;
    if let Some(subject) = &event.subject {
        add_up(tx.db, Whose::Person, (tenant, &subject.as_str()), event)?;
    }
    Ok(OpResult::Done)
}

/// Brings the state of an address or of a person up to date with `event`, which is in the ledger already.
fn add_up(
    db: &Connection,
    whose: Whose,
    (tenant, who): (i64, &dyn ToSql),
    event: &ConsentEvent,
) -> Result<()> {
    let at = micros(event.at);
    let known: Option<(i64, String)> = db
        .prepare_cached(whose.state())?
        .query_row(params![tenant, who], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    // Only a strictly newer event may be added to the fold: the order within an instant is the fold's to choose.
    let (last, state) = match known {
        Some((last, state)) if last < at => {
            let mut state: ConsentState = serde_json::from_str(&state)?;
            state.apply(event);
            (at, state)
        }
        Some((last, _)) => {
            let events = read_events(db, whose.events(), &[&tenant, who])?;
            (last, ConsentState::fold(&events))
        }
        None => (at, ConsentState::fold([event])),
    };
    let refused = match whose {
        Whose::Address => !state.refusals.is_empty(),
        Whose::Person => refuses_everything(&state),
    };
    db.prepare_cached(whose.put())?.execute(params![
        tenant,
        who,
        refused,
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

fn refuses_everything(state: &ConsentState) -> bool {
    state
        .refusals
        .iter()
        .any(|refusal| refusal.scope == OptOutScope::Everything)
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

/// The refusal of the address, or the one of everything by its person, that covers this.
pub(super) fn refusal(db: &Connection, about: &About<'_>) -> Result<Option<Refusal>> {
    let state: Option<String> = db
        .prepare_cached(
            "SELECT state FROM consent_address WHERE tenant = ?1 AND address = ?2 AND refused = 1",
        )?
        .query_row(params![about.tenant, about.address], |row| row.get(0))
        .optional()?;
    if let Some(state) = state {
        let state: ConsentState = serde_json::from_str(&state)?;
        for refusal in state.refusals {
            if covers(db, &refusal.scope, about.purpose, about.topic)? {
                return Ok(Some(refusal));
            }
        }
    }
    let Some(person) = about.person else {
        return Ok(None);
    };
    let state: Option<String> = db
        .prepare_cached(
            "SELECT state FROM consent_person WHERE tenant = ?1 AND subject = ?2 AND refused = 1",
        )?
        .query_row(params![about.tenant, person], |row| row.get(0))
        .optional()?;
    let Some(state) = state else {
        return Ok(None);
    };
    let state: ConsentState = serde_json::from_str(&state)?;
    Ok(state
        .refusals
        .into_iter()
        .find(|refusal| refusal.scope == OptOutScope::Everything))
}

/// What an address allows, with the person's refusal of everything.
pub(super) fn state(
    db: &Connection,
    tenant: i64,
    address: &[u8],
    subject: Option<&str>,
) -> Result<ConsentState> {
    let read = |sql: &str, who: &dyn ToSql| -> Result<Option<ConsentState>> {
        let text: Option<String> = db
            .prepare_cached(sql)?
            .query_row(params![tenant, who], |row| row.get(1))
            .optional()?;
        Ok(text.map(|text| serde_json::from_str(&text)).transpose()?)
    };
    let state = read(Whose::Address.state(), &address)?.unwrap_or_default();
    let person = match subject {
        Some(subject) => read(Whose::Person.state(), &subject)?,
        None => None,
    };
    Ok(match person {
        Some(person) => state.with_person(&person),
        None => state,
    })
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
