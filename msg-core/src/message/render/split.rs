//! Cuts a flow into pieces that keep a limit.

use super::atom::{Cut, Kind, Step, steps};
use super::write::{Checkpoint, State, Writer};
use super::{Dialect, Flow, fits_segments};
use crate::capability::{Bound, Unit};

/// The pieces of a text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Pieces {
    /// In order; each keeps the limit and is well-formed by itself.
    pub(crate) texts: Vec<String>,
    /// How many graphemes or URLs were left out because one alone is longer than a piece.
    pub(crate) dropped: u32,
    /// Whether marks were left out because they alone were longer than a piece.
    pub(crate) flattened: bool,
    /// Whether the last piece keeps the limit that was set for it.
    pub(crate) last_fits: bool,
}

impl Flow<'_> {
    /// Cuts the text so that every piece keeps `bound`.
    pub(crate) fn split(&self, bound: &Bound) -> Pieces {
        self.split_with_last(bound, bound)
    }

    /// Cuts the text so that every piece keeps `bound`, and the last one `last` as well: the one that has the buttons.
    pub(crate) fn split_with_last(&self, bound: &Bound, last: &Bound) -> Pieces {
        let steps = steps(self.items());
        let mut cutter = Cutter {
            dialect: self.dialect(),
            steps: &steps,
            at: 0,
            state: State::default(),
            pieces: Pieces {
                last_fits: true,
                ..Pieces::default()
            },
        };
        while cutter.piece(bound, last) {}
        cutter.pieces
    }
}

/// Where a text is being cut.
struct Cutter<'s, 'a> {
    dialect: Dialect,
    steps: &'s [Step<'a>],
    at: usize,
    state: State<'a>,
    pieces: Pieces,
}

/// What came of writing as much as fits.
enum Run<'a> {
    /// Everything that was left.
    All(String),
    /// As much as fits; the rest begins at the step, in the state.
    Some(String, usize, State<'a>),
    /// Not even the atom at the step.
    Nothing(usize),
}

