//! What a tap, a number, a word or a label means.

use crate::id::ActionId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How an answer was recognised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AnswerVia {
    /// The handle of a button.
    Handle,
    /// Its number.
    Number,
    /// Its label.
    Label,
    /// Another word for it.
    Alias,
}

/// An answer that was recognised.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Answer {
    /// What it means to the host.
    pub action: ActionId,
    /// How it was recognised.
    pub via: AnswerVia,
}

/// Maps what a person may answer to the action that it means, the same on every channel.
///
/// Keys are folded: case, surrounding space and punctuation, and the digits of any script do not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AnswerMap {
    /// Handles to actions.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub handles: BTreeMap<String, ActionId>,
    /// Actions by number, from 1.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub numbered: Vec<ActionId>,
    /// Folded labels to actions. A label that two actions share is left out.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, ActionId>,
    /// Folded other words to actions.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub aliases: BTreeMap<String, ActionId>,
}

impl AnswerMap {
    /// Whether nothing can be answered.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.handles.is_empty() && self.numbered.is_empty()
    }
}
