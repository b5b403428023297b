//! What the host wants to say.

use super::address::{Address, ChannelKind};
use super::content::Content;
use super::fallback::ChannelFallback;
use super::purpose::{Origin, Purpose, Tags};
use crate::id::{
    AccountId, ConversationId, MessageId, PromptId, SubjectId, TemplateId, TenantId, TopicId,
    TraceId,
};
use crate::llm::text::kept;
use crate::llm::{Source, Text};
use crate::open::open_tagged;
use crate::plan::LossPolicy;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The version of the serialized model. A reader takes any version; it keeps values that it does not know.
pub const SCHEMA: u16 = 1;

/// A message that the host wants to send.
///
/// It says what and to whom; the engine decides whether, when, on which channel and in how many parts.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
#[non_exhaustive]
pub struct Draft {
    /// The version of the model that wrote it.
    #[serde(default = "schema")]
    pub schema: u16,
    /// Whose message it is.
    pub tenant: TenantId,
    /// Who gets it.
    pub to: Recipient,
    /// The account that sends it, where the host has several on a channel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<AccountId>,
    /// The conversation that it belongs to. Messages of one conversation keep their order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversation: Option<ConversationId>,
    /// The provider's id of the message that it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<String>,
    /// What it is for. Decides consent, caps and priority.
    pub purpose: Purpose,
    /// The campaign or topic, where consent and caps are scoped to one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic: Option<TopicId>,
    /// What it says.
    pub body: Body,
    /// What it says on one channel, where the author wrote that by hand.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub alternatives: BTreeMap<ChannelKind, Content>,
    /// Provider JSON that replaces the body on one channel. Never merged, never degraded, never changed: the checks see
    /// every text in it, and when one of them wants other words a person decides. A footer or disclosure is not put into
    /// it, which is a recorded loss. Numbers in it are not looked at.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub raw: BTreeMap<ChannelKind, serde_json::Value>,
    /// What stands in when nothing else can be shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fallback_text: Option<String>,
    /// A line that must follow the text: how to opt out, a postal address. Counted inside limits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub footer: Option<String>,
    /// A line that must precede the text: that a machine wrote it. Counted inside limits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disclosure: Option<String>,
    /// The language of the text, BCP 47.
    #[serde(default = "english")]
    pub language: String,
    /// Whether it goes on to the recipient's next address when a channel refuses it or gives no receipt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fallback: Option<ChannelFallback>,
    /// Not sent before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<Timestamp>,
    /// Not sent after: a late one-time code is worse than none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Timestamp>,
    /// What rules and reports select by.
    #[serde(default)]
    pub tags: Tags,
    /// Which losses the host accepts.
    #[serde(default)]
    pub loss_policy: LossPolicy,
    /// The same key with the same draft is the same message; with another draft it is a conflict.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idempotency_key: Option<String>,
    /// Who wrote the text.
    #[serde(default)]
    pub origin: Origin,
    /// The trace of what caused it, such as the inbound message that it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<TraceId>,
}

const fn schema() -> u16 {
    SCHEMA
}

fn english() -> String {
    "en".into()
}

impl Draft {
    /// A draft for one person.
    pub fn new(
        tenant: TenantId,
        to: impl Into<Recipient>,
        purpose: Purpose,
        body: impl Into<Body>,
    ) -> Self {
        Self {
            schema: SCHEMA,
            tenant,
            to: to.into(),
            from: None,
            conversation: None,
            reply_to: None,
            purpose,
            topic: None,
            body: body.into(),
            alternatives: BTreeMap::new(),
            raw: BTreeMap::new(),
            fallback_text: None,
            footer: None,
            disclosure: None,
            language: english(),
            fallback: None,
            not_before: None,
            expires: None,
            tags: Tags::default(),
            loss_policy: LossPolicy::default(),
            idempotency_key: None,
            origin: Origin::default(),
            cause: None,
        }
    }

    /// Sets the conversation.
    #[must_use]
    pub fn in_conversation(mut self, conversation: ConversationId) -> Self {
        self.conversation = Some(conversation);
        self
    }

    /// Sets the idempotency key.
    #[must_use]
    pub fn with_key(mut self, key: impl Into<String>) -> Self {
        self.idempotency_key = Some(key.into());
        self
    }

    /// Sets the language.
    #[must_use]
    pub fn with_language(mut self, language: impl Into<String>) -> Self {
        self.language = language.into();
        self
    }

    /// Sets what caused it.
    #[must_use]
    pub const fn caused_by(mut self, cause: TraceId) -> Self {
        self.cause = Some(cause);
        self
    }

