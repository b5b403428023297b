//! Visits the texts and actions of a content, in reading order.

use super::action::{Act, Action};
use super::content::{Card, Content};
use super::text::{Block, Inline, RichText};

/// Declares one walk for shared and one for mutable access, so that both visit the same runs in the same order.
macro_rules! walks {
    ($module:ident, $iter:ident, $text:ty $(, $mutable:tt)?) => {
        pub(crate) mod $module {
            use super::{Action, Block, Card, Content, Inline, RichText};

            type Visit<'v, 'a> = &'v mut dyn FnMut(&'a $($mutable)? $text);

            /// Every run of text that a reader sees.
            pub(crate) fn texts<'a>(content: &'a $($mutable)? Content, visit: Visit<'_, 'a>) {
                match content {
                    Content::Text(it) => rich(it, visit),
                    Content::Media(it) => {
                        it.items.$iter().for_each(|item| visit(&$($mutable)? item.alt));
                        it.caption.$iter().for_each(|caption| rich(caption, visit));
                    }
                    Content::Card(it) => card(it, visit),
                    Content::Carousel(it) => {
                        it.cards.$iter().for_each(|one| card(one, visit));
                        labels(it.actions.$iter(), visit);
                    }
                    Content::Choice(it) => {
                        rich(&$($mutable)? it.prompt, visit);
                        labels(it.options.$iter(), visit);
                    }
                    Content::List(it) => {
                        it.header.$iter().for_each(|line| visit(line));
                        rich(&$($mutable)? it.body, visit);
                        for section in it.sections.$iter() {
                            section.title.$iter().for_each(|title| visit(title));
                            labels(section.rows.$iter(), visit);
                        }
                        it.footer.$iter().for_each(|line| visit(line));
                    }
                    Content::Email(it) => {
                        visit(&$($mutable)? it.subject);
                        rich(&$($mutable)? it.text, visit);
                        it.html.$iter().for_each(|html| visit(html));
                        labels(it.actions.$iter(), visit);
                    }
                    Content::Table(it) => {
                        it.header.$iter().chain(it.rows.$iter().flatten()).for_each(|cell| visit(cell));
                    }
                    Content::Edit(it) => texts(&$($mutable)? it.with, visit),
                    Content::Mixed(all) => all.$iter().for_each(|one| texts(one, visit)),
                    other => requests(other, visit),
                }
            }

            fn requests<'a>(content: &'a $($mutable)? Content, visit: Visit<'_, 'a>) {
                match content {
                    Content::LocationRequest(it) => rich(&$($mutable)? it.prompt, visit),
                    Content::ContactRequest(it) => rich(&$($mutable)? it.prompt, visit),
                    Content::TimePicker(it) => {
                        rich(&$($mutable)? it.prompt, visit);
                        it.slots.$iter().for_each(|slot| visit(&$($mutable)? slot.label));
                    }
                    Content::Form(it) => {
                        visit(&$($mutable)? it.title);
                        it.prompt.$iter().for_each(|prompt| rich(prompt, visit));
                        for field in it.fields.$iter() {
                            visit(&$($mutable)? field.label);
                            field.options.$iter().for_each(|option| visit(option));
                        }
                    }
                    Content::Poll(it) => {
                        visit(&$($mutable)? it.question);
                        it.options.$iter().for_each(|option| visit(&$($mutable)? option.label));
                    }
                    other => short_texts(other, visit),
                }
            }

            fn short_texts<'a>(content: &'a $($mutable)? Content, visit: Visit<'_, 'a>) {
                match content {
                    Content::Location(it) => {
                        it.name.$iter().chain(it.address.$iter()).for_each(|line| visit(line));
                    }
                    Content::Contact(it) => it.0.$iter().for_each(|one| visit(&$($mutable)? one.name)),
                    Content::CalendarEvent(it) => {
                        visit(&$($mutable)? it.title);
                        visit(&$($mutable)? it.when);
                        it.place.$iter().for_each(|place| visit(place));
                    }
                    Content::Product(it) => {
                        visit(&$($mutable)? it.name);
                        it.description.$iter().for_each(|line| visit(line));
                    }
                    Content::Order(it) => {
                        it.lines.$iter().for_each(|line| visit(&$($mutable)? line.name));
                        it.status.$iter().for_each(|line| visit(line));
                    }
                    Content::Payment(it) => visit(&$($mutable)? it.description),
                    Content::OneTimeCode(it) => visit(&$($mutable)? it.service),
                    Content::Template(it) => visit(&$($mutable)? it.preview),
                    Content::Notification(it) => {
                        visit(&$($mutable)? it.title);
                        visit(&$($mutable)? it.body);
                        labels(it.actions.$iter(), visit);
                    }
                    Content::Voice(it) => {
                        visit(&$($mutable)? it.text);
                        labels(it.options.$iter(), visit);
                    }
                    _ => {}
                }
            }

            fn labels<'a>(actions: impl Iterator<Item = &'a $($mutable)? Action>, visit: Visit<'_, 'a>) {
                actions.for_each(|action| visit(&$($mutable)? action.label));
            }

            fn card<'a>(card: &'a $($mutable)? Card, visit: Visit<'_, 'a>) {
                card.title.$iter().for_each(|title| visit(title));
                card.media.$iter().for_each(|media| visit(&$($mutable)? media.alt));
                card.text.$iter().for_each(|text| rich(text, visit));
                labels(card.actions.$iter(), visit);
            }

            /// Every run of formatted text.
            pub(crate) fn rich<'a>(text: &'a $($mutable)? RichText, visit: Visit<'_, 'a>) {
                blocks(&$($mutable)? text.blocks, visit);
            }

            fn blocks<'a>(all: &'a $($mutable)? [Block], visit: Visit<'_, 'a>) {
                for block in all {
                    match block {
                        Block::Paragraph(text) | Block::Heading { text, .. } => inlines(text, visit),
                        Block::List { items, .. } => items.$iter().for_each(|item| blocks(item, visit)),
                        Block::Quote(inner) => blocks(inner, visit),
                        Block::Code { text, .. } => visit(text),
                        Block::Table(table) => {
                            table.header.$iter().chain(table.rows.$iter().flatten()).for_each(|cell| visit(cell));
                        }
                    }
                }
            }

            fn inlines<'a>(all: &'a $($mutable)? [Inline], visit: Visit<'_, 'a>) {
                for inline in all {
                    match inline {
                        Inline::Text(text) | Inline::Code(text) => visit(text),
                        Inline::Bold(text) | Inline::Italic(text) | Inline::Strike(text) | Inline::Link { text, .. } => {
                            inlines(text, visit);
                        }
                    }
                }
            }
        }
    };
}

