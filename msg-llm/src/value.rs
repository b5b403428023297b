//! Values as servers write them: texts, counts and amounts, whatever JSON type they come in.

use serde::de::{self, Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::fmt;
#[cfg(any(feature = "anthropic", feature = "openai"))]
use std::marker::PhantomData;

/// A text, borrowed where it has no escapes. A number or an object is its JSON, null and booleans are nothing.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Text<'a>(pub(crate) Option<Cow<'a, str>>);

impl<'a> Text<'a> {
    /// The text if there is any.
    pub(crate) fn some(self) -> Option<Cow<'a, str>> {
        self.0.filter(|text| !text.is_empty())
    }

    /// The text if there is any, which is then gone from here.
    #[cfg(any(
        feature = "anthropic",
        feature = "bedrock",
        feature = "cohere",
        feature = "gemini",
        feature = "ollama"
    ))]
    pub(crate) fn take(&mut self) -> Option<String> {
        std::mem::take(self).some().map(String::from)
    }

    /// Whether there is any text.
    #[cfg(feature = "openai")]
    pub(crate) fn is_some(&self) -> bool {
        self.0.as_deref().is_some_and(|text| !text.is_empty())
    }

    fn of(text: Cow<'a, str>) -> Self {
        Self(Some(text))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    #[inline]
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextVisitor)
    }
}

struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Text<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text or null")
    }

    fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Text<'de>, E> {
        Ok(Text::of(Cow::Borrowed(text)))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Text<'de>, E> {
        Ok(Text::of(Cow::Owned(text.to_owned())))
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

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Text<'de>, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Text::default())
    }

    /// Arguments that should be a text and are the object itself.
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Text<'de>, A::Error> {
        let value = serde_json::Value::deserialize(de::value::MapAccessDeserializer::new(map))?;
        Ok(Text::of(Cow::Owned(value.to_string())))
    }
}

/// A count of tokens; a float is cut, and what is no count at all is not reported.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Count(pub(crate) Option<u64>);

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

/// An object, and nothing when it is anything else: gateways in languages without types send `[]`, `""` and `false` for one.
#[cfg(any(feature = "anthropic", feature = "openai"))]
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Object<T>(pub(crate) Option<T>);

/// The objects of a list, or one alone in its place; what is no object is left out.
#[cfg(any(feature = "anthropic", feature = "openai"))]
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Objects<T>(pub(crate) Vec<T>);

#[cfg(any(feature = "anthropic", feature = "openai"))]
impl<T> Default for Objects<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

/// What is neither a text, a list nor an object is nothing.
#[cfg(any(feature = "anthropic", feature = "openai"))]
macro_rules! scalars {
    ($value:ty) => {
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("anything")
        }

        fn visit_unit<E: de::Error>(self) -> Result<$value, E> {
            Ok(<$value>::default())
        }

        fn visit_bool<E: de::Error>(self, _value: bool) -> Result<$value, E> {
            Ok(<$value>::default())
        }

        fn visit_u64<E: de::Error>(self, _value: u64) -> Result<$value, E> {
            Ok(<$value>::default())
        }

        fn visit_i64<E: de::Error>(self, _value: i64) -> Result<$value, E> {
            Ok(<$value>::default())
        }

        fn visit_f64<E: de::Error>(self, _value: f64) -> Result<$value, E> {
            Ok(<$value>::default())
        }
    };
}

#[cfg(any(feature = "anthropic", feature = "openai"))]
impl<'de, T: Deserialize<'de> + Default> Deserialize<'de> for Object<T> {
    #[inline]
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ObjectVisitor(PhantomData))
    }
}

#[cfg(any(feature = "anthropic", feature = "openai"))]
struct ObjectVisitor<T>(PhantomData<T>);

#[cfg(any(feature = "anthropic", feature = "openai"))]
impl<'de, T: Deserialize<'de> + Default> Visitor<'de> for ObjectVisitor<T> {
    type Value = Object<T>;

    scalars!(Object<T>);

    fn visit_str<E: de::Error>(self, _text: &str) -> Result<Object<T>, E> {
        Ok(Object::default())
    }

    #[inline]
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Object<T>, A::Error> {
        let value = T::deserialize(de::value::MapAccessDeserializer::new(map))?;
        Ok(Object(Some(value)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Object<T>, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Object(None))
    }
}

#[cfg(any(feature = "anthropic", feature = "openai"))]
impl<'de, T: Deserialize<'de> + Default> Deserialize<'de> for Objects<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ObjectsVisitor(PhantomData))
    }
}

#[cfg(any(feature = "anthropic", feature = "openai"))]
struct ObjectsVisitor<T>(PhantomData<T>);

#[cfg(any(feature = "anthropic", feature = "openai"))]
impl<'de, T: Deserialize<'de> + Default> Visitor<'de> for ObjectsVisitor<T> {
    type Value = Objects<T>;

    scalars!(Objects<T>);

    fn visit_str<E: de::Error>(self, _text: &str) -> Result<Objects<T>, E> {
        Ok(Objects::default())
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Objects<T>, A::Error> {
        let one = T::deserialize(de::value::MapAccessDeserializer::new(map))?;
        Ok(Objects(vec![one]))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Objects<T>, A::Error> {
        let mut all = Vec::new();
        while let Some(item) = items.next_element::<Object<T>>()? {
            all.extend(item.0);
        }
        Ok(Objects(all))
    }
}

/// The texts of a thought, joined: one text, or lists and objects of them (`text`, `thinking`, `summary`) at any depth.
#[cfg(feature = "openai")]
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Joined(pub(crate) Option<String>);

#[cfg(feature = "openai")]
impl Joined {
    fn add(&mut self, more: Self) {
        if let Some(more) = more.0 {
            self.0.get_or_insert_default().push_str(&more);
        }
    }
}

#[cfg(feature = "openai")]
impl<'de> Deserialize<'de> for Joined {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(JoinedVisitor)
    }
}

#[cfg(feature = "openai")]
struct JoinedVisitor;

#[cfg(feature = "openai")]
impl<'de> Visitor<'de> for JoinedVisitor {
    type Value = Joined;

    scalars!(Joined);

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Joined, E> {
        Ok(Joined(
            Some(text.to_owned()).filter(|text| !text.is_empty()),
        ))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Joined, A::Error> {
        let mut all = Joined::default();
        while let Some(item) = items.next_element()? {
            all.add(item);
        }
        Ok(all)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Joined, A::Error> {
        let mut all = Joined::default();
        while let Some(name) = map.next_key::<Cow<'de, str>>()? {
            if matches!(&*name, "text" | "thinking" | "summary") {
                all.add(map.next_value()?);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(all)
    }
}

/// Whether a field is there and not null; what it says does not matter here.
#[cfg(any(
    feature = "anthropic",
    feature = "cohere",
    feature = "gemini",
    feature = "ollama",
    feature = "openai"
))]
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Presence(pub(crate) bool);

#[cfg(any(
    feature = "anthropic",
    feature = "cohere",
    feature = "gemini",
    feature = "ollama",
    feature = "openai"
))]
impl<'de> Deserialize<'de> for Presence {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Option::<IgnoredAny>::deserialize(deserializer).map(|value| Self(value.is_some()))
    }
}
