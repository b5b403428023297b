//! CRC-32 of IEEE 802.3, as in gzip (RFC 1952, section 8).

/// The remainders of all bytes under the reversed polynomial, and those of the same bytes with one to seven zeros behind them:
/// eight bytes are then taken at once, and no look-up waits for the one before (Kounavis and Berry, "slicing by eight").
static TABLES: [[u32; 256]; 8] = tables();

#[expect(
    clippy::indexing_slicing,
    reason = "computed while it is compiled; an index out of bounds does not compile"
)]
const fn tables() -> [[u32; 256]; 8] {
    let mut tables = [[0; 256]; 8];
    let mut byte = 0_u32;
    while byte < 256 {
        let mut rest = byte;
        let mut bit = 0;
        while bit < 8 {
            rest = if rest & 1 == 1 {
                0xedb8_8320 ^ (rest >> 1)
            } else {
                rest >> 1
            };
            bit += 1;
        }
        tables[0][byte as usize] = rest;
        byte += 1;
    }
    let mut zeros = 1;
    while zeros < 8 {
        let mut byte = 0;
        while byte < 256 {
            let before: u32 = tables[zeros - 1][byte];
            tables[zeros][byte] = (before >> 8) ^ tables[0][(before & 0xff) as usize];
            byte += 1;
        }
        zeros += 1;
    }
    tables
}

/// The checksum of `bytes`.
pub(super) fn checksum(bytes: &[u8]) -> u32 {
    let [one, two, three, four, five, six, seven, eight] = &TABLES;
    let at = |table: &[u32; 256], byte: u8| table.get(usize::from(byte)).copied().unwrap_or(0);
    let (eights, tail) = bytes.as_chunks::<8>();
    let rest = eights.iter().fold(u32::MAX, |rest, eight_bytes| {
        let [b0, b1, b2, b3, b4, b5, b6, b7] = *eight_bytes;
        let [b0, b1, b2, b3] = (rest ^ u32::from_le_bytes([b0, b1, b2, b3])).to_le_bytes();
        let first = at(eight, b0) ^ at(seven, b1) ^ at(six, b2) ^ at(five, b3);
        first ^ at(four, b4) ^ at(three, b5) ^ at(two, b6) ^ at(one, b7)
    });
    let rest = tail.iter().fold(rest, |rest, byte| {
        let [low, ..] = (rest ^ u32::from(*byte)).to_le_bytes();
        at(one, low) ^ (rest >> 8)
    });
    !rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_check_value() {
        assert_eq!(checksum(b"123456789"), 0xcbf4_3926);
        assert_eq!(checksum(b""), 0);
    }

    /// Bit by bit, as the RFC defines it, for every length around the eight that are taken at once.
    #[test]
    fn eight_at_once_are_the_same_as_one_by_one() {
        let bytes: Vec<u8> = (0..100_u8).map(|at| at.wrapping_mul(37) ^ 0x5a).collect();
        for length in 0..=bytes.len() {
            let mut rest = u32::MAX;
            for byte in &bytes[..length] {
                rest ^= u32::from(*byte);
                for _ in 0..8 {
                    rest = (rest >> 1) ^ (0xedb8_8320 & 0_u32.wrapping_sub(rest & 1));
                }
            }
            assert_eq!(checksum(&bytes[..length]), !rest, "{length}");
        }
    }
}
