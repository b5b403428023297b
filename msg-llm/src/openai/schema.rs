//! What comes over the wire, as strict as it must be and no stricter.
//!
//! Servers that claim this protocol leave fields out, send null for them, numbers as floats and lists for texts. Everything
//! that is not needed is skipped, what is needed may be absent, and texts borrow from the answer.

use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, de};
use std::borrow::Cow;
use std::fmt;

/// A whole answer or a piece of a stream; they differ only in the name of the message.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Answer<'a> {
    #[serde(borrow, default)]
    pub(super) id: Text<'a>,
    #[serde(borrow, default)]
    pub(super) model: Text<'a>,
    /// The first choice, if there is one.
    #[serde(borrow, default, deserialize_with = "first_choice")]
    pub(super) choices: Option<Choice<'a>>,
    #[serde(default)]
    pub(super) usage: Option<Counts>,
    /// Groq's older place for usage.
    #[serde(default)]
    pub(super) x_groq: Option<Groq>,
    /// Venice's place for the cost.
    #[serde(default)]
    pub(super) cost: Money,
    #[serde(default)]
    pub(super) error: Presence,
}

/// One choice.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Choice<'a> {
    #[serde(default)]
    index: Count,
    /// A whole answer has `message`, a stream `delta`. Perplexity sends both; then the message counts.
    #[serde(borrow, default)]
    pub(super) message: Option<Message<'a>>,
    #[serde(borrow, default)]
    pub(super) delta: Option<Message<'a>>,
    #[serde(borrow, default)]
    pub(super) finish_reason: Text<'a>,
    #[serde(default)]
    pub(super) error: Presence,
}

/// What the model said, all of it or one more piece.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Message<'a> {
    #[serde(borrow, default)]
    pub(super) content: Text<'a>,
    #[serde(borrow, default)]
    pub(super) refusal: Text<'a>,
    #[serde(borrow, default)]
    pub(super) reasoning_content: Text<'a>,
    #[serde(borrow, default)]
    pub(super) reasoning: Text<'a>,
    #[serde(borrow, default)]
    pub(super) tool_calls: Option<Vec<Call<'a>>>,
    /// The form before tools.
    #[serde(borrow, default)]
    pub(super) function_call: Option<Function<'a>>,
}

/// A call of a tool, whole or a piece.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Call<'a> {
    #[serde(default)]
    pub(super) index: Count,
    #[serde(borrow, default)]
    pub(super) id: Text<'a>,
    #[serde(borrow, default)]
    pub(super) function: Option<Function<'a>>,
}

/// What is called.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Function<'a> {
    #[serde(borrow, default)]
    pub(super) name: Text<'a>,
    #[serde(borrow, default)]
    pub(super) arguments: Text<'a>,
}

/// Token counts in every spelling that compatible servers use.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(super) struct Counts {
    #[serde(default)]
    pub(super) prompt_tokens: Count,
    #[serde(default)]
    pub(super) completion_tokens: Count,
    #[serde(default)]
    pub(super) total_tokens: Count,
    #[serde(default)]
    pub(super) prompt_tokens_details: Option<InputDetails>,
    #[serde(default)]
    pub(super) completion_tokens_details: Option<OutputDetails>,
    /// DeepSeek.
    #[serde(default)]
    pub(super) prompt_cache_hit_tokens: Count,
    /// Mistral.
    #[serde(default)]
    pub(super) num_cached_tokens: Count,
    /// GitHub Copilot.
    #[serde(default)]
    pub(super) reasoning_tokens: Count,
    /// OpenRouter a number, Perplexity an object; US dollars.
    #[serde(default)]
    pub(super) cost: Money,
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

#[derive(Debug, Default, Clone, Copy, Deserialize)]
pub(super) struct Groq {
    #[serde(default)]
    pub(super) usage: Option<Counts>,
}

/// The choice with index 0, without a list of the others.
fn first_choice<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Choice<'de>>, D::Error> {
    struct First;
    impl<'de> Visitor<'de> for First {
        type Value = Option<Choice<'de>>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list of choices")
        }

        fn visit_unit<E: de::Error>(self) -> Result<Self::Value, E> {
            Ok(None)
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
            let mut first = None;
            while let Some(choice) = items.next_element::<Choice<'de>>()? {
                if choice.index.0.unwrap_or(0) == 0 && first.is_none() {
                    first = Some(choice);
                }
            }
            Ok(first)
        }
    }
    deserializer.deserialize_any(First)
}

/// A text, borrowed where it has no escapes. A list of text parts is joined, an object is its JSON, null is nothing.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Text<'a> {
    /// The text, or nothing.
    pub(super) text: Option<Cow<'a, str>>,
    /// Thoughts among the parts of a list (Mistral's `thinking` chunks).
    pub(super) thought: Option<Box<str>>,
}

impl<'a> Text<'a> {
    /// The text if there is any.
    pub(super) fn some(self) -> Option<Cow<'a, str>> {
        self.text.filter(|text| !text.is_empty())
    }

    fn of(text: Cow<'a, str>) -> Self {
        Self {
            text: Some(text),
            thought: None,
        }
    }
}

