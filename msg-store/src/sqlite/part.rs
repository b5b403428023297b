//! The hot row of a part, as changes of its state need it.

use super::fault::Result;
use super::lane::{Gate, Ready};
use super::value::{self, AMBIGUOUS, CANCELLED, DEAD, Key, delivery_codes, delivery_of};
use super::writer::Tx;
use msg_core::channel::Failure;
use msg_core::id::PartId;
use msg_core::message::{DeliveryState, Stop};
use msg_core::store::reason;
use rusqlite::{Row, params};

/// What a change of state must know of a part.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hot {
    pub(super) id: i64,
    pub(super) state: i64,
    pub(super) lane: Option<i64>,
    pub(super) tenant: i64,
    pub(super) due: i64,
    pub(super) gate: Gate,
    pub(super) attempts: u32,
    pub(super) unsettled: u32,
    /// Epoch and number of the last claim that was not settled.
    pub(super) token: Option<(i64, i64)>,
    pub(super) delivery: DeliveryState,
}

/// The columns of [`Hot`], for statements that select it.
macro_rules! hot_columns {
    () => {
        "id, state, lane, tenant, due, channel, account, priority, attempts, unsettled, lease_epoch, lease, progress, stop"
    };
}
pub(super) use hot_columns;

impl Hot {
    pub(super) fn read(row: &Row<'_>) -> Result<Self> {
        let (epoch, number): (Option<i64>, Option<i64>) = (row.get(10)?, row.get(11)?);
        Ok(Self {
            id: row.get(0)?,
            state: row.get(1)?,
            lane: row.get(2)?,
            tenant: row.get(3)?,
            due: row.get(4)?,
            gate: Gate {
                channel: row.get(5)?,
                account: row.get(6)?,
                priority: row.get(7)?,
            },
            attempts: row.get(8)?,
            unsettled: row.get(9)?,
            token: epoch.zip(number),
            delivery: delivery_of(row.get(12)?, row.get(13)?)?,
        })
    }

    pub(super) const fn ready(&self) -> Ready {
        Ready {
            id: self.id,
            due: self.due,
            gate: self.gate,
        }
    }
}

impl Tx<'_> {
    /// The hot row of a part.
    pub(super) fn hot(&self, part: PartId) -> Result<Option<Hot>> {
        let mut statement = self.db.prepare_cached(concat!(
            "SELECT ",
            hot_columns!(),
            " FROM part WHERE message = ?1 AND idx = ?2"
        ))?;
        let mut rows = statement.query(params![part.message.as_uuid().as_bytes(), part.index])?;
        rows.next()?.map(Hot::read).transpose()
    }

    /// Cancels a part, for `reason`. Its lane is put right by the caller.
    pub(super) fn cancel(
        &self,
        id: i64,
        delivery: DeliveryState,
        reason: &str,
        now: i64,
    ) -> Result<()> {
        let (progress, stop) =
            delivery_codes(delivery.join(DeliveryState::stopped(Stop::Cancelled)));
        self.db
            .prepare_cached(
                "UPDATE part SET state = ?2, note = ?3, progress = ?4, stop = ?5, finished_at = ?6, \
                 lease = NULL, lease_epoch = NULL, lease_until = NULL WHERE id = ?1",
            )?
            .execute(params![id, CANCELLED, reason, progress, stop, now])?;
        Ok(())
    }

    /// A lease ended without a settlement: nobody knows whether the part left.
    pub(super) fn lose(&self, id: i64) -> Result<()> {
        self.db
            .prepare_cached("UPDATE part SET state = ?2, note = ?3 WHERE id = ?1")?
            .execute(params![id, AMBIGUOUS, reason::LEASE_ENDED])?;
        Ok(())
    }

    /// Gives a part up. Its lane is put right by the caller.
    pub(super) fn die(
        &self,
        id: i64,
        delivery: DeliveryState,
        failure: &Failure,
        now: i64,
    ) -> Result<()> {
        let (progress, stop) = delivery_codes(delivery.join(reason::stopped_by(failure)));
        self.db
            .prepare_cached(
                "UPDATE part SET state = ?2, failure = ?3, progress = ?4, stop = ?5, finished_at = ?6, note = NULL, \
                 lease = NULL, lease_epoch = NULL, lease_until = NULL WHERE id = ?1",
            )?
            .execute(params![
                id,
                DEAD,
                serde_json::to_string(failure)?,
                progress,
                stop,
                now
            ])?;
        Ok(())
    }
}

/// The key that a provider's id has.
pub(super) fn provider_key(tenant: &str, scheme: &str, provider_id: &str) -> Key {
    value::key_of(&[tenant, scheme, provider_id])
}
