//! What a provider would refuse by its capabilities.

use msg_core::capability::{Capabilities, Field};
use msg_core::channel::{Advice, Failure, FailureClass, FailureScope};
use msg_core::message::part::{Button, CardPart, Keyboard, ListPart, MediaPart, Styled, TextPart};
use msg_core::message::{Markup, PartBody};
use std::borrow::Cow;

/// Why the body cannot be sent with these capabilities, if it cannot.
pub(super) fn refusal(capabilities: &Capabilities, body: &PartBody) -> Option<Failure> {
    let carried = match body.kind() {
        Some(kind) => capabilities.carries(kind),
        // Provider JSON is the provider's to read.
        None => matches!(body, PartBody::Raw(_)),
    };
    if !carried {
        return Some(Failure::new(
            FailureClass::Unsupported,
            FailureScope::Part,
            Advice::Degrade,
        ));
    }
    let ruler = Ruler(capabilities);
    let field = ruler.body(body)?;
    let failure = Failure::new(
        FailureClass::ContentTooLarge,
        FailureScope::Part,
        Advice::FixContent,
    );
    Some(failure.with_detail(format!("over the limit of {field:?}")))
}

/// Finds the first field that is over its limit.
struct Ruler<'a>(&'a Capabilities);

impl Ruler<'_> {
    fn body(&self, body: &PartBody) -> Option<Field> {
        match body {
            PartBody::Text(part) => self.text(part),
            PartBody::Media(part) => self.media(part),
            PartBody::Card(card) => self.card(card, Field::CardText, Field::CardButtons),
            PartBody::Carousel(all) => self.items(Field::Cards, all.cards.len()).or_else(|| {
                all.cards.iter().find_map(|card| {
                    self.card(card, Field::CarouselCardText, Field::CarouselCardButtons)
                })
            }),
            PartBody::List(list) => self.list(list),
            PartBody::Poll(poll) => self.items(Field::PollOptions, poll.options.len()),
            PartBody::Contact(cards) => self.items(Field::Contacts, cards.0.len()),
            PartBody::Email(mail) => self.line(Field::Subject, &mail.subject),
            PartBody::Notification(push) => self
                .line(Field::PushTitle, &push.title)
                .or_else(|| self.line(Field::PushBody, &push.body)),
            PartBody::Voice(voice) => self
                .items(Field::VoiceOptions, voice.options.len())
                .or_else(|| self.line(Field::Speech, &voice.text)),
            PartBody::Edit(edit) => self.body(&edit.with),
            _ => None,
        }
    }

    fn items(&self, field: Field, count: usize) -> Option<Field> {
        (count > self.0.limit(field).items()).then_some(field)
    }

    fn line(&self, field: Field, text: &str) -> Option<Field> {
        (!self.0.limit(field).fits(text)).then_some(field)
    }

    /// A text in its markup. Tags do not count where the provider reads them as such.
    fn styled(&self, field: Field, text: &Styled) -> Option<Field> {
        let shown = match text.markup {
            Markup::TelegramHtml => Cow::Owned(without_tags(&text.text)),
            _ => Cow::Borrowed(text.text.as_str()),
        };
        self.line(field, &shown)
    }

    fn labels(&self, field: Field, buttons: &[Button]) -> Option<Field> {
        buttons.iter().find_map(|button| {
            self.line(field, &button.action.label)
                .or_else(|| self.line(Field::Handle, &button.handle))
        })
    }

    fn text(&self, part: &TextPart) -> Option<Field> {
        let text = self.styled(Field::Text, &part.text);
        if part.buttons.is_empty() {
            return text;
        }
        let (count, label) = if part.keyboard == Keyboard::QuickReplies {
            (Field::QuickReplies, Field::QuickReplyLabel)
        } else {
            (Field::Buttons, Field::ButtonLabel)
        };
        let interactive = part.keyboard != Keyboard::QuickReplies;
        text.or_else(|| interactive.then(|| self.styled(Field::InteractiveText, &part.text))?)
            .or_else(|| self.items(count, part.buttons.len()))
            .or_else(|| self.labels(label, &part.buttons))
    }

    fn media(&self, part: &MediaPart) -> Option<Field> {
        let album = (part.items.len() > 1).then(|| self.items(Field::Album, part.items.len()));
        album
            .flatten()
            .or_else(|| self.items(Field::Buttons, part.buttons.len()))
            .or_else(|| self.labels(Field::ButtonLabel, &part.buttons))
            .or_else(|| self.styled(Field::Caption, part.caption.as_ref()?))
    }

    fn card(&self, card: &CardPart, text: Field, count: Field) -> Option<Field> {
        let title = card.title.as_deref();
        title
            .and_then(|title| self.line(Field::CardTitle, title))
            .or_else(|| self.styled(text, card.text.as_ref()?))
            .or_else(|| self.items(count, card.buttons.len()))
            .or_else(|| self.labels(Field::ButtonLabel, &card.buttons))
    }

    fn list(&self, list: &ListPart) -> Option<Field> {
        let rows = list.sections.iter().map(|section| section.rows.len()).sum();
        self.items(Field::Rows, rows)
            .or_else(|| self.items(Field::Sections, list.sections.len()))
            .or_else(|| self.styled(Field::InteractiveText, &list.body))
            .or_else(|| self.line(Field::ListButton, &list.button))
            .or_else(|| {
                list.sections
                    .iter()
                    .find_map(|section| self.labels(Field::RowTitle, &section.rows))
            })
    }
}

/// What a person sees of a text in the markup of Telegram: no tags, and one character for each entity.
fn without_tags(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(['<', '&']) {
        shown.push_str(before);
        let tag = rest
            .get(before.len()..)
            .is_some_and(|it| it.starts_with('<'));
        let end = if tag { '>' } else { ';' };
        match after.split_once(end) {
            Some((_, next)) => {
                if !tag {
                    shown.push('&');
                }
                rest = next;
            }
            None => rest = after,
        }
    }
    shown.push_str(rest);
    shown
}
