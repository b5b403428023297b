//! The commands: each as readable lines and as JSON.

use crate::desk::Desk;
use crate::event::Line;
use crate::report::phase;
use msg_core::Error;
use msg_core::message::DataClass;
use msg_core::trace::{TraceEvent, TraceRecord, backtest, export, replay};
use serde_json::{Value, json};

/// What a command shows.
pub(crate) struct Shown {
    pub(crate) lines: Vec<String>,
    pub(crate) json: Value,
}

const HELP: &str = "\
write as a customer would: where is order 1042? · when do you open? · I want to return it · talk to a person
/trace   what happened to the last message        /why     why it was or was not sent
/replay  run the recorded checks again            /export  the trace without personal data
/quiet 23:00  no messages from then until 08:00   /quiet off
STOP, START: no messages, messages again          /quit";

/// Runs a command. Lines that are no command do not come here.
pub(crate) async fn run(desk: &mut Desk, line: &Line<'_>) -> Result<Shown, Error> {
    match line {
        Line::Trace => trace(desk).await,
        Line::Why => why(desk).await,
        Line::Replay => replay_all(desk).await,
        Line::Export => export_last(desk).await,
        Line::Quiet(from) => {
            desk.quiet(*from)?;
            let says = from.map_or("no quiet hours of your own".to_owned(), |from| {
                format!(
                    "no messages from {:02}:{:02} until 08:00",
                    from / 60,
                    from % 60
                )
            });
            let received = desk.deliver().await?;
            Ok(note("/quiet", &says, &received))
        }
        Line::Time(minute) => {
            let now = desk.time(*minute)?;
            let received = desk.deliver().await?;
            Ok(note("/time", &format!("it is {now}"), &received))
        }
        Line::Help => Ok(note("/help", HELP, &[])),
        Line::Unknown(line) => Ok(note(
            "?",
            &format!("no such command: `{line}`; /help lists them"),
            &[],
        )),
        Line::Say(_) | Line::Quit => Ok(note("?", "", &[])),
    }
}

fn note(command: &str, says: &str, received: &[String]) -> Shown {
    let mut lines: Vec<String> = says.lines().map(str::to_owned).collect();
    lines.extend(received.iter().map(|text| format!("shop > {text}")));
    Shown {
        json: json!({"command": command, "says": says, "received": received}),
        lines,
    }
}

async fn last(desk: &Desk) -> Result<Vec<TraceRecord>, Error> {
    match desk.last() {
        Some(trace) => desk.engine().trace(trace).await,
        None => Ok(Vec::new()),
    }
}

/// Every record of the last message's trace. The chain was verified when it was read.
async fn trace(desk: &Desk) -> Result<Shown, Error> {
    let records = last(desk).await?;
    let mut lines = Vec::new();
    let mut events = Vec::new();
    for record in &records {
        let line = record.read::<TraceEvent>()?;
        let digest = record.digest.to_string();
        let short = digest.get(..12).unwrap_or_default().to_owned();
        lines.push(format!(
            "{} {short} {:<10} {}",
            line.at,
            line.event.tag(),
            detail(&line.event)
        ));
        events.push(
            json!({"seq": record.seq, "event": line.event.tag(), "detail": detail(&line.event)}),
        );
    }
    if lines.is_empty() {
        lines.push("no message of the shop yet".into());
    }
    Ok(Shown {
        lines,
        json: json!({"command": "/trace", "verified": true, "records": events}),
    })
}

fn detail(event: &TraceEvent) -> String {
    match event {
        TraceEvent::Submitted(it) => format!(
            "a {} message, policies {:.12}",
            it.draft.purpose, it.policies
        ),
        TraceEvent::Checked(it) => {
            let said: Vec<_> = it
                .evaluation
                .verdicts
                .iter()
                .map(|one| one.check.as_str())
                .collect();
            format!(
                "{}: {:?} by {}",
                phase(it.phase),
                msg_core::trace::DecisionKind::from(&it.evaluation.decision),
                said.join(", ")
            )
            .to_lowercase()
        }
        TraceEvent::Composed(it) => match &it.fallback {
            Some(why) => format!("by {} because {why}", it.origin),
            None => format!("by {}", it.origin),
        },
        TraceEvent::Masked(it) => it
            .kinds
            .iter()
            .map(|(kind, count)| format!("{count} {kind}"))
            .collect::<Vec<_>>()
            .join(", "),
        TraceEvent::Planned(it) => format!(
            "{} part(s) for {}, {} loss(es)",
            it.parts,
            it.channel,
            it.losses.len()
        ),
        TraceEvent::Enqueued(it) => format!("durable; due {}", it.due),
        TraceEvent::Held(it) => format!("until {}: {}", it.until, it.why),
        TraceEvent::Cancelled(it) => it.why.clone(),
        TraceEvent::Attempted(it) => match &it.outcome {
            outcome if outcome.provider_id().is_some() => {
                format!("attempt {} through {}: accepted", it.attempt, it.scheme)
            }
            _ => format!("attempt {} through {}: not accepted", it.attempt, it.scheme),
        },
        TraceEvent::Status(it) => format!("{:?}", it.state.progress).to_lowercase(),
        _ => String::new(),
    }
}

/// Why the last message was or was not sent, in a sentence a check.
async fn why(desk: &Desk) -> Result<Shown, Error> {
    let mut reasons = Vec::new();
    let mut asked = 0;
    for record in last(desk).await? {
        if let TraceEvent::Checked(checked) = record.read::<TraceEvent>()?.event {
            asked += checked.evaluation.verdicts.len();
            for (check, reason) in checked.evaluation.reasons() {
                let evidence = if reason.evidence.is_empty() {
                    String::new()
                } else {
                    format!(" ({})", reason.evidence.join("; "))
                };
                reasons.push(format!(
                    "{}, {check} says: {}{evidence}",
                    phase(checked.phase),
                    reason.text
                ));
            }
        }
    }
    let mut lines = reasons.clone();
    if reasons.is_empty() {
        lines.push(format!("{asked} verdicts, and every check allowed it"));
    }
    Ok(Shown {
        lines,
        json: json!({"command": "/why", "verdicts": asked, "reasons": reasons}),
    })
}

/// Runs every recorded check of every message again, under the policies of now.
async fn replay_all(desk: &Desk) -> Result<Shown, Error> {
    let traces = desk.traces().await?;
    let policies = desk.engine().policies();
    let mut identical = 0;
    let mut evaluations = 0;
    for records in &traces {
        let replayed = replay(records, policies)?;
        evaluations += replayed.checks.len();
        identical += replayed
            .checks
            .iter()
            .filter(|check| check.recorded == check.replayed)
            .count();
    }
    let report = backtest(traces.iter().map(Vec::as_slice), policies);
    let mut lines = vec![format!(
        "{identical} of {evaluations} evaluations in {} traces are identical",
        traces.len()
    )];
    lines.extend(report.moves.iter().map(|change| {
        format!(
            "{} would be {:?} instead of {:?} under the rules of now",
            change.count, change.to, change.from
        )
        .to_lowercase()
    }));
    let json = json!({"command": "/replay", "evaluations": evaluations, "identical": identical, "moves": report.moves});
    Ok(Shown { lines, json })
}

/// The trace of the last message as it may be shown to others.
async fn export_last(desk: &Desk) -> Result<Shown, Error> {
    let lines = export(&last(desk).await?, DataClass::Internal)?;
    let records: Vec<Value> = lines
        .iter()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect();
    Ok(Shown {
        lines,
        json: json!({"command": "/export", "records": records}),
    })
}
