//! What every policy check must keep: the sentences of [`PolicyCheck`]'s contract, each as a function.
//!
//! ```
//! # use msg_core::policy::{Need, Phase, PolicyCheck, PolicyInput, Verdict};
//! # use msg_core::id::CheckId;
//! # #[derive(Debug)] struct Mine(CheckId);
//! # impl PolicyCheck for Mine {
//! #     fn id(&self) -> &CheckId { &self.0 }
//! #     fn phases(&self) -> &[Phase] { &[Phase::After] }
//! #     fn needs(&self) -> &[Need] { &[] }
//! #     fn revision(&self) -> &str { "1" }
//! #     fn evaluate(&self, _: &PolicyInput<'_>) -> Verdict { Verdict::allow() }
//! # }
//! use msg_core::testkit::check::{conformance, samples};
//!
//! let mine = Mine(CheckId::from_static("mine"));
//! conformance(&mine, &samples()).expect("keeps the contract");
//! ```

use super::violation::{Outcome, Violation, ensure, ensure_eq};
use crate::Timestamp;
use crate::consent::{Basis, ConsentAct, ConsentEvent, ConsentSource, ConsentState, OptOutScope};
use crate::id::{SubjectId, TenantId};
use crate::message::{Address, Card, ChannelKind, Content, Draft, Purpose};
use crate::policy::{
    ConversationFact, Decision, Edit, Facts, Need, Phase, PolicyCheck, PolicyInput, SentFact, Span,
    Verdict,
};

/// A word that stands in every text of the samples and must never come back in a reason.
const CANARY: &str = "Quillfeather";

/// Everything that one input borrows.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Sample {
    /// The draft.
    pub draft: Draft,
    /// The address that was chosen.
    pub to: Address,
    /// What is said, once it is composed.
    pub content: Option<Content>,
    /// The facts, all that a check may need.
    pub facts: Facts,
    /// The time.
    pub now: Timestamp,
}

impl Sample {
    /// A draft to its first address, with these facts and no content. `None` when the draft has no address.
    #[must_use]
    pub fn new(draft: Draft, facts: Facts, now: Timestamp) -> Option<Self> {
        let to = draft.to.addresses.first()?.clone();
        Some(Self {
            draft,
            to,
            content: None,
            facts,
            now,
        })
    }

    /// Sets what is said.
    #[must_use]
    pub fn saying(mut self, content: Content) -> Self {
        self.content = Some(content);
        self
    }

    /// The input of a phase. Content is there only after it was composed, as in the engine.
    #[must_use]
    pub fn input(&self, phase: Phase) -> PolicyInput<'_> {
        let content = self.content.as_ref().filter(|_| phase == Phase::After);
        PolicyInput::new(phase, self.now, &self.draft, &self.to, &self.facts).with_content(content)
    }
}

/// Samples to begin with: purposes, channels and contents crossed with people who agreed, refused, were sent much, and never wrote.
/// Add those that make your check speak.
#[must_use]
pub fn samples() -> Vec<Sample> {
    // 2026-06-01T03:00:00Z is night in Europe, 20:00 in California.
    let now = Timestamp::from_second(1_780_282_800).unwrap_or(Timestamp::UNIX_EPOCH);
    let addresses = [
        Address::phone(ChannelKind::Sms, "+14155550132"),
        Address::phone(ChannelKind::WhatsApp, "+493012345678"),
        Address::email("quillfeather@example.org"),
        Ok(Address::telegram(4_155_550_132)),
    ];
    let mut samples = Vec::new();
    for to in addresses.into_iter().flatten() {
        for purpose in Purpose::KNOWN {
            for (facts, content) in people(&to, now)
                .into_iter()
                .flat_map(|facts| contents().map(|content| (facts.clone(), content)))
            {
                let tenant = TenantId::from_static("testkit");
                let draft = Draft::new(tenant, to.clone(), purpose.clone(), Content::default());
                samples.extend(Sample::new(draft, facts, now).map(|sample| sample.saying(content)));
            }
        }
    }
    samples
}

