//! What comes over the wire, as strict as it must be and no stricter.
//!
//! Servers that claim this protocol leave fields out, send null for them, numbers as floats and lists for texts. Everything
//! that is not needed is skipped, what is needed may be absent, and texts borrow from the answer. A piece is filled in place:
//! moving the nested structures of a derived form costs as much as reading them.

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::fmt;

pub(super) use crate::openai::money::Money;
pub(super) use crate::value::{Count, Joined, Object, Objects, Presence, Text};

/// A whole answer or a piece of a stream, its first choice only.
#[derive(Debug, Default)]
pub(super) struct Answer<'a> {
    pub(super) id: Text<'a>,
    pub(super) model: Text<'a>,
    pub(super) usage: Option<Counts>,
    /// What Venice says that it cost.
    pub(super) cost: Money,
    pub(super) error: bool,
    /// Whether the choice with index 0 was there. What follows is nothing without it.
    pub(super) has_choice: bool,
    pub(super) choice_error: bool,
    pub(super) finish_reason: Text<'a>,
    pub(super) message: Message<'a>,
}

/// What the model said, all of it or one more piece.
#[derive(Debug, Default)]
pub(super) struct Message<'a> {
    pub(super) content: Text<'a>,
    /// Thoughts among the parts of a list content (Mistral's `thinking` chunks, Databricks' `reasoning` parts).
    pub(super) thinking: Option<String>,
    /// The texts of OpenRouter's `reasoning_details`, which usually repeat `reasoning`.
    pub(super) details: Option<String>,
    pub(super) refusal: Text<'a>,
    pub(super) reasoning_content: Text<'a>,
    pub(super) reasoning: Text<'a>,
    pub(super) tool_calls: Vec<Call<'a>>,
    /// The form before tools.
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
    pub(super) function: Object<Function<'a>>,
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
    pub(super) prompt_tokens_details: Object<InputDetails>,
    /// Mistral's other spelling.
    #[serde(default)]
    pub(super) prompt_token_details: Object<InputDetails>,
    #[serde(default)]
    pub(super) completion_tokens_details: Object<OutputDetails>,
    /// The spelling of the Responses API, at gateways.
    #[serde(default)]
    pub(super) input_tokens: Count,
    #[serde(default)]
    pub(super) output_tokens: Count,
    /// DeepSeek.
    #[serde(default)]
    pub(super) prompt_cache_hit_tokens: Count,
    /// Mistral.
    #[serde(default)]
    pub(super) num_cached_tokens: Count,
    /// Moonshot, Together.
    #[serde(default)]
    pub(super) cached_tokens: Count,
    /// GitHub Copilot, Perplexity.
    #[serde(default)]
    pub(super) reasoning_tokens: Count,
    /// OpenRouter a number, Perplexity an object; US dollars.
    #[serde(default)]
    pub(super) cost: Money,
    /// xAI; 10^10 ticks are one US dollar (<https://docs.x.ai/developers/cost-tracking>).
    #[serde(default)]
    pub(super) cost_in_usd_ticks: Count,
}

impl Counts {
    /// What the provider says that it cost, in millionths of a US dollar.
    pub(super) fn micros(self) -> Option<i64> {
        self.cost.0.or_else(|| micros(self.cost_in_usd_ticks))
    }
}

/// 10^10 ticks a dollar are 10^4 ticks a millionth; rounded to the nearest.
pub(crate) fn micros(ticks: Count) -> Option<i64> {
    i64::try_from(ticks.0?.saturating_add(5_000) / 10_000).ok()
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(super) struct InputDetails {
    #[serde(default)]
    pub(super) cached_tokens: Count,
    #[serde(default)]
    pub(super) cache_write_tokens: Count,
    #[serde(default, rename = "audio_tokens")]
    pub(super) audio: Count,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(super) struct OutputDetails {
    #[serde(default)]
    pub(super) reasoning_tokens: Count,
}

/// Groq's older place for usage.
#[derive(Debug, Default, Clone, Copy, Deserialize)]
struct Groq {
    #[serde(default)]
    usage: Object<Counts>,
}

/// Which of two messages counts, where a choice has both (Perplexity): a stream's message repeats all that came before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// The message of a whole answer.
    Whole,
    /// The delta of a piece.
    Piece,
}

impl<'a> Answer<'a> {
    /// Reads the JSON of an answer.
    pub(super) fn read(text: &'a str, form: Form) -> Result<Self, serde_json::Error> {
        if !text.trim_ascii_start().starts_with('{') {
            return Err(Error::custom("an answer is an object"));
        }
        let mut answer = Self::default();
        let mut json = serde_json::Deserializer::from_str(text);
        Root {
            answer: &mut answer,
            form,
        }
        .deserialize(&mut json)?;
        json.end()?;
        Ok(answer)
    }
}

/// Makes a seed that reads a map into what it points to; null leaves that as it is. `then` names what is done at its end.
macro_rules! map_seed {
    ($seed:ident, $what:literal $(, then $end:ident)?) => {
        impl<'de> DeserializeSeed<'de> for $seed<'_, 'de> {
            type Value = ();

            #[inline]
            fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
                deserializer.deserialize_any(self)
            }
        }

        impl<'de> Visitor<'de> for $seed<'_, 'de> {
            type Value = ();

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str($what)
            }

            fn visit_unit<E: Error>(self) -> Result<(), E> {
                Ok(())
            }

            // Gateways in languages without types send `[]`, `""` and `false` for an empty object.
            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
                while items.next_element::<IgnoredAny>()?.is_some() {}
                Ok(())
            }

            fn visit_str<E: Error>(self, _text: &str) -> Result<(), E> {
                Ok(())
            }

            fn visit_bool<E: Error>(self, _value: bool) -> Result<(), E> {
                Ok(())
            }

            #[inline]
            fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
                while let Some(field) = map.next_key()? {
                    self.field(field, &mut map)?;
                }
                $(self.$end();)?
                Ok(())
            }
        }
    };
}

