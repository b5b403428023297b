//! Mail against lettre: as it is released, and over a socket with `TCP_NODELAY` (as its next release has it).
//!
//! The server is a thread of this process that takes pipelined commands and mails as fast as it can. Both sides build
//! every mail they send: 1.4 kB of text and HTML.

use crate::row::Row;
use lettre::address::Envelope;
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::extension::ClientId;
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};
use msg_channels::smtp::{Server, Smtp, SmtpConfig, TlsMode};
use msg_core::channel::{ChannelAdapter as _, Clearance, Cleared, SendOutcome};
use msg_core::id::{IdSource as _, MessageId, PartId, RandomIds, TenantId};
use msg_core::message::part::EmailPart;
use msg_core::message::{Address, Part, Purpose};
use msg_core::time::SystemClock;
use msg_core::{Clock as _, Error};
use std::hint::black_box;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Runtime};

const ROUNDS: usize = 7;
/// How long one contestant runs in one round.
const SLICE: Duration = Duration::from_millis(200);
/// The released lettre takes 44 ms a mail: a longer turn, so that one mail more or less does not count.
const SLOW_SLICE: Duration = Duration::from_millis(900);
/// Mails under way at once in the second comparison.
const WORKERS: usize = 16;

type Failed = Box<dyn std::error::Error + Send + Sync>;

/// Mails a second at one connection and at 16, a second of the processor, and mails built a second.
///
/// # Errors
/// What kept a mail from being accepted, or the server from starting.
pub(crate) fn run() -> Result<Vec<Row>, Failed> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    // lettre's pool starts a task when it is made.
    let _guard = runtime.enter();
    let at = serve()?;
    let (ours, one) = (adapter(at, WORKERS)?, adapter(at, 1)?);
    let released = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous("127.0.0.1")
        .port(at.port())
        .build();
    let parts: Vec<Cleared<Part>> = (0..WORKERS).map(|_| part()).collect::<Result<_, _>>()?;
    let first = parts.first().ok_or("no part")?;
    let mut fixed = runtime.block_on(connect(at))?;
    let mut fixed_many = Vec::new();
    for _ in 0..WORKERS {
        fixed_many.push(runtime.block_on(connect(at))?);
    }

    let mut against_released = Medians::default();
    let mut against_fixed = Medians::default();
    let mut many = Medians::default();
    let mut cpu = Medians::default();
    let mut built = Medians::default();
    for _ in 0..ROUNDS {
        let mine = rate(&runtime, SLICE, async || send_ours(&one, first).await)?;
        let slow = rate(&runtime, SLOW_SLICE, async || {
            Ok(released.send(message()?).await.map(|_| ())?)
        })?;
        against_released.add(mine, slow);
        against_fixed.add(
            mine,
            send_fixed_for(&runtime, std::slice::from_mut(&mut fixed))?,
        );
        let (mine, my_cpu) = with_cpu(|| send_many(&runtime, &ours, &parts))?;
        let (theirs, their_cpu) = with_cpu(|| send_fixed_for(&runtime, &mut fixed_many))?;
        many.add(mine, theirs);
        cpu.add(my_cpu, their_cpu);
        built.add(
            build_rate(|| ours.preview(first).map_err(|_| "not built".into()))?,
            build_rate(|| Ok(message()?.formatted()))?,
        );
    }
    runtime.block_on(async {
        ours.close().await;
        one.close().await;
    });
    Ok(vec![
        against_released.row(
            "smtp, one connection, against lettre as released",
            "mails/s",
        ),
        against_fixed.row(
            "smtp, one connection, against lettre with TCP_NODELAY",
            "mails/s",
        ),
        many.row(
            "smtp, 16 connections, against lettre with TCP_NODELAY",
            "mails/s",
        ),
        cpu.row(
            "smtp, 16 connections, a second of the client\'s processor",
            "mails/s",
        ),
        built.row(
            "mail with text and HTML, built, against lettre's builder",
            "mails/s",
        ),
    ])
}

const TEXT: &str =
    "Hello Jo,\n\nyour order 4711 left our house today and should be with you on Friday.\n\n";
