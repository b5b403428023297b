//! What the ledger records.

use crate::id::{SubjectId, TenantId, TopicId};
use crate::message::{AddressKey, ChannelKind, Purpose};
use crate::open::open_names;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

open_names! {
    /// On which ground a message may be sent.
    Basis {
        /// The person said yes.
        Express = "express",
        /// The person said yes in writing, to this kind of message from this sender.
        ExpressWritten = "express_written",
        /// It follows from a relation, for a time.
        Implied = "implied",
        /// Bought something similar and did not refuse (PECR 22(3)).
        SoftOptIn = "soft_opt_in",
        /// Needed for a contract.
        Contract = "contract",
        /// Legitimate interest.
        LegitimateInterest = "legitimate_interest",
    }
}

open_names! {
    /// Where an event comes from.
    ConsentSource {
        /// A form of the host.
        Form = "form",
        /// A word that the person wrote.
        Keyword = "keyword",
        /// A sentence that the person wrote.
        FreeText = "free_text",
        /// A click on an unsubscribe link.
        Unsubscribe = "unsubscribe",
        /// The channel reported it: a block, a preference.
        Channel = "channel",
        /// The mail provider reported a complaint.
        Complaint = "complaint",
        /// An address that does not exist.
        Bounce = "bounce",
        /// The host imported it.
        Import = "import",
        /// Somebody of the host's staff.
        Staff = "staff",
    }
}

/// How far an opt-out reaches.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum OptOutScope {
    /// One topic on one channel.
    Topic(TopicId),
    /// One purpose on one channel.
    Purpose(Purpose),
    /// Everything on the address's channel.
    Channel,
    /// Everything to the subject, on every channel.
    Everything,
}

impl OptOutScope {
    /// Whether a message of this purpose and topic to the address is within the scope.
    #[must_use]
    pub fn covers(&self, purpose: &Purpose, topic: Option<&TopicId>) -> bool {
        match self {
            Self::Topic(scope) => topic == Some(scope),
            Self::Purpose(scope) => purpose == scope,
            Self::Channel | Self::Everything => true,
        }
    }
}

/// What a person did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ConsentAct {
    /// Allowed messages of a purpose, perhaps of one topic, perhaps for a time. From earlier refusals it is an exception for
    /// just these messages to this address.
    OptIn {
        /// For what.
        purpose: Purpose,
        /// For one topic only.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        topic: Option<TopicId>,
        /// On which ground.
        basis: Basis,
        /// Until when.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        expires: Option<Timestamp>,
        /// Whether a second confirmation is still missing (double opt-in).
        #[serde(default)]
        pending: bool,
    },
    /// Confirmed a pending opt-in.
    Confirm {
        /// Of which purpose.
        purpose: Purpose,
    },
    /// Refused messages.
    OptOut(OptOutScope),
    /// Took back what was stopped on this channel, without allowing anything new: `START`. It ends earlier refusals of the
    /// address [that a word or the channel gave](super::Refusal::resumable), and no others.
    Resume,
}

/// Proof of an event: what a regulator asks for.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Evidence {
    /// What the person wrote or clicked, verbatim. Prints redacted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verbatim: Option<String>,
    /// The version of the wording that was shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wording: Option<String>,
    /// A reference: a page, a message id, a file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
}

impl Evidence {
    /// A reference: a page, a message id, a file.
    pub fn reference(reference: impl Into<String>) -> Self {
        Self {
            reference: Some(reference.into()),
            ..Self::default()
        }
    }

    /// What the person wrote.
    pub fn verbatim(text: impl Into<String>) -> Self {
        Self {
            verbatim: Some(text.into()),
            ..Self::default()
        }
    }
}

impl std::fmt::Debug for Evidence {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Evidence")
            .field("verbatim", &self.verbatim.as_ref().map(|_| "***"))
            .field("wording", &self.wording)
            .field("reference", &self.reference)
            .finish()
    }
}

/// One event of the ledger. Never changed, never removed but by erasure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ConsentEvent {
    /// Whose ledger.
    pub tenant: TenantId,
    /// The address that it is about.
    pub address: AddressKey,
    /// The channel of the address.
    pub channel: ChannelKind,
    /// The person, when known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<SubjectId>,
    /// What was done.
    pub act: ConsentAct,
    /// Where it comes from.
    pub source: ConsentSource,
    /// The proof.
    #[serde(default)]
    pub evidence: Evidence,
    /// The law that applies, ISO 3166 with a subdivision where law differs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jurisdiction: Option<String>,
    /// When it happened.
    pub at: Timestamp,
}

impl ConsentEvent {
    /// An event about an address.
    #[must_use]
    pub fn new(
        tenant: TenantId,
        address: &crate::message::Address,
        act: ConsentAct,
        source: ConsentSource,
        at: Timestamp,
    ) -> Self {
        Self {
            tenant,
            address: address.key(),
            channel: address.channel().clone(),
            subject: None,
            act,
            source,
            evidence: Evidence::default(),
            jurisdiction: None,
            at,
        }
    }

    /// Names the person.
    #[must_use]
    pub fn with_subject(mut self, subject: Option<SubjectId>) -> Self {
        self.subject = subject;
        self
    }

    /// Sets the proof.
    #[must_use]
    pub fn with_evidence(mut self, evidence: Evidence) -> Self {
        self.evidence = evidence;
        self
    }

    /// Whether the event ends the right to send something that may already be queued.
    #[must_use]
    pub fn opts_out(&self) -> Option<&OptOutScope> {
        match &self.act {
            ConsentAct::OptOut(scope) => Some(scope),
            _ => None,
        }
    }
}
