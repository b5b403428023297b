//! Templates with all their parts.

use super::super::schema::{Language, Template};
use super::media;
use crate::wire::call::{Encoded, invalid, unsupported};
use msg_core::message::commerce::Money;
use msg_core::message::content::ProviderTemplate;
use msg_core::message::template::{
    TemplateAct, TemplateButton, TemplateCards, TemplateComponent, TemplateMoney, TemplateParam,
    TemplateProducts,
};
use serde_json::{Map, Value, json};

pub(super) fn of(call: &ProviderTemplate) -> Encoded<Template<'_>> {
    let mut components = Vec::with_capacity(call.components.len() + 1);
    for component in &call.components {
        components.push(self::component(component)?);
    }
    let said = |one: &TemplateComponent| matches!(one, TemplateComponent::Body(_));
    if !call.params.is_empty() && !call.components.iter().any(said) {
        components.push(body(call)?);
    }
    Ok(Template {
        name: call.id.as_str(),
        // `en-US` as the API writes it.
        language: Language {
            code: if call.language.contains('-') {
                call.language.replace('-', "_").into()
            } else {
                call.language.as_str().into()
            },
        },
        components,
    })
}

/// The parameters of the text: by position when all of them are numbers from 1, else by name.
fn body(call: &ProviderTemplate) -> Encoded<Value> {
    let mut counted = Vec::with_capacity(call.params.len());
    for (name, text) in &call.params {
        let text = without_gaps(text)?;
        counted.push((name.parse::<usize>().ok(), name, text));
    }
    let positions = counted.iter().filter_map(|(at, ..)| *at);
    let mut positions: Vec<usize> = positions.collect();
    positions.sort_unstable();
    let by_position = positions.iter().copied().eq(1..=counted.len());
    if by_position {
        counted.sort_unstable_by_key(|(at, ..)| *at);
    }
    let written = counted.iter().map(|(_, name, text)| {
        if by_position {
            json!({"type": "text", "text": text})
        } else {
            json!({"type": "text", "parameter_name": name, "text": text})
        }
    });
    let parameters: Vec<Value> = written.collect();
    Ok(json!({"type": "body", "parameters": parameters}))
}

/// A parameter has no line feed, no tab, and not more than four spaces in a row, or the API refuses the whole message (Meta,
/// "Template components": code 132012).
fn without_gaps(text: &str) -> Encoded<&str> {
    if text.contains(['\n', '\r', '\t']) || text.contains("     ") {
        return Err(invalid(
            "a parameter of a template has no line feed, no tab and no five spaces in a row",
        ));
    }
    Ok(text)
}

fn component(component: &TemplateComponent) -> Encoded<Value> {
    Ok(match component {
        TemplateComponent::Header(header) => {
            json!({"type": "header", "parameters": [param(&header.0)?]})
        }
        TemplateComponent::Body(body) => {
            let parameters: Vec<Value> = body.0.iter().map(param).collect::<Result<_, _>>()?;
            json!({"type": "body", "parameters": parameters})
        }
        TemplateComponent::Button(button) => self::button(button)?,
        TemplateComponent::Offer(offer) => {
            let ends = json!({"expiration_time_ms": offer.ends.as_millisecond()});
            let parameter = json!({"type": "limited_time_offer", "limited_time_offer": ends});
            json!({"type": "limited_time_offer", "parameters": [parameter]})
        }
        TemplateComponent::Cards(cards) => carousel(cards)?,
        _ => return Err(unsupported("whatsapp's templates have no such part")),
    })
}

fn carousel(cards: &TemplateCards) -> Encoded<Value> {
    let mut written = Vec::with_capacity(cards.0.len());
    for (index, card) in cards.0.iter().enumerate() {
        let parts: Vec<Value> = card.iter().map(component).collect::<Result<_, _>>()?;
        written.push(json!({"card_index": index, "components": parts}));
    }
    Ok(json!({"type": "carousel", "cards": written}))
}

fn param(param: &TemplateParam) -> Encoded<Value> {
    Ok(match param {
        TemplateParam::Text(text) => {
            let value = without_gaps(&text.text)?;
            match &text.name {
                Some(name) => json!({"type": "text", "parameter_name": name, "text": value}),
                None => json!({"type": "text", "text": value}),
            }
        }
        TemplateParam::Money(money) => currency(money)?,
        TemplateParam::Media(item) => {
            let header = media::header(item, media::source(item)?)?;
            serde_json::to_value(header).map_err(|_| invalid("media cannot be written as json"))?
        }
        TemplateParam::Location(place) => {
            let place = serde_json::to_value(super::place_of(place));
            let place = place.map_err(|_| invalid("a place cannot be written as json"))?;
            json!({"type": "location", "location": place})
        }
        TemplateParam::Product(product) => json!({
            "type": "product",
            "product": {"product_retailer_id": product.sku, "catalog_id": product.catalog},
        }),
        _ => return Err(unsupported("whatsapp's templates have no such parameter")),
    })
}

/// An amount in thousandths of its unit.
fn currency(money: &TemplateMoney) -> Encoded<Value> {
    let Money {
        minor,
        currency,
        digits,
        ..
    } = &money.amount;
    let scale = |power: u32| 10_i64.checked_pow(power);
    let digits = u32::from(*digits);
    let amount = if digits <= 3 {
        scale(3 - digits).and_then(|scale| minor.checked_mul(scale))
    } else {
        scale(digits - 3).map(|scale| minor / scale)
    };
    let amount = amount.ok_or_else(|| invalid("the amount is too large"))?;
    let currency = json!({
        "fallback_value": without_gaps(&money.text)?, "code": currency, "amount_1000": amount,
    });
    Ok(json!({"type": "currency", "currency": currency}))
}

fn button(button: &TemplateButton) -> Encoded<Value> {
    let (sub_type, parameter) = match &button.act {
        TemplateAct::Reply(reply) => (
            "quick_reply",
            json!({"type": "payload", "payload": reply.0}),
        ),
        TemplateAct::Url(url) => ("url", json!({"type": "text", "text": url.0})),
        TemplateAct::CopyCode(code) => (
            "copy_code",
            json!({"type": "coupon_code", "coupon_code": code.0}),
        ),
        TemplateAct::Form(form) => {
            let mut action = Map::new();
            if let Some(handle) = &form.handle {
                action.insert("flow_token".into(), handle.as_str().into());
            }
            if let Some(data) = &form.data {
                action.insert("flow_action_data".into(), data.clone());
            }
            ("flow", json!({"type": "action", "action": action}))
        }
        TemplateAct::Catalog(shown) => {
            let action = json!({"thumbnail_product_retailer_id": shown.0});
            ("catalog", json!({"type": "action", "action": action}))
        }
        TemplateAct::Products(products) => (
            "mpm",
            json!({"type": "action", "action": self::products(products)}),
        ),
        _ => return Err(unsupported("whatsapp's templates have no such button")),
    };
    // As text: the documents write it both ways, and the specification this one.
    let index = button.index.to_string();
    Ok(json!({
        "type": "button", "sub_type": sub_type, "index": index, "parameters": [parameter],
    }))
}

fn products(products: &TemplateProducts) -> Value {
    let item = |sku: &String| json!({"product_retailer_id": sku});
    let sections = products.sections.iter().map(|section| {
        let items: Vec<Value> = section.skus.iter().map(item).collect();
        json!({"title": section.title, "product_items": items})
    });
    let sections: Vec<Value> = sections.collect();
    json!({"thumbnail_product_retailer_id": products.shown, "sections": sections})
}