struct Root<'p, 'a> {
    answer: &'p mut Answer<'a>,
    form: Form,
}

map_seed!(Root, "an answer");

#[derive(Clone, Copy, Deserialize)]
#[serde(field_identifier, rename_all = "snake_case")]
enum RootField {
    Id,
    Model,
    Choices,
    Usage,
    XGroq,
    Cost,
    Error,
    #[serde(other)]
    Other,
}

impl<'de> Root<'_, 'de> {
    #[inline]
    fn field<A: MapAccess<'de>>(&mut self, field: RootField, map: &mut A) -> Result<(), A::Error> {
        match field {
            RootField::Id => self.answer.id = map.next_value()?,
            RootField::Model => self.answer.model = map.next_value()?,
            RootField::Choices => map.next_value_seed(Choices {
                answer: self.answer,
                form: self.form,
            })?,
            RootField::Usage => {
                let usage: Object<Counts> = map.next_value()?;
                self.answer.usage = usage.0.or(self.answer.usage);
            }
            RootField::XGroq => {
                let groq: Object<Groq> = map.next_value()?;
                let usage = groq.0.and_then(|groq| groq.usage.0);
                self.answer.usage = self.answer.usage.or(usage);
            }
            RootField::Cost => self.answer.cost = map.next_value()?,
            RootField::Error => self.answer.error = map.next_value::<Presence>()?.0,
            RootField::Other => drop(map.next_value::<IgnoredAny>()?),
        }
        Ok(())
    }
}

/// The list of choices, of which only the one with index 0 is kept.
struct Choices<'p, 'a> {
    answer: &'p mut Answer<'a>,
    form: Form,
}

impl<'de> DeserializeSeed<'de> for Choices<'_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Choices<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of choices")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        loop {
            let more = if self.answer.has_choice {
                items.next_element::<IgnoredAny>()?.is_some()
            } else {
                let choice = Choice {
                    answer: &mut *self.answer,
                    form: self.form,
                    index: 0,
                    settled: false,
                };
                items.next_element_seed(choice)?.is_some()
            };
            if !more {
                return Ok(());
            }
        }
    }
}

struct Choice<'p, 'a> {
    answer: &'p mut Answer<'a>,
    form: Form,
    index: u64,
    /// The message that counts was read.
    settled: bool,
}

map_seed!(Choice, "a choice", then end);

#[derive(Clone, Copy, Deserialize)]
#[serde(field_identifier, rename_all = "snake_case")]
enum ChoiceField {
    Index,
    Message,
    Delta,
    FinishReason,
    Error,
    Usage,
    #[serde(other)]
    Other,
}

impl<'de> Choice<'_, 'de> {
    #[inline]
    fn field<A: MapAccess<'de>>(
        &mut self,
        field: ChoiceField,
        map: &mut A,
    ) -> Result<(), A::Error> {
        match field {
            ChoiceField::Index => self.index = map.next_value::<Count>()?.0.unwrap_or(0),
            ChoiceField::Delta => self.message(self.form == Form::Piece, map)?,
            ChoiceField::Message => self.message(self.form == Form::Whole, map)?,
            ChoiceField::FinishReason => self.answer.finish_reason = map.next_value()?,
            ChoiceField::Error => self.answer.choice_error = map.next_value::<Presence>()?.0,
            // Moonshot counts in the last choice of a stream.
            ChoiceField::Usage => {
                let usage: Object<Counts> = map.next_value()?;
                self.answer.usage = self.answer.usage.or(usage.0);
            }
            ChoiceField::Other => drop(map.next_value::<IgnoredAny>()?),
        }
        Ok(())
    }

    /// Reads a message, unless the one that counts was read before.
    #[inline]
    fn message<A: MapAccess<'de>>(&mut self, counts: bool, map: &mut A) -> Result<(), A::Error> {
        if self.settled {
            return map.next_value::<IgnoredAny>().map(drop);
        }
        if counts {
            self.answer.message = Message::default();
        }
        self.settled = counts;
        map.next_value_seed(Said {
            message: &mut self.answer.message,
        })
    }

    fn end(&mut self) {
        self.answer.has_choice = self.index == 0;
        if self.index != 0 {
            self.answer.choice_error = false;
            self.answer.finish_reason = Text::default();
            self.answer.message = Message::default();
        }
    }
}

