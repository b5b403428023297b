//! Digits of every script, and numbers as words: data, and the functions that read it.

/// The zero of every script that has decimal digits; the other nine follow it.
/// Source: Unicode Character Database, general category Nd.
const ZEROS: [u32; 66] = [
    0x30, 0x660, 0x6F0, 0x7C0, 0x966, 0x9E6, 0xA66, 0xAE6, 0xB66, 0xBE6, 0xC66, 0xCE6, 0xD66,
    0xDE6, 0xE50, 0xED0, 0xF20, 0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90,
    0x1B50, 0x1BB0, 0x1C40, 0x1C50, 0xA620, 0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0xFF10,
    0x1_04A0, 0x1_0D30, 0x1_1066, 0x1_10F0, 0x1_1136, 0x1_11D0, 0x1_12F0, 0x1_1450, 0x1_14D0,
    0x1_1650, 0x1_16C0, 0x1_1730, 0x1_18E0, 0x1_1950, 0x1_1C50, 0x1_1D50, 0x1_1DA0, 0x1_6A60,
    0x1_6AC0, 0x1_6B50, 0x1_D7CE, 0x1_D7D8, 0x1_D7E2, 0x1_D7EC, 0x1_D7F6, 0x1_E140, 0x1_E2F0,
    0x1_E950, 0x1_FBF0,
];

/// The numbers from one to ten in a language, with other forms of the same number at the end of each row.
type Words = [&'static [&'static str]; 10];

/// Number words by language. A word stands for the same number in every language of the table; a test holds that.
const WORDS: &[(&str, Words)] = &[
    (
        "en",
        [
            &["one", "first"],
            &["two", "second"],
            &["three", "third"],
            &["four", "fourth"],
            &["five", "fifth"],
            &["six", "sixth"],
            &["seven", "seventh"],
            &["eight", "eighth"],
            &["nine", "ninth"],
            &["ten", "tenth"],
        ],
    ),
    (
        "de",
        [
            &["eins", "ein", "eine"],
            &["zwei", "zwo"],
            &["drei"],
            &["vier"],
            &["fünf", "fuenf"],
            &["sechs"],
            &["sieben"],
            &["acht"],
            &["neun"],
            &["zehn"],
        ],
    ),
    (
        "es",
        [
            &["uno", "una"],
            &["dos"],
            &["tres"],
            &["cuatro"],
            &["cinco"],
            &["seis"],
            &["siete"],
            &["ocho"],
            &["nueve"],
            &["diez"],
        ],
    ),
    (
        "fr",
        [
            &["un", "une"],
            &["deux"],
            &["trois"],
            &["quatre"],
            &["cinq"],
            &["six"],
            &["sept"],
            &["huit"],
            &["neuf"],
            &["dix"],
        ],
    ),
    (
        "it",
        [
            &["uno", "una"],
            &["due"],
            &["tre"],
            &["quattro"],
            &["cinque"],
            &["sei"],
            &["sette"],
            &["otto"],
            &["nove"],
            &["dieci"],
        ],
    ),
    (
        "nl",
        [
            &["een", "één"],
            &["twee"],
            &["drie"],
            &["vier"],
            &["vijf"],
            &["zes"],
            &["zeven"],
            &["acht"],
            &["negen"],
            &["tien"],
        ],
    ),
    (
        "pt",
        [
            &["um", "uma"],
            &["dois", "duas"],
            &["três", "tres"],
            &["quatro"],
            &["cinco"],
            &["seis"],
            &["sete"],
            &["oito"],
            &["nove"],
            &["dez"],
        ],
    ),
    (
        "zh",
        [
            &["一"],
            &["二", "两"],
            &["三"],
            &["四"],
            &["五"],
            &["六"],
            &["七"],
            &["八"],
            &["九"],
            &["十"],
        ],
    ),
];

/// The decimal value of a digit of any script.
pub(super) fn digit(character: char) -> Option<u8> {
    let code = u32::from(character);
    let before = ZEROS.partition_point(|zero| *zero <= code);
    let zero = ZEROS.get(before.checked_sub(1)?)?;
    u8::try_from(code - zero).ok().filter(|value| *value < 10)
}

/// The number that a folded text means: digits, or a word from one to ten.
pub(super) fn parse(folded: &str) -> Option<usize> {
    if folded.bytes().all(|byte| byte.is_ascii_digit()) {
        return folded.parse().ok();
    }
    WORDS.iter().find_map(|(_, words)| {
        words
            .iter()
            .position(|forms| forms.contains(&folded))
            .map(|at| at + 1)
    })
}

/// The zero of the digits that a language writes numbers with, where they are not the ASCII ones.
/// Source: Unicode CLDR, `defaultNumberingSystem` of each locale.
const LOCAL_ZEROS: &[(&str, char)] = &[
    ("ar", '٠'),
    ("as", '০'),
    ("bn", '০'),
    ("ckb", '٠'),
    ("dz", '༠'),
    ("fa", '۰'),
    ("mr", '०'),
    ("my", '၀'),
    ("ne", '०'),
    ("ps", '۰'),
    ("sd", '٠'),
];

/// Regions whose Arabic is written with ASCII digits. Source: Unicode CLDR, `ar-AE`, `ar-DZ`, `ar-EH`, `ar-LY`, `ar-MA`, `ar-TN`.
const ARABIC_WITH_ASCII: &[&str] = &["ae", "dz", "eh", "ly", "ma", "tn"];

/// The zero of the digits of a language, given as BCP 47.
fn local_zero(language: &str) -> Option<char> {
    let mut subtags = language.split(['-', '_']);
    let primary = subtags.next()?;
    let (_, zero) = LOCAL_ZEROS
        .iter()
        .find(|(known, _)| primary.eq_ignore_ascii_case(known))?;
    let western = primary.eq_ignore_ascii_case("ar")
        && subtags.any(|subtag| {
            ARABIC_WITH_ASCII
                .iter()
                .any(|region| subtag.eq_ignore_ascii_case(region))
        });
    (!western).then_some(*zero)
}

/// A number in the digits of a language.
pub(super) fn format(number: usize, language: &str) -> String {
    let ascii = number.to_string();
    match local_zero(language) {
        None => ascii,
        Some(zero) => ascii
            .bytes()
            .filter_map(|byte| char::from_u32(u32::from(zero) + u32::from(byte.wrapping_sub(b'0'))))
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn digits_of_any_script_are_read() {
        for (text, value) in [('7', 7), ('٣', 3), ('९', 9), ('５', 5), ('𝟚', 2)] {
            assert_eq!(digit(text), Some(value), "{text}");
        }
        assert_eq!(digit('a'), None);
        assert_eq!(digit('²'), None);
        assert!(ZEROS.is_sorted());
    }

    #[test]
    fn a_word_means_one_number() {
        let mut seen = BTreeMap::new();
        for (language, words) in WORDS {
            for (at, forms) in words.iter().enumerate() {
                for form in *forms {
                    assert_eq!(
                        *seen.entry(*form).or_insert(at),
                        at,
                        "`{form}` in {language} means something else elsewhere"
                    );
                }
            }
        }
    }

    #[test]
    fn numbers_are_written_in_local_digits() {
        assert_eq!(format(10, "en"), "10");
        assert_eq!(format(10, "fa-IR"), "۱۰");
        assert_eq!(format(12, "ar"), "١٢");
        assert_eq!(format(12, "ar-MA"), "12");
        assert_eq!(format(3, ""), "3");
    }
}
