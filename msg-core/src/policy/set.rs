//! The checks that hold together, and what they said.

use super::{Decision, Edit, Need, Phase, PolicyCheck, PolicyInput, Reason, Verdict};
use crate::digest::Digest;
use crate::error::Error;
use crate::id::CheckId;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;

/// Checks that hold together. Cheap to clone.
#[derive(Clone, Debug)]
pub struct PolicySet {
    checks: Arc<[Arc<dyn PolicyCheck>]>,
    phases: Arc<[PhasePlan; Phase::ALL.len()]>,
    digest: Digest,
}

/// What one phase runs and needs, computed once.
#[derive(Debug, Default)]
struct PhasePlan {
    checks: Vec<usize>,
    needs: Vec<Need>,
}

impl PolicySet {
    /// These checks, in this order.
    ///
    /// # Errors
    /// [`ErrorKind::Conflict`](crate::ErrorKind::Conflict) when two checks have the same id.
    pub fn new(checks: impl IntoIterator<Item = Arc<dyn PolicyCheck>>) -> Result<Self, Error> {
        let checks: Arc<[Arc<dyn PolicyCheck>]> = checks.into_iter().collect();
        let mut revision = Vec::new();
        let mut seen = std::collections::BTreeSet::new();
        for check in checks.iter() {
            if !seen.insert(check.id()) {
                return Err(
                    Error::new(crate::ErrorKind::Conflict, "two checks have the same id")
                        .with_context("check", check.id().as_str()),
                );
            }
            for field in [check.id().as_str(), check.revision()] {
                revision.extend_from_slice(field.as_bytes());
                revision.push(0);
            }
        }
        let phases = Phase::ALL.map(|phase| PhasePlan::of(phase, &checks));
        Ok(Self {
            phases: Arc::new(phases),
            digest: Digest::of(&revision),
            checks,
        })
    }

    /// No checks at all.
    pub(crate) fn empty() -> Self {
        let phases = Phase::ALL.map(|_| PhasePlan::default());
        Self {
            checks: Arc::new([]),
            phases: Arc::new(phases),
            digest: Digest::of(&[]),
        }
    }

    /// Names the set: ids and revisions of its checks, in order.
    #[must_use]
    pub const fn digest(&self) -> &Digest {
        &self.digest
    }

    /// The checks.
    #[must_use]
    pub fn checks(&self) -> &[Arc<dyn PolicyCheck>] {
        &self.checks
    }

    /// Every fact that the checks of a phase need; of several spans the longest.
    #[must_use]
    pub fn needs(&self, phase: Phase) -> &[Need] {
        self.phase(phase).map_or(&[], |plan| &plan.needs)
    }

    fn phase(&self, phase: Phase) -> Option<&PhasePlan> {
        self.phases.get(phase as usize)
    }

    /// Runs every check of the input's phase. All of them run, so that the trace shows each one's verdict.
    ///
    /// At dispatch a review counts as answered when [`Facts::approved`](super::Facts::approved) has its queue; so does a
    /// wish for other words after a release from [`REWRITE_QUEUE`], because a person read them. Nothing else is overruled.
    #[must_use]
    pub fn evaluate(&self, input: &PolicyInput<'_>) -> Evaluation {
        let Some(plan) = self.phase(input.phase) else {
            return Evaluation::default();
        };
        let mut decision = Decision::Allow;
        let mut verdicts = Vec::with_capacity(plan.checks.len());
        for check in plan.checks.iter().filter_map(|at| self.checks.get(*at)) {
            let verdict = check.evaluate(input);
            if !answered(input, &verdict.decision) {
                decision = decision.strictest(verdict.decision.clone());
            }
            verdicts.push(CheckVerdict {
                check: check.id().clone(),
                verdict,
            });
        }
        Evaluation { decision, verdicts }
    }
}

/// Where a part waits when a check wants other words at dispatch: what leaves was planned long ago, so a person decides.
pub const REWRITE_QUEUE: &str = "rewrite at dispatch";

/// Whether a person answered already what a check asks.
fn answered(input: &PolicyInput<'_>, decision: &Decision) -> bool {
    let queue = match decision {
        _ if input.phase != Phase::Dispatch => return false,
        Decision::Review(queue) => queue,
        Decision::Rewrite(_) => REWRITE_QUEUE,
        Decision::Allow | Decision::Hold(_) | Decision::Deny => return false,
    };
    let approved = &input.facts.approved;
    approved.iter().any(|approval| approval.queue == queue)
}

impl PhasePlan {
    fn of(phase: Phase, checks: &[Arc<dyn PolicyCheck>]) -> Self {
        let mut plan = Self::default();
        let mut longest: Option<Duration> = None;
        for (at, check) in checks
            .iter()
            .enumerate()
            .filter(|(_, check)| check.phases().contains(&phase))
        {
            plan.checks.push(at);
            for need in check.needs() {
                match need {
                    Need::Sent(span) => longest = longest.max(Some(*span)),
                    need if !plan.needs.contains(need) => plan.needs.push(need.clone()),
                    _ => {}
                }
            }
        }
        plan.needs.extend(longest.map(Need::Sent));
        plan
    }
}

/// What one check said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CheckVerdict {
    /// Which check.
    pub check: CheckId,
    /// What it said.
    pub verdict: Verdict,
}

/// What all checks of a phase said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Evaluation {
    /// The strictest.
    pub decision: Decision,
    /// Every check's verdict, in order.
    pub verdicts: Vec<CheckVerdict>,
}

impl Default for Evaluation {
    fn default() -> Self {
        Self {
            decision: Decision::Allow,
            verdicts: Vec::new(),
        }
    }
}

impl Evaluation {
    /// The edits of every check that wants some, in order. They hold beside a stricter decision too.
    #[must_use]
    pub fn edits(&self) -> Vec<Edit> {
        let wanted = self
            .verdicts
            .iter()
            .filter_map(|one| match &one.verdict.decision {
                Decision::Rewrite(edits) => Some(edits),
                _ => None,
            });
        wanted.flatten().cloned().collect()
    }

    /// The reasons of whoever did not simply allow.
    pub fn reasons(&self) -> impl Iterator<Item = (&CheckId, &Reason)> {
        self.verdicts
            .iter()
            .filter(|one| one.verdict.decision != Decision::Allow)
            .flat_map(|one| {
                one.verdict
                    .reasons
                    .iter()
                    .map(|reason| (&one.check, reason))
            })
    }
}
