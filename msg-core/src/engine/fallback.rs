//! Goes on to the next channel: when one refuses, when a status says that it did not arrive, when no receipt comes.
//!
//! A message keeps its id on every way that it takes: the parts of the next way have the next [indexes](PartId::of_way). What
//! the next way is planned from stands with the first part of the one before it, and the wait for a receipt is a row of the
//! outbox, the [watch](PartId::watch), which is due when the time is over. So all of it survives a crash, is cancelled by
//! STOP, and two processes that want to go on at once meet at the same id, which is enqueued once.

use super::compose::Material;
use super::dispatch::Fate;
use super::envelope::Envelope;
use super::recorder::Recorder;
use super::rows::{Leg, new_parts};
use super::submit::{Passage, Way};
use super::{Inner, unexpected_answer};
use crate::channel::{Advice, Failure, FailureClass};
use crate::error::{Error, ErrorKind, Retry};
use crate::id::{MessageId, PartId, TraceId};
use crate::message::{Address, Body, ChannelKind, Content, Draft, Origin, Progress, Stop};
use crate::store::{
    Answer, Cancel, Claimed, Enqueue, Op, PartRecord, PartState, Query, Selector, Settlement,
};
use crate::time::{Timestamp, after};
use crate::trace::{DuplicateReach, FallbackReason, FellBack, Noted, Reached, TraceEvent};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::time::Duration;

/// Hears that a message reached its person twice.
pub trait ReachListener: fmt::Debug + Send + Sync + 'static {
    /// Receipts show that a message reached its person on two channels. The trace of the message has it as well, written
    /// right after this returns: after a crash between the two it is told again.
    fn duplicate_reach(&self, message: MessageId, reach: &DuplicateReach);
}

const fn _dyn_compatible(_: &dyn ReachListener) {}

/// What the next way is planned from.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
pub(super) struct Onward {
    /// The addresses that may still be used, most wanted first.
    pub(super) rest: Vec<Address>,
    /// What is said there, or how to find out.
    body: Body,
    /// Who wrote it.
    origin: Origin,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    alternatives: BTreeMap<ChannelKind, Content>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    raw: BTreeMap<ChannelKind, Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    fallback_text: Option<String>,
}

crate::open::veiled! {
    Onward { rest };
}

impl Onward {
    /// A passage that begins where the way before ended, and the addresses that are left to it.
    fn resume(
        self,
        (inner, now): (&Inner, Timestamp),
        draft: Draft,
        recorder: Recorder,
    ) -> (Passage<'_>, VecDeque<Address>) {
        let passage = Passage {
            inner,
            draft,
            material: Material {
                body: self.body,
                alternatives: self.alternatives,
                raw: self.raw,
                fallback_text: self.fallback_text,
            },
            kept: None,
            origin: self.origin,
            // The last text in the trace may be another channel's.
            stale: true,
            recorder,
            now,
        };
        (passage, self.rest.into())
    }
}

/// How long a watch waits for a part that is being sent right now.
const SENDING: Duration = Duration::from_secs(5);

/// The reasons that end what is not wanted any more.
const WENT_ON: &str = "the message went on to another channel";
const ARRIVED: &str = "a receipt came on another channel";

impl Passage<'_> {
    /// What the way after this one is planned from, if the draft may go on and there is an address left.
    pub(super) fn onward(&mut self, way: &Way, rest: VecDeque<Address>) -> Option<Onward> {
        self.draft.fallback.as_ref()?;
        let mut rest = Vec::from(rest);
        rest.retain(|to| self.inner.adapter_for(to).is_some());
        if rest.is_empty() {
            return None;
        }
        let kept = if self.material.is_for(way.to.channel()) {
            self.kept.take()
        } else {
            Some((way.content.clone(), self.draft.origin.clone()))
        };
        let material = &mut self.material;
        let (body, origin) = match kept {
            Some((content, origin)) => (Body::from(content), origin),
            None => (material.body.clone(), self.origin.clone()),
        };
        let wanted = |channel: &ChannelKind| rest.iter().any(|to| to.channel() == channel);
        material.alternatives.retain(|channel, _| wanted(channel));
        material.raw.retain(|channel, _| wanted(channel));
        Some(Onward {
            body,
            origin,
            alternatives: std::mem::take(&mut material.alternatives),
            raw: std::mem::take(&mut material.raw),
            fallback_text: material.fallback_text.take(),
            rest,
        })
    }
}

/// What a row of the outbox says of its message without being read as a whole.
#[derive(Deserialize)]
struct Peek {
    #[serde(default)]
    ways: bool,
}

/// Whether the message of a part may take several ways.
pub(super) fn has_ways(body: &[u8]) -> bool {
    serde_json::from_slice::<Peek>(body).is_ok_and(|peek| peek.ways)
}

