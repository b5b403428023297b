//! SMS encoding and segmentation: which alphabet a text needs, how many units it takes and where it is cut.
//!
//! Pure counting; it does not pack septets and knows no provider. A user data header and the text share 140 octets
//! (3GPP TS 23.040, 9.2.3.24), which gives 160 septets or 70 UTF-16 units for a single message, 153 or 67 for each part of a
//! concatenated one, and 152 or 66 with 16-bit concatenation references.

use crate::message::segment::national::{NationalLanguage, Shift};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::ops::Range;
use unicode_segmentation::UnicodeSegmentation;

mod gsm7;
pub mod national;
mod transliterate;

/// Octets of user data in one short message (3GPP TS 23.040, 9.2.3.24).
const USER_DATA_OCTETS: u16 = 140;

/// The most parts that one concatenated message can have: the total is one octet (3GPP TS 23.040, 9.2.3.24.1).
pub const MAX_SEGMENTS: usize = 255;

/// The alphabet that a text is sent in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Encoding {
    /// GSM 7-bit, default or national tables; units are septets.
    #[serde(rename = "GSM-7")]
    Gsm7,
    /// UCS-2, in practice UTF-16; units are 16-bit code units.
    #[serde(rename = "UCS-2")]
    Ucs2,
}

impl Encoding {
    const fn bits(self) -> u16 {
        match self {
            Self::Gsm7 => 7,
            Self::Ucs2 => 16,
        }
    }
}

/// What to do with characters that have a look-alike in the GSM alphabet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Transliteration {
    /// Send the text as it is.
    #[default]
    Off,
    /// Replace them if the whole text then fits the GSM alphabet, and otherwise leave the text alone.
    WhenItFits,
    /// Count what a provider's own smart encoding would send: every known character is replaced, with the replacements
    /// of Twilio's published calculator, even when the text needs UCS-2 all the same.
    AsProvider,
}

/// Size of the reference number in the header of a concatenated message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Reference {
    /// 8 bits, the usual one: 153 septets or 67 UTF-16 units a part.
    #[default]
    EightBit,
    /// 16 bits: 152 or 66 a part. US and Canadian toll-free numbers count this way.
    SixteenBit,
}

impl Reference {
    /// Octets of the information element (3GPP TS 23.040, 9.2.3.24.1 and 9.2.3.24.8).
    const fn octets(self) -> u16 {
        match self {
            Self::EightBit => 5,
            Self::SixteenBit => 6,
        }
    }
}

/// How to encode. The default is what every network does: default alphabet or UCS-2, 8-bit references, text untouched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct SegmentOptions {
    /// Look-alike replacement.
    pub transliteration: Transliteration,
    /// National shift tables that may be used when the default alphabet does not do.
    pub national: Option<NationalLanguage>,
    /// Concatenation reference size.
    pub reference: Reference,
}

impl SegmentOptions {
    /// The defaults: no transliteration, no national tables, 8-bit references.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            transliteration: Transliteration::Off,
            national: None,
            reference: Reference::EightBit,
        }
    }

    /// Sets the replacement of look-alikes.
    #[must_use]
    pub const fn with_transliteration(mut self, transliteration: Transliteration) -> Self {
        self.transliteration = transliteration;
        self
    }

    /// Allows the shift tables of `language`.
    #[must_use]
    pub const fn with_national(mut self, language: NationalLanguage) -> Self {
        self.national = Some(language);
        self
    }

    /// Sets the size of concatenation references.
    #[must_use]
    pub const fn with_reference(mut self, reference: Reference) -> Self {
        self.reference = reference;
        self
    }
}

/// One part of the message: a byte range of the text that is sent, and the units it takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Segment {
    /// Byte range in [`Segments::text_of`]'s text, always on character boundaries.
    pub range: Range<usize>,
    /// Septets or UTF-16 units, without the header.
    pub units: u16,
}

/// A text cut into the parts that are sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Segments {
    /// The alphabet.
    pub encoding: Encoding,
    /// The GSM tables in use; [`Shift::Default`] for UCS-2.
    pub shift: Shift,
    /// Units that one part can hold: the single limit for one part, the concatenated limit for several.
    pub limit: u16,
    /// The text after transliteration, when that changed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The parts in order, at least one (an empty text is one empty part).
    pub segments: Vec<Segment>,
}

impl Segments {
    /// The text that is sent: the transliterated one when there is one, else `original`.
    #[must_use]
    pub fn text_of<'a>(&'a self, original: &'a str) -> &'a str {
        self.text.as_deref().unwrap_or(original)
    }

    /// The text of each part in order, given the text that was segmented.
    pub fn parts<'a>(&'a self, original: &'a str) -> impl Iterator<Item = &'a str> {
        let text = self.text_of(original);
        self.segments
            .iter()
            .map(move |segment| text.get(segment.range.clone()).unwrap_or_default())
    }
}

/// The size of a text without the cuts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SegmentCount {
    /// The alphabet.
    pub encoding: Encoding,
    /// Parts, at least 1. More than [`MAX_SEGMENTS`] cannot be sent as one message.
    pub segments: usize,
    /// Septets or UTF-16 units of the whole text, without headers.
    pub units: usize,
}

/// Counts parts and units. Allocates only for a text that transliteration changes.
///
/// ```
/// use msg_core::message::segment::{count, Encoding, SegmentOptions};
/// let size = count("Your code is 1234", SegmentOptions::new());
/// assert_eq!((size.encoding, size.segments, size.units), (Encoding::Gsm7, 1, 17));
/// ```
#[must_use]
pub fn count(text: &str, options: SegmentOptions) -> SegmentCount {
    let (text, choice) = choose(text, options);
    let (single, part) = limits(choice, options);
    let mut segments = 1;
    if choice.units > usize::from(single) {
        segments = 0;
        pack(&text, choice, part, |_, _| segments += 1);
    }
    SegmentCount {
        encoding: choice.encoding,
        segments,
        units: choice.units,
    }
}

