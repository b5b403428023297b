//! Standard base64 with padding (RFC 4648, 4), for bytes inside JSON.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// What each byte stands for; [`NONE`] for what is not in the alphabet.
const VALUES: [u8; 256] = values();
const NONE: u8 = u8::MAX;

#[expect(
    clippy::indexing_slicing,
    reason = "a byte is always within a table of 256; it is made when this is compiled"
)]
const fn values() -> [u8; 256] {
    let mut values = [NONE; 256];
    let mut rest: &[u8] = ALPHABET;
    let mut value = 0;
    while let [symbol, tail @ ..] = rest {
        values[*symbol as usize] = value;
        value += 1;
        rest = tail;
    }
    values
}

/// `bytes` as base64.
pub(crate) fn encode(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let word = chunk
            .iter()
            .fold(0_u32, |word, byte| word << 8 | u32::from(*byte))
            << (8 * (3 - chunk.len()));
        for place in 0..4 {
            let symbol = ALPHABET
                .get((word >> (18 - 6 * place) & 63) as usize)
                .copied()
                .unwrap_or(b'=');
            out.push(if place <= chunk.len() {
                symbol as char
            } else {
                '='
            });
        }
    }
    out
}

/// The bytes of base64 with padding; none when it is something else.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    let symbols = text.trim_end_matches('=');
    if !text.len().is_multiple_of(4) || text.len() - symbols.len() > 2 {
        return None;
    }
    let mut out = Vec::with_capacity(symbols.len() * 3 / 4);
    for chunk in symbols.as_bytes().chunks(4) {
        let mut word = 0_u32;
        for symbol in chunk {
            let value = VALUES.get(usize::from(*symbol)).copied()?;
            if value == NONE {
                return None;
            }
            word = word << 6 | u32::from(value);
        }
        word <<= 6 * (4 - chunk.len());
        out.extend(word.to_be_bytes().iter().skip(1).take(chunk.len() - 1));
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_of_rfc_4648() {
        for (plain, coded) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(encode(plain.as_bytes()), coded);
            assert_eq!(decode(coded).unwrap(), plain.as_bytes());
        }
        for bad in ["Z", "Zg=", "Zg===", "Z!==", "===="] {
            assert!(decode(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn every_byte_comes_back_and_nothing_else_is_read() {
        let all: Vec<u8> = (0..=u8::MAX).collect();
        for length in 0..=all.len() {
            assert_eq!(decode(&encode(&all[..length])).unwrap(), all[..length]);
        }
        for byte in 0..=u8::MAX {
            let text = String::from(char::from(byte)) + "AAA";
            let known = ALPHABET.contains(&byte);
            assert_eq!(decode(&text).is_some(), known, "{byte}");
        }
    }
}
