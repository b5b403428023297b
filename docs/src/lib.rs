//! The guides of `docs/guides` and the README of the project, compiled and run as doctests.

/// The README of the project.
#[doc = include_str!("../../README.md")]
pub mod readme {}

/// A channel of your own.
#[doc = include_str!("../guides/own-channel.md")]
pub mod own_channel {}

/// A check of your own.
#[doc = include_str!("../guides/own-check.md")]
pub mod own_check {}

/// Layers around adapters.
#[doc = include_str!("../guides/layers.md")]
pub mod layers {}

/// Replay and backtest.
#[doc = include_str!("../guides/replay.md")]
pub mod replay {}
