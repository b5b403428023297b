//! Hours as dated rows: who says when people may be reached, since when, and where that is written.

use super::week::Week;
use crate::common::within;
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use msg_core::{Error, ErrorKind};
use serde::Deserialize;
use std::collections::BTreeMap;

/// The shipped rows.
const SHIPPED: &str = include_str!("../../data/quiet-hours.json");
/// In `channels`, `purposes` or `jurisdiction`: all of them.
const ANY: &str = "*";

/// How far a row's source was checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Confidence {
    /// Good manners or the host's own choice; no law.
    Custom,
    /// One source, a vendor's rule, or practice.
    Weak,
    /// Sources contradict each other; the row holds the stricter reading.
    Conflicting,
    /// Several secondary sources agree.
    Secondary,
    /// The rule itself, or the authority's own page, was read.
    Primary,
}

/// One rule: in this jurisdiction, on these channels and for these purposes, people may be reached in these local hours.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Row {
    /// Stable name, which a reason quotes.
    pub id: String,
    /// ISO 3166 code (`US`, `US-FL`), or `*`.
    pub jurisdiction: String,
    /// Channel schemes it binds, or `*`.
    pub channels: Vec<String>,
    /// Purposes it binds, or `*`.
    pub purposes: Vec<String>,
    /// Allowed local hours.
    pub hours: Week,
    /// First day it is in force.
    #[serde(default)]
    pub from: Option<Date>,
    /// First day it is no longer in force.
    #[serde(default)]
    pub until: Option<Date>,
    /// Where it is written.
    pub source: String,
    /// How far that was checked.
    pub confidence: Confidence,
    /// What a reader should know besides.
    #[serde(default)]
    pub note: Option<String>,
}

impl Row {
    /// A host's own window for every jurisdiction, channel and purpose.
    #[must_use]
    pub fn own(id: impl Into<String>, hours: Week) -> Self {
        let any = || vec![ANY.to_owned()];
        Self {
            id: id.into(),
            jurisdiction: ANY.to_owned(),
            channels: any(),
            purposes: any(),
            hours,
            from: None,
            until: None,
            source: "set by the host".to_owned(),
            confidence: Confidence::Custom,
            note: None,
        }
    }

    /// Limits the row to some purposes.
    #[must_use]
    pub fn with_purposes(mut self, purposes: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.purposes = purposes.into_iter().map(Into::into).collect();
        self
    }

    /// Limits the row to some channels.
    #[must_use]
    pub fn with_channels(mut self, channels: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.channels = channels.into_iter().map(Into::into).collect();
        self
    }

    fn binds(&self, case: &Case<'_>, today: Date) -> bool {
        let listed =
            |list: &[String], name: &str| list.iter().any(|item| item == ANY || item == name);
        let here = self.jurisdiction == ANY
            || case
                .jurisdictions
                .iter()
                .any(|code| within(code, &self.jurisdiction));
        here && listed(&self.channels, case.channel)
            && listed(&self.purposes, case.purpose)
            && self.from.is_none_or(|from| from <= today)
            && self.until.is_none_or(|until| today < until)
    }
}

/// What rows are looked up for.
#[derive(Clone, Copy, Debug)]
pub struct Case<'a> {
    /// Every jurisdiction the recipient may be under, ISO 3166 codes.
    pub jurisdictions: &'a [&'a str],
    /// Scheme of the channel.
    pub channel: &'a str,
    /// Purpose of the message.
    pub purpose: &'a str,
}

/// A set of rows, parsed once.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    version: String,
    /// Jurisdictions and how their phone numbers begin.
    #[serde(default)]
    places: BTreeMap<String, Vec<String>>,
    rows: Vec<Row>,
}

impl Rules {
    /// The rows that come with this crate: a general night rest, the United States and its states, and the countries of which
    /// a source was read. Facts as read on the day in their version, not legal advice.
    #[must_use]
    pub fn shipped() -> Self {
        // The file is part of the crate and a test reads it; an empty set would only mean that no row binds.
        Self::from_json(SHIPPED).unwrap_or_else(|_| Self::none())
    }

    /// No rows.
    #[must_use]
    pub fn none() -> Self {
        Self {
            version: "none".to_owned(),
            places: BTreeMap::new(),
            rows: Vec::new(),
        }
    }

