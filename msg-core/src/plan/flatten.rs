//! Turns each kind of content into text, media and options.

use super::commerce;
use super::flat::{Flat, Say};
use super::path::Path;
use super::request;
use super::{Loss, LossKind, Rule, Severity};
use crate::message::content::{ContactCards, Location, OneTimeCode};
use crate::message::interactive::ListMenu;
use crate::message::media::{Email, Notification, Voice};
use crate::message::{Card, Content};
use std::borrow::Cow;
use std::fmt::Write as _;

/// The flat form of a content; none for what is no message: reactions, edits and the like.
pub(super) fn flatten<'a>(content: &'a Content, path: &Path<'_>) -> Option<Flat<'a>> {
    let path = &path.key(content.tag());
    let mut flat = Flat::default();
    match content {
        Content::Text(text) => flat.rich(Some(text)),
        Content::Media(group) => {
            flat.rich(group.caption.as_ref());
            let items = path.key("items");
            for (at, media) in group.items.iter().enumerate() {
                flat.media(media, &items.at(at));
            }
        }
        Content::Card(one) => card(&mut flat, one, path),
        Content::Carousel(all) => {
            let cards = path.key("cards");
            for (at, one) in all.cards.iter().enumerate() {
                let (media, options) = (flat.media.len(), flat.options.len());
                card(&mut flat, one, &cards.at(at));
                flat.keep_together(media, options);
            }
            let options = flat.options.len();
            flat.actions(&all.actions, &path.key("actions"));
            flat.keep_together(flat.media.len(), options);
        }
        Content::Choice(choice) => {
            flat.rich(Some(&choice.prompt));
            flat.actions(&choice.options, &path.key("options"));
        }
        Content::List(menu) => list(&mut flat, menu, path),
        Content::Location(place) => location(&mut flat, place, path),
        Content::LocationRequest(it) => request::location(&mut flat, it, path),
        Content::ContactRequest(it) => request::contact(&mut flat, it, path),
        Content::Contact(cards) => contacts(&mut flat, cards, path),
        Content::Form(form) => request::form(&mut flat, form, path),
        Content::TimePicker(picker) => request::times(&mut flat, picker, path),
        Content::CalendarEvent(event) => request::calendar(&mut flat, event, path),
        Content::Poll(poll) => request::poll(&mut flat, poll, path),
        Content::Product(product) => commerce::product(&mut flat, product, path),
        Content::Order(order) => commerce::order(&mut flat, order, path),
        Content::Payment(payment) => commerce::payment(&mut flat, payment, path),
        Content::OneTimeCode(code) => one_time_code(&mut flat, code, path),
        Content::Template(call) => {
            flat.paragraph(Some(&call.preview));
            became_text(&mut flat, path);
        }
        Content::Notification(push) => notification(&mut flat, push, path),
        Content::Voice(voice) => spoken(&mut flat, voice, path),
        Content::Email(email) => mail(&mut flat, email, path),
        Content::Table(table) => flat.say(Say::Table(table)),
        Content::Mixed(all) => {
            for (at, one) in all.iter().enumerate() {
                if let Some(one) = flatten(one, &path.at(at)) {
                    flat.append(one);
                }
            }
        }
        Content::Reaction(_)
        | Content::Edit(_)
        | Content::Delete(_)
        | Content::Typing(_)
        | Content::Read(_)
        | Content::Unknown(_) => return None,
    }
    Some(flat)
}

/// Notes that a content became text.
pub(super) fn became_text(flat: &mut Flat<'_>, path: &Path<'_>) {
    note(flat, path, LossKind::ToText, Severity::Minor);
}

/// Notes that a content is shown in another way.
pub(super) fn emulated(flat: &mut Flat<'_>, path: &Path<'_>) {
    note(flat, path, LossKind::Emulated, Severity::Cosmetic);
}

fn note(flat: &mut Flat<'_>, path: &Path<'_>, kind: LossKind, severity: Severity) {
    flat.losses.push(Loss::new(
        path.to_string(),
        kind,
        severity,
        Rule::NotCarried,
    ));
}

pub(super) fn card<'a>(flat: &mut Flat<'a>, card: &'a Card, path: &Path<'_>) {
    flat.title(card.title.as_deref());
    flat.rich(card.text.as_ref());
    if let Some(media) = &card.media {
        flat.media(media, &path.key("media"));
    }
    flat.actions(&card.actions, &path.key("actions"));
    emulated(flat, path);
}

