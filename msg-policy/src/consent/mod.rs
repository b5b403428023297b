//! Consent: whether the ledger allows this purpose to this person, now.

mod keywords;
mod window;

pub use keywords::Keywords;
pub use window::ReplyWindow;

use crate::common::{missing, revision};
use msg_core::consent::{Basis, ConsentState, OptOutScope, Standing};
use msg_core::id::{CheckId, TopicId};
use msg_core::message::{ChannelKind, Purpose};
use msg_core::policy::{Need, Phase, PolicyCheck, PolicyInput, Reason, Verdict};
use std::collections::BTreeMap;
use std::time::Duration;

/// What a purpose needs.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Requirement {
    /// An opt-in on one of these grounds, in force and confirmed.
    OptIn(Vec<Basis>),
    /// No opt-in, but every refusal that covers the message holds, unless a later opt-in of its purpose is an
    /// [exception](ConsentState::refusing).
    NoRefusal,
    /// No opt-in; only a refusal of everything or of this very purpose holds. For what the person waits for.
    NoBlock,
}

/// Decides from the ledger's state. It never infers a permission: no state, no sending.
///
/// | purpose | needs |
/// |---|---|
/// | one-time code, emergency | no block: not refused by name, and not everything refused |
/// | transactional, service | no refusal that covers it |
/// | conversational | no refusal that covers it; see [`Consent::answering_after_refusal`] |
/// | marketing, and any unknown purpose | an opt-in in force; in writing for text and voice in the United States |
///
/// A store asks the ledger too: it [ends](msg_core::store) whatever a refusal covers when it is claimed and when the refusal
/// is recorded, without knowing of purposes that need less. So what this check lets pass in spite of a refusal that covers
/// it ([`Requirement::NoBlock`], [`Consent::confirming`], [`Consent::answering_after_refusal`]) does not leave through an
/// outbox that keeps that rule, as every store of this family does: it is `cancelled` in its trace.
///
/// Codes: `opted_out`, `no_consent`, `consent_expired`, `confirmation_pending`, `basis_too_weak`, `fact_missing`.
#[derive(Clone, Debug)]
pub struct Consent {
    id: CheckId,
    revision: String,
    requirements: BTreeMap<Purpose, Requirement>,
    written: Vec<String>,
    confirmation: Option<TopicId>,
    answers_after_refusal: bool,
    needs: Vec<Need>,
}

/// How long after an opt-out its one confirmation may leave: within five minutes it is presumed within consent
/// (47 CFR 64.1200(a)(12)).
const CONFIRMATION: Duration = Duration::from_mins(5);

impl Consent {
    /// The table above.
    #[must_use]
    pub fn standard() -> Self {
        let opt_in = Requirement::OptIn(vec![
            Basis::Express,
            Basis::ExpressWritten,
            Basis::Implied,
            Basis::SoftOptIn,
        ]);
        let requirements = [
            (Purpose::OneTimeCode, Requirement::NoBlock),
            (Purpose::Emergency, Requirement::NoBlock),
            (Purpose::Transactional, Requirement::NoRefusal),
            (Purpose::Service, Requirement::NoRefusal),
            (Purpose::Conversational, Requirement::NoRefusal),
            (Purpose::Marketing, opt_in),
        ];
        let check = Self {
            id: CheckId::from_static("consent"),
            revision: String::new(),
            requirements: requirements.into(),
            // CTIA Messaging Principles: promotional messages need express written consent; 47 CFR 64.1200(a)(2).
            written: vec!["US".to_owned()],
            confirmation: None,
            answers_after_refusal: false,
            needs: vec![Need::Consent, Need::Conversation],
        };
        check.sealed()
    }

    /// Sets what a purpose needs.
    #[must_use]
    pub fn requiring(mut self, purpose: Purpose, requirement: Requirement) -> Self {
        self.requirements.insert(purpose, requirement);
        self.sealed()
    }

    /// Sets the regions (ISO 3166) where marketing by text and voice needs consent in writing. The draft's region decides.
    #[must_use]
    pub fn written_in(mut self, regions: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.written = regions.into_iter().map(Into::into).collect();
        self.sealed()
    }

    /// Lets one message of this topic, which must not be marketing, pass an opt-out within five minutes of it: the
    /// confirmation that the opt-out was heard.
    #[must_use]
    pub fn confirming(mut self, topic: TopicId) -> Self {
        self.confirmation = Some(topic);
        self.needs = vec![Need::Consent, Need::Conversation, Need::Sent(CONFIRMATION)];
        self.sealed()
    }

    /// Lets the host answer what a person wrote after a refusal. Off by default: after STOP nothing leaves until START,
    /// as carriers enforce it too.
    #[must_use]
    pub fn answering_after_refusal(mut self) -> Self {
        self.answers_after_refusal = true;
        self.sealed()
    }

    fn sealed(mut self) -> Self {
        let answers = self.answers_after_refusal;
        self.revision = revision(
            3,
            &(
                &self.requirements,
                &self.written,
                &self.confirmation,
                answers,
            ),
        );
        self
    }

