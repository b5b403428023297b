//! The store in SQLite does what the reference model in memory does: step by step, whatever the steps are.
#![cfg(test)]
#![cfg(feature = "sqlite")]

mod support;

use msg_core::Error;
use msg_core::channel::{Advice, Failure, FailureClass, FailureScope, Receipt};
use msg_core::consent::{Basis, ConsentAct, ConsentEvent, ConsentSource, OptOutScope};
use msg_core::digest::Digest;
use msg_core::id::{
    AccountId, ConversationId, MessageId, PartId, SubjectId, TenantId, TopicId, TraceId,
};
use msg_core::message::{
    Address, AddressKey, ChannelKind, Content, DeliveryState, Priority, Progress, Purpose, Stop,
};
use msg_core::store::{
    Cancel, ClaimRequest, Claimed, ConversationUpdate, Deciding, Enqueue, IdentityLink, InboundOp,
    LeaseToken, LinkStrength, MemoryStore, NewPart, Op, OpResult, PartState, Query, Selector,
    Settle, Settlement, Speaker, StatusOp, Store, TraceAppend, TurnRecord,
};
use msg_store::sqlite::{Durability, SqliteConfig, SqliteStore};
use proptest::prelude::*;
use support::{at, block_on, message, tenant};

/// What a test does. Small numbers name things: two tenants, three addresses, and so on.
#[derive(Clone, Debug)]
enum Step {
    Commit(Vec<Wish>),
    Claim {
        limit: usize,
        closed: Vec<(u8, bool)>,
        lease: i64,
    },
    Wait(i64),
    Restart,
}

#[derive(Clone, Debug)]
enum Wish {
    Enqueue {
        tenant: u8,
        key: Option<(u8, u8)>,
        parts: Vec<Part>,
        again: bool,
    },
    Settle {
        claim: prop::sample::Index,
        token: bool,
        how: How,
    },
    Extend(prop::sample::Index),
    Cancel(Which),
    Release(Which),
    Redrive(Which),
    Consent {
        address: u8,
        subject: Option<u8>,
        act: u8,
        earlier: i64,
    },
    Inbound(u8, u8),
    Turn(u8, i64),
    Trace(u8, u8),
    Status(u8, u8),
    Conversation(u8, Option<i64>, Option<bool>),
    Identity(u8, u8, bool),
}

#[derive(Clone, Debug)]
struct Part {
    address: u8,
    lane: Option<u64>,
    purpose: u8,
    priority: u8,
    due: i64,
    expires: Option<i64>,
    parked: bool,
    subject: Option<u8>,
    topic: Option<u8>,
    account: Option<u8>,
}

#[derive(Clone, Debug)]
enum How {
    Accepted(u8),
    Requeue(i64, bool),
    Ambiguous,
    Parked,
    Dead(bool),
    Cancelled,
    Released,
}

#[derive(Clone, Debug)]
enum Which {
    Message(prop::sample::Index),
    From(prop::sample::Index, u16),
    Address(u8),
    Subject(u8, Option<u8>),
    Conversation(u8),
    Topic(u8),
    Tenant(u8),
}

fn address(number: u8) -> Address {
    let number = number % 3;
    if number == 2 {
        return Address::email("a@example.org").unwrap();
    }
    Address::phone(ChannelKind::Sms, format!("+1415555013{number}")).unwrap()
}

fn subject(number: u8) -> SubjectId {
    SubjectId::new(format!("person {}", number % 2)).unwrap()
}

fn topic(number: u8) -> TopicId {
    TopicId::new(format!("topic {}", number % 2)).unwrap()
}

fn conversation(number: u8) -> ConversationId {
    ConversationId::new(format!("talk {}", number % 2)).unwrap()
}

fn account(number: u8) -> AccountId {
    AccountId::new(format!("account {}", number % 2)).unwrap()
}

fn purpose(number: u8) -> Purpose {
    [
        Purpose::Marketing,
        Purpose::OneTimeCode,
        Purpose::from("gossip"),
    ][usize::from(number % 3)]
    .clone()
}

fn trace(number: u8) -> TraceId {
    message(1000 + u64::from(number % 3)).into()
}

