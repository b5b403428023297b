//! Any content as a notification of an app.

use super::flat::Flat;
use super::flatten::flatten;
use super::media::{Way, in_words, in_words_loss};
use super::path::Path;
use super::plot::{Frame, Plot};
use super::{LossKind, Rule, Severity, label};
use crate::capability::{Field, Unit};
use crate::message::media::Notification;
use crate::message::render::{Dialect, safe_link};
use crate::message::walk::url_of;
use crate::message::{Content, ContentKind, MediaKind};

impl Plot<'_> {
    /// A content as one notification. False when the channel carries none, or not one word of it fits.
    pub(super) fn push(&mut self, content: &Content, frame: Frame<'_>, path: &Path<'_>) -> bool {
        if !self.caps.carries(ContentKind::Notification) {
            return false;
        }
        let Some(mut flat) = flatten(content, path) else {
            return false;
        };
        let own = if let Content::Notification(push) = content {
            flat.losses.clear();
            flat.says
                .retain(|say| !matches!(say, super::flat::Say::Link { .. }));
            Some(push)
        } else {
            self.losses.extend(flat.losses.iter().cloned());
            None
        };
        let title = label::one_line(flat.subject.unwrap_or_default());
        let in_title = self.limit(Field::PushTitle).fits(&title);
        let title = if in_title {
            flat.says.retain(|say| !is_subject(say, &title));
            title
        } else {
            String::new()
        };
        let mut notification = Notification::new(title, "");
        if let Some(push) = own {
            notification.url.clone_from(&push.url);
            notification.collapse_key.clone_from(&push.collapse_key);
        }
        self.fill(notification, &flat, frame, path)
    }

    fn fill(
        &mut self,
        mut notification: Notification,
        flat: &Flat<'_>,
        frame: Frame<'_>,
        path: &Path<'_>,
    ) -> bool {
        let mut flow = flat.flow(Dialect::Plain, frame);
        for (media, at) in &flat.media {
            let carried = media.kind == MediaKind::Image && notification.image.is_none();
            let way = Self::media_way(media, carried);
            if way == Way::Native {
                notification.image = Some((*media).clone());
                continue;
            }
            match in_words(media, way) {
                Some(super::flat::Say::Line(line)) => flow.line(line),
                Some(super::flat::Say::Link { label, url }) => flow.link_line(label, url),
                _ => {}
            }
            self.losses.push(in_words_loss(at.clone(), way));
        }
        self.push_actions(&mut notification, flat, &mut flow);
        if flow.is_empty() && notification.title.is_empty() {
            // Buttons alone are no notification: their labels are its text.
            for action in &notification.actions {
                flow.line(action.label.clone());
            }
        }
        flat.finish(&mut flow, frame);
        self.note_markup(&flow, path);
        let pieces = flow.split(self.limit(Field::PushBody));
        let Some(body) = pieces.texts.first() else {
            if notification.title.is_empty() {
                return false;
            }
            self.parts.push(notification.into());
            return true;
        };
        if pieces.texts.len() > 1 || pieces.dropped > 0 {
            let graphemes =
                |text: &str| u32::try_from(Unit::Graphemes.measure(text)).unwrap_or(u32::MAX);
            let kind = LossKind::Truncated {
                from: pieces.texts.iter().map(|text| graphemes(text)).sum(),
                to: graphemes(body),
            };
            // A line that must be there must not be the one that is cut off.
            let severity = if frame.is_empty() {
                Severity::Major
            } else {
                Severity::Total
            };
            self.lose(path, kind, severity, Rule::Limit);
        }
        notification.body.clone_from(body);
        self.parts.push(notification.into());
        true
    }

    /// Actions that fit become buttons, the first link is what a tap opens, and the rest is said in words.
    fn push_actions<'f>(
        &mut self,
        notification: &mut Notification,
        flat: &'f Flat<'f>,
        flow: &mut crate::message::render::Flow<'f>,
    ) {
        let most = self.limit(Field::Buttons).items();
        let labels = self.limit(Field::ButtonLabel);
        for option in &flat.options {
            if let Some(heading) = option.heading {
                flow.line(heading.to_owned());
            }
            let known = option
                .action
                .act
                .kind()
                .is_some_and(|kind| self.caps.acts(kind));
            let url = url_of(&option.action);
            let safe = url.is_none_or(|url| safe_link(url).is_some());
            let fits = notification.actions.len() < most && labels.fits(&option.action.label);
            if known && safe && fits && !option.action.label.trim().is_empty() {
                notification
                    .actions
                    .push(option.action.clone().into_owned());
                let handle = option.action.id.as_str().to_owned();
                self.show(option, None, Some(handle), false);
                continue;
            }
            self.show(option, None, None, false);
            match url.filter(|_| safe && notification.url.is_none()) {
                Some(url) => {
                    notification.url = Some(url.to_owned());
                    flow.line(option.action.label.clone());
                    let kind = LossKind::Emulated;
                    self.losses.push(super::Loss::new(
                        option.path.clone(),
                        kind,
                        Severity::Cosmetic,
                        Rule::KeepActions,
                    ));
                }
                None => self.text_line(flow, option),
            }
        }
    }
}

fn is_subject(say: &super::flat::Say<'_>, subject: &str) -> bool {
    matches!(say, super::flat::Say::Title(title) if label::one_line(title) == subject)
}
