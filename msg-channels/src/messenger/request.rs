//! From a part to a request: what the Send API shares with Instagram, and utility templates.

use super::schema::{ButtonParam, Component, Language, Template, TextParam};
use crate::graph::inbox::{Inbox, request};
use crate::wire::call::{Encoded, invalid, unsupported};
use bytes::Bytes;
use msg_core::message::content::{ProviderTemplate, TemplateCategory};
use msg_core::message::template::{TemplateAct, TemplateButton, TemplateComponent, TemplateParam};
use msg_core::message::{Part, PartBody};
use serde_json::Value;
use std::collections::BTreeMap;

/// The request that sends a part.
pub(super) fn encode(inbox: &Inbox, part: &Part) -> Encoded<http::Request<Bytes>> {
    request::encode(inbox, part, || match &part.body {
        PartBody::Template(call) => template(call),
        _ => Err(unsupported("not a template")),
    })
}

/// A utility message (<https://developers.facebook.com/docs/messenger-platform/send-messages/utility-messages>).
fn template(call: &ProviderTemplate) -> Encoded<Value> {
    if call.category != TemplateCategory::Utility {
        return Err(unsupported(
            "messenger has templates for utility messages only",
        ));
    }
    // BCP 47 writes `en-US`, Meta `en_US`.
    let code = call.language.replace('-', "_");
    let template = Template {
        name: call.id.as_str(),
        language: Language { code: &code },
        components: components(call)?,
    };
    serde_json::to_value(&template).map_err(|_| invalid("the template cannot be written"))
}

fn components(call: &ProviderTemplate) -> Encoded<Vec<Component<'_>>> {
    let mut components = Vec::new();
    let mut buttons: Vec<&TemplateButton> = Vec::new();
    for component in &call.components {
        match component {
            TemplateComponent::Header(header) => components.push(Component::Header {
                parameters: vec![text(&header.0)?],
            }),
            TemplateComponent::Body(body) => components.push(Component::Body {
                parameters: body.0.iter().map(text).collect::<Encoded<_>>()?,
            }),
            TemplateComponent::Button(button) => buttons.push(button),
            _ => return Err(unsupported("a utility message has no such part")),
        }
    }
    let has_body = components
        .iter()
        .any(|it| matches!(it, Component::Body { .. }));
    if !has_body && !call.params.is_empty() {
        let parameters = named(&call.params);
        components.push(Component::Body { parameters });
    }
    if !buttons.is_empty() {
        buttons.sort_by_key(|button| button.index);
        let parameters = buttons.into_iter().map(button);
        components.push(Component::Buttons {
            parameters: parameters.collect::<Encoded<_>>()?,
        });
    }
    Ok(components)
}

fn text(param: &TemplateParam) -> Encoded<TextParam<'_>> {
    match param {
        TemplateParam::Text(text) => Ok(TextParam::new(text.name.as_deref(), &text.text)),
        TemplateParam::Money(money) => Ok(TextParam::new(None, &money.text)),
        _ => Err(unsupported("a utility message has texts only")),
    }
}

/// By position where all names are numbers, else by name.
fn named(params: &BTreeMap<String, String>) -> Vec<TextParam<'_>> {
    let number = |name: &String| name.parse::<u32>().ok();
    let numbers: Option<Vec<u32>> = params.keys().map(number).collect();
    let Some(numbers) = numbers else {
        let all = params.iter();
        return all
            .map(|(name, text)| TextParam::new(Some(name), text))
            .collect();
    };
    let mut all: Vec<(u32, &String)> = numbers.into_iter().zip(params.values()).collect();
    all.sort_by_key(|(number, _)| *number);
    all.into_iter()
        .map(|(_, text)| TextParam::new(None, text))
        .collect()
}

fn button(button: &TemplateButton) -> Encoded<ButtonParam<'_>> {
    match &button.act {
        TemplateAct::Reply(reply) => Ok(ButtonParam::Postback { payload: &reply.0 }),
        TemplateAct::Url(url) => Ok(ButtonParam::Url { url: &url.0 }),
        _ => Err(unsupported("a utility message has no such button")),
    }
}