/// Both stores, and what the test knows of them.
struct World {
    model: MemoryStore,
    store: Option<SqliteStore>,
    config: SqliteConfig,
    _folder: tempfile::TempDir,
    now: i64,
    messages: u64,
    claims: Vec<(PartId, LeaseToken)>,
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = SqliteConfig::new(folder.path().join("model.db"))
            .with_durability(Durability::Normal)
            .with_readers(1);
        Self {
            model: MemoryStore::new(),
            store: Some(SqliteStore::open_with(config.clone()).unwrap()),
            config,
            _folder: folder,
            now: 1_000,
            messages: 0,
            claims: Vec::new(),
        }
    }

    fn store(&self) -> &SqliteStore {
        self.store.as_ref().unwrap()
    }

    fn step(&mut self, step: &Step) -> Result<(), TestCaseError> {
        match step {
            Step::Commit(wishes) => {
                let ops: Vec<Op> = wishes.iter().map(|wish| self.op(wish)).collect();
                let theirs = outcome(block_on(self.model.commit(ops.clone())));
                let ours = outcome(block_on(self.store().commit(ops)));
                prop_assert_eq!(&ours, &theirs);
            }
            Step::Claim {
                limit,
                closed,
                lease,
            } => {
                let mut request = ClaimRequest::new(at(self.now), at(self.now + lease), *limit);
                request.closed = closed
                    .iter()
                    .map(|(number, all)| {
                        let channel = address(*number).channel().clone();
                        (channel, (!all).then(|| account(*number)))
                    })
                    .collect();
                let theirs = block_on(self.model.claim(request.clone())).unwrap();
                let ours = block_on(self.store().claim(request)).unwrap();
                prop_assert_eq!(&ours, &theirs);
                let tokens = ours.iter().map(|claim: &Claimed| (claim.part, claim.token));
                self.claims.extend(tokens);
            }
            Step::Wait(seconds) => self.now += seconds,
            Step::Restart => {
                self.model.restart();
                self.store = None;
                self.store = Some(SqliteStore::open_with(self.config.clone()).unwrap());
            }
        }
        prop_assert_eq!(self.store().ledger_seq(), self.model.ledger_seq());
        self.same(Query::NextDue)
    }

    fn same(&self, query: Query) -> Result<(), TestCaseError> {
        let theirs = block_on(self.model.query(query.clone())).unwrap();
        let ours = block_on(self.store().query(query)).unwrap();
        prop_assert_eq!(ours, theirs);
        Ok(())
    }

    fn same_everywhere(&self) -> Result<(), TestCaseError> {
        for number in 0..self.messages {
            self.same(Query::Message(message(number)))?;
        }
        for state in [
            PartState::Queued,
            PartState::Leased,
            PartState::Ambiguous,
            PartState::Parked,
            PartState::Accepted,
            PartState::Cancelled,
            PartState::Dead,
        ] {
            for (after, limit) in [(None, 100), (Some(PartId::new(message(2), 0)), 2)] {
                self.same(Query::Parts {
                    state,
                    after,
                    limit,
                })?;
            }
        }
        for (number, tenant) in [(0, tenant(0)), (1, tenant(1))] {
            for (address, subject) in [
                (address(0), None),
                (address(1), Some(subject(0))),
                (address(2), Some(subject(1))),
            ] {
                let key = address.key();
                self.same(Query::Consent {
                    tenant: tenant.clone(),
                    address: key,
                    subject: subject.clone(),
                })?;
                self.same(Query::ConsentEvents {
                    tenant: tenant.clone(),
                    address: key,
                })?;
                self.same_sent(&tenant, key, subject.as_ref())?;
                self.same(Query::Identity {
                    tenant: tenant.clone(),
                    address: key,
                })?;
            }
            self.same(Query::Addresses {
                tenant: tenant.clone(),
                subject: subject(number),
            })?;
            self.same(Query::Turns {
                tenant: tenant.clone(),
                conversation: conversation(number),
                limit: 3,
            })?;
            self.same(Query::Conversation {
                tenant: tenant.clone(),
                conversation: conversation(number),
            })?;
            self.same(Query::Traces {
                tenant: tenant.clone(),
                since: at(1_005),
                limit: 2,
            })?;
            for id in 0..4 {
                self.same(Query::Provider {
                    tenant: tenant.clone(),
                    scheme: "fake".into(),
                    provider_id: format!("p{id}"),
                })?;
            }
        }
        self.same_traces()
    }

    /// What was sent, for nobody's and for the last claims.
    fn same_sent(
        &self,
        tenant: &TenantId,
        address: AddressKey,
        subject: Option<&SubjectId>,
    ) -> Result<(), TestCaseError> {
        let last = self.claims.iter().rev().take(4);
        let last = last.map(|(part, token)| Some(Deciding::new(part.message, *token)));
        for deciding in std::iter::once(None).chain(last) {
            self.same(Query::Sent {
                tenant: tenant.clone(),
                address,
                subject: subject.cloned(),
                since: at(1_005),
                deciding,
            })?;
        }
        Ok(())
    }

    fn same_traces(&self) -> Result<(), TestCaseError> {
        for number in 0..3 {
            self.same(Query::Trace(trace(number)))?;
        }
        for number in 0..self.messages {
            self.same(Query::Trace(message(number).into()))?;
        }
        // The order of the records of all traces too.
        self.same(Query::TraceFeed {
            reader: "test".into(),
            limit: 10_000,
        })?;
        Ok(())
    }

    fn op(&mut self, wish: &Wish) -> Op {
        let now = at(self.now);
        match wish {
            Wish::Enqueue {
                tenant: number,
                key,
                parts,
                again,
            } => {
                let number_of_message = if *again && self.messages > 0 {
                    self.messages - 1
                } else {
                    self.messages += 1;
                    self.messages - 1
                };
                let id = message(number_of_message);
                let parts = (0..).zip(parts);
                let parts = parts.map(|(index, part)| self.part(part_of(id, index), part));
                let mut enqueue = Enqueue::new(id, tenant(*number), parts.collect(), now);
                enqueue.key = key
                    .map(|(key, payload)| (format!("key {}", key % 4), Digest::of(&[payload % 2])));
                Op::Enqueue(Box::new(enqueue))
            }
            Wish::Settle { claim, token, how } => {
                let (part, claimed) = self.claimed(*claim);
                let token = token.then_some(claimed);
                Op::Settle(Box::new(Settle::new(part, token, self.how(how), now)))
            }
            Wish::Extend(claim) => Op::Extend {
                token: self.claimed(*claim).1,
                until: at(self.now + 50),
            },
            Wish::Cancel(which) => Op::Cancel(Cancel::new(self.which(which), "taken back", now)),
            Wish::Release(which) => Op::Release(self.which(which)),
            Wish::Redrive(which) => Op::Redrive(self.which(which)),
            log => self.log(log),
        }
    }

    fn log(&self, wish: &Wish) -> Op {
        let now = at(self.now);
        match wish {
            Wish::Consent {
                address: number,
                subject: person,
                act,
                earlier,
            } => {
                let when = at(self.now - earlier);
                let source = if act.is_multiple_of(2) {
                    ConsentSource::Keyword
                } else {
                    ConsentSource::Form
                };
                let event =
                    ConsentEvent::new(tenant(0), &address(*number), consent(*act), source, when);
                Op::Consent(Box::new(event.with_subject(person.map(subject))))
            }
            Wish::Inbound(key, what) => {
                let key = format!("event {}", key % 3);
                Op::Inbound(match what % 4 {
                    0 => InboundOp::Done { key, now },
                    1 => InboundOp::Release { key },
                    _ => InboundOp::Lease {
                        key,
                        until: at(self.now + 10),
                        now,
                    },
                })
            }
            Wish::Turn(number, earlier) => {
                let text = Content::text(format!("turn {number} at {}", self.now));
                let when = at(self.now - earlier);
                let (tenant, talk) = (tenant(*number), conversation(*number));
                let turn = TurnRecord::new(tenant, talk, when, Speaker::Person, text);
                Op::Turn(Box::new(turn))
            }
            Wish::Trace(number, events) => {
                let events = (0..events % 3).map(|event| format!("{{\"n\":{event}}}").into());
                let events = events.collect();
                Op::Trace(TraceAppend::new(
                    tenant(*number),
                    trace(*number),
                    now,
                    events,
                ))
            }
            Wish::Status(id, state) => {
                let state = match state % 4 {
                    0 => DeliveryState::reached(Progress::Delivered),
                    1 => DeliveryState::reached(Progress::Sent),
                    2 => DeliveryState::stopped(Stop::Bounced),
                    _ => DeliveryState::reached(Progress::Read),
                };
                let id = format!("p{}", id % 4);
                Op::Status(Box::new(StatusOp::new(tenant(0), "fake", id, state, now)))
            }
            Wish::Conversation(number, earlier, handed_off) => {
                let mut update = ConversationUpdate::new(tenant(*number), conversation(*number));
                update.last_inbound = earlier.map(|earlier| at(self.now - earlier));
                update.handed_off = *handed_off;
                update.answers = handed_off.map(|_| format!("[{}]", self.now).into());
                Op::Conversation(Box::new(update))
            }
            Wish::Identity(to, person, revoked) => {
                let strength = LinkStrength::Declared;
                let mut link =
                    IdentityLink::new(tenant(0), address(*to), subject(*person), strength, now);
                link.revoked = *revoked;
                Op::Identity(Box::new(link))
            }
            _ => unreachable!("not a wish of the log"),
        }
    }

    fn part(&self, id: PartId, part: &Part) -> NewPart {
        let due = at(self.now + part.due);
        let body = format!("body of {id}");
        let mut new = NewPart::new(id, &address(part.address), purpose(part.purpose), due, body);
        new.lane = part.lane;
        new.priority = [
            Priority::Urgent,
            Priority::High,
            Priority::Normal,
            Priority::Bulk,
        ][usize::from(part.priority % 4)];
        new.expires = part.expires.map(|after| at(self.now + after));
        new.parked = part.parked;
        new.subject = part.subject.map(subject);
        new.topic = part.topic.map(topic);
        new.account = part.account.map(account);
        new.conversation = part.subject.map(conversation);
        new
    }

    fn claimed(&self, which: prop::sample::Index) -> (PartId, LeaseToken) {
        if self.claims.is_empty() {
            let nobody = LeaseToken {
                epoch: 9,
                number: 9,
            };
            return (PartId::new(message(0), 0), nobody);
        }
        *which.get(&self.claims)
    }

    fn how(&self, how: &How) -> Settlement {
        match how {
            How::Accepted(id) => {
                let mut receipt = Receipt::new(format!("p{}", id % 4));
                if id.is_multiple_of(3) {
                    receipt.further_ids = vec![format!("p{}", (id + 1) % 4)];
                }
                Settlement::Accepted {
                    scheme: "fake".into(),
                    receipt,
                }
            }
            How::Requeue(later, count) => Settlement::Requeue {
                at: at(self.now + later),
                count: *count,
                failure: count.then(|| Box::new(failure(FailureClass::Transient))),
            },
            How::Ambiguous => Settlement::Ambiguous {
                evidence: "timeout".into(),
            },
            How::Parked => Settlement::Parked {
                queue: "review".into(),
            },
            How::Dead(expired) => Settlement::Dead {
                failure: Box::new(failure(if *expired {
                    FailureClass::Expired
                } else {
                    FailureClass::InvalidRecipient
                })),
            },
            How::Cancelled => Settlement::Cancelled {
                reason: "not allowed".into(),
            },
            How::Released => Settlement::Released,
        }
    }

    fn which(&self, which: &Which) -> Selector {
        let of = |index: &prop::sample::Index| {
            let count = usize::try_from(self.messages).unwrap().max(1);
            message(u64::try_from(index.index(count)).unwrap())
        };
        match which {
            Which::Message(index) => Selector::Message(of(index)),
            Which::From(index, part) => Selector::MessageFrom(part_of(of(index), *part)),
            Which::Address(number) => Selector::Address(tenant(0), address(*number).key()),
            Which::Subject(number, of) => {
                Selector::Subject(tenant(0), subject(*number), of.map(purpose))
            }
            Which::Conversation(number) => Selector::Conversation(tenant(0), conversation(*number)),
            Which::Topic(number) => Selector::Topic(tenant(0), topic(*number)),
            Which::Tenant(number) => Selector::Tenant(tenant(*number)),
        }
    }
}

