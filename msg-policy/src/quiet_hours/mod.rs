//! Quiet hours: whether it is a decent, lawful hour for everyone the recipient may be, everywhere they may be.

mod check;
mod opening;
mod rules;
mod week;

pub use check::QuietHours;
pub use opening::{Opening, opening};
pub use rules::{Case, Confidence, Row, Rules};
pub use week::Week;

use jiff::tz::{TimeZone, TimeZoneDatabase};

/// The time zones of these names, from the bundled database; `None` when there is no name or any is unknown. A set with one
/// unknown member is an unknown set: the member could be anywhere.
#[must_use]
pub fn resolve<'a>(names: impl IntoIterator<Item = &'a str>) -> Option<Vec<TimeZone>> {
    let database = TimeZoneDatabase::bundled();
    let zones: Option<Vec<_>> = names
        .into_iter()
        .map(|name| database.get(name).ok())
        .collect();
    zones.filter(|zones| !zones.is_empty())
}
