//! Length budgets: how long a message may be on its channel before somebody must look.

use crate::common::revision;
use msg_core::id::CheckId;
use msg_core::message::ChannelKind;
use msg_core::message::segment::{SegmentOptions, count};
use msg_core::policy::{Need, Phase, PolicyCheck, PolicyInput, Reason, Verdict};
use unicode_segmentation::UnicodeSegmentation;

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unit {
    /// What a reader sees as one character (Unicode extended grapheme clusters).
    Graphemes,
    /// Unicode scalar values.
    Characters,
    /// Parts of a concatenated SMS.
    Segments,
}

/// The most that a message may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Budget {
    /// In this unit.
    pub unit: Unit,
    /// At most so many.
    pub max: usize,
}

impl Budget {
    /// At most `max` of `unit`.
    #[must_use]
    pub const fn new(unit: Unit, max: usize) -> Self {
        Self { unit, max }
    }
}

/// Fewest bytes that can fill one part of a concatenated SMS: 67 UTF-16 units (3GPP TS 23.040), one of which a surrogate pair may
/// leave empty; no unit takes less than one byte of UTF-8.
const SEGMENT_BYTES: usize = 66;

/// Refuses a message that is longer than the budget of its channel.
///
/// All that a reader sees counts, with the footer and the disclosure of the draft. It does not know what a channel can carry: the
/// planner splits and degrades. This is the limit of what the host wants to say and pay, above all when a model wrote it. Codes:
/// `too_long`.
#[derive(Clone, Debug)]
pub struct Length {
    id: CheckId,
    revision: String,
    budgets: Vec<(ChannelKind, Budget)>,
    otherwise: Option<Budget>,
    queue: Option<String>,
}

impl Length {
    /// No budgets.
    #[must_use]
    pub fn new() -> Self {
        let id = CheckId::from_static("length");
        Self {
            id,
            revision: String::new(),
            budgets: Vec::new(),
            otherwise: None,
            queue: None,
        }
        .sealed()
    }

    /// Six parts on SMS, 50,000 characters in an e-mail, 4,000 elsewhere: generous defaults that stop what ran away.
    #[must_use]
    pub fn standard() -> Self {
        Self::new()
            .with(ChannelKind::Sms, Budget::new(Unit::Segments, 6))
            .with(ChannelKind::Email, Budget::new(Unit::Characters, 50_000))
            .otherwise(Budget::new(Unit::Graphemes, 4_000))
    }

    /// Sets the budget of a channel.
    #[must_use]
    pub fn with(mut self, channel: ChannelKind, budget: Budget) -> Self {
        self.budgets.retain(|(known, _)| *known != channel);
        self.budgets.push((channel, budget));
        self.sealed()
    }

    /// Sets the budget of every channel that has none of its own.
    #[must_use]
    pub fn otherwise(mut self, budget: Budget) -> Self {
        self.otherwise = Some(budget);
        self.sealed()
    }

    /// Asks a person in this queue instead of refusing.
    #[must_use]
    pub fn reviewed_in(mut self, queue: impl Into<String>) -> Self {
        self.queue = Some(queue.into());
        self.sealed()
    }

    fn sealed(mut self) -> Self {
        self.revision = revision(1, &(&self.budgets, &self.otherwise, &self.queue));
        self
    }

    fn budget(&self, channel: &ChannelKind) -> Option<Budget> {
        self.budgets
            .iter()
            .find(|(known, _)| known == channel)
            .map(|(_, budget)| *budget)
            .or(self.otherwise)
    }
}

impl Default for Length {
    fn default() -> Self {
        Self::standard()
    }
}

/// How much of `budget` the runs take, or `None` when they are within it for certain.
fn over(budget: Budget, runs: &[&str]) -> Option<usize> {
    let bytes: usize = runs.iter().map(|run| run.len() + 1).sum();
    let safe = match budget.unit {
        Unit::Graphemes | Unit::Characters => budget.max,
        Unit::Segments => budget.max.saturating_mul(SEGMENT_BYTES),
    };
    if bytes <= safe {
        return None;
    }
    let used = match budget.unit {
        Unit::Graphemes => runs.iter().map(|run| run.graphemes(true).count()).sum(),
        Unit::Characters => runs.iter().map(|run| run.chars().count()).sum(),
        Unit::Segments => match runs {
            [one] => count(one, SegmentOptions::new()).segments,
            several => count(&several.join("\n"), SegmentOptions::new()).segments,
        },
    };
    (used > budget.max).then_some(used)
}

