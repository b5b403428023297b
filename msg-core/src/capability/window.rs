//! The reply window of a conversation: the last of the five layers.

use super::{Capabilities, Field, Limit, Unit};
use crate::time::{Timestamp, after};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::time::Duration;

/// How long after a person's last message anything may be said to them on a channel, and how much. Outside of it only
/// approved templates may be sent.
///
/// Says nothing about what opens a window but a message: an opener like a menu tap is the adapter's to know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ReplyWindow {
    /// How long, in hours.
    pub hours: u32,
    /// How many messages may be sent in it; none when they are not counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub messages: Option<u32>,
    /// Where the numbers come from.
    pub source: Cow<'static, str>,
}

/// Where a conversation stands in its window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct WindowState {
    /// Whether anything may be said now.
    pub open: bool,
    /// How many messages may still be sent in it; none when they are not counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left: Option<u32>,
}

impl ReplyWindow {
    /// A window of so many hours, without a count of messages.
    pub fn new(hours: u32, source: impl Into<Cow<'static, str>>) -> Self {
        Self {
            hours,
            messages: None,
            source: source.into(),
        }
    }

    /// Sets how many messages may be sent in it.
    #[must_use]
    pub const fn with_messages(mut self, messages: u32) -> Self {
        self.messages = Some(messages);
        self
    }

    /// The narrower of both: fewer hours, fewer messages.
    #[must_use]
    pub fn meet(&self, other: &Self) -> Self {
        let narrower = (self.hours, &self.source).min((other.hours, &other.source));
        let messages = match (self.messages, other.messages) {
            (Some(mine), Some(theirs)) => Some(mine.min(theirs)),
            (mine, theirs) => mine.or(theirs),
        };
        Self {
            hours: narrower.0,
            messages,
            source: narrower.1.clone(),
        }
    }

    /// Where a conversation stands at `now`. Where nobody knows when the person last wrote, the window is closed.
    #[must_use]
    pub fn state(&self, last_inbound: Option<Timestamp>, sent: u32, now: Timestamp) -> WindowState {
        let lasts = Duration::from_secs(u64::from(self.hours) * 3600);
        let left = self.messages.map(|messages| messages.saturating_sub(sent));
        let in_time = last_inbound.is_some_and(|last| now < after(last, lasts));
        WindowState {
            open: in_time && left != Some(0),
            left,
        }
    }
}

impl WindowState {
    /// Whether it is open, and how many messages are left.
    #[must_use]
    pub const fn new(open: bool, left: Option<u32>) -> Self {
        Self { open, left }
    }

    /// What may be said now, as capabilities to [meet](Capabilities::meet).
    #[must_use]
    pub fn narrow(&self, mut capabilities: Capabilities) -> Capabilities {
        capabilities.free_form &= self.open;
        match self.left.filter(|_| self.open) {
            Some(left) => capabilities.with_limit(
                Field::Parts,
                Limit::new(left, Unit::Items, "what is left of the reply window"),
            ),
            None => capabilities,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(hours: i64) -> Timestamp {
        Timestamp::from_second(hours * 3600).unwrap()
    }

    #[test]
    fn a_window_closes_by_time_by_count_and_without_knowledge() {
        let window = ReplyWindow::new(48, "test").with_messages(5);
        let state = |last, sent, now| window.state(last, sent, now);
        let wrote = Some(at(0));
        assert!(state(wrote, 0, at(47)).open);
        assert!(!state(wrote, 0, at(48)).open);
        assert!(!state(None, 0, at(0)).open);
        assert_eq!(state(wrote, 4, at(1)).left, Some(1));
        assert!(!state(wrote, 5, at(1)).open);
        assert_eq!(
            ReplyWindow::new(24, "test").state(wrote, 99, at(1)).left,
            None
        );
    }

    #[test]
    fn what_is_left_bounds_the_parts_and_a_closed_window_leaves_templates() {
        let caps = Capabilities::text_only();
        let open = WindowState {
            open: true,
            left: Some(2),
        };
        let narrowed = open.narrow(caps.clone());
        assert!(narrowed.free_form);
        assert_eq!(narrowed.limit(Field::Parts).items(), 2);
        let closed = WindowState {
            open: false,
            left: Some(0),
        };
        assert!(!closed.narrow(caps.clone()).free_form);
        assert_eq!(
            closed.narrow(caps.clone()).limit(Field::Parts),
            caps.limit(Field::Parts)
        );
    }

    fn any_window() -> impl Strategy<Value = ReplyWindow> {
        (0..4_u32, proptest::option::of(0..3_u32), "[ab]").prop_map(|(hours, messages, source)| {
            ReplyWindow {
                hours,
                messages,
                source: source.into(),
            }
        })
    }

    proptest! {
        #[test]
        fn windows_meet_in_any_order(a in any_window(), b in any_window(), c in any_window()) {
            prop_assert_eq!(a.meet(&b), b.meet(&a));
            prop_assert_eq!(a.meet(&b).meet(&c), a.meet(&b.meet(&c)));
            prop_assert_eq!(&a.meet(&a), &a);
        }
    }
}
