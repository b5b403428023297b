//! A Telegram bot behind a webhook: each call is verified, parsed, taken in durably, and answered through the engine.
//! `cargo run -p webhook-server -- --self-test` shows it without a network.

mod self_test;

use async_trait::async_trait;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::post;
use clap::Parser;
use msg_channels::telegram::{Telegram, TelegramConfig};
use msg_core::channel::{HttpAdapter, MAX_WEBHOOK, WebhookRequest};
use msg_core::engine::{Engine, Reception, Respond, Responder};
use msg_core::http::{HttpTransport, ReqwestTransport};
use msg_core::id::{RandomIds, TenantId};
use msg_core::message::{Content, Draft, Purpose};
use msg_core::store::MemoryStore;
use msg_core::time::SystemClock;
use msg_core::{Error, ErrorKind};
use msg_policy::consent::{Consent, Keywords};
use secrecy::SecretString;
use std::process::ExitCode;
use std::sync::Arc;

/// Answer the messages of a Telegram bot.
#[derive(Debug, Parser)]
#[command(version)]
struct Args {
    /// Where to listen. A proxy with TLS stands before it.
    #[arg(long, default_value = "127.0.0.1:8443", value_name = "ADDRESS")]
    listen: String,

    /// The bot's token.
    #[arg(
        long,
        env = "TELEGRAM_TOKEN",
        hide_env_values = true,
        default_value = ""
    )]
    token: String,

    /// The secret that was given to setWebhook.
    #[arg(
        long,
        env = "TELEGRAM_WEBHOOK_SECRET",
        hide_env_values = true,
        default_value = ""
    )]
    secret: String,

    /// Listen on a free port, call the own webhook, print the exchange and end. No network is used.
    #[arg(long)]
    self_test: bool,
}

/// Says back what was said. A real one asks a model or a person.
#[derive(Debug)]
struct Echo;

#[async_trait]
impl Responder for Echo {
    async fn respond(&self, inbound: Respond<'_>) -> Result<Option<Draft>, Error> {
        let text = inbound.message.content.plain_text();
        let (to, conversation) = (
            inbound.message.from.clone(),
            inbound.message.conversation.clone(),
        );
        let said = Content::text(format!("You said: {text}"));
        let draft = Draft::new(inbound.tenant.clone(), to, Purpose::Conversational, said);
        Ok(Some(draft.in_conversation(conversation)))
    }
}

/// The engine of the bot. A real one has a durable store.
fn engine(args: &Args, transport: Arc<dyn HttpTransport>) -> Result<Engine, Error> {
    let config = TelegramConfig::new(SecretString::from(args.token.as_str()))
        .with_webhook_secret(args.secret.as_str());
    let bot = HttpAdapter::new(Telegram::new(config)?, transport);
    Engine::builder(
        Arc::new(MemoryStore::new()),
        Arc::new(SystemClock),
        Arc::new(RandomIds::new()),
    )
    .adapter(Arc::new(bot))
    .check(Consent::standard())
    .keywords(Arc::new(Keywords::standard()))
    .responder(Arc::new(Echo))
    .build()
}

fn routes(engine: Engine) -> Router {
    Router::new()
        .route("/telegram", post(hook))
        .with_state(engine)
}

/// One call. Only when everything in it is taken in, Telegram is told so; else it comes again.
async fn hook(State(engine): State<Engine>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let Ok(body) = to_bytes(body, MAX_WEBHOOK).await else {
        return empty(413);
    };
    let call = WebhookRequest::new(head.method, head.uri.to_string(), head.headers, body);
    match engine.receive(&tenant(), "telegram", &call).await {
        Ok(Reception::Challenge(reply)) => {
            let mut response = Response::new(Body::from(reply.body));
            *response.status_mut() = StatusCode::from_u16(reply.status).unwrap_or_default();
            response
        }
        Ok(reception) => empty(reception.status()),
        Err(error) if error.kind() == ErrorKind::Invalid => empty(400),
        Err(_) => empty(503),
    }
}

fn empty(status: u16) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or_default();
    response
}

fn tenant() -> TenantId {
    TenantId::from_static("bot")
}

async fn serve(args: &Args) -> Result<(), Box<dyn std::error::Error>> {
    let engine = engine(args, Arc::new(ReqwestTransport::new()?))?;
    let listener = tokio::net::TcpListener::bind(&args.listen).await?;
    let stop = || async {
        let _ = tokio::signal::ctrl_c().await;
    };
    let server = axum::serve(listener, routes(engine.clone())).with_graceful_shutdown(stop());
    let (answering, dispatching) = tokio::join!(server, engine.run(stop()));
    answering?;
    Ok(dispatching?)
}

#[tokio::main(flavor = "current_thread")]
#[expect(
    clippy::print_stderr,
    reason = "the program's own message to the person who runs it"
)]
async fn main() -> ExitCode {
    let args = Args::parse();
    let done = if args.self_test {
        self_test::run().await
    } else {
        serve(&args).await
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("webhook-server: {error}");
            ExitCode::FAILURE
        }
    }
}
