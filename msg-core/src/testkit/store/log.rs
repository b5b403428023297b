//! What is only appended or replaced: transcripts, conversations, traces, identities.
#![expect(
    clippy::missing_errors_doc,
    reason = "each check fails with the violation of the sentence above it"
)]

use super::scene::{Scene, subject, wrong_answer};
use crate::id::{ConversationId, SubjectId, TenantId, TraceId};
use crate::message::{Address, Content};
use crate::store::{
    Answer, ConversationRecord, ConversationUpdate, IdentityLink, LinkStrength, Op, Query, Speaker,
    Store, TraceAppend, TurnRecord,
};
use crate::testkit::{Outcome, Violation, ensure, ensure_eq};
use crate::time::Timestamp;
use crate::trace::{Line, TraceRecord, verify};
use bytes::Bytes;

fn conversation() -> Result<ConversationId, Violation> {
    Ok(ConversationId::new("c1")?)
}

fn turn(scene: &Scene<'_>, at: Timestamp, text: &str) -> Result<TurnRecord, Violation> {
    let content = Content::text(text);
    let tenant = scene.tenant.clone();
    Ok(TurnRecord::new(
        tenant,
        conversation()?,
        at,
        Speaker::Person,
        content,
    ))
}

async fn turns(scene: &Scene<'_>, limit: usize) -> Result<Vec<TurnRecord>, Violation> {
    let query = Query::Turns {
        tenant: scene.tenant.clone(),
        conversation: conversation()?,
        limit,
    };
    match scene.store.query(query).await? {
        Answer::Turns(turns) => Ok(turns),
        other => Err(wrong_answer(&other)),
    }
}

/// The last turns of a conversation come oldest first by their time, of one instant in the order of recording.
pub async fn the_last_turns_come_oldest_first(store: &dyn Store) -> Outcome {
    let scene = Scene::new(store)?;
    let recorded = [
        turn(&scene, scene.later(0), "one")?,
        turn(&scene, scene.later(9), "four")?,
        turn(&scene, scene.later(5), "two")?,
        turn(&scene, scene.later(5), "three")?,
    ];
    for turn in &recorded {
        scene.one(Op::Turn(Box::new(turn.clone()))).await?;
    }
    let mut other = turn(&scene, scene.later(7), "elsewhere")?;
    other.conversation = ConversationId::new("c2")?;
    scene.one(Op::Turn(Box::new(other))).await?;
    let mut foreign = turn(&scene, scene.later(7), "elsewhere")?;
    foreign.tenant = TenantId::new("bakery")?;
    scene.one(Op::Turn(Box::new(foreign))).await?;
    let [one, four, two, three] = recorded;
    let seen = turns(&scene, 3).await?;
    ensure_eq!(
        seen,
        [two.clone(), three.clone(), four.clone()],
        "the last three turns"
    );
    let seen = turns(&scene, 100).await?;
    ensure_eq!(seen, [one, two, three, four], "all turns");
    Ok(())
}

