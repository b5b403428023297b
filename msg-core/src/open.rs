//! Enums that stay open: a value that a newer version wrote is kept as it is, not refused.
//!
//! Two shapes cover the whole model: names (`"marketing"`) and tagged values (`{"text": {…}}`). Both write a known
//! value without allocating, read it without buffering, and carry an unknown one through unchanged.

use serde::{Deserialize, Serialize};

/// Implements `Debug` so that it shows the named fields only: what people write, addresses and tokens never get into a
/// log by it. In this crate's own unit tests the whole value is shown, so that a counter-example can be read.
macro_rules! veiled {
    ($($name:ident $(<$life:lifetime>)? $({ $($field:ident),+ })?);+ $(;)?) => {$(
        #[cfg(not(test))]
        impl core::fmt::Debug for $name $(<$life>)? {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.debug_struct(stringify!($name))
                    $($(.field(stringify!($field), &self.$field))+)?
                    .finish_non_exhaustive()
            }
        }
    )+};
}

/// A tagged value that this version does not know. It is written back exactly as it was read.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
#[non_exhaustive]
pub struct Unknown {
    /// The tag that stood before the value.
    pub tag: Box<str>,
    /// The value, unread.
    pub value: serde_json::Value,
}

impl Unknown {
    /// An unknown value under `tag`.
    pub fn new(tag: impl Into<Box<str>>, value: serde_json::Value) -> Self {
        Self {
            tag: tag.into(),
            value,
        }
    }
}

veiled! {
    Unknown { tag };
}

/// Declares an enum of names with an `Other` variant for names of a newer version.
macro_rules! open_names {
    ($(#[$meta:meta])* $name:ident { $($(#[$vmeta:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$vmeta])* $variant,)+
            /// A name that this version does not know, kept as it was read.
            Other(Box<str>),
        }

        impl $name {
            /// Every name that this version knows, in order.
            pub const KNOWN: &[Self] = &[$(Self::$variant),+];

            /// The stable lowercase name.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)+
                    Self::Other(name) => name,
                }
            }
        }

        impl From<&str> for $name {
            fn from(name: &str) -> Self {
                match name {
                    $($text => Self::$variant,)+
                    other => Self::Other(other.into()),
                }
            }
        }

        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Name;
                impl serde::de::Visitor<'_> for Name {
                    type Value = $name;
                    fn expecting(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                        f.write_str(concat!("the name of a ", stringify!($name)))
                    }
                    fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<$name, E> {
                        Ok($name::from(name))
                    }
                }
                deserializer.deserialize_str(Name)
            }
        }
    };
}

/// Declares an externally tagged enum with an `Unknown` variant for tags of a newer version.
macro_rules! open_tagged {
    ($(#[$meta:meta])* $name:ident { $($(#[$vmeta:meta])* $variant:ident($inner:ty) = $tag:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, PartialEq)]
        #[cfg_attr(test, derive(Debug))]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$vmeta])* $variant($inner),)+
            /// A value that this version does not know, kept as it was read.
            Unknown($crate::open::Unknown),
        }

        #[cfg(not(test))]
        impl core::fmt::Debug for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.tag())
            }
        }

        impl $name {
            /// The stable lowercase tag.
            #[must_use]
            pub fn tag(&self) -> &str {
                match self {
                    $(Self::$variant(_) => $tag,)+
                    Self::Unknown(unknown) => &unknown.tag,
                }
            }
        }

        $(impl From<$inner> for $name {
            fn from(inner: $inner) -> Self {
                Self::$variant(inner)
            }
        })+

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                use serde::ser::SerializeMap as _;
                let mut map = serializer.serialize_map(Some(1))?;
                match self {
                    $(Self::$variant(inner) => map.serialize_entry($tag, inner)?,)+
                    Self::Unknown(unknown) => map.serialize_entry(&*unknown.tag, &unknown.value)?,
                }
                map.end()
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Tagged;
                impl<'de> serde::de::Visitor<'de> for Tagged {
                    type Value = $name;
                    fn expecting(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                        f.write_str(concat!("an object with one key that names a ", stringify!($name)))
                    }
                    fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<$name, A::Error> {
                        use serde::de::Error as _;
                        let tag: std::borrow::Cow<'de, str> = map
                            .next_key()?
                            .ok_or_else(|| A::Error::custom(concat!("an empty object names no ", stringify!($name))))?;
                        let value = match &*tag {
                            $($tag => $name::$variant(map.next_value()?),)+
                            _ => $name::Unknown($crate::open::Unknown::new(&*tag, map.next_value()?)),
                        };
                        if let Some(extra) = map.next_key::<std::borrow::Cow<'de, str>>()? {
                            return Err(A::Error::custom(format_args!("a second key `{extra}` after `{tag}`")));
                        }
                        Ok(value)
                    }
                }
                deserializer.deserialize_map(Tagged)
            }
        }
    };
}

pub(crate) use {open_names, open_tagged, veiled};
