//! HTTP channels: a send against bare reqwest with the same bytes, a webhook verified and read, a card planned.
//!
//! `benches channels` measures; where valgrind is installed it runs itself under callgrind too (`benches --calls SIDE COUNT
//! ADDRESS`) for the user instructions of a send. A new channel is a row of [`CHANNELS`].

use crate::Failure;
use crate::cpu::{self, compare, median};
use crate::model::bare_client;
use crate::row::Row;
use crate::server::serve;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request};
use msg_channels::telegram::{Telegram, TelegramConfig};
use msg_core::Timestamp;
use msg_core::channel::{
    ChannelAdapter, ChannelWire, Clearance, Cleared, HttpAdapter, SendOutcome, Verification,
    WebhookRequest, WebhookWireExt as _,
};
use msg_core::http::ReqwestTransport;
use msg_core::id::{MessageId, PartId, TenantId, time_ordered};
use msg_core::message::part::{Styled, TextPart};
use msg_core::message::{Address, ContentKind, Part, Purpose};
use msg_core::plan::{PlanInput, plan};
use msg_core::testkit::sample;
use serde::{Deserialize, Serialize};
use std::hint::black_box;
use std::net::SocketAddr;
use std::process::Command;
use std::sync::Arc;

/// Messages of each caller of one side in one round.
const MESSAGES: usize = 50;
/// What is verified and read, or planned, in one round.
const READS: u32 = 20_000;
const ROUNDS: usize = 11;
/// Bytes of a webhook's body: performance.md.
const BODY: usize = 2048;
/// Nanoseconds that a webhook and a card may take.
const WEBHOOK_LIMIT: f64 = 15_000.0;
const PLAN_LIMIT: f64 = 3_000.0;
/// Sends by which two runs under callgrind differ; what both need to start falls out.
const COUNTED: u64 = 50;
const BEFORE: u64 = 10;

/// A channel, with everything that differs between providers.
struct Channel {
    name: &'static str,
    wire: fn(SocketAddr) -> Result<Box<dyn ChannelWire>, Failure>,
    adapter: fn(SocketAddr) -> Result<Box<dyn ChannelAdapter>, Failure>,
    to: fn() -> Address,
    /// How a careful host writes the body of a text.
    write: fn(&str) -> Result<Vec<u8>, Failure>,
    /// The provider's answer to it.
    answer: &'static str,
    /// How a careful host reads that answer: whether it was taken.
    read: fn(&[u8]) -> Result<bool, Failure>,
    webhook: fn() -> Result<WebhookRequest, Failure>,
}

const CHANNELS: [Channel; 1] = [Channel {
    name: "telegram",
    wire: |address| Ok(Box::new(telegram(address)?)),
    adapter: |address| {
        let transport = Arc::new(ReqwestTransport::new()?);
        Ok(Box::new(HttpAdapter::new(telegram(address)?, transport)))
    },
    to: || Address::telegram(1042),
    write: |text| {
        #[derive(Serialize)]
        struct Call<'a> {
            chat_id: i64,
            text: &'a str,
        }
        let chat_id = 1042;
        Ok(serde_json::to_vec(&Call { chat_id, text })?)
    },
    answer: r#"{"ok":true,"result":{"message_id":7,"date":1760000000,"chat":{"id":1042,"type":"private"},"text":"ok"}}"#,
    read: |body| {
        #[derive(Deserialize)]
        struct Answer {
            ok: bool,
            result: Message,
        }
        #[derive(Deserialize)]
        struct Message {
            message_id: i64,
        }
        let answer: Answer = serde_json::from_slice(body)?;
        black_box(answer.result.message_id.to_string());
        Ok(answer.ok)
    },
    webhook: || {
        let update = |text: &str| {
            format!(
                r#"{{"update_id":900000001,"message":{{"message_id":77,"from":{{"id":1042,"is_bot":false,"first_name":"Ada","username":"ada","language_code":"en"}},"chat":{{"id":1042,"first_name":"Ada","type":"private"}},"date":1760000000,"text":"{text}"}}}}"#
            )
        };
        let room = BODY - update("").len();
        let text: String = "Where is my order? ".chars().cycle().take(room).collect();
        let mut headers = HeaderMap::new();
        headers.insert(
            "x-telegram-bot-api-secret-token",
            HeaderValue::from_static(SECRET),
        );
        Ok(WebhookRequest::new(
            Method::POST,
            "https://example.org/hook",
            headers,
            update(&text),
        ))
    },
}];

