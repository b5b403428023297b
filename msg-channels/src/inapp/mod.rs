//! The host's own chat: what is sent arrives in an inbox of the same process.
//!
//! No network and no runtime: [`InApp`] is the adapter, [`InAppInbox`] is what the host reads, and [`InAppUser`] turns
//! what a person types or taps into the events that the engine receives.
//!
//! | | |
//! |---|---|
//! | content | every kind, native and without limits; [`InApp::with_capabilities`] says what the host's screen shows |
//! | receipts | delivered and read, by [`InAppMessage::delivered`] and [`InAppMessage::read`] |
//! | idempotency | native: a part that is sent again is [`AlreadyAccepted`](msg_core::channel::SendOutcome::AlreadyAccepted) |
//! | back-pressure | a full inbox is [`RateLimited`](msg_core::channel::FailureClass::RateLimited), to be tried again |
//! | durability | absent: what the host has not read is gone when the process ends |
//!
//! ```
//! use msg_channels::inapp::{InApp, InAppUser};
//! use msg_core::channel::{ChannelAdapter as _, Clearance};
//! use msg_core::id::{ConversationId, MessageId, PartId, TenantId};
//! use msg_core::message::part::{Styled, TextPart};
//! use msg_core::message::{Address, Part, Purpose};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let now = msg_core::Timestamp::UNIX_EPOCH;
//! # let message = MessageId::from_uuid(msg_core::id::time_ordered(now, &[0; 16]));
//! let (adapter, mut inbox) = InApp::new(64);
//! let user = Address::in_app("ada")?;
//! let part = Part::new(
//!     PartId::new(message, 0),
//!     TenantId::new("acme")?,
//!     user.clone(),
//!     Purpose::Conversational,
//!     TextPart::new(Styled::plain("Good morning.")),
//! );
//! let part = Clearance::unchecked("an example").clear(part);
//! # let outcome =
//! futures_util::FutureExt::now_or_never(adapter.send(&part));
//!
//! let received = inbox.try_recv().ok_or("nothing came")?;
//! assert_eq!(received.part.to, user);
//! let status = received.delivered(now);
//!
//! let ada = InAppUser::new(user, ConversationId::new("counter")?);
//! let event = ada.says("input-1", "Good morning to you.", now);
//! # let _ = (outcome, status, event);
//! # Ok(())
//! # }
//! ```

mod adapter;
mod inbox;
mod user;

pub use adapter::{InApp, REMEMBERED};
pub use inbox::{InAppInbox, InAppMessage};
pub use user::InAppUser;

/// The scheme: also the feature and the folder.
pub const SCHEME: &str = "inapp";
