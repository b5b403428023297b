//! Takes a draft through checks, composition and planning into the outbox.

use super::compose::{Material, Surface};
use super::envelope::Envelope;
use super::recorder::Recorder;
use super::route::{Acceptance, plan_for};
use super::{Engine, Inner};
use crate::channel::ChannelAdapter;
use crate::digest::Digest;
use crate::error::Error;
use crate::id::{CheckId, MessageId, PartId, TraceId};
use crate::message::{Address, Content, Draft, Part};
use crate::plan::Plan;
use crate::policy::{Decision, Evaluation, Facts, Phase, PolicyInput, Reason};
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
    /// The text, once it is composed. It is composed once, for the first address that may get it.
    content: Option<Content>,
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
        let mut passage = Passage {
            inner,
            draft,
            material,
            content: None,
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
        let mut content = self.compose(&to).await?;
        let after = match self.check(Phase::After, &to, Some(&mut content)).await? {
            Ok(passed) => passed,
            Err(reasons) => {
                self.content = Some(content);
                return Ok(Err(reasons));
            }
        };
        let (plan, acceptance) = plan_for(
            &self.draft,
            &self.material,
            &content,
            (&to, adapter.capabilities()),
            &mut self.recorder,
        )?;
        if acceptance == Acceptance::Refuse {
            self.content = Some(content);
            let reason = Reason::new("loss", "the channel would lose more than is allowed");
            return Ok(Err(vec![(CheckId::fixed("plan"), reason)]));
        }
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

    async fn compose(&mut self, to: &Address) -> Result<Content, Error> {
        let written_for_this = self.material.alternatives.contains_key(to.channel());
        if let Some(content) = self.content.take().filter(|_| !written_for_this) {
            return Ok(content);
        }
        let surface = Surface::new(to.channel().clone(), self.draft.language.clone());
        self.inner
            .compose(
                &mut self.draft,
                &mut self.material,
                &surface,
                &mut self.recorder,
            )
            .await
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
        let facts = inner.gather(phase, &self.draft, to, now).await?;
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
        let edits = evaluation.edits();
        let mut nothing = Content::default();
        let text = content.is_some();
        let content = content.unwrap_or(&mut nothing);
        if super::apply(&edits, &mut self.draft, content) && text {
            let rewritten = Composed::new(content.clone(), self.draft.origin.clone());
            self.recorder.add("composed", &rewritten)?;
        }
        Ok(Ok(match evaluation.decision {
            Decision::Hold(until) => Passed {
                due: until,
                review: None,
            },
            Decision::Review(queue) => Passed {
                due: now,
                review: Some(queue.into_owned()),
            },
            Decision::Allow | Decision::Rewrite(_) | Decision::Deny => Passed {
                due: now,
                review: None,
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
    let lane = lane(draft, &way.to);
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

/// Messages of one conversation keep their order; without a conversation, messages to one address do.
fn lane(draft: &Draft, to: &Address) -> u64 {
    let mut bytes = draft.tenant.as_str().as_bytes().to_vec();
    bytes.push(0);
    match &draft.conversation {
        Some(conversation) => bytes.extend_from_slice(conversation.as_str().as_bytes()),
        None => bytes.extend_from_slice(to.key().as_bytes()),
    }
    Digest::of(&bytes)
        .as_bytes()
        .first_chunk()
        .map_or(0, |head| u64::from_be_bytes(*head))
}
