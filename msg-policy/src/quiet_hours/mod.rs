//! Quiet hours: whether it is a decent, lawful hour for everyone the recipient may be, everywhere they may be.

mod check;
mod opening;
mod rules;
mod week;

pub use check::QuietHours;
pub use opening::{Opening, opening};
pub use rules::{Case, Confidence, Row, Rules};
pub use week::Week;

use crate::zones::{self, Zones};
use jiff::tz::{TimeZone, TimeZoneDatabase};
use std::sync::OnceLock;

/// The time zones of these names, from the bundled database; `None` when there is no name or any is unknown. A set with one
/// unknown member is an unknown set: the member could be anywhere.
#[must_use]
pub fn resolve<'a>(names: impl IntoIterator<Item = &'a str>) -> Option<Vec<TimeZone>> {
    let zones: Option<Vec<_>> = names.into_iter().map(known).collect();
    zones.filter(|zones| !zones.is_empty())
}

/// The zone of this name. `Etc/Unknown` is in the database, as a zone that behaves like UTC: here it is what it says.
fn known(name: &str) -> Option<TimeZone> {
    let zone = TimeZoneDatabase::bundled().get(name).ok();
    zone.filter(|zone| !zone.is_unknown())
}

/// The time zones of a number, each compiled once in the life of the process. `None` as in [`resolve`].
fn resolve_number(zones: Zones) -> Option<Vec<&'static TimeZone>> {
    static COMPILED: OnceLock<Vec<OnceLock<Option<TimeZone>>>> = OnceLock::new();
    let compiled = COMPILED.get_or_init(|| (0..zones::names()).map(|_| OnceLock::new()).collect());
    let zone = |i: u16| {
        let slot = compiled.get(usize::from(i))?;
        slot.get_or_init(|| zones::name(i).and_then(known)).as_ref()
    };
    let zones: Option<Vec<_>> = zones.positions().map(zone).collect();
    zones.filter(|zones| !zones.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_zone_of_the_table_is_in_the_bundled_database() {
        for i in 0..u16::try_from(zones::names()).unwrap() {
            let name = zones::name(i).unwrap();
            assert!(resolve([name]).is_some(), "{name}");
        }
    }

    #[test]
    fn a_number_resolves_to_the_zones_of_its_names() {
        let zones = Zones::of_number("+18002123456");
        let by_name = resolve(zones.iter()).unwrap();
        let by_number = resolve_number(zones).unwrap();
        assert!(by_name.iter().eq(by_number));
        assert!(resolve_number(Zones::default()).is_none());
    }

    #[test]
    fn one_unknown_zone_makes_the_set_unknown() {
        assert!(resolve(["Europe/Paris", "Etc/Unknown"]).is_none());
        assert!(resolve([]).is_none());
    }
}