fn people(to: &Address, now: Timestamp) -> [Facts; 3] {
    let event = |act| {
        ConsentEvent::new(
            TenantId::from_static("testkit"),
            to,
            act,
            ConsentSource::Form,
            Timestamp::UNIX_EPOCH,
        )
        .with_subject(Some(SubjectId::from_static("somebody")))
    };
    let yes = event(ConsentAct::OptIn {
        purpose: Purpose::Marketing,
        topic: None,
        basis: Basis::ExpressWritten,
        expires: None,
        pending: false,
    });
    let no = event(ConsentAct::OptOut(OptOutScope::Everything));
    let facts = |events: &[ConsentEvent], sent: usize, wrote: bool| {
        let conversation = ConversationFact {
            last_inbound: wrote.then_some(now),
            ..ConversationFact::default()
        };
        Facts {
            consent: Some(ConsentState::fold(events)),
            sent: Some(vec![
                SentFact::new(
                    now,
                    to.channel().clone(),
                    Purpose::Marketing,
                    None
                );
                sent
            ]),
            conversation: Some(conversation),
            ..Facts::default()
        }
    };
    [
        facts(&[yes], 0, true),
        facts(&[no], 0, false),
        facts(&[], 50, false),
    ]
}

fn contents() -> [Content; 3] {
    let long = format!("{CANARY} é👩‍👩‍👧 ").repeat(400);
    let card = Card::new(CANARY).with_text(format!(
        "{CANARY}: guaranteed returns, card 4111 1111 1111 1111, jo@example.com"
    ));
    [
        Content::text(CANARY),
        Content::Card(card),
        Content::text(long),
    ]
}

/// One sentence of the contract: its name, and what finds out whether it holds.
pub type Sentence = (&'static str, fn(&dyn PolicyCheck, &[Sample]) -> Outcome);

/// The contract, sentence by sentence.
pub const SENTENCES: [Sentence; 7] = [
    ("describes itself", describes_itself),
    ("the same input gives the same verdict", is_pure),
    ("a missing fact never makes it allow", fails_closed),
    ("whatever does not allow says why", gives_reasons),
    (
        "reasons never repeat the message or the address",
        keeps_quiet,
    ),
    ("spans lie in the text", points_into_the_text),
    ("a hold ends later than it begins", holds_forward),
];

/// Tries every sentence.
///
/// # Errors
/// The first sentence that does not hold, by its name.
pub fn conformance(check: &dyn PolicyCheck, samples: &[Sample]) -> Outcome {
    SENTENCES.iter().try_for_each(|(name, holds)| {
        holds(check, samples)
            .map_err(|violation| Violation::new(format!("`{}`: {name}: {violation}", check.id())))
    })
}

/// Every verdict of the check over the samples.
fn verdicts<'a>(
    check: &'a dyn PolicyCheck,
    samples: &'a [Sample],
) -> impl Iterator<Item = (&'a Sample, Phase, Verdict)> {
    let phases = || check.phases().iter().copied();
    samples.iter().flat_map(move |sample| {
        phases().map(move |phase| (sample, phase, check.evaluate(&sample.input(phase))))
    })
}

fn describes_itself(check: &dyn PolicyCheck, _: &[Sample]) -> Outcome {
    let unique = |count: usize, distinct: usize| count == distinct;
    let phases: std::collections::BTreeSet<_> = check.phases().iter().collect();
    let needs: std::collections::BTreeSet<_> = check.needs().iter().collect();
    ensure!(!check.id().as_str().is_empty(), "its id is empty");
    ensure!(!check.phases().is_empty(), "it runs in no phase");
    ensure!(
        unique(check.phases().len(), phases.len()),
        "it names a phase twice"
    );
    ensure!(
        unique(check.needs().len(), needs.len()),
        "it names a fact twice"
    );
    ensure!(!check.revision().is_empty(), "its revision is empty");
    Ok(())
}

fn is_pure(check: &dyn PolicyCheck, samples: &[Sample]) -> Outcome {
    let revision = check.revision().to_owned();
    let first: Vec<Verdict> = verdicts(check, samples)
        .map(|(_, _, verdict)| verdict)
        .collect();
    for (i, ((_, phase, again), first)) in verdicts(check, samples).zip(&first).enumerate() {
        ensure_eq!(
            again,
            *first,
            "evaluated again in phase {phase:?}, verdict {i}"
        );
    }
    // In another order and on another thread: neither may matter.
    let other: Vec<Verdict> = std::thread::scope(|scope| {
        let reversed = || {
            samples.iter().rev().flat_map(|sample| {
                check
                    .phases()
                    .iter()
                    .rev()
                    .map(move |phase| check.evaluate(&sample.input(*phase)))
            })
        };
        scope
            .spawn(move || reversed().collect())
            .join()
            .unwrap_or_default()
    });
    ensure!(
        other.iter().rev().eq(&first),
        "the verdicts depend on the order or the thread"
    );
    ensure_eq!(check.revision(), revision, "the revision changed");
    for verdict in &first {
        let json = serde_json::to_string(verdict)
            .map_err(|e| Violation::new(format!("a verdict cannot be written: {e}")))?;
        let back: Verdict = serde_json::from_str(&json)
            .map_err(|e| Violation::new(format!("a verdict cannot be read: {e}")))?;
        ensure_eq!(back, *verdict, "a verdict changed in the trace");
    }
    Ok(())
}

