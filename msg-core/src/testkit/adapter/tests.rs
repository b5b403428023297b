use super::*;
use crate::capability::Capabilities;
use crate::channel::{
    Advice, Cleared, Failure, FailureClass, FailureScope, Receipt, Reconciler, WebhookWire,
};
use crate::message::{ChannelKind, ContentKind};
use crate::testkit::block_on;
use async_trait::async_trait;
use std::fmt;
use std::sync::Mutex;

const SECRET: &str = "s3cret-key";

/// What an adapter does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    None,
    LoudScheme,
    OtherChannel,
    RefusesLocations,
    EmptyId,
    OneId,
    Forgets,
    NewIdForOld,
    AcceptsAll,
    QuotesAddress,
    ShowsLast,
    ShowsSecret,
}

struct Fake {
    fault: Fault,
    capabilities: Capabilities,
    sent: Mutex<Vec<Part>>,
}

impl fmt::Debug for Fake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.fault {
            Fault::ShowsSecret => f.write_str(SECRET),
            Fault::ShowsLast => write!(f, "{:?}", self.sent.lock().unwrap().last()),
            _ => f.write_str("Fake"),
        }
    }
}

#[async_trait]
impl ChannelAdapter for Fake {
    fn scheme(&self) -> &str {
        if self.fault == Fault::LoudScheme {
            ""
        } else {
            "fake"
        }
    }
    fn channel(&self) -> &ChannelKind {
        if self.fault == Fault::OtherChannel {
            &ChannelKind::Line
        } else {
            &ChannelKind::Telegram
        }
    }
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }
    async fn send(&self, part: &Cleared<Part>) -> SendOutcome {
        let refused = match &part.body {
            PartBody::Text(_) => false,
            PartBody::Location(_) => self.fault == Fault::RefusesLocations,
            _ => self.fault != Fault::AcceptsAll,
        };
        if refused {
            let mut failure = Failure::new(
                FailureClass::Unsupported,
                FailureScope::Part,
                Advice::Degrade,
            );
            if self.fault == Fault::QuotesAddress {
                failure = failure.with_detail(format!("not for {}", part.to.expose()));
            }
            return SendOutcome::Rejected(failure);
        }
        let mut sent = self.sent.lock().unwrap();
        let known = self.fault != Fault::Forgets && sent.iter().any(|old| old.id == part.id);
        sent.push(Part::clone(part));
        let id = match self.fault {
            Fault::EmptyId => String::new(),
            Fault::OneId => "1".to_owned(),
            Fault::NewIdForOld => sent.len().to_string(),
            _ => part.id.to_string(),
        };
        if known {
            SendOutcome::AlreadyAccepted(Receipt::new(id))
        } else {
            SendOutcome::Accepted(Receipt::new(id))
        }
    }
    fn webhook(&self) -> Option<&dyn WebhookWire> {
        None
    }
    fn reconciler(&self) -> Option<&dyn Reconciler> {
        None
    }
}

/// The names of the sentences that a fault breaks.
fn broken(fault: Fault) -> Vec<&'static str> {
    let fake = Fake {
        fault,
        capabilities: Capabilities::text_only().with_content(&[ContentKind::Location]),
        sent: Mutex::default(),
    };
    let subject = Subject::new(&fake, Address::telegram(123_456_789))
        .with_secret(SECRET)
        .idempotent();
    SENTENCES
        .iter()
        .filter(|(_, holds)| block_on(holds(&subject)).is_err())
        .map(|(name, _)| *name)
        .collect()
}

#[test]
fn an_honest_adapter_passes() {
    assert_eq!(broken(Fault::None), [] as [&str; 0]);
}

#[test]
fn each_sentence_has_an_adapter_that_breaks_it() {
    let carries = "whatever its capabilities carry is accepted, with an id";
    let apart = "two parts have two ids";
    let again = "a part that is sent again is known again, where it says so";
    let rest = "what it does not carry is rejected";
    let quiet = "neither outcomes nor debug show text, address or secret";
    let cases = [
        (Fault::LoudScheme, vec!["describes itself"]),
        (Fault::OtherChannel, vec!["describes itself"]),
        (Fault::RefusesLocations, vec![carries]),
        (Fault::EmptyId, vec![carries, apart, again]),
        (Fault::OneId, vec![apart]),
        (Fault::Forgets, vec![again]),
        (Fault::NewIdForOld, vec![again]),
        (Fault::AcceptsAll, vec![rest]),
        (Fault::QuotesAddress, vec![quiet]),
        // A part's own debug shows its text.
        (Fault::ShowsLast, vec![quiet]),
        (Fault::ShowsSecret, vec![quiet]),
    ];
    for (fault, sentences) in &cases {
        assert_eq!(&broken(*fault), sentences, "{fault:?}");
    }
    for (name, _) in SENTENCES {
        assert!(
            cases.iter().any(|(_, broken)| broken.contains(&name)),
            "nothing breaks: {name}"
        );
    }
}