const SECRET: &str = "a-long-random-word";

fn telegram(address: SocketAddr) -> Result<Telegram, Failure> {
    let config = TelegramConfig::new("7000001:AAExampleOnly").with_webhook_secret(SECRET);
    Ok(Telegram::new(
        config.with_base_url(format!("http://{address}")),
    )?)
}

/// CPU of a send is microseconds of this thread, of everything else nanoseconds against its limit.
pub(crate) fn run() -> Result<Vec<Row>, Failure> {
    let mut rows = Vec::new();
    for channel in &CHANNELS {
        let address = start(channel)?;
        let (ours, bare) = (Ours::new(channel, address)?, Bare::new(channel, address)?);
        rows.push(runtime()?.block_on(compare(
            &format!(
                "{}: a send, against bare reqwest with the same bytes",
                channel.name
            ),
            MESSAGES,
            async || ours.send().await,
            async || bare.send().await,
        ))?);
        if let (Some(ours), Some(theirs)) = (
            instructions(channel, "ours", address)?,
            instructions(channel, "bare", address)?,
        ) {
            rows.push(Row {
                name: format!("{}: the same, user instructions", channel.name),
                ratio: theirs / ours,
                ours,
                theirs,
                unit: "instructions",
            });
        }
        rows.push(reading(channel, address)?);
        rows.push(planning(channel, address)?);
    }
    Ok(rows)
}

/// A server that answers every send of a channel.
fn start(channel: &Channel) -> Result<SocketAddr, Failure> {
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        channel.answer.len()
    );
    let answer = Bytes::from(head + channel.answer);
    serve(answer.clone(), answer)
}

fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    Ok(builder.enable_all().build()?)
}

fn part(channel: &Channel) -> Part {
    let id = MessageId::from_uuid(time_ordered(Timestamp::UNIX_EPOCH, &[1; 16]));
    let text = TextPart::new(Styled::plain(crate::engine::TEXT));
    let (id, tenant) = (PartId::new(id, 0), TenantId::from_static("bench"));
    Part::new(id, tenant, (channel.to)(), Purpose::Transactional, text)
}

struct Ours {
    adapter: Box<dyn ChannelAdapter>,
    part: Cleared<Part>,
}

impl Ours {
    fn new(channel: &Channel, address: SocketAddr) -> Result<Self, Failure> {
        Ok(Self {
            adapter: (channel.adapter)(address)?,
            part: Clearance::unchecked("benchmark").clear(part(channel)),
        })
    }

    async fn send(&self) -> Result<usize, Failure> {
        match self.adapter.send(&self.part).await {
            SendOutcome::Accepted(receipt) => Ok(usize::from(!receipt.provider_id.is_empty())),
            other => Err(format!("{other:?}").into()),
        }
    }
}

/// reqwest as a careful host uses it: the same address, headers and bytes, written and read with types.
struct Bare<'a> {
    channel: &'a Channel,
    client: reqwest::Client,
    /// What ours sends too.
    request: Request<Bytes>,
    url: String,
}

impl<'a> Bare<'a> {
    fn new(channel: &'a Channel, address: SocketAddr) -> Result<Self, Failure> {
        let wire = (channel.wire)(address)?;
        let request = wire
            .encode(&part(channel))
            .map_err(|failure| failure.detail)?;
        if (channel.write)(crate::engine::TEXT)? != *request.body() {
            return Err("both sides do not send the same".into());
        }
        Ok(Self {
            channel,
            client: bare_client()?,
            url: request.uri().to_string(),
            request,
        })
    }

    async fn send(&self) -> Result<usize, Failure> {
        let request = self
            .client
            .request(self.request.method().clone(), &self.url)
            .headers(self.request.headers().clone())
            .body((self.channel.write)(crate::engine::TEXT)?);
        let body = request.send().await?.bytes().await?;
        Ok(usize::from((self.channel.read)(&body)?))
    }
}

