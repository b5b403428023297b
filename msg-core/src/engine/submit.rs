//! Takes a draft through checks, composition and planning into the outbox.

use super::compose::{Material, Surface};
use super::envelope::Envelope;
use super::recorder::Recorder;
use super::route::{Acceptance, plan_for, plan_with};
use super::{Engine, Inner};
use crate::capability::Capabilities;
use crate::channel::ChannelAdapter;
use crate::digest::Digest;
use crate::error::Error;
use crate::id::{CheckId, MessageId, PartId, TraceId};
use crate::message::{Address, Body, Content, Draft, Origin, Part};
use crate::plan::Plan;
use crate::policy::{Decision, Edit, Evaluation, Facts, Phase, PolicyInput, Reason};
use crate::store::{Enqueue, NewPart, Op, OpResult};
use crate::time::Timestamp;
use crate::trace::{Composed, Enqueued};
use serde::Serialize;
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
struct Way {
    adapter: Arc<dyn ChannelAdapter>,
    to: Address,
    content: Content,
    plan: Plan,
    due: Timestamp,
    review: Option<String>,
}

/// Where provider JSON waits when a check wants other words in it: nothing is changed in it, so a person decides.
const RAW_QUEUE: &str = "rewrite of raw";

/// What a phase of checks let pass.
struct Passed {
    due: Timestamp,
    review: Option<String>,
}

/// The reasons of everybody who denied.
type Denial = Vec<(CheckId, Reason)>;

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
struct Passage<'a> {
    inner: &'a Inner,
    draft: Draft,
    material: Material,
    /// What was composed for no channel in particular, and who wrote it: for the next address when this one may not be
    /// used.
    kept: Option<(Content, Origin)>,
    /// Who writes what is for no channel in particular.
    origin: Origin,
    /// Whether the last text in the trace was said on one channel only: then the common one is recorded again.
    stale: bool,
    recorder: Recorder,
    now: Timestamp,
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
        match passage.find_way().await? {
            Ok(way) => passage.enqueue(message, payload, way).await,
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
    /// The first address that everything allows.
    async fn find_way(&mut self) -> Result<Result<Way, Denial>, Error> {
        let mut denial = Denial::new();
        let mut reachable = false;
        for to in self.draft.to.addresses.clone() {
            let Some(adapter) = self.inner.adapter_for(&to).map(Arc::clone) else {
                continue;
            };
            reachable = true;
            match self.try_address(adapter, to).await? {
                Ok(way) => return Ok(Ok(way)),
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
        way: Way,
    ) -> Result<Submission, Error> {
        let parts = new_parts(message, &self.draft, &way, self.now)?;
        let count = parts.len();
        let mut enqueue = Enqueue::new(message, self.draft.tenant.clone(), parts, self.now);
        enqueue.key = self.draft.idempotency_key.take().map(|key| (key, payload));
        let narrow = u16::try_from(count).unwrap_or(u16::MAX);
        self.recorder.add(
            "enqueued",
            &Enqueued::new(way.due, message, narrow, way.review.clone()),
        )?;
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

fn new_parts(
    message: MessageId,
    draft: &Draft,
    way: &Way,
    now: Timestamp,
) -> Result<Vec<NewPart>, Error> {
    let last = way.plan.parts.len().saturating_sub(1);
    let lane = lane(draft, message, way.due > now || way.review.is_some());
    let mut parts = Vec::with_capacity(way.plan.parts.len());
    for (index, body) in way.plan.parts.iter().enumerate() {
        let position = u16::try_from(index)
            .map_err(|_| Error::invalid("a message becomes more than 65,536 parts"))?;
        let id = PartId::new(message, position);
        let mut part = Part::new(
            id,
            draft.tenant.clone(),
            way.to.clone(),
            draft.purpose.clone(),
            body.clone(),
        );
        part.from.clone_from(&draft.from);
        part.conversation.clone_from(&draft.conversation);
        part.reply_to = draft.reply_to.clone().filter(|_| index == 0);
        part.language.clone_from(&draft.language);
        part.expires = draft.expires;
        let mut envelope = Envelope::new(draft, &part, way.adapter.scheme());
        if index == 0 && draft.conversation.is_some() {
            envelope.turn = Some(std::borrow::Cow::Borrowed(&way.content));
        }
        if index == last && !way.plan.answers.is_empty() {
            envelope.answers = Some(std::borrow::Cow::Borrowed(&way.plan.answers));
        }
        let mut row = NewPart::new(
            id,
            &way.to,
            draft.purpose.clone(),
            way.due.max(now),
            envelope.write()?,
        )
        .in_lane(lane);
        row.expires = draft.expires;
        row.parked = way.review.is_some();
        row.subject.clone_from(&draft.to.subject);
        row.topic.clone_from(&draft.topic);
        row.conversation.clone_from(&draft.conversation);
        row.account.clone_from(&draft.from);
        parts.push(row);
    }
    Ok(parts)
}

/// Messages of one conversation keep their order. The parts of a message always do; beyond that a message waits for
/// nobody without a conversation, and nobody waits for one that is to leave later or when a person released it: a
/// code must not wait behind an offer that is held until the morning.
fn lane(draft: &Draft, message: MessageId, later: bool) -> u64 {
    let conversation = draft.conversation.as_ref().filter(|_| !later);
    let mut bytes = draft.tenant.as_str().as_bytes().to_vec();
    bytes.push(0);
    match conversation {
        Some(conversation) => bytes.extend_from_slice(conversation.as_str().as_bytes()),
        None => bytes.extend_from_slice(message.as_uuid().as_bytes()),
    }
    Digest::of(&bytes)
        .as_bytes()
        .first_chunk()
        .map_or(0, |head| u64::from_be_bytes(*head))
}
