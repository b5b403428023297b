//! Content that asks for something: choices, lists, forms, times, polls.

use super::action::Action;
use super::text::RichText;
use crate::id::ActionId;
use crate::open::open_names;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A question with options.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
#[non_exhaustive]
pub struct Choice {
    /// The question.
    pub prompt: RichText,
    /// The options, most wanted first. Any kind of action.
    pub options: Vec<Action>,
}

impl Choice {
    /// A question with these options.
    pub fn new(prompt: impl Into<RichText>, options: Vec<Action>) -> Self {
        Self {
            prompt: prompt.into(),
            options,
        }
    }
}

/// A menu of rows in sections.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
#[non_exhaustive]
pub struct ListMenu {
    /// A line above.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header: Option<String>,
    /// The text.
    pub body: RichText,
    /// A line below.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub footer: Option<String>,
    /// The label of the button that opens the menu.
    pub button: String,
    /// The sections.
    pub sections: Vec<Section>,
}

impl ListMenu {
    /// A menu.
    pub fn new(
        body: impl Into<RichText>,
        button: impl Into<String>,
        sections: Vec<Section>,
    ) -> Self {
        Self {
            header: None,
            body: body.into(),
            footer: None,
            button: button.into(),
            sections,
        }
    }
}

/// Rows under one title.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
#[non_exhaustive]
pub struct Section {
    /// The title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The rows: actions that reply.
    pub rows: Vec<Action>,
}

impl Section {
    /// Rows under a title.
    #[must_use]
    pub const fn new(title: Option<String>, rows: Vec<Action>) -> Self {
        Self { title, rows }
    }
}

/// Asks where the person is.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
#[non_exhaustive]
pub struct LocationRequest {
    /// The question.
    pub prompt: RichText,
    /// A page that asks, for channels that cannot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fallback_url: Option<String>,
}

impl LocationRequest {
    /// Asks with `prompt`.
    pub fn new(prompt: impl Into<RichText>) -> Self {
        Self {
            prompt: prompt.into(),
            fallback_url: None,
        }
    }
}

open_names! {
    /// What a contact request may ask for.
    ContactField {
        /// A phone number.
        Phone = "phone",
        /// An email address.
        Email = "email",
    }
}

/// Asks for a phone number or an email address.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
#[non_exhaustive]
pub struct ContactRequest {
    /// The question.
    pub prompt: RichText,
    /// What is asked for.
    pub field: ContactField,
    /// A page that asks, for channels that cannot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fallback_url: Option<String>,
}

impl ContactRequest {
    /// Asks for `field` with `prompt`.
    pub fn new(prompt: impl Into<RichText>, field: ContactField) -> Self {
        Self {
            prompt: prompt.into(),
            field,
            fallback_url: None,
        }
    }
}

/// A form of several questions.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
#[non_exhaustive]
pub struct Form {
    /// What the answers mean to the host.
    pub id: ActionId,
    /// The title.
    pub title: String,
    /// What is said above it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prompt: Option<RichText>,
    /// The questions.
    pub fields: Vec<FormField>,
    /// A page with the same form, single use, for channels that have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fallback_url: Option<String>,
}

impl Form {
    /// A form.
    pub fn new(id: ActionId, title: impl Into<String>, fields: Vec<FormField>) -> Self {
        Self {
            id,
            title: title.into(),
            prompt: None,
            fields,
            fallback_url: None,
        }
    }
}

open_names! {
    /// What a form field takes.
    FieldKind {
        /// A line of text.
        Text = "text",
        /// Several lines of text.
        LongText = "long_text",
        /// A number.
        Number = "number",
        /// A date.
        Date = "date",
        /// One of the options.
        OneOf = "one_of",
        /// Some of the options.
        AnyOf = "any_of",
        /// Yes or no.
        YesNo = "yes_no",
    }
}

/// One question of a form.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
#[non_exhaustive]
pub struct FormField {
    /// The name of the answer.
    pub name: String,
    /// The question.
    pub label: String,
    /// What it takes.
    pub kind: FieldKind,
    /// The options of [`FieldKind::OneOf`] and [`FieldKind::AnyOf`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<String>,
    /// Whether it must be answered.
    #[serde(default)]
    pub required: bool,
}

impl FormField {
    /// A question.
    pub fn new(name: impl Into<String>, label: impl Into<String>, kind: FieldKind) -> Self {
        Self {
            name: name.into(),
            label: label.into(),
            kind,
            options: Vec::new(),
            required: false,
        }
    }
}

/// Offers times to choose from.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
#[non_exhaustive]
pub struct TimePicker {
    /// The question.
    pub prompt: RichText,
    /// The times.
    pub slots: Vec<TimeSlot>,
    /// The IANA zone that they are shown in.
    pub zone: String,
}

impl TimePicker {
    /// Offers `slots`, shown in `zone`.
    pub fn new(prompt: impl Into<RichText>, zone: impl Into<String>, slots: Vec<TimeSlot>) -> Self {
        Self {
            prompt: prompt.into(),
            slots,
            zone: zone.into(),
        }
    }
}

/// One time to choose.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
#[non_exhaustive]
pub struct TimeSlot {
    /// What it means to the host.
    pub id: ActionId,
    /// How it is shown in text, in the person's language.
    pub label: String,
    /// When it begins.
    pub start: Timestamp,
    /// How long it lasts.
    pub minutes: u32,
}

impl TimeSlot {
    /// A time.
    pub fn new(id: ActionId, label: impl Into<String>, start: Timestamp, minutes: u32) -> Self {
        Self {
            id,
            label: label.into(),
            start,
            minutes,
        }
    }
}

/// A date for the calendar.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
#[non_exhaustive]
pub struct CalendarEvent {
    /// The title.
    pub title: String,
    /// When it begins.
    pub start: Timestamp,
    /// When it ends.
    pub end: Timestamp,
    /// How the time is shown in text, in the person's language and zone.
    pub when: String,
    /// Where it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// A page that adds it, for channels that cannot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fallback_url: Option<String>,
}

impl CalendarEvent {
    /// A date.
    pub fn new(
        title: impl Into<String>,
        start: Timestamp,
        end: Timestamp,
        when: impl Into<String>,
    ) -> Self {
        Self {
            title: title.into(),
            start,
            end,
            when: when.into(),
            place: None,
            fallback_url: None,
        }
    }
}

/// A poll.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
#[non_exhaustive]
pub struct Poll {
    /// The question.
    pub question: String,
    /// What can be voted for: an id and a label each.
    pub options: Vec<PollOption>,
    /// Whether several may be voted for.
    #[serde(default)]
    pub several: bool,
}

impl Poll {
    /// A poll.
    pub fn new(question: impl Into<String>, options: Vec<PollOption>) -> Self {
        Self {
            question: question.into(),
            options,
            several: false,
        }
    }
}

/// One answer of a poll.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
#[non_exhaustive]
pub struct PollOption {
    /// What it means to the host.
    pub id: ActionId,
    /// What is shown.
    pub label: String,
}

impl PollOption {
    /// An answer.
    pub fn new(id: ActionId, label: impl Into<String>) -> Self {
        Self {
            id,
            label: label.into(),
        }
    }
}

crate::open::veiled! {
    Choice;
    ListMenu;
    Section;
    LocationRequest;
    ContactRequest;
    Form;
    FormField;
    TimePicker;
    TimeSlot;
    CalendarEvent;
    Poll;
    PollOption;
}
