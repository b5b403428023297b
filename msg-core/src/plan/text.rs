//! Says a text, in as many parts as it needs.

use super::flat::Flat;
use super::path::Path;
use super::plot::{Frame, Plot};
use super::{LossKind, Rule, Severity};
use crate::capability::{Bound, Field, Limit};
use crate::message::part::{Styled, TextPart};
use crate::message::render::{self, Flow, Rendered};
use crate::message::{ContentKind, PartBody};

impl Plot<'_> {
    pub(super) fn styled(&self, text: String) -> Styled {
        Styled::new(text, self.caps.markup.clone())
    }

    /// Writes a text as one piece, if it keeps `bound`, and notes what its markup loses.
    pub(super) fn whole(
        &mut self,
        flow: &Flow<'_>,
        bound: &Bound,
        path: &Path<'_>,
    ) -> Option<Styled> {
        let Rendered { text, .. } = Some(flow.render()).filter(|rendered| rendered.fits(bound))?;
        self.note_markup(flow, path);
        Some(self.styled(text))
    }

    /// Notes formatting that the channel does not read and addresses that must not become links.
    pub(super) fn note_markup(&mut self, flow: &Flow<'_>, path: &Path<'_>) {
        if flow.flattened() {
            self.lose(
                path,
                LossKind::MarkupFlattened,
                Severity::Cosmetic,
                Rule::Markup,
            );
        }
        for _ in 0..flow.refused() {
            self.lose(path, LossKind::Dropped, Severity::Major, Rule::SafeLinks);
        }
    }

    /// The pieces of a text, the last of which keeps `last` as well. None when nothing of it fits.
    pub(super) fn pieces(
        &mut self,
        flow: &Flow<'_>,
        last: &Bound,
        path: &Path<'_>,
    ) -> Option<Vec<Styled>> {
        if let Some(whole) = self.whole(flow, last, path) {
            return (!whole.text.is_empty()).then(|| vec![whole]);
        }
        let mut pieces = flow.split_with_last(self.limit(Field::Text), last);
        if pieces.texts.is_empty() || !pieces.last_fits {
            return None;
        }
        self.note_markup(flow, path);
        if pieces.flattened && !flow.flattened() {
            self.lose(
                path,
                LossKind::MarkupFlattened,
                Severity::Cosmetic,
                Rule::Limit,
            );
        }
        if pieces.dropped > 0 {
            self.lose(path, LossKind::Dropped, Severity::Major, Rule::CleanCuts);
        }
        if pieces.texts.len() > 1 {
            self.was_split(path, pieces.texts.len(), Rule::Limit);
        }
        Some(
            pieces
                .texts
                .drain(..)
                .map(|text| self.styled(text))
                .collect(),
        )
    }

    /// Says a text as parts without buttons. False when the channel carries no text or none of it fits.
    pub(super) fn speak(&mut self, flow: &Flow<'_>, path: &Path<'_>) -> bool {
        if !self.caps.carries(ContentKind::Text) {
            return false;
        }
        let limit = self.limit(Field::Text);
        let Some(pieces) = self.pieces(flow, limit, path) else {
            return false;
        };
        let parts = pieces
            .into_iter()
            .map(|text| PartBody::Text(TextPart::new(text)));
        self.parts.extend(parts);
        true
    }

    /// Says the lines of a frame as parts of their own, around what `say` says.
    pub(super) fn around(
        &mut self,
        frame: Frame<'_>,
        path: &Path<'_>,
        say: impl FnOnce(&mut Self) -> bool,
    ) -> bool {
        self.alone(frame.lead, path) && say(self) && self.alone(frame.tail, path)
    }

    fn alone(&mut self, line: Option<&str>, path: &Path<'_>) -> bool {
        let Some(line) = line else {
            return true;
        };
        let mut flow = Flow::new(self.dialect);
        flow.paragraph(line);
        let before = self.parts.len();
        // A line that was cut or shortened is not the line that must be there.
        self.speak(&flow, path) && self.parts.len() == before + 1
    }

    /// Says as much of a text as `max` parts hold. The lines of the frame and what must be the last line stay.
    pub(super) fn cut_short<'f>(
        &mut self,
        flat: &'f Flat<'f>,
        frame: Frame<'f>,
        max: usize,
        path: &Path<'_>,
    ) -> bool {
        if !self.caps.carries(ContentKind::Text) || max == 0 {
            return false;
        }
        let mut end = Flow::new(self.dialect);
        flat.finish(&mut end, frame);
        let mut end = end.render().text;
        if !end.is_empty() {
            end.insert_str(0, "\n\n");
        }
        let limit = self.limit(Field::Text);
        let flow = flat.flow_with(self.dialect, frame, |flow, range| {
            self.option_lines(flat, range, flow);
        });
        let pieces = flow.split(&less(limit, &end));
        let total = pieces.texts.len();
        let whole: usize = pieces.texts.iter().map(String::len).sum();
        let mut kept: Vec<String> = pieces.texts.into_iter().take(max).collect();
        let Some(last) = kept.last_mut() else {
            return false;
        };
        last.push_str(&end);
        let fits = render::fits(last, limit);
        if !fits || (total <= max && pieces.dropped == 0) {
            return false;
        }
        self.note_markup(&flow, path);
        let left: usize = kept.iter().map(String::len).sum();
        self.lose(
            path,
            LossKind::Truncated {
                from: u32::try_from(whole).unwrap_or(u32::MAX),
                to: u32::try_from(left.min(whole)).unwrap_or(u32::MAX),
            },
            Severity::Major,
            Rule::Limit,
        );
        for option in &flat.options {
            self.losses.push(super::Loss::new(
                option.path.clone(),
                LossKind::Dropped,
                Severity::Major,
                Rule::KeepActions,
            ));
        }
        for text in kept {
            let part = TextPart::new(self.styled(text));
            self.parts.push(part.into());
        }
        true
    }
}

/// A bound that leaves room for `end`.
fn less(bound: &Bound, end: &str) -> Bound {
    let mut room = Bound::UNLIMITED;
    for limit in bound.limits() {
        let taken = match limit.unit {
            crate::capability::Unit::Segments | crate::capability::Unit::Items => 0,
            unit => unit.measure(end),
        };
        let max = limit
            .max
            .saturating_sub(u32::try_from(taken).unwrap_or(u32::MAX));
        room.tighten(Limit::new(max, limit.unit, "room for the last line"));
    }
    room
}
