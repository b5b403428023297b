//! Visits the texts and actions of a content, in reading order.

use super::action::{Act, Action};
use super::content::{Card, Content};
use super::text::{Block, Inline, RichText};
use std::borrow::Cow;

/// What a walk is for. A line is a field or a block; it has several runs where it is formatted.
pub(crate) trait Runs<T> {
    /// A line begins.
    fn begin(&mut self) {}

    /// A run goes on with the line.
    fn run(&mut self, text: T);

    /// A line of one run.
    fn line(&mut self, text: T) {
        self.begin();
        self.run(text);
    }
}

impl<T, F: FnMut(T)> Runs<T> for F {
    fn run(&mut self, text: T) {
        self(text);
    }
}

/// All runs as one text. It is borrowed as long as there is only one.
#[derive(Default)]
pub(crate) struct Lines<'a> {
    text: Cow<'a, str>,
    begins: bool,
}

impl<'a> Lines<'a> {
    pub(crate) fn into_text(self) -> Cow<'a, str> {
        self.text
    }
}

impl<'a> Runs<&'a str> for Lines<'a> {
    fn begin(&mut self) {
        self.begins = true;
    }

    fn run(&mut self, text: &'a str) {
        if text.is_empty() {
            return;
        }
        let begins = std::mem::take(&mut self.begins);
        if self.text.is_empty() {
            self.text = Cow::Borrowed(text);
            return;
        }
        let lines = self.text.to_mut();
        if begins {
            lines.push('\n');
        }
        lines.push_str(text);
    }
}

