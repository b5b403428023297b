//! The channels that are evaluated. A new one is a file with a `BACKEND`, its `mod`, and its name in [`BACKENDS`].

mod amazon;
mod brevo;
mod instagram;
mod mail;
mod mailgun;
mod messagebird;
mod messenger;
mod plivo;
mod postmark;
mod resend;
mod sendgrid;
mod ses;
mod sns;
mod standard_webhooks;
mod telegram;
mod twilio;
mod vonage;
mod whatsapp;

use crate::webhooks::Call;
use msg_core::channel::{ChannelWire, WebhookWire};
use msg_core::id::{AccountId, ConversationId};
use msg_core::message::{Address, Part};

/// Every channel, in the order in which `requests` asks them.
const BACKENDS: &[&Backend] = &[
    &brevo::BACKEND,
    &instagram::BACKEND,
    &mailgun::BACKEND,
    &messagebird::BACKEND,
    &messenger::BACKEND,
    &plivo::BACKEND,
    &postmark::BACKEND,
    &resend::BACKEND,
    &sendgrid::BACKEND,
    &ses::BACKEND,
    &sns::BACKEND,
    &standard_webhooks::BACKEND,
    &telegram::BACKEND,
    &twilio::BACKEND,
    &vonage::BACKEND,
    &whatsapp::BACKEND,
];

/// What a backend makes, or why it cannot.
pub(crate) type Made<T> = Result<T, String>;

/// What makes the wire that reads a webhook.
pub(crate) type Hook = fn(&Call<'_>) -> Made<Box<dyn WebhookWire>>;

/// One provider: its wires and its webhooks.
pub(crate) struct Backend {
    /// The providers of cases that it answers; the first one is its scheme.
    pub(crate) providers: &'static [&'static str],
    /// Its wires; the first one reads the answers of `responses`.
    pub(crate) wires: &'static [Wire],
    /// The wire that verifies and reads a webhook, made with what the case knows.
    pub(crate) webhook: Option<Hook>,
}

impl Backend {
    /// Its own name.
    pub(crate) fn scheme(&self) -> &'static str {
        self.providers.first().copied().unwrap_or_default()
    }
}

/// A wire with everything that checks its requests.
pub(crate) struct Wire {
    /// What its line is called: `twilio, whatsapp`.
    pub(crate) name: &'static str,
    /// The specifications that its requests must keep; without one its requests are only made.
    pub(crate) specs: &'static [&'static str],
    /// What the provider's other documents add to the first of its specifications (`requests::corrected`), or nothing.
    pub(crate) corrections: &'static str,
    /// Further options of the mock.
    pub(crate) options: &'static [&'static str],
    /// Fields that the provider takes and its specification does not name.
    pub(crate) gaps: &'static [&'static str],
    /// Pieces of addresses that the provider has and its specification does not: these requests are counted, not checked.
    pub(crate) unspecified: &'static [&'static str],
    /// The wire at a base URL.
    pub(crate) subject: fn(&str) -> Made<Subject>,
    /// Parts that the planner does not make: raw calls, places in a conversation, and whatever else the wire knows.
    pub(crate) more: fn() -> Made<Vec<(String, Part)>>,
}

impl Wire {
    /// Without any peculiarity: name, specifications and the wire at a base URL.
    pub(crate) const fn new(
        name: &'static str,
        specs: &'static [&'static str],
        subject: fn(&str) -> Made<Subject>,
    ) -> Self {
        Self {
            name,
            specs,
            corrections: "",
            options: &[],
            gaps: &[],
            unspecified: &[],
            subject,
            more: || Ok(Vec::new()),
        }
    }
}

/// A wire at an address, and to whom it writes there.
pub(crate) struct Subject {
    pub(crate) wire: Box<dyn ChannelWire>,
    /// Who gets the parts.
    pub(crate) to: Address,
    /// The account that sends them, where a part must name one.
    pub(crate) from: Option<AccountId>,
    /// The conversation that they belong to, where a part must name one.
    pub(crate) conversation: Option<ConversationId>,
    /// An id of a message as the wire writes it, to reply to, edit, delete and react to.
    pub(crate) target: &'static str,
    /// An id of media as the provider gives it, to send and to fetch.
    pub(crate) media: &'static str,
}

impl Subject {
    /// A wire that writes to an address. Ids of messages and media are `42` unless set.
    pub(crate) fn new(wire: impl ChannelWire, to: Address) -> Self {
        Self {
            wire: Box::new(wire),
            to,
            from: None,
            conversation: None,
            target: "42",
            media: "42",
        }
    }
}

/// Every channel that has a wire.
pub(crate) fn all() -> impl Iterator<Item = &'static Backend> {
    BACKENDS.iter().copied()
}

/// The channel that answers for a provider.
pub(crate) fn find(provider: &str) -> Result<&'static Backend, String> {
    let knows = |backend: &&Backend| backend.providers.contains(&provider);
    all()
        .find(knows)
        .ok_or_else(|| format!("{NOBODY}`{provider}`"))
}

const NOBODY: &str = "no channel answers for ";

/// Whether an error says that no channel answers for a provider.
pub(crate) fn is_nobody(error: &str) -> bool {
    error.starts_with(NOBODY)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn a_provider_is_answered_for_once() {
        let mut seen = BTreeSet::new();
        for provider in all().flat_map(|backend| backend.providers) {
            assert!(seen.insert(provider), "{provider} has two channels");
        }
        let error = find("pigeon").err().unwrap();
        assert!(is_nobody(&error) && error.contains("`pigeon`"));
        assert_eq!(find("telegram").unwrap().scheme(), "telegram");
    }

    #[test]
    fn every_wire_can_be_made() {
        for wire in all().flat_map(|backend| backend.wires) {
            let subject = (wire.subject)("http://127.0.0.1:1").unwrap();
            assert_eq!(
                subject.to.channel(),
                subject.wire.channel(),
                "{}",
                wire.name
            );
            (wire.more)().unwrap();
        }
    }
}
