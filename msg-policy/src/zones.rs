//! The time zones a telephone number may be in.
//!
//! A number says where it was issued, not where its owner is: the answer is the set of all zones that libphonenumber's map
//! allows, never one of them. A number that is valid but tied to no place (a mobile, a toll-free number) may be anywhere in
//! its country. A number that is not valid has no zone, which must never be read as "any".

use std::fmt;

/// The table (see `data/README.md`). Read in place: nothing is built at first use.
const TABLE: &[u8] = include_bytes!("../data/zones.bin");
/// Words before the first section.
const HEADER: usize = 6;

/// A set of IANA time zones, by reference into the shipped table. Copying it costs nothing.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Zones {
    list: u16,
}

impl Zones {
    /// The zones of an E.164 number (`+` and at most 15 digits). Empty when the number is not valid, not in that form, or
    /// belongs to no country (`+800`, `+870`).
    ///
    /// ```
    /// use msg_policy::zones::Zones;
    ///
    /// let boise = Zones::of_number("+12083745555");
    /// assert_eq!(boise.iter().collect::<Vec<_>>(), ["America/Boise", "America/Los_Angeles"]);
    /// assert!(Zones::of_number("+999").is_empty());
    /// ```
    #[must_use]
    pub fn of_number(e164: &str) -> Self {
        let list = e164
            .strip_prefix('+')
            .filter(|digits| digits.len() <= 17)
            .and_then(|digits| walk(digits.as_bytes()));
        Self {
            list: list.unwrap_or(0),
        }
    }

    /// The zone names, sorted.
    #[must_use]
    pub fn iter(self) -> impl ExactSizeIterator<Item = &'static str> {
        self.positions().map(|i| name(i).unwrap_or("Etc/Unknown"))
    }

    /// The zones as positions in the list of all names.
    pub(crate) fn positions(self) -> impl ExactSizeIterator<Item = u16> {
        let starts = HEADER + section(1);
        let range = |i: u16| word(starts + usize::from(i)).map_or(0, usize::from);
        let (from, to) = (range(self.list), range(self.list.saturating_add(1)));
        let lists = starts + section(2);
        (from..to.max(from)).map(move |i| word(lists + i).unwrap_or(u16::MAX))
    }

    /// How many zones there are.
    #[must_use]
    pub fn len(self) -> usize {
        self.iter().len()
    }

    /// Whether no zone is known.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }
}

impl fmt::Debug for Zones {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

/// The list at the end of the path of `digits` through the automaton.
fn walk(digits: &[u8]) -> Option<u16> {
    let mut node = word(0)?;
    for digit in digits {
        let digit = digit.checked_sub(b'0').filter(|d| *d < 10)?;
        let at = HEADER + usize::from(node);
        let mask = word(at + 2)?;
        let here = 1_u16 << digit;
        node = if mask & here == 0 {
            word(at + 1)?
        } else {
            let skipped = (mask & (here - 1)).count_ones() as usize;
            word(at + 3 + skipped)?
        };
    }
    word(HEADER + usize::from(node))
}

fn word(i: usize) -> Option<u16> {
    TABLE
        .get(2 * i..)
        .and_then(<[u8]>::first_chunk)
        .map(|pair| u16::from_le_bytes(*pair))
}

/// Length of section `i` in words (1 nodes, 2 starts, 3 lists, 4 ends).
fn section(i: usize) -> usize {
    word(i).map_or(0, usize::from)
}

/// How many zone names there are.
#[cfg(feature = "quiet-hours")]
pub(crate) fn names() -> usize {
    section(4)
}

pub(crate) fn name(i: u16) -> Option<&'static str> {
    let ends = HEADER + section(1) + section(2) + section(3);
    let from = if i == 0 {
        0
    } else {
        usize::from(word(ends + usize::from(i) - 1)?) + 1
    };
    let to = usize::from(word(ends + usize::from(i))?);
    let names = 2 * (ends + section(4));
    TABLE
        .get(names + from..names + to)
        .and_then(|bytes| std::str::from_utf8(bytes).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(number: &str) -> Vec<&'static str> {
        Zones::of_number(number).iter().collect()
    }

    // Expected values: libphonenumber 9.0.43, `time_zones_for_number`.
    #[test]
    fn numbers_of_every_sort() {
        for (number, zones) in [
            ("+493012345678", vec!["Europe/Berlin"]),
            ("+393123456789", vec!["Europe/Rome", "Europe/Vatican"]),
            ("+12102530123", vec!["America/Chicago"]),
            ("+19287815555", vec!["America/Denver", "America/Phoenix"]),
            ("+35943012345", vec!["Europe/Sofia"]),
            ("+3511555555", vec![]),
            ("+61851156555555", vec![]),
        ] {
            assert_eq!(of(number), zones, "{number}");
        }
        assert_eq!(
            of("+18002123456").len(),
            42,
            "a toll-free number may be anywhere in the plan"
        );
    }

    #[test]
    fn what_is_no_number_has_no_zone() {
        for text in [
            "",
            "+",
            "49301234567",
            "+49 30",
            "+4930x",
            "+0",
            "+99999999999999999999999999",
            "+１２",
        ] {
            assert!(Zones::of_number(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn every_list_of_the_table_reads() {
        let lists = u16::try_from(section(2) - 1).unwrap();
        for list in 1..lists {
            let zones: Vec<_> = Zones { list }.iter().collect();
            assert!(!zones.is_empty() && zones.is_sorted());
            assert!(
                zones.iter().all(|z| z.contains('/') && *z != "Etc/Unknown"),
                "{zones:?}"
            );
        }
    }
}
