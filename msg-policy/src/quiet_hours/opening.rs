//! When it is allowed everywhere at once.

use super::week::Week;
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use std::borrow::Borrow;

/// How far ahead an opening is looked for: a week holds every window there is, and a day more covers clock changes.
const HORIZON: SignedDuration = SignedDuration::from_hours(8 * 24);
const MINUTE: i64 = 60;
const WEEK_MINUTES: i64 = 7 * 24 * 60;

/// When the window is open in every zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opening {
    /// At the instant asked about.
    Open,
    /// Not then, but from this whole minute on.
    At(Timestamp),
    /// At no minute within eight days: the zones lie too far apart for the window, or the window is empty.
    Never,
}

/// The first instant from `at` on when the local time of every one of `zones` lies in `week`; whole minutes after `at` itself.
///
/// Exact over clock changes: a window that begins in the hour that a zone skips opens with the change, one that lies in the hour
/// that comes twice opens both times. No zones at all means nothing is known, and nothing known never opens.
#[must_use]
pub fn opening(at: Timestamp, zones: &[impl Borrow<TimeZone>], week: &Week) -> Opening {
    let limit = at.saturating_add(HORIZON).unwrap_or(Timestamp::MAX);
    let mut candidate = at;
    if zones.is_empty() {
        return Opening::Never;
    }
    loop {
        let mut later = candidate;
        for zone in zones {
            match next_in(zone.borrow(), later, limit, week) {
                Some(next) => later = next,
                None => return Opening::Never,
            }
        }
        if later == candidate {
            return if candidate == at {
                Opening::Open
            } else {
                Opening::At(candidate)
            };
        }
        candidate = later;
    }
}

/// The first instant from `from` to `limit` when the local time of `zone` lies in `week`.
fn next_in(zone: &TimeZone, from: Timestamp, limit: Timestamp, week: &Week) -> Option<Timestamp> {
    let mut now = from;
    while now <= limit {
        let (local, offset) = local(zone, now);
        let wait = week.wait(minute_of_week(local)?)?;
        if wait == 0 {
            return Some(now);
        }
        let opens = (local.div_euclid(MINUTE) + i64::try_from(wait).ok()?) * MINUTE - offset;
        // Offsets have been whole minutes since the 1970s; round up for those that were not.
        let opens = Timestamp::from_second(whole_minute(opens)).ok()?;
        let change = zone
            .following(now)
            .next()
            .map(|transition| transition.timestamp());
        match change {
            Some(change) if change <= opens => {
                now = Timestamp::from_second(whole_minute(change.as_second()))
                    .ok()?
                    .max(change);
            }
            _ => now = opens,
        }
    }
    None
}

/// Whether the local time of every one of `zones` lies in every one of `weeks` at `at`.
pub(super) fn open_now<'a>(
    at: Timestamp,
    zones: &[impl Borrow<TimeZone>],
    mut weeks: impl Iterator<Item = &'a Week>,
) -> bool {
    let minutes: Option<Vec<usize>> = zones
        .iter()
        .map(|zone| minute_of_week(local(zone.borrow(), at).0))
        .collect();
    let Some(minutes) = minutes.filter(|minutes| !minutes.is_empty()) else {
        return false;
    };
    weeks.all(|week| minutes.iter().all(|minute| week.contains(*minute)))
}

/// Seconds of the local clock, counted like those since 1970, and how far it is ahead of UTC.
fn local(zone: &TimeZone, at: Timestamp) -> (i64, i64) {
    let offset = i64::from(zone.to_offset(at).seconds());
    (at.as_second() + offset, offset)
}

/// 1970-01-01 was a Thursday: three days after the Monday the week begins with.
fn minute_of_week(local: i64) -> Option<usize> {
    usize::try_from(
        (local + 3 * 24 * 60 * MINUTE)
            .div_euclid(MINUTE)
            .rem_euclid(WEEK_MINUTES),
    )
    .ok()
}

