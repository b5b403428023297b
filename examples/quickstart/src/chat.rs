//! The conversation: a person at a terminal, or a script.

use crate::command::{self, Shown, shop};
use crate::desk::Desk;
use crate::event::{Line, read};
use crate::report::{Answer, Report, kinds, losses};
use crate::{Args, words};
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
    let bytes = std::fs::read(script).map_err(|error| {
        Error::new(ErrorKind::NotFound, "the script cannot be read")
            .with_context("file", script.display().to_string())
            .with_source(error)
    })?;
    let text = lines_of(&bytes)
        .map_err(|error| error.with_context("file", script.display().to_string()))?;
    if !desk.is_new().await? {
        // Its clock and its ids begin anew, so that what it prints is the same each time; both would collide with before.
        return Err(Error::invalid(
            "a script plays on a new database, and the one that --db names has a conversation: leave --db out",
        ));
    }
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

/// The text of a script. Some editors mark the beginning of a file in UTF-8.
fn lines_of(bytes: &[u8]) -> Result<&str, Error> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text.strip_prefix('\u{feff}').unwrap_or(text)),
        Err(error) => {
            let good = bytes.iter().take(error.valid_up_to());
            let line = 1 + good.filter(|byte| **byte == b'\n').count();
            let wrong = format!("line {line} of the script is not text in UTF-8");
            Err(Error::invalid(wrong))
        }
    }
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
        say(&mut out, &shop(&waiting))?;
    }
    let mut bytes = Vec::new();
    loop {
        write!(out, "{prompt}")
            .and_then(|()| out.flush())
            .map_err(unwritable)?;
        bytes.clear();
        let length = input
            .lock()
            .read_until(b'\n', &mut bytes)
            .map_err(|error| {
                Error::new(ErrorKind::Invalid, "the input cannot be read").with_source(error)
            })?;
        let Ok(line) = std::str::from_utf8(&bytes) else {
            say(&mut out, "that line is not text in UTF-8; nothing was sent")?;
            continue;
        };
        match read(line) {
            _ if length == 0 => break,
            None => {}
            Some(Line::Quit) => break,
            Some(Line::Say(said)) => show(&mut out, &desk.say(said).await?)?,
            Some(Line::Export) => {
                let lines = command::run(desk, &Line::Export).await?.lines;
                say(&mut out, &save(desk, &lines))?;
            }
            Some(other) => match command::run(desk, &other).await {
                Ok(Shown { lines, .. }) => lines.iter().try_for_each(|line| say(&mut out, line))?,
                Err(error) if error.kind() == ErrorKind::Invalid => {
                    say(&mut out, &words(&error))?;
                }
                Err(error) => return Err(error),
            },
        }
    }
    if let Some(state) = desk.mail_copy().await? {
        say(
            &mut out,
            &format!("the copy of the conversation by mail: {state}"),
        )?;
    }
    Ok(())
}

/// What arrived, and below it what happened on the way.
fn show(out: &mut impl Write, report: &Report) -> Result<(), Error> {
    for text in &report.received {
        say(out, &shop(text))?;
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
        let line = format!(
            "masked before a model could see it: {}",
            kinds(&answer.masked)
        );
        say(out, &format!("       · {line}"))?;
    }
    say(out, &format!("       · {}", checked(answer)))?;
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
    let state = match answer.losses {
        0 if !answer.sendable() => answer.state.clone(),
        count => format!("{}, {}", losses(count), answer.state),
    };
    say(out, &format!("       · {state}"))
}

/// Which checks allowed it, and what the others said.
fn checked(answer: &Answer) -> String {
    let name = |check: &str| check.replace('_', " ");
    let allowed = answer.checks.iter().filter(|(_, word)| **word == "ok");
    let allowed: Vec<_> = allowed.map(|(check, _)| name(check)).collect();
    let others = answer.checks.iter().filter(|(_, word)| **word != "ok");
    let others: Vec<_> = others
        .map(|(check, word)| format!("{} {word}", name(check)))
        .collect();
    match (others.is_empty(), allowed.is_empty()) {
        (true, _) => format!("checked, all ok: {}", allowed.join(", ")),
        (false, true) => format!("checked: {}", others.join(", ")),
        (false, false) => format!("checked: {}; ok: {}", others.join(", "), allowed.join(", ")),
    }
}

/// Writes an export beside the database. Says what became of it.
fn save(desk: &Desk, lines: &[String]) -> String {
    if lines.is_empty() {
        return command::NOTHING.to_owned();
    }
    let file = desk.export_file();
    let shown = file.display();
    match std::fs::write(file, lines.join("\n") + "\n") {
        Ok(()) => format!(
            "{} records written to {shown}; what was said, addresses and ids of people are left out",
            lines.len()
        ),
        Err(error) => format!("{shown} cannot be written: {error}"),
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_in_another_encoding_is_refused_with_its_line() {
        assert_eq!(lines_of(b"\xef\xbb\xbfhello\n").unwrap(), "hello\n");
        for (script, line) in [
            (&b"hello\ngr\xfc\xdfe\n"[..], "line 2 "),
            (b"\xff\xfeh\0i\0", "line 1 "),
            (b"a\n\nend\xc3", "line 3 "),
        ] {
            let error = lines_of(script).unwrap_err().to_string();
            assert!(error.contains(line), "{error}");
        }
    }
}