fn failure(class: FailureClass) -> Failure {
    Failure::new(class, FailureScope::Part, Advice::Stop)
}

fn consent(act: u8) -> ConsentAct {
    let of = act / 11;
    match act % 11 {
        0 => ConsentAct::OptOut(OptOutScope::Channel),
        1 | 2 => ConsentAct::OptOut(OptOutScope::Everything),
        3 => ConsentAct::OptOut(OptOutScope::Purpose(purpose(of))),
        4 => ConsentAct::OptOut(OptOutScope::Topic(topic(of % 2))),
        5 => ConsentAct::Resume,
        6 => ConsentAct::Confirm {
            purpose: purpose(of),
        },
        kind => ConsentAct::OptIn {
            purpose: purpose(of),
            topic: (kind > 8).then(|| topic(of % 2)),
            basis: Basis::Express,
            expires: (kind == 8).then(|| at(1_020)),
            pending: kind == 7 && of.is_multiple_of(3),
        },
    }
}

/// What can be compared of an answer: errors by their kind.
fn outcome(result: Result<Vec<OpResult>, Error>) -> Result<Vec<OpResult>, msg_core::ErrorKind> {
    result.map_err(|error| error.kind())
}

fn any_part() -> impl Strategy<Value = Part> {
    let who = (0..3_u8, prop::option::of(0..3_u64), any::<u8>(), 0..4_u8);
    let when = (
        -5..20_i64,
        prop::option::weighted(0.2, 0..30_i64),
        prop::bool::weighted(0.1),
    );
    let what = (
        prop::option::of(0..2_u8),
        prop::option::of(0..2_u8),
        prop::option::of(0..2_u8),
    );
    (who, when, what).prop_map(
        |(
            (address, lane, purpose, priority),
            (due, expires, parked),
            (subject, topic, account),
        )| Part {
            address,
            lane,
            purpose,
            priority,
            due,
            expires,
            parked,
            subject,
            topic,
            account,
        },
    )
}

