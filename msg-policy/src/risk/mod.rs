//! Risk phrases: words that a message should not contain, or not without a second look.

mod phrases;

pub use phrases::{Category, Phrase, Severity};

use crate::common::revision;
use msg_core::Error;
use msg_core::id::CheckId;
use msg_core::policy::{Decision, Need, Phase, PolicyCheck, PolicyInput, Reason, Span, Verdict};
use phrases::Automaton;
use std::collections::BTreeMap;

/// Looks for phrases in what a person will read.
///
/// A phrase matches as whole words in any case, also through disguised characters and line ends. The worst one found decides: high
/// denies, medium asks a person, low is only noted. It knows words, not meaning: a quotation or a denial matches as well, and a
/// paraphrase does not. Codes: the categories (`guarantee`, `medical`, …), with the spans and the positions in the list.
#[derive(Clone, Debug)]
pub struct Risk {
    id: CheckId,
    revision: String,
    automaton: Automaton,
    queue: String,
}

/// The queue for what a person should look at.
const QUEUE: &str = "risk";

impl Risk {
    /// The shipped list.
    ///
    /// # Errors
    /// As [`Risk::new`]; the shipped list has none.
    pub fn standard() -> Result<Self, Error> {
        Self::new(phrases::shipped().1)
    }

    /// The shipped list and more phrases.
    ///
    /// # Errors
    /// As [`Risk::new`].
    pub fn standard_and(more: impl IntoIterator<Item = Phrase>) -> Result<Self, Error> {
        Self::new(phrases::shipped().1.into_iter().chain(more))
    }

    /// These phrases only.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`](msg_core::ErrorKind::Invalid) when a phrase has no words or they are too many to compile.
    pub fn new(phrases: impl IntoIterator<Item = Phrase>) -> Result<Self, Error> {
        let automaton = Automaton::new(phrases.into_iter().collect())?;
        Ok(Self {
            id: CheckId::from_static("risk"),
            revision: String::new(),
            automaton,
            queue: QUEUE.to_owned(),
        }
        .sealed())
    }

    /// Sets the queue for what a person should look at; `risk` by default.
    #[must_use]
    pub fn reviewed_in(mut self, queue: impl Into<String>) -> Self {
        self.queue = queue.into();
        self.sealed()
    }

    fn sealed(mut self) -> Self {
        self.revision = revision(1, &(&self.automaton.phrases, &self.queue));
        self
    }
}

impl PolicyCheck for Risk {
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
        let mut worst = Severity::Low;
        let mut reasons: BTreeMap<Category, Reason> = BTreeMap::new();
        let mut run = 0;
        content.for_each_text(&mut |text| {
            for found in self.automaton.find(text) {
                let Some(phrase) = self.automaton.phrases.get(found.phrase) else {
                    continue;
                };
                worst = worst.max(phrase.severity);
                let reason = reasons.remove(&phrase.category).unwrap_or_else(|| {
                    Reason::new(
                        phrase.category.as_str(),
                        "the text holds a phrase on the risk list",
                    )
                });
                let place = format!("phrase: {}", found.phrase);
                reasons.insert(
                    phrase.category,
                    reason.at(Span::new(run, found.range)).because(place),
                );
            }
            run += 1;
        });
        let decision = match worst {
            _ if reasons.is_empty() => Decision::Allow,
            Severity::Low => Decision::Allow,
            Severity::Medium => Decision::Review(self.queue.clone().into()),
            Severity::High => Decision::Deny,
        };
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
    use proptest::prelude::*;

    fn verdict(check: &Risk, text: &str) -> Verdict {
        check.evaluate(
            &Case::marketing("+14155550132")
                .saying(text)
                .input(Phase::After),
        )
    }

    fn codes(text: &str) -> Vec<String> {
        verdict(&Risk::standard().unwrap(), text)
            .reasons
            .into_iter()
            .map(|reason| reason.code.into_owned())
            .collect()
    }

    #[test]
    fn the_shipped_list_reads_and_has_every_category() {
        let (version, rows) = phrases::shipped();
        assert_eq!(version, "en-1");
        for category in [
            Category::Guarantee,
            Category::Legal,
            Category::Medical,
            Category::Financial,
            Category::Threat,
            Category::Discrimination,
        ] {
            assert!(
                rows.iter().filter(|row| row.category == category).count() >= 5,
                "{category:?}"
            );
        }
        assert!(
            rows.iter()
                .all(|row| row.phrase == row.phrase.trim().to_lowercase())
        );
    }

    #[test]
    fn the_worst_phrase_decides() {
        let check = Risk::new([
            Phrase::new("soft", Category::Host, Severity::Low),
            Phrase::new("middling", Category::Legal, Severity::Medium),
            Phrase::new("hard", Category::Threat, Severity::High),
        ])
        .unwrap()
        .reviewed_in("editors");
        assert_eq!(verdict(&check, "nothing"), Verdict::allow());
        let low = verdict(&check, "a soft word");
        assert_eq!((low.decision, low.reasons.len()), (Decision::Allow, 1));
        assert_eq!(
            verdict(&check, "soft, middling").decision,
            Decision::Review("editors".into())
        );
        let all = verdict(&check, "soft middling HARD");
        assert_eq!(all.decision, Decision::Deny);
        assert_eq!(
            all.reasons.iter().map(|r| &*r.code).collect::<Vec<_>>(),
            ["legal", "threat", "host"]
        );
        let spans = &all.reasons.get(1).unwrap().spans;
        assert_eq!(spans, &[Span::new(0, 14..18)]);
    }

    #[test]
    fn whole_words_in_any_dress() {
        for text in [
            "Guaranteed Returns!",
            "guaranteed\n  returns",
            "guaranteed\u{a0}returns",
            "guaran\u{200b}teed returns",
            "“guaranteed returns”",
            "guaranteеd returns",
        ] {
            assert_eq!(codes(text), ["financial"], "{text:?}");
        }
        for text in [
            "unguaranteed returns",
            "guaranteed returnsé",
            "guaranteed, returns",
            "",
            "we warrant nothing",
        ] {
            assert!(codes(text).is_empty(), "{text:?}");
        }
        assert_eq!(codes("you don’t need a lawyer"), ["legal"]);
    }

    #[test]
    fn phrases_of_other_languages() {
        let check = Risk::new([Phrase::new(
            "Garantía total",
            Category::Guarantee,
            Severity::High,
        )])
        .unwrap();
        for text in ["garantía total", "GARANTÍA TOTAL", "¡Garantía total!"] {
            assert_eq!(verdict(&check, text).decision, Decision::Deny, "{text}");
        }
    }

    #[test]
    fn the_text_is_never_repeated() {
        let shown = format!(
            "{:?}",
            verdict(&Risk::standard().unwrap(), "Guaranteed Returns for Joanna")
        );
        assert!(
            !shown.contains("Joanna") && !shown.contains("Guaranteed"),
            "{shown}"
        );
    }

    #[test]
    fn a_phrase_without_words_is_refused() {
        assert!(Risk::new([Phrase::new(" ", Category::Host, Severity::Low)]).is_err());
    }

    proptest! {
        #[test]
        fn spans_lie_in_the_text(text in "(\\PC{0,3}|guaranteed returns|sue you|\u{200b}| ){0,12}") {
            for reason in verdict(&Risk::standard().unwrap(), &text).reasons {
                for span in reason.spans {
                    let range = usize::try_from(span.start).unwrap()..usize::try_from(span.end).unwrap();
                    prop_assert!(text.get(range).is_some_and(|part| !part.is_empty()));
                }
            }
        }
    }
}
