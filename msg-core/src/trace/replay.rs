//! Replays recorded checks, against the same policies or against others.

use super::chain::TraceRecord;
use super::event::{Checked, TraceEvent};
use crate::digest::Digest;
use crate::engine::Material;
use crate::error::{Error, ErrorKind};
use crate::id::TraceId;
use crate::message::Content;
use crate::message::draft::{Body, Draft};
use crate::policy::{Decision, Evaluation, Phase, PolicyInput, PolicySet};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Recorded checks and what a policy set says now.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Replay {
    /// The trace.
    pub trace: Option<TraceId>,
    /// Every evaluation, in order.
    pub checks: Vec<ReplayedCheck>,
}

/// One recorded evaluation and what a policy set says now.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReplayedCheck {
    /// The number of its record.
    pub seq: u64,
    /// The phase.
    pub phase: Phase,
    /// Whether it was recorded under the policy set that replayed it.
    pub same_policies: bool,
    /// What was said then.
    pub recorded: Evaluation,
    /// What is said now.
    pub replayed: Evaluation,
}

impl Replay {
    /// Whether every verdict of every check is the same.
    #[must_use]
    pub fn is_identical(&self) -> bool {
        self.checks
            .iter()
            .all(|check| check.recorded == check.replayed)
    }
}

/// Runs the recorded checks of a trace again. Pure: it reads the trace and nothing else.
///
/// The content that a check saw is taken from the trace; a trace that was redacted on export has none.
///
/// # Errors
/// [`ErrorKind::Corrupt`] when the chain is broken or an event cannot be read, [`ErrorKind::Unsupported`] when the
/// trace was redacted.
pub fn replay(records: &[TraceRecord], policies: &PolicySet) -> Result<Replay, Error> {
    super::verify(records)?;
    let mut scene = Scene::default();
    let mut checks = Vec::new();
    for record in records {
        let event = record.read::<TraceEvent>()?.event;
        match event {
            TraceEvent::Submitted(submitted) => scene.begin(*submitted.draft),
            TraceEvent::Composed(composed) => {
                scene.content = Some(composed.content);
                if let Some(draft) = &mut scene.draft {
                    draft.origin = composed.origin;
                }
            }
            TraceEvent::Checked(checked) => checks.push(scene.check(record, &checked, policies)?),
            _ => {}
        }
    }
    Ok(Replay {
        trace: records.first().map(|record| record.trace),
        checks,
    })
}

/// What the engine knew at a point of the trace.
#[derive(Default)]
struct Scene {
    draft: Option<Draft>,
    content: Option<Content>,
}

impl Scene {
    /// The engine takes the material out of a draft before the first check.
    fn begin(&mut self, mut draft: Draft) {
        if let Body::Content(content) = Material::take(&mut draft).body {
            self.content = Some(*content);
        }
        self.draft = Some(draft);
    }

    fn check(
        &mut self,
        record: &TraceRecord,
        checked: &Checked,
        policies: &PolicySet,
    ) -> Result<ReplayedCheck, Error> {
        let missing = |what| {
            Error::new(ErrorKind::Corrupt, what).with_context("record", record.seq.to_string())
        };
        let draft = self
            .draft
            .as_mut()
            .ok_or_else(|| missing("a check without a draft before it"))?;
        let content = match checked.phase {
            Phase::After => Some(
                self.content
                    .as_ref()
                    .ok_or_else(|| missing("a check without a content before it"))?,
            ),
            Phase::Before | Phase::Dispatch => None,
        };
        let input = PolicyInput::new(
            checked.phase,
            checked.now,
            draft,
            &checked.to,
            &checked.facts,
        )
        .with_content(content);
        let replayed = policies.evaluate(&input);
        if checked.evaluation.decision != Decision::Deny {
            // The rewritten text follows as an event of its own; only the lines around it are taken from the edits.
            crate::engine::apply(&checked.evaluation.edits(), draft, &mut Content::default());
        }
        Ok(ReplayedCheck {
            seq: record.seq,
            phase: checked.phase,
            same_policies: checked.policies == *policies.digest(),
            recorded: checked.evaluation.clone(),
            replayed,
        })
    }
}

