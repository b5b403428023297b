//! One message on the wire, planned for one channel.

use super::action::Action;
use super::address::Address;
use super::commerce::{Order, Payment, Product};
use super::content::{
    ContactCards, Delete, Location, OneTimeCode, ProviderTemplate, Reaction, Read, Typing,
};
use super::interactive::{CalendarEvent, ContactField, Form, Poll, TimePicker};
use super::media::{Media, Notification};
use super::purpose::Purpose;
use crate::id::{AccountId, ConversationId, PartId, TenantId};
use crate::open::{open_names, open_tagged};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// One message on the wire: what an adapter sends, once it is cleared.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
#[non_exhaustive]
pub struct Part {
    /// Which part of which message. Stable over attempts: the idempotency key where a provider takes one.
    pub id: PartId,
    /// Whose message it is.
    pub tenant: TenantId,
    /// Where it goes.
    pub to: Address,
    /// The account that sends it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<AccountId>,
    /// The conversation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversation: Option<ConversationId>,
    /// The provider's id of the message that it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<String>,
    /// What it is for.
    pub purpose: Purpose,
    /// Its language.
    pub language: String,
    /// Not sent after.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Timestamp>,
    /// What it says.
    pub body: PartBody,
}

impl Part {
    /// A part.
    pub fn new(
        id: PartId,
        tenant: TenantId,
        to: Address,
        purpose: Purpose,
        body: impl Into<PartBody>,
    ) -> Self {
        Self {
            id,
            tenant,
            to,
            from: None,
            conversation: None,
            reply_to: None,
            purpose,
            language: "en".into(),
            expires: None,
            body: body.into(),
        }
    }
}

open_names! {
    /// The markup that a text is written in.
    Markup {
        /// None.
        Plain = "plain",
        /// HTML of a mail or a page.
        Html = "html",
        /// The HTML of Telegram's Bot API: `b`, `i`, `s`, `code`, `pre`, `a`, `blockquote`.
        TelegramHtml = "telegram-html",
        /// WhatsApp: `*bold*`, `_italic_`, `~struck~`, backticks.
        WhatsApp = "whatsapp",
        /// Slack mrkdwn.
        Slack = "slack",
        /// Markdown as Discord and Teams read it.
        Markdown = "markdown",
        /// Viber: `*bold*`, `_italic_`, `~struck~`.
        Viber = "viber",
    }
}

/// Text that is already written in a markup.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
#[non_exhaustive]
pub struct Styled {
    /// The text in its markup.
    pub text: String,
    /// The markup.
    pub markup: Markup,
}

impl Styled {
    /// Text in a markup.
    pub fn new(text: impl Into<String>, markup: Markup) -> Self {
        Self {
            text: text.into(),
            markup,
        }
    }

    /// Text without markup.
    pub fn plain(text: impl Into<String>) -> Self {
        Self::new(text, Markup::Plain)
    }
}

/// An action as it is shown on the wire: its label fits, and its handle is what comes back when it is tapped.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
#[non_exhaustive]
pub struct Button {
    /// The action, with a label that fits.
    pub action: Action,
    /// What the provider sends back: the action's id where it fits, else an opaque handle of the answer map.
    pub handle: String,
}

impl Button {
    /// A button.
    pub fn new(action: Action, handle: impl Into<String>) -> Self {
        Self {
            action,
            handle: handle.into(),
        }
    }
}

/// How the buttons of a text are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Keyboard {
    /// Buttons under the message.
    #[default]
    Buttons,
    /// Chips that vanish when one is tapped.
    QuickReplies,
}

