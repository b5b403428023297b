//! Personal data in text: where it is, and what kind.
//!
//! [`find`] reads a text once, looks closer only at `@` and at digits, and decides with hand-written parsers that know the
//! rules of each kind (check digits, country tables, ranges never issued). Time is linear in the text; no input panics.
//!
//! It finds what has a shape. Names, places and anything that needs understanding are not found here: that takes a model,
//! whose spans can be added to these.

mod bytes;
mod card;
mod chain;
mod check;
mod context;
mod email;
mod iban;
mod ip;
mod phone;
mod ssn;

use crate::fold::{Also, Folded, fold, parts_number};
pub use check::{Action, Finder, PersonalData};

use bytes::{at, before, digits_end, is_word, next_digit, run_end};
use chain::Chain;
use std::fmt;

/// What a span of personal data is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Kind {
    /// An e-mail address.
    Email,
    /// A telephone number, with its extension.
    Phone,
    /// A payment card number.
    CreditCard,
    /// An international bank account number.
    Iban,
    /// An IPv4 or IPv6 address.
    Ip,
    /// A US social security number.
    UsSsn,
}

impl Kind {
    /// Every kind, in the order of declaration.
    pub const ALL: [Self; 6] = [
        Self::Email,
        Self::Phone,
        Self::CreditCard,
        Self::Iban,
        Self::Ip,
        Self::UsSsn,
    ];

    /// The stable upper-case name, used in placeholders and reports.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Email => "EMAIL",
            Self::Phone => "PHONE",
            Self::CreditCard => "CREDIT_CARD",
            Self::Iban => "IBAN",
            Self::Ip => "IP",
            Self::UsSsn => "US_SSN",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.label())
    }
}

/// A piece of personal data: byte offsets into the text it was found in, always at character boundaries. It holds no text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// Byte after the last.
    pub end: usize,
    /// What it is.
    pub kind: Kind,
}

impl Span {
    /// The piece of `text` the span covers; nothing if it was found in another text and does not fit this one.
    #[must_use]
    pub fn of(self, text: &str) -> &str {
        text.get(self.start..self.end).unwrap_or_default()
    }
}

/// Finds personal data in `text`, in order and without overlaps.
///
/// ```
/// use msg_policy::pii::{find, Kind};
///
/// let text = "I am jo@example.com, call +1 415 555 0123";
/// let spans = find(text);
/// assert_eq!(spans[0].kind, Kind::Email);
/// assert_eq!(spans[1].of(text), "+1 415 555 0123");
/// ```
#[must_use]
pub fn find(text: &str) -> Vec<Span> {
    let mut found = match fold(text, Also::Signs) {
        None => scan(text.as_bytes(), text, None),
        Some(folded) => scan(&folded.bytes, text, Some(&folded)),
    };
    if memchr::memchr_iter(b'\n', text.as_bytes()).any(|i| parts_number(text.as_bytes(), i)) {
        add_joined(text, Also::Joined, &mut found);
        add_joined(text, Also::Wrapped, &mut found);
    }
    found
}

/// Adds what only shows itself when lines are joined, such as a card number wrapped by a mail program. Kinds without a check digit or a
/// strict form are left out: two lines of a list often look like a telephone number. What was found inside such a number before (the end
/// of an account number looks like a telephone number) gives way to it.
fn add_joined(text: &str, also: Also, found: &mut Vec<Span>) {
    let Some(folded) = fold(text, also) else {
        return;
    };
    let joined: Vec<Span> = scan(&folded.bytes, text, Some(&folded))
        .into_iter()
        .filter(|span| {
            matches!(
                span.kind,
                Kind::CreditCard | Kind::Iban | Kind::UsSsn | Kind::Ip
            ) && span.of(text).contains('\n')
        })
        .collect();
    let mut known = std::mem::take(found).into_iter().peekable();
    for span in joined {
        while let Some(one) = known.next_if(|one| one.end <= span.start) {
            found.push(one);
        }
        // The ends of spans rise with their starts, so those that overlap stand together.
        let overlapping: Vec<_> =
            std::iter::from_fn(|| known.next_if(|one| one.start < span.end)).collect();
        if overlapping
            .iter()
            .all(|one| span.start <= one.start && one.end <= span.end && one.kind == Kind::Phone)
        {
            found.push(span);
        } else {
            found.extend(overlapping);
        }
    }
    found.extend(known);
}

/// A text being read: the bytes the parsers see, and the original for the words around a number.
struct Scan<'a> {
    bytes: &'a [u8],
    text: &'a str,
    folded: Option<&'a Folded>,
    found: Vec<Span>,
}

