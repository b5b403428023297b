//! Content that a channel carries as it is.

use super::label;
use super::path::Path;
use super::plot::{Frame, Plot};
use super::{LossKind, PlanInput, Rule, Severity, body, compact, sayable};
use crate::capability::{Bound, Field};
use crate::message::content::{ContactCards, Edit};
use crate::message::interactive::{ListMenu, Poll, TimePicker};
use crate::message::part::{
    Button, ContactRequestPart, EditPart, ListPart, ListSection, RequestPart, Styled,
};
use crate::message::render::Flow;
use crate::message::{Content, ContentKind, PartBody, RichText};

impl Plot<'_> {
    /// A content as the channel carries it. False when it does not, or when something does not fit.
    pub(super) fn native(&mut self, content: &Content, frame: Frame<'_>, path: &Path<'_>) -> bool {
        let Some(kind) = content.kind() else {
            return false;
        };
        if !self.caps.carries(kind) {
            return false;
        }
        let path = &path.key(content.tag());
        match content {
            Content::Card(card) => self.card(card, frame, path),
            Content::Carousel(all) => self.carousel(all, frame, path),
            Content::List(menu) => self.menu(menu, frame, path),
            Content::LocationRequest(it) => self.question(&it.prompt, frame, path, |text| {
                RequestPart::new(text).into()
            }),
            Content::ContactRequest(it) => {
                let field = it.field.clone();
                self.question(&it.prompt, frame, path, |text| {
                    ContactRequestPart::new(text, field).into()
                })
            }
            Content::Contact(cards) => self.contacts(cards, frame, path),
            Content::TimePicker(picker) => self.times(picker, frame, path),
            Content::Poll(poll) => self.poll(poll, frame, path),
            Content::Table(_) => false,
            _ => match verbatim(content) {
                Some(part) => self.around(frame, path, |plot| {
                    plot.parts.push(part);
                    true
                }),
                None => false,
            },
        }
    }

    /// A question that the channel asks in its own way.
    fn question(
        &mut self,
        prompt: &RichText,
        frame: Frame<'_>,
        path: &Path<'_>,
        part: impl FnOnce(Styled) -> PartBody,
    ) -> bool {
        let mut flow = Flow::new(self.dialect);
        if let Some(lead) = frame.lead {
            flow.paragraph(lead);
        }
        flow.rich(prompt);
        if let Some(tail) = frame.tail {
            flow.paragraph(tail);
        }
        let bound = self.interactive();
        let Some(text) = self.whole(&flow, &bound, &path.key("prompt")) else {
            return false;
        };
        self.parts.push(part(text));
        true
    }

    fn contacts(&mut self, cards: &ContactCards, frame: Frame<'_>, path: &Path<'_>) -> bool {
        let most = self.limit(Field::Contacts).items();
        if most == 0 || cards.0.is_empty() {
            return false;
        }
        let groups = cards.0.len().div_ceil(most);
        self.around(frame, path, |plot| {
            let parts = cards
                .0
                .chunks(most)
                .map(|group| PartBody::Contact(ContactCards(group.to_vec())));
            plot.parts.extend(parts);
            if groups > 1 {
                plot.was_split(path, groups, Rule::Limit);
            }
            true
        })
    }

    fn times(&mut self, picker: &TimePicker, frame: Frame<'_>, path: &Path<'_>) -> bool {
        if picker.slots.is_empty() || picker.slots.len() > self.limit(Field::Slots).items() {
            return false;
        }
        self.around(frame, path, |plot| {
            plot.parts.push(picker.clone().into());
            for slot in &picker.slots {
                plot.answer(&slot.id, &slot.label);
            }
            true
        })
    }

    fn poll(&mut self, poll: &Poll, frame: Frame<'_>, path: &Path<'_>) -> bool {
        let option = self.limit(Field::PollOption);
        let fits = poll.options.len() <= self.limit(Field::PollOptions).items()
            && self.limit(Field::PollQuestion).fits(&poll.question)
            && poll.options.iter().all(|one| option.fits(&one.label));
        // Telegram wants two answers at least (Bot API `sendPoll`), and so does the meaning of a poll.
        if !fits || poll.options.len() < 2 {
            return false;
        }
        self.around(frame, path, |plot| {
            plot.parts.push(poll.clone().into());
            for one in &poll.options {
                plot.answer(&one.id, &one.label);
            }
            true
        })
    }

    /// What the channel itself shows under a label and gives back as the action's own id.
    fn answer(&mut self, action: &crate::id::ActionId, label: &str) {
        self.shown.push(super::answer::Answerable {
            action: action.clone(),
            numbered: false,
            handle: Some(action.as_str().to_owned()),
            labels: vec![label.to_owned()],
            aliases: Vec::new(),
        });
    }

    /// A menu with everything where the author put it.
    fn menu(&mut self, menu: &ListMenu, frame: Frame<'_>, path: &Path<'_>) -> bool {
        let short = |text: &Option<String>, bound: &Bound| {
            text.as_ref().is_none_or(|text| bound.fits(text))
        };
        let rows: usize = menu.sections.iter().map(|section| section.rows.len()).sum();
        let titles = self.limit(Field::SectionTitle);
        let fits = rows > 0
            && rows <= self.limit(Field::Rows).items()
            && menu.sections.len() <= self.limit(Field::Sections).items()
            && menu
                .sections
                .iter()
                .all(|section| short(&section.title, titles))
            && short(&menu.header, self.limit(Field::Header))
            && short(&menu.footer, self.limit(Field::Footer))
            && self.limit(Field::ListButton).fits(&menu.button)
            && !label::one_line(&menu.button).is_empty();
        if !fits || !self.caps.carries(ContentKind::Text) {
            return false;
        }
        let Some(sections) = self.menu_sections(menu) else {
            return false;
        };
        self.question(&menu.body, frame, path, |body| {
            let mut part = ListPart::new(body, menu.button.clone(), sections);
            part.header.clone_from(&menu.header);
            part.footer.clone_from(&menu.footer);
            part.into()
        })
    }

    fn menu_sections(&mut self, menu: &ListMenu) -> Option<Vec<ListSection>> {
        let mut seen: Vec<&str> = Vec::new();
        let mut sections = Vec::with_capacity(menu.sections.len());
        for section in &menu.sections {
            let mut rows = Vec::with_capacity(section.rows.len());
            for row in &section.rows {
                let crate::message::Act::Reply(reply) = &row.act else {
                    return None;
                };
                let described = reply
                    .description
                    .as_deref()
                    .is_none_or(|text| self.limit(Field::RowText).fits(text));
                let fits = self.limit(Field::RowTitle).fits(&row.label) && described;
                if !fits
                    || label::one_line(&row.label).is_empty()
                    || seen.contains(&row.label.as_str())
                {
                    return None;
                }
                seen.push(&row.label);
                let handle = self.handle(&row.id)?;
                self.shown.push(super::answer::Answerable {
                    action: row.id.clone(),
                    numbered: false,
                    handle: Some(handle.clone()),
                    labels: vec![row.label.clone()],
                    aliases: reply.aliases.clone(),
                });
                rows.push(Button::new(row.clone(), handle));
            }
            sections.push(ListSection::new(section.title.clone(), rows));
        }
        Some(sections)
    }

    /// Replaces a message. What replaces it must be one part.
    pub(super) fn edit(
        &mut self,
        edit: &Edit,
        input: &PlanInput<'_>,
        frame: Frame<'_>,
        path: &Path<'_>,
    ) {
        let at = &path.key("edit");
        // Only what can be said can replace something that was said.
        if !self.caps.carries(ContentKind::Edit) || !sayable(&edit.with) {
            return self.refuse(at, LossKind::Dropped, Rule::NotCarried);
        }
        let before = self.mark();
        let with = &at.key("with");
        let outer = std::mem::replace(&mut self.most, self.parts.len() + 1);
        let said = self.best(&[
            &|plot| {
                body(plot, &edit.with, input, frame, with);
                plot.parts_since(before) == 1
            },
            &|plot| compact(plot, &edit.with, frame, 1, with),
        ]);
        self.most = outer;
        if said
            && self.parts_since(before) == 1
            && let Some(part) = self.parts.pop()
            && !matches!(
                part,
                PartBody::Edit(_) | PartBody::Delete(_) | PartBody::Reaction(_)
            )
        {
            self.parts
                .push(EditPart::new(edit.target.clone(), part).into());
            return;
        }
        self.back(before);
        self.refuse(at, LossKind::Dropped, Rule::Limit);
    }

    /// A channel that shows neither typing nor reading loses nothing that a person wrote.
    pub(super) fn sign(&mut self, content: &Content, path: &Path<'_>) {
        match verbatim(content)
            .filter(|_| content.kind().is_some_and(|kind| self.caps.carries(kind)))
        {
            Some(part) => self.parts.push(part),
            None => self.lose(
                &path.key(content.tag()),
                LossKind::Dropped,
                Severity::None,
                Rule::NotCarried,
            ),
        }
    }

    /// A reaction or a deletion: done, or refused. Never said in words.
    pub(super) fn operation(&mut self, content: &Content, path: &Path<'_>) {
        match verbatim(content)
            .filter(|_| content.kind().is_some_and(|kind| self.caps.carries(kind)))
        {
            Some(part) => self.parts.push(part),
            None => self.refuse(
                &path.key(content.tag()),
                LossKind::Dropped,
                Rule::NotCarried,
            ),
        }
    }
}

/// The part that says exactly what the content says.
fn verbatim(content: &Content) -> Option<PartBody> {
    Some(match content {
        Content::Location(it) => it.clone().into(),
        Content::Form(it) => it.clone().into(),
        Content::CalendarEvent(it) => it.clone().into(),
        Content::Product(it) => it.clone().into(),
        Content::Order(it) => it.clone().into(),
        Content::Payment(it) => it.clone().into(),
        Content::OneTimeCode(it) => it.clone().into(),
        Content::Template(it) => it.clone().into(),
        Content::Reaction(it) => it.clone().into(),
        Content::Delete(it) => it.clone().into(),
        Content::Typing(it) => it.clone().into(),
        Content::Read(it) => it.clone().into(),
        _ => return None,
    })
}
