//! Object keys: what `serde_json` takes as a key, except floats.

use super::CanonicalError;
use super::writer::Writer;
use serde::ser::{self, Impossible, Serialize};
use std::fmt;

/// Serializes one key.
pub(super) struct Key<'a, 'b>(pub(super) &'a mut Writer<'b>);

impl Key<'_, '_> {
    fn display(self, value: impl fmt::Display) {
        self.0.quoted(value);
    }
}

macro_rules! display_keys {
    ($($method:ident: $kind:ty),*) => {$(
        fn $method(self, value: $kind) -> Result<(), CanonicalError> {
            self.display(value);
            Ok(())
        }
    )*};
}

impl ser::Serializer for Key<'_, '_> {
    type Ok = ();
    type Error = CanonicalError;
    type SerializeSeq = Impossible<(), CanonicalError>;
    type SerializeTuple = Impossible<(), CanonicalError>;
    type SerializeTupleStruct = Impossible<(), CanonicalError>;
    type SerializeTupleVariant = Impossible<(), CanonicalError>;
    type SerializeMap = Impossible<(), CanonicalError>;
    type SerializeStruct = Impossible<(), CanonicalError>;
    type SerializeStructVariant = Impossible<(), CanonicalError>;

    display_keys!(
        serialize_bool: bool, serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64, serialize_i128: i128,
        serialize_u8: u8, serialize_u16: u16, serialize_u32: u32, serialize_u64: u64, serialize_u128: u128
    );

    fn serialize_char(self, value: char) -> Result<(), CanonicalError> {
        ser::Serializer::serialize_char(self.0, value)
    }

    fn serialize_str(self, value: &str) -> Result<(), CanonicalError> {
        self.0.text(value);
        Ok(())
    }

    fn serialize_unit_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
    ) -> Result<(), CanonicalError> {
        self.0.text(variant);
        Ok(())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        value: &T,
    ) -> Result<(), CanonicalError> {
        value.serialize(self)
    }

    fn collect_str<T: fmt::Display + ?Sized>(self, value: &T) -> Result<(), CanonicalError> {
        ser::Serializer::collect_str(self.0, value)
    }

    fn serialize_f32(self, _value: f32) -> Result<(), CanonicalError> {
        Err(CanonicalError::KeyNotText)
    }

    fn serialize_f64(self, _value: f64) -> Result<(), CanonicalError> {
        Err(CanonicalError::KeyNotText)
    }

    fn serialize_bytes(self, _value: &[u8]) -> Result<(), CanonicalError> {
        Err(CanonicalError::KeyNotText)
    }

    fn serialize_none(self) -> Result<(), CanonicalError> {
        Err(CanonicalError::KeyNotText)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, _value: &T) -> Result<(), CanonicalError> {
        Err(CanonicalError::KeyNotText)
    }

    fn serialize_unit(self) -> Result<(), CanonicalError> {
        Err(CanonicalError::KeyNotText)
    }

    fn serialize_unit_struct(self, _name: &'static str) -> Result<(), CanonicalError> {
        Err(CanonicalError::KeyNotText)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        _index: u32,
        _variant: &'static str,
        _value: &T,
    ) -> Result<(), CanonicalError> {
        Err(CanonicalError::KeyNotText)
    }

    fn serialize_seq(self, _length: Option<usize>) -> Result<Self::SerializeSeq, CanonicalError> {
        Err(CanonicalError::KeyNotText)
    }

    fn serialize_tuple(self, _length: usize) -> Result<Self::SerializeTuple, CanonicalError> {
        Err(CanonicalError::KeyNotText)
    }

    fn serialize_tuple_struct(
        self,
        _name: &'static str,
        _length: usize,
    ) -> Result<Self::SerializeTupleStruct, CanonicalError> {
        Err(CanonicalError::KeyNotText)
    }

    fn serialize_tuple_variant(
        self,
        _name: &'static str,
        _index: u32,
        _variant: &'static str,
        _length: usize,
    ) -> Result<Self::SerializeTupleVariant, CanonicalError> {
        Err(CanonicalError::KeyNotText)
    }

    fn serialize_map(self, _length: Option<usize>) -> Result<Self::SerializeMap, CanonicalError> {
        Err(CanonicalError::KeyNotText)
    }

    fn serialize_struct(
        self,
        _name: &'static str,
        _length: usize,
    ) -> Result<Self::SerializeStruct, CanonicalError> {
        Err(CanonicalError::KeyNotText)
    }

    fn serialize_struct_variant(
        self,
        _name: &'static str,
        _index: u32,
        _variant: &'static str,
        _length: usize,
    ) -> Result<Self::SerializeStructVariant, CanonicalError> {
        Err(CanonicalError::KeyNotText)
    }
}