/// Cuts `text` into the parts that are sent.
///
/// The alphabet is the first that holds the whole text: GSM default, the allowed national tables (the one that takes fewest
/// parts), GSM after transliteration if allowed, UCS-2. A part never ends inside an escape pair, a surrogate pair or a
/// grapheme. A grapheme longer than a whole part is cut between characters. A line break of carriage return and line feed
/// counts as two characters, as in providers' own counters, so a cut may fall between them.
#[must_use]
pub fn segment(text: &str, options: SegmentOptions) -> Segments {
    let (text, choice) = choose(text, options);
    let (single, part) = limits(choice, options);
    let mut segments = Vec::new();
    let limit = if choice.units <= usize::from(single) {
        segments.push(Segment {
            range: 0..text.len(),
            units: u16::try_from(choice.units).unwrap_or(single),
        });
        single
    } else {
        segments.reserve(choice.units / usize::from(part.max(1)) + 1);
        pack(&text, choice, part, |range, units| {
            segments.push(Segment { range, units });
        });
        part
    };
    let text = match text {
        Cow::Owned(changed) => Some(changed),
        Cow::Borrowed(_) => None,
    };
    Segments {
        encoding: choice.encoding,
        shift: choice.shift,
        limit,
        text,
        segments,
    }
}

/// An alphabet that holds the text, and its size in it.
#[derive(Debug, Clone, Copy)]
struct Choice {
    encoding: Encoding,
    shift: Shift,
    units: usize,
}

fn choose(text: &str, options: SegmentOptions) -> (Cow<'_, str>, Choice) {
    if options.transliteration == Transliteration::AsProvider
        && let Some(changed) = transliterate::replace(text, transliterate::calculator, false)
    {
        let choice = gsm(&changed, options).unwrap_or_else(|| ucs2(&changed));
        return (Cow::Owned(changed), choice);
    }
    if let Some(choice) = gsm(text, options) {
        return (Cow::Borrowed(text), choice);
    }
    if options.transliteration == Transliteration::WhenItFits
        && let Some(changed) = transliterate::replace(text, transliterate::plain, true)
        && let Some(choice) = gsm(&changed, options)
    {
        return (Cow::Owned(changed), choice);
    }
    (Cow::Borrowed(text), ucs2(text))
}

fn gsm(text: &str, options: SegmentOptions) -> Option<Choice> {
    if let Some(units) = gsm7::septets(text) {
        return Some(Choice {
            encoding: Encoding::Gsm7,
            shift: Shift::Default,
            units,
        });
    }
    let candidates = options.national?.shifts().iter().filter_map(|shift| {
        let units = text.chars().try_fold(0_usize, |total, character| {
            Some(total.saturating_add(usize::from(shift.width(character)?)))
        })?;
        Some(Choice {
            encoding: Encoding::Gsm7,
            shift: *shift,
            units,
        })
    });
    candidates.min_by_key(|choice| {
        let (single, part) = limits(*choice, options);
        let parts = if choice.units <= usize::from(single) {
            1
        } else {
            choice.units.div_ceil(usize::from(part.max(1)))
        };
        (parts, choice.units)
    })
}

fn ucs2(text: &str) -> Choice {
    Choice {
        encoding: Encoding::Ucs2,
        shift: Shift::Default,
        units: text.encode_utf16().count(),
    }
}

/// Units in a single message and in each part of a concatenated one. The header takes its length octet and its elements,
/// and septets begin on a septet boundary after it (3GPP TS 23.040, 9.2.3.24).
fn limits(choice: Choice, options: SegmentOptions) -> (u16, u16) {
    let national = choice.shift.header_octets();
    let single = if national == 0 { 0 } else { 1 + national };
    let concatenated = 1 + national + options.reference.octets();
    let units = |header: u16| {
        USER_DATA_OCTETS.saturating_sub(header).saturating_mul(8) / choice.encoding.bits()
    };
    (units(single), units(concatenated))
}

/// Fills parts of `limit` units greedily and reports each.
fn pack(text: &str, choice: Choice, limit: u16, mut emit: impl FnMut(Range<usize>, u16)) {
    let mut start = 0;
    let mut end = 0;
    let mut units = 0_u16;
    let mut add = |bytes: usize, width: u16| {
        if units.saturating_add(width) > limit && end > start {
            emit(start..end, units);
            start = end;
            units = 0;
        }
        end = end.saturating_add(bytes);
        units = units.saturating_add(width);
        (start, end, units)
    };
    let mut last = (0, 0, 0);
    match choice.encoding {
        Encoding::Gsm7 => {
            for character in text.chars() {
                last = add(
                    character.len_utf8(),
                    choice.shift.width(character).unwrap_or(1),
                );
            }
        }
        Encoding::Ucs2 => {
            for grapheme in text.graphemes(true) {
                let width = grapheme.encode_utf16().count();
                match u16::try_from(width) {
                    Ok(width) if width <= limit && grapheme != "\r\n" => {
                        last = add(grapheme.len(), width);
                    }
                    _ => {
                        for character in grapheme.chars() {
                            last = add(
                                character.len_utf8(),
                                if character.len_utf16() == 2 { 2 } else { 1 },
                            );
                        }
                    }
                }
            }
        }
    }
    let (start, end, units) = last;
    emit(start..end, units);
}

#[cfg(test)]
mod tests;
