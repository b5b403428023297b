//! What a plan is made of while it is being made: parts, losses, and what can be answered.

use super::answer::Answerable;
use super::path::Path;
use super::{Loss, LossKind, PlanInput, Rule, Severity};
use crate::capability::{Bound, Capabilities, Field};
use crate::digest::Digest;
use crate::id::ActionId;
use crate::message::PartBody;
use crate::message::render::Dialect;

/// The lines that must go with a content.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Frame<'a> {
    /// Before the text.
    pub(super) lead: Option<&'a str>,
    /// After the text.
    pub(super) tail: Option<&'a str>,
}

impl<'a> Frame<'a> {
    pub(super) fn of(input: &PlanInput<'a>) -> Self {
        let present = |line: Option<&'a str>| line.filter(|line| !line.trim().is_empty());
        Self {
            lead: present(input.disclosure),
            tail: present(input.footer),
        }
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.lead.is_none() && self.tail.is_none()
    }

    /// Only the line after.
    pub(super) const fn foot(self) -> Self {
        Self { lead: None, ..self }
    }
}

/// How much was lost, worst first: how many losses of each severity. Less is better.
pub(super) type Rank = [usize; 4];

/// The rank of some losses.
pub(super) fn rank(losses: &[Loss]) -> Rank {
    let mut rank = Rank::default();
    for loss in losses {
        let at = match loss.severity {
            Severity::None => continue,
            Severity::Cosmetic => 3,
            Severity::Minor => 2,
            Severity::Major => 1,
            Severity::Total => 0,
        };
        if let Some(count) = rank.get_mut(at) {
            *count += 1;
        }
    }
    // Two total losses are no worse than one, and what else is lost does not matter then.
    if rank.first().is_some_and(|total| *total > 0) {
        return [1, 0, 0, 0];
    }
    rank
}

/// How far a plan was, so that it can go back.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark {
    parts: usize,
    losses: usize,
    shown: usize,
    numbers: usize,
}

/// What one way of saying something came to.
#[derive(Debug)]
struct Outcome {
    parts: Vec<PartBody>,
    losses: Vec<Loss>,
    shown: Vec<Answerable>,
    numbers: usize,
}

/// A plan while it is being made.
#[derive(Debug)]
pub(super) struct Plot<'a> {
    pub(super) caps: &'a Capabilities,
    pub(super) language: &'a str,
    pub(super) fallback: Option<&'a str>,
    pub(super) dialect: Dialect,
    pub(super) parts: Vec<PartBody>,
    pub(super) losses: Vec<Loss>,
    pub(super) shown: Vec<Answerable>,
    /// The last number that was given.
    pub(super) numbers: usize,
    /// How many parts there may be, where a content must be one: a way that needs more cannot be gone.
    pub(super) most: usize,
}

impl<'a> Plot<'a> {
    pub(super) fn new(input: &PlanInput<'a>, caps: &'a Capabilities) -> Self {
        Self {
            caps,
            language: input.language,
            fallback: input.fallback_text.filter(|text| !text.trim().is_empty()),
            dialect: Dialect::from(&caps.markup),
            parts: Vec::with_capacity(1),
            losses: Vec::new(),
            shown: Vec::new(),
            numbers: 0,
            most: usize::MAX,
        }
    }

