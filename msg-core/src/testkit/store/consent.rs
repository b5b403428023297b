//! Consent: the ledger, what it cancels, and the check at the claim.
#![expect(
    clippy::missing_errors_doc,
    reason = "each check fails with the violation of the sentence above it"
)]

use super::scene::{Scene, subject, wrong_answer};
use crate::consent::{
    Basis, ConsentAct, ConsentEvent, ConsentSource, ConsentState, OptOutScope, Standing,
};
use crate::id::{TenantId, TopicId};
use crate::message::{Address, Delivery, Purpose, Stop};
use crate::store::{Answer, Op, PartState, Query, Settlement, Store, reason};
use crate::testkit::{Outcome, Violation, ensure, ensure_eq};

fn opt_in(purpose: Purpose) -> ConsentAct {
    ConsentAct::OptIn {
        purpose,
        topic: None,
        basis: Basis::Express,
        expires: None,
        pending: false,
    }
}

fn marketing(state: &ConsentState, scene: &Scene<'_>) -> Standing {
    state.standing(&Purpose::Marketing, None, scene.now())
}

async fn record(scene: &Scene<'_>, act: ConsentAct) -> Result<ConsentEvent, Violation> {
    let event = scene.event(act);
    scene.one(Op::Consent(Box::new(event.clone()))).await?;
    Ok(event)
}

/// Events become the state of their address, and of no other and of no other tenant's.
pub async fn events_become_state(store: &dyn Store) -> Outcome {
    let scene = Scene::new(store)?;
    let unknown = scene.consent(&scene.jo, None).await?;
    ensure_eq!(
        unknown,
        ConsentState::default(),
        "an address without events"
    );
    record(&scene, opt_in(Purpose::Marketing)).await?;
    let state = scene.consent(&scene.jo, None).await?;
    let wanted = Standing::OptedIn(Basis::Express);
    ensure_eq!(marketing(&state, &scene), wanted, "after an opt-in");
    scene.advance(1);
    scene.opt_out(OptOutScope::Channel).await?;
    let state = scene.consent(&scene.jo, None).await?;
    let wanted = Standing::OptedOut(OptOutScope::Channel);
    ensure_eq!(marketing(&state, &scene), wanted, "after an opt-out");
    let al = scene.consent(&Address::in_app("al")?, None).await?;
    ensure_eq!(al, ConsentState::default(), "another address");
    let query = Query::Consent {
        tenant: TenantId::new("bakery")?,
        address: scene.jo.key(),
        subject: None,
    };
    let answer = store.query(query).await?;
    let nothing = Answer::Consent(ConsentState::default());
    ensure_eq!(answer, nothing, "another tenant");
    Ok(())
}

/// Events may come in any order: the state is the fold of all of them.
pub async fn events_come_in_any_order(store: &dyn Store) -> Outcome {
    let scene = Scene::new(store)?;
    let yes = scene.event(opt_in(Purpose::Marketing));
    scene.advance(1);
    let no = scene.event(ConsentAct::OptOut(OptOutScope::Channel));
    let same = scene.event(opt_in(Purpose::Service));
    scene.advance(1);
    let events = [&no, &same, &yes];
    for event in events {
        scene.one(Op::Consent(Box::new(event.clone()))).await?;
    }
    let seen = scene.consent(&scene.jo, None).await?;
    ensure_eq!(
        seen,
        ConsentState::fold(events),
        "state of events out of order"
    );
    let answer = store
        .query(Query::ConsentEvents {
            tenant: scene.tenant.clone(),
            address: scene.jo.key(),
        })
        .await?;
    let Answer::ConsentEvents(listed) = answer else {
        return Err(wrong_answer(&answer));
    };
    ensure_eq!(listed, [yes, no, same], "events, oldest first");
    Ok(())
}

/// An opt-out cancels what is queued or parked for the address, in its own commit, with the reason.
pub async fn an_opt_out_cancels_what_waits(store: &dyn Store) -> Outcome {
    let scene = Scene::new(store)?;
    let queued = scene.put(scene.part()).await?;
    let mut parked = scene.part();
    parked.parked = true;
    let parked = scene.put(parked).await?;
    scene.opt_out(OptOutScope::Channel).await?;
    for part in [queued, parked] {
        let record = scene.read(part).await?;
        ensure_eq!(record.state, PartState::Cancelled, "after the opt-out");
        let wanted = Some(reason::CONSENT_WITHDRAWN);
        ensure_eq!(record.note.as_deref(), wanted, "note");
        let seen = record.delivery.delivery();
        ensure_eq!(seen, Delivery::Stopped(Stop::Cancelled), "delivery");
    }
    Ok(())
}

/// An opt-out leaves what is leased to its sender, and what is sent as it is.
pub async fn an_opt_out_leaves_what_is_leased(store: &dyn Store) -> Outcome {
    let scene = Scene::new(store)?;
    let sent = scene.put(scene.part()).await?;
    let claimed = scene.claim_one().await?;
    scene.accept(&claimed, "p1").await?;
    scene.put(scene.part()).await?;
    let leased = scene.claim_one().await?;
    scene.opt_out(OptOutScope::Everything).await?;
    scene
        .is(leased.part, PartState::Leased, "a leased part")
        .await?;
    scene.is(sent, PartState::Accepted, "a sent part").await?;
    scene.accept(&leased, "p2").await
}

