//! Short lists.

use super::{Fields, Form, Place};
use serde::de::{
    DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Unexpected, Visitor,
};
use std::borrow::Cow;
use std::fmt;

/// One, several or none; the first of them needs no room of its own. Gateways in languages without types send `""` and `false`
/// for a list, and null and other things among its elements: those are left out, and a text too, unless the form takes texts.
#[derive(Debug)]
pub(crate) struct Few<T> {
    first: Option<T>,
    others: Vec<T>,
}

impl<T> Default for Few<T> {
    fn default() -> Self {
        Self {
            first: None,
            others: Vec::new(),
        }
    }
}

impl<T: Default> Few<T> {
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

impl<'de, T: Form<'de>> Place<'de> for Few<T> {
    #[inline]
    fn fill<D: Deserializer<'de>>(&mut self, deserializer: D) -> Result<(), D::Error> {
        *self = Self::default();
        deserializer.deserialize_any(Each {
            few: self,
            list: true,
        })
    }
}

/// Reads what stands in the place, or one of the list that stands there: a list of lists has none.
struct Each<'p, T> {
    few: &'p mut Few<T>,
    /// Whether a list is read into.
    list: bool,
}

impl<'de, T: Form<'de>> Visitor<'de> for Each<'_, T> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object, a list or nothing")
    }

    #[inline]
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        Fields(self.few.one_more()).visit_map(map)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        if !self.list {
            while items.next_element::<IgnoredAny>()?.is_some() {}
            return Ok(());
        }
        loop {
            let one = Each {
                few: &mut *self.few,
                list: false,
            };
            if items.next_element_seed(one)?.is_none() {
                return Ok(());
            }
        }
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<(), E> {
        self.text(Cow::Borrowed(text));
        Ok(())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        self.text(Cow::Owned(text.to_owned()));
        Ok(())
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
        if value {
            return self.other(Unexpected::Bool(value));
        }
        Ok(())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        self.other(Unexpected::Unsigned(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
        self.other(Unexpected::Signed(value))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        self.other(Unexpected::Float(value))
    }
}

impl<'de, T: Form<'de>> Each<'_, T> {
    /// What is passed over in a list, and no list.
    fn other<E: Error>(self, value: Unexpected<'_>) -> Result<(), E> {
        if self.list {
            return Err(E::invalid_type(value, &self));
        }
        Ok(())
    }

    fn text(self, text: Cow<'de, str>) {
        if !T::TEXT || text.is_empty() {
            return;
        }
        self.few.one_more().text(text);
    }
}

impl<'de, T: Form<'de>> DeserializeSeed<'de> for Each<'_, T> {
    type Value = ();

    #[inline]
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}