open_tagged! {
    /// What a part says: content that the channel carries natively and that fits its limits.
    PartBody {
        /// Text, perhaps with buttons.
        Text(TextPart) = "text",
        /// Media with a caption.
        Media(MediaPart) = "media",
        /// A card.
        Card(CardPart) = "card",
        /// Cards side by side.
        Carousel(CarouselPart) = "carousel",
        /// A menu in sections.
        List(ListPart) = "list",
        /// A place.
        Location(Location) = "location",
        /// Asks where the person is.
        LocationRequest(RequestPart) = "location_request",
        /// Contact cards.
        Contact(ContactCards) = "contact",
        /// Asks for a phone number or an address.
        ContactRequest(ContactRequestPart) = "contact_request",
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
        /// A reaction.
        Reaction(Reaction) = "reaction",
        /// Replaces a message.
        Edit(EditPart) = "edit",
        /// Takes a message back.
        Delete(Delete) = "delete",
        /// Shows that somebody types.
        Typing(Typing) = "typing",
        /// Marks messages as read.
        Read(Read) = "read",
        /// A notification of an app.
        Notification(Notification) = "notification",
        /// Something to say on the phone.
        Voice(VoicePart) = "voice",
        /// An email.
        Email(EmailPart) = "email",
        /// Provider JSON, sent as it is.
        Raw(RawPart) = "raw",
    }
}

impl PartBody {
    /// The media that it holds, in order.
    #[must_use]
    pub fn media(&self) -> Vec<&Media> {
        match self {
            Self::Media(part) => part.items.iter().collect(),
            Self::Card(card) => card.media.iter().collect(),
            Self::Carousel(all) => all.cards.iter().flat_map(|card| &card.media).collect(),
            Self::Notification(notification) => notification.image.iter().collect(),
            Self::Email(mail) => mail.attachments.iter().collect(),
            Self::Template(call) => super::template::media(&call.components),
            Self::Edit(edit) => edit.with.media(),
            _ => Vec::new(),
        }
    }

    /// The media that it holds, in order, to be changed.
    pub fn media_mut(&mut self) -> Vec<&mut Media> {
        match self {
            Self::Media(part) => part.items.iter_mut().collect(),
            Self::Card(card) => card.media.iter_mut().collect(),
            Self::Carousel(all) => {
                let cards = all.cards.iter_mut();
                cards.flat_map(|card| &mut card.media).collect()
            }
            Self::Notification(notification) => notification.image.iter_mut().collect(),
            Self::Email(mail) => mail.attachments.iter_mut().collect(),
            Self::Template(call) => super::template::media_mut(&mut call.components),
            Self::Edit(edit) => edit.with.media_mut(),
            _ => Vec::new(),
        }
    }
}

/// Text, perhaps with buttons.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
#[non_exhaustive]
pub struct TextPart {
    /// The text.
    pub text: Styled,
    /// Buttons.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub buttons: Vec<Button>,
    /// How the buttons are shown.
    #[serde(default)]
    pub keyboard: Keyboard,
}

impl TextPart {
    /// Text without buttons.
    #[must_use]
    pub const fn new(text: Styled) -> Self {
        Self {
            text,
            buttons: Vec::new(),
            keyboard: Keyboard::Buttons,
        }
    }

    /// Sets the buttons.
    #[must_use]
    pub fn with_buttons(mut self, buttons: Vec<Button>, keyboard: Keyboard) -> Self {
        (self.buttons, self.keyboard) = (buttons, keyboard);
        self
    }
}

/// Media with a caption.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
#[non_exhaustive]
pub struct MediaPart {
    /// One item, or an album.
    pub items: Vec<Media>,
    /// The caption.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caption: Option<Styled>,
    /// Buttons.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub buttons: Vec<Button>,
}

impl MediaPart {
    /// Media without a caption.
    #[must_use]
    pub const fn new(items: Vec<Media>) -> Self {
        Self {
            items,
            caption: None,
            buttons: Vec::new(),
        }
    }
}

/// A card.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
#[non_exhaustive]
pub struct CardPart {
    /// The title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<Styled>,
    /// The picture or film.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media: Option<Media>,
    /// Buttons.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub buttons: Vec<Button>,
}

