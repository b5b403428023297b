//! The check.

use super::opening::{Opening, open_now, opening};
use super::rules::{Case, Row, Rules};
use super::week::Week;
use super::{resolve, resolve_number};
use crate::common::{RECHECK, revision};
use crate::zones::Zones;
use jiff::tz::TimeZone;
use msg_core::id::CheckId;
use msg_core::message::AddressScheme;
use msg_core::policy::{Need, Phase, PolicyCheck, PolicyInput, Reason, Verdict};
use std::borrow::Borrow;
use std::fmt;
use std::time::Duration;

/// How long a message waits before it is looked at again when no opening lies within the horizon.
const FAR: Duration = Duration::from_hours(24);
/// Zones named in the evidence; more are only counted.
const NAMED: usize = 3;

/// Holds a message until the hour is right for everyone the recipient may be, wherever they may be.
///
/// The rows that bind are those of the draft's region, or where that is not set of the country of the phone number; all of them must
/// allow. The zones are the recipient's own where the host knows it, else every zone of the phone number, else the zone the host
/// assumes; it must be allowed in each of them at once. An unknown zone never opens: the message waits and is looked at again.
/// It knows no public holidays. Codes: `quiet_hours`, `zone_unknown`, `no_common_hour`.
#[derive(Clone, Debug)]
pub struct QuietHours {
    id: CheckId,
    revision: String,
    rules: Rules,
    assumed: Option<String>,
}

impl QuietHours {
    /// The shipped rows.
    #[must_use]
    pub fn standard() -> Self {
        Self::new(Rules::shipped())
    }

    /// These rows.
    #[must_use]
    pub fn new(rules: Rules) -> Self {
        Self {
            id: CheckId::from_static("quiet_hours"),
            revision: String::new(),
            rules,
            assumed: None,
        }
        .sealed()
    }

    /// Uses this IANA zone for recipients of whom nothing is known. The host answers for it; the evidence says so.
    #[must_use]
    pub fn assuming(mut self, zone: impl Into<String>) -> Self {
        self.assumed = Some(zone.into());
        self.sealed()
    }

    fn sealed(mut self) -> Self {
        let rows: Vec<_> = self
            .rules
            .rows()
            .iter()
            .map(|row| (row, row.hours.digest()))
            .collect();
        self.revision = revision(1, &(self.rules.version(), rows, &self.assumed));
        self
    }

    /// Where the zones come from: the best evidence there is.
    fn evidence<'a>(&'a self, input: &PolicyInput<'a>) -> Evidence<'a> {
        if let Some(zone) = &input.draft.to.zone {
            return Evidence::Recipient(zone);
        }
        let number = (*input.to.scheme() == AddressScheme::E164)
            .then(|| Zones::of_number(input.to.expose()));
        match (number.filter(|zones| !zones.is_empty()), &self.assumed) {
            (Some(zones), _) => Evidence::Number(zones),
            (None, Some(zone)) => Evidence::Assumed(zone),
            (None, None) => Evidence::None,
        }
    }

    /// The verdict for zones that are known.
    fn decide(
        input: &PolicyInput<'_>,
        zones: &[impl Borrow<TimeZone>],
        rows: &[&Row],
        evidence: Evidence<'_>,
    ) -> Verdict {
        if open_now(input.now, zones, rows.iter().map(|row| &row.hours)) {
            return Verdict::allow();
        }
        let mut week = Week::always();
        for row in rows {
            week.restrict(&row.hours);
        }
        let (code, text, until) = match opening(input.now, zones, &week) {
            Opening::Open => return Verdict::allow(),
            Opening::At(at) => (
                "quiet_hours",
                "the hour is not right where the recipient may be",
                at,
            ),
            Opening::Never => (
                "no_common_hour",
                "no hour of the coming week is right everywhere the recipient may be",
                msg_core::time::after(input.now, FAR),
            ),
        };
        Verdict::hold(
            until,
            with_rows(Reason::new(code, text).because(evidence.to_string()), rows),
        )
    }
}

/// What says where the recipient is.
#[derive(Clone, Copy)]
enum Evidence<'a> {
    Recipient(&'a str),
    Number(Zones),
    Assumed(&'a str),
    None,
}

impl fmt::Display for Evidence<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Recipient(_) => f.write_str("zone: of the recipient"),
            Self::Number(zones) => {
                let names: Vec<_> = zones.iter().take(NAMED).collect();
                write!(f, "zones of the number: {}", names.join(", "))?;
                match zones.len().saturating_sub(NAMED) {
                    0 => Ok(()),
                    more => write!(f, " and {more} more"),
                }
            }
            Self::Assumed(_) => f.write_str("zone: assumed by the host"),
            Self::None => f.write_str("zone: none known"),
        }
    }
}

fn with_rows(mut reason: Reason, rows: &[&Row]) -> Reason {
    for row in rows {
        reason = reason.because(format!("row: {} ({})", row.id, row.source));
    }
    reason
}

impl PolicyCheck for QuietHours {
    fn id(&self) -> &CheckId {
        &self.id
    }

    fn phases(&self) -> &[Phase] {
        &[Phase::Before, Phase::Dispatch]
    }

    fn needs(&self) -> &[Need] {
        &[]
    }

    fn revision(&self) -> &str {
        &self.revision
    }

