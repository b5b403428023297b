//! The check.

use super::opening::{Opening, opening};
use super::resolve;
use super::rules::{Case, Row, Rules};
use super::week::Week;
use crate::common::{RECHECK, revision};
use crate::zones::Zones;
use jiff::tz::TimeZone;
use msg_core::id::CheckId;
use msg_core::message::AddressScheme;
use msg_core::policy::{Need, Phase, PolicyCheck, PolicyInput, Reason, Verdict};
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

    /// The zones, and where they come from.
    fn zones(&self, input: &PolicyInput<'_>) -> (Option<Vec<TimeZone>>, String) {
        if let Some(zone) = &input.draft.to.zone {
            return (
                resolve([zone.as_str()]),
                "zone: of the recipient".to_owned(),
            );
        }
        let number = (*input.to.scheme() == AddressScheme::E164)
            .then(|| Zones::of_number(input.to.expose()));
        if let Some(zones) = number.filter(|zones| !zones.is_empty()) {
            let names: Vec<_> = zones.iter().take(NAMED).collect();
            let more = zones.len().saturating_sub(NAMED);
            let rest = if more == 0 {
                String::new()
            } else {
                format!(" and {more} more")
            };
            return (
                resolve(zones.iter()),
                format!("zones of the number: {}{rest}", names.join(", ")),
            );
        }
        match &self.assumed {
            Some(zone) => (
                resolve([zone.as_str()]),
                "zone: assumed by the host".to_owned(),
            ),
            None => (None, "zone: none known".to_owned()),
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
        let Some((first, others)) = rows.split_first() else {
            return Verdict::allow();
        };
        let (zones, evidence) = self.zones(input);
        let Some(zones) = zones else {
            let reason = Reason::new("zone_unknown", "the recipient's time zone is not known")
                .because(evidence);
            return Verdict::hold(
                msg_core::time::after(input.now, RECHECK),
                with_rows(reason, &rows),
            );
        };
        let mut week: Week = first.hours.clone();
        for row in others {
            week.restrict(&row.hours);
        }
        match opening(input.now, &zones, &week) {
            Opening::Open => Verdict::allow(),
            Opening::At(at) => {
                let reason = Reason::new(
                    "quiet_hours",
                    "the hour is not right where the recipient may be",
                )
                .because(evidence);
                Verdict::hold(at, with_rows(reason, &rows))
            }
            Opening::Never => {
                let reason = Reason::new(
                    "no_common_hour",
                    "no hour of the coming week is right everywhere the recipient may be",
                );
                Verdict::hold(
                    msg_core::time::after(input.now, FAR),
                    with_rows(reason.because(evidence), &rows),
                )
            }
        }
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