    /// Sets until when it may be sent.
    #[must_use]
    pub const fn expiring(mut self, at: Timestamp) -> Self {
        self.expires = Some(at);
        self
    }

    /// Lets it go on to the recipient's next address.
    #[must_use]
    pub fn with_fallback(mut self, fallback: ChannelFallback) -> Self {
        self.fallback = Some(fallback);
        self
    }

    /// Sets the line that must follow the text.
    #[must_use]
    pub fn with_footer(mut self, footer: impl Into<String>) -> Self {
        self.footer = Some(footer.into());
        self
    }
}

/// Who gets a message: a person, and the addresses that may be used, most wanted first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Recipient {
    /// The person in the host's terms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<SubjectId>,
    /// The addresses.
    pub addresses: Vec<Address>,
    /// The person's IANA time zone, when the host knows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
}

impl Recipient {
    /// A person with one address.
    #[must_use]
    pub fn new(address: Address) -> Self {
        Self {
            subject: None,
            addresses: vec![address],
            zone: None,
        }
    }

    /// Names the person.
    #[must_use]
    pub fn with_subject(mut self, subject: SubjectId) -> Self {
        self.subject = Some(subject);
        self
    }

    /// Adds an address that may be used when the earlier ones cannot.
    #[must_use]
    pub fn or(mut self, address: Address) -> Self {
        self.addresses.push(address);
        self
    }

    /// Sets the time zone.
    #[must_use]
    pub fn in_zone(mut self, zone: impl Into<String>) -> Self {
        self.zone = Some(zone.into());
        self
    }
}

impl From<Address> for Recipient {
    fn from(address: Address) -> Self {
        Self::new(address)
    }
}

open_tagged! {
    /// What a draft says, or how to find out.
    Body {
        /// The content itself.
        Content(Box<Content>) = "content",
        /// An approved message template.
        Template(TemplateCall) = "template",
        /// A model writes it.
        Generate(Generate) = "generate",
    }
}

impl From<Content> for Body {
    fn from(content: Content) -> Self {
        Self::Content(Box::new(content))
    }
}

/// A message template of the host with its variables.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
#[non_exhaustive]
pub struct TemplateCall {
    /// The template.
    pub id: TemplateId,
    /// Its variables.
    #[serde(default, skip_serializing_if = "serde_json::Map::is_empty")]
    pub vars: serde_json::Map<String, serde_json::Value>,
}

impl TemplateCall {
    /// A call without variables.
    #[must_use]
    pub fn new(id: TemplateId) -> Self {
        Self {
            id,
            vars: serde_json::Map::new(),
        }
    }

    /// Sets a variable.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<serde_json::Value>) -> Self {
        self.vars.insert(name.into(), value.into());
        self
    }
}

/// A prompt for a model, and what is sent when no model answers.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
#[non_exhaustive]
pub struct Generate {
    /// The prompt.
    pub prompt: PromptId,
    /// Its variables, from the host: they stand among the instructions. What came from outside is `data`.
    #[serde(default, skip_serializing_if = "serde_json::Map::is_empty")]
    pub vars: serde_json::Map<String, serde_json::Value>,
    /// What the model is to read and never to obey: passages that were looked up, pages, mails.
    #[serde(default, with = "kept::all", skip_serializing_if = "Vec::is_empty")]
    pub data: Vec<Text>,
    /// The approved template that is sent when no model answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fallback: Option<TemplateCall>,
}

impl Generate {
    /// A model answers `prompt`.
    #[must_use]
    pub fn new(prompt: PromptId) -> Self {
        Self {
            prompt,
            vars: serde_json::Map::new(),
            data: Vec::new(),
            fallback: None,
        }
    }

    /// Sets a variable.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<serde_json::Value>) -> Self {
        self.vars.insert(name.into(), value.into());
        self
    }

    /// Adds text from outside, which the model reads before the conversation, marked as data and whose.
    #[must_use]
    pub fn with_data(mut self, source: Source, text: impl AsRef<str>) -> Self {
        self.data.push(Text::outside(source, text));
        self
    }

    /// Sets the approved template that is sent when no model answers.
    #[must_use]
    pub fn or_template(mut self, template: TemplateCall) -> Self {
        self.fallback = Some(template);
        self
    }
}

/// Where the draft of a message id went: what `submit` answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Submitted {
    /// The id of the message.
    pub message: MessageId,
    /// False when the same draft was submitted before under the same key.
    pub new: bool,
}

crate::open::veiled! {
    Draft { tenant, to, purpose, body, language };
    TemplateCall { id };
    Generate { prompt };
}
