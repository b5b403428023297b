//! Ids: time-ordered UUIDs for what the engine makes, checked names for what the host brings.

use crate::error::{Error, ErrorKind};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use uuid::Uuid;

/// Where ids come from. Injected, so that a test or a replay gets the same ids again.
pub trait IdSource: fmt::Debug + Send + Sync + 'static {
    /// A new id, never returned before, ordered by `now` to the millisecond (UUID version 7).
    fn next(&self, now: crate::Timestamp) -> Uuid;
}

macro_rules! uuid_ids {
    ($($(#[$meta:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// The id with this value.
            #[must_use]
            pub const fn from_uuid(id: Uuid) -> Self {
                Self(id)
            }

            /// The value.
            #[must_use]
            pub const fn as_uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl FromStr for $name {
            type Err = Error;
            fn from_str(text: &str) -> Result<Self, Error> {
                Uuid::parse_str(text)
                    .map(Self)
                    .map_err(|e| Error::new(ErrorKind::Invalid, concat!("not a ", stringify!($name))).with_source(e))
            }
        }
    )+};
}

uuid_ids! {
    /// A message that the host wants to send; also its idempotency and correlation key.
    MessageId,
    /// An inbound event after it was accepted.
    InboundId,
    /// A trace: the record of one message from intent to receipt. Equal to the id of its message or inbound event.
    TraceId,
}

impl From<MessageId> for TraceId {
    fn from(id: MessageId) -> Self {
        Self(id.0)
    }
}

impl From<InboundId> for TraceId {
    fn from(id: InboundId) -> Self {
        Self(id.0)
    }
}

/// One part of a message on the wire: the message and the position of the part in its plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PartId {
    /// The message.
    pub message: MessageId,
    /// Its [way](Self::way) times [`PartId::PER_WAY`], and its position in the plan of that way, from 0.
    pub index: u16,
}

impl PartId {
    /// How many indexes each way of a message has: the first channel that is tried has 0 to 4,095, the next one those from
    /// 4,096 on.
    pub const PER_WAY: u16 = 1 << 12;

    /// How many ways a message may take.
    pub const WAYS: u16 = 1 << 4;

    /// The part at `index` of `message`.
    #[must_use]
    pub const fn new(message: MessageId, index: u16) -> Self {
        Self { message, index }
    }

    /// The part at `position` of a way of `message`. Both are taken modulo what there can be.
    #[must_use]
    pub const fn of_way(message: MessageId, way: u16, position: u16) -> Self {
        let index = (way % Self::WAYS) * Self::PER_WAY + position % Self::PER_WAY;
        Self { message, index }
    }

    /// The watch over a way of `message`: no part that is sent, but the wait for a receipt, kept in the outbox as one. It
    /// has the last index of the way.
    #[must_use]
    pub const fn watch(message: MessageId, way: u16) -> Self {
        Self::of_way(message, way, Self::PER_WAY - 1)
    }

    /// Which channel of the message it is for: 0 for the first one that was tried, more after a fallback.
    #[must_use]
    pub const fn way(self) -> u16 {
        self.index / Self::PER_WAY
    }

    /// Its position in the plan of its way, from 0.
    #[must_use]
    pub const fn position(self) -> u16 {
        self.index % Self::PER_WAY
    }

    /// Whether it is the [watch](Self::watch) over its way.
    #[must_use]
    pub const fn is_watch(self) -> bool {
        self.position() == Self::PER_WAY - 1
    }

    /// The last index of its way.
    #[must_use]
    pub const fn last_of_way(self) -> Self {
        Self::watch(self.message, self.way())
    }
}

impl fmt::Display for PartId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}", self.message, self.index)
    }
}

impl FromStr for PartId {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self, Error> {
        let invalid = || Error::new(ErrorKind::Invalid, "not a part id: want `message#index`");
        let (message, index) = text.split_once('#').ok_or_else(invalid)?;
        Ok(Self::new(
            message.parse()?,
            index.parse().map_err(|_| invalid())?,
        ))
    }
}

impl CheckId {
    /// A name that is known to keep the rules: short, printable, written in the code.
    pub(crate) fn fixed(name: &'static str) -> Self {
        Self(name.into())
    }
}

/// The longest name that the host may bring, in bytes.
pub const MAX_NAME: usize = 256;