impl<'a> Cutter<'_, 'a> {
    /// Writes one piece; false when nothing is left.
    fn piece(&mut self, bound: &Bound, last: &Bound) -> bool {
        let mut run = self.run(last);
        if bound != last && !matches!(run, Run::All(_)) {
            let wider = self.run(bound);
            // What fits the wider limit but not the last one is cut by the last one.
            let keep = matches!(wider, Run::All(_)) && !matches!(run, Run::Nothing(_));
            if !keep {
                run = match wider {
                    // The last piece has no room at all: the text before it is complete.
                    Run::All(text) => {
                        self.push(text);
                        self.pieces.last_fits = false;
                        return false;
                    }
                    other => other,
                };
            }
        }
        match run {
            Run::All(text) => {
                self.push(text);
                false
            }
            Run::Some(text, at, state) => {
                self.push(text);
                (self.at, self.state) = (at, state.reopened());
                true
            }
            Run::Nothing(at) => self.stuck(at),
        }
    }

    fn push(&mut self, text: String) {
        if !text.is_empty() {
            self.pieces.texts.push(text);
        }
    }

    /// Nothing fits: goes on without marks, or else without the atom.
    fn stuck(&mut self, at: usize) -> bool {
        let opened = self
            .steps
            .iter()
            .take(at)
            .skip(self.at)
            .any(|step| matches!(step, Step::Open(_)));
        if opened || self.state.has_live() {
            // The marks between here and the atom are opened, and then all of them are given up.
            let mut writer = Writer::resume(self.dialect, std::mem::take(&mut self.state));
            for step in self.steps.iter().take(at).skip(self.at) {
                match step {
                    Step::Open(mark) => writer.open(*mark),
                    Step::Close => writer.close(),
                    Step::Atom { .. } => {}
                }
            }
            self.state = writer.state().clone().reopened();
            self.at = at;
            if self.state.has_live() {
                self.state.kill();
                self.pieces.flattened = true;
                return true;
            }
        }
        self.pieces.dropped += 1;
        self.at = at + 1;
        self.at < self.steps.len()
    }

    /// Writes as much as keeps `bound`.
    fn run(&self, bound: &Bound) -> Run<'a> {
        let mut writer = Writer::resume(self.dialect, self.state.clone());
        let mut ruler = Ruler::new(bound);
        let mut cuts: [Option<(usize, Checkpoint<'a>)>; Cut::COUNT] = Default::default();
        let mut over = None;
        for (at, step) in self.steps.iter().enumerate().skip(self.at) {
            let cut = match step {
                Step::Open(mark) => {
                    writer.open(*mark);
                    continue;
                }
                Step::Close => {
                    writer.close();
                    ruler.measure(&writer);
                    continue;
                }
                Step::Atom {
                    text,
                    kind,
                    next,
                    cut,
                } => {
                    match kind {
                        Kind::Text => writer.text(text, *next),
                        Kind::Url => writer.url(text),
                        Kind::Raw => writer.raw(text),
                        Kind::Gap => writer.gap(text),
                    }
                    *cut
                }
            };
            if !ruler.measure(&writer) {
                over = Some(at);
                break;
            }
            if !writer.is_empty()
                && let Some(slot) = cuts.get_mut(cut as usize)
            {
                *slot = Some((at + 1, writer.checkpoint()));
            }
        }
        match over {
            None => Run::All(writer.finish().text),
            Some(over) => match self.best(cuts, over) {
                Some((at, checkpoint)) => {
                    let state = checkpoint.state.clone();
                    Run::Some(writer.finish_at(checkpoint), at, state)
                }
                None => Run::Nothing(over),
            },
        }
    }

    /// The best kind of cut that is not too early: in the second half of what fits, or anywhere for a cut between words.
    fn best(
        &self,
        cuts: [Option<(usize, Checkpoint<'a>)>; Cut::COUNT],
        over: usize,
    ) -> Option<(usize, Checkpoint<'a>)> {
        let half = self.at + (over - self.at) / 2;
        let mut found: Option<(usize, Checkpoint<'a>)> = None;
        let mut word: Option<(usize, Checkpoint<'a>)> = None;
        for (kind, cut) in cuts.into_iter().enumerate().rev() {
            let Some(cut) = cut else { continue };
            if kind > Cut::Word as usize && cut.0 > half {
                return Some(cut);
            }
            // Of the cuts between words and better, the last one; a cut inside a word only if there is no other.
            let slot = if kind >= Cut::Word as usize {
                &mut word
            } else {
                &mut found
            };
            if slot
                .as_ref()
                .is_none_or(|known| known.0 < cut.0 && kind != Cut::Link as usize)
            {
                *slot = Some(cut);
            }
        }
        word.or(found)
    }
}

/// Counts what was written, in every unit of a bound.
struct Ruler<'b> {
    bound: &'b Bound,
    sizes: Vec<usize>,
    /// How much of the text is counted already.
    counted: usize,
    closers: String,
}

impl<'b> Ruler<'b> {
    fn new(bound: &'b Bound) -> Self {
        Self {
            bound,
            sizes: vec![0; bound.limits().len()],
            counted: 0,
            closers: String::new(),
        }
    }

    /// Whether the text, closed here, keeps the bound.
    fn measure(&mut self, writer: &Writer<'_>) -> bool {
        writer.closers(&mut self.closers);
        let text = writer.counted();
        let added = text.get(self.counted..).unwrap_or_default();
        self.counted = text.len();
        let mut fits = true;
        for (size, limit) in self.sizes.iter_mut().zip(self.bound.limits()) {
            match limit.unit {
                Unit::Items => {}
                Unit::Segments if self.closers.is_empty() => fits &= fits_segments(text, limit.max),
                Unit::Segments => {
                    self.closers.insert_str(0, text);
                    fits &= fits_segments(&self.closers, limit.max);
                    self.closers.drain(..text.len());
                }
                unit => {
                    *size += unit.measure(added);
                    fits &= *size + unit.measure(&self.closers) <= limit.max as usize;
                }
            }
        }
        fits
    }
}
