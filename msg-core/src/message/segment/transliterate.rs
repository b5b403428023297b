//! Look-alikes that put a text into the GSM alphabet: "smart encoding".
//!
//! The set of characters follows Twilio's published segment calculator (`src/libs/SmartEncodingMap.ts`), whose list other
//! providers share in substance. Where the calculator's choice would spoil a text that people read (two spaces for one
//! no-break space, `>` for an opening guillemet, a loose `~` for a combining tilde), [`plain`] has its own and
//! [`calculator`] the published one.

/// The replacement that reads best, or `None` to keep the character.
pub(super) fn plain(character: char) -> Option<&'static str> {
    Some(match character {
        '\t' | '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => " ",
        '‹' => "<",
        '›' => ">",
        '\u{ad}' | '\u{2061}'..='\u{2064}' => "",
        '\u{2011}' | '\u{2012}' | '\u{2212}' | '·' => "-",
        '′' => "'",
        '″' => "\"",
        '×' => "x",
        '©' => "(c)",
        '®' => "(R)",
        '™' => "(TM)",
        '\u{300}'..='\u{36f}' | '\u{1dcd}' | '\u{20d2}' | '\u{20d3}' | '\u{20e5}' => return None,
        _ => return shared(character),
    })
}

/// The replacement that Twilio's calculator counts, or `None` to keep the character.
pub(super) fn calculator(character: char) -> Option<&'static str> {
    Some(match character {
        '\t' => "       ",
        '\u{a0}'
        | '\u{2000}'
        | '\u{2002}'..='\u{200a}'
        | '\u{202f}'
        | '\u{205f}'
        | '\u{3000}'
        | '\u{80}'
        | '\u{8d}'
        | '\u{90}'
        | '\u{9b}'
        | '\u{9f}' => "  ",
        '\u{2001}' => " ",
        '\u{ff40}'..='\u{ff5a}' => return None,
        '‹' => ">",
        '›' => "<",
        '\u{313}' | '\u{314}' => "'",
        '\u{337}' | '\u{338}' => "/",
        '\u{20e5}' => "\\",
        '\u{332}' => "_",
        '\u{20d2}' | '\u{20d3}' => "|",
        '\u{326}' => ",",
        '\u{347}' => "=",
        '\u{302}' | '\u{1dcd}' => "^",
        '\u{303}' | '\u{330}' | '\u{334}' => "~",
        _ => return shared(character),
    })
}

/// What both agree on.
fn shared(character: char) -> Option<&'static str> {
    if let Some(replacement) = fullwidth(character) {
        return Some(replacement);
    }
    Some(match character {
        '«' | '»' | '“' | '”' | '„' | '‟' | '\u{2ba}' | '\u{2ee}' | '❝' | '❞' | '〝' | '〞' => {
            "\""
        }
        '‘'
        | '’'
        | '‛'
        | '´'
        | '`'
        | '\u{2b9}'
        | '\u{2bb}'..='\u{2bd}'
        | '\u{2c8}'
        | '\u{2ca}'
        | '\u{2cb}'
        | '❛'
        | '❜'
        | '\u{fe10}'
        | '\u{fe11}' => "'",
        '…' => "...",
        '–' | '—' | '―' | '‐' | '⁃' | '•' | '\u{23bc}' | '\u{23bd}' | '\u{fe63}' => "-",
        '\u{200b}'
        | '\u{2060}'
        | '\u{feff}'
        | '\0'
        | '\u{3}'
        | '\u{4}'
        | '\u{10}'..='\u{14}'
        | '\u{17}'
        | '\u{19}' => "",
        '\u{2028}' | '\u{2029}' => " ",
        '‼' => "!!",
        '¼' => "1/4",
        '½' => "1/2",
        '¾' => "3/4",
        '÷' | '⧸' | '⁄' | '∕' => "/",
        '⧹' | '⧵' | '\u{fe68}' => "\\",
        '‗' => "_",
        '∣' | '⎸' | '⎹' | '⏐' | '⎜' | '⎟' => "|",
        '\u{fe6b}' => "@",
        '\u{fe69}' => "$",
        'ǃ' | '\u{fe15}' | '\u{fe57}' => "!",
        '\u{fe5f}' => "#",
        '\u{fe6a}' => "%",
        '\u{fe60}' => "&",
        '‚' | '、' | '\u{fe50}' | '\u{fe51}' | '\u{ff64}' => ",",
        '❨' | '❪' | '⟮' | '⦅' | '\u{fe59}' => "(",
        '❩' | '❫' | '⟯' | '⦆' | '\u{fe5a}' => ")",
        '⁎'
        | '∗'
        | '⊛'
        | '✢'..='✥'
        | '✱'..='✳'
        | '✺'..='✽'
        | '❃'
        | '❉'..='❋'
        | '⧆'
        | '\u{fe61}' => "*",
        '\u{2d6}' | '\u{fe62}' => "+",
        '。' | '\u{fe52}' | '\u{ff61}' => ".",
        '\u{2d0}' | '\u{2f8}' | '⦂' | '\u{a789}' | '\u{fe13}' => ":",
        '⁏' | '\u{fe14}' | '\u{fe54}' => ";",
        '\u{fe64}' => "<",
        '\u{a78a}' | '\u{fe66}' => "=",
        '\u{fe65}' => ">",
        '\u{fe16}' | '\u{fe56}' => "?",
        '\u{2c6}' => "^",
        '❴' | '\u{fe5b}' => "{",
        '❵' | '\u{fe5c}' => "}",
        '\u{2dc}' | '\u{2f7}' | '∼' => "~",
        _ => return small_capital(character),
    })
}

