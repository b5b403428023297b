//! Products, orders and payments as text.

use super::flat::{Flat, Say};
use super::flatten::{became_text, emulated};
use super::path::Path;
use crate::message::commerce::{Order, Payment, Product};

pub(super) fn product<'a>(flat: &mut Flat<'a>, product: &'a Product, path: &Path<'_>) {
    flat.title(Some(&product.name));
    flat.paragraph(product.description.as_deref());
    if let Some(price) = &product.price {
        flat.say(Say::Line(price.to_string().into()));
    }
    if let Some(url) = &product.url {
        flat.say(Say::Link { label: "", url });
    }
    if let Some(image) = &product.image {
        flat.media(image, &path.key("image"));
    }
    emulated(flat, path);
}

pub(super) fn order<'a>(flat: &mut Flat<'a>, order: &'a Order, path: &Path<'_>) {
    flat.title(Some(&order.reference));
    flat.line(order.status.as_deref());
    for line in &order.lines {
        let text = format!("{} × {}: {}", line.quantity, line.name, line.amount);
        flat.say(Say::Line(text.into()));
    }
    flat.say(Say::Line(format!("= {}", order.total).into()));
    if let Some(url) = &order.url {
        flat.say(Say::Link { label: "", url });
    }
    became_text(flat, path);
}

/// A payment becomes a link to the page of the payment provider, never card data.
pub(super) fn payment<'a>(flat: &mut Flat<'a>, payment: &'a Payment, path: &Path<'_>) {
    flat.title(Some(&payment.description));
    flat.say(Say::Line(
        format!("{}: {}", payment.reference, payment.amount).into(),
    ));
    flat.say(Say::Link {
        label: "",
        url: &payment.url,
    });
    became_text(flat, path);
}
