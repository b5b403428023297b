//! The vault: takes personal data out of a text before a model sees it, and puts it back for the recipient after.

use secrecy::{ExposeSecret, SecretString};
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Range;

/// A piece of personal data in a text: byte range and kind (`EMAIL`). The kind names the placeholder.
pub type PiiSpan<'a> = (Range<usize>, &'a str);

/// Kind under which text that merely looks like a placeholder is kept.
const LITERAL: &str = "TEXT";
/// Kind used when a detector gives none that can name a placeholder.
const UNNAMED: &str = "DATA";

/// Values taken out of the texts of one conversation, each behind a numbered placeholder such as `[EMAIL_1]`.
///
/// The same value has the same placeholder as long as the vault lives, so that a model can speak of "the first address" over many
/// turns. For every text, `restore(mask(text))` is the text again: what looked like a placeholder before is put away as well,
/// behind `[TEXT_1]`, so that nobody can have somebody else's value inserted by writing its placeholder. A placeholder the model
/// made up stands for nothing and is left as it is.
///
/// Values are overwritten in memory when the vault is dropped. It cannot be cloned or serialized, and prints only how many values it
/// holds. Use one vault for one conversation: numbers begin anew in each.
///
/// ```
/// use msg_core::policy::vault::Vault;
///
/// let mut vault = Vault::new();
/// let masked = vault.mask("mail jo@example.com today", &[(5..19, "EMAIL")]);
/// assert_eq!(masked, "mail [EMAIL_1] today");
/// assert_eq!(vault.restore("I wrote to [EMAIL_1], not to [EMAIL_2]"), "I wrote to jo@example.com, not to [EMAIL_2]");
/// ```
#[derive(Default)]
pub struct Vault {
    /// Values by kind; the placeholder's number is the place in the list, from 1.
    values: BTreeMap<Box<str>, Vec<SecretString>>,
    /// Where values with a hash (of kind and value) stand in their list; the values themselves are compared after.
    known: HashMap<u64, Vec<usize>>,
}

impl Vault {
    /// An empty vault.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// `text` with every span replaced by its placeholder.
    ///
    /// Spans may come in any order. Those that overlap or touch inside one character are joined and replaced as one, under the kind
    /// of the first; what lies outside the text is ignored.
    #[must_use]
    pub fn mask(&mut self, text: &str, spans: &[PiiSpan<'_>]) -> String {
        let mut masked = String::with_capacity(text.len());
        let mut done = 0;
        for (range, kind) in joined(text, spans) {
            self.copy_gap(&mut masked, text.get(done..range.start).unwrap_or_default());
            self.put(
                &mut masked,
                kind,
                text.get(range.clone()).unwrap_or_default(),
            );
            done = range.end;
        }
        self.copy_gap(&mut masked, text.get(done..).unwrap_or_default());
        masked
    }

    /// `text` with every placeholder of this vault replaced by its value. What a value contains is not read again.
    #[must_use]
    pub fn restore(&self, text: &str) -> String {
        let mut restored = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, placeholder, after)) = next_placeholder(rest) {
            restored.push_str(before);
            match self.value(placeholder) {
                Some(value) => restored.push_str(value.expose_secret()),
                None => restored.push_str(placeholder.text),
            }
            rest = after;
        }
        restored.push_str(rest);
        restored
    }

    /// How many different values of each kind were taken out, sorted by kind. Text that only looked like a placeholder counts
    /// under `TEXT`.
    pub fn counts(&self) -> impl Iterator<Item = (&str, usize)> {
        self.values
            .iter()
            .map(|(kind, values)| (&**kind, values.len()))
    }

    /// Whether nothing was taken out yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Copies text without personal data, putting away what looks like a placeholder.
    fn copy_gap(&mut self, masked: &mut String, gap: &str) {
        let mut rest = gap;
        while let Some((before, placeholder, after)) = next_placeholder(rest) {
            masked.push_str(before);
            self.put(masked, LITERAL, placeholder.text);
            rest = after;
        }
        masked.push_str(rest);
    }

    fn put(&mut self, masked: &mut String, kind: &str, value: &str) {
        let kind = kind_name(kind);
        let number = self.number(&kind, value);
        masked.push('[');
        masked.push_str(&kind);
        masked.push('_');
        masked.push_str(&number.to_string());
        masked.push(']');
    }

    fn number(&mut self, kind: &str, value: &str) -> usize {
        let mut hasher = DefaultHasher::new();
        (kind, value).hash(&mut hasher);
        let places = self.known.entry(hasher.finish()).or_default();
        if !self.values.contains_key(kind) {
            self.values.insert(kind.into(), Vec::new());
        }
        let Some(values) = self.values.get_mut(kind) else {
            return 0;
        };
        let same = |place: &usize| {
            values
                .get(*place)
                .is_some_and(|known| known.expose_secret() == value)
        };
        if let Some(place) = places.iter().copied().find(same) {
            return place + 1;
        }
        places.push(values.len());
        values.push(SecretString::from(value));
        values.len()
    }

    fn value(&self, placeholder: Placeholder<'_>) -> Option<&SecretString> {
        self.values
            .get(placeholder.kind)?
            .get(placeholder.number.checked_sub(1)?)
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.counts()).finish()
    }
}

