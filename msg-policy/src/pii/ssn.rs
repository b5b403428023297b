//! US social security numbers.

use super::chain::Chain;

/// How many groups from the start of the chain are a social security number: three (`ddd-dd-dddd`), or one run of nine where the
/// text says what it is (`named`).
///
/// Never issued: area 000, 666 and 900-999, group 00, serial 0000 (Social Security Administration, "SSN randomization").
pub(super) fn groups(chain: &Chain<'_>, named: impl Fn() -> bool) -> Option<usize> {
    let first = chain.group(0)?;
    if first.len() == 9 {
        let (area, rest) = first.split_at_checked(3)?;
        let (group, serial) = rest.split_at_checked(2)?;
        return (issued(area, group, serial) && named()).then_some(1);
    }
    let separator = chain
        .single_separator(0)
        .filter(|s| matches!(s, b'-' | b' ' | b'.'))?;
    let (group, serial) = (chain.group(1)?, chain.group(2)?);
    let shaped = first.len() == 3
        && group.len() == 2
        && serial.len() == 4
        && chain.single_separator(1) == Some(separator);
    let sure = separator == b'-' || named();
    (shaped && issued(first, group, serial) && sure).then_some(3)
}

fn issued(area: &[u8], group: &[u8], serial: &[u8]) -> bool {
    area != b"000"
        && area != b"666"
        && area.first() != Some(&b'9')
        && group != b"00"
        && serial != b"0000"
}

#[cfg(test)]
mod tests {
    use super::super::{Kind, find};

    fn found(text: &str) -> Vec<&str> {
        find(text)
            .into_iter()
            .filter(|s| s.kind == Kind::UsSsn)
            .map(|s| s.of(text))
            .collect()
    }

    #[test]
    fn numbers() {
        assert_eq!(found("My SSN is 081-80-5372."), ["081-80-5372"]);
        assert_eq!(found("social security 123 45 6789"), ["123 45 6789"]);
        assert_eq!(found("SSN: 123456789"), ["123456789"]);
    }

    #[test]
    fn never_issued_or_not_said() {
        for text in [
            "000-12-3456",
            "666-12-3456",
            "900-12-3456",
            "123-00-4567",
            "123-45-0000",
            "123-45-67890",
            "1123-45-6789",
            "123 45 6789",
            "order 123456789",
            "123-45-6789-1",
        ] {
            assert!(found(text).is_empty(), "{text}");
        }
    }
}
