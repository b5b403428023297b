//! What a trace records.

use crate::capability::WindowState;
use crate::channel::{Inbound, SendOutcome};
use crate::consent::{ConsentAct, Refusal};
use crate::digest::Digest;
use crate::id::{MessageId, PartId, PromptId, TemplateId};
use crate::llm::Usage;
use crate::message::{Address, ChannelKind, Content, DeliveryState, Draft, Origin};
use crate::open::{open_names, open_tagged};
use crate::plan::Loss;
use crate::policy::{Evaluation, Facts, Phase};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

open_tagged! {
    /// One step of a message. Written as canonical JSON: [`canonical`](super::canonical).
    TraceEvent {
        /// The host asked for it.
        Submitted(SubmittedDraft) = "submitted",
        /// Checks of a phase ran.
        Checked(Checked) = "checked",
        /// The text was written.
        Composed(Composed) = "composed",
        /// Personal data was replaced before a model saw the text.
        Masked(Masked) = "masked",
        /// It was planned for a channel.
        Planned(Planned) = "planned",
        /// Its parts are in the outbox.
        Enqueued(Enqueued) = "enqueued",
        /// It waits.
        Held(Held) = "held",
        /// It was taken back.
        Cancelled(Cancelled) = "cancelled",
        /// Its time was over before it was sent.
        Expired(Expired) = "expired",
        /// Whoever sent it did not come back: nobody knows whether it left.
        Lost(Lost) = "lost",
        /// It was lost too often: it is not tried again.
        Poisoned(Poisoned) = "poisoned",
        /// A person let it go on.
        Released(Released) = "released",
        /// A part was sent, or tried.
        Attempted(Attempted) = "attempted",
        /// An unknown outcome was looked into.
        Reconciled(Reconciled) = "reconciled",
        /// A status came in.
        Status(StatusSeen) = "status",
        /// It went on to the next channel, or there was none.
        FellBack(FellBack) = "fell_back",
        /// It reached the person on two channels.
        DuplicateReach(DuplicateReach) = "duplicate_reach",
        /// Something came in.
        Received(Received) = "received",
        /// It left without checks.
        Unchecked(Unchecked) = "unchecked",
        /// Anything else worth knowing.
        Noted(Noted) = "noted",
    }
}

/// The host asked for it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SubmittedDraft {
    /// The draft.
    pub draft: Box<Draft>,
    /// The policy set that will check it.
    pub policies: Digest,
}

/// Checks of a phase ran. With the draft, the content and these facts they can run again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Checked {
    /// What the checks said.
    pub evaluation: Evaluation,
    /// What the checks knew.
    pub facts: Facts,
    /// The time that they were given.
    pub now: Timestamp,
    /// The phase.
    pub phase: Phase,
    /// The policy set.
    pub policies: Digest,
    /// The address that was chosen.
    pub to: Address,
}

/// The text was written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Composed {
    /// What it says.
    pub content: Content,
    /// Why the fallback was taken, if it was: the kind of the model's error.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fallback: Option<String>,
    /// The model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Who wrote it.
    pub origin: Origin,
    /// The prompt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prompt: Option<PromptId>,
    /// The template.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<TemplateId>,
    /// What the model used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<Usage>,
}

/// Personal data was replaced before a model saw the text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Masked {
    /// How many of each kind.
    pub kinds: BTreeMap<String, u32>,
}

/// It was planned for a channel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Planned {
    /// The channel.
    pub channel: ChannelKind,
    /// The digest of the plan.
    pub digest: Digest,
    /// What was lost.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub losses: Vec<Loss>,
    /// How many parts.
    pub parts: u16,
    /// Where the conversation stood in its reply window, on a channel that has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<WindowState>,
}

/// Its parts are in the outbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Enqueued {
    /// When it may leave.
    pub due: Timestamp,
    /// The message.
    pub message: MessageId,
    /// How many parts.
    pub parts: u16,
    /// Whether a person must release it first, and in which queue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review: Option<String>,
}

/// It waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Held {
    /// Which part; none before there are parts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<PartId>,
    /// Until when.
    pub until: Timestamp,
    /// Why.
    pub why: String,
}

/// It was taken back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Cancelled {
    /// Which part; none for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<PartId>,
    /// The refusal of the person that caused it: its event stands in the ledger.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusal: Option<Refusal>,
    /// Why.
    pub why: String,
}

/// Its time was over before it was sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Expired {
    /// When it was over.
    pub expires: Timestamp,
    /// Which part.
    pub part: PartId,
}

/// Whoever sent it did not come back, because of a crash or because it took too long.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Lost {
    /// In which attempt, from 1.
    pub attempt: u32,
    /// Which part.
    pub part: PartId,
}

/// It was lost too often in a row: see [`POISON`](crate::store::POISON).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Poisoned {
    /// How many attempts there were.
    pub attempts: u32,
    /// Which part.
    pub part: PartId,
}

