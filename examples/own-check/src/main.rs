//! A policy check of your own: written against the traits, put through the public conformance suite, and asked.
//!
//! A shop tells people about their parcels. What it must never do is announce a delivery for an order that was cancelled meanwhile.
//! Whether it was is known by the shop's own system, so a fact source asks there and the check reads the recorded fact.
//!
//! Run it with `cargo run -p own-check`.

use async_trait::async_trait;
use msg_core::id::{CheckId, TenantId};
use msg_core::message::{Address, ChannelKind, Content, Draft, Purpose};
use msg_core::policy::{
    FactSource, Facts, Need, Phase, PolicyCheck, PolicyInput, PolicySet, Reason, Verdict,
};
use msg_core::testkit::block_on;
use msg_core::testkit::check::{conformance, samples};
use msg_core::{Error, Timestamp};
use serde_json::{Value, json};
use std::io::{self, Write};
use std::sync::Arc;
use std::time::Duration;

/// The name of the fact.
const ORDER: &str = "order_state";

/// Asks the shop's system. Here it is a tag of the draft; yours does I/O, with a timeout of its own.
#[derive(Debug)]
struct Orders;

#[async_trait]
impl FactSource for Orders {
    fn name(&self) -> &'static str {
        ORDER
    }

    async fn gather(&self, draft: &Draft, _to: &Address, _now: Timestamp) -> Result<Value, Error> {
        match draft.tags.custom.get("order") {
            Some(state) => Ok(json!(state)),
            None => Err(Error::invalid("the draft names no order")),
        }
    }
}

/// Lets a transactional message pass only while its order is open.
#[derive(Debug)]
struct OpenOrder {
    id: CheckId,
    needs: [Need; 1],
}

impl OpenOrder {
    fn new() -> Self {
        Self {
            id: CheckId::from_static("open_order"),
            needs: [Need::Custom(ORDER)],
        }
    }
}

impl PolicyCheck for OpenOrder {
    fn id(&self) -> &CheckId {
        &self.id
    }

    fn phases(&self) -> &[Phase] {
        // At dispatch as well: the order may be cancelled while the message waits.
        &[Phase::Before, Phase::Dispatch]
    }

    fn needs(&self) -> &[Need] {
        &self.needs
    }

    fn revision(&self) -> &'static str {
        "1"
    }

    fn evaluate(&self, input: &PolicyInput<'_>) -> Verdict {
        if input.draft.purpose != Purpose::Transactional {
            return Verdict::allow();
        }
        match input.facts.custom.get(ORDER).and_then(Value::as_str) {
            Some("open") => Verdict::allow(),
            Some(_) => Verdict::deny(Reason::new(
                "order_closed",
                "the order of this message is not open any more",
            )),
            // Not known is not open. Nothing is lost: it is asked again.
            None => {
                let later = msg_core::time::after(input.now, Duration::from_mins(1));
                Verdict::hold(
                    later,
                    Reason::new("order_unknown", "the state of the order is not known"),
                )
            }
        }
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut out = io::stdout().lock();
    let check = OpenOrder::new();
    conformance(&check, &samples())?;
    writeln!(out, "{}: keeps the contract", check.id())?;

    let set = PolicySet::new([Arc::new(check) as Arc<dyn PolicyCheck>])?;
    let to = Address::phone(ChannelKind::Sms, "+14155550132")?;
    let now: Timestamp = "2026-06-01T12:00:00Z".parse()?;
    for order in [Some("open"), Some("cancelled"), None] {
        let mut draft = Draft::new(
            TenantId::new("shop")?,
            to.clone(),
            Purpose::Transactional,
            Content::text("Your parcel is on its way."),
        );
        draft
            .tags
            .custom
            .extend(order.map(|state| ("order".to_owned(), state.to_owned())));
        let mut facts = Facts::default();
        // The engine does this for every fact that a check needs; a source that fails leaves it out.
        if let Ok(fact) = block_on(Orders.gather(&draft, &to, now)) {
            facts.custom.insert(ORDER.to_owned(), fact);
        }
        let evaluation = set.evaluate(&PolicyInput::new(Phase::Dispatch, now, &draft, &to, &facts));
        let reasons: Vec<_> = evaluation
            .reasons()
            .map(|(_, reason)| &*reason.code)
            .collect();
        writeln!(
            out,
            "order {}: {}",
            order.unwrap_or("unknown"),
            json!({"decision": evaluation.decision, "reasons": reasons})
        )?;
    }
    Ok(())
}