/// An opt-out of a purpose or of a topic cancels only what it covers.
pub async fn an_opt_out_cancels_only_what_it_covers(store: &dyn Store) -> Outcome {
    let scene = Scene::new(store)?;
    let marketing = scene
        .put(scene.part_to(&scene.jo, Purpose::Marketing))
        .await?;
    let service = scene
        .put(scene.part_to(&scene.jo, Purpose::Service))
        .await?;
    let mut spring = scene.part_to(&scene.jo, Purpose::Service);
    spring.topic = Some(TopicId::new("spring")?);
    let spring = scene.put(spring).await?;
    scene
        .opt_out(OptOutScope::Purpose(Purpose::Marketing))
        .await?;
    scene
        .is(marketing, PartState::Cancelled, "the purpose")
        .await?;
    scene
        .is(spring, PartState::Queued, "another purpose")
        .await?;
    scene
        .opt_out(OptOutScope::Topic(TopicId::new("spring")?))
        .await?;
    scene.is(spring, PartState::Cancelled, "the topic").await?;
    scene.claims(&[service], "what is not covered").await
}

/// An opt-out reaches neither other addresses nor other tenants.
pub async fn an_opt_out_reaches_its_address_only(store: &dyn Store) -> Outcome {
    let scene = Scene::new(store)?;
    let mut other = scene.part_to(&Address::in_app("jo at work")?, Purpose::Marketing);
    other.subject = Some(subject("jo")?);
    let other = scene.put(other).await?;
    let mut foreign = scene.enqueue(vec![scene.part()]);
    foreign.tenant = TenantId::new("bakery")?;
    let foreign_part = crate::id::PartId::new(foreign.message, 0);
    scene.one(Op::Enqueue(Box::new(foreign))).await?;
    let event = scene
        .event(ConsentAct::OptOut(OptOutScope::Channel))
        .with_subject(Some(subject("jo")?));
    scene.one(Op::Consent(Box::new(event))).await?;
    scene
        .claims(&[foreign_part, other], "other tenants and addresses")
        .await
}

/// Refusing everything reaches the person on every address: what waits there is cancelled, what comes is refused.
pub async fn everything_reaches_the_person(store: &dyn Store) -> Outcome {
    let scene = Scene::new(store)?;
    let work = Address::in_app("jo at work")?;
    let to_jo = || -> Result<_, Violation> {
        let mut part = scene.part_to(&work, Purpose::Marketing);
        part.subject = Some(subject("jo")?);
        Ok(part)
    };
    let waiting = scene.put(to_jo()?).await?;
    let event = scene
        .event(ConsentAct::OptOut(OptOutScope::Everything))
        .with_subject(Some(subject("jo")?));
    scene.one(Op::Consent(Box::new(event))).await?;
    scene
        .is(waiting, PartState::Cancelled, "what waited")
        .await?;
    let state = scene.consent(&work, Some(subject("jo")?)).await?;
    let wanted = Standing::OptedOut(OptOutScope::Everything);
    ensure_eq!(marketing(&state, &scene), wanted, "the person's state");
    let state = scene.consent(&work, None).await?;
    ensure_eq!(
        marketing(&state, &scene),
        Standing::Unknown,
        "without the person"
    );
    let later = scene.put(to_jo()?).await?;
    scene.claims(&[], "nothing to the person").await?;
    scene
        .is(later, PartState::Cancelled, "what came later")
        .await
}

/// A claim checks consent again: what came in after the refusal is cancelled in the claim's transaction, not leased.
pub async fn a_claim_cancels_what_is_refused(store: &dyn Store) -> Outcome {
    let scene = Scene::new(store)?;
    scene
        .opt_out(OptOutScope::Purpose(Purpose::Marketing))
        .await?;
    let refused = scene
        .put(scene.part_to(&scene.jo, Purpose::Marketing).in_lane(7))
        .await?;
    let allowed = scene
        .put(scene.part_to(&scene.jo, Purpose::Service).in_lane(7))
        .await?;
    scene.claims(&[allowed], "what is allowed").await?;
    let record = scene.read(refused).await?;
    ensure_eq!(record.state, PartState::Cancelled, "what is refused");
    let wanted = Some(reason::CONSENT_WITHDRAWN);
    ensure_eq!(record.note.as_deref(), wanted, "its note");
    ensure_eq!(record.attempts, 0, "its attempts");
    Ok(())
}

/// What was leased when the refusal came is cancelled when it is to be tried again.
pub async fn a_refusal_holds_for_what_is_tried_again(store: &dyn Store) -> Outcome {
    let scene = Scene::new(store)?;
    scene.put(scene.part()).await?;
    let claimed = scene.claim_one().await?;
    scene.opt_out(OptOutScope::Channel).await?;
    scene.settle(&claimed, Settlement::Released).await?;
    scene.claims(&[], "nothing after the refusal").await?;
    scene
        .is(claimed.part, PartState::Cancelled, "what was leased")
        .await
}