/// The spans sorted, inside the text, at character boundaries and without overlaps.
fn joined<'a>(text: &str, spans: &[PiiSpan<'a>]) -> Vec<PiiSpan<'a>> {
    let mut spans: Vec<PiiSpan<'a>> = spans
        .iter()
        .filter(|(range, _)| range.start < range.end)
        .map(|(range, kind)| {
            (
                text.floor_char_boundary(range.start)..text.ceil_char_boundary(range.end),
                *kind,
            )
        })
        .filter(|(range, _)| range.start < range.end)
        .collect();
    spans.sort_by_key(|(range, _)| range.start);
    spans.dedup_by(|(next, _), (kept, _)| {
        let overlap = next.start < kept.end;
        if overlap {
            kept.end = kept.end.max(next.end);
        }
        overlap
    });
    spans
}

/// A kind as it stands in a placeholder: upper-case ASCII letters, digits and underscores, a letter first.
fn kind_name(kind: &str) -> std::borrow::Cow<'_, str> {
    if is_kind(kind) {
        return kind.into();
    }
    let name: String = kind
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() {
                c.to_ascii_uppercase()
            } else {
                '_'
            }
        })
        .collect();
    if is_kind(&name) {
        name.into()
    } else {
        UNNAMED.into()
    }
}

fn is_kind(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_uppercase())
        && name
            .bytes()
            .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
}

/// A text of the form `[KIND_7]`.
#[derive(Clone, Copy)]
struct Placeholder<'a> {
    text: &'a str,
    kind: &'a str,
    number: usize,
}

