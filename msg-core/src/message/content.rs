//! What a message says: the superset of what the channels can carry.

use super::action::Action;
use super::commerce::{Order, Payment, Product};
use super::interactive::{
    CalendarEvent, Choice, ContactRequest, Form, ListMenu, LocationRequest, Poll, TimePicker,
};
use super::media::{Email, Media, Notification, Voice};
use super::template::TemplateComponent;
use super::text::{RichText, Table};
use crate::id::TemplateId;
use crate::open::{open_names, open_tagged};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::BTreeMap;

open_tagged! {
    /// One rich body. The planner turns it into what a channel can carry and says what was lost.
    Content {
        /// Text.
        Text(RichText) = "text",
        /// Pictures, sounds, films and files, with one caption.
        Media(MediaGroup) = "media",
        /// A card.
        Card(Card) = "card",
        /// Cards side by side.
        Carousel(Carousel) = "carousel",
        /// A question with options.
        Choice(Choice) = "choice",
        /// A menu in sections.
        List(ListMenu) = "list",
        /// A place.
        Location(Location) = "location",
        /// Asks where the person is.
        LocationRequest(LocationRequest) = "location_request",
        /// Contact cards.
        Contact(ContactCards) = "contact",
        /// Asks for a phone number or an address.
        ContactRequest(ContactRequest) = "contact_request",
        /// A form.
        Form(Form) = "form",
        /// Offers times.
        TimePicker(TimePicker) = "time_picker",
        /// A date for the calendar.
        CalendarEvent(CalendarEvent) = "calendar_event",
        /// A poll.
        Poll(Poll) = "poll",
        /// A product.
        Product(Product) = "product",
        /// An order.
        Order(Order) = "order",
        /// A request to pay.
        Payment(Payment) = "payment",
        /// A one-time code.
        OneTimeCode(OneTimeCode) = "one_time_code",
        /// A template that the provider approved.
        Template(ProviderTemplate) = "template",
        /// A reaction to a message.
        Reaction(Reaction) = "reaction",
        /// Replaces a message that was sent.
        Edit(Edit) = "edit",
        /// Takes a message back.
        Delete(Delete) = "delete",
        /// Shows that somebody types.
        Typing(Typing) = "typing",
        /// Marks messages as read.
        Read(Read) = "read",
        /// A notification of an app.
        Notification(Notification) = "notification",
        /// Something to say on the phone.
        Voice(Voice) = "voice",
        /// An email.
        Email(Email) = "email",
        /// A table.
        Table(Table) = "table",
        /// Several bodies in order.
        Mixed(Vec<Content>) = "mixed",
    }
}

impl Content {
    /// Plain text.
    pub fn text(text: impl Into<RichText>) -> Self {
        Self::Text(text.into())
    }

    /// Visits every run of text that a reader sees, for checks that read it. Labels and alt text are included;
    /// one-time codes and link addresses are not.
    pub fn for_each_text<'a>(&'a self, mut visit: &mut dyn FnMut(&'a str)) {
        super::walk::shared::texts(self, &mut visit);
    }

    /// Visits the same runs as [`Content::for_each_text`], in the same order, to change them.
    pub fn for_each_text_mut<'a>(&'a mut self, mut visit: &mut dyn FnMut(&'a mut String)) {
        super::walk::mutable::texts(self, &mut visit);
    }

    /// The runs of [`Content::for_each_text`] as one text: each field, paragraph and label is a line, and what is
    /// formatted stays in its line. Empty runs leave no line. For whoever reads words, such as keywords, a model or a
    /// responder; what a channel shows is planned. Borrowed when there is only one run.
    #[must_use]
    pub fn plain_text(&self) -> Cow<'_, str> {
        let mut lines = super::walk::Lines::default();
        super::walk::shared::texts(self, &mut lines);
        lines.into_text()
    }

    /// Visits every action.
    pub fn for_each_action<'a>(&'a self, visit: &mut dyn FnMut(&'a Action)) {
        super::walk::actions(self, visit);
    }
}

impl Default for Content {
    fn default() -> Self {
        Self::Text(RichText::default())
    }
}

