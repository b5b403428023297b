//! What a channel can carry, with the source of every number, and how five layers combine.
//!
//! The effective capabilities of one send are the meet of what the channel, the provider, the sender, the recipient
//! and the conversation allow: nothing is possible that one of them forbids.

mod limit;
pub mod profile;
mod window;

pub use limit::{Bound, Field, Limit, Unit};
pub use window::{ReplyWindow, WindowState};

use crate::message::{ActionKind, ContentKind, Markup, MediaKind};
use serde::{Deserialize, Serialize};

/// How a channel carries something, weakest first.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Support {
    /// Not at all: the planner finds another way or says what was lost.
    #[default]
    None,
    /// As it is, within the limits.
    Native,
}

/// What may be combined in one message. Each is a capability: true allows more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts of a channel, not states"
)]
#[non_exhaustive]
pub struct Combos {
    /// Reply buttons beside URL and call buttons.
    pub mixed_buttons: bool,
    /// Buttons under media.
    pub buttons_with_media: bool,
    /// Cards of a carousel that differ in shape.
    pub mixed_cards: bool,
    /// Several kinds of media in one album.
    pub mixed_album: bool,
    /// A card without a picture.
    pub card_without_media: bool,
}

impl Combos {
    /// Everything may be combined.
    pub const ALL: Self = Self {
        mixed_buttons: true,
        buttons_with_media: true,
        mixed_cards: true,
        mixed_album: true,
        card_without_media: true,
    };

    /// What both allow.
    #[must_use]
    pub const fn meet(self, other: Self) -> Self {
        Self {
            mixed_buttons: self.mixed_buttons && other.mixed_buttons,
            buttons_with_media: self.buttons_with_media && other.buttons_with_media,
            mixed_cards: self.mixed_cards && other.mixed_cards,
            mixed_album: self.mixed_album && other.mixed_album,
            card_without_media: self.card_without_media && other.card_without_media,
        }
    }
}

/// Everything that a planner needs to know about one way to reach one person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts of a channel, not states"
)]
#[non_exhaustive]
pub struct Capabilities {
    content: [Support; ContentKind::ALL.len()],
    actions: [Support; ActionKind::ALL.len()],
    limits: Vec<(Field, Bound)>,
    /// Kinds of media that are neither carried by themselves nor attached to an email, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    refused_media: Vec<MediaKind>,
    /// The markup that the channel reads.
    pub markup: Markup,
    /// What may be combined.
    pub combos: Combos,
    /// Whether free text may be sent now; false outside a service window, where only templates may.
    pub free_form: bool,
    /// Whether only the person reads it: not a lock screen, not a shared mailbox.
    pub private: bool,
    /// Whether a text that was split keeps its order.
    pub ordered: bool,
    /// Whether the provider can be asked, or tells by itself, that a part was delivered.
    pub receipts: bool,
    /// When free text may be sent at all; none where it always may. The engine looks where the conversation stands in it
    /// and sets [`Capabilities::free_form`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<ReplyWindow>,
}

impl Capabilities {
    /// Plain text without any limit, and nothing else: the start of a profile.
    #[must_use]
    pub fn text_only() -> Self {
        Self {
            content: [Support::None; ContentKind::ALL.len()],
            actions: [Support::None; ActionKind::ALL.len()],
            limits: Vec::new(),
            refused_media: Vec::new(),
            markup: Markup::Plain,
            combos: Combos::default(),
            free_form: true,
            private: true,
            ordered: true,
            receipts: false,
            window: None,
        }
        .with_content(&[ContentKind::Text])
    }

    /// Everything without any limit: the neutral element of [`Capabilities::meet`], but for the markup.
    #[must_use]
    pub fn everything(markup: Markup) -> Self {
        Self {
            content: [Support::Native; ContentKind::ALL.len()],
            actions: [Support::Native; ActionKind::ALL.len()],
            limits: Vec::new(),
            refused_media: Vec::new(),
            markup,
            combos: Combos::ALL,
            free_form: true,
            private: true,
            ordered: true,
            receipts: true,
            window: None,
        }
    }

    /// Adds kinds of content that are carried natively.
    #[must_use]
    pub fn with_content(mut self, kinds: &[ContentKind]) -> Self {
        for kind in kinds {
            if let Some(slot) = self.content.get_mut(*kind as usize) {
                *slot = Support::Native;
            }
        }
        self
    }

    /// Takes kinds of content away.
    #[must_use]
    pub fn without_content(mut self, kinds: &[ContentKind]) -> Self {
        for kind in kinds {
            if let Some(slot) = self.content.get_mut(*kind as usize) {
                *slot = Support::None;
            }
        }
        self
    }

