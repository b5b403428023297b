//! Products, orders and payments. Money is integer, in minor units.

use serde::{Deserialize, Serialize};

/// An amount of money in minor units (cents) of an ISO 4217 currency.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Money {
    /// Minor units; negative for a credit.
    pub minor: i64,
    /// The ISO 4217 code, uppercase.
    pub currency: Box<str>,
    /// How many digits stand behind the point: 2 for EUR, 0 for JPY, 3 for KWD (ISO 4217).
    pub digits: u8,
}

impl Money {
    /// An amount with two digits behind the point.
    pub fn new(minor: i64, currency: impl Into<Box<str>>) -> Self {
        Self {
            minor,
            currency: currency.into(),
            digits: 2,
        }
    }

    /// Sets how many digits stand behind the point.
    #[must_use]
    pub const fn with_digits(mut self, digits: u8) -> Self {
        self.digits = digits;
        self
    }
}

impl std::fmt::Display for Money {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let scale = 10_u64.saturating_pow(u32::from(self.digits));
        let amount = self.minor.unsigned_abs();
        let sign = if self.minor < 0 { "-" } else { "" };
        let (whole, rest) = (amount / scale, amount % scale);
        match self.digits {
            0 => write!(f, "{sign}{whole} {}", self.currency),
            digits => write!(
                f,
                "{sign}{whole}.{rest:0width$} {}",
                self.currency,
                width = usize::from(digits)
            ),
        }
    }
}

/// A product of a catalog.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
#[non_exhaustive]
pub struct Product {
    /// The id in the catalog.
    pub sku: String,
    /// The catalog, where the channel has several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub catalog: Option<String>,
    /// The name.
    pub name: String,
    /// A description.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<Money>,
    /// A picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<super::media::Media>,
    /// The product's page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

impl Product {
    /// A product.
    pub fn new(sku: impl Into<String>, name: impl Into<String>) -> Self {
        let (sku, name) = (sku.into(), name.into());
        Self {
            sku,
            catalog: None,
            name,
            description: None,
            price: None,
            image: None,
            url: None,
        }
    }
}

/// An order and how far it is.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
#[non_exhaustive]
pub struct Order {
    /// The number that the person knows.
    pub reference: String,
    /// What was ordered.
    pub lines: Vec<OrderLine>,
    /// The total.
    pub total: Money,
    /// How far it is, in the person's language.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// The order's page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

impl Order {
    /// An order.
    pub fn new(reference: impl Into<String>, lines: Vec<OrderLine>, total: Money) -> Self {
        Self {
            reference: reference.into(),
            lines,
            total,
            status: None,
            url: None,
        }
    }
}

/// One line of an order.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
#[non_exhaustive]
pub struct OrderLine {
    /// What it is.
    pub name: String,
    /// How many.
    pub quantity: u32,
    /// The price of all of them.
    pub amount: Money,
}

impl OrderLine {
    /// A line.
    pub fn new(name: impl Into<String>, quantity: u32, amount: Money) -> Self {
        Self {
            name: name.into(),
            quantity,
            amount,
        }
    }
}

/// A request to pay. Never card data: the page of the payment provider takes it.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
#[non_exhaustive]
pub struct Payment {
    /// The number that the person knows.
    pub reference: String,
    /// What for.
    pub description: String,
    /// How much.
    pub amount: Money,
    /// The page of the payment provider.
    pub url: String,
}

impl Payment {
    /// A request to pay.
    pub fn new(
        reference: impl Into<String>,
        description: impl Into<String>,
        amount: Money,
        url: impl Into<String>,
    ) -> Self {
        Self {
            reference: reference.into(),
            description: description.into(),
            amount,
            url: url.into(),
        }
    }
}

crate::open::veiled! {
    Product;
    Order;
    OrderLine;
    Payment;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_prints_exactly() {
        assert_eq!(Money::new(1205, "EUR").to_string(), "12.05 EUR");
        assert_eq!(Money::new(-5, "USD").to_string(), "-0.05 USD");
        assert_eq!(
            Money::new(1200, "JPY").with_digits(0).to_string(),
            "1200 JPY"
        );
        assert_eq!(
            Money::new(i64::MIN, "KWD").with_digits(3).to_string(),
            "-9223372036854775.808 KWD"
        );
    }
}
