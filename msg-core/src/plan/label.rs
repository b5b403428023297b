//! Labels that fit a limit and stay different from each other.

use super::number;
use crate::capability::Bound;
use crate::message::render;
use unicode_segmentation::UnicodeSegmentation as _;

/// A label as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Label {
    pub(super) text: String,
    /// Whether it says less than the author wrote.
    pub(super) shortened: bool,
    /// Whether it got a number to differ from another one.
    pub(super) numbered: bool,
}

/// What stands at the end of a text that goes on.
const MORE: &str = "…";

/// A label on one line: runs of space and control characters become one space.
pub(super) fn one_line(label: &str) -> String {
    let mut out = String::with_capacity(label.len());
    let gap = |c: char| c.is_whitespace() || c.is_control();
    for word in label.split(gap).filter(|word| !word.is_empty()) {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}

/// The longest beginning of `text` that fits together with `end`, not cut inside a URL; none when not one grapheme fits.
pub(super) fn shorten(text: &str, end: &str, bound: &Bound) -> Option<String> {
    let urls = render::url_spans(text);
    let mut best = None;
    let mut candidate = String::with_capacity(text.len() + end.len());
    for (at, grapheme) in text.grapheme_indices(true) {
        let end_at = at + grapheme.len();
        if urls
            .iter()
            .any(|url| url.start < end_at && end_at < url.end)
        {
            continue;
        }
        let kept = text.get(..end_at)?.trim_end();
        candidate.clear();
        candidate.push_str(kept);
        candidate.push_str(end);
        if !render::fits(&candidate, bound) {
            break;
        }
        best = Some(candidate.clone());
    }
    best
}

/// Labels that fit, each different from all others; none when that cannot be done.
pub(super) fn fit<'l>(
    labels: impl Iterator<Item = &'l str>,
    bound: &Bound,
    language: &str,
) -> Option<Vec<Label>> {
    let mut fitted: Vec<Label> = Vec::new();
    for label in labels {
        let whole = one_line(label);
        if whole.is_empty() {
            return None;
        }
        let mut shown = if render::fits(&whole, bound) {
            Label {
                text: whole.clone(),
                shortened: false,
                numbered: false,
            }
        } else {
            Label {
                text: shorten(&whole, MORE, bound)?,
                shortened: true,
                numbered: false,
            }
        };
        let mut number = 1;
        while fitted.iter().any(|known| known.text == shown.text) {
            number += 1;
            let suffix = format!(" {}", number::format(number, language));
            let room = format!("{whole}{suffix}");
            shown = if render::fits(&room, bound) {
                Label {
                    text: room,
                    shortened: false,
                    numbered: true,
                }
            } else {
                Label {
                    text: shorten(&whole, &format!("{MORE}{suffix}"), bound)?,
                    shortened: true,
                    numbered: true,
                }
            };
        }
        fitted.push(shown);
    }
    Some(fitted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capability::{Limit, Unit};

    fn of(max: u32) -> Bound {
        Bound::of(Limit::new(max, Unit::Graphemes, "test"))
    }

    fn texts(labels: &[&str], max: u32) -> Option<Vec<String>> {
        let fitted = fit(labels.iter().copied(), &of(max), "en")?;
        Some(fitted.into_iter().map(|label| label.text).collect())
    }

    #[test]
    fn labels_that_collide_are_numbered() {
        assert_eq!(
            texts(
                &[
                    "A rather long label number 1",
                    "A rather long label number 2",
                    "No"
                ],
                20
            )
            .unwrap(),
            ["A rather long label…", "A rather long lab… 2", "No"]
        );
        assert_eq!(texts(&["Yes", "Yes"], 20).unwrap(), ["Yes", "Yes 2"]);
        assert_eq!(texts(&["Yes", "Yes"], 3), None, "no room for a number");
        assert_eq!(texts(&["", "Yes"], 3), None);
    }

    #[test]
    fn a_label_is_one_line_and_never_half_a_grapheme() {
        assert_eq!(one_line(" a\r\n\tb\u{0} c "), "a b c");
        assert_eq!(shorten("👨‍👩‍👧👨‍👩‍👧👨‍👩‍👧", "…", &of(2)).unwrap(), "👨‍👩‍👧…");
        assert_eq!(shorten("ab", "…", &of(1)), None);
    }
}
