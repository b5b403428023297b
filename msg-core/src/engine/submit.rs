//! Takes a draft through checks, composition and planning into the outbox.

use super::compose::Surface;
use super::envelope::Envelope;
use super::recorder::{Recorder, unwritable};
use super::route::{Acceptance, plan_for};
use super::{Engine, Inner};
use crate::channel::ChannelAdapter;
use crate::digest::Digest;
use crate::error::Error;
use crate::id::{CheckId, MessageId, PartId, TraceId};
use crate::message::draft::{Body, Draft};
use crate::message::{Address, Content, Part};
use crate::plan::Plan;
use crate::policy::{Decision, Evaluation, Facts, Phase, PolicyInput, Reason};
use crate::store::{Enqueue, NewPart, Op, OpResult};
use crate::time::Timestamp;
use crate::trace::{Enqueued, canonical};
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

/// The form of a `submitted` event that borrows.
#[derive(Serialize)]
struct SubmittedRef<'a> {
    draft: &'a serde_json::value::RawValue,
    policies: &'a Digest,
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
        let inner = &self.0;
        let now = inner.clock.now();
        let message = MessageId::from_uuid(inner.ids.next(now));
        let mut recorder = Recorder::default();
        let payload = record_draft(&draft, inner.policies.digest(), &mut recorder)?;
        let mut draft = draft;
        if draft.to.addresses.is_empty() {
            return Err(Error::invalid("a draft needs at least one address"));
        }
        match inner.find_way(&mut draft, now, &mut recorder).await? {
            Ok(way) => {
                inner
                    .enqueue(message, draft, way, (payload, now), recorder)
                    .await
            }
            Err(reasons) => {
                let op = recorder.into_op(draft.tenant, TraceId::from(message), now);
                inner.store.commit(vec![op]).await?;
                Ok(Submission {
                    message,
                    result: Submitted::Denied { reasons },
                })
            }
        }
    }
}

/// Records the draft as it came, and names it by its digest.
fn record_draft(
    draft: &Draft,
    policies: &Digest,
    recorder: &mut Recorder,
) -> Result<Digest, Error> {
    let bytes = canonical::to_vec(draft).map_err(unwritable)?;
    let digest = Digest::of(&bytes);
    let text = String::from_utf8(bytes)
        .map_err(|error| Error::invalid("a draft is not UTF-8").with_source(error))?;
    let raw = serde_json::value::RawValue::from_string(text)
        .map_err(|error| Error::invalid("a draft is not JSON").with_source(error))?;
    recorder.add(
        "submitted",
        &SubmittedRef {
            draft: &raw,
            policies,
        },
    )?;
    Ok(digest)
}

impl Inner {
    /// The first address that everything allows. The text is composed once, for the first address that may get it.
    async fn find_way(
        &self,
        draft: &mut Draft,
        now: Timestamp,
        recorder: &mut Recorder,
    ) -> Result<Result<Way, Denial>, Error> {
        let mut denial = Denial::new();
        let mut composed: Option<Content> = None;
        let addresses = std::mem::take(&mut draft.to.addresses);
        draft.to.addresses.clone_from(&addresses);
        let mut reachable = false;
        for to in addresses {
            let Some(adapter) = self.adapter_for(&to).map(Arc::clone) else {
                continue;
            };
            reachable = true;
            let before = match self
                .check(Phase::Before, draft, &to, (None, now), recorder)
                .await?
            {
                Ok(passed) => passed,
                Err(reasons) => {
                    denial.extend(reasons);
                    continue;
                }
            };
            let mut content = match composed.take() {
                Some(content) => content,
                None => {
                    self.compose(
                        draft,
                        &Surface::new(to.channel().clone(), draft.language.clone()),
                        recorder,
                    )
                    .await?
                }
            };
            let after = self
                .check(
                    Phase::After,
                    draft,
                    &to,
                    (Some(&mut content), now),
                    recorder,
                )
                .await?;
            let after = match after {
                Ok(passed) => passed,
                Err(reasons) => {
                    denial.extend(reasons);
                    composed = Some(content);
                    continue;
                }
            };
            let (plan, acceptance) =
                plan_for(draft, &content, &to, adapter.capabilities(), recorder)?;
            if acceptance == Acceptance::Refuse {
                denial.push((
                    CheckId::fixed("plan"),
                    Reason::new("loss", "the channel would lose more than is allowed"),
                ));
                composed = Some(content);
                continue;
            }
            let lossy = (acceptance == Acceptance::Review).then(|| "loss".to_owned());
            let due = before
                .due
                .max(after.due)
                .max(draft.not_before.unwrap_or(now));
            let review = before.review.or(after.review).or(lossy);
            return Ok(Ok(Way {
                adapter,
                to,
                content,
                plan,
                due,
                review,
            }));
        }
        if reachable {
            return Ok(Err(denial));
        }
        Err(Error::new(
            crate::ErrorKind::NotFound,
            "no adapter is set for any channel of the recipient",
        ))
    }

