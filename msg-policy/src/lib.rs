#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(any(
    feature = "consent",
    feature = "frequency",
    feature = "length",
    feature = "pii",
    feature = "quiet-hours",
    feature = "risk"
))]
mod common;
#[cfg(feature = "consent")]
pub mod consent;
#[cfg(any(feature = "consent", feature = "pii", feature = "risk"))]
mod fold;
#[cfg(feature = "frequency")]
pub mod frequency;
#[cfg(feature = "length")]
pub mod length;
#[cfg(feature = "pii")]
pub mod pii;
#[cfg(feature = "quiet-hours")]
pub mod quiet_hours;
#[cfg(feature = "risk")]
pub mod risk;
mod standard;
#[cfg(test)]
mod testing;
#[cfg(feature = "zones")]
pub mod zones;

pub use standard::standard_checks;
