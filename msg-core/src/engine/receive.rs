//! Takes in what the channels report: verified, deduplicated, recorded, answered.

use super::fallback::has_ways;
use super::recorder::Recorder;
use super::{Engine, Inner, Respond, Submission, unexpected_answer};
use crate::channel::{
    AnswerReceived, ConsentSignal, HttpReply, Inbound, InboundEvent, InboundMessage, Rejection,
    StatusEvent, Verification, WebhookRequest, WebhookWireExt,
};
use crate::consent::{Basis, ConsentAct, ConsentEvent, ConsentSource, Evidence, Signal};
use crate::error::{Error, ErrorKind};
use crate::id::{
    ActionId, ConversationId, InboundId, MessageId, PartId, SubjectId, TenantId, TraceId,
};
use crate::message::{Address, Content, DeliveryState, Progress};
use crate::plan::AnswerMap;
use crate::store::{
    Answer, ConversationUpdate, InboundLease, InboundOp, Op, OpResult, PartRecord, Query, Speaker,
    StatusOp, TurnRecord,
};
use crate::time::{Timestamp, after};
use crate::trace::{Received, StatusSeen};
use std::sync::OnceLock;

/// What a webhook call ended in, and how to answer it.
#[derive(Debug)]
#[non_exhaustive]
pub enum Reception {
    /// Its events were taken in: answer 200. When one of them is busy elsewhere, answer 503: it will come again.
    Taken(ReceptionReport),
    /// The provider wants this answer.
    Challenge(HttpReply),
    /// It is not believed: answer with [`Rejection::status`].
    Rejected(Rejection),
}

impl Reception {
    /// The HTTP status that answers the call.
    #[must_use]
    pub const fn status(&self) -> u16 {
        match self {
            Self::Taken(report) if report.busy > 0 => 503,
            Self::Taken(_) => 200,
            Self::Challenge(reply) => reply.status,
            Self::Rejected(rejection) => rejection.status(),
        }
    }
}

/// What became of the events of one call.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct ReceptionReport {
    /// Taken in now.
    pub taken: Vec<TakenEvent>,
    /// Taken in before.
    pub duplicates: usize,
    /// Somebody works on them now.
    pub busy: usize,
}

/// An event that was taken in.
#[derive(Debug)]
#[non_exhaustive]
pub struct TakenEvent {
    /// Its id, and that of its trace.
    pub inbound: InboundId,
    /// What it said about consent.
    pub signal: Option<Signal>,
    /// What became of the answer, if a responder gave one.
    pub reply: Option<Submission>,
}

/// What is worked on while an event is taken in.
struct Intake<'a> {
    tenant: &'a TenantId,
    inbound: InboundId,
    event: &'a InboundEvent,
    now: Timestamp,
    /// Of a status: its message, if that may take several ways. Empty until somebody looked.
    ways: OnceLock<Option<MessageId>>,
}

impl Intake<'_> {
    /// When it happened. A provider's clock may be wrong: nothing happened later than now, or an opt-out that comes
    /// after it would seem older.
    fn happened(&self) -> Timestamp {
        self.event.occurred_at.min(self.now)
    }
}

/// A person's message, however it was given: written or tapped.
struct Said {
    message: InboundMessage,
    action: Option<ActionId>,
    signal: Option<Signal>,
    handed_off: bool,
}

impl Engine {
    /// Takes in a webhook call to the adapter with this scheme. When it returns, its events are durable and answers to
    /// them are in the outbox; until then the provider should not be answered.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] for an unknown scheme or one without webhooks, [`ErrorKind::Invalid`] for a body that is
    /// not what the provider sends, or the store's. The events are then not taken in.
    pub async fn receive(
        &self,
        tenant: &TenantId,
        scheme: &str,
        call: &WebhookRequest,
    ) -> Result<Reception, Error> {
        let adapter = self
            .0
            .adapter_called(scheme)
            .ok_or_else(|| no_webhook(scheme))?;
        let wire = adapter.webhook().ok_or_else(|| no_webhook(scheme))?;
        match wire.verify(call, self.0.clock.now()) {
            Verification::Challenge(reply) => Ok(Reception::Challenge(reply)),
            Verification::Rejected(rejection) => Ok(Reception::Rejected(rejection)),
            Verification::Verified(verified) => {
                let events = wire.parse(&verified)?;
                self.accept(tenant, events).await.map(Reception::Taken)
            }
        }
    }