fn whole_minute(second: i64) -> i64 {
    second.div_euclid(MINUTE) * MINUTE
        + if second.rem_euclid(MINUTE) == 0 {
            0
        } else {
            MINUTE
        }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn zones(names: &[&str]) -> Vec<TimeZone> {
        names
            .iter()
            .map(|name| jiff::tz::TimeZoneDatabase::bundled().get(name).unwrap())
            .collect()
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    /// Asks every minute in turn, with the civil time of the time-zone library.
    fn plainly(from: Timestamp, zones: &[TimeZone], week: &Week) -> Opening {
        let open = |at: Timestamp| {
            zones.iter().all(|zone| {
                let local = zone.to_datetime(at);
                let day = usize::try_from(local.weekday().to_monday_zero_offset()).unwrap();
                let minute =
                    usize::try_from(i32::from(local.hour()) * 60 + i32::from(local.minute()))
                        .unwrap();
                week.contains(day * 24 * 60 + minute)
            })
        };
        if open(from) {
            return Opening::Open;
        }
        let first = whole_minute(from.as_second() + i64::from(from.subsec_nanosecond() > 0));
        let end = from.as_second() + HORIZON.as_secs();
        (first..=end)
            .step_by(60)
            .map(|second| Timestamp::from_second(second).unwrap())
            .find(|&at| open(at))
            .map_or(Opening::Never, Opening::At)
    }

    #[test]
    fn clock_changes() {
        let early = Week::daily(2 * 60 + 15, 3 * 60);
        // New York skips 02:00 to 03:00 on this day: the window does not exist, the next one is a day later.
        let skipped = opening(
            at("2026-03-08T06:30:00Z"),
            &zones(&["America/New_York"]),
            &early,
        );
        assert_eq!(skipped, Opening::At(at("2026-03-09T06:15:00Z")));
        // A window that goes on after the gap opens with the change.
        let past = opening(
            at("2026-03-08T06:30:00Z"),
            &zones(&["America/New_York"]),
            &Week::daily(2 * 60 + 15, 4 * 60),
        );
        assert_eq!(past, Opening::At(at("2026-03-08T07:00:00Z")));
        // 01:00 to 02:00 comes twice in November: after the first pass it opens again.
        let twice = opening(
            at("2026-11-01T05:45:00Z"),
            &zones(&["America/New_York"]),
            &Week::daily(60 + 30, 60 + 40),
        );
        assert_eq!(twice, Opening::At(at("2026-11-01T06:30:00Z")));
        // Lord Howe moves by half an hour.
        let half = opening(
            at("2026-04-04T15:00:00Z"),
            &zones(&["Australia/Lord_Howe"]),
            &Week::daily(60 + 45, 120),
        );
        assert_eq!(half, Opening::At(at("2026-04-04T15:15:00Z")));
    }

    #[test]
    fn zones_too_far_apart_never_open_together() {
        let far = zones(&["Pacific/Kiritimati", "Pacific/Pago_Pago"]);
        let noon = Week::daily(12 * 60, 12 * 60 + 30);
        assert_eq!(
            opening(at("2026-03-08T12:00:00Z"), &far, &noon),
            Opening::Never
        );
        assert_eq!(
            opening(
                at("2026-03-08T12:00:00Z"),
                &[] as &[TimeZone],
                &Week::always()
            ),
            Opening::Never
        );
        assert_eq!(
            opening(Timestamp::MAX, &zones(&["Europe/Paris"]), &Week::never()),
            Opening::Never
        );
    }

    #[test]
    fn seconds_do_not_open_early() {
        let tcpa = Week::daily(480, 1260);
        let paris = zones(&["Europe/Paris"]);
        assert_eq!(
            opening(at("2026-06-01T05:59:59.5Z"), &paris, &tcpa),
            Opening::At(at("2026-06-01T06:00:00Z"))
        );
        assert_eq!(
            opening(at("2026-06-01T18:59:59.9Z"), &paris, &tcpa),
            Opening::Open
        );
        assert_eq!(
            opening(at("2026-06-01T19:00:00Z"), &paris, &tcpa),
            Opening::At(at("2026-06-02T06:00:00Z"))
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn agrees_with_asking_every_minute(
            second in 1_700_000_000_i64..1_900_000_000,
            start in 0_usize..1440,
            length in 1_usize..1440,
            pick in proptest::sample::subsequence(vec!["Australia/Lord_Howe", "America/New_York", "Europe/London", "Asia/Kathmandu", "Africa/Casablanca", "Pacific/Apia"], 1..4),
        ) {
            let (zones, from) = (zones(&pick), Timestamp::from_second(second).unwrap());
            let week = Week::daily(start, (start + length) % 1440);
            let answer = opening(from, &zones, &week);
            prop_assert_eq!(answer, plainly(from, &zones, &week));
            prop_assert_eq!(open_now(from, &zones, std::iter::once(&week)), answer == Opening::Open);
        }

        #[test]
        fn agrees_around_clock_changes(hours in 0_i64..72, start in 0_usize..240, length in 1_usize..120) {
            let from = at("2026-10-31T12:00:00Z").saturating_add(SignedDuration::from_hours(hours)).unwrap();
            let week = Week::daily(start, start + length);
            for zone in ["America/New_York", "America/St_Johns"] {
                let zones = zones(&[zone]);
                prop_assert_eq!(opening(from, &zones, &week), plainly(from, &zones, &week));
            }
        }
    }
}