/// A conversation's last inbound time never moves back; what an update does not name stays.
pub async fn a_conversation_moves_forwards(store: &dyn Store) -> Outcome {
    let scene = Scene::new(store)?;
    let read = async || -> Result<ConversationRecord, Violation> {
        let query = Query::Conversation {
            tenant: scene.tenant.clone(),
            conversation: conversation()?,
        };
        match store.query(query).await? {
            Answer::Conversation(record) => Ok(record),
            other => Err(wrong_answer(&other)),
        }
    };
    let wanted = ConversationRecord::default();
    ensure_eq!(read().await?, wanted, "an unknown conversation");
    let update = || -> Result<_, Violation> {
        Ok(ConversationUpdate::new(
            scene.tenant.clone(),
            conversation()?,
        ))
    };
    let mut first = update()?;
    first.last_inbound = Some(scene.later(10));
    first.handed_off = Some(true);
    first.answers = Some(Bytes::from_static(br#"{"1":"yes"}"#));
    scene.one(Op::Conversation(Box::new(first.clone()))).await?;
    let mut older = update()?;
    older.last_inbound = Some(scene.later(5));
    scene.one(Op::Conversation(Box::new(older))).await?;
    scene.one(Op::Conversation(Box::new(update()?))).await?;
    let mut wanted = ConversationRecord {
        last_inbound: first.last_inbound,
        handed_off: true,
        answers: first.answers,
    };
    ensure_eq!(read().await?, wanted, "after an older inbound");
    let mut back = update()?;
    back.handed_off = Some(false);
    scene.one(Op::Conversation(Box::new(back))).await?;
    wanted.handed_off = false;
    ensure_eq!(read().await?, wanted, "after it was given back");
    Ok(())
}

async fn append(
    scene: &Scene<'_>,
    tenant: &TenantId,
    trace: TraceId,
    events: &[&'static str],
) -> Outcome {
    let events = events.iter().copied().map(Bytes::from).collect();
    let op = TraceAppend::new(tenant.clone(), trace, scene.now(), events);
    scene.one(Op::Trace(op)).await?;
    Ok(())
}

async fn read_trace(scene: &Scene<'_>, trace: TraceId) -> Result<Vec<TraceRecord>, Violation> {
    match scene.store.query(Query::Trace(trace)).await? {
        Answer::Trace(records) => Ok(records),
        other => Err(wrong_answer(&other)),
    }
}

/// A trace is one chain over all its appends, and it verifies; traces do not mix.
pub async fn a_trace_is_one_chain(store: &dyn Store) -> Outcome {
    let scene = Scene::new(store)?;
    let (trace, other) = (scene.message().into(), scene.message().into());
    let tenant = &scene.tenant;
    append(&scene, tenant, trace, &[r#"{"a":1}"#, r#"{"a":2}"#]).await?;
    append(&scene, tenant, other, &[r#"{"b":1}"#]).await?;
    scene.advance(5);
    append(&scene, tenant, trace, &[]).await?;
    append(&scene, tenant, trace, &[r#"{"a":3}"#]).await?;
    let records = read_trace(&scene, trace).await?;
    verify(&records)?;
    let mut events = Vec::new();
    for record in &records {
        let line: Line<&serde_json::value::RawValue> = record.read()?;
        events.push((line.at, line.event.get().to_owned()));
    }
    let start = Scene::clock_start();
    let wanted = [
        (start, r#"{"a":1}"#.to_owned()),
        (start, r#"{"a":2}"#.to_owned()),
        (scene.now(), r#"{"a":3}"#.to_owned()),
    ];
    ensure_eq!(events, wanted, "events of the trace");
    let records = read_trace(&scene, other).await?;
    verify(&records)?;
    ensure_eq!(records.len(), 1, "records of the other trace");
    let unknown = read_trace(&scene, scene.message().into()).await?;
    ensure!(unknown.is_empty(), "an unknown trace has records");
    Ok(())
}

/// Traces are listed by the time of their first record, newest first, of one tenant, from a time on.
pub async fn traces_are_listed_newest_first(store: &dyn Store) -> Outcome {
    let scene = Scene::new(store)?;
    let mut traces: Vec<TraceId> = Vec::new();
    for _ in 0..4 {
        let trace = scene.message().into();
        append(&scene, &scene.tenant, trace, &["{}"]).await?;
        traces.insert(0, trace);
        scene.advance(10);
    }
    if let Some(oldest) = traces.last() {
        append(&scene, &scene.tenant, *oldest, &["{}"]).await?;
    }
    let foreign = scene.message().into();
    append(&scene, &TenantId::new("bakery")?, foreign, &["{}"]).await?;
    let list = async |since, limit, wanted: &[TraceId], what: &str| -> Outcome {
        let query = Query::Traces {
            tenant: scene.tenant.clone(),
            since,
            limit,
        };
        let answer = store.query(query).await?;
        ensure_eq!(answer, Answer::Traces(wanted.to_vec()), "{what}");
        Ok(())
    };
    let start = Scene::clock_start();
    list(start, 100, &traces, "all traces").await?;
    let since = crate::time::after(start, std::time::Duration::from_secs(10));
    list(since, 2, traces.get(..2).unwrap_or_default(), "two traces").await?;
    list(since, 9, traces.get(..3).unwrap_or_default(), "since then").await
}

fn link(scene: &Scene<'_>, address: &Address, person: &str) -> Result<IdentityLink, Violation> {
    Ok(IdentityLink::new(
        scene.tenant.clone(),
        address.clone(),
        subject(person)?,
        LinkStrength::Declared,
        scene.now(),
    ))
}

async fn identities(scene: &Scene<'_>, query: Query) -> Result<Vec<IdentityLink>, Violation> {
    match scene.store.query(query).await? {
        Answer::Identities(links) => Ok(links),
        other => Err(wrong_answer(&other)),
    }
}

async fn people(scene: &Scene<'_>, address: &Address) -> Result<Vec<IdentityLink>, Violation> {
    let query = Query::Identity {
        tenant: scene.tenant.clone(),
        address: address.key(),
    };
    identities(scene, query).await
}

async fn addresses(scene: &Scene<'_>, person: SubjectId) -> Result<Vec<IdentityLink>, Violation> {
    let query = Query::Addresses {
        tenant: scene.tenant.clone(),
        subject: person,
    };
    identities(scene, query).await
}

/// Links of an address come newest first; the last operation on an address and person counts; what was taken back is
/// gone, and other links stay.
pub async fn links_hold_until_they_are_taken_back(store: &dyn Store) -> Outcome {
    let scene = Scene::new(store)?;
    let jo = link(&scene, &scene.jo, "jo")?;
    scene.one(Op::Identity(Box::new(jo.clone()))).await?;
    scene.advance(1);
    let al = link(&scene, &scene.jo, "al")?;
    scene.one(Op::Identity(Box::new(al.clone()))).await?;
    let seen = people(&scene, &scene.jo).await?;
    ensure_eq!(seen, [al.clone(), jo], "links of the address");
    scene.advance(1);
    let mut proved = link(&scene, &scene.jo, "jo")?;
    proved.strength = LinkStrength::Verified;
    scene.one(Op::Identity(Box::new(proved.clone()))).await?;
    let seen = people(&scene, &scene.jo).await?;
    ensure_eq!(seen, [proved.clone(), al.clone()], "after a stronger link");
    let mut back = al;
    back.revoked = true;
    scene.one(Op::Identity(Box::new(back))).await?;
    let seen = people(&scene, &scene.jo).await?;
    ensure_eq!(seen, [proved], "after a link was taken back");
    let gone = addresses(&scene, subject("al")?).await?;
    ensure_eq!(gone, [], "addresses of whose link was taken back");
    Ok(())
}

/// A person's addresses are found, newest first, with the addresses themselves, and only of this tenant.
pub async fn a_person_has_addresses(store: &dyn Store) -> Outcome {
    let scene = Scene::new(store)?;
    let home = link(&scene, &scene.jo, "jo")?;
    scene.one(Op::Identity(Box::new(home.clone()))).await?;
    scene.advance(1);
    let work = link(&scene, &Address::email("jo@example.org")?, "jo")?;
    scene.one(Op::Identity(Box::new(work.clone()))).await?;
    let mut foreign = link(&scene, &Address::email("jo@example.com")?, "jo")?;
    foreign.tenant = TenantId::new("bakery")?;
    scene.one(Op::Identity(Box::new(foreign))).await?;
    let seen = addresses(&scene, subject("jo")?).await?;
    ensure_eq!(seen, [work, home], "addresses of the person");
    Ok(())
}
