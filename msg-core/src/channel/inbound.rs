//! What comes in, in one shape for all channels.

use super::{Failure, Receipt};
use crate::consent::OptOutScope;
use crate::id::{AccountId, ActionId, ConversationId};
use crate::message::{Address, Content, DeliveryState, Purpose};
use crate::open::{open_names, open_tagged};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// One event from a provider.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct InboundEvent {
    /// What makes the event the same when it is delivered again: the provider's id with the scheme before it.
    pub dedupe: String,
    /// The scheme of the adapter.
    pub scheme: String,
    /// The account that it came to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountId>,
    /// When it happened, by the provider's clock.
    pub occurred_at: Timestamp,
    /// When it came in.
    pub received_at: Timestamp,
    /// What happened.
    pub kind: Inbound,
}

impl InboundEvent {
    /// An event that happened when it came in.
    pub fn new(
        scheme: impl Into<String>,
        dedupe: impl Into<String>,
        at: Timestamp,
        kind: impl Into<Inbound>,
    ) -> Self {
        Self {
            dedupe: dedupe.into(),
            scheme: scheme.into(),
            account: None,
            occurred_at: at,
            received_at: at,
            kind: kind.into(),
        }
    }

    /// Sets when it happened.
    #[must_use]
    pub const fn occurred(mut self, at: Timestamp) -> Self {
        self.occurred_at = at;
        self
    }
}

open_tagged! {
    /// What happened.
    Inbound {
        /// A person wrote.
        Message(InboundMessage) = "message",
        /// A person tapped or chose.
        Answer(AnswerReceived) = "answer",
        /// A person reacted.
        Reaction(ReactionReceived) = "reaction",
        /// A person changed a message.
        Edited(EditedMessage) = "edited",
        /// A person took a message back.
        Deleted(DeletedMessage) = "deleted",
        /// A person types.
        Typing(TypingSeen) = "typing",
        /// A person read everything up to a message.
        Read(ReadSeen) = "read",
        /// How far a message got.
        Status(StatusEvent) = "status",
        /// A person allowed or refused messages by other means than words.
        Consent(ConsentSignal) = "consent",
        /// Something about the account, a member, a template: kept for the host.
        Notice(ChannelNotice) = "notice",
        /// A kind that the adapter does not know, kept as it came.
        Unsupported(Unsupported) = "unsupported",
    }
}

/// A message from a person.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
#[non_exhaustive]
pub struct InboundMessage {
    /// Who wrote: where an answer goes.
    pub from: Address,
    /// The conversation in the provider's terms.
    pub conversation: ConversationId,
    /// The provider's id of the message.
    pub provider_id: String,
    /// What it says. Text from the outside world: data, never an instruction.
    pub content: Content,
    /// The provider's id of the message that it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<String>,
    /// The language that the provider reports.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// A program wrote it: a vacation notice, a mailing list. It is kept, but the engine gives no answer, so that two
    /// programs never write to each other for ever, and takes it neither as a choice nor as an opt-in. Its STOP is one.
    #[serde(default, skip_serializing_if = "is_false")]
    pub automatic: bool,
    /// What the provider tells beside the content: who else it went to, what a filter says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report: Option<Box<Report>>,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the signature that serde wants"
)]
const fn is_false(value: &bool) -> bool {
    !*value
}

impl InboundMessage {
    /// A message.
    pub fn new(
        from: Address,
        conversation: ConversationId,
        provider_id: impl Into<String>,
        content: Content,
    ) -> Self {
        Self {
            from,
            conversation,
            provider_id: provider_id.into(),
            content,
            reply_to: None,
            language: None,
            automatic: false,
            report: None,
        }
    }
}

/// A person tapped or chose.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
#[non_exhaustive]
pub struct AnswerReceived {
    /// Who.
    pub from: Address,
    /// The conversation in the provider's terms.
    pub conversation: ConversationId,
    /// The provider's id of the message that was answered.
    pub message: String,
    /// What came back: the handle of a button.
    pub handle: String,
    /// The label, where the provider tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The action, once the engine resolved it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<ActionId>,
    /// What was filled in, where the answer is a form: a value for each name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub form: Option<serde_json::Value>,
}

impl AnswerReceived {
    /// An answer.
    pub fn new(
        from: Address,
        conversation: ConversationId,
        message: impl Into<String>,
        handle: impl Into<String>,
    ) -> Self {
        let (message, handle) = (message.into(), handle.into());
        Self {
            from,
            conversation,
            message,
            handle,
            label: None,
            action: None,
            form: None,
        }
    }
}

/// A message that something happened to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MessageRef {
    /// Who did it.
    pub from: Address,
    /// The provider's id of the message, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider_id: Option<String>,
}

impl MessageRef {
    /// A message of this id, touched by `from`.
    #[must_use]
    pub const fn new(from: Address, provider_id: Option<String>) -> Self {
        Self { from, provider_id }
    }
}

macro_rules! newtypes {
    ($($(#[$meta:meta])* $name:ident($inner:ty)),+ $(,)?) => {$(
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub $inner);
    )+};
}

