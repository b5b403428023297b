//! Forms that providers post: `application/x-www-form-urlencoded`, and `multipart/form-data` (RFC 7578) with files.

use memchr::memmem;
use std::borrow::Cow;
use std::fmt;

/// The most fields that are read of one form. Mailgun posts about 40 and one for each file.
const MAX_FIELDS: usize = 2000;

/// One field of a form.
#[derive(Clone)]
#[non_exhaustive]
pub struct Field<'a> {
    /// Its name.
    pub name: String,
    /// The file's name, where it is a file.
    pub filename: Option<String>,
    /// The type that it says to have.
    pub mime: Option<String>,
    /// What it holds.
    pub bytes: Cow<'a, [u8]>,
}

impl Field<'_> {
    /// What it holds as UTF-8; bytes that are not become marks.
    #[must_use]
    pub fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.bytes)
    }

    /// What it holds in a charset of that name; UTF-8 where nobody knows the name.
    #[must_use]
    pub fn text_in(&self, charset: &str) -> String {
        let decoder = mail_parser::decoders::charsets::map::charset_decoder(charset.as_bytes());
        match decoder {
            Some(decode) if !charset.eq_ignore_ascii_case("utf-8") => decode(&self.bytes),
            _ => self.text().into_owned(),
        }
    }
}

impl fmt::Debug for Field<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Field({} bytes)", self.bytes.len())
    }
}

/// The fields of a form, in order. `Debug` shows how many.
#[derive(Clone, Default)]
pub struct Form<'a>(Vec<Field<'a>>);

impl<'a> Form<'a> {
    /// Reads a form; none when the type is not one of the two, or a multipart one has no boundary in it.
    #[must_use]
    pub fn read(content_type: &str, body: &'a [u8]) -> Option<Self> {
        let kind = content_type.split(';').next().unwrap_or_default().trim();
        if kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            let field = |(name, value): (Cow<'_, str>, Cow<'_, str>)| Field {
                name: name.into_owned(),
                filename: None,
                mime: None,
                bytes: Cow::Owned(value.into_owned().into_bytes()),
            };
            let fields = form_urlencoded::parse(body).take(MAX_FIELDS).map(field);
            return Some(Self(fields.collect()));
        }
        if !kind.eq_ignore_ascii_case("multipart/form-data") {
            return None;
        }
        let boundary = parameter(content_type, "boundary").filter(|it| !it.is_empty())?;
        multipart(&boundary, body).map(Self)
    }

    /// The fields, in order.
    #[must_use]
    pub fn fields(&self) -> &[Field<'a>] {
        &self.0
    }

    /// The first field of this name.
    #[must_use]
    pub fn first(&self, name: &str) -> Option<&Field<'a>> {
        self.0.iter().find(|field| field.name == name)
    }

    /// The last field of this name.
    #[must_use]
    pub fn last(&self, name: &str) -> Option<&Field<'a>> {
        self.0.iter().rfind(|field| field.name == name)
    }

    /// The first field of this name as text; none when it is empty.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<Cow<'_, str>> {
        self.first(name)
            .map(Field::text)
            .filter(|text| !text.is_empty())
    }

    /// The first field of this name as JSON.
    #[must_use]
    pub fn json(&self, name: &str) -> Option<serde_json::Value> {
        serde_json::from_slice(&self.first(name)?.bytes).ok()
    }
}

impl fmt::Debug for Form<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Form({} fields)", self.0.len())
    }
}

/// A parameter of a header's value (RFC 2045, 5.1), quoted or not.
fn parameter(value: &str, name: &str) -> Option<String> {
    let mut rest = value;
    while let Some((_, tail)) = rest.split_once(';') {
        let (key, tail) = tail.split_once('=')?;
        let tail = tail.trim_start();
        let found = key.trim().eq_ignore_ascii_case(name);
        if let Some(quoted) = tail.strip_prefix('"') {
            let (text, after) = unquote(quoted);
            if found {
                return Some(text);
            }
            rest = after;
        } else {
            let word = tail.split(';').next().unwrap_or_default();
            if found {
                return Some(word.trim().to_owned());
            }
            rest = tail;
        }
    }
    None
}

/// What stands before the closing quote, and what follows it. A backslash escapes a quote and itself; before anything else
/// it is part of the name, because browsers write paths as they are (WHATWG HTML, 4.10.21.8).
fn unquote(quoted: &str) -> (String, &str) {
    let mut text = String::new();
    let mut chars = quoted.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return (text, quoted.get(at + 1..).unwrap_or_default()),
            '\\' if chars.peek().is_some_and(|(_, c)| matches!(c, '"' | '\\')) => {
                text.extend(chars.next().map(|(_, c)| c));
            }
            c => text.push(c),
        }
    }
    (text, "")
}

