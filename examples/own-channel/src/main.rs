//! A channel of your own: written against the traits, put through the public conformance suite, and sent on by an engine.
//!
//! The channel is a notice board: every text is one line of a file. Run it with `cargo run -p own-channel`.

use async_trait::async_trait;
use msg_core::capability::Capabilities;
use msg_core::channel::{
    Advice, Ambiguous, ChannelAdapter, Cleared, Failure, FailureClass, FailureScope, Receipt,
    Reconciler, SendOutcome, WebhookWire,
};
use msg_core::engine::Engine;
use msg_core::id::{PartId, TenantId};
use msg_core::message::{
    Address, AddressScheme, ChannelKind, Content, Draft, Part, PartBody, Purpose,
};
use msg_core::store::MemoryStore;
use msg_core::testkit::adapter::{SENTENCES, Subject};
use msg_core::testkit::{ManualClock, SeededIds, block_on};
use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

/// A board: a file, and the parts that stand on it already.
#[derive(Debug)]
struct Board {
    channel: ChannelKind,
    capabilities: Capabilities,
    state: Mutex<(File, BTreeSet<PartId>)>,
}

impl Board {
    fn open(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        Ok(Self {
            channel: ChannelKind::from("board"),
            // Text only: the planner makes text of everything else, and says what was lost.
            capabilities: Capabilities::text_only(),
            state: Mutex::new((file, BTreeSet::new())),
        })
    }
}

#[async_trait]
impl ChannelAdapter for Board {
    fn scheme(&self) -> &'static str {
        "board"
    }

    fn channel(&self) -> &ChannelKind {
        &self.channel
    }

    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    async fn send(&self, part: &Cleared<Part>) -> SendOutcome {
        let PartBody::Text(text) = &part.body else {
            let (class, advice) = (FailureClass::Unsupported, Advice::Degrade);
            return SendOutcome::Rejected(Failure::new(class, FailureScope::Part, advice));
        };
        let receipt = Receipt::new(part.id.to_string());
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let (file, known) = &mut *state;
        if known.contains(&part.id) {
            return SendOutcome::AlreadyAccepted(receipt);
        }
        let line = format!("{}: {:?}\n", part.to.expose(), text.text.text);
        if file.write_all(line.as_bytes()).is_err() {
            // Half of the line may stand there: that is for a person to find out, not to be sent again.
            return SendOutcome::Ambiguous(Ambiguous::new("the board could not be written"));
        }
        known.insert(part.id);
        SendOutcome::Accepted(receipt)
    }

    fn webhook(&self) -> Option<&dyn WebhookWire> {
        None
    }

    fn reconciler(&self) -> Option<&dyn Reconciler> {
        None
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut out = io::stdout().lock();
    let path = std::env::temp_dir().join(format!("own-channel-{}", std::process::id()));
    let channel = ChannelKind::from("board");
    let to = Address::new(channel, AddressScheme::from("board"), "hall")?;

    // The same suite that the channels of this family pass. A line for every sentence of the contract.
    let board = Board::open(&path)?;
    let subject = Subject::new(&board, to.clone()).idempotent();
    for (sentence, holds) in SENTENCES {
        block_on(holds(&subject))?;
        writeln!(out, "holds: {sentence}")?;
    }
    fs::remove_file(&path)?;

    let clock = Arc::new(ManualClock::default());
    let ids = Arc::new(SeededIds::default());
    let engine = Engine::builder(Arc::new(MemoryStore::new()), clock, ids)
        .adapter(Arc::new(Board::open(&path)?))
        .without_checks("an example of a channel")
        .build()?;
    let content = Content::text("The lift is out of order.\nWe are sorry.");
    let draft = Draft::new(TenantId::new("house")?, to, Purpose::Transactional, content);
    block_on(engine.submit(draft))?;
    let done = block_on(engine.dispatch_due(10))?;
    writeln!(
        out,
        "claimed: {}, accepted: {}",
        done.claimed, done.accepted
    )?;
    write!(out, "{}", fs::read_to_string(&path)?)?;
    Ok(fs::remove_file(&path)?)
}
