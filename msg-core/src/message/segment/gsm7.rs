//! The GSM 7-bit default alphabet and its extension table (3GPP TS 23.038, 6.2.1 and 6.2.1.1), as widths.

/// Width of each ASCII character: 0 when the alphabet lacks it, 2 when it needs the escape.
static ASCII: [u8; 128] = ascii_widths();

#[expect(
    clippy::indexing_slicing,
    reason = "evaluated at compile time, where an index out of bounds is a build error"
)]
const fn ascii_widths() -> [u8; 128] {
    let mut widths = [1_u8; 128];
    let mut code = 0;
    while code < 0x20 {
        widths[code] = 0;
        code += 1;
    }
    widths[b'\n' as usize] = 1;
    widths[b'\r' as usize] = 1;
    widths[0x0C] = 2; // page break, extension table
    widths[b'`' as usize] = 0;
    widths[0x7F] = 0;
    let escaped = b"^{}\\[~]|";
    let mut index = 0;
    while index < escaped.len() {
        widths[escaped[index] as usize] = 2;
        index += 1;
    }
    widths
}

/// Septets that `character` takes in the default alphabet with its extension table: 1, 2 (escaped), or `None`.
pub(super) fn width(character: char) -> Option<u16> {
    match ascii_width(character) {
        Some(0) => None,
        Some(width) => Some(u16::from(width)),
        None => match character {
            '€' => Some(2),
            _ => default_letter(character).then_some(1),
        },
    }
}

fn ascii_width(character: char) -> Option<u8> {
    usize::try_from(u32::from(character))
        .ok()
        .and_then(|code| ASCII.get(code))
        .copied()
}

/// The characters of the default alphabet that are not ASCII, one septet each.
fn default_letter(character: char) -> bool {
    matches!(
        character,
        '£' | '¥'
            | 'è'
            | 'é'
            | 'ù'
            | 'ì'
            | 'ò'
            | 'Ç'
            | 'Ø'
            | 'ø'
            | 'Å'
            | 'å'
            | 'Æ'
            | 'æ'
            | 'ß'
            | 'É'
            | '¤'
            | '¡'
            | 'Ä'
            | 'Ö'
            | 'Ñ'
            | 'Ü'
            | '§'
            | '¿'
            | 'ä'
            | 'ö'
            | 'ñ'
            | 'ü'
            | 'à'
            | 'Δ'
            | 'Φ'
            | 'Γ'
            | 'Λ'
            | 'Ω'
            | 'Π'
            | 'Ψ'
            | 'Σ'
            | 'Θ'
            | 'Ξ'
    )
}

/// Total septets of `text`, or `None` at the first character that the alphabet lacks.
pub(super) fn septets(text: &str) -> Option<usize> {
    let mut total = 0_usize;
    let mut lacking = false;
    let bytes = text.as_bytes();
    if bytes.is_ascii() {
        for byte in bytes {
            let width = ASCII.get(usize::from(*byte)).copied().unwrap_or(0);
            lacking |= width == 0;
            total = total.saturating_add(usize::from(width));
        }
        return (!lacking).then_some(total);
    }
    for character in text.chars() {
        total = total.saturating_add(usize::from(width(character)?));
    }
    Some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The alphabet in the order of its codes, without the escape itself (TS 23.038 6.2.1).
    const DEFAULT: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?\
                           ¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
    const EXTENSION: &str = "\u{c}^{}\\[~]|€";

    #[test]
    fn the_alphabet_is_exactly_the_two_tables() {
        assert_eq!(DEFAULT.chars().count(), 127);
        for character in (0..=0x0010_FFFF).filter_map(char::from_u32) {
            let expected = if DEFAULT.contains(character) {
                Some(1)
            } else if EXTENSION.contains(character) {
                Some(2)
            } else {
                None
            };
            assert_eq!(width(character), expected, "{character:?}");
        }
    }

    #[test]
    fn the_total_of_a_text_is_the_sum_of_its_widths() {
        assert_eq!(septets("a[b]€"), Some(8));
        assert_eq!(septets("[x]"), Some(5));
        assert_eq!(septets("tick `"), None);
        assert_eq!(septets("á"), None);
        assert_eq!(septets(""), Some(0));
    }
}
