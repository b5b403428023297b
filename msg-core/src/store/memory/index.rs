//! Parts by what selectors and queries name.

use super::names::TenantNo;
use super::ready::Seq;
use crate::id::{ConversationId, SubjectId, TopicId};
use crate::message::AddressKey;
use crate::store::NewPart;
use jiff::Timestamp;
use std::collections::HashMap;

/// What parts have in common.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Group {
    Address(AddressKey),
    Subject(SubjectId),
    Conversation(ConversationId),
    Topic(TopicId),
}

#[derive(Debug, Default)]
pub(super) struct Index {
    /// In the order of enqueueing.
    members: HashMap<(TenantNo, Group), Vec<Seq>>,
    /// Accepted first parts by time, of addresses and people.
    sent: HashMap<(TenantNo, Group), Vec<(Timestamp, Seq)>>,
}

impl Index {
    pub(super) fn add(&mut self, tenant: TenantNo, part: &NewPart, seq: Seq) {
        let groups = [
            Some(Group::Address(part.address)),
            part.subject.clone().map(Group::Subject),
            part.conversation.clone().map(Group::Conversation),
            part.topic.clone().map(Group::Topic),
        ];
        for group in groups.into_iter().flatten() {
            self.members.entry((tenant, group)).or_default().push(seq);
        }
    }

    pub(super) fn members(&self, tenant: TenantNo, group: Group) -> &[Seq] {
        self.members.get(&(tenant, group)).map_or(&[], |all| all)
    }

    /// Notes that a first part was accepted. Times come nearly in order.
    pub(super) fn note_sent(&mut self, tenant: TenantNo, part: &NewPart, sent: (Timestamp, Seq)) {
        let groups = [
            Some(Group::Address(part.address)),
            part.subject.clone().map(Group::Subject),
        ];
        for group in groups.into_iter().flatten() {
            let all = self.sent.entry((tenant, group)).or_default();
            let place = all.partition_point(|earlier| *earlier <= sent);
            all.insert(place, sent);
        }
    }

    /// First parts that were accepted at `since` or later, newest first.
    pub(super) fn sent(
        &self,
        tenant: TenantNo,
        group: Group,
        since: Timestamp,
    ) -> impl Iterator<Item = (Timestamp, Seq)> {
        let all = self.sent.get(&(tenant, group)).map_or(&[][..], |all| all);
        all.iter()
            .rev()
            .copied()
            .take_while(move |(at, _)| *at >= since)
    }
}
