//! Words near a number that say what it is.

/// How far before a number a word still speaks of it, in bytes.
const BEFORE: usize = 48;
/// How far after it (`555 0123 office`).
const AFTER: usize = 14;

/// Words for telephones; a word in the text counts when it begins with one of these. The common ones of the languages most
/// written in messages, lower case.
const PHONE: [&str; 34] = [
    "phone",
    "telep",
    "telef",
    "telé",
    "teléf",
    "téléphone",
    "mobil",
    "móvil",
    "movil",
    "celul",
    "cellphone",
    "whatsapp",
    "hotline",
    "contact",
    "reach me",
    "appele",
    "appelez",
    "portable",
    "handy",
    "rufnummer",
    "anrufen",
    "llám",
    "llama",
    "zadzwo",
    "телеф",
    "мобил",
    "звон",
    "电话",
    "電話",
    "手机",
    "手機",
    "携帯",
    "전화",
    "फ़ोन",
];
/// The same, but the whole word must match.
const PHONE_WORDS: [&str; 19] = [
    "tel", "tels", "cell", "call", "calling", "mob", "fax", "ph", "sms", "text", "texting", "dial",
    "ring", "cep", "bel", "ligue", "тел", "whats", "number",
];
/// Words after a number that name the line.
const LINES: [&str; 8] = [
    "office", "mobile", "fax", "home", "cell", "phone", "work", "to call",
];
/// Words for a US social security number.
const SSN: [&str; 4] = ["ssn", "social sec", "social number", "ss#"];

/// Whether the words before `start` speak of a telephone.
pub(super) fn speaks_of_phone(text: &str, start: usize) -> bool {
    words_before(text, start).any(|rest| {
        PHONE.iter().any(|word| has_prefix(rest, word))
            || PHONE_WORDS.iter().any(|word| is_word(rest, word))
    })
}

/// Whether the word after `end` names a telephone line.
pub(super) fn names_line(text: &str, end: usize) -> bool {
    let to = text.floor_char_boundary((end + AFTER).min(text.len()));
    let after = text
        .get(end..to)
        .unwrap_or_default()
        .trim_start_matches([' ', '(', ',']);
    LINES.iter().any(|line| has_prefix(after, line))
}

/// Whether the text before `start` speaks of a social security number.
pub(super) fn names_ssn(text: &str, start: usize) -> bool {
    words_before(text, start).any(|rest| SSN.iter().any(|word| has_prefix(rest, word)))
}

/// The rest of the text before `start` from every place near it where a word begins; ideographs have no word boundaries, so each
/// of them is one.
fn words_before(text: &str, start: usize) -> impl Iterator<Item = &str> {
    let from = text.floor_char_boundary(start.saturating_sub(BEFORE));
    let window = text.get(from..start).unwrap_or_default();
    let mut in_word = text
        .get(..from)
        .unwrap_or_default()
        .chars()
        .next_back()
        .is_some_and(char::is_alphabetic);
    window.char_indices().filter_map(move |(i, c)| {
        let letter = c.is_alphabetic();
        let begins = letter && (!in_word || u32::from(c) >= 0x2e80);
        in_word = letter;
        begins.then(|| window.get(i..)).flatten()
    })
}

/// Whether `text` begins with the lower-case `word`, in any case.
fn has_prefix(text: &str, word: &str) -> bool {
    let mut chars = text.chars();
    word.chars()
        .all(|w| chars.next().is_some_and(|c| is_lower_of(w, c)))
}

/// Whether the first word of `text` is the lower-case `word`, in any case.
fn is_word(text: &str, word: &str) -> bool {
    let mut chars = text.chars();
    word.chars()
        .all(|w| chars.next().is_some_and(|c| is_lower_of(w, c)))
        && chars.next().is_none_or(|c| !c.is_alphabetic())
}

/// Whether `lower` is the lower case of `c`; mappings to several characters do not count.
fn is_lower_of(lower: char, c: char) -> bool {
    if c.is_ascii() {
        c.to_ascii_lowercase() == lower
    } else {
        !lower.is_ascii() && c.to_lowercase().eq([lower])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_before_and_after() {
        let named = |text: &str| {
            let start = text.find('5').unwrap();
            speaks_of_phone(text, start) || names_line(text, text.rfind('5').unwrap() + 1)
        };
        for text in [
            "Phone: 5 5",
            "call me on 5",
            "Meu telefone é 55",
            "我的电话号是5",
            "мой ТЕЛЕФОН 5",
            "55 office",
            "tel.55",
            "TEL:5",
        ] {
            assert!(named(text), "{text}");
        }
        for text in [
            "order 5",
            "hotel 5",
            "recall 5",
            "telling 5",
            "5 officers and 5",
            "a phone was lost in the flood that took the whole old town in 1985",
        ] {
            assert!(!named(text), "{text}");
        }
    }

    #[test]
    fn half_a_word_at_the_edge_is_no_word() {
        let text = format!("recall {} 5", "x ".repeat(21));
        assert_eq!(text.len() - 1 - text.find("call").unwrap(), BEFORE);
        assert!(!speaks_of_phone(&text, text.len() - 1));
    }

    #[test]
    fn window_respects_character_boundaries() {
        let text = "電".repeat(40) + "5";
        assert!(!speaks_of_phone(&text, text.len() - 1));
        assert!(!names_line(&text, text.len()));
    }
}
