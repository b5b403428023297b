//! Gathers the facts that checks asked for.

use super::{Inner, unexpected_answer};
use crate::error::Error;
use crate::id::SubjectId;
use crate::message::{Address, Draft};
use crate::policy::{ConversationFact, Facts, Need, Phase};
use crate::store::{Answer, Deciding, Query};
use crate::time::Timestamp;
use std::time::Duration;

impl Inner {
    /// The facts of a phase, for a claim when it decides about one. A custom fact that fails is missing; the store's failure is an error.
    pub(super) async fn gather(
        &self,
        (phase, deciding): (Phase, Option<Deciding>),
        draft: &Draft,
        to: &Address,
        now: Timestamp,
    ) -> Result<Facts, Error> {
        let mut facts = Facts {
            stop: self.stop.read(&draft.tenant, to.channel()),
            ..Facts::default()
        };
        for need in self.policies.needs(phase) {
            match need {
                Need::Consent => facts.consent = Some(self.consent(draft, to).await?),
                Need::Sent(span) => {
                    let since = (*span, now);
                    facts.sent = Some(self.sent(draft, to, since, deciding).await?);
                }
                Need::Conversation => facts.conversation = self.conversation(draft).await?,
                Need::Custom(name) => {
                    let source = self.facts.iter().find(|source| source.name() == *name);
                    if let Some(source) = source
                        && let Ok(fact) = source.gather(draft, to, now).await
                    {
                        facts.custom.insert((*name).to_owned(), fact);
                    }
                }
            }
        }
        Ok(facts)
    }

    async fn consent(
        &self,
        draft: &Draft,
        to: &Address,
    ) -> Result<crate::consent::ConsentState, Error> {
        let (tenant, subject) = (draft.tenant.clone(), draft.to.subject.clone());
        match self
            .store
            .query(Query::Consent {
                tenant,
                address: to.key(),
                subject,
            })
            .await?
        {
            Answer::Consent(state) => Ok(state),
            _ => Err(unexpected_answer()),
        }
    }

    async fn sent(
        &self,
        draft: &Draft,
        to: &Address,
        (span, now): (Duration, Timestamp),
        deciding: Option<Deciding>,
    ) -> Result<Vec<crate::policy::SentFact>, Error> {
        let since = jiff::SignedDuration::try_from(span)
            .ok()
            .and_then(|span| now.checked_sub(span).ok());
        let since = since.unwrap_or(Timestamp::MIN);
        let subject = draft.to.subject.clone();
        self.sent_since(draft, (to, subject), since, deciding).await
    }

    /// What was accepted for the address, and for the person if one is given; for a claim what earlier ones have on their
    /// way too.
    pub(super) async fn sent_since(
        &self,
        draft: &Draft,
        (to, subject): (&Address, Option<SubjectId>),
        since: Timestamp,
        deciding: Option<Deciding>,
    ) -> Result<Vec<crate::policy::SentFact>, Error> {
        let tenant = draft.tenant.clone();
        match self
            .store
            .query(Query::Sent {
                tenant,
                address: to.key(),
                subject,
                since,
                deciding,
            })
            .await?
        {
            Answer::Sent(sent) => Ok(sent),
            _ => Err(unexpected_answer()),
        }
    }

    pub(super) async fn conversation(
        &self,
        draft: &Draft,
    ) -> Result<Option<ConversationFact>, Error> {
        let Some(conversation) = draft.conversation.clone() else {
            return Ok(None);
        };
        match self
            .store
            .query(Query::Conversation {
                tenant: draft.tenant.clone(),
                conversation,
            })
            .await?
        {
            Answer::Conversation(known) => Ok(Some(ConversationFact {
                last_inbound: known.last_inbound,
                handed_off: known.handed_off,
            })),
            _ => Err(unexpected_answer()),
        }
    }
}