walks!(shared, iter, str);
walks!(mutable, iter_mut, String, mut);

/// Every action.
pub(super) fn actions<'a>(content: &'a Content, visit: &mut dyn FnMut(&'a Action)) {
    match content {
        Content::Card(card) => card.actions.iter().for_each(visit),
        Content::Carousel(all) => {
            all.cards
                .iter()
                .flat_map(|card| &card.actions)
                .chain(&all.actions)
                .for_each(visit);
        }
        Content::Choice(choice) => choice.options.iter().for_each(visit),
        Content::List(list) => list
            .sections
            .iter()
            .flat_map(|section| &section.rows)
            .for_each(visit),
        Content::Notification(push) => push.actions.iter().for_each(visit),
        Content::Voice(voice) => voice.options.iter().for_each(visit),
        Content::Email(email) => email.actions.iter().for_each(visit),
        Content::Edit(edit) => actions(&edit.with, visit),
        Content::Mixed(all) => all.iter().for_each(|one| actions(one, visit)),
        _ => {}
    }
}

/// The address that an action opens, if it opens one.
pub(crate) fn url_of(action: &Action) -> Option<&str> {
    match &action.act {
        Act::Url(it) => Some(&it.url),
        Act::Catalog(it) => Some(&it.url),
        Act::Form(it) => Some(&it.url),
        Act::Pay(it) => Some(&it.url),
        Act::Login(it) => Some(&it.url),
        Act::ShareLocation(it) => it.fallback_url.as_deref(),
        Act::Calendar(event) => event.fallback_url.as_deref(),
        _ => None,
    }
}