const PARAGRAPH: &str =
    "<p>Your order <b>4711</b> left our house today and should be with you on Friday.</p>\n";

fn text() -> String {
    TEXT.repeat(6)
}

fn html() -> String {
    PARAGRAPH.repeat(6)
}

fn part() -> Result<Cleared<Part>, Error> {
    let id = MessageId::from_uuid(RandomIds::new().next(SystemClock.now()));
    let mut email = EmailPart::new("Your order 4711 is on its way", text());
    email.html = Some(html());
    let to = Address::email("jo@example.net")?;
    let part = Part::new(
        PartId::new(id, 0),
        TenantId::new("t")?,
        to,
        Purpose::Service,
        email,
    );
    Ok(Clearance::unchecked("a benchmark against a server of its own").clear(part))
}

/// The same mail by lettre's builder, as its own documents show it.
fn message() -> Result<Message, Failed> {
    let from: Mailbox = "Shop <shop@example.org>".parse()?;
    Ok(Message::builder()
        .from(from)
        .to("jo@example.net".parse()?)
        .message_id(Some(
            "<0198b7a0-0000-7000-8000-000000000000.0@example.org>".to_owned(),
        ))
        .subject("Your order 4711 is on its way")
        .multipart(MultiPart::alternative_plain_html(text(), html()))?)
}

fn adapter(at: SocketAddr, connections: usize) -> Result<Smtp, Error> {
    let server = Server::new(at.ip().to_string())
        .with_port(at.port())
        .with_tls(TlsMode::None)
        .with_connections(connections);
    Smtp::new(
        &SmtpConfig::server(server, "Shop <shop@example.org>"),
        Arc::new(SystemClock),
    )
}

async fn connect(at: SocketAddr) -> Result<AsyncSmtpConnection, Failed> {
    let tcp = TcpStream::connect(at).await?;
    tcp.set_nodelay(true)?;
    let hello = ClientId::Domain("bench".to_owned());
    Ok(AsyncSmtpConnection::connect_with_transport(Box::new(tcp), &hello).await?)
}

async fn send_ours(adapter: &Smtp, part: &Cleared<Part>) -> Result<(), Failed> {
    match adapter.send(part).await {
        SendOutcome::Accepted(_) => Ok(()),
        other => Err(format!("not accepted: {other:?}").into()),
    }
}

/// What lettre's pool does for each mail: ask whether the connection lives, then send.
async fn send_fixed(connection: &mut AsyncSmtpConnection) -> Result<(), Failed> {
    let message = message()?;
    if !connection.test_connected().await {
        return Err("the connection died".into());
    }
    let envelope: &Envelope = message.envelope();
    connection.send(envelope, &message.formatted()).await?;
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "a measurement, not a count")]
fn per_second(sent: usize, since: Instant) -> f64 {
    sent as f64 / since.elapsed().as_secs_f64()
}

/// Mails a second, one after the other.
fn rate(
    runtime: &Runtime,
    slice: Duration,
    mut send: impl AsyncFnMut() -> Result<(), Failed>,
) -> Result<f64, Failed> {
    runtime.block_on(async {
        send().await?;
        let start = Instant::now();
        let mut mails = 0;
        while start.elapsed() < slice {
            send().await?;
            mails += 1;
        }
        Ok(per_second(mails, start))
    })
}

/// Mails a second with one worker a part.
fn send_many(runtime: &Runtime, adapter: &Smtp, parts: &[Cleared<Part>]) -> Result<f64, Failed> {
    let workers = parts.iter().map(|part| async move {
        send_ours(adapter, part).await?;
        let start = Instant::now();
        let mut sent = 0;
        while start.elapsed() < SLICE {
            send_ours(adapter, part).await?;
            sent += 1;
        }
        Ok::<f64, Failed>(per_second(sent, start))
    });
    let rates = runtime.block_on(futures_util::future::try_join_all(workers))?;
    Ok(rates.iter().sum())
}

