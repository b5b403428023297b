//! What fills the places of a provider's template: texts, media, buttons, cards.

use super::commerce::Money;
use super::content::Location;
use super::media::Media;
use crate::open::open_tagged;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

open_tagged! {
    /// A part of a template that has parameters.
    TemplateComponent {
        /// What stands above the text: a line, a picture, a film, a file, a place, a product.
        Header(TemplateHeader) = "header",
        /// The text.
        Body(TemplateBody) = "body",
        /// A button.
        Button(TemplateButton) = "button",
        /// How long an offer is good.
        Offer(TemplateOffer) = "offer",
        /// Cards side by side.
        Cards(TemplateCards) = "cards",
    }
}

open_tagged! {
    /// What stands in one place of a template.
    TemplateParam {
        /// Text.
        Text(TemplateText) = "text",
        /// An amount, which the channel writes in the person's own way.
        Money(TemplateMoney) = "money",
        /// A picture, a film or a file.
        Media(Media) = "media",
        /// A place.
        Location(Location) = "location",
        /// A product of a catalog.
        Product(TemplateProduct) = "product",
    }
}

open_tagged! {
    /// What completes a button of a template.
    TemplateAct {
        /// What comes back when it is tapped.
        Reply(TemplateReply) = "reply",
        /// What stands at the end of its address; of a button with a one-time code, the code.
        Url(TemplateUrl) = "url",
        /// The code that is copied.
        CopyCode(TemplateCode) = "copy_code",
        /// A form.
        Form(TemplateForm) = "form",
        /// The catalog, shown by this product.
        Catalog(TemplateCatalog) = "catalog",
        /// Some products of the catalog.
        Products(TemplateProducts) = "products",
    }
}

