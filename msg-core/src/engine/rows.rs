//! The rows that a way of a message has in the outbox.

use super::envelope::Envelope;
use super::fallback::Onward;
use super::submit::Way;
use crate::digest::Digest;
use crate::error::Error;
use crate::id::{MessageId, PartId};
use crate::message::{Address, Draft, Part};
use crate::store::NewPart;
use crate::time::{Timestamp, after};
use bytes::Bytes;
use std::borrow::Cow;

/// Which way of its message a plan is for.
#[derive(Clone, Copy)]
pub(super) struct Leg<'a> {
    /// Its number.
    pub(super) number: u16,
    /// Whether its first part puts the message into the transcript: not when an earlier way did.
    pub(super) turn: bool,
    /// What the way after it is planned from.
    pub(super) onward: Option<&'a Onward>,
}

impl<'a> Leg<'a> {
    /// When somebody looks whether a receipt came, and where the message would go on to: the row of the watch is of that
    /// address, so that who refuses messages there ends it.
    fn watched(self, draft: &Draft, way: &Way, now: Timestamp) -> Option<(Timestamp, &'a Address)> {
        let within = draft.fallback.as_ref()?.without_receipt?;
        let next = self.onward?.rest.first()?;
        let receipts = way.adapter.capabilities().receipts;
        receipts.then(|| (after(way.due.max(now), within), next))
    }
}

/// The parts of a way, and how many there are without the watch over it.
pub(super) fn new_parts(
    message: MessageId,
    draft: &Draft,
    (way, leg): (&Way, Leg<'_>),
    now: Timestamp,
) -> Result<(Vec<NewPart>, usize), Error> {
    let count = way.plan.parts.len();
    // The last index is the watch's.
    if count >= usize::from(PartId::PER_WAY) {
        return Err(Error::invalid("a message becomes more than 4,095 parts"));
    }
    let later = way.due > now || way.review.is_some();
    let lane = lane(draft, message, leg.number, later);
    let mut parts = Vec::with_capacity(count + 1);
    for (position, body) in (0_u16..).zip(&way.plan.parts) {
        let first = position == 0;
        let mut part = Part::new(
            PartId::of_way(message, leg.number, position),
            draft.tenant.clone(),
            way.to.clone(),
            draft.purpose.clone(),
            body.clone(),
        );
        part.from.clone_from(&draft.from);
        part.conversation.clone_from(&draft.conversation);
        part.reply_to = draft.reply_to.clone().filter(|_| first);
        part.language.clone_from(&draft.language);
        part.expires = draft.expires;
        let mut envelope = Envelope::new(draft, &part, way.adapter.scheme());
        if first && leg.turn && draft.conversation.is_some() {
            envelope.turn = Some(Cow::Borrowed(&way.content));
        }
        if first {
            envelope.onward = leg.onward.map(Cow::Borrowed);
        }
        if usize::from(position) + 1 == count && !way.plan.answers.is_empty() {
            envelope.answers = Some(Cow::Borrowed(&way.plan.answers));
        }
        let row = row(
            draft,
            (part.id, &way.to),
            way.due.max(now),
            envelope.write()?,
        );
        parts.push(waiting(row.in_lane(lane), way));
    }
    if let Some((due, to)) = leg.watched(draft, way, now) {
        let id = PartId::watch(message, leg.number);
        parts.push(waiting(row(draft, (id, to), due, Bytes::new()), way));
    }
    Ok((parts, count))
}

/// A row of the outbox as the draft says.
fn row(draft: &Draft, (id, to): (PartId, &Address), due: Timestamp, body: Bytes) -> NewPart {
    let mut row = NewPart::new(id, to, draft.purpose.clone(), due, body);
    row.expires = draft.expires;
    row.subject.clone_from(&draft.to.subject);
    row.topic.clone_from(&draft.topic);
    row.conversation.clone_from(&draft.conversation);
    row.account.clone_from(&draft.from);
    row
}

/// Waits for a person if the way does.
fn waiting(mut row: NewPart, way: &Way) -> NewPart {
    row.parked = way.review.is_some();
    row
}

/// Messages of one conversation keep their order. The parts of a message always do; beyond that a message waits for
/// nobody without a conversation, and nobody waits for one that is to leave later or when a person released it: a
/// code must not wait behind an offer that is held until the morning. Nor does a later way of a message wait for anybody:
/// the way that it left may never be known to have ended.
fn lane(draft: &Draft, message: MessageId, number: u16, later: bool) -> u64 {
    let conversation = draft
        .conversation
        .as_ref()
        .filter(|_| !later && number == 0);
    let mut bytes = draft.tenant.as_str().as_bytes().to_vec();
    bytes.push(0);
    match conversation {
        Some(conversation) => bytes.extend_from_slice(conversation.as_str().as_bytes()),
        None => bytes.extend_from_slice(message.as_uuid().as_bytes()),
    }
    if number > 0 {
        bytes.extend_from_slice(&number.to_be_bytes());
    }
    Digest::of(&bytes)
        .as_bytes()
        .first_chunk()
        .map_or(0, |head| u64::from_be_bytes(*head))
}
