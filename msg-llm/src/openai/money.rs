//! Amounts as servers write them.

use serde::de::{self, Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::fmt;

/// An amount in US dollars as millionths: a number, `{total_cost}` or `{usd}`.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Money(pub(crate) Option<i64>);

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
