//! Options: as buttons, as quick replies, as a list, or as numbered text.

use super::answer::Answerable;
use super::flat::{Flat, Opt};
use super::flatten::place_line;
use super::label::{self, Label};
use super::path::Path;
use super::plot::{Frame, Plot};
use super::request::event_line;
use super::{Loss, LossKind, Rule, Severity, number};
use crate::capability::{Bound, Field};
use crate::message::part::{Button, Keyboard, ListPart, ListSection, Styled, TextPart};
use crate::message::render::{Flow, safe_link};
use crate::message::walk::url_of;
use crate::message::{Act, ContentKind, PartBody};
use std::ops::Range;

/// Options sorted by how they are shown.
struct Sorted<'f> {
    /// As something to tap.
    taps: Vec<&'f Opt<'f>>,
    /// As lines of text.
    lines: Vec<&'f Opt<'f>>,
}

/// Buttons that fit, and whether their labels leave something out that the text has to say.
struct Fitted {
    buttons: Vec<Button>,
    listed: bool,
}

/// Which options are shown as something to tap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pick {
    All,
    Replies,
    /// What opens or does something. The replies are numbered in the text.
    Links,
}

impl Pick {
    fn takes(self, option: &Opt<'_>) -> bool {
        match self {
            Self::All => true,
            Self::Replies => option.is_reply(),
            Self::Links => !option.is_reply(),
        }
    }
}

