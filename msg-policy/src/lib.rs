//! Policy checks for msg-core.
#[cfg(feature = "pii")]
pub mod pii;
#[cfg(feature = "quiet-hours")]
pub mod quiet_hours;
#[cfg(feature = "zones")]
pub mod zones;