    pub(super) fn limit(&self, field: Field) -> &'a Bound {
        self.caps.limit(field)
    }

    /// What holds for a text that has buttons: it is a text too.
    pub(super) fn interactive(&self) -> Bound {
        let mut bound = self.limit(Field::InteractiveText).clone();
        for limit in self.limit(Field::Text).limits() {
            bound.tighten(limit.clone());
        }
        bound
    }

    pub(super) fn lose(&mut self, path: &Path<'_>, kind: LossKind, severity: Severity, rule: Rule) {
        self.losses
            .push(Loss::new(path.to_string(), kind, severity, rule));
    }

    /// Nothing of it can be sent.
    pub(super) fn refuse(&mut self, path: &Path<'_>, kind: LossKind, rule: Rule) {
        self.lose(path, kind, Severity::Total, rule);
    }

    /// A text became several messages. They arrive in order on most channels; where not, reading is harder.
    pub(super) fn was_split(&mut self, path: &Path<'_>, parts: usize, rule: Rule) {
        let severity = if self.caps.ordered {
            Severity::Cosmetic
        } else {
            Severity::Minor
        };
        let parts = u32::try_from(parts).unwrap_or(u32::MAX);
        self.lose(path, LossKind::Split { parts }, severity, rule);
    }

    pub(super) fn mark(&self) -> Mark {
        Mark {
            parts: self.parts.len(),
            losses: self.losses.len(),
            shown: self.shown.len(),
            numbers: self.numbers,
        }
    }

    pub(super) fn back(&mut self, mark: Mark) {
        self.parts.truncate(mark.parts);
        self.losses.truncate(mark.losses);
        self.shown.truncate(mark.shown);
        self.numbers = mark.numbers;
    }

    /// What was lost since a mark.
    pub(super) fn rank_since(&self, mark: Mark) -> Rank {
        rank(self.losses.get(mark.losses..).unwrap_or_default())
    }

    /// How many parts there are since a mark.
    pub(super) fn parts_since(&self, mark: Mark) -> usize {
        self.parts.len().saturating_sub(mark.parts)
    }

    fn take(&mut self, mark: Mark) -> Outcome {
        Outcome {
            parts: self.parts.split_off(mark.parts.min(self.parts.len())),
            losses: self.losses.split_off(mark.losses.min(self.losses.len())),
            shown: self.shown.split_off(mark.shown.min(self.shown.len())),
            numbers: self.numbers,
        }
    }

    /// Says something in the way that loses least; of equal ways in the first. A way answers false when it cannot be gone.
    /// False when none can.
    ///
    /// Taking the least of several ways, each of which can only gain by more capability, keeps the whole plan monotone.
    pub(super) fn best(&mut self, ways: &[&dyn Fn(&mut Self) -> bool]) -> bool {
        let mark = self.mark();
        let mut best: Option<(Rank, Outcome)> = None;
        for way in ways {
            if way(self) && self.parts.len() <= self.most {
                let rank = self.rank_since(mark);
                if rank == Rank::default() {
                    return true;
                }
                if best.as_ref().is_none_or(|(known, _)| rank < *known) {
                    best = Some((rank, self.take(mark)));
                }
            }
            self.back(mark);
        }
        let Some((_, outcome)) = best else {
            return false;
        };
        self.parts.extend(outcome.parts);
        self.losses.extend(outcome.losses);
        self.shown.extend(outcome.shown);
        self.numbers = outcome.numbers;
        true
    }

    /// What a provider sends back for an action: its id where that fits, else an opaque name made of its digest. None when
    /// nothing fits.
    pub(super) fn handle(&self, action: &ActionId) -> Option<String> {
        /// How long an opaque handle is at most: 26 signs of 5 bits, 130 bits.
        const SIGNS: usize = 26;
        const ALPHABET: [u8; 32] = *b"abcdefghijklmnopqrstuvwxyz234567";
        let bound = self.limit(Field::Handle);
        let free = |handle: &str| {
            !self
                .shown
                .iter()
                .any(|one| one.handle.as_deref() == Some(handle) && one.action != *action)
        };
        if bound.fits(action.as_str()) && free(action.as_str()) {
            return Some(action.as_str().to_owned());
        }
        (0_u8..64).find_map(|round| {
            let digest = Digest::chain(&Digest::of(action.as_str().as_bytes()), &[round]);
            let mut handle: String = digest
                .as_bytes()
                .iter()
                .filter_map(|byte| ALPHABET.get(usize::from(byte % 32)))
                .map(|sign| char::from(*sign))
                .take(SIGNS)
                .collect();
            while !handle.is_empty() && !bound.fits(&handle) {
                handle.pop();
            }
            (!handle.is_empty() && free(&handle)).then_some(handle)
        })
    }
}
