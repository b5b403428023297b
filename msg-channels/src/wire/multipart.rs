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
