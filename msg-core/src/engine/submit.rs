//! Takes a draft through checks, composition and planning into the outbox.

use super::compose::{Material, Surface};
use super::fallback::Onward;
use super::recorder::Recorder;
use super::route::{Acceptance, plan_for, plan_with};
use super::rows::{Leg, new_parts};
use super::{Engine, Inner};
use crate::capability::Capabilities;
use crate::channel::ChannelAdapter;
use crate::digest::Digest;
use crate::error::Error;
use crate::id::{CheckId, MessageId, TraceId};
use crate::message::{Address, Body, Content, Draft, Origin};
use crate::plan::Plan;
use crate::policy::{Decision, Edit, Evaluation, Facts, Phase, PolicyInput, Reason};
use crate::store::{Enqueue, Op, OpResult};
use crate::time::Timestamp;
use crate::trace::{Composed, Enqueued};
use serde::Serialize;
use std::collections::VecDeque;
use std::sync::Arc;

/// What became of a submitted draft.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Submission {
    /// The message; of a draft that was there before, the earlier one. Also the id of its trace.
    pub message: MessageId,
    /// What became of it.
    pub result: Submitted,
}

/// What became of a submitted draft.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Submitted {
    /// It is in the outbox, durably, and may leave from this time on.
    Queued {
        /// From when.
        due: Timestamp,
        /// How many parts.
        parts: usize,
    },
    /// It is in the outbox and waits for a person, in this queue.
    Review {
        /// The queue.
        queue: String,
    },
    /// The same draft was submitted before, under the same key.
    Duplicate,
    /// It must not be sent. The trace has every verdict.
    Denied {
        /// Which check said why.
        reasons: Vec<(CheckId, Reason)>,
    },
}

/// What was chosen: ready to be put into the outbox.
pub(super) struct Way {
    pub(super) adapter: Arc<dyn ChannelAdapter>,
    pub(super) to: Address,
    pub(super) content: Content,
    pub(super) plan: Plan,
    pub(super) due: Timestamp,
    pub(super) review: Option<String>,
}

/// Where provider JSON waits when a check wants other words in it: nothing is changed in it, so a person decides.
const RAW_QUEUE: &str = "rewrite of raw";

/// What a phase of checks let pass.
struct Passed {
    due: Timestamp,
    review: Option<String>,
}

/// The reasons of everybody who denied.
pub(super) type Denial = Vec<(CheckId, Reason)>;

/// The form of a `checked` event that borrows. Fields in canonical order.
#[derive(Serialize)]
pub(super) struct CheckedRef<'a> {
    pub(super) evaluation: &'a Evaluation,
    pub(super) facts: &'a Facts,
    pub(super) now: Timestamp,
    pub(super) phase: Phase,
    pub(super) policies: &'a Digest,
    pub(super) to: &'a Address,
}

/// A draft on its way, and everything that was found out so far.
pub(super) struct Passage<'a> {
    pub(super) inner: &'a Inner,
    pub(super) draft: Draft,
    pub(super) material: Material,
    /// What was composed for no channel in particular, and who wrote it: for the next address when this one may not be
    /// used.
    pub(super) kept: Option<(Content, Origin)>,
    /// Who writes what is for no channel in particular.
    pub(super) origin: Origin,
    /// Whether the last text in the trace was said on one channel only: then the common one is recorded again.
    pub(super) stale: bool,
    pub(super) recorder: Recorder,
    pub(super) now: Timestamp,
}

impl Engine {
    /// Takes a draft through checks, composition and planning into the outbox. When it returns, the message is durable
    /// or it is not there.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) for a draft that no engine could send,
    /// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound) for a template or an adapter,
    /// [`ErrorKind::Conflict`](crate::ErrorKind::Conflict) for an idempotency key with another draft, or the store's.
    /// A denial is no error.
    pub async fn submit(&self, draft: Draft) -> Result<Submission, Error> {
        let inner = &*self.0;
        if draft.to.addresses.is_empty() {
            return Err(Error::invalid("a draft needs at least one address"));
        }
        let now = inner.clock.now();
        let message = MessageId::from_uuid(inner.ids.next(now));
        let mut recorder = Recorder::default();
        let payload = recorder.add_draft(&draft, inner.policies.digest())?;
        let mut draft = draft;
        let material = Material::take(&mut draft);
        let origin = draft.origin.clone();
        let mut passage = Passage {
            inner,
            draft,
            material,
            kept: None,
            origin,
            stale: false,
            recorder,
            now,
        };
        let addresses = passage.draft.to.addresses.clone();
        match passage.find_way(addresses.into()).await? {
            Ok((way, rest)) => {
                let onward = passage.onward(&way, rest);
                passage.enqueue(message, payload, (way, onward)).await
            }
            Err(reasons) => {
                let op =
                    passage
                        .recorder
                        .into_op(passage.draft.tenant, TraceId::from(message), now);
                inner.store.commit(vec![op]).await?;
                Ok(Submission {
                    message,
                    result: Submitted::Denied { reasons },
                })
            }
        }
    }
}