impl Plot<'_> {
    /// Says a text with options in the way that loses least.
    pub(super) fn ask<'f>(
        &mut self,
        flat: &'f Flat<'f>,
        frame: Frame<'f>,
        path: &Path<'_>,
    ) -> bool {
        if flat.options.is_empty() {
            let mut flow = flat.flow(self.dialect, frame);
            flat.finish(&mut flow, frame);
            return self.speak(&flow, path);
        }
        self.best(&[
            &|plot| plot.ask_with_buttons(flat, frame, path, Pick::All),
            &|plot| plot.ask_with_buttons(flat, frame, path, Pick::Replies),
            &|plot| plot.ask_with_list(flat, frame, path),
            &|plot| plot.ask_with_buttons(flat, frame, path, Pick::Links),
            &|plot| plot.ask_in_text(flat, frame, path),
        ])
    }

    /// Whether an option can be tapped here.
    fn taps(&self, option: &Opt<'_>) -> bool {
        let known = option
            .action
            .act
            .kind()
            .is_some_and(|kind| self.caps.acts(kind));
        known && !is_refused(option)
    }

    fn sort<'f>(&self, options: &'f [Opt<'f>], pick: Pick, max: usize) -> Option<Sorted<'f>> {
        let mut taps: Vec<_> = options
            .iter()
            .filter(|option| self.taps(option) && pick.takes(option))
            .collect();
        let replies = taps.iter().filter(|option| option.is_reply()).count();
        if replies > max {
            return None;
        }
        let mut room = max - replies;
        if replies > 0 && !self.caps.combos.mixed_buttons {
            room = 0;
        }
        room = room.min(self.limit(Field::LinkButtons).items());
        taps.retain(|option| {
            let stays = option.is_reply() || room > 0;
            if !option.is_reply() && stays {
                room -= 1;
            }
            stays
        });
        let tapped = |option: &&Opt<'f>| taps.iter().any(|tap| std::ptr::eq(*tap, *option));
        let lines = options.iter().filter(|option| !tapped(option)).collect();
        (!taps.is_empty()).then_some(Sorted { taps, lines })
    }

    /// Buttons whose labels and handles fit. Notes every label that is shorter, once for all that got a number.
    fn fit(&mut self, taps: &[&Opt<'_>], bound: &Bound) -> Option<Fitted> {
        let labels = label::fit(
            taps.iter().map(|option| option.action.label.as_str()),
            bound,
            self.language,
        )?;
        let mut buttons = Vec::with_capacity(taps.len());
        let listed = labels.iter().any(|label| label.shortened)
            || taps
                .iter()
                .any(|option| option.description().is_some() || option.heading.is_some());
        let mut numbered = None;
        for (option, label) in taps.iter().zip(labels) {
            let handle = self.handle(&option.action.id)?;
            let mut action = option.action.clone().into_owned();
            if label.shortened {
                self.note_short(option, &label);
            }
            if label.numbered && numbered.is_none() {
                numbered = Some(option.path.clone());
            }
            self.show(
                option,
                Some(&label.text),
                Some(handle.clone()),
                listed && option.is_reply(),
            );
            action.label = label.text;
            buttons.push(Button::new(action, handle));
        }
        if let Some(path) = numbered {
            self.losses.push(Loss::new(
                path,
                LossKind::LabelsNumbered,
                Severity::Cosmetic,
                Rule::DistinctLabels,
            ));
        }
        Some(Fitted { buttons, listed })
    }

    /// The whole label is in the text, so a shorter button only looks plainer.
    fn note_short(&mut self, option: &Opt<'_>, label: &Label) {
        let count = |text: &str| {
            u32::try_from(crate::capability::Unit::Graphemes.measure(text)).unwrap_or(u32::MAX)
        };
        self.losses.push(Loss::new(
            format!("{}/label", option.path),
            LossKind::Truncated {
                from: count(&option.action.label),
                to: count(&label.text),
            },
            Severity::Cosmetic,
            Rule::Limit,
        ));
    }

    /// Notes what an answer to an option may be.
    pub(super) fn show(
        &mut self,
        option: &Opt<'_>,
        label: Option<&str>,
        handle: Option<String>,
        numbered: bool,
    ) {
        if numbered {
            self.numbers += 1;
        }
        let aliases = match &option.action.act {
            Act::Reply(reply) => reply.aliases.clone(),
            _ => Vec::new(),
        };
        let mut labels = vec![option.action.label.clone()];
        labels.extend(
            label
                .filter(|label| *label != option.action.label)
                .map(str::to_owned),
        );
        self.shown.push(Answerable {
            action: option.action.id.clone(),
            numbered,
            handle,
            labels,
            aliases,
        });
    }

    /// The text with buttons under its last part.
    fn ask_with_buttons<'f>(
        &mut self,
        flat: &'f Flat<'f>,
        frame: Frame<'f>,
        path: &Path<'_>,
        pick: Pick,
    ) -> bool {
        if !self.caps.carries(ContentKind::Choice) || !self.caps.carries(ContentKind::Text) {
            return false;
        }
        let (keyboard, count, label, bound) = if pick == Pick::Replies {
            (
                Keyboard::QuickReplies,
                Field::QuickReplies,
                Field::QuickReplyLabel,
                self.limit(Field::Text).clone(),
            )
        } else {
            let bound = self.interactive();
            (Keyboard::Buttons, Field::Buttons, Field::ButtonLabel, bound)
        };
        let Some((pieces, buttons)) =
            self.text_with_taps(flat, frame, path, (count, label, pick, &bound))
        else {
            return false;
        };
        self.push_with_buttons(pieces, buttons, keyboard);
        true
    }

    /// The pieces of the text and the buttons of the last one.
    fn text_with_taps<'f>(
        &mut self,
        flat: &'f Flat<'f>,
        frame: Frame<'f>,
        path: &Path<'_>,
        (count, label, pick, bound): (Field, Field, Pick, &Bound),
    ) -> Option<(Vec<Styled>, Vec<Button>)> {
        let sorted = self.sort(&flat.options, pick, self.limit(count).items())?;
        let first = self.numbers;
        let fitted = self.fit(&sorted.taps, self.limit(label))?;
        let mut flow = flat.flow(self.dialect, frame);
        if fitted.listed || !sorted.lines.is_empty() {
            flow.gap("\n");
        }
        if fitted.listed {
            let replies = sorted.taps.iter().filter(|option| option.is_reply());
            for (at, option) in replies.enumerate() {
                if let Some(heading) = option.heading {
                    flow.title(heading);
                }
                self.number_line(&mut flow, option, first + at + 1);
            }
            // What is not answered has no number, but its label is said as well.
            for option in sorted.taps.iter().filter(|option| !option.is_reply()) {
                if let Some(heading) = option.heading {
                    flow.title(heading);
                }
                flow.line(option.action.label.clone());
            }
        }
        for option in &sorted.lines {
            if let Some(heading) = option.heading {
                flow.title(heading);
            }
            self.option_line(option, &mut flow);
        }
        flat.finish(&mut flow, frame);
        let pieces = self.pieces(&flow, bound, path)?;
        Some((pieces, fitted.buttons))
    }

    fn push_with_buttons(
        &mut self,
        mut pieces: Vec<Styled>,
        buttons: Vec<Button>,
        keyboard: Keyboard,
    ) {
        if let Some(last) = pieces.pop() {
            let before = pieces
                .into_iter()
                .map(|text| PartBody::Text(TextPart::new(text)));
            self.parts.extend(before);
            self.parts
                .push(TextPart::new(last).with_buttons(buttons, keyboard).into());
        }
    }

    /// A caption and buttons for media. False when they do not fit in one message.
    pub(super) fn caption_with_buttons<'f>(
        &mut self,
        flat: &'f Flat<'f>,
        frame: Frame<'f>,
        path: &Path<'_>,
    ) -> Option<(Styled, Vec<Button>)> {
        let mut bound = self.interactive();
        for limit in self.limit(Field::Caption).limits() {
            bound.tighten(limit.clone());
        }
        let before = self.mark();
        [Pick::All, Pick::Links].into_iter().find_map(|pick| {
            self.back(before);
            let fields = (Field::Buttons, Field::ButtonLabel, pick, &bound);
            let (mut pieces, buttons) = self.text_with_taps(flat, frame, path, fields)?;
            let caption = pieces.pop()?;
            pieces.is_empty().then_some((caption, buttons))
        })
    }

    /// Buttons of a card: all of its actions, or none.
    pub(super) fn card_buttons(
        &mut self,
        options: &[Opt<'_>],
        count: Field,
    ) -> Option<Vec<Button>> {
        if options.is_empty() {
            return Some(Vec::new());
        }
        let sorted = self.sort(options, Pick::All, self.limit(count).items())?;
        if !sorted.lines.is_empty() {
            return None;
        }
        let fitted = self.fit(&sorted.taps, self.limit(Field::ButtonLabel))?;
        (!fitted.listed).then_some(fitted.buttons)
    }

    /// A menu that opens.
    fn ask_with_list<'f>(&mut self, flat: &'f Flat<'f>, frame: Frame<'f>, path: &Path<'_>) -> bool {
        if !self.caps.carries(ContentKind::List) || !self.caps.carries(ContentKind::Text) {
            return false;
        }
        let Some(sorted) = self.sort(
            &flat.options,
            Pick::Replies,
            self.limit(Field::Rows).items(),
        ) else {
            return false;
        };
        let first = self.numbers;
        let Some(fitted) = self.fit(&sorted.taps, self.limit(Field::RowTitle)) else {
            return false;
        };
        let room = self.limit(Field::RowText);
        let described = sorted
            .taps
            .iter()
            .all(|option| option.description().is_none_or(|text| room.fits(text)));
        let shortened = fitted
            .buttons
            .iter()
            .zip(&sorted.taps)
            .any(|(button, option)| button.action.label != label::one_line(&option.action.label));
        let Some(sections) = self.sections(&sorted.taps, fitted.buttons, described) else {
            return false;
        };
        let Some(button) = self.menu_label(flat.menu) else {
            return false;
        };
        let mut flow = flat.flow(self.dialect, frame);
        if shortened || !described || !sorted.lines.is_empty() {
            flow.gap("\n");
        }
        if shortened || !described {
            for (at, option) in sorted.taps.iter().enumerate() {
                self.number_line(&mut flow, option, first + at + 1);
            }
        } else if fitted.listed {
            // The rows say everything, so nothing is numbered after all.
            let from = self.shown.len().saturating_sub(sorted.taps.len());
            self.shown
                .iter_mut()
                .skip(from)
                .for_each(|one| one.numbered = false);
            self.numbers = first;
        }
        for option in &sorted.lines {
            if let Some(heading) = option.heading {
                flow.title(heading);
            }
            self.option_line(option, &mut flow);
        }
        flat.finish(&mut flow, frame);
        let bound = self.interactive();
        let Some(mut pieces) = self.pieces(&flow, &bound, path) else {
            return false;
        };
        let Some(body) = pieces.pop() else {
            return false;
        };
        let before = pieces
            .into_iter()
            .map(|text| PartBody::Text(TextPart::new(text)));
        self.parts.extend(before);
        self.parts
            .push(ListPart::new(body, button, sections).into());
        true
    }

    /// The rows under their titles; none when a title does not fit.
    fn sections(
        &self,
        taps: &[&Opt<'_>],
        buttons: Vec<Button>,
        described: bool,
    ) -> Option<Vec<ListSection>> {
        let bound = self.limit(Field::SectionTitle);
        let mut sections: Vec<ListSection> = Vec::new();
        for (option, mut button) in taps.iter().zip(buttons) {
            if let (false, Act::Reply(reply)) = (described, &mut button.action.act) {
                reply.description = None;
            }
            match (option.heading, sections.last_mut()) {
                (None, Some(section)) => section.rows.push(button),
                (heading, _) => {
                    let title = heading.map(label::one_line);
                    if title.as_deref().is_some_and(|title| !bound.fits(title)) {
                        return None;
                    }
                    sections.push(ListSection::new(title, vec![button]));
                }
            }
        }
        (sections.len() <= self.limit(Field::Sections).items()).then_some(sections)
    }

    /// The label of what opens a menu: the author's, or a sign that needs no language.
    fn menu_label(&self, label: Option<&str>) -> Option<String> {
        let bound = self.limit(Field::ListButton);
        let wanted = label.map(label::one_line).filter(|label| !label.is_empty());
        match wanted {
            Some(label) if bound.fits(&label) => Some(label),
            Some(label) => label::shorten(&label, "…", bound),
            None => Some("☰".to_owned()).filter(|sign| bound.fits(sign)),
        }
    }

    /// Everything in the text: replies get numbers, the rest is said in words.
    pub(super) fn ask_in_text<'f>(
        &mut self,
        flat: &'f Flat<'f>,
        frame: Frame<'f>,
        path: &Path<'_>,
    ) -> bool {
        let mut flow = flat.flow_with(self.dialect, frame, |flow, range| {
            self.option_lines(flat, range, flow);
        });
        flat.finish(&mut flow, frame);
        self.speak(&flow, path)
    }

    /// Adds a line for each option of a range.
    pub(super) fn option_lines<'f>(
        &mut self,
        flat: &'f Flat<'f>,
        range: Range<usize>,
        flow: &mut Flow<'f>,
    ) {
        let mut first = true;
        for option in flat.options.get(range).unwrap_or_default() {
            if let Some(heading) = option.heading {
                flow.title(heading);
            } else if first {
                flow.gap("\n");
            }
            first = false;
            self.option_line(option, flow);
        }
    }

    /// Adds the line of one option: with a number when it is a reply, else in words.
    pub(super) fn option_line<'f>(&mut self, option: &'f Opt<'f>, flow: &mut Flow<'f>) {
        if !option.is_reply() {
            self.show(option, None, None, false);
            return self.text_line(flow, option);
        }
        self.show(option, None, None, true);
        self.number_line(flow, option, self.numbers);
        self.losses.push(Loss::new(
            option.path.clone(),
            LossKind::InteractiveToText,
            Severity::Minor,
            Rule::KeepActions,
        ));
    }

    fn number_line(&self, flow: &mut Flow<'_>, option: &Opt<'_>, number: usize) {
        let mut line = number::format(number, self.language);
        line.push_str(". ");
        line.push_str(&label::one_line(&option.action.label));
        if let Some(description) = option.description() {
            line.push_str(" — ");
            line.push_str(&label::one_line(description));
        }
        flow.line(line);
    }

    /// An option that cannot be tapped, in words. What cannot be said either is a loss.
    pub(super) fn text_line(&mut self, flow: &mut Flow<'_>, option: &Opt<'_>) {
        let (line, severity) = words(option);
        flow.line(line);
        let (kind, rule) = match severity {
            Severity::Major if is_refused(option) => (LossKind::Dropped, Rule::SafeLinks),
            Severity::Major => (LossKind::Dropped, Rule::NotCarried),
            _ => (LossKind::InteractiveToText, Rule::KeepActions),
        };
        self.losses
            .push(Loss::new(option.path.clone(), kind, severity, rule));
    }
}