struct Said<'p, 'a> {
    message: &'p mut Message<'a>,
}

map_seed!(Said, "a message");

#[derive(Clone, Copy, Deserialize)]
#[serde(field_identifier, rename_all = "snake_case")]
enum SaidField {
    Content,
    Refusal,
    ReasoningContent,
    Reasoning,
    ReasoningDetails,
    ToolCalls,
    FunctionCall,
    #[serde(other)]
    Other,
}

impl<'de> Said<'_, 'de> {
    #[inline]
    fn field<A: MapAccess<'de>>(&mut self, field: SaidField, map: &mut A) -> Result<(), A::Error> {
        match field {
            SaidField::Content => map.next_value_seed(Content {
                message: self.message,
            })?,
            SaidField::Refusal => self.message.refusal = map.next_value()?,
            SaidField::ReasoningContent => self.message.reasoning_content = map.next_value()?,
            SaidField::Reasoning => self.message.reasoning = map.next_value()?,
            SaidField::ReasoningDetails => {
                self.message.details = map.next_value::<Joined>()?.0;
            }
            SaidField::ToolCalls => {
                let calls: Objects<Call<'de>> = map.next_value()?;
                self.message.tool_calls = calls.0;
            }
            SaidField::FunctionCall => {
                let function: Object<Function<'de>> = map.next_value()?;
                self.message.function_call = function.0;
            }
            SaidField::Other => drop(map.next_value::<IgnoredAny>()?),
        }
        Ok(())
    }
}

/// The content: a text, or a list of parts whose texts are joined.
struct Content<'p, 'a> {
    message: &'p mut Message<'a>,
}

/// A part of a list content: `{type: "text", text}`, `{type: "thinking", thinking: [{text}]}` (Mistral), or
/// `{type: "reasoning", summary: [{text}]}` (Databricks). A bare text is a part too.
#[derive(Debug, Default, Deserialize)]
struct Part<'a> {
    #[serde(borrow, default, rename = "type")]
    kind: Text<'a>,
    #[serde(borrow, default)]
    text: Text<'a>,
    #[serde(borrow, default)]
    refusal: Text<'a>,
    #[serde(default)]
    thinking: Joined,
    #[serde(default)]
    summary: Joined,
}

/// A part, or a bare text in its place.
struct Entry<'a>(Part<'a>);

impl<'de: 'a, 'a> Deserialize<'de> for Entry<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(EntryVisitor)
    }
}

struct EntryVisitor;

impl<'de> Visitor<'de> for EntryVisitor {
    type Value = Entry<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a part")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Entry<'de>, A::Error> {
        Part::deserialize(MapAccessDeserializer::new(map)).map(Entry)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Entry<'de>, E> {
        Ok(Entry(Part {
            text: Text(Some(Cow::Owned(text.to_owned()))),
            ..Part::default()
        }))
    }

    fn visit_unit<E: Error>(self) -> Result<Entry<'de>, E> {
        Ok(Entry(Part::default()))
    }
}

impl<'de> DeserializeSeed<'de> for Content<'_, 'de> {
    type Value = ();

    #[inline]
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Content<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, a list of parts or null")
    }

    #[inline]
    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<(), E> {
        self.message.content = Text(Some(Cow::Borrowed(text)));
        Ok(())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        self.message.content = Text(Some(Cow::Owned(text.to_owned())));
        Ok(())
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    /// One part in place of the list.
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        let part = Part::deserialize(MapAccessDeserializer::new(map))?;
        self.message.part(part);
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut parts: A) -> Result<(), A::Error> {
        while let Some(Entry(part)) = parts.next_element()? {
            self.message.part(part);
        }
        Ok(())
    }

    fn visit_bool<E: Error>(self, _value: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        self.visit_str(&value.to_string())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
        self.visit_str(&value.to_string())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        self.visit_str(&value.to_string())
    }
}

impl<'a> Message<'a> {
    /// Takes a part of a list content.
    fn part(&mut self, part: Part<'a>) {
        let is_thought = matches!(part.kind.0.as_deref(), Some("thinking" | "reasoning"));
        if let Some(text) = part.text.some() {
            if is_thought {
                self.thinking.get_or_insert_default().push_str(&text);
            } else {
                join(&mut self.content, text);
            }
        }
        if let Some(refusal) = part.refusal.some() {
            join(&mut self.refusal, refusal);
        }
        for thought in [part.thinking.0, part.summary.0].into_iter().flatten() {
            self.thinking.get_or_insert_default().push_str(&thought);
        }
    }
}

fn join<'a>(all: &mut Text<'a>, more: Cow<'a, str>) {
    match &mut all.0 {
        Some(before) => before.to_mut().push_str(&more),
        none => *none = Some(more),
    }
}