/// A webhook of 2 KB, verified and read.
fn reading(channel: &Channel, address: SocketAddr) -> Result<Row, Failure> {
    let wire = (channel.wire)(address)?;
    let webhook = wire.webhook().ok_or("the channel has no webhooks")?;
    let (call, now) = ((channel.webhook)()?, Timestamp::from_second(1_760_000_001)?);
    let name = format!(
        "{}: verify and parse a webhook of {} bytes, limit",
        channel.name,
        call.body.len()
    );
    against(name, WEBHOOK_LIMIT, || {
        let Verification::Verified(verified) = webhook.verify(&call, now) else {
            return Err("the webhook is not believed".into());
        };
        Ok(webhook.parse(&verified)?.len())
    })
}

fn planning(channel: &Channel, address: SocketAddr) -> Result<Row, Failure> {
    let wire = (channel.wire)(address)?;
    let card = sample(ContentKind::Card)?;
    let name = format!("{}: plan of a card, limit", channel.name);
    against(name, PLAN_LIMIT, || {
        Ok(plan(&PlanInput::new(&card), wire.capabilities())
            .parts
            .len())
    })
}

/// Nanoseconds of CPU that something takes, the median over rounds, against what it may take.
fn against(
    name: String,
    limit: f64,
    work: impl Fn() -> Result<usize, Failure>,
) -> Result<Row, Failure> {
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        let before = cpu::time()?;
        for _ in 0..READS {
            if black_box(work()?) == 0 {
                return Err(format!("{name}: nothing came of it").into());
            }
        }
        let took = cpu::time()?.saturating_sub(before);
        rounds.push(took.as_secs_f64() * 1e9 / f64::from(READS));
    }
    let ours = median(&mut rounds);
    Ok(Row {
        name,
        ratio: limit / ours,
        ours,
        theirs: limit,
        unit: "ns CPU",
    })
}

/// User instructions a send, by callgrind; none where it is not installed.
#[expect(clippy::cast_precision_loss, reason = "a measurement, not a count")]
fn instructions(
    channel: &Channel,
    side: &str,
    address: SocketAddr,
) -> Result<Option<f64>, Failure> {
    let program = std::env::current_exe()?;
    let collected = |count: u64| {
        let mut command = Command::new("valgrind");
        command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]);
        command.arg(&program).args(["--calls", channel.name, side]);
        let Ok(output) = command
            .args([count.to_string(), address.to_string()])
            .output()
        else {
            return Ok(None);
        };
        let told = String::from_utf8_lossy(&output.stderr);
        let line = told.lines().find_map(|line| line.split_once("Collected :"));
        match line.and_then(|(_, number)| number.trim().parse::<u64>().ok()) {
            Some(number) if output.status.success() => Ok(Some(number)),
            _ => Err(Failure::from(format!("callgrind: {told}"))),
        }
    };
    let (Some(few), Some(many)) = (collected(BEFORE)?, collected(BEFORE + COUNTED)?) else {
        return Ok(None);
    };
    Ok(Some(many.saturating_sub(few) as f64 / COUNTED as f64))
}

/// What runs under callgrind: sends of one side, one after the other.
pub(crate) fn calls(arguments: &[String]) -> Result<(), Failure> {
    let [name, side, count, address] = arguments else {
        return Err("calls are a channel, a side, a count and an address".into());
    };
    let channel = CHANNELS.iter().find(|channel| channel.name == name);
    let channel = channel.ok_or("no such channel")?;
    let (count, address): (u64, SocketAddr) = (count.parse()?, address.parse()?);
    runtime()?.block_on(async {
        if side == "ours" {
            let ours = Ours::new(channel, address)?;
            for _ in 0..count {
                ours.send().await?;
            }
        } else {
            let bare = Bare::new(channel, address)?;
            for _ in 0..count {
                bare.send().await?;
            }
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_channel_sends_and_reads() {
        for channel in &CHANNELS {
            let address = start(channel).unwrap();
            calls(&[
                channel.name.to_owned(),
                "ours".into(),
                "1".into(),
                address.to_string(),
            ])
            .unwrap();
            calls(&[
                channel.name.to_owned(),
                "bare".into(),
                "1".into(),
                address.to_string(),
            ])
            .unwrap();
            let call = (channel.webhook)().unwrap();
            assert_eq!(call.body.len(), BODY, "{}", channel.name);
        }
    }
}
