//! Floats as ECMAScript prints them (RFC 8785, 3.2.2.3, which names ECMA-262 `Number::toString`).

use std::fmt::{self, Write as _};

/// The longest is 25 bytes, `-0.0000012345678901234567`.
const LONGEST: usize = 32;

/// Text on the stack; what does not fit is an error, which cannot happen for a double.
struct Digits {
    bytes: [u8; LONGEST],
    length: usize,
}

impl fmt::Write for Digits {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = self.length.checked_add(text.len()).ok_or(fmt::Error)?;
        self.bytes
            .get_mut(self.length..end)
            .ok_or(fmt::Error)?
            .copy_from_slice(text.as_bytes());
        self.length = end;
        Ok(())
    }
}

/// Appends a finite `value`. Returns false, having written nothing, when it is not finite.
pub(super) fn write(out: &mut Vec<u8>, value: f64) -> bool {
    if value == 0.0 {
        out.push(b'0'); // minus zero too
        return true;
    }
    if !value.is_finite() {
        return false;
    }
    if value < 0.0 {
        out.push(b'-');
    }
    let mut printed = Digits {
        bytes: [0; LONGEST],
        length: 0,
    };
    // serde_json prints the shortest digits that read back as the same double, and of two equally near ones the even, as
    // ECMAScript does. The standard library rounds such a tie up, so its digits do not serve here.
    let Some(number) = serde_json::Number::from_f64(value.abs()) else {
        return false;
    };
    if write!(printed, "{number}").is_err() {
        return false;
    }
    let text = printed.bytes.get(..printed.length).unwrap_or_default();
    let (digits, exponent) = scientific(text);
    let (first, rest) = digits
        .bytes
        .get(..digits.length)
        .unwrap_or_default()
        .split_at_checked(1)
        .unwrap_or_default();
    lay_out(out, (first, rest), exponent);
    true
}

/// Significant digits without leading and trailing zeros, and the power of ten of the first, from `12.5`, `0.001` or `1e-7`.
fn scientific(text: &[u8]) -> (Digits, i32) {
    let mut digits = Digits {
        bytes: [0; LONGEST],
        length: 0,
    };
    let mut fraction = false;
    let mut power = 0_i32;
    let mut leading = 0_i32;
    let mut bytes = text.iter();
    for byte in bytes.by_ref() {
        match byte {
            b'.' => fraction = true,
            b'e' => break,
            b'0' if digits.length == 0 => leading += i32::from(fraction),
            digit => {
                if let Some(place) = digits.bytes.get_mut(digits.length) {
                    *place = *digit;
                    digits.length += 1;
                }
                power += i32::from(!fraction);
            }
        }
    }
    let exponent = std::str::from_utf8(bytes.as_slice())
        .ok()
        .and_then(|text| text.parse::<i32>().ok())
        .unwrap_or(0);
    while digits.length > 1 && digits.bytes.get(digits.length - 1) == Some(&b'0') {
        digits.length -= 1;
    }
    (digits, power - 1 - leading + exponent)
}

/// Where ECMA-262 puts the point: plain up to 21 digits before it and 6 zeros after it, else an exponent.
fn lay_out(out: &mut Vec<u8>, (first, rest): (&[u8], &[u8]), exponent: i32) {
    let zeros = |out: &mut Vec<u8>, count: usize| out.resize(out.len().saturating_add(count), b'0');
    match exponent {
        0..=20 => {
            let whole = usize::try_from(exponent).unwrap_or(0);
            out.extend_from_slice(first);
            let (before, after) = rest.split_at_checked(whole).unwrap_or((rest, &[]));
            out.extend_from_slice(before);
            zeros(out, whole.saturating_sub(before.len()));
            if !after.is_empty() {
                out.push(b'.');
                out.extend_from_slice(after);
            }
        }
        -6..=-1 => {
            out.extend_from_slice(b"0.");
            zeros(out, usize::try_from(-1 - exponent).unwrap_or(0));
            out.extend_from_slice(first);
            out.extend_from_slice(rest);
        }
        _ => {
            out.extend_from_slice(first);
            if !rest.is_empty() {
                out.push(b'.');
                out.extend_from_slice(rest);
            }
            out.extend_from_slice(if exponent < 0 { b"e-" } else { b"e+" });
            integer(out, exponent.unsigned_abs());
        }
    }
}

/// Appends an integer.
pub(super) fn integer(out: &mut Vec<u8>, value: impl fmt::Display) {
    use std::io::Write as _;
    // Writing to a Vec cannot fail.
    drop(write!(out, "{value}"));
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn text(value: f64) -> Option<String> {
        let mut out = Vec::new();
        write(&mut out, value).then(|| String::from_utf8(out).unwrap())
    }

    /// RFC 8785, appendix B: bit patterns and their texts.
    #[test]
    fn samples_of_the_specification() {
        for (bits, expected) in [
            (0x0000_0000_0000_0000, "0"),
            (0x8000_0000_0000_0000, "0"),
            (0x0000_0000_0000_0001, "5e-324"),
            (0x8000_0000_0000_0001, "-5e-324"),
            (0x7fef_ffff_ffff_ffff, "1.7976931348623157e+308"),
            (0xffef_ffff_ffff_ffff, "-1.7976931348623157e+308"),
            (0x4340_0000_0000_0000, "9007199254740992"),
            (0xc340_0000_0000_0000, "-9007199254740992"),
            (0x4430_0000_0000_0000, "295147905179352830000"),
            (0x44b5_2d02_c7e1_4af5, "9.999999999999997e+22"),
            (0x44b5_2d02_c7e1_4af6, "1e+23"),
            (0x44b5_2d02_c7e1_4af7, "1.0000000000000001e+23"),
            (0x444b_1ae4_d6e2_ef4e, "999999999999999700000"),
            (0x444b_1ae4_d6e2_ef4f, "999999999999999900000"),
            (0x444b_1ae4_d6e2_ef50, "1e+21"),
            (0x3eb0_c6f7_a0b5_ed8c, "9.999999999999997e-7"),
            (0x3eb0_c6f7_a0b5_ed8d, "0.000001"),
            (0x41b3_de43_5555_5553, "333333333.3333332"),
            (0x41b3_de43_5555_5554, "333333333.33333325"),
            (0x41b3_de43_5555_5555, "333333333.3333333"),
            (0x41b3_de43_5555_5556, "333333333.3333334"),
            (0x41b3_de43_5555_5557, "333333333.33333343"),
            (0xbecb_f647_612f_3696, "-0.0000033333333333333333"),
            (0x4314_3ff3_c1cb_0959, "1424953923781206.2"),
        ] {
            assert_eq!(
                text(f64::from_bits(bits)).as_deref(),
                Some(expected),
                "{bits:x}"
            );
        }
        for bits in [
            0x7fff_ffff_ffff_ffff,
            0x7ff0_0000_0000_0000,
            0xfff0_0000_0000_0000,
        ] {
            assert_eq!(text(f64::from_bits(bits)), None);
        }
    }

    proptest! {
        #[test]
        fn the_text_reads_back_as_the_same_number(value: f64) {
            match text(value) {
                Some(text) => {
                    let same = text.parse::<f64>().unwrap().to_bits() == value.to_bits() || value == 0.0;
                    prop_assert!(same, "{text}");
                    prop_assert!(text.len() <= 25);
                }
                None => prop_assert!(!value.is_finite()),
            }
        }
    }
}