/// The first two parts of a message are of its first way, the others of the next one.
fn part_of(message: MessageId, index: u16) -> PartId {
    PartId::of_way(message, index / 2, index % 2)
}

fn any_which() -> impl Strategy<Value = Which> {
    prop_oneof![
        any::<prop::sample::Index>().prop_map(Which::Message),
        (any::<prop::sample::Index>(), 0..3_u16).prop_map(|(index, part)| Which::From(index, part)),
        (0..3_u8).prop_map(Which::Address),
        (0..2_u8, prop::option::of(0..3_u8)).prop_map(|(who, what)| Which::Subject(who, what)),
        (0..2_u8).prop_map(Which::Conversation),
        (0..2_u8).prop_map(Which::Topic),
        (0..2_u8).prop_map(Which::Tenant),
    ]
}

fn any_how() -> impl Strategy<Value = How> {
    prop_oneof![
        4 => (0..8_u8).prop_map(How::Accepted),
        3 => (0..20_i64, any::<bool>()).prop_map(|(later, count)| How::Requeue(later, count)),
        1 => Just(How::Ambiguous),
        1 => Just(How::Parked),
        2 => any::<bool>().prop_map(How::Dead),
        1 => Just(How::Cancelled),
        1 => Just(How::Released),
    ]
}