/// Cards side by side.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
#[non_exhaustive]
pub struct CarouselPart {
    /// The cards.
    pub cards: Vec<CardPart>,
    /// Buttons below them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub buttons: Vec<Button>,
}

impl CarouselPart {
    /// These cards.
    #[must_use]
    pub const fn new(cards: Vec<CardPart>) -> Self {
        Self {
            cards,
            buttons: Vec::new(),
        }
    }
}

/// A menu in sections.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
#[non_exhaustive]
pub struct ListPart {
    /// A line above.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header: Option<String>,
    /// The text.
    pub body: Styled,
    /// A line below.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub footer: Option<String>,
    /// The label of the button that opens the menu.
    pub button: String,
    /// The sections.
    pub sections: Vec<ListSection>,
}

impl ListPart {
    /// A menu.
    pub fn new(body: Styled, button: impl Into<String>, sections: Vec<ListSection>) -> Self {
        Self {
            header: None,
            body,
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
pub struct ListSection {
    /// The title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The rows.
    pub rows: Vec<Button>,
}

impl ListSection {
    /// Rows under a title.
    #[must_use]
    pub const fn new(title: Option<String>, rows: Vec<Button>) -> Self {
        Self { title, rows }
    }
}

/// Asks for something with a text.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
#[non_exhaustive]
pub struct RequestPart {
    /// The question.
    pub text: Styled,
}

impl RequestPart {
    /// Asks with `text`.
    #[must_use]
    pub const fn new(text: Styled) -> Self {
        Self { text }
    }
}

/// Asks for a phone number or an email address.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
#[non_exhaustive]
pub struct ContactRequestPart {
    /// The question.
    pub text: Styled,
    /// What is asked for.
    pub field: ContactField,
}

impl ContactRequestPart {
    /// Asks for `field` with `text`.
    #[must_use]
    pub const fn new(text: Styled, field: ContactField) -> Self {
        Self { text, field }
    }
}

/// Replaces a message.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
#[non_exhaustive]
pub struct EditPart {
    /// The provider's id of the message.
    pub target: String,
    /// What it says now.
    pub with: Box<PartBody>,
}

impl EditPart {
    /// Replaces `target` by `with`.
    pub fn new(target: impl Into<String>, with: PartBody) -> Self {
        Self {
            target: target.into(),
            with: Box::new(with),
        }
    }
}

/// Something to say on the phone.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
#[non_exhaustive]
pub struct VoicePart {
    /// What is said.
    pub text: String,
    /// The same as SSML.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ssml: Option<String>,
    /// What can be pressed: the handle is the key.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<Button>,
}

impl VoicePart {
    /// Says `text`.
    pub fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            ssml: None,
            options: Vec::new(),
        }
    }
}

/// An email: text and HTML, ready to be put into MIME.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
#[non_exhaustive]
pub struct EmailPart {
    /// The subject, on one line.
    pub subject: String,
    /// The text alternative.
    pub text: String,
    /// The HTML alternative.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub html: Option<String>,
    /// Attachments.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Media>,
    /// The one-click unsubscribe address (RFC 8058).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unsubscribe_url: Option<String>,
}

impl EmailPart {
    /// An email without HTML.
    pub fn new(subject: impl Into<String>, text: impl Into<String>) -> Self {
        let (subject, text) = (subject.into(), text.into());
        Self {
            subject,
            text,
            html: None,
            attachments: Vec::new(),
            unsubscribe_url: None,
        }
    }
}

/// Provider JSON, sent as it is.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
#[serde(transparent)]
pub struct RawPart(pub serde_json::Value);

crate::open::veiled! {
    Part { id, tenant, to, purpose, body };
    Styled;
    Button;
    TextPart;
    MediaPart;
    CardPart;
    CarouselPart;
    ListPart;
    ListSection;
    RequestPart;
    ContactRequestPart;
    EditPart;
    VoicePart;
    EmailPart;
    RawPart;
}