    /// Reads rows in the form of `data/quiet-hours.json`.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`] when the text is not that form; the source says where.
    pub fn from_json(text: &str) -> Result<Self, Error> {
        serde_json::from_str(text).map_err(|e| {
            Error::new(ErrorKind::Invalid, "quiet-hours rows cannot be read").with_source(e)
        })
    }

    /// Adds a row. Rows only ever restrict: all that bind must allow.
    #[must_use]
    pub fn with(mut self, row: Row) -> Self {
        self.rows.push(row);
        self
    }

    /// Keeps the rows that satisfy `keep`.
    #[must_use]
    pub fn only(mut self, keep: impl FnMut(&Row) -> bool) -> Self {
        self.rows.retain(keep);
        self
    }

    /// The date the rows were read or the host's own version.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// All rows.
    #[must_use]
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The jurisdictions that an E.164 number may belong to by its first digits. `+1` counts as the United States although other
    /// countries share it: the stricter reading.
    pub fn places_of<'a>(&'a self, e164: &'a str) -> impl Iterator<Item = &'a str> {
        let digits = e164.strip_prefix('+').unwrap_or_default();
        let here = move |prefixes: &[String]| {
            prefixes
                .iter()
                .any(|prefix| digits.starts_with(prefix.as_str()))
        };
        self.places
            .iter()
            .filter(move |(_, prefixes)| here(prefixes))
            .map(|(place, _)| place.as_str())
    }

    /// The rows that bind `case` on the day of `at` (in UTC).
    pub fn binding<'a>(
        &'a self,
        case: &'a Case<'a>,
        at: Timestamp,
    ) -> impl Iterator<Item = &'a Row> {
        let today = TimeZone::UTC.to_datetime(at).date();
        self.rows.iter().filter(move |row| row.binds(case, today))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn binding(jurisdictions: &[&str], channel: &str, day: &str) -> Vec<String> {
        let rules = Rules::shipped();
        let case = Case {
            jurisdictions,
            channel,
            purpose: "marketing",
        };
        let at = format!("{day}T12:00:00Z").parse().unwrap();
        rules.binding(&case, at).map(|row| row.id.clone()).collect()
    }

    #[test]
    fn every_shipped_row_says_where_it_comes_from() {
        let rules = Rules::from_json(SHIPPED).unwrap();
        assert!(rules.rows().len() > 20);
        let mut ids: Vec<_> = rules.rows().iter().map(|row| &row.id).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), rules.rows().len());
        for row in rules.rows() {
            assert!(
                !row.source.is_empty() && row.hours.minutes() > 0,
                "{}",
                row.id
            );
        }
    }

    #[test]
    fn rows_bind_by_place_channel_and_day() {
        assert_eq!(
            binding(&["US-FL"], "sms", "2026-03-01"),
            ["night", "us", "us-fl"]
        );
        assert_eq!(binding(&["US-TX"], "sms", "2025-08-31"), ["night", "us"]);
        assert_eq!(
            binding(&["US-TX"], "sms", "2025-09-01"),
            ["night", "us", "us-tx-texts"]
        );
        assert!(binding(&["US-TX"], "email", "2026-03-01").is_empty());
        assert_eq!(binding(&["US-FLX"], "sms", "2026-03-01"), ["night", "us"]);
        assert_eq!(binding(&[], "sms", "2026-03-01"), ["night"]);
    }

    #[test]
    fn a_row_is_in_force_from_its_first_day_to_the_day_before_its_end() {
        let row = Row {
            from: Some("2026-03-01".parse().unwrap()),
            until: Some("2026-03-03".parse().unwrap()),
            ..Row::own("days", Week::always())
        };
        let rules = Rules::none().with(row);
        let case = Case {
            jurisdictions: &[],
            channel: "sms",
            purpose: "marketing",
        };
        let on = |day: &str| {
            rules
                .binding(&case, format!("{day}T00:00:00Z").parse().unwrap())
                .count()
        };
        assert_eq!(
            ["2026-02-28", "2026-03-01", "2026-03-02", "2026-03-03"].map(on),
            [0, 1, 1, 0]
        );
    }

    #[test]
    fn unknown_fields_are_refused() {
        let error = Rules::from_json(r#"{"version": "1", "rows": [], "extra": 1}"#).unwrap_err();
        assert!(
            format!("{error:?}").contains("unknown field `extra`"),
            "{error:?}"
        );
    }
}
