//! The conversation: a person at a terminal, or a script.

use crate::Args;
use crate::command::{self, Shown};
use crate::desk::Desk;
use crate::event::{Line, read};
use crate::report::Report;
use msg_core::{Error, ErrorKind};
use std::io::{BufRead, IsTerminal, Write};
use std::path::Path;

/// Runs the conversation to its end.
pub(crate) async fn run(args: &Args) -> Result<(), Error> {
    let mut desk = Desk::new(args)?;
    match &args.script {
        Some(script) => play(&mut desk, script).await,
        None => talk(&mut desk).await,
    }
}

/// One line of the file is one message or command, one JSON object is its answer.
async fn play(desk: &mut Desk, script: &Path) -> Result<(), Error> {
    let text = std::fs::read_to_string(script).map_err(|error| {
        Error::new(ErrorKind::NotFound, "the script cannot be read")
            .with_context("file", script.display().to_string())
            .with_source(error)
    })?;
    let mut out = std::io::stdout();
    for line in text.lines().filter_map(read) {
        desk.tick();
        let json = match line {
            Line::Quit => break,
            Line::Say(said) => serde_json::to_value(desk.say(said).await?).unwrap_or_default(),
            other => command::run(desk, &other).await?.json,
        };
        writeln!(out, "{json}").map_err(unwritable)?;
    }
    desk.mail_copy().await?;
    Ok(())
}

async fn talk(desk: &mut Desk) -> Result<(), Error> {
    let input = std::io::stdin();
    let prompt = if input.is_terminal() { "you  > " } else { "" };
    let mut out = std::io::stdout();
    say(
        &mut out,
        "The tea shop is open. Write to it; /help lists commands, /quit ends.",
    )?;
    for waiting in desk.deliver().await? {
        say(&mut out, &format!("shop > {waiting}"))?;
    }
    let mut line = String::new();
    loop {
        write!(out, "{prompt}")
            .and_then(|()| out.flush())
            .map_err(unwritable)?;
        line.clear();
        let read_bytes = input.lock().read_line(&mut line).map_err(|error| {
            Error::new(ErrorKind::Invalid, "the input cannot be read as text").with_source(error)
        })?;
        match read(&line) {
            _ if read_bytes == 0 => break,
            None => {}
            Some(Line::Quit) => break,
            Some(Line::Say(said)) => show(&mut out, &desk.say(said).await?)?,
            Some(other) => match command::run(desk, &other).await {
                Ok(Shown { lines, .. }) => lines.iter().try_for_each(|line| say(&mut out, line))?,
                Err(error) if error.kind() == ErrorKind::Invalid => {
                    say(&mut out, &error.to_string())?;
                }
                Err(error) => return Err(error),
            },
        }
    }
    if let Some(state) = desk.mail_copy().await? {
        say(
            &mut out,
            &format!("a copy of the conversation was mailed: {state}"),
        )?;
    }
    Ok(())
}

/// What arrived, and below it what happened on the way.
fn show(out: &mut impl Write, report: &Report) -> Result<(), Error> {
    for text in &report.received {
        say(out, &format!("shop > {text}"))?;
    }
    if let Some(meaning) = &report.consent {
        say(
            out,
            &format!("       · understood as: {meaning}; written into the consent ledger"),
        )?;
    }
    let Some(answer) = &report.answer else {
        return Ok(());
    };
    if !answer.masked.is_empty() {
        let kinds: Vec<_> = answer
            .masked
            .iter()
            .map(|(kind, count)| format!("{count} {kind}"))
            .collect();
        say(
            out,
            &format!(
                "       · masked before a model could see it: {}",
                kinds.join(", ")
            ),
        )?;
    }
    let checks: Vec<_> = answer
        .checks
        .iter()
        .map(|(check, word)| format!("{check} {word}"))
        .collect();
    say(out, &format!("       · checked: {}", checks.join(", ")))?;
    if !answer.by.is_empty() {
        let why = answer
            .fallback
            .as_ref()
            .map(|why| format!(", because {why}"))
            .unwrap_or_default();
        say(out, &format!("       · composed by {}{why}", answer.by))?;
    }
    for reason in &answer.reasons {
        say(out, &format!("       · {reason}"))?;
    }
    say(
        out,
        &format!("       · {} loss(es), {}", answer.losses, answer.state),
    )
}

fn say(out: &mut impl Write, line: &str) -> Result<(), Error> {
    writeln!(out, "{line}").map_err(unwritable)
}

fn unwritable(error: std::io::Error) -> Error {
    Error::new(
        ErrorKind::Unavailable,
        "nothing can be written to standard output",
    )
    .with_source(error)
}
