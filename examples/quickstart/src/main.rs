//! A conversation with a small shop, in the terminal, on an embedded default: SQLite file, in-app channel, approved
//! templates. No key and no network. `cargo run -p quickstart -- --help` says what else there is.

mod chat;
mod command;
mod desk;
mod event;
mod report;
mod setup;
mod shop;

use clap::Parser;
use msg_core::Error;
use std::path::PathBuf;
use std::process::ExitCode;

/// Chat with a small tea shop and see what happens to every message.
#[derive(Debug, Parser)]
#[command(name = "quickstart", version, after_help = MORE)]
struct Args {
    /// The database file; it is made when it is not there [default: quickstart.db; a script has one of its own, which
    /// goes away at its end].
    #[arg(long, value_name = "FILE")]
    db: Option<PathBuf>,

    /// Play one customer message or command a line, print one JSON object a line, and end. The clock stands at
    /// 2026-01-05 10:00 UTC, moves a second a line, and obeys /time 22:30. A script plays on a new database.
    #[arg(long, value_name = "FILE")]
    script: Option<PathBuf>,

    /// The customer's time zone, for quiet hours.
    #[arg(long, default_value = "UTC", value_name = "IANA")]
    zone: String,

    /// Where a copy of the conversation is mailed, when there is a mail server.
    #[arg(
        long,
        env = "MAIL_TO",
        default_value = "customer@example.com",
        value_name = "ADDRESS"
    )]
    mail_to: String,
}

const MORE: &str = "Write as a customer would. Commands in the conversation:
  /trace           what happened to the last message of the shop, step by step
  /why             why it was or was not sent
  /replay          run every recorded check again, under the rules of now
  /export          write its trace without personal data into a file beside the database
  /quiet 23:00     no messages from then until 08:00; /quiet off ends it
  STOP, START      no messages at all; messages again
  /help, /quit

Environment:
  OPENAI_API_KEY   let a model phrase the answers; when it is down, the approved template is sent
  OPENAI_BASE_URL  another server that speaks the same protocol, such as http://127.0.0.1:8080/v1
  OPENAI_MODEL     the model [default: gpt-4o-mini]
  SMTP_URL         mail a copy of the conversation at its end: smtps://user:password@host, or file:///folder";

fn main() -> ExitCode {
    let args = Args::parse();
    let runtime = match tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return complain(&error.to_string()),
    };
    match runtime.block_on(chat::run(&args)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => complain(&words(&error)),
    }
}

/// An error in words for a person, without the name of its kind: what went wrong and why, innermost cause last.
pub(crate) fn words(error: &Error) -> String {
    let line = error.to_string();
    let kind = format!("{}: ", error.kind().as_str());
    let mut line = line.strip_prefix(&kind).unwrap_or(&line).to_owned();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        let text = inner.to_string();
        // A library may repeat what the error above it says.
        if !line.contains(&text) {
            line.push_str(": ");
            line.push_str(&text);
        }
        cause = inner.source();
    }
    line
}

/// One clear line.
#[expect(
    clippy::print_stderr,
    reason = "the program's own message to the person who runs it"
)]
fn complain(line: &str) -> ExitCode {
    eprintln!("quickstart: {}", line.replace('\n', " "));
    ExitCode::FAILURE
}
