//! Any content as an email: subject, text, HTML and attachments.

use super::flat::{Flat, Say};
use super::flatten::flatten;
use super::label;
use super::media::{Way, in_words, in_words_loss};
use super::path::Path;
use super::plot::{Frame, Plot};
use crate::capability::{Bound, Field, Limit, Unit};
use crate::message::media::Email;
use crate::message::part::EmailPart;
use crate::message::render::{Dialect, Flow, safe_link};
use crate::message::walk::url_of;
use crate::message::{Content, ContentKind, Media, PartBody};
use std::ops::Range;

/// How long a subject made of a text is: RFC 5322, 2.1.1 wants lines of at most 78 characters, `Subject: ` takes nine, and one is left for `…`.
const SUBJECT: Limit = Limit::new(68, Unit::Chars, "RFC 5322, 2.1.1");

impl Plot<'_> {
    /// A content as one email. False when the channel carries none.
    pub(super) fn email(&mut self, content: &Content, frame: Frame<'_>, path: &Path<'_>) -> bool {
        if !self.caps.carries(ContentKind::Email) {
            return false;
        }
        let Some(mut flat) = flatten(content, path) else {
            return false;
        };
        let Content::Email(email) = content else {
            let subject = subject(&flat);
            return self.compose(&flat, &subject, frame);
        };
        // An email is an email: only its own text and actions are written, and nothing of it became text.
        flat.losses.clear();
        flat.media.clear();
        flat.says.retain(|say| matches!(say, Say::Rich(_)));
        let left = self.left_behind(email, path);
        flat.says
            .extend(left.iter().filter_map(|(media, way)| in_words(media, *way)));
        let before = self.parts.len();
        if !self.compose(&flat, &email.subject, frame) {
            return false;
        }
        if let Some(PartBody::Email(part)) = self.parts.get_mut(before) {
            own_fields(part, email, &left, frame);
        }
        true
    }

    fn compose(&mut self, flat: &Flat<'_>, subject: &str, frame: Frame<'_>) -> bool {
        let subject = label::one_line(subject);
        let bound = self.limit(Field::Subject);
        let Some(subject) = (if bound.fits(&subject) {
            Some(subject)
        } else {
            label::shorten(&subject, "…", bound)
        }) else {
            return false;
        };
        // Becoming text is no loss where the text is HTML with links.
        self.losses.extend(flat.losses.iter().cloned());
        let mark = self.mark();
        let (text, attachments) = self.mail_text(flat, frame, Dialect::Plain);
        self.back(mark);
        let (html, _) = self.mail_text(flat, frame, Dialect::Html);
        if text.trim().is_empty() && attachments.is_empty() {
            return false;
        }
        let mut part = EmailPart::new(subject, text);
        part.html = Some(html).filter(|html| !html.is_empty());
        part.attachments = attachments;
        self.parts.push(part.into());
        true
    }

    /// The text in one of its two forms, and what is attached to it.
    fn mail_text(
        &mut self,
        flat: &Flat<'_>,
        frame: Frame<'_>,
        dialect: Dialect,
    ) -> (String, Vec<Media>) {
        let mut flow = flat.flow_with(dialect, frame, |flow, range| {
            self.mail_options(flat, range, flow);
        });
        let mut attachments = Vec::new();
        let ways = self.mail_ways(flat.media.iter().map(|(media, _)| *media));
        for ((media, at), way) in flat.media.iter().zip(ways) {
            match (way, media.url()) {
                (Way::Native, Some(url)) => {
                    flow.picture(&media.alt, url);
                    continue;
                }
                // Alternative text is read where attachments are not.
                (Way::Native, None) => attachments.push((*media).clone()),
                _ => self.losses.push(in_words_loss(at.clone(), way)),
            }
            match in_words(media, way) {
                Some(Say::Link { label, url }) => flow.link_line(label, url),
                Some(Say::Line(line)) => flow.line(line),
                _ => {}
            }
        }
        flat.finish(&mut flow, frame);
        (flow.render().text, attachments)
    }

    /// Links are links; replies are numbered, because an answer comes back as text.
    fn mail_options<'f>(&mut self, flat: &'f Flat<'f>, range: Range<usize>, flow: &mut Flow<'f>) {
        let mut first = true;
        for option in flat.options.get(range).unwrap_or_default() {
            if let Some(heading) = option.heading {
                flow.title(heading);
            } else if first {
                flow.gap("\n");
            }
            first = false;
            let known = option
                .action
                .act
                .kind()
                .is_some_and(|kind| self.caps.acts(kind));
            match url_of(&option.action).filter(|url| known && safe_link(url).is_some()) {
                Some(url) => {
                    flow.link_line(&option.action.label, url);
                    self.show(option, None, None, false);
                }
                None => self.option_line(option, flow),
            }
        }
    }
}

/// The subject that the author wrote, or the beginning of the text.
fn subject(flat: &Flat<'_>) -> String {
    if let Some(subject) = flat.subject {
        return subject.to_owned();
    }
    let text = flat.flow(Dialect::Plain, Frame::default()).render().text;
    let line = text
        .lines()
        .find(|line| !line.trim().is_empty())
        .unwrap_or_default();
    let line = label::one_line(line);
    let bound = Bound::of(SUBJECT);
    if bound.fits(&line) {
        return line;
    }
    let mut flow = Flow::new(Dialect::Plain);
    flow.paragraph(line.as_str());
    let start = flow
        .split(&bound)
        .texts
        .into_iter()
        .next()
        .unwrap_or_default();
    start + "…"
}

/// What only an email has. `left` is what does not go along as a file.
fn own_fields(part: &mut EmailPart, email: &Email, left: &[(&Media, Way)], frame: Frame<'_>) {
    let goes = |media: &&Media| !left.iter().any(|(other, _)| std::ptr::eq(*media, *other));
    part.attachments = email.attachments.iter().filter(goes).cloned().collect();
    part.unsubscribe_url.clone_from(&email.unsubscribe_url);
    let Some(html) = &email.html else {
        return;
    };
    // HTML of the author stays as it is, unless something must go with it that it does not have.
    part.html = Some(if frame.is_empty() && left.is_empty() {
        html.clone()
    } else {
        framed(html, left, frame)
    });
}

/// The author's HTML between the lines that must go with it.
fn framed(html: &str, left: &[(&Media, Way)], frame: Frame<'_>) -> String {
    let mut flow = Flow::new(Dialect::Html);
    if let Some(lead) = frame.lead {
        flow.paragraph(lead);
    }
    let lead = flow.render().text;
    let mut flow = Flow::new(Dialect::Html);
    for (media, way) in left {
        match in_words(media, *way) {
            Some(Say::Link { label, url }) => flow.link_line(label, url),
            Some(Say::Line(line)) => flow.paragraph(line),
            _ => {}
        }
    }
    if let Some(tail) = frame.tail {
        flow.paragraph(tail);
    }
    let tail = flow.render().text;
    let lower = html.to_ascii_lowercase();
    let start = lower
        .find("<body")
        .and_then(|at| lower.get(at..)?.find('>').map(|end| at + end + 1))
        .unwrap_or(0);
    let end = lower
        .rfind("</body")
        .filter(|end| *end >= start)
        .unwrap_or(html.len());
    let [head, middle, rest] =
        [html.get(..start), html.get(start..end), html.get(end..)].map(Option::unwrap_or_default);
    [head, &lead, middle, &tail, rest].concat()
}
