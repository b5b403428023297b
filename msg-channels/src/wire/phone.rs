//! Phone numbers as providers write them.

use super::call::{Encoded, foreign_address};
use msg_core::message::{Address, AddressScheme, ChannelKind, Part};

/// What an address is whose value is no phone number: a short code or a name that somebody sends under.
pub const SENDER_ID: &str = "sender-id";

/// The phone number that a part goes to, with its `+`.
///
/// # Errors
/// A failure when the part goes to another channel, or to somebody who is not known by a number.
pub fn recipient<'a>(part: &'a Part, channel: &ChannelKind) -> Encoded<&'a str> {
    let known = part.to.channel() == channel && *part.to.scheme() == AddressScheme::E164;
    if known {
        Ok(part.to.expose())
    } else {
        Err(foreign_address(
            "want a phone number of this wire's channel",
        ))
    }
}

/// The phone number that a part goes to, as digits only.
///
/// # Errors
/// As [`recipient`].
pub fn digits<'a>(part: &'a Part, channel: &ChannelKind) -> Encoded<&'a str> {
    recipient(part, channel).map(|number| number.trim_start_matches('+'))
}

/// Who wrote. With or without `+`, 8 to 15 digits are a phone number; anything else is a [`SENDER_ID`]. None when it is
/// nothing at all.
#[must_use]
pub fn sender(channel: &ChannelKind, number: &str) -> Option<Address> {
    let number = number.trim();
    let digits = number.strip_prefix('+').unwrap_or(number);
    let phone = || Address::phone(channel.clone(), format!("+{digits}")).ok();
    let named = || {
        let scheme = AddressScheme::from(SENDER_ID);
        Address::new(channel.clone(), scheme, number).ok()
    };
    phone().or_else(named)
}

/// Whether a sender is one that carriers know: `+` and digits, digits alone, or a name of 1 to 11 letters, digits and
/// spaces (3GPP TS 23.040, 9.1.2.5: an alphanumeric address has room for 11 characters).
#[must_use]
pub fn is_sender(text: &str) -> bool {
    let digits = text.strip_prefix('+').unwrap_or(text);
    let number = (3..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    let word = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b' ' | b'-' | b'_' | b'&' | b'.');
    number || ((1..=11).contains(&text.len()) && text.bytes().all(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_with_and_without_a_plus() {
        let read = |text: &str| sender(&ChannelKind::Sms, text).unwrap();
        for text in ["+14155550132", "14155550132", " 14155550132 "] {
            assert_eq!(read(text).expose(), "+14155550132");
            assert_eq!(*read(text).scheme(), AddressScheme::E164);
        }
        for text in ["12345", "Amazon", "+0123456789"] {
            assert_eq!(read(text).expose(), text);
            assert_eq!(read(text).scheme().as_str(), SENDER_ID);
        }
        assert_eq!(sender(&ChannelKind::Sms, " "), None);
    }

    #[test]
    fn senders_are_numbers_codes_and_names() {
        for good in ["+14155550132", "14155550132", "12345", "My Shop", "ACME-1"] {
            assert!(is_sender(good), "{good}");
        }
        for bad in ["", "+", "twelve chars", "a@b", "+12 34", "ü"] {
            assert!(!is_sender(bad), "{bad}");
        }
    }
}
