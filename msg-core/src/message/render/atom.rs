//! Cuts a flow into what is never cut any further, and says how good a cut after each piece would be.

use super::escape::is_space;
use super::flow::{Item, Mark};
use unicode_segmentation::UnicodeSegmentation as _;

/// How good a cut is, worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Cut {
    /// Inside a link: only when nothing else is left.
    Link,
    /// Inside a word.
    Grapheme,
    Word,
    Sentence,
    Line,
    Paragraph,
}

impl Cut {
    /// How many kinds there are.
    pub(super) const COUNT: usize = 6;
}

/// How an atom is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Url,
    Raw,
    Gap,
}

/// One step of writing that is never cut.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step<'a> {
    Open(Mark<'a>),
    Close,
    Atom {
        text: &'a str,
        kind: Kind,
        /// The character that follows in the same run of text.
        next: Option<char>,
        /// How good a cut after it is.
        cut: Cut,
    },
}

/// The steps of a flow.
pub(super) fn steps<'a>(items: &'a [Item<'a>]) -> Vec<Step<'a>> {
    let mut steps = Vec::new();
    let mut depth = 0_usize;
    // The depth of the marks at which a link began.
    let mut link = None;
    for item in items {
        let before = steps.len();
        match item {
            Item::Open(mark) => {
                if matches!(mark, Mark::Link(_)) && link.is_none() {
                    link = Some(depth);
                }
                depth += 1;
                steps.push(Step::Open(*mark));
            }
            Item::Close => {
                depth = depth.saturating_sub(1);
                link = link.filter(|at| *at < depth);
                steps.push(Step::Close);
            }
            Item::Text(text) => text_steps(text, &mut steps),
            Item::Url(url) => steps.push(atom(url, Kind::Url, None, Cut::Grapheme)),
            Item::Raw(raw) => steps.push(atom(raw, Kind::Raw, None, Cut::Link)),
            Item::Gap(gap) => steps.push(atom(gap, Kind::Gap, None, space_cut(gap, None))),
        }
        if link.is_some() {
            for step in steps.iter_mut().skip(before) {
                if let Step::Atom { cut, .. } = step {
                    *cut = Cut::Link;
                }
            }
        }
    }
    steps
}

const fn atom(text: &str, kind: Kind, next: Option<char>, cut: Cut) -> Step<'_> {
    Step::Atom {
        text,
        kind,
        next,
        cut,
    }
}

/// Graphemes and runs of space.
fn text_steps<'a>(text: &'a str, steps: &mut Vec<Step<'a>>) {
    let mut rest = text;
    let mut before = None;
    while let Some(first) = rest.chars().next() {
        let len = if is_space(first) {
            rest.find(|c| !is_space(c)).unwrap_or(rest.len())
        } else {
            rest.graphemes(true)
                .next()
                .map_or(first.len_utf8(), str::len)
        };
        let (Some(piece), Some(tail)) = (rest.get(..len), rest.get(len..)) else {
            return;
        };
        let next = tail.chars().next();
        let cut = if is_space(first) {
            space_cut(piece, before)
        } else {
            letter_cut(piece, next)
        };
        steps.push(atom(piece, Kind::Text, next, cut));
        before = piece.chars().next_back();
        rest = tail;
    }
}

fn space_cut(space: &str, before: Option<char>) -> Cut {
    match space.matches('\n').count() {
        0 if before.is_some_and(ends_sentence) => Cut::Sentence,
        0 => Cut::Word,
        1 => Cut::Line,
        _ => Cut::Paragraph,
    }
}

const fn ends_sentence(character: char) -> bool {
    matches!(
        character,
        '.' | '!' | '?' | '…' | '。' | '！' | '？' | '।' | '؟' | '۔'
    )
}

fn letter_cut(piece: &str, next: Option<char>) -> Cut {
    let last = piece.chars().next_back();
    match (last, next) {
        (Some('。' | '！' | '？' | '।' | '۔'), _) => Cut::Sentence,
        // Han, kana, Thai, Lao, Khmer and Burmese are written without spaces.
        (Some(last), Some(next)) if is_unspaced(last) && is_unspaced(next) => Cut::Word,
        _ => Cut::Grapheme,
    }
}

const fn is_unspaced(character: char) -> bool {
    matches!(character as u32,
        0x0E00..=0x0EFF | 0x1000..=0x109F | 0x1780..=0x17FF | 0x3041..=0x30FF | 0x3400..=0x9FFF | 0x2_0000..=0x3_FFFF)
}
