//! What a plan lost, and which losses a host accepts.

use crate::open::open_names;
use serde::{Deserialize, Serialize};

/// Something that the channel could not carry as it was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Loss {
    /// Where in the content: a JSON pointer (RFC 6901).
    pub path: String,
    /// What happened.
    pub kind: LossKind,
    /// How bad it is.
    pub severity: Severity,
    /// The rule that did it.
    pub rule: Rule,
}

impl Loss {
    /// A loss at `path`.
    pub fn new(path: impl Into<String>, kind: LossKind, severity: Severity, rule: Rule) -> Self {
        Self {
            path: path.into(),
            kind,
            severity,
            rule,
        }
    }
}

/// What happened to a piece of content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum LossKind {
    /// It is gone.
    Dropped,
    /// It is shorter: from this many to that many characters that a reader sees.
    Truncated {
        /// Before.
        from: u32,
        /// After.
        to: u32,
    },
    /// Labels that became equal were numbered.
    LabelsNumbered,
    /// It was split into several messages.
    Split {
        /// How many.
        parts: u32,
    },
    /// Something to tap became text to answer.
    InteractiveToText,
    /// Media became a link.
    MediaToLink,
    /// Content became plain text.
    ToText,
    /// It is shown in another way; everything works.
    Emulated,
    /// Markup is gone.
    MarkupFlattened,
    /// Characters were replaced by similar ones.
    Transliterated,
    /// It is shown where others can read it.
    PrivacyDowngrade,
    /// The channel takes only approved templates now.
    TemplateNeeded,
}

/// How bad a loss is, weakest first.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Nothing was lost.
    #[default]
    None,
    /// It looks plainer.
    Cosmetic,
    /// It is less convenient; everything is still there.
    Minor,
    /// Something that the author wrote is missing.
    Major,
    /// Nothing can be sent, or only at a cost that the host must accept.
    Total,
}

/// Which losses a host accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum LossPolicy {
    /// Up to this one; anything worse tries the next address, then fails.
    AllowUpTo(Severity),
    /// Up to this one; anything worse goes to a person.
    ReviewAbove(Severity),
}

impl LossPolicy {
    /// No loss at all.
    pub const STRICT: Self = Self::AllowUpTo(Severity::None);
}

impl Default for LossPolicy {
    fn default() -> Self {
        Self::AllowUpTo(Severity::Minor)
    }
}

open_names! {
    /// The rule of the planner that caused a loss.
    Rule {
        /// An action is never dropped silently.
        KeepActions = "keep-actions",
        /// Text is cut between graphemes, outside URLs and entities.
        CleanCuts = "clean-cuts",
        /// Labels that collide are repaired.
        DistinctLabels = "distinct-labels",
        /// A handle that is too long becomes an opaque one.
        OpaqueHandles = "opaque-handles",
        /// Media links are https and public.
        SafeLinks = "safe-links",
        /// No case or emoji transforms.
        NoTransforms = "no-transforms",
        /// Numbered lists use the digits of the language.
        LocalDigits = "local-digits",
        /// Alternative text survives.
        KeepAltText = "keep-alt-text",
        /// Secrets stay on private channels.
        KeepSecrets = "keep-secrets",
        /// Footers and disclosures are counted first.
        CountFooters = "count-footers",
        /// The channel does not carry this kind of content.
        NotCarried = "not-carried",
        /// A limit of the channel.
        Limit = "limit",
        /// The channel does not read this markup.
        Markup = "markup",
        /// The service window is closed.
        Window = "window",
    }
}
