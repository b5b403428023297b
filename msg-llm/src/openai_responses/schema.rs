//! What comes over the wire, as strict as it must be and no stricter: texts borrow from the answer, what is not needed is
//! skipped, and what is needed may be absent.

use crate::openai::money::Money;
use crate::value::{Count, Objects, Presence, Text};
use serde::Deserialize;
use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::fmt;

/// A whole answer, or what an event tells of it.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Snapshot<'a> {
    #[serde(borrow, default)]
    pub(super) id: Text<'a>,
    #[serde(borrow, default)]
    pub(super) model: Text<'a>,
    #[serde(borrow, default)]
    pub(super) status: Text<'a>,
    #[serde(default)]
    pub(super) error: Presence,
    #[serde(borrow, default)]
    pub(super) incomplete_details: Option<Incomplete<'a>>,
    #[serde(borrow, default)]
    pub(super) output: Option<Objects<Item<'a>>>,
    #[serde(default)]
    pub(super) usage: Option<Counts>,
    /// What mistral.rs tells of the thoughts; elsewhere the settings that were asked for.
    #[serde(borrow, default)]
    pub(super) reasoning: Plain<'a>,
}

/// Why an answer is not complete.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Incomplete<'a> {
    #[serde(borrow, default)]
    pub(super) reason: Text<'a>,
}

/// One thing that the model made: a message, a call, a thought, or what this crate does not know.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Item<'a> {
    #[serde(borrow, default, rename = "type")]
    pub(super) kind: Text<'a>,
    #[serde(borrow, default)]
    pub(super) id: Text<'a>,
    #[serde(borrow, default)]
    pub(super) call_id: Text<'a>,
    #[serde(borrow, default)]
    pub(super) name: Text<'a>,
    #[serde(borrow, default)]
    pub(super) arguments: Text<'a>,
    /// What a custom tool gets: any text.
    #[serde(borrow, default)]
    pub(super) input: Text<'a>,
    #[serde(borrow, default)]
    pub(super) encrypted_content: Text<'a>,
    #[serde(borrow, default)]
    pub(super) content: Parts<'a>,
    #[serde(borrow, default)]
    pub(super) summary: Parts<'a>,
}

impl Item<'_> {
    /// Whether it is a call that the host has to run.
    pub(super) fn is_call(&self) -> bool {
        matches!(
            self.kind.0.as_deref(),
            Some("function_call" | "custom_tool_call")
        )
    }

    /// Whether it is a call of a custom tool, whose argument is any text.
    pub(super) fn is_custom(&self) -> bool {
        self.kind.0.as_deref() == Some("custom_tool_call")
    }

    /// The arguments of a whole call as JSON.
    pub(super) fn json(&self) -> String {
        if self.is_custom() {
            quoted(&self.input)
        } else {
            self.arguments.0.as_deref().unwrap_or_default().to_owned()
        }
    }
}

/// Any text as the JSON that arguments are.
pub(super) fn quoted(text: &Text<'_>) -> String {
    serde_json::Value::from(text.0.as_deref().unwrap_or_default()).to_string()
}

/// A piece of a message or of a thought.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Part<'a> {
    #[serde(borrow, default)]
    pub(super) text: Text<'a>,
    #[serde(borrow, default)]
    pub(super) refusal: Text<'a>,
}

/// An event of a stream.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Event<'a> {
    #[serde(borrow, default, rename = "type")]
    pub(super) kind: Text<'a>,
    #[serde(default)]
    pub(super) output_index: Count,
    #[serde(borrow, default)]
    pub(super) delta: Plain<'a>,
    #[serde(borrow, default)]
    pub(super) arguments: Text<'a>,
    #[serde(borrow, default)]
    pub(super) input: Text<'a>,
    #[serde(borrow, default)]
    pub(super) item: Option<Box<Item<'a>>>,
    #[serde(borrow, default)]
    pub(super) response: Option<Box<Snapshot<'a>>>,
    #[serde(default)]
    pub(super) error: Presence,
}

/// Token counts.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(super) struct Counts {
    #[serde(default)]
    pub(super) input_tokens: Count,
    #[serde(default)]
    pub(super) input_tokens_details: Option<InputDetails>,
    #[serde(default)]
    pub(super) output_tokens: Count,
    #[serde(default)]
    pub(super) output_tokens_details: Option<OutputDetails>,
    /// OpenRouter; US dollars.
    #[serde(default)]
    pub(super) cost: Money,
    /// xAI; 10^10 ticks are one US dollar (<https://docs.x.ai/developers/cost-tracking>).
    #[serde(default)]
    pub(super) cost_in_usd_ticks: Count,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(super) struct InputDetails {
    #[serde(default)]
    pub(super) cached_tokens: Count,
    #[serde(default)]
    pub(super) cache_write_tokens: Count,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(super) struct OutputDetails {
    #[serde(default)]
    pub(super) reasoning_tokens: Count,
}

/// A text, and nothing when it is anything else.
#[derive(Debug, Default)]
pub(super) struct Plain<'a>(Option<Cow<'a, str>>);

impl<'a> Plain<'a> {
    /// The text if there is any.
    pub(super) fn some(self) -> Option<Cow<'a, str>> {
        self.0.filter(|text| !text.is_empty())
    }
}

/// Pieces: a list, or one text in their place; nothing when it is anything else.
#[derive(Debug, Default)]
pub(super) struct Parts<'a>(pub(super) Vec<Part<'a>>);

/// Makes a form readable from what servers send for it: `visit` says what a text is, everything else is skipped.
macro_rules! lenient {
    ($name:ident, $visitor:ident, |$text:ident| $made:expr, $($list:item)*) => {
        impl<'de: 'a, 'a> Deserialize<'de> for $name<'a> {
            #[inline]
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_any($visitor)
            }
        }

        struct $visitor;

        impl<'de> Visitor<'de> for $visitor {
            type Value = $name<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("anything")
            }

            #[inline]
            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<$name<'de>, E> {
                let $text = Cow::Borrowed(text);
                Ok($made)
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<$name<'de>, E> {
                let $text: Cow<'de, str> = Cow::Owned(text.to_owned());
                Ok($made)
            }

            fn visit_unit<E: Error>(self) -> Result<$name<'de>, E> {
                Ok($name::default())
            }

            fn visit_bool<E: Error>(self, _value: bool) -> Result<$name<'de>, E> {
                Ok($name::default())
            }

            fn visit_u64<E: Error>(self, _value: u64) -> Result<$name<'de>, E> {
                Ok($name::default())
            }

            fn visit_i64<E: Error>(self, _value: i64) -> Result<$name<'de>, E> {
                Ok($name::default())
            }

            fn visit_f64<E: Error>(self, _value: f64) -> Result<$name<'de>, E> {
                Ok($name::default())
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<$name<'de>, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok($name::default())
            }

            $($list)*
        }
    };
}

lenient!(
    Plain,
    PlainVisitor,
    |text| Plain(Some(text)),
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Plain<'de>, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Plain::default())
    }
);

lenient!(
    Parts,
    PartsVisitor,
    |text| Parts(vec![Part {
        text: Text(Some(text)),
        ..Part::default()
    }]),
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Parts<'de>, A::Error> {
        let mut parts = Vec::new();
        while let Some(part) = items.next_element()? {
            parts.push(part);
        }
        Ok(Parts(parts))
    }
);
