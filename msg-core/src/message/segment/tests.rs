use super::*;
use proptest::prelude::*;

fn plain(text: &str) -> (Encoding, Vec<u16>) {
    let segments = segment(text, SegmentOptions::new());
    (
        segments.encoding,
        segments.segments.iter().map(|part| part.units).collect(),
    )
}

#[test]
fn limits_of_each_alphabet_and_reference_size() {
    assert_eq!(plain(&"a".repeat(160)), (Encoding::Gsm7, vec![160]));
    assert_eq!(plain(&"a".repeat(161)), (Encoding::Gsm7, vec![153, 8]));
    assert_eq!(plain(&"á".repeat(70)), (Encoding::Ucs2, vec![70]));
    assert_eq!(plain(&"á".repeat(71)), (Encoding::Ucs2, vec![67, 4]));
    let toll_free = SegmentOptions::new().with_reference(Reference::SixteenBit);
    assert_eq!(segment(&"a".repeat(161), toll_free).limit, 152);
    assert_eq!(segment(&"á".repeat(71), toll_free).limit, 66);
    assert_eq!(count(&"a".repeat(160), toll_free).segments, 1);
}

#[test]
fn an_escape_pair_is_never_cut() {
    // 152 letters and a euro: the euro would need septets 153 and 154.
    let text = format!("{}€{}", "a".repeat(152), "b".repeat(20));
    assert_eq!(plain(&text), (Encoding::Gsm7, vec![152, 22]));
    assert_eq!(plain(&"€".repeat(80)), (Encoding::Gsm7, vec![160]));
    assert_eq!(plain(&"€".repeat(81)), (Encoding::Gsm7, vec![152, 10]));
}

#[test]
fn graphemes_and_surrogate_pairs_are_never_cut() {
    assert_eq!(plain(&"😀".repeat(36)), (Encoding::Ucs2, vec![66, 6]));
    let family = "👨\u{200d}👩\u{200d}👧\u{200d}👦"; // 11 units
    assert_eq!(plain(&family.repeat(7)), (Encoding::Ucs2, vec![66, 11]));
    let accents = format!("{}e\u{301}{}", "我".repeat(66), "我".repeat(10));
    assert_eq!(plain(&accents), (Encoding::Ucs2, vec![66, 12]));
}

#[test]
fn a_grapheme_longer_than_a_part_is_cut_between_characters() {
    let text = format!("z{}", "\u{301}".repeat(150));
    let (encoding, units) = plain(&text);
    assert_eq!((encoding, units), (Encoding::Ucs2, vec![67, 67, 17]));
}

#[test]
fn a_line_break_of_two_characters_may_be_cut() {
    let text = format!("{}\r\n{}", "我".repeat(66), "我".repeat(10));
    assert_eq!(plain(&text), (Encoding::Ucs2, vec![67, 11]));
}

#[test]
fn an_empty_text_is_one_empty_part() {
    assert_eq!(plain(""), (Encoding::Gsm7, vec![0]));
    assert_eq!(count("", SegmentOptions::new()).segments, 1);
}

#[test]
fn national_tables_are_used_only_when_allowed_and_needed() {
    let text = "ş".repeat(75);
    assert_eq!(plain(&text).0, Encoding::Ucs2);
    let turkish = SegmentOptions::new().with_national(NationalLanguage::Turkish);
    let locked = segment(&text, turkish);
    assert_eq!(locked.shift, Shift::Locking(NationalLanguage::Turkish));
    assert_eq!(
        (locked.limit, locked.segments.len()),
        (152, 1),
        "a header of 7 octets is 8 septets"
    );
    let one = segment("Açık mı?", turkish);
    assert_eq!(one.encoding, Encoding::Gsm7);
    assert_eq!(segment("plain", turkish).shift, Shift::Default);
    assert_eq!(segment("我", turkish).encoding, Encoding::Ucs2);
    let spanish = SegmentOptions::new().with_national(NationalLanguage::Spanish);
    assert_eq!(
        segment(&"á".repeat(77), spanish).limit,
        155,
        "a header of 4 octets is 5 septets"
    );
    assert_eq!(segment(&"á".repeat(78), spanish).limit, 149);
    assert_eq!(
        segment(
            &"ã".repeat(160),
            SegmentOptions::new().with_national(NationalLanguage::Portuguese)
        )
        .limit,
        146
    );
}

#[test]
fn transliteration_is_all_or_nothing_unless_the_provider_does_it() {
    let fits = SegmentOptions::new().with_transliteration(Transliteration::WhenItFits);
    let sent = segment("“Hi” … ok", fits);
    assert_eq!(sent.encoding, Encoding::Gsm7);
    assert_eq!(sent.text_of("“Hi” … ok"), "\"Hi\" ... ok");
    let kept = segment("“我”…", fits);
    assert_eq!((kept.encoding, kept.text.clone()), (Encoding::Ucs2, None));
    let provider = SegmentOptions::new().with_transliteration(Transliteration::AsProvider);
    assert_eq!(
        segment("“我”…", provider).text.as_deref(),
        Some("\"我\"...")
    );
    assert_eq!(count("5\u{a0}kg", provider).units, 5);
    assert_eq!(count("5\u{a0}kg", fits).units, 4);
}

