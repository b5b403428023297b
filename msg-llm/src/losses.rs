//! What a provider cannot say of a schema, and what happens then.

use serde::Deserialize;

/// A part of a schema that the API cannot say.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SchemaLoss {
    /// Where: the name of the tool or of the output's schema, and a JSON pointer behind it.
    pub at: String,
    /// The keyword of JSON Schema.
    pub keyword: String,
}

/// What happens to parts of a schema that the API cannot say. `schema_losses` beside the wire reports them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SchemaLosses {
    /// They are told to the model in the description beside them, and nothing enforces them.
    #[default]
    Describe,
    /// The request is refused.
    Refuse,
}

/// A description with `notes` behind it.
#[cfg(any(feature = "cohere", feature = "gemini"))]
pub(crate) fn described(description: Option<&str>, notes: &[String]) -> String {
    let notes = notes.join("; ");
    match description.filter(|text| !text.is_empty()) {
        Some(text) => format!("{text} ({notes})"),
        None => format!("({notes})"),
    }
}