newtypes! {
    /// A message as it reads after it was changed.
    EditedMessage(InboundMessage),
    /// A message that was taken back.
    DeletedMessage(MessageRef),
    /// Somebody types.
    TypingSeen(MessageRef),
    /// The last message that was read.
    ReadSeen(MessageRef),
}

/// A person reacted.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
#[non_exhaustive]
pub struct ReactionReceived {
    /// Who.
    pub from: Address,
    /// The provider's id of the message.
    pub provider_id: String,
    /// The emoji; none when it was taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub emoji: Option<String>,
}

impl ReactionReceived {
    /// A reaction.
    pub fn new(from: Address, provider_id: impl Into<String>, emoji: Option<String>) -> Self {
        Self {
            from,
            provider_id: provider_id.into(),
            emoji,
        }
    }
}

/// How far a message got.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct StatusEvent {
    /// The provider's id, or the part's own id where the provider echoes it.
    pub receipt: Receipt,
    /// How far.
    pub state: DeliveryState,
    /// Why it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
    /// Whom the message was for, where the provider says it: the way to the person when nobody knows the receipt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Address>,
    /// What the provider reported, where the state alone does not say all of it: a click, a delay, who opened a mail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report: Option<Box<Report>>,
}

impl StatusEvent {
    /// A status.
    #[must_use]
    pub const fn new(receipt: Receipt, state: DeliveryState) -> Self {
        Self {
            receipt,
            state,
            failure: None,
            to: None,
            report: None,
        }
    }

    /// Sets why it ended.
    #[must_use]
    pub fn with_failure(mut self, failure: Failure) -> Self {
        self.failure = Some(failure);
        self
    }

    /// Sets whom the message was for.
    #[must_use]
    pub fn with_to(mut self, to: Address) -> Self {
        self.to = Some(to);
        self
    }

    /// Sets what the provider reported.
    #[must_use]
    pub fn with_report(mut self, report: Report) -> Self {
        self.report = Some(Box::new(report));
        self
    }
}

/// What a provider reported about a message, beside the state that it proves.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
#[non_exhaustive]
pub struct Report {
    /// What it is, in one word that is the same for all providers of the channel: `clicked`, `deferred`.
    pub name: String,
    /// The provider's fields.
    pub raw: serde_json::Value,
}

impl Report {
    /// A report.
    pub fn new(name: impl Into<String>, raw: serde_json::Value) -> Self {
        Self {
            name: name.into(),
            raw,
        }
    }
}

/// Consent by other means than words: a block, an unsubscribe click, a complaint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ConsentSignal {
    /// Whose.
    pub from: Address,
    /// How far a refusal reaches; none when messages are allowed again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opt_out: Option<OptOutScope>,
    /// The one purpose that messages are allowed for again, where the channel says it. Without it whatever the channel or a
    /// word had stopped is allowed again; with it no other refusal is lifted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opt_in: Option<Purpose>,
    /// What the channel reported: `bot was blocked`.
    pub reason: String,
}

impl ConsentSignal {
    /// A signal.
    pub fn new(from: Address, opt_out: Option<OptOutScope>, reason: impl Into<String>) -> Self {
        Self {
            from,
            opt_out,
            opt_in: None,
            reason: reason.into(),
        }
    }

    /// Messages of this purpose are wanted, and nothing else changes.
    pub fn wanting(from: Address, purpose: Purpose, reason: impl Into<String>) -> Self {
        Self {
            opt_in: Some(purpose),
            ..Self::new(from, None, reason)
        }
    }
}

open_names! {
    /// What a notice is about.
    NoticeKind {
        /// The health of an account or a number.
        Account = "account",
        /// A template's approval.
        Template = "template",
        /// A member came or went.
        Member = "member",
        /// A chat got another id.
        Migrated = "migrated",
        /// A call.
        Call = "call",
        /// A payment or an order.
        Commerce = "commerce",
        /// A poll.
        Poll = "poll",
    }
}

/// Something that is not a message, kept for the host.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
#[non_exhaustive]
pub struct ChannelNotice {
    /// What it is about.
    pub about: NoticeKind,
    /// Who, where it is about a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Address>,
    /// The provider's fields.
    pub raw: serde_json::Value,
}

impl ChannelNotice {
    /// A notice.
    #[must_use]
    pub const fn new(about: NoticeKind, from: Option<Address>, raw: serde_json::Value) -> Self {
        Self { about, from, raw }
    }
}

/// A kind that the adapter does not know, kept as it came.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
#[non_exhaustive]
pub struct Unsupported {
    /// The provider's name of the kind.
    pub name: String,
    /// The provider's fields.
    pub raw: serde_json::Value,
}

impl Unsupported {
    /// An unknown kind.
    pub fn new(name: impl Into<String>, raw: serde_json::Value) -> Self {
        Self {
            name: name.into(),
            raw,
        }
    }
}

crate::open::veiled! {
    InboundMessage { from };
    AnswerReceived { from };
    ReactionReceived { from };
    ChannelNotice { about, from };
    Unsupported { name };
    Report { name };
}