#[test]
fn serialized_form() {
    let options = SegmentOptions::new()
        .with_transliteration(Transliteration::WhenItFits)
        .with_national(NationalLanguage::Turkish);
    insta::assert_json_snapshot!("options", options);
    insta::assert_json_snapshot!("segments", segment("“İ”", options));
    insta::assert_json_snapshot!("count", count("ok", options));
}

fn any_options() -> impl Strategy<Value = SegmentOptions> {
    (0..3_u8, 0..4_u8, any::<bool>()).prop_map(|(transliteration, national, sixteen)| {
        SegmentOptions {
            transliteration: match transliteration {
                0 => Transliteration::Off,
                1 => Transliteration::WhenItFits,
                _ => Transliteration::AsProvider,
            },
            national: match national {
                0 => None,
                1 => Some(NationalLanguage::Turkish),
                2 => Some(NationalLanguage::Spanish),
                _ => Some(NationalLanguage::Portuguese),
            },
            reference: if sixteen {
                Reference::SixteenBit
            } else {
                Reference::EightBit
            },
        }
    })
}

/// Texts that reach every branch: alphabet letters, escapes, national letters, look-alikes, emoji, marks, anything.
fn any_text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => "[ -~\n]{0,60}",
        2 => "[€\\[\\]{}^|~]{0,40}",
        1 => "[şğİıçãõáíóú]{0,40}",
        1 => "[“”’…—\u{a0}\u{200b}]{0,10}",
        1 => "(👨\u{200d}👩\u{200d}👧|🇩🇪|😀|e\u{301}|\r\n){0,20}",
        1 => "\\PC{0,20}",
        1 => any::<String>(),
    ];
    prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

fn width(segments: &Segments, text: &str) -> u16 {
    text.chars()
        .map(|c| match segments.encoding {
            Encoding::Gsm7 => segments.shift.width(c).unwrap(),
            Encoding::Ucs2 => u16::try_from(c.len_utf16()).unwrap(),
        })
        .sum()
}

proptest! {
    #[test]
    fn parts_are_the_text_each_within_the_limit(text in any_text(), options in any_options()) {
        let segments = segment(&text, options);
        prop_assert_eq!(segments.parts(&text).collect::<String>(), segments.text_of(&text));
        prop_assert!(!segments.segments.is_empty());
        for (part, piece) in segments.segments.iter().zip(segments.parts(&text)) {
            prop_assert!(part.units <= segments.limit);
            prop_assert_eq!(part.units, width(&segments, piece));
            prop_assert!(segments.segments.len() == 1 || !piece.is_empty());
        }
        prop_assert_eq!(&segments, &segment(&text, options));
    }

    #[test]
    fn the_count_is_that_of_the_cut(text in any_text(), options in any_options()) {
        let segments = segment(&text, options);
        let size = count(&text, options);
        prop_assert_eq!(size.segments, segments.segments.len());
        prop_assert_eq!(size.encoding, segments.encoding);
        prop_assert_eq!(size.units, segments.segments.iter().map(|part| usize::from(part.units)).sum::<usize>());
    }

    #[test]
    fn cuts_fall_between_graphemes_that_fit(text in any_text(), options in any_options()) {
        let segments = segment(&text, options);
        let sent = segments.text_of(&text);
        let allowed: Vec<usize> = sent
            .grapheme_indices(true)
            .flat_map(|(at, grapheme)| {
                let whole = width(&segments, grapheme) <= segments.limit && grapheme != "\r\n" && segments.encoding == Encoding::Ucs2;
                let inside = if whole { 0 } else { grapheme.len() };
                (at..=at + inside).collect::<Vec<_>>()
            })
            .collect();
        for part in segments.segments.iter().skip(1) {
            prop_assert!(allowed.contains(&part.range.start), "{:?}", part.range);
        }
    }

    #[test]
    fn a_part_is_closed_only_when_the_next_piece_does_not_fit(text in any_text(), options in any_options()) {
        let segments = segment(&text, options);
        let pieces: Vec<&str> = segments.parts(&text).collect();
        for (part, next) in segments.segments.iter().zip(pieces.iter().skip(1)) {
            let first = match segments.encoding {
                Encoding::Gsm7 => next.chars().next().map(|c| width(&segments, &c.to_string())),
                Encoding::Ucs2 => next.graphemes(true).next().map(|g| width(&segments, g)),
            };
            prop_assert!(part.units + first.unwrap_or(0) > segments.limit || next.starts_with("\r\n") || next.starts_with('\n'));
        }
    }
}