/// Latin small capitals, used as lettering in decorated texts.
fn small_capital(character: char) -> Option<&'static str> {
    Some(match character {
        'ᴀ' => "A",
        'ʙ' => "B",
        'ᴄ' => "C",
        'ᴅ' => "D",
        'ᴇ' => "E",
        'ꜰ' => "F",
        'ɢ' => "G",
        'ʜ' => "H",
        'ɪ' => "I",
        'ᴊ' => "J",
        'ᴋ' => "K",
        'ʟ' => "L",
        'ᴍ' => "M",
        'ɴ' => "N",
        'ᴏ' => "O",
        'ᴘ' => "P",
        'ʀ' => "R",
        'ꜱ' => "S",
        'ᴛ' => "T",
        'ᴜ' => "U",
        'ᴠ' => "V",
        'ᴡ' => "W",
        'ʏ' => "Y",
        'ᴢ' => "Z",
        _ => return None,
    })
}

/// U+FF01 to U+FF5E are ASCII `!` to `~` moved by 0xFEE0 (Unicode block "Halfwidth and Fullwidth Forms").
fn fullwidth(character: char) -> Option<&'static str> {
    const FULLWIDTH: &str = "!\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_'abcdefghijklmnopqrstuvwxyz{|}~";
    let offset = u32::from(character)
        .checked_sub(0xFF01)
        .filter(|offset| *offset <= 0x5D)?;
    let start = usize::try_from(offset).ok()?;
    FULLWIDTH.get(start..start.saturating_add(1))
}

/// The letter of the default alphabet that `base` and a combining mark make, so that decomposed text is not flattened.
pub(super) fn compose(base: char, mark: char) -> Option<char> {
    Some(match (base, mark) {
        ('a', '\u{300}') => 'à',
        ('e', '\u{300}') => 'è',
        ('i', '\u{300}') => 'ì',
        ('o', '\u{300}') => 'ò',
        ('u', '\u{300}') => 'ù',
        ('e', '\u{301}') => 'é',
        ('E', '\u{301}') => 'É',
        ('n', '\u{303}') => 'ñ',
        ('N', '\u{303}') => 'Ñ',
        ('a', '\u{308}') => 'ä',
        ('o', '\u{308}') => 'ö',
        ('u', '\u{308}') => 'ü',
        ('A', '\u{308}') => 'Ä',
        ('O', '\u{308}') => 'Ö',
        ('U', '\u{308}') => 'Ü',
        ('a', '\u{30a}') => 'å',
        ('A', '\u{30a}') => 'Å',
        ('C', '\u{327}') => 'Ç',
        _ => return None,
    })
}

/// `text` with every replaceable character replaced, or `None` when there is nothing to replace.
pub(super) fn replace(
    text: &str,
    table: fn(char) -> Option<&'static str>,
    composing: bool,
) -> Option<String> {
    let mut out: Option<String> = None;
    let mut previous: Option<char> = None;
    for (at, character) in text.char_indices() {
        let composed = if composing {
            previous.and_then(|base| compose(base, character))
        } else {
            None
        };
        if let Some(letter) = composed {
            let buffer = out.get_or_insert_with(|| text.get(..at).unwrap_or_default().to_owned());
            buffer.pop();
            buffer.push(letter);
            previous = Some(letter);
        } else if let Some(replacement) = table(character) {
            out.get_or_insert_with(|| text.get(..at).unwrap_or_default().to_owned())
                .push_str(replacement);
            previous = None;
        } else {
            if let Some(buffer) = &mut out {
                buffer.push(character);
            }
            previous = Some(character);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::gsm7;
    use super::*;

    #[test]
    fn every_plain_replacement_is_in_the_alphabet_and_replaces_only_what_is_not() {
        let mut replaced = 0;
        for character in (0..=0x0010_FFFF).filter_map(char::from_u32) {
            for table in [plain, calculator] {
                if let Some(replacement) = table(character) {
                    replaced += 1;
                    assert!(
                        gsm7::septets(replacement).is_some(),
                        "{character:?} -> {replacement:?}"
                    );
                    assert!(
                        gsm7::width(character).is_none(),
                        "{character:?} needs no replacement"
                    );
                }
            }
        }
        assert!(replaced > 400, "{replaced}");
    }

    #[test]
    fn text_as_word_processors_write_it() {
        let text = "“Hello” — it’s 5\u{a0}€… ½";
        assert_eq!(
            replace(text, plain, true).as_deref(),
            Some("\"Hello\" - it's 5 €... 1/2")
        );
        assert_eq!(
            replace(text, calculator, false).as_deref(),
            Some("\"Hello\" - it's 5  €... 1/2")
        );
        assert_eq!(replace("nothing here", plain, true), None);
    }

    #[test]
    fn decomposed_letters_are_composed_not_flattened() {
        assert_eq!(
            replace("man\u{303}ana cafe\u{301}", plain, true).as_deref(),
            Some("mañana café")
        );
        assert_eq!(
            replace("n\u{303}", calculator, false).as_deref(),
            Some("n~")
        );
        assert_eq!(replace("\u{303}n", plain, true), None);
    }

    #[test]
    fn fullwidth_forms_are_ascii_again() {
        assert_eq!(
            replace("ＡＢＣ１２３！～", plain, true).as_deref(),
            Some("ABC123!~")
        );
        assert_eq!(fullwidth('\u{ff5f}'), None);
    }
}