    /// Takes in events that need no verification: those of the host's own chat.
    ///
    /// # Errors
    /// The store's, or the responder's: the first one. Every other event is taken in all the same, so that a STOP is
    /// never lost behind something that cannot be answered; what failed is given back.
    pub async fn accept(
        &self,
        tenant: &TenantId,
        events: Vec<InboundEvent>,
    ) -> Result<ReceptionReport, Error> {
        let mut report = ReceptionReport::default();
        let mut failure = None;
        for event in &events {
            if let Err(error) = self.take(tenant, event, &mut report).await {
                failure.get_or_insert(error);
            }
        }
        failure.map_or(Ok(report), Err)
    }

    async fn take(
        &self,
        tenant: &TenantId,
        event: &InboundEvent,
        report: &mut ReceptionReport,
    ) -> Result<(), Error> {
        let inner = &self.0;
        let now = inner.clock.now();
        // A tenant's name has no control character, so that nobody's key can begin like another tenant's.
        let of = |what: char| {
            format!(
                "{tenant}\u{1f}{what}\u{1f}{}\u{1f}{}",
                event.scheme, event.dedupe
            )
        };
        // Two keys: what an event says is recorded once, and its answer is given once, even when a crash comes between.
        let (key, answer_key) = (of('e'), of('a'));
        let inbound = InboundId::from_uuid(inner.ids.next(now));
        let intake = Intake {
            tenant,
            inbound,
            event,
            now,
            ways: OnceLock::new(),
        };
        let recorded = match inner.lease(&key, now).await? {
            InboundLease::Busy => {
                report.busy += 1;
                return Ok(());
            }
            InboundLease::Fresh => match inner.record(&intake, &key).await {
                Ok(said) => Some(said),
                Err(error) => return Err(inner.give_back(key, error).await),
            },
            InboundLease::Done => None,
        };
        match inner.lease(&answer_key, now).await? {
            InboundLease::Busy => report.busy += 1,
            InboundLease::Done => report.duplicates += 1,
            InboundLease::Fresh => {
                let understood = match (inner.follow_status(&intake).await, recorded) {
                    (Err(error), _) => Err(error),
                    (Ok(()), Some(said)) => Ok(said),
                    (Ok(()), None) => inner.understand(&intake).await,
                };
                let answered = match &understood {
                    Ok(Some(said)) => self.answer(&intake, said).await,
                    _ => Ok(None),
                };
                let (said, reply) = match (understood, answered) {
                    (Ok(said), Ok(reply)) => (said, reply),
                    (Err(error), _) | (_, Err(error)) => {
                        return Err(inner.give_back(answer_key, error).await);
                    }
                };
                inner
                    .commit_inbound(InboundOp::Done {
                        key: answer_key,
                        now: inner.clock.now(),
                    })
                    .await?;
                report.taken.push(TakenEvent {
                    inbound,
                    signal: said.and_then(|said| said.signal),
                    reply,
                });
            }
        }
        Ok(())
    }

