//! Reads.

use super::batch::State;
use super::names::TenantNo;
use super::ready::Seq;
use crate::store::{Answer, PartRecord, Query};

/// A tenant that was never seen has nothing.
const NOBODY: TenantNo = TenantNo::NOBODY;

impl State {
    pub(super) fn query(&self, query: Query) -> Answer {
        let number = |tenant| self.tenants.known(tenant).unwrap_or(NOBODY);
        match query {
            Query::Message(message) => self.parts(self.outbox.of_message(message)),
            Query::Provider {
                tenant,
                scheme,
                provider_id,
            } => {
                let id = (number(&tenant), scheme, provider_id);
                self.parts(self.outbox.of_provider(&id))
            }
            Query::Parts {
                state,
                after,
                limit,
            } => self.parts(self.outbox.in_state(state, after, limit)),
            Query::NextDue => Answer::Due(self.outbox.ready.next_due()),
            Query::Consent {
                tenant,
                address,
                subject,
            } => {
                let state = self
                    .ledger
                    .state(number(&tenant), address, subject.as_ref());
                Answer::Consent(state)
            }
            Query::ConsentEvents { tenant, address } => {
                Answer::ConsentEvents(self.ledger.events(number(&tenant), address))
            }
            Query::Sent {
                tenant,
                address,
                subject,
                since,
                deciding,
            } => {
                let tenant = number(&tenant);
                let sent = self
                    .outbox
                    .sent(tenant, (address, subject), since, deciding);
                Answer::Sent(sent)
            }
            log => self.query_log(log),
        }
    }

    fn query_log(&self, query: Query) -> Answer {
        let number = |tenant| self.tenants.known(tenant).unwrap_or(NOBODY);
        match query {
            Query::Turns {
                tenant,
                conversation,
                limit,
            } => {
                let key = (number(&tenant), conversation);
                Answer::Turns(self.conversations.turns(&key, limit))
            }
            Query::Conversation {
                tenant,
                conversation,
            } => {
                let key = (number(&tenant), conversation);
                Answer::Conversation(self.conversations.record(&key))
            }
            Query::Trace(trace) => Answer::Trace(self.traces.read(trace)),
            Query::Traces {
                tenant,
                since,
                limit,
            } => Answer::Traces(self.traces.list(number(&tenant), since, limit)),
            Query::TraceFeed { reader, limit } => {
                Answer::TraceFeed(self.traces.feed(&reader, limit, &self.tenants))
            }
            Query::Identity { tenant, address } => {
                Answer::Identities(self.identities.of_address(number(&tenant), address))
            }
            Query::Addresses { tenant, subject } => {
                Answer::Identities(self.identities.of_person(number(&tenant), subject))
            }
            _ => Answer::Parts(Vec::new()),
        }
    }

    fn parts(&self, parts: impl IntoIterator<Item = Seq>) -> Answer {
        let record = |seq| -> Option<PartRecord> {
            let entry = self.outbox.get(seq)?;
            Some(entry.record(self.tenants.name(entry.tenant)?))
        };
        Answer::Parts(parts.into_iter().filter_map(record).collect())
    }
}