impl Passage<'_> {
    /// The first of these addresses that everything allows, and those after it.
    pub(super) async fn find_way(
        &mut self,
        mut addresses: VecDeque<Address>,
    ) -> Result<Result<(Way, VecDeque<Address>), Denial>, Error> {
        let mut denial = Denial::new();
        let mut reachable = false;
        while let Some(to) = addresses.pop_front() {
            let Some(adapter) = self.inner.adapter_for(&to).map(Arc::clone) else {
                continue;
            };
            reachable = true;
            match self.try_address(adapter, to).await? {
                Ok(way) => return Ok(Ok((way, addresses))),
                Err(reasons) => denial.extend(reasons),
            }
        }
        if reachable {
            return Ok(Err(denial));
        }
        Err(Error::new(
            crate::ErrorKind::NotFound,
            "no adapter is set for any channel of the recipient",
        ))
    }

    async fn try_address(
        &mut self,
        adapter: Arc<dyn ChannelAdapter>,
        to: Address,
    ) -> Result<Result<Way, Denial>, Error> {
        let before = match self.check(Phase::Before, &to, None).await? {
            Ok(passed) => passed,
            Err(reasons) => return Ok(Err(reasons)),
        };
        let common = !self.material.is_for(to.channel());
        let mut content = self.compose(&to).await?;
        let mut after = match self.check(Phase::After, &to, Some(&mut content)).await? {
            Ok(passed) => passed,
            Err(reasons) => {
                self.keep(common, content);
                return Ok(Err(reasons));
            }
        };
        let reach = self
            .inner
            .reach(adapter.as_ref(), &self.draft, &to, self.now)
            .await?;
        let fallback = self
            .vet_fallback(&to, &reach.capabilities, &content, &mut after)
            .await?;
        let (plan, acceptance) = plan_for(
            &self.draft,
            (self.material.raw.get(to.channel()), fallback.as_deref()),
            &content,
            (&to, &reach),
            &mut self.recorder,
        )?;
        if acceptance == Acceptance::Refuse {
            self.keep(common, content);
            let reason = Reason::new("loss", "the channel would lose more than is allowed");
            return Ok(Err(vec![(CheckId::fixed("plan"), reason)]));
        }
        drop(reach);
        let lossy = (acceptance == Acceptance::Review).then(|| "loss".to_owned());
        let due = before
            .due
            .max(after.due)
            .max(self.draft.not_before.unwrap_or(self.now));
        let review = before.review.or(after.review).or(lossy);
        Ok(Ok(Way {
            adapter,
            to,
            content,
            plan,
            due,
            review,
        }))
    }

    /// The text for an address. What was written for its channel only is never said on another one.
    async fn compose(&mut self, to: &Address) -> Result<Content, Error> {
        let common = !self.material.is_for(to.channel());
        let silent = self.kept.is_some() || matches!(self.material.body, Body::Content(_));
        self.draft.origin = self.origin.clone();
        let content = if let Some((content, origin)) = self.kept.take_if(|_| common) {
            self.draft.origin = origin;
            content
        } else {
            let surface = Surface::new(to.channel().clone(), self.draft.language.clone());
            let (draft, material) = (&mut self.draft, &mut self.material);
            self.inner
                .compose(draft, material, &surface, &mut self.recorder)
                .await?
        };
        if common && silent && self.stale {
            let again = Composed::new(content.clone(), self.draft.origin.clone());
            self.recorder.add("composed", &again)?;
        }
        self.stale = !common;
        Ok(content)
    }

    /// Keeps a text for the next address, if it may be said there.
    fn keep(&mut self, common: bool, content: Content) {
        if common {
            self.kept = Some((content, self.draft.origin.clone()));
        }
    }

    /// The fallback text, if this channel needs it and the checks let it pass: it leaves in place of the content, so
    /// they must have seen it too. One that they deny is left out, and the content is then lost.
    async fn vet_fallback(
        &mut self,
        to: &Address,
        capabilities: &Capabilities,
        content: &Content,
        passed: &mut Passed,
    ) -> Result<Option<String>, Error> {
        // Provider JSON is never degraded, so nothing stands in for it.
        let text = self.material.fallback_text.clone();
        let Some(text) = text.filter(|_| !self.is_raw(to)) else {
            return Ok(None);
        };
        let planned = |fallback| plan_with(&self.draft, content, fallback, capabilities).digest;
        if planned(Some(text.as_str())) == planned(None) {
            return Ok(None);
        }
        let mut said = Content::text(text);
        let composed = Composed::new(said.clone(), self.draft.origin.clone());
        self.recorder.add("composed", &composed)?;
        self.stale = true;
        let Ok(more) = self.check(Phase::After, to, Some(&mut said)).await? else {
            return Ok(None);
        };
        passed.due = passed.due.max(more.due);
        passed.review = passed.review.take().or(more.review);
        Ok(Some(said.plain_text().into_owned()))
    }

    /// Whether provider JSON leaves in place of the content.
    fn is_raw(&self, to: &Address) -> bool {
        self.material.raw.contains_key(to.channel())
    }

    /// Runs the checks of a phase, records them and applies their edits. Edits hold whatever else was decided: a
    /// message that waits needs its footer as much as one that leaves now.
    async fn check(
        &mut self,
        phase: Phase,
        to: &Address,
        content: Option<&mut Content>,
    ) -> Result<Result<Passed, Denial>, Error> {
        let (inner, now) = (self.inner, self.now);
        let facts = inner.gather((phase, None), &self.draft, to, now).await?;
        let input =
            PolicyInput::new(phase, now, &self.draft, to, &facts).with_content(content.as_deref());
        let evaluation = inner.policies.evaluate(&input);
        let policies = inner.policies.digest();
        let record = CheckedRef {
            evaluation: &evaluation,
            facts: &facts,
            now,
            phase,
            policies,
            to,
        };
        self.recorder.add("checked", &record)?;
        if evaluation.decision == Decision::Deny {
            return Ok(Err(evaluation
                .reasons()
                .map(|(check, why)| (check.clone(), why.clone()))
                .collect()));
        }
        let mut edits = evaluation.edits();
        let mut unchanged = 0;
        if self.is_raw(to) {
            let all = edits.len();
            edits.retain(|edit| !matches!(edit, Edit::Replace { .. }));
            unchanged = all - edits.len();
        }
        let mut nothing = Content::default();
        let text = content.is_some();
        let content = content.unwrap_or(&mut nothing);
        if super::apply(&edits, &mut self.draft, content) && text {
            let rewritten = Composed::new(content.clone(), self.draft.origin.clone());
            self.recorder.add("composed", &rewritten)?;
        }
        let rewrite = (unchanged > 0).then(|| RAW_QUEUE.to_owned());
        Ok(Ok(match evaluation.decision {
            Decision::Hold(until) => Passed {
                due: until,
                review: rewrite,
            },
            Decision::Review(queue) => Passed {
                due: now,
                review: Some(queue.into_owned()),
            },
            Decision::Allow | Decision::Rewrite(_) | Decision::Deny => Passed {
                due: now,
                review: rewrite,
            },
        }))
    }

    async fn enqueue(
        mut self,
        message: MessageId,
        payload: Digest,
        (way, onward): (Way, Option<Onward>),
    ) -> Result<Submission, Error> {
        let leg = Leg {
            number: 0,
            turn: true,
            onward: onward.as_ref(),
        };
        let (parts, count) = new_parts(message, &self.draft, (&way, leg), self.now)?;
        let mut enqueue = Enqueue::new(message, self.draft.tenant.clone(), parts, self.now);
        enqueue.key = self.draft.idempotency_key.take().map(|key| (key, payload));
        self.recorder.add("enqueued", &way.enqueued(message))?;
        let trace = self
            .recorder
            .into_op(self.draft.tenant, TraceId::from(message), self.now);
        let results = self
            .inner
            .store
            .commit(vec![Op::Enqueue(Box::new(enqueue)), trace])
            .await?;
        Ok(match (results.first(), way.review) {
            (
                Some(OpResult::Enqueued {
                    message,
                    new: false,
                }),
                _,
            ) => Submission {
                message: *message,
                result: Submitted::Duplicate,
            },
            (_, Some(queue)) => Submission {
                message,
                result: Submitted::Review { queue },
            },
            (_, None) => Submission {
                message,
                result: Submitted::Queued {
                    due: way.due,
                    parts: count,
                },
            },
        })
    }
}

impl Way {
    /// The event of what was put into the outbox.
    pub(super) fn enqueued(&self, message: MessageId) -> Enqueued {
        let parts = u16::try_from(self.plan.parts.len()).unwrap_or(u16::MAX);
        Enqueued::new(self.due, message, parts, self.review.clone())
    }
}