fn multipart<'a>(boundary: &str, body: &'a [u8]) -> Option<Vec<Field<'a>>> {
    let dashes = format!("--{boundary}");
    let mut fields = Vec::new();
    let mut marks = memmem::find_iter(body, dashes.as_bytes())
        .filter(|at| *at == 0 || body.get(at - 1) == Some(&b'\n'))
        .peekable();
    marks.peek()?;
    while let Some(start) = marks.next() {
        let start = start + dashes.len();
        let end = marks.peek().copied().unwrap_or(body.len());
        let piece = body.get(start..end).unwrap_or_default();
        if piece.starts_with(b"--") || fields.len() >= MAX_FIELDS {
            break;
        }
        fields.extend(field(line_end(piece).unwrap_or(piece)));
    }
    Some(fields)
}

/// Without the line end at the begin.
fn line_end(bytes: &[u8]) -> Option<&[u8]> {
    bytes
        .strip_prefix(b"\r\n")
        .or_else(|| bytes.strip_prefix(b"\n"))
}

/// Header lines, an empty line, the value, a line end. Without a name it is no field.
fn field(piece: &[u8]) -> Option<Field<'_>> {
    let (mut name, mut filename, mut mime) = (None, None, None);
    let mut rest = piece;
    loop {
        let end = memchr::memchr(b'\n', rest)?;
        let (line, tail) = rest.split_at_checked(end + 1)?;
        rest = tail;
        let line = String::from_utf8_lossy(line);
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        let Some((key, value)) = line.split_once(':') else {
            continue;
        };
        if key.eq_ignore_ascii_case("content-disposition") {
            name = parameter(value, "name");
            filename = parameter(value, "filename");
        } else if key.eq_ignore_ascii_case("content-type") {
            mime = Some(value.trim().to_owned());
        }
    }
    let value = rest.strip_suffix(b"\n").unwrap_or(rest);
    let value = value.strip_suffix(b"\r").unwrap_or(value);
    Some(Field {
        name: name?,
        filename,
        mime,
        bytes: Cow::Borrowed(value),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const KIND: &str = "multipart/form-data; charset=utf-8; boundary=\"b 1\"";

    #[test]
    fn a_multipart_form_is_read() {
        let body = b"preamble\r\n--b 1\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n\r\n--b 1\r\n\
            content-disposition: form-data; filename=\"\\share\\x \\\"y\\\".txt\"; name=f\r\nContent-Type: text/plain\r\n\r\n\
            --b 10\xff\r\n--b 1--\r\nafter";
        let form = Form::read(KIND, body).unwrap();
        assert_eq!(form.fields().len(), 2);
        assert_eq!(&*form.first("a").unwrap().bytes, b"1\r\n");
        let file = form.first("f").unwrap();
        assert_eq!(file.filename.as_deref(), Some("\\share\\x \"y\".txt"));
        assert_eq!(file.mime.as_deref(), Some("text/plain"));
        // What looks like a border at the begin of a value is one by RFC 2046, so nobody writes it.
        assert_eq!(&*file.bytes, b"");
        for other in [
            "application/json",
            "multipart/form-data",
            "multipart/form-data; boundary=",
        ] {
            assert!(Form::read(other, body).is_none(), "{other}");
        }
        assert!(Form::read("multipart/form-data; boundary=c", body).is_none());
    }

    #[test]
    fn a_plain_form_is_read() {
        let kind = "application/x-www-form-urlencoded; charset=utf-8";
        let form = Form::read(kind, b"a=1&a=2&b=%7B%22x%22%3A1%7D&c=").unwrap();
        assert_eq!(form.text("a").as_deref(), Some("1"));
        assert_eq!(form.last("a").unwrap().text(), "2");
        assert_eq!(form.json("b").unwrap()["x"], 1);
        assert_eq!(form.text("c"), None);
    }

    #[test]
    fn a_charset_is_decoded() {
        let field = Field {
            name: String::new(),
            filename: None,
            mime: None,
            bytes: Cow::Borrowed(b"pidi\xa2"),
        };
        assert_eq!(field.text_in("cp850"), "pidió");
        assert_eq!(field.text_in("nonsense"), "pidi\u{fffd}");
        let gb = Field {
            bytes: Cow::Borrowed(b"\xc4\xe3\xba\xc3"),
            ..field
        };
        assert_eq!(gb.text_in("gb2312"), "你好");
    }

    proptest! {
        #[test]
        fn what_the_writer_writes_is_read(
            values in proptest::collection::vec(("[a-z]{1,8}", "[a-z\r\n ä-]{0,40}"), 0..5),
        ) {
            let mut body = Vec::new();
            for (name, value) in &values {
                let part = format!("--xyzzy\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
                body.extend_from_slice(part.as_bytes());
            }
            body.extend_from_slice(b"--xyzzy--\r\n");
            let form = Form::read("multipart/form-data; boundary=xyzzy", &body).unwrap();
            let read: Vec<_> = form.fields().iter().map(|it| (it.name.clone(), it.text().into_owned())).collect();
            prop_assert_eq!(read, values);
        }

        #[test]
        fn any_body_is_read(kind in "(multipart/form-data|; ?|boundary=|\"|\\\\|b|=){0,8}", body in "(--b|\r|\n|:|name=|\"|a|Content-Disposition){0,30}") {
            let _ = Form::read(&kind, body.as_bytes());
            let _ = Form::read("multipart/form-data; boundary=b", body.as_bytes());
        }
    }
}
