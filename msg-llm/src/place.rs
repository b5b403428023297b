//! JSON that is read into place.
//!
//! A derived form is made of its fields and then moved, once for every level of nesting: on a small event of a stream that
//! costs as much as reading it. The forms of [`form!`] are filled where they stand. Fields that are absent or null stay
//! as they are, which is empty, and those that are not named are skipped.

#[cfg(any(
    feature = "anthropic",
    feature = "cohere",
    feature = "gemini",
    feature = "ollama"
))]
use crate::value::Presence;
use crate::value::{Count, Text};
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
#[cfg(any(feature = "bedrock", feature = "cohere", feature = "gemini"))]
use std::borrow::Cow;
use std::fmt;

#[cfg(any(feature = "bedrock", feature = "cohere", feature = "gemini"))]
mod few;
#[cfg(any(feature = "bedrock", feature = "cohere", feature = "gemini"))]
pub(crate) use few::Few;

/// What can be read into.
pub(crate) trait Place<'de> {
    /// Reads a value. Null leaves an object as it is.
    fn fill<D: Deserializer<'de>>(&mut self, deserializer: D) -> Result<(), D::Error>;
}

/// Reads the whole of `json`.
pub(crate) fn read<'de>(
    json: &'de str,
    place: &mut impl Place<'de>,
) -> Result<(), serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_str(json);
    place.fill(&mut deserializer)?;
    deserializer.end()
}

/// An object with named fields.
pub(crate) trait Form<'de>: Default {
    /// Whether a bare text in a list of it is one of it.
    #[cfg(any(feature = "bedrock", feature = "cohere", feature = "gemini"))]
    const TEXT: bool = false;

    /// Reads the next field. False when there is none.
    fn field<A: MapAccess<'de>>(&mut self, map: &mut A) -> Result<bool, A::Error>;

    /// Takes a bare text, where [`Form::TEXT`] says so.
    #[cfg(any(feature = "bedrock", feature = "cohere", feature = "gemini"))]
    fn text(&mut self, _text: Cow<'de, str>) {}
}

/// Reads into what it points to.
pub(crate) struct Seed<'p, T>(pub(crate) &'p mut T);

impl<'de, T: Place<'de>> DeserializeSeed<'de> for Seed<'_, T> {
    type Value = ();

    #[inline]
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        self.0.fill(deserializer)
    }
}

/// Reads an object into a form. A list has no fields: some servers write an empty object so.
pub(crate) struct Fields<'p, T>(pub(crate) &'p mut T);

impl<'de, T: Form<'de>> Visitor<'de> for Fields<'_, T> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object or null")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    #[inline]
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while self.0.field(&mut map)? {}
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }
}

/// Makes structs that are filled in place: of every field the name in JSON, its own name and its type. `or field` names the one
/// that a bare text in a list stands for.
macro_rules! form {
    ($(
        $(#[$about:meta])*
        struct $name:ident $(<$life:lifetime>)? $(or $bare:ident)? {
            $($(#[$of:meta])* $key:literal => $field:ident: $type:ty,)*
        }
    )*) => { $(
        $(#[$about])*
        #[derive(Debug, Default)]
        pub(super) struct $name $(<$life>)? {
            $($(#[$of])* pub(super) $field: $type,)*
        }

        const _: () = {
            #[derive(Clone, Copy, serde::Deserialize)]
            #[serde(field_identifier)]
            #[expect(non_camel_case_types, reason = "they are called what the fields are called")]
            enum Field {
                $(#[serde(rename = $key)] $field,)*
                #[serde(other)]
                Other,
            }

            impl<'de $(: $life, $life)?> $crate::place::Form<'de> for $name $(<$life>)? {
                #[inline]
                fn field<A: serde::de::MapAccess<'de>>(&mut self, map: &mut A) -> Result<bool, A::Error> {
                    match map.next_key()? {
                        $(Some(Field::$field) => map.next_value_seed($crate::place::Seed(&mut self.$field))?,)*
                        Some(Field::Other) => drop(map.next_value::<serde::de::IgnoredAny>()?),
                        None => return Ok(false),
                    }
                    Ok(true)
                }

                $(
                    #[cfg(any(feature = "bedrock", feature = "cohere", feature = "gemini"))]
                    const TEXT: bool = true;

                    #[cfg(any(feature = "bedrock", feature = "cohere", feature = "gemini"))]
                    fn text(&mut self, text: std::borrow::Cow<'de, str>) {
                        self.$bare = $crate::value::Text(Some(text));
                    }
                )?
            }

            impl<'de $(: $life, $life)?> $crate::place::Place<'de> for $name $(<$life>)? {
                #[inline]
                fn fill<D: serde::Deserializer<'de>>(&mut self, deserializer: D) -> Result<(), D::Error> {
                    deserializer.deserialize_any($crate::place::Fields(self))
                }
            }
        };
    )* };
}
pub(crate) use form;

/// Makes places of what is small or rare enough to be read as a whole and moved.
macro_rules! moved {
    ($($type:ty $(where $life:lifetime)?,)*) => { $(
        impl<'de $(: $life, $life)?> $crate::place::Place<'de> for $type {
            #[inline]
            fn fill<D: serde::Deserializer<'de>>(&mut self, deserializer: D) -> Result<(), D::Error> {
                *self = serde::Deserialize::deserialize(deserializer)?;
                Ok(())
            }
        }
    )* };
}
pub(crate) use moved;

moved! {
    Text<'a> where 'a,
    Option<&'a RawValue> where 'a,
    Count,
    bool,
}

impl<'de, T: Place<'de>> Place<'de> for Box<T> {
    fn fill<D: Deserializer<'de>>(&mut self, deserializer: D) -> Result<(), D::Error> {
        (**self).fill(deserializer)
    }
}

impl<'de, T: Place<'de> + Default> Place<'de> for Option<T> {
    #[inline]
    fn fill<D: Deserializer<'de>>(&mut self, deserializer: D) -> Result<(), D::Error> {
        struct Maybe<'p, T>(&'p mut Option<T>);

        impl<'de, T: Place<'de> + Default> Visitor<'de> for Maybe<'_, T> {
            type Value = ();

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value or null")
            }

            fn visit_none<E: Error>(self) -> Result<(), E> {
                *self.0 = None;
                Ok(())
            }

            #[inline]
            fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
                self.0.insert(T::default()).fill(deserializer)
            }
        }

        deserializer.deserialize_option(Maybe(self))
    }
}

#[cfg(any(
    feature = "anthropic",
    feature = "cohere",
    feature = "gemini",
    feature = "ollama"
))]
moved! {
    Presence,
}

#[cfg(all(
    test,
    any(
        feature = "anthropic",
        feature = "cohere",
        feature = "gemini",
        feature = "ollama"
    )
))]
mod tests;
