//! A number, its unit and where it comes from.

use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use unicode_segmentation::UnicodeSegmentation as _;

/// What a limit counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Unit {
    /// What a reader sees as one character (UAX #29).
    Graphemes,
    /// Unicode scalar values.
    Chars,
    /// UTF-16 code units.
    Utf16,
    /// Bytes of UTF-8.
    Bytes,
    /// SMS segments, in whichever encoding the text needs.
    Segments,
    /// Things: buttons, rows, cards.
    Items,
}

impl Unit {
    /// How long `text` is in this unit. Items and segments count as one text each; see
    /// [`segment`](crate::message) for segments.
    #[must_use]
    pub fn measure(self, text: &str) -> usize {
        match self {
            Self::Graphemes if text.is_ascii() && !text.contains('\r') => text.len(),
            Self::Graphemes => text.graphemes(true).count(),
            Self::Chars => text.chars().count(),
            Self::Utf16 => text.chars().map(char::len_utf16).sum(),
            Self::Bytes => text.len(),
            Self::Segments | Self::Items => 1,
        }
    }
}

/// What a limit is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Field {
    /// A text message.
    Text,
    /// The text of a message that has buttons.
    InteractiveText,
    /// A caption.
    Caption,
    /// A line above.
    Header,
    /// A line below.
    Footer,
    /// Buttons of a message.
    Buttons,
    /// Quick replies of a message.
    QuickReplies,
    /// The label of a button.
    ButtonLabel,
    /// The label of a quick reply.
    QuickReplyLabel,
    /// What comes back when a button is tapped.
    Handle,
    /// A URL.
    Url,
    /// The title of a card.
    CardTitle,
    /// The text of a card.
    CardText,
    /// Buttons of a card.
    CardButtons,
    /// Cards of a carousel, at most.
    Cards,
    /// Cards of a carousel, at least.
    CardsMin,
    /// The text of a card in a carousel.
    CarouselCardText,
    /// Buttons of a card in a carousel.
    CarouselCardButtons,
    /// Rows of a list, over all sections.
    Rows,
    /// Sections of a list.
    Sections,
    /// The title of a section.
    SectionTitle,
    /// The title of a row.
    RowTitle,
    /// The description of a row.
    RowText,
    /// The label of the button that opens a list.
    ListButton,
    /// Items of an album.
    Album,
    /// The question of a poll.
    PollQuestion,
    /// The answers of a poll.
    PollOptions,
    /// One answer of a poll.
    PollOption,
    /// Contact cards of a message.
    Contacts,
    /// The title of a notification.
    PushTitle,
    /// The text of a notification.
    PushBody,
    /// A spoken text.
    Speech,
    /// Keys that can be pressed.
    VoiceOptions,
    /// The subject of an email.
    Subject,
    /// Times to choose from.
    Slots,
    /// Parts that one message may become.
    Parts,
    /// Buttons of a message that do something else than reply: open a page, call a number.
    LinkButtons,
    /// The files of one email together, counted before they are encoded.
    Attachments,
}

/// One limit: how many of which unit, and who says so.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Limit {
    /// How many.
    pub max: u32,
    /// Of what.
    pub unit: Unit,
    /// Who says so.
    pub source: Cow<'static, str>,
}

impl Limit {
    /// At most `max` of `unit`, says `source`.
    #[must_use]
    pub const fn new(max: u32, unit: Unit, source: &'static str) -> Self {
        Self {
            max,
            unit,
            source: Cow::Borrowed(source),
        }
    }
}

/// The limits of one field: at most one a unit. All of them hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Bound(Vec<Limit>);

impl Bound {
    /// No limit.
    pub const UNLIMITED: Self = Self(Vec::new());

    /// One limit.
    #[must_use]
    pub fn of(limit: Limit) -> Self {
        Self(vec![limit])
    }

    /// Adds a limit; of two in the same unit the smaller one stays. Equal numbers keep the first source by name.
    pub fn tighten(&mut self, limit: Limit) {
        match self.0.binary_search_by_key(&limit.unit, |known| known.unit) {
            Ok(at) => {
                if let Some(known) = self.0.get_mut(at)
                    && (limit.max, &limit.source) < (known.max, &known.source)
                {
                    *known = limit;
                }
            }
            Err(at) => self.0.insert(at, limit),
        }
    }

    /// The limits, by unit.
    #[must_use]
    pub fn limits(&self) -> &[Limit] {
        &self.0
    }

    /// The number of this unit, if there is one.
    #[must_use]
    pub fn max(&self, unit: Unit) -> Option<u32> {
        self.0
            .iter()
            .find(|limit| limit.unit == unit)
            .map(|limit| limit.max)
    }

    /// How many items are allowed.
    #[must_use]
    pub fn items(&self) -> usize {
        self.max(Unit::Items).map_or(usize::MAX, |max| max as usize)
    }

    /// Whether a text keeps every limit but segments and items.
    #[must_use]
    pub fn fits(&self, text: &str) -> bool {
        // A text of n bytes has at most n of any smaller unit, so most texts are never counted.
        self.0.iter().all(|limit| {
            matches!(limit.unit, Unit::Segments | Unit::Items)
                || text.len() <= limit.max as usize
                || limit.unit.measure(text) <= limit.max as usize
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_count_what_they_say() {
        let family = "👨‍👩‍👧e\u{301}";
        assert_eq!(Unit::Graphemes.measure(family), 2);
        assert_eq!(Unit::Chars.measure(family), 7);
        assert_eq!(Unit::Utf16.measure(family), 10);
        assert_eq!(Unit::Bytes.measure(family), 21);
    }

    #[test]
    fn of_two_limits_the_smaller_one_stays() {
        let mut bound = Bound::of(Limit::new(100, Unit::Chars, "a"));
        bound.tighten(Limit::new(200, Unit::Chars, "b"));
        bound.tighten(Limit::new(90, Unit::Bytes, "c"));
        assert_eq!(
            (bound.max(Unit::Chars), bound.max(Unit::Bytes)),
            (Some(100), Some(90))
        );
        assert!(!bound.fits(&"é".repeat(46)));
        assert!(bound.fits(&"é".repeat(45)));
    }
}