/// Whether an option opens an address that must not become a link.
fn is_refused(option: &Opt<'_>) -> bool {
    url_of(&option.action).is_some_and(|url| safe_link(url).is_none())
}

/// An option in words, and how bad it is that it cannot be tapped.
fn words(option: &Opt<'_>) -> (String, Severity) {
    let action = &option.action;
    let label = label::one_line(&action.label);
    let with = |text: &str| {
        if label.is_empty() {
            text.to_owned()
        } else {
            format!("{label}: {text}")
        }
    };
    let url = url_of(action).map(safe_link);
    match (&action.act, url) {
        (_, Some(None)) | (Act::Unknown(_), _) => (label, Severity::Major),
        (Act::Calendar(event), Some(Some(url))) => (
            with(&format!("{}, {url}", event_line(event))),
            Severity::Minor,
        ),
        (Act::Calendar(event), None) => (with(&event_line(event)), Severity::Minor),
        (_, Some(Some(url))) => (with(&url), Severity::Minor),
        (Act::Call(call), _) => (with(&call.phone), Severity::Minor),
        (Act::ViewLocation(place), _) => (with(&place_line(place)), Severity::Minor),
        (Act::CopyCode(copy), _) => (with(&copy.code), Severity::Minor),
        _ => (label, Severity::Minor),
    }
}