/// Whether a refusal is about the channel, the provider or the account, so that another channel may do better. What the
/// person decided, what is too late and what nobody understands is not carried elsewhere.
pub(super) fn leads_on(failure: &Failure) -> bool {
    use FailureClass as Class;
    match failure.class {
        Class::InvalidRecipient | Class::UnreachableOnChannel => true,
        Class::OptedOut
        | Class::BlockedByUser
        | Class::Expired
        | Class::TargetGone
        | Class::AddressMoved
        | Class::IdentityChanged => false,
        _ => matches!(
            failure.advice,
            Advice::RetrySame
                | Advice::RetryOtherProvider
                | Advice::RetryOtherChannel
                | Advice::UseTemplate
                | Advice::Degrade
                | Advice::FixContent
                | Advice::FixConfig
        ),
    }
}

/// The parts of one way that are sent: without the watch.
struct WayParts<'a> {
    number: u16,
    first: &'a PartRecord,
    parts: Vec<&'a PartRecord>,
}

impl WayParts<'_> {
    fn progress(&self) -> Progress {
        let all = self.parts.iter().map(|part| part.delivery.progress);
        all.max().unwrap_or_default()
    }

    /// Whether a provider took it and said later that it did not arrive.
    fn came_back(&self) -> bool {
        let stops = [Stop::Expired, Stop::Failed, Stop::Bounced];
        self.parts.iter().any(|part| {
            let stopped = part.delivery.stop.is_some_and(|stop| stops.contains(&stop));
            stopped && part.state == PartState::Accepted
        })
    }

    /// Why its message may go on, if it ended here.
    fn ended(&self) -> Option<FallbackReason> {
        if self.came_back() {
            return Some(FallbackReason::Undelivered);
        }
        let failure = self.first.failure.as_deref();
        let refused = self.first.state == PartState::Dead && failure.is_some_and(leads_on);
        refused.then_some(FallbackReason::Refused)
    }

    fn reached(&self) -> Reached {
        Reached::new(self.first.channel.clone(), self.first.id)
    }
}

/// The ways of a message by their numbers. A way without its first part is none.
fn ways(parts: &[PartRecord]) -> Vec<WayParts<'_>> {
    let mut ways: Vec<WayParts<'_>> = Vec::new();
    for part in parts.iter().filter(|part| !part.id.is_watch()) {
        match ways.last_mut().filter(|way| way.number == part.id.way()) {
            Some(way) => way.parts.push(part),
            None if part.id.position() == 0 => ways.push(WayParts {
                number: part.id.way(),
                first: part,
                parts: vec![part],
            }),
            None => {}
        }
    }
    ways
}

/// What a watch finds.
enum Standing {
    /// There is nothing to wait for any more.
    Over(&'static str),
    /// It is to look again then.
    Wait(Timestamp),
    /// No receipt came.
    Missing(FallbackReason),
}

impl Inner {
    pub(super) async fn parts_of(&self, message: MessageId) -> Result<Vec<PartRecord>, Error> {
        match self.store.query(Query::Message(message)).await? {
            Answer::Parts(parts) => Ok(parts),
            _ => Err(unexpected_answer()),
        }
    }

    /// Looks whether a receipt came for the way of a watch that is due, and goes on if none did.
    pub(super) async fn look_after(&self, claim: &Claimed) -> Result<Fate, Error> {
        match self.watch(claim).await {
            Ok(()) => Ok(Fate::Watched),
            Err(error) if error.kind() == ErrorKind::Fenced => Err(error),
            Err(error) => Err(self.give_up(claim, &mut Recorder::default(), error).await),
        }
    }

    async fn watch(&self, claim: &Claimed) -> Result<(), Error> {
        let parts = self.parts_of(claim.part.message).await?;
        let now = self.clock.now();
        let over = |reason: &str| Settlement::Cancelled {
            reason: reason.into(),
        };
        let (settlement, recorder, ops) = match standing(&parts, claim.part.way(), now) {
            Standing::Over(reason) => (over(reason), Recorder::default(), Vec::new()),
            Standing::Wait(at) => {
                let settlement = Settlement::Requeue {
                    at,
                    count: false,
                    failure: None,
                };
                (settlement, Recorder::default(), Vec::new())
            }
            Standing::Missing(why) => {
                let (recorder, ops) = self
                    .go_on((&parts, claim.part.way()), why, Recorder::default())
                    .await?;
                (over("no receipt came in time"), recorder, ops)
            }
        };
        let settled = self.settle_with(claim, settlement, recorder, ops).await;
        match settled {
            // Another process went on meanwhile.
            Err(error) if error.kind() == ErrorKind::Conflict => {
                self.settle_with(claim, over(WENT_ON), Recorder::default(), Vec::new())
                    .await
            }
            other => other,
        }
    }

