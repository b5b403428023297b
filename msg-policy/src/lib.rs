//! Policy checks for msg-core.
#[cfg(any(feature = "consent", feature = "pii", feature = "risk"))]
mod fold;
#[cfg(feature = "pii")]
pub mod pii;
#[cfg(feature = "quiet-hours")]
pub mod quiet_hours;
#[cfg(feature = "zones")]
pub mod zones;
