//! National language tables of 3GPP TS 23.038, annex A: single shift (A.2) and locking shift (A.3).
//!
//! Two independent public decoders (oFono `src/util.c`, warthog618/sms `encoding/gsm7/charset`) agree on every entry here.

use super::gsm7;
use serde::{Deserialize, Serialize};

/// A language whose shift tables may be used. Off unless asked for: some networks and older handsets ignore the header
/// and then show characters of the default alphabet in their place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum NationalLanguage {
    /// Identifier 1: single shift and locking shift table.
    Turkish,
    /// Identifier 2: single shift table only.
    Spanish,
    /// Identifier 3: single shift and locking shift table.
    Portuguese,
}

/// Which tables a text was encoded with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Shift {
    /// The default alphabet and its extension table; no header.
    #[default]
    Default,
    /// The default alphabet, and the language's table after the escape.
    Single(NationalLanguage),
    /// The language's own alphabet, and its table after the escape.
    Locking(NationalLanguage),
}

impl Shift {
    /// Octets that the shift takes in the user data header: 3 for each information element (3GPP TS 23.040, 9.2.3.24.15
    /// and .16: identifier, length, language).
    #[must_use]
    pub const fn header_octets(self) -> u16 {
        match self {
            Self::Default => 0,
            Self::Single(_) => 3,
            Self::Locking(_) => 6,
        }
    }

    /// Septets that `character` takes under this shift, or `None` when neither table has it.
    pub(super) fn width(self, character: char) -> Option<u16> {
        match self {
            Self::Default => gsm7::width(character),
            Self::Single(language) => {
                gsm7::width(character).or_else(|| single(language, character).then_some(2))
            }
            Self::Locking(language) => {
                if locking(language, character) {
                    Some(1)
                } else {
                    single(language, character).then_some(2)
                }
            }
        }
    }
}

impl NationalLanguage {
    /// The shifts to try, cheapest header first.
    pub(super) const fn shifts(self) -> &'static [Shift] {
        match self {
            Self::Turkish => &[Shift::Single(Self::Turkish), Shift::Locking(Self::Turkish)],
            Self::Spanish => &[Shift::Single(Self::Spanish)],
            Self::Portuguese => &[
                Shift::Single(Self::Portuguese),
                Shift::Locking(Self::Portuguese),
            ],
        }
    }
}

/// What every single shift table shares with the default extension table (A.2.1 to A.2.3).
fn common_single(character: char) -> bool {
    matches!(
        character,
        '\u{c}' | '^' | '{' | '}' | '\\' | '[' | '~' | ']' | '|' | '€'
    )
}

fn single(language: NationalLanguage, character: char) -> bool {
    common_single(character)
        || match language {
            NationalLanguage::Turkish => {
                matches!(character, 'Ğ' | 'İ' | 'Ş' | 'ç' | 'ğ' | 'ı' | 'ş')
            }
            NationalLanguage::Spanish => {
                matches!(
                    character,
                    'ç' | 'Á' | 'Í' | 'Ó' | 'Ú' | 'á' | 'í' | 'ó' | 'ú'
                )
            }
            NationalLanguage::Portuguese => "êçÔôÁáΦΓΩΠΨΣΘÊÀÍÓÚÃÕÂíóúãõâ".contains(character),
        }
}

fn locking(language: NationalLanguage, character: char) -> bool {
    match character {
        'A'..='Z' | 'a'..='z' | '0'..='9' | ' ' | '\n' | '\r' => {
            return language != NationalLanguage::Spanish;
        }
        _ => {}
    }
    match language {
        NationalLanguage::Turkish => {
            "@£$¥€éùıòÇĞğÅåΔ_ΦΓΛΩΠΨΣΘΞŞşßÉ!\"#¤%&'()*+,-./:;<=>?İÄÖÑÜ§çäöñüà".contains(character)
        }
        NationalLanguage::Portuguese => {
            "@£$¥êéúíóçÔôÁáΔ_ªÇÀ∞^\\€Ó|ÂâÊÉ!\"#º%&'()*+,-./:;<=>?ÍÃÕÚÜ§~ãõ`üà".contains(character)
        }
        NationalLanguage::Spanish => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Alphabet sizes: 127 characters besides the escape in each locking table; the single shift tables have 17, 19 and
    /// 37 characters besides the reserved control and second escape.
    #[test]
    fn tables_have_as_many_characters_as_the_specification() {
        let all = || (0..=0x0010_FFFF).filter_map(char::from_u32);
        let count = |table: fn(NationalLanguage, char) -> bool, language| {
            all().filter(|c| table(language, *c)).count()
        };
        assert_eq!(count(locking, NationalLanguage::Turkish), 127);
        assert_eq!(count(locking, NationalLanguage::Portuguese), 127);
        assert_eq!(count(single, NationalLanguage::Turkish), 17);
        assert_eq!(count(single, NationalLanguage::Spanish), 19);
        assert_eq!(count(single, NationalLanguage::Portuguese), 37);
    }

    #[test]
    fn a_single_shift_keeps_the_default_alphabet_and_a_locking_shift_replaces_it() {
        let turkish = NationalLanguage::Turkish;
        assert_eq!(Shift::Single(turkish).width('ş'), Some(2));
        assert_eq!(Shift::Locking(turkish).width('ş'), Some(1));
        assert_eq!(Shift::Single(turkish).width('è'), Some(1));
        assert_eq!(
            Shift::Locking(turkish).width('è'),
            None,
            "its place is taken by the euro sign"
        );
        assert_eq!(Shift::Single(turkish).width('ä'), Some(1));
        assert_eq!(
            Shift::Single(NationalLanguage::Portuguese).width('ã'),
            Some(2)
        );
        assert_eq!(Shift::Single(NationalLanguage::Spanish).width('ş'), None);
    }
}
