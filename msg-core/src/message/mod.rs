//! The message model: what is said, to whom, what for, and how far it got.

pub mod action;
pub mod address;
pub(crate) mod base64;
pub mod commerce;
pub mod content;
pub mod draft;
pub mod fallback;
pub mod interactive;
mod kind;
pub mod media;
pub mod part;
pub mod purpose;
pub mod render;
pub mod segment;
pub mod state;
pub mod template;
pub mod text;
pub(crate) mod walk;

pub use action::{Act, Action, ActionKind};
pub use address::{Address, AddressKey, AddressScheme, ChannelKind};
pub use content::{Card, Carousel, Content};
pub use draft::{Body, Draft, Generate, Recipient, Submitted, TemplateCall};
pub use fallback::{ChannelFallback, Receipted};
pub use kind::ContentKind;
pub use media::{Media, MediaKind, MediaSource};
pub use part::{Markup, Part, PartBody, Styled};
pub use purpose::{DataClass, Origin, Priority, Purpose, Tags};
pub use state::{Delivery, DeliveryState, Progress, Stop};
pub use text::{Block, Inline, RichText};