fn fails_closed(check: &dyn PolicyCheck, samples: &[Sample]) -> Outcome {
    for (sample, phase, verdict) in
        verdicts(check, samples).filter(|(_, _, verdict)| verdict.decision != Decision::Allow)
    {
        for need in check.needs() {
            let mut blind = sample.clone();
            forget(&mut blind.facts, need);
            let decision = check.evaluate(&blind.input(phase)).decision;
            ensure!(
                decision != Decision::Allow,
                "in phase {phase:?} it said {} with {need:?} and allows without",
                name(&verdict.decision)
            );
        }
    }
    Ok(())
}

fn forget(facts: &mut Facts, need: &Need) {
    match need {
        Need::Consent => facts.consent = None,
        Need::Sent(_) => facts.sent = None,
        Need::Conversation => facts.conversation = None,
        Need::Custom(name) => {
            facts.custom.remove(*name);
        }
    }
}

const fn name(decision: &Decision) -> &'static str {
    match decision {
        Decision::Allow => "allow",
        Decision::Rewrite(_) => "rewrite",
        Decision::Hold(_) => "hold",
        Decision::Review(_) => "review",
        Decision::Deny => "deny",
    }
}

fn gives_reasons(check: &dyn PolicyCheck, samples: &[Sample]) -> Outcome {
    for (_, phase, verdict) in verdicts(check, samples) {
        let said = name(&verdict.decision);
        ensure!(
            verdict.decision == Decision::Allow || !verdict.reasons.is_empty(),
            "in phase {phase:?} it says {said} without a reason"
        );
        for reason in &verdict.reasons {
            let stable = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
            ensure!(
                !reason.code.is_empty() && reason.code.bytes().all(stable),
                "the code `{}` is not in snake case",
                reason.code
            );
            ensure!(
                !reason.text.trim().is_empty() && !reason.text.contains('\n'),
                "the reason `{}` is not one line of text",
                reason.code
            );
        }
        if let Decision::Review(queue) = &verdict.decision {
            ensure!(!queue.is_empty(), "it asks for a review in no queue");
        }
    }
    Ok(())
}

fn keeps_quiet(check: &dyn PolicyCheck, samples: &[Sample]) -> Outcome {
    for (sample, phase, verdict) in verdicts(check, samples) {
        for reason in &verdict.reasons {
            for said in reason
                .evidence
                .iter()
                .map(String::as_str)
                .chain([&*reason.text])
            {
                ensure!(
                    !said.contains(sample.to.expose()),
                    "in phase {phase:?} the reason `{}` repeats the address",
                    reason.code
                );
                let mut repeated = said.contains(CANARY);
                if let Some(content) = &sample.content {
                    // Short runs may be words that a reason has by itself.
                    content.for_each_text(&mut |run| {
                        repeated |= run.len() >= 12 && said.contains(run);
                    });
                }
                ensure!(
                    !repeated,
                    "in phase {phase:?} the reason `{}` repeats the message",
                    reason.code
                );
            }
        }
    }
    Ok(())
}

fn points_into_the_text(check: &dyn PolicyCheck, samples: &[Sample]) -> Outcome {
    for (sample, phase, verdict) in verdicts(check, samples) {
        let mut runs = Vec::new();
        if let Some(content) = sample.input(phase).content {
            content.for_each_text(&mut |run| runs.push(run));
        }
        let edits = match &verdict.decision {
            Decision::Rewrite(edits) => edits.as_slice(),
            _ => &[],
        };
        let edited = edits.iter().filter_map(|edit| match edit {
            Edit::Replace { span, .. } => Some(span),
            _ => None,
        });
        for span in verdict
            .reasons
            .iter()
            .flat_map(|reason| &reason.spans)
            .chain(edited)
        {
            ensure!(
                lies_in(&runs, *span),
                "in phase {phase:?} {span:?} is no place in the text"
            );
        }
    }
    Ok(())
}

fn lies_in(runs: &[&str], span: Span) -> bool {
    let index = |n: u32| usize::try_from(n).unwrap_or(usize::MAX);
    runs.get(index(span.run)).is_some_and(|run| {
        span.start <= span.end && run.get(index(span.start)..index(span.end)).is_some()
    })
}

