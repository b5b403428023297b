//! The kinds of content, for tables of capabilities.

use super::content::Content;
use super::part::PartBody;
use serde::{Deserialize, Serialize};

/// The kinds of content, for tables of capabilities. [`Content::Unknown`] has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each stands for the content of the same name")]
pub enum ContentKind {
    Text,
    Media,
    Card,
    Carousel,
    Choice,
    List,
    Location,
    LocationRequest,
    Contact,
    ContactRequest,
    Form,
    TimePicker,
    CalendarEvent,
    Poll,
    Product,
    Order,
    Payment,
    OneTimeCode,
    Template,
    Reaction,
    Edit,
    Delete,
    Typing,
    Read,
    Notification,
    Voice,
    Email,
    Table,
    Mixed,
}

impl ContentKind {
    /// Every kind, in order.
    pub const ALL: [Self; 29] = [
        Self::Text,
        Self::Media,
        Self::Card,
        Self::Carousel,
        Self::Choice,
        Self::List,
        Self::Location,
        Self::LocationRequest,
        Self::Contact,
        Self::ContactRequest,
        Self::Form,
        Self::TimePicker,
        Self::CalendarEvent,
        Self::Poll,
        Self::Product,
        Self::Order,
        Self::Payment,
        Self::OneTimeCode,
        Self::Template,
        Self::Reaction,
        Self::Edit,
        Self::Delete,
        Self::Typing,
        Self::Read,
        Self::Notification,
        Self::Voice,
        Self::Email,
        Self::Table,
        Self::Mixed,
    ];
}

impl Content {
    /// The kind, for tables of capabilities.
    #[must_use]
    pub const fn kind(&self) -> Option<ContentKind> {
        Some(match self {
            Self::Text(_) => ContentKind::Text,
            Self::Media(_) => ContentKind::Media,
            Self::Card(_) => ContentKind::Card,
            Self::Carousel(_) => ContentKind::Carousel,
            Self::Choice(_) => ContentKind::Choice,
            Self::List(_) => ContentKind::List,
            Self::Location(_) => ContentKind::Location,
            Self::LocationRequest(_) => ContentKind::LocationRequest,
            Self::Contact(_) => ContentKind::Contact,
            Self::ContactRequest(_) => ContentKind::ContactRequest,
            Self::Form(_) => ContentKind::Form,
            Self::TimePicker(_) => ContentKind::TimePicker,
            Self::CalendarEvent(_) => ContentKind::CalendarEvent,
            Self::Poll(_) => ContentKind::Poll,
            Self::Product(_) => ContentKind::Product,
            Self::Order(_) => ContentKind::Order,
            Self::Payment(_) => ContentKind::Payment,
            Self::OneTimeCode(_) => ContentKind::OneTimeCode,
            Self::Template(_) => ContentKind::Template,
            Self::Reaction(_) => ContentKind::Reaction,
            Self::Edit(_) => ContentKind::Edit,
            Self::Delete(_) => ContentKind::Delete,
            Self::Typing(_) => ContentKind::Typing,
            Self::Read(_) => ContentKind::Read,
            Self::Notification(_) => ContentKind::Notification,
            Self::Voice(_) => ContentKind::Voice,
            Self::Email(_) => ContentKind::Email,
            Self::Table(_) => ContentKind::Table,
            Self::Mixed(_) => ContentKind::Mixed,
            Self::Unknown(_) => return None,
        })
    }
}

impl PartBody {
    /// The kind of content that a channel must carry to send it. Provider JSON has none, nor has a body of a newer version.
    #[must_use]
    pub const fn kind(&self) -> Option<ContentKind> {
        Some(match self {
            Self::Text(_) => ContentKind::Text,
            Self::Media(_) => ContentKind::Media,
            Self::Card(_) => ContentKind::Card,
            Self::Carousel(_) => ContentKind::Carousel,
            Self::List(_) => ContentKind::List,
            Self::Location(_) => ContentKind::Location,
            Self::LocationRequest(_) => ContentKind::LocationRequest,
            Self::Contact(_) => ContentKind::Contact,
            Self::ContactRequest(_) => ContentKind::ContactRequest,
            Self::Form(_) => ContentKind::Form,
            Self::TimePicker(_) => ContentKind::TimePicker,
            Self::CalendarEvent(_) => ContentKind::CalendarEvent,
            Self::Poll(_) => ContentKind::Poll,
            Self::Product(_) => ContentKind::Product,
            Self::Order(_) => ContentKind::Order,
            Self::Payment(_) => ContentKind::Payment,
            Self::OneTimeCode(_) => ContentKind::OneTimeCode,
            Self::Template(_) => ContentKind::Template,
            Self::Reaction(_) => ContentKind::Reaction,
            Self::Edit(_) => ContentKind::Edit,
            Self::Delete(_) => ContentKind::Delete,
            Self::Typing(_) => ContentKind::Typing,
            Self::Read(_) => ContentKind::Read,
            Self::Notification(_) => ContentKind::Notification,
            Self::Voice(_) => ContentKind::Voice,
            Self::Email(_) => ContentKind::Email,
            Self::Raw(_) | Self::Unknown(_) => return None,
        })
    }
}