fn scan(bytes: &[u8], text: &str, folded: Option<&Folded>) -> Vec<Span> {
    let mut scan = Scan {
        bytes,
        text,
        folded,
        found: Vec::new(),
    };
    let emails = scan.emails();
    let mut pending = emails.iter().copied().peekable();
    let mut floor = 0;
    let mut place = 0;
    while let Some(digit) = next_digit(bytes, place) {
        if let Some(&(start, end)) = pending.peek()
            && digit >= start
        {
            pending.next();
            (floor, place) = (end.max(floor), end.max(place));
            continue;
        }
        let ceiling = pending.peek().map_or(bytes.len(), |email| email.0);
        match scan
            .at_digit(digit, floor)
            .filter(|(_, end, _)| *end <= ceiling)
        {
            Some((start, end, kind)) => {
                scan.push(start, end, kind);
                (floor, place) = (end, end);
            }
            None => place = scan.skip(digit),
        }
    }
    scan.finish()
}

impl Scan<'_> {
    fn emails(&mut self) -> Vec<(usize, usize)> {
        let mut emails = Vec::new();
        let mut floor = 0;
        for sign in memchr::memchr_iter(b'@', self.bytes) {
            if let Some((start, end)) = email::parse(self.bytes, sign, floor) {
                floor = end;
                self.push(start, end, Kind::Email);
                emails.push((start, end));
            }
        }
        emails
    }

    /// What the digit at `digit`, the first of its run, belongs to. Nothing before `floor` may be used again.
    fn at_digit(&self, digit: usize, floor: usize) -> Option<(usize, usize, Kind)> {
        let bytes = self.bytes;
        let end = digits_end(bytes, digit);
        let (previous, next) = (before(bytes, digit, 1), at(bytes, end));
        if (previous == b':'
            || next == b':'
            || previous.is_ascii_hexdigit()
            || next.is_ascii_hexdigit())
            && let Some((start, end)) = ip::v6(bytes, digit, floor)
        {
            return Some((start, end, Kind::Ip));
        }
        if next == b'.'
            && let Some(end) = ip::v4(bytes, digit)
        {
            return Some((digit, end, Kind::Ip));
        }
        if previous.is_ascii_alphabetic()
            && let Some((start, end)) =
                iban::parse(bytes, digit).filter(|(start, _)| *start >= floor)
        {
            return Some((start, end, Kind::Iban));
        }
        if is_word(previous) {
            return None;
        }
        self.number(digit, floor)
    }

    /// A card, social security number or telephone number whose first digit is at `digit`.
    fn number(&self, digit: usize, floor: usize) -> Option<(usize, usize, Kind)> {
        let bytes = self.bytes;
        let chain = Chain::read(bytes, digit);
        let fraction = before(bytes, digit, 1) == b'.' && before(bytes, digit, 2).is_ascii_digit();
        let whole = |n: usize| !is_word(at(bytes, chain.end(n))) && !fraction;
        if let Some(n) = card::groups(&chain).filter(|&n| whole(n)) {
            return Some((digit, chain.end(n), Kind::CreditCard));
        }
        let after = |n: usize| (at(bytes, chain.end(n)), at(bytes, chain.end(n) + 1));
        let alone = |n: usize| whole(n) && !matches!(after(n), (b'-' | b'.', b) if is_word(b));
        let joined =
            matches!(before(bytes, digit, 1), b'-' | b'.') && is_word(before(bytes, digit, 2));
        let named = || context::names_ssn(self.text, self.original(digit, digit + 1).0);
        if let Some(n) = ssn::groups(&chain, named).filter(|&n| alone(n) && !joined) {
            return Some((digit, chain.end(n), Kind::UsSsn));
        }
        let around = phone::Surroundings {
            before: &|start| context::speaks_of_phone(self.text, self.original(start, start + 1).0),
            after: &|end| context::names_line(self.text, self.original(end - 1, end).1),
        };
        let (start, end) = phone::parse(bytes, &chain, &around)?;
        (start >= floor).then_some((start, end, Kind::Phone))
    }

    /// Where to look on when the digit at `digit` belongs to nothing: after its run, and after the word if it is inside one.
    fn skip(&self, digit: usize) -> usize {
        let end = digits_end(self.bytes, digit);
        if is_word(before(self.bytes, digit, 1)) {
            run_end(self.bytes, end, is_word)
        } else {
            end
        }
    }

    fn original(&self, start: usize, end: usize) -> (usize, usize) {
        self.folded
            .map_or(Some((start, end)), |f| f.original(self.text, start, end))
            .unwrap_or((0, 0))
    }

    fn push(&mut self, start: usize, end: usize, kind: Kind) {
        let (start, end) = self.original(start, end);
        self.found.push(Span { start, end, kind });
    }

    fn finish(mut self) -> Vec<Span> {
        self.found.sort_unstable_by_key(|span| span.start);
        // Spans never share folded bytes; two of them may claim the same invisible characters between them.
        let mut last = 0;
        for span in &mut self.found {
            span.start = span.start.max(last);
            last = span.end;
        }
        self.found
    }
}

#[cfg(test)]
mod tests;
