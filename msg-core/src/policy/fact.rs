//! Facts: what checks may know, gathered before they run and recorded.

use crate::consent::ConsentState;
use crate::error::Error;
use crate::id::TopicId;
use crate::message::{Address, ChannelKind, Draft, Purpose};
use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

/// A fact that a check asks for.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Need {
    /// The ledger's state of the address and of the person.
    Consent,
    /// What was sent to the person in the last while.
    Sent(Duration),
    /// When the person last wrote in the conversation, and who owns it.
    Conversation,
    /// A fact of the host, by name.
    Custom(&'static str),
}

/// The facts of one evaluation. What was not gathered is none; that is not the same as empty.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
#[non_exhaustive]
pub struct Facts {
    /// The ledger's state of the address, joined with the person's refusals of everything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent: Option<ConsentState>,
    /// What was sent to the person or to the address, newest first. At dispatch also what is on its way by an earlier
    /// claim, and not the message itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent: Option<Vec<SentFact>>,
    /// The conversation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversation: Option<ConversationFact>,
    /// Whether sending is stopped, for everybody or for this channel or tenant. Always gathered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop: Option<StopFact>,
    /// The reviews that a person answered for the part, at dispatch. Gathered when a check asks for a person.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub approved: Vec<Approval>,
    /// Facts of the host, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub custom: BTreeMap<String, serde_json::Value>,
}

/// A message that was sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SentFact {
    /// When the provider took it. Of what is on its way: when its lease ends, which is later than now; of what is ambiguous
    /// when it ended.
    pub at: Timestamp,
    /// On which channel.
    pub channel: ChannelKind,
    /// What for.
    pub purpose: Purpose,
    /// Of which topic.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic: Option<TopicId>,
}

impl SentFact {
    /// A message that was sent.
    #[must_use]
    pub const fn new(
        at: Timestamp,
        channel: ChannelKind,
        purpose: Purpose,
        topic: Option<TopicId>,
    ) -> Self {
        Self {
            at,
            channel,
            purpose,
            topic,
        }
    }
}

/// What is known of the conversation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ConversationFact {
    /// When the person last wrote.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_inbound: Option<Timestamp>,
    /// Whether a person of the host's staff owns it: then nothing generated leaves.
    #[serde(default)]
    pub handed_off: bool,
}

/// A person released a part from a queue: a review in that queue is answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Approval {
    /// Who, as the host's records name them.
    pub by: String,
    /// The queue.
    pub queue: String,
}

impl Approval {
    /// `by` answered what waited in `queue`.
    pub fn new(by: impl Into<String>, queue: impl Into<String>) -> Self {
        Self {
            by: by.into(),
            queue: queue.into(),
        }
    }
}

/// Sending is stopped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct StopFact {
    /// Why, in the words of who stopped it.
    pub reason: String,
}

impl StopFact {
    /// Stopped for this reason.
    pub fn new(reason: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
        }
    }
}

/// Gathers a custom fact. Runs before the checks; what it says is recorded.
#[async_trait]
pub trait FactSource: fmt::Debug + Send + Sync + 'static {
    /// The name of the fact.
    fn name(&self) -> &'static str;

    /// The fact for this draft and address.
    ///
    /// # Errors
    /// Any. The fact is then missing, and a check that needs it does not allow.
    async fn gather(
        &self,
        draft: &Draft,
        to: &Address,
        now: Timestamp,
    ) -> Result<serde_json::Value, Error>;
}

const fn _dyn_compatible(_: &dyn FactSource) {}

crate::open::veiled! {
    Facts { consent, sent, conversation, stop, approved };
}