    /// Runs the checks of a phase, records them and applies their edits.
    async fn check(
        &self,
        phase: Phase,
        draft: &mut Draft,
        to: &Address,
        (content, now): (Option<&mut Content>, Timestamp),
        recorder: &mut Recorder,
    ) -> Result<Result<Passed, Denial>, Error> {
        let facts = self.gather(phase, draft, to, now).await?;
        let input =
            PolicyInput::new(phase, now, draft, to, &facts).with_content(content.as_deref());
        let evaluation = self.policies.evaluate(&input);
        let policies = self.policies.digest();
        recorder.add(
            "checked",
            &CheckedRef {
                evaluation: &evaluation,
                facts: &facts,
                now,
                phase,
                policies,
                to,
            },
        )?;
        Ok(match &evaluation.decision {
            Decision::Allow => Ok(Passed {
                due: now,
                review: None,
            }),
            Decision::Rewrite(edits) => {
                let mut nothing = Content::default();
                let rewrites_text = content.is_some();
                let content = content.unwrap_or(&mut nothing);
                if super::apply(edits, draft, content) && rewrites_text {
                    recorder.add(
                        "composed",
                        &crate::trace::Composed::new(content.clone(), draft.origin.clone()),
                    )?;
                }
                Ok(Passed {
                    due: now,
                    review: None,
                })
            }
            Decision::Hold(until) => Ok(Passed {
                due: *until,
                review: None,
            }),
            Decision::Review(queue) => Ok(Passed {
                due: now,
                review: Some(queue.to_string()),
            }),
            Decision::Deny => Err(evaluation
                .reasons()
                .map(|(check, why)| (check.clone(), why.clone()))
                .collect()),
        })
    }

    async fn enqueue(
        &self,
        message: MessageId,
        mut draft: Draft,
        way: Way,
        (payload, now): (Digest, Timestamp),
        mut recorder: Recorder,
    ) -> Result<Submission, Error> {
        strip(&mut draft);
        let parts = new_parts(message, &draft, &way, now)?;
        let count = parts.len();
        let mut enqueue = Enqueue::new(message, draft.tenant.clone(), parts, now);
        enqueue.key = draft.idempotency_key.clone().map(|key| (key, payload));
        let narrow = u16::try_from(count).unwrap_or(u16::MAX);
        recorder.add(
            "enqueued",
            &Enqueued::new(way.due, message, narrow, way.review.clone()),
        )?;
        let trace = recorder.into_op(draft.tenant, TraceId::from(message), now);
        let results = self
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

/// Leaves of a draft what dispatch checks may know. The body was checked and is in the parts.
pub(crate) fn strip(draft: &mut Draft) {
    draft.body = Body::from(Content::default());
    draft.alternatives.clear();
    draft.raw.clear();
    draft.fallback_text = None;
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
    let [a, b, c, d, e, f, g, h, ..] = *Digest::of(&bytes).as_bytes();
    u64::from_be_bytes([a, b, c, d, e, f, g, h])
}
