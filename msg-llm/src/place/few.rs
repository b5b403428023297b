//! Short lists.

use super::{Fields, Form, Place};
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Unexpected, Visitor};
use std::fmt;

/// One, several or none, and where `TEXT` says so a bare text is none. The first of them needs no room of its own.
#[derive(Debug)]
pub(crate) struct Few<T, const TEXT: bool = false> {
    first: Option<T>,
    others: Vec<T>,
}

impl<T, const TEXT: bool> Default for Few<T, TEXT> {
    fn default() -> Self {
        Self {
            first: None,
            others: Vec::new(),
        }
    }
}

impl<T: Default, const TEXT: bool> Few<T, TEXT> {
    /// All of them.
    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.first.iter_mut().chain(&mut self.others)
    }

    /// An empty one more.
    fn one_more(&mut self) -> &mut T {
        if self.first.is_none() {
            return self.first.insert(T::default());
        }
        self.others.push(T::default());
        let last = self.others.last_mut();
        last.unwrap_or_else(|| self.first.get_or_insert_default())
    }
}

impl<'de, T: Form<'de> + Place<'de>, const TEXT: bool> Place<'de> for Few<T, TEXT> {
    #[inline]
    fn fill<D: Deserializer<'de>>(&mut self, deserializer: D) -> Result<(), D::Error> {
        *self = Self::default();
        deserializer.deserialize_any(Each(self))
    }
}

struct Each<'p, T, const TEXT: bool>(&'p mut Few<T, TEXT>);

impl<'de, T: Form<'de> + Place<'de>, const TEXT: bool> Visitor<'de> for Each<'_, T, TEXT> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object, a list or null")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        if TEXT {
            return Ok(());
        }
        Err(E::invalid_type(Unexpected::Str(text), &self))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        Fields(self.0.one_more()).visit_map(map)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while items.next_element_seed(More(&mut *self.0))?.is_some() {}
        Ok(())
    }
}

/// Reads one more of a list.
struct More<'p, T, const TEXT: bool>(&'p mut Few<T, TEXT>);

impl<'de, T: Form<'de> + Place<'de>, const TEXT: bool> DeserializeSeed<'de> for More<'_, T, TEXT> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        self.0.one_more().fill(deserializer)
    }
}
