//! `multipart/form-data` (RFC 7578) for uploads.

use super::call::{Encoded, invalid, token_of};
use http::HeaderValue;
use msg_core::message::Part;
use std::borrow::Cow;
use std::io::Write as _;

/// A form that is written field by field.
///
/// The boundary is made from the part's id, so that the same part gives the same bytes. Nobody who wrote a file knew
/// that id, so it does not occur in one.
#[derive(Debug)]
pub struct Form {
    boundary: String,
    body: Vec<u8>,
}

impl Form {
    /// An empty form for what belongs to `part`, with room for files of `bytes` in all.
    #[must_use]
    pub fn new(part: &Part, bytes: usize) -> Self {
        Self {
            boundary: format!("msg-{}", token_of(part)),
            body: Vec::with_capacity(bytes + 1024),
        }
    }

    /// Adds a field.
    #[must_use]
    pub fn field(mut self, name: &str, value: &str) -> Self {
        let boundary = &self.boundary;
        // Writing to a vector cannot fail.
        let _ = write!(
            self.body,
            "--{boundary}\r\nContent-Disposition: form-data; name=\"{}\"\r\n\r\n{value}\r\n",
            quoted(name),
        );
        self
    }

    /// Adds a file. A type that could not be the value of a header is not repeated.
    #[must_use]
    pub fn file(mut self, name: &str, filename: &str, mime: Option<&str>, bytes: &[u8]) -> Self {
        let boundary = &self.boundary;
        // Writing to a vector cannot fail.
        let _ = write!(
            self.body,
            "--{boundary}\r\nContent-Disposition: form-data; name=\"{}\"; filename=\"{}\"\r\n\
             Content-Type: {}\r\n\r\n",
            quoted(name),
            quoted(filename),
            content_type_of(mime),
        );
        self.body.extend_from_slice(bytes);
        self.body.extend_from_slice(b"\r\n");
        self
    }

    /// The content type and the body.
    ///
    /// # Errors
    /// None in practice: the boundary is made of letters and digits.
    pub fn finish(mut self) -> Encoded<(HeaderValue, Vec<u8>)> {
        let kind = format!("multipart/form-data; boundary={}", self.boundary);
        let kind = HeaderValue::from_maybe_shared(kind)
            .map_err(|_| invalid("the part cannot be written as a form"))?;
        // Writing to a vector cannot fail.
        let _ = write!(self.body, "--{}--\r\n", self.boundary);
        Ok((kind, self.body))
    }
}

/// Quotes and line ends would end the name: written as the WHATWG form encoding does, `%22`, `%0D`, `%0A`.
fn quoted(name: &str) -> Cow<'_, str> {
    if !name.contains(['"', '\r', '\n']) {
        return name.into();
    }
    let name = name.replace('"', "%22");
    name.replace('\r', "%0D").replace('\n', "%0A").into()
}

/// A type that could not be a header's value is not repeated.
fn content_type_of(mime: Option<&str>) -> &str {
    let is_plain =
        |mime: &&str| !mime.is_empty() && mime.bytes().all(|b| (b' '..=b'~').contains(&b));
    mime.filter(is_plain).unwrap_or("application/octet-stream")
}

#[cfg(test)]
mod tests {
    use super::*;
    use msg_core::id::{MessageId, PartId, TenantId, time_ordered};
    use msg_core::message::content::Typing;
    use msg_core::message::{Address, Purpose};

    fn part() -> Part {
        let id = MessageId::from_uuid(time_ordered(jiff::Timestamp::UNIX_EPOCH, &[1; 16]));
        let (id, tenant) = (PartId::new(id, 0), TenantId::new("acme").unwrap());
        let to = Address::telegram(7);
        Part::new(id, tenant, to, Purpose::Transactional, Typing::default())
    }

    #[test]
    fn names_and_types_cannot_break_out_of_their_line() {
        let mime = Some("text/plain\r\nEvil: 2");
        let form = Form::new(&part(), 1).file("f0", "a\"\r\nEvil: 1.txt", mime, b"x");
        let (_, body) = form.finish().unwrap();
        let body = String::from_utf8(body).unwrap();
        assert!(
            body.contains("filename=\"a%22%0D%0AEvil: 1.txt\"\r\n"),
            "{body}"
        );
        assert!(body.contains("Content-Type: application/octet-stream\r\n\r\nx"));
        assert!(!body.contains("\nEvil"));
    }

    #[test]
    fn the_boundary_ends_the_form_and_is_the_same_for_the_same_part() {
        let form = || Form::new(&part(), 0).field("a", "b").finish().unwrap();
        let (content_type, body) = form();
        let boundary = content_type.to_str().unwrap();
        let boundary = boundary.split_once("boundary=").unwrap().1;
        assert!(body.ends_with(format!("--{boundary}--\r\n").as_bytes()));
        assert_eq!(form(), (content_type, body));
    }
}