    /// Plans the way after `way`, if one is left that everything allows, and gives what is to be recorded and committed. Of
    /// several that commit it one gets through: the others meet [`ErrorKind::Conflict`].
    pub(super) async fn go_on(
        &self,
        (parts, way): (&[PartRecord], u16),
        why: FallbackReason,
        mut recorder: Recorder,
    ) -> Result<(Recorder, Vec<Op>), Error> {
        let all = ways(parts);
        let is_last = all.last().is_some_and(|last| last.number == way);
        let Some(left) = all.iter().find(|one| one.number == way).filter(|_| is_last) else {
            return Ok((recorder, Vec::new()));
        };
        let Ok(mut envelope) = Envelope::read(&left.first.body) else {
            return Ok((recorder, Vec::new()));
        };
        let onward = envelope.onward.take().filter(|_| way + 1 < PartId::WAYS);
        let Some(onward) = onward else {
            return Ok((recorder, Vec::new()));
        };
        let now = self.clock.now();
        let mut event = FellBack::new(left.first.channel.clone(), None, left.first.id, why);
        if self.is_refused(&envelope, now).await? {
            let text = "the person refuses messages on the channel that it left".into();
            recorder.add("noted", &Noted::new("fallback_refused".into(), text))?;
            recorder.add("fell_back", &event)?;
            return Ok((recorder, Vec::new()));
        }
        let draft = envelope.draft.into_owned();
        let (mut passage, rest) = onward.into_owned().resume((self, now), draft, recorder);
        let found = passage.find_way(rest).await;
        let message = left.first.id.message;
        let (next, rest) = match found {
            Ok(Ok(found)) => found,
            Ok(Err(_)) => {
                passage.recorder.add("fell_back", &event)?;
                return Ok((passage.recorder, Vec::new()));
            }
            // Trying again would change nothing: the error is said, and the message ends here.
            Err(error) if error.retry() == Retry::Never => {
                let noted = Noted::new("fallback_failed".into(), error.to_string());
                passage.recorder.add("noted", &noted)?;
                passage.recorder.add("fell_back", &event)?;
                return Ok((passage.recorder, Vec::new()));
            }
            Err(error) => return Err(error),
        };
        event.next = Some(next.to.channel().clone());
        let after_next = passage.onward(&next, rest);
        let leg = Leg {
            number: way + 1,
            turn: parts.iter().all(|part| part.accepted_at.is_none()),
            onward: after_next.as_ref(),
        };
        let (rows, _) = new_parts(message, &passage.draft, (&next, leg), now)?;
        recorder = passage.recorder;
        recorder.add("fell_back", &event)?;
        recorder.add("enqueued", &next.enqueued(message))?;
        let from = Selector::MessageFrom(left.first.id);
        let enqueue = Enqueue::new(message, left.first.tenant.clone(), rows, now);
        let ops = vec![
            Op::Cancel(Cancel::new(from, WENT_ON, now)),
            Op::Enqueue(Box::new(enqueue)),
        ];
        Ok((recorder, ops))
    }

    /// Whether the person has refused such messages at the address that a way went to: who answers STOP there does not get
    /// the same message elsewhere.
    async fn is_refused(&self, envelope: &Envelope<'_>, now: Timestamp) -> Result<bool, Error> {
        let part = &envelope.part;
        let state = self.ledger(&part.tenant, &part.to).await?;
        let topic = envelope.draft.topic.as_ref();
        let refused = state.refusing(&part.purpose, topic, now).next().is_some();
        Ok(refused)
    }

    /// What follows from what is known of the ways of a message now: a second reach is told, what is not needed any more is
    /// taken back, and what came back goes on. Doing it twice changes nothing.
    pub(super) async fn look_at_ways(
        &self,
        message: MessageId,
        failure: Option<&Failure>,
    ) -> Result<(), Error> {
        let parts = self.parts_of(message).await?;
        let all = ways(&parts);
        self.tell_duplicates(message, &all).await?;
        let now = self.clock.now();
        let mut ops = Vec::new();
        let wanted = all.first().map_or(Progress::Delivered, receipt_of);
        if let Some(reached) = all.iter().find(|way| way.progress() >= wanted) {
            for number in 0..=all.last().map_or(0, |last| last.number) {
                let position = if number == reached.number {
                    PartId::PER_WAY - 1
                } else {
                    0
                };
                let from = PartId::of_way(message, number, position);
                ops.extend(take_back(&parts, from, ARRIVED, now));
            }
        } else if let Some((last, why)) = all.last().and_then(|last| Some((last, last.ended()?))) {
            if failure.is_none_or(leads_on) {
                return self.go_on_now((&parts, last), why).await;
            }
            let watch = PartId::watch(message, last.number);
            ops.extend(take_back(&parts, watch, "the person refused it", now));
        }
        if ops.is_empty() {
            return Ok(());
        }
        self.store.commit(ops).await.map(drop)
    }

