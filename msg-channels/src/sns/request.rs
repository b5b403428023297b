//! From a part to a request.

use super::schema::{ENTITY, KIND, NUMBER, PRICE, SENDER, TEMPLATE, VERSION};
use super::wire::{MAX_TEXT, Sns};
use crate::wire::call::{Encoded, form, invalid, plain, refuse, unsupported};
use crate::wire::phone::recipient;
use bytes::Bytes;
use msg_core::channel::{Advice, FailureClass};
use msg_core::message::{ChannelKind, Part, PartBody, Purpose};

const TEXT: &str = "String";
const DECIMAL: &str = "Number";

/// The request that sends a part, signed.
pub(super) fn encode(wire: &Sns, part: &Part) -> Encoded<http::Request<Bytes>> {
    let PartBody::Text(body) = &part.body else {
        return Err(unsupported("amazon sns carries text"));
    };
    if !body.buttons.is_empty() {
        return Err(unsupported("an sms has no buttons"));
    }
    let text = plain(&body.text)?;
    if text.trim().is_empty() {
        return Err(invalid("an sms has a text"));
    }
    if text.len() > MAX_TEXT {
        let (class, advice) = (FailureClass::ContentTooLarge, Advice::Degrade);
        return Err(refuse(class, advice, "a text has at most 1600 bytes"));
    }
    let mut fields = vec![
        ("Action".to_owned(), "Publish"),
        ("Version".to_owned(), VERSION),
        (
            "PhoneNumber".to_owned(),
            recipient(part, &ChannelKind::Sms)?,
        ),
        ("Message".to_owned(), text),
    ];
    let config = &wire.config;
    let kind = match part.purpose {
        Purpose::Marketing => "Promotional",
        _ => "Transactional",
    };
    let attributes = [
        (KIND, TEXT, Some(kind)),
        (SENDER, TEXT, config.sender_id.as_deref()),
        (NUMBER, TEXT, config.origination_number.as_deref()),
        (PRICE, DECIMAL, config.max_price.as_deref()),
        (ENTITY, TEXT, config.entity_id.as_deref()),
        (TEMPLATE, TEXT, config.template_id.as_deref()),
    ];
    let set = attributes
        .into_iter()
        .filter_map(|(name, kind, value)| Some((name, kind, value?)));
    for (at, (name, kind, value)) in set.enumerate() {
        let entry = format!("MessageAttributes.entry.{}", at + 1);
        fields.push((format!("{entry}.Name"), name));
        fields.push((format!("{entry}.Value.DataType"), kind));
        fields.push((format!("{entry}.Value.StringValue"), value));
    }
    let fields = fields.iter().map(|(name, value)| (&**name, *value));
    wire.aws.signed(form(wire.uri.clone(), fields))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{config, made, part};
    use super::*;
    use msg_core::channel::ChannelWire as _;
    use msg_core::message::Address;
    use msg_core::message::content::Delete;

    fn body(wire: &Sns, part: &Part) -> String {
        let request = wire.encode(part).unwrap();
        assert_eq!(request.body(), wire.encode(part).unwrap().body());
        let fields = form_urlencoded::parse(request.body());
        let lines: Vec<_> = fields
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        lines.join("\n")
    }

    #[test]
    fn requests_read_as_reviewed() {
        let bare = made(config());
        insta::assert_snapshot!(
            "text",
            body(&bare, &part("Grüße & more", Purpose::Transactional))
        );
        let mut full = config()
            .with_sender_id("Shop")
            .with_origination_number("+12065550152");
        full.max_price = Some("0.50".into());
        full.entity_id = Some("1001".into());
        full.template_id = Some("2002".into());
        insta::assert_snapshot!("full", body(&made(full), &part("Sale", Purpose::Marketing)));
    }

    #[test]
    fn a_request_is_signed_and_shows_no_secret() {
        let request = made(config())
            .encode(&part("hi", Purpose::Service))
            .unwrap();
        assert_eq!(request.uri(), "https://sns.us-east-1.amazonaws.com/");
        let proof = request.headers()["authorization"].to_str().unwrap();
        assert!(proof.contains(
            "/20260615/us-east-1/sns/aws4_request, SignedHeaders=content-type;host;x-amz-date, "
        ));
        assert!(!format!("{:?}", request.headers()).contains("AKID"));
    }

    #[test]
    fn what_no_sms_can_say_is_refused() {
        let wire = made(config());
        let refused = |part: &Part| wire.encode(part).unwrap_err().class;
        let text = |text: &str| part(text, Purpose::Service);
        assert!(wire.encode(&text(&"a".repeat(MAX_TEXT))).is_ok());
        assert_eq!(
            refused(&text(&"ü".repeat(801))),
            FailureClass::ContentTooLarge
        );
        assert_eq!(refused(&text(" ")), FailureClass::ContentInvalid);
        let mut other = text("hi");
        other.body = Delete::new("42").into();
        assert_eq!(refused(&other), FailureClass::Unsupported);
        let mut other = text("hi");
        other.to = Address::in_app("1").unwrap();
        assert_eq!(refused(&other), FailureClass::InvalidRecipient);
    }
}
