//! What each medium can carry by itself: the first of the five layers.

use super::Capabilities;
use crate::message::{ChannelKind, Markup};

/// What `channel` can carry by itself. A channel that is not known carries plain text.
#[must_use]
pub fn of(channel: &ChannelKind) -> Capabilities {
    match channel {
        ChannelKind::InApp => Capabilities::everything(Markup::Markdown),
        _ => Capabilities::text_only(),
    }
}
