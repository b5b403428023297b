//! Telephone numbers: international, and national in the shapes people write.
//!
//! A shape that is a number by itself (`+…`, `(415) 555-0123`, `020 7946 0958`) is taken as it stands. A shape that could be
//! anything (seven digits, a bare run of ten) is taken only where the text speaks of a telephone, or where it is all there is.

use super::bytes::{at, before, digits_end, is_word};
use super::chain::Chain;
use std::cell::OnceCell;

/// Digits of any candidate: the shortest local number, and 15 with an access code.
const FEWEST: usize = 7;
const MOST: usize = 18;
/// Digits of an international number: E.164 allows 15 at most; fewer than 8 are too few to be one.
const INTERNATIONAL: std::ops::RangeInclusive<usize> = 8..=15;
/// Digits of a national number accepted on its shape or its context.
const NATIONAL: std::ops::RangeInclusive<usize> = 7..=15;

/// The words around a candidate, asked for only when its shape alone does not decide.
pub(super) struct Surroundings<'a> {
    /// Whether the words before this place of the folded bytes speak of a telephone.
    pub(super) before: &'a dyn Fn(usize) -> bool,
    /// Whether the word after this place names a line.
    pub(super) after: &'a dyn Fn(usize) -> bool,
}

/// The number whose first digit is the start of `chain`, with a leading `+` or bracket and a trailing extension.
pub(super) fn parse(
    bytes: &[u8],
    chain: &Chain<'_>,
    around: &Surroundings<'_>,
) -> Option<(usize, usize)> {
    let lead = Lead::read(bytes, chain.start());
    if !lead.open(bytes) || is_date(chain) {
        return None;
    }
    let all = chain.len();
    let named = OnceCell::new();
    for n in (1..=all).rev() {
        let digits = chain.digits(n);
        if digits < FEWEST {
            return None;
        }
        if digits > MOST || !ends(bytes, chain, n) {
            continue;
        }
        let shape = Shape {
            chain,
            n,
            digits,
            lead: &lead,
        };
        let start = if shape.opens_bracket() {
            lead.start
        } else {
            lead.start_inside()
        };
        let end = chain.end(n);
        let accepted = shape.is_international()
            || shape.is_national()
            || shape.is_possible()
                && (*named.get_or_init(|| (around.before)(lead.start))
                    || (n == all && (around.after)(end))
                    || (shape.is_dialled() && is_everything(bytes, start, end)));
        if accepted {
            return Some((start, extension(bytes, end).unwrap_or(end)));
        }
    }
    None
}

/// What stands directly before the first digit.
struct Lead {
    start: usize,
    plus: bool,
    bracket: bool,
}

impl Lead {
    fn read(bytes: &[u8], digit: usize) -> Self {
        let mut lead = Self {
            start: digit,
            plus: false,
            bracket: false,
        };
        if before(bytes, lead.start, 1) == b'+' {
            lead = Self {
                start: lead.start - 1,
                plus: true,
                ..lead
            };
        }
        if before(bytes, lead.start, 1) == b'(' {
            lead = Self {
                start: lead.start - 1,
                bracket: true,
                ..lead
            };
        }
        if !lead.plus && lead.bracket && before(bytes, lead.start, 1) == b'+' {
            lead = Self {
                start: lead.start - 1,
                plus: true,
                ..lead
            };
        }
        lead
    }

    /// The start without the bracket, for a number that stands in a remark: `(415-555-0123)`.
    fn start_inside(&self) -> usize {
        self.start + usize::from(self.bracket)
    }

    /// Whether a number may begin here: not inside a word, an amount or a longer code.
    fn open(&self, bytes: &[u8]) -> bool {
        let b = before(bytes, self.start, 1);
        let behind = before(bytes, self.start, 2);
        match b {
            _ if is_word(b) => (self.plus || self.bracket) && !b.is_ascii_digit(),
            b'_' | b'$' | b'@' | b'%' | b'&' | b'#' | b'^' | b'\\' | b'*' => false,
            b'-' | b'.' => !is_word(behind),
            b':' | b',' | b'/' => !behind.is_ascii_digit(),
            _ => true,
        }
    }
}

