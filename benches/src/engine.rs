//! The decision path: submit through every check and the plan into the outbox, with its trace, over memory.

use crate::row::Row;
use msg_core::engine::{Engine, Submitted};
use msg_core::id::{ConversationId, RandomIds, TenantId};
use msg_core::message::{Address, ChannelKind, Content, Draft, Purpose, Recipient};
use msg_core::store::MemoryStore;
use msg_core::testkit::{ManualClock, ScriptedAdapter, block_on};
use std::sync::Arc;

/// How many messages a second one core must decide.
const GATE: f64 = 50_000.0;

/// Messages of one round.
const ROUND: u32 = 20_000;

/// Rounds; the median counts.
const ROUNDS: usize = 7;

/// A message of 300 characters.
pub(crate) const TEXT: &str = "Your order 1042 has left our house this morning and should be with you on Thursday between nine and \
twelve. The courier rings twice and leaves a note if nobody opens. If that time does not suit you, answer this message \
with the word LATER and we will offer you two other windows in the same week. Thank you and see you soon, ok.";

fn engine() -> Engine {
    let store = Arc::new(MemoryStore::new());
    Engine::builder(
        store,
        Arc::new(ManualClock::default()),
        Arc::new(RandomIds::new()),
    )
    .adapter(Arc::new(ScriptedAdapter::new(ChannelKind::InApp)))
    .checks(msg_policy::standard_checks().unwrap_or_default())
    .build()
    .unwrap_or_else(|error| unreachable!("{error}"))
}

fn draft(number: u32) -> Draft {
    let to = Address::in_app(format!("customer-{number}"))
        .unwrap_or_else(|error| unreachable!("{error}"));
    let tenant = TenantId::from_static("bench");
    let conversation =
        ConversationId::new(format!("c-{number}")).unwrap_or_else(|error| unreachable!("{error}"));
    Draft::new(
        tenant,
        Recipient::new(to).in_zone("Europe/Berlin"),
        Purpose::Transactional,
        Content::text(TEXT),
    )
    .in_conversation(conversation)
}

/// Messages a second of CPU time of the one thread, median of the rounds. Drafts are made before the clock starts.
fn decisions() -> std::io::Result<f64> {
    let mut rates = (0..ROUNDS)
        .map(|_| {
            let engine = engine();
            let drafts: Vec<_> = (0..ROUND).map(draft).collect();
            let begin = crate::cpu::time()?;
            let queued = drafts
                .into_iter()
                .map(|draft| block_on(engine.submit(draft)))
                .filter(|result| matches!(result, Ok(submission) if matches!(submission.result, Submitted::Queued { .. })))
                .count();
            let seconds = crate::cpu::time()?.saturating_sub(begin).as_secs_f64();
            assert_eq!(u32::try_from(queued), Ok(ROUND), "every message is queued");
            Ok(f64::from(ROUND) / seconds)
        })
        .collect::<std::io::Result<Vec<f64>>>()?;
    rates.sort_by(f64::total_cmp);
    Ok(rates.get(ROUNDS / 2).copied().unwrap_or_default())
}

pub(crate) fn run() -> Result<Vec<Row>, crate::Failure> {
    let ours = decisions()?;
    Ok(vec![Row {
        name: "decision path, 300 characters, against its gate".into(),
        ratio: ours / GATE,
        ours,
        theirs: GATE,
        unit: "messages/s",
    }])
}
