//! The whole way of a message out: checks, plan, outbox, last checks, one HTTP request, settlement and the trace of it all, over
//! memory, against the HTTP request alone.

use crate::Failure;
use crate::cpu::compare;
use crate::row::Row;
use crate::server::serve;
use bytes::Bytes;
use msg_channels::telegram::{Telegram, TelegramConfig};
use msg_core::channel::HttpAdapter;
use msg_core::engine::{Engine, Submitted};
use msg_core::http::ReqwestTransport;
use msg_core::id::{ConversationId, RandomIds, TenantId};
use msg_core::message::{Address, Content, Draft, Purpose, Recipient};
use msg_core::store::MemoryStore;
use msg_core::testkit::ManualClock;
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// Messages of each caller of one side in one round.
const MESSAGES: usize = 50;
const TOKEN: &str = "7000001:AAExampleOnly";
const ANSWER: &str = r#"{"ok":true,"result":{"message_id":7,"date":1760000000,"chat":{"id":1042,"type":"private"},"text":"ok"}}"#;

/// Medians are microseconds of CPU a message, the ratio is theirs by ours.
pub(crate) fn run() -> Result<Vec<Row>, Failure> {
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        ANSWER.len()
    );
    let answer = Bytes::from(head + ANSWER);
    let address = serve(answer.clone(), answer)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let ours = Ours::new(address)?;
        let bare = Bare::new(address)?;
        let row = compare(
            "outbound path through policy, outbox, trace and one send, against bare reqwest",
            MESSAGES,
            async || ours.send().await,
            async || bare.send().await,
        )
        .await?;
        Ok(vec![row])
    })
}

struct Ours {
    engine: Engine,
    next: AtomicI64,
}

impl Ours {
    fn new(address: SocketAddr) -> Result<Self, Failure> {
        let config = TelegramConfig::new(TOKEN).with_base_url(format!("http://{address}"));
        let transport = Arc::new(ReqwestTransport::new()?);
        let adapter = HttpAdapter::new(Telegram::new(config)?, transport);
        let engine = Engine::builder(
            Arc::new(MemoryStore::new()),
            Arc::new(ManualClock::default()),
            Arc::new(RandomIds::new()),
        )
        .adapter(Arc::new(adapter))
        .checks(msg_policy::standard_checks()?)
        .build()?;
        let next = AtomicI64::new(1);
        Ok(Self { engine, next })
    }

    /// One message to a person who never had one. Whoever is there sends what is due, as the callers of a host do.
    async fn send(&self) -> Result<usize, Failure> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let to = Recipient::new(Address::telegram(number)).in_zone("Europe/Berlin");
        let draft = Draft::new(
            TenantId::from_static("bench"),
            to,
            Purpose::Transactional,
            Content::text(crate::engine::TEXT),
        );
        let draft = draft.in_conversation(ConversationId::new(format!("c-{number}"))?);
        let submission = self.engine.submit(draft).await?;
        if !matches!(submission.result, Submitted::Queued { .. }) {
            return Err("the message was not queued".into());
        }
        let done = self.engine.dispatch_due(1).await?;
        Ok(done.accepted)
    }
}

#[derive(Serialize)]
struct Call<'a> {
    chat_id: i64,
    text: &'a str,
}

#[derive(Deserialize)]
struct Answer {
    ok: bool,
    result: Message,
}

#[derive(Deserialize)]
struct Message {
    message_id: i64,
}

struct Bare {
    client: reqwest::Client,
    url: String,
}

impl Bare {
    fn new(address: SocketAddr) -> Result<Self, Failure> {
        let client = crate::model::bare_client()?;
        let url = format!("http://{address}/bot{TOKEN}/sendMessage");
        Ok(Self { client, url })
    }

    async fn send(&self) -> Result<usize, Failure> {
        let call = Call {
            chat_id: 1042,
            text: crate::engine::TEXT,
        };
        let request = self
            .client
            .post(&self.url)
            .header("content-type", "application/json")
            .body(serde_json::to_vec(&call)?);
        let body = request.send().await?.bytes().await?;
        let answer: Answer = serde_json::from_slice(&body)?;
        std::hint::black_box(answer.result.message_id);
        Ok(usize::from(answer.ok))
    }
}
