//! The minutes of a week in which something is allowed.

use serde::{Deserialize, Deserializer, de::Error as _};
use std::fmt;

/// Minutes of a day.
const DAY: usize = 24 * 60;
/// Minutes of a week.
const WEEK: usize = 7 * DAY;
/// Words of the bit set, one bit a minute.
const WORDS: usize = WEEK.div_ceil(64);

/// Local minutes of a week, from Monday 00:00, as a bit set: testing one is a shift, combining two rules is a few `and`s.
#[derive(Clone, PartialEq, Eq)]
pub struct Week {
    bits: [u64; WORDS],
}

impl Week {
    /// Every minute.
    #[must_use]
    pub fn always() -> Self {
        Self::daily(0, DAY)
    }

    /// No minute at all.
    #[must_use]
    pub fn never() -> Self {
        Self { bits: [0; WORDS] }
    }

    /// The same minutes every day, from `start` up to but not including `end`, both in minutes after midnight. When `end` is not
    /// after `start` the window runs over midnight; equal values are the whole day.
    #[must_use]
    pub fn daily(start: usize, end: usize) -> Self {
        let mut week = Self::never();
        (0..7).for_each(|day| week.add(day, start, end));
        week
    }

    /// Adds a window that begins on `day` (0 is Monday); see [`daily`](Self::daily) for `start` and `end`.
    pub fn add(&mut self, day: usize, start: usize, end: usize) {
        let length = if end > start {
            end - start
        } else {
            DAY + end - start
        };
        for minute in 0..length {
            let minute = (day * DAY + start + minute) % WEEK;
            if let Some(word) = self.bits.get_mut(minute / 64) {
                *word |= 1 << (minute % 64);
            }
        }
    }

    /// Keeps only the minutes that `other` has too.
    pub fn restrict(&mut self, other: &Self) {
        for (word, with) in self.bits.iter_mut().zip(other.bits) {
            *word &= with;
        }
    }

    /// Whether the minute of the week is allowed.
    #[must_use]
    pub fn contains(&self, minute: usize) -> bool {
        self.bits
            .get(minute / 64)
            .is_some_and(|word| word >> (minute % 64) & 1 == 1)
    }

    /// How many minutes after `minute` the next allowed one comes (0 when it is allowed itself); `None` when none is.
    #[must_use]
    pub fn wait(&self, minute: usize) -> Option<usize> {
        let minute = minute % WEEK;
        let later = self.next_from(minute).map(|next| next - minute);
        later.or_else(|| self.next_from(0).map(|next| next + WEEK - minute))
    }

    fn next_from(&self, minute: usize) -> Option<usize> {
        let first = minute / 64;
        let head = self.bits.get(first)? & (u64::MAX << (minute % 64));
        let rest = self.bits.iter().copied().enumerate().skip(first + 1);
        std::iter::once((first, head))
            .chain(rest)
            .find(|(_, word)| *word != 0)
            .map(|(i, word)| i * 64 + word.trailing_zeros() as usize)
    }

    /// Names the minutes: two weeks with the same digest allow the same.
    pub(super) fn digest(&self) -> msg_core::digest::Digest {
        let bytes: Vec<u8> = self
            .bits
            .iter()
            .flat_map(|word| word.to_le_bytes())
            .collect();
        msg_core::digest::Digest::of(&bytes)
    }

    /// Minutes allowed in the whole week.
    #[must_use]
    pub fn minutes(&self) -> u32 {
        self.bits.iter().map(|word| word.count_ones()).sum()
    }
}

impl fmt::Debug for Week {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Week({} of {WEEK} minutes)", self.minutes())
    }
}

/// Reads `HH:MM-HH:MM`; `24:00` is the end of the day.
pub(super) fn parse_window(text: &str) -> Option<(usize, usize)> {
    let (start, end) = text.split_once('-')?;
    let minute = |text: &str| {
        let (hours, minutes) = text.split_once(':')?;
        let digits = |part: &str| part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
        if !digits(hours) || !digits(minutes) {
            return None;
        }
        let (hours, minutes): (usize, usize) = (hours.parse().ok()?, minutes.parse().ok()?);
        (minutes < 60 && hours * 60 + minutes <= DAY).then_some(hours * 60 + minutes)
    };
    let start = minute(start)?;
    (start < DAY).then_some((start, minute(end)?))
}

/// `{"mon": ["08:00-21:00"], …}`: a day that is not named has no window.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
#[derive(Default)]
struct Days {
    mon: Vec<String>,
    tue: Vec<String>,
    wed: Vec<String>,
    thu: Vec<String>,
    fri: Vec<String>,
    sat: Vec<String>,
    sun: Vec<String>,
}

impl<'de> Deserialize<'de> for Week {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let days = Days::deserialize(deserializer)?;
        let mut week = Self::never();
        for (day, windows) in [
            days.mon, days.tue, days.wed, days.thu, days.fri, days.sat, days.sun,
        ]
        .iter()
        .enumerate()
        {
            for text in windows {
                let (start, end) = parse_window(text).ok_or_else(|| {
                    D::Error::custom(format_args!("window `{text}` is not `HH:MM-HH:MM`"))
                })?;
                week.add(day, start, end);
            }
        }
        Ok(week)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn windows_run_over_midnight_and_over_the_end_of_the_week() {
        let mut week = Week::never();
        week.add(6, 22 * 60, 6 * 60);
        assert_eq!(week.minutes(), 8 * 60);
        assert!(week.contains(6 * DAY + 22 * 60) && week.contains(0) && week.contains(5 * 60 + 59));
        assert!(!week.contains(6 * 60) && !week.contains(6 * DAY + 22 * 60 - 1));
    }

    #[test]
    fn text_form_is_strict() {
        assert_eq!(parse_window("08:00-21:00"), Some((480, 1260)));
        assert_eq!(parse_window("00:00-24:00"), Some((0, DAY)));
        for text in [
            "8:00-21:00",
            "08:00",
            "08:60-09:00",
            "24:00-01:00",
            "25:00-26:00",
            "+8:00-09:00",
            "08:00-21:00-22:00",
            "",
        ] {
            assert_eq!(parse_window(text), None, "{text}");
        }
        assert!(serde_json::from_str::<Week>(r#"{"monday": []}"#).is_err());
        let error = serde_json::from_str::<Week>(r#"{"mon": ["8-9"]}"#)
            .unwrap_err()
            .to_string();
        assert!(error.contains("window `8-9`"), "{error}");
    }

    proptest! {
        #[test]
        fn wait_agrees_with_a_plain_loop(day in 0_usize..7, start in 0..DAY, end in 0..=DAY, from in 0..WEEK) {
            let mut week = Week::never();
            week.add(day, start, end);
            let plain = (0..WEEK).find(|wait| week.contains((from + wait) % WEEK));
            prop_assert_eq!(week.wait(from), plain);
        }
    }

    #[test]
    fn nothing_allowed_never_opens() {
        let mut week = Week::daily(480, 720);
        week.restrict(&Week::daily(720, 900));
        assert_eq!(week.wait(3), None);
        assert_eq!(Week::always().minutes() as usize, WEEK);
    }
}
