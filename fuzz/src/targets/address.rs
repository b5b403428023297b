//! Addresses: what was accepted is accepted again as the same, and nothing prints it.

use msg_core::message::{Address, AddressScheme, ChannelKind};

use crate::trial;

pub(super) const DICTIONARY: &[&[u8]] = &[
    b"+14155550132",
    b" (415) ",
    b"jo@example.org",
    b"@",
    b".",
    b"https://push.example/x",
    b"-1001234567890",
    b"\r\n",
    b"\0",
    "\u{2028}".as_bytes(),
    "ß@ÄÖ.example".as_bytes(),
];

/// The first byte chooses the scheme.
pub(super) fn run(input: &[u8]) {
    let Some((choice, bytes)) = input.split_first() else {
        return;
    };
    let text = String::from_utf8_lossy(bytes);
    let schemes = AddressScheme::KNOWN;
    let Some(scheme) = usize::from(*choice)
        .checked_rem(schemes.len())
        .and_then(|at| schemes.get(at))
    else {
        return;
    };
    let made = Address::new(ChannelKind::InApp, scheme.clone(), text.as_ref());
    trial::note_all(&(scheme, made.is_ok(), text.len().min(20)));
    let address = match made {
        Ok(address) => address,
        Err(error) => {
            let printed = format!("{error} {error:?}");
            assert!(
                text.len() < 24 || !printed.contains(text.as_ref()),
                "an error repeats the value"
            );
            return;
        }
    };
    let again = Address::new(ChannelKind::InApp, scheme.clone(), address.expose());
    assert_eq!(
        again.as_ref().ok(),
        Some(&address),
        "what is stored is in its final form"
    );
    assert!(
        !address.expose().contains(char::is_control),
        "no control characters"
    );
    let written = serde_json::to_vec(&address).ok();
    let read: Option<Address> = written
        .as_deref()
        .and_then(|text| serde_json::from_slice(text).ok());
    assert_eq!(read.as_ref(), Some(&address), "what is written can be read");
    assert_eq!(read.map(|read| read.key()), Some(address.key()));
    assert!(
        text.len() < 24 || !format!("{address} {address:?}").contains(address.expose()),
        "printed in clear"
    );
}