fn holds_forward(check: &dyn PolicyCheck, samples: &[Sample]) -> Outcome {
    for (sample, phase, verdict) in verdicts(check, samples) {
        if let Decision::Hold(until) = verdict.decision {
            ensure!(
                until > sample.now,
                "in phase {phase:?} it holds until {until}, which is not after {}",
                sample.now
            );
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::CheckId;
    use crate::policy::Reason;
    use std::sync::atomic::{AtomicU32, Ordering};

    type Say = fn(&PolicyInput<'_>, u32) -> Verdict;

    /// A check that says what it is told, and counts how often it was asked.
    #[derive(Debug)]
    struct Fake {
        id: CheckId,
        revision: String,
        needs: Vec<Need>,
        asked: AtomicU32,
        say: Say,
    }

    fn fake(needs: &[Need], say: Say) -> Fake {
        Fake {
            id: CheckId::from_static("fake"),
            revision: "1".to_owned(),
            needs: needs.to_vec(),
            asked: AtomicU32::new(0),
            say,
        }
    }

    impl PolicyCheck for Fake {
        fn id(&self) -> &CheckId {
            &self.id
        }
        fn phases(&self) -> &[Phase] {
            &Phase::ALL
        }
        fn needs(&self) -> &[Need] {
            &self.needs
        }
        fn revision(&self) -> &str {
            &self.revision
        }
        fn evaluate(&self, input: &PolicyInput<'_>) -> Verdict {
            (self.say)(input, self.asked.fetch_add(1, Ordering::Relaxed))
        }
    }

    fn why() -> Reason {
        Reason::new("some_reason", "because")
    }

    /// The names of the sentences that a fake breaks.
    fn broken(fake: &Fake) -> Vec<&'static str> {
        let samples = samples();
        SENTENCES
            .iter()
            .filter(|(_, holds)| holds(fake, &samples).is_err())
            .map(|(name, _)| *name)
            .collect()
    }

    #[test]
    fn an_honest_check_passes() {
        let honest = fake(&[Need::Consent], |input, _| match &input.facts.consent {
            Some(state) if state.refusals.is_empty() => Verdict::allow(),
            _ => Verdict::deny(why()),
        });
        conformance(&honest, &samples()).unwrap();
    }

    #[test]
    fn each_sentence_has_a_check_that_breaks_it() {
        let cases: [(Fake, &str); 9] = [
            (
                fake(&[Need::Consent, Need::Consent], |_, _| Verdict::allow()),
                "describes itself",
            ),
            (
                fake(&[], |_, asked| {
                    if asked % 7 == 3 {
                        Verdict::deny(why())
                    } else {
                        Verdict::allow()
                    }
                }),
                "the same input gives the same verdict",
            ),
            (
                fake(&[Need::Consent], |input, _| match &input.facts.consent {
                    Some(state) if !state.refusals.is_empty() => Verdict::deny(why()),
                    _ => Verdict::allow(),
                }),
                "a missing fact never makes it allow",
            ),
            (
                fake(&[], |_, _| Verdict {
                    decision: Decision::Deny,
                    reasons: vec![],
                }),
                "whatever does not allow says why",
            ),
            (
                fake(&[], |_, _| {
                    Verdict::deny(Reason::new("Not a code", "because"))
                }),
                "whatever does not allow says why",
            ),
            (
                fake(&[], |input, _| {
                    Verdict::deny(why().because(format!("sent to {}", input.to.expose())))
                }),
                "reasons never repeat the message or the address",
            ),
            (
                fake(&[], |input, _| {
                    let mut reason = why();
                    if let Some(content) = input.content {
                        content.for_each_text(&mut |run| {
                            reason.evidence.push(format!("it says {run}"));
                        });
                    }
                    Verdict::deny(reason)
                }),
                "reasons never repeat the message or the address",
            ),
            (
                fake(&[], |_, _| {
                    Verdict::deny(why().at(Span::new(0, 0..999_999)))
                }),
                "spans lie in the text",
            ),
            (
                fake(&[], |input, _| Verdict::hold(input.now, why())),
                "a hold ends later than it begins",
            ),
        ];
        for (fake, sentence) in cases {
            assert_eq!(broken(&fake), [sentence]);
        }
    }

    #[test]
    fn samples_reach_people_who_agreed_and_who_refused() {
        let samples = samples();
        assert!(samples.len() > 100);
        assert!(samples.iter().any(|sample| {
            sample
                .facts
                .consent
                .as_ref()
                .is_some_and(|state| !state.refusals.is_empty())
        }));
        assert!(samples.iter().any(|sample| {
            sample
                .facts
                .consent
                .as_ref()
                .is_some_and(|state| !state.grants.is_empty())
        }));
    }
}