/// Media with one caption.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
#[non_exhaustive]
pub struct MediaGroup {
    /// One or more items.
    pub items: Vec<Media>,
    /// What is said beside them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caption: Option<RichText>,
}

impl MediaGroup {
    /// These items without a caption.
    #[must_use]
    pub const fn new(items: Vec<Media>) -> Self {
        Self {
            items,
            caption: None,
        }
    }

    /// Sets the caption.
    #[must_use]
    pub fn with_caption(mut self, caption: impl Into<RichText>) -> Self {
        self.caption = Some(caption.into());
        self
    }
}

/// A picture, a title, a text and actions that belong together.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
#[non_exhaustive]
pub struct Card {
    /// The title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<RichText>,
    /// The picture or film.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media: Option<Media>,
    /// What can be tapped.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub actions: Vec<Action>,
}

impl Card {
    /// A card with a title.
    pub fn new(title: impl Into<String>) -> Self {
        Self {
            title: Some(title.into()),
            ..Self::default()
        }
    }

    /// Sets the text.
    #[must_use]
    pub fn with_text(mut self, text: impl Into<RichText>) -> Self {
        self.text = Some(text.into());
        self
    }

    /// Sets the picture or film.
    #[must_use]
    pub fn with_media(mut self, media: Media) -> Self {
        self.media = Some(media);
        self
    }

    /// Adds an action.
    #[must_use]
    pub fn with_action(mut self, action: Action) -> Self {
        self.actions.push(action);
        self
    }
}

/// Cards side by side, and actions for all of them.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
#[non_exhaustive]
pub struct Carousel {
    /// The cards.
    pub cards: Vec<Card>,
    /// Actions below the cards.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub actions: Vec<Action>,
}

impl Carousel {
    /// These cards.
    #[must_use]
    pub const fn new(cards: Vec<Card>) -> Self {
        Self {
            cards,
            actions: Vec::new(),
        }
    }
}

/// A place. Coordinates are decimal text, so that no digit is lost.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
#[non_exhaustive]
pub struct Location {
    /// Degrees north, −90 to 90.
    pub latitude: Decimal,
    /// Degrees east, −180 to 180.
    pub longitude: Decimal,
    /// The name of the place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its postal address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
}

impl Location {
    /// The place at these coordinates.
    #[must_use]
    pub const fn new(latitude: Decimal, longitude: Decimal) -> Self {
        Self {
            latitude,
            longitude,
            name: None,
            address: None,
        }
    }

    /// Sets the name.
    #[must_use]
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Sets the postal address.
    #[must_use]
    pub fn with_address(mut self, address: impl Into<String>) -> Self {
        self.address = Some(address.into());
        self
    }
}

/// An exact decimal number, kept as it was written.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct Decimal(Box<str>);

impl Decimal {
    /// A decimal such as `-12.5`: an optional sign, digits, an optional fraction.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) when it is something else or longer than 32 bytes.
    pub fn new(text: impl AsRef<str>) -> Result<Self, crate::Error> {
        let text = text.as_ref();
        let digits = text.strip_prefix('-').unwrap_or(text);
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
        let is_number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        if text.len() <= 32 && is_number(whole) && is_number(fraction) {
            Ok(Self(text.into()))
        } else {
            Err(crate::Error::invalid(
                "a decimal is an optional `-`, digits and an optional fraction",
            ))
        }
    }

    /// The number as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The nearest binary number, for wires that want one.
    #[must_use]
    pub fn to_f64(&self) -> f64 {
        self.0.parse().unwrap_or_default()
    }
}

impl<'de> Deserialize<'de> for Decimal {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(<Cow<'de, str>>::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

/// Contact cards.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
#[serde(transparent)]
pub struct ContactCards(pub Vec<ContactCard>);

/// One person or business to get in touch with.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
#[non_exhaustive]
pub struct ContactCard {
    /// The name to show.
    pub name: String,
    /// Phone numbers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub phones: Vec<String>,
    /// Email addresses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub emails: Vec<String>,
    /// The organisation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization: Option<String>,
}

impl ContactCard {
    /// A card with a name.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            phones: Vec::new(),
            emails: Vec::new(),
            organization: None,
        }
    }