    async fn go_on_now(
        &self,
        (parts, last): (&[PartRecord], &WayParts<'_>),
        why: FallbackReason,
    ) -> Result<(), Error> {
        let recorder = Recorder::default();
        let (recorder, ops) = self.go_on((parts, last.number), why, recorder).await?;
        if ops.is_empty() && recorder.is_empty() {
            return Ok(());
        }
        let (tenant, message) = (last.first.tenant.clone(), last.first.id.message);
        let mut batch = vec![recorder.into_op(tenant, TraceId::from(message), self.clock.now())];
        batch.extend(ops);
        match self.store.commit(batch).await {
            // Another process went on meanwhile.
            Err(error) if error.kind() == ErrorKind::Conflict => Ok(()),
            other => other.map(drop),
        }
    }

    async fn tell_duplicates(&self, message: MessageId, all: &[WayParts<'_>]) -> Result<(), Error> {
        let mut reached = all
            .iter()
            .filter(|way| way.progress() >= Progress::Delivered);
        let Some(first) = reached.next() else {
            return Ok(());
        };
        let found: Vec<_> = reached
            .map(|second| DuplicateReach::new(first.reached(), second.reached()))
            .collect();
        if found.is_empty() {
            return Ok(());
        }
        let known = self.records(TraceId::from(message)).await?;
        let known = |reach: &DuplicateReach| {
            known.iter().any(|record| {
                let event = record.read::<TraceEvent>().map(|line| line.event);
                matches!(event, Ok(TraceEvent::DuplicateReach(told)) if told == *reach)
            })
        };
        let mut recorder = Recorder::default();
        for reach in found.iter().filter(|reach| !known(reach)) {
            if let Some(listener) = &self.reach_listener {
                listener.duplicate_reach(message, reach);
            }
            recorder.add("duplicate_reach", reach)?;
        }
        if recorder.is_empty() {
            return Ok(());
        }
        let tenant = first.first.tenant.clone();
        let op = recorder.into_op(tenant, TraceId::from(message), self.clock.now());
        self.store.commit(vec![op]).await.map(drop)
    }
}

/// How far a part must have got for its message to have arrived.
fn receipt_of(first: &WayParts<'_>) -> Progress {
    let envelope = Envelope::read(&first.first.body).ok();
    let fallback = envelope.and_then(|envelope| envelope.draft.into_owned().fallback);
    fallback.unwrap_or_default().receipt.progress()
}

/// Takes back what waits of a way from this part on, if something does.
fn take_back(
    parts: &[PartRecord],
    from: PartId,
    reason: &'static str,
    now: Timestamp,
) -> Option<Op> {
    let waits = parts.iter().any(|part| {
        let waits = matches!(part.state, PartState::Queued | PartState::Parked);
        waits && part.id >= from && part.id <= from.last_of_way()
    });
    waits.then(|| Op::Cancel(Cancel::new(Selector::MessageFrom(from), reason, now)))
}

/// What the watch over a way finds. Pure.
fn standing(parts: &[PartRecord], number: u16, now: Timestamp) -> Standing {
    let all = ways(parts);
    if all.last().is_some_and(|last| last.number > number) {
        return Standing::Over(WENT_ON);
    }
    let Some(way) = all.iter().find(|way| way.number == number) else {
        return Standing::Over("there is nothing to watch");
    };
    let first = way.first;
    let Some(fallback) = Envelope::read(&first.body)
        .ok()
        .and_then(|envelope| envelope.draft.into_owned().fallback)
    else {
        return Standing::Over("it cannot be read");
    };
    let within = fallback.without_receipt.unwrap_or_default();
    if way.progress() >= fallback.receipt.progress() {
        return Standing::Over("a receipt came in time");
    }
    if way.parts.iter().any(|part| part.state == PartState::Leased) {
        return Standing::Wait(after(now, SENDING));
    }
    if let Some(why) = way.ended() {
        return Standing::Missing(why);
    }
    match first.state {
        PartState::Accepted => {
            let deadline = first.accepted_at.map_or(now, |at| after(at, within));
            if deadline > now {
                Standing::Wait(deadline)
            } else {
                Standing::Missing(FallbackReason::NoReceipt)
            }
        }
        // It was tried and nobody took it.
        PartState::Queued if first.failure.is_some() => {
            Standing::Missing(FallbackReason::NoReceipt)
        }
        // It is held: so would another channel be.
        PartState::Queued => Standing::Wait(after(first.due.max(now), within)),
        PartState::Parked => Standing::Wait(after(now, within.max(SENDING))),
        PartState::Ambiguous => Standing::Missing(FallbackReason::NoReceipt),
        _ => Standing::Over("it was taken back or given up"),
    }
}