/// A person let a part go on that waited for one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Released {
    /// Who, as the host's records name them.
    pub by: String,
    /// Which part.
    pub part: PartId,
    /// The queue that it waited in.
    pub queue: String,
}

/// A part was sent, or tried.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Attempted {
    /// Which attempt, from 1.
    pub attempt: u32,
    /// What it ended in.
    pub outcome: SendOutcome,
    /// Which part.
    pub part: PartId,
    /// Through which adapter.
    pub scheme: String,
}

/// An unknown outcome was looked into.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Reconciled {
    /// What is known now; none when a rule decided without knowing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<SendOutcome>,
    /// Which part.
    pub part: PartId,
    /// What was done: `resent`, `settled`, `held for review`.
    pub result: String,
}

/// A status came in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct StatusSeen {
    /// Which part.
    pub part: PartId,
    /// What it says.
    pub state: DeliveryState,
}

open_names! {
    /// Why a message went on to the next channel.
    FallbackReason {
        /// The channel refused it.
        Refused = "refused",
        /// The channel took it and said later that it did not arrive.
        Undelivered = "undelivered",
        /// No receipt came in time.
        NoReceipt = "no_receipt",
    }
}

/// It went on to the next channel: what follows is checked and planned for that one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FellBack {
    /// The channel that it left.
    pub channel: ChannelKind,
    /// The channel that it takes now; none when no further address of the recipient may be used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<ChannelKind>,
    /// The first part on the channel that it left.
    pub part: PartId,
    /// Why.
    pub why: FallbackReason,
}

/// One of the ways that a message took.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Reached {
    /// The channel.
    pub channel: ChannelKind,
    /// Its first part there.
    pub part: PartId,
}

impl Reached {
    /// A way.
    #[must_use]
    pub const fn new(channel: ChannelKind, part: PartId) -> Self {
        Self { channel, part }
    }
}

/// Receipts show that a message reached its person on two channels, though one was intended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DuplicateReach {
    /// The way that was taken first.
    pub first: Reached,
    /// The way that was taken later.
    pub second: Reached,
}

/// Something came in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Received {
    /// What it changed in the ledger.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent: Option<ConsentAct>,
    /// The event's dedupe key.
    pub dedupe: String,
    /// What happened.
    pub kind: Box<Inbound>,
    /// Through which adapter.
    pub scheme: String,
}

/// It left without checks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Unchecked {
    /// What it ended in.
    pub outcome: SendOutcome,
    /// Which part.
    pub part: PartId,
    /// Why, in the words of who sent it.
    pub reason: String,
}

/// Anything else worth knowing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Noted {
    /// A stable code.
    pub code: String,
    /// In plain words. Never a body, an address or a secret.
    pub text: String,
}

macro_rules! constructors {
    ($($name:ident { $($field:ident: $kind:ty),+ $(,)? } $(, none: $($rest:ident)+)?;)+) => {$(
        impl $name {
            /// The event with these fields; the others are empty.
            #[must_use]
            pub const fn new($($field: $kind),+) -> Self {
                Self { $($field,)+ $($($rest: None,)+)? }
            }
        }
    )+};
}

constructors! {
    SubmittedDraft { draft: Box<Draft>, policies: Digest };
    Composed { content: Content, origin: Origin }, none: fallback model prompt template usage;
    Masked { kinds: BTreeMap<String, u32> };
    Planned { channel: ChannelKind, digest: Digest, losses: Vec<Loss>, parts: u16 }, none: window;
    Enqueued { due: Timestamp, message: MessageId, parts: u16, review: Option<String> };
    Held { part: Option<PartId>, until: Timestamp, why: String };
    Cancelled { part: Option<PartId>, why: String }, none: refusal;
    Expired { expires: Timestamp, part: PartId };
    Lost { attempt: u32, part: PartId };
    Poisoned { attempts: u32, part: PartId };
    Released { by: String, part: PartId, queue: String };
    Attempted { attempt: u32, outcome: SendOutcome, part: PartId, scheme: String };
    Reconciled { outcome: Option<SendOutcome>, part: PartId, result: String };
    StatusSeen { part: PartId, state: DeliveryState };
    FellBack { channel: ChannelKind, next: Option<ChannelKind>, part: PartId, why: FallbackReason };
    DuplicateReach { first: Reached, second: Reached };
    Received { consent: Option<ConsentAct>, dedupe: String, kind: Box<Inbound>, scheme: String };
    Unchecked { outcome: SendOutcome, part: PartId, reason: String };
    Noted { code: String, text: String };
}

impl Cancelled {
    /// Names the refusal that caused it.
    #[must_use]
    pub fn because(mut self, refusal: Option<Refusal>) -> Self {
        self.refusal = refusal;
        self
    }
}
