//! Choices out of bytes.

/// Bytes that are read as choices. When they are used up every choice is the first one.
#[derive(Debug)]
pub(super) struct Tape<'a>(&'a [u8]);

impl<'a> Tape<'a> {
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(super) const fn is_over(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn byte(&mut self) -> u8 {
        match self.0.split_first() {
            Some((first, rest)) => {
                self.0 = rest;
                *first
            }
            None => 0,
        }
    }

    /// A number below `end`, which is at most 256.
    pub(super) fn below(&mut self, end: u16) -> u16 {
        u16::from(self.byte()) % end.max(1)
    }

    /// True once in so many times.
    pub(super) fn one_in(&mut self, times: u16) -> bool {
        // The last value: a tape that is over says no.
        self.below(times) + 1 == times
    }

    pub(super) fn pick<'b, T>(&mut self, all: &'b [T]) -> Option<&'b T> {
        let place = u16::try_from(all.len()).unwrap_or(u16::MAX).min(256);
        all.get(usize::from(self.below(place)))
    }
}
