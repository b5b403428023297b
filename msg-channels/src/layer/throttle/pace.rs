//! The generic cell rate algorithm: one instant a key says when its next one would come if they came evenly.
//!
//! A key may be ahead of that by the burst. Nothing is counted and nothing runs in the background; the state of a key is gone
//! when its instant is past. (ITU-T I.371, annex A, as virtual scheduling.)

use super::{Limits, Rate, SCOPES};
use msg_core::Timestamp;
use msg_core::channel::FailureScope;
use msg_core::id::AccountId;
use msg_core::message::{AddressKey, Part};
use msg_core::time::after;
use std::collections::HashMap;
use std::time::Duration;

/// The least time between two looks through a full memory for keys that are done.
const SWEEP: Duration = Duration::from_millis(100);

/// What one decision is made from.
pub(super) struct Now<'a> {
    pub(super) at: Timestamp,
    pub(super) limits: Limits,
    pub(super) part: &'a Part,
}

/// Who is limited. The whole account has no key: there is one of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Key {
    Sender(Option<AccountId>),
    Recipient(Option<AccountId>, AddressKey),
}

/// When a key may go on.
#[derive(Clone, Copy, Debug)]
struct Pace {
    /// When the next one would come if they came evenly.
    next: Timestamp,
    /// Until when the provider wants nothing, and how long it wanted that at most.
    blocked: Option<(Timestamp, Duration)>,
}

impl Pace {
    const IDLE: Self = Self {
        next: Timestamp::MIN,
        blocked: None,
    };

    /// How long it must wait, at a rate.
    fn wait(&mut self, now: Timestamp, rate: Option<Rate>) -> Duration {
        let mut wait = Duration::ZERO;
        if let Some((until, of)) = &mut self.blocked {
            // A clock that jumps back makes nobody wait for longer than was asked.
            *until = (*until).min(after(now, *of));
            wait = gap(now, *until);
        }
        if let Some(rate) = rate {
            // The same, and a rate that was raised meanwhile.
            let most = rate.lead().saturating_add(rate.gap());
            self.next = self.next.min(after(now, most));
            wait = wait.max(gap(now, self.next).saturating_sub(rate.lead()));
        }
        wait
    }

    /// One more goes.
    fn advance(&mut self, now: Timestamp, rate: Option<Rate>) {
        if let Some(rate) = rate {
            self.next = after(self.next.max(now), rate.gap());
        }
    }

    /// Whether it says nothing any more.
    fn is_idle(&self, now: Timestamp) -> bool {
        self.next <= now && self.blocked.is_none_or(|(until, _)| until <= now)
    }
}

/// The time from one instant to a later one.
fn gap(now: Timestamp, later: Timestamp) -> Duration {
    Duration::try_from(later.duration_since(now)).unwrap_or_default()
}

/// The paces of one adapter.
#[derive(Debug)]
pub(super) struct Paces {
    account: Pace,
    keys: HashMap<Key, Pace>,
    /// A full memory is not looked through before.
    sweep: Timestamp,
}

impl Default for Paces {
    fn default() -> Self {
        Self {
            account: Pace::IDLE,
            keys: HashMap::new(),
            sweep: Timestamp::MIN,
        }
    }
}

impl Paces {
    /// Takes one for everybody that the part concerns, or nothing: then it says who is in the way, and for how long.
    pub(super) fn take(&mut self, now: &Now<'_>) -> Result<(), (FailureScope, Duration)> {
        let [account, sender, recipient] = SCOPES;
        let from = &now.part.from;
        let limits = &now.limits;
        let keys = [
            (Key::Sender(from.clone()), limits.sender, sender),
            (
                Key::Recipient(from.clone(), now.part.to.key()),
                limits.recipient,
                recipient,
            ),
        ];
        let mut longest = (self.account.wait(now.at, limits.account), account);
        for (key, rate, scope) in &keys {
            let pace = self.keys.get_mut(key);
            let wait = pace.map_or(Duration::ZERO, |pace| pace.wait(now.at, *rate));
            if wait > longest.0 {
                longest = (wait, scope.clone());
            }
        }
        if !longest.0.is_zero() {
            return Err((longest.1, longest.0));
        }
        let new = keys
            .iter()
            .filter(|(key, rate, _)| rate.is_some() && !self.keys.contains_key(key));
        let new = new.count();
        self.make_room(now, new)?;
        self.account.advance(now.at, limits.account);
        for (key, rate, _) in keys {
            if rate.is_some() || self.keys.contains_key(&key) {
                let pace = self.keys.entry(key).or_insert(Pace::IDLE);
                pace.advance(now.at, rate);
            }
        }
        Ok(())
    }

    /// The provider wants nothing more from `scope` for a while.
    pub(super) fn block(&mut self, now: &Now<'_>, scope: &FailureScope, wait: Duration) {
        let from = now.part.from.clone();
        let pace = match scope {
            FailureScope::Account | FailureScope::Provider => &mut self.account,
            FailureScope::Sender | FailureScope::Recipient => {
                let key = match scope {
                    FailureScope::Sender => Key::Sender(from),
                    _ => Key::Recipient(from, now.part.to.key()),
                };
                if !self.keys.contains_key(&key) && self.make_room(now, 1).is_err() {
                    // Without room for it the outbox still knows how long this part waits.
                    return;
                }
                self.keys.entry(key).or_insert(Pace::IDLE)
            }
            // Of one part or template: that is for the outbox alone.
            _ => return,
        };
        let until = after(now.at, wait);
        let before = pace.blocked.filter(|(end, _)| *end >= until);
        pace.blocked = before.or(Some((until, wait)));
    }

    /// Makes room for new keys. What still says something is not forgotten: then the new ones wait.
    fn make_room(&mut self, now: &Now<'_>, new: usize) -> Result<(), (FailureScope, Duration)> {
        let most = now.limits.remembered.max(2);
        if self.keys.len() + new <= most {
            return Ok(());
        }
        // A clock that jumps back must not put the look off.
        self.sweep = self.sweep.min(after(now.at, SWEEP));
        if now.at >= self.sweep {
            self.keys.retain(|_, pace| !pace.is_idle(now.at));
            self.sweep = after(now.at, SWEEP);
        }
        if self.keys.len() + new <= most {
            return Ok(());
        }
        let wait = gap(now.at, self.sweep).max(Duration::from_millis(1));
        Err((FailureScope::Recipient, wait))
    }

    #[cfg(test)]
    pub(super) fn remembered(&self) -> usize {
        self.keys.len()
    }
}

#[cfg(test)]
mod tests;