/// Declares one walk for shared and one for mutable access, so that both visit the same runs in the same order.
macro_rules! walks {
    ($module:ident, $iter:ident, $text:ty $(, $mutable:tt)?) => {
        pub(crate) mod $module {
            use super::{Action, Block, Card, Content, Inline, RichText, Runs};

            type Visit<'v, 'a> = &'v mut dyn Runs<&'a $($mutable)? $text>;

            /// Every run of text that a reader sees.
            pub(crate) fn texts<'a>(content: &'a $($mutable)? Content, visit: Visit<'_, 'a>) {
                match content {
                    Content::Text(it) => rich(it, visit),
                    Content::Media(it) => {
                        it.items.$iter().for_each(|item| visit.line(&$($mutable)? item.alt));
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
                        it.header.$iter().for_each(|line| visit.line(line));
                        rich(&$($mutable)? it.body, visit);
                        for section in it.sections.$iter() {
                            section.title.$iter().for_each(|title| visit.line(title));
                            labels(section.rows.$iter(), visit);
                        }
                        it.footer.$iter().for_each(|line| visit.line(line));
                    }
                    Content::Email(it) => {
                        visit.line(&$($mutable)? it.subject);
                        rich(&$($mutable)? it.text, visit);
                        it.html.$iter().for_each(|html| visit.line(html));
                        labels(it.actions.$iter(), visit);
                    }
                    Content::Table(it) => {
                        it.header.$iter().chain(it.rows.$iter().flatten()).for_each(|cell| visit.line(cell));
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
                        it.slots.$iter().for_each(|slot| visit.line(&$($mutable)? slot.label));
                    }
                    Content::Form(it) => {
                        visit.line(&$($mutable)? it.title);
                        it.prompt.$iter().for_each(|prompt| rich(prompt, visit));
                        for field in it.fields.$iter() {
                            visit.line(&$($mutable)? field.label);
                            field.options.$iter().for_each(|option| visit.line(option));
                        }
                    }
                    Content::Poll(it) => {
                        visit.line(&$($mutable)? it.question);
                        it.options.$iter().for_each(|option| visit.line(&$($mutable)? option.label));
                    }
                    other => short_texts(other, visit),
                }
            }

            fn short_texts<'a>(content: &'a $($mutable)? Content, visit: Visit<'_, 'a>) {
                match content {
                    Content::Location(it) => {
                        it.name.$iter().chain(it.address.$iter()).for_each(|line| visit.line(line));
                    }
                    Content::Contact(it) => it.0.$iter().for_each(|one| visit.line(&$($mutable)? one.name)),
                    Content::CalendarEvent(it) => {
                        visit.line(&$($mutable)? it.title);
                        visit.line(&$($mutable)? it.when);
                        it.place.$iter().for_each(|place| visit.line(place));
                    }
                    Content::Product(it) => {
                        visit.line(&$($mutable)? it.name);
                        it.description.$iter().for_each(|line| visit.line(line));
                    }
                    Content::Order(it) => {
                        it.lines.$iter().for_each(|line| visit.line(&$($mutable)? line.name));
                        it.status.$iter().for_each(|line| visit.line(line));
                    }
                    Content::Payment(it) => visit.line(&$($mutable)? it.description),
                    Content::OneTimeCode(it) => visit.line(&$($mutable)? it.service),
                    Content::Template(it) => visit.line(&$($mutable)? it.preview),
                    Content::Notification(it) => {
                        visit.line(&$($mutable)? it.title);
                        visit.line(&$($mutable)? it.body);
                        labels(it.actions.$iter(), visit);
                    }
                    Content::Voice(it) => {
                        visit.line(&$($mutable)? it.text);
                        labels(it.options.$iter(), visit);
                    }
                    _ => {}
                }
            }

            fn labels<'a>(actions: impl Iterator<Item = &'a $($mutable)? Action>, visit: Visit<'_, 'a>) {
                actions.for_each(|action| visit.line(&$($mutable)? action.label));
            }

            fn card<'a>(card: &'a $($mutable)? Card, visit: Visit<'_, 'a>) {
                card.title.$iter().for_each(|title| visit.line(title));
                card.media.$iter().for_each(|media| visit.line(&$($mutable)? media.alt));
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
                        Block::Paragraph(text) | Block::Heading { text, .. } => {
                            visit.begin();
                            inlines(text, visit);
                        }
                        Block::List { items, .. } => items.$iter().for_each(|item| blocks(item, visit)),
                        Block::Quote(inner) => blocks(inner, visit),
                        Block::Code { text, .. } => visit.line(text),
                        Block::Table(table) => {
                            table.header.$iter().chain(table.rows.$iter().flatten()).for_each(|cell| visit.line(cell));
                        }
                    }
                }
            }

            fn inlines<'a>(all: &'a $($mutable)? [Inline], visit: Visit<'_, 'a>) {
                for inline in all {
                    match inline {
                        Inline::Text(text) | Inline::Code(text) => visit.run(text),
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

#[cfg(test)]
mod tests {
    use crate::message::text::{Block, Inline, RichText};
    use crate::message::{Card, Content};
    use std::borrow::Cow;

    #[test]
    fn what_is_formatted_stays_in_its_line_and_fields_are_lines() {
        let text = RichText::new(vec![
            Block::Paragraph(vec![
                Inline::Bold(vec![Inline::Text("STOP".into())]),
                Inline::Text(" it".into()),
                Inline::Text(String::new()),
            ]),
            Block::Paragraph(vec![Inline::Text(String::new())]),
            Block::Quote(vec![Block::Paragraph(vec![Inline::Code("now".into())])]),
        ]);
        let card = Content::Card(Card::new("Tea").with_text(text));
        let all = Content::Mixed(vec![Content::text(""), card, Content::text("end")]);
        assert_eq!(all.plain_text(), "Tea\nSTOP it\nnow\nend");

        let mut runs = String::new();
        all.for_each_text(&mut |run| runs.push_str(run));
        assert_eq!(all.plain_text().replace('\n', ""), runs);
    }

    #[test]
    fn one_run_is_not_copied() {
        assert!(matches!(
            Content::text("STOP").plain_text(),
            Cow::Borrowed("STOP")
        ));
        assert_eq!(Content::default().plain_text(), "");
    }
}
