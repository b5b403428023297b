//! What a message is for, who wrote it, and what rules select by.

use crate::open::open_names;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

open_names! {
    /// What a message is for. Decides which consent it needs and how urgent it is.
    Purpose {
        /// A one-time code that the person waits for.
        OneTimeCode = "one_time_code",
        /// Danger to life or property.
        Emergency = "emergency",
        /// About something that the person ordered or asked for.
        Transactional = "transactional",
        /// An answer in a conversation that the person began.
        Conversational = "conversational",
        /// About the service itself: changes, outages, account.
        Service = "service",
        /// Advertising.
        Marketing = "marketing",
    }
}

impl Purpose {
    /// The class of its queue.
    #[must_use]
    pub const fn priority(&self) -> Priority {
        match self {
            Self::OneTimeCode | Self::Emergency => Priority::Urgent,
            Self::Transactional => Priority::High,
            Self::Conversational => Priority::Normal,
            _ => Priority::Bulk,
        }
    }
}

/// The class of a queue: the earlier one is claimed first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    /// One-time codes and emergencies.
    Urgent,
    /// Transactional messages.
    High,
    /// Conversations.
    Normal,
    /// Everything else.
    Bulk,
}

open_names! {
    /// Who wrote the text.
    #[derive(Default)]
    Origin {
        /// The host's code or an author.
        #[default]
        Author = "author",
        /// An approved template.
        Template = "template",
        /// A language model.
        Model = "model",
        /// A person in a conversation.
        Person = "person",
    }
}

/// How far data may travel, weakest first.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum DataClass {
    /// Anybody may know.
    Public,
    /// The host and its processors.
    #[default]
    Internal,
    /// About a person.
    Personal,
    /// Health, finance, secrets.
    Sensitive,
}

/// What rules and reports select by.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Tags {
    /// ISO 3166 code of the recipient's country, with a subdivision where law differs: `US-FL`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// The customer tier, in the host's terms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tier: Option<String>,
    /// How far the content may travel.
    #[serde(default)]
    pub class: DataClass,
    /// Anything else.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub custom: BTreeMap<String, String>,
}

impl Tags {
    /// Sets the region.
    #[must_use]
    pub fn with_region(mut self, region: impl Into<String>) -> Self {
        self.region = Some(region.into());
        self
    }

    /// Sets the class.
    #[must_use]
    pub const fn with_class(mut self, class: DataClass) -> Self {
        self.class = class;
        self
    }
}