/// Whether the first `n` groups can end a number.
fn ends(bytes: &[u8], chain: &Chain<'_>, n: usize) -> bool {
    if n < chain.len() {
        // Giving back groups is only right where the writer made a gap.
        return chain.separator(n - 1).is_some_and(|s| s.contains(&b' '));
    }
    let end = chain.end(n);
    let (next, after) = (at(bytes, end), at(bytes, end + 1));
    match next {
        _ if is_word(next) => extension(bytes, end).is_some(),
        b'-' | b'.' | b'@' => !is_word(after),
        b'_' | b'%' => false,
        b':' | b',' | b'/' => !after.is_ascii_digit(),
        _ => true,
    }
}

/// Three groups that read as a day: `2012-01-02`, `1/12/2011`, `03.10.11`.
fn is_date(chain: &Chain<'_>) -> bool {
    let same = chain
        .single_separator(0)
        .filter(|s| matches!(s, b'-' | b'/' | b'.' | b' '));
    let (Some(a), Some(b), Some(c)) = (chain.group(0), chain.group(1), chain.group(2)) else {
        return false;
    };
    let value = |d: &[u8]| {
        d.iter().fold(0_u32, |v, d| {
            v.saturating_mul(10).saturating_add(u32::from(d - b'0'))
        })
    };
    let part = |d: &[u8]| d.len() <= 2 && (1..=31).contains(&value(d));
    let year = |d: &[u8]| d.len() == 4 && (1800..=2199).contains(&value(d));
    // Two-digit years also open a phone number in pairs (`01.84.17.61.18`): a date has no fourth pair.
    let short_year = c.len() == 2 && chain.single_separator(2) != same;
    same.is_some()
        && chain.single_separator(1) == same
        && part(b)
        && ((year(a) && part(c)) || (part(a) && (year(c) || short_year)))
}

/// Whether the number is all the text says, but for spaces and punctuation.
fn is_everything(bytes: &[u8], start: usize, end: usize) -> bool {
    let quiet = |part: Option<&[u8]>| {
        part.is_some_and(|p| p.len() <= 12 && !p.iter().any(|&b| is_word(b) || b >= 0x80))
    };
    quiet(bytes.get(..start)) && quiet(bytes.get(end..))
}

/// The first `n` groups of a chain, judged by their lengths and separators.
struct Shape<'a> {
    chain: &'a Chain<'a>,
    n: usize,
    digits: usize,
    lead: &'a Lead,
}