    /// Adds a phone number.
    #[must_use]
    pub fn with_phone(mut self, phone: impl Into<String>) -> Self {
        self.phones.push(phone.into());
        self
    }
}

/// A one-time code. The code prints redacted and is written in clear only to the store.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct OneTimeCode {
    /// The code, 4 to 16 characters.
    pub code: String,
    /// The name of the service that the code is for.
    pub service: String,
    /// For how many minutes it is good, for the text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minutes: Option<u16>,
    /// `@domain` of the page that may fill it in by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub autofill_domain: Option<String>,
}

impl OneTimeCode {
    /// A code for a service.
    pub fn new(code: impl Into<String>, service: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            service: service.into(),
            minutes: None,
            autofill_domain: None,
        }
    }

    /// Says for how long the code is good.
    #[must_use]
    pub const fn with_minutes(mut self, minutes: u16) -> Self {
        self.minutes = Some(minutes);
        self
    }
}

impl std::fmt::Debug for OneTimeCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OneTimeCode")
            .field("service", &self.service)
            .finish_non_exhaustive()
    }
}

open_names! {
    /// What a provider's template is approved for.
    TemplateCategory {
        /// Advertising.
        Marketing = "marketing",
        /// About something that the person ordered or asked for.
        Utility = "utility",
        /// A one-time code.
        Authentication = "authentication",
    }
}

/// A template that the provider approved, with its parameters.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
#[non_exhaustive]
pub struct ProviderTemplate {
    /// The provider's name of the template.
    pub id: TemplateId,
    /// The language that it was approved in.
    pub language: String,
    /// What it was approved for.
    pub category: TemplateCategory,
    /// Parameters of its text, by name or by position from `1`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub params: BTreeMap<String, String>,
    /// Parameters of all its parts, for who needs more than texts: a picture above, buttons, cards. A part that is here
    /// and in `params` is said as it is here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub components: Vec<TemplateComponent>,
    /// The text that the person will read, for checks and transcripts.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub preview: String,
}

impl ProviderTemplate {
    /// A call of a template.
    pub fn new(id: TemplateId, language: impl Into<String>, category: TemplateCategory) -> Self {
        Self {
            id,
            language: language.into(),
            category,
            params: BTreeMap::new(),
            components: Vec::new(),
            preview: String::new(),
        }
    }

    /// Adds the parameters of a part.
    #[must_use]
    pub fn with_component(mut self, component: impl Into<TemplateComponent>) -> Self {
        self.components.push(component.into());
        self
    }
}

/// A reaction to a message.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
#[non_exhaustive]
pub struct Reaction {
    /// The provider's id of the message.
    pub target: String,
    /// The emoji; none takes the reaction back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub emoji: Option<String>,
}

impl Reaction {
    /// A reaction to a message.
    pub fn new(target: impl Into<String>, emoji: impl Into<String>) -> Self {
        Self {
            target: target.into(),
            emoji: Some(emoji.into()),
        }
    }
}

/// Replaces a message that was sent.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
#[non_exhaustive]
pub struct Edit {
    /// The provider's id of the message.
    pub target: String,
    /// What it says now.
    pub with: Box<Content>,
}

impl Edit {
    /// Replaces `target` by `with`.
    pub fn new(target: impl Into<String>, with: Content) -> Self {
        Self {
            target: target.into(),
            with: Box::new(with),
        }
    }
}

/// Takes a message back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Delete {
    /// The provider's id of the message.
    pub target: String,
}

impl Delete {
    /// Takes `target` back.
    pub fn new(target: impl Into<String>) -> Self {
        Self {
            target: target.into(),
        }
    }
}

/// Shows that somebody types.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Typing {
    /// True when it stops.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub stop: bool,
}

/// Marks messages as read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Read {
    /// The provider's id of the last message that was read.
    pub up_to: String,
}

impl Read {
    /// Everything up to this message was read.
    pub fn new(up_to: impl Into<String>) -> Self {
        Self {
            up_to: up_to.into(),
        }
    }
}

crate::open::veiled! {
    MediaGroup;
    Card;
    Carousel;
    Location;
    ContactCards;
    ContactCard;
    ProviderTemplate;
    Reaction;
    Edit;
}
