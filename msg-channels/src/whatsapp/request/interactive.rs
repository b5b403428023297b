//! Messages that can be tapped: buttons, lists, forms, products, payments.

use super::super::schema::{Header, Interactive, Line};
use super::super::wire::WhatsApp;
use super::styled;
use crate::wire::call::{Encoded, invalid, token_of, unsupported};
use msg_core::message::commerce::{Payment, Product};
use msg_core::message::interactive::Form;
use msg_core::message::part::{Button, ListPart, ListSection, Styled};
use msg_core::message::{Act, Markup, Part, render};
use serde_json::{Value, json};

/// A question that is answered with one tap: its type, and the name of its action.
pub(super) type Question = (&'static str, &'static str);

/// Where the person is (Meta, "Location request messages").
pub(super) const WHERE: Question = ("location_request_message", "send_location");

/// Which number the person has (pywa 4.5, `ContactInfoRequestButton`).
pub(super) const WHO: Question = ("request_contact_info", "request_contact_info");

pub(super) fn ask(text: &Styled, (kind, name): Question) -> Encoded<Interactive<'_>> {
    let action = json!({"name": name});
    Ok(Action { kind, action }.with(None, Some(styled(text)?)))
}

/// What a message offers, before it is known what stands above it.
pub(super) struct Action {
    kind: &'static str,
    action: Value,
}

impl Action {
    pub(super) fn with<'a>(
        self,
        header: Option<Header<'a>>,
        body: Option<&'a str>,
    ) -> Interactive<'a> {
        Interactive {
            r#type: self.kind,
            header,
            body: body.map(line),
            footer: None,
            action: self.action,
        }
    }
}

fn line(text: &str) -> Line<'_> {
    Line { text: text.into() }
}

/// Reply buttons, or one button that opens a page or the catalog. The catalog has a message of its own, without media; with
/// them its page is opened.
pub(super) fn buttons(wire: &WhatsApp, buttons: &[Button], alone: bool) -> Encoded<Action> {
    if let [button] = buttons
        && let Some(action) = link(wire, button, alone)
    {
        return Ok(action);
    }
    let reply = |button: &Button| match &button.action.act {
        Act::Reply(_) => Ok(json!({
            "type": "reply",
            "reply": {"id": button.handle, "title": button.action.label},
        })),
        _ => Err(unsupported(
            "a message has reply buttons, or one button that opens a page",
        )),
    };
    let buttons: Vec<Value> = buttons.iter().map(reply).collect::<Result<_, _>>()?;
    Ok(Action {
        kind: "button",
        action: json!({"buttons": buttons}),
    })
}

fn link(wire: &WhatsApp, button: &Button, alone: bool) -> Option<Action> {
    let url = match &button.action.act {
        Act::Url(page) => &page.url,
        Act::Catalog(_) if alone && wire.catalog.is_some() => {
            return Some(Action {
                kind: "catalog_message",
                action: json!({"name": "catalog_message"}),
            });
        }
        Act::Catalog(page) => &page.url,
        _ => return None,
    };
    let parameters = json!({"display_text": button.action.label, "url": url});
    Some(Action {
        kind: "cta_url",
        action: json!({"name": "cta_url", "parameters": parameters}),
    })
}

pub(super) fn list(list: &ListPart) -> Encoded<Interactive<'_>> {
    let several = list.sections.len() > 1;
    let sections = list.sections.iter().map(|it| section(it, several));
    let sections: Vec<Value> = sections.collect::<Result<_, _>>()?;
    let action = Action {
        kind: "list",
        action: json!({"button": list.button, "sections": sections}),
    };
    let header = list.header.as_deref().map(|text| Header::Text { text });
    let mut message = action.with(header, Some(styled(&list.body)?));
    message.footer = list.footer.as_deref().map(line);
    Ok(message)
}