/// How a decision is called in reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each is named like the decision")]
pub enum DecisionKind {
    Allow,
    Rewrite,
    Hold,
    Review,
    Deny,
}

impl From<&Decision> for DecisionKind {
    fn from(decision: &Decision) -> Self {
        match decision {
            Decision::Allow => Self::Allow,
            Decision::Rewrite(_) => Self::Rewrite,
            Decision::Hold(_) => Self::Hold,
            Decision::Review(_) => Self::Review,
            Decision::Deny => Self::Deny,
        }
    }
}

/// How decisions would have been under other policies.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Backtest {
    /// The candidate.
    pub candidate: Option<Digest>,
    /// How many traces were read.
    pub traces: usize,
    /// How many evaluations were run again.
    pub evaluations: usize,
    /// How often a decision would have become another one: from, to, count.
    pub moves: Vec<Move>,
    /// The first evaluations that would have changed, as examples.
    pub examples: Vec<Change>,
    /// Traces that could not be replayed, and why.
    pub failed: Vec<(TraceId, String)>,
}

/// How often one decision would have become another one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Move {
    /// What was decided.
    pub from: DecisionKind,
    /// What would be decided.
    pub to: DecisionKind,
    /// How often.
    pub count: usize,
}

/// An evaluation that would have changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Change {
    /// The trace.
    pub trace: TraceId,
    /// The record.
    pub seq: u64,
    /// The phase.
    pub phase: Phase,
    /// What was decided.
    pub from: DecisionKind,
    /// What would be decided.
    pub to: DecisionKind,
    /// The checks whose verdict changed.
    pub checks: Vec<String>,
}

/// How many examples a backtest keeps.
const EXAMPLES: usize = 20;

/// Replays traces against a candidate and counts what would have changed. A trace that cannot be replayed is named, not
/// skipped silently.
pub fn backtest<'a>(
    traces: impl IntoIterator<Item = &'a [TraceRecord]>,
    candidate: &PolicySet,
) -> Backtest {
    let mut report = Backtest {
        candidate: Some(*candidate.digest()),
        ..Backtest::default()
    };
    let mut moves: BTreeMap<(DecisionKind, DecisionKind), usize> = BTreeMap::new();
    for records in traces {
        report.traces += 1;
        let Some(trace) = records.first().map(|record| record.trace) else {
            continue;
        };
        match replay(records, candidate) {
            Err(error) => report.failed.push((trace, error.to_string())),
            Ok(replay) => {
                report.evaluations += replay.checks.len();
                for check in replay
                    .checks
                    .iter()
                    .filter(|check| check.recorded != check.replayed)
                {
                    let change = change(trace, check);
                    *moves.entry((change.from, change.to)).or_default() += 1;
                    if report.examples.len() < EXAMPLES {
                        report.examples.push(change);
                    }
                }
            }
        }
    }
    report.moves = moves
        .into_iter()
        .map(|((from, to), count)| Move { from, to, count })
        .collect();
    report
}

fn change(trace: TraceId, check: &ReplayedCheck) -> Change {
    let then: BTreeMap<_, _> = check
        .recorded
        .verdicts
        .iter()
        .map(|one| (&one.check, &one.verdict))
        .collect();
    let now: BTreeMap<_, _> = check
        .replayed
        .verdicts
        .iter()
        .map(|one| (&one.check, &one.verdict))
        .collect();
    let names: std::collections::BTreeSet<_> = then.keys().chain(now.keys()).collect();
    let checks = names
        .into_iter()
        .filter(|id| then.get(*id) != now.get(*id))
        .map(ToString::to_string)
        .collect();
    let (from, to) = (
        (&check.recorded.decision).into(),
        (&check.replayed.decision).into(),
    );
    Change {
        trace,
        seq: check.seq,
        phase: check.phase,
        from,
        to,
        checks,
    }
}
