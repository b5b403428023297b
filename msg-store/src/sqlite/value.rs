//! How values stand in columns: times, keys and states.

use super::fault::{Fault, Result, corrupt};
use jiff::Timestamp;
use msg_core::digest::Digest;
use msg_core::id::{MessageId, PartId};
use msg_core::message::{AddressKey, DeliveryState, Priority, Progress, Stop};
use msg_core::store::PartState;
use rusqlite::Row;
use uuid::Uuid;

/// A key in 16 bytes.
pub(super) type Key = [u8; 16];

/// Queued, and the first of its lane.
pub(super) const READY: i64 = 0;
/// Queued behind another part of its lane.
pub(super) const WAITING: i64 = 1;
pub(super) const LEASED: i64 = 2;
pub(super) const AMBIGUOUS: i64 = 3;
pub(super) const PARKED: i64 = 4;
pub(super) const ACCEPTED: i64 = 10;
pub(super) const CANCELLED: i64 = 11;
pub(super) const DEAD: i64 = 12;

/// Microseconds since 1970. What is finer is cut off.
pub(super) fn micros(at: Timestamp) -> i64 {
    at.as_microsecond()
}

/// Microseconds since 1970, rounded up: for times before which nothing may happen, and to see that one is past.
pub(super) fn micros_up(at: Timestamp) -> i64 {
    let finer = at.as_nanosecond().rem_euclid(1000) != 0;
    let micros = i64::try_from(at.as_nanosecond().div_euclid(1000)).unwrap_or(i64::MAX);
    micros.saturating_add(i64::from(finer))
}

/// The time of a column.
pub(super) fn time(micros: i64) -> Result<Timestamp> {
    Timestamp::from_microsecond(micros)
        .map_err(|_| Fault::Broken(corrupt("a stored time is out of range")))
}

/// The time of a column that may be null.
pub(super) fn maybe_time(micros: Option<i64>) -> Result<Option<Timestamp>> {
    micros.map(time).transpose()
}

/// A key that stands for several names: the first 16 bytes of their SHA-256, each ended by a zero byte.
pub(super) fn key_of(names: &[&str]) -> Key {
    let mut text = Vec::with_capacity(names.iter().map(|name| name.len() + 1).sum());
    for name in names {
        text.extend_from_slice(name.as_bytes());
        text.push(0);
    }
    let mut key = Key::default();
    for (to, from) in key.iter_mut().zip(Digest::of(&text).as_bytes()) {
        *to = *from;
    }
    key
}

pub(super) fn state_of(code: i64) -> Result<PartState> {
    Ok(match code {
        READY | WAITING => PartState::Queued,
        LEASED => PartState::Leased,
        AMBIGUOUS => PartState::Ambiguous,
        PARKED => PartState::Parked,
        ACCEPTED => PartState::Accepted,
        CANCELLED => PartState::Cancelled,
        DEAD => PartState::Dead,
        _ => return Err(Fault::Broken(corrupt("a stored state is unknown"))),
    })
}

pub(super) const fn priority_code(priority: Priority) -> i64 {
    match priority {
        Priority::Urgent => 0,
        Priority::High => 1,
        Priority::Normal => 2,
        Priority::Bulk => 3,
    }
}

const PROGRESS: [Progress; 8] = [
    Progress::Pending,
    Progress::Accepted,
    Progress::Queued,
    Progress::Submitted,
    Progress::Sent,
    Progress::Delivered,
    Progress::Read,
    Progress::Played,
];

const STOPS: [Stop; 4] = [Stop::Cancelled, Stop::Expired, Stop::Failed, Stop::Bounced];

/// The two columns of a delivery state.
pub(super) fn delivery_codes(state: DeliveryState) -> (i64, Option<i64>) {
    let place = |found: Option<usize>| found.and_then(|place| i64::try_from(place).ok());
    let progress = PROGRESS.iter().position(|known| *known == state.progress);
    let stop = state
        .stop
        .and_then(|stop| STOPS.iter().position(|known| *known == stop));
    (place(progress).unwrap_or(0), place(stop))
}

/// The delivery state of two columns.
pub(super) fn delivery_of(progress: i64, stop: Option<i64>) -> Result<DeliveryState> {
    let unknown = || Fault::Broken(corrupt("a stored delivery state is unknown"));
    let place = |code: i64| usize::try_from(code).ok();
    let progress = place(progress).and_then(|place| PROGRESS.get(place));
    let mut state = DeliveryState::reached(*progress.ok_or_else(unknown)?);
    if let Some(stop) = stop {
        let stop = place(stop).and_then(|place| STOPS.get(place));
        state.stop = Some(*stop.ok_or_else(unknown)?);
    }
    Ok(state)
}

/// A part id of two columns.
pub(super) fn part_id(row: &Row<'_>, message: usize, index: usize) -> Result<PartId> {
    Ok(PartId::new(message_id(row, message)?, row.get(index)?))
}

pub(super) fn message_id(row: &Row<'_>, column: usize) -> Result<MessageId> {
    Ok(MessageId::from_uuid(Uuid::from_bytes(row.get(column)?)))
}

pub(super) fn address_key(row: &Row<'_>, column: usize) -> Result<AddressKey> {
    Ok(AddressKey::from_bytes(row.get(column)?))
}

pub(super) fn digest(row: &Row<'_>, column: usize) -> Result<Digest> {
    Ok(Digest::from_bytes(row.get(column)?))
}

/// A number that grows with every commit, as SQLite stores it. It never reaches 2^63.
pub(super) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A number as SQLite stored it.
pub(super) fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

/// The columns of a 64-bit lane: the same bits.
pub(super) const fn lane_code(lane: u64) -> i64 {
    lane.cast_signed()
}

/// A column that is not of the type that it was written with.
pub(super) fn from_sql(error: rusqlite::types::FromSqlError) -> Fault {
    Fault::Broken(corrupt("a stored record cannot be read").with_source(error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn rounding_up_is_never_early_and_less_than_a_microsecond_late(nanos in 0..i64::MAX) {
            let at = Timestamp::from_nanosecond(nanos.into()).unwrap();
            let up = time(micros_up(at)).unwrap();
            prop_assert!(up >= at && up.as_nanosecond() - at.as_nanosecond() < 1000);
            let down = time(micros(at)).unwrap();
            prop_assert_eq!(up == down, up == at);
        }

        #[test]
        fn a_delivery_state_reads_back(progress in 0..8_i64, stop in prop::option::of(0..4_i64)) {
            let state = delivery_of(progress, stop).unwrap();
            prop_assert_eq!(delivery_codes(state), (progress, stop));
        }
    }

    #[test]
    fn keys_of_names_do_not_run_into_one_another() {
        assert_ne!(key_of(&["ab", "c"]), key_of(&["a", "bc"]));
        assert_ne!(key_of(&["a", ""]), key_of(&["a"]));
    }

    #[test]
    fn codes_of_a_newer_version_are_errors() {
        assert!(state_of(99).is_err());
        assert!(delivery_of(8, None).is_err());
        assert!(delivery_of(0, Some(4)).is_err());
    }
}