/// A part of a list content: `{type: "text", text}` or `{type: "thinking", thinking: [{text}]}`.
#[derive(Debug, Default, Deserialize)]
struct Part<'a> {
    #[serde(borrow, default)]
    text: Text<'a>,
    #[serde(borrow, default)]
    thinking: Text<'a>,
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextVisitor)
    }
}

struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Text<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, a list of text parts or null")
    }

    fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Text<'de>, E> {
        Ok(Text::of(Cow::Borrowed(text)))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Text<'de>, E> {
        Ok(Text::of(Cow::Owned(text.to_owned())))
    }

    fn visit_string<E: de::Error>(self, text: String) -> Result<Text<'de>, E> {
        Ok(Text::of(Cow::Owned(text)))
    }

    fn visit_unit<E: de::Error>(self) -> Result<Text<'de>, E> {
        Ok(Text::default())
    }

    fn visit_bool<E: de::Error>(self, _value: bool) -> Result<Text<'de>, E> {
        Ok(Text::default())
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Text<'de>, E> {
        Ok(Text::of(Cow::Owned(value.to_string())))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Text<'de>, E> {
        Ok(Text::of(Cow::Owned(value.to_string())))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Text<'de>, E> {
        Ok(Text::of(Cow::Owned(value.to_string())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut parts: A) -> Result<Text<'de>, A::Error> {
        let mut joined = Text::default();
        while let Some(part) = parts.next_element::<Part<'de>>()? {
            if let Some(text) = part.text.some() {
                match &mut joined.text {
                    Some(before) => before.to_mut().push_str(&text),
                    none => *none = Some(text),
                }
            }
            if let Some(thought) = part.thinking.some() {
                let before = joined.thought.take().map(String::from).unwrap_or_default();
                joined.thought = Some((before + &thought).into());
            }
        }
        Ok(joined)
    }

    /// Arguments that should be a text and are the object itself.
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Text<'de>, A::Error> {
        let value = serde_json::Value::deserialize(de::value::MapAccessDeserializer::new(map))?;
        Ok(Text::of(Cow::Owned(value.to_string())))
    }
}

/// A count of tokens; a float is cut, and what is no count at all is not reported.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Count(pub(super) Option<u64>);

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(CountVisitor)
    }
}

struct CountVisitor;

impl<'de> Visitor<'de> for CountVisitor {
    type Value = Count;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a count")
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Count, E> {
        Ok(Count(Some(value)))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Count, E> {
        Ok(Count(u64::try_from(value).ok()))
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "checked to be in range just before"
    )]
    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Count, E> {
        // 2^53: up to there a double holds every integer.
        Ok(Count(
            (0.0..=9_007_199_254_740_992.0)
                .contains(&value)
                .then_some(value as u64),
        ))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Count, E> {
        Ok(Count(text.parse().ok()))
    }

    fn visit_unit<E: de::Error>(self) -> Result<Count, E> {
        Ok(Count(None))
    }

    fn visit_bool<E: de::Error>(self, _value: bool) -> Result<Count, E> {
        Ok(Count(None))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Count, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Count(None))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Count, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Count(None))
    }
}

/// An amount in US dollars as millionths: a number, `{total_cost}` or `{usd}`.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Money(pub(super) Option<i64>);

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(MoneyVisitor)
    }
}

struct MoneyVisitor;

impl MoneyVisitor {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "checked to be in range just before"
    )]
    fn micros(dollars: f64) -> Money {
        let micros = (dollars * 1e6).round();
        Money(
            (0.0..=9_007_199_254_740_992.0)
                .contains(&micros)
                .then_some(micros as i64),
        )
    }
}

impl<'de> Visitor<'de> for MoneyVisitor {
    type Value = Money;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an amount")
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Money, E> {
        Ok(Self::micros(value))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Money, E> {
        Ok(Money(
            value
                .checked_mul(1_000_000)
                .and_then(|micros| i64::try_from(micros).ok()),
        ))
    }

    fn visit_i64<E: de::Error>(self, _value: i64) -> Result<Money, E> {
        Ok(Money(None))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Money, E> {
        Ok(text.parse().map_or(Money(None), Self::micros))
    }

    fn visit_unit<E: de::Error>(self) -> Result<Money, E> {
        Ok(Money(None))
    }

    fn visit_bool<E: de::Error>(self, _value: bool) -> Result<Money, E> {
        Ok(Money(None))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Money, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Money(None))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Money, A::Error> {
        let mut total = Money(None);
        while let Some(name) = map.next_key::<Cow<'de, str>>()? {
            let amount: Money = map.next_value()?;
            if matches!(&*name, "total_cost" | "usd") {
                total = amount;
            }
        }
        Ok(total)
    }
}

/// Whether a field is there and not null; what it says does not matter here.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Presence(pub(super) bool);

impl<'de> Deserialize<'de> for Presence {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Option::<IgnoredAny>::deserialize(deserializer).map(|value| Self(value.is_some()))
    }
}
