//! `multipart/form-data` (RFC 7578) for uploads.

use super::super::schema::Call;
use super::{Encoded, invalid};
use bytes::Bytes;
use http::HeaderValue;
use msg_core::id::PartId;
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;

/// A file of the form.
pub(super) struct File<'a> {
    /// The name of the field.
    pub(super) name: String,
    /// The name of the file.
    pub(super) filename: Cow<'a, str>,
    /// Its type; the Bot API looks at the file itself when there is none.
    pub(super) mime: Option<&'a str>,
    /// Its bytes.
    pub(super) data: &'a Bytes,
}

/// The content type and the body of a form with the fields of a call and files.
///
/// The boundary is made from the part's id, so that the same part gives the same bytes. Nobody who wrote a file knew
/// that id, so it does not occur in one.
pub(super) fn form(
    id: PartId,
    call: &Call<'_>,
    files: &[File<'_>],
) -> Encoded<(HeaderValue, Vec<u8>)> {
    let unwritable = || invalid("the part cannot be written as a form");
    let boundary = format!("msg-{}-{}", id.message.as_uuid().simple(), id.index);
    let content_type = format!("multipart/form-data; boundary={boundary}");
    let content_type = HeaderValue::from_maybe_shared(content_type).map_err(|_| unwritable())?;
    let fields = serde_json::to_string(call).map_err(|_| unwritable())?;
    let fields: Fields<'_> = serde_json::from_str(&fields).map_err(|_| unwritable())?;

    // Room for the lines around each field and file.
    let around = 256 * (fields.0.len() + files.len());
    let size = files.iter().map(|file| file.data.len()).sum::<usize>() + around;
    let mut body = Vec::with_capacity(size);
    for (name, value) in fields.0 {
        // A string goes as it is, everything else as JSON.
        let value = if value.get().starts_with('"') {
            serde_json::from_str(value.get()).map_err(|_| unwritable())?
        } else {
            Cow::Borrowed(value.get())
        };
        let head = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
        );
        body.extend_from_slice(head.as_bytes());
    }
    for file in files {
        let head = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"{}\"; filename=\"{}\"\r\n\
             Content-Type: {}\r\n\r\n",
            file.name,
            quoted(&file.filename),
            content_type_of(file.mime),
        );
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(file.data);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    Ok((content_type, body))
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

/// The fields of a JSON object in their order.
struct Fields<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Fields<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Fields<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields<'de>, A::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(Fields(fields))
            }
        }
        deserializer.deserialize_map(Object)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use msg_core::id::{MessageId, time_ordered};

    fn id() -> PartId {
        let uuid = time_ordered(jiff::Timestamp::UNIX_EPOCH, &[1; 16]);
        PartId::new(MessageId::from_uuid(uuid), 0)
    }

    #[test]
    fn names_and_types_cannot_break_out_of_their_line() {
        let data = Bytes::from_static(b"x");
        let file = File {
            name: "f0".into(),
            filename: "a\"\r\nEvil: 1.txt".into(),
            mime: Some("text/plain\r\nEvil: 2"),
            data: &data,
        };
        let (_, body) = form(id(), &Call::default(), &[file]).unwrap();
        let body = String::from_utf8(body).unwrap();
        assert!(
            body.contains("filename=\"a%22%0D%0AEvil: 1.txt\"\r\n"),
            "{body}"
        );
        assert!(body.contains("Content-Type: application/octet-stream\r\n\r\nx"));
        assert!(!body.contains("\nEvil"));
    }

    #[test]
    fn strings_go_as_they_are_and_the_rest_as_json() {
        let call = Call {
            chat_id: Some(7),
            caption: Some("\"hi\" ä"),
            ..Call::default()
        };
        let (content_type, body) = form(id(), &call, &[]).unwrap();
        let body = String::from_utf8(body).unwrap();
        assert!(body.contains("name=\"chat_id\"\r\n\r\n7\r\n"));
        assert!(body.contains("name=\"caption\"\r\n\r\n\"hi\" ä\r\n"));
        let boundary = content_type
            .to_str()
            .unwrap()
            .split_once("boundary=")
            .unwrap()
            .1;
        assert!(body.ends_with(&format!("--{boundary}--\r\n")));
    }
}
