//! What a person can do with a message.

use super::content::Location;
use super::interactive::CalendarEvent;
use crate::id::ActionId;
use crate::open::open_tagged;
use serde::{Deserialize, Serialize};

/// Something to tap, choose or answer.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
#[non_exhaustive]
pub struct Action {
    /// What it means to the host. Unique within a message.
    pub id: ActionId,
    /// What is shown.
    pub label: String,
    /// What it does.
    #[serde(rename = "do")]
    pub act: Act,
}

open_tagged! {
    /// What an action does.
    Act {
        /// Answers the message.
        Reply(Reply) = "reply",
        /// Opens a page.
        Url(Url) = "url",
        /// Calls a number.
        Call(Call) = "call",
        /// Shows a place.
        ViewLocation(Location) = "view_location",
        /// Asks for the person's place.
        ShareLocation(ShareLocation) = "share_location",
        /// Puts a date into the calendar.
        Calendar(CalendarEvent) = "calendar",
        /// Copies a code.
        CopyCode(CopyCode) = "copy_code",
        /// Opens the catalog.
        Catalog(Catalog) = "catalog",
        /// Opens a form.
        Form(OpenForm) = "form",
        /// Pays.
        Pay(Pay) = "pay",
        /// Logs in.
        Login(Login) = "login",
    }
}

/// Answers the message.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
#[non_exhaustive]
pub struct Reply {
    /// One line more about the option, where the channel shows one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Other words that mean this answer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
}

macro_rules! with_url {
    ($($(#[$meta:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$meta])*
        #[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[cfg_attr(test, derive(Debug))]
        #[non_exhaustive]
        pub struct $name {
            /// The address of the page; https is expected.
            pub url: String,
        }
        impl $name {
            /// At this address.
            pub fn new(url: impl Into<String>) -> Self {
                Self { url: url.into() }
            }
        }
        crate::open::veiled! { $name; }
    )+};
}

with_url! {
    /// Opens a page.
    Url,
    /// Opens the catalog; the address is for channels without one.
    Catalog,
    /// Opens a form on a page.
    OpenForm,
    /// Pays on a page of the payment provider.
    Pay,
    /// Logs in on a page.
    Login,
}

/// Calls a number.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
#[non_exhaustive]
pub struct Call {
    /// The number, E.164.
    pub phone: String,
}

impl Call {
    /// Calls `phone`.
    pub fn new(phone: impl Into<String>) -> Self {
        Self {
            phone: phone.into(),
        }
    }
}

/// Asks for the person's place.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
#[non_exhaustive]
pub struct ShareLocation {
    /// A page that asks, for channels that cannot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fallback_url: Option<String>,
}

/// Copies a code.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
#[non_exhaustive]
pub struct CopyCode {
    /// The code.
    pub code: String,
}

impl CopyCode {
    /// Copies `code`.
    pub fn new(code: impl Into<String>) -> Self {
        Self { code: code.into() }
    }
}

impl Action {
    /// An action.
    pub fn new(id: ActionId, label: impl Into<String>, act: impl Into<Act>) -> Self {
        Self {
            id,
            label: label.into(),
            act: act.into(),
        }
    }

    /// An answer.
    pub fn reply(id: ActionId, label: impl Into<String>) -> Self {
        Self::new(id, label, Reply::default())
    }

    /// A link.
    pub fn url(id: ActionId, label: impl Into<String>, url: impl Into<String>) -> Self {
        Self::new(id, label, Url::new(url))
    }

    /// A phone call.
    pub fn call(id: ActionId, label: impl Into<String>, phone: impl Into<String>) -> Self {
        Self::new(id, label, Call::new(phone))
    }
}

/// The kinds of action, for tables of capabilities. [`Act::Unknown`] has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each stands for the act of the same name")]
pub enum ActionKind {
    Reply,
    Url,
    Call,
    ViewLocation,
    ShareLocation,
    Calendar,
    CopyCode,
    Catalog,
    Form,
    Pay,
    Login,
}

impl ActionKind {
    /// Every kind, in order.
    pub const ALL: [Self; 11] = [
        Self::Reply,
        Self::Url,
        Self::Call,
        Self::ViewLocation,
        Self::ShareLocation,
        Self::Calendar,
        Self::CopyCode,
        Self::Catalog,
        Self::Form,
        Self::Pay,
        Self::Login,
    ];
}

impl Act {
    /// The kind, for tables of capabilities.
    #[must_use]
    pub const fn kind(&self) -> Option<ActionKind> {
        Some(match self {
            Self::Reply(_) => ActionKind::Reply,
            Self::Url(_) => ActionKind::Url,
            Self::Call(_) => ActionKind::Call,
            Self::ViewLocation(_) => ActionKind::ViewLocation,
            Self::ShareLocation(_) => ActionKind::ShareLocation,
            Self::Calendar(_) => ActionKind::Calendar,
            Self::CopyCode(_) => ActionKind::CopyCode,
            Self::Catalog(_) => ActionKind::Catalog,
            Self::Form(_) => ActionKind::Form,
            Self::Pay(_) => ActionKind::Pay,
            Self::Login(_) => ActionKind::Login,
            Self::Unknown(_) => return None,
        })
    }
}

crate::open::veiled! {
    Action;
    Reply;
    Call;
    ShareLocation;
    CopyCode;
}