impl Shape<'_> {
    fn length(&self, i: usize) -> usize {
        if i < self.n {
            self.chain.group(i).map_or(0, <[u8]>::len)
        } else {
            0
        }
    }

    fn separators(&self) -> impl Iterator<Item = &[u8]> {
        (0..self.n - 1).filter_map(|i| self.chain.separator(i))
    }

    /// Whether the bracket before the first digit is closed inside the number.
    fn opens_bracket(&self) -> bool {
        self.lead.bracket && self.separators().any(|s| s.contains(&b')'))
    }

    /// All digits without a trunk zero in brackets: `+44 (0)20 …` counts as `+44 20 …`.
    fn significant(&self) -> usize {
        let trunk = (1..self.n).any(|i| {
            self.chain.group(i) == Some(b"0")
                && self
                    .chain
                    .separator(i - 1)
                    .is_some_and(|s| s.ends_with(b"("))
        });
        self.digits - usize::from(trunk)
    }

    /// `+`, `00` or `011` and a calling code that exists.
    fn is_international(&self) -> bool {
        let first = self.chain.group(0).unwrap_or_default();
        if self.lead.plus {
            return INTERNATIONAL.contains(&self.significant())
                && self.has_calling_code(0)
                && self.exact(0);
        }
        let access = if first.starts_with(b"00") {
            2
        } else if first.starts_with(b"011") {
            3
        } else {
            return false;
        };
        let digits = self.significant() - access;
        self.n >= 2
            && (10..=15).contains(&digits)
            && self.has_calling_code(access)
            && self.exact(access)
    }

    /// The North American plan has ten digits after its 1, never more.
    fn exact(&self, skip: usize) -> bool {
        let mut digits = self
            .chain
            .bytes_of(self.n)
            .iter()
            .filter(|b| b.is_ascii_digit())
            .skip(skip);
        digits.next() != Some(&b'1') || self.significant() - skip == 11
    }

    fn has_calling_code(&self, skip: usize) -> bool {
        let mut digits = self
            .chain
            .bytes_of(self.n)
            .iter()
            .filter(|b| b.is_ascii_digit())
            .skip(skip)
            .map(|d| d - b'0');
        let (Some(a), Some(b)) = (digits.next(), digits.next()) else {
            return false;
        };
        // ITU-T E.164 assignments: zones 1 and 7 have one digit; the two-digit codes are listed; what remains has three.
        match (a, b) {
            (0, _) => false,
            (1 | 7, _)
            | (2, 0 | 7)
            | (3, 0..=4 | 6 | 9)
            | (4, 0 | 1 | 3..=9)
            | (5, 1..=8)
            | (6, 0..=6)
            | (8, 1 | 2 | 4 | 6)
            | (9, 0..=5 | 8) => true,
            (2, c) => !matches!(c, 8),
            (8, c) => !matches!(c, 3 | 9),
            _ => true,
        }
    }

    /// Shapes that are a national number whatever the text says.
    fn is_national(&self) -> bool {
        self.n >= 2
            && (self.is_north_american() || self.has_area_in_brackets() || self.has_trunk_zero())
    }

    /// 3-3-4, perhaps after a 1. Written with hyphens, dots or brackets it is one; with spaces the plan's own rule must hold:
    /// area and exchange begin with 2 to 9 (NANPA, "numbering plan").
    fn is_north_american(&self) -> bool {
        let skip = usize::from(self.chain.group(0) == Some(b"1") && self.n == 4);
        if self.n != skip + 3
            || (
                self.length(skip),
                self.length(skip + 1),
                self.length(skip + 2),
            ) != (3, 3, 4)
        {
            return false;
        }
        let marked = self
            .separators()
            .skip(skip)
            .all(|s| matches!(s, b"-" | b"." | b") " | b")-" | b")" | b" - "));
        let valid = |i| {
            self.chain
                .group(i)
                .is_some_and(|g| g.first().is_some_and(|d| (b'2'..=b'9').contains(d)))
        };
        let simple = self.separators().all(|s| s.len() <= 3);
        simple && (marked || (valid(skip) && valid(skip + 1)))
    }

    /// `(21)99713-3601`, `(081) 3333-33333`. A year in brackets is not an area.
    fn has_area_in_brackets(&self) -> bool {
        let area = self.length(0);
        let year = area == 4 && !self.chain.group(0).is_some_and(|g| g.starts_with(b"0"));
        self.lead.bracket
            && !self.lead.plus
            && self.chain.separator(0).is_some_and(|s| s.starts_with(b")"))
            && (2..=5).contains(&area)
            && !year
            && (8..=12).contains(&self.digits)
            && (1..self.n).all(|i| self.length(i) >= 2)
    }

    /// `020 7946 0958`, `06-44-44-44-44`, `0171/1234567`: a trunk zero, nine to twelve digits, at most seven in a group but the last.
    fn has_trunk_zero(&self) -> bool {
        let first = self.chain.group(0).unwrap_or_default();
        let grouped = (1..self.n).all(|i| self.length(i) >= 2) && (2..=6).contains(&first.len());
        let spaced = self
            .separators()
            .all(|s| s.len() <= 3 && !s.contains(&b'~'));
        first.starts_with(b"0")
            && !first.starts_with(b"00")
            && grouped
            && spaced
            && (9..=12).contains(&self.digits)
    }

    /// Digits as one would dial them: a trunk zero and nine to eleven digits, or ten that keep the North American rule.
    fn is_dialled(&self) -> bool {
        let mut digits = self
            .chain
            .bytes_of(self.n)
            .iter()
            .filter(|b| b.is_ascii_digit());
        let (first, fourth) = (digits.next(), digits.nth(2));
        let plan = |d: Option<&u8>| d.is_some_and(|d| (b'2'..=b'9').contains(d));
        match first {
            Some(b'0') => (9..=11).contains(&self.digits),
            _ => self.lead.plus || (self.digits == 10 && plan(first) && plan(fourth)),
        }
    }

    /// Long enough, and nothing speaks against it; needs the words around it.
    fn is_possible(&self) -> bool {
        let plus = if self.lead.plus {
            self.has_calling_code(0)
        } else {
            true
        };
        plus && NATIONAL.contains(&self.digits) && (self.n > 1 || self.digits <= 13)
    }
}

