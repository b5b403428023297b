//! The serializer: writes straight into the buffer and reorders an object at its end if its keys came unsorted.

use super::key::Key;
use super::{CanonicalError, key_order, number};
use serde::ser::{self, Serialize};
use std::cmp::Ordering;
use std::fmt;

/// `serde_json` passes raw text as a struct of this name (`serde_json::value::RawValue`).
const RAW_JSON: &str = "$serde_json::private::RawValue";

/// How many members of open objects there usually are at a time: a draft, its recipient and an address.
const USUAL_MEMBERS: usize = 24;

/// One member of an object that is being written, as positions in the buffer.
#[derive(Debug, Clone, Copy)]
struct Member {
    /// The key's opening quote.
    start: usize,
    /// Behind the key's closing quote.
    key_end: usize,
    /// Behind the value.
    end: usize,
}

impl Member {
    fn key(self, out: &[u8]) -> &[u8] {
        out.get(self.start.saturating_add(1)..self.key_end.saturating_sub(1))
            .unwrap_or_default()
    }
}

/// Writes one value into a buffer.
#[derive(Debug)]
pub(super) struct Writer<'a> {
    out: &'a mut Vec<u8>,
    /// Members of all open objects, the innermost last.
    members: Vec<Member>,
    /// Room to reorder in.
    scratch: Vec<u8>,
}

impl<'a> Writer<'a> {
    pub(super) fn new(out: &'a mut Vec<u8>) -> Self {
        Self {
            out,
            members: Vec::with_capacity(USUAL_MEMBERS),
            scratch: Vec::new(),
        }
    }

    fn integer(&mut self, value: impl fmt::Display) {
        number::integer(self.out, value);
    }

    fn float(&mut self, value: f64) -> Result<(), CanonicalError> {
        if number::write(self.out, value) {
            Ok(())
        } else {
            Err(CanonicalError::NotFinite)
        }
    }

    /// An integer or a boolean as text, for a key.
    pub(super) fn quoted(&mut self, value: impl fmt::Display) {
        self.out.push(b'"');
        number::integer(self.out, value);
        self.out.push(b'"');
    }

    pub(super) fn text(&mut self, text: &str) {
        self.out.reserve(text.len().saturating_add(2));
        self.out.push(b'"');
        escape(self.out, text);
        self.out.push(b'"');
    }

    /// Opens `{"variant":`; the caller closes it.
    fn open_variant(&mut self, variant: &str) {
        self.out.push(b'{');
        self.text(variant);
        self.out.push(b':');
    }
}

/// Appends `text` with the escapes of RFC 8785, 3.2.2.2, and no others.
fn escape(out: &mut Vec<u8>, text: &str) {
    let bytes = text.as_bytes();
    // Nearly every text is clean, and looking at all of it without a branch is many times as fast as byte by byte.
    let is_clean = |byte: &u8| *byte >= 0x20 && *byte != b'"' && *byte != b'\\';
    if bytes
        .iter()
        .fold(true, |clean, byte| clean & is_clean(byte))
    {
        out.extend_from_slice(bytes);
        return;
    }
    let mut clean = 0;
    for (at, byte) in bytes.iter().enumerate() {
        if is_clean(byte) {
            continue;
        }
        out.extend_from_slice(bytes.get(clean..at).unwrap_or_default());
        clean = at.saturating_add(1);
        let short = match *byte {
            b'"' | b'\\' => *byte,
            0x08 => b'b',
            b'\t' => b't',
            b'\n' => b'n',
            0x0C => b'f',
            b'\r' => b'r',
            control => {
                let low = control & 0x0F;
                let digit = if low < 10 {
                    b'0' + low
                } else {
                    b'a' + low - 10
                };
                out.extend_from_slice(&[b'\\', b'u', b'0', b'0', b'0' + (control >> 4), digit]);
                continue;
            }
        };
        out.extend_from_slice(&[b'\\', short]);
    }
    out.extend_from_slice(bytes.get(clean..).unwrap_or_default());
}

/// Writes `Display` output as the inside of a string.
struct Escaped<'a>(&'a mut Vec<u8>);

impl fmt::Write for Escaped<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        escape(self.0, text);
        Ok(())
    }
}

/// An array being written.
pub(super) struct Items<'a, 'b> {
    writer: &'a mut Writer<'b>,
    empty: bool,
    close: &'static [u8],
}

impl Items<'_, '_> {
    fn item<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), CanonicalError> {
        if !self.empty {
            self.writer.out.push(b',');
        }
        self.empty = false;
        value.serialize(&mut *self.writer)
    }

    fn close(self) {
        self.writer.out.extend_from_slice(self.close);
    }
}

