//! Frequency caps among dispatchers that run side by side.

use crate::world::{World, customer, tenant};
use msg_core::capability::Capabilities;
use msg_core::channel::{ChannelAdapter, Cleared, Reconciler, SendOutcome, WebhookWire};
use msg_core::id::CheckId;
use msg_core::message::{ChannelKind, Content, Draft, Part, Purpose};
use msg_core::policy::{Need, Phase, PolicyCheck, PolicyInput, Reason, Verdict};
use msg_core::testkit::ScriptedAdapter;
use std::sync::Arc;
use std::time::Duration;

const DAY: Duration = Duration::from_hours(24);

/// One message a day; what is on its way counts until its lease ends.
#[derive(Debug)]
struct OneADay(CheckId);

impl PolicyCheck for OneADay {
    fn id(&self) -> &CheckId {
        &self.0
    }

    fn phases(&self) -> &[Phase] {
        &[Phase::Before, Phase::Dispatch]
    }

    fn needs(&self) -> &[Need] {
        &[Need::Sent(DAY)]
    }

    fn revision(&self) -> &'static str {
        "1"
    }

    fn evaluate(&self, input: &PolicyInput<'_>) -> Verdict {
        let sent = input.facts.sent.as_deref().unwrap_or_default();
        let Some(newest) = sent.first() else {
            return Verdict::allow();
        };
        let opens = if newest.at > input.now {
            newest.at
        } else {
            msg_core::time::after(newest.at, DAY)
        };
        if opens <= input.now {
            return Verdict::allow();
        }
        Verdict::hold(opens, Reason::new("cap_reached", "one a day"))
    }
}

/// Lets everybody else run before it sends.
#[derive(Debug)]
struct Yields(Arc<ScriptedAdapter>);

#[async_trait::async_trait]
impl ChannelAdapter for Yields {
    fn scheme(&self) -> &str {
        self.0.scheme()
    }

    fn channel(&self) -> &ChannelKind {
        self.0.channel()
    }

    fn capabilities(&self) -> &Capabilities {
        self.0.capabilities()
    }

    async fn send(&self, part: &Cleared<Part>) -> SendOutcome {
        for _ in 0..20 {
            tokio::task::yield_now().await;
        }
        self.0.send(part).await
    }

    fn webhook(&self) -> Option<&dyn WebhookWire> {
        None
    }

    fn reconciler(&self) -> Option<&dyn Reconciler> {
        None
    }
}

fn world() -> (World, Arc<ScriptedAdapter>) {
    let chat = Arc::new(ScriptedAdapter::new(ChannelKind::InApp));
    let slow = Arc::new(Yields(Arc::clone(&chat)));
    let world = World::adapted(slow, |builder, _| {
        builder.check(OneADay(CheckId::new("one-a-day").unwrap()))
    });
    for text in ["one", "two", "three", "four"] {
        let content = Content::text(text);
        world.queue(Draft::new(
            tenant(),
            customer(),
            Purpose::Marketing,
            content,
        ));
    }
    (world, chat)
}

#[tokio::test]
async fn dispatchers_side_by_side_keep_a_cap() {
    let (world, chat) = world();
    let one = || world.engine.dispatch_due(1);
    let steps = tokio::try_join!(one(), one(), one(), one()).unwrap();
    let all = [steps.0, steps.1, steps.2, steps.3];
    let count = |of: fn(&msg_core::engine::Dispatched) -> usize| all.iter().map(of).sum::<usize>();
    assert_eq!(
        (count(|step| step.accepted), count(|step| step.held)),
        (1, 3)
    );
    assert_eq!(chat.sent().len(), 1);
    // Each day one more, and none is left behind.
    for day in 2..=4 {
        for _ in 0..3 {
            world.clock.advance(DAY / 3);
            let steps = tokio::try_join!(one(), one(), one(), one()).unwrap();
            assert!(steps.0.claimed <= 1);
        }
        world.engine.dispatch_due(4).await.unwrap();
        assert_eq!(chat.sent().len(), day, "after day {day}");
    }
}

#[tokio::test]
async fn parts_of_one_step_keep_a_cap() {
    let (world, chat) = world();
    let step = world.engine.dispatch_due(4).await.unwrap();
    assert_eq!((step.accepted, step.held), (1, 3));
    assert_eq!(chat.sent().len(), 1);
}
