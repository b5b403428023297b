//! Any content as something to say on the phone.

use super::flat::{Flat, Say};
use super::flatten::flatten;
use super::media::{Way, in_words};
use super::path::Path;
use super::plot::{Frame, Plot};
use super::{Loss, LossKind, Rule, Severity, label, number};
use crate::capability::Field;
use crate::message::part::{Button, VoicePart};
use crate::message::render::{Dialect, Flow};
use crate::message::{ActionKind, Content, ContentKind, PartBody};

/// The keys of a telephone that can stand for an option; zero is kept free.
const KEYS: usize = 9;

impl Plot<'_> {
    /// A content as something to say. False when the channel carries no voice.
    pub(super) fn voice(&mut self, content: &Content, frame: Frame<'_>, path: &Path<'_>) -> bool {
        if !self.caps.carries(ContentKind::Voice) {
            return false;
        }
        let Some(mut flat) = flatten(content, path) else {
            return false;
        };
        let own = if let Content::Voice(voice) = content {
            flat.losses.clear();
            Some(voice)
        } else {
            self.losses.extend(flat.losses.iter().cloned());
            None
        };
        if let Content::OneTimeCode(code) = content {
            spell(&mut flat, &code.code, &code.service);
        }
        let mut flow = flat.flow(Dialect::Plain, frame);
        self.describe_media(&flat, &mut flow);
        let options = self.keys(&flat, &mut flow);
        flat.finish(&mut flow, frame);
        self.note_markup(&flow, path);
        let pieces = flow.split(self.limit(Field::Speech));
        let count = pieces.texts.len();
        if count == 0 {
            return false;
        }
        if pieces.dropped > 0 {
            self.lose(path, LossKind::Dropped, Severity::Major, Rule::CleanCuts);
        }
        if count > 1 {
            self.was_split(path, count, Rule::Limit);
        }
        let mut parts: Vec<VoicePart> = pieces.texts.into_iter().map(VoicePart::new).collect();
        if let Some(ssml) = own.and_then(|voice| voice.ssml.as_ref()) {
            match parts.as_mut_slice() {
                [only]
                    if frame.is_empty()
                        && options.is_empty()
                        && self.limit(Field::Speech).fits(ssml) =>
                {
                    only.ssml = Some(ssml.clone());
                }
                _ => self.lose(
                    &path.key("voice").key("ssml"),
                    LossKind::MarkupFlattened,
                    Severity::Cosmetic,
                    Rule::Markup,
                ),
            }
        }
        if let Some(last) = parts.last_mut() {
            last.options = options;
        }
        self.parts.extend(parts.into_iter().map(PartBody::from));
        true
    }

    /// Media cannot be heard; what they show is said.
    fn describe_media<'f>(&mut self, flat: &'f Flat<'f>, flow: &mut Flow<'f>) {
        for (media, at) in &flat.media {
            if let Some(Say::Line(line)) = in_words(media, Way::Words) {
                flow.line(line);
            }
            self.losses.push(Loss::new(
                at.clone(),
                LossKind::Dropped,
                Severity::Major,
                Rule::NotCarried,
            ));
        }
    }

    /// Replies get keys, which are said before their labels; what has no key is said in words.
    fn keys(&mut self, flat: &Flat<'_>, flow: &mut Flow<'_>) -> Vec<Button> {
        let most = if self.caps.acts(ActionKind::Reply) {
            self.limit(Field::VoiceOptions).items().min(KEYS)
        } else {
            0
        };
        let mut keys = Vec::new();
        for option in &flat.options {
            if let Some(heading) = option.heading {
                flow.line(heading.to_owned());
            }
            let spoken = !label::one_line(&option.action.label).is_empty();
            if option.is_reply() && spoken && keys.len() < most && self.numbers < KEYS {
                let key = (self.numbers + 1).to_string();
                let shown = number::format(self.numbers + 1, self.language);
                flow.line(format!(
                    "{shown}. {}",
                    label::one_line(&option.action.label)
                ));
                self.show(option, None, Some(key.clone()), true);
                keys.push(Button::new(option.action.clone().into_owned(), key));
            } else {
                self.show(option, None, None, false);
                self.text_line(flow, option);
            }
        }
        keys
    }
}

/// A code is said sign by sign, and twice.
fn spell(flat: &mut Flat<'_>, code: &str, service: &str) {
    let mut signs = String::with_capacity(code.len() * 3);
    for character in code.chars() {
        if !signs.is_empty() {
            signs.push_str(", ");
        }
        signs.push(character);
    }
    flat.says = vec![Say::Paragraph(
        format!("{service}: {signs}. {signs}.").into(),
    )];
    flat.last = None;
}