    fn evaluate(&self, input: &PolicyInput<'_>) -> Verdict {
        let number = if *input.to.scheme() == AddressScheme::E164 {
            input.to.expose()
        } else {
            ""
        };
        let mut places = Vec::new();
        match input.draft.tags.region.as_deref() {
            Some(region) => places.push(region),
            None => places.extend(self.rules.places_of(number)),
        }
        let case = Case {
            jurisdictions: &places,
            channel: input.to.channel().as_str(),
            purpose: input.draft.purpose.as_str(),
        };
        let rows: Vec<&Row> = self.rules.binding(&case, input.now).collect();
        if rows.is_empty() {
            return Verdict::allow();
        }
        let evidence = self.evidence(input);
        let verdict = match evidence {
            Evidence::Number(zones) => {
                resolve_number(zones).map(|zones| Self::decide(input, &zones, &rows, evidence))
            }
            Evidence::Recipient(zone) | Evidence::Assumed(zone) => {
                resolve([zone]).map(|zones| Self::decide(input, &zones, &rows, evidence))
            }
            Evidence::None => None,
        };
        verdict.unwrap_or_else(|| {
            let reason = Reason::new("zone_unknown", "the recipient's time zone is not known");
            let reason = with_rows(reason.because(evidence.to_string()), &rows);
            Verdict::hold(msg_core::time::after(input.now, RECHECK), reason)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Case as Sample;
    use msg_core::message::{Address, Purpose};
    use msg_core::policy::Decision;

    fn sample(number: &str, now: &str) -> Sample {
        let mut case = Sample::marketing(number);
        case.now = now.parse().unwrap();
        case
    }

    fn verdict(case: &Sample) -> Verdict {
        QuietHours::standard().evaluate(&case.input(Phase::Dispatch))
    }

    fn until(text: &str) -> Decision {
        Decision::Hold(text.parse().unwrap())
    }

    #[test]
    fn every_zone_of_the_number_must_allow() {
        // Boise is an hour ahead of Los Angeles; this exchange may be in either.
        let case = sample("+12083745555", "2026-06-01T14:30:00Z");
        let verdict = verdict(&case);
        assert_eq!(verdict.decision, until("2026-06-01T15:00:00Z"));
        let reason = verdict.reasons.first().unwrap();
        assert_eq!(reason.code, "quiet_hours");
        assert_eq!(
            reason.evidence.first().unwrap(),
            "zones of the number: America/Boise, America/Los_Angeles"
        );
        assert!(
            reason
                .evidence
                .iter()
                .any(|e| e.starts_with("row: us (47 CFR")),
            "{:?}",
            reason.evidence
        );
        assert!(!format!("{reason:?}").contains("208374"));
    }

    #[test]
    fn the_recipients_own_zone_is_better_evidence() {
        let mut case = sample("+12083745555", "2026-06-01T14:30:00Z");
        case.draft.to.zone = Some("America/New_York".into());
        assert_eq!(verdict(&case).decision, Decision::Allow);
        case.draft.to.zone = Some("Mars/Olympus".into());
        assert_eq!(verdict(&case).reasons.first().unwrap().code, "zone_unknown");
    }

    #[test]
    fn the_state_row_binds_as_well() {
        let mut case = sample("+13055550132", "2026-06-02T00:30:00Z");
        assert_eq!(
            verdict(&case).decision,
            Decision::Allow,
            "20:30 in Florida, federal row only"
        );
        case.draft.tags.region = Some("US-FL".into());
        assert_eq!(verdict(&case).decision, until("2026-06-02T12:00:00Z"));
        case.draft.purpose = Purpose::OneTimeCode;
        assert_eq!(verdict(&case).decision, Decision::Allow);
    }

    #[test]
    fn an_unknown_zone_waits() {
        let mut case = Sample::new(Address::telegram(7), Purpose::Marketing);
        case.now = "2026-06-01T12:00:00Z".parse().unwrap();
        assert_eq!(verdict(&case).decision, until("2026-06-01T12:05:00Z"));
        let assuming = QuietHours::standard().assuming("Europe/Berlin");
        assert_eq!(
            assuming.evaluate(&case.input(Phase::Before)).decision,
            Decision::Allow
        );
        let invalid = sample("+10000000000000", "2026-06-01T18:00:00Z");
        assert_eq!(
            verdict(&invalid).reasons.first().unwrap().code,
            "zone_unknown"
        );
    }

    #[test]
    fn a_toll_free_number_has_few_common_hours() {
        let case = sample("+18002123456", "2026-06-01T12:00:00Z");
        let verdict = verdict(&case);
        assert!(matches!(verdict.decision, Decision::Hold(_)));
        assert!(
            verdict
                .reasons
                .first()
                .unwrap()
                .evidence
                .first()
                .unwrap()
                .ends_with("and 39 more")
        );
    }

    #[test]
    fn own_rows() {
        let noon = QuietHours::new(Rules::none().with(Row::own("lunch", Week::daily(720, 780))));
        let mut case = sample("+4930123456", "2026-06-01T09:00:00Z");
        assert_eq!(
            noon.evaluate(&case.input(Phase::Before)).decision,
            until("2026-06-01T10:00:00Z")
        );
        case.draft.to.zone = Some("UTC".into());
        assert_eq!(
            noon.evaluate(&case.input(Phase::Before)).decision,
            until("2026-06-01T12:00:00Z")
        );
        assert_ne!(noon.revision(), QuietHours::standard().revision());
        let never = QuietHours::new(Rules::none().with(Row::own("never", Week::never())));
        assert_eq!(
            never
                .evaluate(&case.input(Phase::Before))
                .reasons
                .first()
                .unwrap()
                .code,
            "no_common_hour"
        );
    }
}
