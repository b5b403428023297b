//! Amazon's binary event stream by hand, both checksums checked.

use crate::Failure;

/// Lengths of the whole and of the headers, and a checksum of both.
const PRELUDE: usize = 12;

/// The length and the payload of the first message, if all of it is there. What is no event is a failure.
pub fn first(bytes: &[u8]) -> Result<Option<(usize, &[u8])>, Failure> {
    let Some((lengths, rest)) = bytes.split_at_checked(PRELUDE - 4) else {
        return Ok(None);
    };
    let Some(checksum) = number(rest) else {
        return Ok(None);
    };
    let whole = number(lengths).unwrap_or_default() as usize;
    let headers = lengths.get(4..).and_then(number).unwrap_or_default() as usize;
    if crc32fast::hash(lengths) != checksum || whole < PRELUDE + headers + 4 {
        return Err("a prelude is wrong".into());
    }
    let Some(message) = bytes.get(..whole) else {
        return Ok(None);
    };
    let (content, end) = message.split_at(whole - 4);
    if number(end) != Some(crc32fast::hash(content)) {
        return Err("a message is wrong".into());
    }
    let content = content.get(PRELUDE..).unwrap_or_default();
    let (head, payload) = content.split_at_checked(headers).unwrap_or_default();
    if header(head, b":message-type") != Some(b"event") {
        return Err("a message is no event".into());
    }
    Ok(Some((whole, payload)))
}

fn number(bytes: &[u8]) -> Option<u32> {
    bytes.first_chunk().map(|bytes| u32::from_be_bytes(*bytes))
}

/// The text of the header of this name.
fn header<'a>(mut head: &'a [u8], wanted: &[u8]) -> Option<&'a [u8]> {
    loop {
        let (length, rest) = head.split_first()?;
        let (name, rest) = rest.split_at_checked(usize::from(*length))?;
        let rest = rest.strip_prefix(&[7])?;
        let (length, rest) = rest.split_first_chunk()?;
        let (value, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
        if name == wanted {
            return Some(value);
        }
        head = rest;
    }
}