    /// Asks the responder and submits what it says, under a key that makes a second try the same message.
    async fn answer(&self, intake: &Intake<'_>, said: &Said) -> Result<Option<Submission>, Error> {
        let Some(responder) = &self.0.responder else {
            return Ok(None);
        };
        if said.handed_off
            || said.message.automatic
            || matches!(said.signal, Some(Signal::OptOut(_)))
        {
            return Ok(None);
        }
        let respond = Respond {
            tenant: intake.tenant,
            inbound: intake.inbound,
            event: intake.event,
            message: &said.message,
            action: said.action.as_ref(),
            signal: said.signal.as_ref(),
        };
        let Some(mut draft) = responder.respond(respond).await? else {
            return Ok(None);
        };
        draft.idempotency_key.get_or_insert_with(|| {
            format!("answer/{}/{}", intake.event.scheme, intake.event.dedupe)
        });
        draft.cause.get_or_insert(TraceId::from(intake.inbound));
        match self.submit(draft).await {
            Ok(submission) => Ok(Some(submission)),
            // A retry after a crash may compose other words: the first answer stands.
            Err(error) if error.kind() == ErrorKind::Conflict => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl Inner {
    async fn lease(&self, key: &str, now: Timestamp) -> Result<InboundLease, Error> {
        let until = after(now, self.settings.inbound_lease);
        let op = Op::Inbound(InboundOp::Lease {
            key: key.to_owned(),
            until,
            now,
        });
        match self.store.commit(vec![op]).await?.into_iter().next() {
            Some(OpResult::Inbound(lease)) => Ok(lease),
            _ => Err(unexpected_answer()),
        }
    }

    /// Gives a key back, so that the next delivery of its event is worked on at once.
    async fn give_back(&self, key: String, why: Error) -> Error {
        match self.commit_inbound(InboundOp::Release { key }).await {
            // Should this fail too, the lease ends by itself.
            Ok(()) | Err(_) => why,
        }
    }

    async fn commit_inbound(&self, op: InboundOp) -> Result<(), Error> {
        self.store.commit(vec![Op::Inbound(op)]).await.map(|_| ())
    }

    /// What a person said, if the event is something a person said.
    async fn understand(&self, intake: &Intake<'_>) -> Result<Option<Said>, Error> {
        let (message, handle) = match &intake.event.kind {
            Inbound::Message(message) => (message.clone(), None),
            Inbound::Answer(answer) => (tapped(answer), Some(answer.handle.as_str())),
            _ => return Ok(None),
        };
        let query = Query::Conversation {
            tenant: intake.tenant.clone(),
            conversation: message.conversation.clone(),
        };
        let Answer::Conversation(known) = self.store.query(query).await? else {
            return Err(unexpected_answer());
        };
        let text = message.content.plain_text();
        let answers = known.answers.as_deref().filter(|_| !message.automatic);
        let action = answers.and_then(|answers| resolve(answers, handle, &text));
        let signal = self
            .keywords
            .as_ref()
            .and_then(|keywords| keywords.recognize(&text, message.language.as_deref()))
            // A tap on an offered answer is that answer, even if its label is a keyword, and so are offered words that
            // somebody writes. But who writes STOP is believed, whatever was offered.
            .filter(|signal| match signal {
                Signal::OptOut(_) => handle.is_none(),
                // A program allows nothing; its STOP is believed to be on the safe side.
                _ => action.is_none() && !message.automatic,
            });
        Ok(Some(Said {
            message,
            action,
            signal,
            handed_off: known.handed_off,
        }))
    }

    /// Writes everything that the event says, in one commit that also ends its lease.
    async fn record(&self, intake: &Intake<'_>, key: &str) -> Result<Option<Said>, Error> {
        let said = self.understand(intake).await?;
        let mut ops = vec![Op::Inbound(InboundOp::Done {
            key: key.to_owned(),
            now: intake.now,
        })];
        let (mut consent, mut untraced) = (None, None);
        if let Some(said) = &said {
            ops.extend(turn_ops(intake, &said.message));
            let subject = self.subject_of(intake.tenant, &said.message.from).await?;
            consent = said
                .signal
                .as_ref()
                .and_then(|signal| keyword_event(intake, said, signal, subject));
        }
        match &intake.event.kind {
            Inbound::Consent(signal) => {
                let subject = self.subject_of(intake.tenant, &signal.from).await?;
                let act = act_of(signal);
                let source = ConsentSource::Channel;
                let event = ConsentEvent::new(
                    intake.tenant.clone(),
                    &signal.from,
                    act,
                    source,
                    intake.happened(),
                );
                let evidence = Evidence::reference(signal.reason.clone());
                consent = Some(event.with_subject(subject).with_evidence(evidence));
            }
            Inbound::Status(status) => {
                let more = self.status_ops(intake, status).await?;
                untraced = (more.len() == 1).then_some(status.state);
                ops.extend(more);
            }
            _ => {}
        }
        ops.push(received(intake, consent.as_ref())?);
        ops.extend(consent.map(|event| Op::Consent(Box::new(event))));
        let results = self.store.commit(ops).await?;
        // Its part was settled while this was written: the store knew it by then.
        let joined = results.iter().find_map(|result| match result {
            OpResult::Status(part) => *part,
            _ => None,
        });
        if let (Some(state), Some(part)) = (untraced, joined) {
            let op = status_seen(intake, part, state)?;
            self.store.commit(vec![op]).await?;
        }
        Ok(said)
    }

    async fn subject_of(
        &self,
        tenant: &TenantId,
        address: &Address,
    ) -> Result<Option<SubjectId>, Error> {
        let query = Query::Identity {
            tenant: tenant.clone(),
            address: address.key(),
        };
        match self.store.query(query).await? {
            Answer::Identities(links) => Ok(links.into_iter().next().map(|link| link.subject)),
            _ => Err(unexpected_answer()),
        }
    }

    /// What a status means for the ways of its message: only an end or an arrival changes something there. Done under the
    /// key of the answer, so that after a crash the next delivery of the event does it.
    async fn follow_status(&self, intake: &Intake<'_>) -> Result<(), Error> {
        let Inbound::Status(status) = &intake.event.kind else {
            return Ok(());
        };
        if !changes_ways(status.state) {
            return Ok(());
        }
        let message = if let Some(message) = intake.ways.get() {
            *message
        } else {
            let part = self.part_of(intake, status).await?;
            part.and_then(|part| has_ways(&part.body).then_some(part.id.message))
        };
        match message {
            Some(message) => self.look_at_ways(message, status.failure.as_ref()).await,
            None => Ok(()),
        }
    }

    /// The part that a status is of, if its provider took it already.
    async fn part_of(
        &self,
        intake: &Intake<'_>,
        status: &StatusEvent,
    ) -> Result<Option<PartRecord>, Error> {
        let query = Query::Provider {
            tenant: intake.tenant.clone(),
            scheme: intake.event.scheme.clone(),
            provider_id: status.receipt.provider_id.clone(),
        };
        match self.store.query(query).await? {
            Answer::Parts(parts) => Ok(parts.into_iter().next()),
            _ => Err(unexpected_answer()),
        }
    }

    /// The state's join, and a line in the trace of the message when it is known already.
    async fn status_ops(
        &self,
        intake: &Intake<'_>,
        status: &StatusEvent,
    ) -> Result<Vec<Op>, Error> {
        let join = StatusOp::new(
            intake.tenant.clone(),
            intake.event.scheme.clone(),
            status.receipt.provider_id.clone(),
            status.state,
            intake.now,
        );
        let mut ops = vec![Op::Status(Box::new(join))];
        if let Some(part) = self.part_of(intake, status).await? {
            let ways = changes_ways(status.state) && has_ways(&part.body);
            let _ = intake.ways.set(ways.then_some(part.id.message));
            ops.push(status_seen(intake, part.id, status.state)?);
        }
        Ok(ops)
    }
}

/// Whether a state may change what becomes of the other ways of its message: an arrival or an end.
fn changes_ways(state: DeliveryState) -> bool {
    state.stop.is_some() || state.progress >= Progress::Delivered
}

/// What a signal of a channel is in the ledger. Who asks a channel for messages of a purpose says so expressly.
fn act_of(signal: &ConsentSignal) -> ConsentAct {
    match (&signal.opt_out, &signal.opt_in) {
        (Some(scope), _) => ConsentAct::OptOut(scope.clone()),
        (None, Some(purpose)) => ConsentAct::OptIn {
            purpose: purpose.clone(),
            topic: None,
            basis: Basis::Express,
            expires: None,
            pending: false,
        },
        (None, None) => ConsentAct::Resume,
    }
}

fn no_webhook(scheme: &str) -> Error {
    Error::new(
        ErrorKind::NotFound,
        "no adapter with webhooks has this scheme",
    )
    .with_context("scheme", scheme)
}

/// The line of a status in the trace of its part's message.
fn status_seen(intake: &Intake<'_>, part: PartId, state: DeliveryState) -> Result<Op, Error> {
    let mut recorder = Recorder::default();
    recorder.add("status", &StatusSeen::new(part, state))?;
    let trace = TraceId::from(part.message);
    Ok(recorder.into_op(intake.tenant.clone(), trace, intake.now))
}

/// A tap as a message that says the label.
fn tapped(answer: &AnswerReceived) -> InboundMessage {
    let label = answer.label.clone().unwrap_or_default();
    let (from, conversation) = (answer.from.clone(), answer.conversation.clone());
    InboundMessage::new(
        from,
        conversation,
        answer.message.clone(),
        Content::text(label),
    )
}

/// What an answer means: by the handle of the button, else by number, label or another word.
fn resolve(answers: &[u8], handle: Option<&str>, text: &str) -> Option<ActionId> {
    let answers: AnswerMap = serde_json::from_slice(answers).ok()?;
    match handle {
        Some(handle) => answers.resolve_handle(handle),
        None => answers.resolve(text),
    }
    .map(|answer| answer.action)
}

fn turn_ops(intake: &Intake<'_>, message: &InboundMessage) -> [Op; 2] {
    let (tenant, at) = (intake.tenant.clone(), intake.happened());
    let conversation: ConversationId = message.conversation.clone();
    let mut update = ConversationUpdate::new(tenant.clone(), conversation.clone());
    update.last_inbound = Some(at);
    let turn = TurnRecord::new(
        tenant,
        conversation,
        intake.now,
        Speaker::Person,
        message.content.clone(),
    );
    [Op::Conversation(Box::new(update)), Op::Turn(Box::new(turn))]
}

/// A keyword as a ledger event, with what the person wrote as its proof. HELP changes nothing.
fn keyword_event(
    intake: &Intake<'_>,
    said: &Said,
    signal: &Signal,
    subject: Option<SubjectId>,
) -> Option<ConsentEvent> {
    let act = match signal {
        Signal::OptOut(scope) => ConsentAct::OptOut(scope.clone()),
        Signal::Resume => ConsentAct::Resume,
        Signal::Help => return None,
    };
    let mut evidence = Evidence::verbatim(said.message.content.plain_text());
    evidence.reference = Some(format!("{}: {}", intake.event.scheme, intake.event.dedupe));
    let (tenant, from) = (intake.tenant.clone(), &said.message.from);
    let event = ConsentEvent::new(tenant, from, act, ConsentSource::Keyword, intake.happened());
    Some(event.with_subject(subject).with_evidence(evidence))
}

fn received(intake: &Intake<'_>, consent: Option<&ConsentEvent>) -> Result<Op, Error> {
    let event = intake.event;
    let record = Received::new(
        consent.map(|event| event.act.clone()),
        event.dedupe.clone(),
        Box::new(event.kind.clone()),
        event.scheme.clone(),
    );
    let mut recorder = Recorder::default();
    recorder.add("received", &record)?;
    Ok(recorder.into_op(
        intake.tenant.clone(),
        TraceId::from(intake.inbound),
        intake.now,
    ))
}
