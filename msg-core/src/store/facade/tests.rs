use super::*;
use crate::consent::{ConsentAct, ConsentSource, OptOutScope};
use crate::digest::Digest;
use crate::message::{Address, Content, Purpose};
use crate::store::{ClaimRequest, Claimed, LinkStrength, MemoryStore, NewPart, Speaker, StoreCaps};
use async_trait::async_trait;
use bytes::Bytes;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn tenant() -> TenantId {
    TenantId::new("shop").unwrap()
}

fn jo() -> Address {
    Address::in_app("jo").unwrap()
}

fn enqueue(number: u128, key: &str, payload: &[u8]) -> Enqueue {
    let message = MessageId::from_uuid(uuid::Uuid::from_u128(number));
    let id = PartId::new(message, 0);
    let part = NewPart::new(id, &jo(), Purpose::Service, at(5), "body");
    let mut enqueue = Enqueue::new(message, tenant(), vec![part], at(0));
    enqueue.key = Some((key.into(), Digest::of(payload)));
    enqueue
}

#[tokio::test]
async fn the_outbox_tells_what_is_there_and_what_was_changed() {
    let outbox = Outbox::new(Arc::new(MemoryStore::new()));
    let (message, new) = outbox.enqueue(enqueue(1, "k", b"a")).await.unwrap();
    assert!(new);
    let again = outbox.enqueue(enqueue(2, "k", b"a")).await.unwrap();
    assert_eq!(again, (message, false));
    let conflict = outbox.enqueue(enqueue(3, "k", b"b")).await.unwrap_err();
    assert_eq!(conflict.kind(), ErrorKind::Conflict);
    assert_eq!(outbox.next_due().await.unwrap(), Some(at(5)));
    let cancel = Cancel::new(Selector::Message(message), "host", at(1));
    let changed = Changed {
        changed: 1,
        too_late: 0,
    };
    assert_eq!(outbox.cancel(cancel).await.unwrap(), changed);
    let listed = outbox.list(PartState::Cancelled, None, 9).await.unwrap();
    assert_eq!(listed, outbox.message(message).await.unwrap());
    assert_eq!(listed.len(), 1);
    let by = || Selector::Tenant(tenant());
    assert_eq!(outbox.release(by()).await.unwrap(), Changed::default());
    assert_eq!(outbox.redrive(by()).await.unwrap(), Changed::default());
    let found = outbox.of_provider(tenant(), "fake", "p1").await.unwrap();
    assert_eq!(found, None);
    let sent = outbox
        .sent(tenant(), jo().key(), None, at(0))
        .await
        .unwrap();
    assert!(sent.is_empty());
}

#[tokio::test]
async fn the_ledger_records_and_folds() {
    let ledger = Ledger::new(Arc::new(MemoryStore::new()));
    let act = ConsentAct::OptOut(OptOutScope::Channel);
    let event = ConsentEvent::new(tenant(), &jo(), act, ConsentSource::Keyword, at(3));
    ledger.record(event.clone()).await.unwrap();
    assert_eq!(ledger.seq(), 1);
    let state = ledger.state(tenant(), jo().key(), None).await.unwrap();
    assert_eq!(state, ConsentState::fold([&event]));
    let events = ledger.events(tenant(), jo().key()).await.unwrap();
    assert_eq!(events, [event]);
}

#[tokio::test]
async fn a_transcript_and_links_read_back() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let transcript = Transcript::new(Arc::clone(&store));
    let conversation = ConversationId::new("c1").unwrap();
    let content = Content::text("hello");
    let turn = TurnRecord::new(
        tenant(),
        conversation.clone(),
        at(1),
        Speaker::Person,
        content,
    );
    transcript.append(turn.clone()).await.unwrap();
    let turns = transcript.turns(tenant(), conversation.clone(), 5).await;
    assert_eq!(turns.unwrap(), [turn]);
    let mut update = ConversationUpdate::new(tenant(), conversation.clone());
    update.handed_off = Some(true);
    transcript.update(update).await.unwrap();
    let known = transcript.conversation(tenant(), conversation).await;
    assert!(known.unwrap().handed_off);

    let identities = Identities::new(store);
    let subject = SubjectId::new("jo").unwrap();
    let strength = LinkStrength::Verified;
    let link = IdentityLink::new(tenant(), jo(), subject.clone(), strength, at(1));
    identities.link(link.clone()).await.unwrap();
    let people = identities.people(tenant(), jo().key()).await.unwrap();
    let addresses = identities.addresses(tenant(), subject).await.unwrap();
    assert_eq!(people, addresses);
    assert_eq!(people, [link]);
}

/// Gives a trace back with one byte changed.
#[derive(Debug)]
struct Tampered(MemoryStore);

#[async_trait]
impl Store for Tampered {
    async fn commit(&self, batch: Vec<Op>) -> Result<Vec<OpResult>, Error> {
        self.0.commit(batch).await
    }
    async fn claim(&self, request: ClaimRequest) -> Result<Vec<Claimed>, Error> {
        self.0.claim(request).await
    }
    async fn query(&self, query: Query) -> Result<Answer, Error> {
        let mut answer = self.0.query(query).await?;
        if let Answer::Trace(records) = &mut answer {
            let mut line = records[0].line.to_vec();
            line[30] ^= 1;
            records[0].line = line.into();
        }
        Ok(answer)
    }
    fn ledger_seq(&self) -> u64 {
        self.0.ledger_seq()
    }
    fn caps(&self) -> StoreCaps {
        self.0.caps()
    }
}

#[tokio::test]
async fn a_trace_is_verified_when_it_is_read() {
    let trace = MessageId::from_uuid(uuid::Uuid::from_u128(7)).into();
    let append = || {
        let events = vec![Bytes::from_static(b"{}"), Bytes::from_static(b"{}")];
        TraceAppend::new(tenant(), trace, at(1), events)
    };
    let traces = Traces::new(Arc::new(MemoryStore::new()));
    traces.append(append()).await.unwrap();
    assert_eq!(traces.read(trace).await.unwrap().len(), 2);
    assert_eq!(traces.list(tenant(), at(0), 9).await.unwrap(), [trace]);
    let traces = Traces::new(Arc::new(Tampered(MemoryStore::new())));
    traces.append(append()).await.unwrap();
    let error = traces.read(trace).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt);
}