macro_rules! newtypes {
    ($($(#[$meta:meta])* $name:ident($inner:ty)),+ $(,)?) => {$(
        $(#[$meta])*
        #[derive(Clone, PartialEq, Serialize, Deserialize)]
        #[cfg_attr(test, derive(Debug))]
        #[serde(transparent)]
        pub struct $name(pub $inner);
        crate::open::veiled! { $name; }
    )+};
}

newtypes! {
    /// What stands above the text of a template.
    TemplateHeader(TemplateParam),
    /// What stands in the text of a template, in order.
    TemplateBody(Vec<TemplateParam>),
    /// What comes back when a button is tapped.
    TemplateReply(String),
    /// What stands at the end of a button's address.
    TemplateUrl(String),
    /// The code that a button copies.
    TemplateCode(String),
    /// The product that a catalog is shown by.
    TemplateCatalog(String),
    /// Cards side by side, each with parts of its own.
    TemplateCards(Vec<Vec<TemplateComponent>>),
}

impl TemplateBody {
    /// Texts, by their position.
    pub fn texts<T: Into<String>>(texts: impl IntoIterator<Item = T>) -> Self {
        let param = |text: T| TemplateParam::Text(TemplateText::new(text));
        Self(texts.into_iter().map(param).collect())
    }
}

/// Text in a place of a template.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
#[non_exhaustive]
pub struct TemplateText {
    /// The name of the place; none when places are counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The text.
    pub text: String,
}

impl TemplateText {
    /// Text in a place that is counted.
    pub fn new(text: impl Into<String>) -> Self {
        let text = text.into();
        Self { name: None, text }
    }

    /// Names the place.
    #[must_use]
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }
}

/// An amount in a place of a template.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
#[non_exhaustive]
pub struct TemplateMoney {
    /// The amount.
    pub amount: Money,
    /// How it reads where the channel cannot write it.
    pub text: String,
}

impl TemplateMoney {
    /// An amount, and how it reads.
    pub fn new(amount: Money, text: impl Into<String>) -> Self {
        let text = text.into();
        Self { amount, text }
    }
}

/// A product in a place of a template.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
#[non_exhaustive]
pub struct TemplateProduct {
    /// The id in the catalog.
    pub sku: String,
    /// The catalog.
    pub catalog: String,
}

impl TemplateProduct {
    /// A product of a catalog.
    pub fn new(sku: impl Into<String>, catalog: impl Into<String>) -> Self {
        let (sku, catalog) = (sku.into(), catalog.into());
        Self { sku, catalog }
    }
}

/// A button of a template that has a parameter.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
#[non_exhaustive]
pub struct TemplateButton {
    /// Which of the template's buttons, from 0.
    pub index: u8,
    /// What completes it.
    #[serde(rename = "do")]
    pub act: TemplateAct,
}

impl TemplateButton {
    /// The button at `index`.
    #[must_use]
    pub const fn new(index: u8, act: TemplateAct) -> Self {
        Self { index, act }
    }
}

/// A form that a button of a template opens.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
#[non_exhaustive]
pub struct TemplateForm {
    /// What comes back with its answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handle: Option<String>,
    /// What its first page is filled with, in the provider's fields.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<serde_json::Value>,
}

impl TemplateForm {
    /// A form whose answers come back with `handle`.
    pub fn new(handle: impl Into<String>) -> Self {
        Self {
            handle: Some(handle.into()),
            data: None,
        }
    }
}

/// Some products of a catalog, in sections.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
#[non_exhaustive]
pub struct TemplateProducts {
    /// The product whose picture is shown.
    pub shown: String,
    /// The sections.
    pub sections: Vec<TemplateSection>,
}

impl TemplateProducts {
    /// These sections, shown by the picture of the product `shown`.
    pub fn new(shown: impl Into<String>, sections: Vec<TemplateSection>) -> Self {
        let shown = shown.into();
        Self { shown, sections }
    }
}

/// Products under one title.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
#[non_exhaustive]
pub struct TemplateSection {
    /// The title.
    pub title: String,
    /// The ids of the products in the catalog.
    pub skus: Vec<String>,
}

impl TemplateSection {
    /// Products under a title.
    pub fn new(title: impl Into<String>, skus: Vec<String>) -> Self {
        let title = title.into();
        Self { title, skus }
    }
}

/// How long an offer is good.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
#[non_exhaustive]
pub struct TemplateOffer {
    /// When it ends.
    pub ends: Timestamp,
}

impl TemplateOffer {
    /// An offer that ends at `ends`.
    #[must_use]
    pub const fn new(ends: Timestamp) -> Self {
        Self { ends }
    }
}

/// The media of these parts, in order.
pub(super) fn media(components: &[TemplateComponent]) -> Vec<&Media> {
    let mut all = Vec::new();
    for component in components {
        match component {
            TemplateComponent::Header(TemplateHeader(TemplateParam::Media(media))) => {
                all.push(media);
            }
            TemplateComponent::Cards(cards) => {
                all.extend(cards.0.iter().flat_map(|card| media(card)));
            }
            _ => {}
        }
    }
    all
}

/// The media of these parts, in order, to be changed.
pub(super) fn media_mut(components: &mut [TemplateComponent]) -> Vec<&mut Media> {
    let mut all = Vec::new();
    for component in components {
        match component {
            TemplateComponent::Header(TemplateHeader(TemplateParam::Media(media))) => {
                all.push(media);
            }
            TemplateComponent::Cards(cards) => {
                all.extend(cards.0.iter_mut().flat_map(|card| media_mut(card)));
            }
            _ => {}
        }
    }
    all
}

crate::open::veiled! {
    TemplateText;
    TemplateMoney;
    TemplateProduct;
    TemplateButton;
    TemplateForm;
    TemplateProducts;
    TemplateSection;
    TemplateOffer;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::MediaKind;

    #[test]
    fn media_are_found_in_every_place() {
        let picture = |name: &str| {
            let media = Media::from_url(MediaKind::Image, name, "");
            TemplateComponent::from(TemplateHeader(media.into()))
        };
        let text = TemplateComponent::Body(TemplateBody::texts(["a"]));
        let cards = TemplateCards(vec![vec![picture("2")], vec![text, picture("3")]]);
        let mut all = vec![picture("1"), cards.into()];
        let names = |all: &[TemplateComponent]| -> Vec<String> {
            let found = media(all).into_iter();
            found.filter_map(|it| it.url().map(str::to_owned)).collect()
        };
        assert_eq!(names(&all), ["1", "2", "3"]);
        for media in media_mut(&mut all) {
            media.alt = "seen".into();
        }
        assert!(media(&all).iter().all(|media| media.alt == "seen"));
    }
}
