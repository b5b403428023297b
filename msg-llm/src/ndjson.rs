//! JSON objects one behind the other, as newline-delimited JSON and as anything between: they are told apart by their braces, so
//! that an object that is printed over several lines is one too.

use memchr::{memchr, memchr2, memchr3};
use std::fmt;

/// Where the bytes of one object end.
#[derive(Debug, Default, Clone, Copy)]
struct Scan {
    depth: usize,
    in_text: bool,
    /// The byte before was a backslash in a text.
    escaped: bool,
}

impl Scan {
    /// The length of the rest of the object in `bytes`, or `None` if it goes on behind them.
    fn end(&mut self, bytes: &[u8]) -> Option<usize> {
        let mut at = 0;
        loop {
            let rest = bytes.get(at..)?;
            if self.escaped {
                rest.first()?;
                self.escaped = false;
                at += 1;
                continue;
            }
            at += if self.in_text {
                memchr2(b'"', b'\\', rest)?
            } else {
                memchr3(b'"', b'{', b'}', rest)?
            };
            let found = bytes.get(at)?;
            at += 1;
            match found {
                b'"' => self.in_text = !self.in_text,
                b'\\' => self.escaped = true,
                b'{' => self.depth = self.depth.saturating_add(1),
                _ => {
                    self.depth = self.depth.saturating_sub(1);
                    if self.depth == 0 {
                        return Some(at);
                    }
                }
            }
        }
    }
}

/// What stands next in the bytes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Next<'a> {
    /// A whole object.
    Object(&'a [u8]),
    /// Nothing more for now.
    More,
    /// What is no object: it is left where it is.
    Other,
    /// An object larger than the limit.
    TooLarge,
}

/// Splits what it is pushed into objects. White space between them is skipped.
pub(crate) struct Objects {
    limit: usize,
    scan: Scan,
    /// The object that was begun before these bytes.
    carry: Vec<u8>,
    /// Whether the carried object was handed out.
    taken: bool,
}

impl fmt::Debug for Objects {
    /// Leaves the carried bytes out: they are message text.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Objects")
            .field("carried", &self.carry.len())
            .field("limit", &self.limit)
            .finish_non_exhaustive()
    }
}

