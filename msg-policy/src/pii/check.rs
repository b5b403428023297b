//! The check that keeps personal data out of what is sent.

use super::{Kind, find};
use crate::common::revision;
use msg_core::id::CheckId;
use msg_core::policy::{
    Decision, Detector, Edit, Need, Phase, PolicyCheck, PolicyInput, Reason, Span, Verdict,
};
use std::collections::BTreeMap;
use std::ops::Range;

/// Finds the kinds of [`Kind`] for whoever masks text, such as the engine before a model sees it. Can be limited to some kinds.
#[derive(Clone, Debug)]
pub struct Finder {
    kinds: Vec<Kind>,
}

impl Finder {
    /// Every kind.
    #[must_use]
    pub fn new() -> Self {
        Self::of(Kind::ALL)
    }

    /// These kinds only.
    #[must_use]
    pub fn of(kinds: impl IntoIterator<Item = Kind>) -> Self {
        Self {
            kinds: kinds.into_iter().collect(),
        }
    }
}

impl Default for Finder {
    fn default() -> Self {
        Self::new()
    }
}

impl Detector for Finder {
    fn find(&self, text: &str) -> Vec<(Range<usize>, &'static str)> {
        let spans = find(text)
            .into_iter()
            .filter(|span| self.kinds.contains(&span.kind));
        spans
            .map(|span| (span.start..span.end, span.kind.label()))
            .collect()
    }
}

/// What happens to personal data in a message.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Action {
    /// It may stand there.
    Keep,
    /// All but its end is struck out: `****1111`.
    Redact,
    /// A person decides, in this queue.
    Review(String),
    /// The message must not leave.
    Deny,
}

/// Looks for personal data in what is about to be sent, by hand-written detectors.
///
/// Payment cards and social security numbers are redacted by default, whoever wrote them: neither belongs into a message. The other
/// kinds may stand, since messages are full of rightful addresses and numbers. It reads what a person sees, not links. Codes:
/// `personal_data`, with the kinds found.
#[derive(Clone, Debug)]
pub struct PersonalData {
    id: CheckId,
    revision: String,
    actions: BTreeMap<Kind, Action>,
}

impl PersonalData {
    /// Redacts payment cards and social security numbers.
    #[must_use]
    pub fn standard() -> Self {
        let actions = [
            (Kind::CreditCard, Action::Redact),
            (Kind::UsSsn, Action::Redact),
        ];
        Self {
            id: CheckId::from_static("pii"),
            revision: String::new(),
            actions: actions.into(),
        }
        .sealed()
    }

    /// Sets what happens to a kind.
    #[must_use]
    pub fn with(mut self, kind: Kind, action: Action) -> Self {
        self.actions.insert(kind, action);
        self.sealed()
    }

    fn sealed(mut self) -> Self {
        self.revision = revision(1, &self.actions);
        self
    }
}

impl Default for PersonalData {
    fn default() -> Self {
        Self::standard()
    }
}

/// The last characters of a value that identify it to its owner.
const KEPT: usize = 4;

/// A value with all but its last four letters or digits struck out; short or other kinds of value are struck out whole.
fn redacted(kind: Kind, value: &str) -> String {
    let mut out = String::from("****");
    if matches!(kind, Kind::Email | Kind::Ip) {
        return out;
    }
    let letters = || value.chars().filter(|c| c.is_alphanumeric());
    let count = letters().count();
    if count >= 2 * KEPT {
        out.extend(letters().skip(count - KEPT));
    }
    out
}

impl PolicyCheck for PersonalData {
    fn id(&self) -> &CheckId {
        &self.id
    }

    fn phases(&self) -> &[Phase] {
        &[Phase::After]
    }

    fn needs(&self) -> &[Need] {
        &[]
    }

    fn revision(&self) -> &str {
        &self.revision
    }

    fn evaluate(&self, input: &PolicyInput<'_>) -> Verdict {
        let Some(content) = input.content else {
            return Verdict::allow();
        };
        let mut decision = Decision::Allow;
        let mut reasons: BTreeMap<Kind, Reason> = BTreeMap::new();
        let mut run = 0;
        content.for_each_text(&mut |text| {
            for found in find(text) {
                let span = Span::new(run, found.start..found.end);
                let next = match self.actions.get(&found.kind).unwrap_or(&Action::Keep) {
                    Action::Keep => continue,
                    Action::Redact => Decision::Rewrite(vec![Edit::Replace {
                        span,
                        with: redacted(found.kind, found.of(text)),
                    }]),
                    Action::Review(queue) => Decision::Review(queue.clone().into()),
                    Action::Deny => Decision::Deny,
                };
                decision = std::mem::replace(&mut decision, Decision::Allow).strictest(next);
                let reason = reasons.remove(&found.kind).unwrap_or_else(|| {
                    Reason::new("personal_data", "the text holds personal data")
                        .because(format!("kind: {}", found.kind))
                });
                reasons.insert(found.kind, reason.at(span));
            }
            run += 1;
        });
        Verdict {
            decision,
            reasons: reasons.into_values().collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Case;
    use msg_core::message::{Card, Content};

    fn evaluate(check: &PersonalData, content: Content) -> Verdict {
        let mut case = Case::marketing("+14155550132");
        case.content = Some(content);
        check.evaluate(&case.input(Phase::After))
    }

    #[test]
    fn cards_are_redacted_where_they_stand() {
        let card = Card::new("Receipt")
            .with_text("Paid with 4111 1111 1111 1111, questions to jo@example.com");
        let verdict = evaluate(&PersonalData::standard(), Content::Card(card));
        let span = Span::new(1, 10..29);
        assert_eq!(
            verdict.decision,
            Decision::Rewrite(vec![Edit::Replace {
                span,
                with: "****1111".into()
            }])
        );
        let reason = verdict.reasons.first().unwrap();
        assert_eq!(
            (&*reason.code, &reason.spans, &reason.evidence),
            (
                "personal_data",
                &vec![span],
                &vec!["kind: CREDIT_CARD".to_owned()]
            )
        );
        assert!(!format!("{:?}", verdict.reasons).contains("4111"));
    }

    #[test]
    fn the_strictest_action_wins() {
        let check = PersonalData::standard()
            .with(Kind::Email, Action::Review("privacy".into()))
            .with(Kind::Iban, Action::Deny);
        let both = evaluate(&check, Content::text("jo@example.com 081-80-5372"));
        assert_eq!(both.decision, Decision::Review("privacy".into()));
        assert_eq!(both.reasons.len(), 2);
        assert_eq!(
            evaluate(
                &check,
                Content::text("DE89370400440532013000 and jo@example.com")
            )
            .decision,
            Decision::Deny
        );
        assert_eq!(
            evaluate(&check, Content::text("call +49 30 1234567")),
            Verdict::allow()
        );
    }

    #[test]
    fn little_of_a_value_is_kept() {
        assert_eq!(redacted(Kind::UsSsn, "081-80-5372"), "****5372");
        assert_eq!(redacted(Kind::Phone, "451 598"), "****");
        assert_eq!(redacted(Kind::Email, "jo@example.com"), "****");
    }

    #[test]
    fn the_detector_can_be_limited() {
        let text = "jo@example.com 10.0.0.1";
        assert_eq!(Finder::new().find(text), [(0..14, "EMAIL"), (15..23, "IP")]);
        assert_eq!(Finder::of([Kind::Ip]).find(text), [(15..23, "IP")]);
    }
}
