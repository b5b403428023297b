//! Visits the texts and actions of a content, in reading order.

use super::action::{Act, Action};
use super::content::{Card, Content};

type VisitText<'v, 'a> = &'v mut dyn FnMut(&'a str);

/// Every run of text that a reader sees.
pub(super) fn texts<'a>(content: &'a Content, visit: VisitText<'_, 'a>) {
    match content {
        Content::Text(text) => text.for_each_text(visit),
        Content::Media(group) => {
            group.items.iter().for_each(|item| visit(&item.alt));
            group
                .caption
                .iter()
                .for_each(|caption| caption.for_each_text(visit));
        }
        Content::Card(one) => card(one, visit),
        Content::Carousel(all) => all.cards.iter().for_each(|one| card(one, visit)),
        Content::Choice(choice) => choice.prompt.for_each_text(visit),
        Content::List(list) => {
            list.header.iter().for_each(|line| visit(line));
            list.body.for_each_text(visit);
            list.sections
                .iter()
                .filter_map(|s| s.title.as_ref())
                .for_each(|title| visit(title));
            list.footer.iter().for_each(|line| visit(line));
        }
        Content::LocationRequest(request) => request.prompt.for_each_text(visit),
        Content::ContactRequest(request) => request.prompt.for_each_text(visit),
        Content::TimePicker(picker) => picker.prompt.for_each_text(visit),
        Content::Email(email) => {
            visit(&email.subject);
            email.text.for_each_text(visit);
            email.html.iter().for_each(|html| visit(html));
        }
        Content::Table(table) => table
            .header
            .iter()
            .chain(table.rows.iter().flatten())
            .for_each(|cell| visit(cell)),
        Content::Edit(edit) => texts(&edit.with, visit),
        Content::Mixed(all) => all.iter().for_each(|one| texts(one, visit)),
        other => short_texts(other, visit),
    }
    labels(content, visit);
}

/// The kinds whose texts are single fields.
fn short_texts<'a>(content: &'a Content, visit: VisitText<'_, 'a>) {
    match content {
        Content::Location(place) => place
            .name
            .iter()
            .chain(&place.address)
            .for_each(|line| visit(line)),
        Content::Contact(cards) => cards.0.iter().for_each(|one| visit(&one.name)),
        Content::Form(form) => {
            visit(&form.title);
            form.prompt
                .iter()
                .for_each(|prompt| prompt.for_each_text(visit));
            form.fields.iter().for_each(|field| visit(&field.label));
        }
        Content::CalendarEvent(event) => [&event.title, &event.when]
            .into_iter()
            .for_each(|line| visit(line)),
        Content::Poll(poll) => {
            visit(&poll.question);
            poll.options.iter().for_each(|option| visit(&option.label));
        }
        Content::Product(product) => {
            visit(&product.name);
            product.description.iter().for_each(|line| visit(line));
        }
        Content::Order(order) => {
            order.lines.iter().for_each(|line| visit(&line.name));
            order.status.iter().for_each(|line| visit(line));
        }
        Content::Payment(payment) => visit(&payment.description),
        Content::OneTimeCode(code) => visit(&code.service),
        Content::Template(call) => visit(&call.preview),
        Content::Notification(push) => [&push.title, &push.body]
            .into_iter()
            .for_each(|line| visit(line)),
        Content::Voice(voice) => visit(&voice.text),
        _ => {}
    }
}

fn labels<'a>(content: &'a Content, visit: VisitText<'_, 'a>) {
    if !matches!(content, Content::Edit(_) | Content::Mixed(_)) {
        actions(content, &mut |action| visit(&action.label));
    }
}

fn card<'a>(card: &'a Card, visit: VisitText<'_, 'a>) {
    card.title.iter().for_each(|title| visit(title));
    card.media.iter().for_each(|media| visit(&media.alt));
    card.text.iter().for_each(|text| text.for_each_text(visit));
}

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