    /// Adds kinds of action that are carried natively.
    #[must_use]
    pub fn with_actions(mut self, kinds: &[ActionKind]) -> Self {
        for kind in kinds {
            if let Some(slot) = self.actions.get_mut(*kind as usize) {
                *slot = Support::Native;
            }
        }
        self
    }

    /// Takes kinds of media away.
    #[must_use]
    pub fn without_media(mut self, kinds: &[MediaKind]) -> Self {
        for kind in kinds {
            if let Err(at) = self.refused_media.binary_search(kind) {
                self.refused_media.insert(at, kind.clone());
            }
        }
        self
    }

    /// Adds a limit. A second limit of the same field and unit keeps the smaller number.
    #[must_use]
    pub fn with_limit(mut self, field: Field, limit: Limit) -> Self {
        match self
            .limits
            .binary_search_by_key(&field, |(field, _)| *field)
        {
            Ok(at) => {
                if let Some((_, bound)) = self.limits.get_mut(at) {
                    bound.tighten(limit);
                }
            }
            Err(at) => self.limits.insert(at, (field, Bound::of(limit))),
        }
        self
    }

    /// Sets the markup.
    #[must_use]
    pub fn with_markup(mut self, markup: Markup) -> Self {
        self.markup = markup;
        self
    }

    /// Sets what may be combined.
    #[must_use]
    pub const fn with_combos(mut self, combos: Combos) -> Self {
        self.combos = combos;
        self
    }

    /// Sets the reply window.
    #[must_use]
    pub fn with_window(mut self, window: ReplyWindow) -> Self {
        self.window = Some(window);
        self
    }

    /// Whether this kind of content is carried natively.
    #[must_use]
    pub fn carries(&self, kind: ContentKind) -> bool {
        self.content.get(kind as usize) == Some(&Support::Native)
    }

    /// Whether media of this kind are carried natively.
    #[must_use]
    pub fn carries_media(&self, kind: &MediaKind) -> bool {
        self.carries(ContentKind::Media) && self.refused_media.binary_search(kind).is_err()
    }

    /// Whether media of this kind are attached to an email. How large the files may be together says
    /// [`Field::Attachments`].
    ///
    /// An email takes its media along, so this asks for [`ContentKind::Email`]; [`Capabilities::carries_media`] is about
    /// media that are a message by themselves.
    #[must_use]
    pub fn attaches(&self, kind: &MediaKind) -> bool {
        self.carries(ContentKind::Email) && self.refused_media.binary_search(kind).is_err()
    }

    /// Whether this kind of action is carried natively.
    #[must_use]
    pub fn acts(&self, kind: ActionKind) -> bool {
        self.actions.get(kind as usize) == Some(&Support::Native)
    }

    /// The limits of a field; an empty bound when it has none.
    #[must_use]
    pub fn limit(&self, field: Field) -> &Bound {
        static UNLIMITED: Bound = Bound::UNLIMITED;
        self.limits
            .binary_search_by_key(&field, |(field, _)| *field)
            .ok()
            .and_then(|at| self.limits.get(at))
            .map_or(&UNLIMITED, |(_, bound)| bound)
    }

    /// Every limit, by field.
    pub fn limits(&self) -> impl Iterator<Item = (Field, &Bound)> {
        self.limits.iter().map(|(field, bound)| (*field, bound))
    }

    /// What both allow. Commutative, associative, idempotent; two different markups meet in plain text.
    #[must_use]
    pub fn meet(&self, other: &Self) -> Self {
        let mut met = self.clone();
        for (mine, theirs) in met.content.iter_mut().zip(&other.content) {
            *mine = (*mine).min(*theirs);
        }
        for (mine, theirs) in met.actions.iter_mut().zip(&other.actions) {
            *mine = (*mine).min(*theirs);
        }
        for (field, bound) in &other.limits {
            for limit in bound.limits() {
                met = met.with_limit(*field, limit.clone());
            }
        }
        met = met.without_media(&other.refused_media);
        if met.markup != other.markup {
            met.markup = Markup::Plain;
        }
        met.combos = met.combos.meet(other.combos);
        met.free_form &= other.free_form;
        met.private &= other.private;
        met.ordered &= other.ordered;
        met.receipts &= other.receipts;
        met.window = match (&self.window, &other.window) {
            (Some(mine), Some(theirs)) => Some(mine.meet(theirs)),
            (mine, theirs) => mine.clone().or_else(|| theirs.clone()),
        };
        met
    }
}
