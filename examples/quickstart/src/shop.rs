//! The shop: what it knows, and what it answers. A host has its own systems here.

use async_trait::async_trait;
use msg_core::Error;
use msg_core::consent::Signal;
use msg_core::engine::{Respond, Responder};
use msg_core::id::{ActionId, PromptId, TemplateId};
use msg_core::message::{Draft, Generate, Purpose, Recipient, TemplateCall};

/// The messages and prompts of the shop, approved by whoever answers for them.
pub(crate) const LIBRARY: &str = include_str!("../library.json");

/// The order book: number, item, status.
const ORDERS: [(&str, &str, &str); 3] = [
    (
        "1042",
        "First Flush Darjeeling, 250 g",
        "on its way, expected on Thursday",
    ),
    ("1043", "Sencha, 100 g", "being packed"),
    ("1044", "Cast-iron pot", "delivered"),
];

/// What a customer wants, as far as plain words tell.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Want {
    Order(Option<String>),
    Hours,
    Returns,
    Person,
    Help,
    About,
}

/// What the words, or the answer that they are, ask for.
pub(crate) fn want(text: &str, action: Option<&ActionId>, signal: Option<&Signal>) -> Want {
    match action.map(ActionId::as_str) {
        Some("track") => return Want::Order(None),
        Some("hours") => return Want::Hours,
        Some("person") => return Want::Person,
        _ => {}
    }
    if matches!(signal, Some(Signal::Help)) {
        return Want::About;
    }
    let words = text.to_lowercase();
    let says = |any: &[&str]| any.iter().any(|word| words.contains(word));
    // An order has four digits; a longer number is something else.
    let number = text
        .split(|c: char| !c.is_ascii_digit())
        .find(|digits| digits.len() == 4);
    let asks_for_order = says(&["order", "parcel", "where is", "arrive"]);
    if says(&["human", "person", "colleague"]) {
        Want::Person
    } else if says(&["open", "hours", "closed"]) {
        Want::Hours
    } else if says(&["refund", "return", "send back"]) {
        Want::Returns
    } else if asks_for_order || number.is_some_and(|number| number.len() == text.trim().len()) {
        Want::Order(number.map(str::to_owned))
    } else {
        Want::Help
    }
}

/// Answers every message: a model phrases the facts if one is set, the approved template if not.
#[derive(Debug)]
pub(crate) struct Shop {
    /// The customer's time zone.
    pub(crate) zone: String,
}

#[async_trait]
impl Responder for Shop {
    async fn respond(&self, inbound: Respond<'_>) -> Result<Option<Draft>, Error> {
        let text = inbound.message.content.plain_text();
        let want = want(&text, inbound.action, inbound.signal);
        let (template, facts) = answer(&want);
        let reply = Generate::new(PromptId::from_static("reply"))
            .with("facts", facts)
            .or_template(template.clone());
        let to = Recipient::new(inbound.message.from.clone()).in_zone(self.zone.clone());
        // A menu and a handover are said as they were approved; everything else may be phrased by a model.
        let draft = match want {
            Want::Help | Want::Person | Want::About => Draft::new(
                inbound.tenant.clone(),
                to,
                Purpose::Conversational,
                template,
            ),
            _ => Draft::new(inbound.tenant.clone(), to, Purpose::Conversational, reply),
        };
        Ok(Some(
            draft.in_conversation(inbound.message.conversation.clone()),
        ))
    }
}

/// The approved template, and the same facts for a model.
fn answer(want: &Want) -> (TemplateCall, String) {
    let template = |id| TemplateCall::new(TemplateId::from_static(id));
    match want {
        Want::Order(None) => (
            template("ask_number"),
            "Ask for the number of the order.".into(),
        ),
        Want::Order(Some(number)) => match ORDERS.iter().find(|(known, ..)| known == number) {
            Some((number, item, status)) => (
                template("order_status")
                    .with("number", *number)
                    .with("item", *item)
                    .with("status", *status),
                format!("Order {number} is {item}; it is {status}."),
            ),
            None => (
                template("order_unknown").with("number", number.clone()),
                format!(
                    "There is no order {number}; the number stands in the mail that confirmed it."
                ),
            ),
        },
        Want::Hours => (
            template("opening_hours"),
            "Open Monday to Saturday, 9 to 18. The web shop never closes.".into(),
        ),
        Want::Returns => (
            template("returns"),
            "Anything can be sent back within 30 days; a label can be written.".into(),
        ),
        Want::Person => (template("handover"), String::new()),
        Want::Help => (template("help"), String::new()),
        Want::About => (template("about"), String::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_words_are_understood() {
        let order = |number: &str| Want::Order(Some(number.into()));
        assert_eq!(want("Where is my order 1042?", None, None), order("1042"));
        assert_eq!(want("1043", None, None), order("1043"));
        assert_eq!(
            want("my card is 4111 1111 1111 1111", None, None),
            Want::Help
        );
        assert_eq!(want("when do you open", None, None), Want::Hours);
        assert_eq!(
            want("hello", Some(&ActionId::from_static("track")), None),
            Want::Order(None)
        );
    }
}