/// Where there are several sections each must have a title; one without is shown under a dash.
fn section(section: &ListSection, several: bool) -> Encoded<Value> {
    let row = |row: &Button| {
        let Act::Reply(reply) = &row.action.act else {
            return Err(unsupported("the rows of a list are replies"));
        };
        let (id, title) = (&row.handle, &row.action.label);
        Ok(match &reply.description {
            Some(text) => json!({"id": id, "title": title, "description": text}),
            None => json!({"id": id, "title": title}),
        })
    };
    let rows: Vec<Value> = section.rows.iter().map(row).collect::<Result<_, _>>()?;
    Ok(match section.title.as_deref().or(several.then_some("–")) {
        Some(title) => json!({"title": title, "rows": rows}),
        None => json!({"rows": rows}),
    })
}

/// The label of a flow's button, in characters (pywa: 20; the specification: 30).
const MAX_CTA: usize = 20;

/// A form as the flow that is configured for it. Its token, which comes back with the answers, is the part's id, a point and
/// the form's id.
pub(super) fn flow<'a>(wire: &WhatsApp, part: &Part, form: &'a Form) -> Encoded<Interactive<'a>> {
    let flow = wire
        .flows
        .get(&form.id)
        .ok_or_else(|| unsupported("no flow is configured for the form"))?;
    let label = flow.button.as_deref().unwrap_or(&form.title);
    if label.chars().count() > MAX_CTA {
        return Err(invalid(
            "the label of a form's button has 20 characters at most",
        ));
    }
    let mut parameters = json!({
        "flow_message_version": "3",
        "flow_id": flow.id,
        "flow_cta": label,
        "flow_token": format!("{}.{}", token_of(part), form.id),
        "flow_action": "data_exchange",
    });
    if let Some(fields) = parameters.as_object_mut() {
        if flow.draft {
            fields.insert("mode".into(), "draft".into());
        }
        if let Some(screen) = &flow.screen {
            fields.insert("flow_action".into(), "navigate".into());
            fields.insert("flow_action_payload".into(), json!({"screen": screen}));
        }
    }
    let action = Action {
        kind: "flow",
        action: json!({"name": "flow", "parameters": parameters}),
    };
    let mut message = action.with(None, Some(&form.title));
    if let Some(prompt) = &form.prompt {
        let text = render::render(prompt, &Markup::WhatsApp).text.into();
        message.body = Some(Line { text });
    }
    Ok(message)
}

/// The catalog knows its name, price and picture.
pub(super) fn product<'a>(wire: &WhatsApp, product: &'a Product) -> Encoded<Interactive<'a>> {
    let catalog = product.catalog.as_deref().or(wire.catalog.as_deref());
    let catalog = catalog.ok_or_else(|| unsupported("no catalog is configured"))?;
    let action = Action {
        kind: "product",
        action: json!({"catalog_id": catalog, "product_retailer_id": product.sku}),
    };
    Ok(action.with(None, None))
}

/// The longest reference of an order (Meta, `order_details`: 35 of `A-Z a-z 0-9 _ - .`).
const MAX_REFERENCE: usize = 35;

/// An order of one line with a link to the page of the payment provider (Meta, payments-br/orders).
pub(super) fn payment<'a>(wire: &WhatsApp, payment: &'a Payment) -> Encoded<Interactive<'a>> {
    let link = wire
        .payment_link
        .as_ref()
        .ok_or_else(|| unsupported("no payments are configured"))?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    let reference = &payment.reference;
    if !(1..=MAX_REFERENCE).contains(&reference.len()) || !reference.bytes().all(plain) {
        return Err(invalid(
            "the reference of a payment is 1 to 35 of `A-Z a-z 0-9 _ - .`",
        ));
    }
    let offset = 10_u64.saturating_pow(u32::from(payment.amount.digits));
    let amount = json!({"value": payment.amount.minor, "offset": offset});
    let settings = json!([{"type": "payment_link", "payment_link": {"uri": payment.url}}]);
    let item = json!({
        "retailer_id": reference, "name": payment.description, "amount": amount, "quantity": 1,
    });
    let parameters = json!({
        "reference_id": reference,
        "type": link.goods,
        "payment_type": link.kind,
        "payment_settings": settings,
        "currency": payment.amount.currency,
        "total_amount": amount,
        "order": {"status": "pending", "items": [item], "subtotal": amount},
    });
    let action = Action {
        kind: "order_details",
        action: json!({"name": "review_and_pay", "parameters": parameters}),
    };
    Ok(action.with(None, Some(&payment.description)))
}