impl PolicyCheck for Length {
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
        let (Some(budget), Some(content)) = (self.budget(input.to.channel()), input.content) else {
            return Verdict::allow();
        };
        let mut runs = Vec::with_capacity(4);
        runs.extend(input.draft.disclosure.as_deref());
        content.for_each_text(&mut |run| runs.push(run));
        runs.extend(input.draft.footer.as_deref());
        let Some(used) = over(budget, &runs) else {
            return Verdict::allow();
        };
        let unit = match budget.unit {
            Unit::Graphemes => "graphemes",
            Unit::Characters => "characters",
            Unit::Segments => "segments",
        };
        let reason = Reason::new("too_long", "the message is longer than its budget")
            .because(format!("{unit}: {used} of {}", budget.max));
        match &self.queue {
            Some(queue) => Verdict::review(queue.clone(), reason),
            None => Verdict::deny(reason),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Case;
    use msg_core::policy::Decision;
    use proptest::prelude::*;

    fn decision(check: &Length, text: &str) -> Decision {
        check
            .evaluate(
                &Case::marketing("+14155550132")
                    .saying(text)
                    .input(Phase::After),
            )
            .decision
    }

    #[test]
    fn units_differ() {
        let family = "👨‍👩‍👧‍👦";
        let by = |unit, max| Length::new().otherwise(Budget::new(unit, max));
        assert_eq!(
            decision(&by(Unit::Graphemes, 3), &family.repeat(3)),
            Decision::Allow
        );
        assert_eq!(
            decision(&by(Unit::Graphemes, 3), &family.repeat(4)),
            Decision::Deny
        );
        assert_eq!(
            decision(&by(Unit::Characters, 21), &family.repeat(3)),
            Decision::Allow
        );
        assert_eq!(
            decision(&by(Unit::Characters, 20), &family.repeat(3)),
            Decision::Deny
        );
        assert_eq!(
            decision(&by(Unit::Segments, 1), &"a".repeat(160)),
            Decision::Allow
        );
        assert_eq!(
            decision(&by(Unit::Segments, 1), &"a".repeat(161)),
            Decision::Deny
        );
        assert_eq!(
            decision(&by(Unit::Segments, 1), &"ж".repeat(71)),
            Decision::Deny
        );
    }

    #[test]
    fn footer_counts_and_a_person_may_decide() {
        let check = Length::new()
            .otherwise(Budget::new(Unit::Characters, 10))
            .reviewed_in("editors");
        let mut case = Case::marketing("+14155550132").saying("123456");
        assert_eq!(
            check.evaluate(&case.input(Phase::After)).decision,
            Decision::Allow
        );
        case.draft.footer = Some("12345".into());
        let verdict = check.evaluate(&case.input(Phase::After));
        assert_eq!(verdict.decision, Decision::Review("editors".into()));
        assert_eq!(
            verdict.reasons.first().unwrap().evidence,
            ["characters: 11 of 10"]
        );
    }

    #[test]
    fn one_odd_letter_makes_every_letter_dear() {
        for letters in 0..400 {
            let text = "a".repeat(letters) + "ж";
            let segments = count(&text, SegmentOptions::new()).segments;
            for max in 1..6 {
                let over = over(Budget::new(Unit::Segments, max), &[&text]).is_some();
                assert_eq!(over, segments > max, "{letters} letters in {max}");
            }
        }
    }

    proptest! {
        /// The quick way out must never let something through that the count would refuse.
        #[test]
        fn the_quick_answer_agrees_with_counting(text in "[a-zé😀ж€\\[ ]{0,220}", max in 1_usize..4) {
            let segments = count(&text, SegmentOptions::new()).segments;
            prop_assert_eq!(over(Budget::new(Unit::Segments, max), &[&text]).is_some(), segments > max);
            let characters = text.chars().count();
            prop_assert_eq!(over(Budget::new(Unit::Characters, max * 50), &[&text]).is_some(), characters > max * 50);
        }
    }
}