/// A person who takes the refusal back can be written to again.
pub async fn a_refusal_that_was_taken_back_holds_no_more(store: &dyn Store) -> Outcome {
    let scene = Scene::new(store)?;
    scene.opt_out(OptOutScope::Channel).await?;
    scene.advance(1);
    record(&scene, ConsentAct::Resume).await?;
    let part = scene.put(scene.part()).await?;
    scene
        .claims(&[part], "after the refusal was taken back")
        .await
}

/// An opt-in is an exception from an earlier refusal for its own address, purpose and topic, in the state and for claims:
/// elsewhere the refusal of everything stands.
pub async fn an_opt_in_lifts_nothing_wider_than_itself(store: &dyn Store) -> Outcome {
    let scene = Scene::new(store)?;
    let (jo, mail) = (subject("jo")?, Address::email("jo@example.org")?);
    let said = async |address: &Address, act| {
        scene.advance(1);
        let mut event = scene.event(act).with_subject(Some(jo.clone()));
        (event.address, event.channel) = (address.key(), address.channel().clone());
        scene.one(Op::Consent(Box::new(event))).await
    };
    let news = TopicId::new("news")?;
    said(&scene.jo, opt_in(Purpose::Marketing)).await?;
    let everything = ConsentAct::OptOut(OptOutScope::Everything);
    said(&mail, everything).await?;
    let act = ConsentAct::OptIn {
        purpose: Purpose::Marketing,
        topic: Some(news.clone()),
        basis: Basis::Express,
        expires: None,
        pending: false,
    };
    said(&mail, act).await?;
    let (yes, no) = (
        Standing::OptedIn(Basis::Express),
        Standing::OptedOut(OptOutScope::Everything),
    );
    let mut allowed = Vec::new();
    for (address, purpose, topic, wanted) in [
        (&mail, Purpose::Marketing, Some(&news), &yes),
        (&mail, Purpose::Marketing, None, &no),
        (&mail, Purpose::Service, Some(&news), &no),
        (&scene.jo, Purpose::Marketing, Some(&news), &no),
        (&scene.jo, Purpose::Marketing, None, &no),
    ] {
        let state = scene.consent(address, Some(jo.clone())).await?;
        let seen = state.standing(&purpose, topic, scene.now());
        ensure_eq!(seen, *wanted, "{purpose:?} of {topic:?} at {address:?}");
        let mut part = scene.part_to(address, purpose);
        (part.subject, part.topic) = (Some(jo.clone()), topic.cloned());
        let part = scene.put(part).await?;
        allowed.extend((*wanted == yes).then_some(part));
    }
    scene.claims(&allowed, "what was opted in to").await
}

/// Who takes a refusal back restores what a word on the channel stopped; what was refused on a form stays refused.
pub async fn taking_back_restores_what_the_word_stopped(store: &dyn Store) -> Outcome {
    let scene = Scene::new(store)?;
    let [news, sale] = ["news", "sale"].map(TopicId::new);
    let (news, sale) = (news?, sale?);
    let mut form = scene.event(ConsentAct::OptOut(OptOutScope::Topic(news.clone())));
    form.source = ConsentSource::Form;
    scene.one(Op::Consent(Box::new(form))).await?;
    scene.opt_out(OptOutScope::Topic(sale.clone())).await?;
    scene.opt_out(OptOutScope::Channel).await?;
    scene.advance(1);
    record(&scene, ConsentAct::Resume).await?;
    let state = scene.consent(&scene.jo, None).await?;
    let refused: Vec<_> = state
        .refusals
        .into_iter()
        .map(|refusal| refusal.scope)
        .collect();
    ensure_eq!(
        refused,
        [OptOutScope::Topic(news.clone())],
        "what stays refused"
    );
    let mut allowed = Vec::new();
    for topic in [Some(news), Some(sale), None] {
        let mut part = scene.part_to(&scene.jo, Purpose::Service);
        part.topic = topic;
        let stays = part
            .topic
            .as_ref()
            .is_some_and(|topic| topic.as_str() == "news");
        let part = scene.put(part).await?;
        allowed.extend((!stays).then_some(part));
    }
    scene.claims(&allowed, "what the word had stopped").await
}

/// The ledger's number grows with every consent event, and a claim carries it.
pub async fn the_ledger_number_grows(store: &dyn Store) -> Outcome {
    let scene = Scene::new(store)?;
    let mut last = store.ledger_seq();
    for act in [
        opt_in(Purpose::Marketing),
        ConsentAct::OptOut(OptOutScope::Purpose(Purpose::Marketing)),
        ConsentAct::Resume,
    ] {
        scene.advance(1);
        record(&scene, act).await?;
        let now = store.ledger_seq();
        ensure!(now > last, "the ledger's number went from {last} to {now}");
        last = now;
        scene.put(scene.part()).await?;
        let claimed = scene.claim_one().await?;
        ensure_eq!(claimed.ledger_seq, last, "the claim's number");
    }
    scene.put(scene.part()).await?;
    ensure_eq!(store.ledger_seq(), last, "number without a consent event");
    Ok(())
}