/// An object being written.
pub(super) struct Object<'a, 'b> {
    writer: &'a mut Writer<'b>,
    /// Where the first member begins in the buffer.
    start: usize,
    /// Where this object's members begin in the stack of members.
    base: usize,
    sorted: bool,
    close: &'static [u8],
}

impl<'a, 'b> Object<'a, 'b> {
    fn new(writer: &'a mut Writer<'b>, close: &'static [u8]) -> Self {
        writer.out.push(b'{');
        let (start, base) = (writer.out.len(), writer.members.len());
        Self {
            writer,
            start,
            base,
            sorted: true,
            close,
        }
    }

    fn key(
        &mut self,
        key: impl FnOnce(&mut Writer<'b>) -> Result<(), CanonicalError>,
    ) -> Result<(), CanonicalError> {
        let first = self.writer.members.len() == self.base;
        if !first {
            self.writer.out.push(b',');
        }
        let start = self.writer.out.len();
        key(self.writer)?;
        let member = Member {
            start,
            key_end: self.writer.out.len(),
            end: 0,
        };
        if let Some(previous) = self
            .writer
            .members
            .get(self.base..)
            .and_then(<[Member]>::last)
        {
            match key_order(previous.key(self.writer.out), member.key(self.writer.out)) {
                Ordering::Less => {}
                Ordering::Equal => return Err(CanonicalError::DuplicateKey),
                Ordering::Greater => self.sorted = false,
            }
        }
        self.writer.members.push(member);
        self.writer.out.push(b':');
        Ok(())
    }

    fn value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), CanonicalError> {
        value.serialize(&mut *self.writer)?;
        let end = self.writer.out.len();
        if let Some(member) = self.writer.members.last_mut() {
            member.end = end;
        }
        Ok(())
    }

    fn member<T: Serialize + ?Sized>(
        &mut self,
        key: &str,
        value: &T,
    ) -> Result<(), CanonicalError> {
        self.key(|writer| {
            writer.text(key);
            Ok(())
        })?;
        self.value(value)
    }

    fn close(self) -> Result<(), CanonicalError> {
        let Self {
            writer,
            start,
            base,
            sorted,
            close,
        } = self;
        if !sorted {
            reorder(writer, start, base)?;
        }
        writer.members.truncate(base);
        writer.out.extend_from_slice(close);
        Ok(())
    }
}

fn reorder(writer: &mut Writer<'_>, start: usize, base: usize) -> Result<(), CanonicalError> {
    let Writer {
        out,
        members,
        scratch,
    } = writer;
    let members = members.get_mut(base..).unwrap_or_default();
    members.sort_unstable_by(|left, right| key_order(left.key(out), right.key(out)));
    scratch.clear();
    scratch.reserve(out.len().saturating_sub(start));
    let mut previous: Option<Member> = None;
    for member in members.iter() {
        if let Some(previous) = previous {
            if previous.key(out) == member.key(out) {
                return Err(CanonicalError::DuplicateKey);
            }
            scratch.push(b',');
        }
        scratch.extend_from_slice(out.get(member.start..member.end).unwrap_or_default());
        previous = Some(*member);
    }
    out.truncate(start);
    out.extend_from_slice(scratch);
    Ok(())
}

impl<'a, 'b> ser::Serializer for &'a mut Writer<'b> {
    type Ok = ();
    type Error = CanonicalError;
    type SerializeSeq = Items<'a, 'b>;
    type SerializeTuple = Items<'a, 'b>;
    type SerializeTupleStruct = Items<'a, 'b>;
    type SerializeTupleVariant = Items<'a, 'b>;
    type SerializeMap = Object<'a, 'b>;
    type SerializeStruct = Object<'a, 'b>;
    type SerializeStructVariant = Object<'a, 'b>;

    fn serialize_bool(self, value: bool) -> Result<(), CanonicalError> {
        self.out
            .extend_from_slice(if value { b"true" } else { b"false" });
        Ok(())
    }

    fn serialize_i8(self, value: i8) -> Result<(), CanonicalError> {
        self.integer(value);
        Ok(())
    }

    fn serialize_i16(self, value: i16) -> Result<(), CanonicalError> {
        self.integer(value);
        Ok(())
    }

    fn serialize_i32(self, value: i32) -> Result<(), CanonicalError> {
        self.integer(value);
        Ok(())
    }

    fn serialize_i64(self, value: i64) -> Result<(), CanonicalError> {
        self.integer(value);
        Ok(())
    }

    fn serialize_i128(self, value: i128) -> Result<(), CanonicalError> {
        self.integer(value);
        Ok(())
    }

    fn serialize_u8(self, value: u8) -> Result<(), CanonicalError> {
        self.integer(value);
        Ok(())
    }

    fn serialize_u16(self, value: u16) -> Result<(), CanonicalError> {
        self.integer(value);
        Ok(())
    }