fn any_wish() -> impl Strategy<Value = Wish> {
    let enqueue = (
        0..2_u8,
        prop::option::weighted(0.4, (0..4_u8, 0..2_u8)),
        prop::collection::vec(any_part(), 1..4),
        prop::bool::weighted(0.05),
    )
        .prop_map(|(tenant, key, parts, again)| Wish::Enqueue {
            tenant,
            key,
            parts,
            again,
        });
    let settle = (
        any::<prop::sample::Index>(),
        prop::bool::weighted(0.8),
        any_how(),
    )
        .prop_map(|(claim, token, how)| Wish::Settle { claim, token, how });
    let consent = (0..3_u8, prop::option::of(0..2_u8), any::<u8>(), 0..30_i64).prop_map(
        |(address, subject, act, earlier)| Wish::Consent {
            address,
            subject,
            act,
            earlier,
        },
    );
    prop_oneof![
        8 => enqueue,
        10 => settle,
        2 => any::<prop::sample::Index>().prop_map(Wish::Extend),
        2 => any_which().prop_map(Wish::Cancel),
        2 => any_which().prop_map(Wish::Release),
        2 => any_which().prop_map(Wish::Redrive),
        3 => consent,
        2 => any::<(u8, u8)>().prop_map(|(key, what)| Wish::Inbound(key, what)),
        1 => (0..2_u8, 0..9_i64).prop_map(|(who, earlier)| Wish::Turn(who, earlier)),
        1 => any::<(u8, u8)>().prop_map(|(which, events)| Wish::Trace(which, events)),
        3 => any::<(u8, u8)>().prop_map(|(id, state)| Wish::Status(id, state)),
        1 => (0..2_u8, prop::option::of(0..30_i64), prop::option::of(any::<bool>()))
            .prop_map(|(who, earlier, off)| Wish::Conversation(who, earlier, off)),
        1 => (0..3_u8, 0..2_u8, any::<bool>()).prop_map(|(to, who, off)| Wish::Identity(to, who, off)),
    ]
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        10 => prop::collection::vec(any_wish(), 1..4).prop_map(Step::Commit),
        6 => (0..6_usize, prop::collection::vec((0..3_u8, any::<bool>()), 0..2), 1..60_i64)
            .prop_map(|(limit, closed, lease)| Step::Claim { limit, closed, lease }),
        3 => (1..20_i64).prop_map(Step::Wait),
        1 => Just(Step::Restart),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, max_shrink_iters: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn sqlite_does_what_the_model_does(steps in prop::collection::vec(any_step(), 1..60)) {
        let mut world = World::new();
        for step in &steps {
            world.step(step)?;
        }
        world.same_everywhere()?;
    }
}
