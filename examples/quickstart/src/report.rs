//! What happened to a message, read from its trace.

use msg_core::channel::SendOutcome;
use msg_core::message::Origin;
use msg_core::policy::{Decision, Phase};
use msg_core::trace::{TraceEvent, TraceRecord};
use msg_core::{Error, Timestamp};
use serde::Serialize;
use std::collections::BTreeMap;

/// What happened to a customer's message and to the answer.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Report {
    /// What the customer wrote.
    pub(crate) said: String,
    /// What it means for consent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) consent: Option<String>,
    /// The answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) answer: Option<Answer>,
    /// What arrived on the customer's screen, this answer or an earlier one that waited.
    pub(crate) received: Vec<String>,
}

/// What happened to one message of the shop.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Answer {
    /// Personal data that was replaced before a model could see it, by kind.
    pub(crate) masked: BTreeMap<String, u32>,
    /// Who wrote it: a template or a model.
    pub(crate) by: String,
    /// Why it was not the model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) fallback: Option<String>,
    /// Each check that ran, with its strictest verdict.
    pub(crate) checks: BTreeMap<String, &'static str>,
    /// Why a check did not simply allow.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) reasons: Vec<String>,
    /// What the channel could not carry.
    pub(crate) losses: usize,
    /// How far it got.
    pub(crate) state: String,
    #[serde(skip)]
    planned: bool,
}

impl Answer {
    /// Reads a trace.
    pub(crate) fn read(records: &[TraceRecord]) -> Result<Self, Error> {
        let mut answer = Self {
            state: "not sent".into(),
            ..Self::default()
        };
        for record in records {
            answer.add(record.read::<TraceEvent>()?.event);
        }
        answer.reasons.dedup();
        Ok(answer)
    }

    /// Whether it was planned, so that something could be lost.
    pub(crate) const fn sendable(&self) -> bool {
        self.planned
    }

    fn add(&mut self, event: TraceEvent) {
        match event {
            TraceEvent::Masked(masked) => self.masked = masked.kinds,
            TraceEvent::Composed(composed) => {
                let name = composed.template.map(|id| format!(" `{id}`"));
                let name = name.or(composed
                    .model
                    .filter(|_| composed.origin == Origin::Model)
                    .map(|model| format!(" `{model}`")));
                self.by = format!("{}{}", composed.origin, name.unwrap_or_default());
                self.fallback = composed.fallback;
            }
            TraceEvent::Checked(checked) => {
                for one in &checked.evaluation.verdicts {
                    let word = word(&one.verdict.decision);
                    let worst = self.checks.entry(one.check.to_string()).or_insert(word);
                    if strictness(word) > strictness(worst) {
                        *worst = word;
                    }
                }
                let phase = phase(checked.phase);
                self.reasons.extend(
                    checked
                        .evaluation
                        .reasons()
                        .map(|(check, why)| format!("{phase}, {check}: {}", why.text)),
                );
                if checked.evaluation.decision == Decision::Deny {
                    self.state = "not sent".into();
                }
            }
            TraceEvent::Planned(planned) => {
                self.losses = planned.losses.len();
                self.planned = true;
            }
            TraceEvent::Enqueued(enqueued) => {
                self.state = match enqueued.review {
                    Some(queue) => format!("waits for a person ({queue})"),
                    None => format!("queued for {}", seconds(enqueued.due)),
                };
            }
            TraceEvent::Held(held) => self.state = format!("held until {}", seconds(held.until)),
            TraceEvent::Cancelled(_) => self.state = "taken back".into(),
            TraceEvent::FellBack(it) if it.next.is_some() => self.state = "goes on".into(),
            TraceEvent::DuplicateReach(_) => self.state = "reached twice".into(),
            TraceEvent::Expired(_) => self.state = "expired".into(),
            TraceEvent::Lost(_) => self.state = "perhaps sent".into(),
            TraceEvent::Poisoned(_) => self.state = "given up".into(),
            TraceEvent::Attempted(attempted) => {
                self.state = match attempted.outcome {
                    SendOutcome::Rejected(failure) if failure.is_retryable() => {
                        "not accepted, and tried again later".to_owned()
                    }
                    SendOutcome::Rejected(failure) => format!("not accepted: {}", failure.class),
                    SendOutcome::Ambiguous(_) => "perhaps sent, which is looked into".to_owned(),
                    _ => "accepted".to_owned(),
                };
            }
            TraceEvent::Status(status) => {
                self.state = format!("{:?}", status.state.progress).to_lowercase();
            }
            _ => {}
        }
    }
}

/// A time without the fractions of a second that nobody reads.
pub(crate) fn seconds(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second()).unwrap_or(at)
}

/// `nothing lost`, `1 loss`, `2 losses`.
pub(crate) fn losses(count: usize) -> String {
    match count {
        0 => "nothing lost".to_owned(),
        1 => "1 loss".to_owned(),
        more => format!("{more} losses"),
    }
}

/// `1 credit card, 2 email`.
pub(crate) fn kinds(masked: &BTreeMap<String, u32>) -> String {
    let kinds = masked.iter();
    let words =
        kinds.map(|(kind, count)| format!("{count} {}", kind.to_lowercase().replace('_', " ")));
    words.collect::<Vec<_>>().join(", ")
}

const WORDS: [&str; 5] = ["ok", "rewritten", "held", "review", "denied"];

const fn word(decision: &Decision) -> &'static str {
    match decision {
        Decision::Allow => "ok",
        Decision::Rewrite(_) => "rewritten",
        Decision::Hold(_) => "held",
        Decision::Review(_) => "review",
        Decision::Deny => "denied",
    }
}

fn strictness(word: &str) -> usize {
    WORDS.iter().position(|known| *known == word).unwrap_or(0)
}

pub(crate) const fn phase(phase: Phase) -> &'static str {
    match phase {
        Phase::Before => "before it was written",
        Phase::After => "after it was written",
        _ => "before it left",
    }
}