impl Objects {
    /// For objects of at most `limit` bytes.
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            limit,
            scan: Scan::default(),
            carry: Vec::new(),
            taken: false,
        }
    }

    /// Whether an object was begun and not ended.
    pub(crate) const fn is_open(&self) -> bool {
        self.scan.depth > 0
    }

    /// The line that `bytes` begin with and what is behind it, if it may be a whole object: nothing was begun before, and it is
    /// text and not too long. Nothing is taken, and whoever can read it as one object needs no search for its end.
    pub(crate) fn line<'b>(&self, bytes: &'b [u8]) -> Option<(&'b str, &'b [u8])> {
        let bytes = bytes.trim_ascii_start();
        if self.is_open() || bytes.first() != Some(&b'{') {
            return None;
        }
        let (line, behind) = bytes.split_at_checked(memchr(b'\n', bytes)?)?;
        let line = line.trim_ascii_end();
        let text = std::str::from_utf8(line).ok()?;
        (line.len() <= self.limit).then_some((text, behind))
    }

    /// Takes the next object out of `bytes`, which is moved behind it.
    pub(crate) fn next<'s, 'b: 's>(&'s mut self, bytes: &mut &'b [u8]) -> Next<'s> {
        if self.taken {
            self.carry.clear();
            self.taken = false;
        }
        if !self.is_open() {
            *bytes = bytes.trim_ascii_start();
            match bytes.first() {
                None => return Next::More,
                Some(b'{') => {}
                Some(_) => return Next::Other,
            }
        }
        let Some(length) = self.scan.end(bytes) else {
            if self.carry.len().saturating_add(bytes.len()) > self.limit {
                return Next::TooLarge;
            }
            self.carry.extend_from_slice(std::mem::take(bytes));
            return Next::More;
        };
        let (head, tail) = bytes.split_at_checked(length).unwrap_or((bytes, &[]));
        *bytes = tail;
        if self.carry.len().saturating_add(head.len()) > self.limit {
            return Next::TooLarge;
        }
        if self.carry.is_empty() {
            return Next::Object(head);
        }
        self.carry.extend_from_slice(head);
        self.taken = true;
        Next::Object(&self.carry)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The objects of these reads, and what is no object or too large.
    fn objects(reads: &[&[u8]], limit: usize) -> (Vec<Vec<u8>>, Option<&'static str>) {
        let mut decoder = Objects::new(limit);
        let mut found = Vec::new();
        for mut read in reads.iter().copied() {
            loop {
                match decoder.next(&mut read) {
                    Next::Object(object) => found.push(object.to_vec()),
                    Next::More => break,
                    Next::Other => return (found, Some("other")),
                    Next::TooLarge => return (found, Some("too large")),
                }
            }
        }
        let open = decoder.is_open().then_some("open");
        (found, open)
    }

    #[test]
    fn objects_end_where_their_braces_do() {
        let text = b" {\"a\":\"}\\\"{\"}\n{\"b\":{\"c\":[{}]}}\r\n\r\n{\n \"d\": 1\n}";
        let (found, end) = objects(&[text], 64);
        assert_eq!(end, None);
        let texts: Vec<_> = found
            .iter()
            .map(|o| std::str::from_utf8(o).unwrap())
            .collect();
        assert_eq!(
            texts,
            [
                "{\"a\":\"}\\\"{\"}",
                "{\"b\":{\"c\":[{}]}}",
                "{\n \"d\": 1\n}"
            ]
        );
        assert_eq!(objects(&[b"{\"a\":1"], 64), (vec![], Some("open")));
        assert_eq!(
            objects(&[b"{} <html>"], 64),
            (vec![b"{}".to_vec()], Some("other"))
        );
        assert_eq!(
            objects(&[b"{}}"], 64),
            (vec![b"{}".to_vec()], Some("other"))
        );
    }

    #[test]
    fn an_object_is_limited_whole_or_cut() {
        let text = b"{\"a\":12345678}";
        assert_eq!(objects(&[text], text.len()).1, None);
        assert_eq!(objects(&[text], text.len() - 1).1, Some("too large"));
        let (head, tail) = text.split_at(5);
        assert_eq!(objects(&[head, tail], text.len() - 1).1, Some("too large"));
        assert_eq!(objects(&[head, tail], text.len()).1, None);
    }

    #[test]
    fn a_line_is_shown_and_not_taken() {
        let mut decoder = Objects::new(9);
        let line = |decoder: &Objects, bytes: &'static [u8]| {
            decoder
                .line(bytes)
                .map(|(text, rest)| (text.to_owned(), rest))
        };
        let seen = line(&decoder, b" {\"a\":12} \r\n{}");
        assert_eq!(seen, Some(("{\"a\":12}".to_owned(), &b"\n{}"[..])));
        for not in [
            &b"{\"a\":1234}\n"[..],
            b"{}",
            b"<\n",
            b"{\"\xff\"}\n",
            b"\n",
        ] {
            assert_eq!(line(&decoder, not), None, "{not:?}");
        }
        let mut begun = &b"{\"a\":"[..];
        assert_eq!(decoder.next(&mut begun), Next::More);
        assert_eq!(line(&decoder, b"{}\n"), None);
    }

    proptest! {
        #[test]
        fn every_cut_gives_the_same(text in "[{}\"\\\\a \n]{0,40}", cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..5)) {
            let whole = objects(&[text.as_bytes()], 64);
            let single: Vec<&[u8]> = text.as_bytes().chunks(1).collect();
            prop_assert_eq!(&objects(&single, 64), &whole);
            let mut at: Vec<usize> = cuts.iter().map(|cut| cut.index(text.len() + 1)).collect();
            at.extend([0, text.len()]);
            at.sort_unstable();
            let reads: Vec<&[u8]> = at.windows(2).map(|pair| &text.as_bytes()[pair[0]..pair[1]]).collect();
            prop_assert_eq!(&objects(&reads, 64), &whole);
        }

        #[test]
        fn what_was_written_is_found(values in prop::collection::vec("\\PC{0,8}", 0..5), pretty in any::<bool>()) {
            let written: Vec<String> = values.iter().map(|text| {
                let value = serde_json::json!({text.as_str(): [text, {"x": text}]});
                if pretty { serde_json::to_string_pretty(&value).unwrap() } else { value.to_string() }
            }).collect();
            let (found, end) = objects(&[written.join("\n").as_bytes()], 1 << 12);
            prop_assert_eq!(end, None);
            let expected: Vec<Vec<u8>> = written.into_iter().map(String::into_bytes).collect();
            prop_assert_eq!(found, expected);
        }
    }
}
