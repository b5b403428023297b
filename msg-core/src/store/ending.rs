//! What a store decides by itself, as it says so in the trace of the message.

use super::reason;
use crate::consent::Refusal;
use crate::id::PartId;
use crate::message::DeliveryState;
use crate::trace::{Cancelled, Expired, Lost, Poisoned, StatusSeen, TraceEvent, canonical};
use bytes::Bytes;
use jiff::Timestamp;
use serde::Deserialize;

/// A change of a part's state that nobody asked for when it was made: it follows from a refusal, from a selector, from
/// the time, or from a process that did not come back.
///
/// Whoever writes a store appends [`Ending::event`] to the trace of the part's message in the transaction that makes the
/// change, so that neither is there without the other. What a settlement does is not an ending: who settles says so.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ending<'a> {
    /// It was taken back.
    Cancelled {
        /// Why: the reason of a [`Cancel`](super::Cancel), or [`reason::CONSENT_WITHDRAWN`].
        why: &'a str,
        /// What the person refused, if that is why.
        refusal: Option<&'a Refusal>,
    },
    /// Its time was over when it was to be claimed.
    Expired {
        /// When it was over.
        expires: Timestamp,
    },
    /// Its lease ended without a settlement: it is ambiguous.
    Lost {
        /// In which attempt.
        attempt: u32,
    },
    /// Its leases ended so too often: it is dead.
    Poisoned {
        /// How many attempts there were.
        attempts: u32,
    },
}

impl<'a> Ending<'a> {
    /// The end of a part that its person refused.
    #[must_use]
    pub const fn refused(refusal: &'a Refusal) -> Self {
        Self::Cancelled {
            why: reason::CONSENT_WITHDRAWN,
            refusal: Some(refusal),
        }
    }

    /// The event of a part, as canonical JSON: the same bytes in every store.
    #[must_use]
    pub fn event(&self, part: PartId) -> Bytes {
        let event: TraceEvent = match self {
            Self::Cancelled { why, refusal } => Cancelled::new(Some(part), (*why).to_owned())
                .because(refusal.cloned())
                .into(),
            Self::Expired { expires } => Expired::new(*expires, part).into(),
            Self::Lost { attempt } => Lost::new(*attempt, part).into(),
            Self::Poisoned { attempts } => Poisoned::new(*attempts, part).into(),
        };
        // Only what these events do not hold has no canonical text: floats, keys that are not text, raw JSON.
        canonical::to_vec(&event).unwrap_or_default().into()
    }
}

/// The event of a part whose status came before it was accepted, as canonical JSON: nobody could say then which part it
/// was of. Of several statuses it says what they come to together.
#[must_use]
pub fn early_status(part: PartId, state: DeliveryState) -> Bytes {
    let event: TraceEvent = StatusSeen::new(part, state).into();
    canonical::to_vec(&event).unwrap_or_default().into()
}

/// When an ending of `at` is recorded after the line of the last record of its trace: not before it. A refusal is known
/// by the time when the person gave it, and that may be long before the message was written.
#[must_use]
pub fn not_before(at: Timestamp, last: Option<&[u8]>) -> Timestamp {
    #[derive(Deserialize)]
    struct Recorded {
        at: Timestamp,
    }
    let last = last.and_then(|line| serde_json::from_slice::<Recorded>(line).ok());
    last.map_or(at, |last| last.at.max(at))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::consent::OptOutScope;
    use crate::id::MessageId;

    fn part() -> PartId {
        PartId::new(MessageId::from_uuid(uuid::Uuid::nil()), 1)
    }

    #[test]
    fn every_ending_is_an_event_of_its_own() {
        let at = Timestamp::from_second(7).unwrap();
        let refusal = Refusal {
            scope: OptOutScope::Channel,
            at,
            resumable: true,
        };
        let host = Ending::Cancelled {
            why: "host",
            refusal: None,
        };
        let seen = [
            host,
            Ending::refused(&refusal),
            Ending::Expired { expires: at },
            Ending::Lost { attempt: 2 },
            Ending::Poisoned { attempts: 3 },
        ]
        .map(|ending| String::from_utf8(ending.event(part()).to_vec()).unwrap());
        insta::assert_snapshot!(seen.join("\n"), @r#"
        {"cancelled":{"part":{"index":1,"message":"00000000-0000-0000-0000-000000000000"},"why":"host"}}
        {"cancelled":{"part":{"index":1,"message":"00000000-0000-0000-0000-000000000000"},"refusal":{"at":"1970-01-01T00:00:07Z","resumable":true,"scope":"channel"},"why":"consent_withdrawn"}}
        {"expired":{"expires":"1970-01-01T00:00:07Z","part":{"index":1,"message":"00000000-0000-0000-0000-000000000000"}}}
        {"lost":{"attempt":2,"part":{"index":1,"message":"00000000-0000-0000-0000-000000000000"}}}
        {"poisoned":{"attempts":3,"part":{"index":1,"message":"00000000-0000-0000-0000-000000000000"}}}
        "#);
    }

    #[test]
    fn an_ending_is_not_recorded_before_what_it_ends() {
        let time = |second| Timestamp::from_second(second).unwrap();
        assert_eq!(not_before(time(1), None), time(1));
        let line = br#"{"at":"1970-01-01T00:00:05Z","event":{},"seq":0}"#;
        assert_eq!(not_before(time(1), Some(line)), time(5));
        assert_eq!(not_before(time(9), Some(line)), time(9));
    }
}