    fn refused(
        &self,
        input: &PolicyInput<'_>,
        state: &ConsentState,
        requirement: &Requirement,
    ) -> Option<Verdict> {
        let draft = input.draft;
        let holding = state.refusing(&draft.purpose, draft.topic.as_ref(), input.now);
        let mut covering = holding.filter(|refusal| {
            *requirement != Requirement::NoBlock || is_block(&refusal.scope, &draft.purpose)
        });
        let refusal = covering.find(|refusal| {
            let answers = self.answers_after_refusal
                && draft.purpose == Purpose::Conversational
                && input
                    .facts
                    .conversation
                    .as_ref()
                    .and_then(|c| c.last_inbound)
                    .is_some_and(|last| last > refusal.at);
            !answers && !self.confirms(input, refusal.at)
        })?;
        let reason = Reason::new("opted_out", "the person refused these messages")
            .because(scope_name(&refusal.scope));
        Some(Verdict::deny(reason))
    }

    /// Whether the message is the one confirmation of an opt-out at `at`.
    fn confirms(&self, input: &PolicyInput<'_>, at: msg_core::Timestamp) -> bool {
        let topic = self
            .confirmation
            .as_ref()
            .filter(|topic| input.draft.topic.as_ref() == Some(*topic));
        let first = input.facts.sent.as_ref().is_some_and(|sent| {
            sent.iter()
                .all(|sent| sent.at < at || sent.topic.as_ref() != topic)
        });
        topic.is_some()
            && first
            && input.draft.purpose != Purpose::Marketing
            && input.now <= msg_core::time::after(at, CONFIRMATION)
    }

    fn granted(
        &self,
        input: &PolicyInput<'_>,
        state: &ConsentState,
        accepted: &[Basis],
    ) -> Verdict {
        let draft = input.draft;
        let written = self.needs_writing(input);
        let enough = |basis: &Basis| {
            if written {
                *basis == Basis::ExpressWritten
            } else {
                accepted.contains(basis)
            }
        };
        let mut active = state.grants.iter().filter(|grant| {
            let topic = grant.topic.is_none() || grant.topic == draft.topic;
            grant.purpose == draft.purpose
                && topic
                && !grant.pending
                && grant.expires.is_none_or(|at| at > input.now)
        });
        if active.any(|grant| enough(&grant.basis)) {
            return Verdict::allow();
        }
        let reason = match state.standing(&draft.purpose, draft.topic.as_ref(), input.now) {
            Standing::OptedIn(basis) => {
                let text = if written {
                    "this needs consent in writing"
                } else {
                    "the ground of consent does not carry this purpose"
                };
                Reason::new("basis_too_weak", text).because(format!("basis: {}", basis.as_str()))
            }
            Standing::Pending => {
                Reason::new("confirmation_pending", "the opt-in was not confirmed yet")
            }
            Standing::Expired => {
                Reason::new("consent_expired", "the consent is no longer in force")
            }
            _ => Reason::new("no_consent", "nothing in the ledger allows this purpose"),
        };
        Verdict::deny(reason.because(format!("purpose: {}", draft.purpose.as_str())))
    }

    fn needs_writing(&self, input: &PolicyInput<'_>) -> bool {
        let channel = matches!(
            input.to.channel(),
            ChannelKind::Sms | ChannelKind::Mms | ChannelKind::Rcs | ChannelKind::Voice
        );
        let region = input.draft.tags.region.as_deref();
        let there = region.is_some_and(|code| {
            self.written
                .iter()
                .any(|area| crate::common::within(code, area))
        });
        channel && there && input.draft.purpose == Purpose::Marketing
    }
}

/// Whether a refusal stops even what the person waits for.
fn is_block(scope: &OptOutScope, purpose: &Purpose) -> bool {
    match scope {
        OptOutScope::Everything => true,
        OptOutScope::Purpose(refused) => refused == purpose,
        _ => false,
    }
}

fn scope_name(scope: &OptOutScope) -> &'static str {
    match scope {
        OptOutScope::Topic(_) => "scope: topic",
        OptOutScope::Purpose(_) => "scope: purpose",
        OptOutScope::Channel => "scope: channel",
        OptOutScope::Everything => "scope: everything",
        _ => "scope: other",
    }
}

impl PolicyCheck for Consent {
    fn id(&self) -> &CheckId {
        &self.id
    }

    fn phases(&self) -> &[Phase] {
        &[Phase::Before, Phase::Dispatch]
    }

    fn needs(&self) -> &[Need] {
        &self.needs
    }

    fn revision(&self) -> &str {
        &self.revision
    }

    fn evaluate(&self, input: &PolicyInput<'_>) -> Verdict {
        let Some(state) = &input.facts.consent else {
            return missing(input.now, "consent");
        };
        let marketing = Requirement::OptIn(vec![Basis::Express, Basis::ExpressWritten]);
        let requirement = self
            .requirements
            .get(&input.draft.purpose)
            .unwrap_or(&marketing);
        if let Some(verdict) = self.refused(input, state, requirement) {
            return verdict;
        }
        match requirement {
            Requirement::OptIn(bases) => self.granted(input, state, bases),
            Requirement::NoRefusal | Requirement::NoBlock => Verdict::allow(),
        }
    }
}

#[cfg(test)]
mod tests;