/// What an extension is called, longest first.
const EXTENSIONS: [&[u8]; 5] = [b"extension", b"extn", b"ext", b"x", b"#"];

/// Where an extension after `end` stops: `x123`, `ext. 503`, `, extension 7246433`, `#12`.
fn extension(bytes: &[u8], end: usize) -> Option<usize> {
    let gap = |from: usize, set: &[u8], most: usize| {
        let rest = bytes.get(from..).unwrap_or_default();
        from + rest
            .iter()
            .take(most)
            .take_while(|b| set.contains(b))
            .count()
    };
    let word = gap(end, b" ,;", 4);
    let rest = bytes.get(word..)?;
    let name = EXTENSIONS.iter().find(|name| {
        rest.get(..name.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(name))
    })?;
    let from = gap(word + name.len(), b" .:", 5);
    let to = digits_end(bytes, from);
    // libphonenumber reads at most seven digits here.
    ((1..=7).contains(&(to - from))).then_some(to)
}

#[cfg(test)]
mod tests {
    use super::super::{Kind, find};

    fn found(text: &str) -> Vec<&str> {
        find(text)
            .into_iter()
            .filter(|s| s.kind == Kind::Phone)
            .map(|s| s.of(text))
            .collect()
    }

    #[test]
    fn international() {
        for number in [
            "+4930123456",
            "+49 30 123456",
            "+44 (0)20 7946 0958",
            "+1-415-555-0123",
            "(+39) 012 2341111",
            "0049 30 1234567",
            "001-518-640-0854",
            "+55 (11) 98456-5666",
        ] {
            assert_eq!(found(&format!("so {number}, then")), [number]);
        }
        assert_eq!(found("call+54 3715 65 4321"), ["+54 3715 65 4321"]);
        assert_eq!(found("+1 415 555 0123 5 times"), ["+1 415 555 0123"]);
    }

    #[test]
    fn national() {
        for number in [
            "(415) 555-0123",
            "415-555-0123",
            "415.555.0123",
            "1-800-555-0199",
            "415 555 0123",
            "020 7946 0958",
            "06 44 44 44 44",
            "0171/1234567",
            "(21)99713-3601",
            "01.84.17.61.18",
        ] {
            assert_eq!(found(&format!("see {number}.")), [number]);
        }
        assert_eq!(found("(415-555-0123)"), ["415-555-0123"]);
    }

    #[test]
    fn by_context() {
        for (text, number) in [
            ("Phone: 451 5986", "451 5986"),
            ("my cell is 4155550123 ok", "4155550123"),
            ("781 1704 office", "781 1704"),
            ("我的电话号是012-3333。", "012-3333"),
            ("call 312 345 678/x12 more", "312 345 678"),
            ("4155550123", "4155550123"),
        ] {
            assert_eq!(found(text), [number], "{text}");
        }
    }

    #[test]
    fn extensions() {
        assert_eq!(found("415-555-0123 ext. 503."), ["415-555-0123 ext. 503"]);
        assert_eq!(found("916.555.0168x22008"), ["916.555.0168x22008"]);
        assert_eq!(
            found("(800) 555-0135 , ext 7246433"),
            ["(800) 555-0135 , ext 7246433"]
        );
    }

    #[test]
    fn not_numbers() {
        for text in [
            "order 4155550123",
            "paid 1.234.567,89",
            "on 2012-01-02 08:00",
            "1/12/2011 at 9",
            "call me on 2012-01-02 0800",
            "call me 03.10.2011 at nine",
            "P0-001-000016155-9",
            "v1.2.3",
            "pi 3.14159265358",
            "$415 555 0123",
            "+999",
            "id 415-555-01234",
            "build 20260606123456",
            "from 08:00-21:00",
            "+14155550123É",
            "12 34 56",
            "in 2020 1500 people",
        ] {
            assert!(found(text).is_empty(), "{text}: {:?}", found(text));
        }
    }
}