    fn serialize_u32(self, value: u32) -> Result<(), CanonicalError> {
        self.integer(value);
        Ok(())
    }

    fn serialize_u64(self, value: u64) -> Result<(), CanonicalError> {
        self.integer(value);
        Ok(())
    }

    fn serialize_u128(self, value: u128) -> Result<(), CanonicalError> {
        self.integer(value);
        Ok(())
    }

    fn serialize_f32(self, value: f32) -> Result<(), CanonicalError> {
        self.float(f64::from(value))
    }

    fn serialize_f64(self, value: f64) -> Result<(), CanonicalError> {
        self.float(value)
    }

    fn serialize_char(self, value: char) -> Result<(), CanonicalError> {
        self.text(value.encode_utf8(&mut [0; 4]));
        Ok(())
    }

    fn serialize_str(self, value: &str) -> Result<(), CanonicalError> {
        self.text(value);
        Ok(())
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<(), CanonicalError> {
        self.collect_seq(value)
    }

    fn serialize_none(self) -> Result<(), CanonicalError> {
        self.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), CanonicalError> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), CanonicalError> {
        self.out.extend_from_slice(b"null");
        Ok(())
    }

    fn serialize_unit_struct(self, _name: &'static str) -> Result<(), CanonicalError> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
    ) -> Result<(), CanonicalError> {
        self.text(variant);
        Ok(())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        value: &T,
    ) -> Result<(), CanonicalError> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), CanonicalError> {
        self.open_variant(variant);
        value.serialize(&mut *self)?;
        self.out.push(b'}');
        Ok(())
    }

    fn serialize_seq(self, _length: Option<usize>) -> Result<Items<'a, 'b>, CanonicalError> {
        self.out.push(b'[');
        Ok(Items {
            writer: self,
            empty: true,
            close: b"]",
        })
    }

    fn serialize_tuple(self, length: usize) -> Result<Items<'a, 'b>, CanonicalError> {
        self.serialize_seq(Some(length))
    }

    fn serialize_tuple_struct(
        self,
        _name: &'static str,
        length: usize,
    ) -> Result<Items<'a, 'b>, CanonicalError> {
        self.serialize_seq(Some(length))
    }

    fn serialize_tuple_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        _length: usize,
    ) -> Result<Items<'a, 'b>, CanonicalError> {
        self.open_variant(variant);
        self.out.push(b'[');
        Ok(Items {
            writer: self,
            empty: true,
            close: b"]}",
        })
    }

    fn serialize_map(self, _length: Option<usize>) -> Result<Object<'a, 'b>, CanonicalError> {
        Ok(Object::new(self, b"}"))
    }

    fn serialize_struct(
        self,
        name: &'static str,
        _length: usize,
    ) -> Result<Object<'a, 'b>, CanonicalError> {
        if name == RAW_JSON {
            return Err(CanonicalError::RawJson);
        }
        Ok(Object::new(self, b"}"))
    }

    fn serialize_struct_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        _length: usize,
    ) -> Result<Object<'a, 'b>, CanonicalError> {
        self.open_variant(variant);
        Ok(Object::new(self, b"}}"))
    }

    fn collect_str<T: fmt::Display + ?Sized>(self, value: &T) -> Result<(), CanonicalError> {
        self.out.push(b'"');
        fmt::write(&mut Escaped(self.out), format_args!("{value}")).map_err(ser::Error::custom)?;
        self.out.push(b'"');
        Ok(())
    }
}

macro_rules! items {
    ($($bound:ident :: $method:ident),*) => {$(
        impl ser::$bound for Items<'_, '_> {
            type Ok = ();
            type Error = CanonicalError;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), CanonicalError> {
                self.item(value)
            }

            fn end(self) -> Result<(), CanonicalError> {
                self.close();
                Ok(())
            }
        }
    )*};
}

items!(
    SerializeSeq::serialize_element,
    SerializeTuple::serialize_element,
    SerializeTupleStruct::serialize_field,
    SerializeTupleVariant::serialize_field
);

macro_rules! fields {
    ($($bound:ident),*) => {$(
        impl ser::$bound for Object<'_, '_> {
            type Ok = ();
            type Error = CanonicalError;

            fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), CanonicalError> {
                self.member(key, value)
            }

            fn end(self) -> Result<(), CanonicalError> {
                self.close()
            }
        }
    )*};
}

fields!(SerializeStruct, SerializeStructVariant);

impl ser::SerializeMap for Object<'_, '_> {
    type Ok = ();
    type Error = CanonicalError;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), CanonicalError> {
        self.key(|writer| key.serialize(Key(writer)))
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), CanonicalError> {
        self.value(value)
    }

    fn end(self) -> Result<(), CanonicalError> {
        self.close()
    }
}