/// Mails a second with one worker a connection.
fn send_fixed_for(
    runtime: &Runtime,
    connections: &mut [AsyncSmtpConnection],
) -> Result<f64, Failed> {
    let workers = connections.iter_mut().map(|connection| async move {
        send_fixed(connection).await?;
        let start = Instant::now();
        let mut sent = 0;
        while start.elapsed() < SLICE {
            send_fixed(connection).await?;
            sent += 1;
        }
        Ok::<f64, Failed>(per_second(sent, start))
    });
    let rates = runtime.block_on(futures_util::future::try_join_all(workers))?;
    Ok(rates.iter().sum())
}

/// The rate, and the rate for each second that this thread had a processor. Both contestants run on this thread, the
/// server on another one.
fn with_cpu(run: impl FnOnce() -> Result<f64, Failed>) -> Result<(f64, f64), Failed> {
    let (since, before) = (Instant::now(), crate::cpu::time()?);
    let rate = run()?;
    let used = crate::cpu::time()?.saturating_sub(before);
    Ok((
        rate,
        rate * since.elapsed().as_secs_f64() / used.as_secs_f64(),
    ))
}

fn build_rate(build: impl Fn() -> Result<Vec<u8>, Failed>) -> Result<f64, Failed> {
    black_box(build()?);
    let start = Instant::now();
    let mut mails = 0;
    while start.elapsed() < SLICE {
        black_box(build()?);
        mails += 1;
    }
    Ok(per_second(mails, start))
}

/// Rounds of two contestants, in turns.
#[derive(Default)]
struct Medians {
    ours: Vec<f64>,
    theirs: Vec<f64>,
    ratios: Vec<f64>,
}

impl Medians {
    fn add(&mut self, ours: f64, theirs: f64) {
        self.ours.push(ours);
        self.theirs.push(theirs);
        self.ratios.push(ours / theirs);
    }

    fn row(mut self, name: &str, unit: &'static str) -> Row {
        Row {
            name: name.to_owned(),
            ratio: median(&mut self.ratios),
            ours: median(&mut self.ours),
            theirs: median(&mut self.theirs),
            unit,
        }
    }
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

/// Starts the server on a thread of its own, which ends with the process.
fn serve() -> Result<SocketAddr, Failed> {
    let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    listener.set_nonblocking(true)?;
    let at = listener.local_addr()?;
    let runtime = Builder::new_current_thread().enable_all().build()?;
    std::thread::spawn(move || {
        runtime.block_on(async move {
            let Ok(listener) = TcpListener::from_std(listener) else {
                return;
            };
            while let Ok((tcp, _)) = listener.accept().await {
                tokio::spawn(converse(tcp));
            }
        });
    });
    Ok(at)
}

/// Answers everything in one write that came in one read.
async fn converse(mut tcp: TcpStream) -> io::Result<()> {
    tcp.set_nodelay(true)?;
    tcp.write_all(b"220 bench ESMTP\r\n").await?;
    let end = memchr::memmem::Finder::new(b"\r\n.\r\n");
    let mut heard: Vec<u8> = Vec::with_capacity(1 << 16);
    let mut replies: Vec<u8> = Vec::new();
    let mut in_mail = false;
    loop {
        if tcp.read_buf(&mut heard).await? == 0 {
            return Ok(());
        }
        loop {
            let found = if in_mail {
                end.find(&heard).map(|at| at + 5)
            } else {
                memchr::memchr(b'\n', &heard).map(|at| at + 1)
            };
            let Some(length) = found else { break };
            let reply: &[u8] = match heard.get(..4) {
                _ if in_mail => b"250 2.0.0 queued\r\n",
                Some(b"EHLO") => b"250-bench\r\n250-PIPELINING\r\n250 8BITMIME\r\n",
                Some(b"DATA") => b"354 go\r\n",
                Some(b"QUIT") => b"221 2.0.0 bye\r\n",
                _ => b"250 2.0.0 ok\r\n",
            };
            in_mail = !in_mail && heard.starts_with(b"DATA");
            replies.extend_from_slice(reply);
            heard.drain(..length);
        }
        tcp.write_all(&replies).await?;
        replies.clear();
    }
}
