//! Cards and carousels as the channel shows them.

use super::flat::Opt;
use super::media::Way;
use super::path::Path;
use super::plot::{Frame, Plot};
use super::{Rule, flatten};
use crate::capability::{Bound, Field};
use crate::message::content::Carousel;
use crate::message::part::{CardPart, CarouselPart};
use crate::message::render::Flow;
use crate::message::{Action, Card, ContentKind};
use std::borrow::Cow;

/// The fields that bound a card.
#[derive(Clone, Copy)]
struct Bounds {
    text: Field,
    buttons: Field,
}

const SINGLE: Bounds = Bounds {
    text: Field::CardText,
    buttons: Field::CardButtons,
};

const IN_CAROUSEL: Bounds = Bounds {
    text: Field::CarouselCardText,
    buttons: Field::CarouselCardButtons,
};

fn options<'o>(actions: &'o [Action], path: &Path<'_>) -> Vec<Opt<'o>> {
    let option = |(at, action)| Opt {
        action: Cow::Borrowed(action),
        path: path.at(at).to_string(),
        heading: None,
    };
    actions.iter().enumerate().map(option).collect()
}

impl Plot<'_> {
    /// A card as one card. False when something of it does not fit.
    pub(super) fn card(&mut self, card: &Card, frame: Frame<'_>, path: &Path<'_>) -> bool {
        if !self.caps.carries(ContentKind::Card) {
            return false;
        }
        let Some(part) = self.card_part(card, frame, path, SINGLE) else {
            return false;
        };
        self.parts.push(part.into());
        true
    }

    fn card_part(
        &mut self,
        card: &Card,
        frame: Frame<'_>,
        path: &Path<'_>,
        bounds: Bounds,
    ) -> Option<CardPart> {
        let titles = self.limit(Field::CardTitle);
        let title = card.title.as_deref().filter(|title| titles.fits(title));
        match &card.media {
            // A card may have a picture where messages may not, so only the kind and the address matter.
            Some(media) => {
                let carried = self.caps.carries_media(&media.kind);
                (Self::media_way(media, carried) == Way::Native).then_some(())?;
            }
            None => self.caps.combos.card_without_media.then_some(())?,
        }
        let mut flow = Flow::new(self.dialect);
        if let Some(lead) = frame.lead {
            flow.paragraph(lead);
        }
        // A title that does not fit is the first line of the text.
        if let Some(long) = card
            .title
            .as_deref()
            .filter(|long| title.is_none() && !long.trim().is_empty())
        {
            flow.title(long);
        }
        if let Some(text) = card.text.as_ref().filter(|text| !text.is_empty()) {
            flow.rich(text);
        }
        if let Some(tail) = frame.tail {
            flow.paragraph(tail);
        }
        let text = if flow.is_empty() {
            None
        } else {
            let mut bound = self.limit(Field::CardText).clone();
            tighten(&mut bound, self.limit(bounds.text));
            Some(self.whole(&flow, &bound, &path.key("text"))?)
        };
        let actions = options(&card.actions, &path.key("actions"));
        let count = if self.limit(bounds.buttons).items() < self.limit(Field::CardButtons).items() {
            bounds.buttons
        } else {
            Field::CardButtons
        };
        let buttons = self.card_buttons(&actions, count)?;
        if title.is_none() && text.is_none() && card.media.is_none() {
            return None;
        }
        Some(CardPart {
            title: title.map(str::to_owned),
            text,
            media: card.media.clone(),
            buttons,
        })
    }

    /// Cards side by side, in as many carousels as they need. False when one of them does not fit.
    pub(super) fn carousel(
        &mut self,
        carousel: &Carousel,
        frame: Frame<'_>,
        path: &Path<'_>,
    ) -> bool {
        let cards = &carousel.cards;
        if !self.caps.carries(ContentKind::Carousel) || cards.is_empty() {
            return false;
        }
        let most = self.limit(Field::Cards).items();
        let fewest = self
            .limit(Field::CardsMin)
            .max(crate::capability::Unit::Items)
            .unwrap_or(1) as usize;
        if most == 0 {
            return false;
        }
        let groups = cards.len().div_ceil(most);
        if cards.len() / groups < fewest {
            return false;
        }
        let at = path.key("cards");
        let mut parts = Vec::with_capacity(cards.len());
        for (index, card) in cards.iter().enumerate() {
            let first = if index == 0 { frame } else { Frame::default() };
            let last = if index + 1 == cards.len() {
                frame
            } else {
                Frame::default()
            };
            let own = Frame {
                lead: first.lead,
                tail: last.tail,
            };
            let Some(part) = self.card_part(card, own, &at.at(index), IN_CAROUSEL) else {
                return false;
            };
            parts.push(part);
        }
        if !self.caps.combos.mixed_cards && !parts.is_sorted_by(same_shape) {
            return false;
        }
        let actions = options(&carousel.actions, &path.key("actions"));
        let Some(buttons) = self.card_buttons(&actions, Field::Buttons) else {
            return false;
        };
        if groups > 1 {
            self.was_split(path, groups, Rule::Limit);
        }
        self.push_groups(parts, buttons, groups);
        true
    }

    /// Groups of nearly the same size.
    fn push_groups(
        &mut self,
        parts: Vec<CardPart>,
        mut buttons: Vec<crate::message::part::Button>,
        groups: usize,
    ) {
        let total = parts.len();
        let mut parts = parts.into_iter();
        for group in 0..groups {
            let size = total / groups + usize::from(group < total % groups);
            let mut part = CarouselPart::new(parts.by_ref().take(size).collect());
            if group + 1 == groups {
                part.buttons = std::mem::take(&mut buttons);
            }
            self.parts.push(part.into());
        }
    }

    /// The cards one after the other, each in the way that loses least.
    pub(super) fn cards_in_turn(
        &mut self,
        carousel: &Carousel,
        frame: Frame<'_>,
        path: &Path<'_>,
    ) -> bool {
        let count = carousel.cards.len();
        if count == 0 {
            return false;
        }
        let at = path.key("cards");
        for (index, card) in carousel.cards.iter().enumerate() {
            let last = index + 1 == count;
            let own = Frame {
                lead: frame.lead.filter(|_| index == 0),
                tail: frame.tail.filter(|_| last),
            };
            let path_of = at.at(index);
            let native = |plot: &mut Self| {
                (!last || carousel.actions.is_empty()) && plot.card(card, own, &path_of)
            };
            let flat = |plot: &mut Self| {
                let mut flat = super::flat::Flat::default();
                flatten::card(&mut flat, card, &path_of);
                if last {
                    flat.actions(&carousel.actions, &path.key("actions"));
                }
                plot.tell(&flat, own, &path_of)
            };
            if !self.best(&[&native, &flat]) {
                return false;
            }
        }
        if count > 1 {
            self.was_split(path, count, Rule::NotCarried);
        }
        true
    }
}

fn tighten(bound: &mut Bound, other: &Bound) {
    for limit in other.limits() {
        bound.tighten(limit.clone());
    }
}

/// Whether two cards have the same fields and the same kinds of button.
fn same_shape(a: &CardPart, b: &CardPart) -> bool {
    let shape = |card: &CardPart| {
        let kinds: Vec<_> = card
            .buttons
            .iter()
            .map(|button| button.action.act.kind())
            .collect();
        let media = card.media.as_ref().map(|media| media.kind.clone());
        (card.title.is_some(), card.text.is_some(), media, kinds)
    };
    shape(a) == shape(b)
}
