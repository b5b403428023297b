//! Content that asks for something, as text and options.

use super::flat::{Flat, Say};
use super::flatten::{became_text, emulated};
use super::path::Path;
use super::{Loss, LossKind, Rule, Severity};
use crate::message::Action;
use crate::message::interactive::{
    CalendarEvent, ContactRequest, Form, LocationRequest, Poll, TimePicker,
};
use std::borrow::Cow;

fn asks(flat: &mut Flat<'_>, path: &Path<'_>, severity: Severity) {
    flat.losses.push(Loss::new(
        path.to_string(),
        LossKind::InteractiveToText,
        severity,
        Rule::KeepActions,
    ));
}

fn page<'a>(flat: &mut Flat<'a>, url: Option<&'a str>) {
    if let Some(url) = url {
        flat.say(Say::Link { label: "", url });
    }
}

pub(super) fn location<'a>(flat: &mut Flat<'a>, it: &'a LocationRequest, path: &Path<'_>) {
    flat.rich(Some(&it.prompt));
    page(flat, it.fallback_url.as_deref());
    asks(flat, path, Severity::Minor);
}

pub(super) fn contact<'a>(flat: &mut Flat<'a>, it: &'a ContactRequest, path: &Path<'_>) {
    flat.rich(Some(&it.prompt));
    page(flat, it.fallback_url.as_deref());
    asks(flat, path, Severity::Minor);
}

/// A form becomes its page. Without one its questions are listed: then an answer cannot be mapped, which is a major loss.
pub(super) fn form<'a>(flat: &mut Flat<'a>, form: &'a Form, path: &Path<'_>) {
    flat.title(Some(&form.title));
    flat.rich(form.prompt.as_ref());
    if let Some(url) = form.fallback_url.as_deref() {
        page(flat, Some(url));
        // The questions are on the page.
        asks(flat, path, Severity::Minor);
        return;
    }
    for field in &form.fields {
        let mut line = field.label.clone();
        if !field.options.is_empty() {
            line.push_str(": ");
            line.push_str(&field.options.join(" / "));
        }
        flat.say(Say::Line(line.into()));
    }
    asks(flat, path, Severity::Major);
}

pub(super) fn times<'a>(flat: &mut Flat<'a>, picker: &'a TimePicker, path: &Path<'_>) {
    flat.rich(Some(&picker.prompt));
    let slots = path.key("slots");
    for (at, slot) in picker.slots.iter().enumerate() {
        let action = Action::reply(slot.id.clone(), slot.label.clone());
        flat.option(Cow::Owned(action), &slots.at(at));
    }
    emulated(flat, path);
}

pub(super) fn calendar<'a>(flat: &mut Flat<'a>, event: &'a CalendarEvent, path: &Path<'_>) {
    flat.title(Some(&event.title));
    flat.line(Some(&event.when));
    flat.line(event.place.as_deref());
    page(flat, event.fallback_url.as_deref());
    became_text(flat, path);
}

/// A date on one line, for an action that adds it.
pub(super) fn event_line(event: &CalendarEvent) -> String {
    let mut line = format!("{}, {}", event.title, event.when);
    if let Some(place) = &event.place {
        line.push_str(", ");
        line.push_str(place);
    }
    line
}

/// A poll becomes a choice; who votes does not see the others' votes.
pub(super) fn poll<'a>(flat: &mut Flat<'a>, poll: &'a Poll, path: &Path<'_>) {
    flat.paragraph(Some(&poll.question));
    let options = path.key("options");
    for (at, option) in poll.options.iter().enumerate() {
        let action = Action::reply(option.id.clone(), option.label.clone());
        flat.option(Cow::Owned(action), &options.at(at));
    }
    flat.losses.push(Loss::new(
        path.to_string(),
        LossKind::Emulated,
        Severity::Minor,
        Rule::NotCarried,
    ));
}
