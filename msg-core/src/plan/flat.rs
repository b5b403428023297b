//! Any content as text, media and options: the form that every channel can carry in some way.

use super::Loss;
use super::path::Path;
use super::plot::Frame;
use crate::message::render::{Dialect, Flow};
use crate::message::text::Table;
use crate::message::{Act, Action, Media, RichText};
use std::borrow::Cow;
use std::ops::Range;

/// Something to say.
#[derive(Clone, Debug)]
pub(super) enum Say<'a> {
    Rich(&'a RichText),
    /// A line in bold.
    Title(Cow<'a, str>),
    /// A paragraph.
    Paragraph(Cow<'a, str>),
    /// One more line of the paragraph before.
    Line(Cow<'a, str>),
    /// A line `label: url`.
    Link {
        label: &'a str,
        url: &'a str,
    },
    Table(&'a Table),
    /// Where an item of the media belongs, when it has to be said in words.
    Media(usize),
    /// Where options belong, when they have to be said in words.
    Options(Range<usize>),
}

/// Something to tap or to answer.
#[derive(Clone, Debug)]
pub(super) struct Opt<'a> {
    pub(super) action: Cow<'a, Action>,
    /// Where it stands.
    pub(super) path: String,
    /// The title of its section, on the first option of one.
    pub(super) heading: Option<&'a str>,
}

impl Opt<'_> {
    pub(super) fn is_reply(&self) -> bool {
        matches!(self.action.act, Act::Reply(_))
    }

    pub(super) fn description(&self) -> Option<&str> {
        match &self.action.act {
            Act::Reply(reply) => reply
                .description
                .as_deref()
                .filter(|text| !text.trim().is_empty()),
            _ => None,
        }
    }
}

/// A content as text, media and options.
#[derive(Clone, Debug, Default)]
pub(super) struct Flat<'a> {
    /// One line that says what it is about, where the author wrote one.
    pub(super) subject: Option<&'a str>,
    pub(super) says: Vec<Say<'a>>,
    pub(super) options: Vec<Opt<'a>>,
    pub(super) media: Vec<(&'a Media, String)>,
    /// The label of what opens a menu.
    pub(super) menu: Option<&'a str>,
    /// A line that must be the very last one.
    pub(super) last: Option<String>,
    /// What becoming flat loses.
    pub(super) losses: Vec<Loss>,
}

impl<'a> Flat<'a> {
    pub(super) fn say(&mut self, say: Say<'a>) {
        self.says.push(say);
    }

    /// A paragraph, if there is something to say.
    pub(super) fn paragraph(&mut self, text: Option<&'a str>) {
        if let Some(text) = text.filter(|text| !text.trim().is_empty()) {
            self.say(Say::Paragraph(text.into()));
        }
    }

    /// A line, if there is something to say.
    pub(super) fn line(&mut self, text: Option<&'a str>) {
        if let Some(text) = text.filter(|text| !text.trim().is_empty()) {
            self.say(Say::Line(text.into()));
        }
    }

    /// A formatted text, if there is something to say.
    pub(super) fn rich(&mut self, text: Option<&'a RichText>) {
        if let Some(text) = text.filter(|text| !text.is_empty()) {
            self.say(Say::Rich(text));
        }
    }

    /// A bold line, if there is something to say.
    pub(super) fn title(&mut self, text: Option<&'a str>) {
        if let Some(text) = text.filter(|text| !text.trim().is_empty()) {
            self.subject.get_or_insert(text);
            self.say(Say::Title(text.into()));
        }
    }

    pub(super) fn option(&mut self, action: impl Into<Cow<'a, Action>>, path: &Path<'_>) {
        self.options.push(Opt {
            action: action.into(),
            path: path.to_string(),
            heading: None,
        });
    }

    pub(super) fn actions(&mut self, actions: &'a [Action], path: &Path<'_>) {
        for (at, action) in actions.iter().enumerate() {
            self.option(Cow::Borrowed(action), &path.at(at));
        }
    }

    pub(super) fn media(&mut self, media: &'a Media, path: &Path<'_>) {
        self.media.push((media, path.to_string()));
    }

    /// Keeps the media and the options since `media` and `options` beside what was said last.
    pub(super) fn keep_together(&mut self, media: usize, options: usize) {
        for at in media..self.media.len() {
            self.say(Say::Media(at));
        }
        if options < self.options.len() {
            let range = options..self.options.len();
            self.say(Say::Options(range));
        }
    }

    /// Says everything of another one after this one.
    pub(super) fn append(&mut self, mut other: Self) {
        let (media, options) = (self.media.len(), self.options.len());
        for say in &mut other.says {
            match say {
                Say::Media(at) => *at += media,
                Say::Options(range) => *range = range.start + options..range.end + options,
                _ => {}
            }
        }
        let placed = other
            .says
            .iter()
            .any(|say| matches!(say, Say::Media(_) | Say::Options(_)));
        self.subject = self.subject.or(other.subject);
        self.menu = self.menu.or(other.menu);
        self.says.extend(other.says);
        self.options.extend(other.options);
        self.media.extend(other.media);
        if !placed {
            self.keep_together(media, options);
        }
        self.losses.extend(other.losses);
        if let Some(last) = other.last {
            self.say(Say::Paragraph(last.into()));
        }
    }

    /// The text alone, after the line that must precede it.
    pub(super) fn flow(&'a self, dialect: Dialect, frame: Frame<'a>) -> Flow<'a> {
        let mut flow = Flow::new(dialect);
        if let Some(lead) = frame.lead {
            flow.paragraph(lead);
        }
        self.says.iter().for_each(|say| utter(&mut flow, say));
        flow
    }

    /// The text, where `options` says those that have a place in it.
    pub(super) fn flow_with(
        &'a self,
        dialect: Dialect,
        frame: Frame<'a>,
        mut options: impl FnMut(&mut Flow<'a>, Range<usize>),
    ) -> Flow<'a> {
        let mut flow = Flow::new(dialect);
        if let Some(lead) = frame.lead {
            flow.paragraph(lead);
        }
        let mut placed = false;
        for say in &self.says {
            if let Say::Options(range) = say {
                placed = true;
                options(&mut flow, range.clone());
            } else {
                utter(&mut flow, say);
            }
        }
        if !placed && !self.options.is_empty() {
            options(&mut flow, 0..self.options.len());
        }
        flow
    }

    /// Adds what must follow.
    pub(super) fn finish(&'a self, flow: &mut Flow<'a>, frame: Frame<'a>) {
        if let Some(tail) = frame.tail {
            flow.paragraph(tail);
        }
        if let Some(last) = &self.last {
            flow.paragraph(last.as_str());
        }
    }
}

fn utter<'a>(flow: &mut Flow<'a>, say: &'a Say<'a>) {
    match say {
        Say::Rich(text) => flow.rich(text),
        Say::Title(text) => flow.title(text.as_ref()),
        Say::Paragraph(text) => flow.paragraph(text.as_ref()),
        Say::Line(text) => flow.line(text.as_ref()),
        Say::Link { label, url } => flow.link_line(label, url),
        Say::Table(table) => {
            flow.gap("\n\n");
            flow.table(table);
        }
        Say::Media(_) | Say::Options(_) => {}
    }
}
