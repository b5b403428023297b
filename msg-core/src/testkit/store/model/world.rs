//! A small world for generated operations: few names, so that they meet each other.

use super::tape::Tape;
use crate::channel::{Advice, Failure, FailureClass, FailureScope, Receipt};
use crate::consent::{Basis, ConsentAct, ConsentEvent, ConsentSource, OptOutScope};
use crate::digest::Digest;
use crate::id::{
    AccountId, ConversationId, IdSource, MessageId, PartId, SubjectId, TenantId, TopicId, TraceId,
};
use crate::message::{Address, Content, DeliveryState, Progress, Purpose, Stop};
use crate::store::{
    Cancel, Claimed, ConversationUpdate, Deciding, Enqueue, IdentityLink, InboundOp, LeaseToken,
    LinkStrength, NewPart, Op, PartRecord, PartState, Query, Selector, Settle, Settlement, Speaker,
    StatusOp, TraceAppend, TurnRecord,
};
use crate::testkit::{ManualClock, SeededIds, Violation};
use crate::time::{Clock, Timestamp, after};
use bytes::Bytes;
use std::time::Duration;

/// The scheme that everything is sent through.
const SCHEME: &str = "fake";

/// Enough for everything that a tape puts there.
const ALL: usize = 10_000;

/// A claim later than all others.
const LATE: LeaseToken = LeaseToken {
    epoch: u64::MAX >> 1,
    number: 1,
};

/// Who reads the feed and says how far it is.
pub(super) const READER: &str = "archive";

const STATES: [PartState; 7] = [
    PartState::Queued,
    PartState::Leased,
    PartState::Ambiguous,
    PartState::Parked,
    PartState::Accepted,
    PartState::Cancelled,
    PartState::Dead,
];

#[derive(Debug)]
pub(super) struct World {
    pub(super) clock: ManualClock,
    ids: SeededIds,
    tenants: [TenantId; 2],
    addresses: [Address; 3],
    people: [SubjectId; 2],
    conversations: [ConversationId; 2],
    topics: [TopicId; 2],
    accounts: [AccountId; 2],
    traces: [TraceId; 2],
    /// Parts that were enqueued, or tried to be.
    parts: Vec<NewPart>,
}

