//! The SMS segmenter: the parts are the text, none is too long, and the count is that of the cut.

use msg_core::message::segment::national::NationalLanguage;
use msg_core::message::segment::{
    Reference, SegmentOptions, Segments, Transliteration, count, segment,
};

use crate::trial;

/// The alphabets' corner cases; [`segment()`] gets what follows the first byte, which chooses the options.
pub(super) const DICTIONARY: &[&[u8]] = &[
    b"\x1b",
    "€".as_bytes(),
    "^{}[]~|\\".as_bytes(),
    "ÁÉÍÓÚ".as_bytes(),
    "ğışİ".as_bytes(),
    "“”’–…".as_bytes(),
    b"\r\n",
    "0123456789012345678901234567890123456789".as_bytes(),
];

pub(super) fn run(input: &[u8]) {
    let Some((choice, bytes)) = input.split_first() else {
        return;
    };
    let text = String::from_utf8_lossy(bytes);
    let options = options(*choice);
    let cut = segment(&text, options);
    let sent = cut.text_of(&text);
    assert_eq!(
        cut.parts(&text).collect::<String>(),
        sent,
        "the parts are the text"
    );
    assert!(!cut.segments.is_empty(), "there is a part");
    assert!(
        cut.segments.iter().all(|part| part.units <= cut.limit),
        "no part is too long"
    );
    if cut.segments.len() > 1 {
        assert!(
            cut.parts(&text).all(|part| !part.is_empty()),
            "no part is empty"
        );
    }
    let size = count(&text, options);
    let units: usize = cut
        .segments
        .iter()
        .map(|part| usize::from(part.units))
        .sum();
    assert_eq!(
        (size.encoding, size.segments, size.units),
        (cut.encoding, cut.segments.len(), units)
    );
    assert_eq!(
        cut,
        segment(&text, options),
        "the same text is cut the same way"
    );
    without_help_it_is_never_shorter(&text, options, &cut);
    trial::note_all(&(
        cut.encoding,
        cut.shift,
        cut.text.is_some(),
        cut.segments.len().min(8),
        *choice & 31,
    ));
}

/// A national alphabet is only used where it saves parts.
fn without_help_it_is_never_shorter(text: &str, options: SegmentOptions, cut: &Segments) {
    let mut plain = options;
    plain.national = None;
    assert!(
        segment(text, plain).segments.len() >= cut.segments.len(),
        "an alphabet made it longer"
    );
}

fn options(choice: u8) -> SegmentOptions {
    let mut options = SegmentOptions::new();
    options.transliteration = match choice & 3 {
        0 => Transliteration::WhenItFits,
        1 => Transliteration::AsProvider,
        _ => Transliteration::Off,
    };
    options.national = match (choice >> 2) & 3 {
        0 => None,
        1 => Some(NationalLanguage::Turkish),
        2 => Some(NationalLanguage::Spanish),
        _ => Some(NationalLanguage::Portuguese),
    };
    options.reference = if choice & 16 == 0 {
        Reference::EightBit
    } else {
        Reference::SixteenBit
    };
    options
}