/// The first placeholder of `text`, with what stands before and after it.
///
/// INVARIANT: a placeholder holds one `[`, at its start, and one `]`, at its end. So none can begin in a text and end in a
/// placeholder inserted after it, which is what makes restoring exact.
fn next_placeholder(text: &str) -> Option<(&str, Placeholder<'_>, &str)> {
    text.match_indices('[').find_map(|(start, _)| {
        let body = text.get(start + 1..)?;
        let length = body
            .bytes()
            .position(|b| !(b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_'))?;
        let (kind, digits) = body.get(..length)?.rsplit_once('_')?;
        let canonical = !digits.starts_with('0') && digits.bytes().all(|b| b.is_ascii_digit());
        let number = digits.parse().ok().filter(|_| canonical && is_kind(kind))?;
        let after = body.get(length..)?.strip_prefix(']')?;
        let placeholder = Placeholder {
            text: text.get(start..start + length + 2)?,
            kind,
            number,
        };
        Some((text.get(..start)?, placeholder, after))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_same_value_keeps_its_placeholder() {
        let mut vault = Vault::new();
        assert_eq!(
            vault.mask(
                "a@b.co c@d.co a@b.co",
                &[(0..6, "EMAIL"), (7..13, "EMAIL"), (14..20, "EMAIL")]
            ),
            "[EMAIL_1] [EMAIL_2] [EMAIL_1]"
        );
        assert_eq!(
            vault.mask("c@d.co 5550123", &[(0..6, "EMAIL"), (7..14, "PHONE")]),
            "[EMAIL_2] [PHONE_1]"
        );
        assert_eq!(
            vault.counts().collect::<Vec<_>>(),
            [("EMAIL", 2), ("PHONE", 1)]
        );
    }

    #[test]
    fn a_written_placeholder_is_no_key_to_a_value() {
        let mut vault = Vault::new();
        let first = vault.mask("a@b.co", &[(0..6, "EMAIL")]);
        let second = vault.mask("what is [EMAIL_1]? and [TEXT_1]?", &[]);
        assert_eq!(first, "[EMAIL_1]");
        assert_eq!(second, "what is [TEXT_1]? and [TEXT_2]?");
        assert_eq!(vault.restore(&second), "what is [EMAIL_1]? and [TEXT_1]?");
    }

    #[test]
    fn what_stands_for_nothing_is_left_alone() {
        let mut vault = Vault::new();
        let _ = vault.mask("a@b.co", &[(0..6, "EMAIL")]);
        for text in [
            "[EMAIL_2]",
            "[EMAIL_0]",
            "[EMAIL_01]",
            "[email_1]",
            "[EMAIL_]",
            "[_1]",
            "[EMAIL_99999999999999999999999]",
            "[[EMAIL",
            "[EMAIL_1",
            "[é_1]",
        ] {
            assert_eq!(vault.restore(text), text);
        }
        assert_eq!(vault.restore("[[EMAIL_1]]"), "[a@b.co]");
    }

    #[test]
    fn careless_spans_still_cover() {
        let mut vault = Vault::new();
        let masked = vault.mask(
            "xéy a@b.co z",
            &[
                (6..99, "EMAIL"),
                (5..8, "my kind"),
                (2..2, "EMPTY"),
                (2..3, "é"),
                (50..60, "OUT"),
            ],
        );
        assert_eq!(masked, "x[DATA_1]y [MY_KIND_1]");
        assert_eq!(vault.restore(&masked), "xéy a@b.co z");
    }

    #[test]
    fn values_never_print() {
        let mut vault = Vault::new();
        let _ = vault.mask("a@b.co", &[(0..6, "EMAIL")]);
        assert_eq!(format!("{vault:?}"), r#"{"EMAIL": 1}"#);
    }

    fn spans() -> impl Strategy<Value = Vec<(Range<usize>, &'static str)>> {
        let kind = prop_oneof![Just("EMAIL"), Just("PHONE"), Just("TEXT"), Just("x y")];
        proptest::collection::vec(
            (0_usize..60, 0_usize..20, kind)
                .prop_map(|(start, length, kind)| (start..start + length, kind)),
            0..6,
        )
    }

    proptest! {
        #[test]
        fn restoring_a_masked_text_gives_it_back(texts in proptest::collection::vec(("([a-cé \\[\\]_01]|\\[EMAIL_[0-9]\\]|\\[TEXT_1|PHONE_1\\]){0,12}", spans()), 1..5)) {
            let mut vault = Vault::new();
            let masked: Vec<String> = texts.iter().map(|(text, spans)| vault.mask(text, spans)).collect();
            for ((text, _), masked) in texts.iter().zip(&masked) {
                prop_assert_eq!(&vault.restore(masked), text);
            }
        }

        #[test]
        fn any_text_can_be_restored(text in "\\PC{0,80}") {
            prop_assert_eq!(Vault::new().restore(&text), text);
        }

        #[test]
        fn no_value_is_left_in_the_masked_text(word in "[a-z]{6,12}", before in "[A-Z ]{0,10}", after in "[A-Z ]{0,10}") {
            let text = format!("{before}{word}{after}");
            let masked = Vault::new().mask(&text, &[(before.len()..before.len() + word.len(), "NAME")]);
            prop_assert!(!masked.contains(&word));
        }
    }
}