macro_rules! names {
    ($($(#[$meta:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$meta])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
        #[serde(transparent)]
        pub struct $name(Arc<str>);

        impl $name {
            /// The name, checked: 1 to 256 bytes without control characters.
            ///
            /// # Errors
            /// [`ErrorKind::Invalid`] says which rule was broken; the name itself is not repeated.
            pub fn new(name: impl AsRef<str>) -> Result<Self, Error> {
                check_name(stringify!($name), name.as_ref()).map(|()| Self(name.as_ref().into()))
            }

            /// A name that stands in the code of whoever calls. It is not checked: the rules of [`new`](Self::new) are the
            /// caller's to keep.
            #[must_use]
            pub fn from_static(name: &'static str) -> Self {
                Self(name.into())
            }

            /// The name as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = Error;
            fn from_str(text: &str) -> Result<Self, Error> {
                Self::new(text)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let name = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                Self::new(&*name).map_err(serde::de::Error::custom)
            }
        }
    )+};
}

names! {
    /// One customer of the host. Every record carries it and every key begins with it.
    TenantId,
    /// A person, in the host's own terms. Not an address. `Debug` leaves the name out: it may be one all the same.
    SubjectId,
    /// A conversation, in the host's or the provider's terms. `Debug` leaves the name out: a provider's id of a chat is
    /// often an address.
    ConversationId,
    /// What a tap, a number or a label means to the host.
    ActionId,
    /// A message template.
    TemplateId,
    /// A prompt.
    PromptId,
    /// A provider account or sender: a bot, a phone number, a mail identity.
    AccountId,
    /// A policy check.
    CheckId,
    /// A campaign, playbook or topic that consent and caps may be scoped to.
    TopicId,
    /// What a tool of a model needs to be allowed, such as `orders:refund`.
    ScopeId,
}

macro_rules! shown {
    ($($name:ident),+) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_tuple(stringify!($name)).field(&self.0).finish()
            }
        }
    )+};
}

shown! { TenantId, ActionId, TemplateId, PromptId, AccountId, CheckId, TopicId, ScopeId }

macro_rules! hidden {
    ($($name:ident),+) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        }
    )+};
}

hidden! { SubjectId, ConversationId }

fn check_name(kind: &'static str, name: &str) -> Result<(), Error> {
    let problem = if name.is_empty() {
        "is empty"
    } else if name.len() > MAX_NAME {
        "is longer than 256 bytes"
    } else if name.chars().any(char::is_control) {
        "has a control character"
    } else {
        return Ok(());
    };
    Err(Error::new(ErrorKind::Invalid, problem).with_context("name", kind))
}

/// Random ids from a user-space generator seeded once: no system call an id.
///
/// Unique, not secret: an id is no token.
#[cfg(feature = "system")]
#[derive(Debug, Default)]
pub struct RandomIds(std::sync::Mutex<fastrand::Rng>);

#[cfg(feature = "system")]
impl RandomIds {
    /// A source with a seed of its own.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

#[cfg(feature = "system")]
impl IdSource for RandomIds {
    fn next(&self, now: crate::Timestamp) -> Uuid {
        let random = {
            let mut rng = self
                .0
                .lock()
                .unwrap_or_else(std::sync::PoisonError::into_inner);
            rng.u128(..).to_le_bytes()
        };
        time_ordered(now, &random)
    }
}

/// A version 7 UUID of `now` and ten random bytes.
#[must_use]
pub fn time_ordered(now: crate::Timestamp, random: &[u8; 16]) -> Uuid {
    let millis = u64::try_from(now.as_millisecond()).unwrap_or(0);
    let mut counter = [0; 10];
    counter
        .iter_mut()
        .zip(random)
        .for_each(|(to, from)| *to = *from);
    uuid::Builder::from_unix_timestamp_millis(millis, &counter).into_uuid()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_checked_and_not_repeated_in_the_error() {
        assert!(TenantId::new("acme").is_ok());
        for bad in ["", "a\nb", &"x".repeat(257)] {
            let error = TenantId::new(bad).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Invalid);
            assert!(bad.is_empty() || !error.to_string().contains(bad));
        }
        assert!(serde_json::from_str::<TenantId>("\"\"").is_err());
    }

    #[test]
    fn who_it_is_is_not_in_debug() {
        let chat = ConversationId::new("+14155550132").unwrap();
        let person = SubjectId::new("+14155550132").unwrap();
        let shown = format!("{chat:?} {person:?}");
        assert_eq!(shown, "ConversationId { .. } SubjectId { .. }");
        let tenant = TenantId::new("acme").unwrap();
        assert_eq!(format!("{tenant:?}"), r#"TenantId("acme")"#);
    }

    #[test]
    fn a_part_id_reads_back() {
        let id = PartId::new(
            MessageId::from_uuid(time_ordered(crate::Timestamp::UNIX_EPOCH, &[7; 16])),
            3,
        );
        assert_eq!(id.to_string().parse::<PartId>().unwrap(), id);
        assert!("nonsense".parse::<PartId>().is_err());
    }

    #[test]
    fn ways_share_no_index() {
        let message = MessageId::from_uuid(time_ordered(crate::Timestamp::UNIX_EPOCH, &[7; 16]));
        let part = PartId::of_way(message, 2, 5);
        assert_eq!((part.index, part.way(), part.position()), (8197, 2, 5));
        assert!(!part.is_watch());
        let watch = PartId::watch(message, 15);
        assert_eq!((watch.index, watch.way()), (u16::MAX, 15));
        assert!(watch.is_watch());
        assert_eq!(part.last_of_way(), PartId::watch(message, 2));
        assert_eq!(
            PartId::watch(message, 0).index + 1,
            PartId::of_way(message, 1, 0).index
        );
    }
}
