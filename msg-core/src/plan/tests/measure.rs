//! Measures every field of a part again, in the unit of its channel, independently of the planner.

use super::laws::{buttons, visible};
use crate::capability::{Bound, Capabilities, Field, Unit};
use crate::message::part::{Button, CardPart, Keyboard, Styled, TextPart};
use crate::message::{Markup, MediaSource, PartBody, render};

/// What is wrong with a part, if anything.
pub(super) fn within_limits(part: &PartBody, caps: &Capabilities) -> Result<(), String> {
    let ruler = Ruler { caps };
    let checked = ruler.taps(part).and_then(|()| ruler.part(part));
    checked.map_err(|what| format!("{what}: {part:?}"))
}

struct Ruler<'c> {
    caps: &'c Capabilities,
}

type Checked = Result<(), String>;

fn check(ok: bool, what: impl std::fmt::Debug) -> Checked {
    if ok { Ok(()) } else { Err(format!("{what:?}")) }
}

impl Ruler<'_> {
    fn items(&self, field: Field, count: usize) -> Checked {
        check(count <= self.caps.limit(field).items(), field)
    }

    /// A text in its markup, counted as its channel counts it.
    fn styled(&self, text: &Styled, field: Field) -> Checked {
        let bound: &Bound = self.caps.limit(field);
        let fits = if self.caps.markup == Markup::TelegramHtml {
            render::fits(&visible(&text.text, &self.caps.markup), bound)
        } else {
            render::fits(&text.text, bound)
        };
        check(fits, field)
    }

    fn plain(&self, text: &str, field: Field) -> Checked {
        check(render::fits(text, self.caps.limit(field)), field)
    }

    fn labels(&self, buttons: &[Button], field: Field) -> Checked {
        buttons
            .iter()
            .try_for_each(|button| self.plain(&button.action.label, field))
    }

    fn taps(&self, part: &PartBody) -> Checked {
        buttons(part).into_iter().try_for_each(|button| {
            // The handle of a spoken option is a key of the telephone.
            let spoken = matches!(part, PartBody::Voice(_));
            check(
                spoken || self.caps.limit(Field::Handle).fits(&button.handle),
                "handle",
            )?;
            check(!button.action.label.trim().is_empty(), "empty label")
        })
    }

    fn text(&self, part: &TextPart) -> Checked {
        self.styled(&part.text, Field::Text)?;
        if part.buttons.is_empty() {
            return Ok(());
        }
        if part.keyboard == Keyboard::QuickReplies {
            self.items(Field::QuickReplies, part.buttons.len())?;
            return self.labels(&part.buttons, Field::QuickReplyLabel);
        }
        self.styled(&part.text, Field::InteractiveText)?;
        self.items(Field::Buttons, part.buttons.len())?;
        self.labels(&part.buttons, Field::ButtonLabel)
    }

    fn card(&self, card: &CardPart, text: Field, count: Field) -> Checked {
        card.title
            .iter()
            .try_for_each(|title| self.plain(title, Field::CardTitle))?;
        card.text
            .iter()
            .try_for_each(|styled| self.styled(styled, text))?;
        self.items(count, card.buttons.len())?;
        self.labels(&card.buttons, Field::ButtonLabel)
    }

    fn part(&self, part: &PartBody) -> Checked {
        match part {
            PartBody::Text(part) => self.text(part),
            PartBody::Media(part) => {
                // One item is no album.
                check(
                    part.items.len() == 1
                        || part.items.len() <= self.caps.limit(Field::Album).items(),
                    "album",
                )?;
                self.items(Field::Buttons, part.buttons.len())?;
                self.labels(&part.buttons, Field::ButtonLabel)?;
                part.caption
                    .iter()
                    .try_for_each(|caption| self.styled(caption, Field::Caption))
            }
            PartBody::Card(card) => self.card(card, Field::CardText, Field::CardButtons),
            PartBody::Carousel(all) => {
                self.items(Field::Cards, all.cards.len())?;
                all.cards.iter().try_for_each(|card| {
                    self.card(card, Field::CarouselCardText, Field::CarouselCardButtons)
                })
            }
            PartBody::List(list) => {
                let rows = list.sections.iter().map(|section| section.rows.len()).sum();
                self.items(Field::Rows, rows)?;
                self.items(Field::Sections, list.sections.len())?;
                self.styled(&list.body, Field::Text)?;
                self.styled(&list.body, Field::InteractiveText)?;
                self.plain(&list.button, Field::ListButton)?;
                list.header
                    .iter()
                    .try_for_each(|line| self.plain(line, Field::Header))?;
                list.footer
                    .iter()
                    .try_for_each(|line| self.plain(line, Field::Footer))?;
                list.sections.iter().try_for_each(|section| {
                    section
                        .title
                        .iter()
                        .try_for_each(|title| self.plain(title, Field::SectionTitle))?;
                    self.labels(&section.rows, Field::RowTitle)
                })
            }
            PartBody::Poll(poll) => self.items(Field::PollOptions, poll.options.len()),
            PartBody::Contact(cards) => self.items(Field::Contacts, cards.0.len()),
            PartBody::Email(mail) => {
                self.plain(&mail.subject, Field::Subject)?;
                let sizes = mail.attachments.iter().map(|media| match &media.source {
                    MediaSource::Bytes(bytes) => Ok(bytes.0.len()),
                    _ => Err("a file without bytes".to_owned()),
                });
                let size = sizes.sum::<Result<usize, String>>()?;
                let most = self.caps.limit(Field::Attachments).max(Unit::Bytes);
                check(
                    most.is_none_or(|most| size <= most as usize),
                    Field::Attachments,
                )?;
                let kinds = mail.attachments.iter().map(|media| &media.kind);
                check(
                    kinds.clone().all(|kind| self.caps.attaches(kind)),
                    "kind of file",
                )
            }
            PartBody::Notification(push) => {
                self.plain(&push.title, Field::PushTitle)?;
                self.plain(&push.body, Field::PushBody)?;
                self.items(Field::Buttons, push.actions.len())
            }
            PartBody::Voice(voice) => {
                self.items(Field::VoiceOptions, voice.options.len())?;
                self.plain(&voice.text, Field::Speech)
            }
            PartBody::Edit(edit) => within_limits(&edit.with, self.caps),
            _ => Ok(()),
        }
    }
}