fn list<'a>(flat: &mut Flat<'a>, menu: &'a ListMenu, path: &Path<'_>) {
    flat.title(menu.header.as_deref());
    flat.rich(Some(&menu.body));
    flat.menu = Some(&menu.button);
    let sections = path.key("sections");
    for (at, section) in menu.sections.iter().enumerate() {
        let section_path = sections.at(at);
        let first = flat.options.len();
        flat.actions(&section.rows, &section_path.key("rows"));
        let title = section
            .title
            .as_deref()
            .filter(|title| !title.trim().is_empty());
        match flat.options.get_mut(first) {
            Some(option) => option.heading = title,
            // A section without rows is still said.
            None => flat.paragraph(title),
        }
    }
    flat.last.clone_from(&menu.footer);
    emulated(flat, path);
}

/// The page of a place on a map. Source: developers.google.com/maps/documentation/urls (the search action).
fn map_url(place: &Location) -> String {
    format!(
        "https://www.google.com/maps/search/?api=1&query={}%2C{}",
        place.latitude.as_str(),
        place.longitude.as_str()
    )
}

fn location<'a>(flat: &mut Flat<'a>, place: &'a Location, path: &Path<'_>) {
    flat.title(place.name.as_deref());
    flat.line(place.address.as_deref());
    flat.say(Say::Line(Cow::Owned(map_url(place))));
    became_text(flat, path);
}

/// A place on one line, for an action that shows it.
pub(super) fn place_line(place: &Location) -> String {
    let mut line = String::new();
    for text in [&place.name, &place.address].into_iter().flatten() {
        line.push_str(text);
        line.push_str(", ");
    }
    line + &map_url(place)
}

fn contacts<'a>(flat: &mut Flat<'a>, cards: &'a ContactCards, path: &Path<'_>) {
    for card in &cards.0 {
        flat.title(Some(&card.name));
        flat.line(card.organization.as_deref());
        for line in card.phones.iter().chain(&card.emails) {
            flat.line(Some(line));
        }
    }
    became_text(flat, path);
}

/// The code in words that need no translation: `service: code (minutes min)`, and the line that lets a page fill it in
/// (WICG "Origin-bound one-time codes delivered via SMS": the last line is `@host #code`).
fn one_time_code(flat: &mut Flat<'_>, code: &OneTimeCode, path: &Path<'_>) {
    let mut text = format!("{}: {}", code.service, code.code);
    if let Some(minutes) = code.minutes {
        let _ = write!(text, " ({minutes} min)");
    }
    flat.say(Say::Paragraph(text.into()));
    flat.last = code
        .autofill_domain
        .as_ref()
        .map(|domain| format!("@{domain} #{}", code.code));
    note(flat, path, LossKind::ToText, Severity::Cosmetic);
}

fn notification<'a>(flat: &mut Flat<'a>, push: &'a Notification, path: &Path<'_>) {
    flat.title(Some(&push.title));
    flat.paragraph(Some(&push.body));
    if let Some(url) = &push.url {
        flat.say(Say::Link { label: "", url });
    }
    if let Some(image) = &push.image {
        flat.media(image, &path.key("image"));
    }
    flat.actions(&push.actions, &path.key("actions"));
    became_text(flat, path);
}

fn spoken<'a>(flat: &mut Flat<'a>, voice: &'a Voice, path: &Path<'_>) {
    flat.paragraph(Some(&voice.text));
    flat.actions(&voice.options, &path.key("options"));
    became_text(flat, path);
}

fn mail<'a>(flat: &mut Flat<'a>, email: &'a Email, path: &Path<'_>) {
    flat.title(Some(&email.subject));
    flat.rich(Some(&email.text));
    let attachments = path.key("attachments");
    for (at, media) in email.attachments.iter().enumerate() {
        flat.media(media, &attachments.at(at));
    }
    flat.actions(&email.actions, &path.key("actions"));
    became_text(flat, path);
    if email.html.is_some() {
        let html = path.key("html");
        flat.losses.push(Loss::new(
            html.to_string(),
            LossKind::MarkupFlattened,
            Severity::Cosmetic,
            Rule::Markup,
        ));
    }
    if email.unsubscribe_url.is_some() {
        let url = path.key("unsubscribe_url");
        note(flat, &url, LossKind::Dropped, Severity::Minor);
    }
}
