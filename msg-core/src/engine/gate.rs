//! Gates: after a 429 the whole account waits, not each message by itself.

use crate::id::AccountId;
use crate::message::ChannelKind;
use crate::time::Timestamp;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

type Key = (ChannelKind, Option<AccountId>);

/// Which channels and accounts must wait, and until when.
#[derive(Debug, Default)]
pub(super) struct Gates(Mutex<BTreeMap<Key, Timestamp>>);

impl Gates {
    /// Closes a gate until a time. A gate that is closed for longer stays so.
    pub(super) fn close(&self, channel: ChannelKind, account: Option<AccountId>, until: Timestamp) {
        let mut gates = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let end = gates.entry((channel, account)).or_insert(until);
        *end = (*end).max(until);
    }

    /// The gates that are closed now. Those whose time is over are forgotten.
    pub(super) fn closed(&self, now: Timestamp) -> Vec<Key> {
        let mut gates = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        gates.retain(|_, until| *until > now);
        gates.keys().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gate_opens_by_itself_and_never_earlier() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let gates = Gates::default();
        gates.close(ChannelKind::Telegram, None, at(10));
        gates.close(ChannelKind::Telegram, None, at(5));
        assert_eq!(gates.closed(at(9)).len(), 1);
        assert!(gates.closed(at(10)).is_empty());
    }
}