impl World {
    pub(super) fn new() -> Result<Self, Violation> {
        let (clock, ids) = (ManualClock::default(), SeededIds::default());
        let trace = || MessageId::from_uuid(ids.next(clock.now())).into();
        let traces = [trace(), trace()];
        Ok(Self {
            tenants: [TenantId::new("shop")?, TenantId::new("bakery")?],
            addresses: [
                Address::in_app("jo")?,
                Address::in_app("al")?,
                Address::email("jo@example.org")?,
            ],
            people: [SubjectId::new("jo")?, SubjectId::new("al")?],
            conversations: [ConversationId::new("c1")?, ConversationId::new("c2")?],
            topics: [TopicId::new("spring")?, TopicId::new("summer")?],
            accounts: [AccountId::new("main")?, AccountId::new("spare")?],
            traces,
            parts: Vec::new(),
            clock,
            ids,
        })
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Up to two minutes from now.
    pub(super) fn soon(&self, tape: &mut Tape<'_>) -> Timestamp {
        after(self.now(), Duration::from_secs(tape.below(120).into()))
    }

    fn tenant(&self, tape: &mut Tape<'_>) -> TenantId {
        // Mostly the first one, so that things meet.
        let [first, second] = &self.tenants;
        if tape.one_in(4) { second } else { first }.clone()
    }

    fn address<'a>(&'a self, tape: &mut Tape<'_>) -> &'a Address {
        let [first, ..] = &self.addresses;
        tape.pick(&self.addresses).unwrap_or(first)
    }

    fn maybe<T: Clone>(tape: &mut Tape<'_>, all: &[T]) -> Option<T> {
        if tape.one_in(2) {
            tape.pick(all).cloned()
        } else {
            None
        }
    }

    fn sure<T: Clone>(tape: &mut Tape<'_>, all: &[T; 2]) -> T {
        let [first, second] = all;
        if tape.one_in(2) { second } else { first }.clone()
    }

    pub(super) fn closed(
        &self,
        tape: &mut Tape<'_>,
    ) -> Vec<(crate::message::ChannelKind, Option<AccountId>)> {
        if !tape.one_in(4) {
            return Vec::new();
        }
        let channel = self.address(tape).channel().clone();
        vec![(channel, Self::maybe(tape, &self.accounts))]
    }

    /// One operation. `claims` are those that were given out, stale ones among them.
    pub(super) fn op(&mut self, tape: &mut Tape<'_>, claims: &[Claimed]) -> Op {
        match tape.below(16) {
            0..=4 => self.enqueue(tape),
            5..=8 => self.settle(tape, claims),
            9 => self.extend(tape, claims),
            10 => self.select(tape),
            11 => self.consent(tape),
            12 => self.inbound(tape),
            13 => self.conversation(tape),
            14 => self.log(tape),
            _ => self.status(tape),
        }
    }

    fn enqueue(&mut self, tape: &mut Tape<'_>) -> Op {
        let message = match self.parts.last() {
            Some(known) if tape.one_in(16) => known.id.message,
            _ => MessageId::from_uuid(self.ids.next(self.now())),
        };
        let first = self.part(tape, PartId::new(message, 0));
        let mut parts = vec![first.clone()];
        if tape.one_in(3) {
            let mut second = first;
            second.id = PartId::of_way(message, u16::from(tape.one_in(4)), 1);
            parts.push(second);
        }
        self.parts.extend(parts.iter().cloned());
        let mut enqueue = Enqueue::new(message, self.tenant(tape), parts, self.now());
        if tape.one_in(4) {
            let key = format!("key-{}", tape.below(3));
            enqueue.key = Some((key, Digest::of(&[u8::from(tape.one_in(4))])));
        }
        Op::Enqueue(Box::new(enqueue))
    }

    fn part(&self, tape: &mut Tape<'_>, id: PartId) -> NewPart {
        let purpose = tape.pick(Purpose::KNOWN).cloned();
        let purpose = purpose.unwrap_or(Purpose::Transactional);
        let due = self.soon(tape);
        let body = vec![tape.byte()];
        let mut part = NewPart::new(id, self.address(tape), purpose, due, body);
        part.lane = Some(u64::from(tape.below(4))).filter(|lane| *lane > 0);
        part.expires = Some(self.soon(tape)).filter(|_| tape.one_in(3));
        part.parked = tape.one_in(8);
        part.subject = Self::maybe(tape, &self.people);
        part.topic = Self::maybe(tape, &self.topics);
        part.conversation = Self::maybe(tape, &self.conversations);
        part.account = Self::maybe(tape, &self.accounts);
        part
    }

    fn settle(&self, tape: &mut Tape<'_>, claims: &[Claimed]) -> Op {
        // The latest claims are the ones that most likely still hold.
        let recent = claims.len().saturating_sub(8);
        let claim = tape.pick(claims.get(recent..).unwrap_or_default());
        let without_token = tape.one_in(3);
        let nobody = PartId::new(MessageId::from_uuid(uuid::Uuid::nil()), 0);
        let (part, token) = claim.map_or((nobody, None), |claim| {
            (claim.part, Some(claim.token).filter(|_| !without_token))
        });
        let settlement = match tape.below(10) {
            0..=2 => {
                let mut receipt = Receipt::new(format!("p{}", tape.below(6)));
                if tape.one_in(3) {
                    receipt.further_ids = vec![format!("p{}", tape.below(6))];
                }
                Settlement::Accepted {
                    scheme: SCHEME.into(),
                    receipt,
                }
            }
            3 | 4 => Settlement::Requeue {
                at: self.soon(tape),
                count: tape.one_in(2),
                failure: tape.one_in(2).then(|| Box::new(failure(tape))),
            },
            5 => Settlement::Ambiguous {
                evidence: "timeout".into(),
            },
            6 => Settlement::Parked {
                queue: "legal".into(),
            },
            7 => Settlement::Dead {
                failure: Box::new(failure(tape)),
            },
            8 => Settlement::Cancelled {
                reason: "kill switch".into(),
            },
            _ => Settlement::Released,
        };
        Op::Settle(Box::new(Settle::new(part, token, settlement, self.now())))
    }

    fn extend(&self, tape: &mut Tape<'_>, claims: &[Claimed]) -> Op {
        match tape.pick(claims) {
            Some(claim) => Op::Extend {
                token: claim.token,
                until: self.soon(tape),
            },
            None => self.inbound(tape),
        }
    }

    fn select(&self, tape: &mut Tape<'_>) -> Op {
        let tenant = self.tenant(tape);
        let part = tape.pick(&self.parts).map(|part| part.id);
        let nobody = PartId::new(MessageId::from_uuid(uuid::Uuid::nil()), 0);
        let part = part.unwrap_or(nobody);
        let selector = match tape.below(8) {
            0 | 1 => Selector::Message(part.message),
            2 => Selector::MessageFrom(part),
            3 => Selector::Address(tenant, self.address(tape).key()),
            4 => {
                let purpose = Self::maybe(tape, Purpose::KNOWN);
                Selector::Subject(tenant, Self::sure(tape, &self.people), purpose)
            }
            5 => Selector::Conversation(tenant, Self::sure(tape, &self.conversations)),
            6 => Selector::Topic(tenant, Self::sure(tape, &self.topics)),
            _ => Selector::Tenant(tenant),
        };
        match tape.below(3) {
            0 => Op::Cancel(Cancel::new(selector, "host", self.now())),
            1 => Op::Release(selector),
            _ => Op::Redrive(selector),
        }
    }

    fn consent(&self, tape: &mut Tape<'_>) -> Op {
        let purpose = Self::maybe(tape, Purpose::KNOWN).unwrap_or(Purpose::Marketing);
        let act = match tape.below(8) {
            0 | 1 => ConsentAct::OptIn {
                purpose,
                topic: Self::maybe(tape, &self.topics),
                basis: Basis::Express,
                expires: None,
                pending: tape.one_in(3),
            },
            2 => ConsentAct::Confirm { purpose },
            3 => ConsentAct::OptOut(OptOutScope::Purpose(purpose)),
            4 => ConsentAct::OptOut(OptOutScope::Topic(Self::sure(tape, &self.topics))),
            5 => ConsentAct::OptOut(OptOutScope::Channel),
            6 => ConsentAct::OptOut(OptOutScope::Everything),
            _ => ConsentAct::Resume,
        };
        let at = self.soon(tape);
        let tenant = self.tenant(tape);
        let address = self.address(tape);
        let source = if tape.one_in(2) {
            ConsentSource::Keyword
        } else {
            ConsentSource::Form
        };
        let event = ConsentEvent::new(tenant, address, act, source, at);
        let subject = Self::maybe(tape, &self.people);
        Op::Consent(Box::new(event.with_subject(subject)))
    }

    fn inbound(&self, tape: &mut Tape<'_>) -> Op {
        let key = format!("shop/fake/{}", tape.below(3));
        let now = self.now();
        Op::Inbound(match tape.below(5) {
            0..=2 => InboundOp::Lease {
                key,
                until: self.soon(tape),
                now,
            },
            3 => InboundOp::Done { key, now },
            _ => InboundOp::Release { key },
        })
    }

    fn conversation(&self, tape: &mut Tape<'_>) -> Op {
        let tenant = self.tenant(tape);
        let conversation = Self::sure(tape, &self.conversations);
        if tape.one_in(2) {
            let mut update = ConversationUpdate::new(tenant, conversation);
            update.last_inbound = Some(self.soon(tape)).filter(|_| tape.one_in(2));
            update.handed_off = tape.one_in(2).then(|| tape.one_in(2));
            update.answers = tape.one_in(2).then(|| Bytes::from(vec![tape.byte()]));
            return Op::Conversation(Box::new(update));
        }
        let content = Content::text(format!("turn {}", tape.byte()));
        let at = self.soon(tape);
        let turn = TurnRecord::new(tenant, conversation, at, Speaker::Person, content);
        Op::Turn(Box::new(turn))
    }

    fn log(&self, tape: &mut Tape<'_>) -> Op {
        if tape.one_in(2) {
            // A trace belongs to one tenant.
            let [tenant, _] = &self.tenants;
            let events = (0..tape.below(3)).map(|number| format!("{{\"n\":{number}}}").into());
            let events = events.collect();
            let trace = Self::sure(tape, &self.traces);
            return Op::Trace(TraceAppend::new(tenant.clone(), trace, self.now(), events));
        }
        let mut link = IdentityLink::new(
            self.tenant(tape),
            self.address(tape).clone(),
            Self::sure(tape, &self.people),
            LinkStrength::Declared,
            self.soon(tape),
        );
        link.revoked = tape.one_in(3);
        Op::Identity(Box::new(link))
    }

    fn status(&self, tape: &mut Tape<'_>) -> Op {
        let id = format!("p{}", tape.below(6));
        let state = match tape.below(4) {
            0 => DeliveryState::reached(Progress::Sent),
            1 => DeliveryState::reached(Progress::Delivered),
            2 => DeliveryState::stopped(Stop::Failed),
            _ => DeliveryState::stopped(Stop::Bounced),
        };
        let tenant = self.tenant(tape);
        let scheme = if tape.one_in(8) { "other" } else { SCHEME };
        Op::Status(Box::new(StatusOp::new(
            tenant,
            scheme,
            id,
            state,
            self.now(),
        )))
    }

    /// What somebody decides about parts whose outcome is not known: to try them again.
    pub(super) fn requeue(&self, parts: &[PartRecord]) -> Vec<Op> {
        let op = |part: &PartRecord| {
            let settlement = Settlement::Requeue {
                at: self.now(),
                count: true,
                failure: None,
            };
            Op::Settle(Box::new(Settle::new(part.id, None, settlement, self.now())))
        };
        parts.iter().map(op).collect()
    }

    /// Every question that the world has.
    pub(super) fn queries(&self) -> Vec<Query> {
        let mut all = vec![Query::NextDue];
        all.extend(STATES.map(|state| Query::Parts {
            state,
            after: None,
            limit: ALL,
        }));
        all.extend(self.traces.map(Query::Trace));
        let first_parts = self.parts.iter().filter(|part| part.id.position() == 0);
        all.extend(first_parts.map(|part| Query::Trace(part.id.message.into())));
        all.extend([READER, "another"].map(|reader| Query::TraceFeed {
            reader: reader.into(),
            limit: ALL,
        }));
        let middle = self.parts.get(self.parts.len() / 2).map(|part| part.id);
        all.extend(STATES.map(|state| Query::Parts {
            state,
            after: middle,
            limit: 2,
        }));
        for tenant in &self.tenants {
            let tenant = || tenant.clone();
            all.push(Query::Traces {
                tenant: tenant(),
                since: Timestamp::MIN,
                limit: ALL,
            });
            all.extend((0..6).map(|id| Query::Provider {
                tenant: tenant(),
                scheme: SCHEME.into(),
                provider_id: format!("p{id}"),
            }));
            for conversation in &self.conversations {
                all.push(Query::Turns {
                    tenant: tenant(),
                    conversation: conversation.clone(),
                    limit: 5,
                });
                all.push(Query::Conversation {
                    tenant: tenant(),
                    conversation: conversation.clone(),
                });
            }
            all.extend(self.people.iter().map(|subject| Query::Addresses {
                tenant: tenant(),
                subject: subject.clone(),
            }));
            for address in &self.addresses {
                self.of_address(&mut all, &tenant(), address);
            }
        }
        all
    }

    fn of_address(&self, all: &mut Vec<Query>, tenant: &TenantId, address: &Address) {
        let (tenant, address) = (|| tenant.clone(), address.key());
        all.push(Query::ConsentEvents {
            tenant: tenant(),
            address,
        });
        all.push(Query::Identity {
            tenant: tenant(),
            address,
        });
        for subject in [None]
            .into_iter()
            .chain(self.people.iter().cloned().map(Some))
        {
            all.push(Query::Consent {
                tenant: tenant(),
                address,
                subject: subject.clone(),
            });
            all.push(Query::Sent {
                tenant: tenant(),
                address,
                subject: subject.clone(),
                since: Timestamp::MIN,
                deciding: None,
            });
            all.extend(self.parts.first().map(|first| Query::Sent {
                tenant: tenant(),
                address,
                subject,
                since: Timestamp::MIN,
                deciding: Some(Deciding::new(first.id.message, LATE)),
            }));
        }
    }
}

fn failure(tape: &mut Tape<'_>) -> Failure {
    let class = if tape.one_in(2) {
        FailureClass::Expired
    } else {
        FailureClass::Transient
    };
    Failure::new(class, FailureScope::Part, Advice::RetrySame)
}
